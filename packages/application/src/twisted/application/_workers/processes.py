"""
The processes of the workers: started by exec, heard through pipes, answered over a pair of sockets.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twisted.application._workers.control import MAX_LINE, Answer, Ask, ControlError, Orders, is_ready, line_of, read
from twisted.application._workers.listening import Sockets
from twisted.application._workers.supervising import Supervisor, Worker
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import Factory, ProcessProtocol, Protocol
from twisted.logger import Logger, LogLevel, eventFromJSON, globalLogPublisher
from twisted.python.failure import Failure

_log = Logger("twisted.application.workers")

# What a worker begins with. The current folder is not to be imported from, unless it was among the parent's paths.
_BEGIN = (
    "import sys; sys.path[:] = filter(None, sys.path); from twisted.application._workers.worker import main; main()"
)

# The first descriptor beyond the standard ones; systemd's sockets begin here.
FIRST = 3
# A worker that has ended is gone even if something it has left running keeps its pipes open so long, in seconds.
_PIPES_LIMIT = 1.0

# What is for us, and not for our workers: they would tell systemd that they are the service.
_NOT_INHERITED = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")


class Lines:
    """Cuts a stream into lines, in pieces of at most *limit* bytes."""

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._held = bytearray()
        self._seen = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take what came, and give the lines that are whole now, without their ends."""
        self._held += data
        lines = []
        while (end := self._held.find(b"\n", self._seen)) >= 0:
            lines.append(bytes(self._held[:end]))
            del self._held[: end + 1]
            self._seen = 0
        self._seen = len(self._held)
        if self._seen >= self._limit:
            lines.append(self.rest())
        return lines

    def rest(self) -> bytes:
        """Give what is left."""
        left = bytes(self._held)
        self._held.clear()
        self._seen = 0
        return left


def with_number(event: dict[str, Any], number: int) -> dict[str, Any]:
    """Mark an event of a worker's with its number, where people see it and where programs do."""
    system = event.get("log_system")
    if system is None:
        level = event.get("log_level")
        system = f"{event.get('log_namespace', '-')}#{level.name if level is not None else '-'}"
    return {**event, "worker": number, "log_system": f"worker {number} {system}"}


class WorkerProcess(ProcessProtocol):
    """
    Hears what a worker writes, and that it has ended.

    Args:
        reactor: The time.
        worker: The worker.
        log_descriptor: Where its log events come from.
        gone: Called with the reason when it has ended.
        emit: Takes its log events.
    """

    def __init__(
        self,
        reactor: Any,
        worker: Worker,
        log_descriptor: int,
        gone: Callable[[str], None],
        emit: Callable[[dict[str, Any]], None],
    ) -> None:
        self._reactor = reactor
        self._worker = worker
        self._log_descriptor = log_descriptor
        self._gone = gone
        self._emit = emit
        self._lines: dict[int, Lines] = {}
        self._waiting: Any = None

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """Pass on lines that are whole."""
        lines = self._lines.setdefault(childFD, Lines())
        for line in lines.feed(data):
            self._pass_on(childFD, line)

    def childConnectionLost(self, childFD: int) -> None:
        """Pass on a line that was not finished."""
        rest = self._lines.setdefault(childFD, Lines()).rest()
        if rest:
            self._pass_on(childFD, rest)

    def _pass_on(self, descriptor: int, line: bytes) -> None:
        event: dict[str, Any] | None = None
        if descriptor == self._log_descriptor:
            try:
                event = eventFromJSON(line.decode("utf-8"))
            except Exception:
                # It was cut when the worker died.
                event = None
        if event is None:
            event = {
                "log_level": LogLevel.warn if descriptor != 1 else LogLevel.info,
                "log_namespace": "stdout" if descriptor == 1 else "stderr",
                "log_format": "{line}",
                "line": line.decode("utf-8", "backslashreplace").rstrip("\r"),
                "log_time": self._reactor.seconds(),
            }
        self._emit(with_number(event, self._worker.number))

    def processExited(self, reason: Failure) -> None:
        """Wait a little for what it has still written."""
        self._waiting = self._reactor.callLater(_PIPES_LIMIT, self._told, reason)

    def processEnded(self, reason: Failure) -> None:
        """Tell that it is gone."""
        self._told(reason)

    def _told(self, reason: Failure) -> None:
        if self._waiting is not None and self._waiting.active():
            self._waiting.cancel()
        signal = getattr(reason.value, "signal", None)
        code = getattr(reason.value, "exitCode", None)
        self._gone(f"was killed by signal {signal}" if signal is not None else f"has ended with status {code}")


