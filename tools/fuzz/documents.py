"""
Documents of XML and HTML: any bytes are tokens, or a `ParseError`, the same however they are cut, strictly read or
leniently (which the first byte of an input says); and a lenient parser makes a tree of most, or says why not.
"""

from __future__ import annotations

import warnings
import zlib

from twisted.web.sux import ParseError, XMLParser

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from twisted.web import microdom

SEEDS = "packages/web/tests/corpus/documents"


class Tokens(XMLParser):
    """Keeps what is found."""

    def __init__(self, lenient: int) -> None:
        self.beExtremelyLenient = lenient
        self.found: list[tuple[str, object]] = []

    def gotTagStart(self, name: str, attributes: dict[str, str]) -> None:
        self.found.append(("start", (name, dict(attributes))))

    def gotTagEnd(self, name: str) -> None:
        self.found.append(("end", name))

    def gotText(self, data: str) -> None:
        self.found.append(("text", data))

    def gotComment(self, comment: str) -> None:
        self.found.append(("comment", comment))

    def gotEntityReference(self, entityRef: str) -> None:
        self.found.append(("reference", entityRef))

    def gotDoctype(self, doctype: str) -> None:
        self.found.append(("type", doctype))

    def gotCData(self, cdata: str) -> None:
        self.found.append(("data", cdata))


def understood(lenient: int, pieces: list[bytes]) -> list[tuple[str, object]]:
    """Say what is found in a document, and how it ends."""
    parser = Tokens(lenient)
    parser.connectionMade()
    try:
        for piece in pieces:
            parser.dataReceived(piece)
        parser.connectionLost()
    except ParseError as error:
        parser.found.append(("error", (error.line, error.col, error.message)))
    except UnicodeDecodeError as error:
        parser.found.append(("error", error.reason))
    return parser.found


def check(data: bytes) -> None:
    """Raise if anything is wrong."""
    if not data:
        return
    lenient, data = data[0] & 1, data[1:]
    whole = understood(lenient, [data])
    for step in (1, 2 + zlib.crc32(data) % 9):
        pieces = [data[at : at + step] for at in range(0, len(data), step)]
        assert whole == understood(lenient, pieces), (step, whole, understood(lenient, pieces))
    try:
        document = microdom.parseString(data, beExtremelyLenient=lenient)
    except (microdom.ParseError, microdom.MismatchedTags, UnicodeDecodeError):
        return
    assert document.toxml()
