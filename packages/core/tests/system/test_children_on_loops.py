"""Programs, standard I/O, folders and terminals on real descriptors, with each reactor."""

from __future__ import annotations

import gc
import os
import pty
import sys
import tty
from pathlib import Path
from typing import Any

import pytest

from twisted.internet import error, inotify, protocol, stdio, utils
from twisted.internet.serialport import SerialPort
from twisted.python.filepath import FilePath

from .running import run


class Child(protocol.ProcessProtocol):
    """Notes everything, and stops the reactor at the end."""

    def __init__(self, reactor: Any, send: bytes = b"") -> None:
        self.reactor, self.send = reactor, send
        self.out, self.err = bytearray(), bytearray()
        self.notes: list[str] = []
        self.reason: Any = None

    def connectionMade(self) -> None:
        if self.send:
            self.transport.write(self.send)
        self.transport.closeStdin()

    def outReceived(self, data: bytes) -> None:
        self.out += data

    def errReceived(self, data: bytes) -> None:
        self.err += data

    def processExited(self, reason: Any) -> None:
        self.notes.append("exited")

    def processEnded(self, reason: Any) -> None:
        self.notes.append("ended")
        self.reason = reason.value
        self.reactor.stop()


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def test_five_megabytes_go_through_a_program(reactor: Any) -> None:
    sent = os.urandom(1000) * 5000
    child = Child(reactor, sent)
    reactor.callWhenRunning(reactor.spawnProcess, child, "/bin/cat", ["cat"], env=None)
    run(reactor)

    assert child.out == sent and child.err == b"" and child.notes == ["exited", "ended"]
    assert isinstance(child.reason, error.ProcessDone)


def test_a_program_tells_how_it_ended(reactor: Any) -> None:
    child = Child(reactor)
    words = python("import sys; sys.stderr.write('oops'); sys.exit(3)")
    reactor.callWhenRunning(reactor.spawnProcess, child, words[0], words, env=None)
    run(reactor)

    assert isinstance(child.reason, error.ProcessTerminated)
    assert (child.reason.exitCode, child.reason.signal, bytes(child.err)) == (3, None, b"oops")


def test_a_program_can_be_ended_by_a_signal(reactor: Any) -> None:
    child = Child(reactor)
    started: list[Any] = []

    def start() -> None:
        started.append(reactor.spawnProcess(child, "/bin/sleep", ["sleep", "60"], env=None))
        started[0].signalProcess("TERM")

    reactor.callWhenRunning(start)
    run(reactor)

    assert (child.reason.exitCode, child.reason.signal) == (None, 15)
    with pytest.raises(error.ProcessExitedAlready):
        started[0].signalProcess("TERM")


def test_a_program_may_have_a_terminal(reactor: Any) -> None:
    child = Child(reactor)
    child.connectionMade = lambda: None  # type: ignore[method-assign]
    words = python("import os; print(os.isatty(0), os.isatty(1))")
    reactor.callWhenRunning(lambda: reactor.spawnProcess(child, words[0], words, env=None, usePTY=True))
    run(reactor)

    assert child.out == b"True True\r\n"


def test_output_and_code_of_a_program_come_together(reactor: Any) -> None:
    got: list[Any] = []
    words = python("import sys; print(sys.stdin.read()[::-1], end=''); sys.exit(4)")

    def ask() -> None:
        asked = utils.getProcessOutputAndValue(words[0], words[1:], reactor=reactor, stdinBytes=b"abc")
        asked.addBoth(got.append).addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(ask)
    run(reactor)

    assert got == [(b"cba", b"", 4)]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_two_hundred_programs_leave_no_descriptor(reactor: Any) -> None:
    left = [200]

    class Again(Child):
        def processEnded(self, reason: Any) -> None:
            left[0] -= 1
            if left[0]:
                start()
            else:
                reactor.stop()

    def start() -> None:
        reactor.spawnProcess(Again(reactor), "/bin/true", ["true"], env=None)

    counted: list[int] = []

    def first() -> None:
        # What earlier tests left to the collector is not ours to count.
        gc.collect()
        counted.append(len(os.listdir("/proc/self/fd")))
        start()

    reactor.callWhenRunning(first)
    reactor.addSystemEventTrigger("before", "shutdown", lambda: counted.append(len(os.listdir("/proc/self/fd"))))
    run(reactor)

    assert left == [0] and abs(counted[1] - counted[0]) <= 1


