"""
What reactors share: the two usual ends of a connection, and being the process's default.
"""

from __future__ import annotations

import sys
from typing import Any

from twisted.internet import error

__all__ = ["CONNECTION_DONE", "CONNECTION_LOST", "installReactor"]

# Returned by doRead and doWrite, and carried by the Failure that connectionLost is called with.
CONNECTION_DONE = error.ConnectionDone("Connection done")
CONNECTION_LOST = error.ConnectionLost("Connection lost")


def installReactor(reactor: Any) -> None:  # Any: reactors of every origin are installed
    """
    Make a reactor the default of this process: what ``from twisted.internet import reactor`` gives.

    Raises:
        ReactorAlreadyInstalledError: There is a default already.
    """
    import twisted.internet

    if "twisted.internet.reactor" in sys.modules:
        raise error.ReactorAlreadyInstalledError("reactor already installed")
    # The entry is the reactor itself: an attribute of it is looked up as on any object.
    sys.modules["twisted.internet.reactor"] = reactor
    vars(twisted.internet)["reactor"] = reactor
