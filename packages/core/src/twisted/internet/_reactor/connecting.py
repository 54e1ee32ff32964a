"""
What attempts to connect have in common, and what ports have.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import abstract, error
from twisted.internet.interfaces import IAddress, IConnector, IDelayedCall, IProtocol
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorFDSet
    from twisted.internet.protocol import ClientFactory


@implementer(IConnector)
class BaseConnector:
    """
    One connection of a `ClientFactory`, which can be made again and again.

    Attributes:
        factory: The factory. It is told of failures and ends.
        state: ``disconnected``, ``connecting`` or ``connected``.
        timeout: How long connecting may take, in seconds; `None` for ever.
        transport: The transport, once connecting has begun.
    """

    timeoutID: IDelayedCall | None = None
    factoryStarted = 0

    def __init__(self, factory: ClientFactory[Any], timeout: float | None, reactor: Any) -> None:  # Any: every reactor
        self.state = "disconnected"
        self.reactor = reactor
        self.factory = factory
        self.timeout = timeout
        self.transport: Any = None  # Any: transports of every kind

    def disconnect(self) -> None:
        """Stop connecting, or close the connection."""
        if self.state == "connecting":
            self.stopConnecting()
        elif self.state == "connected":
            assert self.transport is not None
            self.transport.loseConnection()

    def connect(self) -> None:
        """
        Connect, or connect again.

        Raises:
            RuntimeError: It is connected, or connecting.
        """
        if self.state != "disconnected":
            raise RuntimeError("can't connect in this state")
        self.state = "connecting"
        if not self.factoryStarted:
            self.factory.doStart()
            self.factoryStarted = 1
        self.transport = self._makeTransport()
        if self.timeout is not None:
            self.timeoutID = self.reactor.callLater(self.timeout, self._too_late)
        self.factory.startedConnecting(self)

    def _makeTransport(self) -> Any:  # Any: transports of every kind
        raise NotImplementedError(f"{type(self).__name__} makes no transports: override _makeTransport")

    def _too_late(self) -> None:
        self.timeoutID = None
        assert self.transport is not None
        self.transport.failIfNotConnected(error.TimeoutError())

    def stopConnecting(self) -> None:
        """
        Give up the attempt.

        Raises:
            NotConnectingError: There is none.
        """
        if self.state != "connecting":
            raise error.NotConnectingError("we're not trying to connect")
        assert self.transport is not None
        self.transport.failIfNotConnected(error.UserError())
        self.transport = None

    def cancelTimeout(self) -> None:
        """Let the attempt take as long as it does."""
        waiting, self.timeoutID = self.timeoutID, None
        if waiting is not None and waiting.active():
            waiting.cancel()

    def buildProtocol(self, addr: IAddress) -> IProtocol | None:
        """Note that the connection is made, and give the factory's protocol for it."""
        self.state = "connected"
        self.cancelTimeout()
        protocol: IProtocol | None = self.factory.buildProtocol(addr)
        return protocol

    def connectionFailed(self, reason: Failure) -> None:
        """Tell the factory that the attempt failed. It may connect again right then."""
        self.cancelTimeout()
        self.transport = None
        self.state = "disconnected"
        self.factory.clientConnectionFailed(self, reason)
        self._finish()

    def connectionLost(self, reason: Failure) -> None:
        """Tell the factory that the connection ended. It may connect again right then."""
        self.state = "disconnected"
        self.factory.clientConnectionLost(self, reason)
        self._finish()

    def _finish(self) -> None:
        if self.state == "disconnected":
            self.factory.doStop()
            self.factoryStarted = 0

    def getDestination(self) -> IAddress:
        """Give the address that is connected to."""
        raise NotImplementedError(f"{type(self).__name__} does not know its destination: override getDestination")

    def __repr__(self) -> str:
        kind = f"{type(self).__module__}.{type(self).__qualname__}"
        return f"<{kind} instance at {id(self):#x} {self.state} {self.getDestination()}>"


class BasePort(abstract.FileDescriptor):
    """
    A socket that listens, or that takes datagrams.

    Attributes:
        addressFamily, socketType: What kind of socket it is.
    """

    addressFamily: socket.AddressFamily | int | None = None
    socketType: socket.SocketKind | None = None

    def __init__(self, reactor: IReactorFDSet | None = None) -> None:
        super().__init__(reactor)

    def createInternetSocket(self) -> socket.socket:
        """Make the socket: non-blocking, and closed in programs that are started."""
        assert self.addressFamily is not None and self.socketType is not None
        made = socket.socket(self.addressFamily, self.socketType)
        made.setblocking(False)
        return made

    def doWrite(self) -> Failure | None:
        """Ports do not write."""
        raise RuntimeError("doWrite called on a port, which has nothing to write")
