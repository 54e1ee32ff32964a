"""
Several tests as one, and tests with something around them.
"""

from __future__ import annotations

import unittest
from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.python.components import registerAdapter
from twisted.trial.itrial import ITestCase


class TestSuite(unittest.TestSuite):
    """
    A suite that runs its tests in their order, until its result says that it should stop.

    It can be run again. Fixtures of classes and modules are called as the standard `unittest` calls them.
    """

    __test__ = False  # Its name looks like a test's to pytest.
    # The standard one forgets each test that it has run.
    _cleanup = False

    def run(self, result: Any, debug: bool = False) -> Any:
        """
        Run all tests.

        Args:
            result: Hears what becomes of them. (Any: an `IReporter`, or a result of the standard `unittest`.)
            debug: Let exceptions of fixtures pass.

        Returns:
            The result.
        """
        return super().run(result, debug)

    def _addClassOrModuleLevelException(
        self, result: Any, exc: BaseException, errorName: str, info: Any = None
    ) -> None:
        """What the standard suite calls for a fixture of a class or module: it goes wrong like a test of that name."""
        # It comes as "setUpClass (module.Class)".
        fixture_name, _, owner = errorName.rstrip(")").partition(" (")
        fixture = _Fixture(f"{owner}.{fixture_name}")
        result.startTest(fixture)
        if isinstance(exc, unittest.SkipTest):
            result.addSkip(fixture, str(exc))
        else:
            result.addError(fixture, (type(exc), exc, exc.__traceback__))
        result.stopTest(fixture)


class _Fixture:
    """What is told of a fixture of a class or module, in place of a test."""

    failureException = None
    skip = None

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"<{self._name}>"

    def id(self) -> str:
        return self._name

    def shortDescription(self) -> None:
        return None

    def countTestCases(self) -> int:
        return 0


@implementer(ITestCase)
class TestDecorator:
    """
    A test around another. It behaves as that does; a subclass does more in its `run`.
    """

    __test__ = False  # Its name looks like a test's to pytest.

    def __init__(self, original: Any) -> None:
        """
        Args:
            original: The test. (Any: whatever provides `ITestCase`.)
        """
        self._originalTest = original

    # Whatever the test has for these. Any: see ITestCase.
    @property
    def failureException(self) -> Any:
        return self._originalTest.failureException

    @property
    def skip(self) -> Any:
        return self._originalTest.skip

    @property
    def countTestCases(self) -> Any:
        return self._originalTest.countTestCases

    @property
    def id(self) -> Any:
        return self._originalTest.id

    @property
    def shortDescription(self) -> Any:
        return self._originalTest.shortDescription

    def __call__(self, result: Any) -> Any:
        """Do what `run` does."""
        return self.run(result)

    def run(self, result: Any) -> Any:
        """Run the test. (Any: what hears from it, and what the test's own ``run`` gives.)"""
        return self._originalTest.run(result)


def decorate(test: Any, decorator: Callable[[Any], Any]) -> Any:
    """
    Put something around a test, or around each test of a suite.

    Args:
        test: The test or suite. (Any: whatever provides `ITestCase` or is of the standard `unittest`.)
        decorator: Given a test, gives the one around it.

    Returns:
        What *decorator* gives, or the suite, with other tests in it than before.
    """
    if not isinstance(test, unittest.BaseTestSuite):
        return decorator(ITestCase(test))
    tests = [decorate(inner, decorator) for inner in test]
    test._tests = []
    test.addTests(tests)
    return test


def _itself(case: unittest.TestCase) -> unittest.TestCase:
    return case


# The cases of the standard unittest have all that ITestCase promises.
registerAdapter(_itself, unittest.TestCase, ITestCase)
