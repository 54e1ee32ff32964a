# Several things are done in one lambda here: mypy need not mind what they give.
# mypy: disable-error-code="func-returns-value"
"""What every reactor does, whatever it waits with."""

from __future__ import annotations

import contextvars
import os
import signal
import socket
import threading
import time
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet import error, interfaces
from twisted.internet.abstract import FileDescriptor
from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure


class Pipe(FileDescriptor):
    """A user's descriptor: everything is noted."""

    def __init__(self, reactor: Any, fd: int) -> None:
        super().__init__(reactor)
        self.fd = fd
        self.connected = 1
        self.got: list[Any] = []
        self.answer: Any = None

    def fileno(self) -> int:
        return self.fd

    def doRead(self) -> Any:
        self.got.append(os.read(self.fd, 100))
        return self.answer

    def writeSomeData(self, data: bytes) -> int:
        return os.write(self.fd, data)

    def connectionLost(self, reason: Failure) -> None:
        super().connectionLost(reason)
        self.got.append(reason.value)
        os.close(self.fd)
        self.fd = -1


@pytest.fixture
def failures() -> Any:
    """The failures that are logged."""
    seen: list[Failure] = []

    def watch(event: Any) -> None:
        if "log_failure" in event:
            seen.append(event["log_failure"])

    globalLogPublisher.addObserver(watch)  # type: ignore[arg-type]
    yield seen
    globalLogPublisher.removeObserver(watch)  # type: ignore[arg-type]


def test_it_has_the_promised_interfaces(reactor: Any) -> None:
    for interface in (
        interfaces.IReactorCore,
        interfaces.IReactorTime,
        interfaces.IReactorThreads,
        interfaces.IReactorFDSet,
        interfaces.IReactorTCP,
        interfaces.IReactorUDP,
        interfaces.IReactorSocket,
        interfaces.IReactorMulticast,
    ):
        assert verifyObject(interface, reactor, tentative=True), interface


def test_a_delayed_call_is_made_with_its_arguments_and_then_it_stops(reactor: Any) -> None:
    called: list[Any] = []

    def call(*args: Any, **words: Any) -> None:
        called.append((args, words))
        reactor.stop()

    reactor.callLater(0, call, 1, 2, three=3)
    reactor.run(installSignalHandlers=False)

    assert called == [((1, 2), {"three": 3})]
    assert not reactor.running


def test_delayed_calls_come_in_the_order_of_their_times_and_not_before(reactor: Any) -> None:
    order: list[str] = []
    begun = time.monotonic()
    reactor.callLater(0.03, lambda: (order.append("late"), reactor.stop()))
    reactor.callLater(0.01, order.append, "early")
    reactor.callLater(0.01, order.append, "early, made later")
    reactor.callLater(0.02, order.append, "cancelled").cancel()

    reactor.run(installSignalHandlers=False)

    assert order == ["early", "early, made later", "late"]
    assert time.monotonic() - begun >= 0.029


def test_phases_come_in_order(reactor: Any) -> None:
    order: list[str] = []
    for when in ("startup", "shutdown"):
        for phase in ("after", "during", "before"):
            reactor.addSystemEventTrigger(phase, when, order.append, f"{phase} {when}")
    reactor.callWhenRunning(lambda: (order.append(f"running is {reactor.running}"), reactor.stop()))

    reactor.run(installSignalHandlers=False)

    assert order == [
        "before startup",
        "during startup",
        "after startup",
        "running is True",
        "before shutdown",
        "during shutdown",
        "after shutdown",
    ]


def test_shutdown_waits_for_the_deferreds_of_its_first_phase(reactor: Any) -> None:
    order: list[str] = []
    finishing: Deferred[None] = Deferred()

    def before() -> Deferred[None]:
        order.append("before")
        reactor.callLater(0.01, lambda: (order.append("finished"), finishing.callback(None)))
        return finishing

    reactor.addSystemEventTrigger("before", "shutdown", before)
    reactor.addSystemEventTrigger("during", "shutdown", order.append, "during")
    reactor.callWhenRunning(reactor.stop)
    reactor.run(installSignalHandlers=False)

    assert order == ["before", "finished", "during"]


def test_a_removed_trigger_is_not_called(reactor: Any) -> None:
    called: list[str] = []
    trigger = reactor.addSystemEventTrigger("before", "shutdown", called.append, "no")
    reactor.removeSystemEventTrigger(trigger)
    reactor.callWhenRunning(reactor.stop)

    reactor.run(installSignalHandlers=False)

    assert called == []
    with pytest.raises(ValueError):
        reactor.removeSystemEventTrigger(trigger)


