"""
Ports, and the connections they accept.
"""

from __future__ import annotations

import os
import socket
import sys
from errno import EAGAIN, ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, EWOULDBLOCK
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import address, main
from twisted.internet._reactor.connecting import BasePort
from twisted.internet._stream.connection import AT_FIRST, LATER, Connection
from twisted.internet._stream.sockets import as_binding, family_of
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.logger import Logger
from twisted.python._keys import share_keys
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocolFactory

_log = Logger("twisted.internet.tcp")

# Nothing to accept now; the connection is gone again; something of ours, or the machine's, is used up.
_NOTHING = {EAGAIN, EWOULDBLOCK}
_GONE = {EPERM, ECONNABORTED}
_USED_UP = {EMFILE, ENFILE, ENOBUFS, ENOMEM}

# How long to wait before accepting again when descriptors are used up, in seconds.
_PAUSE = 0.25

# How often it is said at most that they are, in seconds: it may last for hours.
_REMINDER = 60

# After so many full batches, more is accepted at once.
_TIME_AND_AGAIN = 4


class Server(Connection):
    """
    A connection that was accepted.

    Attributes:
        client: The other side's address as the system tells it.
        server: The port that accepted it.
        sessionno: Its number on that port.
        hostname: The other side's IP address.
    """

    _addressType: Any = address.IPv4Address

    def __init__(
        self,
        sock: socket.socket,
        protocol: Any,
        client: tuple[Any, ...],
        server: Any,
        sessionno: int,
        reactor: Any,
    ) -> None:
        super().__init__(sock, protocol, reactor)
        self.client = client
        self.server = server
        self.sessionno = sessionno
        if len(client) != 2:
            self._addressType = address.IPv6Address
        self.connected = 1

    @property
    def hostname(self) -> Any:
        """The other side's IP address."""
        return self.client[0]

    @property
    def logstr(self) -> str:  # type: ignore[override]
        """The connection's name in the log: made when somebody logs."""
        return f"{self._getLogPrefix(self.protocol)},{self.sessionno},{self.hostname}"

    @property
    def repstr(self) -> str:
        """The connection's name for people."""
        port = getattr(self.server, "_realPortNumber", None)
        return f"<{type(self.protocol).__name__} #{self.sessionno} on {port}>"

    def __repr__(self) -> str:
        return self.repstr

    @classmethod
    def _fromConnectedSocket(cls, fileDescriptor: int, addressFamily: int, factory: Any, reactor: Any) -> Any:
        """Serve a connected socket that somebody else has opened; a copy of the descriptor is used."""
        adopted = socket.fromfd(fileDescriptor, addressFamily, socket.SOCK_STREAM)
        adopted.setblocking(False)
        name = adopted.getpeername()
        made = cls(adopted, None, name, None, 0, reactor)
        made._begin_with(factory.buildProtocol(made._addressType("TCP", *name)))
        return made

    def _begin_with(self, protocol: Any) -> None:
        if protocol is None:
            self.protocol = None
            self.connectionLost(Failure(main.CONNECTION_DONE))
            return
        self.protocol = protocol
        self.startReading()
        self._call(protocol.makeConnection, self)

    def getHost(self) -> Any:
        """Give this side's address."""
        return self._addressType("TCP", *self.socket.getsockname())

    def getPeer(self) -> Any:
        """Give the other side's address."""
        return self._addressType("TCP", *self.client)


#: What every accepted connection has from the beginning.
ACCEPTED = (*AT_FIRST, "client", "server", "sessionno", "_addressType")
share_keys(Server, (*ACCEPTED, *LATER))


