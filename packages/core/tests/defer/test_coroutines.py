"""Coroutines and generators, each with a Deferred of what it returns."""

from __future__ import annotations

import contextvars
import gc
import weakref
from collections.abc import Callable, Generator
from typing import Any

import pytest

from twisted.internet.defer import (
    AlreadyCalledError,
    CancelledError,
    Deferred,
    NotACoroutineError,
    ensureDeferred,
    fail,
    inlineCallbacks,
    returnValue,
    succeed,
)
from twisted.python.failure import Failure

Runner = Callable[..., Deferred[Any]]


async def _waiting(*deferreds: Deferred[Any]) -> list[Any]:
    return [await deferred for deferred in deferreds]


@inlineCallbacks
def _yielding(*deferreds: Deferred[Any]) -> Generator[Deferred[Any], Any, list[Any]]:
    results = []
    for deferred in deferreds:
        results.append((yield deferred))
    return results


async def _guarded(deferred: Deferred[Any]) -> Any:
    try:
        return await deferred
    except BaseException as error:
        return error


@inlineCallbacks
def _guarding(deferred: Deferred[Any]) -> Generator[Deferred[Any], Any, Any]:
    try:
        return (yield deferred)
    except BaseException as error:
        return error


waiting = pytest.mark.parametrize("run", [lambda *ds: ensureDeferred(_waiting(*ds)), _yielding], ids=["async", "yield"])
guarded = pytest.mark.parametrize("run", [lambda d: ensureDeferred(_guarded(d)), _guarding], ids=["async", "yield"])


def outcome(deferred: Deferred[Any]) -> Any:
    results: list[Any] = []
    deferred.addBoth(results.append)
    (result,) = results
    return result


@waiting
def test_results_that_are_there_are_taken_without_waiting(run: Runner) -> None:
    assert run(succeed(1), succeed(2)).result == [1, 2]


@waiting
def test_it_goes_on_at_once_when_what_it_waits_for_fires(run: Runner) -> None:
    first: Deferred[int] = Deferred()
    second: Deferred[int] = Deferred()
    running = run(first, succeed(2), second)
    assert not running.called
    first.callback(1)
    assert not running.called

    second.callback(3)

    assert running.result == [1, 2, 3]
    assert first.result is second.result is None


@guarded
def test_failures_are_raised_where_it_waits(run: Runner) -> None:
    error = KeyError("x")
    assert run(fail(error)).result is error

    later: Deferred[None] = Deferred()
    running = run(later)
    later.errback(error)
    assert running.result is error


@waiting
def test_what_it_raises_fails_the_deferred(run: Runner) -> None:
    failure = outcome(run(fail(KeyError("x"))))

    assert failure.check(KeyError)
    names = [frame[0] for frame in failure.frames]
    assert names[0] in ("_waiting", "_yielding") and "_step" not in names and "_run" not in names


@guarded
def test_cancelling_raises_where_it_waits_and_it_decides(run: Runner) -> None:
    cancelled: list[Any] = []
    inner: Deferred[None] = Deferred(cancelled.append)
    running = run(inner)

    running.cancel()

    assert cancelled == [inner]
    assert isinstance(running.result, CancelledError)


@waiting
def test_a_cancellation_that_it_does_not_handle_fails_it(run: Runner) -> None:
    running = run(Deferred())
    running.cancel()
    assert outcome(running).check(CancelledError)


@waiting
def test_cancelling_what_is_over_does_nothing(run: Runner) -> None:
    running = run(succeed(1))
    running.cancel()
    assert running.result == [1]


def test_it_may_wait_again_after_a_cancellation_and_be_cancelled_again() -> None:
    first: Deferred[None] = Deferred()
    second: Deferred[None] = Deferred()

    async def stubborn() -> None:
        try:
            await first
        except CancelledError:
            pass
        await second

    running = ensureDeferred(stubborn())
    running.cancel()
    assert not running.called

    running.cancel()

    assert outcome(running).check(CancelledError)


@waiting
def test_cancelling_reaches_through_coroutines_that_wait_for_coroutines(run: Runner) -> None:
    first: Deferred[None] = Deferred()
    last: Deferred[Any] = first
    for _ in range(3000):
        last = run(last)

    last.cancel()

    assert first.called
    assert outcome(last).check(CancelledError)


@waiting
def test_three_thousand_that_wait_for_each_other(run: Runner) -> None:
    first: Deferred[Any] = Deferred()
    last = first
    for _ in range(3000):
        last = run(last)

    first.callback("end")

    depth, value = 0, last.result
    while isinstance(value, list):
        depth, (value,) = depth + 1, value
    assert (depth, value) == (3000, "end")


@waiting
def test_three_thousand_pass_a_failure_on(run: Runner) -> None:
    first: Deferred[Any] = Deferred()
    last = first
    for _ in range(3000):
        last = run(last)

    first.errback(KeyError("end"))

    assert outcome(last).value.args == ("end",)


def test_a_generator_gets_other_things_back_as_it_yields_them() -> None:
    @inlineCallbacks
    def odd() -> Generator[Any, Any, list[Any]]:
        return [(yield 5), (yield None), (yield [1])]

    assert odd().result == [5, None, [1]]


def test_return_value_ends_a_generator_and_warns() -> None:
    @inlineCallbacks
    def old() -> Generator[Any, Any, Any]:
        yield succeed(None)
        returnValue("old")

    with pytest.warns(DeprecationWarning, match="returnValue was deprecated") as caught:
        assert old().result == "old"
    assert caught[0].filename == __file__


