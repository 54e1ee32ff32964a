"""
Values that belong to a call and everything it calls: an older way than `contextvars`, by dictionaries.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import local
from typing import Any, TypeVar

__all__ = [
    "ContextTracker",
    "ThreadedContextTracker",
    "call",
    "defaultContextDict",
    "get",
    "installContextTracker",
    "setDefault",
    "theContextTracker",
]

_T = TypeVar("_T")

# What holds where nothing else does.
defaultContextDict: dict[Any, Any] = {}
setDefault = defaultContextDict.__setitem__


class ContextTracker:
    """
    The contexts of one thread.

    Attributes:
        contexts: The dictionaries, the outermost first.
    """

    def __init__(self) -> None:
        self.contexts: list[dict[Any, Any]] = [defaultContextDict]

    def callWithContext(self, newContext: dict[Any, Any], func: Callable[..., _T], *args: Any, **kw: Any) -> _T:
        """Call a function with some values in its context."""
        self.contexts.append(newContext)
        try:
            return func(*args, **kw)
        finally:
            self.contexts.pop()

    def getContext(self, key: Any, default: Any = None) -> Any:
        """Give the innermost value of a key."""
        for context in reversed(self.contexts):
            if key in context:
                return context[key]
        return default


class ThreadedContextTracker:
    """
    The contexts of all threads, each thread's its own.

    Attributes:
        storage: Each thread's tracker.
    """

    def __init__(self) -> None:
        self.storage = local()

    def currentContext(self) -> ContextTracker:
        """Give this thread's tracker."""
        tracker: ContextTracker | None = getattr(self.storage, "ct", None)
        if tracker is None:
            tracker = self.storage.ct = ContextTracker()
        return tracker

    def callWithContext(self, ctx: dict[Any, Any], func: Callable[..., _T], *args: Any, **kw: Any) -> _T:
        """Call a function with some values in its context."""
        return self.currentContext().callWithContext(ctx, func, *args, **kw)

    def getContext(self, key: Any, default: Any = None) -> Any:
        """Give the innermost value of a key, in this thread."""
        return self.currentContext().getContext(key, default)


theContextTracker = ThreadedContextTracker()


def call(ctx: dict[Any, Any], func: Callable[..., _T], *args: Any, **kw: Any) -> _T:
    """Call a function with some values in its context."""
    return theContextTracker.callWithContext(ctx, func, *args, **kw)


def get(key: Any, default: Any = None) -> Any:
    """Give the innermost value of a key."""
    return theContextTracker.getContext(key, default)


def installContextTracker(ctr: ThreadedContextTracker) -> None:
    """Use another tracker from here on."""
    global theContextTracker
    theContextTracker = ctr