def test_pipes_are_standard_input_and_output(reactor: Any) -> None:
    in_reading, in_writing = os.pipe()
    out_reading, out_writing = os.pipe()
    ends: list[Any] = []

    class Shout(protocol.Protocol):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data.upper())

        def connectionLost(self, reason: Any = protocol.connectionDone) -> None:
            ends.append(reason.type)
            reactor.stop()

    def start() -> None:
        stdio.StandardIO(Shout(), in_reading, out_writing, reactor=reactor)
        os.write(in_writing, b"hello")
        reactor.callLater(0.05, os.close, in_writing)

    reactor.callWhenRunning(start)
    run(reactor)
    got = os.read(out_reading, 100)
    for descriptor in (in_reading, out_reading, out_writing):
        try:
            os.close(descriptor)
        except OSError:
            continue

    assert got == b"HELLO" and ends == [error.ConnectionDone]


def test_a_file_is_standard_input_too(reactor: Any, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"x" * 300_000)
    got = bytearray()

    class Take(protocol.Protocol):
        def dataReceived(self, data: bytes) -> None:
            got.extend(data)

        def connectionLost(self, reason: Any = protocol.connectionDone) -> None:
            reactor.stop()

    with open(tmp_path / "in", "rb") as reading, open(tmp_path / "out", "wb") as writing:
        reactor.callWhenRunning(
            lambda: stdio.StandardIO(Take(), reading.fileno(), writing.fileno(), reactor=reactor) and None
        )
        run(reactor)

    assert got == b"x" * 300_000


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="inotify is a part of Linux")
def test_what_happens_in_a_folder_is_told(reactor: Any, tmp_path: Path) -> None:
    told: list[tuple[str, list[str]]] = []

    def happened(notifier: object, path: Any, mask: int) -> None:
        told.append((os.fsdecode(path.basename()), inotify.humanReadableMask(mask)))
        if told[-1][0] == "inner":
            reactor.stop()

    watcher = inotify.INotify(reactor)

    def start() -> None:
        watcher.startReading()
        watcher.watch(FilePath(str(tmp_path)), inotify.IN_CREATE, autoAdd=True, callbacks=[happened])
        (tmp_path / "first").touch()
        (tmp_path / "deep").mkdir()
        reactor.callLater(0.05, (tmp_path / "deep" / "inner").touch)

    reactor.callWhenRunning(start)
    run(reactor)

    names = [name for name, _ in told]
    assert names[0] == "first" and "deep" in names and names[-1] == "inner"
    assert ("first", ["create"]) in told
    assert any(name == "deep" and "is_dir" in words for name, words in told)


def test_a_serial_port_talks_over_a_terminal(reactor: Any) -> None:
    ours, theirs = pty.openpty()
    tty.setraw(ours)
    tty.setraw(theirs)
    got: list[bytes] = []

    class Talk(protocol.Protocol):
        def connectionMade(self) -> None:
            self.transport.write(b"to the device")

        def dataReceived(self, data: bytes) -> None:
            got.append(data)
            self.transport.loseConnection()

        def connectionLost(self, reason: Any = protocol.connectionDone) -> None:
            got.append(b"lost")
            reactor.stop()

    def start() -> None:
        SerialPort(Talk(), os.ttyname(theirs), reactor, baudrate=115200)
        os.write(ours, b"from it")

    reactor.callWhenRunning(start)
    run(reactor)
    got.append(os.read(ours, 100))
    os.close(ours)
    os.close(theirs)

    assert b"".join(got[:-2]) == b"from it" and got[-2:] == [b"lost", b"to the device"]
