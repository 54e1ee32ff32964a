"""Files on real sockets: by the kernel, over TLS and under asyncio, while files change and clients come and go."""

from __future__ import annotations

import gzip
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import TELLING, Serve

# What the server itself can tell: what it has logged, which files it has open, how much memory it takes.
SITE = (
    TELLING
    + """
    from twisted.web import static

    folder = {folder!r}

    def opened():
        found = []
        for number in os.listdir("/proc/self/fd"):
            try:
                found.append(os.readlink("/proc/self/fd/" + number))
            except OSError:
                pass
        return str(len([name for name in found if name.startswith(folder)]))

    def memory():
        with open("/proc/self/status") as status:
            return next(line for line in status if line.startswith("VmRSS")).split()[1]

    root = resource.Resource()
    files = static.File(folder)
    files.precompressed = [("br", ".br"), ("gzip", ".gz")]
    root.putChild(b"files", files)
    root.putChild(b"log", Told(log))
    root.putChild(b"opened", Told(opened))
    root.putChild(b"memory", Told(memory))
"""
)

HASTY = """
    from twisted.web import http, server

    http.HTTPChannel.abortTimeout = 0.5

    class Own(http.HTTPChannel):
        pass

    class HastySite(server.Site):
        # Of one's own, or as everybody has it.
        protocol = Own if {own} else http.HTTPChannel

    site = HastySite(root, timeout=0.5)
"""

ASYNCIO = """
    from twisted.internet import asyncioreactor
    asyncioreactor.install()
"""

needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="what a process has open is seen on Linux")


class Answer:
    def __init__(self, head: bytes, body: bytes) -> None:
        first, *lines = head.decode("iso-8859-1").split("\r\n")
        self.status = int(first.split(" ")[1])
        self.fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        self.body = body


class Client:
    """A connection that reads no more than it is told to."""

    def __init__(self, port: int, tls: bool, window: int | None = None) -> None:
        self.socket: Any = socket.socket()
        self.socket.settimeout(20)
        if window is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self.socket.connect(("127.0.0.1", port))
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket, suppress_ragged_eofs=True)
        self.held = b""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, path: str, method: str = "GET", **fields: str) -> None:
        lines = [f"{method} {path} HTTP/1.1", "Host: h"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())

    def read_head(self) -> Answer:
        while b"\r\n\r\n" not in self.held:
            data = self.socket.recv(4096)
            assert data, f"the connection ended within a head: {self.held!r}"
            self.held += data
        head, _, self.held = self.held.partition(b"\r\n\r\n")
        return Answer(head, b"")

    def read_exactly(self, size: int) -> bytes:
        pieces, have = [self.held], len(self.held)
        while have < size:
            data = self.socket.recv(min(size - have, 1 << 18))
            assert data, f"{size - have} bytes are missing"
            pieces.append(data)
            have += len(data)
        whole = b"".join(pieces)
        self.held = whole[size:]
        return whole[:size]

    def read_to_end(self) -> bytes:
        pieces = [self.held]
        self.held = b""
        try:
            while data := self.socket.recv(1 << 18):
                pieces.append(data)
        except ConnectionResetError:
            pass
        return b"".join(pieces)

    def read(self, method: str = "GET") -> Answer:
        answer = self.read_head()
        if method != "HEAD" and answer.status != 304:
            answer.body = self.read_exactly(int(answer.fields["content-length"]))
        return answer

    def ask(self, path: str, method: str = "GET", **fields: str) -> Answer:
        self.send(path, method, **fields)
        return self.read(method)


class World:
    def __init__(self, folder: Path, start: Serve, tls: bool) -> None:
        self.folder, self.tls = folder, tls
        self.port = start(SITE.format(folder=str(folder)))

    def client(self, window: int | None = None) -> Client:
        return Client(self.port, self.tls, window)

    def tell(self, what: str) -> str:
        """Have the server tell something, over a connection of its own."""
        with self.client() as client:
            return client.ask(f"/{what}").body.decode()

    def wait_until_closed(self) -> None:
        until = time.monotonic() + 20
        while self.tell("opened") != "0":
            assert time.monotonic() < until, "the file is still open"
            threading.Event().wait(0.01)


