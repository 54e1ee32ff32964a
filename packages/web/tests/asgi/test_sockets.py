"""WebSocket connections of ASGI applications (ASGI 3.0, WebSocket 2.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.asgi import ASGIResource
from twisted.web.server import Site

ASKING = b"\r\n".join(
    [
        b"GET /talk?a=b HTTP/1.1",
        b"Host: example.com",
        b"Connection: Upgrade",
        b"Upgrade: WebSocket",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        b"",
    ]
)
TEXT, BINARY, CLOSE, PONG = 1, 2, 8, 10


def frame(kind: int, payload: bytes = b"") -> bytes:
    """What a client sends: masked by zeros, short."""
    return bytes([0x80 | kind, 0x80 | len(payload)]) + bytes(4) + payload


def served(kind: int, payload: bytes = b"") -> bytes:
    """What a server sends."""
    return bytes([0x80 | kind, len(payload)]) + payload


def closing(code: int, reason: bytes = b"") -> bytes:
    return code.to_bytes(2, "big") + reason


class Wire(StringTransport):
    """A connection in memory, which another protocol may take over."""

    protocol: Any = None
    aborted = False

    def abortConnection(self) -> None:
        self.aborted = True
        super().abortConnection()


class Talk:
    """An application that is led by its test, and its client."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {}
        self.receive: Any = None
        self.send: Any = None
        self.ends: Deferred[None] = Deferred()
        self.clock = Clock()
        self.resource = ASGIResource(self)
        self.wire = Wire()
        self.wire.protocol = Site(self.resource, reactor=self.clock).buildProtocol(None)
        self.wire.protocol.makeConnection(self.wire)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.receive, self.send = scope, receive, send
        await self.ends

    def ask(self, *fields: bytes) -> None:
        self.wire.protocol.dataReceived(b"\r\n".join([ASKING + b"\r\n".join([*fields, b""]), b""]))

    def hear(self, *frames: bytes) -> bytes:
        """Have the client send, and give what it is sent for that."""
        self.wire.clear()
        for each in frames:
            self.wire.protocol.dataReceived(each)
        return self.wire.value()

    def lose(self, error: Exception | None = None) -> None:
        self.wire.protocol.connectionLost(Failure(error or ConnectionLost()))

    def got(self) -> list[Any]:
        """Have the application receive; the list has the event as soon as there is one."""
        events: list[Any] = []
        Deferred.fromCoroutine(self.receive()).addCallback(events.append)
        return events

    def say(self, **event: Any) -> list[Any]:
        """Have the application send; the list has `None` or the error as soon as it went through."""
        event["type"] = "websocket." + event["type"]
        ended: list[Any] = []
        self.wire.clear()
        Deferred.fromCoroutine(self.send(event)).addCallbacks(ended.append, lambda reason: ended.append(reason.value))
        return ended


@pytest.fixture
def made() -> Iterator[Talk]:
    """A client is there, and has said nothing."""
    talk = Talk()
    yield talk
    # Whatever waits ends before it is collected.
    talk.lose()
    if not talk.ends.called:
        talk.ends.callback(None)


@pytest.fixture
def asked(made: Talk) -> Talk:
    """A client has asked, and waits."""
    made.ask()
    return made


@pytest.fixture
def talk(asked: Talk) -> Talk:
    """A client is connected."""
    assert asked.got() == [{"type": "websocket.connect"}]
    assert asked.say(type="accept") == [None] and asked.wire.value().startswith(b"HTTP/1.1 101 ")
    return asked


# The beginning.


def test_the_scope_of_a_connection(made: Talk) -> None:
    made.ask(b"Sec-WebSocket-Protocol: chat, ,wamp", b"sec-websocket-protocol:more")

    assert (made.scope["type"], made.scope["scheme"], made.scope["path"]) == ("websocket", "ws", "/talk")
    assert made.scope["query_string"] == b"a=b" and made.scope["subprotocols"] == ["chat", "wamp", "more"]
    assert made.scope["extensions"] == {"websocket.http.response": {}} and "method" not in made.scope
    assert "state" not in made.scope


