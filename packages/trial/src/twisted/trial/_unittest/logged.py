"""
Errors that are logged while a test runs: it fails with each that it does not flush.
"""

from __future__ import annotations

from collections.abc import Callable

from zope.interface import implementer

from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure


class Announcing:
    """
    Says which test begins, where there is a log of tests: whoever reads it wants to know what belongs to which.

    Attributes:
        write: Writes a line there, if there is one.
    """

    write: Callable[[str], object] | None = None

    def begins(self, name: str) -> None:
        """Hear that a test begins."""
        if self.write is not None:
            self.write(f"--> {name} <--")


#: What hears of all tests that begin.
announcing = Announcing()


@implementer(ILogObserver)
class _LogObserver:
    """
    Keeps the failures of events that are errors.

    It understands events of `twisted.logger` and of `twisted.python.log`.
    """

    def __init__(self) -> None:
        self._errors: list[Failure] = []
        self._added = 0

    def _add(self) -> None:
        """Begin to observe. Each call wants a `_remove` of its own."""
        if not self._added:
            globalLogPublisher.addObserver(self)
        self._added += 1

    def _remove(self) -> None:
        """Cease to observe, if nobody else wants it."""
        self._added -= 1
        if not self._added:
            globalLogPublisher.removeObserver(self)

    def watching(self) -> _Watching:
        """Observe for a while (``with``), and keep what comes apart from what came before: a test may run another."""
        return _Watching(self)

    def __call__(self, event: LogEvent) -> None:
        """Look at an event."""
        self.gotEvent(event)

    def gotEvent(self, event: LogEvent) -> None:
        """Look at an event."""
        failure = event.get("log_failure")
        if failure is None and event.get("isError"):
            failure = event.get("failure")
        if isinstance(failure, Failure):
            self._errors.append(failure)

    def getErrors(self) -> list[Failure]:
        """Give what was kept."""
        return self._errors

    def flushErrors(self, *errorTypes: type[BaseException] | str) -> list[Failure]:
        """
        Give what was kept, and keep it no longer.

        Args:
            errorTypes: Only failures with these exceptions; any if there are none.
        """
        flushed: list[Failure] = []
        kept: list[Failure] = []
        for failure in self._errors:
            (flushed if not errorTypes or failure.check(*errorTypes) else kept).append(failure)
        # The list itself: a getErrors() that somebody holds sees it.
        self._errors[:] = kept
        return flushed


class _Watching:
    """While it is entered, an observer observes."""

    __slots__ = ("_before", "_observer")

    def __init__(self, observer: _LogObserver) -> None:
        self._observer = observer

    def __enter__(self) -> None:
        observer = self._observer
        self._before, observer._errors = observer._errors, []
        observer._add()

    def __exit__(self, *raised: object) -> None:
        self._observer._remove()
        self._observer._errors = self._before


#: The observer of all tests.
observer = _LogObserver()
