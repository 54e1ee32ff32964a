"""
Protocols over streams, and the factories that make them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, cast

from zope.interface import implementer

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ILoggingContext, IProtocol, IProtocolFactory
from twisted.python.failure import Failure

if TYPE_CHECKING:
    # Checkers take a factory without a parameter for one of any protocols; Python 3.13's own can say so too.
    from typing_extensions import TypeVar

    from twisted.internet.interfaces import IAddress, IConnector
    from twisted.logger import Logger

    P = TypeVar("P", default=Any)
else:
    from typing import TypeVar

    P = TypeVar("P")

# The reason that `Protocol.connectionLost` has when nobody gives one, and that clean ends share.
connectionDone: Failure = Failure(ConnectionDone())
connectionDone.cleanFailure()


def logger_of(source: object) -> Logger:
    """Make the logger that speaks for *source*. The logger is imported here: most factories are never noisy."""
    from twisted.logger import Logger

    kind = type(source)
    return Logger(namespace=f"{kind.__module__}.{kind.__qualname__}", source=source)


class BaseProtocol:
    """
    What stream and process protocols share.

    Attributes:
        connected: Whether there has been a connection.
        transport: The connection, once there is one.
    """

    connected: int = 0
    transport: Any = None  # Any: each subclass knows what its transport provides.

    def makeConnection(self, transport: Any) -> None:
        """Take a transport and say so to `connectionMade`. Called by the transport's maker, once."""
        self.connected = 1
        self.transport = transport
        self.connectionMade()

    def connectionMade(self) -> None:
        """Hook: there is a connection, in ``self.transport``. A client's greeting, or a server's, is sent here."""


@implementer(IProtocol, ILoggingContext)
class Protocol(BaseProtocol):
    """
    One end of a stream connection.

    Subclass it and override `connectionMade`, `dataReceived` and `connectionLost`. One object serves one connection.

    Attributes:
        factory: The `Factory` that made it, if one did.
    """

    factory: Any = None  # Any: a subclass's factory is of its own kind.

    def logPrefix(self) -> str:
        """Give the name that log events of this connection are marked with: the class's."""
        return type(self).__name__

    def dataReceived(self, data: bytes) -> None:
        """
        Hook: the peer sent something.

        Args:
            data: At least one byte. Where a stream is cut has no meaning: a message may come in pieces, or two at once.
        """

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        Hook: the connection has ended, and nothing more will come. Called once, last.

        Args:
            reason: Wraps `ConnectionDone` if the end was orderly, and `ConnectionLost` otherwise.
        """


@implementer(IProtocolFactory, ILoggingContext)
class Factory(Generic[P]):
    """
    What makes a protocol for each connection, and keeps what they share.

    Attributes:
        protocol: What `buildProtocol` calls to make one; a class, mostly.
        numPorts: How many ports and connectors use the factory.
        noisy: Whether its start and stop are logged.
    """

    protocol: Callable[..., P] | None = None
    numPorts: int = 0
    noisy: bool = True

    @classmethod
    def forProtocol(cls, protocol: Callable[..., P], *args: Any, **kwargs: Any) -> Factory[P]:
        """
        Make a factory of this class for a protocol.

        Args:
            protocol: What makes a protocol: its class, or another callable that takes nothing.
            args, kwargs: What the factory itself is made with; Any, as each class takes its own.
        """
        factory = cls(*args, **kwargs)
        factory.protocol = protocol
        return factory

    def logPrefix(self) -> str:
        """Give the name that the factory's log events are marked with: the class's."""
        return type(self).__name__

    def doStart(self) -> None:
        """One more port or connector uses the factory: the first one starts it. Called by the reactor."""
        if self.numPorts == 0:
            if self.noisy:
                logger_of(self).info("Starting factory {factory!r}", factory=self)
            self.startFactory()
        self.numPorts += 1

    def doStop(self) -> None:
        """One port or connector fewer uses the factory: the last one stops it. Called by the reactor."""
        if self.numPorts == 0:
            # One who stops twice did no harm.
            return
        self.numPorts -= 1
        if self.numPorts == 0:
            if self.noisy:
                logger_of(self).info("Stopping factory {factory!r}", factory=self)
            self.stopFactory()

    def startFactory(self) -> None:
        """Hook: the factory comes into use. May come again, after `stopFactory`."""

    def stopFactory(self) -> None:
        """Hook: nobody listens or connects with the factory any more. Its connections may live on."""

    def buildProtocol(self, addr: IAddress | None) -> P | None:  # type: ignore[override]  # P is anything
        """
        Make the protocol for a connection.

        Args:
            addr: The peer's address.

        Returns:
            A protocol, not connected yet; or `None`, and the connection is closed.
        """
        assert self.protocol is not None, (
            f"{self!r} has no protocol to make: set its protocol, or override buildProtocol"
        )
        protocol: Any = self.protocol()
        protocol.factory = self
        return cast("P", protocol)


class ServerFactory(Factory[P]):
    """A factory of the protocols of accepted connections."""


class ClientFactory(Factory[P]):
    """A factory for connections that we make, which is told how each attempt goes."""

    def startedConnecting(self, connector: IConnector) -> None:
        """Hook: an attempt begins. ``connector.stopConnecting()`` gives it up."""

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        """Hook: no connection was made. ``connector.connect()`` tries again."""

    def clientConnectionLost(self, connector: IConnector, reason: Failure) -> None:
        """Hook: a connection has ended. ``connector.connect()`` makes another."""
