"""
A connected stream socket.

What is written waits in a list until the callback that wrote it returns, or the turn ends; then it goes out in one
system call. Only what the kernel does not take makes the reactor watch for room. So a request and its answer cost a
wait, a read and a send.

TLS on the socket itself takes the place of some attributes of a connection: `_receive(size)`, which may give more than
was asked for; `_transmit(data)`; `_close_sending()` and `_postLoseConnection()`. The first two raise `BlockingIOError`
where nothing can be done now, and any other `OSError` ends the connection, with the exception in its attribute
``ends_with`` if it has one.
"""

from __future__ import annotations

import socket
import struct
from collections import deque
from collections.abc import Iterable
from contextvars import copy_context
from itertools import islice
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import abstract, error, main
from twisted.internet.interfaces import IHalfCloseableProtocol, ISystemHandle, ITCPTransport, ITLSTransport
from twisted.logger import Logger
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocol

_log = Logger("twisted.internet.tcp")

# One read takes at most this much. Larger is slower: the memory falls out of the processor's cache.
_SMALLEST_READ = 8 * 1024
_LARGEST_READ = 256 * 1024

# A few small pieces are cheaper to join than to hand over one by one.
_JOIN_UP_TO = 64 * 1024
_MOST_PIECES = 256
_HAS_SENDMSG = hasattr(socket.socket, "sendmsg")

# How long what is left may take to be sent after the other side has stopped sending, in seconds.
_PATIENCE_AT_END = 30.0

# Under another name, because the promised name of an argument hides it.
_bytes = bytes

# SO_LINGER with no time: closing resets the connection.
_LINGER_NOT = struct.pack("ii", 1, 0)


