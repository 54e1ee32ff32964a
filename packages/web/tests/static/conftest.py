"""
What the tests of files share: a client of a site, in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers
from twisted.web.server import Site


class Answer:
    """A response."""

    def __init__(self, raw: bytes) -> None:
        head, _, self.body = raw.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        self.status = int(first.split(b" ")[1])
        self.fields = Headers()
        for line in lines:
            name, _, value = line.partition(b": ")
            self.fields.addRawHeader(name, value)

    def __getitem__(self, name: str) -> str | None:
        return ", ".join(self.fields.getRawHeaders(name, [])) or None


class Client:
    """A client of a site."""

    def __init__(self, root: Any, transport: Any = None) -> None:
        self.site = Site(root, reactor=Clock())
        self.transport: Any = StringTransport() if transport is None else transport
        self.protocol: Any = self.site.buildProtocol(self.transport.getPeer())
        self.protocol.makeConnection(self.transport)

    def send(self, path: str, method: str = "GET", **fields: str) -> None:
        lines = [f"{method} {path} HTTP/1.1", "Host: h"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        self.protocol.dataReceived("\r\n".join([*lines, "", ""]).encode("iso-8859-1"))

    def get(self, path: str, method: str = "GET", **fields: str) -> Answer:
        self.transport.clear()
        self.send(path, method, **fields)
        return Answer(self.transport.value())

    def hang_up(self, reason: Failure) -> None:
        self.protocol.connectionLost(reason)


@pytest.fixture
def client_of() -> Callable[..., Client]:
    return Client
