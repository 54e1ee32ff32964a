"""Receiving nothing but lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.testing import StringTransport
from twisted.protocols.basic import LineOnlyReceiver


class Lines(LineOnlyReceiver):
    MAX_LENGTH = 8

    def __init__(self) -> None:
        self.got: list[bytes] = []

    def lineReceived(self, line: bytes) -> None:
        self.got.append(line)
        if line == b"close":
            self.transport.loseConnection()


def connected() -> tuple[Lines, StringTransport]:
    lines, transport = Lines(), StringTransport()
    lines.makeConnection(transport)
    return lines, transport


@given(
    st.lists(st.sampled_from([b"", b"a", b"\r", b"\n", b"12345678", b"\r\n"]), max_size=20).map(b"".join),
    st.integers(min_value=1, max_value=9),
)
def test_where_the_stream_is_cut_does_not_matter(sent: bytes, step: int) -> None:
    whole, one = connected()
    whole.dataReceived(sent) if sent else None
    pieces, other = connected()
    for at in range(0, len(sent), step):
        pieces.dataReceived(sent[at : at + step])

    assert pieces.got == whole.got
    assert other.disconnecting == one.disconnecting


@pytest.mark.parametrize(
    ("sent", "got", "closed"),
    [
        (b"a\r\nb\r\nc", [b"a", b"b"], False),
        (b"12345678\r\n", [b"12345678"], False),
        (b"12345678\r", [], False),
        (b"123456789\r\n", [], True),
        (b"123456789\r\nab\r\n", [], True),
        (b"ab\r\n123456789\r\ncd\r\n", [b"ab"], True),
        (b"1234567890", [], True),
        (b"123456789", [], False),
        (b"close\r\nb\r\n", [b"close"], True),
        (b"close\r\n", [b"close"], True),
    ],
)
def test_lines_and_limits(sent: bytes, got: list[bytes], closed: bool) -> None:
    lines, transport = connected()

    lines.dataReceived(sent)

    assert (lines.got, transport.disconnecting) == (got, closed)


@pytest.mark.parametrize("sent", [b"late\r\n", b"late\r\nlater\r\n", b"half"])
def test_nothing_is_delivered_once_we_have_hung_up(sent: bytes) -> None:
    lines, _ = connected()
    lines.dataReceived(b"close\r\nb\r\n")

    lines.dataReceived(sent)

    assert lines.got == [b"close"]
    assert lines._take_unread() == b""


def test_a_line_that_is_too_long_is_told_without_what_follows() -> None:
    told = []

    class Limited(Lines):
        def lineLengthExceeded(self, line: bytes) -> None:
            told.append(line)

    lines = Limited()
    lines.makeConnection(StringTransport())
    lines.dataReceived(b"123456789\r\nab\r\n")
    lines.dataReceived(b"1234567890")
    lines.dataReceived(b"on\r\n")

    assert told == [b"123456789", b"1234567890"]
    assert lines.got == [b"on"]


def test_lines_are_sent_with_the_delimiter() -> None:
    lines, transport = connected()
    lines.delimiter = b"\n"

    lines.sendLine(b"one")
    lines.dataReceived(b"two\nthree\n")

    assert transport.value() == b"one\n"
    assert lines.got == [b"two", b"three"]


def test_the_defaults() -> None:
    assert (LineOnlyReceiver.delimiter, LineOnlyReceiver.MAX_LENGTH) == (b"\r\n", 16384)


def test_it_says_what_to_override() -> None:
    with pytest.raises(NotImplementedError, match="LineOnlyReceiver must override lineReceived"):
        LineOnlyReceiver().lineReceived(b"")


def test_what_is_held_can_be_given_up() -> None:
    lines, _ = connected()
    assert lines._take_unread() == b""
    lines.dataReceived(b"a\r\nhalf")

    assert lines._take_unread() == b"half"
    lines.dataReceived(b"b\r\n")

    assert lines.got == [b"a", b"b"]
