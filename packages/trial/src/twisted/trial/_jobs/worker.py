"""
A worker: runs one test after the other as it is told, until there are no more.

It waits for the next test by simply reading, for no reactor should run between tests.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from twisted.python import log as classic_log
from twisted.trial._jobs.frames import Frames, encode
from twisted.trial._jobs.naming import find
from twisted.trial._jobs.telling import Teller
from twisted.trial._runner.holders import NOT_IN_TEST, ErrorHolder, TestHolder
from twisted.trial._runner.running import announcements
from twisted.trial._runner.suites import TrialSuite, shut_down
from twisted.trial._unittest.logged import announcing, observer

#: The descriptors of the pipes: tests and other orders come in on the first, stories go out on the second.
ORDERS, STORIES = 3, 4


class _Logs:
    """The worker's log, which also goes to that of the whole run."""

    def __init__(self, *paths: str) -> None:
        # They are open as long as the process lives.
        self._files = [open(path, "a", encoding="utf-8", errors="backslashreplace") for path in paths]  # noqa: SIM115

    def write(self, text: str) -> None:
        for file in self._files:
            file.write(text)

    def flush(self) -> None:
        for file in self._files:
            file.flush()


def _incoming(descriptor: int) -> Iterator[Any]:
    """Give messages as they come, until the other side closes the pipe."""
    frames = Frames()
    while data := os.read(descriptor, 65536):
        yield from frames.feed(data)


def _sender(descriptor: int) -> Callable[[Any], None]:
    """Give what sends a message, unless a test has forked and it is the child who wants to."""
    owner = os.getpid()

    def send(message: Any) -> None:
        if os.getpid() != owner:
            os._exit(70)
        data = memoryview(encode(message))
        while data:
            data = data[os.write(descriptor, data) :]

    return send


class Worker:
    """
    Runs tests, and tells what becomes of them.

    Args:
        send: Sends a message.
        collect: Collect garbage before and after each test.
    """

    def __init__(self, send: Callable[[Any], object], collect: bool) -> None:
        self._send = send
        self._collect = collect
        self._result = Teller(lambda call: send(["call", call]))

    def run(self, orders: Iterator[Any]) -> None:
        """Do as the orders say until there are no more, then clean up."""
        observer._add()
        for description, name in orders:
            self._run_test(description, name)
            self._send(["done"])
        # What remains of the last test's class and module, and of the reactor.
        suite = TrialSuite()
        suite._tearDownPreviousClass(None, self._result)  # type: ignore[attr-defined]
        suite._handleModuleTearDown(self._result)  # type: ignore[attr-defined]
        shut_down()
        self._tell_of_logged()
        observer._remove()

    def _run_test(self, description: dict[str, Any], name: str) -> None:
        try:
            test = find(description)
        except Exception:
            test = ErrorHolder(name, sys.exc_info())
        TrialSuite([test], self._collect).run_tests(self._result)
        self._tell_of_logged()

    def _tell_of_logged(self) -> None:
        for error in observer.flushErrors():
            self._result.addError(TestHolder(NOT_IN_TEST), error)


def main(config: dict[str, Any]) -> None:
    """
    Be a worker.

    Args:
        config: ``arguments`` for the trial command that this process should heed, ``logs`` that it writes, and ``path``
            on which its modules are. (Any: these are of several types.)
    """
    for descriptor in (ORDERS, STORIES):
        os.set_inheritable(descriptor, False)
    from twisted.scripts.trial import Options

    options = Options()
    options.parseOptions(config["arguments"])
    # Tests may go elsewhere.
    coverage = os.path.abspath("coverage")
    logs = classic_log.FileLogObserver(_Logs(*config["logs"]))
    classic_log.startLoggingWithObserver(logs.emit, setStdout=False)
    announcing.write = announcements(logs)
    warnings.showwarning = classic_log.showwarning  # type: ignore[assignment]
    send = _sender(STORIES)
    classic_log.addObserver(lambda event: _tell_warning(event, send))
    Worker(send, bool(options["force-gc"])).run(_incoming(ORDERS))
    if options.tracer is not None:
        from twisted.trial._command import tracing

        tracing.write_coverage(options.tracer, coverage)
    sys.stdout.flush()
    sys.stderr.flush()
    send(["over"])
    # Threads that a test has left running would keep this process alive.
    os._exit(0)


def _tell_warning(event: dict[str, Any], send: Callable[[Any], None]) -> None:
    if "warning" in event:
        facts = {name: event[name] for name in ("filename", "lineno", "category")}
        send(["warning", {**facts, "warning": str(event["warning"])}])
