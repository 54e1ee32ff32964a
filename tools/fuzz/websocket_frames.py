"""
Frames of WebSockets: any bytes are messages or a violation, the same however they are cut, and never too large.

The first byte of an input says whose frames they are, and whether they may be compressed.
"""

from __future__ import annotations

import zlib

from twisted.web._websocket.deflating import Inflater
from twisted.web._websocket.errors import Violation
from twisted.web._websocket.reading import CLOSE, PING, TEXT, Reader

SEEDS = "packages/web/tests/corpus/websocket_frames"

_MOST = 2000
_MOST_FRAGMENTS = 20


def understood(options: int, pieces: list[bytes]) -> list[object]:
    """Say what is understood of a stream: messages, and how it ends."""
    inflater = Inflater(15, bool(options & 4)) if options & 2 else None
    reader = Reader(bool(options & 1), _MOST, _MOST_FRAGMENTS, inflater)
    found: list[object] = []
    try:
        for piece in pieces:
            reader.feed(piece)
            while (event := reader.next_event()) is not None:
                kind, payload = event
                assert isinstance(payload, str if kind == TEXT else bytes)
                assert len(payload) <= (_MOST if kind < CLOSE else 125), (kind, len(payload))
                assert kind <= PING + 1
                found.append(event)
    except Violation as violation:
        found.append(violation.code)
    return found


def check(data: bytes) -> None:
    """Raise if anything is wrong."""
    if not data:
        return
    options, data = data[0], data[1:]
    whole = understood(options, [data])
    step = 1 + zlib.crc32(data) % 9
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    assert whole == understood(options, pieces), (step, whole, understood(options, pieces))
    single = [data[at : at + 1] for at in range(len(data))]
    assert whole == understood(options, single), (whole, understood(options, single))
