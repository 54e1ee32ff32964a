"""
Finding tests and running them.

A `TestLoader` finds tests by name and makes suites of them. A `TrialRunner` runs them in this process, in a directory
of their own (``_trial_temp``), and lets a reporter tell how they go.
"""

from twisted.python._facade import publish
from twisted.trial._runner.holders import NOT_IN_TEST, ErrorHolder, TestHolder
from twisted.trial._runner.loading import TestLoader
from twisted.trial._runner.naming import filenameToModule, isPackage, isPackageDirectory, isTestCase, name
from twisted.trial._runner.running import TrialRunner
from twisted.trial._runner.suites import DestructiveTestSuite, LoggedSuite, TrialSuite
from twisted.trial.unittest import TestSuite

__all__ = [
    "NOT_IN_TEST",
    "DestructiveTestSuite",
    "ErrorHolder",
    "LoggedSuite",
    "TestHolder",
    "TestLoader",
    "TestSuite",
    "TrialRunner",
    "TrialSuite",
    "filenameToModule",
    "isPackage",
    "isPackageDirectory",
    "isTestCase",
    "name",
]
publish(__name__, __all__)
