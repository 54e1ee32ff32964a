"""Clients that are answered while they still send: they see the answer, whole, and then the end."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

Serve = Callable[..., int]

SITE = """
    from twisted.web import resource, server

    class Hasty(resource.Resource):
        isLeaf = True
        streamsBody = True

        async def render_POST(self, request):
            return b"I have seen enough: " + await request.body.readPiece()

    root = Hasty()
    site = server.Site(root)
    site.streamsBodies = True
"""

SMALL = """
    from twisted.web import http, resource, server, static

    class Channel(http.HTTPChannel):
        maxContentLength = 1000

    class Site(server.Site):
        protocol = Channel

    root = resource.Resource()
    root.putChild(b"", static.Data(b"hello", "text/plain"))
    site = Site(root)
"""


def send_all_then_read(port: int, head: bytes, size: int) -> bytes:
    """Send everything before anything is read, as many clients do."""
    with socket.create_connection(("127.0.0.1", port), 20) as client:
        client.sendall(head)
        for _ in range(size // 65536):
            client.sendall(bytes(65536))
        received = b""
        while data := client.recv(65536):
            received += data
        return received


def test_a_body_that_is_too_long_is_refused_and_the_client_reads_why(serve: Serve) -> None:
    port = serve(SMALL)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6553600\r\n\r\n"

    assert send_all_then_read(port, head, 6553600).startswith(b"HTTP/1.1 413 ")


def test_nonsense_with_much_behind_it_is_refused_and_the_client_reads_why(serve: Serve) -> None:
    assert send_all_then_read(serve(SMALL), b"GET  / HTTP/1.1\r\n\r\n", 6553600).startswith(b"HTTP/1.1 400 ")


def test_who_has_seen_enough_of_an_upload_answers_it(serve: Serve) -> None:
    port = serve(SITE)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6553605\r\n\r\nhello"

    answer = send_all_then_read(port, head, 6553600)

    assert answer.startswith(b"HTTP/1.1 200 ") and b"I have seen enough: hello" in answer


@pytest.mark.parametrize("end", ["close", "shutdown"])
def test_a_client_that_is_refused_may_leave(serve: Serve, end: str) -> None:
    port = serve(SMALL)
    client = socket.create_connection(("127.0.0.1", port), 20)
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6553600\r\n\r\nbegun")
    assert client.recv(100).startswith(b"HTTP/1.1 413 ")
    if end == "shutdown":
        client.shutdown(socket.SHUT_WR)
        while client.recv(100):
            pass
    client.close()
    with socket.create_connection(("127.0.0.1", port), 20) as other:
        other.sendall(b"GET / HTTP/1.0\r\n\r\n")
        received = b""
        while data := other.recv(100):
            received += data
    assert received.endswith(b"hello")