@implementer(ITCPTransport, ITLSTransport, ISystemHandle)
class Connection(abstract.FileDescriptor):
    """
    A connected stream socket.

    Attributes:
        protocol: What the bytes that arrive are given to.
        socket: The socket.
        TLS: Whether TLS is spoken.
        logstr: The name of this connection in the log.
    """

    TLS = False
    logstr = "Uninitialized"
    # What is read and written by; `None` for the socket itself, so that an idle connection holds no bound methods.
    _receive: Any = None
    _transmit: Any = None
    socket: Any
    protocol: Any

    # Whether sending will be tried before the loop waits again; whether somebody asked for that meanwhile; and whether
    # the reactor watches for room instead.
    _dirty = False
    _wanted = False
    _blocked = False
    _read_size = _SMALLEST_READ
    _in_context = False
    _ending: Any = None
    _aborting = False

    # Whether writeSomeData is ours, and need not be called.
    _sends_plainly = True
    _unsent = 0
    _unsent_views: deque[memoryview] | None = None

    def __init_subclass__(cls, **words: Any) -> None:
        super().__init_subclass__(**words)
        cls._sends_plainly = cls.writeSomeData is Connection.writeSomeData

    def __init__(self, skt: socket.socket, protocol: IProtocol | None, reactor: Any = None) -> None:
        if reactor is None:
            reactor = abstract._usual_reactor()
        self.reactor = reactor
        self._pieces: list[bytes] = []
        self.socket = skt
        if skt.gettimeout() != 0:
            skt.setblocking(False)
        self._fd: int = skt.fileno()
        self._eager = getattr(reactor, "_flushes", False)
        self.protocol = protocol
        # Each connection has variables of its own, whatever is set in its callbacks.
        self._context = copy_context()

    # Reading

    def doRead(self) -> Any:
        """Read once, and hand what came to the protocol."""
        if self.disconnecting:
            # Nobody wants it; and whoever watches for it learns at the end of the turn.
            return None
        try:
            data = (self._receive or self.socket.recv)(self._read_size)
        except BlockingIOError:
            return None
        except OSError as why:
            return getattr(why, "ends_with", main.CONNECTION_LOST)
        return self._dataReceived(data)

    def _dataReceived(self, data: bytes) -> Any:
        # The protocol's answer goes out when this returns.
        if not data:
            return main.CONNECTION_DONE
        length = len(data)
        if length == self._read_size:
            if length < _LARGEST_READ:
                self._read_size = min(length * 4, _LARGEST_READ)
        elif length * 8 < self._read_size and self._read_size > _SMALLEST_READ:
            self._read_size //= 2
        # What is written now need not tell the reactor.
        self._dirty = True
        if self._in_context:
            self.protocol.dataReceived(data)
        else:
            self._in_context = True
            try:
                self._context.run(self.protocol.dataReceived, data)
            finally:
                self._in_context = False
        if (self._unsent or self._wanted) and not self._blocked:
            why = self._transmit_pending()
            if why is not None:
                # Not an end of what is read, which may mean something else.
                self.reactor._disconnectSelectable(self, why, False)
            return None
        self._dirty = self._wanted = False
        return None

    def _call(self, function: Any, *args: Any) -> Any:
        """Call a function of the user's among this connection's context variables."""
        if self._in_context:
            # A context can be entered once at a time.
            return function(*args)
        self._in_context = True
        try:
            return self._context.run(function, *args)
        finally:
            self._in_context = False

    def readConnectionLost(self, reason: Failure) -> None:
        """
        The other side sends nothing more.

        A protocol that can live with that is told. For any other the connection ends, as soon as what is left is sent.
        """
        protocol = self.protocol
        if IHalfCloseableProtocol.providedBy(protocol):
            self.stopReading()
            try:
                self._call(protocol.readConnectionLost)
            except BaseException:
                _log.failure("Unhandled Error", log_system=self.logPrefix())
                self.connectionLost(Failure())
            return
        if self._has_unsent() and not self._aborting:
            self.stopReading()
            if not self.disconnecting:
                self.disconnecting = 1
                self._ending = self.reactor.callLater(_PATIENCE_AT_END, self.abortConnection)
                self._wake_sending()
            return
        self.connectionLost(reason)

    # Writing

    def write(self, bytes: bytes) -> None:
        """
        Send bytes, in the order they are written.

        Raises:
            TypeError: It is something else.
        """
        if bytes.__class__ is not _bytes:
            abstract._refuse_other_than_bytes(bytes)
        if not self.connected or self._writeDisconnected or not bytes:
            return
        self._pieces.append(bytes)
        self._unsent += len(bytes)
        if self.producer is not None:
            self._pause_if_full()
        if not self._dirty:
            self._wake_sending()

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send several pieces, in order."""
        pieces = iovec if isinstance(iovec, (list, tuple)) else list(iovec)
        for piece in pieces:
            if piece.__class__ is not _bytes:
                abstract._refuse_other_than_bytes(piece)
        if not self.connected or self._writeDisconnected or not pieces:
            return
        self._pieces += pieces
        self._unsent += sum(map(len, pieces))
        if self.producer is not None:
            self._pause_if_full()
        if not self._dirty:
            self._wake_sending()

    def _pause_if_full(self) -> None:
        if self.producer is not None and self.streamingProducer and self._unsent > self.bufferSize:
            self.producerPaused = True
            self.producer.pauseProducing()

    def _resume_when_empty(self) -> None:
        """Have the producer told to go on once nothing is unsent and there is room: it uses the socket itself."""
        self.producerPaused = True
        if self._unsent:
            self._wake_sending()
        else:
            self._want_write()

    def _has_unsent(self) -> bool:
        return bool(self._unsent)

    def _wake_sending(self) -> None:
        """See to it that what is unsent goes out, and that what waits for that happens."""
        if self._blocked:
            return
        if self._dirty:
            self._wanted = True
        elif self._eager:
            self._dirty = True
            self.reactor._mark(self)
        else:
            self._want_write()

    def startWriting(self) -> None:
        """Send what is there, soon."""
        self._wake_sending()

    def stopWriting(self) -> None:
        """Do not send for now."""
        self._dirty = self._wanted = False
        if self._blocked:
            self._blocked = False
            self.reactor.removeWriter(self)

    def _want_write(self) -> None:
        """Have `doWrite` called when there is room."""
        if not self._blocked:
            if self.disconnecting:
                self.stopReading()
            self._blocked = True
            self.reactor.addWriter(self)

    def _send_turn(self) -> None:
        """Called by the reactor at the end of a turn in which something was written."""
        if not self._dirty:
            return
        try:
            why = self._transmit_pending()
        except BaseException as raised:
            _log.failure("Unhandled Error", log_system=self.logPrefix())
            why = raised
        if why is not None:
            self.reactor._disconnectSelectable(self, why, False)

    def doWrite(self) -> Any:
        """Send on; called when there is room."""
        return self._transmit_pending()

    def _transmit_pending(self) -> Any:
        """Hand what is unsent to the kernel, once; `None`, or what ends the connection."""
        self._dirty = self._wanted = False
        if not self.connected:
            return None
        if self._unsent:
            try:
                pieces = self._pieces
                if len(pieces) == 1 and self._unsent_views is None and self._sends_plainly:
                    # What happens nearly always.
                    data = pieces[0]
                    left = self._unsent - (self._transmit or self.socket.send)(data)
                    pieces.clear()
                    if left:
                        self._unsent_views = deque([memoryview(data)[-left:]])
                    self._unsent = left
                else:
                    self._send_some()
            except BlockingIOError:
                self._want_write()
                return None
            except OSError as why:
                return getattr(why, "ends_with", main.CONNECTION_LOST)
            if self._unsent:
                self._want_write()
                return None
        if self._blocked:
            self._blocked = False
            self.reactor.removeWriter(self)
        if self.producer is not None and (not self.streamingProducer or self.producerPaused):
            self.producerPaused = False
            self._call(self.producer.resumeProducing)
        elif self.TLS and self.producer is not None:
            # The goodbye of TLS waits until whoever writes has finished.
            return None
        elif self.disconnecting:
            return self._postLoseConnection()
        elif self._writeDisconnecting and not self._writeDisconnected:
            self._writeDisconnected = True
            return self._closeWriteConnection()
        return None

    def _send_now(self) -> None:
        """Send what goes at once, without calling anybody; raises `OSError`."""
        if self._unsent:
            try:
                self._send_some()
            except BlockingIOError:
                self._want_write()

    def _send_some(self) -> None:
        """Send as much as goes, and keep the rest."""
        views = self._unsent_views
        if views is None:
            pieces = self._pieces
            if len(pieces) == 1:
                data = pieces[0]
            elif self._unsent <= _JOIN_UP_TO:
                data = b"".join(pieces)
                pieces[:] = [data]
            else:
                views = self._unsent_views = deque([memoryview(piece) for piece in pieces])
                pieces.clear()
        if views is None:
            written = self.writeSomeData(data)
            if written.__class__ is not int:
                raise _as_ending(written)
            pieces.clear()
            self._unsent -= written
            if written != len(data):
                self._unsent_views = deque([memoryview(data)[written:]])
            return
        if self._pieces:
            views.extend([memoryview(piece) for piece in self._pieces])
            self._pieces.clear()
        self._send_views(views)

    def _send_views(self, views: deque[memoryview]) -> None:
        skt: Any = self.socket
        transmits: object = getattr(self._transmit or self.socket.send, "__self__", None)
        if len(views) > 1 and _HAS_SENDMSG and transmits == skt:
            written = skt.sendmsg(list(islice(views, _MOST_PIECES)))
        else:
            written = self.writeSomeData(views[0])  # type: ignore[arg-type]  # a view is as good to a socket
            if written.__class__ is not int:
                raise _as_ending(written)
        self._unsent -= written
        left = written
        while left and left >= len(views[0]):
            left -= len(views.popleft())
        if left:
            views[0] = views[0][left:]
        if not views:
            self._unsent_views = None

    def writeSomeData(self, data: bytes) -> Any:
        """
        Send as much as goes.

        Returns:
            How many bytes went, 0 if there is no room, or an exception that ends the connection.
        """
        return (self._transmit or self.socket.send)(data)

    # Ending

    def loseConnection(self, _connDone: Any = main.CONNECTION_DONE) -> None:
        """
        Close the connection, once everything is sent.

        A producer that is asked for data, or that was paused, may finish first. One that writes as it likes has had its
        say when nothing is unsent: it is stopped, unless TLS is spoken.
        """
        if not self.connected or self.disconnecting:
            return
        self.disconnecting = 1
        if self._writeDisconnected:
            self.stopReading()
            self.stopWriting()
            self.reactor.callLater(0, self._lost_by_us, _connDone)
            return
        if self._blocked or self.producer is not None or not self._eager:
            self.stopReading()
        # Otherwise the connection ends with the turn, and the system forgets by itself what is closed.
        self._wake_sending()

    def _lost_by_us(self, why: BaseException) -> None:
        if self.connected:
            self.connectionLost(Failure(why))

    def loseWriteConnection(self) -> None:
        """Close the sending direction, once everything is sent."""
        if self.connected and not self._writeDisconnecting:
            self._writeDisconnecting = True
            self._wake_sending()

    def _closeWriteConnection(self) -> Any:
        try:
            self._close_sending()
        except OSError:
            return main.CONNECTION_LOST
        protocol = self.protocol
        if IHalfCloseableProtocol.providedBy(protocol):
            try:
                self._call(protocol.writeConnectionLost)
            except BaseException as raised:
                _log.failure("Unhandled Error", log_system=self.logPrefix())
                self.connectionLost(Failure(raised))
        return None

    def _close_sending(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def writeConnectionLost(self, reason: Failure) -> None:
        """Nothing more can be sent."""
        self.connectionLost(reason)

    def unregisterProducer(self) -> None:
        """Nobody writes to this any more; what waited for that happens."""
        self.producer = None
        if self.connected and (self.disconnecting or self._writeDisconnecting):
            self._wake_sending()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Say who writes to this. See `FileDescriptor.registerProducer`."""
        super().registerProducer(producer, streaming)

    def abortConnection(self) -> None:
        """Close the connection now. The other side sees a reset, and what is unsent is dropped."""
        if self.disconnected or self._aborting or not self.connected:
            return
        self._aborting = True
        self.stopReading()
        self.stopWriting()
        # Not at once: the protocol may be in the middle of a callback.
        self.reactor.callLater(0, self.connectionLost, Failure(error.ConnectionAborted()))

    def connectionLost(self, reason: Failure) -> None:
        """Close the socket, and tell the protocol."""
        if self.disconnected:
            return
        if self._ending is not None:
            if self._ending.active():
                self._ending.cancel()
            self._ending = None
        self._dirty = self._wanted = self._blocked = False
        self.disconnected = 1
        self.connected = 0
        producer, self.producer = self.producer, None
        if self._eager:
            self.reactor._closing(self, self._fd)
        else:
            self.reactor.removeReader(self)
            self.reactor.removeWriter(self)
        self._close_socket(self._aborting)
        self._pieces = []
        self._unsent = 0
        self._unsent_views = None
        try:
            if producer is not None:
                self._call(producer.stopProducing)
        finally:
            # Its last events still bear the connection's name, which is made from the protocol.
            protocol = self.protocol
            try:
                if protocol is not None:
                    self._call(protocol.connectionLost, reason)
            finally:
                self.protocol = None

    def _close_socket(self, rudely: bool) -> None:
        skt = self.socket
        # An attribute of Connection is no more from here on, as of old: using the socket afterwards is a bug.
        del self.socket
        self._receive = self._transmit = _closed
        self._fd = -1
        try:
            if rudely:
                skt.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            else:
                # It ends even if another process, forked from this one, holds it too.
                skt.shutdown(socket.SHUT_RDWR)
        except OSError:
            # The other side was faster.
            pass
        skt.close()

    # Knowing

    def fileno(self) -> int:
        """Give the socket's descriptor, or -1 when it is closed."""
        return self._fd

    def getHandle(self) -> Any:
        """Give the socket."""
        return self.socket

    def logPrefix(self) -> str:
        """Give the connection's name in the log."""
        return self.logstr

    def getTcpNoDelay(self) -> bool:
        """Tell whether small pieces are sent at once (``TCP_NODELAY``)."""
        return bool(self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Send small pieces at once, which is how a connection begins, or wait until earlier ones have arrived."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, bool(enabled))

    def getTcpKeepAlive(self) -> bool:
        """Tell whether the system sees to it that an idle peer is still there."""
        return bool(self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Have the system see to it that an idle peer is still there, or not."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, bool(enabled))

    # TLS

    def startTLS(self, ctx: Any, normal: bool = True) -> None:
        """
        Speak TLS from here on; what was written before is sent before.

        Args:
            ctx: A context factory, or a creator of TLS connections.
            normal: Whether this side has the role that is usual for it: a client that connected, a server that was
                connected to.
        """
        from twisted.internet._tls.starting import start

        start(self, ctx, normal)


def _as_ending(why: Any) -> OSError:
    """What ends the connection with the exception that writeSomeData returned."""
    raised = OSError()
    raised.ends_with = why  # type: ignore[attr-defined]  # a word between us and doWrite
    return raised


def _closed(*_: object) -> Any:
    raise OSError("the connection is closed")


#: What every connection has from the beginning, and what it has later.
AT_FIRST = ("reactor", "_pieces", "socket", "_fd", "_eager", "protocol", "_context")
LATER = ("connected", "_in_context", "_dirty", "_unsent", "_wanted", "_blocked", "_read_size")
