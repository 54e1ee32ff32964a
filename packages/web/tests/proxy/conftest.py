"""Proxies in memory: a client in front, a server behind, and what each of them is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from zope.interface import provider

from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure


class Wire(StringTransport):
    """A connection in memory, which tells how it was ended."""

    aborted = False
    protocol: Any = None

    def abortConnection(self) -> None:
        self.aborted = True
        super().abortConnection()


class Behind:
    """The server behind, over one connection."""

    def __init__(self, protocol: Any) -> None:
        self.protocol = protocol
        self.transport = Wire()
        protocol.makeConnection(self.transport)

    def heard(self) -> bytes:
        """What it was told since the last time."""
        data = self.transport.value()
        self.transport.clear()
        return data

    def say(self, data: bytes, step: int = 0) -> None:
        """Answer, all at once or in pieces of so many bytes."""
        for at in range(0, len(data), step or len(data) or 1):
            if not self.transport.disconnecting:
                self.protocol.dataReceived(data[at : at + (step or len(data))])

    def hang_up(self, cleanly: bool = True) -> None:
        producer = self.transport.producer
        if producer is not None:
            # As a transport does whose connection is lost.
            producer.stopProducing()
        self.protocol.connectionLost(Failure(ConnectionDone() if cleanly else ConnectionLost()))


class Front:
    """A client of a proxy."""

    def __init__(self, factory: Any, reactor: MemoryReactorClock) -> None:
        self.reactor = reactor
        self.transport = Wire()
        self.protocol = factory.buildProtocol(None)
        self.protocol.makeConnection(self.transport)

    def say(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def heard(self) -> bytes:
        """What it was told since the last time, without what differs from day to day."""
        data = self.transport.value()
        self.transport.clear()
        return re.sub(rb"Date: [^\r]*\r\n", b"", re.sub(rb"Server: Twisted[^\r]*\r\n", b"", data))

    def hang_up(self) -> None:
        self.protocol.connectionLost(Failure(ConnectionLost()))

    def connected(self) -> list[tuple[str, int]]:
        """Where the proxy has connected to."""
        return [(host, port) for host, port, *_ in self.reactor.tcpClients]

    def behind(self) -> Behind:
        """Let the last connection succeed."""
        return Behind(self.reactor.tcpClients[-1][2].buildProtocol(None))

    def refuse(self) -> None:
        """Let the last connection fail."""
        factory, connector = self.reactor.tcpClients[-1][2], self.reactor.connectors[-1]
        factory.clientConnectionFailed(connector, Failure(ConnectionRefusedError()))


@pytest.fixture
def clock() -> MemoryReactorClock:
    return MemoryReactorClock()


@pytest.fixture(autouse=True)
def nothing_went_wrong() -> Iterator[None]:
    """No test of a proxy may end with a failure in the log."""
    failures: list[LogEvent] = []

    @provider(ILogObserver)
    def keep(event: LogEvent) -> None:
        if "log_failure" in event:
            failures.append(event)

    globalLogPublisher.addObserver(keep)
    yield
    globalLogPublisher.removeObserver(keep)
    assert failures == []
