"""Reactors that keep what is asked of them, and do nothing of it."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet import interfaces
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import DNSLookupError, UnsupportedAddressFamily
from twisted.internet.protocol import ClientFactory
from twisted.internet.testing import (
    MemoryReactor,
    MemoryReactorClock,
    RaisingMemoryReactor,
    SynchronousResolver,
    _FakeConnector,
    _FakePort,
)

MEMORY = [
    interfaces.IReactorCore,
    interfaces.IReactorFDSet,
    interfaces.IReactorPluggableNameResolver,
    interfaces.IReactorSSL,
    interfaces.IReactorSocket,
    interfaces.IReactorTCP,
    interfaces.IReactorUNIX,
]


@pytest.mark.parametrize("iface", MEMORY)
def test_it_provides(iface: Any) -> None:
    assert verifyObject(iface, MemoryReactor())


def test_with_a_clock_it_tells_the_time_too() -> None:
    reactor, called = MemoryReactorClock(), list[int]()
    assert verifyObject(interfaces.IReactorTime, reactor)
    reactor.callLater(3, called.append, 1)

    reactor.advance(2.5)
    assert called == []
    reactor.advance(0.5)

    assert called == [1]
    assert reactor.tcpServers == []


def test_listening_is_kept() -> None:
    reactor = MemoryReactor()

    tcp = reactor.listenTCP(80, "factory")
    tcp6 = reactor.listenTCP(81, "factory", 5, "::1")
    tls = reactor.listenSSL(443, "factory", "context", 6, "1.2.3.4")
    unix = reactor.listenUNIX("/path", "factory", 7, 0o600, True)

    assert reactor.tcpServers == [(80, "factory", 50, ""), (81, "factory", 5, "::1")]
    assert reactor.sslServers == [(443, "factory", "context", 6, "1.2.3.4")]
    assert reactor.unixServers == [("/path", "factory", 7, 0o600, True)]
    assert tcp.getHost() == IPv4Address("TCP", "0.0.0.0", 80)
    assert tcp6.getHost() == IPv6Address("TCP", "::1", 81)
    assert tls.getHost() == IPv4Address("TCP", "0.0.0.0", 443)
    assert unix.getHost() == UNIXAddress("/path")
    assert isinstance(tcp, _FakePort)
    assert verifyObject(interfaces.IListeningPort, tcp)
    tcp.startListening()
    tcp.stopListening()


class Factory(ClientFactory[Any]):
    def __init__(self) -> None:
        self.started: list[Any] = []

    def startedConnecting(self, connector: Any) -> None:
        self.started.append(connector)


def test_connecting_is_kept_and_the_factory_told() -> None:
    reactor, factory = MemoryReactor(), Factory()

    connectors = [
        reactor.connectTCP("host", 1, factory),
        reactor.connectTCP("::1", 2, factory, 3, ("local", 0)),
        reactor.connectSSL("host", 4, factory, "context", 5, ("local", 1)),
        reactor.connectUNIX("/path", factory, 6, True),
    ]

    assert reactor.tcpClients == [("host", 1, factory, 30, None), ("::1", 2, factory, 3, ("local", 0))]
    assert reactor.sslClients == [("host", 4, factory, "context", 5, ("local", 1))]
    assert reactor.unixClients == [("/path", factory, 6, True)]
    assert factory.started == reactor.connectors == connectors
    assert [connector.getDestination() for connector in connectors] == [
        IPv4Address("TCP", "host", 1),
        IPv6Address("TCP", "::1", 2),
        IPv4Address("TCP", "host", 4),
        UNIXAddress("/path"),
    ]


def test_a_connector_notes_what_it_is_told() -> None:
    connector = _FakeConnector("address")
    assert verifyObject(interfaces.IConnector, connector)
    connector.connect()
    assert (connector.stoppedConnecting, connector._disconnected) == (False, False)

    connector.stopConnecting()
    assert (connector.stoppedConnecting, connector._disconnected) == (True, False)
    connector.disconnect()

    assert connector._disconnected


def test_adopted_sockets_are_kept() -> None:
    reactor = MemoryReactor()

    stream = reactor.adoptStreamPort(3, socket.AF_INET, "factory")
    stream6 = reactor.adoptStreamPort(4, socket.AF_INET6, "factory")
    datagram = reactor.adoptDatagramPort(5, socket.AF_INET, "protocol")
    reactor.adoptStreamConnection(6, socket.AF_INET, "factory")

    assert reactor.adoptedPorts == [
        (3, socket.AF_INET, "factory"),
        (4, socket.AF_INET6, "factory"),
        (5, socket.AF_INET, "protocol", 8192),
    ]
    assert reactor.adoptedStreamConnections == [(6, socket.AF_INET, "factory")]
    assert stream.getHost() == IPv4Address("TCP", "0.0.0.0", 1234)
    assert stream6.getHost() == IPv6Address("TCP", "::", 1234)
    assert datagram.getHost() == IPv4Address("UDP", "0.0.0.0", 1234)


@pytest.mark.parametrize("method", ["adoptStreamPort", "adoptDatagramPort"])
def test_only_internet_sockets_become_ports(method: str) -> None:
    with pytest.raises(UnsupportedAddressFamily, match="cannot be adopted"):
        getattr(MemoryReactor(), method)(3, socket.AF_UNIX, "factory")


def test_running_calls_what_waits_for_it_and_stops() -> None:
    reactor, called = MemoryReactor(), list[Any]()
    reactor.callWhenRunning(lambda *args, **kwargs: called.append((args, kwargs, reactor.running)), 1, two=2)
    assert (called, len(reactor.whenRunningHooks), reactor.hasRun) == ([], 1, False)

    reactor.run()

    assert called == [((1,), {"two": 2}, True)]
    assert (reactor.running, reactor.hasRun, reactor.hasStopped, reactor.hasCrashed) == (False, True, True, False)
    reactor.callWhenRunning(called.append, "now")
    assert called[1:] == ["now"]


def test_what_becomes_of_it_is_noted() -> None:
    reactor = MemoryReactor()
    reactor.install()
    assert reactor.hasInstalled
    reactor.iterate()
    reactor.running = True
    reactor.stop()
    assert (reactor.running, reactor.hasStopped) == (False, True)
    reactor.running = True
    reactor.crash()
    assert (reactor.running, reactor.hasCrashed) == (False, True)


def test_triggers_are_kept_called_and_removed() -> None:
    reactor, called = MemoryReactor(), list[Any]()
    reactor.addSystemEventTrigger("after", "shutdown", called.append, "after")
    removed = reactor.addSystemEventTrigger("before", "shutdown", called.append, "removed")
    reactor.addSystemEventTrigger("before", "shutdown", called.append, "before")
    reactor.addSystemEventTrigger("before", "startup", called.append, "startup")
    assert reactor.triggers["after"]["shutdown"] == [(called.append, ("after",), {})]

    reactor.removeSystemEventTrigger(removed)
    reactor.fireSystemEvent("shutdown")

    assert called == ["before", "after"]


def test_descriptors_are_kept() -> None:
    reactor: Any = MemoryReactor()
    reactor.addReader("r")
    reactor.addWriter("w")
    reactor.addReader("both")
    reactor.addWriter("both")
    assert set(reactor.getReaders()) == {"r", "both"}
    assert set(reactor.getWriters()) == {"w", "both"}

    reactor.removeReader("r")
    reactor.removeWriter("w")
    reactor.removeReader("unknown")
    assert reactor.getReaders() == reactor.getWriters() == ["both"]
    assert reactor.removeAll() == ["both"]
    assert reactor.getReaders() == reactor.getWriters() == []


class Receiver:
    def __init__(self) -> None:
        self.got: list[Any] = []

    def resolutionBegan(self, resolution: Any) -> None:
        self.got.append(resolution.name)

    def addressResolved(self, address: Any) -> None:
        self.got.append(address)

    def resolutionComplete(self) -> None:
        self.got.append("complete")


def test_its_resolver_finds_every_host_at_home() -> None:
    receiver: Any = Receiver()
    resolver = SynchronousResolver()
    assert verifyObject(interfaces.IHostnameResolver, resolver)

    resolution = resolver.resolveHostName(receiver, "example.com", 80)

    assert receiver.got == ["example.com", IPv4Address("TCP", "127.0.0.1", 80), "complete"]
    assert repr(resolution) == "_SynchronousResolution(name='example.com')"
    with pytest.raises(Exception, match="already resolved"):
        resolution.cancel()


def test_its_resolver_has_addresses_of_one_kind() -> None:
    receiver: Any = Receiver()

    SynchronousResolver().resolveHostName(receiver, "example.com", addressTypes=[IPv6Address], transportSemantics="UDP")

    assert receiver.got == ["example.com", "complete"]


@pytest.mark.parametrize("kind", [MemoryReactor, RaisingMemoryReactor])
def test_the_resolver_can_be_replaced(kind: Any) -> None:
    reactor = kind()
    before = reactor.nameResolver

    assert reactor.installNameResolver("other") is before
    assert reactor.nameResolver == "other"


def test_the_simple_look_up_uses_the_resolver() -> None:
    reactor, outcome = MemoryReactor(), list[Any]()
    reactor.resolve("example.com").addCallback(outcome.append)

    class Nowhere:
        def resolveHostName(self, receiver: Any, name: str) -> None:
            receiver.resolutionBegan(None)
            receiver.resolutionComplete()

    reactor.installNameResolver(Nowhere())  # type: ignore[arg-type]
    reactor.resolve("example.com").addErrback(lambda failure: outcome.append(failure.type))

    assert outcome == ["127.0.0.1", DNSLookupError]


@pytest.mark.parametrize(
    ("method", "count", "kind"),
    [
        ("listenTCP", 2, ValueError),
        ("listenSSL", 3, ValueError),
        ("listenUNIX", 2, ValueError),
        ("adoptStreamPort", 3, ValueError),
        ("connectTCP", 3, KeyError),
        ("connectSSL", 4, KeyError),
        ("connectUNIX", 2, KeyError),
        ("adoptStreamConnection", 3, KeyError),
        ("adoptDatagramPort", 4, KeyError),
    ],
)
def test_the_raising_one_raises(method: str, count: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        getattr(RaisingMemoryReactor(ValueError("listen"), KeyError("connect")), method)(*range(count))
    with pytest.raises(TypeError, match="was not told what to raise"):
        getattr(RaisingMemoryReactor(), method)(*range(count))
