"""The loop over descriptors, with a poller that reports what the test says."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from errno import EBADF
from typing import Any

import pytest

from twisted.internet import error, main
from twisted.internet._reactor.readiness import READ, WRITE, ReadinessReactor
from twisted.internet.testing import EventLoggingObserver
from twisted.logger import globalLogPublisher

BROKEN = 8


class Reports:
    """A poller that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.events: list[tuple[int, int]] = []
        self.timeouts: list[float | None] = []
        self.refuses: type[OSError] | None = None
        self.error: OSError | None = None
        self.closed = False

    def watch(self, fd: int, interest: int, before: int) -> None:
        if self.refuses is not None:
            raise self.refuses(1, "refused")
        self.told.append((fd, interest, before))

    def unwatch(self, fd: int) -> None:
        self.told.append(fd)
        if self.refuses is not None:
            raise self.refuses(1, "refused")

    def poll(self, timeout: float | None) -> list[tuple[int, int]]:
        self.timeouts.append(timeout)
        if self.error is not None:
            raise self.error
        events, self.events = self.events, []
        return events

    def close(self) -> None:
        self.closed = True


class Reactor(ReadinessReactor):
    """Without a waker, so that only what the test adds is watched."""

    def _make_poller(self) -> Any:
        self.pollers = [*getattr(self, "pollers", []), Reports()]
        return self.pollers[-1]

    def installWaker(self) -> None:
        self.waker = None

    def wakeUp(self) -> None:
        pass


class Stream:
    """Does what the test says when it is called, and writes that down."""

    def __init__(self, fd: int, told: list[Any], name: str = "") -> None:
        self.fd = fd
        self.told = told
        self.name = name or str(fd)
        self.read: Any = None
        self.written: Any = None

    def fileno(self) -> int:
        return self.fd

    def _do(self, what: str, result: Any) -> Any:
        self.told.append(f"{self.name} {what}")
        if callable(result):
            result = result()
        if isinstance(result, BaseException) and result not in (main.CONNECTION_DONE, main.CONNECTION_LOST):
            raise result
        return result

    def doRead(self) -> Any:
        return self._do("reads", self.read)

    def doWrite(self) -> Any:
        return self._do("writes", self.written)

    def connectionLost(self, reason: Any) -> None:
        self.told.append((self.name, type(reason.value)))

    def readConnectionLost(self, reason: Any) -> None:
        self.told.append((self.name, "half", type(reason.value)))

    def logPrefix(self) -> str:
        return self.name


@pytest.fixture
def reactor() -> Any:
    return Reactor()


@pytest.fixture
def told() -> list[Any]:
    return []


@pytest.fixture
def events() -> Iterator[EventLoggingObserver]:
    observer = EventLoggingObserver()
    globalLogPublisher.addObserver(observer)
    yield observer
    globalLogPublisher.removeObserver(observer)


def turn(reactor: Any, *events: tuple[int, int], timeout: float | None = 5.0) -> None:
    reactor._poller.events = list(events)
    reactor.doIteration(timeout)


# What the poller is told


def test_the_poller_is_told_of_changes_alone(reactor: Any, told: list[Any]) -> None:
    stream = Stream(7, told)
    for change in (reactor.addReader, reactor.addReader, reactor.addWriter, reactor.removeReader, reactor.removeReader):
        change(stream)
    assert reactor._poller.told == [(7, READ, 0), (7, READ | WRITE, READ), (7, WRITE, READ | WRITE)]
    assert reactor.getReaders() == [] and reactor.getWriters() == [stream]
    reactor.removeWriter(stream)
    reactor.removeWriter(stream)

    assert reactor._poller.told[3:] == [7] and reactor.getWriters() == []


def test_what_has_no_descriptor_is_refused(reactor: Any, told: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"has no descriptor to watch \(fileno\(\) is -1\)"):
        reactor.addReader(Stream(-1, told))

    assert reactor._poller.told == []


def test_a_number_that_was_given_to_somebody_else_is_his(reactor: Any, told: list[Any]) -> None:
    first, second = Stream(7, told), Stream(7, told)
    reactor.addReader(first)
    reactor.addWriter(second)

    assert reactor._poller.told == [(7, READ, 0), 7, (7, WRITE, 0)]
    assert reactor.getReaders() == [] and reactor.getWriters() == [second]
    reactor.removeWriter(first)
    assert reactor.getWriters() == [second]


def test_an_interest_that_cannot_be_changed_any_more_is_dropped(reactor: Any, told: list[Any]) -> None:
    stream = Stream(7, told)
    reactor.addReader(stream)
    reactor.addWriter(stream)
    reactor._poller.refuses = OSError
    reactor.removeReader(stream)

    assert reactor.getReaders() == reactor.getWriters() == []


def test_whoever_is_closed_is_forgotten_where_the_system_does_not_do_so(reactor: Any, told: list[Any]) -> None:
    forgotten: list[int] = []

    def forget(fd: int) -> None:
        forgotten.append(fd)
        raise KeyError(fd)

    reactor._forget = forget
    stream = Stream(7, told)
    reactor.addReader(stream)
    reactor._closing(Stream(7, told), 7)
    assert reactor.getReaders() == [stream]
    reactor._closing(stream, 7)

    assert reactor.getReaders() == [] and forgotten == [7] and reactor._poller.told == [(7, READ, 0)]


