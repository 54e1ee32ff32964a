"""
Forms in parts: any bytes are parts or refused, the same however they are cut, with no more parts, or longer headers,
than may be; and what is read all at once is refused or understood, too. The boundary is ``BB``.
"""

from __future__ import annotations

import zlib

from twisted.web._http.forms import Unreadable, read_multipart
from twisted.web._http.parts import MalformedParts, PartsParser
from twisted.web.http_headers import Headers

SEEDS = "packages/web/tests/corpus/multipart_forms"

_MOST_PARTS = 6
_LONGEST_HEADER = 200


def understood(pieces: list[bytes]) -> list[object]:
    """Say what is understood of a body: the header and the content of each part, and how it ends."""
    parser = PartsParser(b"BB", _MOST_PARTS, _LONGEST_HEADER)
    found: list[object] = []
    content = bytearray()
    try:
        for piece in pieces:
            parser.feed(piece)
            while (event := parser.next_event()) is not None:
                if isinstance(event, bytes):
                    assert event
                    content += event
                elif isinstance(event, Headers):
                    found.append(list(event.getAllRawHeaders()))
                else:
                    found.append(bytes(content))
                    content.clear()
    except MalformedParts as error:
        # How far a part had come that is refused depends on how it was cut.
        return [*found, "refused", str(error).split(":")[0]]
    return [*found, bytes(content), parser.ended]


def check(data: bytes) -> None:
    """Raise if anything is wrong."""
    whole = understood([data])
    assert sum(isinstance(each, list) for each in whole) <= _MOST_PARTS
    for step in (1, 2 + zlib.crc32(data) % 9):
        pieces = [data[at : at + step] for at in range(0, len(data), step)]
        assert whole == understood(pieces), (step, whole, understood(pieces))
    try:
        fields = read_multipart(data, b"BB", _MOST_PARTS)
    except Unreadable:
        return
    assert sum(map(len, fields.values())) <= _MOST_PARTS
    assert sum(len(value) for values in fields.values() for value in values) <= len(data)
