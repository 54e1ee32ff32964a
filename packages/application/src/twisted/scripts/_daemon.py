"""
Becoming a daemon, in a way that whoever started us learns how that went.
"""

from __future__ import annotations

import os
import sys
from typing import Any

# What the new process says once its services have started.
_STARTED = b"0"
_LONGEST_REPORT = 1024


class StatusPipe:
    """Where the daemon tells its parent, which waits for it, how starting went."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def started(self) -> None:
        """All is well: the parent ends with 0."""
        self._send(_STARTED)

    def failed(self, why: str) -> None:
        """The parent prints why, and ends with 1."""
        self._send(b"1 " + why.encode("utf-8", "backslashreplace")[:_LONGEST_REPORT])

    def _send(self, report: bytes) -> None:
        try:
            os.write(self._descriptor, report)
        except BrokenPipeError:
            # Nobody waits any more.
            return
        finally:
            os.close(self._descriptor)


def daemonize(reactor: Any) -> StatusPipe:
    """
    Go on as a daemon: a new process, in a session of its own, without a terminal.

    Only that process returns from here. The one that called ends when that has reported.
    """
    reading, writing = os.pipe()
    reactor.beforeDaemonize()
    sys.stdout.flush()
    sys.stderr.flush()
    if os.fork():
        os.close(writing)
        _wait_and_end(reading)
    os.close(reading)
    os.setsid()
    if os.fork():
        # Whoever leads a session could get a terminal again; the next one cannot.
        os._exit(0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nothing, descriptor)
    if nothing > 2:
        os.close(nothing)
    reactor.afterDaemonize()
    return StatusPipe(writing)


def _wait_and_end(reading: int) -> None:
    report = b""
    while piece := os.read(reading, _LONGEST_REPORT):
        report += piece
    if report == _STARTED:
        os._exit(0)
    why = report[2:].decode("utf-8", "replace") or "the daemon ended before it was ready"
    # Not sys.stderr, which may be the log by now.
    os.write(2, f"An error has occurred: {why}\nPlease look at log file for more information.\n".encode())
    os._exit(1)
