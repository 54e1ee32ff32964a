"""
What tests of WebSockets share: frames written by hand, and a program that writes down what it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import Site
from twisted.web.websocket import WebSocketOptions, WebSocketResource, WebSocketTransport

Frame = Callable[..., bytes]


def make_frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    key: bytes | None = b"\x11\x22\x33\x44",
    length: bytes | None = None,
) -> bytes:
    """Write a frame, rightly or not; without a mask if *key* is `None`, with length bytes of one's own if wanted."""
    bit = 0 if key is None else 0x80
    size = len(payload)
    if length is None:
        if size < 126:
            length = bytes([size])
        elif size < 65536:
            length = b"\x7e" + size.to_bytes(2, "big")
        else:
            length = b"\x7f" + size.to_bytes(8, "big")
    head = bytes([fin << 7 | rsv << 4 | opcode, bit | length[0]]) + length[1:]
    if key is None:
        return head + payload
    return head + key + bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))


class Program:
    """A `WebSocketProtocol` that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []  # Any: names and arguments
        self.on_text: Callable[[str], object] = lambda text: None
        self.transport: WebSocketTransport

    def negotiationStarted(self, transport: WebSocketTransport) -> None:
        self.transport = transport
        self.told.append("started")

    def negotiationFinished(self) -> None:
        self.told.append("finished")

    def textMessageReceived(self, message: str) -> None:
        self.told.append(message)
        self.on_text(message)

    def bytesMessageReceived(self, data: bytes | bytearray) -> None:
        self.told.append(data)

    def pongReceived(self, payload: bytes) -> None:
        self.told.append(("pong", payload))

    def connectionLost(self, reason: Failure) -> None:
        self.told.append(("lost", reason.type.__name__ if reason.type else None))


class Programs:
    """Makes the one program of a test."""

    def __init__(self) -> None:
        self.program = Program()
        self.prepare: Callable[[Any], object] = lambda request: None  # Any: a request
        self.refuses = False

    def buildProtocol(self, asked: Any) -> Any:
        self.asked = asked
        self.prepare(asked)
        return None if self.refuses else self.program


class Wired(StringTransport):
    """A transport in memory that gives what comes to its protocol."""

    protocol: Any = None

    def receive(self, data: bytes) -> bytes:
        """Have data come, and give what is sent because of them."""
        self.clear()
        self.protocol.dataReceived(data)
        return self.value()

    def lose(self, reason: BaseException) -> None:
        """End the connection."""
        self.protocol.connectionLost(Failure(reason))


KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

ASKING = {
    b"Host": b"localhost",
    b"Connection": b"Upgrade",
    b"Upgrade": b"websocket",
    b"Sec-WebSocket-Version": b"13",
    b"Sec-WebSocket-Key": KEY,
}


def asking(changes: dict[bytes, bytes | None] | None = None, line: bytes = b"GET /chat HTTP/1.1") -> bytes:
    """Write a request; fields that are `None` are left out."""
    fields = {**ASKING, **(changes or {})}
    lines = [line, *(name + b": " + value for name, value in fields.items() if value is not None)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


class Served:
    """A site with a WebSocket, and a client's connection to it, all in memory."""

    def __init__(self, options: WebSocketOptions | None = None) -> None:
        self.clock = Clock()
        self.programs = Programs()
        self.program = self.programs.program
        root = Resource()
        words = {} if options is None else {"options": options}
        self.resource = WebSocketResource(self.programs, **words)
        root.putChild(b"chat", self.resource)
        self.site = Site(root, reactor=self.clock)
        self.transport = Wired()
        self.transport.protocol = self.site.buildProtocol(None)
        self.transport.protocol.makeConnection(self.transport)

    def ask(self, changes: dict[bytes, bytes | None] | None = None, behind: bytes = b"", **words: Any) -> bytes:
        """Ask for a WebSocket, and give the answer."""
        return self.transport.receive(asking(changes, **words) + behind)


@pytest.fixture
def frame() -> Frame:
    return make_frame


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
def opened() -> Iterator[Served]:
    made = Served()
    assert made.ask().startswith(b"HTTP/1.1 101 ")
    yield made


@pytest.fixture
def serve() -> Callable[..., Served]:
    def make(**options: Any) -> Served:
        return Served(WebSocketOptions(**options))

    return make
