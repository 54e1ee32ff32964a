"""
Protocols, consumers and files, each in the place of the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

from zope.interface import implementer

from twisted.internet.interfaces import IConsumer, IProtocol, ITransport
from twisted.python import components


@implementer(IConsumer)
class ProtocolToConsumerAdapter(components.Adapter):
    """A protocol that data can be written to: it receives them."""

    def write(self, data: bytes) -> None:
        """Give data to the protocol."""
        self.original.dataReceived(data)

    def registerProducer(self, producer: Any, streaming: Any) -> None:
        """Do nothing: a protocol cannot slow anybody down."""

    def unregisterProducer(self) -> None:
        """Do nothing, for there is no producer."""


@implementer(IProtocol)
class ConsumerToProtocolAdapter(components.Adapter):
    """A consumer that can be connected: what is received is written to it."""

    def dataReceived(self, data: bytes) -> None:
        """Give data to the consumer."""
        self.original.write(data)

    def connectionLost(self, reason: Any) -> None:
        """Do nothing: a consumer has no end."""

    def makeConnection(self, transport: Any) -> None:
        """Do nothing: a consumer sends nothing back."""

    def connectionMade(self) -> None:
        """Do nothing: a consumer has no beginning."""


components.registerAdapter(ProtocolToConsumerAdapter, IProtocol, IConsumer)
components.registerAdapter(ConsumerToProtocolAdapter, IConsumer, IProtocol)


@implementer(ITransport)
class FileWrapper:
    """
    A file as a transport. Writing blocks for as long as the file does.

    Attributes:
        file: The file, open for writing bytes.
        closed: Whether the transport is.
    """

    closed: int = 0
    disconnecting: int = 0
    producer: Any = None  # Any: whoever registered.
    streamingProducer: Any = 0  # Any: a truth, as it was given.

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def write(self, data: bytes) -> None:
        """Write data; what the file raises ends the transport."""
        try:
            self.file.write(data)
        except Exception:
            self.handleException()

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Write several pieces."""
        self.write(b"".join(iovec))

    def loseConnection(self) -> None:
        """Close the file."""
        self.closed = 1
        try:
            self.file.close()
        except OSError:
            self.handleException()

    def handleException(self) -> None:
        """Hook: the file raised. Ends the transport, by default without a word."""
        self.closed = 1

    def getPeer(self) -> Any:
        """Say that the peer is a file."""
        return "file", "file"

    def getHost(self) -> Any:
        """Say that this is a file."""
        return "file"

    def registerProducer(self, producer: Any, streaming: Any) -> None:
        """Take a producer; one that is to be pulled is asked for data at once."""
        self.producer = producer
        self.streamingProducer = streaming
        if not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """Forget the producer."""
        self.producer = None

    def stopConsuming(self) -> None:
        """Take no more, and close."""
        self.unregisterProducer()
        self.loseConnection()

    def pauseProducing(self) -> None:
        """Do nothing: a file that is written to sends nothing."""

    def resumeProducing(self) -> None:
        """Do nothing: a file that is written to sends nothing."""

    def stopProducing(self) -> None:
        """Close."""
        self.loseConnection()
