"""
A door for programs that know parts of `twisted.trial.unittest` by this name.
"""

from twisted.trial._unittest.logged import _LogObserver
from twisted.trial._unittest.logged import observer as _logObserver
from twisted.trial._unittest.outcomes import FailTest, SkipTest, Todo, UnsupportedTrialFeature, makeTodo
from twisted.trial.unittest import PyUnitResultAdapter, SynchronousTestCase

__all__ = [
    "FailTest",
    "PyUnitResultAdapter",
    "SkipTest",
    "SynchronousTestCase",
    "Todo",
    "UnsupportedTrialFeature",
    "_LogObserver",
    "_logObserver",
    "makeTodo",
]
