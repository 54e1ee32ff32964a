"""A service that keeps programs running."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet import error
from twisted.internet.task import Clock
from twisted.logger import LogLevel, formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.runner import procmon
from twisted.runner.procmon import LineLogger, LoggingProtocol, ProcessMonitor


class Program:
    """A program that runs on paper."""

    def __init__(self, reactor: Programs, protocol: Any, arguments: dict[str, Any]) -> None:
        self.reactor = reactor
        self.protocol = protocol
        self.arguments = arguments
        self.signals: list[tuple[str, float]] = []
        self.ended = False

    def signalProcess(self, name: str) -> None:
        if self.ended:
            raise error.ProcessExitedAlready
        self.signals.append((name, self.reactor.seconds()))

    def end(self) -> None:
        self.ended = True
        self.protocol.processEnded(Failure(error.ProcessDone(0)))


class Programs(Clock):
    """A reactor that starts programs on paper."""

    def __init__(self) -> None:
        super().__init__()
        self.programs: list[Program] = []

    def spawnProcess(self, protocol: Any, executable: Any, args: Any = (), env: Any = None, **others: Any) -> None:
        program = Program(self, protocol, {"executable": executable, "args": args, "env": env, **others})
        self.programs.append(program)
        protocol.makeConnection(program)

    @property
    def last(self) -> Program:
        return self.programs[-1]


@pytest.fixture
def reactor() -> Programs:
    return Programs()


@pytest.fixture
def monitor(reactor: Programs) -> ProcessMonitor:
    given: Any = reactor
    return ProcessMonitor(given)


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    events: list[Any] = []
    keep: Any = events.append
    globalLogPublisher.addObserver(keep)
    yield events
    globalLogPublisher.removeObserver(keep)


# Starting


def test_programs_start_with_the_service(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["/bin/a", "-x"], uid=1, gid=2, env={"X": "y"}, cwd="/c")
    monitor.addProcess("b", ["/bin/b"])
    assert reactor.programs == []

    monitor.startService()

    assert [program.arguments for program in reactor.programs] == [
        {"executable": "/bin/a", "args": ["/bin/a", "-x"], "env": {"X": "y"}, "path": "/c", "uid": 1, "gid": 2},
        {"executable": "/bin/b", "args": ["/bin/b"], "env": {}, "path": None, "uid": None, "gid": None},
    ]
    assert monitor.running
    assert sorted(monitor.protocols) == ["a", "b"]
    assert monitor.timeStarted == {"a": 0, "b": 0}


def test_a_program_that_is_added_while_it_runs_starts_at_once(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.startService()
    reactor.advance(3)

    monitor.addProcess("a", ["a"])

    assert len(reactor.programs) == 1
    assert monitor.timeStarted == {"a": 3}


def test_what_runs_is_not_started_again(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["a"])
    monitor.startService()

    monitor.startProcess("a")

    assert len(reactor.programs) == 1


def test_names_are_used_once(monitor: ProcessMonitor) -> None:
    monitor.addProcess("a", ["a"])

    with pytest.raises(KeyError, match="remove a first"):
        monitor.addProcess("a", ["b"])


def test_names_that_nobody_has_are_key_errors(monitor: ProcessMonitor) -> None:
    with pytest.raises(KeyError, match="nobody"):
        monitor.startProcess("nobody")
    with pytest.raises(KeyError, match="Unrecognized process name: nobody"):
        monitor.stopProcess("nobody")
    with pytest.raises(KeyError, match="Unrecognized process name: nobody"):
        monitor.removeProcess("nobody")


# Starting again


def test_one_that_lived_is_started_again_at_once(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["a"])
    monitor.startService()

    reactor.advance(monitor.threshold)
    reactor.last.end()
    assert "a" not in monitor.protocols
    reactor.advance(0)

    assert len(reactor.programs) == 2
    assert monitor.delay == {"a": 1}


def test_one_that_dies_at_once_is_started_later_each_time(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.maxRestartDelay = 10
    monitor.addProcess("a", ["a"])
    monitor.startService()
    pauses = []

    for _ in range(6):
        reactor.advance(0.5)
        reactor.last.end()
        (call,) = reactor.getDelayedCalls()
        pauses.append(call.getTime() - reactor.seconds())
        assert monitor.restart["a"] is call
        reactor.advance(pauses[-1])

    assert pauses == [1, 2, 4, 8, 10, 10]
    assert len(reactor.programs) == 7


def test_one_that_lives_again_makes_the_pause_short_again(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.minRestartDelay = 3
    monitor.threshold = 2
    monitor.addProcess("a", ["a"])
    monitor.startService()
    reactor.advance(1.9)
    reactor.last.end()
    assert monitor.delay == {"a": 6}
    reactor.advance(3)

    reactor.advance(2)
    reactor.last.end()

    assert monitor.delay == {"a": 3}
    assert monitor.restart["a"].getTime() == reactor.seconds()


def test_the_numbers_are_those_that_people_know() -> None:
    assert (ProcessMonitor.threshold, ProcessMonitor.killTime) == (1, 5)
    assert (ProcessMonitor.minRestartDelay, ProcessMonitor.maxRestartDelay) == (1, 3600)


# Stopping


def test_one_that_is_stopped_is_asked_and_then_killed(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["a"])
    monitor.startService()

    monitor.stopProcess("a")
    assert reactor.last.signals == [("TERM", 0)]
    reactor.advance(4.9)
    assert reactor.last.signals == [("TERM", 0)]
    reactor.advance(0.2)

    assert reactor.last.signals == [("TERM", 0), ("KILL", pytest.approx(5.1))]


def test_one_that_ends_when_it_is_asked_is_not_killed(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.killTime = 100
    monitor.addProcess("a", ["a"])
    monitor.startService()
    reactor.advance(10)

    monitor.stopProcess("a")
    assert list(monitor.murder) == ["a"]
    reactor.last.end()
    assert monitor.murder == {}
    assert [call.getTime() for call in reactor.getDelayedCalls()] == [10]
    reactor.advance(1000)

    assert reactor.programs[0].signals == [("TERM", 10)]
    # It was stopped, and not removed: it is started again.
    assert len(reactor.programs) == 2


def test_asked_twice_it_is_killed_once_when_its_first_time_is_over(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["a"])
    monitor.startService()

    monitor.stopProcess("a")
    reactor.advance(3)
    monitor.stopProcess("a")
    reactor.advance(2)
    reactor.advance(100)

    assert reactor.last.signals == [("TERM", 0), ("TERM", 3), ("KILL", 5)]


def test_one_that_has_just_gone_is_not_waited_for(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["a"])
    monitor.startService()
    reactor.last.ended = True

    monitor.stopProcess("a")

    assert reactor.getDelayedCalls() == []


def test_one_that_goes_in_the_moment_it_is_killed_is_no_error(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["a"])
    monitor.startService()
    monitor.stopProcess("a")
    reactor.last.ended = True

    reactor.advance(5)

    assert reactor.last.signals == [("TERM", 0)]


def test_stopping_what_does_not_run_does_nothing(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["a"])

    monitor.stopProcess("a")

    assert (reactor.programs, reactor.getDelayedCalls()) == ([], [])


def test_all_are_stopped_with_the_service_and_none_starts_again(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["a"])
    monitor.addProcess("b", ["b"])
    monitor.addProcess("pausing", ["c"])
    monitor.startService()
    reactor.last.end()

    monitor.stopService()
    assert not monitor.running
    assert [program.signals for program in reactor.programs] == [[("TERM", 0)], [("TERM", 0)], []]
    for program in reactor.programs[:2]:
        program.end()
    reactor.advance(10000)

    assert len(reactor.programs) == 3
    assert monitor.protocols == {}


def test_a_service_can_be_started_again(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["a"])
    monitor.startService()
    monitor.stopService()
    reactor.last.end()

    monitor.startService()

    assert len(reactor.programs) == 2


def test_all_can_be_restarted(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["a"])
    monitor.addProcess("b", ["b"])
    monitor.startService()
    reactor.advance(10)

    monitor.restartAll()
    for program in list(reactor.programs):
        assert program.signals == [("TERM", 10)]
        program.end()
    reactor.advance(0)

    assert [program.arguments["executable"] for program in reactor.programs] == ["a", "b", "a", "b"]


def test_one_that_is_removed_is_stopped_and_forgotten(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["a"])
    monitor.startService()

    monitor.removeProcess("a")
    assert reactor.last.signals == [("TERM", 0)]
    reactor.last.end()
    reactor.advance(10000)

    assert len(reactor.programs) == 1
    monitor.addProcess("a", ["other"])
    assert reactor.last.arguments["executable"] == "other"


def test_one_that_is_removed_in_a_pause_is_not_started(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["a"])
    monitor.startService()
    reactor.last.end()

    monitor.removeProcess("a")
    reactor.advance(10000)

    assert len(reactor.programs) == 1


# What they write


def test_what_a_program_writes_is_logged_line_by_line(
    monitor: ProcessMonitor, reactor: Programs, logged: list[Any]
) -> None:
    monitor.addProcess("a", ["a"])
    monitor.startService()
    protocol = reactor.last.protocol

    protocol.outReceived(b"one\ntw")
    protocol.errReceived(b"caf\xc3\xa9\nnot \xff\n")
    protocol.outReceived(b"o\n")

    assert [(formatEvent(event), event["stream"]) for event in logged] == [
        ("[a] one", "stdout"),
        ("[a] caf\u00e9", "stderr"),
        ("[a] b'not \\xff'", "stderr"),
        ("[a] two", "stdout"),
    ]
    assert {event["log_level"] for event in logged} == {LogLevel.info}
    assert {event["log_namespace"] for event in logged} == {"twisted.runner.procmon.ProcessMonitor"}
    assert logged[0]["log_source"] is monitor


def test_a_line_that_was_not_finished_is_logged_at_the_end(
    monitor: ProcessMonitor, reactor: Programs, logged: list[Any]
) -> None:
    monitor.addProcess("a", ["a"])
    monitor.startService()
    protocol = reactor.last.protocol
    assert protocol.empty

    protocol.outReceived(b"whole\nhalf")
    assert not protocol.empty
    protocol.errReceived(b"err")
    reactor.last.end()

    assert [event["line"] for event in logged] == ["whole", "half", "err"]


def test_a_whole_line_is_not_followed_by_an_empty_one(
    monitor: ProcessMonitor, reactor: Programs, logged: list[Any]
) -> None:
    monitor.addProcess("a", ["a"])
    monitor.startService()

    reactor.last.protocol.outReceived(b"half")
    reactor.last.protocol.outReceived(b"\n")
    reactor.last.protocol.errReceived(b"err\n")
    assert reactor.last.protocol.empty
    reactor.last.end()

    assert [event["line"] for event in logged] == ["half", "err"]


class Service:
    """What a line logger logs with."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.log = self

    def info(self, format: str, *, tag: str, line: str, stream: str) -> None:
        self.lines.append(line)


