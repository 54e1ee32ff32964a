"""
Waiting for a Deferred: the reactor runs until it fires.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred


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
        RuntimeError: The reactor runs already.
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
        raise RuntimeError("cannot wait for a Deferred here: the reactor runs already")
    waits = True
    reactor.run(installSignalHandlers=threading.current_thread() is threading.main_thread())
    waits = False
    if not fired:
        raise KeyboardInterrupt
