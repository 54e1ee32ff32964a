"""
A lock between processes that is waited for without blocking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet._defer.deferred import Deferred
from twisted.internet._defer.errors import AlreadyTryingToLockError, TimeoutError
from twisted.internet._defer.making import fail
from twisted.python.failure import Failure
from twisted.python.lockfile import FilesystemLock

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime


class DeferredFilesystemLock(FilesystemLock):
    """A `FilesystemLock` that can be waited for: it is tried once a second."""

    _interval = 1

    def __init__(self, name: str, scheduler: IReactorTime | None = None) -> None:
        """
        Args:
            name: The path of the lock.
            scheduler: What measures the time; the reactor if `None`.
        """
        FilesystemLock.__init__(self, name)
        if scheduler is None:
            from twisted.internet import reactor

            scheduler = reactor
        self._scheduler: Any = scheduler
        self._waiting: Deferred[None] | None = None
        self._next_try: IDelayedCall | None = None
        self._deadline: IDelayedCall | None = None

    def deferUntilLocked(self, timeout: float | None = None) -> Deferred[None]:
        """
        Wait until the lock is ours.

        Args:
            timeout: Give up after so many seconds, and fail with `TimeoutError`.

        Returns:
            A Deferred that fires with `None`. Cancel it to stop trying. It fails with `AlreadyTryingToLockError`
            while an earlier one still waits.
        """
        if self._waiting is not None:
            return fail(AlreadyTryingToLockError("deferUntilLocked isn't safe for concurrent use."))

        def stop_trying(_deferred: Deferred[None]) -> None:
            self._forget()

        deferred: Deferred[None] = Deferred(stop_trying)
        self._waiting = deferred
        if timeout is not None:
            self._deadline = self._scheduler.callLater(timeout, self._expire)
        self._try()
        return deferred

    def _try(self) -> None:
        self._next_try = None
        try:
            locked = self.lock()
        except BaseException:
            reason = Failure()
            waiting = self._forget()
            if waiting is not None:
                waiting.errback(reason)
            return
        if not locked:
            self._next_try = self._scheduler.callLater(self._interval, self._try)
            return
        waiting = self._forget()
        if waiting is not None:
            waiting.callback(None)

    def _expire(self) -> None:
        self._deadline = None
        waiting = self._forget()
        if waiting is not None:
            waiting.errback(Failure(TimeoutError(f"Timed out acquiring lock: {self.name}")))

    def _forget(self) -> Deferred[None] | None:
        """Stop every timer, and return who waited."""
        for call in (self._next_try, self._deadline):
            if call is not None and call.active():
                call.cancel()
        self._next_try = self._deadline = None
        waiting, self._waiting = self._waiting, None
        return waiting