def line_logger() -> tuple[LineLogger, list[str]]:
    service: Any = Service()
    logger = LineLogger()
    logger.tag, logger.stream, logger.service = "t", "stdout", service
    logger.makeConnection(procmon.transport)
    return logger, service.lines


@given(st.lists(st.text("ab \r", max_size=9)), st.integers(min_value=1, max_value=9))
def test_where_output_is_cut_does_not_matter(lines: list[str], step: int) -> None:
    sent = "".join(line + "\n" for line in lines).encode()
    logger, received = line_logger()

    for start in range(0, len(sent), step):
        logger.dataReceived(sent[start : start + step])

    assert received == lines


@pytest.mark.parametrize("step", [1000, 7000, 100000])
def test_an_overlong_line_is_logged_in_pieces_and_nothing_is_lost(step: int) -> None:
    logger, received = line_logger()
    sent = b"a\n" + b"x" * 40000 + b"\nnext\n"

    for start in range(0, len(sent), step):
        logger.dataReceived(sent[start : start + step])

    assert received[0] == "a"
    assert "".join(received[1:-1]) == "x" * 40000
    assert received[-1] == "next"
    assert all(len(line) <= logger.MAX_LENGTH + step for line in received)


def test_the_protocol_has_a_logger_for_each_stream(monitor: ProcessMonitor) -> None:
    protocol = LoggingProtocol()
    assert (protocol.service, protocol.name, protocol.output) == (None, None, None)
    protocol.service, protocol.name = monitor, "n"

    protocol.connectionMade()

    assert isinstance(protocol.output, LineLogger)
    assert (protocol.output.tag, protocol.output.stream) == ("n", "stdout")
    assert protocol.output.service is monitor
    assert LineLogger.delimiter == b"\n"
    assert procmon.DummyTransport.disconnecting == 0
    assert isinstance(procmon.transport, procmon.DummyTransport)


