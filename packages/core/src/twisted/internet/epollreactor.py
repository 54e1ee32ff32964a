"""
The reactor over epoll(7): Linux.
"""

from __future__ import annotations

import select

from twisted.internet._reactor.readiness import Poller, ReadinessReactor

try:
    from select import EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, epoll
except ImportError as missing:
    raise ImportError("epoll is a part of Linux, and this platform has none: use another reactor") from missing

__all__ = ["EPOLLERR", "EPOLLHUP", "EPOLLIN", "EPOLLOUT", "EPollReactor", "epoll", "install"]


class _Epoll:
    """One epoll object. Its numbers for interests and events are ours."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        # Without an argument of ours in between: this is called each turn.
        self.poll = self._epoll.poll

    def watch(self, fd: int, interest: int, before: int) -> None:
        if before:
            try:
                self._epoll.modify(fd, interest)
                return
            except FileNotFoundError:
                # The number was closed and is another descriptor's now.
                pass
        try:
            self._epoll.register(fd, interest)
        except FileExistsError:
            self._epoll.modify(fd, interest)

    def unwatch(self, fd: int) -> None:
        self._epoll.unregister(fd)

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
