"""
The start of logging: events that are made before anybody observes, standard output and warnings.

Until a program says where its log goes, the last events are kept, and critical ones are written to the error stream
so that a program which never says it does not fail in silence.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

from twisted.logger._emitting import Logger
from twisted.logger._history import LimitedHistoryLogObserver
from twisted.logger._interfaces import ILogObserver, LogEvent
from twisted.logger._publishing import LogPublisher

if TYPE_CHECKING:
    from typing import Protocol

    class _StandardStreams(Protocol):
        stdout: TextIO
        stderr: TextIO


MORE_THAN_ONCE = (
    "Warning: primary log target selected twice at <{fileNow}:{lineNow}> - previously selected at "
    "<{fileThen}:{lineThen}>.  Remove one of the calls to beginLoggingTo."
)


class LogBeginner:
    """
    Hold events back until logging begins, then let observers have them.

    Attributes:
        showwarning: What `warnings.showwarning` is, once logging has begun with standard output redirected.
    """

    def __init__(
        self,
        publisher: LogPublisher,
        errorStream: IO[Any],
        stdio: object,
        warningsModule: Any,
        initialBufferSize: int | None = None,
    ) -> None:
        """
        Args:
            publisher: What the events come to.
            errorStream: Where critical events go until logging begins.
            stdio: The object with the attributes ``stdout`` and ``stderr``, usually `sys`.
            warningsModule: The object with the attribute ``showwarning``, usually `warnings`.
            initialBufferSize: How many events to hold back; 200 unless told.
        """
        self._history: LimitedHistoryLogObserver | None = LimitedHistoryLogObserver(
            200 if initialBufferSize is None else initialBufferSize
        )
        self._error_stream = errorStream
        self._publisher = publisher
        self._log = Logger("twisted.logger", observer=cast(ILogObserver, publisher))
        self._stdio = cast("_StandardStreams", stdio)
        self._warnings = warningsModule
        self._original_showwarning = warningsModule.showwarning
        self._begun_at = ("", 0)
        publisher.addObserver(cast(ILogObserver, self._hold_back))

    def _hold_back(self, event: LogEvent) -> None:
        """Observe events until somebody else does."""
        if self._history is not None:
            self._history(event)
        level = event.get("log_level")
        # By name: the class of levels may not even be loaded yet.
        if level is not None and getattr(level, "name", None) == "critical":
            from twisted.logger._text import eventAsText

            text = eventAsText(event, includeTimestamp=False, includeSystem=False)
            self._error_stream.write(text + "\n")
            self._error_stream.flush()

    def beginLoggingTo(
        self, observers: Iterable[ILogObserver], discardBuffer: bool = False, redirectStandardIO: bool = True
    ) -> None:
        """
        Let *observers* have all events, those included that were made so far.

        A program does so once. The second time the new observers are added, with an event that says who came first.

        Args:
            observers: Who gets the events.
            discardBuffer: Forget what was held back.
            redirectStandardIO: Make events of what is written to standard output and error, and of warnings.
        """
        caller = sys._getframe(1)
        place = (caller.f_code.co_filename, caller.f_lineno)
        chosen = list(observers)
        history, self._history = self._history, None
        for observer in chosen:
            self._publisher.addObserver(observer)
        if history is None:
            self._log.warn(
                MORE_THAN_ONCE,
                fileNow=place[0],
                lineNow=place[1],
                fileThen=self._begun_at[0],
                lineThen=self._begun_at[1],
            )
            return
        self._begun_at = place
        self._publisher.removeObserver(cast(ILogObserver, self._hold_back))
        if not discardBuffer:
            # Through a publisher of its own: an observer that raises is reported, and the others hear all.
            history.replayTo(cast(ILogObserver, LogPublisher(*chosen)))
        if redirectStandardIO:
            self._redirect()

    def _redirect(self) -> None:
        from twisted.logger._levels import LogLevel
        from twisted.logger._streams import LoggingFile

        streams = self._stdio
        for name, level in (("stdout", LogLevel.info), ("stderr", LogLevel.error)):
            encoding = getattr(getattr(streams, name), "encoding", None)
            logger = Logger(name, observer=cast(ILogObserver, self._publisher))
            setattr(streams, name, LoggingFile(logger, level, encoding))
        self._warnings.showwarning = self.showwarning

    def showwarning(
        self,
        message: str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: IO[Any] | None = None,
        line: str | None = None,
    ) -> None:
        """Make an event of a warning. The arguments are those of `warnings.showwarning`, to which *file* leads."""
        if file is not None:
            self._original_showwarning(message, category, filename, lineno, file, line)
            return
        self._log.warn(
            "{filename}:{lineno}: {category}: {warning}",
            warning=message,
            category=f"{category.__module__}.{category.__qualname__}",
            filename=filename,
            lineno=lineno,
        )


#: Where all events go that are made by a `Logger` which was told of no other observer.
globalLogPublisher = LogPublisher()
#: How a program says where its log goes.
globalLogBeginner = LogBeginner(globalLogPublisher, sys.stderr, sys, warnings)
