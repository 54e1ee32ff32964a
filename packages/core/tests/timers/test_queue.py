# Several things are done in one lambda here: mypy need not mind what they give.
# mypy: disable-error-code="func-returns-value"
"""Delayed calls and the queue that keeps them."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

from twisted.internet import error
from twisted.internet.base import DelayedCall, ReactorBase
from twisted.internet.interfaces import IDelayedCall


class Clockwork(ReactorBase):
    """A reactor without descriptors, whose time stands still unless it is moved."""

    now = 1000.0

    def seconds(self) -> float:
        return self.now

    def installWaker(self) -> None:
        self.woken = 0

    def wakeUp(self) -> None:
        self.woken = getattr(self, "woken", 0) + 1

    def advance(self, by: float) -> None:
        self.now += by
        self.runUntilCurrent()


@pytest.fixture
def reactor() -> Clockwork:
    return Clockwork()


def test_a_call_is_made_when_its_time_has_come_and_only_once(reactor: Clockwork) -> None:
    called: list[Any] = []
    call = reactor.callLater(5, lambda *args, **words: called.append((args, words)), 1, two=2)

    reactor.advance(4.9999)
    assert called == [] and call.active() and not call.called
    reactor.advance(0.0001)
    assert called == [((1,), {"two": 2})] and not call.active() and call.called
    reactor.advance(100)
    assert len(called) == 1


def test_what_cannot_be_called_and_times_gone_by_are_refused(reactor: Clockwork) -> None:
    with pytest.raises(AssertionError):
        reactor.callLater(1, "no function")  # type: ignore[arg-type]
    with pytest.raises(AssertionError):
        reactor.callLater(-0.1, print)
    assert list(reactor.getDelayedCalls()) == []


def test_the_loop_waits_until_the_first_call(reactor: Clockwork) -> None:
    assert reactor.timeout() is None
    first = reactor.callLater(10, print)
    assert reactor.timeout() == 10
    reactor.callLater(4, print)
    assert reactor.timeout() == 4
    reactor.now += 3
    assert reactor.timeout() == 1
    reactor.now += 50
    assert reactor.timeout() == 0
    assert first.getTime() == 1010.0


def test_the_loop_does_not_wait_when_threads_have_asked(reactor: Clockwork) -> None:
    reactor.callFromThread(lambda: None)
    assert reactor.timeout() == 0 and reactor.woken == 1
    reactor.runUntilCurrent()
    assert reactor.timeout() is None


def test_cancelled_calls_are_not_made_and_hold_nothing(reactor: Clockwork) -> None:
    class Held:
        def __call__(self) -> None:
            raise AssertionError("it was cancelled")

    held = Held()
    known = weakref.ref(held)
    early, late = reactor.callLater(1, held), reactor.callLater(2, held)
    early.cancel()
    reactor.advance(0)
    late.cancel()
    del held
    gc.collect()

    assert known() is None
    reactor.advance(5)
    assert not early.active() and early.cancelled and not late.called
    for call in (early, late):
        with pytest.raises(error.AlreadyCancelled):
            call.cancel()
        with pytest.raises(error.AlreadyCancelled):
            call.reset(1)
        with pytest.raises(error.AlreadyCancelled):
            call.delay(1)


def test_calls_that_were_made_can_be_changed_no_more(reactor: Clockwork) -> None:
    call = reactor.callLater(0, lambda: None)
    reactor.advance(0)
    for word in (call.cancel, lambda: call.reset(1), lambda: call.delay(1)):
        with pytest.raises(error.AlreadyCalled):
            word()


@pytest.mark.parametrize("settled", [False, True])
def test_a_call_moves_to_a_later_time(reactor: Clockwork, settled: bool) -> None:
    called: list[float] = []
    call = reactor.callLater(2, lambda: called.append(reactor.now))
    if settled:
        reactor.advance(0)
    call.reset(5)
    call.delay(1)
    assert call.getTime() == 1006.0

    reactor.advance(5.5)
    assert called == []
    reactor.advance(0.5)
    assert called == [1006.0]


@pytest.mark.parametrize("settled", [False, True])
def test_a_call_moves_to_an_earlier_time(reactor: Clockwork, settled: bool) -> None:
    called: list[float] = []
    call = reactor.callLater(50, lambda: called.append(reactor.now))
    if settled:
        reactor.timeout()
    call.delay(-10)
    assert call.getTime() == 1040.0
    call.reset(3)
    assert reactor.timeout() == 3
    assert list(reactor.getDelayedCalls()) == [call]

    reactor.advance(2.9)
    assert called == []
    reactor.advance(0.1)
    assert called == [1003.0]
    reactor.advance(100)
    assert len(called) == 1


def test_calls_cancel_and_move_each_other_within_a_turn(reactor: Clockwork) -> None:
    order: list[str] = []

    def first() -> None:
        order.append("first")
        second.cancel()
        third.reset(10)
        reactor.callLater(0, order.append, "made meanwhile")

    reactor.callLater(1, first)
    second = reactor.callLater(1, order.append, "second")
    third = reactor.callLater(1, order.append, "third")
    reactor.callLater(1, order.append, "fourth")

    reactor.advance(1)
    assert order == ["first", "fourth"]
    reactor.advance(0)
    assert order == ["first", "fourth", "made meanwhile"]
    reactor.advance(10)
    assert order[3:] == ["third"]


def test_a_loop_within_a_call_goes_on_with_the_calls_of_the_turn(reactor: Clockwork) -> None:
    order: list[str] = []

    def within() -> None:
        order.append("begin")
        assert [call.active() for call in reactor.getDelayedCalls()] == [True]
        reactor.runUntilCurrent()
        order.append("end")

    reactor.callLater(1, within)
    reactor.callLater(1, order.append, "other")
    reactor.advance(1)

    assert order == ["begin", "other", "end"]


def test_calls_of_threads_are_made_before_delayed_ones_and_those_asked_meanwhile_in_the_next_turn(
    reactor: Clockwork,
) -> None:
    order: list[str] = []
    reactor.callLater(0, order.append, "delayed")
    reactor.callFromThread(lambda: (order.append("thread"), reactor.callFromThread(order.append, "next")))

    reactor.runUntilCurrent()
    assert order == ["thread", "delayed"]
    reactor.runUntilCurrent()
    assert order == ["thread", "delayed", "next"]


def test_calls_of_one_millisecond_are_made_each_at_its_time(reactor: Clockwork) -> None:
    called: list[int] = []
    # A thousandth of a second, in sixteenths, is exact in binary.
    step = 2.0**-14
    start = reactor.now
    for place in range(1, 40):
        reactor.callLater(place * step, called.append, place)
    reactor.runUntilCurrent()
    for place in range(1, 40):
        reactor.now = start + place * step
        reactor.runUntilCurrent()
        assert called == list(range(1, place + 1))
        # One more for the time that has just passed, or the same millisecond.
        reactor.callLater(step / 2, called.append, -place)
        reactor.now = start + place * step + step / 2
        reactor.runUntilCurrent()
        assert called.pop() == -place


def test_many_that_are_cancelled_take_no_room(reactor: Clockwork) -> None:
    calls = [reactor.callLater(number, print) for number in range(1, 2001)]
    reactor.advance(0)
    for call in calls[:1900]:
        call.cancel()

    queue = reactor._timers
    assert sum(len(bucket) for bucket in queue._buckets.values()) <= 2 * 256 + 100
    assert set(reactor.getDelayedCalls()) == set(calls[1900:])


def test_a_call_made_and_cancelled_at_once_never_waits_for_the_turn(reactor: Clockwork) -> None:
    kept = reactor.callLater(1, print)
    for _ in range(10):
        reactor.callLater(1, print).cancel()
    assert reactor._timers.new == [kept]


def test_the_text_of_a_call_says_what_it_is(reactor: Clockwork) -> None:
    call = reactor.callLater(3, reactor.resolve, "a", timeout=4)
    text = repr(call)
    assert "[3.0s] called=0 cancelled=0" in text and "resolve('a', timeout=4)" in text
    call.cancel()
    assert "cancelled=1" in repr(call)


def test_a_call_remembers_where_it_was_made_when_asked_to(reactor: Clockwork, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reactor.callLater(1, print).creator is None
    monkeypatch.setattr(DelayedCall, "debug", True)
    call = reactor.callLater(1, print)
    assert call.creator is not None
    assert any("test_a_call_remembers" in line for line in call.creator)
    assert "traceback at creation" in str(call)


def test_what_became_of_a_call_can_be_read_and_set(reactor: Clockwork) -> None:
    made, cancelled, waiting = (reactor.callLater(1, print) for _ in range(3))
    assert (made.called, made.cancelled, made.active()) == (0, 0, True)
    made.called = 1
    cancelled.cancel()
    waiting.cancelled = 1
    waiting.cancelled = 0

    assert (made.called, made.cancelled, made.active()) == (1, 0, False)
    assert (cancelled.called, cancelled.cancelled, cancelled.active()) == (0, 1, False)
    assert reactor.getDelayedCalls() == [waiting]
    with pytest.raises(error.AlreadyCalled):
        made.cancel()


def test_delayed_calls_stand_alone_too() -> None:
    seen: list[Any] = []
    call = DelayedCall(
        5.0, print, (1,), {}, lambda c: seen.append("cancel"), lambda c: seen.append("reset"), lambda: 2.0
    )

    assert verifyObject(IDelayedCall, call)
    call.reset(10)
    assert call.getTime() == 12.0 and call.time == 5.0 and seen == []
    call.activate_delay()
    assert call.time == 12.0 and call.delayed_time == 0
    call.reset(1)
    assert seen == ["reset"] and call.getTime() == 3.0
    later = DelayedCall(3.5, print, (), {}, print, print)
    assert call < later and call <= later and not later <= call
    call.cancel()
    assert seen == ["reset", "cancel"] and call.func is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "cancel", "reset", "turn"]),
            st.integers(min_value=0, max_value=40),
            st.integers(min_value=0, max_value=30),
        ),
        max_size=80,
    )
)
def test_it_behaves_as_a_sorted_list_would(steps: list[tuple[str, int, int]]) -> None:
    reactor = Clockwork()
    reactor.now = 5.0
    queue = reactor._timers
    calls: list[DelayedCall] = []
    wanted: dict[int, float] = {}

    for word, which, amount in steps:
        if word == "add":
            call = reactor.callLater(amount / 1700, print)
            wanted[len(calls)] = call.time
            calls.append(call)
        elif word == "turn":
            reactor.now += which / 1300
            now = reactor.now
            first = queue.next_time(now)
            assert (first is None) <= (not wanted)
            assert not wanted or (first is not None and first <= max(now, min(wanted.values())))
            due = [call for call in queue.take_due(now) if not call.cancelled]
            for call in [call for call in due if call.delayed_time]:
                due.remove(call)
                if call.getTime() <= now:
                    due.append(call)
                else:
                    queue.put_back(call)
            for call in due:
                call.called = 1
            expected = {number for number, when in wanted.items() if when <= now}
            assert {calls.index(call) for call in due} == expected
            for number in expected:
                del wanted[number]
        elif wanted:
            number = sorted(wanted)[which % len(wanted)]
            if word == "cancel":
                calls[number].cancel()
                del wanted[number]
            else:
                calls[number].reset(amount / 1700)
                wanted[number] = reactor.now + amount / 1700
    assert {calls.index(call) for call in queue.all()} == set(wanted)


def test_nothing_is_left_of_calls_that_were_made(reactor: Clockwork) -> None:
    queue = reactor._timers
    for delay in (0.5, 1, 1, 2):
        reactor.callLater(delay, int)
    reactor.advance(0)
    assert queue._buckets
    reactor.advance(3)

    assert not queue._buckets and not queue._keys
