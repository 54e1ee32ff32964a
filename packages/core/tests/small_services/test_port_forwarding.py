"""Forwarding a port: two connections that hold each other up."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.testing import EventLoggingObserver, MemoryReactor, StringTransportWithDisconnection
from twisted.logger import formatEvent, globalLogPublisher
from twisted.protocols.portforward import Proxy, ProxyClient, ProxyClientFactory, ProxyFactory, ProxyServer
from twisted.python.failure import Failure


def accepted() -> tuple[MemoryReactor, Any, StringTransportWithDisconnection]:
    server: Any = ProxyFactory("inside", 80).buildProtocol(IPv4Address("TCP", "1.1.1.1", 1))
    server.reactor = MemoryReactor()
    transport = StringTransportWithDisconnection()
    transport.protocol = server
    server.makeConnection(transport)
    return server.reactor, server, transport


def forwarded() -> tuple[Any, StringTransportWithDisconnection, Any, StringTransportWithDisconnection]:
    reactor, server, outside = accepted()
    client = reactor.tcpClients[0][2].buildProtocol(None)
    inside = StringTransportWithDisconnection()
    inside.protocol = client
    client.makeConnection(inside)
    return server, outside, client, inside


def test_an_accepted_connection_waits_for_the_other() -> None:
    reactor, server, transport = accepted()

    assert isinstance(server, ProxyServer)
    assert transport.producerState == "paused"
    host, port, factory, _, _ = reactor.tcpClients[0]
    assert (host, port) == ("inside", 80)
    assert isinstance(factory, ProxyClientFactory)
    assert factory.server is server


def test_what_comes_is_sent_on_both_ways() -> None:
    server, outside, client, inside = forwarded()

    assert outside.producerState == "producing"
    server.dataReceived(b"question")
    client.dataReceived(b"answer")

    assert (inside.value(), outside.value()) == (b"question", b"answer")


def test_each_holds_up_the_other() -> None:
    _, outside, _, inside = forwarded()

    assert (outside.producer, outside.streaming) == (inside, True)
    assert (inside.producer, inside.streaming) == (outside, True)


def test_the_end_of_one_is_the_end_of_the_other() -> None:
    for leave in (1, 3):
        ends = forwarded()
        ends[leave].loseConnection()

        assert not ends[1].connected
        assert not ends[3].connected
        assert ends[0].peer is ends[2].peer is None


def test_when_there_is_no_connection_inside_the_outside_is_closed() -> None:
    events = EventLoggingObserver()
    reactor, _, transport = accepted()
    globalLogPublisher.addObserver(events)
    try:
        reactor.tcpClients[0][2].clientConnectionFailed(None, Failure(ValueError("no")))
    finally:
        globalLogPublisher.removeObserver(events)

    assert not transport.connected
    assert [formatEvent(event).split(":")[0] for event in events] == ["Unable to connect to peer"]


def test_a_quiet_proxy_logs_nothing() -> None:
    events = EventLoggingObserver()
    proxy = Proxy()
    proxy.noisy = False
    globalLogPublisher.addObserver(events)
    try:
        proxy.connectionLost(Failure(ValueError("no")))
    finally:
        globalLogPublisher.removeObserver(events)

    assert list(events) == []


def test_the_parts_can_be_replaced() -> None:
    assert ProxyFactory.protocol is ProxyServer
    assert ProxyServer.clientProtocolFactory is ProxyClientFactory
    assert ProxyClientFactory.protocol is ProxyClient
