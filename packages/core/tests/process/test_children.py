"""What a child's protocol hears, and what the child gets."""

import os
import sys
from typing import Any

import pytest

from twisted.internet import error
from twisted.internet._process.spawn import spawn_process
from twisted.internet.process import Process, PTYProcess, reapProcessHandlers
from twisted.internet.protocol import ProcessProtocol


class Recorder(ProcessProtocol):
    def __init__(self) -> None:
        self.events: list[Any] = []
        self.received: dict[int, bytes] = {}
        self.exit: Any = None
        self.over = False

    def connectionMade(self) -> None:
        self.events.append("made")

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        self.received[childFD] = self.received.get(childFD, b"") + data

    def childConnectionLost(self, childFD: int) -> None:
        self.events.append(("lost", childFD))

    def processExited(self, reason: Any) -> None:
        self.events.append("exited")
        self.exit = reason.value

    def processEnded(self, reason: Any) -> None:
        self.events.append("ended")
        self.over = True


def run(reactor: Any, script: str, **options: Any) -> Recorder:
    protocol = Recorder()
    spawn_process(reactor, protocol, "/bin/sh", ["sh", "-c", script], **options)
    reactor.until(lambda: protocol.over)
    return protocol


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd"))


def test_output_and_error_arrive_apart_and_the_exit_code_is_told(reactor: Any) -> None:
    heard = run(reactor, "echo out; echo err >&2; exit 3")

    assert heard.received == {1: b"out\n", 2: b"err\n"}
    assert isinstance(heard.exit, error.ProcessTerminated)
    assert (heard.exit.exitCode, heard.exit.signal, heard.exit.status) == (3, None, 768)


def test_the_end_is_told_last_and_the_beginning_first(reactor: Any) -> None:
    heard = run(reactor, "exit 0")

    assert heard.events[0] == "made" and heard.events[-1] == "ended"
    assert sorted(map(str, heard.events[1:-1])) == ["('lost', 0)", "('lost', 1)", "('lost', 2)", "exited"]
    assert isinstance(heard.exit, error.ProcessDone) and heard.exit.exitCode == 0


def test_a_signal_is_told_by_its_number(reactor: Any) -> None:
    heard = run(reactor, "kill -9 $$")

    assert (heard.exit.exitCode, heard.exit.signal) == (None, 9)


@pytest.mark.parametrize("name", ["TERM", "SIGTERM", 15])
def test_signals_are_sent_by_name_or_number(reactor: Any, name: Any) -> None:
    protocol = Recorder()
    child = spawn_process(reactor, protocol, "/bin/cat", ["cat"])

    child.signalProcess(name)
    reactor.until(lambda: protocol.over)

    assert protocol.exit.signal == 15
    assert child.pid is None
    with pytest.raises(error.ProcessExitedAlready):
        child.signalProcess(name)


def test_an_unknown_signal_name_is_refused(reactor: Any) -> None:
    protocol = Recorder()
    child = spawn_process(reactor, protocol, "/bin/cat", ["cat"])

    with pytest.raises(ValueError, match="NONSENSE"):
        child.signalProcess("NONSENSE")

    child.signalProcess("KILL")
    reactor.until(lambda: protocol.over)


def test_ten_megabytes_go_in_and_come_out(reactor: Any) -> None:
    protocol = Recorder()
    child = spawn_process(reactor, protocol, "/bin/cat", ["cat"])
    sent = os.urandom(1 << 20) * 10

    child.write(sent[:1000])
    child.writeSequence([sent[1000:5000], sent[5000:]])
    child.closeStdin()
    reactor.until(lambda: protocol.over)

    assert protocol.received[1] == sent


def test_further_descriptors_are_mapped_even_when_their_numbers_cross(reactor: Any) -> None:
    protocol = Recorder()
    reading, writing = os.pipe()
    os.write(writing, b"given")
    os.close(writing)
    spawn_process(
        reactor,
        protocol,
        "/bin/sh",
        ["sh", "-c", "cat <&7 >&5; cat >&4"],
        childFDs={0: "w", 1: "r", 2: 2, 4: "r", 5: "r", 7: reading},
    ).closeStdin()
    os.close(reading)

    reactor.until(lambda: protocol.over)

    assert protocol.received == {5: b"given"}
    assert [event for event in protocol.events if event[0] == "lost"].__len__() == 4


@pytest.mark.parametrize("options", [{}, {"path": "/"}])
def test_a_child_has_the_mapped_descriptors_and_no_others(reactor: Any, options: dict[str, str]) -> None:
    leaking, other = os.pipe()
    os.set_inheritable(leaking, True)
    try:
        heard = run(reactor, "ls /proc/self/fd", **options)
    finally:
        os.close(leaking)
        os.close(other)

    # The fourth is the folder that ls reads.
    assert heard.received[1].split() == [b"0", b"1", b"2", b"3"]


def test_the_environment_is_what_was_given(reactor: Any) -> None:
    heard = run(reactor, "env", env={"FOO": "bar", b"RAW": b"\xff"})

    lines = heard.received[1].splitlines()
    assert b"FOO=bar" in lines and b"RAW=\xff" in lines and not any(line.startswith(b"HOME=") for line in lines)


def test_a_child_starts_in_the_folder_it_was_told(reactor: Any, tmp_path: Any) -> None:
    assert run(reactor, "pwd -P", path=str(tmp_path)).received[1] == os.fsencode(tmp_path.resolve()) + b"\n"


