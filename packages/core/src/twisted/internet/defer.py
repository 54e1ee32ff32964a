"""
Results that are not there yet, and what to do when they are.

Import everything from here. `_defer.deferred` holds the `Deferred` and runs coroutines, `_defer.groups` waits for
several, `_defer.taking_turns` has locks and queues, `_defer.world` is what asyncio sees of a coroutine of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet._defer.debug import DebugInfo
from twisted.internet._defer.deferred import Deferred
from twisted.internet._defer.errors import (
    AlreadyCalledError,
    AlreadyTryingToLockError,
    CancelledError,
    FailureGroup,
    FirstError,
    NotACoroutineError,
    QueueOverflow,
    QueueUnderflow,
    TimeoutError,
)
from twisted.internet._defer.groups import FAILURE, SUCCESS, DeferredList, gatherResults, race
from twisted.internet._defer.making import (
    ensureDeferred,
    execute,
    fail,
    getDebugging,
    inlineCallbacks,
    logError,
    maybeDeferred,
    passthru,
    returnValue,
    setDebugging,
    succeed,
    timeout,
)
from twisted.internet._defer.taking_turns import DeferredLock, DeferredQueue, DeferredSemaphore
from twisted.python._facade import publish

if TYPE_CHECKING:
    from twisted.internet._defer.file_lock import DeferredFilesystemLock

__all__ = [
    "FAILURE",
    "SUCCESS",
    "AlreadyCalledError",
    "AlreadyTryingToLockError",
    "CancelledError",
    "DebugInfo",
    "Deferred",
    "DeferredCallback",
    "DeferredErrback",
    "DeferredFilesystemLock",
    "DeferredList",
    "DeferredLock",
    "DeferredQueue",
    "DeferredSemaphore",
    "FailureGroup",
    "FirstError",
    "NotACoroutineError",
    "QueueOverflow",
    "QueueUnderflow",
    "TimeoutError",
    "ensureDeferred",
    "execute",
    "fail",
    "gatherResults",
    "getDebugging",
    "inlineCallbacks",
    "logError",
    "maybeDeferred",
    "passthru",
    "race",
    "returnValue",
    "setDebugging",
    "succeed",
    "timeout",
]

#: What `Deferred.addCallback` and `Deferred.addErrback` take. Any: results are of any kind.
DeferredCallback = Callable[..., Any]
DeferredErrback = Callable[..., Any]

publish(
    __name__,
    [name for name in __all__ if name not in ("DeferredFilesystemLock", "DeferredCallback", "DeferredErrback")],
)


def __getattr__(name: str) -> Any:
    # Files and their locks are another subject: loaded for those who lock files.
    if name == "DeferredFilesystemLock":
        from twisted.internet._defer.file_lock import DeferredFilesystemLock

        globals()[name] = DeferredFilesystemLock
        publish(__name__, [name])
        return DeferredFilesystemLock
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
