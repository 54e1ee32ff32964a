"""
Locks between processes, kept in the file system.

A lock is a symbolic link whose target is the number of the process that holds it: making one either succeeds or
finds one there already, on network file systems too, and who holds it can be read from it. Where links are not to be
had (Windows without the privilege), a file with the number in it takes the place of the link.
"""

from __future__ import annotations

import errno
import os
import sys
from os import kill
from os import remove as rmlink
from time import time as _now

__all__ = ["FilesystemLock", "isLocked"]

_WINDOWS = sys.platform == "win32"

if _WINDOWS:

    def symlink(value: str, filename: str) -> None:
        """Write *value* into a new file; an existing one raises `FileExistsError`."""
        descriptor = os.open(filename, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        try:
            os.write(descriptor, value.encode("ascii"))
        finally:
            os.close(descriptor)

    def readlink(filename: str) -> str:
        """Return what `symlink` wrote."""
        with open(filename, encoding="ascii") as file:
            return file.read()

else:
    from os import readlink, symlink  # type: ignore[assignment]  # those of Windows do less


def unique() -> str:
    """Return a text that this process has not used before, for the names of temporary links."""
    return str(int(_now() * 1000))


def _alive(pid: int) -> bool:
    """Whether a process with this number exists, ours or not."""
    if _WINDOWS:
        import ctypes

        # os.kill(pid, 0) would end the process on Windows. 0x1000 asks for nothing but its exit status.
        kernel: object = getattr(ctypes, "windll").kernel32  # noqa: B009 - absent from the other systems' stubs
        handle = getattr(kernel, "OpenProcess")(0x1000, False, pid)  # noqa: B009
        if not handle:
            return False
        getattr(kernel, "CloseHandle")(handle)  # noqa: B009
        return True
    try:
        kill(pid, 0)
    except OSError as error:
        return error.errno != errno.ESRCH
    return True


class FilesystemLock:
    """
    A lock that one process at a time can hold.

    Attributes:
        name: The path of the lock.
        locked: Whether this object holds it.
        clean: Whether the last one who held it released it; `False` when it was taken from a dead process.
    """

    clean: bool | None = None
    locked = False

    def __init__(self, name: str) -> None:
        self.name = name

    def lock(self) -> bool:
        """
        Take the lock, if no living process holds it.

        Returns:
            Whether it was taken.

        Raises:
            OSError: The lock cannot be made, for another reason than that it is there.
            ValueError: What is there is not a lock: no process number stands in it.
        """
        clean = True
        while True:
            try:
                symlink(str(os.getpid()), self.name)
            except FileExistsError:
                try:
                    holder = int(readlink(self.name))
                except FileNotFoundError:
                    continue  # Released in between: try again.
                except PermissionError:
                    if _WINDOWS:
                        return False  # Somebody is writing it at this moment.
                    raise
                if _alive(holder):
                    return False
                try:
                    rmlink(self.name)
                except FileNotFoundError:
                    continue  # Another one found it stale too, and was faster.
                clean = False
                continue
            except PermissionError:
                if _WINDOWS:
                    return False  # Being deleted: still held, for all that can be known.
                raise
            self.locked = True
            self.clean = clean
            return True

    def unlock(self) -> None:
        """
        Release the lock.

        Raises:
            OSError: It is not there.
            ValueError: Another process holds it.
        """
        if int(readlink(self.name)) != os.getpid():
            raise ValueError(f"Lock {self.name!r} not owned by this process")
        rmlink(self.name)
        self.locked = False


def isLocked(name: str) -> bool:
    """Tell whether a living process (this one included) holds the lock at *name*."""
    probe = FilesystemLock(name)
    taken = False
    try:
        taken = probe.lock()
    finally:
        if taken:
            probe.unlock()
    return not taken
