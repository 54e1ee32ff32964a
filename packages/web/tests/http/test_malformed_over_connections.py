"""
The malformed requests of `..http1`, said to a whole connection: one answer to each request, however the bytes come, and
an end after what cannot be understood.
"""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web import http

from ..http1.test_malformed_requests import CHUNK_LINE, CORPUS, FIELDS, HEAD, LINE, WAIT


class Echo(http.Request):
    """Says what was understood."""

    def process(self) -> None:
        self.responseHeaders.setRawHeaders(b"X-Understood", [self.method + b" " + self.uri + b" "])
        body = self.content.read()
        self.setHeader(b"content-length", b"%d" % len(body))
        self.setResponseCode(299)
        self.write(body)
        self.finish()


class Channel(http.HTTPChannel):
    maxHeaders, totalHeadersSize, MAX_LENGTH = FIELDS, HEAD, LINE
    requestFactory = Echo


class PlainTransport(StringTransport):
    """One that can close one side, as sockets do."""

    half_closed = False

    def loseWriteConnection(self) -> None:
        self.half_closed = True


def talk(pieces: list[bytes]) -> tuple[list[str], bool]:
    """Say something in pieces, and give what was answered and whether the connection ends."""
    protocol: Any = Channel()
    clock = Clock()
    protocol.callLater = clock.callLater
    transport = PlainTransport()
    protocol.makeConnection(transport)
    for piece in pieces:
        protocol.dataReceived(piece)
    rest = transport.value()
    found: list[str] = []
    while rest:
        head, _, rest = rest.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        assert lines[0].startswith(b"HTTP/1."), lines
        fields = dict(line.split(b": ", 1) for line in lines[1:])
        status = lines[0].split(b" ")[1].decode()
        size = int(fields[b"Content-Length"])
        body, rest = rest[:size], rest[size:]
        if status == "299":
            found.append((fields[b"X-Understood"] + body).decode("latin-1"))
        else:
            assert fields[b"Connection"] == b"close" and not body
            found.append(status)
    return found, transport.disconnecting or transport.half_closed


def expected(outcome: int | str) -> tuple[list[str], bool | None]:
    """Give the same as `talk` does; `None` for the end where both will do."""
    found: list[str] = []
    ends: bool | None = None
    for each in str(outcome).split("|"):
        if each.isdigit():
            found.append(each)
            ends = True
        elif each != WAIT:
            method, target, _, *body = each.split(" ", 3)
            found.append(f"{method} {target} {body[0] if body else ''}")
        else:
            ends = False
    return found, ends


def assert_outcome(pieces: list[bytes], outcome: int | str) -> None:
    found, ended = talk(pieces)
    wanted, ends = expected(outcome)

    assert found == wanted, pieces
    assert ends is None or ended is ends


@pytest.fixture(autouse=True)
def _short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "maxChunkSizeLineLength", CHUNK_LINE)


@pytest.mark.parametrize(("stream", "outcome"), CORPUS.values(), ids=CORPUS.keys())
def test_each_has_its_answers_in_pieces_of_any_size(stream: bytes, outcome: int | str) -> None:
    for step in (len(stream), 1, 2, 3, 7, 50):
        assert_outcome([stream[at : at + step] for at in range(0, len(stream), step)], outcome)


@pytest.mark.parametrize(("stream", "outcome"), CORPUS.values(), ids=CORPUS.keys())
def test_each_has_its_answers_wherever_it_is_cut_in_two(stream: bytes, outcome: int | str) -> None:
    for at in range(1, len(stream)):
        assert_outcome([stream[:at], stream[at:]], outcome)


@pytest.mark.parametrize(("stream", "outcome"), CORPUS.values(), ids=CORPUS.keys())
def test_each_has_its_answers_behind_another_request(stream: bytes, outcome: int | str) -> None:
    before = b"POST /before HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok"
    wanted, _ = expected(outcome)
    for pieces in ([before + stream], [before, stream], [before + stream[:9], stream[9:]]):
        found, _ = talk(pieces)

        assert found == ["POST /before ok", *wanted], pieces
