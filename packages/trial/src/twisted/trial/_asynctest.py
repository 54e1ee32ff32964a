"""
A door for programs that know `twisted.trial.unittest.TestCase` by this name.
"""

from twisted.trial.unittest import TestCase

__all__ = ["TestCase"]
