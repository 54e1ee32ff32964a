"""ASGI applications in memory: a site, and a client of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from twisted.internet.error import ConnectionLost
from twisted.internet.testing import StringTransport
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.web.asgi import ASGIResource
from twisted.web.resource import Resource
from twisted.web.server import Site

# Any: what frameworks make.
Application = Callable[..., Any]


class Wire(StringTransport):
    """A connection in memory."""

    def abortConnection(self) -> None:
        self.disconnecting = True
        super().abortConnection()


class Client:
    """Talks to a site that serves an application at its root, or below another path."""

    def __init__(self, application: Application, below: bytes = b"", streams: bool = False) -> None:
        self.resource = ASGIResource(application)
        root: Any = self.resource
        if below:
            root = Resource()
            root.putChild(below, self.resource)
        self.site = Site(root)
        self.site.streamsBodies = streams
        self.wire = Wire()
        self.protocol: Any = self.site.buildProtocol(None)
        self.protocol.makeConnection(self.wire)

    def say(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def ask(self, line: bytes = b"GET / HTTP/1.1", *fields: bytes, body: bytes = b"") -> bytes:
        """Send a request, and give what has been answered by then."""
        length = [b"Content-Length: %d" % len(body)] if body else []
        self.say(b"\r\n".join([line, b"Host: example.com", *fields, *length, b"", body]))
        return self.wire.value()

    def leave(self) -> None:
        self.protocol.connectionLost(Failure(ConnectionLost()))


@pytest.fixture
def failures() -> Iterator[list[Any]]:
    """The failures that are logged meanwhile."""
    seen: list[Any] = []

    def observe(event: LogEvent) -> None:
        if "log_failure" in event:
            seen.append(event["log_failure"].value)

    observer: ILogObserver = observe  # type: ignore[assignment]  # a function is one
    globalLogPublisher.addObserver(observer)
    yield seen
    globalLogPublisher.removeObserver(observer)


@pytest.fixture
def logged() -> Iterator[list[dict[str, Any]]]:
    """All that is logged by what hosts applications."""
    seen: list[dict[str, Any]] = []

    def observe(event: LogEvent) -> None:
        if event["log_namespace"] == "twisted.web.asgi":
            seen.append(event)

    observer: ILogObserver = observe  # type: ignore[assignment]  # a function is one
    globalLogPublisher.addObserver(observer)
    yield seen
    globalLogPublisher.removeObserver(observer)
