"""
Results of the standard `unittest`, which know fewer words than ours.
"""

from __future__ import annotations

import unittest
from collections.abc import Callable
from typing import Any

from twisted.trial._unittest.outcomes import Todo, UnsupportedTrialFeature
from twisted.trial.itrial import IReporter
from twisted.trial.util import excInfoOrFailureToExcInfo


class PyUnitResultAdapter:
    """
    Lets a result of the standard `unittest` hear from our test cases.

    Attributes:
        original: That result.
    """

    def __init__(self, original: unittest.TestResult) -> None:
        self.original = original

    # What is passed along is of `unittest`, and takes what it gets. Any: see there.
    def startTest(self, method: Any) -> None:
        self.original.startTest(method)

    def stopTest(self, method: Any) -> None:
        self.original.stopTest(method)

    def addSuccess(self, test: Any) -> None:
        self.original.addSuccess(test)

    def addError(self, test: Any, error: Any) -> None:
        self.original.addError(test, excInfoOrFailureToExcInfo(error))  # type: ignore[arg-type]

    def addFailure(self, test: Any, fail: Any) -> None:
        self.original.addFailure(test, excInfoOrFailureToExcInfo(fail))  # type: ignore[arg-type]

    def addSkip(self, test: Any, reason: Any) -> None:
        self.original.addSkip(test, reason)

    def addExpectedFailure(self, test: Any, error: Any, todo: Todo | None = None) -> None:
        """Tell of a failure that was expected. There is no word for why it was."""
        self.original.addExpectedFailure(test, excInfoOrFailureToExcInfo(error))  # type: ignore[arg-type]

    def addUnexpectedSuccess(self, test: Any, todo: Todo | None = None) -> None:
        """Tell of a success that was not expected: a failure that says so, since it has a reason."""
        surprise = UnsupportedTrialFeature("unexpected success", todo)
        self.original.addFailure(test, (UnsupportedTrialFeature, surprise, None))  # type: ignore[arg-type]

    def upDownError(self, method: Any, error: Any, warn: Any, printStatus: Any) -> None:
        """Hear of an error in a fixture, which is told as an error of its test besides."""

    def stop(self) -> None:
        """Run no more tests."""
        self.original.stop()


#: What knows results of other kinds: given one, it gives what hears for it, or `None`.
interpreters: list[Callable[[Any], Any]] = []


def reporter_of(result: Any) -> Any:  # Any: what a case is run with, and may be nearly anything
    """Give what hears from a case which is run with *result*."""
    for interpret in interpreters:
        reporter = interpret(result)
        if reporter is not None:
            return reporter
    return result if IReporter.providedBy(result) else PyUnitResultAdapter(result)
