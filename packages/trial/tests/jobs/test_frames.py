from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.trial._jobs.frames import MAX_LENGTH, BadFrame, Frames, encode

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.lists(values), st.integers(min_value=1, max_value=40))
def test_where_the_stream_is_cut_does_not_matter(messages: list[object], step: int) -> None:
    stream = b"".join(map(encode, messages))
    frames, received = Frames(), list[object]()

    for start in range(0, len(stream), step):
        received += frames.feed(stream[start : start + step])

    assert received == messages


def test_a_message_may_be_megabytes_on_one_line() -> None:
    text = "x" * 5_000_000

    assert Frames().feed(encode([text])) == [[text]]


def test_text_that_no_encoding_has_arrives() -> None:
    assert Frames().feed(encode("\udc80")) == ["\udc80"]


def test_a_message_is_a_length_and_json() -> None:
    assert encode([1, "\xe9"]) == b"\0\0\0\x0d" + b'[1, "\\u00e9"]'


def test_nothing_comes_before_a_message_is_whole() -> None:
    frames = Frames()

    assert frames.feed(encode([1])[:-1]) == []
    assert frames.feed(b"") == []
    assert frames.feed(encode([1])[-1:]) == [[1]]


def test_garbage_is_refused() -> None:
    with pytest.raises(BadFrame, match="1195463234 bytes"):
        Frames().feed(b"GARBAGE")
    with pytest.raises(BadFrame, match="no message: b'GARBAGE'"):
        Frames().feed(struct.pack("!I", 7) + b"GARBAGE")


def test_the_longest_length_is_still_waited_for() -> None:
    assert Frames().feed(struct.pack("!I", MAX_LENGTH)) == []
    with pytest.raises(BadFrame):
        Frames().feed(struct.pack("!I", MAX_LENGTH + 1))


@given(st.binary())
def test_any_bytes_are_messages_or_refused(data: bytes) -> None:
    try:
        Frames().feed(data)
    except BadFrame:
        pass
