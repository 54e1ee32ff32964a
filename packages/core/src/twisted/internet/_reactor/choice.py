"""
Which reactor is meant where none is named.
"""

from __future__ import annotations

from threading import get_ident
from typing import Any

from twisted.logger._origin import running


def current_reactor() -> Any:  # Any: reactors offer what their kind has
    """Give the reactor that runs in this thread, else the process's default."""
    here = running.get(get_ident())
    if here is not None:
        return here
    from twisted.internet import reactor

    return reactor
