"""
What tests of HTTP/2 share: a client by hand, whose frames can be wrong, and a site to talk to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest
from hpack import Encoder

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._http2 import H2Connection
from twisted.web.resource import Resource
from twisted.web.server import Site

# Any: requests, events and frames of every kind.

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)

USUAL = (
    (":method", "GET"),
    (":scheme", "https"),
    (":authority", "example.org"),
    (":path", "/"),
)


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"", length: int | None = None) -> bytes:
    """Write a frame, rightly or not."""
    size = len(payload) if length is None else length
    return size.to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def block(*fields: tuple[str, str] | tuple[bytes, bytes]) -> bytes:
    """Write a header block, rightly or not, that changes no table."""
    encoded: bytes = Encoder().encode([(name, value, True) for name, value in fields or USUAL], huffman=False)
    return encoded


class Answers(Resource):
    """Answers as a test says, and keeps the requests."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Any] = []
        self.bodies: list[bytes] = []
        self.answer: Callable[[Any], Any] = lambda request: b"hello"

    def render(self, request: Any) -> Any:
        self.requests.append(request)
        if request.content is not None:
            self.bodies.append(request.content.read())
        return self.answer(request)


class Talk:
    """A connection to a site, in memory."""

    def __init__(self, prepare: Callable[[H2Connection], object] = lambda connection: None) -> None:
        self.clock = Clock()
        self.resource = Answers()
        self.site = Site(self.resource, reactor=self.clock)
        self.connection = H2Connection()
        self.connection.site = self.connection.factory = self.site
        self.connection.requestFactory = self.site.requestFactory
        self.connection.callLater = self.clock.callLater  # type: ignore[method-assign,assignment]
        prepare(self.connection)
        self.transport = StringTransport()
        self.connection.makeConnection(self.transport)

    def receive(self, data: bytes) -> list[tuple[int, int, int, bytes]]:
        """Have data come, and give the frames that are sent because of them: kind, flags, stream and payload."""
        self.transport.clear()
        self.connection.dataReceived(data)
        return self.frames()

    def frames(self) -> list[tuple[int, int, int, bytes]]:
        sent, at, found = self.transport.value(), 0, []
        while at < len(sent):
            size = int.from_bytes(sent[at : at + 3], "big")
            payload = sent[at + 9 : at + 9 + size]
            found.append((sent[at + 3], sent[at + 4], int.from_bytes(sent[at + 5 : at + 9], "big"), payload))
            at += 9 + size
        return found

    def begin(self) -> None:
        """Say hello."""
        self.receive(PREFACE + frame(SETTINGS) + frame(SETTINGS, 1))

    def lose(self, why: BaseException) -> None:
        self.connection.connectionLost(Failure(why))


class Client:
    """A well-behaved client of a `Talk`, by h2."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.conn = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.conn.initiate_connection()
        self.events: list[Any] = []
        self.taken = 0

    def exchange(self) -> list[Any]:
        """Send what there is to be sent, both ways, until there is nothing left; give the events of the client."""
        begun = len(self.events)
        while True:
            data = self.conn.data_to_send()
            if data:
                self.talk.connection.dataReceived(data)
            back = self.talk.transport.value()[self.taken :]
            if not back and not data:
                return self.events[begun:]
            self.taken += len(back)
            if back:
                self.events += self.conn.receive_data(back)

    def ask(self, *fields: tuple[str, str], body: bytes | None = None, **pseudo: str) -> int:
        stream: int = self.conn.get_next_available_stream_id()
        headers = {":method": "GET", ":scheme": "https", ":authority": "example.org", ":path": "/"}
        headers.update({":" + name: value for name, value in pseudo.items()})
        self.conn.send_headers(stream, [*headers.items(), *fields], end_stream=body is None)
        if body is not None:
            self.conn.send_data(stream, body, end_stream=True)
        return stream

    def answer_to(self, stream: int) -> tuple[dict[str, str], bytes, bool]:
        """Give the header, the body so far, and whether that is all."""
        mine = [event for event in self.events if getattr(event, "stream_id", None) == stream]
        headers: dict[str, str] = {}
        for event in mine:
            if isinstance(event, h2.events.ResponseReceived):
                headers = {str(name): str(value) for name, value in event.headers}
        body = b"".join(event.data for event in mine if isinstance(event, h2.events.DataReceived))
        return headers, body, any(isinstance(event, h2.events.StreamEnded) for event in mine)


@pytest.fixture
def talk() -> Talk:
    made = Talk()
    made.begin()
    return made


@pytest.fixture
def client() -> Client:
    return Client(Talk())


@pytest.fixture
def prepared() -> Callable[..., Client]:
    return lambda prepare: Client(Talk(prepare))