def test_it_can_be_run_again(reactor: Any) -> None:
    for _ in range(3):
        ended: list[str] = []
        reactor.addSystemEventTrigger("after", "shutdown", ended.append, "ended")
        reactor.callLater(0, reactor.stop)
        reactor.run(installSignalHandlers=False)
        assert ended == ["ended"] and not reactor.running


def test_it_does_not_run_twice_at_once_nor_stop_twice(reactor: Any) -> None:
    seen: list[type] = []

    def within() -> None:
        for wrong in (reactor.run, reactor.startRunning):
            try:
                wrong()
            except error.ReactorAlreadyRunning as refused:
                seen.append(type(refused))
        reactor.stop()
        try:
            reactor.stop()
        except error.ReactorNotRunning as refused:
            seen.append(type(refused))

    with pytest.raises(error.ReactorNotRunning):
        reactor.stop()
    reactor.callWhenRunning(within)
    reactor.run(installSignalHandlers=False)

    assert seen == [error.ReactorAlreadyRunning, error.ReactorAlreadyRunning, error.ReactorNotRunning]


def test_crash_stops_without_events(reactor: Any) -> None:
    ended: list[str] = []
    reactor.addSystemEventTrigger("during", "shutdown", ended.append, "ended")
    reactor.callWhenRunning(reactor.crash)

    reactor.run(installSignalHandlers=False)

    assert ended == [] and not reactor.running


def test_after_a_crash_it_runs_like_the_first_time(reactor: Any) -> None:
    seen: list[bool] = []

    def look() -> None:
        seen.append(reactor.running)
        reactor.crash()

    for _ in range(3):
        reactor.callWhenRunning(look)
        reactor.run(installSignalHandlers=False)
        seen.append(reactor.running)

    assert seen == [True, False] * 3


def test_a_call_that_raises_is_logged_and_others_are_made(reactor: Any, failures: list[Failure]) -> None:
    def wrong() -> None:
        raise ZeroDivisionError("on purpose")

    reactor.callLater(0, wrong)
    reactor.callFromThread(wrong)
    reactor.callLater(0.001, reactor.stop)
    reactor.run(installSignalHandlers=False)

    assert [type(failure.value) for failure in failures] == [ZeroDivisionError, ZeroDivisionError]


def test_calls_from_threads_wake_it_and_keep_their_order(reactor: Any) -> None:
    order: list[tuple[int, bool]] = []
    here = threading.get_ident()

    def call(number: int) -> None:
        order.append((number, threading.get_ident() == here))
        if number == 499:
            reactor.stop()

    def ask() -> None:
        for number in range(500):
            reactor.callFromThread(call, number)

    reactor.callWhenRunning(lambda: threading.Thread(target=ask).start())
    reactor.run(installSignalHandlers=False)

    assert order == [(number, True) for number in range(500)]


def test_calls_from_threads_that_are_asked_for_before_it_runs_are_made(reactor: Any) -> None:
    called: list[str] = []
    reactor.callFromThread(called.append, "early")
    reactor.callFromThread(lambda: reactor.stop())

    reactor.run(installSignalHandlers=False)

    assert called == ["early"]


def test_each_call_has_the_context_variables_of_who_asked_for_it(reactor: Any) -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")
    seen: list[str] = []

    def look(changes: str = "") -> None:
        seen.append(name.get())
        name.set(changes)

    def ask(who: str) -> None:
        name.set(who)
        reactor.callLater(0, look, "somebody else")
        reactor.callFromThread(look, "somebody else")

    contextvars.copy_context().run(ask, "alice")
    contextvars.copy_context().run(ask, "bob")
    reactor.callLater(0.01, look)
    reactor.callLater(0.01, reactor.stop)
    reactor.run(installSignalHandlers=False)

    assert seen[:4] in (["alice", "bob", "alice", "bob"], ["alice", "alice", "bob", "bob"])
    assert seen[4] == "nobody" == name.get()


