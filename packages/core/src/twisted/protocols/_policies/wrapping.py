"""
A protocol between a transport and another protocol, and the factory of such.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zope.interface import directlyProvides, providedBy

from twisted.internet.interfaces import ILoggingContext
from twisted.internet.protocol import ClientFactory, Protocol

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from twisted.internet.interfaces import IAddress

    WP = TypeVar("WP", default=Any)
else:
    from typing import TypeVar

    WP = TypeVar("WP")

# Any, in this package: what is wrapped is anybody's protocol, factory or transport, and is handed through as it is.


def log_prefix_of(wrapper: object, wrapped: Any) -> str:
    """Name a wrapper and what it wraps: ``Echo (TimeoutProtocol)``."""
    inner = wrapped.logPrefix() if ILoggingContext.providedBy(wrapped) else type(wrapped).__name__
    return f"{inner} ({type(wrapper).__name__})"


class ProtocolWrapper(Protocol):
    """
    A protocol to its transport, and a transport to the protocol it wraps.

    It provides whatever its transport provides, and has its transport's attributes.

    Attributes:
        wrappedProtocol: The protocol it wraps.
        factory: The `WrappingFactory` that made it.
        disconnecting: Whether the wrapped protocol has asked for the end.
    """

    disconnecting: int = 0

    def __init__(self, factory: Any, wrappedProtocol: Any) -> None:
        self.wrappedProtocol = wrappedProtocol
        self.factory = factory

    def logPrefix(self) -> str:
        """Name the wrapped protocol, and the wrapper."""
        return log_prefix_of(self, self.wrappedProtocol)

    def makeConnection(self, transport: Any) -> None:
        """Take a transport, and be one to the wrapped protocol."""
        # As a transport, be what the real one is: TLS or not, half-closeable or not.
        directlyProvides(self, providedBy(transport))
        super().makeConnection(transport)
        self.factory.registerProtocol(self)
        self.wrappedProtocol.makeConnection(self)

    # As a transport

    def write(self, data: bytes) -> None:
        """Send data."""
        self.transport.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Send several pieces."""
        self.transport.writeSequence(data)

    def loseConnection(self) -> None:
        """Close the connection, when everything has been sent."""
        self.disconnecting = 1
        self.transport.loseConnection()

    def getPeer(self) -> Any:
        """Give the peer's address."""
        return self.transport.getPeer()

    def getHost(self) -> Any:
        """Give our own address."""
        return self.transport.getHost()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let a producer write."""
        self.transport.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """Let no producer write any more."""
        self.transport.unregisterProducer()

    def stopConsuming(self) -> None:
        """Take no more."""
        self.transport.stopConsuming()

    def __getattr__(self, name: str) -> Any:
        # What this class does not have, the transport may. Before there is one, nobody has it.
        if name == "transport":
            raise AttributeError(name)
        return getattr(self.transport, name)

    # As a protocol

    def dataReceived(self, data: bytes) -> None:
        """Hand data to the wrapped protocol."""
        self.wrappedProtocol.dataReceived(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # a wrapper has no reason of its own
        """Tell the factory, then the wrapped protocol, which is let go of: each holds the other."""
        self.factory.unregisterProtocol(self)
        wrapped, self.wrappedProtocol = self.wrappedProtocol, None
        wrapped.connectionLost(reason)

    def _take_unread(self) -> bytes:
        """Give up what the wrapped protocol holds: a new layer under it (TLS) has to have it."""
        take = getattr(self.wrappedProtocol, "_take_unread", None)
        return b"" if take is None else take()


class WrappingFactory(ClientFactory[WP]):
    """
    A factory, for servers or clients, that wraps what another factory makes.

    Attributes:
        protocol: What wraps a protocol: takes this factory and the protocol.
        wrappedFactory: The other factory.
        protocols: The wrappers that are connected, as keys.
    """

    protocol: Any = ProtocolWrapper  # Any: it takes other arguments than the protocols of other factories.

    def __init__(self, wrappedFactory: Any) -> None:
        self.wrappedFactory = wrappedFactory
        self.protocols: dict[Any, int] = {}

    def logPrefix(self) -> str:
        """Name the wrapped factory, and the wrapper."""
        return log_prefix_of(self, self.wrappedFactory)

    def doStart(self) -> None:
        """Start the wrapped factory, and this one."""
        self.wrappedFactory.doStart()
        super().doStart()

    def doStop(self) -> None:
        """Stop the wrapped factory, and this one."""
        self.wrappedFactory.doStop()
        super().doStop()

    def startedConnecting(self, connector: Any) -> None:
        """Tell the wrapped factory."""
        self.wrappedFactory.startedConnecting(connector)

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        """Tell the wrapped factory."""
        self.wrappedFactory.clientConnectionFailed(connector, reason)

    def clientConnectionLost(self, connector: Any, reason: Any) -> None:
        """Tell the wrapped factory."""
        self.wrappedFactory.clientConnectionLost(connector, reason)

    def buildProtocol(self, addr: IAddress | None) -> Any:  # Any: a wrapper, or None if there is nothing to wrap.
        """Have the wrapped factory make a protocol, and wrap it; `None` if it makes none."""
        wrapped = self.wrappedFactory.buildProtocol(addr)
        return None if wrapped is None else self.protocol(self, wrapped)

    def registerProtocol(self, p: Any) -> None:
        """Called by a wrapper that is connected."""
        self.protocols[p] = 1

    def unregisterProtocol(self, p: Any) -> None:
        """Called by a wrapper whose connection has ended."""
        del self.protocols[p]
