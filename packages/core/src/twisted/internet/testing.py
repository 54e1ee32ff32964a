"""
What tests of network programs need: transports and reactors in memory, and protocols that keep what they receive.

`StringTransport` stands for a connection, `MemoryReactorClock` for the reactor and its time. Nothing here opens a
socket, and no test framework is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from zope.interface import implementer

from twisted.internet._testing.protocols import AccumulatingProtocol, LineSendingProtocol, NonStreamingProducer
from twisted.internet._testing.reactors import (
    MemoryReactor,
    MemoryReactorClock,
    RaisingMemoryReactor,
    _FakeConnector,
    _FakePort,
)
from twisted.internet._testing.reactors import SynchronousResolver as SynchronousResolver
from twisted.internet._testing.transports import (
    FakeDatagramTransport,
    StringIOWithoutClosing,
    StringTransport,
    StringTransportWithDisconnection,
)
from twisted.logger import ILogObserver
from twisted.python._facade import publish

if TYPE_CHECKING:
    from typing_extensions import Self

    from twisted.internet.defer import Deferred
    from twisted.logger import LogEvent, LogPublisher

__all__ = [
    "AccumulatingProtocol",
    "EventLoggingObserver",
    "FakeDatagramTransport",
    "LineSendingProtocol",
    "MemoryReactor",
    "MemoryReactorClock",
    "NonStreamingProducer",
    "RaisingMemoryReactor",
    "StringIOWithoutClosing",
    "StringTransport",
    "StringTransportWithDisconnection",
    "_FakeConnector",
    "_FakePort",
    "waitUntilAllDisconnected",
]


def waitUntilAllDisconnected(reactor: Any, protocols: Sequence[Any]) -> Deferred[None]:
    """
    Wait until each protocol's transport says that it is not connected.

    Args:
        reactor: What tells the time: an `IReactorTime`. (Any, like the protocols: only this much is asked of them.)
        protocols: The protocols; they are looked at a hundred times a second.
    """
    from twisted.internet.task import LoopingCall

    def look() -> None:
        if not any(protocol.transport.connected for protocol in protocols):
            looking.stop()

    looking = LoopingCall(look)
    looking.clock = reactor
    return looking.start(0.01, now=True).addCallback(lambda _: None)


@implementer(ILogObserver)
class EventLoggingObserver(Sequence["LogEvent"]):
    """A log observer that keeps events, as a sequence of them."""

    def __init__(self) -> None:
        self._events: list[LogEvent] = []

    def __call__(self, event: LogEvent) -> None:
        self._events.append(event)

    @overload
    def __getitem__(self, index: int) -> LogEvent: ...

    @overload
    def __getitem__(self, index: slice) -> list[LogEvent]: ...

    def __getitem__(self, index: int | slice) -> LogEvent | list[LogEvent]:
        return self._events[index]

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[LogEvent]:
        return iter(self._events)

    @classmethod
    def createWithCleanup(cls, testInstance: Any, publisher: LogPublisher) -> Self:
        """
        Make one that observes a publisher until a test ends.

        Args:
            testInstance: The test case: anything with ``addCleanup``.
            publisher: What to observe.
        """
        observer = cls()
        publisher.addObserver(observer)
        testInstance.addCleanup(lambda: publisher.removeObserver(observer))
        return observer


publish(__name__, [*__all__, "SynchronousResolver"])
