"""
TLS on a connected socket.

`SecureStream` is mixed into a plain connection: it reads and writes by TLS, shakes hands first, and says goodbye last.
What is written before the handshake is over waits; the protocol learns of the end of the handshake if it wants to.

A stream is in one of four states: `_state` is the function that is called when there is something to read.

- none: bytes are exchanged.
- shaking hands: nothing is sent; both directions belong to the handshake.
- sending the rest: what was written before startTLS, and has no room yet, goes first.
- taking leave: we have said that we send no more, and wait, not for ever, for the other side to say so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet import main
from twisted.internet._tls.creating import Creator
from twisted.internet._tls.driving import Direct, ThroughMemory
from twisted.internet._tls.library import SSL
from twisted.internet._tls.negotiating import negotiated
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IHandshakeListener
from twisted.python.failure import Failure

# How long the other side may take to say goodbye in its turn, in seconds.
_PATIENCE_AT_LEAVING = 30.0


class _Ended(OSError):
    """Ends a connection, with the reason that its reader and its writer look for."""

    def __init__(self, ends_with: BaseException) -> None:
        super().__init__(str(ends_with))
        self.ends_with = ends_with


class SecureStream:
    """
    Makes a connection speak TLS.

    Attributes:
        TLS: Whether TLS is spoken.
    """

    TLS = False
    _tlsConnection: SSL.Connection | None = None
    _layer: Direct | ThroughMemory
    _state: Callable[[], Any] | None = None
    _failed: Failure | None = None
    _left = False  # whether we have said goodbye
    _met = False  # whether the handshake is over
    _wants_reading = True
    _memory_full = False  # whether bytes may be waiting that were read with the handshake
    _reads_when_writable = False
    _writes_when_readable = False

    # Any, for the following: they are those of the connection that this is mixed into.
    protocol: Any
    reactor: Any
    socket: Any
    producer: Any
    connected: Any
    disconnecting: Any
    disconnected: Any
    _blocked: bool
    _aborting: bool
    _ending: Any

    # Beginning

    def _begin_tls(self, creator: Creator, negotiating: Any, received: bytes = b"") -> None:
        """
        Speak TLS from here on.

        Args:
            creator: Makes the TLS connection.
            negotiating: The factory of the protocols, which may have something to agree upon.
            received: What has been read already.
        """
        connection = None
        if not received:
            connection = creator.over_socket(self.socket, self, negotiating)
        if connection is not None:
            self._layer = Direct(connection)
        else:
            connection = creator.over_memory(self, negotiating)
            self._layer = ThroughMemory(connection, self.socket, received)
        self._tlsConnection = connection
        self.TLS = True
        self._transmit = self._encrypt
        self._speaks_first = creator.client or bool(received)
        rest = self._take_unsent()
        # Nothing that is written from here on goes out before the handshake is over.
        self._blocked = True
        self._state = self._shake
        if rest:
            self._rest = rest
            self._state = _nothing
            self.reactor.addWriter(self)
        elif self._speaks_first:
            self._step_soon()
        elif self.connected:
            # Even if the protocol reads nothing for now: the handshake is not for it.
            self.reactor.addReader(self)

    def _take_unsent(self) -> deque[memoryview]:
        """Send what was written before; gives what has no room."""
        self._dirty = self._wanted = False
        if self._blocked:
            self._blocked = False
            self.reactor.removeWriter(self)
        rest = self._unsent_views or deque()
        rest.extend(map(memoryview, self._pieces))
        self._pieces: list[bytes] = []
        self._unsent_views: deque[memoryview] | None = None
        self._unsent = 0
        try:
            self._send_in_the_clear(rest)
        except OSError:
            # Whoever reads will find out why.
            rest.clear()
        return rest

    def _send_in_the_clear(self, rest: deque[memoryview]) -> None:
        while rest:
            try:
                sent = self.socket.send(rest[0])
            except BlockingIOError:
                return
            if sent == len(rest[0]):
                rest.popleft()
            else:
                rest[0] = rest[0][sent:]

    def _step_soon(self) -> None:
        """Take the first step at once; but what comes of it must not meet the caller, who may be the protocol."""
        why = self._shake(quietly=True)
        if why is not None:
            self.reactor.callLater(0, self._end_if_connected, why)

    def _end_if_connected(self, why: BaseException) -> None:
        if self.connected:
            self.connectionLost(Failure(why))

    def _shake(self, quietly: bool = False) -> Any:
        """Go on with the handshake."""
        try:
            self._layer.shake()
        except SSL.WantReadError:
            self.reactor.removeWriter(self)
            if not self._aborting:
                self.reactor.addReader(self)
            return None
        except SSL.WantWriteError:
            self.reactor.addWriter(self)
            return None
        except SSL.Error as error:
            return self._broken(error)
        if self._failed is not None:
            # OpenSSL is content, but who looked at the certificate from inside it is not: nothing is sent to the peer.
            return self._failed.value
        if quietly:
            # The peer's whole part was there already.
            self.reactor.callLater(0, self._shaken)
            return None
        return self._shaken()

    def _shaken(self) -> Any:
        if not self.connected or self._met:
            return None
        self._met = True
        self._state = None
        self.reactor.removeWriter(self)
        self._blocked = False
        if not self._wants_reading:
            self.reactor.removeReader(self)
        protocol = self.protocol
        if IHandshakeListener.providedBy(protocol):
            self._call(protocol.handshakeCompleted)
            if not self.connected:
                return None
        self._wake_sending()
        if self._layer.__class__ is ThroughMemory and self.connected:
            # Memory may hold what the socket does not tell of any more.
            if self._wants_reading:
                return self.doRead()
            self._memory_full = True
        return None

    # Bytes

    def doRead(self) -> Any:
        """Read, and hand what came to the protocol."""
        state = self._state
        if state is not None:
            return state()
        if self._tlsConnection is None:
            return super().doRead()  # type: ignore[misc]
        try:
            data = self._layer.read()
        except SSL.WantReadError:
            return None
        except SSL.WantWriteError:
            self._reads_when_writable = True
            self._want_write()
            return None
        except SSL.ZeroReturnError:
            return main.CONNECTION_DONE
        except SSL.Error as error:
            return self._broken(error)
        if self._writes_when_readable:
            self._writes_when_readable = False
            self.reactor.addWriter(self)
        if self.disconnecting:
            # Nobody wants it.
            return None
        why = self._dataReceived(data)
        if why is None and self.connected and self._layer.behind is not None and self._wants_reading:
            return self.doRead()
        return why

    def doWrite(self) -> Any:
        """Send on; called when there is room."""
        if self._state is not None:
            if self._state is _nothing:
                return self._send_the_rest()
            if self._state == self._shake:
                return self._shake()
        if self._writes_when_readable:
            # Room is not what is missing.
            self.reactor.removeWriter(self)
            return None
        if self._reads_when_writable:
            self._reads_when_writable = False
            why = self.doRead()
            if why is not None:
                return why
        return super().doWrite()  # type: ignore[misc]

    def _send_the_rest(self) -> Any:
        try:
            self._send_in_the_clear(self._rest)
        except OSError:
            return main.CONNECTION_LOST
        if self._rest:
            return None
        self.reactor.removeWriter(self)
        self._state = self._shake
        # Bytes of TLS may be waiting in the socket: those who watch it will tell.
        return self._shake() if self._speaks_first else None

    def _encrypt(self, data: bytes | memoryview) -> int:
        if self._state is not None:
            raise BlockingIOError
        try:
            return self._layer.send(data)
        except SSL.WantWriteError:
            raise BlockingIOError from None
        except SSL.WantReadError:
            self._writes_when_readable = True
            raise BlockingIOError from None
        except SSL.Error as error:
            raise _Ended(self._broken(error)) from None

    def _broken(self, error: SSL.Error) -> BaseException:
        """Note what broke TLS; gives the reason of the end."""
        if self._failed is None:
            if isinstance(error, (SSL.SysCallError, SSL.ZeroReturnError)):
                # The connection is gone, without a goodbye: part of what was sent may be missing.
                lost: BaseException = main.CONNECTION_LOST
                return lost
            self._failed = Failure(error)
        reason: BaseException = self._failed.value
        return reason

    def failVerification(self, reason: Failure) -> None:
        """The other side's certificate will not do; the connection ends, with this reason."""
        self._failed = reason
        # What calls this is inside OpenSSL.
        self.reactor.callLater(0, self._end_if_connected, reason.value)

    # Reading or not

    def startReading(self) -> None:
        """Read when there is something."""
        self._wants_reading = True
        super().startReading()  # type: ignore[misc]
        if self._met and (self._memory_full or self._layer.behind is not None):
            # The socket has told of it, and will not again.
            self._memory_full = False
            self.reactor.callLater(0, self._read_on)

    def _read_on(self) -> None:
        if self.connected and self._wants_reading:
            why = self.doRead()
            if why is not None:
                self.reactor._disconnectSelectable(self, why, True)

    def stopReading(self) -> None:
        """Do not read for now. The handshake and the leave go on."""
        self._wants_reading = False
        if self._state is None or self._aborting:
            super().stopReading()  # type: ignore[misc]

    # Ending

    def loseConnection(self, *arguments: Any) -> None:
        """
        Close the connection, once everything is sent and the producer, if there is one, has finished.

        We say so by TLS, and wait some seconds for the other side to do the same. Before the handshake is over, with
        nothing written, the connection is given up at once.
        """
        if not self.connected or self.disconnecting:
            return
        if self._tlsConnection is not None and not self._met and not self._has_unsent() and self.producer is None:
            self.abortConnection()
            return
        if self._met:
            super().loseConnection(*arguments)  # type: ignore[misc]
        else:
            self.disconnecting = 1

    def _postLoseConnection(self) -> Any:
        if self._left:
            return None
        try:
            both = self._layer.end()
        except SSL.WantWriteError:
            self._want_write()
            return None
        except SSL.WantReadError:
            both = False
        except SSL.Error:
            # There is nobody left to take leave of.
            return main.CONNECTION_DONE
        self._left = True
        if both:
            return main.CONNECTION_DONE
        self._state = self._take_leave
        self.reactor.addReader(self)
        if self._ending is None:
            self._ending = self.reactor.callLater(_PATIENCE_AT_LEAVING, self._end_if_connected, main.CONNECTION_DONE)
        return None

    def _take_leave(self) -> Any:
        """Wait for the other side's goodbye; what it says before is for nobody."""
        try:
            self._layer.read()
        except (SSL.WantReadError, SSL.WantWriteError):
            return None
        except SSL.ZeroReturnError:
            return main.CONNECTION_DONE
        except SSL.Error as error:
            return self._broken(error)
        return None

    def _close_sending(self) -> None:
        try:
            self._layer.end()
        except (SSL.WantReadError, SSL.WantWriteError):
            pass
        except SSL.Error as error:
            raise _Ended(self._broken(error)) from None

    def readConnectionLost(self, reason: Failure) -> None:
        """The other side has said goodbye."""
        if self._left:
            self.connectionLost(reason)
        else:
            super().readConnectionLost(reason)  # type: ignore[misc]

    def connectionLost(self, reason: Failure) -> None:
        """Say goodbye if that has not been done, close the socket, and tell the protocol."""
        if self.disconnected:
            return
        if self._tlsConnection is not None:
            if self._failed is not None and not reason.check(ConnectionAborted):
                reason = self._failed
            if self._met and not self._left and self._failed is None and reason.check(ConnectionDone):
                self._left = True
                try:
                    self._layer.end()
                except SSL.Error:
                    pass
            self._state = _nothing if self._state is not None else None
        try:
            super().connectionLost(reason)  # type: ignore[misc]
        finally:
            # OpenSSL's half and ours hold each other: let go, or both wait for the garbage collector.
            self._tlsConnection = None
            self._met = False
            self.__dict__.pop("_layer", None)

    # Knowing

    @property
    def negotiatedProtocol(self) -> bytes | None:
        """The protocol that was agreed upon by ALPN, or `None`; known when data arrives."""
        return negotiated(self._tlsConnection)

    def getPeerCertificate(self) -> Any:
        """Give the certificate that the other side has shown, an `OpenSSL.crypto.X509`, or `None`."""
        return None if self._tlsConnection is None else self._tlsConnection.get_peer_certificate()

    def getHandle(self) -> Any:
        """Give the `OpenSSL.SSL.Connection`."""
        return self.socket if self._tlsConnection is None else self._tlsConnection

    # Of the connection that this is mixed into.
    _call: Callable[..., Any]
    _dataReceived: Callable[[bytes], Any]
    _want_write: Callable[[], None]
    _wake_sending: Callable[[], None]
    _has_unsent: Callable[[], bool]
    abortConnection: Callable[[], None]
    _rest: deque[memoryview]
    _speaks_first: bool
    _transmit: Any
    _dirty: bool
    _wanted: bool
    _unsent: int


#: What a connection has besides when it speaks TLS.
IN_TLS = (
    *("_layer", "_tlsConnection", "TLS", "_transmit", "_speaks_first", "_unsent_views", "_state"),
    *("_wants_reading", "_met"),
)


def _nothing() -> None:
    """Read nothing: there is something to be done before."""
