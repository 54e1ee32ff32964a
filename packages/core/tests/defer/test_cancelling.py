"""Giving an operation up."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.defer import (
    AlreadyCalledError,
    CancelledError,
    Deferred,
    TimeoutError,
    succeed,
    timeout,
)
from twisted.internet.task import Clock
from twisted.python.failure import Failure


def outcome(deferred: Deferred[Any]) -> Any:
    results: list[Any] = []
    deferred.addBoth(results.append)
    (result,) = results
    return result


def test_without_a_canceller_it_fails_and_one_late_result_is_passed_over() -> None:
    deferred: Deferred[int] = Deferred()
    deferred.cancel()
    assert outcome(deferred).check(CancelledError)

    deferred.callback(1)

    with pytest.raises(AlreadyCalledError):
        deferred.callback(2)


def test_a_late_failure_is_passed_over_as_well() -> None:
    deferred: Deferred[int] = Deferred()
    deferred.cancel()
    deferred.errback(KeyError())

    assert outcome(deferred).check(CancelledError)
    with pytest.raises(AlreadyCalledError):
        deferred.errback(KeyError())


def test_the_canceller_is_called_with_the_deferred_once() -> None:
    calls: list[Deferred[int]] = []
    deferred: Deferred[int] = Deferred(calls.append)
    deferred.cancel()
    deferred.cancel()

    assert calls == [deferred]
    assert outcome(deferred).check(CancelledError)
    with pytest.raises(AlreadyCalledError):
        deferred.callback(1)


def test_a_canceller_may_provide_the_result() -> None:
    good: Deferred[str] = Deferred(lambda deferred: deferred.callback("half"))
    good.cancel()
    assert good.result == "half"

    bad: Deferred[str] = Deferred(lambda deferred: deferred.errback(KeyError()))
    bad.cancel()
    assert outcome(bad).check(KeyError)


def test_what_a_canceller_raises_reaches_who_cancels() -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError

    deferred: Deferred[None] = Deferred(broken)

    with pytest.raises(ZeroDivisionError):
        deferred.cancel()
    assert not deferred.called


def test_cancelling_a_fired_deferred_does_nothing() -> None:
    deferred = succeed(1)
    deferred.cancel()
    assert deferred.result == 1


def test_the_canceller_is_not_called_after_the_result() -> None:
    calls: list[object] = []
    deferred: Deferred[int] = Deferred(calls.append)
    deferred.callback(1)
    deferred.cancel()
    assert calls == []


def test_cancelling_reaches_the_deferred_that_is_waited_for() -> None:
    inner: Deferred[None] = Deferred()
    outer = succeed(None).addCallback(lambda _: inner)

    outer.cancel()

    assert outcome(outer).check(CancelledError)
    assert inner.result is None


def test_add_timeout_cancels_and_says_how_long_was_waited() -> None:
    clock = Clock()
    deferred: Deferred[None] = Deferred()
    deferred.addTimeout(3, clock)
    clock.advance(2.9)
    assert not deferred.called

    clock.advance(0.1)

    failure = outcome(deferred)
    assert failure.check(TimeoutError)
    assert failure.value.args == (3, "Deferred")


def test_a_result_in_time_stops_the_clock() -> None:
    clock = Clock()
    deferred: Deferred[int] = Deferred()
    deferred.addTimeout(3, clock)
    deferred.callback(1)

    assert deferred.result == 1
    assert clock.getDelayedCalls() == []


def test_other_failures_in_time_are_passed_on() -> None:
    deferred: Deferred[int] = Deferred()
    deferred.addTimeout(3, Clock())
    deferred.errback(KeyError())
    assert outcome(deferred).check(KeyError)

    cancelled: Deferred[int] = Deferred()
    cancelled.addTimeout(3, Clock())
    cancelled.cancel()
    assert outcome(cancelled).check(CancelledError)


def test_a_value_provided_by_the_canceller_survives_the_timeout() -> None:
    clock = Clock()
    deferred: Deferred[str] = Deferred(lambda cancelled: cancelled.callback("partial"))
    deferred.addTimeout(1, clock)
    clock.advance(1)
    assert deferred.result == "partial"


def test_on_timeout_cancel_decides_the_result() -> None:
    clock = Clock()
    seen: list[Any] = []

    def decide(result: Any, seconds: float) -> str:
        seen.append((result.type, seconds))
        return "instead"

    deferred: Deferred[str] = Deferred()
    deferred.addTimeout(1, clock, decide)
    clock.advance(1)

    assert seen == [(CancelledError, 1)]
    assert deferred.result == "instead"


def test_on_timeout_cancel_is_not_asked_in_time() -> None:
    deferred: Deferred[int] = Deferred()
    deferred.addTimeout(1, Clock(), lambda result, seconds: Failure(KeyError()))
    deferred.callback(2)
    assert deferred.result == 2


def test_the_old_timeout_function_fails_a_deferred_and_warns() -> None:
    deferred: Deferred[object] = Deferred()
    with pytest.warns(DeprecationWarning):
        timeout(deferred)
    assert outcome(deferred).check(TimeoutError)
