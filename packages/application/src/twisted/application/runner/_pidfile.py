"""
The file that says which process runs.
"""

from __future__ import annotations

import os

from twisted.logger import Logger

_log = Logger("twisted.application.runner")


class AlreadyRunning(Exception):
    """The process that the file names is alive."""


class NotAPidFile(Exception):
    """The file is there, and holds something else: it may be somebody's data, and is left alone."""


class PidFile:
    """
    A file with a process's id, written when it starts and removed when it ends.

    A file left behind by a process that is gone is replaced.

    Args:
        path: Where it is.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)

    def read(self) -> int | None:
        """
        Give the process's id, or `None` if there is no file.

        Raises:
            NotAPidFile: There is something else in it.
            OSError: It cannot be read.
        """
        try:
            with open(self.path, "rb") as file:
                text = file.read(64)
        except FileNotFoundError:
            return None
        if not text.strip().isdigit():
            raise NotAPidFile(f"{self.path!r} holds no process id, but {text!r}: remove it, or name another file")
        return int(text)

    def check(self) -> None:
        """
        Remove what a process left behind that is gone.

        Raises:
            AlreadyRunning: It is not gone.
            NotAPidFile: It is something else.
        """
        pid = self.read()
        if pid is None:
            return
        if pid == os.getpid() or not _is_alive(pid):
            _log.info("Removing stale pidfile {path}", path=self.path)
            os.unlink(self.path)
            return
        raise AlreadyRunning(f"process {pid}, which {self.path!r} names, is running")

    def write(self) -> None:
        """Write this process's id. Raises `OSError` if the file is there."""
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with open(descriptor, "wb") as file:
            file.write(b"%d" % os.getpid())

    def remove(self) -> None:
        """Remove the file, if it is still ours."""
        try:
            if self.read() == os.getpid():
                os.unlink(self.path)
        except (OSError, NotAPidFile) as problem:
            _log.warn("the pidfile {path} cannot be removed: {problem}", path=self.path, problem=problem)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError) as problem:
        return isinstance(problem, PermissionError)
    return True
