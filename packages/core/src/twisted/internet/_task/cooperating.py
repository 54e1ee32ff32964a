"""
Long work in small steps, between which everything else has its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import time as wall_clock
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

_TaskIteratorT = TypeVar("_TaskIteratorT", bound=Iterator[Any])

# How long steps may be taken in one turn, in seconds.
_SLICE = 0.01


class SchedulerError(Exception):
    """Something that cannot be done with a task or its cooperator now."""


class SchedulerStopped(SchedulerError):
    """The cooperator was stopped."""


class TaskFinished(SchedulerError):
    """The task is over."""


class TaskDone(TaskFinished):
    """The task's iterator is exhausted."""


class TaskStopped(TaskFinished):
    """The task was stopped."""


class TaskFailed(TaskFinished):
    """The task's iterator raised an exception."""


class NotPaused(SchedulerError):
    """The task was to go on, and was not paused."""


class CooperativeTask(Generic[_TaskIteratorT]):
    """
    An iterator that a `Cooperator` works through. Made by `Cooperator.cooperate`.
    """

    def __init__(self, iterator: _TaskIteratorT, cooperator: Cooperator) -> None:
        self._iterator = iterator
        self._cooperator = cooperator
        self._waiting: list[Deferred[_TaskIteratorT]] = []
        self._pauses = 0
        self._over: SchedulerError | None = None
        self._outcome: Any = None
        cooperator._add(self)

    def whenDone(self) -> Deferred[_TaskIteratorT]:
        """Give a Deferred that fires with the iterator when it is exhausted, or with why it will not be."""
        done: Deferred[_TaskIteratorT] = Deferred()
        if self._over is None:
            self._waiting.append(done)
        elif isinstance(self._outcome, Failure):
            done.errback(self._outcome)
        else:
            done.callback(self._outcome)
        return done

    def pause(self) -> None:
        """
        Take no steps until `resume` was called as often as this.

        Raises:
            TaskFinished: It is over.
        """
        self._check()
        self._pauses += 1
        if self._pauses == 1:
            self._cooperator._remove(self)

    def resume(self) -> None:
        """
        Undo one `pause`.

        Raises:
            NotPaused: It was not paused.
        """
        if self._pauses == 0:
            raise NotPaused()
        self._pauses -= 1
        if self._pauses == 0 and self._over is None:
            self._cooperator._add(self)

    def stop(self) -> None:
        """
        Take no more steps.

        Raises:
            TaskFinished: It is over.
        """
        self._check()
        self._finish(TaskStopped(), Failure(TaskStopped()))

    def _check(self) -> None:
        if self._over is not None:
            raise self._over

    def _finish(self, why: SchedulerError, outcome: Any) -> None:
        self._over = why
        self._outcome = outcome
        if not self._pauses:
            self._cooperator._remove(self)
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if isinstance(outcome, Failure):
                one.errback(outcome)
            else:
                one.callback(outcome)

    def _step(self) -> None:
        try:
            result = next(self._iterator)
        except StopIteration:
            self._finish(TaskDone(), self._iterator)
            return
        except BaseException:
            self._finish(TaskFailed(), Failure())
            return
        if result is None:
            return
        if hasattr(result, "__await__") and not isinstance(result, Deferred):
            result = ensureDeferred(result)
        if isinstance(result, Deferred):
            self.pause()

            def failed(failure: Failure) -> None:
                if self._over is None:
                    self._finish(TaskFailed(), failure)

            result.addCallbacks(lambda _: self.resume(), failed)


def _in_slices() -> Callable[[], bool]:
    """Make a predicate that becomes true when a turn has taken long enough."""
    end = wall_clock() + _SLICE
    return lambda: wall_clock() > end


def _soon(step: Callable[[], None]) -> IDelayedCall:
    from twisted.internet._reactor.choice import current_reactor

    call: IDelayedCall = current_reactor().callLater(0.00000001, step)
    return call


class Cooperator:
    """
    Works through several iterators, a step of each in turn.

    Args:
        terminationPredicateFactory: Called at the beginning of each turn; gives a function that tells, after each step,
            whether the turn has taken long enough.
        scheduler: Called with a function that is to be called soon; gives something with a ``cancel()``.
        started: Whether to work at once, or when `start` is called.
    """

    def __init__(
        self,
        terminationPredicateFactory: Callable[[], Callable[[], bool]] = _in_slices,
        scheduler: Callable[[Callable[[], None]], Any] = _soon,
        started: bool = True,
    ) -> None:
        self._predicate = terminationPredicateFactory
        self._scheduler = scheduler
        self._started = started
        self._tasks: list[CooperativeTask[Any]] = []
        self._next = 0
        self._call: Any = None
        self._stopped = False
        self._turning = False

    @property
    def running(self) -> bool:
        """Whether it works."""
        return self._started and not self._stopped

    def coiterate(
        self, iterator: _TaskIteratorT, doneDeferred: Deferred[_TaskIteratorT] | None = None
    ) -> Deferred[_TaskIteratorT]:
        """
        Work through an iterator. What it yields as Deferred is waited for.

        Args:
            iterator: The iterator.
            doneDeferred: What to fire; a new Deferred if it is left out.

        Returns:
            A Deferred that fires with the iterator when it is exhausted.
        """
        done: Deferred[_TaskIteratorT] = Deferred() if doneDeferred is None else doneDeferred
        CooperativeTask(iterator, self).whenDone().chainDeferred(done)
        return done

    def cooperate(self, iterator: _TaskIteratorT) -> CooperativeTask[_TaskIteratorT]:
        """Work through an iterator; the task can be paused and stopped."""
        return CooperativeTask(iterator, self)

    def _add(self, task: CooperativeTask[Any]) -> None:
        if self._stopped:
            self._tasks.append(task)
            task._finish(SchedulerStopped(), Failure(SchedulerStopped()))
            return
        self._tasks.append(task)
        self._reschedule()

    def _remove(self, task: CooperativeTask[Any]) -> None:
        # Whose turn is next is a place, not a task: programs have seen in which order tasks go on that were paused.
        self._tasks.remove(task)
        if not self._tasks and self._call is not None:
            call, self._call = self._call, None
            call.cancel()

    def _reschedule(self) -> None:
        if self._started and self._call is None and self._tasks and not self._turning:
            self._call = self._scheduler(self._turn)

    def _turn(self) -> None:
        self._call = None
        self._turning = True
        try:
            enough = self._predicate()
            while True:
                if self._next >= len(self._tasks):
                    self._next = 0
                    if not self._tasks:
                        break
                task = self._tasks[self._next]
                self._next += 1
                task._step()
                if enough() or not self._started:
                    break
        finally:
            self._turning = False
        self._reschedule()

    def start(self) -> None:
        """Work, or go on."""
        self._stopped = False
        self._started = True
        self._reschedule()

    def stop(self) -> None:
        """Stop all tasks; their Deferreds fail with `SchedulerStopped`."""
        self._stopped = True
        for task in list(self._tasks):
            task._finish(SchedulerStopped(), Failure(SchedulerStopped()))
        self._tasks = []
        if self._call is not None:
            call, self._call = self._call, None
            call.cancel()
