"""
Datagrams over UNIX sockets.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from typing import TYPE_CHECKING, Any

from zope.interface import implementedBy, implementer, implementer_only

from twisted.internet import address, error, interfaces
from twisted.internet._udp.port import _DATAGRAMS_A_TURN, Port
from twisted.internet.base import BasePort
from twisted.internet.protocol import ConnectedDatagramProtocol
from twisted.logger import Logger

if TYPE_CHECKING:
    from typing import TypeGuard

    from twisted.python.failure import Failure

_log = Logger("twisted.internet.unix")


@implementer(interfaces.IUNIXDatagramTransport)
class DatagramPort(Port):
    """
    A UNIX datagram socket at a path, and the transport of its protocol.

    Attributes:
        mode: The permissions of the path.
    """

    addressFamily = getattr(socket, "AF_UNIX", socket.AF_INET)

    def __init__(
        self,
        addr: str | bytes | None,
        proto: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        reactor: Any = None,
    ) -> None:
        Port.__init__(self, addr, proto, maxPacketSize=maxPacketSize, reactor=reactor)  # type: ignore[arg-type]
        self.mode = mode

    def _choose_family(self) -> None:
        pass  # There is but one.

    def __repr__(self) -> str:
        return f"<{self._told_as()} on {self.port!r}>"

    def _told_as(self) -> str:
        kind = self.protocol.__class__
        return f"{kind.__module__}.{kind.__qualname__}"

    def setLogStr(self) -> None:
        """Compute the prefix of the log events made while the protocol works."""
        self.logstr = f"{self._told_as()} (UDP)"

    def _bind(self) -> None:
        skt = self.createInternetSocket()
        try:
            if self.port:
                skt.bind(self.port)  # type: ignore[arg-type]  # A path here.
                if _is_path(self.port):
                    os.chmod(self.port, self.mode)
        except OSError as problem:
            skt.close()
            raise error.CannotListenError(None, self.port, problem) from problem
        self.socket = skt
        self.fileno = skt.fileno  # type: ignore[method-assign]
        self._bound_port = self.port if self.port is not None else 0
        _log.info(
            "{protocol} starting on {path!r}",
            protocol=self._told_as(),
            path=self.port,
            eventSource=self,
            eventType="start",
        )

    def doRead(self) -> None:
        """Read what is there, up to the limits of one turn, and hand each datagram to the protocol."""
        receive = self.socket.recvfrom
        left = self.maxThroughput
        for _ in range(_DATAGRAMS_A_TURN):
            try:
                data, sender = receive(self.maxPacketSize)
            except OSError as problem:
                self._receive_failed(problem)
                return
            try:
                self._deliver(data, sender)
            except BaseException:
                _log.failure("Unhandled Error")
            left -= len(data)
            if left <= 0 or not self.connected or self.d is not None:
                return

    def _deliver(self, data: bytes, sender: Any) -> None:
        self.protocol.datagramReceived(data, sender)

    def write(self, datagram: bytes, address: str | bytes) -> int | None:  # type: ignore[override]
        """
        Send one datagram to a path.

        Returns:
            How many bytes the system took, or `None` when nobody listens at a path that is there.

        Raises:
            MessageLengthError: The datagram is too long.
            OSError: There is no such path, or its queue is full.
        """
        try:
            return self.socket.sendto(datagram, address)
        except OSError as problem:
            if problem.errno == errno.EMSGSIZE:
                raise error.MessageLengthError("message too long") from None
            if problem.errno == errno.ECONNREFUSED:
                return None
            raise

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Close the socket, remove its path, and tell the protocol. Called by the reactor."""
        path, bound = self.port, self._bound_port
        if bound is not None and path and _is_path(path):
            with contextlib.suppress(OSError):
                os.unlink(path)
        Port.connectionLost(self, reason)

    def getHost(self) -> address.UNIXAddress:
        """Return the local address."""
        return address.UNIXAddress(self.socket.getsockname())


def _is_path(name: Any) -> TypeGuard[str | bytes]:
    """Whether a name stands in the file system, rather than in Linux's abstract namespace."""
    return isinstance(name, (str, bytes)) and name[:1] not in ("\0", b"\0")


_PROMISES = (interfaces.IUNIXDatagramConnectedTransport, *implementedBy(BasePort))  # type: ignore[no-untyped-call]


@implementer_only(*_PROMISES)
class ConnectedDatagramPort(DatagramPort):
    """A UNIX datagram socket that sends to one path, and receives from it alone."""

    def __init__(
        self,
        addr: str | bytes,
        proto: ConnectedDatagramProtocol,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        bindAddress: str | bytes | None = None,
        reactor: Any = None,
    ) -> None:
        assert isinstance(proto, ConnectedDatagramProtocol), f"{proto!r} is not a ConnectedDatagramProtocol"
        DatagramPort.__init__(self, bindAddress, proto, maxPacketSize, mode, reactor)
        self.remoteaddr = addr

    def startListening(self) -> None:
        """Connect, and start the protocol; what goes wrong is told to its ``connectionFailed``."""
        try:
            self._bind()
            self.socket.connect(self.remoteaddr)
        except (OSError, error.CannotListenError):
            from twisted.python.failure import Failure

            self.connectionFailed(Failure())
            return
        self._begin()

    def connectionFailed(self, reason: Failure) -> None:
        """Tell the protocol that there is no connection, and clean up."""
        if self._bound_port is not None:
            if self.port and _is_path(self.port):
                with contextlib.suppress(OSError):
                    os.unlink(self.port)
            self._bound_port = None
            self.socket.close()
            del self.socket
            del self.fileno
        self.protocol.connectionFailed(reason)

    def _deliver(self, data: bytes, sender: Any) -> None:
        self.protocol.datagramReceived(data)

    def _receive_failed(self, problem: OSError) -> None:
        if problem.errno == errno.ECONNREFUSED:
            self._tell_refused()
        else:
            DatagramPort._receive_failed(self, problem)

    def _tell_refused(self) -> None:
        refused = getattr(self.protocol, "connectionRefused", None)
        if refused is not None:
            try:
                refused()
            except BaseException:
                _log.failure("Unhandled Error")

    def write(self, data: bytes) -> int | None:  # type: ignore[override]
        """
        Send one datagram.

        Returns:
            How many bytes the system took, or `None` when the other side is gone.

        Raises:
            MessageLengthError: The datagram is too long.
        """
        try:
            return self.socket.send(data)
        except OSError as problem:
            if problem.errno == errno.EMSGSIZE:
                raise error.MessageLengthError("message too long") from None
            # Linux says the one when the other side is gone, and the other from then on.
            if problem.errno not in (errno.ECONNREFUSED, errno.ENOTCONN):
                raise
            self._tell_refused()
            return None

    def getPeer(self) -> address.UNIXAddress:
        """Return the address that all goes to."""
        return address.UNIXAddress(self.remoteaddr)
