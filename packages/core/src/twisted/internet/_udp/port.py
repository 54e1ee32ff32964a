"""
A bound datagram socket and the protocol that uses it.

Two system calls make an echo: one that receives and one that sends. All else is kept out of their way: an address
that was just received is known to be good, and is not parsed again when it is answered.
"""

from __future__ import annotations

import errno
import socket as sockets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from zope.interface import implementer

from twisted.internet import address, base, defer, error, interfaces
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.logger import Logger

if TYPE_CHECKING:
    from twisted.internet.protocol import AbstractDatagramProtocol
    from twisted.python.failure import Failure

_log = Logger("twisted.internet.udp")

# Other descriptors wait while a flood is read: so many datagrams a turn are enough to make the turn's price small.
_DATAGRAMS_A_TURN = 256

# A receive can fail for what an earlier send met (an ICMP message), or because nothing is there. The socket lives on.
_NOTHING = frozenset((errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR))
_REFUSED = frozenset(
    getattr(errno, name)
    for name in ("ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENETRESET")
    if hasattr(errno, name)
)


@implementer(interfaces.IListeningPort, interfaces.IUDPTransport, interfaces.ISystemHandle)
class Port(base.BasePort):
    """
    A UDP socket, and the transport of its protocol.

    Attributes:
        maxThroughput: About how many bytes are read before other descriptors have their turn.
        maxPacketSize: Datagrams are cut off at this length, in bytes.
        port: The port asked for; `getHost` tells the real one.
    """

    addressFamily: sockets.AddressFamily = sockets.AF_INET
    socketType: sockets.SocketKind = sockets.SOCK_DGRAM
    maxThroughput: ClassVar[int] = 256 * 1024

    socket: sockets.socket
    logstr = "Uninitialized"
    d: defer.Deferred[None] | None = None

    _bound_port: int | None = None
    # `None`, or where all datagrams go.
    _connected_to: tuple[str, int] | None = None
    # The address received last, by identity; and as the system wants it, where that differs.
    _sender: object = None
    _sender_raw: object = None
    _adopted: sockets.socket | None = None

    def __init__(
        self,
        port: int | None,
        proto: AbstractDatagramProtocol,
        interface: str = "",
        maxPacketSize: int = 8192,
        reactor: Any = None,  # Any of the reactor's many interfaces.
    ) -> None:
        base.BasePort.__init__(self, reactor)
        self.port = port
        self.protocol: Any = proto  # Datagram protocols of UDP and of UNIX sockets differ in their methods.
        self.maxPacketSize = maxPacketSize
        self.interface = interface
        self.setLogStr()
        self._choose_family()

    @classmethod
    def _fromListeningDescriptor(
        cls,
        reactor: object,
        fd: int,
        addressFamily: sockets.AddressFamily,
        protocol: AbstractDatagramProtocol,
        maxPacketSize: int,
    ) -> Port:
        """Make a port of an open, bound socket. The descriptor is duplicated: the caller closes its own."""
        adopted = sockets.fromfd(fd, addressFamily, cls.socketType)
        self = cls(None, protocol, interface=adopted.getsockname()[0], reactor=reactor, maxPacketSize=maxPacketSize)
        self.addressFamily = addressFamily
        self._adopted = adopted
        return self

    def __repr__(self) -> str:
        where = "not connected" if self._bound_port is None else f"on {self._bound_port}"
        return f"<{self.protocol.__class__} {where}>"

    def _choose_family(self) -> None:
        if isIPv6Address(self.interface):
            self.addressFamily = sockets.AF_INET6
        elif isIPAddress(self.interface):
            self.addressFamily = sockets.AF_INET
        elif self.interface:
            raise error.InvalidAddressError(self.interface, "not an IPv4 or IPv6 address.")

    def getHandle(self) -> sockets.socket:
        """Return the socket itself."""
        return self.socket

    def startListening(self) -> None:
        """
        Bind the socket, start the protocol, and begin to read.

        Raises:
            CannotListenError: The address cannot be bound.
        """
        self._bind()
        self._begin()

    def _bind(self) -> None:
        if self._adopted is not None:
            skt, self._adopted = self._adopted, None
            skt.setblocking(False)
        else:
            skt = self.createInternetSocket()
            try:
                skt.bind((self.interface, self.port))
            except OSError as problem:
                skt.close()
                raise error.CannotListenError(self.interface, self.port, problem) from problem
            except BaseException:
                skt.close()
                raise
        self.socket = skt
        self.fileno = skt.fileno  # type: ignore[method-assign]  # One call less, each time it is asked for.
        self._bound_port = skt.getsockname()[1]
        _log.info(
            "{protocol} starting on {port}",
            protocol=self._getLogPrefix(self.protocol),
            port=self._bound_port,
            eventSource=self,
            eventType="start",
        )

    def _begin(self) -> None:
        self.connected = True
        self.disconnected = False
        self.d = None
        self.protocol.makeConnection(self)
        if self.connected:
            self.startReading()

    def doRead(self) -> None:
        """Read what is there, up to the limits of one turn, and hand each datagram to the protocol."""
        receive = self.socket.recvfrom
        size = self.maxPacketSize
        left = self.maxThroughput
        deliver = self.protocol.datagramReceived
        short = self.addressFamily != sockets.AF_INET6
        for _ in range(_DATAGRAMS_A_TURN):
            try:
                data, sender = receive(size)
            except OSError as problem:
                self._receive_failed(problem)
                return
            self._sender_raw = sender
            if not short:
                sender = sender[:2]
            self._sender = sender
            try:
                deliver(data, sender)
            except BaseException:
                _log.failure("Unhandled Error")
            left -= len(data)
            # The protocol may have stopped or paused us.
            if left <= 0 or not self.connected or self.d is not None:
                return

    def _receive_failed(self, problem: OSError) -> None:
        number = problem.errno
        if number in _NOTHING:
            return
        if number in _REFUSED:
            if self._connected_to is not None:
                self._tell_refused()
            return
        if number == getattr(errno, "WSAEMSGSIZE", errno.EMSGSIZE):
            return  # Windows: longer than maxPacketSize, and gone.
        raise problem

    def _tell_refused(self) -> None:
        try:
            self.protocol.connectionRefused()
        except BaseException:
            _log.failure("Unhandled Error")

    def write(  # type: ignore[override]  # datagrams have addresses
        self, datagram: bytes, addr: tuple[str, int] | None = None
    ) -> int | None:
        """
        Send one datagram.

        Args:
            datagram: Its bytes.
            addr: An IP address (no host name) and a port. After `connect`, nothing or the address given there.

        Returns:
            How many bytes the system took, or `None` when the other side refused an earlier datagram.

        Raises:
            InvalidAddressError: It is a host name, or an address of the other IP version.
            MessageLengthError: The datagram is longer than the network allows.
        """
        if self._connected_to is not None:
            assert addr is None or addr == self._connected_to, f"connected to {self._connected_to}, not to {addr!r}"
            try:
                return self.socket.send(datagram)
            except OSError as problem:
                if problem.errno == errno.EMSGSIZE:
                    raise error.MessageLengthError("message too long") from None
                if problem.errno not in _REFUSED:
                    raise
                self._tell_refused()
                return None
        assert addr is not None, "write() on a port that is not connected needs an address"
        target: Any = addr
        if addr is self._sender:
            target = self._sender_raw
        else:
            self._check_address(addr[0])
        try:
            return self.socket.sendto(datagram, target)
        except OSError as problem:
            if problem.errno == errno.EMSGSIZE:
                raise error.MessageLengthError("message too long") from None
            if problem.errno == errno.ECONNREFUSED:
                return None  # About some earlier datagram, nobody can say which.
            raise

    def _check_address(self, host: str) -> None:
        if isIPv6Address(host):
            if self.addressFamily == sockets.AF_INET:
                raise error.InvalidAddressError(host, "IPv4 port write() called with IPv6 address")
        elif isIPAddress(host) or host == "<broadcast>":
            if self.addressFamily == sockets.AF_INET6:
                raise error.InvalidAddressError(host, "IPv6 port write() called with IPv4 or broadcast address")
        else:
            raise error.InvalidAddressError(host, "write() only accepts IP addresses, not hostnames")

    def writeSequence(self, seq: Iterable[bytes], addr: tuple[str, int] | None = None) -> None:
        """Send one datagram, joined from its pieces."""
        self.write(b"".join(seq), addr)

    def connect(self, host: str, port: int) -> None:
        """
        Exchange datagrams with one peer from now on. What it refuses is told by ``connectionRefused``.

        Raises:
            InvalidAddressError: *host* is not an IP address.
            RuntimeError: The port is connected already.
        """
        if self._connected_to is not None:
            raise RuntimeError("already connected, reconnecting is not currently supported")
        if not isIPAddress(host) and not isIPv6Address(host):
            raise error.InvalidAddressError(host, "not an IPv4 or IPv6 address.")
        self.socket.connect((host, port))
        self._connected_to = (host, port)

    def stopListening(self) -> defer.Deferred[None] | None:
        """
        Close the port, in the next turn.

        Returns:
            A Deferred that fires when it is closed, or `None` if it is not open.
        """
        if not self.connected:
            return None
        if self.d is None:
            self.d = defer.Deferred()
            self.stopReading()
            self.reactor.callLater(0, self.connectionLost)
        return self.d

    def loseConnection(self, _connDone: Any = None) -> None:
        """Deprecated: `stopListening` says the same, and when it is done."""
        import warnings

        warnings.warn("Please use stopListening() to disconnect port", DeprecationWarning, stacklevel=2)
        self.stopListening()

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Close the socket and tell the protocol. Called by the reactor."""
        if self._bound_port is None:
            return
        _log.info("(UDP Port {port} Closed)", port=self._bound_port, eventSource=self, eventType="stop")
        self._bound_port = None
        self._connected_to = None
        self._sender = self._sender_raw = None
        base.BasePort.connectionLost(self, reason)  # type: ignore[arg-type]
        self.connected = False
        try:
            self.protocol.doStop()
        finally:
            self.socket.close()
            del self.socket
            del self.fileno
            done, self.d = self.d, None
            if done is not None:
                done.callback(None)

    def setLogStr(self) -> None:
        """Compute the prefix of the log events made while the protocol works."""
        self.logstr = f"{self._getLogPrefix(self.protocol)} (UDP)"

    def logPrefix(self) -> str:
        """Return the prefix for log events."""
        return self.logstr

    def getHost(self) -> Any:  # An address of either IP version; of a UNIX socket in subclasses.
        """Return the local address as `IPv4Address` or `IPv6Address`."""
        own = self.socket.getsockname()
        if self.addressFamily == sockets.AF_INET6:
            return address.IPv6Address("UDP", *own)
        return address.IPv4Address("UDP", *own)

    def setBroadcastAllowed(self, enabled: bool) -> None:
        """Allow sending to broadcast addresses, or forbid it."""
        self.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_BROADCAST, int(enabled))

    def getBroadcastAllowed(self) -> bool:
        """Tell whether broadcasts may be sent."""
        return bool(self.socket.getsockopt(sockets.SOL_SOCKET, sockets.SO_BROADCAST))
