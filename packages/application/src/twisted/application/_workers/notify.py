"""
Telling systemd how we are (see the manual page sd_notify).
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from typing import Any

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

_log = Logger("twisted.application.systemd")


class Notifier:
    """
    Sends messages to the socket that systemd names.

    Args:
        address: The socket: a path, or ``@`` and a name in the abstract namespace.
        watchdog: How often systemd wants to hear that we are alive, in seconds; 0 for never.
    """

    def __init__(self, address: str, watchdog: float = 0) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog = watchdog
        self._alive: LoopingCall | None = None
        self._complained = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ, pid: int | None = None) -> Notifier | None:
        """Make one of what the environment says; `None` if nobody wants to be told."""
        address = environ.get("NOTIFY_SOCKET", "")
        if address[:1] not in ("/", "@") or len(address) < 2:
            return None
        whose = environ.get("WATCHDOG_PID", "")
        interval = environ.get("WATCHDOG_USEC", "")
        ours = not whose or whose == str(os.getpid() if pid is None else pid)
        return cls(address, int(interval) / 1e6 if ours and interval.isdigit() else 0)

    def tell(self, *lines: str) -> None:
        """Send a message. If that fails the log says so, once: it is no reason to stop serving."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                # Never wait for it: a service manager that is stuck must not stop us too.
                sender.setblocking(False)
                sender.sendto("\n".join(lines).encode("utf-8"), self._address)
        except OSError as why:
            if not self._complained:
                self._complained = True
                _log.warn(
                    "systemd cannot be told {lines} at {address!r}: {why}", lines=lines, address=self._address, why=why
                )

    def ready(self, status: str = "") -> None:
        """Say that we are ready, for the first time or after reloading."""
        self.tell("READY=1", *self._status(status))

    def reloading(self, status: str = "") -> None:
        """Say that we reload; `ready` says that it is done."""
        # systemd compares the time with that of its own request.
        self.tell(
            "RELOADING=1",
            f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}",
            *self._status(status),
        )

    def stopping(self, status: str = "") -> None:
        """Say that we are about to end."""
        self.tell("STOPPING=1", *self._status(status))

    def status(self, status: str) -> None:
        """Say how we are, for people to read."""
        self.tell(*self._status(status))

    def _status(self, status: str) -> list[str]:
        return [f"STATUS={status}"] if status else []

    def keep_alive(self, clock: Any) -> None:  # Any: a reactor, of which the time alone is used
        """From now on say twice in each interval that we are alive, as long as the reactor turns."""
        if self.watchdog > 0 and self._alive is None:
            self._alive = LoopingCall(self.tell, "WATCHDOG=1")
            self._alive.clock = clock
            self._alive.start(self.watchdog / 2, now=True)

    def stop(self) -> None:
        """Say no longer that we are alive."""
        if self._alive is not None:
            self._alive.stop()
            self._alive = None


def report(reactor: Any, notifier: Notifier | None = None) -> None:
    """
    Report the life of a program of one process, if systemd wants to be told.

    Args:
        reactor: The program's reactor, before it runs.
        notifier: Who tells; made of the environment if it is left out.
    """
    told = notifier or Notifier.from_environment()
    if told is None:
        return

    def begun() -> None:
        told.keep_alive(reactor)
        told.ready()

    reactor.callWhenRunning(begun)
    # Not before all else: while services stop, which may take time, the watchdog goes on.
    reactor.addSystemEventTrigger("before", "shutdown", told.stopping)
    reactor.addSystemEventTrigger("after", "shutdown", told.stop)