class Answering(Protocol):
    """
    The parent's side of what is said to one worker.

    Args:
        worker: The worker.
        sockets: The sockets that it may have.
        orders: What it is told first.
        ready: Called when it says that it is ready.
    """

    def __init__(self, worker: Worker, sockets: Sockets, orders: Orders, ready: Callable[[], None]) -> None:
        self._worker = worker
        self._sockets = sockets
        self._orders = orders
        self._ready = ready
        self._lines = Lines()

    def connectionMade(self) -> None:
        """Give the orders."""
        assert self.transport is not None
        self.transport.write(line_of(self._orders))

    def dataReceived(self, data: bytes) -> None:
        """Answer; a worker that makes no sense is killed, and another takes its place."""
        for line in self._lines.feed(data):
            try:
                if is_ready(line):
                    self._ready()
                else:
                    self._answer(read(Ask, line))
            except ControlError as problem:
                _log.error("{worker} makes no sense: {problem}", worker=self._worker, problem=problem)
                self._worker.signal("KILL")
                return

    def _answer(self, ask: Ask) -> None:
        transport: Any = self.transport  # Any: it passes descriptors, as IUNIXTransport says
        try:
            descriptor, family = self._sockets.obtain(ask)
        except OSError as problem:
            reason = problem.strerror or str(problem)
            transport.write(line_of(Answer(code=problem.errno or errno.EINVAL, reason=reason)))
            return
        transport.sendFileDescriptor(descriptor)
        transport.write(line_of(Answer(family=family)))


class Launcher:
    """
    Starts the processes of workers.

    Args:
        reactor: What starts them.
        argv: The command line that they are to run, beginning with the program's name.
        grace: How long they may take to finish what runs, in seconds.
        sockets: The sockets they share.
        inherited: Descriptors of systemd's sockets, which they get under the numbers that systemd uses.
        names: The names of those.
        emit: Takes their log events.
    """

    def __init__(
        self,
        reactor: Any,
        argv: Sequence[str],
        grace: float,
        sockets: Sockets,
        inherited: Sequence[int] = (),
        names: Sequence[str] = (),
        emit: Callable[[dict[str, Any]], None] = globalLogPublisher,
    ) -> None:
        self._reactor = reactor
        self._orders = Orders(list(argv), list(sys.path), float(grace), list(names))
        self._sockets = sockets
        self._inherited = list(inherited)
        self._emit = emit

    def launch(self, worker: Worker, supervisor: Supervisor) -> None:
        """Start a worker's process."""
        ours, theirs = socket.socketpair()
        nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            control = FIRST + len(self._inherited)
            log = control + 1
            descriptors: dict[int, int | str] = {0: nothing, 1: "r", 2: "r", control: theirs.fileno(), log: "r"}
            descriptors.update({FIRST + place: descriptor for place, descriptor in enumerate(self._inherited)})
            watching = WorkerProcess(self._reactor, worker, log, lambda why: supervisor.gone(worker, why), self._emit)
            process = self._reactor.spawnProcess(
                watching,
                sys.executable,
                [*interpreter(), "-c", _BEGIN, str(control), f"worker-{worker.number}"],
                env=environment(os.environ),
                childFDs=descriptors,
            )
            worker.pid = process.pid
            worker.signal = _signaller(process)
            answering = Answering(worker, self._sockets, self._orders, lambda: supervisor.ready(worker))
            self._reactor.adoptStreamConnection(
                ours.fileno(), int(socket.AF_UNIX), Factory.forProtocol(lambda: answering)
            )
        finally:
            os.close(nothing)
            ours.close()
            theirs.close()


def _signaller(process: Any) -> Callable[[str], None]:
    def signal(name: str) -> None:
        try:
            process.signalProcess(name)
        except ProcessExitedAlready:
            # We shall hear of it in a moment.
            return

    return signal


def interpreter() -> list[str]:
    """Give the command that starts a Python like this one."""
    flags = [f"-W{option}" for option in sys.warnoptions]
    if sys.flags.optimize:
        flags.append("-" + "O" * sys.flags.optimize)
    if sys.flags.dont_write_bytecode:
        flags.append("-B")
    for name, value in sys._xoptions.items():
        flags += ["-X", name if value is True else f"{name}={value}"]
    return [sys.executable, *flags]


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of a worker."""
    return {name: value for name, value in ours.items() if name not in _NOT_INHERITED}
