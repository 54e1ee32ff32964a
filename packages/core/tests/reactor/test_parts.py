# Several things are done in one lambda here: mypy need not mind what they give.
# mypy: disable-error-code="func-returns-value"
"""The parts of reactors, each by itself."""

from __future__ import annotations

import errno
import os
import select
import socket
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from twisted.internet import error, kqreactor, main, selectreactor
from twisted.internet._reactor.readiness import READ, WRITE
from twisted.internet._reactor.waking import Waker
from twisted.internet.abstract import FileDescriptor, isIPAddress, isIPv6Address
from twisted.internet.base import BlockingResolver, ThreadedResolver, _ThreePhaseEvent
from twisted.internet.defer import Deferred
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.testing import EventLoggingObserver
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure


class Foreign(PosixReactorBase):
    """A reactor of somebody else's: its loop is its own, and calls what Twisted's API promises."""

    def __init__(self) -> None:
        self.readers: set[Any] = set()
        self.writers: set[Any] = set()
        super().__init__()

    def addReader(self, reader: Any) -> None:
        self.readers.add(reader)

    def addWriter(self, writer: Any) -> None:
        self.writers.add(writer)

    def removeReader(self, reader: Any) -> None:
        self.readers.discard(reader)

    def removeWriter(self, writer: Any) -> None:
        self.writers.discard(writer)

    def getReaders(self) -> list[Any]:
        return list(self.readers)

    def getWriters(self) -> list[Any]:
        return list(self.writers)

    def removeAll(self) -> list[Any]:
        return self._removeAll(self.readers, self.writers)

    def doIteration(self, delay: float | None) -> None:
        readable, writable, _ = select.select(self.readers, self.writers, [], delay)
        for streams, known, name in ((readable, self.readers, "doRead"), (writable, self.writers, "doWrite")):
            for stream in streams:
                if stream in known:
                    why = getattr(stream, name)()
                    if why:
                        self._disconnectSelectable(stream, why, name == "doRead")


class Buffer(FileDescriptor):
    """A descriptor in memory, that takes so many bytes at a time."""

    def __init__(self, reactor: Any, takes: int = 1 << 20) -> None:
        super().__init__(reactor)
        self.connected = 1
        self.takes = takes
        self.taken: list[bytes] = []
        self.lost: list[Any] = []

    def writeSomeData(self, data: bytes) -> int:
        self.taken.append(bytes(data[: self.takes]))
        return min(self.takes, len(data))

    def connectionLost(self, reason: Failure) -> None:
        super().connectionLost(reason)
        self.lost.append(reason.value)


def test_streams_work_on_a_loop_of_somebody_elses() -> None:
    from twisted.internet import protocol

    reactor = Foreign()
    ended: list[Any] = []

    class Echo(protocol.Protocol):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data)
            self.transport.write(b"!")
            if data == b"bye":
                self.transport.loseConnection()

        def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
            ended.append(type(reason.value))
            reactor.stop()

    factory: Any = protocol.Factory.forProtocol(Echo)
    factory.noisy = False
    listening: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")
    port = listening.getHost().port
    client = socket.create_connection(("127.0.0.1", port))
    client.settimeout(5)
    heard: list[bytes] = []

    def talk() -> None:
        client.sendall(b"hi")
        reactor.callLater(0.02, lambda: (heard.append(client.recv(10)), client.sendall(b"bye")))

    reactor.callWhenRunning(talk)
    reactor.run(installSignalHandlers=False)
    heard.append(client.recv(10))
    client.close()

    assert heard == [b"hi!", b"bye!"] and ended == [error.ConnectionDone]


def test_a_descriptor_sends_in_steps_without_losing_a_byte() -> None:
    reactor = Foreign()
    buffer = Buffer(reactor, takes=3)
    buffer.write(b"hello ")
    buffer.writeSequence([b"wor", b"ld"])
    assert buffer in reactor.writers

    for _ in range(4):
        assert buffer in reactor.writers
        assert buffer.doWrite() is None

    assert b"".join(buffer.taken) == b"hello world" and buffer not in reactor.writers


