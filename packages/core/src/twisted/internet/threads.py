"""
Work in other threads, and what comes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet import defer

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    from twisted.internet.interfaces import IReactorFromThreads
    from twisted.python.threadpool import ThreadPool

    _P = ParamSpec("_P")

__all__ = ["blockingCallFromThread", "callMultipleInThread", "deferToThread", "deferToThreadPool"]

_R = TypeVar("_R")


def deferToThreadPool(
    reactor: IReactorFromThreads, threadpool: ThreadPool, f: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs
) -> defer.Deferred[_R]:
    """
    Call a function in a thread of a pool.

    Args:
        reactor: In whose thread the Deferred fires.
        threadpool: The pool.
        f: The function, and what it is called with.

    Returns:
        A Deferred of what the function returns or raises.
    """
    answer: defer.Deferred[_R] = defer.Deferred()

    def tell(worked: bool, result: Any) -> None:
        reactor.callFromThread(answer.callback if worked else answer.errback, result)

    threadpool.callInThreadWithCallback(tell, f, *args, **kwargs)
    return answer


def deferToThread(f: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> defer.Deferred[_R]:
    """Call a function in a thread of the reactor's pool; the Deferred has what it returns or raises."""
    from twisted.internet._reactor.choice import current_reactor

    reactor = current_reactor()
    return deferToThreadPool(reactor, reactor.getThreadPool(), f, *args, **kwargs)


def callMultipleInThread(
    tupleList: Iterable[tuple[Callable[..., object], tuple[Any, ...] | list[Any], dict[str, Any]]],
) -> None:
    """
    Call several functions one after the other in one thread of the reactor's pool.

    Args:
        tupleList: Functions, each with its arguments and keyword arguments.
    """
    from twisted.internet._reactor.choice import current_reactor

    def call_all() -> None:
        for function, args, kwargs in tupleList:
            function(*args, **kwargs)

    current_reactor().callInThread(call_all)


def blockingCallFromThread(
    reactor: IReactorFromThreads,
    f: Callable[_P, _R | defer.Deferred[_R] | Coroutine[Any, Any, _R]],
    *a: _P.args,
    **kw: _P.kwargs,
) -> _R:
    """
    Call a function in the reactor's thread, and wait for what comes of it. Called from any other thread.

    Returns:
        What the function returns, or what its Deferred has.

    Raises:
        Exception: What the function raises, or what its Deferred fails with.
    """
    from queue import Queue

    from twisted.python.failure import Failure

    answers: Queue[Any] = Queue()

    def call() -> None:
        defer.maybeDeferred(f, *a, **kw).addBoth(answers.put)

    reactor.callFromThread(call)
    answer = answers.get()
    if isinstance(answer, Failure):
        answer.raiseException()
    return answer  # type: ignore[no-any-return]
