"""
Doing something once: later, or as the whole of a program.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, NoReturn, TypeVar, overload

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import ReactorNotRunning
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

_T = TypeVar("_T")


@overload
def deferLater(
    clock: IReactorTime, delay: float, callable: Callable[..., Deferred[_T]], *args: object, **kw: object
) -> Deferred[_T]: ...
@overload
def deferLater(
    clock: IReactorTime, delay: float, callable: Callable[..., _T], *args: object, **kw: object
) -> Deferred[_T]: ...
@overload
def deferLater(clock: IReactorTime, delay: float, callable: None = None) -> Deferred[None]: ...
def deferLater(
    clock: IReactorTime, delay: float, callable: Callable[..., Any] | None = None, *args: object, **kw: object
) -> Deferred[Any]:
    """
    Call a function later.

    Args:
        clock: What tells the time: a reactor.
        delay: How much later, in seconds.
        callable: The function, and what it is called with; without it, nothing but time passes.

    Returns:
        A Deferred of what the function returns or raises. Cancelling it cancels the call.
    """
    later: Deferred[Any] = Deferred(lambda _: call.cancel())
    if callable is not None:
        function = callable
        later.addCallback(lambda _: function(*args, **kw))
    call = clock.callLater(delay, later.callback, None)
    return later


def react(
    main: Callable[..., Deferred[Any] | Coroutine[Deferred[Any], object, Any]],
    argv: Iterable[object] = (),
    _reactor: Any = None,  # Any: reactors of every kind
) -> NoReturn:
    """
    Run a program: call *main* with the reactor, run the reactor, and exit when its Deferred fires.

    A reactor over asyncio's loop runs already when *main* is called, since much of asyncio needs a running loop.

    Args:
        main: Called with the reactor and *argv*; it returns a Deferred, or is a coroutine function.
        argv: Further arguments for it.
        _reactor: The reactor, if it is not to be the default one.

    Raises:
        SystemExit: With 0; with 1 if the Deferred failed, which is logged; or with the code of a `SystemExit` that it
            failed with.
        Exception: What *main* raised instead of returning a Deferred.
    """
    if _reactor is None:
        from twisted.internet import reactor

        _reactor = reactor
    code: Any = 0
    stopping = False
    refused: BaseException | None = None

    def begin() -> None:
        nonlocal refused
        loop = getattr(_reactor, "_asyncioEventloop", None)
        if loop is not None and not loop.is_running():
            # Startup comes before the loop; main may use what needs a running one, such as asyncio's timeouts.
            _reactor.callLater(0, begin)
            return
        try:
            finished = ensureDeferred(main(_reactor, *argv))
        except BaseException as error:
            refused = error
            stop()
            return
        finished.addErrback(failed).addCallback(lambda _: stop())

    def failed(failure: Failure) -> None:
        nonlocal code
        if failure.check(SystemExit) is not None:
            code = failure.value.code
            return
        from twisted.logger import Logger

        Logger("twisted.internet.task").failure("main function encountered error", failure)
        code = 1

    def stop() -> None:
        # The reactor may not have begun yet.
        _reactor.callWhenRunning(stop_now)

    def stop_now() -> None:
        if not stopping:
            try:
                _reactor.stop()
            except ReactorNotRunning:
                # Somebody else stopped it.
                pass

    def note_shutdown() -> None:
        nonlocal stopping
        stopping = True

    _reactor.addSystemEventTrigger("before", "shutdown", note_shutdown)
    if getattr(_reactor, "_asyncioEventloop", None) is None:
        # There are programs whose main runs the reactor itself, to its end.
        begin()
        if refused is not None:
            raise refused
    else:
        _reactor.callWhenRunning(begin)
    if not stopping:
        _reactor.run()
    if refused is not None:
        raise refused
    sys.exit(code)
