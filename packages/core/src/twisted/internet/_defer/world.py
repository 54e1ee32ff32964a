"""
How a coroutine of ours looks to asyncio: as a task.

Imported only once asyncio is. `asyncio.timeout`, task groups and anyio ask for the current task, cancel it, and look
at a few attributes that `asyncio.Task` has. All of that is here, and nothing else touches asyncio's private parts.
"""

from __future__ import annotations

import asyncio
import asyncio.tasks as tasks
from contextvars import Context
from typing import TYPE_CHECKING, Any

from twisted.internet._defer.errors import CancelledError
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet._defer.deferred import Deferred, Driver


class BothCancelled(CancelledError, asyncio.CancelledError):
    """A cancellation that came from asyncio, for those who know either world."""


def _swap_by_table(loop: asyncio.AbstractEventLoop, task: Any) -> Any:
    # Python 3.10 and 3.11.
    table: dict[Any, Any] = tasks._current_tasks  # type: ignore[attr-defined]
    before = table.get(loop)
    if task is None:
        table.pop(loop, None)
    else:
        table[loop] = task
    return before


def _swap_by_leaving(loop: asyncio.AbstractEventLoop, task: Any) -> Any:
    # The documented way, for whatever comes.
    before = asyncio.current_task(loop)
    if before is not None:
        asyncio._leave_task(loop, before)
    if task is not None:
        asyncio._enter_task(loop, task)
    return before


# Any: private functions of asyncio, different in each version of Python.
swap_task: Any = getattr(tasks, "_swap_current_task", None) or (
    _swap_by_table if hasattr(tasks, "_current_tasks") else _swap_by_leaving
)


