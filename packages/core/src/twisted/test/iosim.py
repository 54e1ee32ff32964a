"""
Connecting a client and a server in memory, turn by turn.

``client, server, pump = connectedServerAndClient(MyServer, MyClient)``, then ``pump.flush()`` carries what they write.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from zope.interface import directlyProvides, implementer

from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.interfaces import IAddress, IHandshakeListener, ISSLTransport, ITLSTransport, ITransport
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet.task import Clock
    from twisted.internet.testing import MemoryReactor

# Any, in this module: the protocols and context factories are the tests'.

# How many turns a conversation may take before it is taken for an endless one.
_MOST_TURNS = 100_000


class TLSNegotiation:
    """
    What one side says when it begins TLS. There is no cryptography: the other side compares.

    Attributes:
        obj: The context factory. If it has ``iosimVerify``, that is asked about the other side's, and says whether to
            go on.
        connectState: Whether this is the TLS client.
    """

    def __init__(self, obj: Any, connectState: bool) -> None:
        self.obj = obj
        self.connectState = connectState

    def __repr__(self) -> str:
        return f"TLSNegotiation({self.obj!r})"

    def pretendToVerify(self, other: TLSNegotiation, tpt: FakeTransport) -> None:
        """Compare with the other side's; end the connection of *tpt* if it is not right."""
        verify = getattr(self.obj, "iosimVerify", None)
        if self.connectState == other.connectState or (verify is not None and not verify(other.obj)):
            tpt.disconnectReason = ConnectionLost("TLS negotiation failed")
            tpt.loseConnection()


@implementer(IAddress)
class FakeAddress:
    """The address of an end in memory."""


