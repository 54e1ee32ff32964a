"""
TLS by memory BIOs, over whatever is a transport.

What comes from the transport is written into OpenSSL's memory, and what can be read of it goes to the wrapped protocol;
the other way round likewise. After every step whatever OpenSSL wants to send goes to the transport in one write.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Union

from zope.interface import directlyProvides, implementer, providedBy

from twisted.internet._tls.creating import Creator
from twisted.internet._tls.library import SSL
from twisted.internet._tls.negotiating import negotiated
from twisted.internet._tls.producing import Gate, Pulling
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IHandshakeListener,
    ILoggingContext,
    INegotiated,
    IOpenSSLClientConnectionCreator,
    IOpenSSLContextFactory,
    IOpenSSLServerConnectionCreator,
    IReactorTime,
    ISystemHandle,
)
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IProtocolFactory

# What makes the TLS connections of a factory.
SomeConnectionCreator = Union[  # noqa: UP007  (interfaces have no | at run time)
    IOpenSSLContextFactory, IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator
]

# The parameters of this name are part of the interface.
_bytes = bytes

# How much is read of OpenSSL's memory at once, and how much is encrypted before it is handed on.
_CHUNK = 64 * 1024

# How long the other side may take to say goodbye in its turn, in seconds.
_PATIENCE_AT_LEAVING = 30.0

# So much is sent at once rather than gathered.
_GATHER_UP_TO = 64 * 1024


def _get_default_clock() -> IReactorTime:
    """The clock of a factory that is given none: the reactor."""
    from twisted.internet._reactor.choice import current_reactor

    clock: IReactorTime = current_reactor()
    return clock


@implementer(ISystemHandle, INegotiated)
class TLSMemoryBIOProtocol(ProtocolWrapper):
    """
    A protocol that speaks TLS over its transport, and is the transport of the protocol it wraps.

    Attributes:
        wrappedProtocol: The protocol above.
        factory: The `TLSMemoryBIOFactory`.
    """

    _tlsConnection: SSL.Connection | None = None
    _reason: Failure | None = None
    _shaken = False
    _aborted = False
    _left = False  # whether we have said goodbye
    _met_end = False  # whether the other side has
    _closing = False  # whether the transport was told to close
    _busy = 0
    _gate: Gate | None = None
    _patience: IDelayedCall | None = None

    def __init__(self, factory: TLSMemoryBIOFactory, wrappedProtocol: Any, _connectWrapped: bool = True) -> None:
        super().__init__(factory, wrappedProtocol)
        self._connectWrapped = _connectWrapped
        # What is written before TLS can send it.
        self._unsent: list[bytes] = []

    # Beginning

    def makeConnection(self, transport: Any) -> None:
        """Begin TLS over a transport."""
        self._tlsConnection = self.factory._make_connection(self)
        if self._connectWrapped:
            super().makeConnection(transport)
        else:
            directlyProvides(self, providedBy(transport))
            Protocol.makeConnection(self, transport)
            self.factory.registerProtocol(self)
        if self._tlsConnection is not None and not self._aborted:
            self._advance()

    # From below

    def dataReceived(self, bytes: bytes) -> None:
        """Take what the transport has received."""
        connection = self._tlsConnection
        if connection is None:
            # What comes after the end is for nobody.
            return
        connection.bio_write(bytes)
        self._advance()

    def _advance(self) -> None:
        """Do whatever can be done now."""
        if self._busy:
            # Whoever is at it sees to what is new.
            self._busy = 2
            return
        self._busy = 1
        try:
            while True:
                if self._shaken or self._shake():
                    self._read()
                    self._write_unsent()
                self._flush()
                if self._busy == 1:
                    return
                self._busy = 1
        finally:
            self._busy = 0

    def _shake(self) -> bool:
        connection = self._tlsConnection
        if connection is None or self._reason is not None:
            return False
        try:
            connection.do_handshake()
        except SSL.WantReadError:
            return False
        except SSL.Error as error:
            self._fail(error)
            return False
        if self._reason is not None:
            # OpenSSL is content, but who looked at the certificate from inside it is not.
            self.abortConnection()
            return False
        self._shaken = True
        if IHandshakeListener.providedBy(self.wrappedProtocol):
            self.wrappedProtocol.handshakeCompleted()
        return True

    def _read(self) -> None:
        while (connection := self._tlsConnection) is not None and not self._aborted and not self._met_end:
            try:
                data = connection.recv(_CHUNK)
            except SSL.WantReadError:
                return
            except SSL.ZeroReturnError:
                self._met_end = True
                if self._reason is None:
                    self._reason = Failure(CONNECTION_DONE)
                self._say_goodbye()
                self._close_transport()
                return
            except SSL.Error as error:
                self._fail(error)
                return
            self.wrappedProtocol.dataReceived(data)

    def _fail(self, error: SSL.Error) -> None:
        """TLS is broken: tell the other side, and end the connection."""
        if self._reason is None:
            lost = isinstance(error, (SSL.SysCallError, SSL.ZeroReturnError))
            self._reason = Failure(CONNECTION_LOST if lost else error)
        self._met_end = True
        self._unsent.clear()
        self._close_transport()

    def _close_transport(self) -> None:
        if not self._closing:
            self._flush()
            self._closing = True
            if not self._aborted:
                self.transport.loseConnection()

    def _flush(self) -> None:
        """Hand what OpenSSL wants to send to the transport."""
        connection = self._tlsConnection
        if connection is None:
            return
        pieces = []
        try:
            while True:
                piece = connection.bio_read(_CHUNK)
                pieces.append(piece)
                if len(piece) < _CHUNK:
                    break
        except SSL.WantReadError:
            pass
        if pieces and not self._aborted:
            self.transport.write(b"".join(pieces))

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # it has no reason of its own
        """The transport is gone: tell the wrapped protocol, with what TLS knows of why."""
        connection = self._tlsConnection
        if connection is None:
            return
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        if self._reason is None and not self._aborted:
            if self._shaken:
                # Bytes without an end would do harm if they passed for everything.
                connection.bio_shutdown()
                self._busy = 1
                self._read()
            if self._reason is None:
                self._reason = Failure(CONNECTION_LOST) if reason.check(ConnectionDone) else reason
        self._tlsConnection = None
        self._unsent.clear()
        gate, self._gate = self._gate, None
        if gate is not None:
            _finish(gate)
        self.connected = 0
        super().connectionLost(self._reason or reason)

    # From above

    def write(self, bytes: bytes) -> None:
        """
        Send bytes, in the order they are written.

        Raises:
            TypeError: It is something else.
        """
        if not isinstance(bytes, (_bytes, bytearray)):
            raise TypeError(f"Data must be bytes, not {type(bytes).__name__}")
        self._accept(_bytes(bytes))

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send several pieces, in order."""
        self.write(b"".join(iovec))

    def _accept(self, data: bytes) -> None:
        if not data or self._tlsConnection is None or self._aborted or self._left:
            return
        if self.disconnecting and self._gate is None:
            # Said after the last word.
            return
        self._unsent.append(data)
        self._send()

    def _send(self) -> None:
        if self._shaken and not self._busy:
            self._write_unsent()
            self._flush()
        elif self._busy:
            self._busy = 2
        if self._unsent and not self._shaken and self._gate is not None:
            self._gate.hold()

    def _write_unsent(self) -> None:
        connection = self._tlsConnection
        if connection is None or self._reason is not None or not self._shaken:
            return
        if self._unsent:
            data = self._unsent[0] if len(self._unsent) == 1 else b"".join(self._unsent)
            self._unsent.clear()
            view = memoryview(data)
            sent = 0
            try:
                while sent < len(view):
                    sent += connection.send(view[sent : sent + _CHUNK])
            except SSL.WantReadError:
                # Renegotiation: the rest must wait for the other side.
                self._unsent.insert(0, bytes(view[sent:]))
                if self._gate is not None:
                    self._gate.hold()
                return
            except SSL.Error as error:
                self._fail(error)
                return
        if self._gate is not None:
            self._gate.release()
        if self.disconnecting and self._gate is None and not self._unsent:
            self._say_goodbye()

    def loseConnection(self) -> None:
        """
        Close the connection, once everything is sent and the producer, if there is one, has finished.

        We say so by TLS, and wait some seconds for the other side to do the same. Before the handshake is over, with
        nothing written, the connection is given up at once.
        """
        if self.disconnecting or not self.connected or self._tlsConnection is None:
            return
        if not self._shaken and not self._unsent and self._gate is None:
            self.abortConnection()
            return
        self.disconnecting = 1
        self._finish_writing()

    def _finish_writing(self) -> None:
        if self.disconnecting and self._shaken:
            self._advance()

    def _say_goodbye(self) -> None:
        """Tell the other side that nothing more comes."""
        connection = self._tlsConnection
        if connection is None or self._left:
            return
        self._left = True
        try:
            both = connection.shutdown()
        except SSL.Error:
            both = False
        self._flush()
        if both:
            if self._reason is None:
                self._reason = Failure(CONNECTION_DONE)
            self._close_transport()
        elif not self._met_end:
            self._patience = self.factory._clock.callLater(_PATIENCE_AT_LEAVING, self._waited_enough)

    def _waited_enough(self) -> None:
        self._patience = None
        if self._reason is None:
            self._reason = Failure(CONNECTION_DONE)
        self.abortConnection()

    def abortConnection(self) -> None:
        """Close the connection now; what is unsent is dropped, and nobody says goodbye."""
        if self._aborted:
            return
        self._aborted = True
        self.disconnecting = 1
        self._unsent.clear()
        self.transport.abortConnection()

    def failVerification(self, reason: Failure) -> None:
        """The other side's certificate will not do; the connection ends, with this reason."""
        if self._reason is None:
            self._reason = reason
        if not self._busy:
            self.abortConnection()

    # Producers

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Say who writes to this. See `IConsumer`.

        Raises:
            RuntimeError: Somebody writes already, and the transport below will not have another.
        """
        if self._tlsConnection is None:
            producer.stopProducing()
            return
        pushing = producer if streaming else Pulling(producer, self.factory._clock, self.stopConsuming)
        before, gate = self._gate, Gate(pushing)
        self._gate = gate
        try:
            self.transport.registerProducer(gate, True)
        except RuntimeError:
            self._gate = before
            _finish(gate)
            raise
        if before is not None:
            _finish(before)
        if self._unsent and self._gate is gate:
            gate.hold()

    def unregisterProducer(self) -> None:
        """Nobody writes to this any more; if it was to be closed, it is now."""
        gate, self._gate = self._gate, None
        if gate is None:
            return
        _finish(gate)
        if self._tlsConnection is not None:
            self.transport.unregisterProducer()
            self._finish_writing()

    def stopConsuming(self) -> None:
        """Stop the producer, and close."""
        self.unregisterProducer()
        self.loseConnection()

    # Knowing

    def getHandle(self) -> Any:  # Any: an OpenSSL connection, as ISystemHandle leaves open
        """Give the `OpenSSL.SSL.Connection`."""
        return self._tlsConnection

    def getPeerCertificate(self) -> Any:  # Any: an X509 of OpenSSL's
        """Give the certificate that the other side has shown, or `None`."""
        return None if self._tlsConnection is None else self._tlsConnection.get_peer_certificate()

    @property
    def negotiatedProtocol(self) -> bytes | None:
        """The protocol that was agreed upon by ALPN, or `None`; known when data arrives."""
        return negotiated(self._tlsConnection)


def _finish(gate: Gate) -> None:
    if isinstance(gate.producer, Pulling):
        gate.producer.finish()


class BufferingTLSTransport(TLSMemoryBIOProtocol):
    """As `TLSMemoryBIOProtocol`, but small writes of one turn, or of one callback, are sent together."""

    _gathered = 0
    _soon: IDelayedCall | None = None

    def _send(self) -> None:
        self._gathered += len(self._unsent[-1])
        if self._shaken and not self._busy and self._gathered < _GATHER_UP_TO:
            if self._soon is None:
                self._soon = self.factory._clock.callLater(0, self._send_gathered)
            return
        self._gathered = 0
        super()._send()

    def _send_gathered(self) -> None:
        self._soon = None
        self._gathered = 0
        if self._unsent:
            self._advance()

    def writeSequence(self, sequence: Iterable[bytes]) -> None:
        """Send several pieces, in order."""
        self.write(b"".join(sequence))

    def loseConnection(self) -> None:
        """Close the connection, once everything is sent. See `TLSMemoryBIOProtocol.loseConnection`."""
        super().loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The transport is gone. See `TLSMemoryBIOProtocol.connectionLost`."""
        waiting, self._soon = self._soon, None
        if waiting is not None:
            waiting.cancel()
        super().connectionLost(reason)


