"""
Our coroutines among asyncio's tasks.

While an asyncio loop runs in the thread, each coroutine of ours has an object that looks like a task, and that is the
current task whenever the coroutine runs. `asyncio.timeout`, task groups, anyio and libraries built on them talk to it.
This module is imported when something else has imported asyncio.
"""

from __future__ import annotations

import asyncio
import asyncio.tasks
from asyncio import events, tasks
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Any

from twisted.internet._defer.errors import CancelledError
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet._defer.deferred import Driver

running_loop = events._get_running_loop


class BothCancelled(CancelledError, asyncio.CancelledError):
    """A cancellation that came from asyncio, for those who know either world."""


def _swap_by_table(loop: Any, task: Any) -> Any:
    """Make *task* the current one, and give the one that was: Python 3.10 and 3.11."""
    table: dict[Any, Any] = tasks._current_tasks  # type: ignore[attr-defined]
    before = table.get(loop)
    if task is None:
        table.pop(loop, None)
    else:
        table[loop] = task
    return before


def _swap_by_leaving(loop: Any, task: Any) -> Any:
    """The documented way: leave one task, and enter another."""
    before = asyncio.current_task(loop)
    if before is not None:
        asyncio._leave_task(loop, before)  # type: ignore[attr-defined]
    if task is not None:
        asyncio._enter_task(loop, task)  # type: ignore[attr-defined]
    return before


_swap: Callable[[Any, Any], Any] = getattr(tasks, "_swap_current_task", None) or (
    _swap_by_table if hasattr(tasks, "_current_tasks") else _swap_by_leaving
)


class Task(asyncio.Future):  # type: ignore[type-arg]  # not generic at run time on every Python
    """
    Stands for a coroutine of ours. It is done when the coroutine is, and its result is of no interest.
    """

    def __init__(self, driver: Driver[Any], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._driver = driver
        self._coro = driver._source
        self._name = f"Deferred-{id(driver):x}"
        self._cancels_wanted = 0
        self._must_cancel = False
        self._fut_waiter: Any = None
        self._registered = False
        self._resuming = False

    # What asyncio, anyio and others ask of a task

    def get_coro(self) -> Any:
        """Give the coroutine."""
        return self._coro

    def get_context(self) -> Context:
        """Give the context that the coroutine runs in."""
        context: Context = self._driver._enter.__self__  # type: ignore[attr-defined]
        return context

    def get_name(self) -> str:
        """Give a name."""
        return self._name

    def set_name(self, value: object) -> None:
        """Change the name."""
        self._name = str(value)

    def get_stack(self, *, limit: int | None = None) -> list[Any]:
        """Give the frame the coroutine waits in."""
        frame = getattr(self._coro, "cr_frame", None) or getattr(self._coro, "gi_frame", None)
        return [] if frame is None else [frame]

    def cancelling(self) -> int:
        """Give how many cancellations were asked for and not taken back."""
        return self._cancels_wanted

    def uncancel(self) -> int:
        """Take one cancellation back; give how many are left."""
        if self._cancels_wanted > 0:
            self._cancels_wanted -= 1
            if self._cancels_wanted == 0:
                self._must_cancel = False
        return self._cancels_wanted

    def cancel(self, msg: Any = None) -> bool:
        """Have `asyncio.CancelledError` raised where the coroutine waits, in a later turn."""
        if self.done():
            return False
        self._cancels_wanted += 1
        if self._fut_waiter is not None:
            if self._fut_waiter.cancel():
                return True
        self._must_cancel = True
        if self._driver._awaited is not None and not self._resuming:
            # asyncio goes on setting state after this returns, so nothing may happen before the next turn.
            self._resuming = True
            self.get_loop().call_soon(self._cancel_awaited)
        return True

    def _cancel_awaited(self) -> None:
        self._resuming = False
        awaited = self._driver._awaited
        if self._must_cancel and awaited is not None and self._fut_waiter is None:
            awaited.cancel()

    def finish(self) -> None:
        """The coroutine is over."""
        if not self.done():
            super().set_result(None)
        if self._registered:
            tasks._unregister_task(self)  # type: ignore[attr-defined]
        self._coro = None

    # Steps

    def first(self, value: Any) -> Any:
        """What the coroutine is to see of *value*: a cancellation of ours as asyncio's, when asyncio asked for it."""
        if self._must_cancel:
            self._must_cancel = False
            cancelled = asyncio.CancelledError()
            if isinstance(value, Failure):
                cancelled.__cause__ = value.value
            return Failure(cancelled)
        return value

    def waits_for(self, awaited: Any) -> bool:
        """Wait for an asyncio future, or for the next turn; tell whether this is such a thing."""
        loop = self.get_loop()
        if awaited is None:
            self._join()
            loop.call_soon(self._turned, context=self.get_context())
            self._driver._awaited = self
            return True
        if getattr(awaited, "_asyncio_future_blocking", None) is None:
            return False
        awaited._asyncio_future_blocking = False
        self._join()
        self._fut_waiter = awaited
        self._driver._awaited = awaited
        awaited.add_done_callback(self._future_done, context=self.get_context())
        if self._must_cancel and awaited.cancel():
            self._must_cancel = False
        return True

    def _join(self) -> None:
        # From now on asyncio.run() can cancel it, as it does with all tasks at its end.
        if not self._registered:
            self._registered = True
            tasks._register_task(self)  # type: ignore[attr-defined]

    def _turned(self) -> None:
        self._driver._resume(None)

    def _future_done(self, future: Any) -> None:
        self._fut_waiter = None
        try:
            value = future.result()
        except BaseException as error:
            value = Failure(error)
        self._driver._resume(value)

    def in_our_terms(self, error: BaseException) -> BaseException:
        """What an exception that leaves the coroutine is to those who wait for its Deferred."""
        if isinstance(error, asyncio.CancelledError) and not isinstance(error, CancelledError):
            both = BothCancelled(*error.args)
            both.__cause__ = error
            return both.with_traceback(error.__traceback__)
        return error


def step(driver: Driver[Any], value: Any, loop: asyncio.AbstractEventLoop) -> bool:
    """Have *driver* take a step as the current task of *loop*; see `Driver._step`."""
    task: Any = driver._task
    if task is None:
        task = driver._task = Task(driver, loop)
    before = _swap(loop, task)
    try:
        return driver._advance(task.first(value), task)
    finally:
        _swap(loop, before)