@pytest.fixture(params=["tcp", "tls", "asyncio"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "tls":
        pytest.importorskip("cryptography", reason="pip install twisted-core[tls]")
    serve: Serve = request.getfixturevalue("serve_tls" if request.param == "tls" else "serve")
    folder = tmp_path / "files"
    folder.mkdir()

    def start(program: str) -> int:
        return serve(program, ASYNCIO) if request.param == "asyncio" else serve(program)

    yield World(folder, start, request.param == "tls")


@pytest.fixture
def large(world: World) -> bytes:
    """More than any socket takes at once."""
    content = os.urandom(1 << 20) * 24 + b"the end"
    (world.folder / "large.bin").write_bytes(content)
    return content


@pytest.mark.parametrize("size", [0, 1, 65536, 65537, 1_000_000])
def test_files_of_all_sizes_come_whole_one_behind_the_other(world: World, size: int) -> None:
    content = os.urandom(size)
    (world.folder / "a.bin").write_bytes(content)

    with world.client() as client:
        answers = [client.ask("/files/a.bin") for _ in range(3)]

    assert [(answer.status, answer.body == content) for answer in answers] == [(200, True)] * 3
    assert world.tell("log") == ""


def test_a_large_file_comes_whole_to_a_client_with_a_small_window(world: World, large: bytes) -> None:
    with world.client(window=8192) as client:
        answer = client.ask("/files/large.bin")

    assert answer.body == large


def test_head_tells_of_a_file_and_sends_nothing_of_it(world: World, large: bytes) -> None:
    with world.client() as client:
        head = client.ask("/files/large.bin", "HEAD")
        other = client.ask("/files/none", "HEAD")
        whole = client.ask("/files/large.bin")

    assert (head.status, head.fields["content-length"], other.status) == (200, str(len(large)), 404)
    assert {name: head.fields[name] for name in head.fields if name != "date"} == {
        name: whole.fields[name] for name in whole.fields if name != "date"
    }
    assert whole.body == large


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("0-0", 0, 0), ("5-", 5, -1), ("-7", -7, -1), ("1000000-3000000", 1_000_000, 3_000_000), ("0-99999999999", 0, -1)],
)
def test_a_range_is_just_that_part(world: World, large: bytes, asked: str, first: int, last: int) -> None:
    first, last = first % len(large), last % len(large)

    with world.client() as client:
        answer = client.ask("/files/large.bin", Range=f"bytes={asked}")
        behind = client.ask("/files/large.bin", Range="bytes=-3")

    assert (answer.status, answer.body == large[first : last + 1]) == (206, True)
    assert answer.fields["content-range"] == f"bytes {first}-{last}/{len(large)}"
    assert behind.body == b"end"


def test_several_ranges_are_parts_of_one_answer(world: World, large: bytes) -> None:
    with world.client() as client:
        answer = client.ask("/files/large.bin", Range="bytes=0-1, 500000-2499999, -3")
        behind = client.ask("/files/large.bin", "HEAD", Range="bytes=0-1,3-4")

    matched = re.fullmatch('multipart/byteranges; boundary="([0-9a-f]+)"', answer.fields["content-type"])
    assert answer.status == behind.status == 206 and matched is not None
    parts = answer.body.split(b"\r\n--" + matched.group(1).encode())
    assert [part.partition(b"\r\n\r\n")[2] for part in parts[1:-1]] == [large[:2], large[500_000:2_500_000], b"end"]
    assert (parts[0], parts[-1]) == (b"", b"--\r\n")


