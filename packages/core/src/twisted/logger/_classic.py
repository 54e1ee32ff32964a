"""
Between these events and those of `twisted.python.log`.

An event carries what both kinds of observers read; whichever kind it was made as, the other kind's keys are added.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.logger._fields import formatEvent
from twisted.logger._interfaces import ILogObserver, LogEvent
from twisted.logger._levels import LogLevel

#: What observers of `twisted.python.log` are.
ClassicObserver = Callable[[LogEvent], object]


@implementer(ILogObserver)
class LegacyLogObserverWrapper:
    """
    Let an observer of `twisted.python.log` observe.

    Attributes:
        legacyObserver: That observer.
    """

    def __init__(self, legacyObserver: ClassicObserver) -> None:
        """
        Args:
            legacyObserver: Can be called with an event as `twisted.python.log` makes them.
        """
        self.legacyObserver = legacyObserver

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.legacyObserver})"

    def __call__(self, event: LogEvent) -> None:
        """Add to *event* what is missing in it, and hand it on."""
        add_classic_keys(event)
        self.legacyObserver(event)


def add_classic_keys(event: LogEvent) -> None:
    """Add what observers of `twisted.python.log` read."""
    event.setdefault("message", ())
    if "time" not in event and "log_time" in event:
        event["time"] = event["log_time"]
    if "system" not in event:
        event["system"] = event.get("log_system", "-")
    if "format" not in event and event.get("log_format") is not None:
        from twisted.logger._stdlib import FormattedLater

        event["format"] = "%(log_legacy)s"
        event["log_legacy"] = FormattedLater(event.copy())
    if "log_failure" in event:
        event.setdefault("failure", event["log_failure"])
        event.setdefault("isError", 1)
        event.setdefault("why", formatEvent(event))
    elif "isError" not in event:
        event["isError"] = int(event.get("log_level") in (LogLevel.error, LogLevel.critical))


def publish_classic(observer: ILogObserver, event: LogEvent, text_of: Callable[[LogEvent], str | None]) -> None:
    """
    Add to an event of `twisted.python.log` what our observers read, and hand it to *observer*.

    Args:
        observer: Who gets it.
        event: Made by `twisted.python.log.msg`.
        text_of: Turns it into text.
    """
    if "log_time" not in event and "time" in event:
        event["log_time"] = event["time"]
    if "log_format" not in event and (text := text_of(event)) is not None:
        event["log_text"] = text
        event["log_format"] = "{log_text}"
    if "log_level" not in event:
        event["log_level"] = _level(event)
    event.setdefault("log_namespace", "log_legacy")
    if "log_system" not in event and "system" in event:
        event["log_system"] = event["system"]
    observer(event)


def _level(event: LogEvent) -> Any:  # Any: constantly has no types.
    if "logLevel" in event:
        from twisted.logger._stdlib import FROM_STDLIB

        if (level := FROM_STDLIB.get(event["logLevel"])) is not None:
            return level
    return LogLevel.critical if event.get("isError") else LogLevel.info
