"""What observers are."""

from __future__ import annotations

from typing import Any, Dict  # noqa: UP035  (see below)

from zope.interface import Interface

#: An event is a dictionary. Any: programs log whatever they like. Keys that begin with ``log_`` are ours.
LogEvent = Dict[str, Any]  # noqa: UP006 (the name programs compare with is typing's)


class ILogObserver(Interface):
    """Whatever can be called with an event."""

    def __call__(event: LogEvent) -> None:
        """
        Note *event*.

        Several observers share the one dictionary: it may be added to, but nothing in it may be changed. Whoever
        raises is reported to the others, and gets the next event all the same.
        """
