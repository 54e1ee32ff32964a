"""What callbacks and errbacks get, and in which order."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.defer import (
    AlreadyCalledError,
    Deferred,
    execute,
    fail,
    maybeDeferred,
    passthru,
    succeed,
)
from twisted.python.failure import Failure, NoCurrentExceptionError


def outcome(deferred: Deferred[Any]) -> Any:
    """The result that is there; errors are handled."""
    results: list[Any] = []
    deferred.addBoth(results.append)
    (result,) = results
    return result


def test_each_callback_gets_what_the_one_before_returned() -> None:
    deferred: Deferred[int] = Deferred()
    deferred.addCallback(lambda value: value + 1).addCallback(lambda value: value * 10)

    deferred.callback(1)

    assert deferred.result == 20


def test_callbacks_get_further_arguments() -> None:
    seen: list[Any] = []

    def note(*args: Any, **kwargs: Any) -> None:
        seen.append((args, kwargs))

    succeed(1).addCallback(note, 2, key=3)
    succeed(1).addBoth(note, 4)
    succeed(1).addBoth(note, key=5)
    succeed(1).addCallback(note, only=6)
    succeed(1).addCallbacks(note, None, (7,), {"key": 8})
    fail(ValueError()).addCallbacks(note, lambda failure, *args, **kw: note(*args, **kw), (), {}, (9,), {"key": 10})
    fail(ValueError()).addErrback(lambda failure, *args, **kw: note(*args, **kw), 11, key=12)
    fail(ValueError()).addErrback(lambda failure, **kw: note(**kw), key=13)

    assert seen == [
        ((1, 2), {"key": 3}),
        ((1, 4), {}),
        ((1,), {"key": 5}),
        ((1,), {"only": 6}),
        ((1, 7), {"key": 8}),
        ((9,), {"key": 10}),
        ((11,), {"key": 12}),
        ((), {"key": 13}),
    ]


def test_a_failure_skips_callbacks_until_an_errback_handles_it() -> None:
    seen: list[Any] = []
    deferred: Deferred[Any] = Deferred()
    deferred.addCallback(seen.append)
    deferred.addErrback(lambda failure: seen.append(failure.type) or "mended")  # type: ignore[call-overload, func-returns-value]
    deferred.addErrback(seen.append)
    deferred.addCallback(seen.append)

    deferred.errback(KeyError("x"))

    assert seen == [KeyError, "mended"]


def test_what_a_callback_raises_is_a_failure_for_the_next() -> None:
    deferred = succeed(1).addCallback(lambda _: 1 // 0)

    failure = outcome(deferred)

    assert failure.check(ZeroDivisionError)
    assert [frame[0] for frame in failure.frames] == ["<lambda>"]


def test_a_callback_may_return_a_failure() -> None:
    assert outcome(succeed(1).addCallback(lambda _: Failure(KeyError()))).check(KeyError)


def test_calling_back_with_a_failure_fails() -> None:
    deferred: Deferred[int] = Deferred()
    deferred.callback(Failure(KeyError()))

    assert outcome(deferred).check(KeyError)


def test_an_errback_may_raise_and_the_next_errback_sees_that() -> None:
    def worse(_: Failure) -> None:
        raise RuntimeError("worse")

    assert outcome(fail(ValueError()).addErrback(worse)).check(RuntimeError)


def test_callables_that_are_tuples_are_called() -> None:
    class Callable(tuple):  # type: ignore[type-arg]
        def __call__(self, value: int) -> int:
            return value + len(self)

    assert succeed(1).addCallback(Callable((1, 2))).result == 3


def test_adding_returns_the_deferred_itself() -> None:
    deferred: Deferred[None] = Deferred()

    assert deferred.addCallback(passthru) is deferred
    assert deferred.addErrback(passthru) is deferred
    assert deferred.addBoth(passthru) is deferred
    assert deferred.addCallbacks(passthru) is deferred


def test_a_second_result_is_refused() -> None:
    deferred: Deferred[int] = Deferred()
    deferred.callback(1)

    with pytest.raises(AlreadyCalledError):
        deferred.callback(2)
    with pytest.raises(AlreadyCalledError):
        deferred.errback(ValueError())
    assert deferred.result == 1


def test_before_it_fires_there_is_no_result() -> None:
    deferred: Deferred[int] = Deferred()

    assert not deferred.called
    assert not hasattr(deferred, "result")
    deferred.callback(5)
    assert deferred.called
    assert deferred.result == 5


def test_a_callback_sees_the_result_it_was_called_with_on_the_deferred() -> None:
    deferred: Deferred[Any] = Deferred()
    seen: list[Any] = []
    deferred.addCallback(lambda _: "second").addCallback(lambda _: seen.append(deferred.result))

    deferred.callback("first")

    assert seen == ["second"]


def test_errback_takes_the_exception_being_handled() -> None:
    deferred: Deferred[None] = Deferred()
    try:
        raise KeyError("here")
    except KeyError:
        deferred.errback()

    assert outcome(deferred).value.args == ("here",)


def test_errback_without_an_exception_is_refused_and_leaves_the_deferred_alone() -> None:
    deferred: Deferred[None] = Deferred()

    with pytest.raises(NoCurrentExceptionError):
        deferred.errback()
    assert not deferred.called


def test_links_added_by_a_callback_run_after_those_that_are_there() -> None:
    order: list[str] = []
    deferred: Deferred[None] = Deferred()

    def first(_: None) -> None:
        order.append("first")
        deferred.addCallback(lambda _: order.append("added"))
        order.append("end of first")

    deferred.addCallback(first).addCallback(lambda _: order.append("second"))
    deferred.callback(None)

    assert order == ["first", "end of first", "second", "added"]


def test_while_paused_nothing_runs() -> None:
    ran: list[int] = []
    deferred: Deferred[int] = Deferred()
    deferred.addCallback(ran.append)
    deferred.pause()
    deferred.pause()
    deferred.callback(1)
    deferred.unpause()
    assert (ran, deferred.paused, deferred.called) == ([], 1, True)

    deferred.unpause()

    assert (ran, deferred.paused) == ([1], 0)


def test_pausing_a_fired_deferred_holds_back_later_links() -> None:
    ran: list[int] = []
    deferred = succeed(1)
    deferred.pause()
    deferred.addCallback(ran.append)
    assert ran == []

    deferred.unpause()

    assert ran == [1]


def test_pausing_inside_a_callback_lets_the_run_end_and_holds_back_later_links() -> None:
    ran: list[Any] = []
    deferred: Deferred[Any] = Deferred()
    deferred.addCallback(lambda _: deferred.pause()).addCallback(lambda _: ran.append("second"))
    deferred.callback(None)
    assert ran == ["second"]

    deferred.addCallback(lambda _: ran.append("third"))
    assert ran == ["second"]
    deferred.unpause()
    assert ran == ["second", "third"]


def test_unpausing_inside_a_callback_does_not_start_a_second_run() -> None:
    ran: list[Any] = []
    deferred: Deferred[Any] = Deferred()

    def hiccup(_: object) -> None:
        deferred.pause()
        deferred.unpause()
        ran.append("hiccup")

    deferred.addCallback(hiccup).addCallback(lambda _: ran.append("after"))
    deferred.callback(None)

    assert ran == ["hiccup", "after"]


def test_execute_and_maybe_deferred_catch_what_is_raised() -> None:
    assert execute(divmod, 7, 2).result == (3, 1)
    assert outcome(execute(divmod, 7, 0)).check(ZeroDivisionError)
    assert maybeDeferred(divmod, 7, 2).result == (3, 1)
    assert outcome(maybeDeferred(divmod, 7, 0)).check(ZeroDivisionError)
    assert outcome(maybeDeferred(lambda: Failure(KeyError()))).check(KeyError)


def test_maybe_deferred_passes_deferreds_on_and_drives_coroutines() -> None:
    deferred: Deferred[int] = Deferred()

    async def coroutine(value: int) -> int:
        return value + await deferred

    assert maybeDeferred(lambda: deferred) is deferred
    running = maybeDeferred(coroutine, value=1)
    deferred.callback(2)
    assert running.result == 3


def test_fail_takes_failures_exceptions_and_the_current_exception() -> None:
    failure = Failure(KeyError())
    assert outcome(fail(failure)) is failure
    assert outcome(fail(KeyError("k"))).value.args == ("k",)
    try:
        raise KeyError("now")
    except KeyError:
        assert outcome(fail()).value.args == ("now",)
    with pytest.raises(NoCurrentExceptionError):
        fail()


def test_it_says_what_it_is_doing() -> None:
    deferred: Deferred[int] = Deferred()
    here = f"Deferred at 0x{id(deferred):x}"
    assert str(deferred) == repr(deferred) == f"<{here}>"

    inner: Deferred[int] = Deferred()
    deferred.addCallback(lambda _: inner)
    deferred.callback(1)
    assert str(deferred) == f"<{here} waiting on Deferred at 0x{id(inner):x}>"

    inner.callback(2)
    assert str(deferred) == f"<{here} current result: 2>"


def test_instances_take_attributes_and_weak_references() -> None:
    deferred: Any = Deferred()
    deferred.note = "mine"

    assert weakref.ref(deferred)() is deferred
    assert deferred.note == "mine"  # type: ignore[union-attr]


def test_success_leaves_no_cycles() -> None:
    gc.collect()
    gc.disable()
    try:
        inner: Deferred[int] = Deferred()
        deferred: Deferred[Any] = Deferred()
        deferred.addCallback(lambda _, inner=inner: inner).addCallback(str).addBoth(passthru)  # type: ignore[call-overload]
        watch = weakref.ref(deferred)
        deferred.callback(1)
        inner.callback(2)
        assert deferred.result == "2"
        del deferred, inner
        assert watch() is None
    finally:
        gc.enable()


steps = st.lists(st.sampled_from(["value", "raise", "mend", "both", "pass"]), max_size=8)


@given(steps, st.booleans(), st.integers(0, 8))
def test_it_does_not_matter_whether_links_come_before_or_after_the_result(plan: list[str], good: bool, at: int) -> None:
    def build(fire_at: int) -> list[Any]:
        seen: list[Any] = []
        deferred: Deferred[Any] = Deferred()

        def raising(value: Any) -> None:
            seen.append(("raise", value))
            raise KeyError(len(seen))

        for number, step in enumerate([*plan, "end"]):
            if number == fire_at or (step == "end" and not deferred.called):
                if good:
                    deferred.callback("start")
                else:
                    deferred.errback(ValueError("start"))
            if step == "value":
                deferred.addCallback(lambda value, n=number: seen.append(("value", value)) or n)  # type: ignore[call-overload, func-returns-value]
            elif step == "raise":
                deferred.addCallback(raising)
            elif step == "mend":
                deferred.addErrback(lambda failure, n=number: seen.append(("mend", repr(failure.value))) or n)  # type: ignore[call-overload, func-returns-value]
            elif step == "both":
                deferred.addBoth(lambda result: seen.append(("both", type(result))) or result)  # type: ignore[func-returns-value]
            elif step == "pass":
                deferred.addCallbacks(passthru, passthru)
        deferred.addBoth(lambda result: seen.append(result.type if isinstance(result, Failure) else result))
        return seen

    assert build(at) == build(0)


def test_what_is_yet_to_be_called_can_be_seen_as_pairs() -> None:
    def refuse(failure: Failure, why: str) -> None: ...

    waiting: Deferred[Any] = Deferred()
    with pytest.warns(DeprecationWarning, match="Deferred.callbacks was deprecated in Twisted 25.5.0"):
        assert waiting.callbacks == []
    inner: Deferred[Any] = Deferred()
    succeed(None).addCallback(lambda _: inner)
    waiting.addCallback(len).addErrback(refuse, why="no").addBoth(print, 1, end="").addCallback(print, 2)

    with pytest.warns(DeprecationWarning):
        links = waiting.callbacks
        (continued,) = inner.callbacks

    assert [(callback[0], errback[0]) for callback, errback in links[2:]] == [(print, print), (print, links[0][1][0])]
    assert links[0][0] == (len, (), {})
    assert links[0][1][0]("passes") == "passes"
    assert (links[1][0][0], links[1][1]) == (links[0][1][0], (refuse, (), {"why": "no"}))
    assert (links[2][0][1:], links[2][1][1:], links[3][0][1:]) == (((1,), {"end": ""}), ((1,), {"end": ""}), ((2,), {}))
    assert continued[0] == continued[1]
