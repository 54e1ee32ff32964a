"""
Reporters that write text: each test as it comes, and at the end what went wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from twisted.python.failure import Failure
from twisted.python.reflect import safe_str
from twisted.trial._reporter.results import TestResult
from twisted.trial._reporter.streams import SafeStream
from twisted.trial._reporter.tracebacks import format_trimmed

_WIDTH = 79


def _same_or_none(category: Any) -> str:
    """Give the bare name of a category of warnings, which log events name in full."""
    name = category if isinstance(category, str) else category.__name__
    return name.rpartition(".")[2]


class Reporter(TestResult):
    """
    Writes what went wrong, in groups of tests that have the same to say, and a summary.

    Attributes:
        tbformat: How tracebacks look: ``default``, ``brief`` or ``verbose``.
        realtime: Whether errors are also written as they come.
    """

    _rule = "-" * _WIDTH
    _double_rule = "=" * _WIDTH
    _first_started: float | None = None

    def __init__(
        self, stream: Any = sys.stdout, tbformat: str = "default", realtime: bool = False, publisher: Any = None
    ) -> None:
        """
        Args:
            stream: Where to write. (Any: whatever has a ``write`` method.)
            tbformat: How tracebacks look: ``default``, ``brief`` or ``verbose``.
            realtime: Write errors as they come, too.
            publisher: A `twisted.python.log.LogPublisher`: warnings that it tells of are written, each once.
        """
        super().__init__()
        self._stream = SafeStream(stream)
        self.tbformat = tbformat
        self.realtime = realtime
        self._publisher = publisher
        self._warned: set[tuple[Any, ...]] = set()
        if publisher is not None:
            publisher.addObserver(self._note_warning)

    def _note_warning(self, event: Any) -> None:
        if "warning" not in event:
            return
        facts = (event["filename"], event["lineno"], _same_or_none(event["category"]), str(event["warning"]))
        if facts not in self._warned:
            self._warned.add(facts)
            self._stream.write("{}:{}: {}: {}\n".format(*facts))

    def startTest(self, test: Any) -> None:
        """Begin a test; the first begins the time of them all."""
        super().startTest(test)
        if self._first_started is None:
            self._first_started = self._started

    def addFailure(self, test: Any, fail: Any) -> None:
        """Keep the failure of an assertion; write it now if that is wanted."""
        super().addFailure(test, fail)
        self._write_now(self.failures)

    def addError(self, test: Any, error: Any) -> None:
        """Keep an error; write it now if that is wanted."""
        super().addError(test, error)
        self._write_now(self.errors)

    def _write_now(self, kept: list[Any]) -> None:
        if self.realtime:
            self._write(self._describe(kept[-1][1]))

    def upDownError(self, method: Any, error: Any, warn: bool = True, printStatus: bool = True) -> None:
        """
        Hear of an error in a fixture that belongs to no test. It is kept by what else is told.

        Args:
            method: The fixture's name.
            error: A `Failure`.
            warn: Say so at once.
            printStatus: Write a word, as for a test.
        """

    def cleanupErrors(self, errs: Any) -> None:
        """Hear of errors in cleaning up after all tests."""

    # Subclasses elsewhere write with these two.
    def _write(self, format: str, *args: object) -> None:
        self._stream.write(str(format) % args if args else str(format))

    def _writeln(self, format: str, *args: object) -> None:
        self._write(format, *args)
        self._write("\n")

    def _describe(self, failure: Failure | str) -> str:
        # A result that came from elsewhere may bring its traceback as text.
        return failure.rstrip() + "\n" if isinstance(failure, str) else format_trimmed(failure, self.tbformat)

    def _describe_expected(self, failure: Failure, todo: Any) -> str:
        return f"Reason: {todo.reason!r}\n{self._describe(failure)}"

    def _describe_unexpected(self, todo: Any) -> str:
        return f"Reason: {todo.reason!r}\n"

    def _write_groups(self, heading: str, outcomes: Iterable[Any], describe: Callable[..., str]) -> None:
        groups: dict[str, list[Any]] = {}
        for test, *facts in outcomes:
            groups.setdefault(describe(*facts), []).append(test)
        for text, tests in groups.items():
            self._writeln(self._double_rule)
            self._writeln(heading)
            self._write(text)
            self._writeln("")
            for test in tests:
                self._writeln(test.id())

    def _write_problems(self) -> None:
        self._write("\n")
        self._write_groups("[SKIPPED]", self.skips, lambda reason: f"{safe_str(reason)}\n")
        self._write_groups("[TODO]", self.expectedFailures, self._describe_expected)
        self._write_groups("[FAIL]", self.failures, self._describe)
        self._write_groups("[ERROR]", self.errors, self._describe)
        self._write_groups("[SUCCESS!?!]", self.unexpectedSuccesses, self._describe_unexpected)

    def _counts(self) -> str:
        """Give how many tests came out how, in brackets, or nothing."""
        lists = ("skips", "expectedFailures", "failures", "errors", "unexpectedSuccesses")
        counts = [(name, len(getattr(self, name))) for name in lists]
        said = [f"{name}={count}" for name, count in (*counts, ("successes", self.successes)) if count]
        return f" ({', '.join(said)})" if said else ""

    def _printSummary(self) -> None:
        verdict = "PASSED" if self.wasSuccessful() else "FAILED"
        self._write("%s%s\n", verdict, self._counts())

    def done(self) -> None:
        """Write what went wrong, and a summary. No more warnings are written."""
        if self._publisher is not None:
            self._publisher.removeObserver(self._note_warning)
        self._write_problems()
        self._writeln(self._rule)
        if self._first_started is not None:
            self._writeln("Ran %d tests in %.3fs", self.testsRun, self._now() - self._first_started)
        self._write("\n")
        self._printSummary()


class MinimalReporter(Reporter):
    """
    Writes one line of six figures at the end, for programs.

    They are the seconds, the number of tests that ran, that number again, and those of errors, failures and skips.
    """

    def _write_problems(self) -> None:
        """Write nothing."""

    def _printSummary(self) -> None:
        started = self._first_started
        seconds: object = 0 if started is None else self._now() - started
        found = (len(self.errors), len(self.failures), len(self.skips))
        self._writeln("%s %d %d %d %d %d", seconds, self.testsRun, self.testsRun, *found)


class TextReporter(Reporter):
    """Writes a letter for each test."""

    def addSuccess(self, test: Any) -> None:
        """Count it, and write a full stop."""
        super().addSuccess(test)
        self._write(".")

    def addError(self, *args: Any) -> None:
        """Keep it, and write E."""
        super().addError(*args)
        self._write("E")

    def addFailure(self, *args: Any) -> None:
        """Keep it, and write F."""
        super().addFailure(*args)
        self._write("F")

    def addSkip(self, *args: Any) -> None:
        """Keep it, and write S."""
        super().addSkip(*args)
        self._write("S")

    def addExpectedFailure(self, *args: Any) -> None:
        """Keep it, and write T."""
        super().addExpectedFailure(*args)
        self._write("T")

    def addUnexpectedSuccess(self, *args: Any) -> None:
        """Keep it, and write an exclamation mark."""
        super().addUnexpectedSuccess(*args)
        self._write("!")


class VerboseTextReporter(Reporter):
    """Writes a line for each test: its whole name, and what became of it."""

    def startTest(self, tm: Any) -> None:
        """Begin its line."""
        self._write("%s ... ", tm.id())
        super().startTest(tm)

    def stopTest(self, test: Any) -> None:
        """End its line."""
        super().stopTest(test)
        self._write("\n")

    def addSuccess(self, test: Any) -> None:
        """Count it, and write so."""
        super().addSuccess(test)
        self._write("[OK]")

    def addError(self, *args: Any) -> None:
        """Keep it, and write so."""
        super().addError(*args)
        self._write("[ERROR]")

    def addFailure(self, *args: Any) -> None:
        """Keep it, and write so."""
        super().addFailure(*args)
        self._write("[FAILURE]")

    def addSkip(self, *args: Any) -> None:
        """Keep it, and write so."""
        super().addSkip(*args)
        self._write("[SKIPPED]")

    def addExpectedFailure(self, *args: Any) -> None:
        """Keep it, and write so."""
        super().addExpectedFailure(*args)
        self._write("[TODO]")

    def addUnexpectedSuccess(self, *args: Any) -> None:
        """Keep it, and write so."""
        super().addUnexpectedSuccess(*args)
        self._write("[SUCCESS!?!]")


class TimingTextReporter(VerboseTextReporter):
    """Writes how long each test took, too."""

    def stopTest(self, method: Any) -> None:
        """End its line, and write its time."""
        super().stopTest(method)
        self._write("(%.03f secs)\n", self._lasted)
