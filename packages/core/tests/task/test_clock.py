"""A clock that stands until it is told to go on, and doing something later by it."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet.defer import CancelledError
from twisted.internet.error import AlreadyCalled, AlreadyCancelled
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import Clock, deferLater


def test_it_is_a_reactors_clock() -> None:
    assert verifyObject(IReactorTime, Clock())


def test_calls_come_in_order_of_their_time_then_of_their_making() -> None:
    clock, calls = Clock(), list[str]()
    clock.callLater(1, calls.append, "b")
    clock.callLater(1, calls.append, "c")
    clock.callLater(0.5, calls.append, "a")
    clock.advance(0.4)
    assert calls == []
    clock.advance(0.6)
    assert calls == ["a", "b", "c"]
    assert clock.seconds() == clock.rightNow == 1.0


def test_calls_made_by_calls_wait_for_their_time() -> None:
    clock, calls = Clock(), list[float]()
    clock.callLater(1, lambda: clock.callLater(1, lambda: calls.append(clock.seconds())))
    clock.callLater(1, lambda: clock.callLater(0, lambda: calls.append(-1)))
    clock.advance(1)
    assert calls == [-1]
    clock.pump([0.5, 0.5])
    assert calls == [-1, 2]


def test_calls_can_be_moved_and_cancelled() -> None:
    clock, calls = Clock(), list[str]()
    moved = clock.callLater(1, calls.append, "moved")
    cancelled = clock.callLater(1, calls.append, "cancelled")
    moved.reset(3)
    moved.delay(1)
    cancelled.cancel()
    assert moved.getTime() == 4 and list(clock.getDelayedCalls()) == [moved]
    with pytest.raises(AlreadyCancelled):
        cancelled.cancel()
    clock.advance(3.9)
    assert calls == []
    clock.advance(0.2)
    assert calls == ["moved"] and not moved.active()
    with pytest.raises(AlreadyCalled):
        moved.cancel()


def test_defer_later_calls_and_gives_the_result() -> None:
    clock = Clock()
    later = deferLater(clock, 2, lambda a, b: a + b, 1, b=2)
    clock.advance(1.9)
    assert not later.called
    clock.advance(0.1)
    assert later.result == 3
    nothing: Any = deferLater(clock, 1)
    clock.advance(1)
    assert nothing.result is None


def test_defer_later_can_be_cancelled() -> None:
    clock, caught = Clock(), list[Any]()
    later: Any = deferLater(clock, 2, caught.append, "called")
    later.addErrback(lambda failure: caught.append(failure.type))
    later.cancel()
    clock.advance(3)
    assert caught == [CancelledError] and clock.getDelayedCalls() == []
