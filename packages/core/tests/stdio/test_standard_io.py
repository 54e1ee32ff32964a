"""Standard input and output as one transport: each side, each end, and files in place of pipes."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from zope.interface import implementer

from twisted.internet import error, interfaces, protocol
from twisted.internet.stdio import PipeAddress, StandardIO
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure


class Watching(Clock):
    """Notes who waits for what; files cannot be waited for, as with epoll."""

    def __init__(self, files: bool = False) -> None:
        super().__init__()
        self.readers: list[Any] = []
        self.writers: list[Any] = []
        self.files = files

    def _wait(self, among: list[Any], one: Any) -> None:
        if self.files:
            raise OSError(errno.EPERM, "a file")
        if one not in among:
            among.append(one)

    def addReader(self, reader: Any) -> None:
        self._wait(self.readers, reader)

    def addWriter(self, writer: Any) -> None:
        self._wait(self.writers, writer)

    def removeReader(self, reader: Any) -> None:
        if reader in self.readers:
            self.readers.remove(reader)

    def removeWriter(self, writer: Any) -> None:
        if writer in self.writers:
            self.writers.remove(writer)

    def read(self) -> Any:
        """Have the input read once; what ends it."""
        return self._do(self.readers[0], self.readers[0].doRead())

    def write(self) -> Any:
        """Have the output written once; what ends it."""
        return self._do(self.writers[0], self.writers[0].doWrite())

    def turn(self) -> None:
        """Do what is due now, and not yet what becomes due by it."""
        for call in self.getDelayedCalls():
            due = call.func  # type: ignore[attr-defined]
            call.cancel()
            due()

    def _do(self, side: Any, why: Any) -> Any:
        if why is not None:
            side.connectionLost(Failure(why))
        return why


class Noting(protocol.Protocol):
    def __init__(self) -> None:
        self.notes: list[Any] = []

    def connectionMade(self) -> None:
        self.notes.append("made")

    def dataReceived(self, data: bytes) -> None:
        self.notes.append(data)

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        self.notes.append(type(reason.value))


@implementer(interfaces.IHalfCloseableProtocol)
class Half(Noting):
    fails = False

    def readConnectionLost(self) -> None:
        self.notes.append("read end")
        if self.fails:
            raise ZeroDivisionError

    def writeConnectionLost(self) -> None:
        self.notes.append("write end")
        if self.fails:
            raise ZeroDivisionError


Descriptors = tuple[int, int, int, int]


@pytest.fixture
def pipes() -> Iterator[Descriptors]:
    """What we read, what feeds it, what drains it, what we write."""
    reading, feeding = os.pipe()
    draining, writing = os.pipe()
    yield reading, feeding, draining, writing
    for descriptor in (reading, feeding, draining, writing):
        try:
            os.close(descriptor)
        except OSError:
            pass


def connect(
    pipes: Descriptors, made: type[Noting] = Noting, reactor: Watching | None = None
) -> tuple[Any, Any, Watching]:
    watching = reactor or Watching()
    mine = made()
    return StandardIO(mine, pipes[0], pipes[3], watching), mine, watching  # type: ignore[arg-type]


def logged(act: Callable[[], object]) -> list[Any]:
    events: list[Any] = []
    note: Any = events.append
    globalLogPublisher.addObserver(note)
    try:
        act()
    finally:
        globalLogPublisher.removeObserver(note)
    return [event["log_failure"].type for event in events]


def test_input_is_received_and_output_is_written(pipes: Descriptors) -> None:
    transport, mine, reactor = connect(pipes)
    os.write(pipes[1], b"in")

    assert reactor.read() is None
    transport.write(b"ou")
    transport.writeSequence([b"t", b"!"])
    assert reactor.write() is None

    assert mine.notes == ["made", b"in"]
    assert os.read(pipes[2], 10) == b"out!"
    assert reactor.writers == []
    assert not transport.disconnecting and not transport.disconnected


def test_it_is_a_transport_with_addresses_that_say_nothing(pipes: Descriptors) -> None:
    transport, mine, _ = connect(pipes)

    for promised in (interfaces.ITransport, interfaces.IConsumer, interfaces.IHalfCloseableDescriptor):
        assert promised.providedBy(transport)
    assert isinstance(transport.getPeer(), PipeAddress) and isinstance(transport.getHost(), PipeAddress)
    assert mine.transport is transport and transport.protocol is mine
    assert [reader.logPrefix() for reader in transport._reader.reactor.readers] == ["stdio", "stdio"]


def test_descriptors_do_not_block(pipes: Descriptors) -> None:
    connect(pipes)

    assert not os.get_blocking(pipes[0]) and not os.get_blocking(pipes[3])


def test_nothing_to_read_yet_is_no_end(pipes: Descriptors) -> None:
    _, mine, reactor = connect(pipes)

    assert reactor.read() is None and mine.notes == ["made"]


def test_the_end_of_input_is_the_end(pipes: Descriptors) -> None:
    transport, mine, reactor = connect(pipes)
    os.close(pipes[1])

    assert isinstance(reactor.read(), error.ConnectionDone)

    assert mine.notes == ["made", error.ConnectionDone]
    assert transport.disconnected and transport.protocol is None
    assert reactor.readers == [] and reactor.writers == []
    os.fstat(pipes[0]), os.fstat(pipes[3])  # They are the caller's.


def test_input_may_be_closed_by_whoever_finds_it_among_the_readers(pipes: Descriptors) -> None:
    transport, mine, reactor = connect(pipes)
    side = reactor.readers[0]

    side.loseConnection()
    side.loseConnection()
    assert side not in reactor.readers and mine.notes == ["made"]
    assert len(reactor.getDelayedCalls()) == 1
    reactor.advance(0)

    assert mine.notes == ["made", error.ConnectionDone] and transport.disconnected
    side.loseConnection()
    assert reactor.getDelayedCalls() == []


def test_input_that_cannot_be_read_is_lost(pipes: Descriptors) -> None:
    _, mine, reactor = connect(pipes)
    os.close(pipes[0])

    assert isinstance(reactor.read(), error.ConnectionLost)
    assert mine.notes == ["made", error.ConnectionLost]


def test_at_most_64_kib_are_read_at_once(pipes: Descriptors, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def read(descriptor: int, size: int) -> bytes:
        sizes.append(size)
        return b"x"

    monkeypatch.setattr("os.read", read)
    _, _, reactor = connect(pipes)

    reactor.read()

    assert sizes == [65536]


def test_output_that_nobody_reads_any_more_is_lost(pipes: Descriptors) -> None:
    transport, mine, reactor = connect(pipes)
    os.close(pipes[2])
    transport.write(b"x")

    assert isinstance(reactor.write(), error.ConnectionLost)
    assert mine.notes == ["made", error.ConnectionLost]


def test_a_reader_of_output_that_goes_away_is_noticed_without_writing(pipes: Descriptors) -> None:
    _, _, reactor = connect(pipes)
    writer = reactor.readers[1]
    assert writer.fileno() == pipes[3] and writer.doRead() is None

    os.close(pipes[2])

    assert isinstance(writer.doRead(), error.ConnectionLost)


def test_a_socket_for_output_is_not_watched_for_reading() -> None:
    one, other = socket.socketpair()
    with one, other:
        _, _, reactor = connect((one.fileno(), -1, -1, one.fileno()))

        assert len(reactor.readers) == 1


def test_closing_sends_the_rest_first(pipes: Descriptors) -> None:
    transport, mine, reactor = connect(pipes)
    transport.write(b"last words")

    transport.loseConnection()
    assert transport.disconnecting and not transport.disconnected
    assert [reader.fileno() for reader in reactor.readers] == []
    reactor.write()

    assert os.read(pipes[2], 20) == b"last words"
    assert mine.notes == ["made", error.ConnectionDone]
    assert transport.disconnected


def test_a_producer_s_way_of_closing_is_the_same(pipes: Descriptors) -> None:
    transport, mine, reactor = connect(pipes)

    transport.stopProducing()
    reactor.write()

    assert mine.notes == ["made", error.ConnectionDone]


def test_after_the_end_everything_is_allowed_and_nothing_happens(pipes: Descriptors) -> None:
    transport, mine, reactor = connect(pipes)
    os.close(pipes[1])
    reactor.read()

    transport.write(b"x")
    transport.writeSequence([b"x"])
    for act in ("loseWriteConnection", "loseConnection", "stopReading", "startReading", "unregisterProducer"):
        getattr(transport, act)()
    transport.childConnectionLost("read", Failure(error.ConnectionDone()))
    transport.connectionLost(Failure(error.ConnectionDone()))

    assert mine.notes == ["made", error.ConnectionDone] and reactor.writers == []


def test_a_protocol_for_halves_goes_on_writing_after_the_end_of_input(pipes: Descriptors) -> None:
    transport, mine, reactor = connect(pipes, Half)
    os.close(pipes[1])
    reactor.read()
    assert mine.notes == ["made", "read end"]

    transport.write(b"answer")
    reactor.write()
    assert os.read(pipes[2], 20) == b"answer"
    transport.loseConnection()
    reactor.write()

    assert mine.notes == ["made", "read end", error.ConnectionDone]


def test_a_protocol_for_halves_goes_on_reading_after_the_end_of_output(pipes: Descriptors) -> None:
    transport, mine, reactor = connect(pipes, Half)

    transport.loseWriteConnection()
    reactor.write()
    os.write(pipes[1], b"more")
    reactor.read()

    assert mine.notes == ["made", "write end", b"more"] and not transport.disconnecting


def test_output_lost_is_told_to_a_protocol_for_halves_and_the_end_when_both_are(pipes: Descriptors) -> None:
    transport, mine, reactor = connect(pipes, Half)
    os.close(pipes[2])
    transport.write(b"x")
    reactor.write()
    assert mine.notes == ["made", "write end"]

    os.write(pipes[1], b"still here")
    reactor.read()
    os.close(pipes[1])
    reactor.read()

    assert mine.notes == ["made", "write end", b"still here", "read end", error.ConnectionDone]
    transport.write(b"x")
    assert reactor.writers == []


def test_the_order_of_the_ends_does_not_matter(pipes: Descriptors) -> None:
    transport, mine, reactor = connect(pipes, Half)
    os.close(pipes[1])
    reactor.read()
    os.close(pipes[2])
    transport.write(b"x")
    reactor.write()

    assert mine.notes == ["made", "read end", "write end", error.ConnectionLost]


@pytest.mark.parametrize("end", [1, 2])
def test_a_protocol_that_raises_at_half_an_end_is_ended(pipes: Descriptors, end: int) -> None:
    transport, mine, reactor = connect(pipes, Half)
    mine.fails = True
    transport.write(b"x")
    os.close(pipes[end])

    assert logged(reactor.read if end == 1 else reactor.write) == [ZeroDivisionError]
    assert mine.notes == ["made", "read end" if end == 1 else "write end", ZeroDivisionError]
    assert transport.disconnected


def test_a_protocol_that_raises_at_the_end_is_logged(pipes: Descriptors) -> None:
    class Sorry(Noting):
        def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
            raise ZeroDivisionError

    _, _, reactor = connect(pipes, Sorry)
    os.close(pipes[1])

    assert logged(reactor.read) == [ZeroDivisionError]


def test_reading_pauses_and_resumes(pipes: Descriptors) -> None:
    transport, _, reactor = connect(pipes)
    reading = reactor.readers[0]

    for pause, resume in (("pauseProducing", "resumeProducing"), ("stopReading", "startReading")):
        getattr(transport, pause)()
        assert reading not in reactor.readers
        getattr(transport, resume)()
        assert reading in reactor.readers


class Producer:
    def __init__(self) -> None:
        self.told: list[str] = []

    def stopProducing(self) -> None:
        self.told.append("stop")

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")


def test_a_producer_follows_the_reader_of_output(pipes: Descriptors) -> None:
    transport, _, reactor = connect(pipes)
    producer = Producer()
    transport.registerProducer(producer, True)

    transport.write(b"x" * 300_000)
    assert producer.told == ["pause"]
    while reactor.writers:
        reactor.write()
        os.set_blocking(pipes[2], False)
        os.read(pipes[2], 1_000_000)
    assert producer.told == ["pause", "resume"]

    transport.unregisterProducer()
    transport.registerProducer(pulled := Producer(), False)
    assert pulled.told == ["resume"]


def test_a_producer_for_nobody_is_stopped(pipes: Descriptors) -> None:
    transport, _, reactor = connect(pipes)
    os.close(pipes[1])
    reactor.read()

    transport.registerProducer(producer := Producer(), True)

    assert producer.told == ["stop"]


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Descriptors]:
    """Two files in place of pipes."""
    (tmp_path / "in").write_bytes(b"i" * 65536 + b"n")
    reading, writing = os.open(tmp_path / "in", os.O_RDONLY), os.open(tmp_path / "out", os.O_RDWR | os.O_CREAT)
    yield reading, -1, writing, writing
    os.close(reading)
    os.close(writing)


def test_a_file_is_read_turn_by_turn(files: Descriptors) -> None:
    _, mine, reactor = connect(files, reactor=Watching(files=True))
    assert mine.notes == ["made"] and len(reactor.getDelayedCalls()) == 1

    for expected in (b"i" * 65536, b"n", error.ConnectionDone):
        reactor.turn()
        assert mine.notes[-1] == expected

    assert reactor.getDelayedCalls() == [] and len(mine.notes) == 4


def test_reading_a_file_pauses_and_resumes(files: Descriptors) -> None:
    transport, mine, reactor = connect(files, reactor=Watching(files=True))

    transport.pauseProducing()
    assert reactor.getDelayedCalls() == []
    transport.pauseProducing()
    transport.resumeProducing()
    transport.resumeProducing()
    assert len(reactor.getDelayedCalls()) == 1
    reactor.turn()

    assert mine.notes == ["made", b"i" * 65536]


def test_a_file_is_written_turn_by_turn(files: Descriptors) -> None:
    transport, mine, reactor = connect(files, reactor=Watching(files=True))
    transport.pauseProducing()

    transport.write(b"o" * 200_000)
    transport.write(b"ut")
    assert len(reactor.getDelayedCalls()) == 1 and os.pread(files[3], 10, 0) == b""
    reactor.turn()
    assert len(os.pread(files[3], 300_000, 0)) == 131072
    reactor.turn()

    assert os.pread(files[3], 300_000, 0) == b"o" * 200_000 + b"ut"
    assert reactor.getDelayedCalls() == []
    transport.loseConnection()
    reactor.turn()
    assert mine.notes == ["made", error.ConnectionDone] and reactor.getDelayedCalls() == []


def test_a_file_that_cannot_be_written_is_lost(files: Descriptors) -> None:
    transport, mine, reactor = connect((files[0], -1, -1, files[0]), reactor=Watching(files=True))
    transport.pauseProducing()

    transport.write(b"x")
    reactor.turn()

    assert mine.notes == ["made", error.ConnectionLost] and reactor.getDelayedCalls() == []


@pytest.mark.parametrize("act", ["read", "write"])
def test_other_troubles_with_waiting_are_not_hidden(pipes: Descriptors, act: str) -> None:
    class Full(Watching):
        def _wait(self, among: list[Any], one: Any) -> None:
            if among is (self.readers if act == "read" else self.writers):
                raise OSError(errno.ENOMEM, "full")

    with pytest.raises(OSError, match="full"):
        connect(pipes, reactor=Full())[0].write(b"x")
