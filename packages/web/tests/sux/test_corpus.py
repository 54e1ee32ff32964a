"""Documents that a fuzzer began with, or found: they mean the same however they are cut."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from twisted.web.sux import ParseError, XMLParser

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from twisted.web import microdom

CORPUS = sorted((Path(__file__).parents[1] / "corpus" / "documents").iterdir())

REFUSED = {"cut-short", "not-utf-8", "odd-signs", "text-first-strictly", "utf-16-with-half-a-letter"}


class Tokens(XMLParser):
    def __init__(self, lenient: int) -> None:
        self.beExtremelyLenient = lenient
        self.found: list[Any] = []

    def gotTagStart(self, name: str, attributes: dict[str, str]) -> None:
        self.found.append((name, dict(attributes)))

    def gotTagEnd(self, name: str) -> None:
        self.found.append(("end", name))

    def gotText(self, data: str) -> None:
        self.found.append(data)


def understood(path: Path, step: int) -> list[Any]:
    raw = path.read_bytes()
    parser = Tokens(raw[0])
    parser.connectionMade()
    try:
        for at in range(1, len(raw), step):
            parser.dataReceived(raw[at : at + step])
        parser.connectionLost()
    except (ParseError, UnicodeDecodeError) as error:
        parser.found.append((type(error), getattr(error, "message", None)))
    return parser.found


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_a_document_means_the_same_however_it_is_cut(path: Path) -> None:
    whole = understood(path, 1 << 20)

    assert whole or path.name == "cut-short"
    for step in range(1, 9):
        assert understood(path, step) == whole


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_a_tree_is_made_of_it_or_it_is_refused(path: Path) -> None:
    raw = path.read_bytes()
    try:
        document = microdom.parseString(raw[1:], beExtremelyLenient=raw[0])
    except (ParseError, microdom.MismatchedTags, UnicodeDecodeError) as error:
        assert path.name in REFUSED, error
    else:
        assert path.name not in REFUSED
        assert document.toxml().startswith('<?xml version="1.0"?>')


def test_what_comes_before_half_a_letter_counts_without_the_mark_of_utf_16() -> None:
    parser = Tokens(1)
    parser.connectionMade()

    with pytest.raises(UnicodeDecodeError):
        parser.dataReceived("\ufeffab<c>".encode("utf-16-le") + b"\x00\xdc\x00\x00")
    parser.connectionLost()

    assert parser.found == ["ab", ("c", {}), ""]
    assert parser.encodings == ["UTF-16"]
