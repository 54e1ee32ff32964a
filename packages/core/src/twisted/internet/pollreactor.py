"""
The reactor over poll(2): most Unix systems.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from errno import EBADF

from twisted.internet._reactor.readiness import Poller, ReadinessReactor

try:
    from select import POLLNVAL
except ImportError as missing:
    raise ImportError("this platform has no poll(2): use another reactor") from missing

__all__ = ["PollReactor", "install"]


class _Poll:
    """One poll object. Its numbers for interests and events are ours."""

    def __init__(self) -> None:
        self._poll = select.poll()

    def watch(self, fd: int, interest: int, before: int) -> None:
        self._poll.register(fd, interest)

    def unwatch(self, fd: int) -> None:
        self._poll.unregister(fd)

    def poll(self, timeout: float | None) -> Sequence[tuple[int, int]]:
        # Rounded up: to wake before a delayed call's time is to turn in vain.
        found = self._poll.poll(None if timeout is None else -int(-timeout * 1000 // 1))
        for fd, bits in found:
            if bits & POLLNVAL:
                raise OSError(EBADF, f"descriptor {fd} was closed while it was watched")
        return found

    def close(self) -> None:
        return


class PollReactor(ReadinessReactor):
    """A reactor over poll(2)."""

    def _forget(self, fd: int) -> None:
        self._system.unwatch(fd)

    def _make_poller(self) -> Poller:
        return _Poll()

    def doPoll(self, timeout: float | None) -> None:
        """Wait for descriptors, and call those that are ready."""
        self.doIteration(timeout)


def install() -> None:
    """Make a reactor of this kind the process's default."""
    from twisted.internet.main import installReactor

    installReactor(PollReactor())
