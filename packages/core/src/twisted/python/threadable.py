"""
Which thread is the reactor's, and methods that one thread at a time may call.
"""

from __future__ import annotations

import threading
from functools import wraps
from typing import Any

__all__ = [
    "DummyLock",
    "XLock",
    "getThreadID",
    "init",
    "ioThread",
    "isInIOThread",
    "registerAsIOThread",
    "synchronize",
    "threaded",
    "unpickle_lock",
]

threaded = True

# The identifier of the thread that a reactor runs in, once one has.
ioThread: int | None = None


class DummyLock:
    """A lock that holds nobody up: for where there are no threads."""

    def __reduce__(self) -> Any:
        return unpickle_lock, ()


class XLock(threading._RLock):  # type: ignore[misc,name-defined,unused-ignore]
    """A re-entrant lock that can be pickled: another one comes out."""

    def __reduce__(self) -> Any:
        return unpickle_lock, ()


def unpickle_lock() -> XLock:
    """Make a lock, in the place of one that was pickled."""
    return XLock()


def synchronize(*klasses: type) -> None:
    """Let one thread at a time into the methods that a class names in ``synchronized``."""
    for kind in klasses:
        for name in kind.synchronized:  # type: ignore[attr-defined]
            setattr(kind, name, _one_at_a_time(getattr(kind, name)))


# Where locks of objects are made, one at a time.
_MAKING = threading.Lock()


def _one_at_a_time(function: Any) -> Any:
    @wraps(function)
    def alone(self: Any, *args: object, **kwargs: object) -> Any:
        lock = self.__dict__.get("_threadable_lock")
        if lock is None:
            with _MAKING:
                lock = self.__dict__.setdefault("_threadable_lock", XLock())
        with lock:
            return function(self, *args, **kwargs)

    return alone


def init(with_threads: object = 1) -> None:
    """Everything is ready for threads from the start: there is nothing to do."""


def getThreadID() -> int:
    """Give the identifier of this thread."""
    return threading.get_ident()


def isInIOThread() -> bool:
    """Tell whether this is the thread that a reactor runs in."""
    return ioThread == threading.get_ident()


def registerAsIOThread() -> None:
    """Note that a reactor runs in this thread."""
    global ioThread
    ioThread = threading.get_ident()
