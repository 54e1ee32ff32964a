"""Tests that wait: Deferreds, coroutines, timeouts, and what is left in the reactor."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.internet import defer, protocol, reactor, task, threads
from twisted.trial._unittest import waiting
from twisted.trial.unittest import SkipTest, TestCase
from twisted.trial.util import DEFAULT_TIMEOUT, DirtyReactorAggregateError

from .told import Told, told_by

clock: Any = reactor  # Any: reactors have no class in common.


def make(body: Callable[[Any], object], **attributes: Any) -> TestCase:
    """Make a case with one test."""
    case = type("Case", (TestCase,), {"test_it": body, "timeout": 10, **attributes})("test_it")
    assert isinstance(case, TestCase)
    return case


def soon(result: object = None) -> defer.Deferred[Any]:
    return task.deferLater(clock, 0, lambda: result)


def fall_soon(*_: object) -> defer.Deferred[Any]:
    deferred: defer.Deferred[None] = defer.Deferred()
    clock.callLater(0, deferred.errback, ZeroDivisionError("fell"))
    return deferred


# Waiting


@pytest.mark.parametrize("result", [defer.succeed, lambda value: soon(value)])
def test_a_deferred_that_succeeds_is_a_success(result: Callable[[object], object]) -> None:
    assert told_by(make(lambda _: result(3))) == ["success"]


@pytest.mark.parametrize("result", [lambda case: defer.fail(ZeroDivisionError("fell")), fall_soon])
def test_a_deferred_that_fails_is_an_error(result: Callable[[object], object]) -> None:
    assert told_by(make(result)) == [("error", "ZeroDivisionError: fell")]


def test_a_failed_assertion_is_a_failure_later_too() -> None:
    told = told_by(make(lambda case: soon().addCallback(lambda _: case.fail("no"))))

    assert told == [("failure", "FailTest: no")]


def test_a_test_may_be_skipped_later() -> None:
    def skip(_: object) -> None:
        raise SkipTest("not today")

    assert told_by(make(lambda case: soon().addCallback(skip))) == [("skip", "not today")]


def test_an_expected_failure_may_come_later() -> None:
    assert told_by(make(fall_soon, todo="later")) == [("expected", "ZeroDivisionError: fell", "todo later")]


def test_a_coroutine_is_waited_for() -> None:
    seen: list[object] = []

    async def body(case: TestCase) -> None:
        seen.append(await soon(3))

    assert told_by(make(body)) == ["success"]
    assert seen == [3]


def test_so_is_a_coroutine_that_a_function_returns() -> None:
    seen: list[object] = []

    async def inner() -> None:
        seen.append(await soon(3))

    assert told_by(make(lambda _: inner())) == ["success"]
    assert seen == [3]


def test_a_coroutine_that_raises_is_an_error() -> None:
    async def body(case: TestCase) -> None:
        await soon()
        raise ZeroDivisionError("fell")

    assert told_by(make(body)) == [("error", "ZeroDivisionError: fell")]


def test_a_coroutine_that_waits_for_nothing_needs_no_reactor() -> None:
    seen: list[bool] = []

    async def body(case: TestCase) -> None:
        seen.append(clock.running)

    assert told_by(make(body)) == ["success"]
    assert seen == [False]


def test_an_asynchronous_generator_function_is_an_error() -> None:
    async def body(case: TestCase) -> AsyncGenerator[None, None]:
        yield

    ((word, text),) = told_by(make(body))

    assert word == "error" and text.endswith("is an asynchronous generator function and therefore will never run")


def test_every_part_of_a_test_is_waited_for() -> None:
    seen: list[str] = []

    class Case(TestCase):
        async def setUp(self) -> None:  # type: ignore[override]
            self.addCleanup(self.clean)
            self.addCleanup(lambda: soon().addCallback(lambda _: seen.append("last")))
            await soon()
            seen.append("set up")

        def test_it(self) -> defer.Deferred[None]:
            seen.append(f"running: {clock.running}")
            return soon().addCallback(lambda _: seen.append("test"))

        async def clean(self) -> None:
            await soon()
            seen.append("first")

        def tearDown(self) -> defer.Deferred[None]:  # type: ignore[override]
            return soon().addCallback(lambda _: seen.append("tear down"))

    assert told_by(Case("test_it")) == ["success"]
    assert seen == ["set up", "running: True", "test", "last", "first", "tear down"]
    assert not clock.running


def test_every_part_may_fail_later() -> None:
    case = make(lambda case: case.addCleanup(fall_soon), tearDown=fall_soon)

    assert told_by(case) == [("error", "ZeroDivisionError: fell")] * 2
    assert told_by(make(lambda _: None, setUp=fall_soon)) == [("error", "ZeroDivisionError: fell")]


def test_a_test_has_a_context_of_its_own() -> None:
    variable = contextvars.ContextVar[int]("variable", default=0)

    assert told_by(make(lambda _: variable.set(1), setUp=lambda _: variable.set(2))) == ["success"]
    assert variable.get() == 0


def test_what_set_up_sets_in_the_context_is_set_in_the_test() -> None:
    variable = contextvars.ContextVar[int]("variable", default=0)
    seen: list[int] = []

    told_by(make(lambda _: seen.append(variable.get()), setUp=lambda _: (variable.set(2), None)[1]))

    assert seen == [2]


def test_threads_can_be_waited_for() -> None:
    seen: list[threading.Thread] = []

    told = told_by(make(lambda _: threads.deferToThread(threading.current_thread).addCallback(seen.append)))

    assert told == ["success"]
    assert seen[0] is not threading.current_thread() and not seen[0].is_alive()


def test_programs_may_wait_by_themselves() -> None:
    seen: list[object] = []

    def body(case: TestCase) -> None:
        case._wait(soon(3).addCallback(seen.append))

    assert told_by(make(body)) == ["success"]
    assert seen == [3]


def test_nobody_can_wait_within_the_reactor() -> None:
    ((word, text),) = told_by(make(lambda case: soon().addCallback(lambda _: case._wait(defer.Deferred()))))

    assert word == "error" and text == "RuntimeError: cannot wait for a Deferred here: the reactor runs already"


def test_a_reporter_that_raises_within_the_reactor_is_heard_of() -> None:
    class Deaf(Told):
        def addError(self, test: Any, error: Any) -> None:
            raise LookupError("deaf")

    with pytest.raises(LookupError, match="deaf"):
        make(fall_soon).run(Deaf())


@pytest.mark.parametrize("stop", [clock.stop, clock.crash])
def test_when_the_reactor_is_stopped_the_run_is_interrupted(stop: Callable[[], None]) -> None:
    told = Told()

    def body(case: TestCase) -> defer.Deferred[None]:
        clock.callLater(0, stop)
        clock.callLater(1000, stop)
        return defer.Deferred()

    with pytest.raises(KeyboardInterrupt):
        make(body, tearDown=lambda _: told.words.append("tear down")).run(told)

    assert [word[0] for word in told.words] == ["s", "error"]
    assert told.failures[0].type is DirtyReactorAggregateError
    assert len(told.failures[0].value.delayedCalls) == 1
    assert clock.getDelayedCalls() == []


def test_what_fires_after_an_interruption_stops_nobody_else() -> None:
    late: defer.Deferred[None] = defer.Deferred()
    clock.callLater(0, clock.crash)
    with pytest.raises(KeyboardInterrupt):
        TestCase("mktemp")._wait(late)

    def body(case: TestCase) -> defer.Deferred[None]:
        late.callback(None)
        return soon()

    assert told_by(make(lambda case: soon().addCallback(lambda _: body(case)))) == ["success"]


def test_who_runs_the_reactor_already_may_wait_for_us(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[object] = []
    monkeypatch.setattr(waiting, "others_who_wait", [waited.append, fall_soon])
    deferred: defer.Deferred[None] = defer.Deferred()

    told = told_by(make(lambda case: soon().addCallback(lambda _: case._wait(deferred))))

    assert told == ["success"]
    assert waited == [deferred]


# Examples of hypothesis


def test_each_example_is_waited_for_however_often_the_test_is_run() -> None:
    seen: list[int] = []

    class Case(TestCase):
        @settings(max_examples=3, deadline=None, database=None)
        @given(st.just(1))
        async def test_it(self, number: int) -> None:
            await soon()
            seen.append(number)

        @settings(max_examples=3, deadline=None, database=None)
        @given(st.just(1))  # type: ignore[arg-type]  # it knows coroutines, but no Deferreds
        def test_bad(self, number: int) -> defer.Deferred[Any]:
            return fall_soon()

    case = Case("test_it")
    handle: Any = vars(Case)["test_it"].hypothesis
    usual = handle.inner_test

    assert told_by(case) == told_by(case) == ["success"]
    assert seen == [1, 1]
    assert handle.inner_test._waits_for is usual
    assert told_by(Case("test_bad")) == [("error", "ZeroDivisionError: fell")]


# Timeouts


@pytest.mark.parametrize(
    ("part", "named"),
    [("setUp", "setUp"), ("test_it", "test_it"), ("tearDown", "tearDown")],
)
def test_each_part_may_be_late(part: str, named: str) -> None:
    attributes: dict[str, Any] = {"test_it": lambda _: None, part: lambda _: defer.Deferred(), "timeout": 0.01}
    case = type("Case", (TestCase,), attributes)("test_it")

    (word, text), *others = told_by(case)

    assert word == "error" and others == []
    assert text == f"TimeoutError: {case!r} ({named}) still running at 0.01 secs"


def test_a_late_cleanup_is_named() -> None:
    seen: list[str] = []

    def clean() -> defer.Deferred[None]:
        return defer.Deferred()

    def body(case: TestCase) -> None:
        case.addCleanup(seen.append, "other")
        case.addCleanup(clean)

    ((word, text),) = told_by(make(body, timeout=0.01, tearDown=lambda _: seen.append("tear down")))

    assert word == "error" and "(cleanup function clean) still running" in text
    assert seen == ["other", "tear down"]


def test_being_late_is_an_error_of_this_class() -> None:
    told = Told()

    make(lambda _: defer.Deferred(), timeout=0.01).run(told)

    assert told.failures[0].type is defer.TimeoutError


def test_being_late_may_be_expected() -> None:
    ((word, *_),) = told_by(make(lambda _: defer.Deferred(), timeout=0.01, todo="later"))

    assert word == "expected"


def test_a_deferred_hears_that_it_is_late_and_may_save_the_test() -> None:
    seen: list[object] = []

    def body(case: TestCase) -> defer.Deferred[None]:
        return defer.Deferred[None]().addErrback(lambda failure: seen.append(failure.type))

    assert told_by(make(body, timeout=0.01)) == ["success"]
    assert seen == [defer.TimeoutError]


def test_a_coroutine_that_is_late_leaves_its_blocks() -> None:
    seen: list[str] = []

    async def body(case: TestCase) -> None:
        try:
            await defer.Deferred()
        finally:
            seen.append("left")

    ((word, text),) = told_by(make(body, timeout=0.01))

    assert word == "error" and "still running" in text
    assert seen == ["left"]


def test_a_deferred_that_waits_for_another_lets_go_of_it() -> None:
    cancelled: list[object] = []
    inner: defer.Deferred[None] = defer.Deferred(cancelled.append)

    ((word, text),) = told_by(make(lambda _: defer.succeed(None).addCallback(lambda _: inner), timeout=0.01))

    assert word == "error" and "still running" in text
    assert cancelled == [inner]


def test_what_comes_in_time_leaves_no_timer() -> None:
    assert told_by(make(lambda _: soon(), timeout=1000)) == ["success"]
    assert clock.getDelayedCalls() == []


def test_a_test_has_two_minutes_if_nothing_is_said() -> None:
    assert TestCase("mktemp").getTimeout() == 120.0


@pytest.mark.parametrize(("timeout", "seconds"), [(3, 3.0), ("4", 4.0), (DEFAULT_TIMEOUT, 120.0)])
def test_what_is_said_about_time_counts(timeout: object, seconds: float) -> None:
    given = make(lambda _: None, timeout=timeout).getTimeout()

    assert (given, type(given)) == (seconds, float)


@pytest.mark.parametrize("timeout", ["soon", None])
def test_what_is_no_time_is_deprecated(timeout: object) -> None:
    case = make(lambda _: None, timeout=timeout)

    with pytest.warns(DeprecationWarning, match="'timeout' attribute needs to be a number"):
        assert case.getTimeout() == 120.0


# What is left in the reactor


def test_a_delayed_call_that_is_left_is_an_error_and_cancelled() -> None:
    told = Told()
    made: list[Any] = []
    case = make(lambda _: made.append(clock.callLater(1000, soon)))

    case.run(told)

    assert told.words[0] == "start" and told.words[-1] == "stop" and len(told.words) == 3
    error = told.failures[0].value
    assert isinstance(error, DirtyReactorAggregateError)
    assert len(error.delayedCalls) == 1 and "soon" in str(error.delayedCalls[0])
    assert not error.selectables
    assert not made[0].active() and not case._passed


def test_all_calls_are_in_one_error() -> None:
    told = Told()

    make(lambda _: (clock.callLater(1000, soon), clock.callLater(1001, soon), None)[2]).run(told)

    assert len(told.failures) == 1 and len(told.failures[0].value.delayedCalls) == 2


def test_calls_that_are_due_are_made() -> None:
    seen: list[str] = []

    told = told_by(make(lambda _: clock.callLater(0, clock.callLater, 0, seen.append, "made")))

    assert told == ["success"]
    assert seen == ["made"]


def test_a_call_that_was_there_before_is_not_the_tests() -> None:
    before = clock.callLater(1000, soon)
    try:
        assert told_by(make(lambda _: None)) == ["success"]
        assert before.active()
    finally:
        before.cancel()


def test_a_port_that_is_left_is_an_error_after_the_success() -> None:
    told = Told()
    ports: list[Any] = []

    make(lambda _: ports.append(clock.listenTCP(0, protocol.ServerFactory(), interface="127.0.0.1"))).run(told)

    assert [word if isinstance(word, str) else word[0] for word in told.words] == ["start", "success", "error", "stop"]
    error = told.failures[0].value
    assert isinstance(error, DirtyReactorAggregateError)
    assert error.delayedCalls == [] and error.selectables == [repr(ports[0])]
    assert ports[0] not in clock.getReaders()
    ports[0].connectionLost(None)


def test_a_port_that_was_there_before_is_not_the_tests() -> None:
    port = clock.listenTCP(0, protocol.ServerFactory(), interface="127.0.0.1")
    try:
        assert told_by(make(lambda _: None)) == ["success"]
        assert port in clock.getReaders()
    finally:
        port.stopListening()
        clock.iterate(0)


def test_a_port_that_a_test_has_closed_is_not_left() -> None:
    def body(case: TestCase) -> None:
        port = clock.listenTCP(0, protocol.ServerFactory(), interface="127.0.0.1")
        case.addCleanup(port.stopListening)

    assert told_by(make(body)) == ["success"]


def test_a_process_that_is_left_is_killed() -> None:
    killed: list[str] = []

    class Process:
        def fileno(self) -> int:
            return 0

        def signalProcess(self, signal: str) -> None:
            killed.append(signal)

    process = Process()
    told = told_by(make(lambda _: None, setUp=lambda _: clock.__dict__.update(removeAll=lambda: [process])))
    del clock.__dict__["removeAll"]

    assert told[0] == "success" and told[1][0] == "error" and repr(process) in told[1][1]
    assert killed == ["KILL"]


# Failures that are expected


def test_a_failure_that_is_expected_becomes_the_result() -> None:
    results: list[object] = []
    error = ZeroDivisionError("fell")

    def body(case: TestCase) -> defer.Deferred[Any]:
        return case.assertFailure(defer.fail(error), KeyError, ZeroDivisionError).addCallback(results.append)

    assert told_by(make(body)) == ["success"]
    assert results == [error]


def test_a_failure_that_comes_late_is_waited_for() -> None:
    assert told_by(make(lambda case: case.assertFailure(fall_soon(), ZeroDivisionError))) == ["success"]


def test_a_success_is_no_failure() -> None:
    told = told_by(make(lambda case: case.assertFailure(defer.succeed(3), KeyError)))

    assert told == [("failure", "FailTest: did not catch an error, instead got 3")]


def test_another_failure_than_expected_fails_the_test() -> None:
    ((word, text),) = told_by(make(lambda case: case.failUnlessFailure(defer.fail(ValueError("bad")), KeyError)))

    assert word == "failure"
    assert text.startswith("FailTest: \nExpected: (<class 'KeyError'>,)\nGot:\n[Failure instance: ")
    assert "ValueError'>: bad" in text
