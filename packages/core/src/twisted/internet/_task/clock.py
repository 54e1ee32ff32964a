"""
A clock that stands until it is told to go on: for tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from zope.interface import implementer

from twisted.internet._reactor.delayed import DelayedCall
from twisted.internet.interfaces import IDelayedCall, IReactorTime


@implementer(IReactorTime)
class Clock:
    """
    Tells the time, and calls functions later, as a reactor does; but its time goes on by `advance` alone.

    Attributes:
        rightNow: The time, in seconds.
        calls: The calls that are still to come.
    """

    rightNow = 0.0

    def __init__(self) -> None:
        self.calls: list[DelayedCall] = []

    def seconds(self) -> float:
        """Give the time."""
        return self.rightNow

    def _in_order(self, _: object = None) -> None:
        # Stable: calls of the same time stay in the order they came.
        self.calls.sort(key=DelayedCall.getTime)

    def callLater(self, delay: float, callable: Callable[..., object], *args: object, **kw: object) -> IDelayedCall:
        """Call *callable* when the clock has gone on by *delay* seconds."""
        call = DelayedCall(self.seconds() + delay, callable, args, kw, self.calls.remove, self._in_order, self.seconds)
        self.calls.append(call)
        self._in_order()
        return call

    def getDelayedCalls(self) -> Sequence[IDelayedCall]:
        """Give the calls that are still to come."""
        return self.calls

    def advance(self, amount: float) -> None:
        """Go on by some seconds, and make the calls whose time has come, also those that these calls ask for."""
        self.rightNow += amount
        self._in_order()
        while self.calls and self.calls[0].getTime() <= self.seconds():
            call = self.calls.pop(0)
            call.called = 1
            call.func(*call.args, **call.kw)
            self._in_order()

    def pump(self, timings: Iterable[float]) -> None:
        """Go on by each of these numbers of seconds in turn."""
        for amount in timings:
            self.advance(amount)
