"""Errors that nobody handles are reported, once, and at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from twisted.internet import defer
from twisted.internet.defer import AlreadyCalledError, DebugInfo, Deferred, ensureDeferred, fail, logError, succeed
from twisted.logger import LogLevel
from twisted.python.failure import Failure

Events = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def debugging() -> Iterator[None]:
    defer.setDebugging(True)
    yield
    defer.setDebugging(False)


def test_a_failure_that_is_thrown_away_makes_two_events(logged: Events) -> None:
    deferred: Deferred[None] = Deferred()
    deferred.errback(KeyError("lost"))
    assert logged == []

    del deferred

    words, failed = logged
    assert (words["log_format"], words["isError"]) == ("Unhandled error in Deferred:", True)
    assert (failed["log_format"], failed["debugInfo"], failed["log_failure"].value.args) == ("", "", ("lost",))
    for event in logged:
        assert (event["log_level"], event["log_namespace"]) == (LogLevel.critical, "twisted.internet.defer")


def test_a_raising_callback_is_reported_without_help_from_the_collector(logged: Events) -> None:
    def bad(_: object) -> None:
        raise KeyError("lost")

    deferred: Deferred[None] = Deferred()
    deferred.addCallback(bad)
    deferred.callback(None)
    del deferred

    assert logged[1]["log_failure"].check(KeyError)


def test_a_raising_coroutine_is_reported_without_help_from_the_collector(logged: Events) -> None:
    gate: Deferred[None] = Deferred()

    async def bad() -> None:
        await gate
        raise KeyError("lost")

    running = ensureDeferred(bad())
    gate.callback(None)
    del running

    assert logged[1]["log_failure"].check(KeyError)


def test_a_coroutine_that_fails_at_once_is_reported(logged: Events) -> None:
    async def bad() -> None:
        raise KeyError("lost")

    ensureDeferred(bad())

    assert len(logged) == 2


def test_handled_errors_are_not_reported(logged: Events) -> None:
    fail(KeyError()).addErrback(lambda _: None)
    late = fail(KeyError())
    late.addErrback(lambda _: None)
    del late
    succeed(None).addCallback(lambda _: fail(KeyError())).addErrback(lambda _: None)
    inner: Deferred[None] = Deferred()
    outer = succeed(None).addCallback(lambda _, inner=inner: inner)  # type: ignore[call-overload]
    outer.addErrback(lambda _: None)
    inner.errback(KeyError())
    del inner, outer

    assert logged == []


def test_an_error_that_comes_back_is_reported(logged: Events) -> None:
    deferred = fail(KeyError("first")).addErrback(lambda _: None)

    def again(_: object) -> None:
        raise ValueError("second")

    deferred.addCallback(again)
    del deferred

    assert logged[1]["log_failure"].check(ValueError)


def test_with_debugging_the_report_says_who_made_and_fired_it(logged: Events, debugging: None) -> None:
    assert defer.getDebugging() and Deferred.debug

    def make() -> Deferred[None]:
        return Deferred()

    def fire(deferred: Deferred[None]) -> None:
        deferred.errback(KeyError())

    deferred = make()
    fire(deferred)
    del deferred

    told = logged[1]["debugInfo"]
    assert logged[1]["log_format"] == "(debug: {debugInfo})"
    assert told.startswith(" C: Deferred was created:\n C:  File ")
    assert " I: First Invoker was:\n I:  File " in told
    assert "in make\n" in told and "in fire\n" in told


def test_with_debugging_a_second_result_says_who_gave_the_first(debugging: None) -> None:
    deferred: Deferred[None] = Deferred()
    deferred.callback(None)

    with pytest.raises(AlreadyCalledError, match="First Invoker was:"):
        deferred.callback(None)


def test_without_debugging_nothing_is_remembered() -> None:
    assert not defer.getDebugging()
    info = DebugInfo()
    assert (info.creator, info.invoker, info.failResult, info._getDebugTracebacks()) == (None, None, None, "")


def test_log_error_logs_and_passes_on(logged: Events) -> None:
    failure = Failure(KeyError())

    assert logError(failure) is failure
    assert [event["log_failure"] for event in logged] == [failure]


@pytest.mark.parametrize("with_debugging", [False, True])
def test_who_counts_unhandled_errors_puts_another_class_in_the_place_of_debug_info(
    monkeypatch: pytest.MonkeyPatch, logged: Events, with_debugging: bool
) -> None:
    made: list[DebugInfo] = []

    class Counting(DebugInfo):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

        def __del__(self) -> None:
            """Nothing is logged: whoever counts has seen it."""

    async def failing() -> None:
        raise KeyError("in a coroutine")

    monkeypatch.setattr(defer, "DebugInfo", Counting)
    monkeypatch.setattr(Deferred, "debug", with_debugging)
    succeed(1)
    unhandled: Deferred[None] = fail(KeyError("lost"))
    handled = fail(KeyError("found")).addErrback(lambda _: None)
    started = ensureDeferred(failing())

    failures = [one.failResult.value.args for one in made if one.failResult is not None]
    assert failures == [("lost",), ("in a coroutine",)]
    assert len(made) == (4 if with_debugging else 3)
    del unhandled, handled, started
    assert logged == []
