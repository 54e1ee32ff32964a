"""Waiting for several."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.defer import (
    FAILURE,
    SUCCESS,
    CancelledError,
    Deferred,
    DeferredList,
    FailureGroup,
    FirstError,
    fail,
    gatherResults,
    race,
    succeed,
)
from twisted.python.failure import Failure


def outcome(deferred: Deferred[Any]) -> Any:
    results: list[Any] = []
    deferred.addBoth(results.append)
    (result,) = results
    return result


def three() -> list[Deferred[Any]]:
    return [Deferred(), Deferred(), Deferred()]


def test_a_list_fires_when_all_have_results_in_their_order() -> None:
    waiting = three()
    together = DeferredList(waiting, consumeErrors=True)
    waiting[2].callback("c")
    waiting[0].callback("a")
    assert not together.called and together.finishedCount == 2
    failure = Failure(KeyError())
    waiting[1].errback(failure)

    assert together.result == [(SUCCESS, "a"), (FAILURE, failure), (SUCCESS, "c")]
    assert together.finishedCount == 3
    assert waiting[1].result is None and waiting[0].result == "a"


def test_an_empty_list_fires_at_once_unless_it_waits_for_one_success() -> None:
    assert DeferredList([]).result == []
    assert not DeferredList([], fireOnOneCallback=True).called
    assert gatherResults([]).result == []


def test_errors_stay_with_the_single_deferreds_unless_consumed() -> None:
    waiting = three()
    DeferredList(waiting)
    waiting[0].errback(KeyError())

    assert outcome(waiting[0]).check(KeyError)


def test_fire_on_one_callback_gives_value_and_index() -> None:
    waiting = three()
    together = DeferredList(waiting, fireOnOneCallback=True)
    waiting[1].callback("b")
    waiting[0].callback("a")

    assert together.result == ("b", 1)
    assert waiting[1].result == "b"


def test_fire_on_one_errback_fails_with_the_first() -> None:
    waiting = three()
    together = DeferredList(waiting, fireOnOneErrback=True, consumeErrors=True)
    waiting[2].errback(KeyError("c"))
    waiting[0].errback(KeyError("a"))

    error = outcome(together).value
    assert isinstance(error, FirstError)
    assert (error.index, error.subFailure.value.args) == (2, ("c",))


def test_first_errors_compare_and_say_what_happened() -> None:
    failure = Failure(KeyError("x"))
    error = FirstError(failure, 1)

    assert error == FirstError(failure, 1)
    assert error != FirstError(failure, 2)
    assert error != FirstError(Failure(KeyError("x")), 1)
    assert error != "something else"
    assert repr(error) == "FirstError[#1, KeyError('x')]"
    assert str(error) == f"FirstError[#1, {failure}]"


def test_cancelling_a_list_cancels_all_and_survives_a_broken_canceller(logged: list[dict[str, Any]]) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError

    waiting: list[Deferred[Any]] = [Deferred(broken), Deferred()]
    together = DeferredList(waiting, consumeErrors=True)
    together.cancel()

    assert not waiting[0].called and waiting[1].called
    assert [event["log_failure"].type for event in logged] == [ZeroDivisionError]
    waiting[0].callback(1)
    assert [ok for ok, _ in together.result] == [True, False]
    together.cancel()


def test_gathering_gives_the_values_in_their_order() -> None:
    waiting = three()
    together = gatherResults(waiting)
    for index in (2, 0, 1):
        assert not together.called
        waiting[index].callback(index)

    assert together.result == [0, 1, 2]
    assert [deferred.result for deferred in waiting] == [0, 1, 2]


def test_gathering_fails_with_the_first_failure_and_leaves_the_others_theirs() -> None:
    waiting = three()
    together = gatherResults(waiting)
    waiting[1].errback(KeyError("b"))
    assert outcome(together).value.index == 1
    waiting[0].errback(ValueError())
    waiting[2].callback(1)

    assert outcome(waiting[1]).check(KeyError)
    assert outcome(waiting[0]).check(ValueError)


def test_gathering_can_consume_errors() -> None:
    waiting = three()
    together = gatherResults(waiting, consumeErrors=True)
    waiting[1].errback(KeyError("b"))

    assert outcome(together).check(FirstError)
    assert waiting[1].result is None


def test_cancelling_what_is_gathered_cancels_all() -> None:
    waiting = three()
    together = gatherResults(waiting, consumeErrors=True)
    together.cancel()

    assert all(deferred.called for deferred in waiting)
    assert outcome(together).value.subFailure.check(CancelledError)


def test_gathering_is_a_deferred_list_that_takes_callbacks() -> None:
    together = gatherResults([succeed(1), succeed(2)]).addCallback(sum)

    assert isinstance(together, DeferredList)
    assert together.result == 3


def test_a_race_gives_the_winner_and_cancels_the_others() -> None:
    waiting = three()
    first = race(waiting)
    waiting[0].errback(KeyError())
    assert not first.called
    waiting[1].callback("b")

    assert first.result == (1, "b")
    assert waiting[2].called and waiting[2].result is None


def test_a_race_that_all_lose_fails_with_all_failures() -> None:
    first = race([fail(KeyError("a")), fail(ValueError("b"))])

    error = outcome(first).value
    assert isinstance(error, FailureGroup)
    assert [failure.type for failure in error.failures] == [KeyError, ValueError]


def test_cancelling_a_race_cancels_all() -> None:
    waiting = three()
    first = race(waiting)
    first.cancel()

    assert all(deferred.called for deferred in waiting)
    assert outcome(first).check(FailureGroup)


def test_a_race_may_be_over_before_it_began() -> None:
    second: Deferred[str] = Deferred()
    assert race([succeed("a"), second]).result == (0, "a")
    assert second.called


@pytest.mark.parametrize("count", [1, 2, 50])
def test_gathering_any_number(count: int) -> None:
    waiting: list[Deferred[int]] = [Deferred() for _ in range(count)]
    together = gatherResults(waiting)
    for number, deferred in enumerate(waiting):
        assert not together.called
        deferred.callback(number)
    assert together.result == list(range(count))
