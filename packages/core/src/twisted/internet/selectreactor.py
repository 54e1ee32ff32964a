"""
The reactor over select(2): every platform, for some hundred descriptors.
"""

from __future__ import annotations

import select
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

from twisted.internet._reactor.readiness import READ, WRITE, Poller, ReadinessReactor

__all__ = ["SelectReactor", "install", "win32select"]


def win32select(r: Iterable[Any], w: Iterable[Any], e: Iterable[Any], timeout: float | None = None) -> Any:
    """
    Call select(2) as Windows needs it: with nothing to wait for it fails there, and it cannot be interrupted.

    Args:
        r, w: What to watch for reading and writing.
        e: Not looked at.
        timeout: How long to wait, in seconds; half a second at most, so that Ctrl-C is noticed.
    """
    reading, writing = list(r), list(w)
    if not reading and not writing:
        time.sleep(0.01 if timeout is None else min(timeout, 0.001))
        return [], [], []
    # What Windows tells of a connection that failed comes as an exceptional condition of a writer.
    patience = 0.5 if timeout is None else min(timeout, 0.5)
    readable, writable, failed = select.select(reading, writing, writing, patience)
    return readable, writable + failed, []


_select = win32select if sys.platform == "win32" else select.select


class _Select:
    """The sets that select(2) is called with."""

    def __init__(self) -> None:
        self._readers: set[int] = set()
        self._writers: set[int] = set()

    def watch(self, fd: int, interest: int, before: int) -> None:
        (self._readers.add if interest & READ else self._readers.discard)(fd)
        (self._writers.add if interest & WRITE else self._writers.discard)(fd)

    def unwatch(self, fd: int) -> None:
        self._readers.discard(fd)
        self._writers.discard(fd)

    def poll(self, timeout: float | None) -> Sequence[tuple[int, int]]:
        readable, writable, _ = _select(self._readers, self._writers, [], timeout)
        events = dict.fromkeys(readable, READ)
        for fd in writable:
            events[fd] = events.get(fd, 0) | WRITE
        return list(events.items())

    def close(self) -> None:
        return


class SelectReactor(ReadinessReactor):
    """A reactor over select(2), which takes descriptors below 1,024 on most systems."""

    def _forget(self, fd: int) -> None:
        self._system.unwatch(fd)

    def _make_poller(self) -> Poller:
        return _Select()

    def doSelect(self, timeout: float | None) -> None:
        """Wait for descriptors, and call those that are ready."""
        self.doIteration(timeout)


def install() -> None:
    """Make a reactor of this kind the process's default."""
    from twisted.internet.main import installReactor

    installReactor(SelectReactor())
