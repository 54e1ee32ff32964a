"""
What a worker tells of a test, and how the runner tells it on.

A test's story is the list of calls that its result has heard. It is told to the reporter when it is over, in one piece:
stories of several workers do not mix.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.python.failure import Failure
from twisted.python.reflect import qual, safe_str
from twisted.trial._reporter.results import TestResultDecorator, _failure_of
from twisted.trial._reporter.texts import Reporter
from twisted.trial._unittest.outcomes import Todo
from twisted.trial.itrial import IReporter

#: A call of a reporter's method: the method's name, the test's, and whatever else it takes.
Call = list[Any]


@implementer(IReporter)
class Teller:
    """The result of a worker's tests: sends along what it hears."""

    def __init__(self, send: Callable[[Call], object]) -> None:
        """
        Args:
            send: Takes what is to be sent.
        """
        self._send = send
        self.shouldStop = False
        self.testsRun = 0
        # The standard unittest asks for it when a part of a test has failed.
        self.failfast = False
        # There is a run already, as far as the fixtures of classes and modules are concerned: the next test goes on.
        self._testRunEntered = True

    def startTest(self, method: Any) -> None:
        self.testsRun += 1
        self._send(["startTest", method.id()])

    def stopTest(self, method: Any) -> None:
        self._send(["stopTest", method.id()])

    def addSuccess(self, test: Any) -> None:
        self._send(["addSuccess", test.id()])

    def addError(self, test: Any, error: Any) -> None:
        self._send(["addError", test.id(), pack(_failure_of(error))])

    def addFailure(self, test: Any, failure: Any) -> None:
        self._send(["addFailure", test.id(), pack(_failure_of(failure))])

    def addExpectedFailure(self, test: Any, failure: Any, todo: Todo | None = None) -> None:
        self._send(["addExpectedFailure", test.id(), pack(_failure_of(failure)), _reason(todo)])

    def addUnexpectedSuccess(self, test: Any, todo: Todo | None = None) -> None:
        self._send(["addUnexpectedSuccess", test.id(), _reason(todo)])

    def addSkip(self, test: Any, reason: Any) -> None:
        self._send(["addSkip", test.id(), safe_str(reason)])

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            add = self.addFailure if issubclass(err[0], test.failureException) else self.addError
            add(subtest, err)

    def stop(self) -> None:
        self._send(["stop"])

    def wasSuccessful(self) -> bool:
        return True

    def done(self) -> None:
        pass


def _reason(todo: Todo | None) -> str | None:
    return None if todo is None else str(todo.reason)


def pack(failure: Failure) -> dict[str, Any]:
    """Give a failure as what JSON can say: its type, message and frames, without variables."""
    kind = failure.type if failure.type is not None else type(failure.value)
    return {
        "type": kind if isinstance(kind, str) else qual(kind),
        "bases": [] if isinstance(kind, str) else [qual(base) for base in kind.__mro__],
        "message": failure.getErrorMessage(),
        "frames": [[str(frame[0]), str(frame[1]), frame[2]] for frame in failure.frames],
    }


def unpack(packed: dict[str, Any]) -> Failure:
    """
    Give a failure that looks as it did in the worker.

    Its exception is of a class that is derived from the original's, if that is loaded here, and has its name.
    """
    message = packed["message"]
    module, _, name = packed["type"].rpartition(".")
    body = {"__module__": module, "__qualname__": name, "__str__": lambda _: message}
    for base in (*map(_loaded, packed["bases"]), Exception):
        if base is None:
            continue
        try:
            kind: Any = type(name, (base,), body)
            value = kind.__new__(kind)
            value.args = (message,)
            break
        except Exception:
            # A class that cannot be derived from, or an exception that cannot be made without arguments.
            continue
    failure = Failure(value, kind, None)
    failure.frames = [(function, file, line, (), ()) for function, file, line in packed["frames"]]
    return failure


def _loaded(name: str) -> type[BaseException] | None:
    """Give an exception by its full name, if its module is loaded."""
    module, _, attribute = name.rpartition(".")
    found = getattr(sys.modules.get(module), attribute, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


class Narrator:
    """Tells stories of tests to a reporter."""

    def __init__(self, reporter: Any, started: float) -> None:
        """
        Args:
            reporter: Hears them. (Any: an `IReporter`.)
            started: When all tests began.
        """
        self.reporter = reporter
        self._started = started

    def tell(self, test: Any, story: list[Call], seconds: float | None = None) -> None:
        """
        Tell what became of a test.

        Args:
            test: The test. Other names in the story are of its parts and fixtures. (Any: of any kind.)
            story: The calls.
            seconds: How long it took.
        """
        from twisted.trial._runner.holders import TestHolder

        own = test.id()
        for name, *arguments in story:
            if name == "stop":
                stop(self.reporter)
                continue
            of, *facts = arguments
            about = test if of == own else TestHolder(of)
            if name in ("addError", "addFailure"):
                facts = [unpack(facts[0])]
            elif name == "addExpectedFailure":
                facts = [unpack(facts[0]), _todo(facts[1])]
            elif name == "addUnexpectedSuccess":
                facts = [_todo(facts[0])]
            getattr(self.reporter, name)(about, *facts)
            if name == "startTest" and about is test:
                self._correct_times(seconds)
        if seconds is not None and hasattr(self.reporter, "addDuration"):
            self.reporter.addDuration(test, seconds)

    def _correct_times(self, seconds: float | None) -> None:
        """The reporter hears of a test when it is over: let it have begun when it did."""
        reporter = _innermost(self.reporter)
        if isinstance(reporter, Reporter):
            if seconds is not None and reporter._started is not None:
                reporter._started -= seconds
            if reporter._first_started is not None:
                reporter._first_started = min(reporter._first_started, self._started)


def _todo(reason: str | None) -> Todo | None:
    return None if reason is None else Todo(reason)


def _innermost(reporter: Any) -> Any:
    while isinstance(reporter, TestResultDecorator):
        reporter = reporter._originalReporter
    return reporter


def stop(reporter: Any) -> None:
    """Let a reporter want no more tests."""
    if hasattr(reporter, "stop"):
        reporter.stop()
    else:
        reporter.shouldStop = True
