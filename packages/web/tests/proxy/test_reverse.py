"""Proxies in front of one server."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.testing import MemoryReactorClock
from twisted.web.http import HTTPFactory
from twisted.web.proxy import ProxyClientFactory, ReverseProxy, ReverseProxyRequest, ReverseProxyResource
from twisted.web.resource import Resource
from twisted.web.server import Site

from .conftest import Front

GET = b"GET / HTTP/1.1\r\nHost: front\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: front\r\n"


def reverse(clock: MemoryReactorClock, port: int = 80, path: bytes = b"", streams: bool = False) -> Front:
    """A client of a site whose root is a server behind."""
    site = Site(ReverseProxyResource("behind", port, path, clock), reactor=clock)
    site.streamsBodies = streams
    return Front(site, clock)


def test_the_host_is_that_of_the_server_behind(clock: MemoryReactorClock) -> None:
    front = reverse(clock)
    front.say(GET)
    assert front.connected() == [("behind", 80)]
    assert front.behind().heard() == b"GET / HTTP/1.0\r\nHost: behind\r\nConnection: close\r\n\r\n"

    front = reverse(clock, 8080)
    front.say(GET)
    assert front.connected()[-1] == ("behind", 8080)
    assert b"\r\nHost: behind:8080\r\n" in front.behind().heard()


@pytest.mark.parametrize(
    ("base", "asked", "there"),
    [
        (b"", b"/", b"/"),
        (b"", b"/a/b", b"/a/b"),
        (b"", b"/a/", b"/a/"),
        (b"/base", b"/", b"/base/"),
        (b"/base", b"/a?b=c", b"/base/a?b=c"),
        (b"/base/", b"/a", b"/base/a"),
        (b"/base", b"/a%2Fb%20c", b"/base/a%2Fb%20c"),
        (b"/base", b"/a%3Fb", b"/base/a%3Fb"),
        (b"/base", b"/%0d%0aX:%20y", b"/base/%0D%0AX%3A%20y"),
        (b"/base", b"/...", b"/base/..."),
    ],
)
def test_the_path_is_put_behind_that_of_the_resource(
    clock: MemoryReactorClock, base: bytes, asked: bytes, there: bytes
) -> None:
    front = reverse(clock, path=base)
    front.say(b"GET " + asked + b" HTTP/1.1\r\nHost: front\r\n\r\n")

    assert front.behind().heard().startswith(b"GET " + there + b" HTTP/1.0\r\n")


def test_a_leaf_stands_for_its_own_path(clock: MemoryReactorClock) -> None:
    class Leaf(ReverseProxyResource):
        isLeaf = True

    front = Front(Site(Leaf("behind", 80, b"", clock), reactor=clock), clock)
    front.say(GET)

    assert front.behind().heard().startswith(b"GET / HTTP/1.0\r\n")


@pytest.mark.parametrize("asked", [b"/..", b"/../secret", b"/%2e%2e/secret", b"/a/%2E%2E/%2e%2e/secret", b"/./a"])
def test_no_path_leads_out_of_that_of_the_resource(clock: MemoryReactorClock, asked: bytes) -> None:
    front = reverse(clock, path=b"/public")
    front.say(b"GET " + asked + b" HTTP/1.1\r\nHost: front\r\n\r\n")

    assert front.heard().startswith(b"HTTP/1.1 404 ")
    assert front.connected() == []


def test_children_are_of_the_same_class_and_know_the_same_server(clock: MemoryReactorClock) -> None:
    class Mine(ReverseProxyResource):
        pass

    child = Mine("behind", 81, b"/x/", clock).getChild(b"a b", None)

    assert type(child) is Mine
    assert (child.host, child.port, child.path, child.reactor) == ("behind", 81, b"/x/a%20b", clock)


def test_a_factory_of_ones_own_passes_requests_on(clock: MemoryReactorClock) -> None:
    made: list[Any] = []

    class Mine(ProxyClientFactory):
        def __init__(self, *words: Any) -> None:
            made.append(words)
            super().__init__(*words)

    class Here(ReverseProxyResource):
        proxyClientFactoryClass = Mine

    front = Front(Site(Here("behind", 80, b"/b", clock), reactor=clock), clock)
    front.say(b"POST /a HTTP/1.1\r\nHost: front\r\nContent-Length: 2\r\n\r\nhi")

    [(command, rest, version, headers, data, father)] = made
    assert (command, rest, version, data) == (b"POST", b"/b/a", b"HTTP/1.1", b"hi")
    assert headers == {b"host": b"behind", b"content-length": b"2"}
    factory = clock.tcpClients[0][2]
    assert (factory.command, factory.rest, factory.version) == (command, rest, version)
    assert factory.headers is headers and factory.data is data and factory.father is father


def test_a_factory_in_front_of_one_server(clock: MemoryReactorClock) -> None:
    class Here(ReverseProxy):
        requestFactory = staticmethod(lambda channel, queued: ReverseProxyRequest(channel, queued, clock))

    factory: Any = HTTPFactory(reactor=clock)
    factory.protocol = Here
    factory.host, factory.port = "behind", 81
    front = Front(factory, clock)
    front.say(b"PUT /a?b HTTP/1.1\r\nHost: front\r\nContent-Length: 2\r\n\r\nhi")
    behind = front.behind()

    assert front.connected() == [("behind", 81)]
    assert behind.heard() == b"PUT /a?b HTTP/1.0\r\nHost: behind\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    behind.say(b"HTTP/1.0 204 None\r\n\r\n")
    assert front.heard().startswith(b"HTTP/1.1 204 None\r\n")


def test_a_proxy_below_other_resources(clock: MemoryReactorClock) -> None:
    root = Resource()
    root.putChild(b"app", ReverseProxyResource("behind", 80, b"/there", clock))
    front = Front(Site(root, reactor=clock), clock)
    front.say(b"GET /app/x?y HTTP/1.1\r\nHost: front\r\n\r\n")

    assert front.behind().heard().startswith(b"GET /there/x?y HTTP/1.0\r\n")


def test_a_body_that_somebody_has_read_is_passed_on_all_the_same(clock: MemoryReactorClock) -> None:
    class Curious(ReverseProxyResource):
        def render(self, request: Any) -> Any:
            assert request.content.read() == b"body"
            return super().render(request)

    front = Front(Site(Curious("behind", 80, b"", clock), reactor=clock), clock)
    front.say(POST + b"Content-Length: 4\r\n\r\nbody")

    assert front.behind().heard().endswith(b"\r\n\r\nbody")


# Bodies of requests that are passed on while they come


def test_a_body_is_passed_on_while_it_comes(clock: MemoryReactorClock) -> None:
    front = reverse(clock, streams=True)
    front.say(POST + b"Content-Length: 6\r\n\r\nab")
    behind = front.behind()
    assert behind.heard() == (b"POST / HTTP/1.0\r\nHost: behind\r\nContent-Length: 6\r\nConnection: close\r\n\r\nab")

    front.say(b"cd")
    assert behind.heard() == b"cd"
    front.say(b"ef")
    assert behind.heard() == b"ef" and behind.transport.producer is None
    behind.say(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
    assert front.heard().endswith(b"\r\n\r\nok")


def test_a_body_of_unknown_length_is_passed_on_in_chunks(clock: MemoryReactorClock) -> None:
    front = reverse(clock, streams=True)
    front.say(POST + b"Transfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n")
    behind = front.behind()
    assert behind.heard() == (
        b"POST / HTTP/1.1\r\nHost: behind\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"b\r\nhello world\r\n"
    )

    front.say(b"0\r\n\r\n")
    assert behind.heard() == b"0\r\n\r\n"


def test_a_length_that_connection_names_is_still_said(clock: MemoryReactorClock) -> None:
    front = reverse(clock, streams=True)
    front.say(POST + b"Connection: content-length\r\nContent-Length: 40\r\n\r\n")

    assert b"\r\nContent-Length: 40\r\n" in front.behind().heard()


def test_a_slow_server_behind_makes_the_client_wait(clock: MemoryReactorClock) -> None:
    front = reverse(clock, streams=True)
    front.say(POST + b"Content-Length: 2000000\r\n\r\n")
    behind = front.behind()
    behind.heard()

    behind.transport.producer.pauseProducing()
    behind.transport.producer.pauseProducing()
    for _ in range(20):
        if front.transport.producerState == "producing":
            front.say(b"x" * 65536)
    held = behind.heard()
    assert len(held) <= 65536 and front.transport.producerState == "paused"

    behind.transport.producer.resumeProducing()
    behind.transport.producer.resumeProducing()
    assert front.transport.producerState == "producing"
    assert len(behind.heard()) >= 65536


def test_a_client_that_goes_while_it_sends_takes_the_server_behind_with_it(clock: MemoryReactorClock) -> None:
    front = reverse(clock, streams=True)
    front.say(POST + b"Content-Length: 10\r\n\r\nab")
    behind = front.behind()
    front.hang_up()

    assert behind.transport.aborted and behind.transport.producer is None
    behind.hang_up()
    assert front.heard() == b""


def test_a_body_that_is_none_is_refused_and_the_server_behind_left(clock: MemoryReactorClock) -> None:
    front = reverse(clock, streams=True)
    front.say(POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
    behind = front.behind()
    behind.heard()
    front.say(b"zz\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")

    assert front.transport.disconnecting and len(front.connected()) == 1
    front.hang_up()
    assert behind.heard() == b"" and behind.transport.aborted


def test_a_server_behind_that_dies_while_it_is_sent_a_body_is_told_of(clock: MemoryReactorClock) -> None:
    front = reverse(clock, streams=True)
    front.say(POST + b"Content-Length: 10\r\n\r\nab")
    front.behind().hang_up(cleanly=False)

    assert front.heard().startswith(b"HTTP/1.1 502 Bad Gateway\r\n")


def test_a_server_behind_may_answer_before_it_has_the_whole_body(clock: MemoryReactorClock) -> None:
    front = reverse(clock, streams=True)
    front.say(POST + b"Content-Length: 1000000\r\n\r\nab")
    behind = front.behind()
    behind.say(b"HTTP/1.0 413 Too much\r\nContent-Length: 2\r\n\r\nno")

    assert front.heard().startswith(b"HTTP/1.1 413 Too much\r\n")
    assert behind.transport.disconnecting and behind.transport.producer is None
    behind.heard()
    front.say(b"x" * 1000)
    assert behind.heard() == b"" and front.heard() == b""
