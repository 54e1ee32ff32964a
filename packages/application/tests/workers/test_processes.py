"""What the parent hears from its workers, and what it answers."""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.application._workers.control import Answer, Ask, Orders, line_of, read
from twisted.application._workers.listening import Sockets
from twisted.application._workers.processes import (
    Answering,
    Launcher,
    Lines,
    WorkerProcess,
    environment,
    interpreter,
    with_number,
)
from twisted.application._workers.supervising import Supervisor, Worker
from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import LogLevel, eventAsJSON, formatEvent
from twisted.python.failure import Failure

LOG = 4


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line)), st.integers(min_value=1, max_value=9))
def test_where_the_stream_is_cut_does_not_matter(sent: list[bytes], step: int) -> None:
    stream = b"".join(line + b"\n" for line in sent) + b"rest"
    lines, received = Lines(), list[bytes]()

    for start in range(0, len(stream), step):
        received += lines.feed(stream[start : start + step])

    assert received == sent
    assert lines.rest() == b"rest"
    assert lines.rest() == b""


def test_a_line_without_end_comes_in_pieces() -> None:
    lines = Lines(limit=4)

    assert lines.feed(b"abc") == []
    assert lines.feed(b"d") == [b"abcd"]
    assert lines.feed(b"e\n") == [b"e"]


# Its log and its output


