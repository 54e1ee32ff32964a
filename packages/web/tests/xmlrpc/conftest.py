"""Procedures in memory: a site that has them, a client that calls them, and what is between the two."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import LogEvent
from twisted.python.failure import Failure
from twisted.web.server import Site

# Any: arguments and answers of procedures, and resources, are whatever a test makes them.


class Caller:
    """Posts to a site, as any client would."""

    def __init__(self, resource: Any) -> None:
        self.wire = StringTransport()
        self.protocol: Any = Site(resource).buildProtocol(None)
        self.protocol.makeConnection(self.wire)

    def post(self, body: bytes) -> None:
        self.protocol.dataReceived(
            b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )

    def call(self, method: str, *args: Any) -> Any:
        """Call a procedure; give its answer."""
        self.post(xmlrpc.client.dumps(args, method, allow_none=True).encode())
        return self.answer()

    def head_and_body(self) -> tuple[bytes, bytes]:
        head, _, body = self.wire.value().partition(b"\r\n\r\n")
        self.wire.clear()
        return head, body

    def answer(self) -> Any:
        """Read what has come, which is a value or raises a `Fault`."""
        _, body = self.head_and_body()
        (value,), _ = xmlrpc.client.loads(body)
        return value

    def hang_up(self) -> None:
        self.protocol.connectionLost(Failure(ConnectionLost()))


class Callee:
    """What a `Proxy` connects to: the test sees what it is told, and answers."""

    def __init__(self, reactor: MemoryReactorClock, which: int = -1) -> None:
        self.host, self.port, self.factory, self.timeout, _ = reactor.tcpClients[which]
        self.connector = reactor.connectors[which]

    def accept(self) -> Callee:
        self.wire = StringTransport()
        self.protocol: Any = self.factory.buildProtocol(None)
        self.protocol.makeConnection(self.wire)
        return self

    def heard(self) -> tuple[list[bytes], bytes]:
        """The lines of the request's head, and its body."""
        head, _, body = self.wire.value().partition(b"\r\n\r\n")
        return head.split(b"\r\n"), body

    def say(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def return_value(self, value: Any) -> None:
        body = xmlrpc.client.dumps(
            value if isinstance(value, xmlrpc.client.Fault) else (value,), methodresponse=True, allow_none=True
        ).encode()
        self.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def hang_up(self, error: Exception | None = None) -> None:
        reason = Failure(error or ConnectionDone())
        self.protocol.connectionLost(reason)
        self.factory.clientConnectionLost(self.connector, reason)


@pytest.fixture
def logged(expected_errors: list[LogEvent]) -> list[LogEvent]:
    """What is logged as an error, and a test takes out."""
    return expected_errors


@pytest.fixture(autouse=True)
def nothing_unexpected(logged: list[LogEvent]) -> None:
    """Every test looks at what is logged."""


@pytest.fixture
def caller() -> type[Caller]:
    return Caller


@pytest.fixture
def reactor() -> MemoryReactorClock:
    return MemoryReactorClock()


@pytest.fixture
def callee(reactor: MemoryReactorClock) -> Callable[[], Callee]:
    return lambda: Callee(reactor)
