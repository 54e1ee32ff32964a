"""Classes and tests that are not in the order of their names."""

from __future__ import annotations

from twisted.trial import unittest


class Second(unittest.SynchronousTestCase):
    def test_b(self) -> None:
        pass

    def test_a(self) -> None:
        pass


class First(unittest.SynchronousTestCase):
    def test_c(self) -> None:
        pass
