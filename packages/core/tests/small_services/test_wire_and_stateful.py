"""The small services of old, and protocols that want a number of bytes."""

from __future__ import annotations

import struct
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

from twisted.internet.interfaces import IProducer
from twisted.internet.testing import StringTransport
from twisted.protocols import wire
from twisted.protocols.stateful import StatefulProtocol


def connected(protocol: Any) -> StringTransport:
    transport = StringTransport()
    protocol.makeConnection(transport)
    return transport


def test_echo_sends_back_and_discard_does_not() -> None:
    echo, discard = wire.Echo(), wire.Discard()
    echoed, discarded = connected(echo), connected(discard)

    echo.dataReceived(b"hello")
    discard.dataReceived(b"hello")

    assert (echoed.value(), discarded.value()) == (b"hello", b"")


def test_chargen_sends_whenever_it_is_asked() -> None:
    chargen = wire.Chargen()
    transport = connected(chargen)
    assert verifyObject(IProducer, chargen)
    assert (transport.producer, transport.streaming, transport.value()) == (chargen, False, b"")

    chargen.resumeProducing()
    chargen.pauseProducing()
    chargen.resumeProducing()
    chargen.stopProducing()

    assert transport.value() == chargen.noise * 2
    assert b"ABCDEFGHIJKLMNOPQRSTUVWXYZ" in chargen.noise


@pytest.mark.parametrize(("service", "hook"), [(wire.QOTD, "getQuote"), (wire.Who, "getUsers")])
def test_quotes_and_users_are_sent_and_the_connection_closed(service: Any, hook: str) -> None:
    assert getattr(service(), hook)().endswith(b"\r\n")
    own = service()
    setattr(own, hook, lambda: b"mine\r\n")

    transport = connected(own)

    assert transport.value() == b"mine\r\n"
    assert transport.disconnecting


def test_time_is_told_as_text_and_as_seconds_since_1900(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.9)
    text, seconds = connected(wire.Daytime()), connected(wire.Time())

    assert text.value() == b"Thu Jan  1 00:00:00 1970\r\n"
    assert seconds.value() == struct.pack("!I", 2_208_988_800)
    assert text.disconnecting
    assert seconds.disconnecting


def test_time_begins_again_when_four_bytes_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: float(2**32 - 2_208_988_800 + 5))

    assert connected(wire.Time()).value() == struct.pack("!I", 5)


class Frames(StatefulProtocol):
    """A length in one byte, then as many bytes; a length of 0 ends."""

    def __init__(self) -> None:
        self.got: list[bytes] = []

    def getInitialState(self) -> Any:
        return self.length, 1

    def length(self, data: bytes) -> Any:
        if data[0] == 0:
            self.got.append(b"end")
            return None
        return self.body, data[0]

    def body(self, data: bytes) -> Any:
        self.got.append(data)
        return self.length, 1


@given(st.lists(st.binary(max_size=20)), st.integers(min_value=1, max_value=9))
def test_each_state_gets_what_it_wants_wherever_the_stream_is_cut(frames: list[bytes], step: int) -> None:
    stream = b"".join(bytes([len(frame)]) + frame for frame in frames)
    protocol = Frames()
    connected(protocol)
    for at in range(0, len(stream), step):
        protocol.dataReceived(stream[at : at + step])

    assert protocol.got == [frame or b"end" for frame in frames]


def test_a_state_that_returns_nothing_stays() -> None:
    class Pairs(StatefulProtocol):
        def getInitialState(self) -> Any:
            self.got: list[bytes] = []
            return self.got.append, 2

    pairs = Pairs()
    connected(pairs)
    pairs.dataReceived(b"abcde")
    pairs.dataReceived(b"f")

    assert pairs.got == [b"ab", b"cd", b"ef"]


def test_a_state_that_wants_nothing_and_stays_waits_for_more() -> None:
    calls: list[bytes] = []

    class Eager(StatefulProtocol):
        def getInitialState(self) -> Any:
            return calls.append, 0

    eager = Eager()
    connected(eager)
    eager.dataReceived(b"x")

    assert calls == [b""]


def test_an_error_keeps_what_was_not_consumed() -> None:
    class Failing(StatefulProtocol):
        failed = False

        def getInitialState(self) -> Any:
            self.got: list[bytes] = []
            return self.take, 1

        def take(self, data: bytes) -> None:
            if not self.failed:
                self.failed = True
                raise ValueError("once")
            self.got.append(data)

    failing = Failing()
    connected(failing)
    with pytest.raises(ValueError, match="once"):
        failing.dataReceived(b"ab")
    failing.dataReceived(b"c")

    assert failing.got == [b"b", b"c"]


def test_it_says_what_to_override() -> None:
    with pytest.raises(NotImplementedError, match="StatefulProtocol must override getInitialState"):
        StatefulProtocol().makeConnection(StringTransport())
