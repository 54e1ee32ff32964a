"""
Is an asyncio loop running in this thread? And the few private calls that make a coroutine of ours its current task.

asyncio is not imported here: as long as nothing else imported it, no loop of its can be running.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from twisted.internet._defer.deferred import Deferred, Driver
    from twisted.internet._defer.world import Task


def _first_ask() -> AbstractEventLoop | None:
    global running_loop
    ask: Callable[[], AbstractEventLoop | None] | None
    ask = getattr(sys.modules.get("asyncio.events"), "_get_running_loop", None)
    if ask is None:
        # asyncio is not there, or being imported right now.
        return None
    running_loop = ask
    loop: AbstractEventLoop | None = ask()
    return loop


#: The asyncio loop that runs in this thread, if one does.
running_loop: Callable[[], AbstractEventLoop | None] = _first_ask


def new_task(driver: Driver[Any], loop: AbstractEventLoop) -> Task:
    """What stands for *driver* in asyncio."""
    from twisted.internet._defer.world import Task

    return Task(driver, loop)


def _first_swap(loop: AbstractEventLoop, task: Any) -> Any:
    global swap_task
    from twisted.internet._defer.world import swap_task as swap

    swap_task = swap
    return swap(loop, task)


#: Make a task the current one of a loop, and return the one that was; `None` stands for no task.
swap_task: Callable[[AbstractEventLoop, Any], Any] = _first_swap


class Waiter:
    """
    What awaiting a Deferred yields under an asyncio loop.

    Our driver knows it by its type and waits for the Deferred itself; an `asyncio.Task` takes it for a future.
    """

    __slots__ = (
        "__weakref__",
        "_asyncio_future_blocking",
        "_callbacks",
        "_cancelled",
        "_done",
        "_loop",
        "_value",
        "deferred",
        "used",
    )

    def __init__(self, deferred: Deferred[Any], loop: AbstractEventLoop) -> None:
        self.deferred = deferred
        self._loop = loop
        #: Whether somebody took this for a future.
        self.used = False
        self._asyncio_future_blocking = True
        self._done = False
        self._cancelled = False

    def get_loop(self) -> AbstractEventLoop:
        return self._loop

    def add_done_callback(self, callback: Callable[[Any], object], *, context: Any = None) -> None:
        if not self.used:
            self.used = True
            self._callbacks = [(callback, context)]
            self.deferred.addBoth(self._arrived)
        elif self._done:
            self._loop.call_soon(callback, self, context=context)
        else:
            self._callbacks.append((callback, context))

    def remove_done_callback(self, callback: Callable[[Any], object]) -> int:
        if not self.used:
            return 0
        kept = [entry for entry in self._callbacks if entry[0] != callback]
        removed = len(self._callbacks) - len(kept)
        self._callbacks = kept
        return removed

    def _arrived(self, value: object) -> None:
        self._value = value
        self._done = True
        callbacks, self._callbacks = self._callbacks, []
        for callback, context in callbacks:
            self._loop.call_soon(callback, self, context=context)

    def done(self) -> bool:
        return self._done

    def cancelled(self) -> bool:
        return self._done and self._cancelled

    def cancel(self, msg: object = None) -> bool:
        """Cancel the Deferred. Whoever waits sees `asyncio.CancelledError`, in a later turn."""
        if self._done:
            return False
        self._cancelled = True
        self.deferred.cancel()
        return True

    def exception(self) -> BaseException | None:
        try:
            self.result()
        except BaseException as error:
            return error
        return None

    def result(self) -> Any:
        from twisted.python.failure import Failure

        value = self._value
        if self._cancelled:
            import asyncio

            raise asyncio.CancelledError from (value.value if isinstance(value, Failure) else None)
        if isinstance(value, Failure):
            value.raiseException()
        return value