def test_a_users_descriptor_is_read_written_and_ended(reactor: Any) -> None:
    reading, writing = os.pipe()
    source, sink = Pipe(reactor, reading), Pipe(reactor, writing)
    source.startReading()
    assert reactor.getReaders() == [source]
    sink.write(b"some ")
    sink.writeSequence([b"bytes", b""])
    assert reactor.getWriters() == [sink]

    def look() -> None:
        if b"".join(piece for piece in source.got) != b"some bytes":
            reactor.callLater(0, look)
            return
        assert reactor.getWriters() == []
        source.answer = error.ConnectionDone("enough")
        os.write(writing, b"!")
        reactor.callLater(0.01, reactor.stop)

    reactor.callLater(0, look)
    reactor.run(installSignalHandlers=False)

    assert isinstance(source.got[-1], error.ConnectionDone) and source.got[-2] == b"!"
    assert source not in reactor.getReaders()
    os.close(writing)


def test_a_descriptor_that_raises_is_logged_and_ended(reactor: Any, failures: list[Failure]) -> None:
    reading, writing = os.pipe()
    source = Pipe(reactor, reading)
    source.doRead = lambda: 1 / 0  # type: ignore[method-assign]
    source.startReading()
    os.write(writing, b"x")
    reactor.callLater(0.01, reactor.stop)

    reactor.run(installSignalHandlers=False)

    assert [type(one) for one in source.got] == [ZeroDivisionError]
    assert [type(failure.value) for failure in failures] == [ZeroDivisionError]
    os.close(writing)


def test_removed_descriptors_are_called_no_more(reactor: Any) -> None:
    reading, writing = os.pipe()
    source, sink = Pipe(reactor, reading), Pipe(reactor, writing)
    os.write(writing, b"x")
    source.startReading()
    source.stopReading()
    source.stopReading()
    sink.doWrite = lambda: source.got.append("written")  # type: ignore[method-assign]
    sink.startWriting()
    sink.stopWriting()
    reactor.callLater(0.01, reactor.stop)

    reactor.run(installSignalHandlers=False)

    assert source.got == []
    os.close(reading)
    os.close(writing)


def test_remove_all_gives_what_was_watched_and_not_what_the_reactor_needs(reactor: Any) -> None:
    reading, writing = os.pipe()
    source, sink = Pipe(reactor, reading), Pipe(reactor, writing)
    source.startReading()
    sink.startWriting()
    found: list[Any] = []

    def look() -> None:
        found.extend(reactor.removeAll())
        threading.Timer(0, reactor.callFromThread, [reactor.stop]).start()

    reactor.callWhenRunning(look)
    reactor.run(installSignalHandlers=False)

    assert set(found) == {source, sink} and reactor.getReaders() in ([], [reactor.waker])
    os.close(reading)
    os.close(writing)


def test_what_is_connected_at_shutdown_is_told(reactor: Any) -> None:
    reading, writing = os.pipe()
    source = Pipe(reactor, reading)
    source.startReading()
    reactor.callWhenRunning(reactor.stop)

    reactor.run(installSignalHandlers=False)

    assert [type(one) for one in source.got] == [error.ConnectionLost]
    os.close(writing)


def test_iterate_makes_one_turn(reactor: Any) -> None:
    called: list[str] = []
    reactor.startRunning(installSignalHandlers=False)
    reactor.callLater(0, called.append, "first")

    for _ in range(10):
        if called:
            break
        reactor.iterate(0)

    assert called == ["first"] and reactor.running
    reactor.stop()
    for _ in range(10):
        if not reactor.running:
            break
        reactor.iterate(0.001)
    assert not reactor.running


def test_iterate_waits_for_calls_of_threads(reactor: Any) -> None:
    called: list[str] = []
    reactor.startRunning(installSignalHandlers=False)
    reactor.iterate(0)
    reactor.callInThread(lambda: reactor.callFromThread(called.append, "from afar"))

    deadline = time.monotonic() + 5
    while not called and time.monotonic() < deadline:
        reactor.iterate(0.05)

    assert called == ["from afar"]
    reactor.stop()
    while reactor.running and time.monotonic() < deadline:
        reactor.iterate(0.01)


def test_threads_of_the_pool_work_and_end_with_the_reactor(reactor: Any) -> None:
    seen: list[bool] = []
    here = threading.get_ident()

    def work() -> None:
        seen.append(threading.get_ident() != here)
        reactor.callFromThread(reactor.stop)

    reactor.suggestThreadPoolSize(3)
    pool = reactor.getThreadPool()
    assert pool is reactor.getThreadPool() and pool.max == 3
    reactor.callInThread(work)
    reactor.run(installSignalHandlers=False)

    assert seen == [True]
    assert reactor.threadpool is None and pool.threads == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_stop_it_and_handlers_are_put_back(reactor: Any, number: int) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    wakeup = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(wakeup)
    reactor.callLater(0.01, os.kill, os.getpid(), number)

    reactor.run()

    assert reactor._exitSignal == number
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert signal.set_wakeup_fd(wakeup) == wakeup


