"""
What a test has left in the reactor: calls that are to come, sockets that are open, threads that wait for work.
"""

from __future__ import annotations

from typing import Any

from twisted.python.failure import Failure
from twisted.trial._unittest.waiting import loaded_reactor
from twisted.trial.util import DirtyReactorAggregateError


class Leftovers:
    """
    Finds what is in the process's reactor and was not there when this was made.

    A reactor that somebody else runs is left alone: what it holds is not ours to judge.
    """

    def __init__(self) -> None:
        self._known_calls: list[Any] = []  # Any, in all of this: calls and descriptors of reactors of any kind
        self._known_selectables: list[Any] = []
        reactor = _idle_reactor()
        if reactor is not None:
            self._known_calls += reactor.getDelayedCalls()
            self._known_selectables += reactor.getReaders()
            self._known_selectables += reactor.getWriters()

    def cancel_calls(self) -> Failure | None:
        """
        Cancel delayed calls.

        Those that are due, and those that they make which are due at once, are made before.

        Returns:
            A `DirtyReactorAggregateError` that describes them, or `None` if there were none.
        """
        reactor = _idle_reactor()
        if reactor is None:
            return None
        # Closing a socket takes a turn, and what was waiting for it may want another.
        reactor.iterate(0)
        reactor.iterate(0)
        described: list[str] = []
        for call in reactor.getDelayedCalls():
            if call.active() and not _is_in(call, self._known_calls):
                described.append(str(call))
                call.cancel()
        return Failure(DirtyReactorAggregateError(described)) if described else None

    def drop_selectables(self) -> Failure | None:
        """
        Have the reactor forget what it watches, kill the processes it runs, and end its threads.

        Returns:
            A `DirtyReactorAggregateError` that describes what was still open, or `None` if nothing was.
        """
        reactor = _idle_reactor()
        if reactor is None:
            return None
        described: list[str] = []
        readers, writers = reactor.getReaders(), reactor.getWriters()
        for selectable in reactor.removeAll():
            if _is_in(selectable, self._known_selectables):
                if _is_in(selectable, readers):
                    reactor.addReader(selectable)
                if _is_in(selectable, writers):
                    reactor.addWriter(selectable)
                continue
            described.append(repr(selectable))
            signal = getattr(selectable, "signalProcess", None)
            if signal is not None:
                _kill(signal)
        if getattr(reactor, "threadpool", None) is not None:
            reactor._stopThreadPool()
        return Failure(DirtyReactorAggregateError([], described)) if described else None


def _idle_reactor() -> Any:
    reactor = loaded_reactor()
    return None if reactor is None or reactor.running else reactor


def _is_in(thing: object, things: list[Any]) -> bool:
    return any(thing is other for other in things)


def _kill(signal: Any) -> None:
    from twisted.internet.error import ProcessExitedAlready

    try:
        signal("KILL")
    except ProcessExitedAlready:
        return
