"""
Ports that listen at a path, and connections to them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from typing import Any

from twisted.internet import error
from twisted.internet._reactor.connecting import BaseConnector
from twisted.internet._stream.client import BEGUN, BaseClient
from twisted.internet._stream.connection import LATER
from twisted.internet._stream.server import ACCEPTED
from twisted.internet._stream.server import Port as StreamPort
from twisted.internet._stream.server import Server as StreamServer
from twisted.internet._unix.descriptors import DescriptorPassing
from twisted.internet.address import UNIXAddress
from twisted.logger import Logger
from twisted.python import lockfile
from twisted.python._keys import share_keys
from twisted.python.failure import Failure

_log = Logger("twisted.internet.unix")
# How long to wait before a listener whose queue is full is tried again, in seconds.
_FULL_QUEUE_PAUSE = 0.02

_FAMILY: Any = getattr(socket, "AF_UNIX", socket.AF_INET)

# What a connection has that passes descriptors, or has found out that it need not.
_PASSING = ("_judged", "_receive", "_arrived")


class Server(DescriptorPassing, StreamServer):
    """A connection that was accepted."""

    addressFamily = _FAMILY
    socketType = socket.SOCK_STREAM

    @property
    def hostname(self) -> Any:
        """Where the other side is bound: mostly nowhere."""
        return self.client or ""

    @classmethod
    def _fromConnectedSocket(cls, fileDescriptor: int, factory: Any, reactor: Any) -> Any:  # type: ignore[override]
        """Serve a connected socket that somebody else has opened; a copy of the descriptor is used."""
        adopted = socket.fromfd(fileDescriptor, _FAMILY, socket.SOCK_STREAM)
        name: Any = adopted.getpeername()
        made = cls(adopted, None, name, None, 0, reactor)
        made._begin_with(factory.buildProtocol(UNIXAddress(name or None)))
        return made

    def getHost(self) -> UNIXAddress:
        """Return the address that was connected to."""
        return UNIXAddress(self.socket.getsockname() or None)

    def getPeer(self) -> UNIXAddress:
        """Return the other side's address; its name is mostly `None`."""
        return UNIXAddress(self.hostname or None)


share_keys(Server, (*ACCEPTED, *_PASSING, *LATER))