# What is called


def test_whoever_is_ready_is_called(reactor: Any, told: list[Any]) -> None:
    one, two, three = (Stream(fd, told) for fd in (7, 8, 9))
    reactor.addReader(one)
    reactor.addWriter(two)
    reactor.addReader(three)
    reactor.addWriter(three)
    turn(reactor, (7, READ), (8, WRITE), (9, READ | WRITE))

    assert told == ["7 reads", "8 writes", "9 reads", "9 writes"]
    assert reactor._poller.timeouts == [5.0] and len(reactor.getReaders()) == len(reactor.getWriters()) == 2


@pytest.mark.parametrize(
    ("event", "adds", "called"),
    [
        (BROKEN, ["addReader"], ["7 reads"]),
        (BROKEN, ["addReader", "addWriter"], ["7 reads"]),
        (BROKEN, ["addWriter"], ["7 writes"]),
        (BROKEN | WRITE, ["addReader", "addWriter"], ["7 writes"]),
        (BROKEN | READ, ["addReader"], ["7 reads"]),
    ],
)
def test_what_is_broken_finds_out_by_itself(
    reactor: Any, told: list[Any], event: int, adds: list[str], called: list[str]
) -> None:
    stream = Stream(7, told)
    for add in adds:
        getattr(reactor, add)(stream)
    turn(reactor, (7, event))

    assert told == called


def test_what_ends_while_it_reads_may_have_ended_by_half(reactor: Any, told: list[Any]) -> None:
    from zope.interface import directlyProvides

    from twisted.internet.interfaces import IHalfCloseableDescriptor

    whole, half = Stream(7, told), Stream(8, told)
    directlyProvides(half, IHalfCloseableDescriptor)
    for stream in (whole, half):
        stream.read = main.CONNECTION_DONE
        reactor.addReader(stream)
        reactor.addWriter(stream)
    turn(reactor, (7, READ), (8, READ))

    assert told == ["7 reads", ("7", error.ConnectionDone), "8 reads", ("8", "half", error.ConnectionDone)]
    assert reactor.getReaders() == [] and reactor.getWriters() == [half]


def test_what_ends_while_it_writes_has_ended_as_a_whole(reactor: Any, told: list[Any]) -> None:
    from zope.interface import directlyProvides

    from twisted.internet.interfaces import IHalfCloseableDescriptor

    alone, both = Stream(7, told), Stream(8, told)
    for stream in (alone, both):
        directlyProvides(stream, IHalfCloseableDescriptor)
        stream.written = main.CONNECTION_DONE
        reactor.addReader(stream)
        reactor.addWriter(stream)
    turn(reactor, (7, WRITE), (8, READ | WRITE))

    assert told == ["7 writes", ("7", error.ConnectionDone), "8 reads", "8 writes", ("8", error.ConnectionDone)]
    assert reactor.getReaders() == reactor.getWriters() == []


def test_whoever_raises_is_ended_and_the_others_are_called(
    reactor: Any, told: list[Any], events: EventLoggingObserver
) -> None:
    broken, other = Stream(7, told), Stream(8, told)
    broken.read = ZeroDivisionError()
    for stream in (broken, other):
        reactor.addReader(stream)
    turn(reactor, (7, READ), (8, READ))

    assert told == ["7 reads", ("7", ZeroDivisionError), "8 reads"] and reactor.getReaders() == [other]
    (event,) = [event for event in events if "log_failure" in event]
    assert event["log_failure"].type is ZeroDivisionError


def test_whoever_closes_itself_while_it_is_called_is_forgotten(reactor: Any, told: list[Any]) -> None:
    stream = Stream(7, told)
    stream.read = lambda: setattr(stream, "fd", -1)
    reactor.addReader(stream)
    turn(reactor, (7, READ))

    assert told == ["7 reads"] and reactor.getReaders() == []


def test_whoever_changes_its_descriptor_has_lost_it(reactor: Any, told: list[Any]) -> None:
    stream = Stream(7, told)
    stream.read = lambda: setattr(stream, "fd", 9)
    reactor.addReader(stream)
    turn(reactor, (7, READ))

    assert told == ["7 reads", ("7", error.ConnectionFdescWentAway)] and reactor.getReaders() == []


def test_whoever_was_removed_in_the_same_turn_is_not_called(reactor: Any, told: list[Any]) -> None:
    first, second = Stream(7, told), Stream(8, told)
    first.read = lambda: reactor.removeReader(second)
    for stream in (first, second):
        reactor.addReader(stream)
    turn(reactor, (7, READ), (8, READ))

    assert told == ["7 reads"]


