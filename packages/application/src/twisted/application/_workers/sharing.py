"""
A worker's reactor, which asks the parent for the sockets it listens on.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from twisted.application._workers.control import READY, Answer, Ask, ControlError, Orders, line_of, read
from twisted.internet import tcp, unix
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

_log = Logger("twisted.application.workers")

# How long the parent may take to answer, and how often a worker that is to leave looks whether it can, in seconds.
_PATIENCE = 60.0
_LOOK = 0.05


class Asking:
    """
    A worker's side of what is said to the parent.

    Args:
        connection: The socket.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        connection.settimeout(_PATIENCE)

    def orders(self) -> Orders:
        """Wait for the orders."""
        line, descriptors = self._line()
        _close(descriptors)
        return read(Orders, line)

    def ask(self, ask: Ask) -> tuple[Answer, int]:
        """Ask for a socket, and wait for the answer and a descriptor, which is -1 if there is none."""
        self._connection.sendall(line_of(ask))
        line, descriptors = self._line()
        answer = read(Answer, line)
        wanted = 0 if answer.code else 1
        if len(descriptors) != wanted:
            _close(descriptors)
            raise ControlError(f"{len(descriptors)} sockets came, and {wanted} were to come")
        return answer, descriptors[0] if descriptors else -1

    def ready(self) -> None:
        """Say that we serve."""
        self._connection.sendall(READY + b"\n")

    def _line(self) -> tuple[bytes, list[int]]:
        data, descriptors = b"", list[int]()
        while not data.endswith(b"\n"):
            piece, arrived, _, _ = socket.recv_fds(self._connection, 65536, 4, getattr(socket, "MSG_CMSG_CLOEXEC", 0))
            for descriptor in arrived:
                os.set_inheritable(descriptor, False)
            descriptors += arrived
            if not piece:
                _close(descriptors)
                raise ControlError("the parent is gone")
            data += piece
        return data, descriptors

    # What the reactor needs of a descriptor that it watches. The parent does not speak unasked: there is something to
    # read when it is gone.

    def watch(self, reactor: Any, gone: Callable[[], None]) -> None:
        """Have *gone* called when the parent dies."""
        self._gone = gone
        self._reactor = reactor
        reactor.addReader(self)

    def fileno(self) -> int:
        """Give the descriptor."""
        return self._connection.fileno()

    def logPrefix(self) -> str:
        """Give a name for the log."""
        return "control"

    def doRead(self) -> None:
        """The parent is gone."""
        self._reactor.removeReader(self)
        self._gone()

    def connectionLost(self, reason: object) -> None:
        """The reactor lets go of us."""


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


class _UNIXPort(unix.Port):
    """A port at a path that is the parent's to remove."""

    def connectionLost(self, reason: Any) -> None:
        self.port = b""
        super().connectionLost(reason)


