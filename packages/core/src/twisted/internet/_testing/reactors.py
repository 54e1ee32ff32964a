"""
Reactors that keep what is asked of them, and do nothing of it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.abstract import isIPv6Address
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import UnsupportedAddressFamily
from twisted.internet.interfaces import (
    IConnector,
    IHostnameResolver,
    IHostResolution,
    IListeningPort,
    IReactorCore,
    IReactorFDSet,
    IReactorPluggableNameResolver,
    IReactorSocket,
    IReactorSSL,
    IReactorTCP,
    IReactorUNIX,
)
from twisted.internet.task import Clock

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress, IReadDescriptor, IResolutionReceiver, IWriteDescriptor

# Any, in this module: what tests hand over as factories, protocols and addresses is only kept for them.


@implementer(IHostResolution)
class _SynchronousResolution:
    """A look-up that was over as soon as it began."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"_SynchronousResolution(name={self.name!r})"

    def cancel(self) -> None:
        """Complain: there is nothing to cancel."""
        raise Exception("already resolved")


@implementer(IHostnameResolver)
class SynchronousResolver:
    """Says at once that every host is at 127.0.0.1."""

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Look up a host; the arguments are those of `IHostnameResolver.resolveHostName`."""
        resolution = _SynchronousResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        if addressTypes is None or IPv4Address in addressTypes:
            kind: Any = transportSemantics
            resolutionReceiver.addressResolved(IPv4Address(kind, "127.0.0.1", portNumber))
        resolutionReceiver.resolutionComplete()
        return resolution


@implementer(IListeningPort)
class _FakePort:
    """A port that nobody listens on."""

    def __init__(self, hostAddress: Any) -> None:
        self._hostAddress = hostAddress

    def startListening(self) -> None:
        """Do nothing."""

    def stopListening(self) -> None:
        """Do nothing."""

    def getHost(self) -> Any:
        """Give the address it was made with."""
        return self._hostAddress


@implementer(IConnector)
class _FakeConnector:
    """
    A connector that connects nothing.

    Attributes:
        stoppedConnecting: Whether it was told to give up.
    """

    stoppedConnecting: bool = False
    _disconnected: bool = False

    def __init__(self, address: Any) -> None:
        self._address = address

    def stopConnecting(self) -> None:
        """Note it."""
        self.stoppedConnecting = True

    def disconnect(self) -> None:
        """Note it."""
        self._disconnected = True

    def connect(self) -> None:
        """Do nothing."""

    def getDestination(self) -> Any:
        """Give the address it was made with."""
        return self._address


def _check_family(family: int) -> None:
    if family not in (socket.AF_INET, socket.AF_INET6):
        raise UnsupportedAddressFamily(f"a socket of address family {family!r} cannot be adopted")


def _unspecified(family: int, kind: Any) -> IPv4Address | IPv6Address:
    return IPv4Address(kind, "0.0.0.0", 1234) if family == socket.AF_INET else IPv6Address(kind, "::", 1234)


@implementer(
    IReactorCore,
    IReactorTCP,
    IReactorSSL,
    IReactorUNIX,
    IReactorSocket,
    IReactorFDSet,
    IReactorPluggableNameResolver,
)
class MemoryReactor:
    """
    A reactor for tests, which connects nothing and keeps what it was asked for.

    Attributes:
        tcpServers, tcpClients, sslServers, sslClients, unixServers, unixClients: A tuple of the arguments for each call
            of ``listenTCP``, ``connectTCP`` and so on.
        adoptedPorts, adoptedStreamConnections: The same of the adopting methods.
        connectors: What the connecting methods returned.
        readers, writers: What is watched.
        triggers: The system event triggers: phase, then event, then a list of what to call.
        whenRunningHooks: What is to be called when it runs.
        running, hasRun, hasStopped, hasCrashed, hasInstalled: What has become of it.
    """

    def __init__(self) -> None:
        self.hasInstalled = False
        self.running = False
        self.hasRun = False
        self.hasStopped = False
        self.hasCrashed = False
        self.whenRunningHooks: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []
        self.triggers: dict[str, dict[str, list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]]] = {}
        self.tcpClients: list[tuple[Any, ...]] = []
        self.tcpServers: list[tuple[Any, ...]] = []
        self.sslClients: list[tuple[Any, ...]] = []
        self.sslServers: list[tuple[Any, ...]] = []
        self.unixClients: list[tuple[Any, ...]] = []
        self.unixServers: list[tuple[Any, ...]] = []
        self.adoptedPorts: list[tuple[Any, ...]] = []
        self.adoptedStreamConnections: list[tuple[Any, ...]] = []
        self.connectors: list[Any] = []
        self.readers: set[Any] = set()
        self.writers: set[Any] = set()
        self.nameResolver: Any = SynchronousResolver()

    def install(self) -> None:
        """Note it. The process's reactor stays what it is."""
        self.hasInstalled = True

    # IReactorCore

    def resolve(self, name: str, timeout: Any = 10) -> Deferred[str]:
        """Give a host's first address, as the name resolver has it."""
        from twisted.internet.defer import Deferred
        from twisted.internet.error import DNSLookupError

        answer: Deferred[str] = Deferred()

        class First:
            def resolutionBegan(self, resolutionInProgress: Any) -> None:
                self.found: list[str] = []

            def addressResolved(self, address: Any) -> None:
                self.found.append(address.host)

            def resolutionComplete(self) -> None:
                if self.found:
                    answer.callback(self.found[0])
                else:
                    answer.errback(DNSLookupError(name))

        self.nameResolver.resolveHostName(First(), name)
        return answer

    def run(self) -> None:
        """Call what is to be called when it runs, and stop."""
        assert not self.running, "it runs already"
        self.running = True
        self.hasRun = True
        for call, args, kwargs in self.whenRunningHooks:
            call(*args, **kwargs)
        self.stop()

    def stop(self) -> None:
        """Note it."""
        self.running = False
        self.hasStopped = True

    def crash(self) -> None:
        """Note it."""
        self.running = False
        self.hasCrashed = True

    def iterate(self, delay: Any = 0) -> None:
        """Do nothing: a turn of a reactor without events."""

    def fireSystemEvent(self, eventType: str) -> None:
        """Call an event's triggers, phase by phase."""
        for phase in ("before", "during", "after"):
            for call, args, kwargs in list(self.triggers.get(phase, {}).get(eventType, [])):
                call(*args, **kwargs)

    def addSystemEventTrigger(
        self, phase: str, eventType: str, callable: Callable[..., Any], *args: object, **kw: object
    ) -> Any:
        """Keep a trigger, and return what `removeSystemEventTrigger` takes."""
        trigger = (callable, args, kw)
        self.triggers.setdefault(phase, {}).setdefault(eventType, []).append(trigger)
        return phase, eventType, trigger

    def removeSystemEventTrigger(self, triggerID: Any) -> None:
        """Forget a trigger."""
        phase, event_type, trigger = triggerID
        self.triggers[phase][event_type].remove(trigger)

    def callWhenRunning(self, callable: Callable[..., Any], *args: object, **kw: object) -> None:
        """Keep a call for `run`; after `run`, make it at once."""
        if self.hasRun:
            callable(*args, **kw)
        else:
            self.whenRunningHooks.append((callable, args, kw))

    # IReactorPluggableNameResolver

    def installNameResolver(self, resolver: IHostnameResolver) -> Any:
        """Take another resolver, and return the one before."""
        before, self.nameResolver = self.nameResolver, resolver
        return before

    # IReactorSocket

    def adoptStreamPort(self, fileno: int, addressFamily: Any, factory: Any) -> Any:
        """Keep the arguments, and return a port."""
        _check_family(addressFamily)
        self.adoptedPorts.append((fileno, addressFamily, factory))
        return _FakePort(_unspecified(addressFamily, "TCP"))

    def adoptStreamConnection(self, fileDescriptor: int, addressFamily: Any, factory: Any) -> None:
        """Keep the arguments."""
        self.adoptedStreamConnections.append((fileDescriptor, addressFamily, factory))

    def adoptDatagramPort(self, fileno: int, addressFamily: Any, protocol: Any, maxPacketSize: int = 8192) -> Any:
        """Keep the arguments, and return a port."""
        _check_family(addressFamily)
        self.adoptedPorts.append((fileno, addressFamily, protocol, maxPacketSize))
        return _FakePort(_unspecified(addressFamily, "UDP"))

    # IReactorTCP, IReactorSSL, IReactorUNIX

    def _port(self, port: Any, interface: str) -> Any:
        if isIPv6Address(interface):
            return _FakePort(IPv6Address("TCP", interface, port))
        return _FakePort(IPv4Address("TCP", "0.0.0.0", port))

    def _connector(self, factory: Any, address: Any) -> Any:
        connector = _FakeConnector(address)
        factory.startedConnecting(connector)
        self.connectors.append(connector)
        return connector

    def _destination(self, host: str, port: int) -> IPv4Address | IPv6Address:
        return IPv6Address("TCP", host, port) if isIPv6Address(host) else IPv4Address("TCP", host, port)

    def listenTCP(self, port: Any, factory: Any, backlog: int = 50, interface: Any = "") -> Any:
        """Keep the arguments, and return a port."""
        self.tcpServers.append((port, factory, backlog, interface))
        return self._port(port, interface)

    def connectTCP(self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None) -> Any:
        """Keep the arguments, and return a connector."""
        self.tcpClients.append((host, port, factory, timeout, bindAddress))
        return self._connector(factory, self._destination(host, port))

    def listenSSL(self, port: Any, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = "") -> Any:
        """Keep the arguments, and return a port."""
        self.sslServers.append((port, factory, contextFactory, backlog, interface))
        return self._port(port, interface)

    def connectSSL(
        self, host: str, port: int, factory: Any, contextFactory: Any, timeout: float = 30, bindAddress: Any = None
    ) -> Any:
        """Keep the arguments, and return a connector."""
        self.sslClients.append((host, port, factory, contextFactory, timeout, bindAddress))
        return self._connector(factory, self._destination(host, port))

    def listenUNIX(self, address: Any, factory: Any, backlog: int = 50, mode: int = 0o666, wantPID: Any = 0) -> Any:
        """Keep the arguments, and return a port."""
        self.unixServers.append((address, factory, backlog, mode, wantPID))
        return _FakePort(UNIXAddress(address))

    def connectUNIX(self, address: Any, factory: Any, timeout: float = 30, checkPID: Any = 0) -> Any:
        """Keep the arguments, and return a connector."""
        self.unixClients.append((address, factory, timeout, checkPID))
        return self._connector(factory, UNIXAddress(address))

    # IReactorFDSet

    def addReader(self, reader: IReadDescriptor) -> None:
        """Watch for reading."""
        self.readers.add(reader)

    def removeReader(self, reader: IReadDescriptor) -> None:
        """Watch for reading no more."""
        self.readers.discard(reader)

    def addWriter(self, writer: IWriteDescriptor) -> None:
        """Watch for writing."""
        self.writers.add(writer)

    def removeWriter(self, writer: IWriteDescriptor) -> None:
        """Watch for writing no more."""
        self.writers.discard(writer)

    def getReaders(self) -> list[IReadDescriptor]:
        """Give what is watched for reading."""
        return list(self.readers)

    def getWriters(self) -> list[IWriteDescriptor]:
        """Give what is watched for writing."""
        return list(self.writers)

    def removeAll(self) -> list[IReadDescriptor | IWriteDescriptor]:
        """Watch nothing more, and return what was watched."""
        watched = [*self.readers, *(self.writers - self.readers)]
        self.readers.clear()
        self.writers.clear()
        return watched


