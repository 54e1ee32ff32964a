"""
The reactor over kqueue(2): macOS and the BSDs.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from typing import Any

from twisted.internet._reactor.readiness import BROKEN, READ, WRITE, Poller, ReadinessReactor

__all__ = ["KQueueReactor", "install"]

# The kernel's numbers, which are the same everywhere, so that this module can be imported and tested anywhere.
_FILTER_READ = getattr(select, "KQ_FILTER_READ", -1)
_FILTER_WRITE = getattr(select, "KQ_FILTER_WRITE", -2)
_ADD = getattr(select, "KQ_EV_ADD", 1)
_DELETE = getattr(select, "KQ_EV_DELETE", 2)
_EOF = getattr(select, "KQ_EV_EOF", 0x8000)
_ERROR = getattr(select, "KQ_EV_ERROR", 0x4000)


class _Kqueue:
    """
    One kqueue. Reading and writing are two filters of their own.

    Args:
        kqueue: What `select.kqueue` made.
        kevent: `select.kevent`.
    """

    def __init__(self, kqueue: Any, kevent: Any) -> None:
        self._kqueue = kqueue
        self._kevent = kevent
        self._interests: dict[int, int] = {}

    def _control(self, fd: int, filter: int, flags: int) -> None:
        self._kqueue.control([self._kevent(fd, filter, flags)], 0, 0)

    def watch(self, fd: int, interest: int, before: int) -> None:
        for bit, filter in ((READ, _FILTER_READ), (WRITE, _FILTER_WRITE)):
            if interest & bit and not before & bit:
                self._control(fd, filter, _ADD)
            elif before & bit and not interest & bit:
                self._control(fd, filter, _DELETE)
        self._interests[fd] = interest

    def unwatch(self, fd: int) -> None:
        before = self._interests.pop(fd, 0)
        for bit, filter in ((READ, _FILTER_READ), (WRITE, _FILTER_WRITE)):
            if before & bit:
                self._control(fd, filter, _DELETE)

    def poll(self, timeout: float | None) -> Sequence[tuple[int, int]]:
        events: dict[int, int] = {}
        for event in self._kqueue.control(None, 1024, timeout):
            bits = READ if event.filter == _FILTER_READ else WRITE if event.filter == _FILTER_WRITE else 0
            if event.flags & (_EOF | _ERROR):
                bits |= BROKEN
            events[event.ident] = events.get(event.ident, 0) | bits
        return list(events.items())

    def close(self) -> None:
        self._kqueue.close()


class KQueueReactor(ReadinessReactor):
    """A reactor over kqueue(2)."""

    def _forget(self, fd: int) -> None:
        self._system.unwatch(fd)

    def _make_poller(self) -> Poller:
        if not hasattr(select, "kqueue"):
            raise OSError("this platform has no kqueue(2): use another reactor")
        made: Any = select
        return _Kqueue(made.kqueue(), made.kevent)


def install() -> None:
    """Make a reactor of this kind the process's default."""
    from twisted.internet.main import installReactor

    installReactor(KQueueReactor())
