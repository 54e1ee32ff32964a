from __future__ import annotations

import gc
import sys
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.python import log
from twisted.python.failure import Failure
from twisted.trial import itrial, reporter, runner, unittest
from twisted.trial._runner import suites


class Quiet(unittest.SynchronousTestCase):
    __test__ = False

    def test_one(self) -> None:
        pass

    def test_two(self) -> None:
        pass


class Stopping(reporter.TestResult):
    def stopTest(self, test: Any) -> None:
        super().stopTest(test)
        self.stop()


def any_tests(*tests: Any) -> list[Any]:
    """What suites take that is no test case."""
    return list(tests)


def both() -> list[Any]:
    return [Quiet("test_one"), Quiet("test_two")]


def test_a_destructive_suite_forgets_what_has_run() -> None:
    result = reporter.TestResult()
    suite = runner.DestructiveTestSuite(both())
    assert suite.countTestCases() == 2

    assert suite.run(result) is result

    assert result.successes == 2
    assert list(suite) == []


def test_a_destructive_suite_keeps_what_has_not_run() -> None:
    first, second = both()
    suite = runner.DestructiveTestSuite([first, second])

    suite.run(Stopping())

    assert list(suite) == [second]


def test_an_ordinary_suite_can_run_again() -> None:
    result = reporter.TestResult()
    suite = runner.TestSuite(both())

    suite.run(result)
    suite.run(result)

    assert result.successes == 4


class LogsAnError(runner.TestHolder):
    """Not a test case, so that nobody but the suite looks at the log."""

    def run(self, result: Any) -> None:
        log.err(ValueError("logged"), "between tests")


def test_what_is_logged_between_tests_is_an_error_of_the_run() -> None:
    result = reporter.TestResult()

    assert runner.LoggedSuite(any_tests(LogsAnError("x"))).run(result) is result

    ((test, failure),) = result.errors
    assert test.id() == runner.NOT_IN_TEST == "<not in test>"
    assert failure.check(ValueError)


def test_what_was_logged_is_told_once() -> None:
    first, second = reporter.TestResult(), reporter.TestResult()

    runner.LoggedSuite(any_tests(LogsAnError("x"))).run(first)
    runner.LoggedSuite(both()).run(second)

    assert len(first.errors) == 1
    assert second.errors == []


def test_nobody_looks_at_the_log_after_the_run() -> None:
    runner.LoggedSuite([]).run(reporter.TestResult())

    log.err(ValueError("logged"), "after the run")

    result = reporter.TestResult()
    runner.LoggedSuite([]).run(result)
    assert result.errors == []


def test_garbage_is_collected_before_and_after_each_test_if_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(gc, "collect", lambda: done.append("collect"))

    class Noting(runner.TestHolder):
        def run(self, result: Any) -> None:
            done.append(self.id())

    runner.TrialSuite([Noting("a"), Noting("b")], forceGarbageCollection=True).run(reporter.TestResult())
    assert done == ["collect", "a", "collect", "collect", "b", "collect"]

    done.clear()
    runner.TrialSuite([Noting("a")]).run(reporter.TestResult())
    assert done == ["a"]


def test_the_reactor_shuts_down_after_all_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    from twisted.internet import reactor as process_reactor

    reactor: Any = process_reactor
    happened: list[str] = []
    reactor.addSystemEventTrigger("before", "shutdown", happened.append, "shutdown")

    class Noting(runner.TestHolder):
        def run(self, result: Any) -> None:
            happened.append("test")

    runner.TrialSuite([Noting("a")]).run(reporter.TestResult())

    assert happened == ["test", "shutdown"]


def test_without_a_reactor_none_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "twisted.internet.reactor", raising=False)

    suites.shut_down()

    assert "twisted.internet.reactor" not in sys.modules


def test_a_reactor_that_runs_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Running:
        running = True

    monkeypatch.setitem(sys.modules, "twisted.internet.reactor", Running())

    suites.shut_down()


def test_the_tests_of_suites_in_suites() -> None:
    first, second = both()
    holder = runner.TestHolder("x")

    assert list(suites.cases_of(runner.TestSuite([first, runner.TestSuite(any_tests(second, holder))]))) == [
        first,
        second,
        holder,
    ]
    assert list(suites.cases_of(first)) == [first]


def test_a_holder_is_a_name() -> None:
    result = Stopping()
    holder = runner.TestHolder("a name")

    holder(result)

    assert verifyObject(itrial.ITestCase, holder)
    assert (holder.description, holder.id(), holder.shortDescription()) == ("a name",) * 3
    assert holder.countTestCases() == 0
    assert (holder.failureException, holder.skip) == (None, None)
    assert result.testsRun == 1 and result.shouldStop
    assert result.wasSuccessful()


def test_an_error_holder_is_an_error_with_a_name() -> None:
    result = Stopping()
    failure = Failure(ValueError("no"))
    holder = runner.ErrorHolder("a name", failure)

    holder(result)

    assert repr(holder) == "<ErrorHolder description='a name' error=ValueError('no')>"
    assert holder.error == (ValueError, failure.value, failure.getTracebackObject())
    ((test, told),) = result.errors
    assert test is holder and told.value is failure.value
    assert result.testsRun == 1 and result.shouldStop


class BadClass(unittest.SynchronousTestCase):
    __test__ = False
    error: BaseException = ValueError("no")

    @classmethod
    def setUpClass(cls) -> None:
        raise cls.error

    def test_one(self) -> None:
        pass


def test_a_class_whose_fixture_goes_wrong_is_told_like_a_test() -> None:
    result = Stopping()

    runner.TestSuite([BadClass("test_one")]).run(result)

    ((test, failure),) = result.errors
    assert test.id() == f"{__name__}.BadClass.setUpClass"
    assert failure.check(ValueError)
    assert (result.testsRun, result.successes, result.shouldStop) == (1, 0, True)


def test_a_class_whose_fixture_skips_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BadClass, "error", unittest.SkipTest("not here"))
    result = reporter.TestResult()

    runner.TestSuite([BadClass("test_one")]).run(result)

    ((test, reason),) = result.skips
    assert (test.id(), reason) == (f"{__name__}.BadClass.setUpClass", "not here")
    assert result.errors == []
