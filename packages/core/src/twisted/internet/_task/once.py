"""
Doing something once: later, or as the whole of a program.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, NoReturn, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

_T = TypeVar("_T")


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
    Run a program: start the reactor, call *main* with it, and exit when its Deferred fires.

    Args:
        main: Called with the reactor and *argv*; it returns a Deferred, or is a coroutine function.
        argv: Further arguments for it.
        _reactor: The reactor, if it is not to be the default one.

    Raises:
        SystemExit: Always: with 0, with 1 if *main* failed, which is logged, or with the code that a `SystemExit` of its
            carries.
    """
    if _reactor is None:
        from twisted.internet import reactor

        _reactor = reactor
    code: Any = 0
    stopping = False

    def failed(failure: Failure) -> None:
        nonlocal code
        if failure.check(SystemExit) is not None:
            code = failure.value.code  # type: ignore[attr-defined]
        elif stopping:
            # Whatever fails while the program ends is not what ended it.
            return
        else:
            from twisted.logger import Logger

            Logger("twisted.internet.task").failure("main function encountered error", failure)
            code = 1

    def stop(_: object) -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            _reactor.stop()

    def note_shutdown() -> None:
        nonlocal stopping
        stopping = True

    running = maybeDeferred(main, _reactor, *argv)
    running.addErrback(failed)
    running.addCallback(lambda _: _reactor.callWhenRunning(stop, None))
    _reactor.addSystemEventTrigger("before", "shutdown", note_shutdown)
    _reactor.run()
    sys.exit(code)
