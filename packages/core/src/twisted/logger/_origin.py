"""
Where what happens right now comes from.

A reactor registers under the thread that it runs in, and keeps in its attribute ``_dispatching`` which transport it is
calling. Whoever makes an event asks here, so that the event can say where it came from; who logs nothing pays for one
attribute and no more.
"""

from __future__ import annotations

from threading import get_ident
from typing import Any

#: The reactor running in each thread, by `threading.get_ident`. Any: reactors are of many kinds.
running: dict[int, Any] = {}


def prefix() -> str | None:
    """Give the log prefix of the transport that this thread's reactor is calling, or `None`."""
    subject = getattr(running.get(get_ident()), "_dispatching", None)
    if subject is None:
        return None
    try:
        return str(subject.logPrefix())
    except Exception:
        return "(buggy logPrefix method)"
