"""Events for Python's `logging`."""

from __future__ import annotations

import logging
import sys
from types import FrameType

from zope.interface import implementer

from twisted.logger._fields import formatEvent
from twisted.logger._interfaces import ILogObserver, LogEvent
from twisted.logger._levels import LogLevel

#: The levels of `logging` and ours.
TO_STDLIB = {
    LogLevel.debug: logging.DEBUG,
    LogLevel.info: logging.INFO,
    LogLevel.warn: logging.WARNING,
    LogLevel.error: logging.ERROR,
    LogLevel.critical: logging.CRITICAL,
}
FROM_STDLIB = {number: level for level, number in TO_STDLIB.items()}


class FormattedLater:
    """An event that becomes text when somebody wants text."""

    def __init__(self, event: LogEvent) -> None:
        self.event = event

    def __str__(self) -> str:
        return formatEvent(self.event)

    def __bytes__(self) -> bytes:
        return str(self).encode("utf-8")


@implementer(ILogObserver)
class STDLibLogObserver:
    """
    Hand events to a logger of Python's `logging`.

    Attributes:
        logger: The logger.
        stackDepth: How far above the call into `logging` that it stands for the place is which records name.
        defaultStackDepth: The default of that: whoever calls the observer.
    """

    defaultStackDepth = 4

    def __init__(self, name: str = "twisted", stackDepth: int = defaultStackDepth) -> None:
        """
        Args:
            name: The logger's.
            stackDepth: How many calls up from `logging` the caller is that records should name; one more for each
                wrapper.
        """
        self.logger = logging.getLogger(name)
        self.stackDepth = stackDepth

    def __call__(self, event: LogEvent) -> None:
        level = TO_STDLIB.get(event.get("log_level"), logging.INFO)
        logger = self.logger
        if not logger.isEnabledFor(level):
            return
        failure = event.get("log_failure")
        exc_info = None if failure is None else (failure.type, failure.value, failure.getTracebackObject())
        frame = _frame(self.stackDepth - 2)
        record = logger.makeRecord(
            logger.name,
            level,
            frame.f_code.co_filename,
            frame.f_lineno,
            FormattedLater(event),
            (),
            exc_info,
            frame.f_code.co_name,
        )
        logger.handle(record)


def _frame(depth: int) -> FrameType:
    """The frame *depth* calls up, or the outermost one."""
    frame = sys._getframe(0)
    while depth > 0 and frame.f_back is not None:
        frame, depth = frame.f_back, depth - 1
    return frame