# The rest


def test_its_repr_names_the_programs(monitor: ProcessMonitor) -> None:
    assert repr(monitor) == "<ProcessMonitor >"
    monitor.addProcess("a", ["x", "y"])
    monitor.addProcess("b", ("z",), uid=1, gid=2)
    monitor.addProcess("c", ["z"], uid=0)
    monitor.addProcess("d", ["z"], gid=0)

    assert repr(monitor) == "<ProcessMonitor 'a': ['x', 'y'] 'b'(1:2): ('z',) 'c'(0): ['z'] 'd'(:0): ['z']>"


def test_a_pickle_keeps_the_programs_and_nothing_that_runs(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["x"], uid=1, gid=2, env={"A": "b"})
    monitor.threshold = 7
    monitor.startService()

    again = pickle.loads(pickle.dumps(monitor))

    assert (again.protocols, again.delay, again.timeStarted, again.murder, again.restart) == ({}, {}, {}, {}, {})
    assert repr(again) == "<ProcessMonitor 'a'(1:2): ['x']>"
    assert (again.running, again.threshold) == (0, 7)
    with pytest.warns(DeprecationWarning, match="ProcessMonitor.processes was deprecated in Twisted 18.7.0"):
        assert again.processes == {"a": (["x"], 1, 2, {"A": "b"})}


def test_the_old_way_to_tell_of_an_end_still_tells(monitor: ProcessMonitor, reactor: Programs) -> None:
    monitor.addProcess("a", ["x"])
    monitor.startService()

    with pytest.warns(DeprecationWarning, match="ProcessMonitor.connectionLost was deprecated in Twisted 18.7.0"):
        monitor.connectionLost("a")
    reactor.advance(1)

    assert len(reactor.programs) == 2
