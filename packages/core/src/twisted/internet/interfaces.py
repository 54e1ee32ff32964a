"""
Everything that this engine promises, as interfaces.

Programs declare which of these they provide, and ask which are provided: ``ITCPTransport.providedBy(transport)``. Times
are seconds. Nothing here blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, AnyStr, NewType

from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from socket import AddressFamily

    from OpenSSL.SSL import Connection as OpenSSLConnection
    from OpenSSL.SSL import Context as OpenSSLContext

    from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
    from twisted.internet.defer import Deferred
    from twisted.internet.protocol import (
        ClientFactory,
        ConnectedDatagramProtocol,
        DatagramProtocol,
        Factory,
        ServerFactory,
    )
    from twisted.protocols.tls import TLSMemoryBIOProtocol
    from twisted.python.failure import Failure
    from twisted.python.threadpool import ThreadPool


class _Binding:
    """Where and how a socket is bound; `twisted.internet.tcp.makeBinding` makes them."""

    __slots__ = ("_address", "_port", "_reuseAddress", "_reusePort")

    def __init__(
        self, address: str | None = None, port: int = 0, reuseAddress: bool = False, reusePort: bool = False
    ) -> None:
        self._address = address
        self._port = port
        self._reuseAddress = reuseAddress
        self._reusePort = reusePort

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Binding):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __hash__(self) -> int:
        return hash((self._address, self._port, self._reuseAddress, self._reusePort))

    def __repr__(self) -> str:
        return (
            f"Binding(address={self._address!r}, port={self._port!r}, "
            f"reuseAddress={self._reuseAddress!r}, reusePort={self._reusePort!r})"
        )


# What a socket is bound to. Its parts are nobody's business but the reactor's.
Binding = NewType("Binding", _Binding)


class IAcceptableCiphers(Interface):
    """A choice of cipher suites."""

    def selectCiphers(availableCiphers: tuple[ICipher]) -> tuple[ICipher]:
        """Choose, in the order of preference, among those that OpenSSL has."""


class IAddress(Interface):
    """Where something is. Addresses can be compared, hashed, and printed; what else they tell depends on their kind."""


class ICipher(Interface):
    """A cipher suite."""

    fullName = Attribute("The name OpenSSL knows it by.")


class IConnector(Interface):
    """One attempt, or one series of attempts, to connect."""

    def connect() -> None:
        """Try again to connect."""

    def disconnect() -> None:
        """Stop connecting, or close the connection."""

    def getDestination() -> IAddress:
        """Give the address it connects to."""

    def stopConnecting() -> None:
        """Give up the attempt; raises `NotConnectingError` if there is none."""


class IConsumer(Interface):
    """Something that data can be written to, and that can hold up whoever writes."""

    def registerProducer(producer: IProducer, streaming: bool) -> None:
        """
        Say who writes. There can be one: another is a `RuntimeError`.

        Args:
            producer: An `IPushProducer` or an `IPullProducer`.
            streaming: Which of the two. The first is paused and resumed; the second's ``resumeProducing`` is called
                whenever more data can be taken.
        """

    def unregisterProducer() -> None:
        """Say that the producer will write no more."""

    def write(data: bytes) -> None:
        """Take data, without blocking."""


class IDelayedCall(Interface):
    """A call that will be made later, unless it is cancelled."""

    def active() -> bool:
        """Tell whether the call is still to come."""

    def cancel() -> None:
        """Do not make the call. Raises `AlreadyCalled` or `AlreadyCancelled`."""

    def delay(secondsLater: float) -> None:
        """Make the call so many seconds later than planned."""

    def getTime() -> float:
        """Give the time of the call, on the clock of ``seconds()``."""

    def reset(secondsFromNow: float) -> None:
        """Make the call so many seconds from now."""


class ILoggingContext(Interface):
    """Something that logged events are said to come from."""

    def logPrefix() -> str:
        """Give a short text for the log."""


class IFileDescriptor(ILoggingContext):
    """Something with a descriptor of the operating system."""

    def connectionLost(reason: Failure) -> None:
        """Called when the descriptor is of no more use; it is closed here."""

    def fileno() -> int:
        """Give the descriptor's number, or -1 when it is closed."""


