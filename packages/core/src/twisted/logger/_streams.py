"""Making events of what is written to a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from io import UnsupportedOperation
from typing import TYPE_CHECKING, AnyStr, NoReturn

from constantly import NamedConstant

from twisted.logger._levels import LogLevel

if TYPE_CHECKING:
    from twisted.logger._emitting import Logger


class LoggingFile:
    """
    A file, as far as print and others know, each line of which becomes an event with the line as ``log_io``.

    What has no line end yet waits for it. Reading raises `OSError`.

    Attributes:
        level: Of the events.
        log: What makes them.
    """

    _softspace = 0

    def __init__(self, logger: Logger, level: NamedConstant = LogLevel.info, encoding: str | None = None) -> None:
        """
        Args:
            logger: What makes the events.
            level: Of the events.
            encoding: How bytes become text; Python's default if `None`.
        """
        self.level = level
        self.log = logger
        self._encoding = sys.getdefaultencoding() if encoding is None else encoding
        self._pending = ""
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the file was closed."""
        return self._closed

    @property
    def encoding(self) -> str:
        """How bytes become text."""
        return self._encoding

    @property
    def mode(self) -> str:
        """Always ``"w"``."""
        return "w"

    @property
    def newlines(self) -> None:
        """Line ends are not translated."""
        return

    @property
    def name(self) -> str:
        """Which events this makes."""
        return f"<{type(self).__name__} {self.log.namespace}#{self.level.name}>"

    def _warn_of_softspace(self) -> None:
        import warnings

        warnings.warn(
            "twisted.logger.LoggingFile.softspace was deprecated in Twisted 21.2.0", DeprecationWarning, stacklevel=3
        )

    @property
    def softspace(self) -> int:
        """A leftover of Python 2's print statement. Deprecated."""
        self._warn_of_softspace()
        return self._softspace

    @softspace.setter
    def softspace(self, value: int) -> None:
        self._warn_of_softspace()
        self._softspace = value

    def close(self) -> None:
        """Accept no more."""
        self._closed = True

    def flush(self) -> None:
        """Do nothing: whole lines are events already."""

    def fileno(self) -> NoReturn:
        """Raise `io.UnsupportedOperation`."""
        raise UnsupportedOperation(f"{type(self).__name__} has no file descriptor.")

    def isatty(self) -> bool:
        """A log is no terminal."""
        return False

    def write(self, message: AnyStr) -> None:
        """
        Make an event of each line of *message*.

        Raises:
            ValueError: The file was closed.
        """
        if self._closed:
            raise ValueError("I/O operation on closed file")
        text = message.decode(self._encoding) if isinstance(message, bytes) else message
        *lines, self._pending = (self._pending + text).split("\n")
        for line in lines:
            self.log.emit(self.level, format="{log_io}", log_io=line)

    def writelines(self, lines: Iterable[AnyStr]) -> None:
        """
        Write each of *lines*, as they stand.

        Raises:
            ValueError: The file was closed.
        """
        for line in lines:
            self.write(line)

    def _refuse(self, *args: object) -> None:
        """Raise `OSError`: this file can only be written to."""
        raise OSError("unsupported operation")

    read = readline = readlines = next = seek = tell = truncate = xreadlines = _refuse
