"""
A worker's process: ``twist`` with its log in a pipe, its sockets from the parent, and an end that finishes what runs.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from copy import copy
from typing import Any

from twisted.application._workers.control import ControlError, Orders
from twisted.application._workers.sharing import Asking, Sharing


class _Pipe:
    """The file that log events are written to. When the parent is gone nobody reads them, and nobody needs to know."""

    encoding = "utf-8"

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, text: str) -> None:
        """Write all of it."""
        data = memoryview(text.encode("utf-8"))
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            return

    def flush(self) -> None:
        """Nothing is held back."""


def _as_line(event: Any) -> str:
    from twisted.logger import eventAsJSON
    from twisted.python.reflect import safe_str

    failure = event.get("log_failure")
    if failure is not None:
        # An exception is no JSON, and its text is what people want to read.
        failure = copy(failure)
        failure.value = safe_str(failure.value)
        event = {**event, "log_failure": failure}
    return eventAsJSON(event) + "\n"


def _observer(file: Any) -> Any:
    from twisted.logger import FileLogObserver

    return FileLogObserver(file, _as_line)


def main() -> None:
    """
    Be a worker. The first argument is the control connection's descriptor; the log's is the one after it.
    """
    control = int(sys.argv[1])
    for descriptor in range(3, control + 2):
        os.set_inheritable(descriptor, False)
    # These are for the parent; on a terminal everybody gets them. Not ignored: programs we start would inherit that.
    for name in ("SIGHUP", "SIGUSR1"):
        signal.signal(getattr(signal, name), _not_for_us)
    # Until there is something to stop, an interrupt just ends us.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asking = Asking(socket.socket(fileno=control))
    try:
        orders = asking.orders()
    except (ControlError, OSError) as problem:
        raise SystemExit(f"no orders: {problem}") from None
    sys.path[:] = orders.path
    sys.argv[:] = orders.argv
    if orders.names:
        os.environ["LISTEN_PID"] = str(os.getpid())
        os.environ["LISTEN_FDS"] = str(len(orders.names))
        os.environ["LISTEN_FDNAMES"] = ":".join(orders.names)
    _run(orders, asking, _Pipe(control + 1))


def _not_for_us(number: int, frame: object) -> None:
    """Nothing is done."""


def _run(orders: Orders, asking: Asking, log: _Pipe) -> None:
    from twisted.application.twist._twist import Twist
    from twisted.internet.error import CannotListenError
    from twisted.python.usage import UsageError

    options: Any = Twist.options(orders.argv)
    options["workers"] = 0
    if options["logFile"] not in (sys.stdout, sys.stderr):
        # It is the parent's to write.
        options["logFile"].close()
    options["logFile"] = log
    options["fileLogObserverFactory"] = _observer
    reactor: Any = options["reactor"]
    sharing = Sharing(reactor, asking)
    sharing.adapt()
    try:
        service = Twist.service(options.plugins[options.subCommand], options.subOptions)
        Twist.startService(reactor, service)
    except (CannotListenError, OSError, UsageError) as problem:
        # What a user can mend, in a sentence; the traceback of anything else tells whose fault it is.
        raise SystemExit(f"{options.subCommand} cannot be started: {problem}") from None
    reactor.callWhenRunning(_serve, reactor, orders.grace, sharing, asking)
    Twist.run(options)


def _serve(reactor: Any, grace: float, sharing: Sharing, asking: Asking) -> None:
    """The service has started, and the reactor runs."""

    def stop() -> None:
        # It may be stopping by itself.
        if reactor.running:
            reactor.stop()

    def leave() -> None:
        sharing.leave(grace, stop)

    signal.signal(signal.SIGTERM, lambda number, frame: reactor.callFromThread(leave))
    signal.signal(signal.SIGINT, lambda number, frame: reactor.callFromThread(stop))
    sharing.starting = False
    asking.watch(reactor, leave)
    asking.ready()
