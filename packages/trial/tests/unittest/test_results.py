"""Our cases beside what belongs to the standard unittest."""

from __future__ import annotations

import unittest as standard
from typing import Any, ClassVar

import pytest
from zope.interface.verify import verifyClass, verifyObject

from twisted.internet import defer
from twisted.python.failure import Failure
from twisted.trial import _asynctest, _synctest, itrial, unittest
from twisted.trial._unittest.outcomes import UnsupportedTrialFeature
from twisted.trial.unittest import PyUnitResultAdapter, TestCase, TestDecorator, TestSuite, decorate

from .told import Told, told_by


class Result(standard.TestResult):
    """Notes every word."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[Any] = []

    def startTest(self, test: Any) -> None:
        super().startTest(test)
        self.words.append("start")

    def stopTest(self, test: Any) -> None:
        super().stopTest(test)
        self.words.append("stop")

    def addSuccess(self, test: Any) -> None:
        self.words.append("success")

    def addError(self, test: Any, err: Any) -> None:
        self.words.append(("error", err))

    def addFailure(self, test: Any, err: Any) -> None:
        self.words.append(("failure", err))

    def addSkip(self, test: Any, reason: str) -> None:
        self.words.append(("skip", reason))

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        self.words.append(("expected", err))


def run(body: Any, **attributes: Any) -> list[Any]:
    result = Result()
    type("Case", (TestCase,), {"test_it": body, **attributes})("test_it").run(result)
    assert (result.words[0], result.words[-1]) == ("start", "stop")
    assert result.testsRun == 1
    return result.words[1:-1]


def fall(*_: object) -> None:
    raise ZeroDivisionError("fell")


# Results of the standard unittest


def test_a_standard_result_hears_of_a_success() -> None:
    assert run(lambda _: None) == ["success"]


def test_it_hears_of_errors_as_it_knows_them() -> None:
    ((word, (kind, error, traceback)),) = run(fall)

    assert (word, kind, str(error)) == ("error", ZeroDivisionError, "fell")
    assert traceback.tb_frame.f_code is fall.__code__


def test_it_hears_of_failures_as_it_knows_them() -> None:
    ((word, (kind, error, _)),) = run(lambda case: case.fail("no"))

    assert (word, kind, str(error)) == ("failure", unittest.FailTest, "no")


def test_it_hears_of_skips() -> None:
    assert run(fall, skip="not today") == [("skip", "not today")]


def test_it_hears_of_expected_failures_without_why() -> None:
    ((word, (kind, _, _)),) = run(fall, todo="later")

    assert (word, kind) == ("expected", ZeroDivisionError)


def test_an_unexpected_success_is_a_failure_that_says_why() -> None:
    ((word, (kind, error, traceback)),) = run(lambda _: None, todo="later")

    assert (word, kind, traceback) == ("failure", UnsupportedTrialFeature, None)
    assert error.args == ("unexpected success", unittest.Todo("later"))


def test_it_is_told_to_stop() -> None:
    def body(case: object) -> None:
        raise KeyboardInterrupt

    result = Result()
    type("Case", (TestCase,), {"test_it": body})("test_it").run(result)

    assert result.shouldStop


def test_the_adapter_keeps_the_result_and_ignores_old_words() -> None:
    result = Result()
    adapter = PyUnitResultAdapter(result)

    adapter.upDownError("setUp", Failure(ValueError()), True, True)

    assert adapter.original is result
    assert result.words == []


def test_a_tuple_is_passed_on_as_it_is() -> None:
    result = Result()
    error = (ValueError, ValueError(), None)

    PyUnitResultAdapter(result).addError(None, error)
    PyUnitResultAdapter(result).addExpectedFailure(None, error)

    assert result.words == [("error", error), ("expected", error)]


def test_the_standard_runner_runs_our_cases() -> None:
    class Case(TestCase):
        def test_good(self) -> defer.Deferred[None]:
            return defer.succeed(None)

        def test_bad(self) -> None:
            self.fail("no")

    result = standard.TestResult()
    standard.defaultTestLoader.loadTestsFromTestCase(Case).run(result)

    assert (result.testsRun, len(result.failures), len(result.errors)) == (2, 1, 0)
    assert "FailTest: no" in result.failures[0][1]
    assert "assertions.py" not in result.failures[0][1]


def test_a_case_can_be_called() -> None:
    told = Told()

    TestCase()(told)
    TestCase()(result=told)

    assert told.words == ["start", "success", "stop"] * 2


# Interfaces


def test_a_case_is_what_the_interface_says() -> None:
    class Case(TestCase):
        skip = None

    assert verifyClass(itrial.ITestCase, TestCase, tentative=True)
    assert verifyObject(itrial.ITestCase, Case())
    assert itrial.ITestCase(Case("run")).id().endswith("Case.run")


def test_cases_of_the_standard_unittest_are_taken_for_ours() -> None:
    case = standard.FunctionTestCase(fall)

    taken: object = itrial.ITestCase(case)
    assert taken is case
    assert itrial.ITestCase(3, None) is None


def test_the_interfaces_are_as_promised() -> None:
    assert set(itrial.IReporter.names()) == {
        "addError", "addExpectedFailure", "addFailure", "addSkip", "addSuccess", "addUnexpectedSuccess", "done",
        "shouldStop", "startTest", "stopTest", "testsRun", "wasSuccessful",
    }  # fmt: skip
    assert set(itrial.IReporterWithDurations.names(all=True)) - set(itrial.IReporter.names()) == {
        "addDuration",
        "collectedDurations",
    }
    assert set(itrial.ITestCase.names()) == {
        "__call__", "countTestCases", "failureException", "id", "run", "shortDescription", "skip",
    }  # fmt: skip


# Suites and decorators


class Fixtures(TestCase):
    __test__ = False  # for pytest
    seen: ClassVar[list[str]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.seen.append("set up class")
        cls.addClassCleanup(cls.seen.append, "clean class")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.seen.append("tear down class")

    def test_one(self) -> None:
        self.seen.append("one")

    def test_two(self) -> None:
        self.seen.append("two")


def test_fixtures_of_classes_are_called_once() -> None:
    Fixtures.seen = []

    TestSuite([Fixtures("test_one"), Fixtures("test_two")]).run(Told())

    assert Fixtures.seen == ["set up class", "one", "two", "tear down class", "clean class"]


def test_a_suite_can_run_again() -> None:
    Fixtures.seen = []
    suite = TestSuite([Fixtures("test_one")])
    told = Told()

    assert suite.run(told) is told
    suite(told)

    assert Fixtures.seen.count("one") == 2
    assert suite.countTestCases() == 1


def test_a_class_without_set_up_is_an_error_and_its_tests_are_not_run() -> None:
    class Broken(Fixtures):
        seen: ClassVar[list[str]] = []

        @classmethod
        def setUpClass(cls) -> None:
            fall()

    result = standard.TestResult()
    TestSuite([Broken("test_one")]).run(result)

    assert len(result.errors) == 1 and Broken.seen == []


def test_a_suite_stops_when_its_result_says_so() -> None:
    Fixtures.seen = []
    told = Told()

    def stop(case: Fixtures) -> None:
        told.stop()

    stopping = type("Stopping", (Fixtures,), {"test_one": stop})
    TestSuite([stopping("test_one"), stopping("test_two")]).run(told)

    assert "two" not in Fixtures.seen


class Around(TestDecorator):
    def run(self, result: Any) -> Any:
        result.words.append("before")
        super().run(result)
        result.words.append("after")


def test_a_decorator_is_around_a_test() -> None:
    case = Fixtures("test_one")
    decorated = decorate(case, Around)
    told = Told()

    decorated(told)

    assert isinstance(decorated, Around) and decorated._originalTest is case
    assert told.words == ["before", "start", "success", "stop", "after"]


def test_a_decorator_looks_like_its_test() -> None:
    case = type("Case", (Fixtures,), {"skip": "not today"})("test_one")
    decorated = TestDecorator(case)

    assert verifyObject(itrial.ITestCase, decorated)
    assert decorated.id() == case.id()
    assert decorated.shortDescription() == "test_one"
    assert decorated.countTestCases() == 1
    assert decorated.skip == "not today"
    assert decorated.failureException is unittest.FailTest


def test_a_decorator_is_around_each_test_of_a_suite() -> None:
    inner = standard.TestSuite([Fixtures("test_two")])
    suite = TestSuite([Fixtures("test_one"), inner])
    told = Told()

    decorated = decorate(suite, Around)
    decorated.run(told)

    assert decorated is suite and list(suite)[1] is inner
    assert told.words == ["before", "start", "success", "stop", "after"] * 2


def test_what_is_no_test_is_not_decorated() -> None:
    with pytest.raises(TypeError):
        decorate(3, Around)


# Names that programs know


def test_old_doors_lead_to_the_same_things() -> None:
    assert _asynctest.TestCase is TestCase
    assert _synctest.SynchronousTestCase is unittest.SynchronousTestCase
    assert _synctest.Todo is unittest.Todo
    assert _synctest.makeTodo is unittest.makeTodo
    assert _synctest.SkipTest is unittest.SkipTest
    assert _synctest.FailTest is unittest.FailTest
    assert _synctest.PyUnitResultAdapter is PyUnitResultAdapter
    assert _synctest._LogObserver is unittest._LogObserver
    assert _synctest.UnsupportedTrialFeature is UnsupportedTrialFeature


def test_the_observer_of_errors_can_be_used_by_itself() -> None:
    observer = unittest._LogObserver()
    failure = Failure(ValueError("bad"))

    observer.gotEvent({"isError": 1, "failure": failure})
    observer.gotEvent({"isError": 0, "failure": failure})
    observer.gotEvent({"isError": 1, "why": "nothing"})
    observer.gotEvent({"log_failure": failure})

    assert observer.getErrors() == [failure, failure]
    assert observer.flushErrors(KeyError) == []
    assert observer.flushErrors() == [failure, failure]
    assert observer.getErrors() == []


def test_the_observer_of_all_tests_hears_the_log_while_it_is_wanted() -> None:
    from twisted.python import log

    observer = _synctest._logObserver
    observer._add()
    observer._add()
    log.err(ValueError("one"))
    observer._remove()
    log.err(ValueError("two"))
    observer._remove()
    log.err(ValueError("three"))

    assert [failure.getErrorMessage() for failure in observer.flushErrors()] == ["one", "two"]


def test_an_observer_hears_from_the_first_time_on_that_it_is_wanted() -> None:
    from twisted.python import log

    observer = unittest._LogObserver()
    for text in ("one", "two"):
        observer._add()
        log.err(ValueError(text))
        observer._remove()
        log.err(ValueError("not wanted"))

    assert [failure.getErrorMessage() for failure in observer.getErrors()] == ["one", "two"]


def test_a_sub_test_that_fails_fails_the_test() -> None:
    def body(case: TestCase) -> None:
        for number in range(3):
            with case.subTest(number=number):
                case.assertEqual(number, 1)

    assert told_by(type("Case", (TestCase,), {"test_it": body})("test_it")) == [("failure", "FailTest: 0 != 1")]
