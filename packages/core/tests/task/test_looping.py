"""Calling a function at intervals."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, LoopingCall


def looping(clock: Clock, function: Any, *args: Any, **kw: Any) -> LoopingCall:
    loop = LoopingCall(function, *args, **kw)
    loop.clock = clock
    return loop


def test_it_calls_at_once_and_then_at_every_interval() -> None:
    clock, calls = Clock(), list[float]()
    loop = looping(clock, lambda: calls.append(clock.seconds()))
    loop.start(2)
    clock.pump([1, 1, 1, 1])

    assert calls == [0, 2, 4]
    assert (loop.running, loop.interval, loop.starttime) == (True, 2, 0)


def test_it_may_wait_an_interval_first() -> None:
    clock, calls = Clock(), list[float]()
    looping(clock, lambda: calls.append(clock.seconds())).start(2, now=False)
    assert calls == []

    clock.advance(2)

    assert calls == [2]


def test_missed_intervals_are_left_out_and_the_beat_is_kept() -> None:
    clock, calls = Clock(), list[float]()
    looping(clock, lambda: calls.append(clock.seconds())).start(2)
    clock.pump([5, 0.5, 0.5])

    assert calls == [0, 5, 6]


def test_rounding_errors_neither_lose_nor_double_calls() -> None:
    clock, calls = Clock(), list[float]()
    looping(clock, lambda: calls.append(clock.seconds())).start(0.1)
    for _ in range(500):
        clock.advance(0.1)

    assert len(calls) == 501


def test_arguments_are_passed() -> None:
    seen: list[Any] = []
    looping(Clock(), lambda *args, **kw: seen.append((args, kw)), 1, key=2).start(1)
    assert seen == [((1,), {"key": 2})]


def test_stopping_fires_the_deferred_with_the_loop() -> None:
    clock = Clock()
    loop = looping(clock, lambda: None)
    done = loop.start(1)
    loop.stop()

    assert done.result is loop
    assert not loop.running and clock.getDelayedCalls() == []


def test_stopping_inside_the_call() -> None:
    clock = Clock()
    loop = looping(clock, lambda: loop.stop())  # type: ignore[has-type]
    assert loop.start(1).result is loop
    assert clock.getDelayedCalls() == []


def test_a_failing_call_ends_the_loop() -> None:
    clock = Clock()
    loop = looping(clock, lambda: 1 // 0)
    failures: list[Any] = []
    loop.start(1, now=False).addErrback(failures.append)
    clock.advance(1)

    assert failures[0].check(ZeroDivisionError)
    assert not loop.running and clock.getDelayedCalls() == []


def test_a_deferred_is_waited_for() -> None:
    clock, waiting = Clock(), list[Deferred[None]]()

    def call() -> Deferred[None]:
        waiting.append(Deferred())
        return waiting[-1]

    loop = looping(clock, call)
    done = loop.start(1)
    clock.advance(2.5)
    assert len(waiting) == 1
    waiting[0].callback(None)
    clock.advance(0.5)
    assert len(waiting) == 2

    loop.stop()
    assert not done.called
    waiting[1].callback(None)
    assert done.called


def test_a_failing_deferred_ends_the_loop() -> None:
    inner: Deferred[None] = Deferred()
    failures: list[Any] = []
    loop = looping(Clock(), lambda: inner)
    loop.start(1).addErrback(failures.append)
    inner.errback(KeyError())
    assert failures[0].check(KeyError) and not loop.running


def test_coroutines_are_run() -> None:
    clock, calls = Clock(), list[int]()

    async def call() -> None:
        calls.append(1)

    looping(clock, call).start(1)
    clock.advance(1)
    assert calls == [1, 1]


def test_reset_counts_from_now() -> None:
    clock, calls = Clock(), list[float]()
    loop = looping(clock, lambda: calls.append(clock.seconds()))
    loop.start(2)
    clock.advance(1)
    loop.reset()
    clock.pump([1, 1])
    assert calls == [0, 3]


def test_what_makes_no_sense_is_refused() -> None:
    loop = looping(Clock(), lambda: None)
    with pytest.raises(AssertionError):
        loop.stop()
    with pytest.raises(AssertionError):
        loop.reset()
    with pytest.raises(ValueError):
        loop.start(-1)
    loop.start(1)
    with pytest.raises(AssertionError):
        loop.start(1)


def test_with_count_tells_how_many_calls_it_stands_for() -> None:
    clock, calls = Clock(), list[tuple[float, int]]()
    loop = LoopingCall.withCount(lambda count: calls.append((clock.seconds(), count)))
    loop.clock = clock
    loop.start(1)
    clock.pump([1, 2.5, 0.5, 10])
    assert calls == [(0, 1), (1, 1), (3.5, 2), (4, 1), (14, 10)]


def test_with_count_and_a_wait_first() -> None:
    clock, calls = Clock(), list[tuple[float, int]]()
    loop = LoopingCall.withCount(lambda count: calls.append((clock.seconds(), count)))
    loop.clock = clock
    loop.start(1, now=False)
    clock.pump([1, 0.5, 3, 0.5])
    assert calls == [(1, 1), (4.5, 3), (5, 1)]


def test_with_count_after_a_reset() -> None:
    clock, calls = Clock(), list[tuple[float, int]]()
    loop = LoopingCall.withCount(lambda count: calls.append((clock.seconds(), count)))
    loop.clock = clock
    loop.start(1)
    clock.advance(0.5)
    loop.reset()
    clock.advance(1)
    assert calls == [(0, 1), (1.5, 1)]


def test_an_interval_of_nothing_calls_every_turn() -> None:
    clock, calls = Clock(), list[int]()
    loop = LoopingCall.withCount(calls.append)
    loop.clock = clock
    loop.start(0, now=False)
    assert [call.getTime() for call in clock.getDelayedCalls()] == [0]
    loop.stop()


def test_it_says_what_it_calls() -> None:
    def named() -> None:
        pass

    loop = looping(Clock(), named, 1, key="v")
    here = "test_it_says_what_it_calls.<locals>.named"
    assert repr(loop) == f"LoopingCall<None>({here}, *(1,), **{{'key': 'v'}})"


def test_the_deferred_attribute_is_deprecated() -> None:
    loop = looping(Clock(), lambda: None)
    done = loop.start(1)
    with pytest.warns(DeprecationWarning):
        assert loop.deferred is done
