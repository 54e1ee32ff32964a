"""Log files that are rotated: by size, by day, or as a subclass decides."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from twisted.python import threadable

__all__ = ["BaseLogFile", "DailyLogFile", "LogFile", "LogReader"]


class BaseLogFile:
    """
    A file that moves out of the way when `shouldRotate` says so.

    Attributes:
        directory: Where it is.
        name: What it is called there.
        path: Both together.
        defaultMode: The permissions of new files; those of an old one, or else the process's usual ones, if `None`.
        closed: Whether it was closed.
    """

    synchronized = ["write", "rotate"]
    _file: BinaryIO

    def __init__(self, name: str, directory: str, defaultMode: int | None = None) -> None:
        """
        Args:
            name: What the file is called.
            directory: Where it is. It must exist.
            defaultMode: The permissions of new files.
        """
        self.directory = directory
        self.name = name
        self.path = os.path.join(directory, name)
        if defaultMode is None and os.path.exists(self.path):
            defaultMode = stat.S_IMODE(os.stat(self.path).st_mode)
        self.defaultMode = defaultMode
        self._openFile()

    @classmethod
    def fromFullPath(cls, filename: str, *args: Any, **kwargs: Any) -> Any:  # Any: as the subclass takes them.
        """Open the file with the path *filename*; the other arguments are the class's."""
        full = os.path.abspath(filename)
        return cls(os.path.basename(full), os.path.dirname(full), *args, **kwargs)

    def shouldRotate(self) -> bool:
        """Say whether to rotate before what is written next."""
        raise NotImplementedError(f"{type(self).__name__} has to say when to rotate: override shouldRotate")

    def rotate(self) -> None:
        """Move the file out of the way and open a new one."""
        raise NotImplementedError(f"{type(self).__name__} has to say how to rotate: override rotate")

    def _openFile(self) -> None:  # Under this name subclasses of programs extend it.
        self.closed = False
        if os.path.exists(self.path):
            # Unbuffered: others that read the file see each event, and nothing is lost at a sudden end.
            self._file = cast(BinaryIO, open(self.path, "rb+", 0))  # noqa: SIM115  (it stays open)
            self._file.seek(0, os.SEEK_END)
        else:
            # Private at birth where it is to be private: not open to all until the mode is set.
            mode = 0o666 if self.defaultMode is None else self.defaultMode
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), mode)
            self._file = cast(BinaryIO, os.fdopen(descriptor, "rb+", 0))
            self._file.seek(0, os.SEEK_END)
        if self.defaultMode is not None:
            try:
                os.chmod(self.path, self.defaultMode)
            except OSError:
                # Somebody else's file, which we may write to all the same.
                pass

    def write(self, data: str | bytes) -> None:
        """
        Write *data*, in UTF-8 if it is text, after rotating if it is time to.

        Raises:
            ValueError: The file was closed.
        """
        if self.shouldRotate():
            self.flush()
            self.rotate()
        self._file.write(data.encode("utf-8") if isinstance(data, str) else data)

    def flush(self) -> None:
        """Hand what was written to the system."""
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self.closed = True
        self._file.close()
        del self._file

    def reopen(self) -> None:
        """Open the file of this name anew: something else has moved the one that was open."""
        self.close()
        self._openFile()

    def getCurrentLog(self) -> LogReader:
        """A reader of the file as it is."""
        return LogReader(self.path)