class MemoryReactorClock(MemoryReactor, Clock):
    """A reactor for tests whose time passes when it is told to: ``advance(seconds)``."""

    def __init__(self) -> None:
        MemoryReactor.__init__(self)
        Clock.__init__(self)


@implementer(IReactorTCP, IReactorSSL, IReactorUNIX, IReactorSocket, IReactorPluggableNameResolver)
class RaisingMemoryReactor:
    """A reactor for tests that fails to listen, and fails to connect."""

    def __init__(self, listenException: Exception | None = None, connectException: Exception | None = None) -> None:
        """
        Args:
            listenException: What the listening methods raise.
            connectException: What the connecting methods raise.
        """
        self._listenException = listenException
        self._connectException = connectException
        self.nameResolver: Any = SynchronousResolver()

    def _refuse(self, wanted: Exception | None) -> Exception:
        return TypeError("this RaisingMemoryReactor was not told what to raise") if wanted is None else wanted

    def installNameResolver(self, nameResolver: IHostnameResolver) -> Any:
        """Take another resolver, and return the one before."""
        before, self.nameResolver = self.nameResolver, nameResolver
        return before

    def adoptStreamPort(self, fileno: int, addressFamily: Any, factory: Any) -> Any:
        """Raise."""
        raise self._refuse(self._listenException)

    def listenTCP(self, port: Any, factory: Any, backlog: int = 50, interface: Any = "") -> Any:
        """Raise."""
        raise self._refuse(self._listenException)

    def listenSSL(self, port: Any, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = "") -> Any:
        """Raise."""
        raise self._refuse(self._listenException)

    def listenUNIX(self, address: Any, factory: Any, backlog: int = 50, mode: int = 0o666, wantPID: Any = 0) -> Any:
        """Raise."""
        raise self._refuse(self._listenException)

    def connectTCP(self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None) -> Any:
        """Raise."""
        raise self._refuse(self._connectException)

    def connectSSL(
        self, host: str, port: int, factory: Any, contextFactory: Any, timeout: float = 30, bindAddress: Any = None
    ) -> Any:
        """Raise."""
        raise self._refuse(self._connectException)

    def connectUNIX(self, address: Any, factory: Any, timeout: float = 30, checkPID: Any = 0) -> Any:
        """Raise."""
        raise self._refuse(self._connectException)

    def adoptDatagramPort(self, fileDescriptor: int, addressFamily: Any, protocol: Any, maxPacketSize: int) -> Any:
        """Raise."""
        raise self._refuse(self._connectException)

    def adoptStreamConnection(self, fileDescriptor: int, addressFamily: Any, factory: Any) -> None:
        """Raise."""
        raise self._refuse(self._connectException)