@implementer(IListeningPort)
class Port(BasePort):
    """
    A TCP socket that listens.

    Args:
        port: The port, 0 for any that is free; or a `Binding`.
        factory: Makes the protocols.
        backlog: How many connections may wait to be accepted.
        interface: The local address, empty for all of IPv4's.
        reactor: Whose loop it is.

    Attributes:
        numberAccepts: How many connections are accepted in a turn, at most.
        transport: What accepted connections are made of.
    """

    socketType = socket.SOCK_STREAM
    transport: Any = Server
    sessionno = 0
    interface: Any = ""
    backlog = 50
    connected = False
    disconnecting = False
    addressFamily: Any = socket.AF_INET
    _realPortNumber: int | None = None
    _preexistingSocket: socket.socket | None = None
    _addressType: Any = address.IPv4Address
    _type = "TCP"
    _paused: Any = None
    _reminded: float | None = None
    # How many are accepted in a turn, as things go; and how often there were that many.
    _batch = 100
    _full = 0
    factory: Any = None
    port: Any = None

    def __init__(
        self, port: Any, factory: IProtocolFactory, backlog: int = 50, interface: str | None = "", reactor: Any = None
    ) -> None:
        super().__init__(reactor)
        self._binding = as_binding(port, interface or "")
        self.port = self._binding.port
        self.factory = factory
        self.backlog = backlog
        self.interface = self._binding.interface
        self.numberAccepts = 100
        if family_of(self.interface) == socket.AF_INET6:
            self.addressFamily = socket.AF_INET6
            self._addressType = address.IPv6Address

    @classmethod
    def _fromListeningDescriptor(cls, reactor: Any, fd: int, addressFamily: Any, factory: Any) -> Any:
        """Listen on a socket that somebody else has opened; a copy of the descriptor is used."""
        adopted = socket.fromfd(fd, addressFamily, cls.socketType)
        adopted.setblocking(False)
        name = adopted.getsockname()
        made = cls(name[1], factory, interface=name[0], reactor=reactor)
        made.addressFamily = addressFamily
        made._addressType = address.IPv6Address if addressFamily == socket.AF_INET6 else address.IPv4Address
        made._preexistingSocket = adopted
        return made

    def __repr__(self) -> str:
        kind = f"{type(self).__module__}.{type(self).__qualname__}"
        factory = self.factory.__class__
        name = f"{factory.__module__}.{factory.__qualname__}"
        if self._realPortNumber is not None:
            return f"<{kind} of {name} on {self._realPortNumber}>"
        return f"<{kind} of {name} (not listening)>"

    def createInternetSocket(self) -> socket.socket:
        """Make the socket, with the options that servers have."""
        made = super().createInternetSocket()
        if os.name == "posix" and sys.platform != "cygwin":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return made

    def startListening(self) -> None:
        """
        Bind and listen.

        Raises:
            CannotListenError: The address or port cannot be had.
        """
        if self._preexistingSocket is not None:
            made, self._preexistingSocket = self._preexistingSocket, None
            self._realPortNumber = made.getsockname()[1]
        else:
            try:
                made = self.createInternetSocket()
            except OSError as why:
                raise CannotListenError(self.interface, self.port, why) from None
            try:
                self._binding.bind(made, self.addressFamily)
                self._realPortNumber = made.getsockname()[1]
                made.listen(self.backlog)
            except OSError as why:
                made.close()
                self._realPortNumber = None
                raise CannotListenError(self.interface, self.port, why) from None
        try:
            # Accepted sockets inherit it.
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            # Somebody else's listening socket of another kind.
            pass
        _log.info("{name} starting on {port}", name=self._getLogPrefix(self.factory), port=self._realPortNumber)
        self.factory.doStart()
        self.connected = True
        self.socket = made
        self._accept = getattr(made, "_accept", None)
        self.startReading()

    def fileno(self) -> int:
        """Give the socket's descriptor, or -1 when it is closed."""
        return self.socket.fileno() if self.connected else -1

    def doRead(self) -> Any:
        """Accept what waits, up to the limit."""
        # As many as there were last time: to find out that there are no more costs a system call. What is left over
        # makes the listener ready again, and the number grows when that happens time and again.
        batch = min(self._batch, self.numberAccepts)
        for place in range(batch):
            if self.disconnecting or not self.connected:
                return None
            try:
                accepted, peer = self._accept_one()
            except OSError as why:
                if why.errno in _NOTHING:
                    self._batch = max(1, place)
                    self._full = 0
                    return None
                if why.errno in _GONE:
                    continue
                if why.errno in _USED_UP:
                    self._pause_accepting(why)
                    return None
                raise
            self._serve(accepted, peer)
        self._full += 1
        if self._full >= _TIME_AND_AGAIN:
            self._full = 0
            self._batch = min(batch * 2, self.numberAccepts)
        return None

    def _accept_one(self) -> tuple[socket.socket, Any]:
        if self._accept is None:
            return self.socket.accept()
        # Without this shortcut the kinds of the socket are looked up among the members of two enumerations.
        fd, peer = self._accept()
        return socket.socket(int(self.addressFamily), 1, 0, fd), peer

    def _pause_accepting(self, why: OSError) -> None:
        """No descriptor or memory is left. Connections that are open go on; what waits is accepted when some close."""
        now = self.reactor.seconds()
        if self._reminded is None or now - self._reminded >= _REMINDER:
            self._reminded = now
            _log.warn(
                "accepting on port {port} pauses for {pause} s at a time: {why}",
                port=self._realPortNumber,
                pause=_PAUSE,
                why=why,
            )
        self.stopReading()
        self._paused = self.reactor.callLater(_PAUSE, self._accept_again)

    def _accept_again(self) -> None:
        self._paused = None
        if self.connected and not self.disconnecting:
            self.startReading()

    def _serve(self, accepted: socket.socket, peer: Any) -> None:
        """Have a protocol made for a connection; trouble with that concerns this connection alone."""
        try:
            protocol = self.factory.buildProtocol(self._buildAddr(peer))
            if protocol is None:
                accepted.close()
                return
            number = self.sessionno
            self.sessionno = number + 1
            stream = self.transport(accepted, protocol, peer, self, number, self.reactor)
        except BaseException:
            _log.failure("Unhandled Error", log_system=self.logPrefix())
            accepted.close()
            return
        self.reactor._dispatching = stream
        try:
            stream.startReading()
            stream._call(protocol.makeConnection, stream)
        except BaseException as raised:
            _log.failure("Unhandled Error", log_system=stream.logPrefix())
            self.reactor._disconnectSelectable(stream, raised, False)

    def _buildAddr(self, peer: Any) -> Any:
        return self._addressType("TCP", *peer)

    def loseConnection(self, connDone: Any = Failure(main.CONNECTION_DONE)) -> Any:  # noqa: B008  (a constant)
        """
        Stop listening. What was accepted stays.

        Returns:
            A Deferred that fires when the port is free, or `None` if it was not in use.
        """
        self.disconnecting = True
        self.stopReading()
        if self._paused is not None:
            self._paused.cancel()
            self._paused = None
        if not self.connected:
            return None
        self.deferred: Deferred[None] = Deferred()
        self.reactor.callLater(0, self.connectionLost, connDone)
        return self.deferred

    stopListening = loseConnection

    def connectionLost(self, reason: Failure) -> None:
        """Close the socket."""
        if not self.connected:
            return
        _log.info("({type} Port {port} Closed)", type=self._type, port=self._realPortNumber)
        if self._paused is not None:
            self._paused.cancel()
            self._paused = None
        self._realPortNumber = None
        self.reactor.removeReader(self)
        self.connected = False
        self.disconnected = True
        self.disconnecting = False
        self.socket.close()
        del self.socket
        self._accept = None
        waiting: Deferred[None] | None = self.__dict__.pop("deferred", None)
        stopped = maybeDeferred(self.factory.doStop)
        if waiting is not None:
            stopped.addCallbacks(lambda _: waiting.callback(None), waiting.errback)
        else:
            stopped.addErrback(lambda failure: _log.failure("while stopping {factory}", failure, factory=self.factory))

    def logPrefix(self) -> str:
        """Give the port's name in the log: its factory's class."""
        return str(self.factory.__class__.__module__ + "." + self.factory.__class__.__qualname__)

    def getHost(self) -> Any:
        """Give the address that is listened on."""
        return self._addressType("TCP", *self.socket.getsockname())
