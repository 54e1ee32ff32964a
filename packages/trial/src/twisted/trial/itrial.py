"""
What test cases, and what hears from them, have in common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from types import TracebackType
    from typing import TypeAlias

    from twisted.python.failure import Failure
    from twisted.trial._unittest.outcomes import Todo

    ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType]

__all__ = ["IReporter", "IReporterWithDurations", "ITestCase"]


class ITestCase(Interface):
    """One test, that can be run and says what came of it to a result."""

    failureException = Attribute("The exception that a failed assertion raises.")
    skip = Attribute("Why the test is not to be run. It is run if there is no such attribute or it is None.")

    def __call__(result: Any) -> object:
        """Do what `run` does."""

    def countTestCases() -> int:
        """Give the number of tests in this: 1."""

    def id() -> str:
        """Give the dotted name of the test."""

    def run(result: Any) -> object:
        """
        Run the test.

        Args:
            result: Hears what became of it: an `IReporter`, or a result of the standard `unittest`.
        """

    def shortDescription() -> str | None:
        """Give one line that says what is tested."""


class IReporter(Interface):
    """
    Hears what becomes of tests, and tells people.

    Between `startTest` and `stopTest` comes one word about what became of the test, and possibly more errors: a test
    that succeeded may leave things behind.
    """

    shouldStop = Attribute("Whether no further tests are to be run.")
    testsRun = Attribute("The number of tests that were started.")

    def startTest(method: Any) -> None:
        """Hear that a test begins."""

    def stopTest(method: Any) -> None:
        """Hear that a test is over, whatever became of it."""

    def addSuccess(test: Any) -> None:
        """Hear that a test succeeded."""

    def addError(test: Any, error: Failure | ExcInfo) -> None:
        """Hear that a test raised what it should not, or left an error behind."""

    def addFailure(test: Any, failure: Failure | ExcInfo) -> None:
        """Hear that an assertion of a test failed."""

    def addExpectedFailure(test: Any, failure: Failure, todo: Todo | None = None) -> None:
        """Hear that a test failed as its *todo* says."""

    def addUnexpectedSuccess(test: Any, todo: Todo | None = None) -> None:
        """Hear that a test succeeded although its *todo* says that it would fail."""

    def addSkip(test: Any, reason: str) -> None:
        """Hear that a test was not run, or gave up."""

    def wasSuccessful() -> bool:
        """Tell whether all went as it should so far."""

    def done() -> None:
        """Hear that there are no more tests."""


class IReporterWithDurations(IReporter):
    """A reporter that also hears how long each test took."""

    collectedDurations = Attribute("Pairs of a test's name and its duration in seconds, in the order of their ends.")

    def addDuration(test: Any, elapsed: float) -> None:
        """
        Hear how long a test took, with its fixtures.

        Args:
            test: The test.
            elapsed: Seconds.
        """
