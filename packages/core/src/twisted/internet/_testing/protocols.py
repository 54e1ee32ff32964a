"""
Protocols and producers that keep what happens to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import Protocol
from twisted.protocols.basic import LineReceiver

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred


class AccumulatingProtocol(Protocol):
    """
    Keeps what it receives.

    Its factory may have a Deferred as ``protocolConnectionMade``, which then gets the protocol.

    Attributes:
        made: Whether the connection was made.
        data: All that was received.
        closed, closedReason: Whether the connection has ended, and why.
        closedDeferred: Fires at the end, if set.
    """

    made: int = 0
    closed: int = 0
    closedReason: Any = None  # Any: a Failure, mostly.
    closedDeferred: Deferred[None] | None = None
    data: bytes = b""
    factory: Any = None  # Any: of any kind, with or without protocolConnectionMade.

    def connectionMade(self) -> None:
        """Note it, and tell the factory's Deferred."""
        self.made = 1
        waiting = getattr(self.factory, "protocolConnectionMade", None)
        if waiting is not None:
            self.factory.protocolConnectionMade = None
            waiting.callback(self)

    def dataReceived(self, data: bytes) -> None:
        """Keep data."""
        self.data += data

    def connectionLost(self, reason: Any = None) -> None:
        """Note it, and fire the Deferred."""
        self.closed = 1
        self.closedReason = reason
        if self.closedDeferred is not None:
            waiting, self.closedDeferred = self.closedDeferred, None
            waiting.callback(None)


class LineSendingProtocol(LineReceiver):
    """
    Sends lines, and keeps the lines that come.

    Attributes:
        lines: What to send.
        start: Whether to send them at once; otherwise once the peer has said something.
        response: What came.
        lostConn: Whether the connection has ended.
    """

    lostConn: bool = False

    def __init__(self, lines: list[bytes], start: bool = True) -> None:
        self.lines = lines[:]
        self.response: list[bytes] = []
        self.start = start

    def _send_all(self) -> None:
        for line in self.lines:
            self.sendLine(line)

    def connectionMade(self) -> None:
        """Send the lines, if it is our turn."""
        if self.start:
            self._send_all()

    def lineReceived(self, line: bytes) -> None:
        """Keep a line; the peer's first may be what we waited for."""
        if not self.start:
            self._send_all()
            self.start = True
        self.response.append(line)

    def connectionLost(self, reason: Any = None) -> None:
        """Note it."""
        self.lostConn = True


class NonStreamingProducer:
    """
    A producer to be pulled: writes the digits 0 to 9, one each time, and ends.

    Attributes:
        consumer: Where to; `None` at the end.
        counter: How many were written.
        stopped: Whether the consumer wanted no more.
    """

    counter: int = 0
    stopped: bool = False

    def __init__(self, consumer: Any) -> None:
        self.consumer = consumer
        self.result: Any = None  # Any: a Deferred to fail when stopped, if a test sets one.

    def resumeProducing(self) -> None:
        """Write the next digit, and end after the last."""
        if self.consumer is None or self.counter >= 10:
            raise RuntimeError("BUG: resume after unregister/stop.")
        self.consumer.write(b"%d" % self.counter)
        self.counter += 1
        if self.counter == 10:
            self.consumer.unregisterProducer()
            self._done()

    def _done(self) -> None:
        self.consumer = None
        waiting, self.result = self.result, None
        if waiting is not None:
            waiting.callback(None)

    def pauseProducing(self) -> None:
        """Complain: one who is pulled needs no pause."""
        raise RuntimeError("BUG: pause should never be called.")

    def stopProducing(self) -> None:
        """End."""
        self.stopped = True
        self._done()
