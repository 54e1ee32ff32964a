"""
A site over HTTP/2: requests and responses, windows and producers, times and ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import h2
import h2.errors
import h2.events
import h2.settings
import pytest

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from twisted.web._http2 import H2Connection, H2Stream
from twisted.web.http import Request as HTTPRequest
from twisted.web.server import NOT_DONE_YET

# Any: what the fixtures of conftest.py make.
Client = Any


def watched(transport: Any) -> list[bytes]:
    """Write down what a transport is given."""
    writes: list[bytes] = []
    write = transport.write

    def remember(data: bytes) -> None:
        writes.append(data)
        write(data)

    transport.write = remember
    return writes


def later(client: Client) -> None:
    """Have the test answer."""
    client.talk.resource.answer = lambda request: NOT_DONE_YET


def test_a_server_says_what_it_can_take() -> None:
    from twisted.internet.testing import StringTransport

    connection = H2Connection()
    connection.timeOut = None
    transport = StringTransport()
    connection.makeConnection(transport)

    sent = transport.value()
    size = int.from_bytes(sent[:3], "big")
    said = {
        int.from_bytes(sent[at : at + 2], "big"): int.from_bytes(sent[at + 2 : at + 6], "big")
        for at in range(9, 9 + size, 6)
    }
    assert (said[3], said[4], said[6]) == (100, 256 * 1024, 64 * 1024)
    # The window of all streams is 1 MiB, of which the RFC has given 65,535 already.
    assert sent[9 + size :] == b"\0\0\4\x08\0\0\0\0\0" + (1024 * 1024 - 65535).to_bytes(4, "big")


def test_a_request_is_answered(client: Client) -> None:
    stream = client.ask(("accept", "a"), ("accept", "b"), path="/a/b?c=d")

    client.exchange()

    [request] = client.talk.resource.requests
    assert (request.method, request.uri, request.path, request.clientproto) == (
        b"GET",
        b"/a/b?c=d",
        b"/a/b",
        b"HTTP/2",
    )
    assert request.args == {b"c": [b"d"]}
    assert request.requestHeaders.getRawHeaders("accept") == ["a", "b"]
    assert request.getHeader("host") == "example.org"
    headers, body, ended = client.answer_to(stream)
    assert headers[":status"] == "200" and headers["content-length"] == "5"
    assert headers["content-type"] == "text/html" and "server" in headers and "date" in headers
    assert (body, ended) == (b"hello", True)
    assert client.talk.connection.streams == {}


def test_a_small_answer_takes_two_frames_and_one_write(talk: Any) -> None:
    writes = watched(talk.transport)

    sent = talk.receive(b"\x00\x00\x10\x01\x05\x00\x00\x00\x01\x82\x87\x84\x41\x0bexample.org")

    assert [(kind, flags) for kind, flags, _, _ in sent] == [(1, 4), (0, 1)]
    assert len(writes) == 1


def test_many_requests_at_once_are_answered_with_one_write(client: Client) -> None:
    client.exchange()
    streams = [client.ask(path=f"/{place}") for place in range(50)]
    writes = watched(client.talk.transport)

    client.exchange()

    assert len(writes) == 1
    assert [client.answer_to(stream)[1:] for stream in streams] == [(b"hello", True)] * 50


def test_a_body_is_read_as_a_whole(client: Client) -> None:
    client.talk.resource.answer = lambda request: b"got %d" % len(client.talk.resource.bodies[-1])

    stream = client.ask(("content-length", "1000"), body=b"x" * 1000, method="POST")
    client.exchange()

    assert client.answer_to(stream)[1] == b"got 1000"


def test_a_form_is_read(client: Client) -> None:
    client.ask(("content-type", "application/x-www-form-urlencoded"), body=b"a=b", method="POST")
    client.exchange()

    assert client.talk.resource.requests[0].args == {b"a": [b"b"]}


def test_cookies_are_put_together(client: Client) -> None:
    client.ask(("cookie", "a=b"), ("cookie", "c=d"))
    client.exchange()

    request = client.talk.resource.requests[0]
    assert request.received_cookies == {b"a": b"b", b"c": b"d"}
    assert request.getHeader("cookie") == "a=b; c=d"


def test_trailers_are_let_pass(client: Client) -> None:
    stream = client.conn.get_next_available_stream_id()
    client.conn.send_headers(
        stream, [(":method", "POST"), (":scheme", "https"), (":authority", "example.org"), (":path", "/")]
    )
    client.conn.send_data(stream, b"body")
    client.conn.send_headers(stream, [("x-checksum", "1")], end_stream=True)

    client.exchange()

    assert client.talk.resource.bodies == [b"body"]
    assert client.answer_to(stream)[1:] == (b"hello", True)


def test_an_answer_to_head_has_no_body(client: Client) -> None:
    stream = client.ask(method="HEAD")
    client.exchange()

    headers, body, ended = client.answer_to(stream)
    assert (headers["content-length"], body, ended) == ("5", b"", True)


def test_fields_about_the_connection_are_left_out(client: Client) -> None:
    def answer(request: Any) -> bytes:
        request.setHeader(b"connection", b"close")
        request.setHeader(b"transfer-encoding", b"chunked")
        request.setHeader(b"keep-alive", b"1")
        request.setHeader(b"upgrade", b"h3")
        request.setHeader(b"X-Mine", b"a")
        request.responseHeaders._rawHeaders[b"X-Bad"] = [b"a\r\nb: c"]
        request.addCookie(b"a", b"b")
        request.setResponseCode(404)
        return b""

    client.talk.resource.answer = answer
    stream = client.ask()
    client.exchange()

    headers = client.answer_to(stream)[0]
    assert headers[":status"] == "404" and headers["x-mine"] == "a" and headers["set-cookie"] == "a=b"
    assert headers["x-bad"] == "a b: c"
    assert not {"connection", "transfer-encoding", "keep-alive", "upgrade"} & set(headers)


def test_a_response_may_come_piece_by_piece(client: Client) -> None:
    later(client)
    stream = client.ask()
    client.exchange()
    request = client.talk.resource.requests[0]

    request.write(b"one")
    client.exchange()
    assert client.answer_to(stream)[1:] == (b"one", False)
    request.write(b"two")
    request.finish()
    client.exchange()

    assert client.answer_to(stream)[1:] == (b"onetwo", True)
    assert client.talk.connection.streams == {}


def test_large_answers_come_through_small_windows(client: Client) -> None:
    data = bytes(range(256)) * 1000
    client.talk.resource.answer = lambda request: data
    streams = [client.ask(), client.ask()]

    for _ in range(100):
        for event in client.exchange():
            if isinstance(event, h2.events.DataReceived):
                client.conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        if all(client.answer_to(stream)[2] for stream in streams):
            break

    assert [client.answer_to(stream)[1:] for stream in streams] == [(data, True)] * 2


def test_nothing_goes_past_a_window(client: Client) -> None:
    client.conn.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 10})
    client.talk.resource.answer = lambda request: b"x" * 25
    stream = client.ask()

    client.exchange()
    assert client.answer_to(stream)[1:] == (b"x" * 10, False)
    client.conn.increment_flow_control_window(10, stream)
    client.exchange()
    assert client.answer_to(stream)[1:] == (b"x" * 20, False)
    # A larger first window opens those that are there too.
    client.conn.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 30})
    client.exchange()

    assert client.answer_to(stream)[1:] == (b"x" * 25, True)


def test_a_stream_with_a_closed_window_does_not_hold_up_others(client: Client) -> None:
    client.conn.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0})
    first = client.ask()
    second = client.ask()
    client.exchange()

    client.conn.increment_flow_control_window(5, second)
    client.exchange()

    assert client.answer_to(second)[1:] == (b"hello", True)
    assert client.answer_to(first)[1:] == (b"", False)


def test_streams_take_turns(client: Client) -> None:
    client.talk.resource.answer = lambda request: b"x" * 30_000
    client.ask()
    client.ask()
    client.exchange()

    order = [event.stream_id for event in client.events if isinstance(event, h2.events.DataReceived)]
    assert order == [1, 3, 1, 3]


def test_who_is_worth_more_is_sent_first(client: Client) -> None:
    client.talk.resource.answer = lambda request: b"x" * 20_000
    client.exchange()
    for _stream in (1, 3):
        client.ask()
    client.conn.prioritize(1, weight=16, depends_on=3)

    client.exchange()

    order = [event.stream_id for event in client.events if isinstance(event, h2.events.DataReceived)]
    assert order == [3, 3, 1, 1]


def test_what_comes_with_a_request_is_no_flood(client: Client) -> None:
    for _ in range(60):
        for _ in range(20):
            stream = client.conn.get_next_available_stream_id()
            client.conn.send_headers(
                stream,
                [(":method", "GET"), (":scheme", "https"), (":authority", "example.org"), (":path", "/")],
                end_stream=True,
                priority_weight=10,
                priority_depends_on=0,
            )
        client.exchange()

    assert len(client.talk.resource.requests) == 1200
    assert not client.talk.transport.disconnecting
    # Nothing is kept of streams that are over.
    assert client.talk.connection._order._inside == set()


def test_what_is_said_of_a_stream_that_is_over_is_not_kept(client: Client) -> None:
    client.ask()
    client.exchange()

    client.conn.prioritize(1, weight=5)
    client.exchange()
    assert not client.talk.connection._order.known
    client.conn.prioritize(7, weight=5)
    client.exchange()
    assert client.talk.connection._order._inside == {7}


class Producer:
    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


def test_a_producer_waits_for_the_window(client: Client) -> None:
    later(client)
    stream = client.ask()
    client.exchange()
    request = client.talk.resource.requests[0]
    producer = Producer()
    request.registerProducer(producer, True)

    request.write(b"x" * 65535)
    assert producer.told == []
    request.write(b"y" * 65536)
    assert producer.told == []
    request.write(b"z")
    assert producer.told == ["pause"]
    client.exchange()
    client.conn.increment_flow_control_window(49152)
    client.conn.increment_flow_control_window(49152, stream)
    client.exchange()
    assert producer.told == ["pause"]
    client.conn.increment_flow_control_window(1)
    client.conn.increment_flow_control_window(1, stream)
    client.exchange()

    assert producer.told == ["pause", "resume"]
    request.unregisterProducer()
    request.finish()


def test_there_is_one_producer_and_it_is_stopped_with_the_stream(client: Client) -> None:
    later(client)
    client.ask()
    client.exchange()
    request = client.talk.resource.requests[0]
    producer = Producer()
    request.registerProducer(producer, True)
    with pytest.raises(ValueError, match="registering"):
        request.channel.registerProducer(producer, True)

    client.conn.reset_stream(1)
    client.exchange()

    assert producer.told == ["stop"]


def test_a_pull_producer_is_asked(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from twisted.internet import task

    later(client)
    client.ask()
    client.exchange()
    request = client.talk.resource.requests[0]
    asked: list[int] = []

    class Pulled(Producer):
        def resumeProducing(self) -> None:
            asked.append(len(asked))
            request.write(b"x")
            if len(asked) == 3:
                request.unregisterProducer()
                request.finish()

    ticks = task.Cooperator(scheduler=lambda tick: client.talk.clock.callLater(0.01, tick))
    monkeypatch.setattr(task, "cooperate", ticks.cooperate)
    request.registerProducer(Pulled(), False)
    client.talk.clock.pump([0.01] * 10)
    client.exchange()

    assert client.answer_to(1)[1:] == (b"xxx", True)


def test_a_transport_that_is_full_holds_everything(client: Client) -> None:
    client.exchange()
    connection = client.talk.connection
    connection.pauseProducing()
    connection.pauseProducing()
    assert client.talk.transport.producerState == "paused"

    stream = client.ask()
    client.exchange()
    assert client.answer_to(stream)[1:] == (b"", False)
    connection.resumeProducing()
    connection.resumeProducing()
    client.exchange()

    assert client.talk.transport.producerState == "producing"
    assert client.answer_to(stream)[1:] == (b"hello", True)


def streamed(client: Client) -> Any:
    client.talk.resource.streamsBody = client.talk.site.streamsBodies = True
    later(client)
    stream = client.conn.get_next_available_stream_id()
    client.conn.send_headers(
        stream,
        [(":method", "POST"), (":scheme", "https"), (":authority", "example.org"), (":path", "/")],
    )
    client.exchange()
    return client.talk.resource.requests[-1]


def test_a_body_can_be_read_while_it_comes(client: Client) -> None:
    request = streamed(client)
    pieces: list[bytes] = []

    request.body.readPiece().addCallback(pieces.append)
    client.conn.send_data(1, b"one")
    client.exchange()
    assert pieces == [b"one"]
    request.body.readPiece().addCallback(pieces.append)
    client.conn.send_data(1, b"two", end_stream=True)
    client.exchange()
    request.body.readPiece().addCallback(pieces.append)

    assert pieces == [b"one", b"two", b""]


def test_who_does_not_read_keeps_the_window_shut(client: Client) -> None:
    request = streamed(client)
    client.conn.max_outbound_frame_size = 16384
    sent = 0
    while (room := min(client.conn.local_flow_control_window(1), 16384)) > 0:
        client.conn.send_data(1, b"x" * room)
        sent += room
        client.exchange()

    assert 256 * 1024 <= sent < 512 * 1024
    read: list[bytes] = []
    for _ in range(sent // 16384):
        request.body.readPiece().addCallback(read.append)
    client.exchange()
    assert client.conn.local_flow_control_window(1) > 0


def test_a_body_larger_than_all_windows_comes_through(client: Client) -> None:
    request = streamed(client)
    received = 0

    def take(piece: bytes) -> None:
        nonlocal received
        received += len(piece)

    for _ in range(150):
        client.conn.send_data(1, b"x" * 16384)
        client.exchange()
        request.body.readPiece().addCallback(take)
        client.exchange()

    assert received == 150 * 16384


def test_a_body_that_is_cut_off_fails_its_reader(client: Client) -> None:
    request = streamed(client)
    failed: list[Failure] = []
    request.body.readPiece().addErrback(failed.append)

    client.conn.reset_stream(1, h2.errors.ErrorCodes.CANCEL)
    client.exchange()

    assert failed[0].check(ConnectionLost) and "with code 8" in str(failed[0].value)


def test_a_client_that_waits_is_told_to_go_on(client: Client) -> None:
    stream = client.conn.get_next_available_stream_id()
    client.conn.send_headers(
        stream,
        [
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", "example.org"),
            (":path", "/"),
            ("expect", "100-continue"),
        ],
    )
    client.exchange()
    assert [type(event) for event in client.events][-1] is h2.events.InformationalResponseReceived
    client.conn.send_data(stream, b"body", end_stream=True)
    client.exchange()

    assert client.answer_to(stream)[1:] == (b"hello", True)


@pytest.mark.parametrize("said", [True, False])
def test_a_body_that_is_too_large_is_refused(prepared: Callable[..., Client], said: bool) -> None:
    def prepare(connection: H2Connection) -> None:
        connection.maxContentLength = 10

    client = prepared(prepare)
    exact = client.ask(body=b"x" * 10, method="POST")
    stream = client.ask(*([("content-length", "11")] if said else []), body=b"x" * 11, method="POST")
    client.exchange()

    assert client.answer_to(exact)[0][":status"] == "200"
    assert client.answer_to(stream)[0][":status"] == "413"
    assert client.talk.resource.bodies == [b"x" * 10]
    # The connection goes on.
    again = client.ask()
    client.exchange()
    assert client.answer_to(again)[1] == b"hello"


def test_a_body_that_says_it_will_be_too_large_is_not_waited_for(prepared: Callable[..., Client]) -> None:
    def prepare(connection: H2Connection) -> None:
        connection.maxContentLength = 10

    client = prepared(prepare)
    for length in ("10", "11"):
        client.conn.send_headers(
            client.conn.get_next_available_stream_id(),
            [
                (":method", "POST"),
                (":scheme", "https"),
                (":authority", "example.org"),
                (":path", "/"),
                ("content-length", length),
            ],
        )
    client.exchange()

    assert client.answer_to(1)[0] == {}
    assert client.answer_to(3)[0][":status"] == "413"


def test_time_is_the_usual_reactors_if_nobody_says_otherwise() -> None:
    from twisted.internet import reactor

    connection = H2Connection()
    call = connection.callLater(1000, lambda: None)
    reactor_time: Any = reactor
    try:
        assert call in reactor_time.getDelayedCalls()
    finally:
        call.cancel()


def test_an_answer_before_the_end_of_the_body_spares_the_rest(client: Client) -> None:
    request = streamed(client)
    request.write(b"enough")
    request.finish()

    client.exchange()

    assert client.answer_to(1)[1:] == (b"enough", True)
    [reset] = [event for event in client.events if isinstance(event, h2.events.StreamReset)]
    assert reset.error_code == 0


def test_a_stream_that_is_given_up_tells_its_request(client: Client) -> None:
    later(client)
    client.ask()
    client.exchange()
    request = client.talk.resource.requests[0]
    told: list[Failure] = []
    request.notifyFinish().addErrback(told.append)

    client.conn.reset_stream(1)
    client.exchange()

    assert told[0].check(ConnectionLost)
    request.write(b"to nobody")
    with pytest.raises(RuntimeError, match="finish"):
        request.finish()
    assert not client.talk.transport.disconnecting


def test_an_application_can_give_up_a_stream(client: Client) -> None:
    later(client)
    client.ask()
    client.exchange()

    client.talk.resource.requests[0].loseConnection()
    client.exchange()

    [reset] = [event for event in client.events if isinstance(event, h2.events.StreamReset)]
    assert reset.error_code == h2.errors.ErrorCodes.INTERNAL_ERROR
    assert client.talk.connection.streams == {} and not client.talk.transport.disconnecting


def test_a_lost_connection_tells_all_requests(client: Client) -> None:
    later(client)
    client.ask()
    client.ask()
    client.exchange()
    told: list[Failure] = []
    for request in client.talk.resource.requests:
        request.notifyFinish().addErrback(told.append)

    client.talk.lose(ConnectionDone())

    assert [failure.type for failure in told] == [ConnectionDone] * 2
    assert client.talk.clock.getDelayedCalls() == []


def test_pings_are_answered(client: Client) -> None:
    client.conn.ping(b"12345678")

    assert any(isinstance(event, h2.events.PingAckReceived) for event in client.exchange())


def test_who_says_good_bye_gets_what_is_under_way(client: Client) -> None:
    later(client)
    stream = client.ask()
    client.exchange()
    client.conn.close_connection()
    client.talk.connection.dataReceived(client.conn.data_to_send())
    assert not client.talk.transport.disconnecting
    client.talk.transport.clear()

    request = client.talk.resource.requests[0]
    request.write(b"done")
    request.finish()

    assert b"done" in client.talk.transport.value() and stream == 1
    assert client.talk.transport.disconnecting


def test_who_says_good_bye_with_nothing_under_way_is_let_go(client: Client) -> None:
    client.exchange()
    client.conn.close_connection()
    client.talk.connection.dataReceived(client.conn.data_to_send())

    assert client.talk.transport.disconnecting


def test_an_idle_connection_is_closed(client: Client) -> None:
    client.exchange()
    client.talk.clock.advance(59)
    client.ask()
    client.exchange()
    client.talk.clock.advance(59)
    # A sign of life is not a request.
    client.conn.ping(b"12345678")
    client.exchange()
    assert not client.talk.transport.disconnecting
    client.talk.clock.advance(1)

    [over] = [event for event in client.exchange() if isinstance(event, h2.events.ConnectionTerminated)]
    assert over.error_code == 0
    assert client.talk.transport.disconnecting


def test_a_connection_that_does_not_close_is_cut(client: Client) -> None:
    client.exchange()
    client.talk.connection.loseConnection()
    client.talk.connection.loseConnection()

    client.talk.clock.advance(14.9)
    assert not client.talk.transport.disconnected
    client.talk.clock.advance(0.2)
    assert client.talk.transport.disconnected


def test_an_application_may_take_its_time(client: Client) -> None:
    later(client)
    client.ask()
    client.exchange()

    client.talk.clock.pump([60] * 10)
    assert not client.talk.transport.disconnecting
    client.talk.resource.requests[0].finish()
    client.exchange()
    assert client.answer_to(1)[2]


def test_a_body_that_does_not_come_is_not_waited_for(client: Client) -> None:
    stream = client.conn.get_next_available_stream_id()
    client.conn.send_headers(
        stream, [(":method", "POST"), (":scheme", "https"), (":authority", "example.org"), (":path", "/")]
    )
    client.exchange()
    client.talk.clock.advance(59)
    client.conn.send_data(stream, b"x")
    client.exchange()
    client.talk.clock.advance(59)
    client.exchange()
    assert client.talk.connection.streams
    client.talk.clock.advance(60)

    [reset] = [event for event in client.exchange() if isinstance(event, h2.events.StreamReset)]
    assert reset.error_code == h2.errors.ErrorCodes.CANCEL
    assert client.talk.resource.requests == []


def test_a_window_that_stays_shut_is_not_waited_for(client: Client) -> None:
    client.conn.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0})
    client.ask()
    client.exchange()

    client.talk.clock.advance(60)

    [reset] = [event for event in client.exchange() if isinstance(event, h2.events.StreamReset)]
    assert reset.error_code == h2.errors.ErrorCodes.CANCEL


def test_a_client_that_reads_slowly_is_waited_for(client: Client) -> None:
    client.conn.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0})
    client.ask()
    client.exchange()

    for _ in range(4):
        client.talk.clock.advance(59)
        client.conn.increment_flow_control_window(1, 1)
        client.exchange()

    assert client.answer_to(1)[1:] == (b"hell", False)
    client.talk.clock.advance(59)
    client.exchange()
    assert client.talk.connection.streams
    client.talk.clock.advance(60)
    client.exchange()
    assert not client.talk.connection.streams


def test_small_pieces_go_out_together(client: Client) -> None:
    client.conn.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0})
    later(client)
    client.ask()
    client.exchange()
    request = client.talk.resource.requests[0]
    for piece in (b"one", b"two", b"three", b"x" * 100):
        request.write(piece)

    client.conn.increment_flow_control_window(20, 1)
    client.exchange()

    sent = [event.data for event in client.events if isinstance(event, h2.events.DataReceived)]
    assert sent == [b"onetwothree", b"x" * 9]
    client.conn.increment_flow_control_window(991, 1)
    client.exchange()
    assert client.answer_to(1)[1] == b"onetwothree" + b"x" * 100
    assert client.talk.connection.streams[1]._unsent == 0


def test_without_a_timeout_nothing_is_closed(prepared: Callable[..., Client]) -> None:
    def prepare(connection: H2Connection) -> None:
        connection.timeOut = None

    client = prepared(prepare)
    client.exchange()

    assert client.talk.clock.getDelayedCalls() == []


def test_requests_are_in_the_access_log(client: Client) -> None:
    logged: list[tuple[bytes, int]] = []
    client.talk.site.log = lambda request: logged.append((request.uri, request.code))

    client.ask(path="/logged")
    client.exchange()

    assert logged == [(b"/logged", 200)]


def test_a_request_that_is_no_resource_is_answered_too(prepared: Callable[..., Client]) -> None:
    class Plain(HTTPRequest):
        def process(self) -> None:
            self.write(self.method + b" " + self.uri)
            self.finish()

    def prepare(connection: H2Connection) -> None:
        connection.requestFactory = Plain

    client = prepared(prepare)
    stream = client.ask(path="/plain")
    client.exchange()

    assert client.answer_to(stream)[1:] == (b"GET /plain", True)


@pytest.mark.skipif(
    tuple(map(int, h2.__version__.split(".")[:2])) < (4, 4),
    reason="h2 before 4.4 takes CONNECT for a mistake, because it has no :path: the connection ends",
)
def test_nothing_is_connected_to(talk: Any) -> None:
    sent = talk.receive(b"\x00\x00\x16\x01\x05\x00\x00\x00\x01\x02\x07CONNECT\x41\x0bexample.org")

    assert [(kind, flags) for kind, flags, _, _ in sent] == [(1, 5)] and b"\x03501" in sent[0][3]
    assert talk.resource.requests == [] and not talk.transport.disconnecting


def test_a_stream_knows_where_it_is(client: Client) -> None:
    later(client)
    client.ask()
    client.exchange()
    request = client.talk.resource.requests[0]

    assert isinstance(request.channel, H2Stream)
    assert request.transport is client.talk.transport
    assert request.getClientAddress() == client.talk.transport.getPeer()
    assert request.getHost() == client.talk.transport.getHost()
    assert request.isSecure() is False


def test_pairs_will_do_for_a_header(client: Client) -> None:
    later(client)
    client.ask()
    client.exchange()
    channel = client.talk.resource.requests[0].channel

    channel.writeHeaders(b"HTTP/2", b"201", b"Created", [(b"x-a", b"b")])
    channel.writeSequence([b"a", b"b"])
    client.exchange()

    headers, body, _ = client.answer_to(1)
    assert (headers, body) == ({":status": "201", "x-a": "b"}, b"ab")


def test_http2_is_spoken_if_tls_has_agreed_upon_it() -> None:
    from twisted.internet.task import Clock
    from twisted.internet.testing import StringTransport
    from twisted.web.resource import Resource
    from twisted.web.server import Site

    site = Site(Resource(), reactor=Clock(), timeout=7)
    protocol: Any = site.buildProtocol(None)
    transport = StringTransport()
    transport.negotiatedProtocol = b"h2"  # type: ignore[attr-defined]  # as TLS has it
    protocol.makeConnection(transport)

    protocol.dataReceived(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")

    assert transport.value()[3] == 4
    assert protocol._channel.timeOut == 7
    site.reactor.advance(7)
    assert transport.disconnecting
