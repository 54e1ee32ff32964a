"""Forms in parts that a fuzzer began with, or found: they have one meaning, or are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twisted.web._http.forms import Unreadable, read_multipart
from twisted.web._http.parts import MalformedParts, PartsParser
from twisted.web.http_headers import Headers

CORPUS = sorted((Path(__file__).parents[1] / "corpus" / "multipart_forms").iterdir())

# What becomes of each while it comes: the lengths of its parts, or that it is refused; and all at once.
OUTCOMES: dict[str, tuple[list[int] | None, dict[bytes, list[bytes]] | None]] = {
    "a-field-that-is-none": (None, {}),
    "a-folded-header": (None, {}),
    "a-form": ([5, 21, 0, 4], {b"f": [b"value"], b"u": [b"data\r\n--B\r\n\r\nmore--BB"]}),
    "a-long-header": (None, {}),
    "almost-a-boundary": ([24], {b"a": [b"\r\n--B\r\n-BB\r\n--BBB\r\n\r--BB"]}),
    "an-encoded-name": ([1], {b"\xe4\xb8": [b"x"]}),
    "base64": ([8], {b"a": [b"hello"]}),
    "lines-of-lf": ([], {b"a": [b"1"]}),
    "no-end": ([], {b"a": [b"1"]}),
    "no-part": ([], {}),
    "one-field": ([1], {b"a": [b"1"]}),
    "padding": (None, {}),
    "too-many": (None, None),
}


def understood(data: bytes, step: int) -> list[int] | None:
    parser = PartsParser(b"BB", 6, 200)
    sizes: list[int] = []
    size = 0
    try:
        for at in range(0, len(data), step):
            parser.feed(data[at : at + step])
            while (event := parser.next_event()) is not None:
                if isinstance(event, bytes):
                    size += len(event)
                elif not isinstance(event, Headers):
                    sizes.append(size)
                    size = 0
    except MalformedParts:
        return None
    return sizes


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_a_form_has_one_outcome_however_it_is_cut(path: Path) -> None:
    data = path.read_bytes()

    whole = understood(data, 1 << 20)

    for step in range(1, 9):
        assert understood(data, step) == whole
    if path.name in OUTCOMES:
        assert whole == OUTCOMES[path.name][0]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_a_form_that_is_there_as_a_whole_is_read_or_refused(path: Path) -> None:
    fields: Any
    try:
        fields = read_multipart(path.read_bytes(), b"BB", 6)
    except Unreadable:
        fields = None

    if path.name in OUTCOMES:
        assert fields == OUTCOMES[path.name][1]


def test_all_that_is_known_of_is_there() -> None:
    assert set(OUTCOMES) <= {path.name for path in CORPUS}