@pytest.mark.parametrize("asked", ["0-," * 1000, "0-0," * 5000, "-1," * 1000 + "0-,0-,0-", "0-,0-,0-"])
def test_no_ranges_bring_more_than_the_file_twice_over(world: World, asked: str) -> None:
    content = os.urandom(100_000)
    (world.folder / "a.bin").write_bytes(content)
    # A header of its default bound would not hold as many as somebody may allow.
    with world.client() as client:
        client.send("/files/a.bin", Range="bytes=" + asked.strip(",")[:15000])
        answer = client.read()

    assert len(answer.body) <= 2 * len(content) + 4096
    assert answer.body == content and answer.status == 200


def test_what_a_client_has_is_not_sent_again(world: World, large: bytes) -> None:
    with world.client() as client:
        first = client.ask("/files/large.bin")
        tag, changed = first.fields["etag"], first.fields["last-modified"]
        known = [
            client.ask("/files/large.bin", If_None_Match=tag),
            client.ask("/files/large.bin", If_None_Match=f'"x", W/{tag}'),
            client.ask("/files/large.bin", If_Modified_Since=changed),
            client.ask("/files/large.bin", "HEAD", If_None_Match="*"),
        ]
        part = client.ask("/files/large.bin", If_Range=tag, Range="bytes=0-9")
        whole = client.ask("/files/large.bin", If_Range='"x"', Range="bytes=0-9")
        (world.folder / "large.bin").write_bytes(b"another")
        anew = client.ask("/files/large.bin", If_None_Match=tag, If_Modified_Since=changed)

    assert [answer.status for answer in known] == [304] * 4
    assert [answer.fields["etag"] for answer in known] == [tag] * 4
    assert (part.status, part.body) == (206, large[:10]) and (whole.status, whole.body == large) == (200, True)
    assert (anew.status, anew.body) == (200, b"another") and anew.fields["etag"] != tag


def test_a_compressed_variant_is_sent_to_who_takes_it(world: World) -> None:
    page = b"<p>hello</p>" * 20_000
    (world.folder / "page.html").write_bytes(page)
    (world.folder / "page.html.gz").write_bytes(gzip.compress(page))

    with world.client() as client:
        plain = client.ask("/files/page.html")
        small = client.ask("/files/page.html", Accept_Encoding="br, gzip")
        refused = client.ask("/files/page.html", Accept_Encoding="gzip;q=0")
        head = client.ask("/files/page.html", "HEAD", Accept_Encoding="gzip")

    assert plain.body == refused.body == page and gzip.decompress(small.body) == page
    assert [each.fields.get("content-encoding") for each in (plain, small, refused, head)] == [
        None,
        "gzip",
        None,
        "gzip",
    ]
    assert {each.fields["content-type"] for each in (plain, small, refused, head)} == {"text/html"}
    assert plain.fields["etag"] != small.fields["etag"] == head.fields["etag"]
    assert {each.fields["vary"].lower() for each in (plain, small, refused, head)} == {"accept-encoding"}


@needs_proc
@pytest.mark.parametrize("asked", [None, "bytes=1-", "bytes=0-9, 20-"])
def test_a_file_that_is_cut_while_it_is_sent_ends_the_connection(world: World, large: bytes, asked: str | None) -> None:
    with world.client(window=8192) as client:
        client.send("/files/large.bin", **({} if asked is None else {"Range": asked}))
        client.send("/log")
        answer = client.read_head()
        os.truncate(world.folder / "large.bin", 1 << 20)
        body = client.read_to_end()

    # Less than was promised, and no other answer in its place.
    assert len(body) < int(answer.fields["content-length"])
    assert b"HTTP/1.1" not in body[-2000:]
    (event,) = world.tell("log").splitlines()
    assert "large.bin" in event and "shorter" in event
    assert world.tell("opened") == "0"


def test_a_file_that_is_replaced_while_it_is_sent_comes_as_it_was(world: World, large: bytes) -> None:
    with world.client(window=8192) as client:
        client.send("/files/large.bin")
        answer = client.read_head()
        (world.folder / "new").write_bytes(b"new")
        os.replace(world.folder / "new", world.folder / "large.bin")
        body = client.read_exactly(int(answer.fields["content-length"]))
        behind = client.ask("/files/large.bin")

    assert body == large and behind.body == b"new"
    assert world.tell("log") == ""


