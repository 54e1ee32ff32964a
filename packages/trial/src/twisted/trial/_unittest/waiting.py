"""
Waiting for a Deferred: the reactor runs until it fires.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

_T = TypeVar("_T")

#: What can wait for a Deferred, whatever it fires with, while the reactor is run by somebody else.
others_who_wait: list[Callable[[Deferred[Any]], object]] = []


def loaded_reactor() -> Any:  # Any: a reactor of any kind
    """Give the process's reactor, or `None` if nothing has asked for it yet."""
    return sys.modules.get("twisted.internet.reactor")


def process_reactor() -> Any:
    """Give the process's reactor."""
    from twisted.internet import reactor

    return reactor


def wait_for(deferred: Deferred[Any]) -> None:
    """
    Run the process's reactor until *deferred* fires, whatever with.

    Raises:
        KeyboardInterrupt: Something else stopped the reactor: somebody at the keyboard most likely.
        RuntimeError: The reactor runs already, and who runs it cannot wait for us.
    """
    fired = False
    waits = False
    reactor: Any = None

    def note(_: object) -> None:
        nonlocal fired
        fired = True
        if waits:
            reactor.crash()

    deferred.addBoth(note)
    if fired:
        return
    reactor = process_reactor()
    if reactor.running:
        for wait in others_who_wait:
            wait(deferred)
            return
        raise RuntimeError("cannot wait for a Deferred here: the reactor runs already")
    waits = True
    reactor.run(installSignalHandlers=threading.current_thread() is threading.main_thread())
    waits = False
    if not fired:
        raise KeyboardInterrupt


def drive(steps: Generator[Deferred[None], None, _T]) -> _T:
    """
    Go on with *steps* whenever the Deferred fires that they have yielded, and give what they return.

    It is done here and now as long as they yield nothing, and in the process's reactor from then on.

    Raises:
        KeyboardInterrupt: Something else stopped the reactor. The steps are closed.
    """
    try:
        # Most tests wait for nothing, and then cost nothing more.
        first = next(steps)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # which is what they return
    return _drive_on(steps, first)


def _drive_on(steps: Generator[Deferred[None], None, _T], first: Deferred[None]) -> _T:
    """Go on with *steps*, which wait for *first*."""
    returned: list[_T] = []
    raised: list[Failure] = []
    ended: Deferred[None] = Deferred()

    def go_on(_: object) -> None:
        try:
            awaited = next(steps)
        except StopIteration as end:
            returned.append(end.value)
        except BaseException:
            raised.append(Failure())
        else:
            awaited.addCallback(go_on)
            return
        ended.callback(None)

    first.addCallback(go_on)
    if not ended.called:
        try:
            wait_for(ended)
        except BaseException:
            steps.close()
            raise
    for failure in raised:
        failure.raiseException()
    return returned[0]
