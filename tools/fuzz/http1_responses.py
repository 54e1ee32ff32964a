"""
Responses of HTTP/1: any bytes are understood or refused, the same however they are cut, and never by another exception.
"""

from __future__ import annotations

import zlib

from twisted.web._client.errors import ParseError
from twisted.web._client.parsing import ResponseLimits, ResponseParser

SEEDS = "packages/web/tests/corpus/http1_responses"

_LIMITS = ResponseLimits(lineLength=200, headerCount=12, headerSize=400, interimResponses=3)


def understood(pieces: list[bytes], method: bytes) -> list[object]:
    """Say what is understood of a stream in which one response follows another."""
    parser = ResponseParser(_LIMITS)
    found: list[object] = []
    pending = list(reversed([piece for piece in pieces if piece]))
    while True:
        parser.begin(method)
        head = None
        body = b""
        while head is None:
            if not pending:
                return [*found, parser.begun]
            try:
                head = parser.receive_head(pending.pop())
            except ParseError as wrong:
                return [*found, wrong.args]
        found.append((head.version, head.code, head.phrase, head.fields, head.length, head.persistent, parser.interims))
        if parser.rest:
            pending.append(parser.rest)
            parser.rest = b""
        while not parser.complete and parser.broken is None and pending:
            body += parser.receive_body(pending.pop())
        found.append((body, parser.complete, str(parser.broken)))
        if parser.broken is not None or not parser.complete:
            return [*found, str(parser.end())]
        if not head.persistent:
            return found
        if parser.rest:
            pending.append(parser.rest)
            parser.rest = b""


def check(data: bytes) -> None:
    """Raise if anything is wrong."""
    for method in (b"GET", b"HEAD", b"CONNECT"):
        whole = understood([data], method)
        for step in (1, 2 + zlib.crc32(data) % 9):
            pieces = [data[at : at + step] for at in range(0, len(data), step)]
            assert understood(pieces, method) == whole, (method, step, whole, understood(pieces, method))
