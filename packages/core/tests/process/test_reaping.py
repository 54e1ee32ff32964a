"""How the end of a child is learned: by its descriptor, by SIGCHLD, by a thread that waits."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from twisted.internet import process
from twisted.internet._process import reaping
from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure


class Watching:
    """A reactor that takes notes."""

    def __init__(self) -> None:
        self.readers: list[Any] = []
        self.called: list[Any] = []
        self.woken = threading.Event()

    def addReader(self, reader: Any) -> None:
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:
        self.readers.remove(reader)

    def callFromThread(self, call: Any) -> None:
        self.called.append(call)
        self.woken.set()


class Child:
    """What is registered for a child."""

    def __init__(self, reactor: Any = None) -> None:
        self.notes: list[Any] = []
        self.reactor = reactor

    def reapProcess(self) -> None:
        self.notes.append("reap")

    def processEnded(self, status: int) -> None:
        self.notes.append(status)


@pytest.fixture
def reactor() -> Watching:
    return Watching()


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is registered here is forgotten here."""
    monkeypatch.setattr(reaping, "_watches", {})
    reaping.reapProcessHandlers.clear()
    yield
    reaping.reapProcessHandlers.clear()


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """A descriptor that stands for a child's, and what makes it readable."""
    reading, writing = os.pipe()
    monkeypatch.setattr(reaping, "_descriptors_work", True)
    monkeypatch.setattr(os, "pidfd_open", lambda pid: reading, raising=False)
    return reading, writing


