"""
Connecting a client with a server in one process: in memory, over TCP, or over a UNIX socket.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, IConsumer, ITransport
from twisted.internet.protocol import ClientFactory, ServerFactory
from twisted.protocols.policies import WrappingFactory
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocol

__all__ = [
    "LoopbackClientFactory",
    "LoopbackRelay",
    "collapsingPumpPolicy",
    "identityPumpPolicy",
    "loopbackAsync",
    "loopbackTCP",
    "loopbackUNIX",
]

# Any, in this module: protocols and producers of every kind, handed on as they are.


def _default_reactor() -> Any:
    from twisted.internet import reactor

    return reactor


@implementer(IAddress)
class _LoopbackAddress:
    """Where the ends of a connection in memory are."""


def identityPumpPolicy(queue: Any, target: Any) -> None:
    """Give a protocol each piece as it was written."""
    while queue:
        data = _next(queue)
        if data is None:
            break
        target.dataReceived(data)


def collapsingPumpPolicy(queue: Any, target: Any) -> None:
    """Give a protocol all that was written in one piece."""
    pieces = []
    while queue:
        data = _next(queue)
        if data is None:
            break
        pieces.append(data)
    if pieces:
        target.dataReceived(b"".join(pieces))


def _next(queue: Any) -> bytes | None:
    piece: bytes | None = queue.get() if hasattr(queue, "get") else queue.pop(0)
    return piece


class _Direction:
    """
    What one side has written and the other has not received: a queue to `identityPumpPolicy` and its like.

    `None` in it is the end: nothing comes behind it.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._pieces: deque[bytes | None] = deque()
        self._wake = wake
        self.closing = False

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def get(self) -> bytes | None:
        return self._pieces.popleft()

    def put(self, piece: bytes | None) -> None:
        self._pieces.append(piece)
        self._wake()


