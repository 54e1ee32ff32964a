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
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, NoReturn, TypeVar, overload

from twisted.internet._defer import loops
from twisted.internet._defer.debug import DebugInfo, calling_frames, new_debug_info
from twisted.internet._defer.errors import AlreadyCalledError, CancelledError, NotACoroutineError, TimeoutError
from twisted.internet._defer.loops import Waiter
from twisted.python._outcome import Open, Outcome
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from typing import Concatenate

    from typing_extensions import ParamSpec

    from twisted.internet._defer.world import Task
    from twisted.internet.interfaces import IReactorTime

    _P = ParamSpec("_P")

_T = TypeVar("_T")
_SelfResultT = TypeVar("_SelfResultT")
_NextResultT = TypeVar("_NextResultT")

_NO_KEYWORDS: Final[Mapping[str, Any]] = {}
_MODULES: Final = sys.modules


def _continue(_result: object) -> NoReturn:
    """Marks a link whose second field is a Deferred that waits for the result. Never called."""
    raise RuntimeError("a mark was called")


def _pass_on(result: Any) -> Any:
    """Stands for a side of a link that has nothing to do."""
    return result


def _as_pair(link: Any) -> tuple[Any, Any]:
    if type(link) is not tuple:
        return ((link, (), _NO_KEYWORDS), (link if type(link) is Driver else _pass_on, (), _NO_KEYWORDS))
    if link[0] is _continue:
        return ((_continue, link[1:], _NO_KEYWORDS),) * 2
    callback, arguments, keywords, errback, more_arguments, more_keywords = link
    return (
        (_pass_on if callback is None else callback, arguments or (), keywords),
        (_pass_on if errback is None else errback, more_arguments or (), more_keywords),
    )


