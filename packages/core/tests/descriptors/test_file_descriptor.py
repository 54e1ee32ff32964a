"""What every selectable does: its buffer, its producer, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet import main
from twisted.internet.abstract import FileDescriptor, isIPAddress, isIPv6Address
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure


class Descriptor(FileDescriptor):
    """Writes into a list, as much at a time as the test lets it."""

    def __init__(self, reactor: Any, room: int = 1 << 30) -> None:
        super().__init__(reactor)
        self.connected = 1
        self.room = room
        self.written: list[bytes] = []
        self.lost: list[type] = []
        self.halves = 0

    def fileno(self) -> int:
        return 7

    def writeSomeData(self, data: bytes) -> int:
        piece = bytes(data[: self.room])
        self.written.append(piece)
        return len(piece)

    def _closeWriteConnection(self) -> None:
        self.halves += 1

    def connectionLost(self, reason: Failure) -> None:
        super().connectionLost(reason)
        self.lost.append(type(reason.value))


@pytest.fixture
def reactor() -> MemoryReactorClock:
    return MemoryReactorClock()


def drained(descriptor: Descriptor) -> Any:
    """Write until there is nothing to be written, or an end."""
    reactor: Any = descriptor.reactor
    result = None
    while descriptor in reactor.getWriters() and result is None:
        result = descriptor.doWrite()
    return result


def test_what_is_written_goes_out_in_order_however_little_room_there_is(reactor: MemoryReactorClock) -> None:
    descriptor = Descriptor(reactor, 3)
    descriptor.write(b"abcd")
    descriptor.writeSequence([b"e", b"", b"fg"])

    assert drained(descriptor) is None
    assert b"".join(descriptor.written) == b"abcdefg" and max(map(len, descriptor.written)) == 3


def test_much_is_not_copied_for_every_write(reactor: MemoryReactorClock) -> None:
    descriptor = Descriptor(reactor, 100)
    limit = descriptor.SEND_LIMIT
    descriptor.write(bytes(limit + 1))
    descriptor.write(b"x")
    descriptor.doWrite()
    descriptor.doWrite()

    assert [len(piece) for piece in descriptor.written] == [100, 100]
    descriptor.room = 1 << 30
    drained(descriptor)
    assert sum(map(len, descriptor.written)) == limit + 2 and descriptor.written[-1].endswith(b"x")


def test_text_is_not_written(reactor: MemoryReactorClock) -> None:
    descriptor = Descriptor(reactor)
    with pytest.raises(TypeError):
        descriptor.write("text")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        descriptor.writeSequence(["text"])  # type: ignore[list-item]

    assert reactor.getWriters() == []


def test_the_end_waits_for_what_is_written(reactor: MemoryReactorClock) -> None:
    descriptor = Descriptor(reactor, 1)
    descriptor.write(b"ab")
    descriptor.loseConnection()
    assert descriptor.disconnecting and descriptor.lost == []

    assert drained(descriptor) is main.CONNECTION_DONE
    assert descriptor.written == [b"a", b"b"]


def test_half_an_end_waits_for_what_is_written_too(reactor: MemoryReactorClock) -> None:
    descriptor = Descriptor(reactor, 1)
    descriptor.write(b"ab")
    descriptor.loseWriteConnection()
    descriptor.doWrite()
    assert descriptor.halves == 0

    drained(descriptor)
    assert descriptor.written == [b"a", b"b"] and descriptor.halves == 1


def test_what_has_ended_by_half_ends_in_the_next_turn(reactor: MemoryReactorClock) -> None:
    descriptor = Descriptor(reactor)
    descriptor.startReading()
    descriptor.loseWriteConnection()
    drained(descriptor)
    descriptor.loseConnection()

    assert descriptor.lost == [] and reactor.getReaders() == [] and reactor.getWriters() == []
    assert [call.getTime() for call in reactor.getDelayedCalls()] == [reactor.seconds()]
    reactor.advance(0)
    assert [error.__name__ for error in descriptor.lost] == ["ConnectionDone"]
    assert not descriptor.connected and descriptor.disconnected


def test_a_producer_is_paused_when_there_is_much_and_resumed_when_it_is_gone(reactor: MemoryReactorClock) -> None:
    told: list[str] = []

    class Producer:
        def pauseProducing(self) -> None:
            told.append("pause")

        def resumeProducing(self) -> None:
            told.append("resume")

        def stopProducing(self) -> None:
            told.append("stop")

    descriptor = Descriptor(reactor)
    descriptor.registerProducer(Producer(), True)
    descriptor.write(bytes(descriptor.bufferSize))
    assert told == []
    descriptor.write(b"x")
    assert told == ["pause"]
    drained(descriptor)
    assert told == ["pause", "resume"]
    descriptor.writeSequence([bytes(descriptor.bufferSize), b"x"])
    assert told == ["pause", "resume", "pause"]
    descriptor.connectionLost(Failure(main.CONNECTION_DONE))
    assert told == ["pause", "resume", "pause", "stop"]


def test_whoever_produces_has_the_end_wait(reactor: MemoryReactorClock) -> None:
    told: list[str] = []

    class Producer:
        def resumeProducing(self) -> None:
            told.append("resume")

        def stopProducing(self) -> None:
            told.append("stop")

    descriptor = Descriptor(reactor)
    descriptor.registerProducer(Producer(), False)
    assert told == ["resume"]
    with pytest.raises(RuntimeError):
        descriptor.registerProducer(Producer(), False)
    descriptor.write(b"x")
    descriptor.loseConnection()
    assert descriptor.doWrite() is None and told == ["resume", "resume"]
    descriptor.unregisterProducer()

    assert drained(descriptor) is main.CONNECTION_DONE and told == ["resume", "resume"]


def test_a_producer_that_comes_too_late_is_stopped(reactor: MemoryReactorClock) -> None:
    told: list[str] = []

    class Producer:
        def stopProducing(self) -> None:
            told.append("stop")

    descriptor = Descriptor(reactor)
    descriptor.connectionLost(Failure(main.CONNECTION_DONE))
    descriptor.registerProducer(Producer(), True)

    assert told == ["stop"]


@pytest.mark.parametrize(
    ("text", "four", "six"),
    [
        ("1.2.3.4", True, False),
        ("255.255.255.255", True, False),
        ("1.2.3", False, False),
        ("256.1.1.1", False, False),
        ("::", False, True),
        ("fe80::1%eth0", False, True),
        ("fe80::1%", False, True),
        ("::1%a%b", False, True),
        ("%::1", False, False),
        ("1::2::3", False, False),
        ("", False, False),
    ],
)
def test_addresses_are_told_from_names(text: str, four: bool, six: bool) -> None:
    assert (isIPAddress(text), isIPv6Address(text)) == (four, six)
