"""
Which parts of a file are asked for.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.web._static.ranges import Unsatisfiable, is_too_much, read_ranges


@pytest.mark.parametrize(
    ("field", "parts"),
    [
        (b"bytes=0-3", [(0, 4)]),
        (b"bytes=0-0", [(0, 1)]),
        (b"bytes=9-9", [(9, 1)]),
        (b"bytes=9-", [(9, 1)]),
        (b"bytes=5-", [(5, 5)]),
        (b"bytes=5-100", [(5, 5)]),
        (b"bytes=0-9", [(0, 10)]),
        (b"bytes=-3", [(7, 3)]),
        (b"bytes=-10", [(0, 10)]),
        (b"bytes=-20", [(0, 10)]),
        (b"BYTES = 0-1 ,\t3-4, ", [(0, 2), (3, 2)]),
        (b"bytes=4-5,0-1,0-", [(4, 2), (0, 2), (0, 10)]),
        (b"bytes=0-1,20-30,10-", [(0, 2)]),
        (b"bytes=0-" + b"9" * 5000, [(0, 10)]),
    ],
)
def test_what_is_asked_for(field: bytes, parts: list[tuple[int, int]]) -> None:
    assert read_ranges(field, 10) == parts


@pytest.mark.parametrize("field", [b"bytes=10-", b"bytes=20-30", b"bytes=-0", b"bytes=10-10,11-"])
def test_what_is_not_there(field: bytes) -> None:
    with pytest.raises(Unsatisfiable):
        read_ranges(field, 10)


def test_nothing_of_an_empty_file_is_there() -> None:
    for field in (b"bytes=0-", b"bytes=-1", b"bytes=0-0"):
        with pytest.raises(Unsatisfiable):
            read_ranges(field, 0)


@pytest.mark.parametrize(
    "field",
    [
        b"",
        b"bytes",
        b"bytes=",
        b"bytes=,",
        b"chars=0-1",
        b"bytes=x",
        b"bytes=-",
        b"bytes=1",
        b"bytes=5-2",
        b"bytes=a-2",
        b"bytes=1-b",
        b"bytes=--1",
        b"bytes=1-2-3",
        b"bytes=+1-2",
        b"bytes=0-1,x",
        b"bytes=1_0-",
    ],
)
def test_what_makes_no_sense(field: bytes) -> None:
    with pytest.raises(ValueError, match=r"range"):
        read_ranges(field, 10)


@given(st.binary(max_size=40).map(lambda tail: b"bytes=" + tail), st.integers(0, 50))
def test_whatever_is_asked_for_is_inside(field: bytes, size: int) -> None:
    try:
        parts = read_ranges(field, size)
    except (ValueError, Unsatisfiable):
        return
    assert parts
    for begin, length in parts:
        assert 0 <= begin < begin + length <= size


def test_twice_the_file_is_not_too_much_and_more_is() -> None:
    assert not is_too_much([(0, 10), (0, 10)], 10, 20)
    assert is_too_much([(0, 10), (0, 10), (0, 1)], 10, 21)
    assert not is_too_much([(0, 1)], 10, 20 + 4096)
    assert is_too_much([(0, 1)], 10, 20 + 4097)
