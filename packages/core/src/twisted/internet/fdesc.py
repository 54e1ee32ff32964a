"""
Reading and writing plain descriptors without blocking.

Results that mean the end of a connection are the same objects everywhere (`twisted.internet.main`), so that they can
be compared by identity.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST

__all__ = ["readFromFD", "setBlocking", "setNonBlocking", "writeToFD"]

_READ_SIZE = 8192
_NOT_NOW = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR)


def setNonBlocking(fd: int) -> None:
    """Make the open file behind *fd* fail with EAGAIN rather than wait."""
    os.set_blocking(_number(fd), False)


def setBlocking(fd: int) -> None:
    """Make the open file behind *fd* wait."""
    os.set_blocking(_number(fd), True)


def _number(fd: object) -> int:
    if isinstance(fd, int):
        return fd
    fileno: Callable[[], int] = getattr(fd, "fileno")  # noqa: B009 - files and sockets are welcome too
    return fileno()


def readFromFD(fd: int, callback: Callable[[bytes], object]) -> Exception | None:
    """
    Read once, at most 8 KiB, and pass on what came.

    Returns:
        `None` when something was read or nothing is there yet, `CONNECTION_DONE` at the end, `CONNECTION_LOST` on
        an error.
    """
    try:
        data = os.read(fd, _READ_SIZE)
    except OSError as error:
        return None if error.errno in _NOT_NOW else CONNECTION_LOST
    if not data:
        return CONNECTION_DONE
    callback(data)
    return None


def writeToFD(fd: int, data: bytes) -> int | Exception:
    """
    Write as much of *data* as is taken now.

    Returns:
        The number of bytes taken, possibly 0, or `CONNECTION_LOST` on an error.
    """
    try:
        return os.write(fd, data)
    except OSError as error:
        return 0 if error.errno in _NOT_NOW else CONNECTION_LOST
