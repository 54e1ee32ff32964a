"""
Calling a function at intervals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure


class LoopingCall:
    """
    Calls a function again and again.

    The next call waits until the Deferred that the function returned has fired. Calls come at whole multiples of the
    interval after the start, so they do not drift; times that pass while a call takes too long are left out. A call
    that fails ends the loop, and its failure is that of the loop's Deferred.

    Args:
        f: The function, called with the arguments that follow.

    Attributes:
        clock: What tells the time; the reactor unless another is set.
        running: Whether it goes on.
        interval: The interval, in seconds.
        starttime: When it was started.
        call: The next call, while it waits for it.
    """

    call: IDelayedCall | None = None
    running = False
    interval: float | None = None
    starttime: float | None = None
    _finished: Deferred[Any] | None = None
    _expected = 0.0
    _last: float | None = None
    _counts = False

    def __init__(self, f: Callable[..., object], *a: object, **kw: object) -> None:
        self.f = f
        self.a = a
        self.kw = kw
        self._clock: Any = None

    @property
    def clock(self) -> Any:  # Any: reactors and clocks of every kind
        """What tells the time."""
        if self._clock is None:
            from twisted.internet._reactor.choice import current_reactor

            self._clock = current_reactor()
        return self._clock

    @clock.setter
    def clock(self, clock: IReactorTime) -> None:
        self._clock = clock

    @property
    def deferred(self) -> Deferred[LoopingCall] | None:
        """What `start` returned, while the loop runs; asking for it is deprecated."""
        import warnings

        warnings.warn(
            "twisted.internet.task.LoopingCall.deferred was deprecated in Twisted 16.0.0; "
            "please use the deferred returned by start() instead",
            DeprecationWarning,
            stacklevel=2,
        )
        return self._finished

    @classmethod
    def withCount(cls, countCallable: Callable[[int], object]) -> LoopingCall:
        """
        Make a loop whose function is told how many times it should have been called since the last call.

        Args:
            countCallable: The function. It is called with 1 when nothing was left out.
        """
        loop = cls(lambda: None)

        def counted() -> object:
            now = loop.clock.seconds()
            if not loop.interval:
                loop._last = now
                return countCallable(1)
            due = loop._interval_of(now)
            if loop._last is not None:
                due -= loop._interval_of(loop._last)
            elif loop._now:
                # The call at the start counts, and no interval led to it.
                due += 1
            if due > 0:
                loop._last = now
                return countCallable(due)
            return None

        loop.f = counted
        return loop

    _now = True

    def _interval_of(self, when: float) -> int:
        """How many intervals have begun by then."""
        assert self.starttime is not None and self.interval
        # What is short of a multiple by a rounding error counts as the multiple. Before the start is the first one.
        return int((when - self.starttime) / self.interval + 1e-9)

    def start(self, interval: float, now: bool = True) -> Deferred[LoopingCall]:
        """
        Start.

        Args:
            interval: How far apart the calls are, in seconds; 0 for as often as there is a turn.
            now: Whether to make the first call at once, or after the first interval.

        Returns:
            A Deferred that fires with this when the loop is stopped, or with the failure of a call.

        Raises:
            ValueError: The interval is less than 0.
        """
        assert not self.running, "Tried to start an already running LoopingCall."
        if interval < 0:
            raise ValueError("interval must be >= 0")
        self.running = True
        finished: Deferred[LoopingCall] = Deferred()
        self._finished = finished
        self.starttime = self.clock.seconds()
        self.interval = interval
        self._now = now
        self._last = None
        if now:
            self()
        else:
            self._schedule(self.starttime)
        return finished

    def stop(self) -> None:
        """Stop. A call that is under way goes on, and nothing follows it."""
        assert self.running, "Tried to stop a LoopingCall that was not running."
        self.running = False
        if self.call is not None:
            call, self.call = self.call, None
            call.cancel()
            self._end(self)

    def reset(self) -> None:
        """Wait a whole interval from now, and count from now on."""
        assert self.running, "Tried to reset a LoopingCall that was not running."
        if self.call is not None:
            call, self.call = self.call, None
            call.cancel()
            self.starttime = self.clock.seconds()
            self._schedule(self.starttime)

    def _end(self, result: Any) -> None:
        finished, self._finished = self._finished, None
        if finished is not None:
            finished.callback(result)

    def __call__(self) -> None:
        self.call = None
        try:
            result = self.f(*self.a, **self.kw)
        except BaseException:
            self.running = False
            self._end(Failure())
            return
        if result is None or result.__class__ in (int, bool, str, bytes):
            # Most functions return nothing: there is nothing to wait for.
            if self.running:
                self._schedule(self.clock.seconds())
            else:
                self._end(self)
            return
        maybeDeferred(lambda: result).addCallbacks(self._again, self._failed)

    def _again(self, _: object) -> None:
        if self.running:
            self._schedule(self.clock.seconds())
        else:
            self._end(self)

    def _failed(self, failure: Failure) -> None:
        self.running = False
        self._end(failure)

    def _schedule(self, now: float) -> None:
        """Have the next call made at the next multiple of the interval."""
        interval = self.interval
        if not interval:
            self.call = self.clock.callLater(0, self)
            return
        assert self.starttime is not None
        elapsed = now - self.starttime
        wait = interval - elapsed % interval
        if wait <= interval * 1e-9 or now + wait == now:
            # Rounding errors, or the clock's resolution, are all that is left of this interval.
            wait = interval
        self.call = self.clock.callLater(wait, self)

    def __repr__(self) -> str:
        from twisted.python import reflect

        name = getattr(self.f, "__qualname__", None) or getattr(self.f, "__name__", None) or reflect.safe_repr(self.f)
        further = f"*{reflect.safe_repr(self.a)}, **{reflect.safe_repr(self.kw)}"
        return f"LoopingCall<{self.interval!r}>({name}, {further})"
