"""
Making Deferreds of results, of functions and of coroutines.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Coroutine, Generator
from functools import wraps
from types import CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, overload

from twisted.internet._defer.deferred import Deferred, ReturnValue, start
from twisted.internet._defer.errors import NotACoroutineError
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")

_T = TypeVar("_T")


def succeed(result: _T) -> Deferred[_T]:
    """A Deferred that has *result* already."""
    deferred: Deferred[_T] = Deferred()
    deferred._called = True
    deferred.result = result
    deferred._idle = True
    return deferred


def fail(result: Failure | BaseException | None = None) -> Deferred[Any]:
    """
    A Deferred that has failed already.

    Args:
        result: The reason. Without one it is the exception being handled right now.
    """
    deferred: Deferred[Any] = Deferred()
    deferred.errback(result)
    return deferred


def execute(callable: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]:
    """Call a function, and return a Deferred with what it returned or raised."""
    try:
        result = callable(*args, **kwargs)
    except BaseException:
        return fail()
    return succeed(result)


@overload
def maybeDeferred(f: Callable[_P, Deferred[_T]], *args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]: ...
@overload
def maybeDeferred(f: Callable[_P, Coroutine[Any, Any, _T]], *args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]: ...
@overload
def maybeDeferred(
    f: Callable[_P, Deferred[_T] | Coroutine[Any, Any, _T] | _T], *args: _P.args, **kwargs: _P.kwargs
) -> Deferred[_T]: ...
def maybeDeferred(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
    """
    Call a function that may return a Deferred, a coroutine, or simply its result.

    Returns:
        A Deferred in any case: the function's own, that of the coroutine, or one with what was returned or raised.
    """
    try:
        result = f(*args, **kwargs)
    except BaseException:
        return fail(Failure(captureVars=Deferred.debug))
    if isinstance(result, Deferred):
        return result
    if isinstance(result, Failure):
        return fail(result)
    if type(result) is CoroutineType or isinstance(result, Coroutine):
        return start(result)
    return succeed(result)


def ensureDeferred(
    coro: Coroutine[Deferred[Any], Any, _T] | Generator[Deferred[Any], Any, _T] | Deferred[_T],
) -> Deferred[_T]:
    """
    Start a coroutine that awaits Deferreds; a Deferred is returned as it is.

    Raises:
        NotACoroutineError: It is neither.
    """
    if type(coro) is CoroutineType:
        return start(coro)
    if isinstance(coro, Deferred):
        return coro
    if isinstance(coro, (Coroutine, Generator)):
        return start(coro)
    raise NotACoroutineError(f"{coro!r} is not a coroutine or a Deferred")


def inlineCallbacks(f: Callable[_P, Generator[Deferred[Any], Any, _T]]) -> Callable[_P, Deferred[_T]]:
    """
    Make a function of a generator that yields Deferreds, each of which becomes its result, or is raised, there.

    The function returns a Deferred with what the generator returns. Cancelling it cancels the Deferred that the
    generator waits for. Generators are for old code: coroutines do the same, and are checked better.
    """

    @wraps(f)
    def started(*args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]:
        generator = f(*args, **kwargs)
        if type(generator) is not GeneratorType and not isinstance(generator, Generator):
            raise TypeError(f"inlineCallbacks requires {f!r} to produce a generator; instead got {generator!r}")
        return start(generator, False)

    return started


def returnValue(val: object) -> NoReturn:
    """End a generator of `inlineCallbacks` with *val*. Deprecated: ``return val`` does the same."""
    warnings.warn(
        "twisted.internet.defer.returnValue was deprecated in Twisted 24.7.0; "
        "please use standard return statement instead",
        DeprecationWarning,
        stacklevel=2,
    )
    raise ReturnValue(val)


def logError(err: Failure) -> Failure:
    """An errback that logs the failure and passes it on."""
    from twisted.logger import Logger

    Logger("twisted.internet.defer").failure("", err)
    return err


def passthru(arg: _T) -> _T:
    """A callback that changes nothing."""
    return arg


def timeout(deferred: Deferred[object]) -> None:
    """Fail *deferred* with `TimeoutError`. Deprecated: use `Deferred.addTimeout`."""
    from twisted.internet._defer.errors import TimeoutError

    warnings.warn(
        "twisted.internet.defer.timeout was deprecated in Twisted 17.1.0; use Deferred.addTimeout instead",
        DeprecationWarning,
        stacklevel=2,
    )
    deferred.errback(Failure(TimeoutError("Callback timed out")))


def setDebugging(on: bool) -> None:
    """Have each Deferred remember where it was made and fired, for reports of unhandled errors. Slow."""
    Deferred.debug = bool(on)


def getDebugging() -> bool:
    """Whether `setDebugging` is on."""
    return Deferred.debug
