"""
Running tests in this process, in a directory of their own, with a log and a reporter.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any, Protocol

from twisted.python import log as classic_log
from twisted.python.failure import Failure
from twisted.trial._reporter.results import TestResultDecorator, UncleanWarningsReporterWrapper
from twisted.trial._runner.folders import working_in
from twisted.trial._runner.holders import NOT_IN_TEST, TestHolder
from twisted.trial._runner.suites import TrialSuite, cases_of
from twisted.trial._unittest.logged import announcing
from twisted.trial.util import profiled

_begun = False


class Debugger(Protocol):
    """What is needed of a debugger, such as `pdb.Pdb`."""

    def runcall(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a function, and stop where it is wanted."""


@contextmanager
def logging_to(path: str) -> Iterator[None]:
    """
    Write the log to a file for a while, and make events of warnings.

    Args:
        path: The file's, appended to; ``-`` is standard output.
    """
    global _begun
    with nullcontext(sys.stdout) if path == "-" else open(path, "a", encoding="utf-8") as file:
        observer = classic_log.FileLogObserver(file)
        if _begun:
            observer.start()
            classic_log.msg("Log opened.")
        else:
            # Once in a process: events are no longer kept for somebody who might ask for them.
            _begun = True
            classic_log.startLoggingWithObserver(observer.emit, setStdout=False)
        announced, announcing.write = announcing.write, announcements(observer)
        show, warnings.showwarning = warnings.showwarning, classic_log.showwarning  # type: ignore[assignment]
        try:
            yield
        finally:
            warnings.showwarning = show
            announcing.write = announced
            observer.stop()


def announcements(observer: classic_log.FileLogObserver) -> Callable[[str], None]:
    """Give what writes lines into a log, without all that an event takes for whoever else might observe."""

    def write(text: str) -> None:
        observer.emit({"time": time.time(), "system": "-", "isError": 0, "message": (text,)})

    return write


class ExitWrapper(TestResultDecorator):
    """Ends the run at the first test that goes wrong."""

    def addError(self, test: Any, error: Any) -> None:
        """Pass the error on, and run no more tests."""
        self.stop()
        self._originalReporter.addError(test, error)

    def addFailure(self, test: Any, fail: Any) -> None:
        """Pass the failure on, and run no more tests."""
        self.stop()
        self._originalReporter.addFailure(test, fail)


def is_dry(test: Any, result: Any) -> None:
    """Tell that each test succeeded, and run none."""
    for case in cases_of(test):
        result.startTest(case)
        result.addSuccess(case)
        result.stopTest(case)


class TrialRunner:
    """
    Runs tests, and lets a reporter tell of them.

    Attributes:
        reporterFactory: Given a stream, a format of tracebacks, whether errors are told at once, and a publisher of
            the log, makes a reporter.
        mode: `DEBUG`, `DRY_RUN` or `None`.
        logfile: Where the log goes, from the working directory.
        stream: Where the reporter writes.
        profile: Whether to say what took how long.
        uncleanWarnings: Whether a reactor left unclean is only worth a warning.
        workingDirectory: Where tests run.
        debugger: What calls tests in the mode `DEBUG`.
    """

    DEBUG = "debug"
    DRY_RUN = "dry-run"

    # Any: reporters and debuggers are whatever does their work.
    def __init__(
        self,
        reporterFactory: Callable[..., Any],
        mode: str | None = None,
        logfile: str = "test.log",
        stream: Any = sys.stdout,
        profile: bool = False,
        tracebackFormat: str = "default",
        realTimeErrors: bool = False,
        uncleanWarnings: bool = False,
        workingDirectory: str = "_trial_temp",
        forceGarbageCollection: bool = False,
        debugger: Any = None,
        exitFirst: bool = False,
        log: Any = classic_log.theLogPublisher,
    ) -> None:
        """
        Args:
            reporterFactory: Makes the reporter: given *stream*, *tracebackFormat*, *realTimeErrors* and *log*.
            mode: `DEBUG`, `DRY_RUN` or `None`.
            logfile: Where the log goes, from the working directory; ``-`` is standard output.
            stream: Where the reporter writes.
            profile: Say what took how long, and keep the figures in ``profile.data``.
            tracebackFormat: ``default``, ``brief`` or ``verbose``.
            realTimeErrors: Tell of errors at once, too.
            uncleanWarnings: Only warn of a reactor that is left unclean.
            workingDirectory: Where tests run; made anew.
            forceGarbageCollection: Collect garbage before and after each test.
            debugger: In the mode `DEBUG`, its ``runcall`` calls the tests.
            exitFirst: End with the first test that goes wrong.
            log: Publishes what is logged.
        """
        self.reporterFactory = reporterFactory
        self.mode = mode
        self.logfile = logfile
        self.stream = stream
        self.profile = profile
        self.uncleanWarnings = uncleanWarnings
        self.workingDirectory = workingDirectory
        self.debugger = debugger
        self._tbformat = tracebackFormat
        self._rterrors = realTimeErrors
        self._collect = forceGarbageCollection
        self._exit_first = exitFirst
        self._log = log

    def __eq__(self, other: object) -> bool:
        return NotImplemented if not isinstance(other, TrialRunner) else vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # its attributes may change

    @property
    def tbformat(self) -> str:
        """How tracebacks look: ``default``, ``brief`` or ``verbose``."""
        return self._tbformat

    @property
    def rterrors(self) -> bool:
        """Whether errors are told at once, too."""
        return self._rterrors

    def _make_result(self) -> Any:
        result = self.reporterFactory(self.stream, self.tbformat, self.rterrors, self._log)
        if self._exit_first:
            result = ExitWrapper(result)
        if self.uncleanWarnings:
            result = UncleanWarningsReporterWrapper(result)
        return result

    def run(self, test: Any) -> Any:
        """
        Run a test or a suite.

        Returns:
            The result, which has heard all.
        """
        result = self._make_result()
        suite = TrialSuite([test], self._collect)

        def run() -> None:
            if self.mode == self.DRY_RUN:
                is_dry(suite, result)
            elif self.mode == self.DEBUG:
                self.debugger.runcall(suite.run, result)
            else:
                suite.run(result)

        if self.profile:
            # Where the runner was started: the tests' directory is removed by the next run.
            run = profiled(run, os.path.abspath("profile.data"))
        with ExitStack() as around:
            if self.mode != self.DRY_RUN:
                # Where nothing runs, nothing is left behind either.
                around.enter_context(working_in(self.workingDirectory))
                around.enter_context(logging_to(self.logfile))
            try:
                run()
            except KeyboardInterrupt as interrupt:
                # What has run is still worth telling, and that this was not all.
                result.addError(TestHolder(NOT_IN_TEST), Failure(interrupt))
                result.done()
                raise
            result.done()
        return result

    def runUntilFailure(self, test: Any) -> Any:
        """
        Run a test or a suite again and again, until a run goes wrong or is interrupted.

        Returns:
            The last run's result.
        """
        passes = 0
        while True:
            passes += 1
            self.stream.write(f"Test Pass {passes}\n")
            result = self.run(test)
            if result.shouldStop or not result.wasSuccessful():
                return result