@pytest.mark.parametrize("leads", [True, False])
def test_a_subclass_may_do_something_of_its_own_in_the_child(reactor: Any, leads: bool) -> None:
    class Leader(Process):
        def _setupChild(self, *arguments: Any, **named: Any) -> None:
            super()._setupChild(*arguments, **named)
            os.setpgid(0, 0)

    protocol = Recorder()
    script = "import os; print(os.getpid() == os.getpgrp(), os.environ['A']); os.close(3)"
    arguments = [sys.executable, "-c", script]
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)

    kind = Leader if leads else Process
    kind(reactor, sys.executable, arguments, {"A": "b"}, None, protocol, childFDs={1: "r", 2: "r", 3: writing})
    reactor.until(lambda: protocol.over)

    os.close(reading)
    os.close(writing)
    assert protocol.received == {1: b"%a b\n" % leads}


@pytest.mark.parametrize("options", [{}, {"path": "/"}])
def test_ignored_signals_are_not_ignored_in_the_child(reactor: Any, options: dict[str, str]) -> None:
    # Python ignores SIGPIPE; the child must die of it (13), not see an error.
    assert run(reactor, "kill -PIPE $$; exit 5", **options).exit.signal == 13


def test_a_program_that_is_not_there_is_reported_at_once_and_leaks_nothing(reactor: Any) -> None:
    before = descriptors()

    with pytest.raises(FileNotFoundError):
        spawn_process(reactor, Recorder(), "/nonexistent/program", ["program"])

    assert descriptors() == before


def test_a_folder_that_is_not_there_ends_the_child_with_status_1(reactor: Any) -> None:
    heard = run(reactor, "exit 0", path="/nonexistent/folder")

    assert heard.exit.exitCode == 1 and b"/nonexistent/folder" in heard.received[2]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"args": ["a\0b"]}, ValueError),
        ({"args": [1]}, TypeError),
        ({"env": {"A": 1}}, TypeError),
        ({"env": {"A\0": "1"}}, ValueError),
        ({"childFDs": {0: "x"}}, ValueError),
        ({"childFDs": {0: "w"}, "usePTY": True}, ValueError),
    ],
)
def test_impossible_arguments_are_refused_and_leak_nothing(reactor: Any, options: Any, problem: Any) -> None:
    before = descriptors()

    with pytest.raises(problem):
        spawn_process(reactor, Recorder(), "/bin/true", **{"args": ["true"], **options})

    assert descriptors() == before


@pytest.mark.parametrize("path", [None, "/"])
def test_a_terminal_is_the_childs_own(reactor: Any, path: Any) -> None:
    protocol = Recorder()
    child = spawn_process(
        reactor,
        protocol,
        "/bin/sh",
        ["sh", "-c", "tty; read x < /dev/tty; echo got $x; exit 2"],
        path=path,
        usePTY=True,
    )
    assert isinstance(child, PTYProcess)

    child.write(b"word\n")
    reactor.until(lambda: protocol.over)

    assert b"/dev/pts/" in protocol.received[1] and b"got word\r\n" in protocol.received[1]
    assert protocol.exit.exitCode == 2 and protocol.events == ["made", "exited", "ended"] and child.fd == -1


def test_writing_after_the_end_does_nothing_except_by_number(reactor: Any) -> None:
    protocol = Recorder()
    child = spawn_process(reactor, protocol, "/bin/true", ["true"])
    reactor.until(lambda: protocol.over)

    child.write(b"x")
    child.closeStdin()
    child.loseConnection()

    assert isinstance(child, Process) and child.pipes == {} and repr(child) == "<Process pid=None status=0>"
    with pytest.raises(KeyError):
        child.writeToChild(0, b"x")


def test_a_protocol_that_raises_is_heard_out_to_the_end(reactor: Any) -> None:
    class Broken(Recorder):
        def childConnectionLost(self, childFD: int) -> None:
            raise RuntimeError("broken")

        def processExited(self, reason: Any) -> None:
            raise RuntimeError("broken")

    protocol = Broken()
    spawn_process(reactor, protocol, "/bin/true", ["true"])
    reactor.until(lambda: protocol.over)

    assert protocol.events == ["made", "ended"]


def test_a_producer_is_paused_while_the_child_does_not_read(reactor: Any) -> None:
    class Producer:
        log: list[str] = []

        def pauseProducing(self) -> None:
            self.log.append("pause")

        def resumeProducing(self) -> None:
            self.log.append("resume")

        def stopProducing(self) -> None:
            self.log.append("stop")

    protocol = Recorder()
    child = spawn_process(reactor, protocol, "/bin/cat", ["cat"])
    producer = Producer()
    child.registerProducer(producer, True)

    child.write(b"x" * 1_000_000)
    assert producer.log == ["pause"]
    reactor.until(lambda: "resume" in producer.log)
    child.unregisterProducer()
    child.closeStdin()
    reactor.until(lambda: protocol.over)

    assert len(protocol.received[1]) == 1_000_000
    child.registerProducer(producer, True)
    assert producer.log[-1] == "stop"


def test_two_hundred_children_leave_nothing_behind(reactor: Any) -> None:
    run(reactor, "exit 0")
    before = descriptors()

    for _ in range(200):
        protocol = Recorder()
        spawn_process(reactor, protocol, "/bin/true", ["true"])
        reactor.until(lambda p=protocol: p.over)

    assert descriptors() == before and reapProcessHandlers == {} and reactor.readers == {}
