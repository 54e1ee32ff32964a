"""
Connecting to WebSockets: what is asked, which answers will do, and what becomes of the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone, ConnectionLost, TimeoutError
from twisted.internet.task import Clock
from twisted.web._websocket.handshake import accepted
from twisted.web.client import readBody
from twisted.web.http_headers import Headers
from twisted.web.websocket import (
    ConnectionRejected,
    HandshakeFailed,
    NotOpen,
    WebSocketClientEndpoint,
    WebSocketOptions,
)

# Any: what the fixtures of conftest.py make.
Frame = Callable[..., bytes]


class Endpoints:
    """An `IAgentEndpointFactory` whose endpoints connect to a transport in memory, at once."""

    def __init__(self) -> None:
        from twisted.internet.testing import StringTransport

        self.transport: Any = StringTransport()
        self.uris: list[bytes] = []

    def endpointForURI(self, uri: Any) -> Any:
        self.uris.append(uri.toBytes())
        return self

    def connect(self, factory: Any) -> Deferred[Any]:
        self.protocol = factory.buildProtocol(None)
        self.protocol.makeConnection(self.transport)
        return succeed(self.protocol)


class Client:
    """A connection that is being negotiated."""

    def __init__(self, program: Any, url: str = "ws://example.org/chat?room=1", **words: Any) -> None:
        self.clock = Clock()
        self.program = program
        endpoints: Any = Endpoints()
        self.endpoints = endpoints
        self.transport = self.endpoints.transport
        self.urls: list[str] = []
        endpoint = WebSocketClientEndpoint(self.endpoints, url, reactor=self.clock, **words)
        self.connecting: Deferred[Any] = Deferred.fromCoroutine(endpoint.connect(self))
        self.outcome: list[Any] = []
        self.connecting.addBoth(self.outcome.append)

    def buildProtocol(self, url: str) -> Any:
        self.urls.append(url)
        return self.program

    @property
    def sent(self) -> list[bytes]:
        lines: list[bytes] = self.transport.value().split(b"\r\n")
        return lines

    def key(self) -> bytes:
        return next(line.partition(b": ")[2] for line in self.sent if line.startswith(b"Sec-WebSocket-Key: "))

    def answer(self, further: bytes = b"", behind: bytes = b"", accept: bytes | None = None, **others: bytes) -> None:
        fields = {
            b"Upgrade": b"websocket",
            b"Connection": b"Upgrade",
            b"Sec-WebSocket-Accept": accept or accepted(self.key()),
        }
        for name, value in others.items():
            fields[name.encode()] = value
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in fields.items() if value)
        self.receive(b"HTTP/1.1 101 Switching Protocols\r\n" + lines + further + b"\r\n" + behind)

    def receive(self, data: bytes) -> None:
        self.endpoints.protocol.dataReceived(data)

    def lose(self, reason: BaseException) -> None:
        from twisted.python.failure import Failure

        self.endpoints.protocol.connectionLost(Failure(reason))

    def failed(self) -> BaseException:
        [failure] = self.outcome
        error: BaseException = failure.value
        return error


@pytest.fixture
def program() -> Any:
    class Program:
        def __init__(self) -> None:
            self.told: list[Any] = []

        def negotiationStarted(self, transport: Any) -> None:
            self.transport = transport
            self.told.append("started")

        def negotiationFinished(self) -> None:
            self.told.append("finished")

        def textMessageReceived(self, message: str) -> None:
            self.told.append(message)

        bytesMessageReceived = textMessageReceived

        def pongReceived(self, payload: bytes) -> None:
            self.told.append(("pong", payload))

        def connectionLost(self, reason: Any) -> None:
            self.told.append(("lost", reason.type.__name__))

    return Program()


def test_a_client_asks_for_a_websocket(program: Any) -> None:
    client = Client(program)

    assert client.sent == [
        b"GET /chat?room=1 HTTP/1.1",
        b"Host: example.org",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Key: " + client.key(),
        b"Sec-WebSocket-Version: 13",
        b"",
        b"",
    ]
    assert client.endpoints.uris == [b"http://example.org/chat?room=1"]
    assert client.urls == ["ws://example.org/chat?room=1"]
    assert program.told == ["started"] and client.outcome == []
    assert Client(program).key() != client.key()


@pytest.mark.parametrize(
    ("url", "line", "host", "asked"),
    [
        ("wss://example.org/", b"GET / HTTP/1.1", b"Host: example.org", b"https://example.org/"),
        ("wss://example.org:444", b"GET / HTTP/1.1", b"Host: example.org:444", b"https://example.org:444"),
        ("WS://example.org:81/a", b"GET /a HTTP/1.1", b"Host: example.org:81", b"http://example.org:81/a"),
        ("ws://[::1]:81/", b"GET / HTTP/1.1", b"Host: [::1]:81", b"http://[::1]:81/"),
        ("http://example.org/", b"GET / HTTP/1.1", b"Host: example.org", b"http://example.org/"),
    ],
)
def test_urls(program: Any, url: str, line: bytes, host: bytes, asked: bytes) -> None:
    client = Client(program, url)

    assert client.sent[:2] == [line, host]
    assert client.endpoints.uris[0].rstrip(b"/") == asked.rstrip(b"/")


@pytest.mark.parametrize(
    "url", ["example.org", "ftp://example.org/", "ws:/example.org", "ws://", "ws://a/b c", "ws://a/\r\nX: y"]
)
def test_what_is_no_websocket_url_is_refused(program: Any, url: str) -> None:
    client = Client(program, url)

    assert isinstance(client.failed(), ValueError)
    assert program.told == []


def test_an_answer_that_fits_makes_a_websocket(program: Any, frame: Frame) -> None:
    client = Client(program)
    order: list[Any] = []
    program.negotiationFinished = lambda: order.append(list(client.outcome))

    client.answer(behind=frame(1, b"hello", key=None))

    # Who has connected is told first.
    assert order == [[program]] == [client.outcome]
    assert program.told == ["started", "hello"]


def test_what_a_client_sends_is_masked(program: Any) -> None:
    client = Client(program)
    client.answer()
    client.transport.clear()

    program.transport.sendTextMessage("hello")

    sent = client.transport.value()
    assert sent[:2] == b"\x81\x85" and len(sent) == 11
    assert bytes(a ^ b for a, b in zip(sent[6:], sent[2:6] * 2, strict=False)) == b"hello"


def test_the_answer_may_come_byte_by_byte(program: Any, frame: Frame) -> None:
    client = Client(program)
    answer = (
        b"HTTP/1.1 101 Sure\r\nupgrade: WebSocket\r\nconnection: keep-alive, upgrade\r\nsec-websocket-accept: "
        + accepted(client.key())
        + b"\r\n\r\n"
        + frame(1, b"hi", key=None)
    )

    for place in range(len(answer)):
        client.receive(answer[place : place + 1])

    assert program.told == ["started", "finished", "hi"]


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"accept": b"xyz"}, "does not fit"),
        ({"accept": b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}, "does not fit"),
        ({"Upgrade": b""}, "Upgrade does not say"),
        ({"Upgrade": b"h2c"}, "Upgrade does not say"),
        ({"Connection": b"close"}, "Connection does not say"),
        ({"further": b"Sec-WebSocket-Protocol: chat\r\n"}, "was not offered"),
        ({"further": b"Sec-WebSocket-Extensions: permessage-deflate\r\n"}, "not offered"),
        ({"further": b"Sec-WebSocket-Accept: twice\r\n"}, "does not fit"),
    ],
)
def test_answers_that_do_not_fit_fail(program: Any, others: dict[str, bytes], words: str) -> None:
    client = Client(program)

    client.answer(**others)

    assert isinstance(client.failed(), HandshakeFailed) and words in str(client.failed())
    assert client.transport.disconnected
    client.receive(b"whatever follows")
    client.lose(ConnectionLost())
    assert program.told == ["started", ("lost", "ConnectionLost")]
    assert client.clock.getDelayedCalls() == []


def test_an_answer_that_is_no_http_fails(program: Any) -> None:
    client = Client(program)

    client.receive(b"SSH-2.0-OpenSSH\r\n\r\n")

    assert isinstance(client.failed(), HandshakeFailed) and "bad answer" in str(client.failed())
    assert client.failed().__cause__ is not None


def test_another_answer_is_a_rejection_whose_body_can_be_read(program: Any) -> None:
    client = Client(program)

    client.receive(b"HTTP/1.1 403 No\r\nX-Why: no\r\nContent-Length: 8\r\n\r\ngo a")

    rejected = client.failed()
    assert isinstance(rejected, ConnectionRejected)
    response = rejected.response
    assert (response.code, response.phrase, response.length) == (403, b"No", 8)
    assert response.headers.getRawHeaders("x-why") == ["no"]
    assert client.transport.producerState == "paused"
    body: list[bytes] = []
    readBody(response).addCallback(body.append)
    assert client.transport.producerState == "producing"
    client.receive(b"way!")
    assert body == [b"go away!"]
    assert client.transport.disconnecting
    client.lose(ConnectionDone())
    assert program.told == ["started", ("lost", "ConnectionDone")]


def test_a_body_that_ends_with_the_connection(program: Any) -> None:
    client = Client(program)
    client.receive(b"HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\nsorry")
    response = client.outcome[0].value.response
    body: list[Any] = []

    readBody(response).addBoth(body.append)
    client.receive(b", really")
    client.lose(ConnectionDone())

    assert body == [b"sorry, really"]


def test_a_rejection_without_body_closes_the_connection(program: Any) -> None:
    client = Client(program)

    client.receive(b"HTTP/1.1 404 Not here\r\nContent-Length: 0\r\n\r\n")

    assert client.outcome[0].value.response.code == 404
    assert client.transport.disconnecting


def test_a_rejection_that_nobody_reads_is_cut(program: Any) -> None:
    client = Client(program)
    client.receive(b"HTTP/1.1 403 No\r\nContent-Length: 8\r\n\r\n")
    assert isinstance(client.failed(), ConnectionRejected)

    client.clock.advance(10)

    assert client.transport.disconnected


def test_rejections_are_equal_if_their_responses_are() -> None:
    assert ConnectionRejected(1) == ConnectionRejected(1) != ConnectionRejected(2)
    assert ConnectionRejected(1) != 1
    assert repr(ConnectionRejected(1)) == "ConnectionRejected(response=1)"
    assert ConnectionRejected(1).args == (1,)
    with pytest.raises(TypeError, match="unhashable"):
        hash(ConnectionRejected(1))


def test_a_connection_lost_before_the_answer_fails(program: Any) -> None:
    client = Client(program)

    client.lose(ConnectionLost())

    assert isinstance(client.failed(), ConnectionLost)
    assert program.told == ["started", ("lost", "ConnectionLost")]
    assert client.clock.getDelayedCalls() == []


def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(program: Any) -> None:
    client = Client(program)

    client.clock.advance(29)
    assert client.outcome == []
    client.clock.advance(1)

    assert isinstance(client.failed(), TimeoutError)
    assert client.transport.disconnected


def test_an_answer_ends_the_waiting(program: Any) -> None:
    client = Client(program, options=WebSocketOptions(pingInterval=None))

    client.answer()

    assert client.clock.getDelayedCalls() == []


def test_whoever_waits_may_give_up(program: Any) -> None:
    client = Client(program)

    client.connecting.cancel()

    assert client.transport.disconnected
    assert len(client.outcome) == 1


def test_a_program_may_give_up_while_it_is_negotiated(program: Any) -> None:
    client = Client(program)

    with pytest.raises(NotOpen):
        program.transport.sendTextMessage("early")
    program.transport.loseConnection()
    assert client.transport.disconnecting
    client.lose(ConnectionDone())

    assert isinstance(client.failed(), ConnectionDone)
    assert program.told == ["started", ("lost", "ConnectionDone")]


def test_further_fields_are_sent_but_none_that_are_ours(program: Any) -> None:
    headers = Headers({"origin": ["http://a"], "host": ["evil"], "sec-websocket-key": ["mine"], "cookie": ["a=b"]})

    client = Client(program, headers=headers)

    assert client.sent[1] == b"Host: example.org"
    assert client.sent[6:] == [b"Origin: http://a", b"Cookie: a=b", b"", b""]


def test_a_server_chooses_among_the_protocols_that_were_offered(program: Any) -> None:
    client = Client(program, subprotocols=["chat", "superchat"])
    assert b"Sec-WebSocket-Protocol: chat, superchat" in client.sent

    client.answer(b"Sec-WebSocket-Protocol: superchat\r\n")

    assert client.outcome == [program]
    assert program.transport.subprotocol == "superchat"


def test_protocols_cannot_end_a_line(program: Any) -> None:
    client = Client(program, subprotocols=["chat\r\nX-Evil: 1"])

    assert not any(line.startswith(b"X-Evil") for line in client.sent)


def test_compression_is_offered_and_used(program: Any, frame: Frame) -> None:
    from twisted.web._websocket.deflating import Deflater

    client = Client(program, options=WebSocketOptions(compression=True))
    assert b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits" in client.sent

    client.answer(
        b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10; server_no_context_takeover\r\n"
    )
    client.receive(frame(1, Deflater(15, True).deflate(b"hello " * 20), rsv=4, key=None))

    assert program.told[2:] == ["hello " * 20]
    assert (program.transport._writer._deflater._window, program.transport._writer._deflater._forgets) == (10, False)
    assert program.transport._reader._inflater._forgets is True


def test_compression_that_makes_no_sense_fails(program: Any) -> None:
    client = Client(program, options=WebSocketOptions(compression=True))

    client.answer(b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99\r\n")

    assert isinstance(client.failed(), HandshakeFailed)


def test_a_masked_message_of_a_server_closes_the_connection(program: Any, frame: Frame) -> None:
    client = Client(program)
    client.answer()
    client.transport.clear()

    client.receive(frame(1, b"x"))

    assert client.transport.value()[:1] == b"\x88"
    assert client.transport.disconnecting


def test_endpoints_are_equal_if_they_connect_to_the_same() -> None:
    factory: Any = Endpoints()
    one, other = WebSocketClientEndpoint(factory, "ws://a/"), WebSocketClientEndpoint(factory, "ws://a/")

    assert one == other and hash(one) == hash(other)
    assert one != WebSocketClientEndpoint(factory, "ws://b/")
    assert one != WebSocketClientEndpoint(factory, "ws://a/", subprotocols=["x"])
    assert one != "ws://a/"
    assert repr(one) == f"WebSocketClientEndpoint(endpointFactory={factory!r}, url='ws://a/')"


def test_a_new_endpoint_connects_by_tcp() -> None:
    from twisted.internet.testing import MemoryReactorClock

    reactor = MemoryReactorClock()
    endpoint = WebSocketClientEndpoint.new(reactor, "ws://127.0.0.1:8123/", connectTimeout=7)
    nobody: Any = object()
    connecting: Deferred[Any] = Deferred.fromCoroutine(endpoint.connect(nobody))
    connecting.addErrback(lambda failure: None)

    host, port, _, timeout, _ = reactor.tcpClients[0]
    assert (host, port, timeout) == ("127.0.0.1", 8123, 7)
    connecting.cancel()
