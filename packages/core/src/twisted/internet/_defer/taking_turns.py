"""
Taking turns: locks, semaphores, queues, and a lock between processes.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from twisted.internet._defer.deferred import Deferred
from twisted.internet._defer.errors import QueueOverflow, QueueUnderflow
from twisted.internet._defer.making import maybeDeferred, succeed

if TYPE_CHECKING:
    from typing_extensions import ParamSpec, Self

    _P = ParamSpec("_P")

_T = TypeVar("_T")


class _Shared:
    """Something that is acquired, used, and released."""

    def __init__(self) -> None:
        # Any: Self, which mypy does not follow into lists.
        self.waiting: list[Deferred[Any]] = []

    def _give_up(self, d: Deferred[Any]) -> None:
        self.waiting.remove(d)

    def acquire(self) -> Deferred[Self]:
        raise NotImplementedError(f"{type(self).__qualname__} has to override acquire()")

    def release(self) -> None:
        raise NotImplementedError(f"{type(self).__qualname__} has to override release()")

    def run(
        self,
        f: Callable[_P, Deferred[_T] | Coroutine[Deferred[Any], Any, _T] | _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_T]:
        """
        Acquire, call *f*, and release once its result is there.

        Returns:
            A Deferred with the result of *f*.
        """

        def release(result: Any) -> Any:
            self.release()
            return result

        def acquired(_: object) -> Deferred[_T]:
            return maybeDeferred(f, *args, **kwargs).addBoth(release)

        return self.acquire().addCallback(acquired)

    def __aenter__(self) -> Deferred[Self]:
        return self.acquire()

    def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> Deferred[Literal[False]]:
        self.release()
        return succeed(False)


class DeferredLock(_Shared):
    """
    A lock that one at a time may have, first come, first served.

    Attributes:
        locked: Whether somebody has it.
        waiting: The Deferreds of those who wait for it.
    """

    locked = False

    def acquire(self) -> Deferred[Self]:
        """
        Wait for the lock.

        Returns:
            A Deferred that fires with the lock when it is yours. Cancel it to leave the queue.
        """
        deferred: Deferred[Self] = Deferred(self._give_up)
        if self.locked:
            self.waiting.append(deferred)
        else:
            self.locked = True
            deferred.callback(self)
        return deferred

    def release(self) -> None:
        """Pass the lock to the next who waits."""
        assert self.locked, "Tried to release an unlocked lock"
        self.locked = False
        if self.waiting:
            self.locked = True
            self.waiting.pop(0).callback(self)


class DeferredSemaphore(_Shared):
    """
    Tokens that so many at a time may have, first come, first served.

    Attributes:
        tokens: How many are free.
        limit: How many there are.
        waiting: The Deferreds of those who wait for one.
    """

    def __init__(self, tokens: int) -> None:
        super().__init__()
        if tokens < 1:
            raise ValueError("DeferredSemaphore requires tokens >= 1")
        self.tokens = tokens
        self.limit = tokens

    def acquire(self) -> Deferred[Self]:
        """
        Wait for a token.

        Returns:
            A Deferred that fires with the semaphore when one is yours. Cancel it to leave the queue.
        """
        assert self.tokens >= 0, "Internal inconsistency??  tokens should never be negative"
        deferred: Deferred[Self] = Deferred(self._give_up)
        if not self.tokens:
            self.waiting.append(deferred)
        else:
            self.tokens -= 1
            deferred.callback(self)
        return deferred

    def release(self) -> None:
        """Give a token back, or pass it to the next who waits."""
        assert self.tokens < self.limit, "Someone called me too many times!"
        self.tokens += 1
        if self.waiting:
            self.tokens -= 1
            self.waiting.pop(0).callback(self)


class DeferredQueue(Generic[_T]):
    """
    Objects for whoever asks next.

    Attributes:
        pending: Objects nobody has asked for yet.
        waiting: The Deferreds of those who asked and got none yet.
        size: How many objects may be pending, `None` for any number.
        backlog: How many may be waiting, `None` for any number.
    """

    def __init__(self, size: int | None = None, backlog: int | None = None) -> None:
        self.waiting: list[Deferred[_T]] = []
        self.pending: list[_T] = []
        self.size = size
        self.backlog = backlog

    def _give_up(self, d: Deferred[_T]) -> None:
        self.waiting.remove(d)

    def put(self, obj: _T) -> None:
        """
        Give *obj* to the first who waits, or keep it.

        Raises:
            QueueOverflow: Nobody waits, and there are `size` objects already.
        """
        if self.waiting:
            self.waiting.pop(0).callback(obj)
        elif self.size is None or len(self.pending) < self.size:
            self.pending.append(obj)
        else:
            raise QueueOverflow()

    def get(self) -> Deferred[_T]:
        """
        Ask for the next object.

        Returns:
            A Deferred with it. Cancel it to ask no more.

        Raises:
            QueueUnderflow: There is none, and `backlog` others wait already.
        """
        if self.pending:
            return succeed(self.pending.pop(0))
        if self.backlog is None or len(self.waiting) < self.backlog:
            deferred: Deferred[_T] = Deferred(self._give_up)
            self.waiting.append(deferred)
            return deferred
        raise QueueUnderflow()
