"""Events as lines of text."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.logger._fields import formatEvent
from twisted.logger._interfaces import LogEvent

if TYPE_CHECKING:
    from twisted.python.failure import Failure

timeFormatRFC3339 = "%Y-%m-%dT%H:%M:%S%z"

# The last time that was formatted, for there are many events in a second.
_latest: tuple[object, str] = (None, "")


def formatTime(when: float | None, timeFormat: str | None = timeFormatRFC3339, default: str = "-") -> str:
    """
    Format a time of an event as local time.

    Args:
        when: Seconds since the epoch.
        timeFormat: As for `datetime.datetime.strftime`.
        default: What to return where one of the others is `None`.
    """
    global _latest
    if when is None or timeFormat is None:
        return default
    # The zone is part of it: programs may change theirs.
    moment = when if "%f" in timeFormat else when // 1
    key = (moment, timeFormat, time.timezone, time.tzname)
    if _latest[0] == key:
        return _latest[1]
    from datetime import datetime, timezone

    text = datetime.fromtimestamp(when, timezone.utc).astimezone().strftime(timeFormat)
    _latest = (key, text)
    return text


def _traceback(failure: Failure) -> str:
    try:
        return failure.getTraceback()
    except Exception as error:
        return f"(UNABLE TO OBTAIN TRACEBACK FROM EVENT):{error}"


def _system(event: LogEvent) -> str:
    """What stands in brackets: who said it."""
    system = event.get("log_system")
    if system is None:
        level = event.get("log_level")
        name = "-" if level is None else getattr(level, "name", level)
        return f"{event.get('log_namespace', '-')}#{name}"
    try:
        return str(system)
    except Exception:
        return "UNFORMATTABLE"


def eventAsText(
    event: LogEvent,
    includeTraceback: bool = True,
    includeTimestamp: bool = True,
    includeSystem: bool = True,
    formatTime: Callable[[float], str] = formatTime,
) -> str:
    """
    Turn *event* into text.

    Args:
        event: The event.
        includeTraceback: End with the traceback of its ``log_failure``.
        includeTimestamp: Begin with its time.
        includeSystem: Say in brackets who said it: its ``log_system``, or else namespace and level.
        formatTime: How to format the time.

    Returns:
        Text without a line end of its own, and no text at all for an event that says nothing.
    """
    text = formatEvent(event)
    if includeTraceback and "log_failure" in event:
        text = f"{text}\n{_traceback(event['log_failure'])}"
    if not text:
        return text
    system = f"[{_system(event)}] " if includeSystem else ""
    moment = f"{formatTime(event.get('log_time'))} " if includeTimestamp else ""  # type: ignore[arg-type]
    return f"{moment}{system}{text}"


def formatEventAsClassicLogText(
    event: LogEvent,
    formatTime: Callable[[float | None], str] = formatTime,
) -> str | None:
    """
    Turn *event* into what stands in log files: time, who, text, with further lines indented by a tab.

    Args:
        event: The event.
        formatTime: How to format the time.

    Returns:
        Text with its line end, or `None` for an event that says nothing.
    """
    text = eventAsText(event, formatTime=formatTime)
    if not text:
        return None
    return text.replace("\n", "\n\t") + "\n"
