"""Web servers on real sockets, asked by the standard library, by bare sockets and by other people's programs."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

Serve = Callable[..., int]

COUNTER = """
    from twisted.web import resource

    class Counter(resource.Resource):
        isLeaf = True
        numberRequests = 0

        def render_GET(self, request):
            self.numberRequests += 1
            request.setHeader(b"content-type", b"text/plain")
            content = u"I am request #{}\\n".format(self.numberRequests)
            return content.encode("ascii")

        def render_POST(self, request):
            return request.content.read()

    root = Counter()
"""

UPLOAD = """
    import hashlib
    from twisted.web import resource, server

    class Upload(resource.Resource):
        isLeaf = True
        streamsBody = True

        async def render_PUT(self, request):
            digest = hashlib.sha256()
            async for piece in request.body:
                digest.update(piece)
            return digest.hexdigest().encode()

        async def render_POST(self, request):
            found = []
            async for part in request.body.parts(request.getHeader(b"content-type")):
                found.append(b"%b=%d" % (part.name, len(await part.read(10**7))))
            return b",".join(found)

    site = server.Site(Upload())
    site.streamsBodies = True
"""


def exchange(port: int, sent: bytes) -> bytes:
    """Say something over a bare socket, and give what is answered until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        heard = b""
        while piece := connection.recv(65536):
            heard += piece
    return heard


def test_a_connection_is_used_again_and_again(serve: Serve) -> None:
    connection = HTTPConnection("127.0.0.1", serve(COUNTER), timeout=10)
    for number in range(1, 4):
        connection.request("GET", "/")
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"I am request #%d\n" % number)
        assert response.getheader("content-type") == "text/plain"
    connection.request("POST", "/", b"x" * 300_000)
    assert connection.getresponse().read() == b"x" * 300_000
    connection.request("POST", "/", iter([b"in", b"pieces"]), encode_chunked=True)
    assert connection.getresponse().read() == b"inpieces"
    connection.request("HEAD", "/")
    response = connection.getresponse()
    assert response.getheader("content-length") == "16" and response.read() == b""
    connection.close()


def test_pipelined_requests_are_answered_in_order(serve: Serve) -> None:
    get = b"GET / HTTP/1.1\r\nHost: a\r\n"
    heard = exchange(serve(COUNTER), (get + b"\r\n") * 20 + get + b"Connection: close\r\n\r\n")

    assert [int(text.split()[0]) for text in heard.split(b"#")[1:]] == list(range(1, 22))


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\nHost: a\n\n", b"400"),
        (b"\x16\x03\x01\x02\x00", b"400"),
        (b"GET /" + b"x" * 20_000, b"414"),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 20_000, b"431"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", b"400"),
    ],
)
def test_nonsense_is_refused_and_the_connection_closed(serve: Serve, sent: bytes, status: bytes) -> None:
    heard = exchange(serve(COUNTER), sent)

    assert heard.startswith(b"HTTP/1.1 " + status + b" ") and heard.count(b"HTTP/1.1") == 1


def test_a_large_upload_is_read_while_it_comes(serve: Serve) -> None:
    import hashlib

    data = b"0123456789abcdef" * 500_000
    connection = HTTPConnection("127.0.0.1", serve(UPLOAD), timeout=20)
    connection.request("PUT", "/", data)

    assert connection.getresponse().read().decode() == hashlib.sha256(data).hexdigest()
    connection.close()


CURL = shutil.which("curl")
needs_curl = pytest.mark.skipif(CURL is None, reason="install curl")


def curl(*arguments: str) -> str:
    return subprocess.run(
        [CURL or "curl", "--silent", "--show-error", "--max-time", "20", *arguments],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.peer
@needs_curl
def test_curl_gets_posts_and_puts(serve: Serve, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{serve(COUNTER)}/"
    assert curl(url, url) == "I am request #1\nI am request #2\n"
    assert curl("--http1.0", url) == "I am request #3\n"
    assert "HTTP/1.1 200 OK" in curl("--head", url)
    assert curl("--data", "a=b", url) == "a=b"
    # More than 1 MiB, so that curl asks first.
    large = tmp_path / "large"
    large.write_bytes(b"x" * 2_000_000)
    assert curl("--data-binary", f"@{large}", "--output", str(tmp_path / "back"), url) == ""
    assert (tmp_path / "back").read_bytes() == large.read_bytes()


@pytest.mark.peer
@needs_curl
def test_curl_uploads_files_in_a_form_and_in_chunks(serve: Serve, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{serve(UPLOAD)}/"
    large = tmp_path / "large"
    large.write_bytes(b"x" * 2_000_000)

    assert curl("--form", "title=Holidays", "--form", f"picture=@{large}", url) == "title=8,picture=2000000"
    assert len(curl("--header", "Transfer-Encoding: chunked", "--upload-file", str(large), url)) == 64


@pytest.mark.peer
def test_aiohttp_asks_our_server(serve: Serve) -> None:
    aiohttp: Any = pytest.importorskip("aiohttp", reason="pip install aiohttp")
    url, upload = f"http://127.0.0.1:{serve(COUNTER)}/", f"http://127.0.0.1:{serve(UPLOAD)}/"

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 50_000

    async def ask() -> list[object]:
        heard: list[object] = []
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                async with session.get(url) as response:
                    heard += [response.status, await response.text()]
            async with session.post(url, data=pieces()) as response:
                heard.append(len(await response.read()))
            async with session.head(url) as response:
                heard.append(response.headers["Content-Length"])
            form = aiohttp.FormData({"title": "Holidays"})
            form.add_field("picture", b"x" * 100_000, filename="beach.png")
            async with session.post(upload, data=form) as response:
                heard.append(await response.text())
            answers = await asyncio.gather(*(session.get(url) for _ in range(20)))
            texts = await asyncio.gather(*(answer.text() for answer in answers))
            heard.append(sorted(int(text.split("#")[1]) for text in texts))
        return heard

    assert asyncio.run(ask()) == [
        *(200, "I am request #1\n", 200, "I am request #2\n"),
        500_000,
        "16",
        "title=8,picture=100000",
        list(range(4, 24)),
    ]
