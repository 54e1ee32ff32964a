"""
What programs write on a test method, or on its class or module, for all tests in it: skip, todo, timeout, suppress.

The nearest counts: a method's before its class's, a class's (or an instance's) before its module's.
"""

from __future__ import annotations

import sys
import unittest
from types import FunctionType, ModuleType
from typing import Any

#: The attribute is nowhere.
MISSING: Any = object()


def read(case: unittest.TestCase, name: str) -> Any:  # Any: whatever a program has written there.
    """Find the attribute *name* that counts for the test of *case*, or `MISSING`."""
    method = getattr(case, case._testMethodName, None)
    function = getattr(method, "__func__", method)
    # Each test asks for several, and has none as a rule: that a dict lacks a key costs least to find out.
    value = function.__dict__.get(name, MISSING) if type(function) is FunctionType else getattr(method, name, MISSING)
    if value is MISSING:
        value = getattr(case, name, MISSING)
        if value is MISSING:
            module = sys.modules.get(type(case).__module__)
            value = module.__dict__.get(name, MISSING) if type(module) is ModuleType else getattr(module, name, MISSING)
            if callable(value):
                # ``from contextlib import suppress`` is not about tests, nor is ``from unittest import skip``.
                return MISSING
    return value


def reason_to_skip(case: unittest.TestCase) -> tuple[bool, Any]:  # Any: a reason is whatever stands there.
    """
    Find out whether the test of *case* is not to be run.

    Returns:
        Whether it is to be skipped, and the reason. Any ``skip`` but `None` is one.
    """
    reason = read(case, "skip")
    if reason is not MISSING and reason is not None:
        return True, reason
    if read(case, "__unittest_skip__") is True:  # by the decorators of the standard unittest
        return True, read(case, "__unittest_skip_why__")
    return False, None
