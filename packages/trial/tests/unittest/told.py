"""A reporter that keeps what it is told, for tests of test cases."""

from __future__ import annotations

import unittest as standard
from typing import Any

from zope.interface import implementer

from twisted.python.failure import Failure
from twisted.trial.itrial import IReporter
from twisted.trial.unittest import Todo


def _word(thing: object) -> object:
    if isinstance(thing, Failure):
        return f"{thing.type.__name__}: {thing.getErrorMessage()}"
    if isinstance(thing, Todo):
        return f"todo {thing.reason}"
    return thing


@implementer(IReporter)
class Told:
    """Keeps the words, the failures that came with them, and whether it was asked to stop."""

    shouldStop = False
    testsRun = 0

    def __init__(self) -> None:
        self.words: list[Any] = []
        self.failures: list[Failure] = []

    def _note(self, word: str, *facts: Any) -> None:
        self.failures += [fact for fact in facts if isinstance(fact, Failure)]
        self.words.append((word, *map(_word, facts)) if facts else word)

    def startTest(self, method: Any) -> None:
        self._note("start")

    def stopTest(self, method: Any) -> None:
        self._note("stop")

    def addSuccess(self, test: Any) -> None:
        self._note("success")

    def addError(self, test: Any, error: Any) -> None:
        self._note("error", error)

    def addFailure(self, test: Any, failure: Any) -> None:
        self._note("failure", failure)

    def addSkip(self, test: Any, reason: Any) -> None:
        self._note("skip", reason)

    def addExpectedFailure(self, test: Any, failure: Any, todo: Any = None) -> None:
        self._note("expected", failure, todo)

    def addUnexpectedSuccess(self, test: Any, todo: Any = None) -> None:
        self._note("unexpected", todo)

    def stop(self) -> None:
        self.shouldStop = True

    def wasSuccessful(self) -> bool:
        return True

    def done(self) -> None:
        """Nothing."""


def told_by(case: standard.TestCase) -> list[Any]:
    """Run a case, and give what it said between its start and its end."""
    told = Told()
    case.run(told)  # type: ignore[arg-type]  # it is no result of the standard unittest
    assert (told.words[0], told.words[-1]) == ("start", "stop")
    return told.words[1:-1]
