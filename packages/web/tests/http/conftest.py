"""What tests of channels and requests are made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web.http import HTTPFactory, Request


class Wire(StringTransport):
    """A connection in memory, which can be closed and cut."""

    aborted = False

    def abortConnection(self) -> None:
        self.aborted = True
        super().abortConnection()


class Conversation:
    """A server, and a client that says what it is told to."""

    def __init__(self, factory: HTTPFactory, clock: Clock) -> None:
        self.factory = factory
        self.clock = clock
        self.transport = Wire()
        self.protocol: Any = factory.buildProtocol(None)
        self.channel: Any = self.protocol._channel
        self.protocol.makeConnection(self.transport)

    def say(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def heard(self) -> bytes:
        """What was answered since the last time, without what differs from day to day."""
        data = self.transport.value()
        self.transport.clear()
        return re.sub(rb"Date: [^\r]*", b"Date: now", data)

    def hang_up(self, reason: Any) -> None:
        self.protocol.connectionLost(reason)


class Kept(Request):
    """A request that waits for the test to answer it."""

    kept: list[Kept]

    def process(self) -> None:
        type(self).kept.append(self)


Talk = Callable[..., Conversation]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def requests() -> list[Kept]:
    Kept.kept = []
    return Kept.kept


@pytest.fixture
def talk(clock: Clock, requests: list[Kept]) -> Talk:
    """Begin a conversation, with requests that are kept for the test unless it brings its own."""

    def begin(make: Any = Kept, **settings: Any) -> Conversation:
        factory = HTTPFactory(reactor=clock)
        timeout = settings.pop("timeOut", 60)
        factory.timeOut = timeout
        build = factory.buildProtocol

        def build_with_settings(addr: Any) -> Any:
            protocol = build(addr)
            protocol.requestFactory = make
            for name, value in settings.items():
                setattr(protocol._channel, name, value)
            return protocol

        factory.buildProtocol = build_with_settings  # type: ignore[method-assign]
        return Conversation(factory, clock)

    return begin
