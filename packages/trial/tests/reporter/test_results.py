from __future__ import annotations

import sys
import warnings
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.python.failure import Failure
from twisted.trial import itrial, reporter, unittest
from twisted.trial.util import DirtyReactorAggregateError

from .conftest import Case


def info(error: BaseException) -> Any:
    try:
        raise error
    except BaseException:
        return sys.exc_info()


def test_a_new_result_has_nothing_and_was_successful() -> None:
    result = reporter.TestResult()

    assert verifyObject(itrial.IReporter, result)
    assert (result.errors, result.failures, result.skips, result.successes) == ([], [], [], 0)
    assert (result.expectedFailures, result.unexpectedSuccesses, result.collectedDurations) == ([], [], [])
    assert result.wasSuccessful() is True


def test_errors_and_failures_are_kept_as_failures_whatever_they_come_as(case: Case) -> None:
    result = reporter.TestResult()
    failure = Failure(ValueError("given"))

    result.addError(case, failure)
    result.addError(case, info(KeyError("raised")))
    result.addFailure(case, info(AssertionError("asserted")))

    (first_case, first), (_, second) = result.errors
    assert first_case is case and first is failure
    assert isinstance(second, Failure) and second.check(KeyError) and second.getTracebackObject() is not None
    ((_, third),) = result.failures
    assert isinstance(third, Failure) and third.check(AssertionError)


def test_an_error_or_a_failure_is_no_success_and_all_else_is(case: Case, todo: unittest.Todo) -> None:
    fine, wrong, worse = reporter.TestResult(), reporter.TestResult(), reporter.TestResult()
    fine.addSkip(case, "why")
    fine.addSuccess(case)
    fine.addExpectedFailure(case, Failure(ValueError()), todo)
    fine.addUnexpectedSuccess(case, todo)
    wrong.addFailure(case, Failure(AssertionError()))
    worse.addError(case, Failure(ValueError()))

    assert fine.wasSuccessful() is True
    assert fine.successes == 1
    assert fine.skips == [(case, "why")]
    assert fine.unexpectedSuccesses == [(case, todo)]
    assert wrong.wasSuccessful() is False
    assert worse.wasSuccessful() is False


def test_without_a_reason_the_reason_for_an_expectation_is_that_it_was_one(case: Case) -> None:
    result = reporter.TestResult()

    result.addExpectedFailure(case, info(ValueError("x")))
    result.addUnexpectedSuccess(case)

    ((_, failure, todo),) = result.expectedFailures
    assert failure.check(ValueError)
    assert todo.reason == "Test expected to fail"
    assert result.unexpectedSuccesses[0][1].reason == "Test expected to fail"


def test_parts_of_a_test_fail_by_themselves(case: Case) -> None:
    result = reporter.TestResult()
    parts = [Case("part one"), Case("part two"), Case("part three")]

    result.addSubTest(case, parts[0], None)
    result.addSubTest(case, parts[1], info(AssertionError("no")))
    result.addSubTest(case, parts[2], info(KeyError("no")))

    assert [test.id() for test, _ in result.failures] == ["part two"]
    assert [test.id() for test, _ in result.errors] == ["part three"]


def test_a_result_says_how_much_it_has(case: Case, todo: unittest.Todo) -> None:
    result = reporter.TestResult()
    result.startTest(case)
    result.addSkip(case, "x")
    result.addUnexpectedSuccess(case, todo)

    assert repr(result) == "<twisted.trial.reporter.TestResult run=1 errors=0 failures=0 todos=0 dones=1 skips=1>"


def test_durations_are_kept_with_names(case: Case) -> None:
    result = reporter.TestResult()

    result.addDuration("a test", 1.5)

    assert result.collectedDurations == [("a test", 1.5)]


def test_the_time_of_a_test_is_taken(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    result = reporter.TestResult()
    times = iter([10.0, 12.5])
    monkeypatch.setattr(result, "_now", lambda: next(times))

    result.startTest(case)
    result.stopTest(case)

    assert result._lasted == 2.5


def test_ending_a_test_that_never_began_takes_no_time(case: Case) -> None:
    result = reporter.TestResult()

    result.stopTest(case)

    assert result._lasted is None


def test_a_decorator_passes_everything_on(case: Case, todo: unittest.Todo) -> None:
    original = reporter.TestResult()
    decorated = reporter.TestResultDecorator(original)
    failure = Failure(ValueError())

    decorated.startTest(case)
    decorated.addSuccess(case)
    decorated.addError(case, failure)
    decorated.addFailure(case, failure)
    decorated.addSkip(case, "x")
    decorated.addExpectedFailure(case, failure, todo)
    decorated.addUnexpectedSuccess(case, todo)
    decorated.addDuration("x", 1.0)
    decorated.stopTest(case)
    decorated.done()

    assert verifyObject(itrial.IReporterWithDurations, decorated)
    assert (original.testsRun, original.successes, len(original.errors), len(original.failures)) == (1, 1, 1, 1)
    assert (len(original.skips), len(original.expectedFailures), len(original.unexpectedSuccesses)) == (1, 1, 1)
    assert decorated.testsRun == 1
    assert decorated.collectedDurations == [("x", 1.0)]
    assert decorated.wasSuccessful() is False


def test_a_decorator_stops_the_original_one_way_or_the_other() -> None:
    class Simple:
        shouldStop = False

    original, simple = reporter.TestResult(), Simple()
    assert reporter.TestResultDecorator(original).shouldStop is False

    reporter.TestResultDecorator(original).stop()
    reporter.TestResultDecorator(simple).stop()

    assert original.shouldStop is True
    assert simple.shouldStop is True
    assert reporter.TestResultDecorator(original).shouldStop is True


def test_a_decorator_sees_parts_of_tests(case: Case) -> None:
    seen: list[str] = []

    class Watching(reporter.TestResultDecorator):
        def addError(self, test: Any, error: Any) -> None:
            seen.append("error")

        def addFailure(self, test: Any, fail: Any) -> None:
            seen.append("failure")

    watching = Watching(reporter.TestResult())
    watching.addSubTest(case, case, None)
    watching.addSubTest(case, case, info(AssertionError()))
    watching.addSubTest(case, case, info(ValueError()))

    assert seen == ["failure", "error"]


def test_an_unclean_reactor_can_be_only_worth_a_warning(case: Case) -> None:
    original = reporter.TestResult()
    wrapper = reporter.UncleanWarningsReporterWrapper(original)
    unclean = Failure(DirtyReactorAggregateError(["a call"]))

    with pytest.warns(UserWarning) as warned:
        wrapper.addError(case, unclean)

    assert original.errors == []
    assert str(warned[0].message) == str(unclean.value)
    assert warned[0].filename == __file__


def test_other_errors_stay_errors(case: Case) -> None:
    original = reporter.TestResult()
    failure = Failure(ValueError())

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reporter.UncleanWarningsReporterWrapper(original).addError(case, failure)

    assert original.errors == [(case, failure)]


def test_a_broken_test_case_is_worth_a_warning_of_its_own() -> None:
    assert issubclass(reporter.BrokenTestCaseWarning, Warning)
    assert reporter.BrokenTestCaseWarning.__module__ == "twisted.trial.reporter"
