"""
The parent of the workers, as a service.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from typing import Any

from twisted.application._workers.listening import Sockets
from twisted.application._workers.notify import Notifier
from twisted.application._workers.options import DEFAULT_GRACE
from twisted.application._workers.processes import Launcher
from twisted.application._workers.supervising import Supervisor
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.error import ReactorNotRunning
from twisted.logger import Logger
from twisted.python.systemd import ListenFDs

_log = Logger("twisted.application.workers")


class Manager(Service):
    """
    Runs workers, from the moment its reactor runs until the service is stopped.

    SIGTERM lets the workers finish what runs, SIGINT does not, and neither does a second signal of the two. SIGHUP
    replaces the workers one by one, SIGUSR1 opens the log file anew.

    Args:
        reactor: The reactor.
        supervisor: Knows which worker is to be started and stopped; made by *make_supervisor*.
        sockets: The sockets, closed at the end.
        notifier: Tells systemd, or `None`.
        log_file: The log's open file, or `None`.

    Attributes:
        exit_status: What the process should end with: 1 if no worker could be started.
    """

    exit_status = 0

    def __init__(
        self,
        reactor: Any,
        make_supervisor: Callable[[Callable[[], None], Callable[[str], None]], Supervisor],
        sockets: Sockets,
        notifier: Notifier | None = None,
        log_file: Any = None,
    ) -> None:
        self._reactor = reactor
        self._supervisor = make_supervisor(self._steady, self._hopeless)
        self._sockets = sockets
        self._notifier = notifier
        self._log_file = log_file
        self._before: dict[int, Any] = {}
        self._rudely = False
        self._steady_told = False

    def startService(self) -> None:
        """Start the workers as soon as the reactor runs."""
        super().startService()
        self._reactor.callWhenRunning(self._begin)

    def _begin(self) -> None:
        if not self.running:
            return
        self._take_signals()
        if self._notifier is not None:
            self._notifier.keep_alive(self._reactor)
        _log.info("parent of {count} workers", count=self._supervisor.count, pid=os.getpid())
        self._supervisor.start()

    def stopService(self) -> Deferred[None]:
        """Ask the workers to leave. The Deferred fires when the last is gone and the sockets are closed."""
        super().stopService()
        if self._notifier is not None:
            self._notifier.stopping("the workers finish what runs")
        stopping = self._supervisor.stop(self._rudely)
        return stopping.addCallback(self._end)

    def _end(self, _: object) -> Deferred[None]:
        self._give_signals_back()
        if self._notifier is not None:
            self._notifier.stop()
        return self._sockets.close()

    # What the supervisor tells

    def _steady(self) -> None:
        if self._steady_told:
            return
        self._steady_told = True
        status = ", ".join(f"{worker.number}: {worker.pid}" for worker in self._supervisor.serving)
        _log.info("all workers are ready ({status})", status=status)
        if self._notifier is not None:
            self._notifier.ready(f"{self._supervisor.count} workers serve")

    def _hopeless(self, why: str) -> None:
        _log.critical("no worker could be started: the first {why}", why=why)
        self.exit_status = 1
        self._rudely = True
        self._stop_reactor()

    def _stop_reactor(self) -> None:
        try:
            self._reactor.stop()
        except ReactorNotRunning:
            # It stops already.
            return

    # Signals

    def _take_signals(self) -> None:
        reactions: dict[str, tuple[Callable[..., None], bool | None]] = {
            "SIGTERM": (self._leave, False),
            "SIGINT": (self._leave, True),
            "SIGHUP": (self._roll, None),
            "SIGUSR1": (self._reopen_log, None),
        }
        for name, (react, rudely) in reactions.items():
            number = getattr(signal, name)
            self._before[number] = signal.signal(number, self._handler(react, rudely))

    def _handler(self, react: Callable[..., None], rudely: bool | None) -> Callable[[int, Any], None]:
        def handle(number: int, frame: Any) -> None:
            if rudely is None:
                self._reactor.callFromThread(react)
            else:
                self._reactor.callFromThread(react, number, frame, rudely)

        return handle

    def _give_signals_back(self) -> None:
        before, self._before = self._before, {}
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def _leave(self, number: int, frame: Any, rudely: bool) -> None:
        if not self.running:
            self._supervisor.hurry()
            return
        self._rudely = rudely
        former = self._before.get(number)
        if callable(former) and former is not signal.default_int_handler:
            # The reactor's own, which knows by which signal it was stopped.
            former(number, frame)
        else:
            self._stop_reactor()

    def _roll(self) -> None:
        if not self.running:
            return
        _log.info("a rolling restart was asked for")
        if self._notifier is not None:
            self._notifier.reloading("the workers are replaced, one by one")
        self._steady_told = False
        self._supervisor.roll()

    def _reopen_log(self) -> None:
        file = self._log_file
        name = getattr(file, "name", None)
        if not isinstance(name, str) or name.startswith("<"):
            _log.info("the log is no file that could be opened anew")
            return
        try:
            reopen(file)
        except OSError as problem:
            _log.error("the log file {name!r} cannot be opened anew: {problem}", name=name, problem=problem)
        else:
            _log.info("the log file was opened anew")


def reopen(file: Any) -> None:
    """Open a file that is written to anew, by its name, under the same descriptor: it may have been moved away."""
    file.flush()
    anew = os.open(file.name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        os.dup2(anew, file.fileno(), inheritable=False)
    finally:
        os.close(anew)


def make_service(options: Any, argv: Sequence[str] | None = None) -> Manager:
    """
    Make the parent of a command line.

    Args:
        options: The options of ``twist``, after they were parsed.
        argv: The command line, beginning with the program's name; ``options.argv`` without it if it is left out.
    """
    reactor = options["reactor"]
    line = list(argv) if argv is not None else ["twist", *options.argv]
    passed = ListenFDs.fromEnvironment()
    inherited = passed.inheritedDescriptors()
    for descriptor in inherited:
        os.set_inheritable(descriptor, False)
    grace = options.get("gracefulTimeout", DEFAULT_GRACE)
    sockets = Sockets(reactor, inherited)
    launcher = Launcher(reactor, line, grace, sockets, inherited, passed._names)

    def supervised(steady: Callable[[], None], hopeless: Callable[[str], None]) -> Supervisor:
        made = Supervisor(
            reactor, options["workers"], grace, lambda worker: launcher.launch(worker, made), steady, hopeless
        )
        return made

    return Manager(reactor, supervised, sockets, Notifier.from_environment(), options.get("logFile"))
