"""
Limits to how many connect, and to how much they transfer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.protocol import ServerFactory
from twisted.protocols._policies.wrapping import ProtocolWrapper, WrappingFactory


def default_reactor() -> Any:
    """Give the process's reactor, at the moment of use."""
    from twisted.internet import reactor

    return reactor


def note(text: str, **values: object) -> None:
    """Log what a policy does."""
    from twisted.logger import Logger

    Logger("twisted.protocols.policies").info(text, **values)


class ThrottlingProtocol(ProtocolWrapper):
    """
    Counts what it transfers for its `ThrottlingFactory`, and is held up by it.

    Attributes:
        producer: The registered producer, held up when too much is written.
    """

    producer: Any = None

    def write(self, data: bytes) -> None:
        """Count and send."""
        self.factory.registerWritten(len(data))
        super().write(data)

    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Count and send."""
        pieces = list(seq)
        self.factory.registerWritten(sum(map(len, pieces)))
        super().writeSequence(pieces)

    def dataReceived(self, data: bytes) -> None:
        """Count and hand on."""
        self.factory.registerRead(len(data))
        super().dataReceived(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let a producer write."""
        self.producer = producer
        super().registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """Let no producer write any more."""
        self.producer = None
        super().unregisterProducer()

    def throttleReads(self) -> None:
        """Stop reading."""
        self.transport.pauseProducing()

    def unthrottleReads(self) -> None:
        """Read again."""
        self.transport.resumeProducing()

    def throttleWrites(self) -> None:
        """Hold up the producer. What is written without one is sent: its writer cannot be held up."""
        if self.producer is not None:
            self.producer.pauseProducing()

    def unthrottleWrites(self) -> None:
        """Let the producer write again."""
        if self.producer is not None:
            self.producer.resumeProducing()


class ThrottlingFactory(WrappingFactory):
    """
    Limits how many connections there are, and how many bytes they transfer a second, all together.

    When a second brings more than allowed, reading (or the producers) pauses until the average is right again.

    Attributes:
        maxConnectionCount: How many connections there may be.
        readLimit, writeLimit: How many bytes a second, each way; `None` for any number.
        connectionCount: How many connections there are.
        readThisSecond, writtenThisSecond: What has been transferred since it was last looked at.
    """

    protocol: Any = ThrottlingProtocol

    def __init__(
        self,
        wrappedFactory: Any,
        maxConnectionCount: int = sys.maxsize,
        readLimit: int | None = None,
        writeLimit: int | None = None,
    ) -> None:
        super().__init__(wrappedFactory)
        self.connectionCount = 0
        self.maxConnectionCount = maxConnectionCount
        self.readLimit = readLimit
        self.writeLimit = writeLimit
        self.readThisSecond = 0
        self.writtenThisSecond = 0
        self.unthrottleReadsID: Any = None
        self.checkReadBandwidthID: Any = None
        self.unthrottleWritesID: Any = None
        self.checkWriteBandwidthID: Any = None

    def callLater(self, period: float, func: Callable[[], Any]) -> Any:
        """Hook: make a call later. For tests with a clock of their own."""
        return default_reactor().callLater(period, func)

    def registerWritten(self, length: int) -> None:
        """Called by a connection that writes."""
        self.writtenThisSecond += length

    def registerRead(self, length: int) -> None:
        """Called by a connection that reads."""
        self.readThisSecond += length

    def checkReadBandwidth(self) -> None:
        """See, once a second, whether too much was read."""
        assert self.readLimit is not None
        if self.readThisSecond > self.readLimit:
            self.throttleReads()
            pause = self.readThisSecond / self.readLimit - 1.0
            self.unthrottleReadsID = self.callLater(pause, self.unthrottleReads)
        self.readThisSecond = 0
        self.checkReadBandwidthID = self.callLater(1, self.checkReadBandwidth)

    def checkWriteBandwidth(self) -> None:
        """See, once a second, whether too much was written."""
        assert self.writeLimit is not None
        if self.writtenThisSecond > self.writeLimit:
            self.throttleWrites()
            pause = self.writtenThisSecond / self.writeLimit - 1.0
            self.unthrottleWritesID = self.callLater(pause, self.unthrottleWrites)
        self.writtenThisSecond = 0
        self.checkWriteBandwidthID = self.callLater(1, self.checkWriteBandwidth)

    def throttleReads(self) -> None:
        """Stop reading from all."""
        note("Throttling reads on {factory}", factory=self)
        for protocol in list(self.protocols):
            protocol.throttleReads()

    def unthrottleReads(self) -> None:
        """Read from all again."""
        self.unthrottleReadsID = None
        note("Stopped throttling reads on {factory}", factory=self)
        for protocol in list(self.protocols):
            protocol.unthrottleReads()

    def throttleWrites(self) -> None:
        """Hold up all producers."""
        note("Throttling writes on {factory}", factory=self)
        for protocol in list(self.protocols):
            protocol.throttleWrites()

    def unthrottleWrites(self) -> None:
        """Let all producers write again."""
        self.unthrottleWritesID = None
        note("Stopped throttling writes on {factory}", factory=self)
        for protocol in list(self.protocols):
            protocol.unthrottleWrites()

    def buildProtocol(self, addr: Any) -> Any:
        """Make a protocol, unless there are too many connections. The first one starts the counting."""
        if self.connectionCount >= self.maxConnectionCount:
            note("Max connection count reached!")
            return None
        protocol = super().buildProtocol(addr)
        if protocol is None:
            return None
        if self.connectionCount == 0:
            if self.readLimit is not None:
                self.checkReadBandwidthID = self.callLater(1, self.checkReadBandwidth)
            if self.writeLimit is not None:
                self.checkWriteBandwidthID = self.callLater(1, self.checkWriteBandwidth)
        self.connectionCount += 1
        return protocol

    def unregisterProtocol(self, p: Any) -> None:
        """Called by a connection that has ended. The last one ends the counting."""
        super().unregisterProtocol(p)
        self.connectionCount -= 1
        if self.connectionCount == 0:
            for name in ("unthrottleReadsID", "checkReadBandwidthID", "unthrottleWritesID", "checkWriteBandwidthID"):
                call = getattr(self, name)
                setattr(self, name, None)
                if call is not None:
                    call.cancel()