class IFileDescriptorReceiver(Interface):
    """A protocol that takes file descriptors from the other side of a UNIX socket."""

    def fileDescriptorReceived(descriptor: int) -> None:
        """Called when the peer sent a descriptor, which is now ours to close."""


class IHalfCloseableDescriptor(Interface):
    """A descriptor whose directions can be closed one by one."""

    def readConnectionLost(reason: Failure) -> None:
        """Called when the peer has stopped sending."""

    def writeConnectionLost(reason: Failure) -> None:
        """Called when nothing can be sent any more."""


class IHalfCloseableProtocol(Interface):
    """A protocol that goes on when one direction is closed. All others are closed as a whole at end of file."""

    def readConnectionLost() -> None:
        """Called when the other side will send nothing more."""

    def writeConnectionLost() -> None:
        """Called when nothing more can be sent."""


class IHandshakeListener(Interface):
    """A protocol that wants to know when its TLS handshake is done."""

    def handshakeCompleted() -> None:
        """Called once, when both sides have shaken hands."""


class IHostResolution(Interface):
    """A name lookup that is under way."""

    def cancel() -> None:
        """Give up the look-up."""

    name = Attribute("The name that is looked up.")


class IHostnameResolver(Interface):
    """Turns host names into addresses of any kind, one by one."""

    def resolveHostName(
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """
        Look up a host.

        Args:
            resolutionReceiver: What is told of the addresses, then or later.
            hostName: The name, or an address as text.
            portNumber: What the addresses are to have as port.
            addressTypes: Which classes of addresses are wanted; `None` for any.
            transportSemantics: ``TCP`` or ``UDP``.

        Returns:
            The look-up, which can be cancelled.
        """


class IListeningPort(Interface):
    """A socket that listens."""

    def getHost() -> IAddress:
        """Give the address that is listened on."""

    def startListening() -> None:
        """Bind and listen; raises `CannotListenError`."""

    def stopListening() -> Deferred[None] | None:
        """Stop listening. A Deferred tells when it is done."""


class IUDPTransport(Interface):
    """A UDP socket, as its protocol sees it."""

    def connect(host: str, port: int) -> None:
        """Send to, and receive from, one peer only. The host is an address, not a name."""

    def getBroadcastAllowed() -> bool:
        """Tell whether broadcasts may be sent."""

    def getHost() -> IPv4Address | IPv6Address:
        """Give our own address."""

    def setBroadcastAllowed(enabled: bool) -> None:
        """Allow broadcasts, or do not."""

    def stopListening() -> Deferred[None] | None:
        """Close the port. What is returned, if it is a Deferred, fires when that is done."""

    def write(packet: bytes, addr: tuple[str, int] | None) -> None:
        """Send a datagram. The address, a host's address and a port, is needed unless the port is connected."""


class IMulticastTransport(IUDPTransport):
    """A UDP socket that can join multicast groups."""

    def getLoopbackMode() -> bool:
        """Tell whether what we send to groups comes back to this host."""

    def getOutgoingInterface() -> str | int:
        """Give the interface that groups are sent to by: an address (IPv4) or a number (IPv6)."""

    def getTTL() -> int:
        """Tell how many routers a datagram to a group may pass."""

    def joinGroup(addr: str, interface: str = "") -> Deferred[None]:
        """Receive what is sent to a group. Fails with `MulticastJoinError`."""

    def leaveGroup(addr: str, interface: str = "") -> Deferred[None]:
        """Receive no more of what is sent to a group. Fails with `MulticastJoinError`."""

    def setLoopbackMode(mode: bool) -> None:
        """Let what we send to groups come back to this host, or do not."""

    def setOutgoingInterface(addr: str | int) -> Deferred[int]:
        """Send to groups by an interface: an address (IPv4) or a number (IPv6). Gives what it was before."""

    def setTTL(ttl: int) -> None:
        """Set how many routers a datagram to a group may pass: 0 to 255."""


class ITransport(Interface):
    """A connection, as a protocol sees it."""

    def getHost() -> IAddress:
        """Give this side's address."""

    def getPeer() -> IAddress:
        """Give the other side's address."""

    def loseConnection() -> None:
        """Close the connection once everything written has been sent."""

    def write(data: bytes) -> None:
        """Send bytes, in order, without blocking."""

    def writeSequence(data: Iterable[bytes]) -> None:
        """Send several pieces."""


class ITCPTransport(ITransport):
    """A connection over TCP."""

    def abortConnection() -> None:
        """Close the connection now; what was not sent is dropped."""

    def getHost() -> IPv4Address | IPv6Address:
        """Give our own address."""

    def getPeer() -> IPv4Address | IPv6Address:
        """Give the peer's address."""

    def getTcpKeepAlive() -> bool:
        """Tell whether the system looks from time to time if a silent peer still lives."""

    def getTcpNoDelay() -> bool:
        """Tell whether small pieces are sent without waiting for more."""

    def loseWriteConnection() -> None:
        """Close the sending half once everything written has been sent."""

    def setTcpKeepAlive(enabled: bool) -> None:
        """Have the system look from time to time if a silent peer still lives, or do not."""

    def setTcpNoDelay(enabled: bool) -> None:
        """Send small pieces without waiting for more, or do not."""


class ISSLTransport(ITCPTransport):
    """A connection over TLS."""

    def getPeerCertificate() -> object:
        """Give the certificate that the peer showed, as OpenSSL has it; `None` if it showed none."""


class INegotiated(ISSLTransport):
    """A connection over TLS that may have agreed upon a protocol by ALPN (RFC 7301)."""

    negotiatedProtocol = Attribute("The protocol that was agreed upon, as bytes, or `None`; known when data arrives.")


class IOpenSSLClientConnectionCreator(Interface):
    """Makes the TLS half of a connection to a server."""

    def clientConnectionForTLS(tlsProtocol: TLSMemoryBIOProtocol) -> OpenSSLConnection:
        """Make the connection for one protocol."""


class IOpenSSLContextFactory(Interface):
    """Gives the OpenSSL context of connections."""

    def getContext() -> OpenSSLContext:
        """Give the context. Called for each connection."""


class IOpenSSLServerConnectionCreator(Interface):
    """Makes the TLS half of each accepted connection."""

    def serverConnectionForTLS(tlsProtocol: TLSMemoryBIOProtocol) -> OpenSSLConnection:
        """Make the connection for one protocol."""


class IProcessProtocol(Interface):
    """What understands the output of a program, and learns of its end."""

    def childConnectionLost(childFD: int) -> None:
        """Called when a pipe is closed; by the number of the child's descriptor."""

    def childDataReceived(childFD: int, data: bytes) -> None:
        """Called when the child wrote; by the number of the child's descriptor."""

    def makeConnection(process: IProcessTransport) -> None:
        """Called when the process has been started."""

    def processEnded(reason: Failure) -> None:
        """Called when the process has ended and its pipes are closed, with `ProcessDone` or `ProcessTerminated`."""

    def processExited(reason: Failure) -> None:
        """Called when the process has ended, with `ProcessDone` or `ProcessTerminated`; its output may still come."""


class IProcessTransport(ITransport):
    """A running program, as its protocol sees it."""

    def closeChildFD(descriptor: int) -> None:
        """Close a pipe; by the number of the child's descriptor."""

    def closeStderr() -> None:
        """Close the child's standard error."""

    def closeStdin() -> None:
        """Close the child's standard input, when everything has been written."""

    def closeStdout() -> None:
        """Close the child's standard output."""

    def loseConnection() -> None:
        """Close standard input, output and error."""

    pid = Attribute("The process id, or `None` once it has ended.")

    def signalProcess(signalID: str | int) -> None:
        """
        Send a signal, by name (``HUP``, ``INT``, ``KILL``, ``STOP``, ``TERM``) or number.

        Raises `ProcessExitedAlready` if the process has ended.
        """

    def writeToChild(childFD: int, data: bytes) -> None:
        """Write to a pipe; by the number of the child's descriptor. Raises `KeyError` if it is none."""


class IProducer(Interface):
    """Something that writes to a consumer."""

    def stopProducing() -> None:
        """Write nothing ever again."""


class IProtocol(Interface):
    """What understands the bytes of a connection."""

    def connectionLost(reason: Failure) -> None:
        """Called once when the connection is gone; the reason is a `Failure`."""

    def connectionMade() -> None:
        """Called when there is a connection."""

    def dataReceived(data: bytes) -> None:
        """Called with bytes as they arrive, cut anywhere."""

    def makeConnection(transport: ITransport) -> None:
        """Called by whoever made the connection."""


class IProtocolFactory(Interface):
    """What makes a protocol for each connection."""

    def buildProtocol(addr: IAddress) -> IProtocol | None:
        """Give a protocol for a connection from *addr*, or `None` to close it."""

    def doStart() -> None:
        """Called each time the factory is put to use."""

    def doStop() -> None:
        """Called each time one use of the factory ends."""


class IProtocolNegotiationFactory(Interface):
    """A factory whose protocols are offered by ALPN (RFC 7301)."""

    def acceptableProtocols() -> list[bytes]:
        """Give the protocols for ALPN, the best first."""


class IPullProducer(IProducer):
    """A producer that writes once each time it is asked."""

    def resumeProducing() -> None:
        """Write once."""


class IPushProducer(IProducer):
    """A producer that writes by itself until it is paused."""

    def pauseProducing() -> None:
        """Write nothing until `resumeProducing`."""

    def resumeProducing() -> None:
        """Write on."""


class IReactorCore(Interface):
    """What every reactor does: run, stop, and call at certain moments."""

    def addSystemEventTrigger(
        phase: str, eventType: str, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> Any:
        """
        Have something called when an event happens.

        Args:
            phase: ``before``, ``during`` or ``after`` the event. Deferreds that triggers of the first phase return are
                waited for.
            eventType: ``startup``, ``shutdown`` or ``persist``.
            callable, args, kwargs: What to call.

        Returns:
            What `removeSystemEventTrigger` takes.
        """

    def callWhenRunning(callable: Callable[..., Any], *args: object, **kwargs: object) -> Any | None:
        """Call *callable* when the reactor runs: now, if it does."""

    def crash() -> None:
        """Stop at once, without events."""

    def fireSystemEvent(eventType: str) -> None:
        """Have the triggers of an event called."""

    def iterate(delay: float) -> None:
        """Run one turn, waiting at most *delay* seconds."""

    def removeSystemEventTrigger(triggerID: Any) -> None:
        """Remove a trigger by its id. Raises `KeyError` or `ValueError` if there is none."""

    def resolve(name: str, timeout: Sequence[int] = ...) -> Deferred[str]:
        """Look up a host's IPv4 address."""

    def run() -> None:
        """Run until `stop` is called."""

    running = Attribute("Whether it runs, or is about to.")

    def stop() -> None:
        """Fire the ``shutdown`` event, and stop. Raises `ReactorNotRunning`."""


class IReactorDaemonize(Interface):
    """A reactor that has to be told of a fork into the background."""

    def afterDaemonize() -> None:
        """Called in the process that goes on."""

    def beforeDaemonize() -> None:
        """Called before the process forks."""


class IReactorFDSet(Interface):
    """Watches file descriptors."""

    def addReader(reader: IReadDescriptor) -> None:
        """Watch for something to read."""

    def addWriter(writer: IWriteDescriptor) -> None:
        """Watch for room to write."""

    def getReaders() -> list[IReadDescriptor]:
        """Give what is watched for reading."""

    def getWriters() -> list[IWriteDescriptor]:
        """Give what is watched for writing."""

    def removeAll() -> list[IReadDescriptor | IWriteDescriptor]:
        """Watch nothing any more, but for what the reactor itself needs; give what was watched."""

    def removeReader(reader: IReadDescriptor) -> None:
        """Watch no longer."""

    def removeWriter(writer: IWriteDescriptor) -> None:
        """Watch no longer."""


class IReactorFromThreads(Interface):
    """Lets other threads have functions called in the reactor's."""

    def callFromThread(callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """Have *callable* called in the reactor's thread, soon. Safe in every thread and signal handler."""


class IReactorInThreads(Interface):
    """Has functions called in threads of its pool."""

    def callInThread(callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """Have *callable* called in a thread of the pool."""


class IReactorMulticast(Interface):
    """Sends to and receives from multicast groups."""

    def listenMulticast(
        port: int,
        protocol: DatagramProtocol,
        interface: str = "",
        maxPacketSize: int = 8192,
        listenMultiple: bool = False,
    ) -> IMulticastTransport:
        """
        Open a UDP port that can join groups.

        Args:
            port: The port; 0 for any free one.
            protocol: What is given the datagrams.
            interface: The address to bind to; all if empty.
            maxPacketSize: The longest datagram taken, in bytes.
            listenMultiple: Whether others on this host may use the port as well.

        Raises:
            CannotListenError: It cannot be bound.
        """


class IReactorPluggableNameResolver(Interface):
    """A reactor whose resolver can be replaced."""

    def installNameResolver(resolver: IHostnameResolver) -> IHostnameResolver:
        """Look up hosts by another resolver, and give the one before."""

    nameResolver = Attribute("The `IHostnameResolver` in use.")


class IReactorPluggableResolver(Interface):
    """A reactor whose simple resolver can be replaced."""

    def installResolver(resolver: IResolverSimple) -> IResolverSimple:
        """Look up hosts by another resolver, and give the one before."""


class IReactorProcess(Interface):
    """Starts other programs."""

    def spawnProcess(
        processProtocol: IProcessProtocol,
        executable: bytes | str,
        args: Sequence[bytes | str],
        env: Mapping[AnyStr, AnyStr] | None = None,
        path: bytes | str | None = None,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: bool = False,
        childFDs: Mapping[int, int | str] | None = None,
    ) -> IProcessTransport:
        """
        Start a program.

        Args:
            processProtocol: What is told of its output and end.
            executable: The program's path; it is not searched for.
            args: Its arguments, the first of which is its own name.
            env: Its environment; `None` for ours, empty for none.
            path: Where it starts; `None` for where we are.
            uid, gid: As whom; `None` for ourselves.
            usePTY: Whether it gets a terminal. Three numbers are an existing one: ours, the child's, and its name.
            childFDs: What its descriptors are, by number: ``"r"`` for a pipe we read, ``"w"`` for one we write, or a
                descriptor of ours. By default 0 is written, 1 and 2 are read.

        Raises:
            OSError: It cannot be started.
        """


class IReactorSSL(Interface):
    """Listens and connects over TLS."""

    def connectSSL(
        host: str,
        port: int,
        factory: ClientFactory[Any],
        contextFactory: Any,
        timeout: float,
        bindAddress: tuple[str, int] | None,
    ) -> IConnector:
        """
        Connect over TLS.

        Args:
            host, port: Where to; a host may be a name.
            factory: What makes the protocol, and is told of failure.
            contextFactory: What TLS is done with.
            timeout: How long to try, in seconds.
            bindAddress: A local host and port to connect from.
        """

    def listenSSL(
        port: int,
        factory: ServerFactory[Any],
        contextFactory: IOpenSSLContextFactory,
        backlog: int = 50,
        interface: str = "",
    ) -> IListeningPort:
        """
        Accept TLS connections. The arguments are those of `IReactorTCP.listenTCP`, and what TLS is done with.

        Raises:
            CannotListenError: The port cannot be bound.
        """


class IReactorSocket(Interface):
    """Takes over sockets that somebody else has opened."""

    def adoptDatagramPort(
        fileDescriptor: int, addressFamily: AddressFamily, protocol: DatagramProtocol, maxPacketSize: int
    ) -> IListeningPort:
        """Receive from a bound datagram socket. It is duplicated: yours is still yours to close."""

    def adoptStreamConnection(fileDescriptor: int, addressFamily: AddressFamily, factory: ServerFactory[Any]) -> None:
        """Use a connected socket. It is duplicated: yours is still yours to close."""

    def adoptStreamPort(
        fileDescriptor: int, addressFamily: AddressFamily, factory: ServerFactory[Any]
    ) -> IListeningPort:
        """Accept from a listening socket. It is duplicated: yours is still yours to close."""


class IReactorTCP(Interface):
    """Listens and connects over TCP."""

    def connectTCP(
        host: str,
        port: int,
        factory: ClientFactory[Any],
        timeout: float = 30.0,
        bindAddress: tuple[str, int] | None = None,
    ) -> IConnector:
        """
        Connect.

        Args:
            host, port: Where to; a host may be a name.
            factory: What makes the protocol, and is told of failure.
            timeout: How long to try, in seconds.
            bindAddress: A local host and port to connect from.
        """

    def listenTCP(port: int, factory: ServerFactory[Any], backlog: int = 50, interface: str = "") -> IListeningPort:
        """
        Accept connections.

        Args:
            port: The port; 0 for any free one.
            factory: What makes a protocol for each.
            backlog: How many the system may hold until they are accepted.
            interface: The address to bind to; all of IPv4's if empty, all of IPv6's if ``::``.

        Raises:
            CannotListenError: It cannot be bound.
        """


class IReactorTCP2(IReactorTCP):
    """`IReactorTCP`, with the options of a socket given as a `Binding`."""

    def connectTCP(
        host: str,
        port: int,
        factory: ClientFactory[Any],
        timeout: float = 30.0,
        bindAddress: Binding | tuple[str, int] | None = None,
    ) -> IConnector:
        """Connect. See `IReactorTCP.connectTCP`; the local end may be a `Binding`."""

    def listenTCP(
        port: Binding | int, factory: ServerFactory[Any], backlog: int = 50, interface: str | None = None
    ) -> IListeningPort:
        """Accept connections. See `IReactorTCP.listenTCP`; the port may be a `Binding`."""


class IReactorThreads(IReactorFromThreads, IReactorInThreads):
    """Everything a reactor does with threads."""

    def getThreadPool() -> ThreadPool:
        """Give the pool, made at first use."""

    def suggestThreadPoolSize(size: int) -> None:
        """Set the most threads that the pool should have."""


class IReactorTime(Interface):
    """Tells the time, and calls functions later."""

    def callLater(delay: float, callable: Callable[..., Any], *args: object, **kwargs: object) -> IDelayedCall:
        """Call *callable* after *delay* seconds."""

    def getDelayedCalls() -> Sequence[IDelayedCall]:
        """Give the calls that are still to come."""

    def seconds() -> float:
        """Give the time in seconds, on a clock of the reactor's own."""


class IReactorUDP(Interface):
    """Sends and receives datagrams over UDP."""

    def listenUDP(port: int, protocol: DatagramProtocol, interface: str, maxPacketSize: int) -> IListeningPort:
        """
        Open a UDP port.

        Args:
            port: The port; 0 for any free one.
            protocol: What is given the datagrams.
            interface: The address to bind to; all if empty.
            maxPacketSize: The longest datagram taken, in bytes.

        Raises:
            CannotListenError: It cannot be bound.
        """


class IReactorUNIX(Interface):
    """Listens and connects over UNIX stream sockets."""

    def connectUNIX(
        address: str, factory: ClientFactory[Any], timeout: float = 30, checkPID: bool = False
    ) -> IConnector:
        """
        Connect to a UNIX socket.

        Args:
            address: Its path.
            factory: What makes the protocol, and is told of failure.
            timeout: How long to try, in seconds.
            checkPID: Whether to look for a lock file first, which says if there is a server.
        """

    def listenUNIX(
        address: str, factory: Factory[Any], backlog: int = 50, mode: int = 438, wantPID: bool = False
    ) -> IListeningPort:
        """
        Accept connections on a UNIX socket.

        Args:
            address: Its path.
            factory: What makes a protocol for each.
            backlog: How many the system may hold until they are accepted.
            mode: The permissions of the file.
            wantPID: Whether to have a lock file, which makes it safe to remove a file that was left over.

        Raises:
            CannotListenError: It cannot be bound.
        """


class IReactorUNIXDatagram(Interface):
    """Sends and receives over UNIX datagram sockets."""

    def connectUNIXDatagram(
        address: str,
        protocol: ConnectedDatagramProtocol,
        maxPacketSize: int,
        mode: int,
        bindAddress: tuple[str, int] | None,
    ) -> IConnector:
        """Open a UNIX datagram socket that talks to one peer."""

    def listenUNIXDatagram(address: str, protocol: DatagramProtocol, maxPacketSize: int, mode: int) -> IListeningPort:
        """Open a UNIX datagram socket at a path. Raises `CannotListenError`."""


class IReadDescriptor(IFileDescriptor):
    """A descriptor that is read from when it is ready."""

    def doRead() -> Failure | None:
        """Called when there is something to read. What is returned instead of `None` ends the connection."""


class IWriteDescriptor(IFileDescriptor):
    """A descriptor that is written to when it is ready."""

    def doWrite() -> Failure | None:
        """Called when something can be written. What is returned instead of `None` ends the connection."""


class IReadWriteDescriptor(IReadDescriptor, IWriteDescriptor):
    """A descriptor for both directions."""


class IResolutionReceiver(Interface):
    """What is told of addresses as a lookup finds them."""

    def addressResolved(address: IAddress) -> None:
        """Called for each address."""

    def resolutionBegan(resolutionInProgress: IHostResolution) -> None:
        """Called once, first, with the look-up."""

    def resolutionComplete() -> None:
        """Called once, last: there are no more."""


class IResolverSimple(Interface):
    """Turns host names into IPv4 addresses."""

    def getHostByName(name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        """Give the IPv4 address of a host as text. *timeout* is how long to wait for each try, in seconds."""


class IResolver(IResolverSimple):
    """
    Asks the DNS for records of every type.

    Each lookup gives three lists of records: answers, authority, additional.
    """

    def lookupAFSDatabase(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for AFSDB records."""

    def lookupAddress(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for A records."""

    def lookupAddress6(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for A6 records."""

    def lookupAllRecords(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for all records."""

    def lookupAuthority(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for SOA records."""

    def lookupCanonicalName(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for CNAME records."""

    def lookupHostInfo(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for HINFO records."""

    def lookupIPV6Address(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for AAAA records."""

    def lookupMailBox(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for MB records."""

    def lookupMailExchange(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for MX records."""

    def lookupMailGroup(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for MG records."""

    def lookupMailRename(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for MR records."""

    def lookupMailboxInfo(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for MINFO records."""

    def lookupNameservers(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for NS records."""

    def lookupNamingAuthorityPointer(
        name: str, timeout: Sequence[int]
    ) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for NAPTR records."""

    def lookupNull(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for NULL records."""

    def lookupPointer(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for PTR records."""

    def lookupResponsibility(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for RP records."""

    def lookupSenderPolicy(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for SPF records."""

    def lookupService(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for SRV records."""

    def lookupText(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for TXT records."""

    def lookupWellKnownServices(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for WKS records."""

    def lookupZone(name: str, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask for the whole zone, by AXFR."""

    def query(query: Any, timeout: Sequence[int]) -> Deferred[tuple[list[Any], list[Any], list[Any]]]:
        """Ask a question. *timeout* is how long to wait for each try, in seconds."""


class IServiceCollection(Interface):
    """An older shape of `twisted.application.service.IServiceCollection`."""

    def addService(service: object) -> None:
        """Take a service."""

    def getServiceNamed(serviceName: str) -> object:
        """Give the service of a name."""

    def removeService(service: object) -> None:
        """Let go of a service."""


class IStreamClientEndpoint(Interface):
    """A place that can be connected to."""

    def connect(protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect; the Deferred gives the factory's protocol."""


class IStreamClientEndpointStringParserWithReactor(Interface):
    """A plugin for endpoint strings of clients."""

    def parseStreamClient(reactor: IReactorCore, *args: object, **kwargs: object) -> IStreamClientEndpoint:
        """Make an endpoint of what a string has behind the prefix."""

    prefix = Attribute("What stands before the first colon.")


class IStreamServerEndpoint(Interface):
    """A place that can be listened on."""

    def listen(protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen; the Deferred gives the port."""


class IStreamServerEndpointStringParser(Interface):
    """A plugin for endpoint strings of servers."""

    def parseStreamServer(reactor: IReactorCore, *args: object, **kwargs: object) -> IStreamServerEndpoint:
        """Make an endpoint of what a string has behind the prefix."""

    prefix = Attribute("What stands before the first colon.")


class ISystemHandle(Interface):
    """Something that wraps an object of the operating system, or of another library."""

    def getHandle() -> object:
        """Give what the operating system knows it by: a socket, mostly."""


class ITLSTransport(ITCPTransport):
    """A connection over TCP that can change to TLS."""

    def startTLS(contextFactory: IOpenSSLClientConnectionCreator | IOpenSSLServerConnectionCreator) -> None:
        """Speak TLS from here on. What was written before is sent before."""


class IUNIXDatagramConnectedTransport(Interface):
    """A UNIX datagram socket with a fixed other end."""

    def getHost() -> UNIXAddress:
        """Give our own address."""

    def getPeer() -> UNIXAddress:
        """Give the peer's address."""

    def write(packet: bytes) -> None:
        """Send a datagram to the peer."""


class IUNIXDatagramTransport(Interface):
    """A UNIX datagram socket, as its protocol sees it."""

    def getHost() -> UNIXAddress:
        """Give our own address."""

    def write(packet: bytes, addr: str) -> None:
        """Send a datagram to the socket of a path."""


class IUNIXTransport(ITransport):
    """A connection over a UNIX socket, which can carry file descriptors."""

    def sendFileDescriptor(descriptor: int) -> None:
        """
        Send a descriptor of ours to the peer, with the next byte written.

        It is sent in order with what is written; close yours when the peer says that it has it. With more descriptors
        than bytes the connection is lost, with `FileDescriptorOverrun`.
        """


__all__ = [
    "Binding",
    "IAcceptableCiphers",
    "IAddress",
    "ICipher",
    "IConnector",
    "IConsumer",
    "IDelayedCall",
    "IFileDescriptor",
    "IFileDescriptorReceiver",
    "IHalfCloseableDescriptor",
    "IHalfCloseableProtocol",
    "IHandshakeListener",
    "IHostResolution",
    "IHostnameResolver",
    "IListeningPort",
    "ILoggingContext",
    "IMulticastTransport",
    "INegotiated",
    "IOpenSSLClientConnectionCreator",
    "IOpenSSLContextFactory",
    "IOpenSSLServerConnectionCreator",
    "IProcessProtocol",
    "IProcessTransport",
    "IProducer",
    "IProtocol",
    "IProtocolFactory",
    "IProtocolNegotiationFactory",
    "IPullProducer",
    "IPushProducer",
    "IReactorCore",
    "IReactorDaemonize",
    "IReactorFDSet",
    "IReactorFromThreads",
    "IReactorInThreads",
    "IReactorMulticast",
    "IReactorPluggableNameResolver",
    "IReactorPluggableResolver",
    "IReactorProcess",
    "IReactorSSL",
    "IReactorSocket",
    "IReactorTCP",
    "IReactorTCP2",
    "IReactorThreads",
    "IReactorTime",
    "IReactorUDP",
    "IReactorUNIX",
    "IReactorUNIXDatagram",
    "IReadDescriptor",
    "IReadWriteDescriptor",
    "IResolutionReceiver",
    "IResolver",
    "IResolverSimple",
    "ISSLTransport",
    "IServiceCollection",
    "IStreamClientEndpoint",
    "IStreamClientEndpointStringParserWithReactor",
    "IStreamServerEndpoint",
    "IStreamServerEndpointStringParser",
    "ISystemHandle",
    "ITCPTransport",
    "ITLSTransport",
    "ITransport",
    "IUDPTransport",
    "IUNIXDatagramConnectedTransport",
    "IUNIXDatagramTransport",
    "IUNIXTransport",
    "IWriteDescriptor",
]
