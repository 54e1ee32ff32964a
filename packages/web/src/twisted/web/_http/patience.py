"""
How long a client may take.
"""

from __future__ import annotations

from math import inf
from typing import Any

from twisted.protocols.policies import TimeoutMixin
from twisted.web._http.connections import Connection


class PatientConnection(Connection, TimeoutMixin):
    """
    A connection that ends when nothing happens.

    Deadlines are looked after by the factory's watch, all of them by one timer; without one, by a timer of each.

    Attributes:
        abortTimeout: See `HTTPChannel.abortTimeout`.
    """

    abortTimeout: float = 15
    connected: int

    # When our time is up, and when the watch looks at us.
    _watch: Any = None
    _deadline = inf
    _looked_at = inf
    _aborting = False

    def setTimeout(self, period: float | None) -> float | None:
        """Set how long nothing may happen, and begin to wait. See `TimeoutMixin.setTimeout`."""
        watch = self._watch
        if watch is None:
            return super().setTimeout(period)
        before, self.timeOut = self.timeOut, period
        self._wait(period)
        return before

    def resetTimeout(self) -> None:
        """Begin to wait anew."""
        if self._watch is None:
            super().resetTimeout()
        else:
            self._wait(self.timeOut)

    def _wait(self, period: float | None) -> None:
        if period is None:
            self._deadline = inf
            return
        self._deadline = deadline = self._watch.seconds() + period
        if deadline < self._looked_at:
            self._watch.attend(self)

    def _wait_no_more(self) -> None:
        """Somebody of this side has to do something now."""
        if self._watch is None:
            self.timeOut = super().setTimeout(None)
        else:
            self._deadline = inf

    def _wait_again(self) -> None:
        """The client has to do something now."""
        timeout = self.timeOut
        if timeout is None:
            return
        watch = self._watch
        if watch is None:
            super().setTimeout(timeout)
            return
        self._deadline = deadline = watch.seconds() + timeout
        if deadline < self._looked_at:
            watch.attend(self)

    def _deadline_passed(self) -> None:
        if self._aborting:
            self.forceAbortClient()
        else:
            self.timeoutConnection()

    def _abort_later(self) -> None:
        period = self.abortTimeout
        if period is None or self.transport is None:
            return
        self._aborting = True
        if self._watch is not None:
            self._wait(period)
        else:
            self._time_to_abort = self.callLater(period, self._abort_if_there)

    def _abort_if_there(self) -> None:
        if self.connected and self.transport is not None:
            self.forceAbortClient()