class Deferred(Outcome, Open, Generic[_SelfResultT]):
    """
    A result that may not be there yet, and what is to be done once it is.

    Attributes:
        called: Whether `callback` or `errback` was called.
        result: The result so far; not there before the Deferred was called.
        paused: How many more times `pause` was called than `unpause`.
    """

    __slots__ = (
        "_called",
        "_canceller",
        "_chainedTo",
        "_debugInfo",
        "_idle",
        "_links",
        "_paused",
        "_suppressAlreadyCalled",
        "result",
    )

    debug = False

    # Any: what the result is changes with each link.
    result: Any
    _called: bool
    _paused: int
    #: `None` for none yet, a list, or a single `Driver`: most Deferreds have one coroutine that waits, and no list.
    _links: Any
    _canceller: Callable[[Deferred[Any]], object] | None
    # These two are not there before they are needed: few Deferreds ever wait or are cancelled.
    _chainedTo: Deferred[Any] | None
    _suppressAlreadyCalled: bool
    _debugInfo: DebugInfo | None
    #: `None` while links are being worked through.
    _idle: bool | None

    def __init__(self, canceller: Callable[[Deferred[Any]], None] | None = None) -> None:
        """
        Args:
            canceller: Called with this Deferred by `cancel`, unless it was called before. It stops the operation, and
                may call `callback` or `errback`; if it does neither, the result is `CancelledError`.
        """
        self._called = False
        self._paused = 0
        self._idle = False
        self._links = None
        self._canceller = canceller
        self._debugInfo = None
        if self.debug:
            self._debugInfo = new_debug_info()
            self._debugInfo.creator = calling_frames()

    @property
    def called(self) -> bool:
        return self._called

    @called.setter
    def called(self, called: bool) -> None:
        self._called = called

    @property
    def paused(self) -> int:
        return self._paused

    @paused.setter
    def paused(self, paused: int) -> None:
        self._paused = paused

    @property
    def callbacks(self) -> list[Any]:
        """
        What is yet to be called: for each link the callback's and the errback's (callable, arguments, keywords).

        Deprecated: links are for adding.
        """
        warnings.warn(
            "twisted.internet.defer.Deferred.callbacks was deprecated in Twisted 25.5.0",
            DeprecationWarning,
            stacklevel=2,
        )
        return [_as_pair(link) for link in self._list_of_links()]

    # Adding links

    if TYPE_CHECKING:

        @overload
        def addCallbacks(
            self,
            callback: Callable[Concatenate[_SelfResultT, _P], _NextResultT | Deferred[_NextResultT] | Failure],
            errback: Callable[..., _NextResultT | Deferred[_NextResultT] | Failure] | None = None,
            callbackArgs: tuple[Any, ...] = (),
            callbackKeywords: Mapping[str, Any] | None = ...,
            errbackArgs: tuple[Any, ...] | None = None,
            errbackKeywords: Mapping[str, Any] | None = None,
        ) -> Deferred[_NextResultT]: ...
        @overload
        def addCallbacks(
            self,
            callback: Callable[..., Any],
            errback: Callable[..., Any] | None = None,
            callbackArgs: tuple[Any, ...] = (),
            callbackKeywords: Mapping[str, Any] | None = ...,
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
        link = (
            callback,
            None if not callbackArgs and not callbackKeywords else callbackArgs or (),
            callbackKeywords or _NO_KEYWORDS,
            errback,
            None if not errbackArgs and not errbackKeywords else errbackArgs or (),
            errbackKeywords or _NO_KEYWORDS,
        )
        if type(self._links) is list:
            self._links.append(link)
        else:
            self._links = [link] if self._links is None else [self._links, link]
        if self._idle:
            self._run()
            if self._debugInfo is not None:
                # The traceback of a failure may keep this frame: the Deferred leaves it by way of a list.
                kept = [self]
                del self
                return kept.pop()
        return self

    if TYPE_CHECKING:

        @overload
        def addCallback(
            self, callback: Callable[Concatenate[_SelfResultT, _P], Failure], *args: _P.args, **kwargs: _P.kwargs
        ) -> Deferred[Any]: ...
        @overload
        def addCallback(
            self,
            callback: Callable[Concatenate[_SelfResultT, _P], Failure | Deferred[_NextResultT]],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_NextResultT]: ...
        @overload
        def addCallback(
            self,
            callback: Callable[Concatenate[_SelfResultT, _P], Failure | _NextResultT],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_NextResultT]: ...
        @overload
        def addCallback(
            self,
            callback: Callable[Concatenate[_SelfResultT, _P], _NextResultT | Deferred[_NextResultT] | Failure],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_NextResultT]: ...

    def addCallback(self, callback: Any, *args: Any, **kwargs: Any) -> Deferred[Any]:
        """Have *callback* called with a value and the further arguments. See `addCallbacks`."""
        if args or kwargs or type(callback) is tuple:
            callback = (callback, args, kwargs, None, None, _NO_KEYWORDS)
        if type(self._links) is list:
            self._links.append(callback)
        else:
            self._links = [callback] if self._links is None else [self._links, callback]
        if self._idle:
            self._run()
            if self._debugInfo is not None:
                # The traceback of a failure may keep this frame: the Deferred leaves it by way of a list.
                kept = [self]
                del self
                return kept.pop()
        return self

    if TYPE_CHECKING:

        @overload
        def addErrback(
            self,
            errback: Callable[Concatenate[Failure, _P], Failure | Deferred[_NextResultT]],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_SelfResultT | _NextResultT]: ...
        @overload
        def addErrback(
            self,
            errback: Callable[Concatenate[Failure, _P], _NextResultT | Failure],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_SelfResultT | _NextResultT]: ...
        @overload
        def addErrback(
            self,
            errback: Callable[Concatenate[Failure, _P], _NextResultT | Deferred[_NextResultT] | Failure],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_SelfResultT | _NextResultT]: ...

    def addErrback(self, errback: Any, *args: Any, **kwargs: Any) -> Deferred[Any]:
        """Have *errback* called with a `Failure` and the further arguments. See `addCallbacks`."""
        link = (None, None, _NO_KEYWORDS, errback, args if args or kwargs else None, kwargs)
        if type(self._links) is list:
            self._links.append(link)
        else:
            self._links = [link] if self._links is None else [self._links, link]
        if self._idle:
            self._run()
            if self._debugInfo is not None:
                # The traceback of a failure may keep this frame: the Deferred leaves it by way of a list.
                kept = [self]
                del self
                return kept.pop()
        return self

    if TYPE_CHECKING:

        @overload
        def addBoth(
            self,
            callback: Callable[Concatenate[_SelfResultT | Failure, _P], Failure],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[Any]: ...
        @overload
        def addBoth(
            self,
            callback: Callable[Concatenate[_SelfResultT | Failure, _P], Failure | Deferred[_NextResultT]],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_NextResultT]: ...
        @overload
        def addBoth(
            self,
            callback: Callable[Concatenate[_SelfResultT | Failure, _P], _NextResultT | Failure],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_NextResultT]: ...
        @overload
        def addBoth(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]: ...

    def addBoth(self, callback: Any, *args: Any, **kwargs: Any) -> Deferred[Any]:
        """Have *callback* called with whatever comes, a value or a `Failure`, and the further arguments."""
        further = args if args or kwargs else None
        link = (callback, further, kwargs, callback, further, kwargs)
        if type(self._links) is list:
            self._links.append(link)
        else:
            self._links = [link] if self._links is None else [self._links, link]
        if self._idle:
            self._run()
            if self._debugInfo is not None:
                # The traceback of a failure may keep this frame: the Deferred leaves it by way of a list.
                kept = [self]
                del self
                return kept.pop()
        return self

    def chainDeferred(self, d: Deferred[_SelfResultT]) -> Deferred[None]:
        """Hand the result over to *d*, which then is to be fired by nobody else."""
        d._chainedTo = self
        return self.addCallbacks(d.callback, d.errback)

    def addTimeout(
        self,
        timeout: float,
        clock: IReactorTime,
        onTimeoutCancel: Callable[[_SelfResultT | Failure, float], _NextResultT | Failure] | None = None,
    ) -> Deferred[_SelfResultT | _NextResultT]:
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

    def callback(self, result: _SelfResultT | Failure) -> None:
        """
        Provide the result, and start working through the links.

        Raises:
            AlreadyCalledError: There was one already.
        """
        if self._called:
            self._refuse()
            return
        self._called = True
        self.result = result
        self._canceller = None
        if self._debugInfo is not None:
            self._debugInfo.invoker = calling_frames() if self.debug else None
        if self._paused:
            return
        driver = self._links
        if type(driver) is Driver:
            # One coroutine waits, and nothing else: what _run would do, in fewer steps.
            self._links = self._idle = None
            try:
                goes_on = driver._step(result)
                self.result = None
                if goes_on:
                    driver._run()
                if self._links is None:
                    self._idle = not self._paused
                else:
                    self._run()
            except BaseException as error:
                self.result = _failure_of(error)
                self._run()
            del self, driver, result
        elif driver is not None or isinstance(result, Failure):
            self._run()
            # As in _run: a traceback that a Failure holds must not lead back to the Deferred that holds the Failure.
            del self
        else:
            self._idle = True

    def errback(self, fail: Failure | BaseException | None = None) -> None:
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
        if self._called:
            self._refuse()
            return
        self._called = True
        self.result = fail
        self._canceller = None
        if self._debugInfo is not None:
            self._debugInfo.invoker = calling_frames() if self.debug else None
        if not self._paused:
            self._run()
            del self

    def _refuse(self) -> None:
        """Pass over one late result after a cancellation, and complain about any other."""
        if getattr(self, "_suppressAlreadyCalled", False):
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
        if not self._called:
            canceller = self._canceller
            if canceller is not None:
                canceller(self)
            else:
                # Nobody told the operation, so its result will come.
                self._suppressAlreadyCalled = True
            if not self._called:
                self.errback(Failure(CancelledError()))
            return
        waits_on = self.result
        # A step at a time, since what we wait on may itself wait, thousands deep; in a circle, if somebody erred.
        passed: set[int] = {id(self)}
        while type(waits_on) is Deferred and waits_on._called and id(waits_on) not in passed:
            passed.add(id(waits_on))
            waits_on = waits_on.result
        if isinstance(waits_on, Deferred) and id(waits_on) not in passed:
            waits_on.cancel()

    def pause(self) -> None:
        """Work on no links until `unpause` was called as often as this."""
        self._paused += 1
        if self._idle:
            self._idle = False

    def unpause(self) -> None:
        """Undo one call of `pause`."""
        self._paused -= 1
        if not self._paused and self._called and self._idle is False:
            self._run()

    # Working through the links

    def _list_of_links(self) -> list[Any]:
        links = self._links
        if type(links) is not list:
            links = self._links = [] if links is None else [links]
        return links

    def _run(self) -> None:
        """Take the result through all links, and through those of every Deferred that waits on us."""
        current: Deferred[Any] = self
        links = iter(self._links if type(self._links) is list else self._list_of_links())
        value = current.result
        failed = isinstance(value, Failure)
        # Those that handed their result to another and have links left to work through.
        suspended: list[tuple[Deferred[Any], Any]] | None = None
        current._idle = None
        while True:
            ended = False
            try:
                for link in links:
                    kind = type(link)
                    if kind is tuple:
                        if link[0] is _continue:
                            waiting = link[1]
                            waiting.result = value
                            current.result = None
                            if current._debugInfo is not None:
                                current._debugInfo.failResult = None
                            waiting._paused -= 1
                            waiting._chainedTo = None
                            if waiting._paused:
                                value = None
                                failed = False
                                continue
                            if suspended is None:
                                suspended = []
                            suspended.append((current, links))
                            current = waiting
                            current._idle = None
                            links = iter(current._list_of_links())
                            break
                        if failed:
                            callback, args, kwargs = link[3], link[4], link[5]
                        else:
                            callback, args, kwargs = link[0], link[1], link[2]
                        if callback is None:
                            continue
                        if args is None:
                            value = callback(value)
                        elif kwargs:
                            value = callback(value, *args, **kwargs)
                        else:
                            value = callback(value, *args)
                    elif kind is Driver:
                        if current._debugInfo is not None:
                            current._debugInfo.failResult = None
                        goes_on = link._step(value)
                        # Not before: a coroutine that is sent nothing looks here.
                        current.result = None
                        if goes_on:
                            if suspended is None:
                                suspended = []
                            suspended.append((current, links))
                            current = link
                            current._idle = None
                            value = current.result
                            failed = isinstance(value, Failure)
                            links = iter(current._list_of_links())
                            break
                        value = None
                    elif failed:
                        continue
                    else:
                        value = link(value)
                    if isinstance(value, Outcome):
                        while isinstance(value, Deferred) and value._has_result() and value is not current:
                            # It is there already: take it.
                            value = value._take()
                        if isinstance(value, Deferred):
                            current._links[:] = list(links)
                            current._wait_for(value)
                            if not suspended:
                                del self, current, links, value, link
                                return
                            current, links = suspended.pop()
                            value = None
                            failed = False
                            break
                        failed = isinstance(value, Failure)
                    else:
                        failed = False
                    current.result = value
                else:
                    ended = True
            except BaseException as error:
                value = _failure_of(error)
                failed = True
                current.result = value
            if ended:
                current._links = None
                current._idle = not current._paused
                if failed:
                    if current._debugInfo is None:
                        current._debugInfo = new_debug_info()
                    current._debugInfo.failResult = value
                elif current._debugInfo is not None:
                    current._debugInfo.failResult = None
                if not suspended:
                    break
                current, links = suspended.pop()
                value = None
                failed = False
        # A traceback may keep this frame, and nothing in it may keep the Deferred: its error would never be reported.
        link = None
        del self, current, links, value, link

    def _has_result(self) -> bool:
        """Whether there is a result to take: also while a callback of ours runs, and returns what waits for us."""
        return self._idle is True or (self._called and not self._paused and not isinstance(self.result, Deferred))

    def _take(self) -> Any:
        """Take the result over: from now on it is somebody else's to handle."""
        value = self.result
        self.result = None
        if self._debugInfo is not None:
            self._debugInfo.failResult = None
        return value

    def _wait_for(self, inner: Deferred[Any]) -> None:
        """A callback returned *inner*, which has no result yet."""
        if inner is self:
            warnings.warn(
                "A callback returned the Deferred it was added to: it waits for itself, for ever.",
                DeprecationWarning,
                stacklevel=4,
            )
        self.result = inner
        self._paused += 1
        self._chainedTo = inner
        self._idle = False
        inner._list_of_links().append((_continue, self))

    # Awaiting

    def __await__(self) -> Generator[Any, Any, _SelfResultT]:
        if self._idle:
            value = self.result
            if isinstance(value, Failure):
                if self._debugInfo is not None:
                    self._debugInfo.failResult = None
                value.raiseException()
            return value  # type: ignore[no-any-return]
        if "asyncio.events" in _MODULES:
            loop = loops.running_loop()
            if loop is not None:
                waiter = Waiter(self, loop)
                value = yield waiter
                # A driver of ours sends the result, an asyncio.Task lets us fetch it.
                return waiter.result() if waiter.used else value  # type: ignore[no-any-return]
        while True:
            value = yield self
            if value is not None:
                return value  # type: ignore[no-any-return]
            # It is nothing; or who drives this sends nothing, and may even come before there is a result.
            if self._called:
                break
        value = self.result
        if isinstance(value, Failure):
            value.raiseException()
        return value  # type: ignore[no-any-return]

    __iter__ = __await__

    # Other ways in and out

    @classmethod
    def fromCoroutine(cls, coro: Coroutine[Deferred[Any], Any, _T] | Generator[Deferred[Any], Any, _T]) -> Deferred[_T]:
        """
        Start *coro*, a coroutine that awaits Deferreds, at once.

        Returns:
            A Deferred with what it returns or raises. Cancelling it cancels what the coroutine waits for.

        Raises:
            NotACoroutineError: It is something else.
        """
        if isinstance(coro, (Coroutine, Generator)):
            return start(coro)
        raise NotACoroutineError(f"{coro!r} is not a coroutine")

    @classmethod
    def fromFuture(cls, future: Future[_SelfResultT]) -> Deferred[_SelfResultT]:
        """A Deferred with the result of *future*, an asyncio future. Cancelling it cancels the future."""
        from twisted.internet._defer.futures import from_future

        return from_future(future)

    def asFuture(self, loop: AbstractEventLoop) -> Future[_SelfResultT]:
        """
        An asyncio future with the result of this Deferred, which from then on has none itself.

        Args:
            loop: The event loop that whoever waits for the future runs in.

        Returns:
            A future; cancelling it cancels this Deferred.
        """
        from twisted.internet._defer.futures import as_future

        return as_future(self, loop)

    def __str__(self) -> str:
        name = f"{self._named()} at 0x{id(self):x}"
        waits_for = getattr(self, "_chainedTo", None)
        if waits_for is not None and (not self._called or isinstance(self.result, Deferred)):
            return f"<{name} waiting on Deferred at 0x{id(waits_for):x}>"
        if not self._called:
            return f"<{name}>"
        return f"<{name} current result: {self.result!r}>"

    def _named(self) -> str:
        return self.__class__.__name__

    __repr__ = __str__


def _failure_of(error: BaseException) -> Failure:
    """What *error*, just caught, is to its Deferred, without a trace of our own frames."""
    tb = error.__traceback__
    while tb is not None and tb.tb_next is not None and tb.tb_frame.f_globals.get("__name__") in _OWN_MODULES:
        tb = tb.tb_next
    error.__traceback__ = tb
    return Failure(error, captureVars=Deferred.debug)


_OWN_MODULES: Final = (__name__, "twisted.python.failure")


class ReturnValue(BaseException):
    """Carries the argument of `returnValue` out of a generator."""

    def __init__(self, value: object) -> None:
        self.value = value


class Driver(Deferred[_SelfResultT]):
    """
    Runs a coroutine or generator, and is the Deferred of its result.

    A step begins when it starts or when what it waits for has a result, and ends when it waits again or is over. Each
    runs in the context that was current at the start.
    """

    __slots__ = ("_awaited", "_context", "_send", "_source", "_task")

    # Any: what is sent in and yielded is the program's business.
    _source: Any
    _send: Callable[[Any], Any]
    _context: Context
    #: A Deferred or an asyncio future, while we wait for it.
    _awaited: Any
    #: What stands for us in asyncio: `None` until a first step under its loop, `False` if there never will be one.
    _task: Task | Literal[False] | None

    # None in Python: `start` sets all attributes, which costs less than to call one.
    __init__ = object.__init__

    def _named(self) -> str:
        return "Deferred"

    def _step(self, value: Any) -> bool:
        """
        Resume with *value*, until there is something to wait for.

        Returns:
            Whether it is over and `_run` is to be called, since there are links or an error.
        """
        self._awaited = None
        # Any: an asyncio loop and tasks of it, if one runs.
        loop: Any = None
        before: Any = None
        task: Any = self._task
        if task is not False and "asyncio.events" in _MODULES:
            loop = loops.running_loop()
            if loop is not None:
                if task is None:
                    task = self._task = loops.new_task(self, loop)
                elif task.get_loop() is not loop:
                    loop = None
                if loop is not None:
                    if task.puts_off(value):
                        return False
                    value = task.begins_with(value)
                    before = loops.swap_task(loop, task)
        context = self._context
        over = True
        try:
            while True:
                if isinstance(value, Failure):
                    awaited = context.run(value.throwExceptionIntoGenerator, self._source)
                else:
                    awaited = context.run(self._send, value)
                if type(awaited) is not Deferred:
                    if type(awaited) is Waiter:
                        awaited = awaited.deferred
                    elif not isinstance(awaited, Deferred):
                        if loop is not None and task.waits_for(awaited):
                            over = False
                            break
                        # Nothing to wait for: it comes back as it went.
                        value = awaited
                        continue
                if awaited._idle:
                    value = awaited.result
                    awaited.result = None
                    if awaited._debugInfo is not None:
                        awaited._debugInfo.failResult = None
                    continue
                self._awaited = awaited
                if awaited._links is None:
                    awaited._links = self
                else:
                    awaited._list_of_links().append(self)
                if loop is None:
                    # One that waits keeps no frame of ours: there is nothing to clear away.
                    return False
                task.waits_for_deferred(awaited)
                over = False
                break
        except StopIteration as stop:
            value = stop.value
        except ReturnValue as returned:
            value = returned.value
        except BaseException as error:
            value = _failure_of(error)
        if loop is not None:
            loops.swap_task(loop, before)
        if over:
            if task:
                value = task.ends_with(value)
                self._task = False
            # What the program's frames hold is to go now, not when the Deferred goes.
            self._source = self._send = self._context = None  # type: ignore[assignment]
            if self._called:
                # Somebody else provided the result.
                self._refuse()
                over = False
            else:
                self._called = True
                self.result = value
                if self._paused:
                    over = False
                elif self._links is None and not isinstance(value, Failure):
                    self._idle = True
                    over = False
        # The frame of the coroutine may keep this one, and is not to find the Deferred in it.
        del self, value, task, context
        return over

    def _resume(self, value: Any) -> None:
        """Take a step that no Deferred has led to."""
        if self._step(value):
            self._run()
            del self

    def cancel(self) -> None:
        """Cancel what the coroutine waits for, which sees that there. See `Deferred.cancel`."""
        if self._called:
            Deferred.cancel(self)
            return
        last: Driver[Any] = self
        awaited = self._awaited
        # Coroutines that wait for coroutines, a step at a time: there may be thousands.
        while type(awaited) is Driver and not awaited._called:
            last = awaited
            awaited = awaited._awaited
        if isinstance(awaited, Deferred):
            awaited.cancel()
        elif last._task:
            last._task.cancel_at_once(awaited)


def start(source: Any, task: Literal[False] | None = None) -> Driver[Any]:
    """
    Run a coroutine or generator until it waits, and go on whenever that has come.

    Args:
        source: The coroutine or generator.
        task: `False` for what is no coroutine in asyncio's eyes, and never has a task there.
    """
    driver: Driver[Any] = Driver()
    driver._called = False
    driver._paused = 0
    driver._idle = False
    driver._links = None
    driver._canceller = None
    driver._debugInfo = None
    if driver.debug:
        driver._debugInfo = new_debug_info()
        driver._debugInfo.creator = calling_frames()
    driver._source = source
    driver._send = source.send
    driver._context = copy_context()
    driver._awaited = None
    driver._task = task
    if driver._step(None):
        driver._run()
        if driver._debugInfo is not None:
            # As in addCallback: the frame that failed may keep this one.
            kept = [driver]
            del driver
            return kept.pop()
    return driver
