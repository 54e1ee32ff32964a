"""A package of tests to find and to run."""

from __future__ import annotations

import pytest

from ..conftest import Write


@pytest.fixture
def package(write: Write) -> str:
    """A package with tests, good and bad."""
    write("pack_t2/__init__.py", "")
    write(
        "pack_t2/test_one.py",
        """
        from twisted.trial import unittest
        class Second(unittest.TestCase):
            def test_b(self): pass
            def test_a(self): pass
        class First(unittest.TestCase):
            def test_c(self): pass
            def other(self): pass
        Alias = First
        class Without(unittest.TestCase):
            def runTest(self): pass
        constant = 5
        """,
    )
    write(
        "pack_t2/other.py", "from twisted.trial import unittest\nclass No(unittest.TestCase):\n  def test_no(self): 0"
    )
    write("pack_t2/sub/__init__.py", "")
    write("pack_t2/sub/test_two.py", "from pack_t2.test_one import First")
    write("pack_t2/sub/test_bad.py", "1 / 0")
    return "pack_t2"
