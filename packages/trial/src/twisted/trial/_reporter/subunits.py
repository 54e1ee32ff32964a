"""
The reporter for machines: the subunit protocol, written by the library of that name.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

from zope.interface import implementer

from twisted.python._require import require
from twisted.trial._reporter.results import _failure_of
from twisted.trial.itrial import IReporter
from twisted.trial.util import excInfoOrFailureToExcInfo


def _client() -> Any:  # Any: the library's class, or None
    if find_spec("subunit") is None:
        return None
    return require("subunit", install="python-subunit", purpose="the subunit reporter").TestProtocolClient


@implementer(IReporter)
class SubunitReporter:
    """
    Writes the subunit protocol.

    Its library is asked for when a reporter is made.
    """

    # The interface's. Subunit counts elsewhere.
    testsRun: Any = None

    def __init__(
        self, stream: Any = sys.stdout, tbformat: str = "default", realtime: bool = False, publisher: Any = None
    ) -> None:
        """
        Args:
            stream: Where to write. (Any: whatever has a ``write`` method.)
            tbformat: Not used: tracebacks are part of the protocol.
            realtime: Not used: everything is written as it comes.
            publisher: Not used.

        Raises:
            ModuleNotFoundError: The library is not installed.
        """
        library = require("subunit", install="python-subunit", purpose="the subunit reporter")
        self._subunit = library.TestProtocolClient(getattr(stream, "buffer", stream))
        self._successful = True

    def done(self) -> None:
        """Write nothing: the protocol ends with its stream."""

    @property
    def shouldStop(self) -> bool:
        """Whether no more tests are to be run."""
        stop: bool = self._subunit.shouldStop
        return stop

    def stop(self) -> None:
        """Run no more tests."""
        self._subunit.stop()

    def wasSuccessful(self) -> bool:
        """Tell whether there were neither errors nor failures."""
        return self._successful

    def startTest(self, test: Any) -> None:
        """Write that a test begins."""
        self._subunit.startTest(test)

    def stopTest(self, test: Any) -> None:
        """Write that a test ends."""
        self._subunit.stopTest(test)

    def addSuccess(self, test: Any) -> None:
        """Write that a test succeeded."""
        self._subunit.addSuccess(test)

    def addSkip(self, test: Any, reason: Any) -> None:
        """Write that a test was not run, and why."""
        self._subunit.addSkip(test, str(reason))

    def addError(self, test: Any, err: Any) -> None:
        """Write that a test raised what it should not."""
        self._successful = False
        self._subunit.addError(test, excInfoOrFailureToExcInfo(err))

    def addFailure(self, test: Any, err: Any) -> None:
        """Write that an assertion failed."""
        self._successful = False
        self._subunit.addFailure(test, excInfoOrFailureToExcInfo(err))

    def addExpectedFailure(self, test: Any, failure: Any, todo: Any = None) -> None:
        """Write that a test failed as expected. The protocol has no word for why."""
        self._subunit.addExpectedFailure(test, excInfoOrFailureToExcInfo(_failure_of(failure)))

    def addUnexpectedSuccess(self, test: Any, todo: Any = None) -> None:
        """Write that a test succeeded which was expected to fail."""
        self._subunit.addUnexpectedSuccess(test)
