"""
Forwarding a port: what comes to one address is sent on to another.

``reactor.listenTCP(8080, ProxyFactory("internal.example", 80))``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import ClientFactory, Factory, Protocol

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress

__all__ = ["Proxy", "ProxyClient", "ProxyClientFactory", "ProxyFactory", "ProxyServer"]


class Proxy(Protocol):
    """
    One of the two connections: sends to the other whatever it receives, as fast as the other takes it.

    Attributes:
        peer: The other one; `None` before it is there, and after it has gone.
        noisy: Whether it is logged that no connection could be made.
    """

    noisy: bool = True
    peer: Any = None  # Any: a Proxy, whose subclasses refer to each other.

    def setPeer(self, peer: Proxy | None) -> None:
        """Take the other one."""
        self.peer = peer

    def dataReceived(self, data: bytes) -> None:
        """Send it on."""
        self.peer.transport.write(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # there always is a reason
        """Close the other one too, when all has been sent."""
        if self.peer is not None:
            peer, self.peer = self.peer, None
            if peer.transport is not None:
                peer.transport.loseConnection()
        elif self.noisy:
            from twisted.logger import Logger

            Logger("twisted.protocols.portforward").info("Unable to connect to peer: {reason}", reason=reason)


class ProxyClient(Proxy):
    """The connection that we make."""

    def connectionMade(self) -> None:
        """Join the two, each holding up the other."""
        self.peer.setPeer(self)
        self.transport.registerProducer(self.peer.transport, True)
        self.peer.transport.registerProducer(self.transport, True)
        # The accepted connection has been waiting for this one.
        self.peer.transport.resumeProducing()


class ProxyClientFactory(ClientFactory[Any]):
    """
    Makes the protocol of the connection that we make.

    Attributes:
        server: The protocol of the connection that was accepted.
    """

    protocol: Any = ProxyClient
    server: Any = None

    def setServer(self, server: Any) -> None:
        """Take the accepted one."""
        self.server = server

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Make a protocol that knows its peer."""
        protocol = super().buildProtocol(addr)
        if protocol is not None:
            protocol.setPeer(self.server)
        return protocol

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        """Close the accepted connection."""
        self.server.transport.loseConnection()


class ProxyServer(Proxy):
    """
    The connection that was accepted.

    Attributes:
        clientProtocolFactory: What makes the factory of the connection that we make.
        reactor: What connects; the default reactor if `None`.
    """

    clientProtocolFactory: Any = ProxyClientFactory
    reactor: Any = None

    def connectionMade(self) -> None:
        """Read nothing yet, and connect to where the factory says."""
        self.transport.pauseProducing()
        client = self.clientProtocolFactory()
        client.setServer(self)
        if self.reactor is None:
            from twisted.internet import reactor

            self.reactor = reactor
        self.reactor.connectTCP(self.factory.host, self.factory.port, client)


class ProxyFactory(Factory[Any]):
    """
    Forwards each connection it accepts.

    Attributes:
        host, port: Where to.
    """

    protocol: Any = ProxyServer

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
