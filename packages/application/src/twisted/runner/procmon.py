"""
A service that keeps programs running: one that ends is started again, later each time if it ends at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from incremental import Version

from twisted.application import service
from twisted.internet import error, protocol
from twisted.logger import Logger
from twisted.protocols import basic
from twisted.python import deprecate

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IProcessTransport, IReactorProcess
    from twisted.python.failure import Failure

__all__ = ["DummyTransport", "LineLogger", "LoggingProtocol", "ProcessMonitor", "transport"]


@dataclass(frozen=True)
class _Program:
    args: Sequence[str | bytes]
    uid: int | None
    gid: int | None
    env: Any  # Any: what spawnProcess takes
    cwd: str | None

    def __str__(self) -> str:
        user = "" if self.uid is None else str(self.uid)
        if self.gid is not None:
            user += f":{self.gid}"
        return f"({user}): {self.args}" if user else f": {self.args}"


class DummyTransport:
    """A transport of nothing, for protocols that are fed by others."""

    disconnecting = 0


transport = DummyTransport()


def _default_reactor() -> Any:  # Any: see ProcessMonitor.__init__
    from twisted.internet import reactor

    return reactor


class LineLogger(basic.LineReceiver):
    """
    Logs the lines that a program writes.

    Attributes:
        tag: What the lines begin with: the program's name.
        stream: Where they were written: ``stdout`` or ``stderr``.
        service: Whose logger is used.
    """

    tag: str | None = None
    stream: str | None = None
    delimiter = b"\n"
    service: ProcessMonitor | None = None

    def lineReceived(self, line: bytes) -> None:
        """Log a line; bytes that are no UTF-8 are shown as Python writes them."""
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            text = repr(line)
        assert self.service is not None, "a LineLogger needs the service that it logs for"
        self.service.log.info("[{tag}] {line}", tag=self.tag, line=text, stream=self.stream)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Log an overlong line in pieces: what it came from is no connection that could be closed."""
        head, found, rest = line.partition(self.delimiter)
        for start in range(0, len(head), self.MAX_LENGTH):
            self.lineReceived(head[start : start + self.MAX_LENGTH])
        if found and rest:
            self.dataReceived(rest)


class LoggingProtocol(protocol.ProcessProtocol):
    """
    Logs what a program writes, and tells its service when it has ended.

    Attributes:
        service: The `ProcessMonitor`.
        name: The program's name there.
    """

    service: ProcessMonitor | None = None
    name: str | None = None
    _output: LineLogger | None = None
    _error: LineLogger | None = None
    # Whether all that was written ended in a whole line.
    _output_whole = True
    _error_whole = True

    def connectionMade(self) -> None:
        """Make a logger for each of the two streams."""
        self._output = self._logger("stdout")
        self._error = self._logger("stderr")

    def _logger(self, stream: str) -> LineLogger:
        made = LineLogger()
        made.tag, made.stream, made.service = self.name, stream, self.service
        made.makeConnection(transport)
        return made

    @property
    def output(self) -> LineLogger | None:
        """What logs the standard output."""
        return self._output

    @property
    def empty(self) -> bool:
        """Whether the standard output has no unfinished line."""
        return self._output_whole

    def outReceived(self, data: bytes) -> None:
        """Log it."""
        assert self._output is not None
        self._output.dataReceived(data)
        self._output_whole = data[-1:] == b"\n"

    def errReceived(self, data: bytes) -> None:
        """Log it."""
        assert self._error is not None
        self._error.dataReceived(data)
        self._error_whole = data[-1:] == b"\n"

    def processEnded(self, reason: Failure) -> None:
        """Log lines that were not finished, and tell the service."""
        for logger, whole in ((self._output, self._output_whole), (self._error, self._error_whole)):
            if logger is not None and not whole:
                logger.dataReceived(b"\n")
        assert self.service is not None
        self.service._process_ended(str(self.name))


