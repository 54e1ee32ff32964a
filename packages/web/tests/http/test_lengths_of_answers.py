"""Answers that are longer or shorter than they said: nothing may be taken for a part of them, or they for another."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web import http
from twisted.web.resource import Resource
from twisted.web.server import Site


def exchange(promised: bytes | None, body: bytes, request: bytes = b"GET / HTTP/1.1", code: int = 200) -> Any:
    class Request(http.Request):
        def process(self) -> None:
            self.setResponseCode(code)
            if promised is not None:
                self.responseHeaders.setRawHeaders(b"Content-Length", [promised])
            for at in range(len(body)):
                self.write(body[at : at + 1])
            self.finish()

    class Channel(http.HTTPChannel):
        requestFactory = Request

    protocol: Any = Channel()
    protocol.callLater = Clock().callLater
    transport = StringTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived((request + b"\r\nHost: h\r\n\r\n") * 2)
    return transport


@pytest.mark.parametrize(("promised", "body"), [(b"4", b"abc"), (b"2", b"abc"), (b"x", b"abc"), (b"1", b"")])
def test_a_wrong_length_ends_the_connection_behind_the_answer(
    promised: bytes, body: bytes, complaints: list[str]
) -> None:
    transport = exchange(promised, body)

    assert transport.value().count(b"HTTP/1.1 200 OK") == 1
    assert transport.value().endswith(b"\r\n\r\n" + body) and transport.disconnecting
    assert complaints == [
        f"the answer to b'/' has {len(body)} bytes, and Content-Length: {promised.decode()}: the connection is closed"
    ]


@pytest.mark.parametrize("promised", [b"3", b"03", b"3 ", None])
def test_a_right_one_does_not(promised: bytes | None, complaints: list[str]) -> None:
    transport = exchange(promised, b"abc")

    assert transport.value().count(b"HTTP/1.1 200 OK") == 2
    assert not transport.disconnecting and complaints == []


@pytest.mark.parametrize(("request_line", "code"), [(b"HEAD / HTTP/1.1", 200), (b"GET / HTTP/1.1", 304)])
def test_what_has_no_body_may_tell_its_length(request_line: bytes, code: int, complaints: list[str]) -> None:
    transport = exchange(b"5", b"", request_line, code)

    assert transport.value().count(b"Content-Length: 5") == 2
    assert not transport.disconnecting and complaints == []


def test_a_page_may_write_a_part_of_what_it_promised_and_return_the_rest(complaints: list[str]) -> None:
    class Page(Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> bytes:
            request.setHeader(b"content-length", b"4")
            request.write(b"abc")
            return self.rest

        rest = b"d"

    page = Page()
    protocol: Any = Site(page, reactor=Clock()).buildProtocol(None)
    transport = StringTransport()
    protocol.makeConnection(transport)

    for _ in range(2):
        protocol.dataReceived(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert transport.value().count(b"\r\nContent-Length: 4\r\n") == 2
    assert transport.value().endswith(b"\r\n\r\nabcd")
    assert not transport.disconnecting and complaints == []

    page.rest = b"de"
    protocol.dataReceived(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert transport.disconnecting and len(complaints) == 1
