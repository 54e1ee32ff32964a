"""
What our test cases say, in pytest's words.
"""

from __future__ import annotations

import functools
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pytest
from _pytest import unittest as pytests_own
from _pytest.unittest import TestCaseFunction
from zope.interface import implementer

from twisted.python.failure import Failure
from twisted.trial._unittest import results
from twisted.trial.itrial import IReporter
from twisted.trial.util import excInfoOrFailureToExcInfo

if TYPE_CHECKING:
    from twisted.trial._unittest.outcomes import Todo


def tell_pytest() -> None:
    """From now on have our test cases speak through a `PytestReporter` when pytest runs them."""
    if _reporter_of_item not in results.interpreters:
        results.interpreters.append(_reporter_of_item)
    # pytest 9 reads the version from the metadata of installed packages, before each test. Once will do.
    ask = getattr(pytests_own, "_get_twisted_version", None)
    if ask is not None and not hasattr(ask, "cache_info"):
        pytests_own._get_twisted_version = functools.cache(ask)


def _reporter_of_item(result: object) -> PytestReporter | None:
    return PytestReporter(result) if isinstance(result, TestCaseFunction) else None


@implementer(IReporter)
class PytestReporter:
    """Tells a pytest item what became of the test case that it runs."""

    shouldStop = False
    testsRun = 0

    def __init__(self, item: TestCaseFunction) -> None:
        self._item = item
        self._told = 0

    # Any, below: what is passed along is what pytest's own types leave open.
    def startTest(self, method: Any) -> None:
        self.testsRun += 1
        self._item.startTest(method)

    def stopTest(self, method: Any) -> None:
        self._item.stopTest(method)

    def addSuccess(self, test: Any) -> None:
        self._item.addSuccess(test)

    def addError(self, test: Any, error: Any) -> None:
        # pytest reports one error of the test itself and one of its end.
        self._told += 1
        if self._told <= 2:
            self._item.addError(test, raised_again(error, self._item))
        else:
            self._item.add_report_section("call", "further errors", error.getTraceback())

    def addFailure(self, test: Any, failure: Any) -> None:
        self._told += 1
        self._item.addFailure(test, raised_again(failure, self._item))

    def addSkip(self, test: Any, reason: Any) -> None:
        self._told += 1
        self._item.addSkip(test, str(reason))

    def addExpectedFailure(self, test: Any, failure: Any, todo: Todo | None = None) -> None:
        self._told += 1
        self._item.addExpectedFailure(test, raised_again(failure, self._item), "" if todo is None else todo.reason)

    def addUnexpectedSuccess(self, test: Any, todo: Todo | None = None) -> None:
        self._told += 1
        self._item.addUnexpectedSuccess(test, todo)

    def stop(self) -> None:
        """Run no more tests: the interrupt key was pressed."""
        self.shouldStop = True
        self._item.session.shouldstop = "interrupted in a test"

    def wasSuccessful(self) -> bool:
        return not self._told

    def done(self) -> None:
        """Nothing is to be done at the end: pytest has its own."""


def raised_again(error: Any, item: pytest.Item) -> tuple[type[BaseException], BaseException, TracebackType]:
    """
    Give an error as `sys.exc_info` would.

    pytest wants a traceback. What has none, because it was never raised, is raised where *item* begins.

    Args:
        error: A `Failure`, or already a tuple. (Any: see `PytestReporter.addError`.)
        item: The test.
    """
    __tracebackhide__ = True
    kind, value, traceback = excInfoOrFailureToExcInfo(error)
    if isinstance(traceback, TracebackType):
        return kind, value, traceback
    if isinstance(error, Failure) and error.frames:
        # The frames themselves are gone, but there is a description of them.
        value = pytest.fail.Exception(error.getTraceback(), pytrace=False)
    statement = compile("raise error", str(item.path), "exec")
    statement = statement.replace(co_firstlineno=(item.location[1] or 0) + 1, co_name=item.name)
    try:
        exec(statement, {"error": value.with_traceback(None)})
    except BaseException:
        return sys.exc_info()  # type: ignore[return-value]  # one is being handled
    raise AssertionError("what raises an error cannot end without")
