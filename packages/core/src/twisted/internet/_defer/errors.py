"""
What can go wrong with Deferreds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twisted.python.failure import Failure


class AlreadyCalledError(Exception):
    """A Deferred was given a second result."""


class CancelledError(Exception):
    """The operation was given up because somebody called `Deferred.cancel`."""


class TimeoutError(Exception):
    """The operation took longer than it may."""


class NotACoroutineError(TypeError):
    """Something else came where a coroutine is needed."""


class QueueOverflow(Exception):
    """A `DeferredQueue` holds as many objects as it may."""


class QueueUnderflow(Exception):
    """A `DeferredQueue` has as many waiting takers as it may."""


class AlreadyTryingToLockError(Exception):
    """`DeferredFilesystemLock.deferUntilLocked` was called while an earlier call still waits."""


class FirstError(Exception):
    """
    The first of several Deferreds failed, and that failed the whole.

    Attributes:
        subFailure: What happened.
        index: Which of the Deferreds it happened to, counted from 0.
    """

    def __init__(self, failure: Failure, index: int) -> None:
        super().__init__(failure, index)
        self.subFailure = failure
        self.index = index

    def __repr__(self) -> str:
        return f"FirstError[#{self.index}, {self.subFailure.value!r}]"

    def __str__(self) -> str:
        return f"FirstError[#{self.index}, {self.subFailure}]"

    def _order(self) -> tuple[int, Failure]:
        return self.index, self.subFailure

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FirstError):
            return self._order() == other._order()
        return NotImplemented

    __hash__ = Exception.__hash__


class FailureGroup(Exception):
    """
    Everything that was tried failed.

    Attributes:
        failures: What happened, one for each attempt.
    """

    def __init__(self, failures: Sequence[Failure]) -> None:
        super().__init__(failures)
        self.failures = failures
