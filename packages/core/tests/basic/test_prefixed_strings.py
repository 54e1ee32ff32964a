"""Strings with their length before them, in one, two or four bytes."""

from __future__ import annotations

from struct import Struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.testing import StringTransport
from twisted.protocols import basic
from twisted.protocols._basic.prefixed import PrefixedBuffer, StringTooLong

KINDS = [basic.Int8StringReceiver, basic.Int16StringReceiver, basic.Int32StringReceiver]


class Strings(basic.Int16StringReceiver):
    MAX_LENGTH = 8

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.left: list[bytes] = []

    def stringReceived(self, string: bytes) -> None:
        self.got.append(string)
        self.left.append(self.recvd)
        if string == b"pause":
            self.pauseProducing()
        elif string == b"bounce":
            self.pauseProducing()
            self.resumeProducing()
        elif string == b"forget":
            self.recvd = b""
        elif string == b"nest":
            self.dataReceived(b"\0\6nested")


def connected() -> tuple[Strings, StringTransport]:
    strings, transport = Strings(), StringTransport()
    strings.makeConnection(transport)
    return strings, transport


@pytest.mark.parametrize(("kind", "width"), list(zip(KINDS, (1, 2, 4), strict=True)))
def test_the_width_of_the_length(kind: type[basic.IntNStringReceiver], width: int) -> None:
    sender, transport = kind(), StringTransport()
    sender.makeConnection(transport)

    sender.sendString(b"hello")

    assert transport.value() == b"\0" * (width - 1) + b"\5hello"
    assert kind.prefixLength == width


@given(st.sampled_from(KINDS), st.lists(st.binary(max_size=255)), st.integers(min_value=1, max_value=50))
def test_what_is_written_is_read_wherever_it_is_cut(
    kind: type[basic.IntNStringReceiver], sent: list[bytes], step: int
) -> None:
    got: list[bytes] = []
    end, transport = kind(), StringTransport()
    end.stringReceived = got.append  # type: ignore[method-assign, assignment]
    end.makeConnection(transport)
    for string in sent:
        end.sendString(string)

    stream = transport.value()
    for at in range(0, len(stream), step):
        end.dataReceived(stream[at : at + step])

    assert got == sent
    assert end.recvd == b""


@given(st.binary(max_size=40), st.integers(min_value=0, max_value=12))
def test_any_bytes_are_read_or_refused_and_the_cut_does_not_matter(data: bytes, limit: int) -> None:
    def outcome(pieces: list[bytes]) -> tuple[list[bytes], int | None]:
        buffer, got = PrefixedBuffer(), []
        try:
            for piece in pieces:
                buffer.feed(piece)
                while (string := buffer.next_string(Struct("!B"), limit)) is not None:
                    got.append(string)
        except StringTooLong as flood:
            return got, flood.length
        return got, None

    assert outcome([data]) == outcome([data[at : at + 1] for at in range(len(data))])


@pytest.mark.parametrize(("kind", "most"), [(basic.Int8StringReceiver, 255), (basic.Int16StringReceiver, 65535)])
def test_a_string_whose_length_does_not_fit_is_not_sent(kind: type[basic.IntNStringReceiver], most: int) -> None:
    sender, transport = kind(), StringTransport()
    sender.makeConnection(transport)

    with pytest.raises(basic.StringTooLongError, match=f"send {most + 1} bytes whereas maximum is {most + 1}"):
        sender.sendString(b"x" * (most + 1))
    assert transport.value() == b""

    sender.sendString(b"x" * most)
    assert len(transport.value()) == kind.prefixLength + most


def test_a_string_of_the_limit_is_taken_and_one_byte_more_hangs_up() -> None:
    strings, transport = connected()

    strings.dataReceived(b"\0\x0812345678")
    assert (strings.got, transport.disconnecting) == ([b"12345678"], False)

    strings.dataReceived(b"\0\x09")
    assert (strings.got, transport.disconnecting) == ([b"12345678"], True)


def test_who_does_not_hang_up_is_told_again_and_holds_nothing() -> None:
    told = []

    class Patient(Strings):
        def lengthLimitExceeded(self, length: int) -> None:
            told.append((length, self.recvd))

    strings = Patient()
    strings.makeConnection(StringTransport())
    strings.dataReceived(b"\0\x09123456789")
    strings.dataReceived(b"\0\1a")

    assert told == [(9, b"\0\x09123456789"), (9, b"\0\x09\0\1a")]
    assert strings.got == []
    assert strings.recvd == b"\0\x09"


def test_a_pause_holds_back_what_is_here_and_what_comes() -> None:
    strings, transport = connected()

    strings.dataReceived(b"\0\5pause\0\1a")
    strings.dataReceived(b"\0\1b\0")
    assert strings.got == [b"pause"]
    assert strings.recvd == b"\0\1a\0\1b\0"
    assert transport.producerState == "paused"

    strings.resumeProducing()
    assert strings.got == [b"pause", b"a", b"b"]
    assert strings.recvd == b"\0"


def test_resuming_or_feeding_from_a_string_keeps_the_order() -> None:
    strings, _ = connected()

    strings.dataReceived(b"\0\6bounce\0\1a\0\4nest\0\1b")

    assert strings.got == [b"bounce", b"a", b"nest", b"b", b"nested"]


def test_what_is_left_can_be_read_and_replaced() -> None:
    strings, _ = connected()
    assert strings.recvd == b""

    strings.dataReceived(b"\0\1a\0\6forget\0\1b")

    assert strings.got == [b"a", b"forget"]
    assert strings.left == [b"\0\6forget\0\1b", b"\0\1b"]
    strings.recvd = b"\0\1"
    strings.dataReceived(b"c")
    assert strings.got[-1] == b"c"


def test_what_is_left_can_be_set_before_anything_came() -> None:
    strings, _ = connected()
    strings.recvd = b"\0\1x"

    strings.dataReceived(b"")

    assert strings.got == [b"x"]


def test_a_subclass_may_write_lengths_its_own_way() -> None:
    got: list[bytes] = []

    class Little(basic.IntNStringReceiver):
        structFormat = "<H"
        prefixLength = 2

        def stringReceived(self, string: bytes) -> None:
            got.append(string)

    end, transport = Little(), StringTransport()
    end.makeConnection(transport)
    end.sendString(b"hi")
    end.dataReceived(transport.value())

    assert transport.value() == b"\2\0hi"
    assert got == [b"hi"]


def test_the_default_limit() -> None:
    assert basic.IntNStringReceiver.MAX_LENGTH == 99999


def test_it_says_what_to_override() -> None:
    with pytest.raises(NotImplementedError, match="Int8StringReceiver must override stringReceived"):
        basic.Int8StringReceiver().stringReceived(b"")


def test_what_is_held_can_be_given_up() -> None:
    strings, _ = connected()
    assert strings._take_unread() == b""
    strings.dataReceived(b"\0\1a\0\7x")

    assert strings._take_unread() == b"\0\7x"
    strings.dataReceived(b"\0\1b")

    assert strings.got == [b"a", b"b"]
