"""
A site's WebSockets: how they begin, what programs are told, how they end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from twisted.web.websocket import NotOpen, WebSocketOptions, WebSocketResource

# Any: what the fixtures of conftest.py make.
Served = Any
Frame = Callable[..., bytes]

ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

ANSWER = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: " + ACCEPT + b"\r\n\r\n"
)


def test_a_client_that_asks_rightly_gets_a_websocket(served: Served) -> None:
    assert served.ask() == ANSWER
    assert served.program.told == ["started", "finished"]
    assert served.programs.asked.path == b"/chat"


def test_messages_go_both_ways(opened: Served, frame: Frame) -> None:
    opened.program.on_text = lambda text: opened.program.transport.sendTextMessage(text.upper())

    assert opened.transport.receive(frame(1, "grüße".encode())) == frame(1, "GRÜSSE".encode(), key=None)
    opened.transport.clear()
    opened.program.transport.sendBytesMessage(b"\x00" * 200)
    assert opened.transport.value() == b"\x82\x7e\x00\xc8" + b"\x00" * 200


def test_large_messages_go_out_whole(opened: Served) -> None:
    opened.program.transport.sendBytesMessage(b"x" * 100_000)
    opened.program.transport.sendTextMessage("y" * 20_000)

    assert opened.transport.value().endswith(
        b"\x82\x7f" + (100_000).to_bytes(8, "big") + b"x" * 100_000 + b"\x81\x7e\x4e\x20" + b"y" * 20_000
    )


def test_bytes_and_text_are_told_apart(opened: Served, frame: Frame) -> None:
    opened.transport.receive(frame(1, b"t") + frame(2, b"b"))

    assert opened.program.told[2:] == ["t", b"b"]
    with pytest.raises(TypeError, match="sendBytesMessage"):
        opened.program.transport.sendTextMessage(b"x")
    with pytest.raises(TypeError, match="sendTextMessage"):
        opened.program.transport.sendBytesMessage("x")


def test_what_may_change_is_copied(opened: Served) -> None:
    data = bytearray(b"abc")

    opened.program.transport.sendBytesMessage(data)
    data[:] = b"xyz"

    assert opened.transport.value().endswith(b"\x82\x03abc")


def test_messages_right_behind_the_request_are_received(served: Served, frame: Frame) -> None:
    served.program.on_text = lambda text: served.program.transport.sendTextMessage(text)

    assert served.ask(behind=frame(1, b"early")) == ANSWER + b"\x81\x05early"
    assert served.program.told == ["started", "finished", "early"]


def test_pings_are_answered_and_pongs_told(opened: Served, frame: Frame) -> None:
    assert opened.transport.receive(frame(9, b"are you there")) == b"\x8a\x0dare you there"
    assert opened.transport.receive(frame(10, b"yes")) == b""
    assert opened.program.told[2:] == [("pong", b"yes")]

    opened.program.transport.ping(b"and you")
    assert opened.transport.value() == b"\x89\x07and you"
    with pytest.raises(ValueError, match="125"):
        opened.program.transport.ping(b"x" * 126)


@pytest.mark.parametrize(
    ("changes", "status", "line"),
    [
        ({b"Upgrade": None}, 400, None),
        ({b"Upgrade": b"h2c"}, 400, None),
        ({b"Connection": None}, 400, None),
        ({b"Connection": b"keep-alive"}, 400, None),
        ({b"Sec-WebSocket-Key": None}, 400, None),
        ({b"Sec-WebSocket-Key": b"short"}, 400, None),
        ({b"Sec-WebSocket-Key": b"dGhlIHNhbXBsZSBub25jZQ=!"}, 400, None),
        ({b"Sec-WebSocket-Key": b"dGhlIHNhbXBsZSBub25jZTE="}, 400, None),
        ({b"Sec-WebSocket-Version": b"8"}, 426, None),
        ({b"Sec-WebSocket-Version": None}, 426, None),
        ({}, 400, b"GET /chat HTTP/1.0"),
        ({}, 400, b"HEAD /chat HTTP/1.1"),
        ({b"Content-Length": b"0"}, 405, b"POST /chat HTTP/1.1"),
    ],
)
def test_who_asks_wrongly_is_told_so(
    served: Served, changes: dict[bytes, bytes | None], status: int, line: bytes | None
) -> None:
    answer = served.ask(changes, **({} if line is None else {"line": line}))

    assert answer.startswith((b"HTTP/1.1 %d " % status, b"HTTP/1.0 %d " % status))
    assert served.program.told == []


def test_a_bad_request_is_logged_with_what_is_wrong(served: Served) -> None:
    from twisted.logger import globalLogPublisher

    events: list[Any] = []
    observer: Any = events.append
    globalLogPublisher.addObserver(observer)
    try:
        served.ask({b"Upgrade": None})
    finally:
        globalLogPublisher.removeObserver(observer)

    [told] = [str(event["why"]) for event in events if event.get("log_namespace") == "twisted.web.websocket"]
    assert told == "Upgrade does not say websocket"


def test_who_asks_for_another_version_learns_which_one_is_spoken(served: Served) -> None:
    answer = served.ask({b"Sec-WebSocket-Version": b"8"})

    assert b"Sec-Websocket-Version: 13\r\n" in answer and b"Upgrade: websocket\r\n" in answer


@pytest.mark.parametrize(
    "changes",
    [
        {b"Connection": b"keep-alive, UPGRADE"},
        {b"Upgrade": b"h2c, WebSocket"},
    ],
)
def test_fields_are_lists_and_their_case_does_not_matter(served: Served, changes: dict[bytes, bytes | None]) -> None:
    assert served.ask(changes) == ANSWER


def test_a_factory_can_refuse(served: Served) -> None:
    served.programs.refuses = True

    assert served.ask().startswith(b"HTTP/1.1 403 ")
    # The connection goes on.
    assert not served.transport.disconnecting


def test_a_factory_adds_fields_and_cookies(served: Served) -> None:
    def prepare(request: Any) -> None:
        request.setHeader(b"x-served-by", b"us")
        request.setHeader(b"content-type", b"text/plain")
        request.addCookie(b"a", b"b")

    served.programs.prepare = prepare

    assert served.ask() == ANSWER[:-2] + b"Set-Cookie: a=b\r\nX-Served-By: us\r\n\r\n"


def test_a_factory_chooses_a_protocol_that_was_offered(served: Served) -> None:
    served.programs.prepare = lambda request: request.setHeader(b"sec-websocket-protocol", b"chat")

    answer = served.ask({b"Sec-WebSocket-Protocol": b"super, chat"})

    assert answer == ANSWER[:-2] + b"Sec-WebSocket-Protocol: chat\r\n\r\n"
    assert served.program.transport.subprotocol == "chat"


def test_a_protocol_that_was_not_offered_is_left_out(served: Served) -> None:
    served.programs.prepare = lambda request: request.setHeader(b"sec-websocket-protocol", b"chat")

    assert served.ask({b"Sec-WebSocket-Protocol": b"chatter"}) == ANSWER
    assert served.program.transport.subprotocol is None
    assert served.program.told == ["started", "finished"]


def test_a_client_that_closes_is_answered_and_let_go(opened: Served, frame: Frame) -> None:
    transport: Any = opened.program.transport
    before = transport.closeCode
    assert opened.transport.receive(frame(8, b"\x03\xe9going")) == b"\x88\x07\x03\xe9going"
    assert opened.transport.disconnecting
    assert (before, transport.closeCode, transport.closeReason) == (None, 1001, "going")

    opened.transport.lose(ConnectionDone())
    assert opened.program.told[2:] == [("lost", "ConnectionDone")]


def test_closing_waits_for_the_answer(opened: Served, frame: Frame) -> None:
    transport = opened.program.transport
    opened.transport.clear()

    transport.loseConnection(3005)

    assert opened.transport.value() == b"\x88\x02\x0b\xbd"
    assert not opened.transport.disconnecting
    # What comes meanwhile is nobody's.
    assert opened.transport.receive(frame(1, b"late") + frame(9, b"ping")) == b""
    assert opened.program.told[2:] == []
    assert opened.transport.receive(frame(8, b"\x0b\xbd")) == b""
    assert opened.transport.disconnecting
    assert (transport.closeCode, transport.closeReason) == (3005, "")


def test_closing_does_not_wait_for_ever(opened: Served) -> None:
    opened.program.transport.loseConnection()

    opened.clock.advance(9.9)
    assert not opened.transport.disconnected
    opened.clock.advance(0.2)
    assert opened.transport.disconnected


def test_closing_twice_is_closing(opened: Served) -> None:
    opened.program.transport.loseConnection()
    opened.transport.clear()

    opened.program.transport.loseConnection()

    assert opened.transport.value() == b""


@pytest.mark.parametrize("code", [999, 1005, 1006, 1015, 5000])
def test_codes_that_nobody_may_send_are_refused(opened: Served, code: int) -> None:
    with pytest.raises(ValueError, match=str(code)):
        opened.program.transport.loseConnection(code)


def test_nothing_is_sent_on_what_is_not_open(served: Served, frame: Frame) -> None:
    raised: list[str] = []

    def started(transport: Any) -> None:
        served.program.transport = transport
        for send in (lambda: transport.sendTextMessage("a"), transport.ping, lambda: transport.sendBytesMessage(b"")):
            with pytest.raises(NotOpen) as caught:
                send()
            raised.append(str(caught.value))

    served.program.negotiationStarted = started
    assert served.ask() == ANSWER
    transport = served.program.transport
    transport.loseConnection()
    for send in (lambda: transport.sendTextMessage("a"), transport.ping, lambda: transport.sendBytesMessage(b"")):
        with pytest.raises(NotOpen, match="closing"):
            send()
    served.transport.receive(frame(8))
    with pytest.raises(NotOpen, match="closed"):
        transport.sendTextMessage("a")
    assert raised[0] == "a message cannot be sent: the connection is negotiating"
    assert len(raised) == 3


def test_a_client_that_breaks_the_rules_is_told_and_let_go(opened: Served, frame: Frame) -> None:
    answer = opened.transport.receive(frame(1, b"fine") + frame(3) + frame(1, b"too late"))

    assert answer[:1] == b"\x88" and answer[2:4] == b"\x03\xea" and b"opcode 3" in answer
    assert opened.transport.disconnecting
    assert opened.program.told[2:] == ["fine"]
    assert opened.transport.receive(frame(1, b"more")) == b""
    # And it is cut if it stays.
    opened.clock.advance(10)
    assert opened.transport.disconnected


def test_a_message_that_is_too_large_closes_the_connection(serve: Callable[..., Served], frame: Frame) -> None:
    served = serve(maxMessageSize=10)
    served.ask()

    assert served.transport.receive(frame(1, b"x" * 10)) == b""
    assert served.transport.receive(frame(1, b"x" * 11))[2:4] == b"\x03\xf1"
    assert served.program.told[2:] == ["x" * 10]


def test_fragments_without_end_close_the_connection(serve: Callable[..., Served], frame: Frame) -> None:
    served = serve(maxFragments=3)
    served.ask()

    assert served.transport.receive(frame(1, fin=False) + frame(0, fin=False) * 2) == b""
    assert served.transport.receive(frame(0, fin=False))[2:4] == b"\x03\xf1"


def test_a_lost_connection_is_told(opened: Served) -> None:
    opened.transport.lose(ConnectionLost())

    assert opened.program.told[2:] == [("lost", "ConnectionLost")]
    assert opened.clock.getDelayedCalls() == []


def test_who_says_no_code_or_nothing_has_one_of_those_that_nobody_sends(
    opened: Served, serve: Callable[..., Served], frame: Frame
) -> None:
    opened.transport.receive(frame(8))
    opened.transport.lose(ConnectionDone())
    assert opened.program.transport.closeCode == 1005

    lost = serve()
    lost.ask()
    lost.transport.lose(ConnectionLost())
    assert lost.program.transport.closeCode == 1006


def test_a_program_that_hangs_up_in_a_message_gets_no_more(opened: Served, frame: Frame) -> None:
    opened.program.on_text = lambda text: opened.program.transport.loseConnection()

    opened.transport.receive(frame(1, b"bye") + frame(1, b"more"))

    assert opened.program.told[2:] == ["bye"]


def test_compression_is_agreed_upon_if_both_want_it(serve: Callable[..., Served], frame: Frame) -> None:
    from twisted.web._websocket.deflating import Deflater, Inflater

    served = serve(compression=True)
    served.program.on_text = lambda text: served.program.transport.sendTextMessage(text)

    answer = served.ask({b"Sec-WebSocket-Extensions": b"permessage-deflate; client_max_window_bits"})
    assert answer == ANSWER[:-2] + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"

    sent = Deflater(15, False).deflate(b"hello " * 100)
    back = served.transport.receive(frame(1, sent, rsv=4))
    assert served.program.told[2:] == ["hello " * 100]
    assert back[0] == 0xC1 and Inflater(15, False).inflate(back[2:], True, 1000) == b"hello " * 100


def test_each_side_has_the_window_that_was_agreed_upon_for_it(serve: Callable[..., Served], frame: Frame) -> None:
    served = serve(compression=True)

    answer = served.ask(
        {b"Sec-WebSocket-Extensions": b"permessage-deflate; server_max_window_bits=9; client_no_context_takeover"}
    )

    assert b"permessage-deflate; client_no_context_takeover; server_max_window_bits=9\r\n" in answer
    wire = served.program.transport
    assert (wire._writer._deflater._window, wire._writer._deflater._forgets) == (9, False)
    assert (wire._reader._inflater._window, wire._reader._inflater._forgets) == (15, True)


@pytest.mark.parametrize("wants", [True, False])
def test_without_an_offer_or_a_wish_nothing_is_compressed(serve: Callable[..., Served], wants: bool) -> None:
    served = serve(compression=wants)

    assert served.ask({} if wants else {b"Sec-WebSocket-Extensions": b"permessage-deflate"}) == ANSWER


def test_a_silent_client_is_asked_and_then_cut(opened: Served, frame: Frame) -> None:
    opened.transport.clear()
    # The request itself was a sign of life.
    opened.clock.advance(60)
    assert opened.transport.value() == b""
    opened.clock.advance(60)
    asked = opened.transport.value()
    assert asked[0] == 0x89
    # It answers, which is nobody's business; and is silent again.
    opened.transport.receive(frame(10, asked[2:]))
    assert opened.program.told[2:] == []
    opened.clock.advance(60)
    assert opened.transport.value() == b""
    opened.clock.advance(60)
    assert opened.transport.value() == asked
    opened.clock.advance(59)
    assert not opened.transport.disconnected
    opened.clock.advance(1)
    assert opened.transport.disconnected


def test_who_says_something_is_not_asked(opened: Served, frame: Frame) -> None:
    for _ in range(5):
        opened.clock.advance(59)
        assert opened.transport.receive(frame(1, b"x")) == b""
    assert opened.program.told[2:] == ["x"] * 5


def test_nobody_is_asked_if_that_is_not_wanted(serve: Callable[..., Served]) -> None:
    served = serve(pingInterval=None)
    served.ask()

    assert served.clock.getDelayedCalls() == []


def test_whom_we_keep_waiting_is_not_cut(opened: Served) -> None:
    opened.program.transport.pauseProducing()

    opened.clock.pump([60] * 10)

    assert not opened.transport.disconnected


def test_who_reads_slowly_is_not_cut_but_who_reads_nothing_is(opened: Served) -> None:
    opened.transport.producer.pauseProducing()
    for unsent in (500, 400, 300, 200):
        opened.transport._unsent = unsent
        opened.clock.advance(60)
    # It has no more to read than what is asked for: nothing is added to that.
    assert opened.transport.value().endswith(b"\r\n\r\n")

    opened.clock.advance(60)
    assert not opened.transport.disconnected
    opened.clock.advance(60)
    assert opened.transport.disconnected


def test_who_has_room_is_asked_whatever_is_unsent(opened: Served) -> None:
    opened.transport._unsent = 500
    opened.clock.advance(60)
    opened.transport._unsent = 400
    opened.clock.advance(60)
    assert b"\x89" in opened.transport.value()
    opened.transport._unsent = 300
    opened.clock.advance(60)

    assert opened.transport.disconnected


class Producer:
    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


def test_a_producer_waits_for_a_slow_client(opened: Served) -> None:
    producer = Producer()
    opened.program.transport.attachProducer(producer)

    opened.transport.producer.pauseProducing()
    opened.transport.producer.resumeProducing()
    opened.program.transport.detachProducer()
    opened.transport.producer.pauseProducing()

    assert producer.told == ["pause", "resume"]


def test_a_producer_that_comes_late_waits_at_once(opened: Served) -> None:
    producer = Producer()
    opened.transport.producer.pauseProducing()

    opened.program.transport.attachProducer(producer)

    assert producer.told == ["pause"]


def test_there_is_one_producer(opened: Served) -> None:
    opened.program.transport.attachProducer(Producer())

    with pytest.raises(RuntimeError, match="attached"):
        opened.program.transport.attachProducer(Producer())


def test_a_producer_is_stopped_at_the_end(opened: Served, frame: Frame) -> None:
    producer = Producer()
    opened.program.transport.attachProducer(producer)

    opened.transport.receive(frame(8))

    assert producer.told == ["stop"]
    assert opened.transport.producer is None
    late = Producer()
    opened.program.transport.attachProducer(late)
    assert late.told == ["stop"]


def test_a_producer_is_stopped_when_the_connection_is_lost(opened: Served) -> None:
    producer = Producer()
    opened.program.transport.attachProducer(producer)

    opened.transport.producer.stopProducing()
    opened.transport.lose(ConnectionLost())

    assert producer.told == ["stop"]


def test_of_the_pings_of_a_client_that_reads_nothing_the_last_is_answered(opened: Served, frame: Frame) -> None:
    opened.transport.producer.pauseProducing()

    assert opened.transport.receive(frame(9, b"1") + frame(9, b"2") + frame(9, b"3")) == b""
    opened.transport.producer.resumeProducing()
    opened.transport.producer.resumeProducing()

    assert opened.transport.value() == b"\x8a\x013"


def test_a_program_that_pauses_gets_messages_when_it_goes_on(opened: Served, frame: Frame) -> None:
    transport = opened.program.transport
    opened.program.on_text = lambda text: transport.pauseProducing()

    opened.transport.receive(frame(1, b"a") + frame(1, b"b"))

    assert opened.program.told[2:] == ["a"]
    assert opened.transport.producerState == "paused"
    opened.program.on_text = lambda text: None
    transport.resumeProducing()
    assert opened.program.told[2:] == ["a", "b"]
    assert opened.transport.producerState == "producing"


def test_a_program_that_pauses_and_closes_hears_of_the_end(opened: Served, frame: Frame) -> None:
    opened.program.transport.pauseProducing()
    opened.program.transport.loseConnection()

    assert opened.transport.producerState == "producing"
    opened.transport.receive(frame(8))
    assert opened.transport.disconnecting


def test_an_opening_is_in_the_access_log(served: Served) -> None:
    logged: list[int] = []
    served.site.log = lambda request: logged.append(request.code)

    served.ask()

    assert logged == [101]


def test_the_options_are_the_usual_ones_if_none_are_given() -> None:
    resource = WebSocketResource(object())  # type: ignore[arg-type]  # not asked here

    assert resource.options == WebSocketOptions(
        maxMessageSize=16777216,
        maxFragments=65536,
        compression=False,
        compressEachMessage=False,
        pingInterval=60,
        pingTimeout=60,
        closeTimeout=10,
        handshakeTimeout=30,
    )
    assert resource.options.maxMessageSize == 16 * 1024 * 1024
    assert resource.options.pingInterval == resource.options.pingTimeout == 60


def test_something_between_socket_and_site_stays_there(served: Served, frame: Frame) -> None:
    from twisted.protocols.policies import WrappingFactory

    wrapping = WrappingFactory(served.site)
    wrapper: Any = wrapping.buildProtocol(None)
    served.transport = type(served.transport)()
    served.transport.protocol = wrapper
    wrapper.makeConnection(served.transport)

    assert served.ask() == ANSWER
    served.transport.receive(frame(1, b"through"))
    wrapper.connectionLost(Failure(ConnectionDone()))

    assert served.program.told[2:] == ["through", ("lost", "ConnectionDone")]
