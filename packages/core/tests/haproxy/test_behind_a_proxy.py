"""Protocols behind a proxy see whom it connects for."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.address import IPv4Address
from twisted.internet.endpoints import TCP4ServerEndpoint, serverFromString
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import EventLoggingObserver, MemoryReactor, StringTransportWithDisconnection
from twisted.logger import globalLogPublisher
from twisted.protocols.haproxy import HAProxyWrappingFactory, proxyEndpoint

OWN = IPv4Address("TCP", "10.0.0.1", 12345)
PROXYS = IPv4Address("TCP", "192.168.1.1", 54321)


class Seeing(Protocol):
    def connectionMade(self) -> None:
        self.got: list[Any] = []

    def dataReceived(self, data: bytes) -> None:
        self.got.append((data, self.transport.getPeer(), self.transport.getHost()))

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        self.got.append("lost")


def connected() -> tuple[Seeing, Any, StringTransportWithDisconnection]:
    wrapper = HAProxyWrappingFactory(Factory.forProtocol(Seeing)).buildProtocol(PROXYS)
    transport = StringTransportWithDisconnection()
    transport.protocol = wrapper
    wrapper.makeConnection(transport)
    return wrapper.wrappedProtocol, wrapper, transport


def test_addresses_are_the_connections_own_until_the_header_has_come() -> None:
    seeing, wrapper, _ = connected()

    assert (seeing.transport.getPeer(), seeing.transport.getHost()) == (PROXYS, OWN)
    wrapper.dataReceived(b"PROXY TCP4 1.2.3.4 5.6.7.8 11 ")
    assert (seeing.transport.getPeer(), seeing.transport.getHost()) == (PROXYS, OWN)
    wrapper.dataReceived(b"22\r\nhello")
    wrapper.dataReceived(b"again")

    client, destination = IPv4Address("TCP", "1.2.3.4", 11), IPv4Address("TCP", "5.6.7.8", 22)
    assert seeing.got == [(b"hello", client, destination), (b"again", client, destination)]


def test_a_header_alone_delivers_nothing() -> None:
    seeing, wrapper, _ = connected()

    wrapper.dataReceived(b"PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\n")

    assert seeing.got == []


def test_an_unknown_client_leaves_the_connections_own_addresses() -> None:
    seeing, wrapper, transport = connected()

    wrapper.dataReceived(b"PROXY UNKNOWN\r\nhello")

    assert seeing.got == [(b"hello", PROXYS, OWN)]
    assert transport.connected


def test_a_stream_without_a_header_is_closed_with_one_log_event() -> None:
    events = EventLoggingObserver()
    seeing, wrapper, transport = connected()
    globalLogPublisher.addObserver(events)
    try:
        wrapper.dataReceived(b"GET / HTTP/1.0\r\n")
        wrapper.dataReceived(b"PROXY UNKNOWN\r\nhello")
    finally:
        globalLogPublisher.removeObserver(events)

    assert seeing.got == ["lost"]
    assert not transport.connected
    assert [event["log_namespace"] for event in events] == ["twisted.protocols.haproxy"]
    assert events[0]["peer"] == PROXYS
    assert "does not begin with" in str(events[0]["error"])


def test_it_writes_through_to_the_transport() -> None:
    seeing, _, transport = connected()

    seeing.transport.write(b"greeting")

    assert transport.value() == b"greeting"


def test_it_is_named_in_the_log() -> None:
    factory = HAProxyWrappingFactory(Factory.forProtocol(Seeing))

    assert factory.logPrefix() == "Factory (PROXY)"


@pytest.mark.parametrize("how", ["endpoint", "string"])
def test_its_endpoint_wraps_another(how: str) -> None:
    reactor = MemoryReactor()
    endpoint: Any = (
        proxyEndpoint(TCP4ServerEndpoint(reactor, 80))
        if how == "endpoint"
        else serverFromString(reactor, "haproxy:tcp:80")
    )

    endpoint.listen(Factory.forProtocol(Seeing))

    port, factory, _, _ = reactor.tcpServers[0]
    assert port == 80
    assert isinstance(factory, HAProxyWrappingFactory)