def test_a_signal_to_another_thread_wakes_a_reactor_that_sleeps(reactor: Any) -> None:
    def send() -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    reactor.callWhenRunning(lambda: threading.Timer(0.02, send).start())
    begun = time.monotonic()

    reactor.run()

    assert time.monotonic() - begun < 5 and reactor._exitSignal == signal.SIGTERM


def test_without_signal_handlers_those_of_the_program_stay(reactor: Any) -> None:
    seen: list[Any] = []
    before = signal.getsignal(signal.SIGTERM)
    reactor.callWhenRunning(lambda: (seen.append(signal.getsignal(signal.SIGTERM)), reactor.stop()))

    reactor.run(installSignalHandlers=False)

    assert seen == [before]


def test_several_live_side_by_side(request: pytest.FixtureRequest, reactor: Any) -> None:
    other = type(reactor)() if not hasattr(reactor, "_asyncioEventloop") else type(reactor)(_like(reactor))
    seen: list[str] = []
    thread = threading.Thread(target=other.run, kwargs={"installSignalHandlers": False})
    other.callWhenRunning(seen.append, "other runs")
    other.callWhenRunning(reactor.callFromThread, lambda: (seen.append("told"), other.callFromThread(other.stop)))
    reactor.callWhenRunning(thread.start)

    def wait() -> None:
        if thread.is_alive() or not seen:
            reactor.callLater(0.001, wait)
        else:
            reactor.stop()

    reactor.callLater(0.01, wait)
    reactor.run(installSignalHandlers=False)

    assert seen == ["other runs", "told"]
    if hasattr(other, "_asyncioEventloop"):
        other._asyncioEventloop.close()


def _like(reactor: Any) -> Any:
    if type(reactor._asyncioEventloop).__module__.startswith("uvloop"):
        import uvloop

        return uvloop.new_event_loop()
    import asyncio

    return asyncio.new_event_loop()


def test_log_events_know_which_reactor_runs_in_the_thread(reactor: Any) -> None:
    from twisted.logger._origin import running

    seen: list[Any] = []
    reactor.callWhenRunning(lambda: (seen.append(running.get(threading.get_ident())), reactor.stop()))
    before = running.get(threading.get_ident())

    reactor.run(installSignalHandlers=False)

    assert seen == [reactor] and running.get(threading.get_ident()) is before


def test_names_that_are_addresses_resolve_at_once(reactor: Any) -> None:
    found: list[str] = []
    reactor.resolve("127.0.0.1").addCallback(found.append)
    reactor.resolve("").addCallback(found.append)

    assert found == ["127.0.0.1", "0.0.0.0"]


def test_names_resolve_in_a_thread(reactor: Any) -> None:
    found: list[Any] = []

    def look() -> None:
        asked = reactor.resolve("localhost")
        asked.addBoth(found.append)
        asked.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(look)
    reactor.run(installSignalHandlers=False)

    assert found == ["127.0.0.1"]


def test_after_a_fork_the_child_runs_with_a_waker_of_its_own(reactor: Any) -> None:
    if hasattr(reactor, "_asyncioEventloop"):
        # Loops of asyncio and uvloop do not survive a fork; that is theirs to mend.
        reactor.callLater(0, reactor.stop)
        reactor.run(installSignalHandlers=False)
        return
    reactor.callLater(0, reactor.stop)
    reactor.run(installSignalHandlers=False)
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            reactor.callWhenRunning(lambda: threading.Timer(0.01, reactor.callFromThread, [reactor.stop]).start())
            reactor.run(installSignalHandlers=False)
            theirs.send(b"well")
        finally:
            os._exit(0)
    theirs.close()
    ours.settimeout(10)
    said = ours.recv(10)
    os.waitpid(child, 0)
    ours.close()

    assert said == b"well"
    reactor.callWhenRunning(lambda: threading.Timer(0.01, reactor.callFromThread, [reactor.stop]).start())
    reactor.run(installSignalHandlers=False)
