"""Clients whose response heads are read by a class of the program's own."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.web._newclient import HTTP11ClientProtocol, HTTPClientParser, ParseError, ResponseFailed
from twisted.web.client import Request, ResponseLimits, readBody
from twisted.web.http_headers import Headers

from .wire import Line, Transport, answer, outcome


class Noting(HTTPClientParser):
    """Skips lines that are no fields, and notes the others."""

    def lineReceived(self, line: bytes) -> None:
        notes.append(line)
        if line.rstrip(b"\r") != b"nonsense":
            super().lineReceived(line)


class Own(HTTP11ClientProtocol):
    """Puts a class of its own in the place of the parser's, as soon as there is one."""

    def request(self, request: Any) -> Any:
        asked = super().request(request)
        parser: Any = self._parser
        parser.__class__ = Noting
        return asked


notes: list[bytes] = []


def connected(limits: ResponseLimits | None = None) -> tuple[Own, Line, list[Any]]:
    notes.clear()
    idle: list[Any] = []
    protocol = Own(idle.append)
    protocol._limits = limits
    transport = Transport()
    protocol.makeConnection(transport)
    return protocol, Line(protocol, transport), idle


def asking(method: bytes = b"GET") -> Request:
    return Request(method, b"/", Headers({"Host": ["h"]}), None, True)


@pytest.mark.parametrize("step", [0, 1, 7])
def test_each_line_of_a_head_goes_by_it_and_bodies_do_not(step: int) -> None:
    protocol, line, idle = connected()

    for body in (b"hello", b""):
        asked = protocol.request(asking())
        line.receive(answer(body, b"nonsense", b"A: 1", b" 2", b"X-Y: z"), step)
        response = outcome(asked)

        assert (response.code, response.phrase, response.length) == (200, b"OK", len(body))
        assert response.headers.getRawHeaders("a") == ["1 2"]
        assert response.headers.getRawHeaders("x-y") == ["z"]
        assert response.headers.getRawHeaders("content-length") is None
        assert outcome(readBody(response)) == body

    assert idle == [protocol, protocol]
    assert notes[:2] == [b"HTTP/1.1 200 OK\r", b"nonsense\r"] and len(notes) == 14


@pytest.mark.parametrize("step", [0, 1])
def test_bodies_in_chunks_and_answers_on_the_way(step: int) -> None:
    protocol, line, idle = connected()
    asked = protocol.request(asking())
    line.receive(b"HTTP/1.1 103 Soon\r\nA: early\r\n\r\n", step)
    line.receive(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", step)

    assert outcome(asked).headers.getRawHeaders("a") is None
    assert outcome(readBody(outcome(asked))) == b"ab"
    assert idle == [protocol]


def test_a_head_response_has_no_body() -> None:
    protocol, line, idle = connected()
    asked = protocol.request(asking(b"HEAD"))
    line.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")

    assert outcome(asked).headers.getRawHeaders("content-length") == ["9"]
    assert outcome(readBody(outcome(asked))) == b""
    assert idle == [protocol]


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nno field\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno name: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 11 + b"\r\n",
        b"HTTP/1.1 103 Soon\r\n\r\n" * 4,
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 20000,
        b"nonsense HTTP\r\n",
    ],
)
def test_what_makes_no_sense_ends_the_connection(sent: bytes) -> None:
    protocol, line, _ = connected(ResponseLimits(headerCount=10, interimResponses=3))
    asked = protocol.request(asking())
    line.receive(sent, 500)

    failed = outcome(asked)
    assert isinstance(failed, ResponseFailed) and failed.reasons[0].check(ParseError)
    assert line.transport.disconnecting


def test_nobody_else_has_a_parser() -> None:
    protocol, line, _ = connected()
    assert protocol._parser is None
    protocol.request(asking())
    first: Any = protocol._parser
    assert type(first) is Noting and protocol._parser is first
    line.receive(answer())
    outcome(protocol.request(asking()))

    assert protocol._parser is not first