def closed(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return True
    return False


def test_a_child_s_descriptor_is_watched_and_closed_when_it_has_ended(
    reactor: Watching, described: tuple[int, int]
) -> None:
    notes: list[str] = []
    watch: Any = reaping.watch_exit(reactor, 4711, lambda: notes.append("reap"))
    assert reactor.readers == [watch] and watch.fileno() == described[0]
    assert watch.logPrefix() == "-" and watch._internal_reader is True
    assert watch.active and notes == []

    watch.doRead()

    assert notes == ["reap"] and reactor.readers == [] and closed(described[0])
    assert watch.fileno() == -1 and not watch.active
    watch.stop()  # Once more does no harm.
    assert IReadDescriptor.providedBy(watch)


@pytest.mark.parametrize("way", ["stop", "connectionLost"])
def test_a_watch_that_is_ended_calls_nobody(reactor: Watching, described: tuple[int, int], way: str) -> None:
    notes: list[str] = []
    watch: Any = reaping.watch_exit(reactor, 4711, lambda: notes.append("reap"))

    getattr(watch, way)(*[] if way == "stop" else [Failure(ZeroDivisionError())])
    watch.fire()

    assert notes == [] and reactor.readers == [] and closed(described[0])


@pytest.fixture
def handler() -> Iterator[None]:
    former = signal.getsignal(signal.SIGCHLD)
    yield
    signal.signal(signal.SIGCHLD, former)


@pytest.mark.parametrize(
    ("number", "for_good"),
    [
        (errno.ENOSYS, True),
        (errno.EPERM, True),
        (errno.EMFILE, False),
        (errno.ENFILE, False),
        (errno.ENOMEM, False),
        (errno.ESRCH, False),
    ],
)
def test_without_descriptors_signals_tell(
    reactor: Watching, monkeypatch: pytest.MonkeyPatch, handler: None, number: int, for_good: bool
) -> None:
    def refuse(pid: int) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(reaping, "_descriptors_work", True)
    monkeypatch.setattr(os, "pidfd_open", refuse, raising=False)
    watch = reaping.watch_exit(reactor, 4711, lambda: None)
    watch.stop()

    assert type(watch).__name__ == "_SignalWatch"
    assert reaping._descriptors_work is not for_good


def test_a_signal_makes_every_watch_look_and_calls_the_former_handler(
    reactor: Watching, monkeypatch: pytest.MonkeyPatch, handler: None
) -> None:
    monkeypatch.setattr(reaping, "_descriptors_work", False)
    former: list[Any] = []
    signal.signal(signal.SIGCHLD, lambda number, frame: former.append(number))
    mine = signal.getsignal(signal.SIGCHLD)
    notes: list[str] = []
    first = reaping.watch_exit(reactor, 1, lambda: notes.append("first"))
    second = reaping.watch_exit(reactor, 2, lambda: notes.append("second"))

    # Either child may have ended before.
    assert len(reactor.called) == 2
    for call in reactor.called:
        call()
    assert notes == ["first", "second"]
    reactor.called.clear()
    signal.raise_signal(signal.SIGCHLD)
    assert former == [signal.SIGCHLD] and len(reactor.called) == 2

    first.stop()
    assert signal.getsignal(signal.SIGCHLD) is not mine
    for call in reactor.called:
        call()
    assert notes == ["first", "second", "second"]
    second.stop()
    assert signal.getsignal(signal.SIGCHLD) is mine


def test_a_handler_that_somebody_else_has_set_since_stays(
    reactor: Watching, monkeypatch: pytest.MonkeyPatch, handler: None
) -> None:
    monkeypatch.setattr(reaping, "_descriptors_work", False)
    watch = reaping.watch_exit(reactor, 1, lambda: None)
    signal.signal(signal.SIGCHLD, theirs := lambda number, frame: None)

    watch.stop()

    assert signal.getsignal(signal.SIGCHLD) is theirs


def test_without_a_former_handler_the_default_comes_back(
    reactor: Watching, monkeypatch: pytest.MonkeyPatch, handler: None
) -> None:
    monkeypatch.setattr(reaping, "_descriptors_work", False)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    watch = reaping.watch_exit(reactor, 1, lambda: None)
    signal.raise_signal(signal.SIGCHLD)

    watch.stop()

    assert signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL


@pytest.mark.parametrize("child_is_there", [True, False])
def test_in_another_thread_a_thread_waits(
    reactor: Watching, monkeypatch: pytest.MonkeyPatch, child_is_there: bool
) -> None:
    asked: list[Any] = []
    waiting = threading.Event()

    def wait(kind: Any, pid: int, options: int) -> None:
        asked.append((kind, pid, options))
        waiting.wait(10)
        if not child_is_there:
            raise ChildProcessError

    monkeypatch.setattr(reaping, "_descriptors_work", False)
    monkeypatch.setattr(os, "waitid", wait)
    notes: list[str] = []
    made: list[Any] = []
    names: list[Any] = []

    def watch() -> None:
        made.append(reaping.watch_exit(reactor, 4711, lambda: notes.append("reap")))
        names.extend((one.name, one.daemon) for one in threading.enumerate())

    elsewhere = threading.Thread(target=watch)
    elsewhere.start()
    elsewhere.join(10)
    assert ("waiting for process 4711", True) in names
    waiting.set()
    assert reactor.woken.wait(10)

    assert asked == [(os.P_PID, 4711, os.WEXITED | os.WNOWAIT)]
    assert notes == []
    reactor.called[0]()
    assert notes == ["reap"]


def test_a_thread_whose_watch_was_stopped_calls_nobody(reactor: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "waitid", lambda kind, pid, options: None)
    monkeypatch.setattr(threading, "Thread", lambda **named: type("T", (), {"start": lambda self: None})())
    watch: Any = reaping._ThreadWatch(reactor, 1, lambda: None)

    watch.stop()
    watch._wait()

    assert reactor.called == []


def test_a_child_is_registered_once_and_unregistered_by_the_same_object(reactor: Watching, handler: None) -> None:
    pid, child = os.getpid(), Child(reactor)
    reaping.track(pid, child, reactor)

    with pytest.raises(RuntimeError, match="already registered"):
        process.registerReapProcessHandler(pid, child)
    with pytest.raises(RuntimeError, match="not registered"):
        process.unregisterReapProcessHandler(pid, Child())
    process.reapAllProcesses()
    assert child.notes == ["reap"]
    process.unregisterReapProcessHandler(pid, child)

    assert process.reapProcessHandlers == {} and reactor.readers == [] and reaping._watches == {}
    process.reapAllProcesses()
    assert child.notes == ["reap"]


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The answer of `os.waitpid`, to be changed, and then what it was asked."""
    state: list[Any] = [(0, 0)]

    def wait(pid: int, options: int) -> Any:
        state.append((pid, options))
        if isinstance(state[0], Exception):
            raise state[0]
        return state[0]

    monkeypatch.setattr(os, "waitpid", wait)
    return state


def test_a_child_that_has_ended_already_is_told_at_once(reactor: Watching, waited: list[Any]) -> None:
    waited[0] = (4711, 256)
    child = Child(reactor)

    process.registerReapProcessHandler(4711, child)

    assert child.notes == [256] and waited[1:] == [(4711, os.WNOHANG)]
    assert process.reapProcessHandlers == {} and reactor.readers == []


def test_a_child_that_runs_is_watched_by_its_reactor(
    reactor: Watching, waited: list[Any], described: tuple[int, int]
) -> None:
    child = Child(reactor)

    process.registerReapProcessHandler(4711, child)

    assert process.reapProcessHandlers == {4711: child} and len(reactor.readers) == 1
    reactor.readers[0].doRead()
    assert child.notes == ["reap"]
    process.unregisterReapProcessHandler(4711, child)


def test_without_a_reactor_of_its_own_the_usual_one_watches(
    reactor: Watching, waited: list[Any], described: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "twisted.internet.reactor", reactor)

    process.registerReapProcessHandler(4711, child := Child())

    assert len(reactor.readers) == 1
    process.unregisterReapProcessHandler(4711, child)


def test_without_any_reactor_the_child_is_only_registered(waited: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "twisted.internet.reactor", raising=False)

    process.registerReapProcessHandler(4711, child := Child())

    assert process.reapProcessHandlers == {4711: child} and reaping._watches == {}


def test_a_child_that_cannot_be_waited_for_is_logged_and_registered(
    reactor: Watching, waited: list[Any], described: tuple[int, int]
) -> None:
    waited[0] = ChildProcessError(errno.ECHILD, "none")
    events: list[Any] = []
    note: Any = events.append
    globalLogPublisher.addObserver(note)
    try:
        process.registerReapProcessHandler(4711, child := Child(reactor))
    finally:
        globalLogPublisher.removeObserver(note)

    assert [(event["pid"], event["log_failure"].type) for event in events] == [(4711, ChildProcessError)]
    assert process.reapProcessHandlers == {4711: child} and child.notes == []
    process.unregisterReapProcessHandler(4711, child)