class LogFile(BaseLogFile):
    """
    A file that is rotated when it has reached a size: ``name.1`` is the one before, ``name.2`` the one before that.

    Attributes:
        rotateLength: The size in bytes; 0 or `None` for never.
        maxRotatedFiles: How many old files are kept; all if `None`.
        size: How much the file has, in bytes.
    """

    def __init__(
        self,
        name: str,
        directory: str,
        rotateLength: int | None = 1000000,
        defaultMode: int | None = None,
        maxRotatedFiles: int | None = None,
    ) -> None:
        """
        Args:
            name: What the file is called.
            directory: Where it is.
            rotateLength: At which size it is rotated, in bytes; 0 or `None` for never.
            defaultMode: The permissions of new files.
            maxRotatedFiles: How many old files are kept; all if `None`.
        """
        super().__init__(name, directory, defaultMode)
        self.rotateLength = rotateLength
        self.maxRotatedFiles = maxRotatedFiles

    def _openFile(self) -> None:
        super()._openFile()
        self.size = self._file.tell()

    def shouldRotate(self) -> bool:
        """Say whether the file has reached its size."""
        return bool(self.rotateLength and self.size >= self.rotateLength)

    def getLog(self, identifier: int) -> LogReader:
        """
        A reader of an old file.

        Raises:
            ValueError: There is none with this number.
        """
        path = f"{self.path}.{identifier}"
        if not os.path.exists(path):
            raise ValueError(f"there is no log file {path!r}")
        return LogReader(path)

    def write(self, data: str | bytes) -> None:
        """Write *data*, in UTF-8 if it is text, after rotating if the file has reached its size."""
        if isinstance(data, str):
            data = data.encode("utf-8")
        super().write(data)
        self.size += len(data)

    def rotate(self) -> None:
        """Number the old files anew, beginning with this one, and begin a new one."""
        if not (os.access(self.directory, os.W_OK) and os.access(self.path, os.W_OK)):
            return
        for number in reversed(self.listLogs()):
            if self.maxRotatedFiles is not None and number >= self.maxRotatedFiles:
                os.remove(f"{self.path}.{number}")
            else:
                os.rename(f"{self.path}.{number}", f"{self.path}.{number + 1}")
        self._file.close()
        os.rename(self.path, f"{self.path}.1")
        self._openFile()

    def listLogs(self) -> list[int]:
        """The numbers of the old files, the youngest first."""
        numbers = []
        for entry in os.listdir(self.directory):
            start, _, end = entry.rpartition(".")
            if start == self.name and end.isdecimal() and int(end):
                numbers.append(int(end))
        return sorted(numbers)

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["size"]
        state.pop("_file", None)
        return state


class DailyLogFile(BaseLogFile):
    """
    A file that is rotated when a day has gone by: ``name.2026_2_28`` is the one of that day.

    Attributes:
        lastDate: Year, month and day of what was written last.
    """

    def _openFile(self) -> None:
        super()._openFile()
        self.lastDate = self.toDate(os.stat(self.path).st_mtime)

    def shouldRotate(self) -> bool:
        """Say whether it is another day."""
        return self.toDate() > self.lastDate

    def toDate(self, *args: float) -> tuple[int, int, int]:
        """Year, month and day, in local time, of a time in seconds since the epoch, or of now."""
        year, month, day = time.localtime(*args)[:3]
        return year, month, day

    def suffix(self, tupledate: tuple[int, ...] | float) -> str:
        """What the file of a day ends in, given the day or a time of it."""
        date = tupledate if isinstance(tupledate, tuple) else self.toDate(tupledate)
        return "_".join(map(str, date))

    def getLog(self, identifier: tuple[int, ...] | float) -> LogReader:
        """
        A reader of the file of a day, given the day or a time of it.

        Raises:
            ValueError: There is none.
        """
        if isinstance(identifier, (int, float)) and self.toDate(identifier) == self.lastDate:
            return self.getCurrentLog()
        path = f"{self.path}.{self.suffix(identifier)}"
        if not os.path.exists(path):
            raise ValueError(f"there is no log file {path!r}")
        return LogReader(path)

    def write(self, data: str | bytes) -> None:
        """Write *data*, in UTF-8 if it is text, after rotating if it is another day."""
        super().write(data)
        # Not what the clock said when it was asked whether to rotate: midnight may have passed.
        self.lastDate = max(self.lastDate, self.toDate())

    def rotate(self) -> None:
        """Put the day into the file's name, unless that file exists, and begin a new one."""
        if not (os.access(self.directory, os.W_OK) and os.access(self.path, os.W_OK)):
            return
        path = f"{self.path}.{self.suffix(self.lastDate)}"
        if os.path.exists(path):
            return
        self._file.close()
        os.rename(self.path, path)
        self._openFile()

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state.pop("_file", None)
        return state


class LogReader:
    """Read a log file from its beginning."""

    def __init__(self, name: str) -> None:
        """
        Args:
            name: The file's path.
        """
        self._file = open(name)  # noqa: SIM115 (close closes it)

    def readLines(self, lines: int = 10) -> list[str]:
        """Up to *lines* further lines; none at the end of the file."""
        return list(self._some(lines))

    def _some(self, lines: int) -> Iterator[str]:
        for _ in range(lines):
            line = self._file.readline()
            if not line:
                return
            yield line

    def close(self) -> None:
        """Close the file."""
        self._file.close()


threadable.synchronize(BaseLogFile, LogFile, DailyLogFile)