class ProcessMonitor(service.Service):
    """
    Runs programs, and starts them again when they end.

    A program that ends sooner than *threshold* seconds after its start is started again after a delay, which begins
    at *minRestartDelay* and doubles each time up to *maxRestartDelay*. One that lived longer is started again at once.

    Args:
        reactor: What starts programs and tells the time.

    Attributes:
        threshold: How long a program has to live not to have failed at once, in seconds.
        killTime: How long a program may take to end when it is asked to, before it is killed, in seconds.
        minRestartDelay: The first delay, in seconds.
        maxRestartDelay: The longest delay, in seconds.
        protocols: What watches the programs that run, by name.
        delay: The delay that comes next, by name.
        timeStarted: When each program was started last, by name.
        murder: The calls that kill programs which were asked to end, by name.
        restart: The calls that start programs again, by name.
        log: Where the programs' output goes.
    """

    threshold: float = 1
    killTime: float = 5
    minRestartDelay: float = 1
    maxRestartDelay: float = 3600
    log = Logger()

    def __init__(self, reactor: IReactorProcess | None = None) -> None:
        # Any: it tells the time as well, and there is no name for both.
        self._reactor: Any = reactor or _default_reactor()
        self._programs: dict[str, _Program] = {}
        self.protocols: dict[str, LoggingProtocol] = {}
        self.delay: dict[str, float] = {}
        self.timeStarted: dict[str, float] = {}
        self.murder: dict[str, IDelayedCall] = {}
        self.restart: dict[str, IDelayedCall] = {}

    @deprecate.deprecatedProperty(Version("Twisted", 18, 7, 0))  # type: ignore[untyped-decorator]
    def processes(self) -> dict[str, tuple[Any, ...]]:
        """The programs: arguments, user, group and environment, by name."""
        return self._as_tuples()

    def _as_tuples(self) -> dict[str, tuple[Any, ...]]:
        return {name: (it.args, it.uid, it.gid, it.env) for name, it in self._programs.items()}

    def __getstate__(self) -> dict[str, Any]:
        """What is running is not kept, nor is the reactor."""
        state = super().__getstate__()
        del state["_reactor"], state["_programs"]
        state.update(protocols={}, delay={}, timeStarted={}, murder={}, restart={}, processes=self._as_tuples())
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        programs = state.pop("processes")
        self.__dict__.update(state)
        self._reactor = _default_reactor()
        self._programs = {
            name: _Program(program[0], program[1], program[2], program[3], None) for name, program in programs.items()
        }

    def addProcess(
        self,
        name: str,
        args: Sequence[str | bytes],
        uid: int | None = None,
        gid: int | None = None,
        env: Any = {},  # noqa: B006  (never changed; Any: what spawnProcess takes)
        cwd: str | None = None,
    ) -> None:
        """
        Add a program, and start it if the service runs.

        Args:
            name: What to call it.
            args: The program's file, and its arguments.
            uid: The user to run it as.
            gid: The group to run it as.
            env: Its environment; `None` for ours.
            cwd: The folder it runs in.

        Raises:
            KeyError: There is a program of that name.
        """
        if name in self._programs:
            raise KeyError(f"remove {name} first")
        self._programs[name] = _Program(args, uid, gid, env, cwd)
        self.delay[name] = self.minRestartDelay
        if self.running:
            self.startProcess(name)

    def removeProcess(self, name: str) -> None:
        """
        Stop a program, and forget it.

        Raises:
            KeyError: There is no program of that name.
        """
        self.stopProcess(name)
        del self._programs[name]
        self._forget_restart(name)

    def _forget_restart(self, name: str) -> None:
        call = self.restart.get(name)
        if call is not None and call.active():
            call.cancel()

    def startService(self) -> None:
        """Start all programs."""
        super().startService()
        for name in list(self._programs):
            self.startProcess(name)

    def stopService(self) -> None:
        """Ask all programs to end, and start none again."""
        super().stopService()
        for name in list(self._programs):
            self._forget_restart(name)
            self.stopProcess(name)

    def startProcess(self, name: str) -> None:
        """
        Start a program, unless it runs.

        Raises:
            KeyError: There is no program of that name.
        """
        if name in self.protocols:
            return
        program = self._programs[name]
        watching = self.protocols[name] = LoggingProtocol()
        watching.service = self
        watching.name = name
        self.timeStarted[name] = self._reactor.seconds()
        self._reactor.spawnProcess(
            watching,
            program.args[0],
            program.args,
            uid=program.uid,
            gid=program.gid,
            env=program.env,
            path=program.cwd,
        )

    def stopProcess(self, name: str) -> None:
        """
        Ask a program to end, and kill it if it does not within *killTime*. If it is not removed, it is started again.

        Raises:
            KeyError: There is no program of that name.
        """
        if name not in self._programs:
            raise KeyError(f"Unrecognized process name: {name}")
        watching = self.protocols.get(name)
        if watching is None:
            return
        running = watching.transport
        try:
            running.signalProcess("TERM")
        except error.ProcessExitedAlready:
            return
        earlier = self.murder.get(name)
        if earlier is not None and earlier.active():
            # It was asked before: the time it was given then stands.
            return
        self.murder[name] = self._reactor.callLater(self.killTime, self._kill, running)

    def _kill(self, running: IProcessTransport) -> None:
        try:
            running.signalProcess("KILL")
        except error.ProcessExitedAlready:
            # It went in the same moment.
            return

    def restartAll(self) -> None:
        """Ask all programs to end; they are started again when they have."""
        for name in list(self._programs):
            self.stopProcess(name)

    @deprecate.deprecated(Version("Twisted", 18, 7, 0))
    def connectionLost(self, name: str) -> None:
        """Note that a program has ended: what its protocol tells."""
        self._process_ended(name)

    def _process_ended(self, name: str) -> None:
        killing = self.murder.pop(name, None)
        if killing is not None and killing.active():
            killing.cancel()
        del self.protocols[name]
        lived = self._reactor.seconds() - self.timeStarted[name]
        wait: float = 0
        if lived < self.threshold:
            wait = self.delay.get(name, self.minRestartDelay)
            self.delay[name] = min(wait * 2, self.maxRestartDelay)
        else:
            self.delay[name] = self.minRestartDelay
        if self.running and name in self._programs:
            self.restart[name] = self._reactor.callLater(wait, self.startProcess, name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {' '.join(repr(name) + str(it) for name, it in self._programs.items())}>"