def test_inline_callbacks_keep_the_functions_name_and_refuse_other_functions() -> None:
    @inlineCallbacks
    def named() -> Generator[Any, Any, None]:
        """Described."""
        yield succeed(None)

    assert (named.__name__, named.__doc__) == ("named", "Described.")
    with pytest.raises(TypeError, match="to produce a generator; instead got 5"):
        inlineCallbacks(lambda: 5)()  # type: ignore[arg-type, return-value]


def test_ensure_deferred_takes_deferreds_coroutines_and_generators_only() -> None:
    deferred: Deferred[int] = Deferred()

    def generator() -> Generator[Deferred[Any], Any, int]:
        return (yield succeed(1))  # type: ignore[no-any-return]

    assert ensureDeferred(deferred) is deferred
    assert ensureDeferred(generator()).result == 1
    assert Deferred.fromCoroutine(generator()).result == 1
    assert Deferred.fromCoroutine(_waiting(succeed(1))).result == [1]
    with pytest.raises(NotACoroutineError, match=r"^5 is not a coroutine or a Deferred$"):
        ensureDeferred(5)  # type: ignore[arg-type]
    with pytest.raises(NotACoroutineError, match=r"^5 is not a coroutine$"):
        Deferred.fromCoroutine(5)  # type: ignore[arg-type]
    assert issubclass(NotACoroutineError, TypeError)


def test_old_coroutines_may_yield_from_a_deferred() -> None:
    inner: Deferred[int] = Deferred()

    @inlineCallbacks
    def old() -> Generator[Any, Any, int]:
        return (yield from inner) + 1

    running = old()
    inner.callback(1)
    assert running.result == 2


class _SaysNothing:
    """Awaits on behalf of others, as wrappers of programs do that send nothing on."""

    def __init__(self, inner: Deferred[Any]) -> None:
        self._inner = inner

    def __await__(self) -> Generator[Any, Any, Any]:
        awaiting = self._inner.__await__()
        try:
            while True:
                yield awaiting.send(None)
        except StopIteration as stop:
            return stop.value


@pytest.mark.parametrize("result", [3, None])
@pytest.mark.parametrize("others", [[], [str]])
def test_a_coroutine_that_is_sent_nothing_finds_the_result(others: list[Any], result: Any) -> None:
    async def wrapped() -> Any:
        return [await _SaysNothing(inner)]

    inner: Deferred[Any] = Deferred()
    running = ensureDeferred(wrapped())
    for other in others:
        inner.addCallback(other)
    inner.callback(result)

    assert running.result == [result] and inner.result == (str(None) if others else None)


def test_a_coroutine_may_be_driven_by_callbacks_that_send_nothing() -> None:
    async def waiting() -> None:
        got.append(await first)
        got.append(await second)

    got: list[Any] = []
    first: Deferred[int] = Deferred()
    second: Deferred[int] = Deferred()
    coroutine = waiting()

    def step(result: Any) -> None:
        waits_for.append(coroutine.send(None))

    waits_for: list[Any] = []
    step(None)
    # Before there is a result, too.
    step(None)
    first.addCallback(step)
    first.callback(1)
    assert got == [1] and waits_for == [first, first, second]

    second.addErrback(step)
    second.errback(KeyError("no"))
    assert outcome(second).check(KeyError) and got == [1]


def test_awaiting_a_failed_deferred_handles_its_error_and_leaves_the_result() -> None:
    failed = fail(KeyError())
    outcome(ensureDeferred(_waiting(failed)))
    good = succeed(3)
    ensureDeferred(_waiting(good))

    assert failed.result.check(KeyError)
    assert good.result == 3


def test_a_result_from_outside_is_kept_and_the_coroutines_own_refused() -> None:
    inner: Deferred[None] = Deferred()
    running = ensureDeferred(_waiting(inner))
    running.callback(["outside"])

    inner.callback(None)

    assert running.result == ["outside"]
    assert outcome(inner).check(AlreadyCalledError)


def test_a_returned_failure_fails() -> None:
    async def returning() -> Any:
        return Failure(KeyError())

    assert outcome(ensureDeferred(returning())).check(KeyError)


variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


def test_each_step_runs_in_the_context_of_the_start() -> None:
    seen: list[str] = []
    gate: Deferred[None] = Deferred()

    async def body() -> None:
        seen.append(variable.get())
        variable.set("inside")
        await gate
        seen.append(variable.get())

    context = contextvars.copy_context()
    context.run(variable.set, "starter")
    running = context.run(ensureDeferred, body())
    context.run(seen.append, context.get(variable, "?"))
    running.addCallback(lambda _: seen.append(variable.get()))

    other = contextvars.copy_context()
    other.run(variable.set, "firer")
    other.run(gate.callback, None)

    assert seen == ["starter", "starter", "inside", "firer"]


def test_callbacks_run_in_the_context_of_whoever_fires() -> None:
    seen: list[str] = []
    deferred: Deferred[None] = Deferred()
    first = contextvars.copy_context()
    first.run(variable.set, "adder")
    first.run(deferred.addCallback, lambda _: seen.append(variable.get()))

    second = contextvars.copy_context()
    second.run(variable.set, "firer")
    second.run(deferred.callback, None)

    assert seen == ["firer"]


def test_a_coroutine_that_is_over_holds_nothing() -> None:
    gc.collect()
    gc.disable()
    try:

        class Thing:
            pass

        thing = Thing()
        watch = weakref.ref(thing)
        gate: Deferred[None] = Deferred()

        async def holding(held: Thing) -> None:
            await gate
            assert held

        running = ensureDeferred(holding(thing))
        del thing
        gate.callback(None)
        assert running.called and watch() is None
        coroutine_watch = weakref.ref(running)
        del running
        assert coroutine_watch() is None
    finally:
        gc.enable()
