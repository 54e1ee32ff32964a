"""
Ending connections on which nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from twisted.protocols._policies.throttling import default_reactor
from twisted.protocols._policies.wrapping import ProtocolWrapper, WrappingFactory


class TimeoutProtocol(ProtocolWrapper):
    """
    Ends its connection when nothing is sent and nothing comes for a while.

    Attributes:
        timeoutPeriod: For how long, in seconds; `None` for ever.
        timeoutCall: The call that will end it.
    """

    timeoutCall: Any = None

    def __init__(self, factory: Any, wrappedProtocol: Any, timeoutPeriod: float | None) -> None:
        super().__init__(factory, wrappedProtocol)
        self.timeoutPeriod: float | None = None
        self.timeoutCall = None
        self.setTimeout(timeoutPeriod)

    def setTimeout(self, timeoutPeriod: float | None = None) -> None:
        """Set the time and begin to wait; `None` waits no more."""
        self.cancelTimeout()
        self.timeoutPeriod = timeoutPeriod
        if timeoutPeriod is not None:
            self.timeoutCall = self.factory.callLater(timeoutPeriod, self.timeoutFunc)

    def cancelTimeout(self) -> None:
        """Wait no more."""
        self.timeoutPeriod = None
        call, self.timeoutCall = self.timeoutCall, None
        if call is not None and call.active():
            call.cancel()

    def resetTimeout(self) -> None:
        """Begin to wait anew: something happened."""
        # The reactor moves a timer only when it comes up, so this is cheap.
        if self.timeoutCall is not None:
            self.timeoutCall.reset(self.timeoutPeriod)

    def write(self, data: bytes) -> None:
        """Send; something happened."""
        self.resetTimeout()
        super().write(data)

    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Send; something happened."""
        self.resetTimeout()
        super().writeSequence(seq)

    def dataReceived(self, data: bytes) -> None:
        """Hand on; something happened."""
        self.resetTimeout()
        super().dataReceived(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # a wrapper has no reason of its own
        """Wait no more, and hand on."""
        self.cancelTimeout()
        super().connectionLost(reason)

    def timeoutFunc(self) -> None:
        """Hook: nothing happened for the time. Hangs up."""
        self.timeoutCall = None
        self.loseConnection()


class TimeoutFactory(WrappingFactory):
    """
    Ends connections on which nothing happens.

    Attributes:
        timeoutPeriod: For how long, in seconds.
    """

    protocol: Any = TimeoutProtocol

    def __init__(self, wrappedFactory: Any, timeoutPeriod: float = 30 * 60) -> None:
        super().__init__(wrappedFactory)
        self.timeoutPeriod = timeoutPeriod

    def buildProtocol(self, addr: Any) -> Any:
        """Make a protocol that waits."""
        wrapped = self.wrappedFactory.buildProtocol(addr)
        return None if wrapped is None else self.protocol(self, wrapped, timeoutPeriod=self.timeoutPeriod)

    def callLater(self, period: float, func: Callable[[], Any]) -> Any:
        """Hook: make a call later. For tests with a clock of their own."""
        return default_reactor().callLater(period, func)


class TimeoutMixin:
    """
    Ends a protocol's connection when nothing happens on it. Mixed into the protocol, which calls `setTimeout` when it
    begins, `resetTimeout` when something happens, and ``setTimeout(None)`` in ``connectionLost``.

    Attributes:
        timeOut: For how long, in seconds; `None` for ever.
    """

    timeOut: float | None = None
    __call: Any = None

    def callLater(self, period: float, func: Callable[[], Any]) -> Any:
        """Hook: make a call later. For tests with a clock of their own."""
        return default_reactor().callLater(period, func)

    def resetTimeout(self) -> None:
        """Begin to wait anew: something happened."""
        # The reactor moves a timer only when it comes up, so this is cheap.
        if self.__call is not None and self.timeOut is not None:
            self.__call.reset(self.timeOut)

    def setTimeout(self, period: float | None) -> float | None:
        """
        Set the time, and begin to wait.

        Args:
            period: Seconds; `None` waits no more.

        Returns:
            The time that was set before.
        """
        before, self.timeOut = self.timeOut, period
        if self.__call is not None:
            if period is None:
                self.__call.cancel()
                self.__call = None
            else:
                self.__call.reset(period)
        elif period is not None:
            self.__call = self.callLater(period, self.__time_is_up)
        return before

    def __time_is_up(self) -> None:
        self.__call = None
        self.timeoutConnection()

    def timeoutConnection(self) -> None:
        """Hook: nothing happened for the time. Hangs up."""
        self.transport.loseConnection()  # type: ignore[attr-defined]  # from the Protocol it is mixed into
