"""
Connections that speak HTTP/2: any frames are answered, or end the connection with one good-bye; each request is
answered at most once, and whoever streams a body is told of its end.
"""

from __future__ import annotations

import zlib

from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._http2 import H2Connection
from twisted.web.http import HTTPFactory, Request

SEEDS = "packages/web/tests/corpus/http2_frames"

_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
_GOAWAY = 7


class _Answered(Request):
    asked: list[bytes]

    def process(self) -> None:
        self.asked.append(self.uri)
        self.write(b"x" * 100)
        self.finish()


def frames(sent: bytes) -> list[tuple[int, int, int]]:
    """Give kind, flags and stream of the frames that were sent."""
    found = []
    while sent:
        assert len(sent) >= 9, sent
        size = int.from_bytes(sent[:3], "big")
        assert len(sent) >= 9 + size, sent
        found.append((sent[3], sent[4], int.from_bytes(sent[5:9], "big")))
        sent = sent[9 + size :]
    return found


def talk(pieces: list[bytes]) -> tuple[list[tuple[int, int, int]], list[bytes], bool]:
    """Say what is sent, which requests are answered, and whether the connection ends."""
    asked: list[bytes] = []
    connection = H2Connection()
    connection.factory = connection.site = HTTPFactory(reactor=Clock())
    connection.requestFactory = type("Asked", (_Answered,), {"asked": asked})
    connection.callLater = connection.factory.reactor.callLater  # type: ignore[method-assign]
    transport = StringTransport()
    connection.makeConnection(transport)
    for piece in [_HELLO, *pieces]:
        connection.dataReceived(piece)
    ended = transport.disconnecting
    connection.connectionLost(Failure(ConnectionDone()))
    assert not connection.streams
    return frames(transport.value()), asked, ended


def check(data: bytes) -> None:
    """Raise if anything is wrong."""
    sent, asked, ended = talk([data])
    goodbyes = [frame for frame in sent if frame[0] == _GOAWAY]
    assert len(goodbyes) == ended, sent
    assert not ended or sent[-1][0] == _GOAWAY, sent
    headers = [stream for kind, _, stream in sent if kind == 1]
    assert len(set(headers)) == len(headers), sent
    step = 1 + zlib.crc32(data) % 9
    _, asked_in_pieces, _ = talk([data[at : at + step] for at in range(0, len(data), step)])
    # What comes together with its end, be it a request's or the connection's, is not even begun.
    assert set(asked) <= set(asked_in_pieces), (step, asked, asked_in_pieces)
