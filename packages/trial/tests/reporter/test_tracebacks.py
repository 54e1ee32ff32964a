from __future__ import annotations

import os
import unittest as standard
from typing import Any

import twisted.internet
import twisted.python
import twisted.trial
from twisted.internet import defer
from twisted.python.failure import Failure
from twisted.trial import reporter, unittest
from twisted.trial._reporter.tracebacks import format_trimmed, trim

TRIAL = os.path.dirname(twisted.trial.__file__ or "")
INTERNET = os.path.dirname(twisted.internet.__file__ or "")
PYTHON = os.path.dirname(twisted.python.__file__ or "")


def frame(*path: str) -> tuple[Any, ...]:
    return ("function", os.path.join(*path), 1, (), ())


OURS = [
    frame(TRIAL, "_unittest", "x.py"),
    frame(TRIAL, "_runner", "x.py"),
    frame(TRIAL, "_jobs", "x.py"),
    frame(TRIAL, "_pytest", "x.py"),
    frame(os.path.dirname(standard.__file__), "case.py"),
]
BETWEEN = [frame(INTERNET, "_defer", "x.py"), frame(INTERNET, "utils.py"), frame(PYTHON, "reflect.py")]
USERS = [frame("somewhere", "test_it.py"), frame(INTERNET, "tcp.py"), frame(TRIAL, "util.py")]


def test_frames_of_runners_are_left_out_at_both_ends() -> None:
    for user in USERS:
        assert trim([*OURS, *BETWEEN, user, *OURS]) == [user]


def test_frames_in_the_middle_stay() -> None:
    inner = [USERS[0], *OURS, *BETWEEN, USERS[1]]

    assert trim([*OURS, *inner, *OURS]) == inner


def test_what_only_stands_in_between_stays_at_the_end() -> None:
    assert trim([USERS[0], *BETWEEN]) == [USERS[0], *BETWEEN]


def test_nothing_may_remain() -> None:
    assert trim(OURS) == []
    assert trim([]) == []


def run(case: standard.TestCase) -> str:
    result = reporter.TestResult()
    case.run(result)
    ((_, failure),) = result.errors + result.failures
    before = list(failure.frames)
    text = format_trimmed(failure, "default")
    assert failure.frames == before
    return text


def lines(text: str) -> list[str]:
    return [line.strip().rpartition(", in ")[2] for line in text.splitlines() if line.startswith("  File")]


class Tests(unittest.TestCase):
    __test__ = False

    def test_error(self) -> None:
        self.helper()

    def helper(self) -> None:
        raise ValueError("no")

    def test_assertion(self) -> None:
        self.assertEqual(1, 2)

    async def test_coroutine(self) -> None:
        await defer.succeed(None)
        self.helper()

    def test_timeout(self) -> defer.Deferred[None]:
        return defer.Deferred()

    test_timeout.timeout = 0.001  # type: ignore[attr-defined]


class Standard(standard.TestCase):
    __test__ = False

    def test_failure(self) -> None:
        self.fail("no")


def test_an_error_shows_the_test_and_what_it_called() -> None:
    assert lines(run(Tests("test_error"))) == ["test_error", "helper"]


def test_an_assertion_shows_the_test() -> None:
    text = run(Tests("test_assertion"))

    assert lines(text) == ["test_assertion"]
    assert text.endswith("FailTest: 1 != 2\n")


def test_a_coroutine_shows_itself() -> None:
    assert lines(run(Tests("test_coroutine"))) == ["test_coroutine", "helper"]


def test_a_test_of_the_standard_unittest_shows_the_test() -> None:
    assert lines(run(Standard("test_failure"))) == ["test_failure"]


def test_a_timeout_has_no_frames_to_show() -> None:
    text = run(Tests("test_timeout"))

    assert text.startswith("Traceback (most recent call last):\nFailure: twisted.internet.defer.TimeoutError: <")


def test_a_failure_without_frames_in_other_layouts() -> None:
    failure = Failure(ValueError("no"))

    assert format_trimmed(failure, "default") == (
        "Traceback (most recent call last):\nFailure: builtins.ValueError: no\n"
    )
    assert format_trimmed(failure, "brief").endswith("no\n")
    assert "Failure" in format_trimmed(failure, "verbose")
