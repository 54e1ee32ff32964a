"""
Connections that were made from here.
"""

from __future__ import annotations

import os
import socket
from errno import EALREADY, EINPROGRESS, EINVAL, EISCONN, EWOULDBLOCK
from typing import TYPE_CHECKING, Any

from twisted.internet import abstract, address, error
from twisted.internet._reactor.connecting import BaseConnector
from twisted.internet._stream.connection import AT_FIRST, LATER, Connection
from twisted.internet._stream.sockets import as_binding, resolve_ipv6
from twisted.logger import Logger
from twisted.python._keys import share_keys
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress
    from twisted.internet.protocol import ClientFactory


_log = Logger("twisted.internet.tcp")

# What connect(2) answers when it has only begun. EINVAL is Windows's word for EALREADY.
_UNDER_WAY = {EINPROGRESS, EWOULDBLOCK, EALREADY} | ({EINVAL} if os.name == "nt" else set())
_DONE = {0, EISCONN}


class BaseClient(Connection):
    """
    A connection that is being made, and then is one. The subclass knows what to connect to.

    Attributes:
        realAddress: What the socket connects to.
    """

    addressFamily: int = socket.AF_INET
    socketType = socket.SOCK_STREAM
    realAddress: Any = None
    connector: Any = None
    _attempting = True

    def __init__(self, skt: socket.socket, protocol: Any = None, reactor: Any = None) -> None:
        super().__init__(skt, protocol, reactor)

    def _finishInit(self, whenDone: Any, skt: socket.socket | None, error: Any, reactor: Any) -> None:
        """
        Become a stream over *skt*, and call *whenDone* in the next turn; or fail with *error* in the next turn.

        Nothing is reported before the turn ends, so that whoever connects has the connector in hand by then.
        """
        if skt is not None:
            super().__init__(skt, None, reactor)
        else:
            abstract.FileDescriptor.__init__(self, reactor)
            self._fd = -1
        if whenDone is not None and skt is not None:
            self.reactor.callLater(0, self._unless_over, whenDone)
        else:
            self.reactor.callLater(0, self.failIfNotConnected, error)

    def _unless_over(self, step: Any) -> None:
        if self._attempting:
            step()

    def createInternetSocket(self) -> socket.socket:
        """Make the socket: non-blocking, and closed in programs that are started."""
        made = socket.socket(self.addressFamily, self.socketType)
        made.setblocking(False)
        return made

    def stopConnecting(self) -> None:
        """Give up."""
        self.failIfNotConnected(error.UserError())

    def failIfNotConnected(self, err: Any) -> None:
        """End the attempt, if it is one; the connector is told of *err*."""
        if self.connected or self.disconnected or not self._attempting:
            return
        self._attempting = False
        if self._fd >= 0:
            self.reactor.removeReader(self)
            self.reactor.removeWriter(self)
            self._close_socket(False)
        self.disconnected = 1
        connector, self.connector = self.connector, None
        if connector is not None:
            connector.connectionFailed(err if isinstance(err, Failure) else Failure(err))

    def resolveAddress(self) -> None:
        """Look the host up, if it is a name, and go on to connect."""
        raise NotImplementedError(
            f"{type(self).__qualname__} does not know what to connect to: override resolveAddress"
        )

    def doConnect(self) -> None:
        """Connect, or see how connecting goes."""
        if not self._attempting:
            return
        failure = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failure:
            self.failIfNotConnected(error.getConnectError((failure, os.strerror(failure))))
            return
        try:
            answer = self._connect_answer()
        except OSError as why:
            # A name or address that cannot be one.
            answer = why.errno if why.errno is not None else -1
            if answer < 0 or isinstance(why, socket.gaierror):
                self.failIfNotConnected(error.getConnectError(why))
                return
        if answer == self._LATER:
            return
        if answer in _DONE:
            self._connected_now()
        elif answer in _UNDER_WAY:
            # Errors are reported to both; being connected to writers.
            self.reactor.addReader(self)
            self.reactor.addWriter(self)
        else:
            self.failIfNotConnected(error.getConnectError((answer, os.strerror(answer))))

    # What is no error number: somebody has seen to it that doConnect is called again.
    _LATER = -2

    def _connect_answer(self) -> int:
        """Call connect(2); give 0 or the number of its error."""
        return self.socket.connect_ex(self.realAddress)  # type: ignore[no-any-return]

    def doRead(self) -> Any:
        """Until it is connected, everything that happens concerns connecting."""
        if self._attempting:
            self.doConnect()
            return None
        return Connection.doRead(self)

    def doWrite(self) -> Any:
        """Until it is connected, everything that happens concerns connecting."""
        if self._attempting:
            self.doConnect()
            return None
        return Connection.doWrite(self)

    def _connected_now(self) -> None:
        self.reactor.removeWriter(self)
        peer = self._peer_or_none()
        if peer is None:
            # Reset between the handshake and our asking.
            self.failIfNotConnected(error.getConnectError((0, "the connection was reset at once")))
            return
        if peer == self.socket.getsockname() and self.addressFamily != getattr(socket, "AF_UNIX", None):
            # The kernel chose as our own port the one we connect to, and TCP let us connect to ourselves.
            self.reactor.removeReader(self)
            self.failIfNotConnected(error.getConnectError((0, "connected to itself: nobody listens there")))
            return
        self.connected = 1
        try:
            assert self.connector is not None
            self.protocol = self._call(self.connector.buildProtocol, self.getPeer())
        except BaseException as raised:
            _log.failure("Unhandled Error", log_system=self.logPrefix())
            self.connected = 0
            self.failIfNotConnected(error.ConnectError(string=f"the factory could not make a protocol: {raised!r}"))
            return
        self._attempting = False
        self._begin()

    def _peer_or_none(self) -> Any:
        try:
            return self.socket.getpeername()
        except OSError:
            return None

    def _begin(self) -> None:
        """Connected: let the protocol begin."""
        if self.protocol is None:
            self.protocol = _Nobody()
            self.loseConnection()
            return
        self.logstr = f"{self._getLogPrefix(self.protocol)},client"
        self.startReading()
        self._call(self.protocol.makeConnection, self)

    def connectionLost(self, reason: Failure) -> None:
        """Close the socket, and tell the protocol, then the connector."""
        if self._attempting:
            self.failIfNotConnected(reason)
            return
        if self.disconnected:
            return
        try:
            Connection.connectionLost(self, reason)
        finally:
            connector, self.connector = self.connector, None
            if connector is not None:
                connector.connectionLost(reason)


