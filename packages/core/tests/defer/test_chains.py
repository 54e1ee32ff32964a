"""Deferreds that wait for Deferreds."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.defer import Deferred, fail, passthru, succeed
from twisted.python.failure import Failure


def test_a_returned_deferred_is_waited_for_and_its_result_taken() -> None:
    inner: Deferred[int] = Deferred()
    outer = succeed(0).addCallback(lambda _: inner).addCallback(lambda value: value + 1)
    assert outer.paused == 1

    inner.callback(1)

    assert (outer.result, outer.paused, inner.result) == (2, 0, None)


def test_a_result_that_is_there_is_taken_at_once() -> None:
    inner = succeed(5)

    assert succeed(0).addCallback(lambda _: inner).result == 5
    assert inner.result is None


def test_a_failure_of_the_returned_deferred_is_the_waiting_ones_to_handle() -> None:
    handled: list[type] = []
    inner: Deferred[int] = Deferred()
    succeed(0).addCallback(lambda _: inner).addErrback(lambda failure: handled.append(failure.type))
    inner.errback(KeyError())

    succeed(0).addCallback(lambda _: fail(ValueError())).addErrback(lambda failure: handled.append(failure.type))

    assert handled == [KeyError, ValueError]
    assert inner.result is None


def test_the_waiting_one_goes_on_before_later_links_of_the_returned_one() -> None:
    order: list[str] = []
    inner: Deferred[None] = Deferred()
    inner.addCallback(lambda _: order.append("inner 1"))
    outer = succeed(None).addCallback(lambda _: inner)
    outer.addCallback(lambda _: order.append("outer 1")).addCallback(lambda _: order.append("outer 2"))
    inner.addCallback(lambda value: order.append(f"inner 2 {value}"))

    inner.callback(None)

    assert order == ["inner 1", "outer 1", "outer 2", "inner 2 None"]


def test_links_that_remain_after_a_wait_run_once_each() -> None:
    ran: list[int] = []
    first: Deferred[None] = Deferred()
    second: Deferred[None] = Deferred()
    outer = succeed(None)
    outer.pause()
    outer.addCallback(lambda _: ran.append(1))
    outer.addCallback(lambda _: first)
    outer.addCallback(lambda _: ran.append(2))
    outer.addCallback(lambda _: second)
    outer.addCallback(lambda _: ran.append(3))
    outer.unpause()
    assert ran == [1]
    first.callback(None)
    assert ran == [1, 2]
    second.callback(None)
    assert ran == [1, 2, 3]


def test_a_paused_deferred_is_waited_for() -> None:
    inner = succeed(1)
    inner.pause()
    outer = succeed(None).addCallback(lambda _: inner)
    assert isinstance(outer.result, Deferred)

    inner.unpause()

    assert outer.result == 1  # type: ignore[comparison-overlap]


def test_a_paused_waiter_gets_the_result_and_goes_on_when_it_may() -> None:
    ran: list[Any] = []
    inner: Deferred[int] = Deferred()
    outer = succeed(None).addCallback(lambda _: inner).addCallback(ran.append)
    outer.pause()
    inner.callback(1)
    assert (ran, outer.paused, outer.result) == ([], 1, 1)

    outer.unpause()

    assert ran == [1]


def test_a_callback_may_wait_for_what_waits_for_the_running_deferred() -> None:
    running: Deferred[Any] = Deferred()

    def wait_for_me(_: object) -> Deferred[Any]:
        return succeed(None).addCallback(lambda _: running)

    running.addCallback(wait_for_me)
    running.callback("mine")

    assert running.result == "mine"


def test_chain_deferred_hands_values_and_failures_over() -> None:
    source: Deferred[int] = Deferred()
    sink: Deferred[int] = Deferred()
    assert source.chainDeferred(sink) is source  # type: ignore[comparison-overlap]
    assert f"waiting on Deferred at 0x{id(source):x}" in str(sink)
    source.callback(3)
    assert (source.result, sink.result) == (None, 3)

    bad_sink: Deferred[int] = Deferred()
    bad = fail(KeyError())
    bad.chainDeferred(bad_sink)
    seen: list[Failure] = []
    bad_sink.addErrback(seen.append)
    assert seen[0].check(KeyError)
    assert bad.result is None


def test_a_deferred_that_waits_for_itself_is_warned_about() -> None:
    deferred: Deferred[Any] = Deferred()
    deferred.addCallback(lambda _: deferred)

    with pytest.warns(DeprecationWarning, match="waits for itself") as caught:
        deferred.callback(1)

    assert caught[0].filename == __file__
    deferred.cancel()


LENGTH = 100_000


def test_a_hundred_thousand_deferreds_that_wait_for_each_other() -> None:
    first: Deferred[int] = Deferred()
    last: Deferred[Any] = first
    for _ in range(LENGTH):
        waited_for = last
        last = succeed(None).addCallback(lambda _, inner=waited_for: inner)  # type: ignore[call-overload]

    first.callback(7)

    assert last.result == 7


def test_a_hundred_thousand_links() -> None:
    deferred: Deferred[int] = Deferred()
    for _ in range(LENGTH):
        deferred.addCallback(lambda value: value + 1)

    deferred.callback(0)

    assert deferred.result == LENGTH


def test_a_hundred_thousand_results_that_are_there_already() -> None:
    inner = succeed(1)
    for _ in range(LENGTH):
        taken = inner
        inner = succeed(None).addCallback(lambda _, inner=taken: inner)  # type: ignore[call-overload]

    assert inner.result == 1


def test_cancelling_reaches_the_far_end_of_a_long_chain() -> None:
    first: Deferred[int] = Deferred()
    last: Deferred[Any] = first
    for _ in range(LENGTH):
        waited_for = last
        last = succeed(None).addCallback(lambda _, inner=waited_for: inner)  # type: ignore[call-overload]
    caught: list[Failure] = []
    last.addErrback(caught.append)

    last.cancel()

    assert first.called and len(caught) == 1


def test_passthru_changes_nothing() -> None:
    marker = object()
    assert passthru(marker) is marker
