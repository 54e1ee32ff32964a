"""
Which resource answers for which host.
"""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web.resource import Resource
from twisted.web.server import Site
from twisted.web.static import Data
from twisted.web.vhost import NameVirtualHost, VHostMonsterResource, VirtualHostCollection


class Teller(Resource):
    """Tells what it was asked, and as whom."""

    def __init__(self, name: bytes, leaf: bool = False) -> None:
        super().__init__()
        self.name, self.isLeaf = name, leaf

    def getChild(self, path: bytes, request: Any) -> Resource:
        return self

    def render_GET(self, request: Any) -> bytes:
        host, port = request.getRequestHostname(), request.getHost().port
        return b"%s %r %r %s %d %d %s" % (
            self.name,
            request.prepath,
            request.postpath,
            host,
            port,
            request.isSecure(),
            request.uri,
        )


def ask(root: Resource, path: str, host: str = "h") -> tuple[int, bytes]:
    transport = StringTransport()
    protocol: Any = Site(root, reactor=Clock()).buildProtocol(transport.getPeer())
    protocol.makeConnection(transport)
    protocol.dataReceived(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    head, _, body = transport.value().partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body


def hosts(**known: Resource) -> NameVirtualHost:
    root = NameVirtualHost()
    for name, resource in known.items():
        root.addHost(name.replace("_", ".").encode(), resource)
    return root


@pytest.mark.parametrize("host", ["a.example", "A.Example", "a.example:8080"])
def test_the_host_field_decides(host: str) -> None:
    root = hosts(A_example=Data(b"a", "text/plain"), b_example=Data(b"b", "text/plain"))

    root.hosts[b"a.example"].isLeaf = True

    assert ask(root, "/", host) == (200, b"a")


def test_an_address_of_ipv6_keeps_its_colons() -> None:
    root = NameVirtualHost()
    root.addHost(b"[::1]", Teller(b"six", leaf=True))

    assert ask(root, "/", "[::1]:80")[1].startswith(b"six ")
    assert ask(root, "/", "[::1]")[1].startswith(b"six ")
    assert ask(root, "/", "[::2]")[0] == 404


def test_an_unknown_host_is_told_so() -> None:
    status, body = ask(hosts(a=Teller(b"a")), "/", "b")
    assert status == 404
    assert b"host 'b' not in vhost map" in body


def test_the_default_answers_for_unknown_hosts() -> None:
    root = hosts(a=Teller(b"a"))
    root.default = Teller(b"default")

    assert ask(root, "/x", "b")[1].startswith(b"default ")
    assert ask(root, "/x", "a")[1].startswith(b"a ")


def test_a_leaf_looks_at_the_whole_path_itself() -> None:
    root = hosts(a=Teller(b"leaf", leaf=True), b=Teller(b"tree"))

    assert ask(root, "/x/y", "a")[1].startswith(b"leaf [] [b'x', b'y'] ")
    assert ask(root, "/x/y", "b")[1].startswith(b"tree [b'x', b'y'] [] ")


def test_the_host_itself_can_be_rendered() -> None:
    root = hosts(a=Teller(b"a"))
    root.isLeaf = True

    assert ask(root, "/x", "a")[1].startswith(b"a [] [b'x'] ")


def test_hosts_are_removed_by_name() -> None:
    root = hosts(a=Teller(b"a"))

    root.removeHost(b"A")

    assert root.hosts == {}
    with pytest.raises(KeyError):
        root.removeHost(b"a")


def test_programs_that_walk_the_tree_find_the_hosts() -> None:
    root = hosts(a=Teller(b"a"))
    child = Teller(b"child")
    root.putChild(b"c", child)

    listed = root.listStaticEntities()
    assert listed[0] == (b"c", child)
    assert [name for name, _ in listed] == [b"c", "Virtual Hosts"]
    assert root.getStaticEntity(b"c") is child
    assert root.getStaticEntity(b"d") is None
    found = root.getStaticEntity("Virtual Hosts")
    assert isinstance(found, VirtualHostCollection) and found.nvh is root
    assert isinstance(listed[1][1], VirtualHostCollection) and listed[1][1].nvh is root


def test_the_collection_changes_the_hosts() -> None:
    root = hosts(a=Teller(b"a"))
    collection, b = VirtualHostCollection(root), Teller(b"b")

    collection.reallyPutEntity(b"B", b)

    assert collection.entityType is Resource
    assert root.hosts[b"b"] is b
    assert collection.getStaticEntity(b"b") is b
    assert collection.getStaticEntity(b"c") is None
    assert dict(collection.listStaticEntities()) == root.hosts
    collection.delEntity(b"b")
    assert list(root.hosts) == [b"a"]


def behind_a_proxy() -> Resource:
    root = hosts(b_example=Teller(b"b", leaf=True))
    root.default = Resource()
    root.default.putChild(b"vhost", VHostMonsterResource())
    return root


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/vhost/http/b.example/x/y?q", b"b [] [b'x', b'y'] b.example 80 0 /x/y?q"),
        ("/vhost/http/b.example:8080/x", b"b [] [b'x'] b.example 8080 0 /x"),
        ("/vhost/https/b.example/x", b"b [] [b'x'] b.example 443 1 /x"),
        ("/vhost/https/b.example:65535/x", b"b [] [b'x'] b.example 65535 1 /x"),
    ],
)
def test_a_proxy_tells_the_host_in_the_path(path: str, seen: bytes) -> None:
    assert ask(behind_a_proxy(), path) == (200, seen)


@pytest.mark.parametrize(
    "path",
    ["/vhost/ftp/b.example/", "/vhost/http/b.example:65536/x", "/vhost/http/b.example:x/", "/vhost/http/b.example:/x"],
)
def test_a_proxy_that_tells_nonsense_gets_404(path: str) -> None:
    assert ask(behind_a_proxy(), path)[0] == 404