class Task(asyncio.Future):  # type: ignore[type-arg]  # not generic when Python 3.10 runs it
    """
    Stands for a coroutine of ours wherever asyncio wants an `asyncio.Task`.

    It is done when the coroutine is. A cancellation is answered in a later turn, whatever it cancels: asyncio sets
    state after `cancel` returns.
    """

    # Defaults live in the class, since most tasks never change them.
    _driver: Driver[Any] | None = None
    _coro: Any = None
    _context: Any = None
    _name: str | None = None
    _message: Any = None
    _must_cancel = False
    _cancel_requests = 0
    #: Whether `asyncio.all_tasks` knows us.
    _listed = False
    #: Whether the awaited Deferred was cancelled for asyncio's sake, and its answer is to come.
    _cancelling_deferred = False
    #: Whether the next step is in the loop's queue already.
    _queued = False

    def __init__(self, driver: Driver[Any], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._driver = driver
        self._coro = driver._source
        self._context = driver._context

    # What asyncio, anyio and others ask of a task

    def get_coro(self) -> Any:
        return self._coro

    def get_context(self) -> Context:
        context: Context = self._context
        return context

    def get_name(self) -> str:
        return self._name if self._name is not None else f"Deferred-{id(self):x}"

    def set_name(self, value: object) -> None:
        self._name = str(value)

    def get_stack(self, *, limit: int | None = None) -> list[Any]:
        frame = getattr(self._coro, "cr_frame", None) or getattr(self._coro, "gi_frame", None)
        return [] if frame is None else [frame]

    @property
    def _fut_waiter(self) -> Any:
        driver = self._driver
        return None if driver is None else driver._awaited

    def cancelling(self) -> int:
        return self._cancel_requests

    def uncancel(self) -> int:
        if self._cancel_requests > 0:
            self._cancel_requests -= 1
            if not self._cancel_requests:
                self._must_cancel = False
        return self._cancel_requests

    def cancel(self, msg: Any = None) -> bool:
        """Have `asyncio.CancelledError` raised where the coroutine waits, in a later turn."""
        if self.done():
            return False
        self._cancel_requests += 1
        self._message = msg
        awaited = self._fut_waiter
        if awaited is None or self._cancelling_deferred or self._queued:
            self._must_cancel = True
        elif not asyncio.isfuture(awaited):
            self._cancelling_deferred = True
            awaited.cancel()
        elif not awaited.cancel(msg):
            self._must_cancel = True
        return True

    # What the driver tells us, in the order it does

    def _cancelled_error(self) -> asyncio.CancelledError:
        return asyncio.CancelledError() if self._message is None else asyncio.CancelledError(self._message)

    def puts_off(self, value: object) -> bool:
        """Whether the step that *value* leads to comes in a later turn, since it answers a cancellation."""
        if not self._cancelling_deferred:
            return False
        self._cancelling_deferred = False
        error = self._cancelled_error()
        if isinstance(value, Failure):
            error.__cause__ = value.value
        self._queue(Failure(error))
        return True

    def begins_with(self, value: object) -> object:
        """What the step begins with: *value*, unless a cancellation came while nothing was waited for."""
        if not self._must_cancel:
            return value
        self._must_cancel = False
        if isinstance(value, Failure) and isinstance(value.value, asyncio.CancelledError):
            return value
        return Failure(self._cancelled_error())

    def waits_for_deferred(self, awaited: Deferred[Any]) -> None:
        """The coroutine waits for a Deferred now. If it was cancelled in this step, so is that."""
        if self._must_cancel:
            self._must_cancel = False
            self._cancelling_deferred = True
            awaited.cancel()

    def waits_for(self, awaited: Any) -> bool:
        """Wait for a future, or for the next turn. Returns whether *awaited* asks for one of them."""
        if awaited is None:
            self._queue(None)
            return True
        blocking = getattr(awaited, "_asyncio_future_blocking", None)
        if blocking is None:
            return False
        driver = self._driver
        assert driver is not None
        loop = self.get_loop()
        if not self._listed:
            # From now on asyncio.run() can cancel it, as it does with all tasks at its end.
            self._listed = True
            tasks._register_task(self)  # type: ignore[arg-type]  # it does with any future
        if not blocking:
            self._queue(
                Failure(RuntimeError(f"yield was used instead of yield from in task {self!r} with {awaited!r}"))
            )
        elif awaited is self:
            self._queue(Failure(RuntimeError(f"Task cannot await on itself: {self!r}")))
        elif awaited.get_loop() is not loop:
            self._queue(Failure(RuntimeError(f"Task {self!r} got Future {awaited!r} attached to a different loop")))
        else:
            awaited._asyncio_future_blocking = False
            driver._awaited = awaited
            awaited.add_done_callback(self._wake)
            if self._must_cancel and awaited.cancel(self._message):
                self._must_cancel = False
        return True

    def cancel_at_once(self, awaited: Any) -> None:
        """
        `Deferred.cancel` was called, and the coroutine waits for something of asyncio's.

        It goes on at once if a cancelled future is all there was to wait for. An awaited task ends in its own time.
        """
        if awaited is None:
            self._must_cancel = self._must_cancel or self._queued
            return
        # A future forgets its callbacks when it is cancelled, having put them into the loop's queue.
        awaited.remove_done_callback(self._wake)
        awaited.cancel()
        if awaited.done():
            self._resume(None)
        else:
            awaited.add_done_callback(self._wake)

    def _queue(self, value: object) -> None:
        self._queued = True
        self.get_loop().call_soon(self._resume, value)

    def _wake(self, _future: object) -> None:
        # The future's own __await__ asks it for the result, or the exception.
        self._resume(None)

    def _resume(self, value: object) -> None:
        self._queued = False
        driver = self._driver
        if driver is not None:
            driver._resume(value)

    def ends_with(self, value: Any) -> Any:
        """The coroutine is over, with *value*. Returns the result of its Deferred."""
        self._driver = None
        if self.done():
            return value
        if not isinstance(value, Failure):
            self.set_result(value)
            return value
        error = value.value
        if isinstance(error, asyncio.CancelledError):
            super().cancel(self._message)
            return value if isinstance(error, CancelledError) else in_both_worlds(value)
        if isinstance(error, CancelledError):
            super().cancel(self._message)
        elif isinstance(error, BaseException) and not isinstance(error, StopIteration):
            self.set_exception(error)
            # Its Deferred reports it, if nobody handles it.
            self._log_traceback = False
        return value


def in_both_worlds(failure: Failure) -> Failure:
    """The failure of an `asyncio.CancelledError`, as one that those who know `defer.CancelledError` know too."""
    both = BothCancelled(*failure.value.args)
    both.__cause__ = failure.value
    return Failure(both, None, failure.tb)