def test_a_descriptor_hands_over_no_more_than_its_limit_at_once() -> None:
    buffer = Buffer(Foreign())
    sent = os.urandom(buffer.SEND_LIMIT * 2 + 5)
    buffer.write(sent)
    while buffer in buffer.reactor.writers:
        buffer.doWrite()

    assert [len(piece) for piece in buffer.taken] == [buffer.SEND_LIMIT, buffer.SEND_LIMIT, 5]
    assert b"".join(buffer.taken) == sent


def test_a_descriptor_closes_when_all_is_sent() -> None:
    buffer = Buffer(Foreign())
    buffer.startReading()
    buffer.write(b"last")
    buffer.loseConnection()
    assert buffer.disconnecting and buffer not in buffer.reactor.readers

    assert buffer.doWrite() is main.CONNECTION_DONE
    assert buffer.taken == [b"last"]


def test_a_descriptor_passes_on_what_ends_it() -> None:
    buffer = Buffer(Foreign())
    why = error.ConnectionLost("gone")
    buffer.writeSomeData = lambda data: why  # type: ignore[assignment, method-assign, return-value]
    buffer.write(b"x")

    assert buffer.doWrite() is why


def test_a_descriptor_that_is_not_connected_takes_nothing() -> None:
    buffer = Buffer(Foreign())
    buffer.connected = 0
    buffer.write(b"x")
    buffer.writeSequence([b"x"])
    buffer.resumeProducing()
    buffer.loseConnection()

    assert not buffer.reactor.writers and not buffer.reactor.readers and not buffer.disconnecting


def test_a_descriptor_pauses_and_resumes_its_producer() -> None:
    buffer = Buffer(Foreign(), takes=40_000)
    notes: list[str] = []
    producer = SimpleNamespace(
        pauseProducing=lambda: notes.append("pause"),
        resumeProducing=lambda: notes.append("resume"),
        stopProducing=lambda: notes.append("stop"),
    )
    buffer.registerProducer(producer, True)
    buffer.write(b"x" * buffer.bufferSize)
    assert notes == []
    buffer.write(b"x")
    assert notes == ["pause"] and buffer.producerPaused
    buffer.doWrite()
    assert notes == ["pause"]
    buffer.doWrite()
    assert notes == ["pause", "resume"] and not buffer.producerPaused
    buffer.stopConsuming()
    assert buffer.producer is None and buffer.disconnecting


def test_a_descriptor_asks_a_pull_producer_at_once() -> None:
    buffer = Buffer(Foreign())
    notes: list[str] = []
    producer = SimpleNamespace(
        resumeProducing=lambda: notes.append("resume"), stopProducing=lambda: notes.append("stop")
    )
    buffer.registerProducer(producer, False)
    assert notes == ["resume"]
    with pytest.raises(RuntimeError):
        buffer.registerProducer(producer, False)
    buffer.connectionLost(Failure(main.CONNECTION_LOST))
    assert notes == ["resume", "stop"] and buffer.disconnected and not buffer.connected


def test_closing_one_direction() -> None:
    closed: list[str] = []
    buffer = Buffer(Foreign())
    buffer._closeWriteConnection = lambda: closed.append("writing")  # type: ignore[method-assign]
    buffer.write(b"x")
    buffer.loseWriteConnection()
    assert buffer.doWrite() is None
    buffer.write(b"too late")

    assert closed == ["writing"] and buffer.taken == [b"x"]


@pytest.mark.parametrize(
    ("text", "ipv4", "ipv6"),
    [
        ("127.0.0.1", True, False),
        (b"127.0.0.1", True, False),
        ("127.1", False, False),
        ("127.0.0.256", False, False),
        ("::1", False, True),
        ("fe80::1%eth0", False, True),
        ("example.com", False, False),
        ("", False, False),
        (b"\xff", False, False),
    ],
)
def test_what_is_an_address(text: Any, ipv4: bool, ipv6: bool) -> None:
    assert isIPAddress(text) is ipv4
    assert isIPAddress(text, socket.AF_INET6) is ipv6
    if isinstance(text, str):
        assert isIPv6Address(text) is ipv6


