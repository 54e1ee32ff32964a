"""The parsers that programs subclass."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import (
    BODY,
    DONE,
    HEADER,
    STATUS,
    BadResponseVersion,
    HTTPClientParser,
    HTTPParser,
    ParseError,
    Request,
    ResponseDone,
    ResponseFailed,
)
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers

from .wire import OK, Transport, answer, deliver, outcome, reasons


class Recorder(HTTPParser):
    """Tells what its hooks were called with."""

    def connectionMade(self) -> None:
        super().connectionMade()
        self.heard: list[Any] = []
        self.raw = b""

    def statusReceived(self, status: bytes) -> None:
        self.heard.append((self.state, status))

    def headerReceived(self, name: bytes, value: bytes) -> None:
        self.heard.append((self.state, name, value))
        super().headerReceived(name, value)

    def allHeadersReceived(self) -> None:
        self.heard.append("all")
        self.switchToBodyMode(self.Body(self))

    class Body:
        def __init__(self, parser: Any) -> None:
            self.parser = parser

        def dataReceived(self, data: bytes) -> None:
            self.parser.raw += data


@pytest.mark.parametrize("step", [0, 1])
def test_each_part_of_a_head_is_told(step: int) -> None:
    parser = Recorder()
    parser.makeConnection(Transport())
    assert parser.state == STATUS == "STATUS"
    data = b"A STATUS\r\nX-A: 1\nContent-Length:  5 \r\nB: c\r\n  d\r\n\r\nbo\ndy"
    for at in range(0, len(data), step or len(data)):
        parser.dataReceived(data[at : at + (step or len(data))])

    assert parser.heard == [
        (STATUS, b"A STATUS"),
        (HEADER, b"X-A", b"1"),
        (HEADER, b"Content-Length", b"5"),
        (HEADER, b"B", b"c d"),
        "all",
    ]
    assert parser.state == BODY and parser.raw == b"bo\ndy"
    assert parser.headers == Headers({"X-A": ["1"], "B": ["c d"]})
    assert parser.connHeaders == Headers({"Content-Length": ["5"]})
    assert (HEADER, DONE) == ("HEADER", "DONE")
    with pytest.raises(RuntimeError, match="already in body mode"):
        parser.switchToBodyMode(None)


def test_a_head_without_hooks() -> None:
    parser = HTTPParser()
    parser.makeConnection(Transport())
    parser.dataReceived(b"x\r\n\r\n")

    assert parser.state == BODY and parser.bodyDecoder is None
    assert parser.isConnectionControlHeader(b"connection") and not parser.isConnectionControlHeader(b"server")


def test_a_line_that_is_no_field() -> None:
    parser = HTTPParser()
    parser.makeConnection(Transport())
    with pytest.raises(ParseError, match="a header field without a colon"):
        parser.dataReceived(b"x\r\nno field\r\n\r\n")


def reading(method: bytes = b"GET") -> tuple[Any, list[bytes], Any]:
    rests: list[bytes] = []
    parser = HTTPClientParser(Request(method, b"/", Headers({"Host": ["h"]}), None), rests.append)
    response = parser._responseDeferred
    parser.makeConnection(Transport())
    return parser, rests, response


@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize(
    ("data", "method", "body", "rest"),
    [
        (answer(b"hello", b"Server: s") + b"next", b"GET", b"hello", b"next"),
        (b"HTTP/1.1 100 Go\r\nA: b\r\n\r\n" + answer(b"x", b"Server: s"), b"GET", b"x", b""),
        (
            OK + b"Server: s\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nnext",
            b"GET",
            b"abc",
            b"next",
        ),
        (OK + b"Server: s\r\nContent-Length: 0\r\n\r\nnext", b"GET", b"", b"next"),
    ],
)
def test_a_response_is_read(data: bytes, method: bytes, body: bytes, rest: bytes, step: int) -> None:
    parser, rests, response = reading(method)
    received: list[Any] = []
    response.addCallback(lambda response: received.append((response, deliver(response))))
    for at in range(0, len(data), step or len(data)):
        parser.dataReceived(data[at : at + (step or len(data))])

    [(got, receiver)] = received
    assert (got.code, got.phrase, got.version) == (200, b"OK", (b"HTTP", 1, 1))
    assert got.headers == Headers({"Server": ["s"]})
    assert got.request is parser.request
    assert receiver.body == body and isinstance(receiver.why, ResponseDone)
    assert rests == [b"" if step else rest]
    assert parser.state == DONE
    parser.connectionLost(Failure(ConnectionDone()))


def test_the_answer_to_head_tells_the_length() -> None:
    parser, rests, response = reading(b"HEAD")
    parser.dataReceived(OK + b"Content-Length: 5\r\n\r\n")

    got = outcome(response)
    assert got.length == 0 and got.headers == Headers({"Content-Length": ["5"]})
    assert rests == [b""]


def test_what_ends_with_the_connection() -> None:
    parser, _, response = reading()
    parser.dataReceived(OK + b"\r\nabc")
    receiver = deliver(outcome(response))
    parser.connectionLost(Failure(ConnectionDone()))
    assert receiver.body == b"abc" and isinstance(receiver.why, PotentialDataLoss)

    parser, _, response = reading()
    parser.dataReceived(answer(b"abc")[:-1])
    receiver = deliver(outcome(response))
    parser.connectionLost(Failure(ConnectionDone()))
    assert receiver.body == b"ab" and reasons(receiver.why) == ["ConnectionDone", "_DataLoss"]

    parser, _, response = reading()
    parser.dataReceived(OK)
    parser.connectionLost(Failure(ConnectionDone()))
    assert isinstance(outcome(response), ResponseFailed)


def test_what_makes_no_sense() -> None:
    parser, _, _ = reading()
    with pytest.raises(BadResponseVersion):
        parser.dataReceived(b"HTTX/1.1 200 OK\r\n")
    parser, rests, response = reading()
    parser.dataReceived(OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\nzz\r\n")
    receiver = deliver(outcome(response))
    assert receiver.body == b"x" and reasons(receiver.why) == ["_MalformedChunkedDataError"]
    assert rests == [] and parser.state == DONE
    assert parser.parseVersion(b"HTTP/1.0") == (b"HTTP", 1, 0)
    assert {204, 304} == parser.NO_BODY_CODES