def test_it_knows_what_was_kept_at_the_beginning(made: Talk) -> None:
    made.resource.makeLifespanService().startService()
    made.scope["state"]["pool"] = 1
    Deferred.fromCoroutine(made.send({"type": "lifespan.startup.complete"}))
    made.ask()

    assert made.scope["type"] == "websocket" and made.scope["state"] == {"pool": 1}


def test_nothing_is_answered_before_the_application_accepts(asked: Talk) -> None:
    assert asked.wire.value() == b""
    asked.say(type="accept", subprotocol=None, headers=[(b"X-One", b"1"), (b"connection", b"close")])

    head = asked.wire.value()
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"http/1.1 101 switching protocols" and b"x-one: 1" in lines
    assert b"sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=" in lines
    assert b"close" not in head and not any(line.startswith(b"sec-websocket-protocol") for line in lines)


def test_one_of_the_clients_protocols_may_be_chosen(made: Talk) -> None:
    made.ask(b"Sec-WebSocket-Protocol: chat, wamp")
    made.say(type="accept", subprotocol="wamp")

    assert b"\r\nsec-websocket-protocol: wamp\r\n" in made.wire.value().lower()


def test_what_asks_for_no_connection_as_it_should_is_told_so_and_the_application_is_not(made: Talk) -> None:
    made.wire.protocol.dataReceived(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n")

    head, _, content = made.wire.value().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ") and b"content-length: %d" % len(content) in head.lower() and content
    assert made.scope == {}

    made.wire.clear()
    made.ask()
    assert made.scope["type"] == "websocket" and made.wire.value() == b""


@pytest.mark.parametrize("event", [{}, {"code": 4000, "reason": "no"}])
def test_closing_before_accepting_is_403(asked: Talk, event: dict[str, Any]) -> None:
    assert asked.say(type="close", **event) == [None]

    head, _, content = asked.wire.value().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403 ") and b"content-length: 0" in head.lower() and content == b""
    assert asked.got() == [{"type": "websocket.connect"}]


def test_ending_before_accepting_is_500(asked: Talk, failures: list[Any]) -> None:
    asked.ends.callback(None)

    assert asked.wire.value().startswith(b"HTTP/1.1 500 ") and failures == []


@pytest.mark.parametrize("error", [ZeroDivisionError, SystemExit, KeyboardInterrupt, GeneratorExit])
def test_an_error_before_accepting_is_500(asked: Talk, failures: list[Any], error: type[BaseException]) -> None:
    asked.ends.errback(error())

    assert asked.wire.value().startswith(b"HTTP/1.1 500 ") and b"content-length: 0" in asked.wire.value().lower()
    assert [type(each) for each in failures] == [error]


def test_a_refusal_may_have_a_response(asked: Talk) -> None:
    assert asked.say(type="http.response.start", status=401, headers=[(b"X-One", b"1")]) == [None]
    assert asked.wire.value() == b""
    assert asked.say(type="http.response.body", body=b"who ", more_body=True) == [None]
    head = asked.wire.value()
    assert asked.say(type="http.response.body", body=b"are you?") == [None]

    assert head.startswith(b"HTTP/1.1 401 ") and b"x-one: 1" in head.lower() and b"content-type" not in head.lower()
    assert asked.wire.value() == b"8\r\nare you?\r\n0\r\n\r\n"
    (error,) = asked.say(type="http.response.body", body=b"more")
    assert str(error) == "'websocket.http.response.body' makes no sense while the connection is closed"


def test_a_refusal_in_the_middle_of_which_the_application_ends_is_cut(asked: Talk, failures: list[Any]) -> None:
    asked.say(type="http.response.start", status=401, headers=[])
    asked.say(type="http.response.body", body=b"who ", more_body=True)
    asked.ends.callback(None)

    assert asked.wire.disconnecting and not asked.wire.value().endswith(b"0\r\n\r\n")


def test_a_refusal_is_no_connection(asked: Talk) -> None:
    assert asked.say(type="http.response.start", status=402) == [None]

    (error,) = asked.say(type="send", text="hello")

    assert str(error) == "'websocket.send' makes no sense while the connection is refused" and asked.wire.value() == b""
    assert asked.say(type="http.response.body", body=b"pay") == [None]
    assert asked.wire.value().startswith(b"HTTP/1.1 402 ") and b"pay" in asked.wire.value()


def test_a_client_that_leaves_before_it_is_accepted(asked: Talk) -> None:
    asked.got()
    waiting = asked.got()
    asked.lose()

    assert waiting == [{"type": "websocket.disconnect", "code": 1006, "reason": ""}]
    (error,) = asked.say(type="accept")
    assert isinstance(error, OSError) and asked.wire.value() == b""
    # It may say that it has finished.
    assert asked.say(type="close") == [None]


# Messages.


def test_messages_come_in_order(talk: Talk) -> None:
    waiting = talk.got()
    assert waiting == []
    talk.hear(frame(TEXT, "grüß".encode()), frame(BINARY, b"\x00\xff"))

    assert waiting == [{"type": "websocket.receive", "text": "grüß", "bytes": None}]
    assert talk.got() == [{"type": "websocket.receive", "text": None, "bytes": b"\x00\xff"}]
    talk.hear(frame(BINARY, b"x"))
    assert type(talk.got()[0]["bytes"]) is bytes


def test_several_may_wait_and_each_gets_one(talk: Talk) -> None:
    first, second = talk.got(), talk.got()
    talk.hear(frame(TEXT, b"1"))
    assert [first, second].count([]) == 1
    talk.hear(frame(TEXT, b"2"))

    assert sorted(each["text"] for each in first + second) == ["1", "2"]


def test_messages_are_sent_as_they_are(talk: Talk) -> None:
    assert talk.say(type="send", text="grüß") == [None]
    assert talk.wire.value() == served(TEXT, "grüß".encode())
    assert talk.say(type="send", bytes=bytearray(b"\x00")) == [None]
    assert talk.wire.value() == served(BINARY, b"\x00")
    assert talk.say(type="send", text="", bytes=None) == [None]
    assert talk.wire.value() == served(TEXT)
    assert talk.say(type="send", bytes=b"", text=None) == [None]
    assert talk.wire.value() == served(BINARY)


def test_a_sign_of_life_is_none_of_its_business(talk: Talk) -> None:
    talk.hear(frame(PONG, b"x"))

    assert talk.got() == []


@pytest.mark.parametrize(
    ("event", "complaint"),
    [
        ({"type": "send"}, "websocket.send has neither text nor bytes"),
        ({"type": "accept"}, "'websocket.accept' makes no sense while the connection is open"),
        ({"type": "http.response.start", "status": 200}, "'websocket.http.response.start' makes no sense"),
        ({"type": "http.response.body"}, "'websocket.http.response.body' makes no sense"),
        ({"type": "wave"}, "'websocket.wave' makes no sense while the connection is open"),
    ],
)
def test_misuse_is_told_to_who_does_it_and_the_connection_lives(
    talk: Talk, event: dict[str, Any], complaint: str
) -> None:
    (error,) = talk.say(**event)

    assert isinstance(error, RuntimeError) and complaint in str(error) and talk.wire.value() == b""
    assert talk.say(type="send", text="x") == [None] and talk.wire.value() == served(TEXT, b"x")


def test_sending_before_accepting_is_misuse(asked: Talk) -> None:
    (error,) = asked.say(type="send", text="x")

    assert str(error) == "'websocket.send' makes no sense while the connection is asked"


# The end.


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({}, closing(1000)),
        ({"code": None, "reason": None}, closing(1000)),
        ({"code": 4001, "reason": "tschüß"}, closing(4001, "tschüß".encode())),
    ],
)
def test_the_application_may_close(talk: Talk, event: dict[str, Any], said: bytes) -> None:
    assert talk.say(type="close", **event) == [None]
    assert talk.wire.value() == served(CLOSE, said)
    waiting = talk.got()
    talk.hear(frame(CLOSE, said))
    talk.lose(ConnectionDone())

    code, reason = int.from_bytes(said[:2], "big"), said[2:].decode()
    assert waiting == [{"type": "websocket.disconnect", "code": code, "reason": reason}]
    assert talk.say(type="close") == [None] and talk.wire.value() == b""