@implementer(ITransport, ITLSTransport)
class FakeTransport:
    """
    One end of a connection in memory.

    Attributes:
        protocol: The protocol on this side.
        isServer: Whether that is the server.
        disconnecting: Whether the end was asked for, here or by the peer.
        disconnected: Whether the connection has ended.
        disconnectReason: Why, for ``connectionLost``.
        tls: What was said when TLS began here; `None` in the clear.
        serial: The end's number.
    """

    _serials = itertools.count()

    closed: int = 0
    disconnecting: int = 0
    disconnected: int = 0
    disconnectReason: Exception = ConnectionDone("Connection done")
    producer: Any = None
    streamingProducer: int = 0
    tls: TLSNegotiation | None = None

    def __init__(self, protocol: Any, isServer: bool, hostAddress: Any = None, peerAddress: Any = None) -> None:
        self.protocol = protocol
        self.isServer = isServer
        self.stream: list[bytes | TLSNegotiation] = []
        self.serial = next(self._serials)
        self.hostAddress = FakeAddress() if hostAddress is None else hostAddress
        self.peerAddress = FakeAddress() if peerAddress is None else peerAddress
        self._keep_alive = False
        self._no_delay = True
        self._closed_writing = False
        self._agreed = False
        # What came of the peer's TLS before ours began.
        self._early: list[bytes | TLSNegotiation] = []

    def __repr__(self) -> str:
        return f"FakeTransport<{'S' if self.isServer else 'C'},{self.serial},{type(self.protocol).__name__}>"

    def logPrefix(self) -> str:
        """Say that this is a simulation."""
        return "iosim"

    def getPeer(self) -> Any:
        """Give the other end's address."""
        return self.peerAddress

    def getHost(self) -> Any:
        """Give this end's address."""
        return self.hostAddress

    # Writing

    def write(self, data: bytes) -> None:
        """Keep data until the pump carries them."""
        if not isinstance(data, bytes):
            raise TypeError(f"FakeTransport can only write bytes, not {type(data).__name__}")
        if data and not self.disconnecting and not self._closed_writing:
            self.stream.append(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Keep several pieces."""
        self.write(b"".join(data))

    def getOutBuffer(self) -> bytes | TLSNegotiation:
        """Take what is to be carried next: all bytes there are, or the beginning of TLS."""
        stream = self.stream
        if not stream:
            return b""
        if isinstance(stream[0], TLSNegotiation):
            return stream.pop(0)
        pieces = []
        while stream and isinstance(stream[0], bytes):
            pieces.append(stream.pop(0))
        return b"".join(piece for piece in pieces if isinstance(piece, bytes))

    def registerProducer(self, producer: Any, streaming: Any) -> None:
        """Take a producer. One that is to be pulled is asked each turn that finds nothing to carry."""
        assert self.producer is None, f"{self!r} has a producer already"
        self.producer = producer
        self.streamingProducer = streaming
        if not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """Forget the producer."""
        assert self.producer is not None, f"{self!r} has no producer"
        self.producer = None

    def stopConsuming(self) -> None:
        """Take no more, and close."""
        self.unregisterProducer()
        self.loseConnection()

    def _checkProducer(self) -> None:
        if self.producer is not None and not self.streamingProducer:
            self.producer.resumeProducing()

    # Ending

    def loseConnection(self) -> None:
        """Close, when what was written has been carried."""
        self.disconnecting = True

    def abortConnection(self) -> None:
        """Close, when what was written has been carried: in memory, nothing makes that wait."""
        self.loseConnection()

    def loseWriteConnection(self) -> None:
        """Write no more."""
        self._closed_writing = True

    def reportDisconnect(self) -> None:
        """Tell the protocol that the connection has ended."""
        self.disconnected = True
        self.protocol.connectionLost(Failure(self.disconnectReason))

    # Reading

    def pauseProducing(self) -> None:
        """Do nothing: the pump decides what is carried when."""

    def resumeProducing(self) -> None:
        """Do nothing: the pump decides what is carried when."""

    def stopProducing(self) -> None:
        """Close."""
        self.loseConnection()

    def bufferReceived(self, buf: bytes | TLSNegotiation) -> None:
        """Take what the pump carries here."""
        if self.tls is None and (isinstance(buf, TLSNegotiation) or self._early):
            # On a real wire these would be bytes that only TLS understands. It has not begun here.
            self._early.append(buf)
            return
        if isinstance(buf, TLSNegotiation):
            assert self.tls is not None
            self._agreed = True
            self.tls.pretendToVerify(buf, self)
            if not self.disconnecting and IHandshakeListener.providedBy(self.protocol):
                self.protocol.handshakeCompleted()
        elif buf:
            if self.tls is not None and not self._agreed:
                # Sent in the clear: to TLS that is no beginning.
                self.disconnectReason = ConnectionLost("TLS expected, and something else came")
                self.loseConnection()
            else:
                self.protocol.dataReceived(buf)

    def startTLS(self, contextFactory: Any, beNormal: bool = True) -> None:
        """
        Begin TLS.

        Args:
            contextFactory: What the other side's is compared with.
            beNormal: Whether the connection's server is the TLS server too.
        """
        take = getattr(self.protocol, "_take_unread", None)
        unread = take() if take is not None else b""
        self.tls = TLSNegotiation(contextFactory, self.isServer != bool(beNormal))
        self._agreed = False
        directlyProvides(self, ISSLTransport)
        self.stream.append(self.tls)
        early, self._early = self._early, []
        for piece in ([unread] if unread else []) + early:
            self.bufferReceived(piece)

    def getPeerCertificate(self) -> None:
        """Say that there are no certificates here."""

    # TCP

    def getTcpKeepAlive(self) -> bool:
        """Tell what was set."""
        return self._keep_alive

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Keep the setting."""
        self._keep_alive = enabled

    def getTcpNoDelay(self) -> bool:
        """Tell what was set."""
        return self._no_delay

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Keep the setting."""
        self._no_delay = enabled


def makeFakeClient(clientProtocol: Any) -> FakeTransport:
    """Make a transport for a client's side."""
    return FakeTransport(clientProtocol, isServer=False)


def makeFakeServer(serverProtocol: Any) -> FakeTransport:
    """Make a transport for a server's side."""
    return FakeTransport(serverProtocol, isServer=True)


class IOPump:
    """
    Carries what a client and a server write from one to the other.

    Attributes:
        client, server: The protocols.
        clientIO, serverIO: Their transports.
        debug: Whether to print what is carried.
        clock: A clock that is advanced by nothing each turn, so that calls that are due are made; or `None`.
    """

    def __init__(
        self, client: Any, server: Any, clientIO: Any, serverIO: Any, debug: bool, clock: Clock | None = None
    ) -> None:
        self.client = client
        self.server = server
        self.clientIO = clientIO
        self.serverIO = serverIO
        self.debug = debug
        self.clock = clock

    def flush(self, debug: bool = False, advanceClock: bool = True) -> bool:
        """
        Carry data until neither has written any more.

        Returns:
            Whether there was anything to do.

        Raises:
            RuntimeError: They do not come to an end.
        """
        moved = False
        for _ in range(_MOST_TURNS):
            if not self.pump(debug, advanceClock):
                return moved
            moved = True
        raise RuntimeError(f"client and server have not come to an end after {_MOST_TURNS} turns")

    def pump(self, debug: bool = False, advanceClock: bool = True) -> bool:
        """
        Carry what both have written since the last time, and the end.

        Returns:
            Whether there was anything to do.
        """
        if self.clock is not None and advanceClock:
            self.clock.advance(0)
        # Take from both before giving to either, so that a turn is a turn.
        from_server, from_client = self.serverIO.getOutBuffer(), self.clientIO.getOutBuffer()
        self.serverIO._checkProducer()
        self.clientIO._checkProducer()
        if debug or self.debug:
            print(f"client sent {from_client!r}, server sent {from_server!r}")
        if from_client:
            self.serverIO.bufferReceived(from_client)
        if from_server:
            self.clientIO.bufferReceived(from_server)
        if from_client or from_server:
            return True
        return self._end(self.serverIO, self.clientIO) or self._end(self.clientIO, self.serverIO)

    def _end(self, leaving: Any, other: Any) -> bool:
        """Bring the end from one side to the other, if it is time."""
        if not leaving.disconnecting or leaving.disconnected:
            return False
        leaving.disconnected = True
        if not other.disconnected:
            other.disconnecting = True
            other.reportDisconnect()
        leaving.reportDisconnect()
        return True


def connect(
    serverProtocol: Any,
    serverTransport: Any,
    clientProtocol: Any,
    clientTransport: Any,
    debug: bool = False,
    greet: bool = True,
    clock: Clock | None = None,
) -> IOPump:
    """
    Connect two protocols by two transports.

    Args:
        serverProtocol, serverTransport: The server and its `FakeTransport`.
        clientProtocol, clientTransport: The client and its.
        debug: Whether to print what is carried.
        greet: Whether to carry what they write when they are connected.
        clock: For the `IOPump`.
    """
    serverProtocol.makeConnection(serverTransport)
    clientProtocol.makeConnection(clientTransport)
    pump = IOPump(clientProtocol, serverProtocol, clientTransport, serverTransport, debug, clock=clock)
    if greet:
        pump.flush()
    return pump


_TServer = TypeVar("_TServer")
_TClient = TypeVar("_TClient")


def connectedServerAndClient(
    ServerClass: Callable[[], _TServer],
    ClientClass: Callable[[], _TClient],
    clientTransportFactory: Callable[[_TClient], Any] = makeFakeClient,
    serverTransportFactory: Callable[[_TServer], Any] = makeFakeServer,
    debug: bool = False,
    greet: bool = True,
    clock: Clock | None = None,
) -> tuple[_TClient, _TServer, IOPump]:
    """
    Make a server and a client, and connect them.

    Returns:
        The client, the server and the pump.
    """
    client = ClientClass()
    server = ServerClass()
    pump = connect(server, serverTransportFactory(server), client, clientTransportFactory(client), debug, greet, clock)
    return client, server, pump


class ConnectionCompleter:
    """
    Decides what becomes of the connections that a `MemoryReactor` was asked for.

    Args:
        memoryReactor: The reactor.
    """

    def __init__(self, memoryReactor: MemoryReactor) -> None:
        self._reactor = memoryReactor

    def succeedOnce(self, debug: bool = False, greet: bool = True) -> IOPump | None:
        """
        Connect the first client that has a server listening on its port.

        Returns:
            The pump between the two; or `None` if there is no such client.
        """
        reactor = self._reactor
        for position, (host, port, client_factory, _, _) in enumerate(reactor.tcpClients):
            for listening, server_factory, _, interface in reactor.tcpServers:
                if listening == port and interface in ("", "0.0.0.0", host):
                    connector = self._take(position)
                    return self._connect(connector, client_factory, server_factory, debug, greet)
        return None

    def _take(self, position: int) -> Any:
        del self._reactor.tcpClients[position]
        return self._reactor.connectors.pop(position)

    def _connect(self, connector: Any, client_factory: Any, server_factory: Any, debug: bool, greet: bool) -> IOPump:
        client = client_factory.buildProtocol(connector.getDestination())
        server = server_factory.buildProtocol(None)
        client_transport, server_transport = makeFakeClient(client), makeFakeServer(server)
        tell_protocol = client_transport.reportDisconnect

        def tell_both() -> None:
            tell_protocol()
            client_factory.clientConnectionLost(connector, Failure(client_transport.disconnectReason))

        client_transport.reportDisconnect = tell_both  # type: ignore[method-assign]  # this one transport tells more
        return connect(server, server_transport, client, client_transport, debug, greet)

    def failOnce(self, reason: Failure | None = None) -> None:
        """
        Refuse the first client.

        Args:
            reason: Why; by default, that the connection was refused.
        """
        if self._reactor.tcpClients:
            client_factory = self._reactor.tcpClients[0][2]
            why = Failure(ConnectionRefusedError()) if reason is None else reason
            client_factory.clientConnectionFailed(self._take(0), why)


def connectableEndpoint(debug: bool = False) -> tuple[TCP4ClientEndpoint, ConnectionCompleter]:
    """
    Make a client endpoint whose connections succeed or fail when its completer is told.

    Returns:
        The endpoint, and the completer.
    """
    reactor = MemoryReactorClock()
    accepting: Factory[Any] = Factory.forProtocol(Protocol)
    accepting.noisy = False
    TCP4ServerEndpoint(reactor, 9876).listen(accepting)
    return TCP4ClientEndpoint(reactor, "0.0.0.0", 9876), ConnectionCompleter(reactor)
