"""Events in files."""

from __future__ import annotations

from collections.abc import Callable
from io import BufferedIOBase, RawIOBase, TextIOBase
from typing import IO, Any

from zope.interface import implementer

from twisted.logger._interfaces import ILogObserver, LogEvent
from twisted.logger._text import formatEventAsClassicLogText, formatTime, timeFormatRFC3339


def _takes_text(file: IO[Any]) -> bool:
    if isinstance(file, TextIOBase):
        return True
    if isinstance(file, (RawIOBase, BufferedIOBase)):
        return False
    if getattr(file, "encoding", None) is not None:
        return True
    try:
        # Nothing else tells what files of other kinds want; writing nothing does no harm.
        file.write("")
    except TypeError:
        return False
    return True


@implementer(ILogObserver)
class FileLogObserver:
    """
    Write events to a file.

    Attributes:
        formatEvent: Turns an event into text, or into `None` if it need not be written.
    """

    def __init__(self, outFile: IO[Any], formatEvent: Callable[[LogEvent], str | None]) -> None:
        """
        Args:
            outFile: Open for writing; one for bytes gets UTF-8.
            formatEvent: Turns an event into text, line end and all, or into `None`.
        """
        self._file = outFile
        self._encode = not _takes_text(outFile)
        self.formatEvent = formatEvent

    def __call__(self, event: LogEvent) -> None:
        text = self.formatEvent(event)
        if text:
            self._file.write(text.encode("utf-8") if self._encode else text)
            self._file.flush()


def textFileLogObserver(outFile: IO[Any], timeFormat: str | None = timeFormatRFC3339) -> FileLogObserver:
    """
    Write events as lines of text.

    Args:
        outFile: Open for writing; one for bytes gets UTF-8.
        timeFormat: As for `formatTime`; a ``-`` stands for the time if `None`.
    """

    def format_time(when: float | None) -> str:
        return formatTime(when, timeFormat)

    return FileLogObserver(outFile, lambda event: formatEventAsClassicLogText(event, formatTime=format_time))


def jsonFileLogObserver(outFile: IO[Any], recordSeparator: str = "\x1e") -> FileLogObserver:
    """
    Write events as JSON, one after the other, for `eventsFromJSONLogFile` and others to read (RFC 7464).

    Args:
        outFile: Open for writing; one for bytes gets UTF-8.
        recordSeparator: What to write before each event.
    """
    from twisted.logger._json import eventAsJSON

    return FileLogObserver(outFile, lambda event: f"{recordSeparator}{eventAsJSON(event)}\n")
