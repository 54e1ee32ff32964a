"""
What a test has left in the reactor: calls that are to come, sockets that are open, threads that wait for work.
"""

from __future__ import annotations

from typing import Any

from twisted.python.failure import Failure
from twisted.trial.util import DirtyReactorAggregateError


def cancel_calls(reactor: Any) -> Failure | None:  # Any: a reactor of any kind
    """
    Cancel the delayed calls of a reactor.

    Those that are due, and those that they make which are due at once, are made before.

    Returns:
        A `DirtyReactorAggregateError` that describes them, or `None` if there were none.
    """
    # Closing a socket takes a turn, and what was waiting for it may want another.
    reactor.iterate(0)
    reactor.iterate(0)
    described: list[str] = []
    for call in reactor.getDelayedCalls():
        if call.active():
            described.append(str(call))
            call.cancel()
    return Failure(DirtyReactorAggregateError(described)) if described else None


def drop_selectables(reactor: Any) -> Failure | None:
    """
    Make a reactor forget what it watches, kill the processes it runs, and end its threads.

    Returns:
        A `DirtyReactorAggregateError` that describes what was still open, or `None` if nothing was.
    """
    described: list[str] = []
    for selectable in reactor.removeAll():
        described.append(repr(selectable))
        signal = getattr(selectable, "signalProcess", None)
        if signal is not None:
            _kill(signal)
    if getattr(reactor, "threadpool", None) is not None:
        reactor._stopThreadPool()
    return Failure(DirtyReactorAggregateError([], described)) if described else None


def _kill(signal: Any) -> None:
    from twisted.internet.error import ProcessExitedAlready

    try:
        signal("KILL")
    except ProcessExitedAlready:
        return
