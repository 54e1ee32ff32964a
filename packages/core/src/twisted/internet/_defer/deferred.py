"""
The Deferred, and the driver of coroutines and generators, which is a Deferred as well.

How it goes about it:

- What is to be done with a result is a list of links. A callable stands for itself: it is called with a value and
  skipped on a failure. A `Driver` is resumed with whatever comes. Everything else is a tuple: callback, its arguments,
  errback, its arguments.
- `Deferred._run` works through links in a loop, and keeps its own stack of Deferreds: one that waits on another, and
  a coroutine that waits on a coroutine, are continued by the same loop. So chains may be as long as they like.
- A Deferred is *idle* while it has a result that nobody works on. Only an idle one acts at once when a link is added,
  and only from an idle one a result may be taken without a link.

mypyc can compile this module: no decorators on the classes, an interpreted base, nothing computed into attributes.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Coroutine, Generator, Mapping
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, TypeVar, Union, overload

from twisted.internet._defer.debug import DebugInfo, calling_frames
from twisted.internet._defer.errors import AlreadyCalledError, CancelledError, TimeoutError
from twisted.python._outcome import Open, Outcome
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

    from typing_extensions import Concatenate, ParamSpec

    from twisted.internet._defer.world import Task
    from twisted.internet.interfaces import IReactorTime

    _P = ParamSpec("_P")

_T = TypeVar("_T")
_SelfResultT = TypeVar("_SelfResultT")
_NextResultT = TypeVar("_NextResultT")

# The two halves of a link. Any: callbacks take whatever the one before them returned.
_Half = tuple[Union[Callable[..., Any], None], Union[tuple[Any, ...], None], Union[Mapping[str, Any], None]]

_NO_KEYWORDS: Final[Mapping[str, Any]] = {}
_MODULES: Final = sys.modules


def _continue(_result: object) -> NoReturn:
    """Marks a link whose second field is a Deferred that waits for the result. Never called."""
    raise RuntimeError("a mark was called")


class Deferred(Outcome, Open, Generic[_SelfResultT]):
    """
    A result that may not be there yet, and what is to be done once it is.

    Attributes:
        called: Whether `callback` or `errback` was called.
        result: The result so far; not there before the Deferred was called.
        paused: How many more times `pause` was called than `unpause`.
    """

    __slots__ = (
        "_canceller",
        "_chainedTo",
        "_debugInfo",
        "_idle",
        "_links",
        "_suppressAlreadyCalled",
        "called",
        "paused",
        "result",
    )

    debug = False

    # Any: what the result is changes with each link.
    result: Any
    called: bool
    paused: int
    _links: list[Any]
    _canceller: Callable[[Deferred[Any]], object] | None
    _chainedTo: Deferred[Any] | None
    _debugInfo: DebugInfo | None
    _idle: bool
    _suppressAlreadyCalled: bool

    def __init__(self, canceller: Callable[[Deferred[Any]], None] | None = None) -> None:
        """
        Args:
            canceller: Called with this Deferred by `cancel`, unless it was called before. It stops the operation, and
                may call `callback` or `errback`; if it does neither, the result is `CancelledError`.
        """
        self.called = False
        self.paused = 0
        self._idle = False
        self._links = []
        self._canceller = canceller
        self._chainedTo = None
        self._suppressAlreadyCalled = False
        self._debugInfo = None
        if self.debug:
            self._debugInfo = DebugInfo()
            self._debugInfo.creator = calling_frames()

    # Adding links

    if TYPE_CHECKING:

        @overload
        def addCallbacks(
            self,
            callback: Callable[Concatenate[_SelfResultT, _P], Union[_NextResultT, Deferred[_NextResultT], Failure]],
            errback: Callable[..., Union[_NextResultT, Deferred[_NextResultT], Failure]] | None = None,
            callbackArgs: tuple[Any, ...] = (),
            callbackKeywords: Mapping[str, Any] = ...,
            errbackArgs: tuple[Any, ...] | None = None,
            errbackKeywords: Mapping[str, Any] | None = None,
        ) -> Deferred[_NextResultT]: ...
        @overload
        def addCallbacks(
            self,
            callback: Callable[..., Any],
            errback: Callable[..., Any] | None = None,
            callbackArgs: tuple[Any, ...] = (),
            callbackKeywords: Mapping[str, Any] = ...,
            errbackArgs: tuple[Any, ...] | None = None,
            errbackKeywords: Mapping[str, Any] | None = None,
        ) -> Deferred[Any]: ...

    def addCallbacks(
        self,
        callback: Callable[..., Any] | None,
        errback: Callable[..., Any] | None = None,
        callbackArgs: tuple[Any, ...] | None = (),
        callbackKeywords: Mapping[str, Any] | None = _NO_KEYWORDS,
        errbackArgs: tuple[Any, ...] | None = (),
        errbackKeywords: Mapping[str, Any] | None = _NO_KEYWORDS,
    ) -> Deferred[Any]:
        """
        Say what is to be done with the result.

        Args:
            callback: Called with a value.
            errback: Called with a `Failure`; `None` lets it pass.
            callbackArgs, callbackKeywords: Further arguments for *callback*.
            errbackArgs, errbackKeywords: Further arguments for *errback*.

        Returns:
            This Deferred, whose result is now what *callback* or *errback* return.
        """
        self._links.append(
            (
                callback,
                None if not callbackArgs and not callbackKeywords else callbackArgs or (),
                callbackKeywords or _NO_KEYWORDS,
                errback,
                None if not errbackArgs and not errbackKeywords else errbackArgs or (),
                errbackKeywords or _NO_KEYWORDS,
            )
        )
        if self._idle:
            self._run()
        return self

    if TYPE_CHECKING:

        @overload
        def addCallback(
            self, callback: Callable[Concatenate[_SelfResultT, _P], Failure], *args: _P.args, **kwargs: _P.kwargs
        ) -> Deferred[Any]: ...
        @overload
        def addCallback(
            self,
            callback: Callable[Concatenate[_SelfResultT, _P], Union[Failure, Deferred[_NextResultT]]],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_NextResultT]: ...
        @overload
        def addCallback(
            self,
            callback: Callable[Concatenate[_SelfResultT, _P], Union[Failure, _NextResultT]],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_NextResultT]: ...
        @overload
        def addCallback(
            self,
            callback: Callable[Concatenate[_SelfResultT, _P], Union[_NextResultT, Deferred[_NextResultT], Failure]],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_NextResultT]: ...

    def addCallback(self, callback: Any, *args: Any, **kwargs: Any) -> Deferred[Any]:
        """Have *callback* called with a value and the further arguments. See `addCallbacks`."""
        if args or kwargs or type(callback) is tuple:
            self._links.append((callback, args, kwargs, None, None, _NO_KEYWORDS))
        else:
            self._links.append(callback)
        if self._idle:
            self._run()
        return self

    if TYPE_CHECKING:

        @overload
        def addErrback(
            self,
            errback: Callable[Concatenate[Failure, _P], Union[Failure, Deferred[_NextResultT]]],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[Union[_SelfResultT, _NextResultT]]: ...
        @overload
        def addErrback(
            self,
            errback: Callable[Concatenate[Failure, _P], Union[_NextResultT, Failure]],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[Union[_SelfResultT, _NextResultT]]: ...
        @overload
        def addErrback(
            self,
            errback: Callable[Concatenate[Failure, _P], Union[_NextResultT, Deferred[_NextResultT], Failure]],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[Union[_SelfResultT, _NextResultT]]: ...

    def addErrback(self, errback: Any, *args: Any, **kwargs: Any) -> Deferred[Any]:
        """Have *errback* called with a `Failure` and the further arguments. See `addCallbacks`."""
        self._links.append((None, None, _NO_KEYWORDS, errback, args if args or kwargs else None, kwargs))
        if self._idle:
            self._run()
        return self

    if TYPE_CHECKING:

        @overload
        def addBoth(
            self,
            callback: Callable[Concatenate[Union[_SelfResultT, Failure], _P], Failure],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[Any]: ...
        @overload
        def addBoth(
            self,
            callback: Callable[
                Concatenate[Union[_SelfResultT, Failure], _P], Union[Failure, Deferred[_NextResultT]]
            ],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_NextResultT]: ...
        @overload
        def addBoth(
            self,
            callback: Callable[Concatenate[Union[_SelfResultT, Failure], _P], Union[_NextResultT, Failure]],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_NextResultT]: ...
        @overload
        def addBoth(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]: ...

    def addBoth(self, callback: Any, *args: Any, **kwargs: Any) -> Deferred[Any]:
        """Have *callback* called with whatever comes, a value or a `Failure`, and the further arguments."""
        further = args if args or kwargs else None
        self._links.append((callback, further, kwargs, callback, further, kwargs))
        if self._idle:
            self._run()
        return self

    def chainDeferred(self, d: Deferred[_SelfResultT]) -> Deferred[None]:
        """Hand the result over to *d*, which then is to be fired by nobody else."""
        d._chainedTo = self
        return self.addCallbacks(d.callback, d.errback)

    def addTimeout(
        self,
        timeout: float,
        clock: IReactorTime,
        onTimeoutCancel: Callable[[Union[_SelfResultT, Failure], float], Union[_NextResultT, Failure]] | None = None,
    ) -> Deferred[Union[_SelfResultT, _NextResultT]]:
        """
        Cancel this Deferred if it has no result in time.

        Args:
            timeout: How long it may take, in seconds.
            clock: What measures the time, usually the reactor.
            onTimeoutCancel: Called with the result of the cancelled Deferred and *timeout*; it returns the result to go
                on with. Without it, a `CancelledError` becomes a `TimeoutError`.
        """
        expired = False

        def expire() -> None:
            nonlocal expired
            expired = True
            self.cancel()

        waiting = clock.callLater(timeout, expire)

        def in_words(result: Any) -> Any:
            if not expired:
                return result
            if onTimeoutCancel is not None:
                return onTimeoutCancel(result, timeout)
            if isinstance(result, Failure):
                result.trap(CancelledError)
                raise TimeoutError(timeout, "Deferred")
            return result

        def stop_waiting(result: Any) -> Any:
            if waiting.active():
                waiting.cancel()
            return result

        return self.addBoth(in_words).addBoth(stop_waiting)

    # Firing

    def callback(self, result: Union[_SelfResultT, Failure]) -> None:
        """
        Provide the result, and start working through the links.

        Raises:
            AlreadyCalledError: There was one already.
        """
        if self.called:
            self._refuse()
            return
        self.called = True
        self.result = result
        self._canceller = None
        if self._debugInfo is not None:
            self._debugInfo.invoker = calling_frames() if self.debug else None
        if self.paused:
            return
        if self._links or isinstance(result, Failure):
            self._run()
        else:
            self._idle = True

    def errback(self, fail: Union[Failure, BaseException, None] = None) -> None:
        """
        Say that there will be no result, and why.

        Args:
            fail: The reason. Without one it is the exception being handled right now.

        Raises:
            AlreadyCalledError: There was a result already.
            NoCurrentExceptionError: *fail* is missing and no exception is being handled.
        """
        if fail is None:
            fail = Failure(captureVars=self.debug)
        elif not isinstance(fail, Failure):
            fail = Failure(fail)
        if self.called:
            self._refuse()
            return
        self.called = True
        self.result = fail
        self._canceller = None
        if self._debugInfo is not None:
            self._debugInfo.invoker = calling_frames() if self.debug else None
        if not self.paused:
            self._run()

    def _refuse(self) -> None:
        """Pass over one late result after a cancellation, and complain about any other."""
        if self._suppressAlreadyCalled:
            self._suppressAlreadyCalled = False
            return
        if self.debug and self._debugInfo is not None:
            raise AlreadyCalledError("\n" + self._debugInfo._getDebugTracebacks())
        raise AlreadyCalledError

    def cancel(self) -> None:
        """
        Give the operation up.

        Without a result yet, the canceller is called, and if it provides none, the result is `CancelledError`; a result
        that the operation provides later is passed over, once. If a callback returned a Deferred that has no
        result yet, that one is cancelled. Otherwise nothing happens.
        """
        if not self.called:
            canceller = self._canceller
            if canceller is not None:
                canceller(self)
            else:
                # Nobody told the operation, so its result will come.
                self._suppressAlreadyCalled = True
            if not self.called:
                self.errback(Failure(CancelledError()))
            return
        waits_on = self.result
        # A step at a time, since what we wait on may itself wait, and so on for ever.
        while type(waits_on) is Deferred and waits_on.called:
            waits_on = waits_on.result
        if isinstance(waits_on, Deferred):
            waits_on.cancel()

    def pause(self) -> None:
        """Work on no links until `unpause` was called as often as this."""
        self.paused += 1
        self._idle = False

    def unpause(self) -> None:
        """Undo one call of `pause`."""
        self.paused -= 1
        if self.paused == 0 and self.called and self._chainedTo_result() is None:
            self._run()

    # Working through the links

    def _run(self) -> None:
        """Take the result through all links, and through those of every Deferred that waits on us."""