def _host_of(address: Any) -> Any:
    """Tell the host of an address; of a tuple, its first part; of what has none, the address itself."""
    if isinstance(address, tuple):
        return address[0]
    return getattr(address, "host", address)


class LimitConnectionsByPeer(WrappingFactory):
    """
    Limits how many connections one host may have.

    Attributes:
        maxConnectionsPerPeer: How many.
        peerConnections: How many each host has, by its address.
    """

    maxConnectionsPerPeer: int = 5

    def __init__(self, wrappedFactory: Any) -> None:
        super().__init__(wrappedFactory)
        self.peerConnections: dict[Any, int] = {}

    def startFactory(self) -> None:
        """Begin with no connections."""
        self.peerConnections = {}

    def buildProtocol(self, addr: Any) -> Any:
        """Make a protocol, unless the peer's host has enough."""
        host = _host_of(addr)
        count = self.peerConnections.get(host, 0)
        if count >= self.maxConnectionsPerPeer:
            return None
        protocol = super().buildProtocol(addr)
        if protocol is not None:
            self.peerConnections[host] = count + 1
            # The transport may not know its peer any more when it ends.
            protocol._counted_host = host
        return protocol

    def unregisterProtocol(self, p: Any) -> None:
        """Called by a connection that has ended."""
        super().unregisterProtocol(p)
        host = p._counted_host
        # The factory may have been started anew since.
        left = self.peerConnections.get(host, 1) - 1
        if left > 0:
            self.peerConnections[host] = left
        else:
            self.peerConnections.pop(host, None)


class LimitTotalConnectionsFactory(ServerFactory[Any]):
    """
    Limits how many connections there are.

    Attributes:
        connectionLimit: How many; `None` for any number.
        overflowProtocol: What makes the protocol of those who are too many, to tell them; or `None`, to hang up.
        connectionCount: How many there are.
    """

    connectionCount: int = 0
    connectionLimit: int | None = None
    overflowProtocol: Any = None

    def buildProtocol(self, addr: Any) -> Any:
        """Make a protocol, wrapped so that its end is noticed."""
        if self.connectionLimit is None or self.connectionCount < self.connectionLimit:
            wrapped = self.protocol() if self.protocol is not None else None
        elif self.overflowProtocol is not None:
            wrapped = self.overflowProtocol()
        else:
            return None
        assert wrapped is not None, f"{self!r} has no protocol to make: set its protocol"
        wrapped.factory = self
        protocol = ProtocolWrapper(self, wrapped)
        self.connectionCount += 1
        return protocol

    def registerProtocol(self, p: Any) -> None:
        """Called by a connection that is made. It was counted already."""

    def unregisterProtocol(self, p: Any) -> None:
        """Called by a connection that has ended."""
        self.connectionCount -= 1
