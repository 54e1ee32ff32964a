"""Clients that do not read their answers: they have as much time as those that do not send their requests."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import implementer

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IPushProducer
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web import http

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


@implementer(IPushProducer)
class Producer:
    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


class Transport(StringTransport):
    """One that remembers how it ended, and can be full."""

    aborted = False
    _unsent = 0

    def abortConnection(self) -> None:
        self.aborted = True


class World:
    def __init__(self, timeout: float | None = 60, transport: Any = None) -> None:
        self.clock = Clock()
        self.requests: list[Any] = []
        factory: Any = http.HTTPFactory(timeout=timeout, reactor=self.clock)
        self.protocol: Any = factory.buildProtocol(None)
        self.transport: Any = Transport() if transport is None else transport
        requests = self.requests

        class Request(http.Request):
            def process(self) -> None:
                requests.append(self)

        self.protocol.requestFactory = Request
        getattr(self.protocol, "_channel", self.protocol).requestFactory = Request
        self.protocol.makeConnection(self.transport)
        self.protocol.dataReceived(GET)

    @property
    def full(self) -> Any:
        """What a transport tells that it is full."""
        return self.transport.producer


def test_an_application_may_take_as_long_as_it_likes() -> None:
    world = World()

    world.clock.advance(100_000)
    world.requests[0].write(b"begun")
    world.clock.advance(100_000)

    assert not world.transport.disconnecting


@pytest.mark.parametrize("streaming", [True, False])
def test_a_client_that_reads_nothing_is_sent_away(streaming: bool) -> None:
    world = World()
    producer = Producer()
    world.requests[0].registerProducer(producer, streaming)
    world.requests[0].write(b"x" * 100_000)
    world.full.pauseProducing()

    world.clock.advance(59)
    assert not world.transport.disconnecting
    world.clock.advance(2)
    assert world.transport.disconnecting and not world.transport.aborted
    world.clock.advance(16)
    assert world.transport.aborted
    world.protocol.connectionLost(Failure(ConnectionDone()))

    assert producer.told[-1] == "stop" and producer.told.count("stop") == 1


def test_a_client_that_reads_slowly_may_go_on() -> None:
    world = World()
    world.transport._unsent = 100_000
    world.full.pauseProducing()

    for _ in range(10):
        world.transport._unsent -= 1
        world.clock.advance(61)
        assert not world.transport.disconnecting
    world.clock.advance(61)

    assert world.transport.disconnecting


def test_who_has_room_again_waits_for_the_application() -> None:
    world = World()
    world.full.pauseProducing()
    world.clock.advance(50)
    world.full.resumeProducing()

    world.clock.advance(100_000)
    assert not world.transport.disconnecting
    world.full.pauseProducing()
    world.clock.advance(61)

    assert world.transport.disconnecting


def test_without_a_bound_nobody_is_sent_away() -> None:
    world = World(None)
    world.full.pauseProducing()

    world.clock.advance(100_000)

    assert not world.transport.disconnecting


def test_what_a_descriptor_has_begun_to_send_counts() -> None:
    world = World()
    world.transport.dataBuffer, world.transport.offset = b"x" * 100, 0
    world.full.pauseProducing()

    for _ in range(10):
        world.transport.offset += 1
        world.clock.advance(61)
        assert not world.transport.disconnecting
    world.transport._unsent, world.transport.offset = 1, 11
    world.clock.advance(61)

    assert world.transport.disconnecting


@pytest.mark.parametrize("unsent", [None, [b"x"]])
def test_of_a_transport_that_cannot_tell_nobody_knows_whether_a_client_reads(unsent: Any) -> None:
    world = World(transport=StringTransport())
    if unsent is not None:
        world.transport._unsent = unsent
    world.full.pauseProducing()

    world.clock.advance(100_000)

    assert not world.transport.disconnecting
