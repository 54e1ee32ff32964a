"""
Results: what became of tests, kept.
"""

from __future__ import annotations

import time
import unittest
import warnings
from types import TracebackType
from typing import Any, TypeAlias, Union

from zope.interface import implementer

from twisted.python.components import proxyForInterface
from twisted.python.failure import Failure
from twisted.trial import itrial
from twisted.trial._unittest.outcomes import Todo
from twisted.trial.util import DirtyReactorAggregateError

#: What `sys.exc_info` gives.
ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType]
#: What the standard unittest tells of an error: the above, or, outside of an ``except`` block, nothing.
XUnitFailure: TypeAlias = Union[ExcInfo, tuple[None, None, None]]  # noqa: UP007
#: What a reporter is told of an error.
TrialFailure: TypeAlias = Union[XUnitFailure, Failure]  # noqa: UP007

_NO_REASON = Todo("Test expected to fail")


class BrokenTestCaseWarning(Warning):
    """Something is wrong with a test case that does not keep it from being run."""


def _failure_of(error: Any) -> Failure:
    """Give as a failure what a test case of any kind tells."""
    if isinstance(error, Failure):
        return error
    kind, value, traceback = error
    return Failure(value, kind, traceback)


@implementer(itrial.IReporter)
class TestResult(unittest.TestResult):
    """
    Keeps what became of tests.

    Attributes:
        successes: How many succeeded.
        skips: Pairs of a test and the reason why it was not run.
        errors: Pairs of a test and a `Failure`.
        failures: Such pairs for assertions that failed.
        expectedFailures: Tests, failures and the `Todo` that expected them.
        unexpectedSuccesses: Pairs of a test and the `Todo` that did not come true.
        collectedDurations: Pairs of a test's name and its seconds.
    """

    # Any: the standard result has its own idea of what is in these lists.
    skips: list[tuple[Any, Any]]
    errors: list[Any]
    failures: list[Any]
    expectedFailures: list[Any]
    unexpectedSuccesses: list[Any]
    collectedDurations: list[tuple[str, float]]
    successes: int
    _started: float | None = None
    _lasted: float | None = None

    def __init__(self) -> None:
        super().__init__()
        self.skips = []
        self.expectedFailures = []
        self.unexpectedSuccesses = []
        self.collectedDurations = []
        self.successes = 0

    def __repr__(self) -> str:
        return (
            f"<{type(self).__module__}.{type(self).__qualname__} run={self.testsRun} errors={len(self.errors)}"
            f" failures={len(self.failures)} todos={len(self.expectedFailures)}"
            f" dones={len(self.unexpectedSuccesses)} skips={len(self.skips)}>"
        )

    def _now(self) -> float:
        return time.time()

    def startTest(self, test: Any) -> None:
        """Begin a test, and its time."""
        super().startTest(test)
        self._started = self._now()

    def stopTest(self, test: Any) -> None:
        """End a test, and its time."""
        super().stopTest(test)
        if self._started is not None:
            self._lasted = self._now() - self._started

    def addFailure(self, test: Any, fail: Any) -> None:
        """
        Keep the failure of an assertion.

        Args:
            test: The test.
            fail: A `Failure`, or what `sys.exc_info` gives.
        """
        self.failures.append((test, _failure_of(fail)))

    def addError(self, test: Any, error: Any) -> None:
        """
        Keep an error.

        Args:
            test: The test.
            error: A `Failure`, or what `sys.exc_info` gives.
        """
        self.errors.append((test, _failure_of(error)))

    def addSkip(self, test: Any, reason: Any) -> None:
        """Keep why a test was not run."""
        self.skips.append((test, reason))

    def addUnexpectedSuccess(self, test: Any, todo: Todo | None = None) -> None:
        """
        Keep that a test succeeded which was expected to fail.

        Args:
            test: The test.
            todo: The expectation; the standard unittest has none.
        """
        self.unexpectedSuccesses.append((test, _NO_REASON if todo is None else todo))

    def addExpectedFailure(self, test: Any, error: Any, todo: Todo | None = None) -> None:
        """
        Keep that a test failed as was expected.

        Args:
            test: The test.
            error: A `Failure`, or what `sys.exc_info` gives.
            todo: The expectation; the standard unittest has none.
        """
        self.expectedFailures.append((test, _failure_of(error), _NO_REASON if todo is None else todo))

    def addSuccess(self, test: Any) -> None:
        """Count a success."""
        self.successes += 1

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        """
        Keep what became of a part of a test (`unittest.TestCase.subTest`): an error or a failure of its own.

        Args:
            test: The test.
            subtest: Its part.
            err: What `sys.exc_info` gives, or `None` if the part succeeded.
        """
        if err is not None:
            add = self.addFailure if issubclass(err[0], test.failureException) else self.addError
            add(subtest, err)

    def addDuration(self, test: Any, elapsed: float) -> None:
        """Keep how many seconds a test took."""
        self.collectedDurations.append((str(test), elapsed))

    def wasSuccessful(self) -> bool:
        """Tell whether there were neither errors nor failures. Unexpected successes are none."""
        return not self.failures and not self.errors

    def done(self) -> None:
        """Hear that there are no more tests."""


# Any: mypy does not know what is made of an interface.
_Proxy: Any = proxyForInterface(itrial.IReporterWithDurations, "_originalReporter")


class TestResultDecorator(_Proxy):  # type: ignore[misc]
    """
    A reporter around another, which hears whatever this one does.

    A subclass does more in some of its methods.
    """

    # The standard unittest asks for it when a part of a test has failed.
    failfast = False

    def stop(self) -> None:
        """Run no more tests."""
        if hasattr(self._originalReporter, "stop"):
            self._originalReporter.stop()
        else:
            self._originalReporter.shouldStop = True

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        """Tell of an error or failure in a part of a test as of any other."""
        if err is not None:
            add = self.addFailure if issubclass(err[0], test.failureException) else self.addError
            add(subtest, err)


class UncleanWarningsReporterWrapper(TestResultDecorator):
    """Makes warnings of errors that say that a test left things behind in the reactor."""

    def addError(self, test: Any, error: Any) -> None:
        """Warn of what was left behind; pass on any other error."""
        failure = _failure_of(error)
        if failure.check(DirtyReactorAggregateError):
            warnings.warn(failure.getErrorMessage(), stacklevel=2)
        else:
            self._originalReporter.addError(test, error)
