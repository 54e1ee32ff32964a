"""Keeping events for those who come later."""

from __future__ import annotations

from collections import deque

from zope.interface import implementer

from twisted.logger._interfaces import ILogObserver, LogEvent


@implementer(ILogObserver)
class LimitedHistoryLogObserver:
    """Keep the last events, and tell them again when asked to."""

    def __init__(self, size: int | None = 65536) -> None:
        """
        Args:
            size: How many events to keep. `None` keeps them all.
        """
        self._events: deque[LogEvent] = deque(maxlen=size)

    def __call__(self, event: LogEvent) -> None:
        self._events.append(event)

    def replayTo(self, otherObserver: ILogObserver) -> None:
        """Hand the kept events to *otherObserver*, oldest first. They stay kept."""
        for event in self._events:
            otherObserver(event)
