"""
Ending connections on which nothing happens, with one timer for all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, inf
from typing import Any, Protocol

# Connections are looked at in groups, those of a quarter of a second together.
_PER_SECOND = 4


class Watched(Protocol):
    """Something that comes to an end if nothing happens."""

    _deadline: float
    _looked_at: float

    def _deadline_passed(self) -> None: ...


class Watch:
    """
    Looks after connections.

    A connection writes down when its time is up (``_deadline``), as often as it likes; that costs nothing here. It is
    looked at when the time is up that it had when it was looked at last. `attend` is for one that has an earlier time.

    Attributes:
        reactor: Has the timer.
    """

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self.seconds: Callable[[], float] = reactor.seconds
        self.callLater: Callable[..., Any] = reactor.callLater
        self._groups: dict[float, set[Watched]] = {}
        self._timer: Any = None
        self._timer_at = inf

    def attend(self, watched: Watched) -> None:
        """Look at a connection when its time is up, at the latest."""
        self.forget(watched)
        moment = ceil(watched._deadline * _PER_SECOND) / _PER_SECOND
        watched._looked_at = moment
        group = self._groups.get(moment)
        if group is None:
            group = self._groups[moment] = set()
            if moment < self._timer_at:
                self._set_timer(moment)
        group.add(watched)

    def forget(self, watched: Watched) -> None:
        """Look at a connection no more."""
        moment, watched._looked_at = watched._looked_at, inf
        group = self._groups.get(moment)
        if group is not None:
            group.discard(watched)
            if not group:
                del self._groups[moment]
                if not self._groups:
                    self._stop_timer()

    def _set_timer(self, moment: float) -> None:
        self._stop_timer()
        self._timer_at = moment
        self._timer = self.callLater(max(0.0, moment - self.seconds()), self._look)

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        self._timer_at = inf
        if timer is not None and timer.active():
            timer.cancel()

    def _look(self) -> None:
        self._timer = None
        self._timer_at = inf
        now = self.seconds()
        for moment in [moment for moment in self._groups if moment <= now]:
            for watched in self._groups.pop(moment):
                watched._looked_at = inf
                if watched._deadline <= now:
                    watched._deadline_passed()
                elif watched._deadline != inf:
                    self.attend(watched)
        if self._groups:
            first = min(self._groups)
            if first < self._timer_at:
                self._set_timer(first)
