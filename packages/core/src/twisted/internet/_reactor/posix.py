"""
The methods of a reactor that make sockets and processes, and what all loops over descriptors do with an end.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zope.interface import classImplements, implementer

from twisted.internet import error, main, tcp
from twisted.internet._reactor.core import ReactorBase
from twisted.internet._reactor.waking import Waker
from twisted.internet.interfaces import (
    IHalfCloseableDescriptor,
    IReactorMulticast,
    IReactorProcess,
    IReactorSocket,
    IReactorSSL,
    IReactorTCP,
    IReactorUDP,
    IReactorUNIX,
    IReactorUNIXDatagram,
)
from twisted.logger import Logger
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet.interfaces import Binding, IConnector, IListeningPort
    from twisted.internet.protocol import ClientFactory, ServerFactory

_log = Logger("twisted.internet.posixbase")

unixEnabled = hasattr(socket, "AF_UNIX")
processEnabled = sys.platform != "win32"


def end(reactor: Any, stream: Any, why: Any, reading: bool) -> None:
    """
    Tell a stream that it has ended.

    Args:
        reactor: Whose stream it is.
        stream: The stream.
        why: The exception, or `Failure`, that doRead or doWrite returned or raised.
        reading: Whether it came of reading: then a clean end may concern that direction alone.
    """
    # A connection that ends takes itself out, which costs no system call there.
    tidy = getattr(stream, "_eager", False)
    if not tidy:
        reactor.removeReader(stream)
    if why is main.CONNECTION_DONE:
        # Each end is an exception of its own: whoever raises it again adds a traceback to it.
        why = error.ConnectionDone()
    elif why is main.CONNECTION_LOST:
        why = error.ConnectionLost()
    failure = why if isinstance(why, Failure) else Failure(why)
    try:
        if reading and isinstance(failure.value, error.ConnectionDone) and IHalfCloseableDescriptor.providedBy(stream):
            stream.readConnectionLost(failure)
        else:
            if not tidy:
                reactor.removeWriter(stream)
            stream.connectionLost(failure)
    except BaseException:
        _log.failure("while ending {stream}", stream=stream)
        if getattr(stream, "connected", False):
            # It broke half way: what it holds must go all the same.
            try:
                stream.connectionLost(Failure(main.CONNECTION_LOST))
            except BaseException:
                _log.failure("while ending {stream} for good", stream=stream)


@implementer(IReactorTCP, IReactorUDP, IReactorMulticast, IReactorSocket)
class PosixReactorBase(ReactorBase):
    """
    A reactor with sockets and processes, and without a way to wait: subclasses watch descriptors.
    """

    def installWaker(self) -> None:
        """Make what wakes the loop, and watch it."""
        if self.waker is None:
            self.waker = Waker()
        self._internalReaders.add(self.waker)
        self.addReader(self.waker)

    def afterDaemonize(self) -> None:
        """Called in the child of a fork: the waker would wake both processes."""
        super().afterDaemonize()
        for waker in (self.waker, self._signal_waker):
            if waker is not None:
                self.removeReader(waker)
                waker.renew()
                self.addReader(waker)
        if self._running_signals is not None and self._signal_waker is not None:
            self._running_signals.wake_by(self._signal_waker.o)

    def _install_signals(self) -> None:
        # A signal may come just before the loop begins to wait, or in another thread: Python writes a byte here.
        self._signal_waker = Waker(takes_bytes=True)
        self._internalReaders.add(self._signal_waker)
        self.addReader(self._signal_waker)
        super()._install_signals()

    def _restore_signals(self) -> None:
        super()._restore_signals()
        waker, self._signal_waker = self._signal_waker, None
        if waker is not None:
            self._internalReaders.discard(waker)
            self.removeReader(waker)
            waker.close()

    def removeAll(self) -> list[Any]:
        """Watch nothing any more but for what the reactor needs itself; give what was watched."""
        return self._removeAll(self.getReaders(), self.getWriters())

    def _removeAll(self, readers: Any, writers: Any) -> list[Any]:
        found: dict[int, Any] = {}
        for stream in [*readers, *writers]:
            if stream not in self._internalReaders and not getattr(stream, "_internal_reader", False):
                found[id(stream)] = stream
        for stream in found.values():
            self.removeReader(stream)
            self.removeWriter(stream)
        return list(found.values())

    def _disconnectSelectable(
        self, selectable: Any, why: Any, isRead: bool, faildict: Mapping[Any, Any] | None = None
    ) -> None:
        # Under this name because loops of somebody else's call it.
        end(self, selectable, why, isRead)

    # TCP

    def listenTCP(
        self, port: Any, factory: ServerFactory[Any], backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        """Listen over TCP; raises `CannotListenError`. *port* may be a `Binding`. See `IReactorTCP`."""
        made: Any = tcp.Port(port, factory, backlog, interface, self)
        made.startListening()
        return made  # type: ignore[no-any-return]

    def connectTCP(
        self,
        host: str,
        port: int,
        factory: ClientFactory[Any],
        timeout: float = 30.0,
        bindAddress: Binding | tuple[str, int] | None = None,
    ) -> IConnector:
        """Connect over TCP. See `IReactorTCP`."""
        connector: Any = tcp.Connector(host, port, factory, timeout, bindAddress, self)
        connector.connect()
        return connector  # type: ignore[no-any-return]

    def listenSSL(
        self, port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        """Listen over TLS. See `IReactorSSL`."""
        from twisted.internet._tls.reactor import listen

        listening: IListeningPort = listen(self, port, factory, contextFactory, backlog, interface)
        return listening

    def connectSSL(
        self,
        host: str,
        port: int,
        factory: Any,
        contextFactory: Any,
        timeout: float = 30,
        bindAddress: tuple[str, int] | None = None,
    ) -> IConnector:
        """Connect over TLS. See `IReactorSSL`."""
        from twisted.internet._tls.reactor import connect

        connector: IConnector = connect(self, host, port, factory, contextFactory, timeout, bindAddress)
        return connector

    # Sockets of others

    def adoptStreamPort(self, fileDescriptor: int, addressFamily: int, factory: Any) -> IListeningPort:
        """Listen on a socket that is open already; the caller may close its own descriptor. See `IReactorSocket`."""
        made: Any
        if addressFamily in (socket.AF_INET, socket.AF_INET6):
            made = tcp.Port._fromListeningDescriptor(self, fileDescriptor, addressFamily, factory)
        elif unixEnabled and addressFamily == socket.AF_UNIX:
            from twisted.internet import unix

            made = unix.Port._fromListeningDescriptor(self, fileDescriptor, factory)
        else:
            raise error.UnsupportedAddressFamily(addressFamily)
        made.startListening()
        return made  # type: ignore[no-any-return]

    def adoptStreamConnection(self, fileDescriptor: int, addressFamily: int, factory: Any) -> Any:
        """Serve a connection that is open already; the caller may close its own descriptor. See `IReactorSocket`."""
        if addressFamily in (socket.AF_INET, socket.AF_INET6):
            return tcp.Server._fromConnectedSocket(fileDescriptor, addressFamily, factory, self)
        if unixEnabled and addressFamily == socket.AF_UNIX:
            from twisted.internet import unix

            return unix.Server._fromConnectedSocket(fileDescriptor, factory, self)
        raise error.UnsupportedAddressFamily(addressFamily)

    def adoptDatagramPort(
        self, fileDescriptor: int, addressFamily: int, protocol: Any, maxPacketSize: int = 8192
    ) -> IListeningPort:
        """Receive datagrams on a socket that is open already. See `IReactorSocket`."""
        if addressFamily not in (socket.AF_INET, socket.AF_INET6):
            raise error.UnsupportedAddressFamily(addressFamily)
        from twisted.internet import udp

        made: Any = udp.Port._fromListeningDescriptor(
            self, fileDescriptor, socket.AddressFamily(addressFamily), protocol, maxPacketSize=maxPacketSize
        )
        made.startListening()
        return made  # type: ignore[no-any-return]

    # UDP

    def listenUDP(self, port: int, protocol: Any, interface: str = "", maxPacketSize: int = 8192) -> IListeningPort:
        """Send and receive datagrams. See `IReactorUDP`."""
        from twisted.internet import udp

        made: Any = udp.Port(port, protocol, interface, maxPacketSize, self)
        made.startListening()
        return made  # type: ignore[no-any-return]

    def listenMulticast(
        self,
        port: int,
        protocol: Any,
        interface: str = "",
        maxPacketSize: int = 8192,
        listenMultiple: bool = False,
    ) -> Any:
        """Send and receive datagrams of multicast groups. See `IReactorMulticast`."""
        from twisted.internet import udp

        made: Any = udp.MulticastPort(port, protocol, interface, maxPacketSize, self, listenMultiple)
        made.startListening()
        return made

    # UNIX sockets

    def listenUNIX(
        self, address: Any, factory: Any, backlog: int = 50, mode: int = 0o666, wantPID: bool | int = 0
    ) -> IListeningPort:
        """Listen on a UNIX socket. See `IReactorUNIX`."""
        _need_unix_sockets()
        from twisted.internet import unix

        made: Any = unix.Port(address, factory, backlog, mode, self, wantPID)
        made.startListening()
        return made  # type: ignore[no-any-return]

    def connectUNIX(self, address: Any, factory: Any, timeout: float = 30, checkPID: bool | int = 0) -> IConnector:
        """Connect to a UNIX socket. See `IReactorUNIX`."""
        _need_unix_sockets()
        from twisted.internet import unix

        connector: Any = unix.Connector(address, factory, timeout, self, checkPID)
        connector.connect()
        return connector  # type: ignore[no-any-return]

    def listenUNIXDatagram(
        self, address: Any, protocol: Any, maxPacketSize: int = 8192, mode: int = 0o666
    ) -> IListeningPort:
        """Receive datagrams on a UNIX socket. See `IReactorUNIXDatagram`."""
        _need_unix_sockets()
        from twisted.internet import unix

        made: Any = unix.DatagramPort(address, protocol, maxPacketSize, mode, self)
        made.startListening()
        return made  # type: ignore[no-any-return]

    def connectUNIXDatagram(
        self, address: Any, protocol: Any, maxPacketSize: int = 8192, mode: int = 0o666, bindAddress: Any = None
    ) -> Any:
        """Exchange datagrams with one UNIX socket. See `IReactorUNIXDatagram`."""
        _need_unix_sockets()
        from twisted.internet import unix

        made: Any = unix.ConnectedDatagramPort(address, protocol, maxPacketSize, mode, bindAddress, self)
        made.startListening()
        return made

    # Processes

    def spawnProcess(
        self,
        processProtocol: Any,
        executable: Any,
        args: Sequence[Any] = (),
        env: Mapping[Any, Any] | None = {},
        path: Any = None,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: bool | int = 0,
        childFDs: Mapping[int, int | str] | None = None,
    ) -> Any:
        """Start a program. See `IReactorProcess`."""
        if not processEnabled:
            raise NotImplementedError("processes are started on POSIX systems only")
        from twisted.internet._process.spawn import spawn_process

        return spawn_process(self, processProtocol, executable, args, env, path, uid, gid, usePTY, childFDs)


def _need_unix_sockets() -> None:
    if not unixEnabled:
        raise error.UnsupportedAddressFamily("this platform has no UNIX sockets")


# What a platform lacks is not promised on it.
if unixEnabled:
    classImplements(PosixReactorBase, IReactorUNIX, IReactorUNIXDatagram)
if processEnabled:
    classImplements(PosixReactorBase, IReactorProcess)
# Whether TLS is there is found out when it is used: asking would load all of it.
classImplements(PosixReactorBase, IReactorSSL)