@pytest.mark.parametrize(
    ("end", "code"),
    [(lambda ends: ends.callback(None), 1000), (lambda ends: ends.errback(ZeroDivisionError()), 1011)],
)
def test_the_application_that_ends_closes(
    talk: Talk, failures: list[Any], end: Callable[[Any], None], code: int
) -> None:
    talk.wire.clear()
    end(talk.ends)

    assert talk.wire.value() == served(CLOSE, closing(code))
    assert [type(error) for error in failures] == [ZeroDivisionError] * (code == 1011)


def test_the_client_may_close(talk: Talk) -> None:
    waiting = talk.got()
    assert talk.hear(frame(CLOSE, closing(4002, b"bye"))) == served(CLOSE, closing(4002, b"bye"))
    (error,) = talk.say(type="send", text="too late")
    assert isinstance(error, OSError) and waiting == []
    talk.lose(ConnectionDone())

    assert waiting == [{"type": "websocket.disconnect", "code": 4002, "reason": "bye"}]
    (error,) = talk.say(type="send", text="too late")
    assert isinstance(error, OSError) and str(error) == "the client is gone"


def test_a_client_that_vanishes_has_code_1006(talk: Talk) -> None:
    talk.lose()

    assert talk.got() == [{"type": "websocket.disconnect", "code": 1006, "reason": ""}]


