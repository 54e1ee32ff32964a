"""Cutting a stream into lines: the core, without a transport."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.protocols._basic.lines import LineBuffer, LineTooLong

delimiters = st.sampled_from([b"\n", b"\r\n", b"\r\n.\r\n", b"aab"])
streams = st.lists(st.sampled_from([b"a", b"b", b"\r", b"\n", b"\r\n", b".", b"xyz"]), max_size=60).map(b"".join)


def cut(stream: bytes, step: int) -> list[bytes]:
    return [stream[at : at + step] for at in range(0, len(stream), step)]


def drain(buffer: LineBuffer, delimiter: bytes, limit: int) -> list[bytes]:
    received: list[bytes] = []
    while some := list(buffer.lines(delimiter, limit)):
        received += some
    return received


@given(streams, delimiters, st.integers(min_value=1, max_value=9))
def test_where_the_stream_is_cut_does_not_matter(stream: bytes, delimiter: bytes, step: int) -> None:
    buffer = LineBuffer()
    received = []
    for piece in cut(stream, step):
        buffer.feed(piece)
        received += drain(buffer, delimiter, 1000)

    *lines, rest = stream.split(delimiter)
    assert received == lines
    assert len(buffer) == len(rest)
    assert buffer.take() == rest
    assert len(buffer) == 0


@given(streams, st.integers(min_value=1, max_value=9), st.integers(min_value=0, max_value=8))
def test_the_first_line_that_is_too_long_is_found_wherever_the_stream_is_cut(
    stream: bytes, step: int, limit: int
) -> None:
    buffer = LineBuffer()
    received: list[bytes] = []
    too_long = False
    for piece in cut(stream, step):
        buffer.feed(piece)
        try:
            while some := list(buffer.lines(b"\r\n", limit)):
                received += some
        except LineTooLong:
            too_long = True
            break

    *lines, rest = stream.split(b"\r\n")
    fitting = []
    for line in lines:
        if len(line) > limit:
            break
        fitting.append(line)
    assert received == fitting
    # A line without its end is too long once no delimiter can make it fit any more.
    assert too_long == (len(fitting) < len(lines) or len(rest) >= limit + 2)


@given(st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line), max_size=400))
def test_many_lines_come_out_as_they_went_in(lines: list[bytes]) -> None:
    buffer = LineBuffer()
    buffer.feed(b"".join(line + b"\n" for line in lines))

    assert drain(buffer, b"\n", 10_000) == lines


def test_only_lines_that_are_taken_leave_the_buffer() -> None:
    buffer = LineBuffer()
    buffer.feed(b"one\r\ntwo\r\nthree\r\nrest")

    handed = buffer.lines(b"\r\n", 5000)

    assert next(handed) == b"one"
    assert len(buffer) == len(b"two\r\nthree\r\nrest")
    assert list(handed) == []
    assert next(buffer.lines(b"\r\n", 5000)) == b"two"
    assert buffer.take() == b"three\r\nrest"


def test_emptying_the_buffer_ends_what_was_handed_out() -> None:
    buffer = LineBuffer()
    buffer.feed(b"one\r\ntwo\r\nthree\r\n")
    handed = buffer.lines(b"\r\n", 5000)
    next(handed)

    assert buffer.take() == b"two\r\nthree\r\n"
    assert list(handed) == []
    assert buffer.take() == b""


def test_feeding_ends_what_was_handed_out_and_loses_nothing() -> None:
    buffer = LineBuffer()
    buffer.feed(b"one\r\ntwo\r\n")
    handed = buffer.lines(b"\r\n", 5000)
    next(handed)

    buffer.feed(b"three\r\n")

    assert list(handed) == []
    assert drain(buffer, b"\r\n", 5000) == [b"two", b"three"]


def test_the_delimiter_may_change_between_lines() -> None:
    buffer = LineBuffer()
    buffer.feed(b"head\r\nb;o;d;y;")
    assert next(buffer.lines(b"\r\n", 100)) == b"head"
    assert list(buffer.lines(b"\r\n", 100)) == []

    assert drain(buffer, b";", 100) == [b"b", b"o", b"d", b"y"]


def test_a_shorter_delimiter_is_found_in_what_was_searched_before() -> None:
    buffer = LineBuffer()
    buffer.feed(b"abc;def")
    assert list(buffer.lines(b"\r\n", 100)) == []
    buffer.feed(b"ghi")

    assert drain(buffer, b";", 100) == [b"abc"]


@pytest.mark.parametrize("limit", [0, 5, 4095, 4096, 5000])
def test_a_line_of_exactly_the_limit_fits_and_one_more_byte_does_not(limit: int) -> None:
    buffer = LineBuffer()
    buffer.feed(b"x" * limit + b"\r\n")
    assert drain(buffer, b"\r\n", limit) == [b"x" * limit]

    buffer.feed(b"x" * (limit + 1) + b"\r\n")
    with pytest.raises(LineTooLong):
        buffer.lines(b"\r\n", limit)
    assert len(buffer) == limit + 3


def test_an_endless_line_is_noticed_at_the_limit_and_the_delimiter() -> None:
    buffer = LineBuffer()
    buffer.feed(b"x" * 9 + b"\r")
    with pytest.raises(LineTooLong):
        buffer.lines(b"\r\n", 8)

    patient = LineBuffer()
    patient.feed(b"x" * 8 + b"\r")
    assert list(patient.lines(b"\r\n", 8)) == []
    patient.feed(b"\n")
    assert list(patient.lines(b"\r\n", 8)) == [b"x" * 8]


def cost_of_bytes_one_by_one(length: int) -> float:
    buffer = LineBuffer()
    begin = time.process_time()
    for _ in range(length):
        buffer.feed(b"x")
        list(buffer.lines(b"\r\n", 10_000_000))
    return time.process_time() - begin


def test_a_line_that_comes_byte_by_byte_costs_time_in_proportion() -> None:
    cost_of_bytes_one_by_one(1000)
    short = min(cost_of_bytes_one_by_one(10_000) for _ in range(3))
    long = min(cost_of_bytes_one_by_one(40_000) for _ in range(3))

    assert long < 12 * short
