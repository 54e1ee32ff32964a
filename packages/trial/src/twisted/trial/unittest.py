"""
Test cases for programs that wait for events.

A `TestCase` is one of the standard `unittest` that knows Deferreds and coroutines. Its tests may return them, and so
may all that is around a test; what they leave behind in the reactor or the log, they fail with. `SynchronousTestCase`
is for tests that wait for nothing.

`_unittest.synchronous` says what a test consists of, `_unittest.asynchronous` how it waits.
"""

from twisted.python._facade import publish
from twisted.trial._unittest.asynchronous import TestCase
from twisted.trial._unittest.logged import _LogObserver as _LogObserver
from twisted.trial._unittest.outcomes import FailTest, SkipTest, Todo, makeTodo
from twisted.trial._unittest.results import PyUnitResultAdapter
from twisted.trial._unittest.suites import TestDecorator, TestSuite, decorate
from twisted.trial._unittest.synchronous import SynchronousTestCase

__all__ = [
    "FailTest",
    "PyUnitResultAdapter",
    "SkipTest",
    "SynchronousTestCase",
    "TestCase",
    "TestDecorator",
    "TestSuite",
    "Todo",
    "decorate",
    "makeTodo",
]
publish(__name__, __all__)
