"""WSGI applications in memory: a site, a client, and threads that run when the test says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IAddress
from twisted.internet.testing import StringTransport
from twisted.logger import LogEvent
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import Site
from twisted.web.wsgi import WSGIResource

# Any: an application is whatever its framework makes of it.
Application = Callable[..., Any]


class Wire(StringTransport):
    """A connection in memory, which tells how it was ended."""

    aborted = False

    def abortConnection(self) -> None:
        self.aborted = True
        super().abortConnection()


class Turns:
    """A reactor and a thread pool in one: work is kept until it is its turn, or done at once."""

    def __init__(self) -> None:
        self.at_once = True
        self.in_threads: list[Callable[[], object]] = []
        self.in_reactor: list[Callable[[], object]] = []

    def callInThread(self, work: Callable[..., object], *args: object) -> None:
        self._do(self.in_threads, lambda: work(*args))

    def callFromThread(self, work: Callable[..., object], *args: object) -> None:
        self._do(self.in_reactor, lambda: work(*args))

    def _do(self, queue: list[Callable[[], object]], work: Callable[[], object]) -> None:
        if self.at_once:
            work()
        else:
            queue.append(work)

    def run(self, queue: list[Callable[[], object]]) -> None:
        while queue:
            queue.pop(0)()


class Client:
    """Talks to a site that serves an application at its root, or below another path."""

    def __init__(self, application: Application, below: bytes = b"", turns: Turns | None = None) -> None:
        self.turns = turns or Turns()
        resource = WSGIResource(self.turns, self.turns, application)
        root: Any = resource
        if below:
            root = Resource()
            root.putChild(below, resource)
        self.site = Site(root)
        self.connect()

    def connect(self, address: IAddress | None = None) -> None:
        self.wire = Wire(hostAddress=address, peerAddress=address)
        self.protocol: Any = self.site.buildProtocol(None)
        self.protocol.makeConnection(self.wire)

    def say(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def ask(self, line: bytes = b"GET / HTTP/1.1", *fields: bytes, body: bytes = b"") -> bytes:
        self.say(b"\r\n".join((line, b"Host: example.org:81", *fields, b"", b"")) + body)
        return self.heard()

    def heard(self) -> bytes:
        """What it was told since the last time, without what differs from day to day."""
        data = self.wire.value()
        self.wire.clear()
        return re.sub(rb"Date: [^\r]*\r\n", b"", re.sub(rb"Server: Twisted[^\r]*\r\n", b"", data))

    def hang_up(self) -> None:
        self.protocol.connectionLost(Failure(ConnectionLost()))


@pytest.fixture
def logged(expected_errors: list[LogEvent]) -> list[LogEvent]:
    """What is logged as an error, and a test takes out."""
    return expected_errors


def take(events: list[LogEvent]) -> Any:
    """Take the only failure that was logged."""
    (event,) = events
    events.clear()
    return event["log_failure"].value


@pytest.fixture(autouse=True)
def nothing_unexpected(logged: list[LogEvent]) -> None:
    """Every test looks at what is logged."""


@pytest.fixture
def serve() -> type[Client]:
    return Client


@pytest.fixture
def taken(logged: list[LogEvent]) -> Callable[[], Any]:
    return lambda: take(logged)


@pytest.fixture
def turns() -> Turns:
    made = Turns()
    made.at_once = False
    return made