@implementer(ITransport, IConsumer)
class _LoopbackTransport:
    """One end of a connection in memory."""

    disconnecting = False
    disconnected = False
    producer: Any = None

    def __init__(self, outgoing: _Direction) -> None:
        self._outgoing = outgoing

    def write(self, data: bytes) -> None:
        if not isinstance(data, bytes):
            raise TypeError(f"Data must be bytes, not {type(data).__name__}")
        if data and not self.disconnecting:
            self._outgoing.put(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        if not self.disconnecting:
            self.disconnecting = True
            self._outgoing.put(None)
            self._outgoing.closing = True

    def abortConnection(self) -> None:
        self.loseConnection()

    def getPeer(self) -> IAddress:
        return _LoopbackAddress()

    def getHost(self) -> IAddress:
        return _LoopbackAddress()

    def pauseProducing(self) -> None:
        pass

    def resumeProducing(self) -> None:
        pass

    def stopProducing(self) -> None:
        self.loseConnection()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert self.producer is None, "there is a producer already"
        self.producer = producer
        self.streaming = streaming
        if not streaming:
            self._pull()

    def _pull(self) -> None:
        while self.producer is not None and not self.streaming and not self.disconnecting:
            self.producer.resumeProducing()

    def unregisterProducer(self) -> None:
        self.producer = None


class _Loop:
    """Carries what two protocols write to each other, in turns of the reactor, until one hangs up."""

    def __init__(self, server: Any, client: Any, policy: Callable[[Any, Any], object]) -> None:
        self.done: Deferred[None] = Deferred()
        self._policy = policy
        self._scheduled = False
        self._pumping = True  # What is written while the two are being connected waits for `begin`.
        to_client, to_server = _Direction(self._wake), _Direction(self._wake)
        self._ways = ((to_client, client), (to_server, server))
        self._ends = ((server, _LoopbackTransport(to_client)), (client, _LoopbackTransport(to_server)))

    def begin(self) -> Deferred[None]:
        for protocol, transport in self._ends:
            protocol.makeConnection(transport)
        self._pumping = False
        self._pump()
        return self.done

    def _wake(self) -> None:
        if not self._scheduled and not self._pumping and not self.done.called:
            self._scheduled = True
            _default_reactor().callLater(0, self._pump)

    def _pump(self) -> None:
        self._scheduled = False
        if self.done.called:
            return
        self._pumping = True
        try:
            while any(queue for queue, _ in self._ways):
                for queue, target in self._ways:
                    self._policy(queue, target)
                    if queue.closing and not queue:
                        self._end()
                        return
        finally:
            self._pumping = False

    def _end(self) -> None:
        for _, transport in self._ends:
            transport.disconnecting = True
            transport.disconnected = True
            if transport.producer is not None:
                producer, transport.producer = transport.producer, None
                producer.stopProducing()
        for protocol, _ in self._ends:
            protocol.connectionLost(Failure(ConnectionDone("Connection done")))
        self.done.callback(None)


def loopbackAsync(
    server: Any, client: Any, pumpPolicy: Callable[[Any, Any], object] = identityPumpPolicy
) -> Deferred[None]:
    """
    Connect a client and a server in memory.

    Args:
        server, client: Two protocols. The server is connected first.
        pumpPolicy: Takes a queue of what was written and the protocol to give it to.

    Returns:
        A Deferred that fires when both have lost the connection.
    """
    return _Loop(server, client, pumpPolicy).begin()


@implementer(ITransport, IConsumer)
class LoopbackRelay:
    """
    A transport that keeps what is written until `clearBuffer` gives it to a protocol.

    Attributes:
        target: The protocol.
        logFile: Where to write down what is given to it; `None` for nowhere.
        buffer: What is kept.
        shouldLose: Whether the end was asked for.
        producer: The registered producer.
    """

    buffer: bytes = b""
    shouldLose: int = 0
    disconnecting: int = 0
    producer: Any = None
    streamingProducer: bool = False

    def __init__(self, target: Any, logFile: Any = None) -> None:
        self.target = target
        self.logFile = logFile

    def write(self, data: bytes) -> None:
        """Keep data."""
        self.buffer += data
        if self.logFile is not None:
            self.logFile.write(f"loopback writing {data!r}\n")

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Keep several pieces."""
        self.write(b"".join(iovec))

    def clearBuffer(self) -> None:
        """Give the protocol what is kept, and the end if it was asked for."""
        if self.shouldLose == -1:
            return
        if self.producer is not None:
            self.producer.resumeProducing()
        if self.buffer:
            if self.logFile is not None:
                self.logFile.write(f"loopback receiving {self.buffer!r}\n")
            data, self.buffer = self.buffer, b""
            self.target.dataReceived(data)
        if self.shouldLose == 1:
            self.shouldLose = -1
            self.target.connectionLost(Failure(ConnectionDone("Connection done")))

    def loseConnection(self) -> None:
        """Ask for the end."""
        if self.shouldLose != -1:
            self.shouldLose = 1

    def getHost(self) -> Any:
        """Say that this is a loopback."""
        return "loopback"

    def getPeer(self) -> Any:
        """Say that this is a loopback."""
        return "loopback"

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Take a producer."""
        self.producer = producer
        self.streamingProducer = streaming

    def unregisterProducer(self) -> None:
        """Forget the producer."""
        self.producer = None

    def logPrefix(self) -> str:
        """Name the protocol that it gives to."""
        return f"Loopback({type(self.target).__name__!r})"


class LoopbackClientFactory(ClientFactory[Any]):
    """
    Makes a protocol that is there already.

    Attributes:
        deferred: Fires when its connection has ended.
        disconnected: Whether it has.
    """

    def __init__(self, protocol: IProtocol) -> None:
        self.disconnected = 0
        self.deferred: Deferred[None] = Deferred()
        self.protocol: Any = protocol

    def buildProtocol(self, addr: Any) -> Any:
        """Give the protocol."""
        return self.protocol

    def clientConnectionLost(self, connector: Any, reason: Any) -> None:
        """Note the end."""
        self.disconnected = 1
        self.deferred.callback(None)


class _EndNotingFactory(WrappingFactory):
    """Fires a Deferred when a connection has ended."""

    def __init__(self, factory: Any) -> None:
        super().__init__(factory)
        self.ended: Deferred[None] = Deferred()

    def unregisterProtocol(self, p: Any) -> None:
        super().unregisterProtocol(p)
        self.ended.callback(None)


def _over(
    listen: Callable[[Any], Any], connect: Callable[[Any, Any], object], server: Any, client: Any, noisy: bool
) -> Deferred[None]:
    """Connect by a port, and fire when both have lost the connection and the port is closed."""
    accepting: Any = ServerFactory()
    accepting.protocol = lambda: server
    accepting.noisy = noisy
    noting = _EndNotingFactory(accepting)
    noting.noisy = noisy
    port = listen(noting)
    connecting = LoopbackClientFactory(client)
    connecting.noisy = noisy
    connect(port, connecting)
    both: Deferred[Any] = connecting.deferred.addCallback(lambda _: noting.ended)
    return both.addCallback(lambda _: port.stopListening())


def loopbackTCP(server: Any, client: Any, port: int = 0, noisy: bool = True) -> Deferred[None]:
    """
    Connect a client and a server over TCP, on this host, by the default reactor.

    Args:
        server, client: Two protocols.
        port: Where the server listens; 0 for any free port.
        noisy: Whether the factories' start and stop are logged.

    Returns:
        A Deferred that fires when both have lost the connection.
    """
    reactor = _default_reactor()
    return _over(
        lambda factory: reactor.listenTCP(port, factory, interface="127.0.0.1"),
        lambda listening, factory: reactor.connectTCP("127.0.0.1", listening.getHost().port, factory),
        server,
        client,
        noisy,
    )


def loopbackUNIX(server: Any, client: Any, noisy: bool = True) -> Deferred[None]:
    """Connect a client and a server over a UNIX socket of their own, by the default reactor. See `loopbackTCP`."""
    import tempfile

    reactor = _default_reactor()
    folder = tempfile.mkdtemp(prefix="loopback-")
    path = os.path.join(folder, "socket")

    def clean_up(result: Any) -> Any:
        if os.path.exists(path):
            os.unlink(path)
        os.rmdir(folder)
        return result

    return _over(
        lambda factory: reactor.listenUNIX(path, factory),
        lambda listening, factory: reactor.connectUNIX(path, factory),
        server,
        client,
        noisy,
    ).addBoth(clean_up)
