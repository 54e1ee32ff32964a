"""
Calls that are made later, and the queue that knows which comes next.

New calls wait in a list until the turn ends, so one that is cancelled in its turn costs nothing more. After that a call
lies in the bucket of its millisecond, and a heap holds the buckets' keys: ordering thousands of calls costs a sort of
the few that are due. A cancelled call stays where it is until its time, or until there are too many of them; one
that is moved to a later time moves when its old time comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import Context
from heapq import heapify, heappop, heappush
from operator import attrgetter
from time import time as wall_clock
from typing import Any, Final

from zope.interface import classImplements

from twisted.internet import error
from twisted.internet.interfaces import IDelayedCall
from twisted.python._outcome import Open

_PER_SECOND: Final = 1000
_by_time: Final = attrgetter("time")

# With so few cancelled calls waiting for their time it is not worth looking for them.
_FEW: Final = 256

CALLED: Final = 1
_CANCELLED: Final = 2


class DelayedCall(Open):
    """
    A call that will be made at a certain time.

    Attributes:
        time: When, on the clock of ``seconds``; `getTime` knows of later changes.
        called, cancelled: Whether it was.
        debug: Whether the place that makes a call is remembered, and shown by ``str()``.
        creator: That place, as lines of text.
    """

    debug = False
    called = 0
    cancelled = 0
    delayed_time = 0.0
    creator: list[str] | None = None
    _key = -1

    # Any: what is called is the caller's business.
    func: Any
    args: Any
    kw: Any

    def __init__(
        self,
        time: float,
        func: Callable[..., Any],
        args: Sequence[object],
        kw: dict[str, object],
        cancel: Callable[[DelayedCall], None],
        reset: Callable[[DelayedCall], None],
        seconds: Callable[[], float] = wall_clock,
    ) -> None:
        """
        Args:
            time: When the call is to be made.
            func, args, kw: What is called.
            cancel: Called with this when it is cancelled.
            reset: Called with this when it is moved to an earlier time.
            seconds: Tells the time.
        """
        self.time = time
        self.func = func
        self.args = args
        self.kw = kw
        self.canceller = cancel
        self.resetter = reset
        self.seconds = seconds
        if self.debug:
            self._remember_creator(3)

    def _remember_creator(self, frames: int) -> None:
        """Keep the stack but for its last *frames*, of which this is one."""
        import traceback

        self.creator = traceback.format_stack()[:-frames]

    def getTime(self) -> float:
        """Give the time of the call."""
        return self.time + self.delayed_time

    def cancel(self) -> None:
        """
        Do not make the call.

        Raises:
            AlreadyCalled, AlreadyCancelled: It is too late, or was done.
        """
        self._check()
        self.cancelled = 1
        self.canceller(self)
        # Whatever the call would have held on to is let go now, and not when its time comes.
        self.func = self.args = self.kw = None

    def _check(self) -> None:
        if self.cancelled:
            raise error.AlreadyCancelled
        if self.called:
            raise error.AlreadyCalled

    def reset(self, secondsFromNow: float) -> None:
        """Make the call so many seconds from now."""
        self._check()
        self._move(self.seconds() + secondsFromNow)

    def delay(self, secondsLater: float) -> None:
        """Make the call so many seconds later than planned; earlier, if that is less than 0."""
        self._check()
        self._move(self.getTime() + secondsLater)

    def _move(self, when: float) -> None:
        if when < self.time:
            self.delayed_time = 0.0
            self.time = when
            self.resetter(self)
        else:
            # Nothing has to move before the old time comes.
            self.delayed_time = when - self.time

    def activate_delay(self) -> None:
        """Make the time that `getTime` tells the one that counts."""
        self.time += self.delayed_time
        self.delayed_time = 0.0

    def active(self) -> bool:
        """Tell whether the call is still to come."""
        return not (self.cancelled or self.called)

    def __le__(self, other: object) -> bool:
        return isinstance(other, DelayedCall) and self.time <= other.time

    def __lt__(self, other: object) -> bool:
        return isinstance(other, DelayedCall) and self.time < other.time

    def __repr__(self) -> str:
        left = self.getTime() - self.seconds()
        what = "" if self.func is None else f" {self._call_text()}"
        text = f"<DelayedCall {id(self):#x} [{left}s] called={self.called} cancelled={self.cancelled}{what}"
        if self.creator is not None:
            text += "\n\ntraceback at creation: \n\n" + "    ".join(self.creator)
        return text + ">"

    def _call_text(self) -> str:
        from twisted.python import reflect

        name = getattr(self.func, "__qualname__", None) or getattr(self.func, "__name__", None)
        words = [reflect.safe_repr(word) for word in self.args]
        words += [f"{key}={reflect.safe_repr(value)}" for key, value in self.kw.items()]
        return f"{name or reflect.safe_str(self.func)}({', '.join(words)})"


classImplements(DelayedCall, IDelayedCall)


class QueuedCall(DelayedCall):
    """A delayed call of a `TimerQueue`: it asks the queue for what others keep themselves."""

    # No dictionary, unless somebody adds attributes; and none of the base's defaults, which take longer to find.
    __slots__ = ("_context", "_key", "_past", "_queue", "args", "delayed_time", "func", "kw", "time")

    _context: Context
    _queue: TimerQueue
    # 0 while the call is to come; then what became of it.
    _past: int

    # No `__init__` in Python: to call one costs CPython more than to set all attributes, as `callLater` does.
    __init__ = object.__init__

    @property
    def called(self) -> int:
        return int(self._past == CALLED)

    @called.setter
    def called(self, called: int) -> None:
        self._past = CALLED if called else 0

    @property
    def cancelled(self) -> int:
        return int(self._past == _CANCELLED)

    @cancelled.setter
    def cancelled(self, cancelled: int) -> None:
        self._past = _CANCELLED if cancelled else 0

    @property
    def canceller(self) -> Callable[[DelayedCall], None]:  # type: ignore[override]
        return self._queue.cancelled

    @property
    def resetter(self) -> Callable[[DelayedCall], None]:  # type: ignore[override]
        return self._queue.moved

    @property
    def seconds(self) -> Callable[[], float]:  # type: ignore[override]
        return self._queue.seconds

    def cancel(self) -> None:
        if self._past:
            self._check()
        self._past = _CANCELLED
        # In its first turn it is in no bucket yet, and will not come into one.
        if self._key >= 0:
            self._queue.cancelled(self)
        else:
            new = self._queue.new
            # Mostly it is the last one: a timeout, made and cancelled in a callback. Nobody has to pass it again.
            if new and (last := new.pop()) is not self:
                new.append(last)
        self.func = self.args = self.kw = None


class TimerQueue:
    """
    Delayed calls in the order of their times; those of equal time in the order they were made.

    Args:
        seconds: Tells the time.

    Attributes:
        new: Where calls are added.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self.seconds = seconds
        self.new: list[QueuedCall] = []
        # Those that were due already when they were looked at first.
        self._ready: list[QueuedCall] = []
        self._buckets: dict[int, list[QueuedCall]] = {}
        self._keys: list[int] = []
        self._stale = 0
        self._size = 0
        self._earliest: float | None = None

    def cancelled(self, call: DelayedCall) -> None:
        """Note that a call in a bucket will not be made."""
        self._stale += 1
        if self._stale > _FEW and self._stale * 2 > self._size:
            self._sweep()

    def moved(self, call: DelayedCall) -> None:
        """Note that a call's time is earlier than it was."""
        assert isinstance(call, QueuedCall)
        if call._key >= 0:
            # What lies in the old bucket is known by its key to be of no use any more.
            call._key = -1
            self._stale += 1
            self.new.append(call)

    def _sweep(self) -> None:
        """Throw out what was cancelled."""
        waiting = [call for bucket in self._buckets.values() for call in bucket]
        self._buckets.clear()
        self._keys.clear()
        self._size = self._stale = 0
        self._earliest = None
        buckets = self._buckets
        for key_of_bucket, call in [(call._key, call) for call in waiting]:
            if key_of_bucket >= 0 and not call._past:
                buckets.setdefault(key_of_bucket, []).append(call)
                self._size += 1
        self._keys.extend(buckets)
        heapify(self._keys)

    def _settle(self, now: float) -> None:
        """Put new calls into buckets, but for those whose time has come already."""
        new, self.new = self.new, []
        buckets, keys = self._buckets, self._keys
        earliest = self._earliest
        ready = self._ready
        for call in new:
            if call._past:
                continue
            if call.delayed_time:
                call.activate_delay()
            time = call.time
            if time <= now:
                ready.append(call)
                continue
            key = int(time * _PER_SECOND)
            if key < 0:
                key = 0
            call._key = key
            bucket = buckets.get(key)
            if bucket is None:
                buckets[key] = [call]
                heappush(keys, key)
            else:
                bucket.append(call)
            self._size += 1
            if earliest is not None and time < earliest:
                earliest = time
        self._earliest = earliest

    def next_time(self, now: float) -> float | None:
        """Give the time of the first call, which may have been cancelled since; `None` if there is none."""
        if self.new:
            self._settle(now)
        if self._ready:
            return now
        if self._earliest is None and self._keys:
            self._earliest = min(self._buckets[self._keys[0]], key=_by_time).time
        return self._earliest

    def take_due(self, now: float) -> list[QueuedCall]:
        """
        Remove and return the calls whose time has come, in order.

        A call may be cancelled or moved by another one of the list: whoever makes them looks again.
        """
        if self.new:
            self._settle(now)
        fresh, self._ready = self._ready, []
        keys, buckets = self._keys, self._buckets
        limit = int(now * _PER_SECOND)
        if not keys or keys[0] > limit or (self._earliest is not None and self._earliest > now):
            fresh.sort(key=_by_time)
            return fresh
        due: list[QueuedCall] = []
        while keys and keys[0] <= limit:
            key = keys[0]
            bucket = buckets[key]
            live = [call for call in bucket if call._key == key and not call._past]
            gone = len(bucket) - len(live)
            self._stale -= gone
            self._size -= gone
            later: list[QueuedCall] = []
            if key == limit:
                later = [call for call in live if call.time > now]
                live = [call for call in live if call.time <= now]
            self._size -= len(live)
            for call in live:
                call._key = -1
            due += live
            if later:
                buckets[key] = later
                break
            heappop(keys)
            del buckets[key]
        self._earliest = None
        if self._stale < 0:
            self._stale = 0
        due += fresh
        # The sort is stable: equal times stay in the order they came.
        due.sort(key=_by_time)
        return due

    def put_back(self, call: QueuedCall) -> None:
        """Take a call again that was due, and was moved to a later time since."""
        self.new.append(call)

    def all(self) -> list[DelayedCall]:
        """Give the calls that are still to come."""
        waiting: dict[int, DelayedCall] = {}
        for key, bucket in self._buckets.items():
            waiting.update((id(call), call) for call in bucket if call._key == key and call.active())
        waiting.update((id(call), call) for call in [*self._ready, *self.new] if call.active())
        return list(waiting.values())
