"""
Services that do something from time to time, and a little at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from twisted.application.service import Service
from twisted.internet import task
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

_log = Logger("twisted.application.internet")


class TimerService(Service):
    """
    Calls a function at once when it is started, and again at intervals.

    If the function fails, the error is logged and it is not called again until the service is started anew. If it
    gives a Deferred, the next call waits for that.

    Args:
        step: The interval, in seconds.
        callable: The function, called with the arguments that follow.

    Attributes:
        clock: What tells the time; the default reactor if it is not set.
    """

    volatile = ["_loop", "_loopFinished"]
    clock: IReactorTime | None = None
    _loop: task.LoopingCall | None = None
    _loopFinished: Deferred[Any] | None = None

    def __init__(self, step: float, callable: Callable[..., object], *args: object, **kwargs: object) -> None:
        self.step = step
        self.call = (callable, args, kwargs)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        for name in self.volatile:
            state.pop(name, None)
        return state

    def startService(self) -> None:
        """Call the function, and go on calling it."""
        super().startService()
        function, args, kwargs = self.call
        # Made here and not in __init__: a pickled service may be started years later, elsewhere.
        self._loop = task.LoopingCall(function, *args, **kwargs)
        if self.clock is not None:
            self._loop.clock = self.clock
        self._loopFinished = self._loop.start(self.step, now=True)
        self._loopFinished.addErrback(self._failed)

    def _failed(self, why: Failure) -> None:
        if self._loop is not None:
            self._loop.running = False
        _log.failure("{service!r} failed, and does not go on", failure=why, service=self)

    def stopService(self) -> Deferred[None]:
        """Stop calling. The Deferred fires when the function's last Deferred has."""
        if self._loop is not None and self._loop.running:
            self._loop.stop()
        super().stopService()
        finished = self._loopFinished
        if finished is None:
            return succeed(None)
        stopped: Deferred[None] = Deferred()

        def tell(result: Any) -> Any:  # Any: what passes through
            stopped.callback(None)
            return result

        finished.addCallback(tell)
        return stopped


class CooperatorService(Service):
    """
    A `twisted.internet.task.Cooperator` that works while the service runs.

    Attributes:
        coop: The cooperator.
    """

    def __init__(self) -> None:
        self.coop = task.Cooperator(started=False)

    def coiterate(self, iterator: Iterator[Any]) -> Deferred[Iterator[Any]]:
        """Work through an iterator, a bit at a time; the Deferred fires when it is exhausted."""
        return self.coop.coiterate(iterator)

    def startService(self) -> None:
        """Begin, or go on."""
        super().startService()
        self.coop.start()

    def stopService(self) -> None:
        """Pause all work."""
        super().stopService()
        self.coop.stop()