class Sharing:
    """
    Makes a reactor listen on the parent's sockets.

    Streams are shared under their address. A port of 0 is any that is free: while the service starts, the first one of
    each worker is one and the same, so is the second, and so on. Later it is the worker's own, since a service that
    opens such a port while it runs (FTP does) means to be reached itself. Datagrams are shared if they have a port,
    each being read by one worker; a port of 0 is the worker's own, for it waits for answers there. Groups of multicast
    are not shared.

    Args:
        reactor: The reactor, which runs not yet.
        asking: Asks the parent.
    """

    def __init__(self, reactor: Any, asking: Asking) -> None:
        self._reactor = reactor
        self._asking = asking
        self._ports: list[tuple[tuple[Any, ...], Any]] = []
        self._datagrams: list[tuple[tuple[Any, ...], Any]] = []
        self._streams: WeakSet[Any] = WeakSet()
        self._places: dict[tuple[str, str], int] = {}
        self._adopt = reactor.adoptStreamPort
        self._listen_udp = reactor.listenUDP
        self.starting = True
        self.leaving = False

    def adapt(self) -> None:
        """Put our methods into the place of the reactor's."""
        reactor = self._reactor
        reactor.listenTCP = self.listenTCP
        reactor.listenSSL = self.listenSSL
        reactor.listenUNIX = self.listenUNIX
        reactor.listenUDP = self.listenUDP
        reactor.listenUNIXDatagram = self.listenUNIXDatagram
        reactor.adoptStreamPort = self.adoptStreamPort

    # What services call, as they call it on any reactor.

    def listenTCP(self, port: Any, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """Listen over TCP."""
        return self._listen(tcp.Port(port, factory, backlog, interface, self._reactor))

    def listenSSL(self, port: Any, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = "") -> Any:
        """Listen over TLS."""
        from twisted.internet import ssl

        return self._listen(ssl.Port(port, factory, contextFactory, backlog, interface, self._reactor))

    def listenUNIX(
        self, address: Any, factory: Any, backlog: int = 50, mode: int = 0o666, wantPID: bool | int = 0
    ) -> Any:
        """Listen on a UNIX socket."""
        where = os.fsdecode(address)
        if not where.startswith("\0"):
            where = os.path.abspath(where)
        port = _UNIXPort(address, factory, backlog, mode, self._reactor)
        ask = Ask("unix", where, backlog=backlog, mode=mode, lock=bool(wantPID))
        port._preexistingSocket = self._obtain(ask, self._ports, address)
        port.startListening()
        return self._keep(ask, port)

    def listenUDP(self, port: int, protocol: Any, interface: str = "", maxPacketSize: int = 8192) -> Any:
        """Receive datagrams."""
        if port == 0:
            return self._listen_udp(port, protocol, interface, maxPacketSize)
        ask = Ask("udp", interface, port)
        with self._obtain(ask, self._datagrams, port) as shared:
            made = self._reactor.adoptDatagramPort(shared.fileno(), shared.family, protocol, maxPacketSize)
        self._datagrams.append((ask.key(), made))
        return made

    def listenUNIXDatagram(self, address: Any, protocol: Any, maxPacketSize: int = 8192, mode: int = 0o666) -> Any:
        """Refuse: there is one path and there are several workers."""
        raise CannotListenError(None, address, "workers cannot share a UNIX socket of datagrams: use one process")

    def adoptStreamPort(self, fileDescriptor: int, addressFamily: int, factory: Any) -> Any:
        """Listen on a socket that is open already: one of systemd's, say."""
        return self._count(self._adopt(fileDescriptor, addressFamily, factory), ("adopted", fileDescriptor))

    # How it is done

    def _listen(self, port: Any) -> Any:
        if port.port == 0 and not self.starting:
            port.startListening()
            return self._count(port, ("own", id(port)))
        place = 0
        if port.port == 0:
            place = self._places.get(("tcp", port.interface), 0)
            self._places["tcp", port.interface] = place + 1
        ask = Ask("tcp", port.interface, port.port, place, port.backlog)
        shared = self._obtain(ask, self._ports, port.port)
        if shared.family != port.addressFamily:
            # systemd's, for both versions of IP.
            port = _like(port, shared)
        port._preexistingSocket = shared
        port.startListening()
        return self._keep(ask, port)

    def _obtain(self, ask: Ask, open_here: list[tuple[tuple[Any, ...], Any]], shown: Any) -> socket.socket:
        interface = None if ask.kind == "unix" else ask.where
        if any(key == ask.key() and port.connected for key, port in open_here):
            raise CannotListenError(interface, shown, OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE)))
        try:
            answer, descriptor = self._asking.ask(ask)
        except (ControlError, OSError) as problem:
            raise CannotListenError(interface, shown, OSError(errno.EIO, str(problem))) from None
        if answer.code:
            raise CannotListenError(interface, shown, OSError(answer.code, answer.reason))
        kind = socket.SOCK_DGRAM if ask.kind == "udp" else socket.SOCK_STREAM
        shared = socket.socket(answer.family, kind, 0, descriptor)
        shared.setblocking(False)
        return shared

    def _keep(self, ask: Ask, port: Any) -> Any:
        return self._count(port, ask.key())

    def _count(self, port: Any, key: tuple[Any, ...]) -> Any:
        make = port.transport

        def accepted(*args: Any) -> Any:
            stream = make(*args)
            self._streams.add(stream)
            return stream

        port.transport = accepted
        self._ports.append((key, port))
        return port

    # Leaving

    @property
    def busy(self) -> int:
        """How many connections are open that came in through our ports."""
        return sum(1 for stream in self._streams if stream.connected)

    def leave(self, grace: float, done: Callable[[], None]) -> None:
        """
        Accept nothing more, and wait until what was accepted is over.

        Args:
            grace: How long to wait at most, in seconds.
            done: Called then.
        """
        if self.leaving:
            return
        self.leaving = True
        for _, port in [*self._ports, *self._datagrams]:
            if port.connected:
                # It stays open: others have it too, and its factory is not to stop before what it serves has ended.
                port.numberAccepts = 0
                port.stopReading()
        for stream in list(self._streams):
            finish = getattr(stream.protocol, "finishAndLeave", None)
            if finish is not None and stream.connected:
                finish()
        _log.info("leaving when {busy} connections are over, or in {grace} s", busy=self.busy, grace=grace)
        self._look(self._reactor.seconds() + grace, done)

    def _look(self, until: float, done: Callable[[], None]) -> None:
        if not self.busy or self._reactor.seconds() >= until:
            done()
        else:
            self._reactor.callLater(_LOOK, self._look, until, done)


def _like(port: Any, shared: socket.socket) -> Any:
    """Make a port as *port*, for a socket of another family."""
    where = shared.getsockname()[0]
    if hasattr(port, "ctxFactory"):
        return type(port)(port.port, port.factory, port.ctxFactory, port.backlog, where, port.reactor)
    return type(port)(port.port, port.factory, port.backlog, where, port.reactor)
