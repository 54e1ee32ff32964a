"""
A pool of threads.

Work waits in one queue. A thread is started when there is work, none is idle, and there may be more. Threads leave
when the pool is made smaller, and all of them when it stops, which waits for all work.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.logger import Logger
from twisted.python import context
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")

__all__ = ["ThreadPool", "WorkerStop"]

_R = TypeVar("_R")
_log = Logger("twisted.python.threadpool")

# What tells a thread to leave.
WorkerStop = object()


class _Queue:
    """What `ThreadPool.q` has shown of its queue."""

    def __init__(self, pool: ThreadPool) -> None:
        self._pool = pool

    def qsize(self) -> int:
        """Give how much work waits."""
        return len(self._pool._work)


class ThreadPool:
    """
    A pool of threads.

    Args:
        minthreads: How many threads to keep while it runs.
        maxthreads: How many to have at most.
        name: What the threads' names begin with.

    Attributes:
        min, max: The numbers of threads.
        threads: The threads.
        started, joined: Whether it was started, and whether it was stopped.
    """

    min = 5
    max = 20
    joined = False
    started = False
    name: str | None = None

    threadFactory = threading.Thread
    currentThread = staticmethod(threading.current_thread)

    def __init__(self, minthreads: int = 5, maxthreads: int = 20, name: str | None = None) -> None:
        if minthreads < 0:
            raise AssertionError("minimum is negative")
        if minthreads > maxthreads:
            raise AssertionError("minimum is greater than maximum")
        self.min = minthreads
        self.max = maxthreads
        self.name = name
        self.threads: list[threading.Thread] = []
        self._work: deque[Any] = deque()
        self._change = threading.Condition(threading.Lock())
        self._idle = 0
        self._leaving = 0
        self._busy: list[threading.Thread] = []
        self._made = 0

    @property
    def workers(self) -> int:
        """How many threads there are."""
        return len(self.threads)

    @property
    def working(self) -> list[threading.Thread]:
        """The threads that work."""
        return list(self._busy)

    @property
    def waiters(self) -> list[threading.Thread]:
        """The threads that wait for work."""
        return [thread for thread in self.threads if thread not in self._busy]

    @property
    def q(self) -> Any:
        """The work that waits: its ``qsize()``."""
        return _Queue(self)

    def start(self) -> None:
        """Start the threads that are needed; work that came before begins now."""
        with self._change:
            self.joined = False
            self.started = True
            needed = max(self.min, min(self.max, len(self._work)))
            while len(self.threads) < needed:
                self._start_thread()

    def startAWorker(self) -> None:
        """Start a thread, unless there are `max` already."""
        with self._change:
            if len(self.threads) < self.max:
                self._start_thread()

    def _start_thread(self) -> None:
        self._made += 1
        name = f"PoolThread-{self.name or id(self)}-{self._made - 1}"
        # A program that ends without stopping its pool is not held up by threads that have nothing to do.
        thread = self.threadFactory(name=name, target=self._run, daemon=True)
        self.threads.append(thread)
        thread.start()

    def stopAWorker(self) -> None:
        """Have one thread leave, as soon as it has no work."""
        with self._change:
            self._leaving += 1
            self._change.notify()

    def callInThread(self, func: Callable[_P, object], *args: _P.args, **kw: _P.kwargs) -> None:
        """Have a function called in a thread. What it raises is logged."""
        self.callInThreadWithCallback(None, func, *args, **kw)

    def callInThreadWithCallback(
        self,
        onResult: Callable[[bool, Any], object] | None,
        func: Callable[_P, _R],
        *args: _P.args,
        **kw: _P.kwargs,
    ) -> None:
        """
        Have a function called in a thread, in a copy of the context variables of now.

        Args:
            onResult: Called in that thread, with `True` and what was returned, or `False` and a `Failure`.
            func: The function, and what it is called with.
        """
        if self.joined:
            return
        with self._change:
            legacy = context.theContextTracker.currentContext().contexts[-1]
            self._work.append((copy_context(), legacy, onResult, func, args, kw))
            if not self.started:
                return
            if self._idle >= len(self._work):
                self._change.notify()
            elif len(self.threads) < self.max:
                self._start_thread()
            else:
                self._change.notify()

    def _run(self) -> None:
        thread = self.currentThread()
        change, work = self._change, self._work
        while True:
            with change:
                while not work:
                    if self._leaving or self.joined:
                        if self._leaving:
                            self._leaving -= 1
                        self.threads.remove(thread)
                        change.notify_all()
                        return
                    self._idle += 1
                    change.wait()
                    self._idle -= 1
                variables, legacy, on_result, function, args, kwargs = work.popleft()
            self._busy.append(thread)
            try:
                variables.run(self._call, legacy, on_result, function, args, kwargs)
            finally:
                self._busy.remove(thread)
            # Nothing of the work is held while waiting for more.
            del variables, legacy, on_result, function, args, kwargs

    @staticmethod
    def _call(legacy: Any, on_result: Any, function: Any, args: Any, kwargs: Any) -> None:
        try:
            result = context.call(legacy, function, *args, **kwargs)
            worked = True
        except BaseException:
            result = Failure()
            worked = False
        if on_result is not None:
            try:
                on_result(worked, result)
            except BaseException:
                _log.failure("Unhandled Error")
        elif not worked:
            _log.failure("Unhandled Error", result)

    def stop(self) -> None:
        """Wait until everything is done, and let all threads leave."""
        with self._change:
            self.joined = True
            self.started = False
            self._change.notify_all()
            threads = list(self.threads)
            if not threads and self._work:
                # Work that came before the start, and there was none.
                self._work.clear()
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join()

    def adjustPoolsize(self, minthreads: int | None = None, maxthreads: int | None = None) -> None:
        """Change how many threads there are, at least and at most."""
        smallest = self.min if minthreads is None else minthreads
        largest = self.max if maxthreads is None else maxthreads
        if smallest < 0:
            raise AssertionError("minimum is negative")
        if smallest > largest:
            raise AssertionError("minimum is greater than maximum")
        with self._change:
            self.min, self.max = smallest, largest
            if not self.started:
                return
            surplus = len(self.threads) - self._leaving - largest
            if surplus > 0:
                self._leaving += surplus
                self._change.notify_all()
            while len(self.threads) < smallest:
                self._start_thread()
            while self._work and self._idle < len(self._work) and len(self.threads) < largest:
                self._start_thread()

    def dumpStats(self) -> None:
        """Log what the threads do."""
        _log.info(
            "queue: {queue}; waiters: {waiters}; workers: {working}; total: {total}",
            queue=len(self._work),
            waiters=self.waiters,
            working=self.working,
            total=self.threads,
        )

    def __getstate__(self) -> dict[str, Any]:
        """A pickle holds the numbers alone."""
        return {"min": self.min, "max": self.max, "name": self.name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["min"], state["max"], state["name"])  # type: ignore[misc]
