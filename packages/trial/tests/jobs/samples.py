"""Tests that are described and found again, and told of."""

from __future__ import annotations

from twisted.python import log
from twisted.trial import unittest


class Outer:
    class Nested(unittest.SynchronousTestCase):
        __test__ = False

        def test_one(self) -> None:
            pass


class Samples(unittest.SynchronousTestCase):
    __test__ = False

    def test_good(self) -> None:
        pass

    def test_bad(self) -> None:
        self.fail("no")

    def test_error(self) -> None:
        raise KeyError("no")

    def test_skip(self) -> None:
        raise unittest.SkipTest("why")

    def test_todo(self) -> None:
        raise ValueError("no")

    test_todo.todo = "later"  # type: ignore[attr-defined]

    def test_surprise(self) -> None:
        pass

    test_surprise.todo = "later"  # type: ignore[attr-defined]

    def test_stop(self) -> None:
        raise KeyboardInterrupt

    def test_part(self) -> None:
        with self.subTest(part=1):
            self.fail("no")


class Fixtures(unittest.SynchronousTestCase):
    __test__ = False
    happened: list[str] = []

    @classmethod
    def setUpClass(cls) -> None:
        cls.happened.append("up")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.happened.append("down")
        raise ValueError("down")

    def test_one(self) -> None:
        self.happened.append("one")

    def test_two(self) -> None:
        self.happened.append("two")


def documented() -> None:
    """
    >>> 1 + 1
    2
    """


def log_an_error() -> None:
    """Log what no test will flush."""
    log.err(ValueError("logged"), "between tests")
