"""
The orders in which tests can run.
"""

from __future__ import annotations

import random
import unittest
from collections.abc import Callable
from typing import Any

from twisted.python.usage import UsageError
from twisted.trial._runner.naming import isTestCase, name


def _top_to_bottom(thing: Any) -> tuple[int, str]:
    """Give what sorts classes and tests as their source has them."""
    if isTestCase(thing):
        from inspect import getsourcelines

        try:
            return getsourcelines(thing)[1], ""
        except (OSError, TypeError):
            return -1, name(thing)
    if isinstance(thing, unittest.TestCase):
        method = getattr(thing, thing._testMethodName, None)
        code = getattr(method, "__code__", None)
        return (-1 if code is None else code.co_firstlineno), name(thing)
    return -1, name(thing)


#: What each is, and what sorts by it.
ORDERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "alphabetical": ("by the names of classes and their tests", name),
    "toptobottom": ("classes and their tests as they stand in the source", _top_to_bottom),
}


def known_order(word: str) -> Callable[[Any], Any]:
    """
    Give what sorts by an order.

    Raises:
        UsageError: There is no such order.
    """
    if word not in ORDERS:
        known = ", ".join(map(repr, sorted(ORDERS)))
        raise UsageError(f"--order must be one of: {known}. See --help-orders for details")
    return ORDERS[word][1]


def shuffled(seed: int) -> Callable[[Any], float]:
    """Give what sorts at random, the same for the same seed."""
    numbers = random.Random()
    numbers.seed(seed)
    return lambda _: numbers.random()