def test_addresses_of_other_families_are_not_judged() -> None:
    with pytest.raises(ValueError):
        isIPAddress("127.0.0.1", 12345)


def test_events_of_three_phases_wait_and_report() -> None:
    order: list[str] = []
    event = _ThreePhaseEvent()
    waiting: Deferred[None] = Deferred()
    event.addTrigger("after", order.append, "after")
    event.addTrigger("during", order.append, "during")
    event.addTrigger("before", lambda: (order.append("before"), waiting)[1])
    removed = event.addTrigger("before", order.append, "removed")
    event.removeTrigger(removed)
    with pytest.raises(KeyError):
        event.addTrigger("whenever", print)
    with pytest.raises(KeyError):
        event.removeTrigger(("whenever", print, (), {}))

    event.fireEvent()
    assert order == ["before"]
    waiting.callback(None)
    assert order == ["before", "during", "after"]


def test_a_waker_is_readable_once_woken_and_not_after_it_was_read() -> None:
    for takes_bytes in (False, True):
        waker = Waker(takes_bytes)
        assert select.select([waker], [], [], 0)[0] == []
        for _ in range(3):
            waker.wakeUp()
        if takes_bytes:
            os.write(waker.o, b"\2")
        assert select.select([waker], [], [], 0)[0] == [waker]
        waker.doRead()
        waker.doRead()
        assert select.select([waker], [], [], 0)[0] == []
        before = waker.fileno()
        waker.renew()
        waker.wakeUp()
        assert select.select([waker], [], [], 0)[0] == [waker]
        waker.connectionLost(Failure(main.CONNECTION_LOST))
        waker.wakeUp()
        assert waker.fileno() == -1 and before >= 0


class FakeKqueue:
    """What select.kqueue makes, as far as it is used: filters that are on, and events that are told."""

    def __init__(self) -> None:
        self.on: set[tuple[int, int]] = set()
        self.next: list[Any] = []
        self.waited: list[float | None] = []
        self.closed = False

    def control(self, changes: Any, most: int, timeout: float | None = None) -> list[Any]:
        for change in changes or ():
            key = (change.ident, change.filter)
            if change.flags == 1:
                self.on.add(key)
            elif key in self.on:
                self.on.remove(key)
            else:
                raise FileNotFoundError(errno.ENOENT, "no such filter")
        if most:
            self.waited.append(timeout)
        events, self.next = self.next, []
        return events[:most]

    def close(self) -> None:
        self.closed = True


def kevent(ident: int, filter: int, flags: int) -> Any:
    return SimpleNamespace(ident=ident, filter=filter, flags=flags)


@pytest.fixture
def kqueue(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, FakeKqueue]:
    fake = FakeKqueue()
    monkeypatch.setattr(select, "kqueue", lambda: fake, raising=False)
    monkeypatch.setattr(select, "kevent", kevent, raising=False)
    return kqreactor.KQueueReactor(), fake


class Told(Buffer):
    """A descriptor that notes what it is asked to do."""

    def __init__(self, reactor: Any, fd: int) -> None:
        super().__init__(reactor)
        self.fd = fd
        self.done: list[str] = []
        self.why: Any = None

    def fileno(self) -> int:
        return self.fd

    def doRead(self) -> Any:
        self.done.append("read")
        return self.why

    def doWrite(self) -> Any:
        self.done.append("write")
        return self.why


def test_kqueue_has_a_filter_for_each_direction(kqueue: tuple[Any, FakeKqueue]) -> None:
    reactor, fake = kqueue
    told = Told(reactor, 7)
    told.startReading()
    assert fake.on == {(7, -1)}
    told.startWriting()
    told.startWriting()
    assert fake.on == {(7, -1), (7, -2)}
    told.stopReading()
    assert fake.on == {(7, -2)}
    told.stopWriting()
    told.stopWriting()
    assert fake.on == set() and reactor.getWriters() == []


