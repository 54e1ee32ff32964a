"""Netstrings: a length, a colon, the payload and a comma."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.testing import StringTransport
from twisted.protocols._basic.netstrings import NetstringBuffer, NotANetstring, netstring
from twisted.protocols.basic import NetstringReceiver


class Strings(NetstringReceiver):
    MAX_LENGTH = 120

    def __init__(self) -> None:
        self.got: list[bytes] = []

    def stringReceived(self, string: bytes) -> None:
        self.got.append(string)
        if string == b"again":
            self.dataReceived(b"6:nested,")


def connected() -> tuple[Strings, StringTransport]:
    strings, transport = Strings(), StringTransport()
    strings.makeConnection(transport)
    return strings, transport


@given(
    st.lists(st.binary(max_size=120).filter(lambda payload: payload != b"again")),
    st.integers(min_value=1, max_value=50),
)
def test_what_is_written_is_read_wherever_it_is_cut(payloads: list[bytes], step: int) -> None:
    stream = b"".join(map(netstring, payloads))
    strings, transport = connected()
    for at in range(0, len(stream), step):
        strings.dataReceived(stream[at : at + step])

    assert strings.got == payloads
    assert strings.brokenPeer == 0
    assert not transport.disconnecting


@given(
    st.binary(max_size=30) | st.text(alphabet="0123456789:,a", max_size=12).map(str.encode),
    st.integers(min_value=0, max_value=12),
)
def test_any_bytes_are_read_or_refused_and_the_cut_does_not_matter(data: bytes, limit: int) -> None:
    def outcome(pieces: list[bytes]) -> tuple[list[bytes], bool]:
        buffer, got = NetstringBuffer(), []
        try:
            for piece in pieces:
                buffer.feed(piece)
                while (payload := buffer.next_string(limit)) is not None:
                    got.append(payload)
        except NotANetstring:
            return got, False
        return got, True

    assert outcome([data]) == outcome([data[at : at + 1] for at in range(len(data))])


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"a", []),
        (b":", []),
        (b"1 :a,", []),
        (b" 1:a,", []),
        (b"+1:a,", []),
        (b"-1:", []),
        (b"01:a,", []),
        (b"00:,", []),
        (b"1:ab", []),
        (b"0:x", []),
        (b"121:", []),
        (b"1200:", []),
        (b"1200", []),
        (b"999", []),
        (b"3:abc,x1:a,", [b"abc"]),
        (b"1:a;1:b,", []),
    ],
)
def test_a_peer_that_sends_something_else_is_hung_up_on(data: bytes, got: list[bytes]) -> None:
    strings, transport = connected()

    strings.dataReceived(data)
    strings.dataReceived(b"1:z,")

    assert strings.got == got
    assert strings.brokenPeer == 1
    assert transport.disconnecting


@pytest.mark.parametrize("data", [b"", b"1", b"12", b"120", b"1:", b"1:a", b"120:" + b"x" * 120])
def test_what_may_still_become_one_is_waited_for(data: bytes) -> None:
    strings, transport = connected()

    strings.dataReceived(data)

    assert strings.got == []
    assert strings.brokenPeer == 0
    assert not transport.disconnecting


@pytest.mark.parametrize("size", [0, 1, 9, 10, 119, 120])
def test_payloads_up_to_the_limit_are_taken(size: int) -> None:
    strings, _ = connected()

    strings.dataReceived(b"%d:%b,1:a," % (size, b"x" * size))

    assert strings.got == [b"x" * size, b"a"]


def test_the_reason_says_what_was_wrong() -> None:
    buffer = NetstringBuffer()
    buffer.feed(b"12:")
    with pytest.raises(NotANetstring, match="a payload of 12 bytes is longer than 11"):
        buffer.next_string(11)
    buffer = NetstringBuffer()
    buffer.feed(b"1:aa")
    with pytest.raises(NotANetstring, match="no comma"):
        buffer.next_string(11)
    buffer = NetstringBuffer()
    buffer.feed(b"x")
    with pytest.raises(NotANetstring, match="no length: b'x'"):
        buffer.next_string(11)


def test_strings_are_sent_as_netstrings() -> None:
    strings, transport = connected()

    strings.sendString(b"hello")
    strings.sendString(b"")

    assert transport.value() == b"5:hello,0:,"


def test_a_new_connection_begins_with_trust() -> None:
    strings, _ = connected()
    strings.dataReceived(b"x")

    strings.makeConnection(StringTransport())
    strings.dataReceived(b"1:a,")

    assert strings.got == [b"a"]


def test_data_given_from_a_string_come_behind_what_came_before() -> None:
    strings, _ = connected()

    strings.dataReceived(b"5:again,3:end,")

    assert strings.got == [b"again", b"end", b"nested"]


def test_the_default_limit() -> None:
    assert NetstringReceiver.MAX_LENGTH == 99999


def test_it_says_what_to_override() -> None:
    with pytest.raises(NotImplementedError, match="NetstringReceiver must override stringReceived"):
        NetstringReceiver().stringReceived(b"")


def test_what_is_held_can_be_given_up() -> None:
    strings, _ = connected()
    assert strings._take_unread() == b""
    strings.dataReceived(b"1:a,22")

    assert strings._take_unread() == b"22"
    strings.dataReceived(b"1:b,")

    assert strings.got == [b"a", b"b"]
