"""
Descriptors that a reactor reads from and writes to: what streams of every kind have in common.
"""

from __future__ import annotations

from collections.abc import Iterable
from socket import AF_INET, AF_INET6, inet_pton
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import main
from twisted.internet.interfaces import (
    IConsumer,
    IHalfCloseableDescriptor,
    ILoggingContext,
    IPushProducer,
    IReadWriteDescriptor,
    ITransport,
)

if TYPE_CHECKING:
    from twisted.internet import interfaces
    from twisted.python.failure import Failure

__all__ = ["FileDescriptor", "isIPAddress", "isIPv6Address"]


def _refuse_other_than_bytes(data: object) -> None:
    if not isinstance(data, bytes):
        raise TypeError(f"Data must be bytes, not {type(data).__name__}")


def _usual_reactor() -> Any:  # Any: reactors offer more than one interface
    from twisted.internet._reactor.choice import current_reactor

    return current_reactor()


@implementer(
    IPushProducer,
    IReadWriteDescriptor,
    IConsumer,
    ITransport,
    IHalfCloseableDescriptor,
    ILoggingContext,
)
class FileDescriptor:
    """
    A stream over a descriptor: buffering, producers, closing in both directions.

    A subclass gives `fileno`, `doRead` and `writeSomeData`.

    Attributes:
        connected, disconnected: Whether it is connected, or was.
        disconnecting: Whether it will be closed once everything is sent.
        producer: Who writes to this, or `None`.
        streamingProducer: Whether that is a push producer.
        producerPaused: Whether that was paused.
        bufferSize: With so many bytes unsent, a push producer is paused.
        SEND_LIMIT: How many bytes are handed to the operating system at once.
    """

    connected = 0
    disconnected = 0
    disconnecting = 0

    _writeDisconnecting = False
    _writeDisconnected = False

    # The unsent bytes are `dataBuffer` from `offset` on, and then what waits in `_pieces`.
    dataBuffer = b""
    offset = 0
    SEND_LIMIT = 128 * 1024

    producer: Any = None  # Any: whoever registers, with or without the interfaces
    producerPaused = False
    streamingProducer = False
    bufferSize = 2**2**2**2

    def __init__(self, reactor: interfaces.IReactorFDSet | None = None) -> None:
        # Any: reactors offer more than one interface
        self.reactor: Any = _usual_reactor() if reactor is None else reactor
        self._pieces: list[bytes] = []
        self._unsent = 0

    def connectionLost(self, reason: Failure) -> None:
        """Stop everything; a producer is told to stop too. Subclasses close what they have."""
        self.disconnected = 1
        self.connected = 0
        if self.producer is not None:
            self.producer.stopProducing()
            self.producer = None
        self.stopReading()
        self.stopWriting()
        self.reactor.removeReader(self)
        self.reactor.removeWriter(self)

    def writeSomeData(self, data: bytes) -> int | BaseException:
        """
        Write as much as can be written without blocking.

        Returns:
            How many bytes were written, or an exception that ends the connection.
        """
        raise NotImplementedError(f"{type(self).__module__}.{type(self).__qualname__} does not implement writeSomeData")

    def doRead(self) -> Failure | None:
        """Called when there is something to read."""
        raise NotImplementedError(f"{type(self).__module__}.{type(self).__qualname__} does not implement doRead")

    def doWrite(self) -> Any:  # Any: None, or what ends the connection
        """
        Write what is there to be written; called when the descriptor has room.

        Returns:
            `None`, or the exception that ends the connection.
        """
        if len(self.dataBuffer) - self.offset < self.SEND_LIMIT:
            # A little is left: what has come meanwhile goes out with it.
            self.dataBuffer = b"".join([self.dataBuffer[self.offset :], *self._pieces])
            self.offset = 0
            self._pieces = []
            self._unsent = 0
        # A large rest is passed as a view: sending in steps must not copy what is left each time.
        left: Any = self.dataBuffer
        if self.offset:
            left = memoryview(left)[self.offset : self.offset + self.SEND_LIMIT]
        elif len(left) > self.SEND_LIMIT:
            left = memoryview(left)[: self.SEND_LIMIT]
        written = self.writeSomeData(left)
        if isinstance(written, BaseException) or written < 0:
            return written
        self.offset += written
        if self.offset == len(self.dataBuffer) and not self._unsent:
            self.dataBuffer = b""
            self.offset = 0
            return self._sent()
        return None

    def _sent(self) -> Any:  # Any: None, or what ends the connection
        """Everything is sent: have more produced, or do what waited for this."""
        self.stopWriting()
        if self.producer is not None and (not self.streamingProducer or self.producerPaused):
            self.producerPaused = False
            self.producer.resumeProducing()
        elif self.disconnecting:
            return self._postLoseConnection()
        elif self._writeDisconnecting:
            self._writeDisconnected = True
            return self._closeWriteConnection()
        return None

    def writeConnectionLost(self, reason: Failure) -> None:
        """Nothing more can be written."""
        self.connectionLost(reason)

    def readConnectionLost(self, reason: Failure) -> None:
        """Nothing more will be read."""
        self.connectionLost(reason)

    def getHost(self) -> Any:
        """Give this side's address, if the subclass knows it."""
        raise NotImplementedError(f"{type(self).__qualname__} does not know its own address")

    def getPeer(self) -> Any:
        """Give the other side's address, if the subclass knows it."""
        raise NotImplementedError(f"{type(self).__qualname__} does not know its peer's address")

    def _postLoseConnection(self) -> Any:
        # What ends the connection when it was to be closed and everything is sent.
        return main.CONNECTION_DONE

    def _closeWriteConnection(self) -> Any:
        # Subclasses that can close one direction do.
        return None

    def _pause_if_full(self) -> None:
        if (
            self.producer is not None
            and self.streamingProducer
            and len(self.dataBuffer) - self.offset + self._unsent > self.bufferSize
        ):
            self.producerPaused = True
            self.producer.pauseProducing()

    def write(self, data: bytes) -> None:
        """
        Send bytes, in the order they are written.

        Raises:
            TypeError: *data* is not bytes.
        """
        _refuse_other_than_bytes(data)
        if not self.connected or self._writeDisconnected:
            return
        if data:
            self._pieces.append(data)
            self._unsent += len(data)
            self._pause_if_full()
            self.startWriting()

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send several pieces, in order."""
        pieces = list(iovec)
        for piece in pieces:
            _refuse_other_than_bytes(piece)
        if not self.connected or not pieces or self._writeDisconnected:
            return
        self._pieces += pieces
        self._unsent += sum(map(len, pieces))
        self._pause_if_full()
        self.startWriting()

    def loseConnection(self, _connDone: Any = main.CONNECTION_DONE) -> None:
        """Close the connection, once everything is sent and the producer, if there is one, has finished."""
        if self.connected and not self.disconnecting:
            if self._writeDisconnected:
                # There is nothing left to send, ever.
                self.stopReading()
                self.stopWriting()
                self.reactor.callLater(0, self._lost_by_us, _connDone)
            else:
                self.stopReading()
                self.disconnecting = 1
                self.startWriting()

    def _lost_by_us(self, why: BaseException) -> None:
        from twisted.python.failure import Failure

        if self.connected:
            self.connectionLost(Failure(why))

    def loseWriteConnection(self) -> None:
        """Close the sending direction, once everything is sent."""
        self._writeDisconnecting = True
        self.startWriting()

    def stopReading(self) -> None:
        """Do not read for now."""
        self.reactor.removeReader(self)

    def stopWriting(self) -> None:
        """Do not write for now."""
        self.reactor.removeWriter(self)

    def startReading(self) -> None:
        """Read when there is something."""
        self.reactor.addReader(self)

    def startWriting(self) -> None:
        """Write when there is room."""
        self.reactor.addWriter(self)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Say who writes to this.

        Args:
            producer: An `IPushProducer`, or an `IPullProducer`, which is asked for data at once.
            streaming: Whether it is the former.

        Raises:
            RuntimeError: Somebody writes already.
        """
        if self.producer is not None:
            raise RuntimeError(
                f"Cannot register producer {producer}, because producer {self.producer} was never unregistered."
            )
        if self.disconnected:
            producer.stopProducing()
        else:
            self.producer = producer
            self.streamingProducer = streaming
            if not streaming:
                producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """Nobody writes to this any more; if it was to be closed, it is now."""
        self.producer = None
        if self.connected and self.disconnecting:
            self.startWriting()

    def stopConsuming(self) -> None:
        """Stop the producer, and close."""
        self.unregisterProducer()
        self.loseConnection()

    def resumeProducing(self) -> None:
        """Read on: this is a producer for whoever takes what is read."""
        if self.connected and not self.disconnecting:
            self.startReading()

    def pauseProducing(self) -> None:
        """Read nothing for now."""
        self.stopReading()

    def stopProducing(self) -> None:
        """Read nothing ever again: close."""
        self.loseConnection()

    def fileno(self) -> int:
        """Give the descriptor's number; -1 when there is none."""
        return -1

    def logPrefix(self) -> str:
        """Give what log events of this say they come from."""
        return "-"

    def _getLogPrefix(self, applicationObject: object) -> str:
        # What a protocol, or a factory, wants to be called.
        if ILoggingContext.providedBy(applicationObject):
            return str(applicationObject.logPrefix())
        return type(applicationObject).__name__


def isIPAddress(addr: str | bytes, family: int = AF_INET) -> bool:
    """
    Tell whether a text is an IP address.

    Args:
        addr: The text.
        family: ``AF_INET`` for dotted decimal addresses, ``AF_INET6`` for IPv6, which may end in a scope.
    """
    if isinstance(addr, bytes):
        try:
            addr = addr.decode("ascii")
        except UnicodeDecodeError:
            return False
    if family == AF_INET6:
        addr = addr.split("%", 1)[0]
    elif family == AF_INET:
        if addr.count(".") != 3:
            return False
    else:
        raise ValueError(f"unknown address family {family!r}")
    try:
        inet_pton(family, addr)
    except (ValueError, OSError):
        return False
    return True


def isIPv6Address(addr: str) -> bool:
    """Tell whether a text is an IPv6 address, with or without a scope."""
    return isIPAddress(addr, AF_INET6)
