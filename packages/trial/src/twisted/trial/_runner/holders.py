"""
Tests that are none: what could not be loaded, and what happens between tests, has a name like a test.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.trial.itrial import ITestCase
from twisted.trial.util import excInfoOrFailureToExcInfo

#: What errors are listed under that belong to no test.
NOT_IN_TEST = "<not in test>"


@implementer(ITestCase)
class TestHolder:
    """
    The name of a test.

    Attributes:
        description: The name.
        failureException: As any test has it; nothing fails here.
        skip: Likewise.
    """

    failureException = None
    skip = None

    def __init__(self, description: str) -> None:
        """
        Args:
            description: The name.
        """
        self.description = description

    def __call__(self, result: Any) -> None:
        """Do what `run` does."""
        self.run(result)

    def id(self) -> str:
        """Give the name."""
        return self.description

    def countTestCases(self) -> int:
        """Give 0: this is no test."""
        return 0

    def run(self, result: Any) -> None:
        """Begin and end, and do nothing in between. (Any: an `IReporter`.)"""
        result.startTest(self)
        result.stopTest(self)

    def shortDescription(self) -> str:
        """Give the name."""
        return self.description


class ErrorHolder(TestHolder):
    """
    The name of a test that could not be had, and the error.

    Attributes:
        error: What `sys.exc_info` gave.
    """

    def __init__(self, description: str, error: Any) -> None:
        """
        Args:
            description: The name.
            error: A `Failure`, or what `sys.exc_info` gives.
        """
        super().__init__(description)
        self.error = excInfoOrFailureToExcInfo(error)

    def __repr__(self) -> str:
        return f"<ErrorHolder description={self.description!r} error={self.error[1]!r}>"

    def run(self, result: Any) -> None:
        """Tell of the error, as a test would. (Any: an `IReporter`.)"""
        result.startTest(self)
        result.addError(self, self.error)
        result.stopTest(self)