def test_whoever_is_removed_between_reading_and_writing_does_not_write(reactor: Any, told: list[Any]) -> None:
    stream = Stream(7, told)

    def leave() -> None:
        reactor.removeReader(stream)
        reactor.removeWriter(stream)

    stream.read = leave
    reactor.addReader(stream)
    reactor.addWriter(stream)
    turn(reactor, (7, READ | WRITE))

    assert told == ["7 reads"]


def test_strangers_that_stay_have_a_new_poller_made(reactor: Any, told: list[Any]) -> None:
    stream = Stream(7, told)
    reactor.addReader(stream)
    for _ in range(1000):
        turn(reactor, (99, READ))
    assert len(reactor.pollers) == 1
    turn(reactor, (99, READ))

    assert len(reactor.pollers) == 2 and reactor.pollers[0].closed
    assert reactor._poller is reactor.pollers[1] and reactor._poller.told == [(7, READ, 0)]
    turn(reactor, (99, READ), (7, READ))
    assert len(reactor.pollers) == 2 and told == ["7 reads"]


def test_after_a_fork_there_is_a_new_poller(reactor: Any, told: list[Any]) -> None:
    stream = Stream(7, told)
    reactor.addReader(stream)
    reactor.addWriter(stream)
    reactor.afterDaemonize()

    assert reactor.pollers[0].closed and reactor._poller.told == [(7, READ | WRITE, 0)]


# Files, which are always ready


def test_what_is_always_ready_is_called_in_every_turn_and_nothing_is_waited_for(reactor: Any, told: list[Any]) -> None:
    file = Stream(7, told)
    reactor._poller.refuses = PermissionError
    reactor.addReader(file)
    reactor._poller.refuses = None
    turn(reactor)
    turn(reactor)
    assert told == ["7 reads"] * 2 and reactor._poller.timeouts == [0, 0]
    reactor._poller.refuses = PermissionError
    reactor.addWriter(file)
    turn(reactor)
    assert told[2:] == ["7 reads", "7 writes"]
    reactor.removeReader(file)
    turn(reactor)
    assert told[4:] == ["7 writes"]
    reactor.removeWriter(file)
    turn(reactor)

    assert len(told) == 5 and reactor._poller.timeouts == [0, 0, 0, 0, 5.0] and reactor._poller.told == []


def test_a_file_that_raises_or_ends_is_ended(reactor: Any, told: list[Any], events: EventLoggingObserver) -> None:
    files = [Stream(fd, told) for fd in (7, 8, 9)]
    reactor._poller.refuses = PermissionError
    files[0].read = ZeroDivisionError()
    files[1].read = main.CONNECTION_DONE
    files[2].written = main.CONNECTION_LOST
    reactor.addReader(files[0])
    reactor.addReader(files[1])
    reactor.addWriter(files[2])
    turn(reactor)

    assert told == [
        "7 reads",
        ("7", ZeroDivisionError),
        "8 reads",
        ("8", error.ConnectionDone),
        "9 writes",
        ("9", error.ConnectionLost),
    ]
    assert [event["log_failure"].type for event in events if "log_failure" in event] == [ZeroDivisionError]
    assert reactor._always == {}


def test_a_file_that_is_removed_by_another_is_not_called(reactor: Any, told: list[Any]) -> None:
    first, second = Stream(7, told), Stream(8, told)
    reactor._poller.refuses = PermissionError
    for stream in (first, second):
        reactor.addReader(stream)
    first.read = lambda: reactor.removeReader(second)
    turn(reactor)

    assert told == ["7 reads"]


def test_files_outlive_a_new_poller(reactor: Any, told: list[Any]) -> None:
    reactor._poller.refuses = PermissionError
    reactor.addReader(Stream(7, told))
    reactor.afterDaemonize()
    turn(reactor)

    assert told == ["7 reads"] and reactor._poller.told == []


# Descriptors that were closed by somebody else


def test_descriptors_that_the_system_does_not_know_are_found_out(reactor: Any, told: list[Any]) -> None:
    here, there = socket.socketpair()
    open_, closed = Stream(here.fileno(), told, "open"), Stream(there.fileno(), told, "closed")
    reactor.addReader(open_)
    reactor.addReader(closed)
    there.close()
    reactor._poller.error = OSError(EBADF, os.strerror(EBADF))
    reactor.doIteration(1)
    here.close()

    assert told == [("closed", error.ConnectionFdescWentAway)] and reactor.getReaders() == [open_]


def test_other_trouble_of_the_poller_is_raised(reactor: Any) -> None:
    reactor._poller.error = OSError(5, "broken")

    with pytest.raises(OSError, match="broken"):
        reactor.doIteration(1)


def test_a_loop_within_ours_does_not_wait_while_threads_want_something(reactor: Any) -> None:
    reactor._asleep = False
    reactor.threadCallQueue.append((lambda: None, (), {}))
    turn(reactor)
    reactor.threadCallQueue.clear()
    reactor._asleep = False
    turn(reactor)

    assert reactor._poller.timeouts == [0, 5.0]


def test_a_subclass_has_to_make_a_poller() -> None:
    with pytest.raises(NotImplementedError, match="ReadinessReactor has no poller: override _make_poller"):
        ReadinessReactor()