class Heard:
    """A worker's process, and what comes of what it writes."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.events: list[dict[str, Any]] = []
        self.ends: list[str] = []
        self.worker = Worker(7, 0)
        self.process = WorkerProcess(self.clock, self.worker, LOG, self.ends.append, self.events.append)


def test_log_events_keep_what_they_are_and_get_the_number() -> None:
    heard = Heard()
    event = {
        "log_time": 5.0,
        "log_level": LogLevel.warn,
        "log_namespace": "shop",
        "log_format": "{count} sold of {what.name}",
        "count": 3,
        "what": LogLevel.debug,
    }

    line = eventAsJSON(event).encode() + b"\n"
    heard.process.childDataReceived(LOG, line[:10])
    heard.process.childDataReceived(LOG, line[10:])

    (passed,) = heard.events
    assert passed["worker"] == 7
    assert passed["log_system"] == "worker 7 shop#warn"
    assert passed["log_level"] is LogLevel.warn
    assert passed["log_time"] == 5.0
    assert passed["count"] == 3
    assert formatEvent(passed) == "3 sold of debug"


def test_the_systems_own_name_stays_beside_the_number() -> None:
    assert with_number({"log_system": "HTTPChannel,1,::1"}, 2)["log_system"] == "worker 2 HTTPChannel,1,::1"
    assert with_number({}, 3)["log_system"] == "worker 3 -#-"


@pytest.mark.parametrize(("descriptor", "level"), [(1, LogLevel.info), (2, LogLevel.warn), (LOG, LogLevel.warn)])
def test_other_output_is_logged_line_by_line(descriptor: int, level: LogLevel) -> None:
    heard = Heard()
    heard.clock.advance(12)

    heard.process.childDataReceived(descriptor, b"on\xc3\xa9\r\ntw\xff")
    heard.process.childConnectionLost(descriptor)
    heard.process.childConnectionLost(descriptor)

    assert [formatEvent(event) for event in heard.events] == ["on\u00e9", "tw\\xff"]
    assert {event["log_level"] for event in heard.events} == {level}
    name = "stdout" if descriptor == 1 else "stderr"
    assert {event["log_system"] for event in heard.events} == {f"worker 7 {name}#{level.name}"}
    assert {event["log_time"] for event in heard.events} == {12}


def test_streams_are_not_mixed() -> None:
    heard = Heard()

    heard.process.childDataReceived(1, b"out")
    heard.process.childDataReceived(2, b"err\n")
    heard.process.childDataReceived(1, b"put\n")

    assert [event["line"] for event in heard.events] == ["err", "output"]


# Its end


def test_a_worker_is_gone_when_its_pipes_are_closed() -> None:
    heard = Heard()
    reason = Failure(ProcessTerminated(signal=9))

    heard.process.processExited(reason)
    assert heard.ends == []
    heard.process.processEnded(reason)

    assert heard.ends == ["was killed by signal 9"]
    assert heard.clock.getDelayedCalls() == []


def test_it_is_gone_soon_even_if_they_are_not() -> None:
    heard = Heard()

    heard.process.processExited(Failure(ProcessTerminated(exitCode=3)))
    heard.clock.advance(1)

    assert heard.ends == ["has ended with status 3"]


def test_a_worker_that_ended_well_has_status_0() -> None:
    heard = Heard()

    heard.process.processEnded(Failure(ProcessDone(0)))

    assert heard.ends == ["has ended with status 0"]


# What it says


class Passing(StringTransport):
    """A transport that passes descriptors."""

    def __init__(self) -> None:
        super().__init__()
        self.passed: list[int] = []

    def sendFileDescriptor(self, descriptor: int) -> None:
        self.passed.append(descriptor)


class Stock(Sockets):
    """Sockets that are numbers, for ports under 1000."""

    def __init__(self) -> None:
        self.asked: list[Ask] = []

    def obtain(self, ask: Ask) -> tuple[int, int]:
        self.asked.append(ask)
        if ask.port == 13:
            raise OSError("no errno")
        if ask.port > 1000:
            raise PermissionError(13, "Permission denied")
        return 500 + ask.port, int(socket.AF_INET)


class Said:
    """The parent's side of one worker's connection."""

    def __init__(self) -> None:
        self.worker = Worker(1, 0)
        self.signals: list[str] = []
        self.worker.signal = self.signals.append
        self.ready = 0
        self.stock = Stock()
        self.orders = Orders(["twist", "x"], ["/lib"], 2.5, ["web"])
        self.answering = Answering(self.worker, self.stock, self.orders, self.note_ready)
        self.transport = Passing()
        self.answering.makeConnection(self.transport)

    def note_ready(self) -> None:
        self.ready += 1


def test_the_orders_come_first() -> None:
    said = Said()

    assert read(Orders, said.transport.value()) == said.orders


def test_a_socket_is_passed_with_the_answer() -> None:
    said = Said()
    said.transport.clear()
    ask = Ask("tcp", "::1", 80, backlog=7)

    said.answering.dataReceived(line_of(ask))

    assert said.stock.asked == [ask]
    assert said.transport.passed == [580]
    assert read(Answer, said.transport.value()) == Answer(family=int(socket.AF_INET))


@pytest.mark.parametrize(
    ("port", "answer"), [(2000, Answer(0, 13, "Permission denied")), (13, Answer(0, 22, "no errno"))]
)
def test_an_error_is_passed_in_the_place_of_a_socket(port: int, answer: Answer) -> None:
    said = Said()
    said.transport.clear()

    said.answering.dataReceived(line_of(Ask("tcp", "", port)))

    assert said.transport.passed == []
    assert read(Answer, said.transport.value()) == answer


def test_ready_is_passed_on() -> None:
    said = Said()

    said.answering.dataReceived(b'{"ready": ')
    assert said.ready == 0
    said.answering.dataReceived(b"true}\n")

    assert said.ready == 1
    assert said.signals == []


def test_a_worker_that_makes_no_sense_is_killed_and_not_heard_any_more() -> None:
    said = Said()

    said.answering.dataReceived(b'nonsense\n{"ready": true}\n')

    assert said.signals == ["KILL"]
    assert said.ready == 0


# Its start


class FakeProcess:
    """A process that exists on paper."""

    pid = 4711

    def __init__(self) -> None:
        self.signals: list[str] = []
        self.ended = False

    def signalProcess(self, name: str) -> None:
        if self.ended:
            raise ProcessExitedAlready
        self.signals.append(name)


class Starter(Clock):
    """A reactor that starts processes on paper."""

    def __init__(self) -> None:
        super().__init__()
        self.spawned: list[tuple[Any, ...]] = []
        self.adopted: list[tuple[int, Any]] = []
        self.process = FakeProcess()

    def spawnProcess(self, protocol: Any, executable: str, args: Any, env: Any, childFDs: Any) -> FakeProcess:
        for target in childFDs.values():
            if isinstance(target, int):
                os.fstat(target)
        self.spawned.append((protocol, executable, list(args), env, dict(childFDs)))
        return self.process

    def adoptStreamConnection(self, descriptor: int, family: int, factory: Any) -> None:
        os.fstat(descriptor)
        self.adopted.append((family, factory))


def launched(inherited: list[int] | None = None) -> tuple[Starter, Worker, list[str]]:
    reactor = Starter()
    calls: list[str] = []
    supervisor = Supervisor(reactor, 1, 0, lambda worker: None, lambda: calls.append("steady"), calls.append)
    launcher = Launcher(reactor, ["twist", "x"], 3, Stock(), inherited or [], ["n"] * len(inherited or []))
    supervisor.start()
    (worker,) = supervisor.workers
    launcher.launch(worker, supervisor)
    return reactor, worker, calls


def test_a_worker_is_an_interpreter_of_its_own() -> None:
    reactor, worker, _ = launched()

    ((_, executable, args, env, descriptors),) = reactor.spawned
    assert executable == sys.executable
    assert args[0] == sys.executable
    assert args[-4] == "-c"
    assert args[-2:] == ["3", "worker-1"]
    assert sorted(descriptors) == [0, 1, 2, 3, 4]
    assert [descriptors[number] for number in (1, 2, 4)] == ["r", "r", "r"]
    assert env == environment(os.environ)
    assert worker.pid == 4711


def test_systemds_sockets_come_before_ours() -> None:
    with socket.socket() as first, socket.socket() as second:
        reactor, _, _ = launched([first.fileno(), second.fileno()])

        ((_, _, args, _, descriptors),) = reactor.spawned
        assert args[-2] == "5"
        assert (descriptors[3], descriptors[4]) == (first.fileno(), second.fileno())
        assert descriptors[6] == "r"


def test_signals_reach_it_while_it_lives() -> None:
    reactor, worker, _ = launched()

    worker.signal("TERM")
    reactor.process.ended = True
    worker.signal("KILL")

    assert reactor.process.signals == ["TERM"]


def test_its_connection_and_its_end_lead_to_the_supervisor() -> None:
    reactor, _, calls = launched()
    ((family, factory),) = reactor.adopted
    connection = factory.buildProtocol(None)
    connection.makeConnection(transport := Passing())

    assert family == socket.AF_UNIX
    assert read(Orders, transport.value()) == Orders(["twist", "x"], list(sys.path), 3.0, [])
    reactor.spawned[0][0].processEnded(Failure(ProcessTerminated(exitCode=2)))
    assert calls == ["has ended with status 2"]


def test_ready_leads_to_the_supervisor_too() -> None:
    reactor, _, calls = launched()
    connection = reactor.adopted[0][1].buildProtocol(None)
    connection.makeConnection(Passing())

    connection.dataReceived(b'{"ready": true}\n')

    assert calls == ["steady"]


def test_its_events_go_to_the_log(logged: list[Any]) -> None:
    reactor, _, _ = launched()

    reactor.spawned[0][0].childDataReceived(4, eventAsJSON({"log_format": "hello"}).encode() + b"\n")

    assert [(event["worker"], formatEvent(event)) for event in logged] == [(1, "hello")]


def test_what_systemd_says_to_the_parent_is_kept_from_workers() -> None:
    ours = {"NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "2", "LISTEN_FDS": "1", "LISTEN_PID": "3"}

    assert environment({**ours, "LISTEN_FDNAMES": "a", "HOME": "/h"}) == {"HOME": "/h"}


def test_the_interpreter_is_started_with_the_same_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "warnoptions", ["error::ValueError"])
    monkeypatch.setattr(sys, "_xoptions", {"dev": True, "importtime": "2"})

    command = interpreter()

    assert command[:2] == [sys.executable, "-Werror::ValueError"]
    assert command[-4:] == ["-X", "dev", "-X", "importtime=2"]
    assert ("-B" in command) is bool(sys.flags.dont_write_bytecode)
    assert ("-O" in command) is (sys.flags.optimize == 1)