class _Nobody:
    """The protocol of a connection whose factory gave none."""

    def makeConnection(self, transport: object) -> None:
        """Nobody is there."""

    def dataReceived(self, data: bytes) -> None:
        """Nobody listens."""

    def connectionLost(self, reason: Failure) -> None:
        """Nobody minds."""


class Client(BaseClient):
    """
    A TCP connection to a host.

    Args:
        host: A name or an address.
        port: A number.
        bindAddress: This side's address and port, or `None`; or a `Binding`.
        connector: Who is told how it goes.
        reactor: Whose loop it is.
    """

    def __init__(self, host: str, port: int, bindAddress: Any, connector: Any, reactor: Any = None) -> None:
        self.connector = connector
        self.addr: tuple[Any, ...] = (host, port)
        made: socket.socket | None = None
        why: Any = None
        step: Any = None
        if abstract.isIPv6Address(host):
            self.addressFamily = socket.AF_INET6
        try:
            made = self.createInternetSocket()
            step = self.resolveAddress
        except OSError as failed:
            why = error.ConnectBindError(failed.errno, str(failed.strerror))
        if made is not None:
            try:
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
            except OSError:
                # Not a TCP socket after all: a subclass's.
                pass
            if bindAddress is not None:
                try:
                    as_binding(bindAddress).bind(made, self.addressFamily)
                except OSError as failed:
                    why = error.ConnectBindError(failed.errno, str(failed.strerror))
                    made.close()
                    made = None
        self._finishInit(step, made, why, reactor)

    def getHost(self) -> Any:
        """Give this side's address."""
        return _address(self.addressFamily, self.socket.getsockname())

    def getPeer(self) -> Any:
        """Give the other side's address."""
        return _address(self.addressFamily, self.realAddress)

    def resolveAddress(self) -> None:
        """Look the host up, if it is a name, and go on to connect."""
        host = self.addr[0]
        if self.addressFamily == socket.AF_INET6:
            try:
                self._resolved(resolve_ipv6(host, self.addr[1]))
            except OSError as why:
                self.failIfNotConnected(error.getConnectError(why))
        elif abstract.isIPAddress(host):
            self._resolved(self.addr)
        else:
            looking = self.reactor.resolve(host)
            looking.addCallbacks(lambda found: self._resolved((found, self.addr[1])), self.failIfNotConnected)

    def _resolved(self, found: tuple[Any, ...]) -> None:
        if self._attempting:
            self.realAddress = found
            self.doConnect()

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__qualname__} to {self.addr} at {id(self):x}>"


#: What every connection that was begun here has from the beginning.
BEGUN = ("connector", "addr", *AT_FIRST, "realAddress", "_attempting", "logstr")
share_keys(Client, (*BEGUN, *LATER))


def _address(family: int, name: tuple[Any, ...]) -> IAddress:
    if family == socket.AF_INET6:
        return address.IPv6Address("TCP", *name)
    return address.IPv4Address("TCP", *name)


class Connector(BaseConnector):
    """
    Connects over TCP.

    Args:
        host: A name or an address.
        port: A number, or the name of a service that the system knows.
        factory: Makes the protocol, and is told of failures and ends.
        timeout: How long connecting may take, in seconds.
        bindAddress: This side's address and port; a `Binding` or a pair.
        reactor: Whose loop it is.

    Raises:
        ServiceNameUnknownError: The system knows no such service.
    """

    _addressType = address.IPv4Address

    def __init__(
        self,
        host: str,
        port: int | str,
        factory: ClientFactory[Any],
        timeout: float,
        bindAddress: Any,
        reactor: Any = None,
    ) -> None:
        if isinstance(port, str):
            try:
                port = socket.getservbyname(port, "tcp")
            except OSError as why:
                raise error.ServiceNameUnknownError(string=f"{why} ({port!r})") from None
        self.host = host
        self.port = port
        self.bindAddress = bindAddress
        super().__init__(factory, timeout, reactor)

    def _makeTransport(self) -> Client:
        return Client(self.host, self.port, self.bindAddress, self, self.reactor)

    def getDestination(self) -> IAddress:
        """Give the address that is connected to."""
        if abstract.isIPv6Address(self.host):
            return address.IPv6Address("TCP", self.host, self.port)
        return address.IPv4Address("TCP", self.host, self.port)
