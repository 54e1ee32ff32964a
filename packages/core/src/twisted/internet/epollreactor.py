"""
The reactor over epoll(7): Linux.
"""

from __future__ import annotations

import select
from collections.abc import Sequence

from twisted.internet._reactor.readiness import BROKEN, READ, WRITE, Poller, ReadinessReactor

try:
    from select import EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, epoll
except ImportError as missing:
    raise ImportError("epoll is a part of Linux, and this platform has none: use another reactor") from missing

__all__ = ["EPOLLERR", "EPOLLHUP", "EPOLLIN", "EPOLLOUT", "EPollReactor", "epoll", "install"]

# The kernel's bits for each interest, and which of them an event may come with. `READ` is 1 as EPOLLIN is; the others
# are translated by tables, which costs less than tests.
_BITS = [0, EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLOUT]
_EVENTS = [
    (READ if bits & EPOLLIN else 0)
    | (WRITE if bits & EPOLLOUT else 0)
    | (BROKEN if bits & (EPOLLERR | EPOLLHUP) else 0)
    for bits in range(64)
]


class _Epoll:
    """One epoll object."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._poll = self._epoll.poll

    def watch(self, fd: int, interest: int, before: int) -> None:
        if before:
            try:
                self._epoll.modify(fd, _BITS[interest])
                return
            except FileNotFoundError:
                # The number was closed and is another descriptor's now.
                pass
        try:
            self._epoll.register(fd, _BITS[interest])
        except FileExistsError:
            self._epoll.modify(fd, _BITS[interest])

    def unwatch(self, fd: int) -> None:
        self._epoll.unregister(fd)

    def wait(self, timeout: float | None) -> Sequence[tuple[int, int]]:
        found = self._poll(-1 if timeout is None else timeout, 1024)
        events = _EVENTS
        return [(fd, events[bits & 63]) for fd, bits in found]

    def close(self) -> None:
        self._epoll.close()


class EPollReactor(ReadinessReactor):
    """A reactor over epoll(7): its cost does not grow with the number of connections that are idle."""

    def _make_poller(self) -> Poller:
        return _Epoll()

    def doPoll(self, timeout: float | None) -> None:
        """Wait for descriptors, and call those that are ready."""
        self.doIteration(timeout)


def install() -> None:
    """Make a reactor of this kind the process's default."""
    from twisted.internet.main import installReactor

    installReactor(EPollReactor())
