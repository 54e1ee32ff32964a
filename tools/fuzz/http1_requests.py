"""
Requests of HTTP/1: any bytes are understood or refused, the same however they are cut, and answered at most once each.
"""

from __future__ import annotations

import zlib

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web._http1.errors import Refused
from twisted.web._http1.heads import RequestHead
from twisted.web._http1.receiving import RequestReceiver
from twisted.web.http import HTTPFactory, Request

SEEDS = "packages/web/tests/corpus/http1_requests"


def understood(pieces: list[bytes]) -> list[object]:
    """Say what is understood of a stream: heads, whole bodies, and how it ends."""
    receiver = RequestReceiver(most_line=200, most_head=400, most_fields=12, most_chunk_line=32)
    found: list[object] = []
    body = b""
    for piece in pieces:
        receiver.feed(piece)
        try:
            while (event := receiver.next_event()) is not None:
                if isinstance(event, RequestHead):
                    found.append((event.method, event.target, event.version, event.fields, event.length))
                elif isinstance(event, bytes):
                    body += event
                else:
                    found.append((body, receiver.trailers))
                    body = b""
        except Refused as refused:
            return [*found, refused.status]
    return [*found, receiver.inside, body]


class _Answered(Request):
    count = 0

    def process(self) -> None:
        type(self).count += 1
        self.setHeader(b"content-length", b"0")
        self.finish()


def answered(pieces: list[bytes]) -> tuple[int, bytes]:
    """Count the requests that are answered, and give the answers."""
    factory = HTTPFactory(reactor=Clock())
    protocol = factory.buildProtocol(None)
    protocol.requestFactory = _Answered
    transport = StringTransport()
    protocol.makeConnection(transport)
    _Answered.count = 0
    for piece in pieces:
        protocol.dataReceived(piece)
    return _Answered.count, transport.value()


def check(data: bytes) -> None:
    """Raise if anything is wrong."""
    whole = understood([data])
    step = 1 + zlib.crc32(data) % 9
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    assert whole == understood(pieces), (step, whole, understood(pieces))
    single = [data[at : at + 1] for at in range(len(data))]
    assert whole == understood(single), (whole, understood(single))
    count, answers = answered([data])
    assert (count, answers) == answered(pieces), (step, count, answers)
    finals = answers.count(b"HTTP/1.") - answers.count(b" 100 Continue\r\n")
    assert finals in (count, count + 1), (count, answers)