class TLSMemoryBIOFactory(WrappingFactory):
    """
    Wraps a factory so that its protocols speak TLS.

    Args:
        contextFactory: A creator of TLS connections, such as `CertificateOptions`, or a factory of contexts.
        isClient: Whether this is TLS's client.
        wrappedFactory: Makes the protocols above.
        clock: Provides `IReactorTime`; the reactor if `None`.
    """

    protocol = BufferingTLSTransport
    noisy = False

    def __init__(
        self,
        contextFactory: SomeConnectionCreator,
        isClient: bool,
        wrappedFactory: IProtocolFactory,
        clock: IReactorTime | None = None,
    ) -> None:
        super().__init__(wrappedFactory)
        self._creator = Creator(contextFactory, isClient)
        self._given_clock = clock

    @property
    def _clock(self) -> Any:  # Any: zope interfaces are not classes to ask
        if self._given_clock is None:
            # A factory can be made before there is a reactor.
            self._given_clock = _get_default_clock()
        return self._given_clock

    def _make_connection(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        return self._creator.over_memory(protocol, self.wrappedFactory)

    def logPrefix(self) -> str:
        """Name the wrapped factory, and that it is over TLS."""
        wrapped = self.wrappedFactory
        name = wrapped.logPrefix() if ILoggingContext.providedBy(wrapped) else type(wrapped).__name__
        return f"{name} (TLS)"