class Port(StreamPort):
    """
    A UNIX socket that listens at a path, or at a name in Linux's abstract namespace (one that begins with a NUL byte).

    Attributes:
        mode: The permissions of the path.
        wantPID: Whether a lock file beside it says that it is in use. What a dead process left there is then removed.
        lockFile: That lock.
    """

    addressFamily = _FAMILY
    socketType = socket.SOCK_STREAM
    transport: Any = Server
    lockFile: lockfile.FilesystemLock | None = None
    _type = "UNIX"

    def __init__(
        self,
        fileName: str | bytes,
        factory: Any,
        backlog: int = 50,
        mode: int = 0o666,
        reactor: Any = None,
        wantPID: int = 0,
    ) -> None:
        StreamPort.__init__(self, 0, factory, backlog, reactor=reactor)
        self.port = os.fsencode(fileName)
        self.mode = mode
        self.wantPID = wantPID
        self.addressFamily = _FAMILY

    @classmethod
    def _fromListeningDescriptor(cls, reactor: Any, fd: int, factory: Any) -> Any:  # type: ignore[override]
        """Listen on a socket that somebody else has opened; a copy of the descriptor is used."""
        adopted = socket.fromfd(fd, _FAMILY, cls.socketType)
        adopted.setblocking(False)
        made = cls(adopted.getsockname(), factory, reactor=reactor)
        made._preexistingSocket = adopted
        return made

    def __repr__(self) -> str:
        factory = self.factory.__class__
        name = f"{factory.__module__}.{factory.__qualname__}"
        if self.connected:
            return f"<{name} on {os.fsdecode(self.port)!r}>"
        return f"<{name} (not listening)>"

    @property
    def _is_path(self) -> bool:
        return not self.port.startswith(b"\0")

    def startListening(self) -> None:
        """
        Bind and listen.

        Raises:
            CannotListenError: The path is taken, or cannot be made.
        """
        if self._preexistingSocket is not None:
            made, self._preexistingSocket = self._preexistingSocket, None
        else:
            made = self._listening_socket()
        self._realPortNumber = None
        _log.info("{name} starting on {path!r}", name=self._getLogPrefix(self.factory), path=os.fsdecode(self.port))
        self.factory.doStart()
        self.socket = made
        self.connected = True
        self.disconnected = False
        self._accept = getattr(made, "_accept", None)
        self.startReading()

    def _listening_socket(self) -> socket.socket:
        if self.wantPID:
            self._take_lock()
        made: socket.socket | None = None
        try:
            made = self.createInternetSocket()
            made.bind(self.port)
            if self._is_path:
                os.chmod(self.port, self.mode)
            made.listen(self.backlog)
        except OSError as problem:
            if made is not None:
                made.close()
            self._release_lock()
            raise error.CannotListenError(None, self.port, problem) from None
        return made

    def createInternetSocket(self) -> socket.socket:
        """Make the socket."""
        made = socket.socket(self.addressFamily, self.socketType)
        made.setblocking(False)
        return made

    def _take_lock(self) -> None:
        self.lockFile = lockfile.FilesystemLock(os.fsdecode(self.port) + ".lock")
        if not self.lockFile.lock():
            self.lockFile = None
            raise error.CannotListenError(None, self.port, "Cannot acquire lock")
        if not self.lockFile.clean:
            with contextlib.suppress(OSError):
                if stat.S_ISSOCK(os.stat(self.port).st_mode):
                    os.remove(self.port)

    def _release_lock(self) -> None:
        if self.lockFile is not None:
            lock, self.lockFile = self.lockFile, None
            with contextlib.suppress(OSError, ValueError):
                lock.unlock()

    def _buildAddr(self, peer: Any) -> UNIXAddress:
        return UNIXAddress(peer or None)

    def connectionLost(self, reason: Failure) -> None:
        """Remove the path, and close the socket."""
        if not self.connected:
            return
        if self._is_path and self.port:
            with contextlib.suppress(OSError):
                os.unlink(self.port)
        self._release_lock()
        StreamPort.connectionLost(self, reason)

    def getHost(self) -> UNIXAddress:
        """Return the address that is listened at."""
        return UNIXAddress(self.socket.getsockname() or None)


class Client(DescriptorPassing, BaseClient):
    """A connection to a path."""

    addressFamily = _FAMILY
    socketType = socket.SOCK_STREAM

    def __init__(self, filename: str | bytes, connector: Any, reactor: Any = None, checkPID: int = 0) -> None:
        self.connector = connector
        self.realAddress = self.addr = os.fsencode(filename)
        if checkPID and not lockfile.isLocked(os.fsdecode(filename) + ".lock"):
            self._finishInit(None, None, error.BadFileError(self.addr), reactor)
            return
        self._finishInit(self.doConnect, self.createInternetSocket(), None, reactor)

    def createInternetSocket(self) -> socket.socket:
        """Make the socket."""
        made = socket.socket(self.addressFamily, self.socketType)
        made.setblocking(False)
        return made

    def _connect_answer(self) -> int:
        answer = super()._connect_answer()
        if answer in (errno.EAGAIN, errno.EWOULDBLOCK):
            # The listener's queue is full. Unlike with TCP nothing is under way, and watching the socket would report
            # it ready at once, for ever: ask again a little later, until the connector's time is up.
            self.reactor.callLater(_FULL_QUEUE_PAUSE, self.doConnect)
            return self._LATER
        return answer

    def getPeer(self) -> UNIXAddress:
        """Return the address that was connected to."""
        return UNIXAddress(self.addr)

    def getHost(self) -> UNIXAddress:
        """Return an address without a name: this side is bound to none."""
        return UNIXAddress(None)


share_keys(Client, (*BEGUN, *_PASSING, *LATER))


class Connector(BaseConnector):
    """Connects to a path."""

    def __init__(self, address: str | bytes, factory: Any, timeout: float, reactor: Any, checkPID: int) -> None:
        BaseConnector.__init__(self, factory, timeout, reactor)
        self.address = address
        self.checkPID = checkPID

    def _makeTransport(self) -> Client:
        return Client(self.address, self, self.reactor, self.checkPID)

    def getDestination(self) -> UNIXAddress:
        """Return the address that is connected to."""
        return UNIXAddress(self.address)