def test_a_file_that_grows_while_it_is_sent_brings_no_more_than_was_promised(world: World, large: bytes) -> None:
    with world.client(window=8192) as client:
        client.send("/files/large.bin")
        answer = client.read_head()
        with open(world.folder / "large.bin", "ab") as file:
            file.write(b"more" * 1000)
        body = client.read_exactly(int(answer.fields["content-length"]))
        behind = client.ask("/files/large.bin", "HEAD")

    assert body == large and behind.fields["content-length"] == str(len(large) + 4000)


@needs_proc
@pytest.mark.parametrize("end", ["reset", "closed"])
def test_a_client_that_goes_leaves_nothing_open(world: World, large: bytes, end: str) -> None:
    clients = [world.client(window=8192) for _ in range(5)]
    for client in clients:
        client.send("/files/large.bin")
        client.read_head()
    assert world.tell("opened") == "5"
    for client in clients:
        if end == "reset":
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.socket.close()

    world.wait_until_closed()
    assert world.tell("log") == ""


@needs_proc
def test_slow_readers_cost_no_memory(world: World) -> None:
    with open(world.folder / "huge.bin", "wb") as file:
        file.truncate(1 << 28)
    # What it takes to serve at all.
    with world.client() as client:
        client.ask("/files/huge.bin", Range="bytes=0-9999999")
    before = int(world.tell("memory"))
    clients = [world.client(window=8192) for _ in range(8)]
    for client in clients:
        client.send("/files/huge.bin")
        client.read_head()
    after = max(int(world.tell("memory")) for _ in range(20))
    for client in clients:
        client.socket.close()

    # Two megabytes for each; the file has 256.
    assert after - before < 16 * 1024
    world.wait_until_closed()


@needs_proc
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("tls", [False, True])
def test_a_client_that_stops_to_read_is_sent_away(
    request: pytest.FixtureRequest, tmp_path: Path, own: bool, tls: bool
) -> None:
    serve: Serve = request.getfixturevalue("serve_tls" if tls else "serve")
    content = os.urandom(1 << 20) * 24
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "large.bin").write_bytes(content)
    world = World(folder, lambda program: serve(program + HASTY.format(own=own)), tls=tls)
    with world.client(window=8192) as client:
        client.send("/files/large.bin")
        client.read_head()

        world.wait_until_closed()

        assert len(client.read_to_end()) < len(content)


def test_requests_behind_a_file_are_answered_in_order(world: World, large: bytes) -> None:
    (world.folder / "small.txt").write_bytes(b"small")
    paths = ["large.bin", "small.txt", "none", "large.bin", "small.txt", "large.bin"]

    with world.client() as client:
        for path in paths:
            client.send(f"/files/{path}")
        answers = [client.read() for _ in paths]

    assert [answer.status for answer in answers] == [200, 200, 404, 200, 200, 200]
    assert [answer.body for answer in answers if answer.status == 200] == [large, b"small", large, b"small", large]


def test_a_connection_is_closed_behind_a_file_that_somebody_asked_for_so(world: World, large: bytes) -> None:
    with world.client() as client:
        client.send("/files/large.bin", Connection="close")
        answer = client.read_head()
        body = client.read_to_end()

    assert body == large and answer.fields["connection"] == "close"


def test_an_old_client_gets_a_file_and_the_end(world: World, large: bytes) -> None:
    with world.client() as client:
        client.socket.sendall(b"GET /files/large.bin HTTP/1.0\r\n\r\n")
        answer = client.read_head()

        assert client.read_to_end() == large and answer.status == 200


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are for POSIX")
def test_a_pipe_in_the_folder_stops_nobody(world: World) -> None:
    os.mkfifo(world.folder / "pipe")

    with world.client() as client:
        assert client.ask("/files/pipe").status == 403
        assert client.ask("/files/none").status == 404
