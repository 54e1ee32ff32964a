"""Factories and protocols which tell an endpoint's Deferred how a connection attempt went."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import directlyProvides, implementer, providedBy

from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.interfaces import (
    IAddress,
    IConnector,
    IFileDescriptorReceiver,
    IHalfCloseableProtocol,
    IHandshakeListener,
    IListeningPort,
    ILoggingContext,
    IProtocol,
    IProtocolFactory,
    IStreamClientEndpoint,
    IStreamServerEndpoint,
)
from twisted.internet.protocol import ClientFactory, Factory, Protocol, connectionDone
from twisted.python.failure import Failure


class _WrappingProtocol(Protocol):
    """
    Hand everything to another protocol, and tell when it is connected.

    It goes between the two so that a Deferred can fire at the right moment: once the other protocol knows that it is
    connected. A handshake of TLS may still be going on then.
    """

    def __init__(self, connectedDeferred: Deferred[IProtocol], wrappedProtocol: Any) -> None:  # Any: users' protocols.
        self._connected_deferred: Deferred[IProtocol] | None = connectedDeferred
        self._wrappedProtocol = wrappedProtocol
        for interface in (IHalfCloseableProtocol, IFileDescriptorReceiver, IHandshakeListener):
            if interface.providedBy(wrappedProtocol):
                directlyProvides(self, providedBy(self), interface)

    def logPrefix(self) -> str:
        """What the other protocol says, or its class's name."""
        if ILoggingContext.providedBy(self._wrappedProtocol):
            return str(self._wrappedProtocol.logPrefix())
        return type(self._wrappedProtocol).__name__

    def connectionMade(self) -> None:
        self._wrappedProtocol.makeConnection(self.transport)
        deferred, self._connected_deferred = self._connected_deferred, None
        if deferred is not None:
            deferred.callback(self._wrappedProtocol)

    def handshakeCompleted(self) -> None:
        self._wrappedProtocol.handshakeCompleted()

    def dataReceived(self, data: bytes) -> None:
        self._wrappedProtocol.dataReceived(data)

    def fileDescriptorReceived(self, descriptor: int) -> None:
        self._wrappedProtocol.fileDescriptorReceived(descriptor)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        deferred, self._connected_deferred = self._connected_deferred, None
        if deferred is not None:
            deferred.errback(reason)
        self._wrappedProtocol.connectionLost(reason)

    def readConnectionLost(self) -> None:
        self._wrappedProtocol.readConnectionLost()

    def writeConnectionLost(self) -> None:
        self._wrappedProtocol.writeConnectionLost()


class _WrappingFactory(ClientFactory[Any]):
    """Make one connection for another factory, and tell by a Deferred how it went."""

    noisy = False
    # Any: users' factories.
    protocol: Any = _WrappingProtocol

    def __init__(self, wrappedFactory: Any) -> None:
        self._wrappedFactory = wrappedFactory
        self._onConnection: Deferred[IProtocol] = Deferred(canceller=self._cancel)
        self._connector: Any = None

    def logPrefix(self) -> str:
        if ILoggingContext.providedBy(self._wrappedFactory):
            return str(self._wrappedFactory.logPrefix())
        return type(self._wrappedFactory).__name__

    def _cancel(self, deferred: Deferred[IProtocol]) -> None:
        connector = self._connector
        deferred.errback(ConnectingCancelledError(connector.getDestination() if connector is not None else None))
        if connector is not None:
            connector.stopConnecting()

    def doStart(self) -> None:
        self._wrappedFactory.doStart()

    def doStop(self) -> None:
        self._wrappedFactory.doStop()

    def startedConnecting(self, connector: IConnector) -> None:
        self._connector = connector

    def buildProtocol(self, addr: IAddress | None) -> Any:
        try:
            protocol = self._wrappedFactory.buildProtocol(addr)
            if protocol is None:
                from twisted.internet.error import NoProtocol

                raise NoProtocol
        except BaseException:
            if not self._onConnection.called:
                self._onConnection.errback()
            return None
        return self.protocol(self._onConnection, protocol)

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        if not self._onConnection.called:
            self._onConnection.errback(reason)


def attempt(factory: Any, connect: Callable[[_WrappingFactory], object]) -> Deferred[Any]:
    """
    Connect for *factory*. Any: users' factories and protocols.

    Args:
        factory: Builds the protocol.
        connect: Begins to connect with the factory that it is given.

    Returns:
        Fires with the protocol.
    """
    try:
        wrapping = _WrappingFactory(factory)
        connect(wrapping)
    except Exception:
        return fail()
    return wrapping._onConnection


@implementer(IStreamClientEndpoint)
class _WrapperEndpoint:
    """Connect by another endpoint, with a factory that wraps the caller's."""

    def __init__(self, wrappedEndpoint: Any, wrapperFactory: Callable[[Any], Any]) -> None:
        self._wrappedEndpoint = wrappedEndpoint
        self._wrapperFactory = wrapperFactory

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[Any]:
        """Connect, and fire with the caller's protocol."""
        connecting: Deferred[Any] = self._wrappedEndpoint.connect(self._wrapperFactory(protocolFactory))
        return connecting.addCallback(lambda protocol: protocol.wrappedProtocol)


@implementer(IStreamServerEndpoint)
class _WrapperServerEndpoint:
    """Listen by another endpoint, with a factory that wraps the caller's."""

    def __init__(self, wrappedEndpoint: Any, wrapperFactory: Callable[[Any], Any]) -> None:
        self._wrappedEndpoint = wrappedEndpoint
        self._wrapperFactory = wrapperFactory

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen."""
        result: Deferred[IListeningPort] = self._wrappedEndpoint.listen(self._wrapperFactory(protocolFactory))
        return result


class _OneProtocolFactory(Factory[Any]):
    noisy = False

    def __init__(self, protocol: Any) -> None:
        self._ready = protocol

    def buildProtocol(self, addr: IAddress | None) -> Any:
        return self._ready


def connectProtocol(endpoint: IStreamClientEndpoint, protocol: Any) -> Deferred[Any]:
    """
    Connect one protocol that is there already.

    Args:
        endpoint: Where to.
        protocol: The protocol. Any: it comes back as what it is.

    Returns:
        Fires with *protocol* once it is connected.
    """
    return endpoint.connect(_OneProtocolFactory(protocol))