@pytest.mark.parametrize("gone", [True, False])
def test_an_application_that_ends_by_its_clients_end_is_no_error(talk: Talk, failures: list[Any], gone: bool) -> None:
    if gone:
        talk.lose()
    (error,) = talk.say(type="send", text="x") if gone else [OSError("of its own")]
    talk.ends.errback(error)

    assert failures == ([] if gone else [error])


# Who is slow.


def test_a_client_waits_for_a_slow_application(talk: Talk) -> None:
    talk.hear(*[frame(TEXT, b"%d" % number) for number in range(31)])
    assert talk.wire.producerState == "producing"
    talk.hear(frame(TEXT, b"31"))
    assert talk.wire.producerState == "paused"

    for number in range(16):
        assert talk.got()[0]["text"] == str(number)
        assert talk.wire.producerState == "paused"
    assert talk.got()[0]["text"] == "16"
    assert talk.wire.producerState == "producing"
    assert [talk.got()[0]["text"] for _ in range(15)] == [str(number) for number in range(17, 32)]

    # And once more.
    talk.hear(*[frame(TEXT, b"again")] * 32)
    assert talk.wire.producerState == "paused"
    for _ in range(17):
        talk.got()
    assert talk.wire.producerState == "producing"


def test_an_application_waits_for_a_slow_client(talk: Talk) -> None:
    producer: Any = talk.wire.producer
    producer.pauseProducing()
    first = talk.say(type="send", text="1")
    second = talk.say(type="send", text="2")
    assert first == second == []
    producer.pauseProducing()
    producer.resumeProducing()

    assert first == second == [None]
    assert talk.say(type="send", text="3") == [None]


def test_an_application_that_waits_for_a_client_that_leaves_goes_on(talk: Talk) -> None:
    producer: Any = talk.wire.producer
    producer.pauseProducing()
    waiting = talk.say(type="send", text="1")
    talk.lose()

    assert waiting == [None]
