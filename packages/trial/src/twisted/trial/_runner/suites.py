"""
Suites: several tests as one, and what is done around them.
"""

from __future__ import annotations

import gc
import unittest
from collections.abc import Iterable
from typing import Any

from twisted.trial._runner.holders import NOT_IN_TEST, TestHolder
from twisted.trial._unittest.logged import observer
from twisted.trial._unittest.suites import TestDecorator, TestSuite, decorate
from twisted.trial._unittest.waiting import loaded_reactor, wait_for


class DestructiveTestSuite(TestSuite):
    """
    A suite that forgets each test when it has run, for the sake of memory.

    It cannot be run again.
    """

    _cleanup = True

    def run(self, result: Any, debug: bool = False) -> Any:
        """Run all tests, until the result says that it should stop. (Any: an `IReporter` or of `unittest`.)"""
        super().run(result, debug)
        # The standard suite leaves a hole for each test that it is done with.
        self._tests = [test for test in self._tests if test is not None]
        return result


class LoggedSuite(TestSuite):
    """A suite that tells of errors which are logged between its tests, and which no test will tell of."""

    def run(self, result: Any, debug: bool = False) -> Any:
        """Run all tests, then tell of errors that were logged. (Any: an `IReporter` or of `unittest`.)"""
        observer._add()
        try:
            super().run(result, debug)
        finally:
            observer._remove()
        for error in observer.flushErrors():
            result.addError(TestHolder(NOT_IN_TEST), error)
        return result


class _Collecting(TestDecorator):
    """A test with garbage collected before and after it."""

    def run(self, result: Any) -> Any:
        gc.collect()
        try:
            return super().run(result)
        finally:
            gc.collect()


class TrialSuite(TestSuite):
    """
    A suite of all tests that are to run in this process.

    When it has run, the reactor, if there is one by then, shuts down.
    """

    def __init__(self, tests: Iterable[Any] = (), forceGarbageCollection: bool = False) -> None:
        """
        Args:
            tests: The tests. (Any: of ours or of the standard `unittest`.)
            forceGarbageCollection: Collect garbage before and after each.
        """
        if forceGarbageCollection:
            tests = [decorate(test, _Collecting) for test in tests]
        super().__init__(tests)

    def run(self, result: Any, debug: bool = False) -> Any:
        """Run all tests; then shut the reactor down. (Any: an `IReporter` or of `unittest`.)"""
        try:
            return self.run_tests(result, debug)
        finally:
            shut_down()

    def run_tests(self, result: Any, debug: bool = False) -> Any:
        """Run all tests, and no more than that."""
        return super().run(result, debug)


def shut_down() -> None:
    """Let the process's reactor do what is to be done when it ends, if there is one."""
    reactor = loaded_reactor()
    if reactor is None or reactor.running:
        return
    from twisted.internet.defer import Deferred

    over: Deferred[None] = Deferred()
    reactor.addSystemEventTrigger("after", "shutdown", lambda: over.callback(None))
    reactor.fireSystemEvent("shutdown")
    wait_for(over)


def cases_of(test: Any) -> Iterable[Any]:
    """Give the tests in a suite, and in the suites in it; a test is given itself. (Any: of any kind.)"""
    if isinstance(test, unittest.BaseTestSuite):
        for inner in test:
            yield from cases_of(inner)
    else:
        yield test
