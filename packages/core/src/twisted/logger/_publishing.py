"""One observer that is many."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from zope.interface import implementer

from twisted.logger._interfaces import ILogObserver, LogEvent

if TYPE_CHECKING:
    from twisted.logger._emitting import Logger
    from twisted.python.failure import Failure

OBSERVER_DISABLED = "Temporarily disabling observer {observer} due to exception: {log_failure}"


@implementer(ILogObserver)
class LogPublisher:
    """
    Hand each event to several observers, in the order in which they were added.

    An observer that raises gets no say about that: the others get the event all the same, and an event about the
    trouble besides. The next event goes to all of them again.
    """

    def __init__(self, *observers: ILogObserver) -> None:
        # Replaced, never changed: who goes through it needs no copy, and the test for emptiness costs nothing.
        self._observers: tuple[ILogObserver, ...] = observers

    @property
    def log(self) -> Logger:
        """The `Logger` that reports observers which raise, to this publisher."""
        from twisted.logger._emitting import Logger

        return Logger("twisted.logger", observer=self)

    def addObserver(self, observer: ILogObserver) -> None:
        """
        Let *observer* have all events from now on. One that has them already is not added twice.

        Raises:
            TypeError: It cannot be called.
        """
        if not callable(observer):
            raise TypeError(f"Observer is not callable: {observer!r}")
        if observer not in self._observers:
            self._observers = (*self._observers, observer)

    def removeObserver(self, observer: ILogObserver) -> None:
        """Let *observer* have no more events. That it has none is no error."""
        if observer in self._observers:
            remaining = list(self._observers)
            remaining.remove(observer)
            self._observers = tuple(remaining)

    def __call__(self, event: LogEvent) -> None:
        """Hand *event* to all observers. With a list as ``log_trace`` in it, note there who got it."""
        trace = event.get("log_trace")
        troubles: list[tuple[ILogObserver, Failure]] | None = None
        for observer in self._observers:
            if trace is not None:
                trace.append((self, observer))
            try:
                observer(event)
            except Exception:
                from twisted.python.failure import Failure

                troubles = [] if troubles is None else troubles
                troubles.append((observer, Failure()))
        if troubles is not None:
            self._report(troubles)

    def _report(self, troubles: list[tuple[ILogObserver, Failure]]) -> None:
        """Tell each trouble to the observers that did not have it; whoever raises again is not heard again."""
        from twisted.logger._emitting import Logger

        for broken, failure in troubles:
            audience = [observer for observer in self._observers if observer is not broken]
            if audience:
                reporter = Logger("twisted.logger", observer=cast(ILogObserver, _Patient(audience)))
                reporter.failure(OBSERVER_DISABLED, failure=failure, observer=broken)


class _Patient:
    """Hand an event about broken observers to the others, without any report about the report."""

    def __init__(self, observers: list[ILogObserver]) -> None:
        self._observers = observers

    def __call__(self, event: LogEvent) -> None:
        for observer in self._observers:
            try:
                observer(event)
            except Exception:
                # What it did with the event itself is reported already.
                continue
