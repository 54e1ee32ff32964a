"""
Transports that keep in memory what is written to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from zope.interface import implementer

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IConsumer, IPushProducer, ITransport, IUDPTransport
from twisted.python.failure import Failure


class StringIOWithoutClosing(BytesIO):
    """A file in memory that can still be read after whoever wrote it has closed it."""

    def close(self) -> None:
        """Do nothing."""


@implementer(ITransport, IConsumer, IPushProducer)
class StringTransport:
    """
    A transport for tests: what is written can be read with `value`, and what is asked of it can be seen.

    Attributes:
        connected: Whether it is; it never ends by itself.
        disconnecting: Whether the end was asked for.
        disconnected: Whether the connection was aborted.
        producer, streaming: The registered producer, and whether it pushes; or `None`.
        producerState: Of the transport as a producer itself: ``"producing"``, ``"paused"`` or ``"stopped"``.
        hostAddr, peerAddr: What `getHost` and `getPeer` give, if set.
        io: The file that keeps what is written.
    """

    # Any: tests pass what is convenient as addresses and producers.
    disconnecting: bool = False
    disconnected: bool = False
    producer: Any = None
    streaming: bool | None = None
    hostAddr: Any = None
    peerAddr: Any = None
    producerState: str = "producing"

    def __init__(self, hostAddress: Any = None, peerAddress: Any = None, lenient: bool = False) -> None:
        """
        Args:
            hostAddress: Our own address.
            peerAddress: The peer's.
            lenient: Whether it may be paused and resumed after `loseConnection`, as real transports may.
        """
        self.clear()
        if hostAddress is not None:
            self.hostAddr = hostAddress
        if peerAddress is not None:
            self.peerAddr = peerAddress
        self.connected = True
        self._lenient = lenient

    def clear(self) -> None:
        """Forget what was written."""
        self.io = BytesIO()

    def value(self) -> bytes:
        """Return what was written since the last `clear`."""
        return self.io.getvalue()

    def write(self, data: bytes) -> None:
        """Keep bytes. Anything else is a `TypeError`, as real transports have it."""
        if not isinstance(data, bytes):
            raise TypeError(f"Data must be bytes, not {type(data).__name__}")
        self.io.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Keep several pieces."""
        self.io.write(b"".join(data))

    def loseConnection(self) -> None:
        """Note that the end was asked for."""
        self.disconnecting = True

    def abortConnection(self) -> None:
        """Note that the connection is to end at once."""
        self.disconnected = True
        self.loseConnection()

    def getPeer(self) -> Any:
        """Give the peer's address."""
        return IPv4Address("TCP", "192.168.1.1", 54321) if self.peerAddr is None else self.peerAddr

    def getHost(self) -> Any:
        """Give our own address."""
        return IPv4Address("TCP", "10.0.0.1", 12345) if self.hostAddr is None else self.hostAddr

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Note a producer. There can be one: another is a `RuntimeError`."""
        if self.producer is not None:
            raise RuntimeError("Cannot register two producers")
        self.producer = producer
        self.streaming = streaming

    def unregisterProducer(self) -> None:
        """Forget the producer. It is a `RuntimeError` if there is none."""
        if self.producer is None:
            raise RuntimeError("Cannot unregister a producer unless one is registered")
        self.producer = None
        self.streaming = None

    def _check_producing(self) -> None:
        if self.disconnecting and not self._lenient:
            raise RuntimeError("Cannot resume producing after loseConnection")
        if self.producerState == "stopped":
            raise RuntimeError("Cannot resume a stopped producer")

    def pauseProducing(self) -> None:
        """Note that no data are wanted."""
        self._check_producing()
        self.producerState = "paused"

    def resumeProducing(self) -> None:
        """Note that data are wanted again."""
        self._check_producing()
        self.producerState = "producing"

    def stopProducing(self) -> None:
        """Note that no data will be wanted any more."""
        self.producerState = "stopped"


class StringTransportWithDisconnection(StringTransport):
    """
    A transport for tests that tells its protocol when the connection ends.

    Attributes:
        protocol: The protocol to tell; set it yourself.
    """

    protocol: Any  # Any: IProtocol, or what a test has instead.

    def loseConnection(self) -> None:
        """End the connection, once."""
        if self.connected:
            self.connected = False
            self.protocol.connectionLost(Failure(ConnectionDone("Bye.")))


@implementer(IUDPTransport)
class FakeDatagramTransport:
    """
    A datagram port for tests.

    Attributes:
        written: A pair for each datagram sent: what, and where to.
        noAddr: Stands for the address where none was given.
    """

    noAddr = object()

    def __init__(self) -> None:
        self.written: list[tuple[bytes, Any]] = []  # Any: an address, or noAddr.
        self.peer: tuple[str, int] | None = None
        self.listening = True
        self._broadcast = False

    def write(self, packet: bytes, addr: Any = noAddr) -> None:
        """Keep a datagram."""
        self.written.append((packet, addr))

    def connect(self, host: str, port: int) -> None:
        """Note the one peer."""
        self.peer = (host, port)

    def getHost(self) -> IPv4Address:
        """Give an address of our own."""
        return IPv4Address("UDP", "10.0.0.1", 12345)

    def stopListening(self) -> None:
        """Note that the port is closed."""
        self.listening = False

    def getBroadcastAllowed(self) -> bool:
        """Tell whether broadcasts are allowed."""
        return self._broadcast

    def setBroadcastAllowed(self, enabled: bool) -> None:
        """Allow broadcasts, or do not."""
        self._broadcast = enabled
