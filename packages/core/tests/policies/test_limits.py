"""Limits to how many connect, and to how much they transfer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.protocols.policies import LimitConnectionsByPeer, LimitTotalConnectionsFactory, ThrottlingFactory

ONE, OTHER = IPv4Address("TCP", "1.1.1.1", 1), IPv4Address("TCP", "2.2.2.2", 1)


def connect(protocol: Any) -> StringTransportWithDisconnection:
    transport = StringTransportWithDisconnection()
    transport.protocol = protocol
    protocol.makeConnection(transport)
    return transport


def by_peer(most: int) -> LimitConnectionsByPeer:
    factory = LimitConnectionsByPeer(Factory.forProtocol(Protocol))
    factory.maxConnectionsPerPeer = most
    factory.startFactory()
    return factory


@pytest.mark.parametrize("first", [ONE, ("1.1.1.1", 5), UNIXAddress("/x")])
def test_one_host_may_have_so_many_connections(first: Any) -> None:
    factory = by_peer(2)
    one, two = factory.buildProtocol(first), factory.buildProtocol(first)

    assert one is not None
    assert two is not None
    assert factory.buildProtocol(first) is None
    assert factory.buildProtocol(OTHER) is not None


def test_ports_do_not_make_hosts_different() -> None:
    factory = by_peer(1)
    factory.buildProtocol(ONE)

    assert factory.buildProtocol(IPv4Address("TCP", "1.1.1.1", 999)) is None
    assert factory.peerConnections == {"1.1.1.1": 1}


def test_a_connection_that_ends_makes_room() -> None:
    factory = by_peer(2)
    transports = [connect(factory.buildProtocol(ONE)) for _ in range(2)]

    transports[0].loseConnection()
    assert factory.peerConnections == {"1.1.1.1": 1}
    assert factory.buildProtocol(ONE) is not None
    assert factory.buildProtocol(ONE) is None

    transports[1].loseConnection()
    assert factory.peerConnections == {"1.1.1.1": 1}


def test_hosts_without_connections_are_forgotten() -> None:
    factory = by_peer(5)
    connect(factory.buildProtocol(ONE)).loseConnection()

    assert factory.peerConnections == {}
    assert factory.protocols == {}


def test_connections_from_before_a_restart_do_no_harm() -> None:
    factory = by_peer(1)
    transport = connect(factory.buildProtocol(ONE))
    factory.startFactory()
    transport.loseConnection()

    assert factory.peerConnections == {}


def test_a_refused_protocol_is_not_counted_by_peer() -> None:
    class Refusing(Factory[Any]):
        def buildProtocol(self, addr: object) -> None:
            return None

    factory = LimitConnectionsByPeer(Refusing())

    assert factory.buildProtocol(ONE) is None
    assert factory.peerConnections == {}


def test_five_by_default() -> None:
    assert LimitConnectionsByPeer.maxConnectionsPerPeer == 5


def total(limit: int | None) -> LimitTotalConnectionsFactory:
    factory = LimitTotalConnectionsFactory()
    factory.protocol = Protocol
    factory.connectionLimit = limit
    return factory


def test_so_many_connections_may_be_there_in_all() -> None:
    factory = total(2)
    transports = [connect(factory.buildProtocol(ONE)) for _ in range(2)]
    assert factory.connectionCount == 2
    assert factory.buildProtocol(OTHER) is None

    transports[0].loseConnection()

    assert factory.connectionCount == 1
    assert factory.buildProtocol(OTHER) is not None


def test_without_a_limit_there_is_none() -> None:
    factory = total(None)

    assert all(factory.buildProtocol(ONE) is not None for _ in range(100))
    assert LimitTotalConnectionsFactory.connectionLimit is None


def test_those_who_are_too_many_can_be_told() -> None:
    class Sorry(Protocol):
        def connectionMade(self) -> None:
            self.transport.write(b"full\r\n")
            self.transport.loseConnection()

    factory = total(0)
    factory.overflowProtocol = Sorry
    protocol: Any = factory.buildProtocol(ONE)
    assert protocol.wrappedProtocol.factory is factory
    assert factory.connectionCount == 1

    transport = connect(protocol)

    assert transport.value() == b"full\r\n"
    assert factory.connectionCount == 0


class Throttled(ThrottlingFactory):
    def __init__(self, clock: Clock, **limits: Any) -> None:
        super().__init__(Factory.forProtocol(Protocol), **limits)
        self.clock = clock

    def callLater(self, period: float, func: Callable[[], Any]) -> Any:
        return self.clock.callLater(period, func)


class Producer:
    def __init__(self) -> None:
        self.paused = False

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    def stopProducing(self) -> None:
        pass


def test_throttling_refuses_more_connections_than_it_may() -> None:
    factory = Throttled(Clock(), maxConnectionCount=1)
    transport = connect(factory.buildProtocol(ONE))
    assert factory.buildProtocol(ONE) is None
    assert factory.connectionCount == 1

    transport.loseConnection()

    assert factory.connectionCount == 0
    assert factory.buildProtocol(ONE) is not None


def test_reading_pauses_until_the_average_is_right() -> None:
    clock = Clock()
    factory = Throttled(clock, readLimit=10)
    protocol: Any = factory.buildProtocol(ONE)
    transport = connect(protocol)
    protocol.dataReceived(b"x" * 30)
    assert factory.readThisSecond == 30

    clock.advance(0.9)
    assert transport.producerState == "producing"
    clock.advance(0.1)
    assert transport.producerState == "paused"
    assert factory.readThisSecond == 0
    clock.advance(1.9)
    assert transport.producerState == "paused"
    clock.advance(0.1)
    assert transport.producerState == "producing"


def test_reading_no_more_than_allowed_does_not_pause() -> None:
    clock = Clock()
    factory = Throttled(clock, readLimit=10)
    protocol: Any = factory.buildProtocol(ONE)
    transport = connect(protocol)

    for _ in range(5):
        protocol.dataReceived(b"x" * 10)
        clock.advance(1)
        assert transport.producerState == "producing"


def test_writing_holds_up_producers_and_lets_others_be() -> None:
    clock = Clock()
    factory = Throttled(clock, writeLimit=10)
    protocol: Any = factory.buildProtocol(ONE)
    transport = connect(protocol)
    connect(factory.buildProtocol(ONE))
    producer = Producer()
    protocol.registerProducer(producer, True)
    protocol.write(b"x" * 10)
    protocol.writeSequence([b"y" * 5, b"z" * 5])
    assert factory.writtenThisSecond == 20
    assert transport.value() == b"x" * 10 + b"y" * 5 + b"z" * 5

    clock.advance(1)
    assert producer.paused
    assert factory.writtenThisSecond == 0
    clock.advance(1)
    assert not producer.paused

    protocol.unregisterProducer()
    assert protocol.producer is None
    assert transport.producer is None


def test_the_last_connection_ends_the_counting() -> None:
    clock = Clock()
    factory = Throttled(clock, readLimit=1, writeLimit=1)
    first, second = (connect(factory.buildProtocol(ONE)) for _ in range(2))
    assert len(clock.getDelayedCalls()) == 2
    first.protocol.dataReceived(b"xxx")
    first.protocol.write(b"xxx")
    clock.advance(1)
    assert len(clock.getDelayedCalls()) == 4

    first.loseConnection()
    assert len(clock.getDelayedCalls()) == 4
    second.loseConnection()

    assert clock.getDelayedCalls() == []
    assert factory.checkReadBandwidthID is None
    assert factory.unthrottleWritesID is None


def test_a_pause_that_is_over_needs_no_ending() -> None:
    clock = Clock()
    factory = Throttled(clock, readLimit=1, writeLimit=1)
    transport = connect(factory.buildProtocol(ONE))
    transport.protocol.dataReceived(b"xx")
    transport.protocol.write(b"xx")
    clock.pump([1, 1])
    assert (factory.unthrottleReadsID, factory.unthrottleWritesID) == (None, None)

    transport.loseConnection()

    assert clock.getDelayedCalls() == []


def test_without_limits_nothing_is_counted_each_second() -> None:
    clock = Clock()
    factory = Throttled(clock)
    connect(factory.buildProtocol(ONE))

    assert clock.getDelayedCalls() == []


def test_a_refused_protocol_is_not_counted() -> None:
    class Refusing(Factory[Any]):
        def buildProtocol(self, addr: object) -> None:
            return None

    factory = ThrottlingFactory(Refusing())

    assert factory.buildProtocol(ONE) is None
    assert factory.connectionCount == 0