def test_kqueue_events_reach_their_descriptors(kqueue: tuple[Any, FakeKqueue]) -> None:
    reactor, fake = kqueue
    told = Told(reactor, 7)
    told.startReading()
    told.startWriting()
    fake.next = [kevent(7, -1, 0), kevent(7, -2, 0), kevent(9, -1, 0)]
    reactor.doIteration(1.5)
    assert told.done == ["read", "write"] and fake.waited == [1.5]

    fake.next = [kevent(7, -2, 0)]
    reactor.doIteration(None)
    assert told.done[2:] == ["write"] and fake.waited[1:] == [None]

    told.why = main.CONNECTION_LOST
    fake.next = [kevent(7, -1, 0x8000)]
    reactor.doIteration(0)
    assert [type(why) for why in told.lost] == [error.ConnectionLost] and fake.on == set()


def test_kqueue_says_when_the_platform_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "kqueue", raising=False)
    with pytest.raises(OSError, match="kqueue"):
        kqreactor.KQueueReactor()


def test_programs_may_measure_how_long_each_turn_waits() -> None:
    class Measured:
        def __init__(self, poller: Any) -> None:
            self._wrapped = poller
            self.waited: list[Any] = []

        def poll(self, timeout: float | None) -> Any:
            self.waited.append(timeout)
            return self._wrapped.poll(timeout)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._wrapped, name)

    reactor: Any = selectreactor.SelectReactor()
    reactor._poller = measured = Measured(reactor._poller)
    ours, theirs = socket.socketpair()
    read: list[bytes] = []
    stream = SimpleNamespace(fileno=ours.fileno, doRead=lambda: read.append(ours.recv(9)))
    reactor.addReader(stream)

    reactor.doIteration(0)
    theirs.send(b"x")
    reactor.doIteration(0)

    assert reactor._poller is measured and measured.waited == [0, 0] and read == [b"x"]
    reactor.removeReader(stream)
    reactor._poller.close()
    for end in (ours, theirs):
        end.close()


def test_the_pollers_agree_on_what_is_ready() -> None:
    from twisted.internet.epollreactor import EPollReactor
    from twisted.internet.pollreactor import PollReactor

    for kind in (EPollReactor, PollReactor, selectreactor.SelectReactor):
        poller: Any = kind()._make_poller()
        ours, theirs = socket.socketpair()
        poller.watch(ours.fileno(), READ, 0)
        assert list(poller.poll(0)) == []
        poller.watch(ours.fileno(), READ | WRITE, READ)
        assert list(poller.poll(None)) == [(ours.fileno(), WRITE)]
        theirs.send(b"x")
        assert list(poller.poll(1)) == [(ours.fileno(), READ | WRITE)]
        poller.watch(ours.fileno(), READ, READ | WRITE)
        assert list(poller.poll(1)) == [(ours.fileno(), READ)]
        poller.unwatch(ours.fileno())
        assert list(poller.poll(0)) == []
        poller.close()
        ours.close()
        theirs.close()


def test_windows_select_can_wait_for_nothing_and_finds_failed_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def fake(reading: Any, writing: Any, failing: Any, timeout: float) -> Any:
        asked.append((reading, writing, failing, timeout))
        return [1], [2], [3]

    monkeypatch.setattr(select, "select", fake)

    assert selectreactor.win32select([], [], [], 0.0) == ([], [], [])
    assert asked == []
    assert selectreactor.win32select({1}, {2, 3}, [], 9) == ([1], [2, 3], [])
    assert asked == [([1], [2, 3], [2, 3], 0.5)]


def test_descriptors_closed_behind_our_back_are_ended() -> None:
    from twisted.internet.pollreactor import PollReactor

    for kind in (PollReactor, selectreactor.SelectReactor):
        reactor: Any = kind()
        reading, writing = os.pipe()
        told = Told(reactor, reading)
        told.startReading()
        os.close(reading)
        os.close(writing)
        reactor.doIteration(0)
        assert [type(why) for why in told.lost] == [error.ConnectionFdescWentAway]
        assert told not in reactor.getReaders()


def test_a_blocking_resolver_answers_at_once() -> None:
    found: list[Any] = []
    BlockingResolver().getHostByName("127.0.0.1").addCallback(found.append)
    failed = BlockingResolver().getHostByName("no such host.invalid")
    failed.addErrback(lambda failure: found.append(failure.type))

    assert found == ["127.0.0.1", error.DNSLookupError]


def test_a_threaded_resolver_gives_up_after_its_time() -> None:
    reactor = Foreign()
    pool: Any = SimpleNamespace(callInThreadWithCallback=lambda *args: None)
    reactor.getThreadPool = lambda: pool  # type: ignore[method-assign]
    now = [0.0]
    reactor.seconds = lambda: now[0]
    found: list[Any] = []
    ThreadedResolver(reactor).getHostByName("slow", timeout=(1, 2)).addErrback(lambda f: found.append(f.value))

    now[0] = 2.9
    reactor.runUntilCurrent()
    assert found == []
    now[0] = 3
    reactor.runUntilCurrent()
    assert isinstance(found[0], error.DNSLookupError) and "slow" in str(found[0])


def run_program(text: str) -> str:
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip()


def test_importing_the_reactor_installs_one_and_a_second_is_refused() -> None:
    said = run_program(
        "import sys\n"
        "from twisted.internet import reactor, error, selectreactor, default\n"
        "assert sys.modules['twisted.internet.reactor'] is reactor\n"
        "import twisted.internet.reactor as again\n"
        "assert again is reactor\n"
        "for install in (selectreactor.install, default.install):\n"
        "    try: install()\n"
        "    except error.ReactorAlreadyInstalledError as refused: print(refused)\n"
    )
    assert said == "reactor already installed\nreactor already installed"


@pytest.mark.parametrize("kind", ["select", "poll", "epoll", "asyncio"])
def test_a_reactor_can_be_chosen(kind: str) -> None:
    said = run_program(
        f"from twisted.internet import {kind}reactor\n"
        f"{kind}reactor.install()\n"
        "from twisted.internet import reactor\n"
        "reactor.callWhenRunning(reactor.stop)\n"
        "reactor.run()\n"
        "print(type(reactor).__module__)\n"
    )
    assert said == f"twisted.internet.{kind}reactor"


def test_importing_has_no_side_effects_and_loads_little() -> None:
    said = run_program(
        "import signal, sys, threading, os\n"
        "before = signal.getsignal(signal.SIGINT), set(os.listdir('/proc/self/fd'))\n"
        "import twisted.internet.tcp, twisted.internet.epollreactor\n"
        "assert (signal.getsignal(signal.SIGINT), set(os.listdir('/proc/self/fd'))) == before\n"
        "assert 'twisted.internet.reactor' not in sys.modules and threading.active_count() == 1\n"
        "from twisted.internet import reactor\n"
        "heavy = {'asyncio', 'ssl', 'OpenSSL', 'logging', 'json', 'dataclasses', 'inspect', 'subprocess', 'attr'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    assert said == "[]"


@pytest.mark.parametrize("phase", ["before", "during", "after"])
def test_a_trigger_that_raises_is_logged_and_the_others_are_called(phase: str) -> None:
    events = EventLoggingObserver()
    globalLogPublisher.addObserver(events)
    order: list[str] = []
    event = _ThreePhaseEvent()

    def broken() -> None:
        raise ZeroDivisionError

    event.addTrigger(phase, broken)
    for each in ("before", "during", "after"):
        event.addTrigger(each, order.append, each)
    event.fireEvent()
    globalLogPublisher.removeObserver(events)

    assert order == ["before", "during", "after"]
    assert [one["log_failure"].type for one in events if "log_failure" in one] == [ZeroDivisionError]
    event.fireEvent()
    assert len(order) == 3
