"""Connections that requests come over: order, ends, limits and time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from zope.interface import alsoProvides
from zope.interface.verify import verifyObject

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IConsumer, IProtocol, IPushProducer, ITransport
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.http import HTTPChannel, HTTPFactory, Request
from twisted.web.http_headers import Headers
from twisted.web.iweb import INonQueuedRequestFactory
from twisted.web.server import Site

Talk = Callable[..., Any]

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
GET_CLOSE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
REFUSAL = b"HTTP/1.1 %b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def post(length: int, extra: bytes = b"") -> bytes:
    return b"POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%b\r\n" % (length, extra)


def answer(request: Any, body: bytes = b"ok") -> None:
    request.setHeader(b"content-length", b"%d" % len(body))
    request.write(body)
    request.finish()


class Producer:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


# Requests and responses


def test_a_request_is_answered_in_one_write(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    writes: list[bytes] = []
    conversation.transport.write = writes.append
    conversation.say(GET)
    answer(requests[0])

    assert writes == [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]
    assert not conversation.transport.disconnecting


def test_a_request_knows_what_was_asked_for(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(b"POST /a%20b?c=d HTTP/1.1\r\nHost: a\r\nCookie: e=f\r\nContent-Length: 3\r\n\r\nxyz")
    (request,) = requests

    assert (request.method, request.uri, request.path) == (b"POST", b"/a%20b?c=d", b"/a%20b")
    assert (request.clientproto, request.args) == (b"HTTP/1.1", {b"c": [b"d"]})
    assert request.received_cookies == {b"e": b"f"}
    assert request.content.read() == b"xyz"
    assert request.requestHeaders == Headers({b"host": [b"a"], b"cookie": [b"e=f"], b"content-length": [b"3"]})
    assert request.channel is conversation.channel and request.transport is conversation.transport
    assert conversation.channel.requests == [request]


@pytest.mark.parametrize("step", [1, 3, 7, 1000])
def test_requests_are_answered_in_order_however_they_are_cut(talk: Talk, requests: list[Any], step: int) -> None:
    conversation = talk()
    stream = (
        post(3)
        + b"abc"
        + GET
        + b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"
        + GET
    )
    for at in range(0, len(stream), step):
        conversation.say(stream[at : at + step])
    bodies = []
    while requests:
        assert len(requests) == 1, "one at a time"
        request = requests.pop()
        bodies.append(request.content.read())
        answer(request, b"%d" % len(bodies))

    assert bodies == [b"abc", b"", b"de", b""]
    assert conversation.heard() == b"".join(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number for number in (1, 2, 3, 4)
    )
    assert conversation.channel._receiver is None, "an idle connection holds no buffers"


def test_many_requests_at_once_need_no_deep_stack(talk: Talk) -> None:
    class Prompt(Request):
        def process(self) -> None:
            answer(self)

    conversation = talk(Prompt)
    conversation.say(GET * 3000)

    assert conversation.heard().count(b"200 OK") == 3000


def test_a_client_that_wants_to_go_is_let_go(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET_CLOSE + GET)
    answer(requests[0])

    assert conversation.heard() == b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    assert conversation.transport.disconnecting
    assert len(requests) == 1, "what comes behind is not looked at"
    conversation.say(GET)
    assert len(requests) == 1


def test_an_application_that_wants_to_close_does(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)
    requests[0].setHeader(b"connection", b"Close")
    answer(requests[0])

    assert conversation.heard() == b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok"
    assert conversation.transport.disconnecting


@pytest.mark.parametrize(
    ("sent", "heard", "closed"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", True),
        (
            b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok",
            False,
        ),
    ],
)
def test_old_clients_may_keep_the_connection(
    talk: Talk, requests: list[Any], sent: bytes, heard: bytes, closed: bool
) -> None:
    conversation = talk()
    conversation.say(sent)
    answer(requests[0])

    assert conversation.heard() == heard
    assert conversation.transport.disconnecting is closed


def test_an_old_client_sees_the_end_of_what_has_no_length(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    requests[0].write(b"ab")
    requests[0].write(b"cd")
    requests[0].finish()

    assert conversation.heard() == b"HTTP/1.0 200 OK\r\n\r\nabcd"
    assert conversation.transport.disconnecting


@pytest.mark.parametrize(
    ("method", "code", "closed"), [(b"CONNECT", 200, False), (b"CONNECT", 403, True), (b"GET", 200, True)]
)
def test_a_tunnel_for_an_old_client_lasts_if_its_opener_wants_it_to(
    talk: Talk, requests: list[Any], method: bytes, code: int, closed: bool
) -> None:
    conversation = talk()
    target = b"h.example:443" if method == b"CONNECT" else b"/"
    conversation.say(method + b" " + target + b" HTTP/1.0\r\n\r\n")
    conversation.channel.persistent = True
    requests[0].setResponseCode(code)
    requests[0].finish()

    assert conversation.heard().startswith(b"HTTP/1.0 %d " % code)
    assert conversation.transport.disconnecting is closed


def test_an_old_client_keeps_the_connection_where_there_is_no_body(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    requests[0].setResponseCode(304)
    requests[0].finish()

    assert conversation.heard() == b"HTTP/1.0 304 Not Modified\r\nConnection: keep-alive\r\n\r\n"
    assert not conversation.transport.disconnecting


def test_a_client_that_waits_is_told_to_go_on(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(post(3, b"Expect: 100-continue\r\n"))

    assert conversation.heard() == b"HTTP/1.1 100 Continue\r\n\r\n"
    conversation.say(b"abc")
    assert requests[0].content.read() == b"abc"
    assert conversation.heard() == b""


def test_requests_are_made_with_a_number_unless_they_want_none(talk: Talk, requests: list[Any]) -> None:
    made: list[Any] = []

    def old(*args: Any) -> Request:
        made.append(args)
        return Request(args[0])

    def new(*args: Any) -> Request:
        return old(*args)

    alsoProvides(new, INonQueuedRequestFactory)
    first, second = talk(old), talk(new)
    for conversation in (first, second):
        conversation.say(GET)
        assert conversation.channel.requests[0].finished == 0

    assert made == [(first.channel, 0), (second.channel,)]


def test_where_a_subclass_looks_at_lines_requests_are_made_in_the_same_way() -> None:
    made: list[Any] = []

    class Nosy(HTTPChannel):
        def headerReceived(self, line: bytes) -> bool:
            return super().headerReceived(line)

    def old(*args: Any) -> Request:
        made.append(args[1:])
        return Request(args[0])

    def new(*args: Any) -> Request:
        return old(*args)

    alsoProvides(new, INonQueuedRequestFactory)
    for make in (old, new):
        channel: Any = Nosy()
        channel.requestFactory = make
        channel.makeConnection(StringTransport())
        channel.dataReceived(GET)

    assert made == [(0,), ()]


def test_a_request_of_another_kind_gets_the_fields_too(talk: Talk, requests: list[Any]) -> None:
    class Odd(Request):
        seen: Any = []

        def __init__(self, channel: Any, queued: object) -> None:
            super().__init__(channel)
            self.requestHeaders = Headers()

        def process(self) -> None:
            self.seen.append(self.requestHeaders)

    talk(Odd).say(GET)

    assert Odd.seen == [Headers({b"host": [b"a"]})]


def test_only_the_request_at_hand_can_be_done(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)

    with pytest.raises(TypeError, match="not at hand"):
        conversation.channel.requestDone(object())
    answer(requests[0])
    with pytest.raises(TypeError):
        conversation.channel.requestDone(requests[0])


def test_a_lost_connection_is_told_to_the_request(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)
    lost: list[Any] = []
    requests[0].notifyFinish().addErrback(lost.append)
    conversation.hang_up(Failure(ConnectionLost()))

    assert [reason.check(ConnectionLost) for reason in lost] == [ConnectionLost]
    assert requests[0].channel is None
    assert conversation.channel.requests == []
    requests[0].write(b"nobody hears")
    with pytest.raises(RuntimeError, match="after its connection was lost"):
        requests[0].finish()


def test_a_request_hangs_up(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)
    requests[0].loseConnection()

    assert conversation.transport.disconnecting
    assert conversation.transport.producer is None, "or else the transport would wait for us"


def test_a_server_that_leaves_hangs_up_where_nothing_has_begun(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)
    answer(requests[0])
    assert not conversation.transport.disconnecting
    conversation.protocol.finishAndLeave()

    assert conversation.transport.disconnecting


@pytest.mark.parametrize("begun", [10, len(GET)])
def test_a_server_that_leaves_answers_what_has_begun(talk: Talk, requests: list[Any], begun: int) -> None:
    conversation = talk()
    conversation.say(GET[:begun])
    conversation.protocol.finishAndLeave()
    assert not conversation.transport.disconnecting
    conversation.say(GET[begun:])
    answer(requests[0])

    assert conversation.heard() == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    assert conversation.transport.disconnecting


class Keeping(Request):
    """A request that waits."""

    there: list[Keeping]

    def process(self) -> None:
        self.there.append(self)


@pytest.mark.parametrize("pieces", [[b"GET / HTTP/1.1\r\n\r\n"], [b"GET / HTTP/1.1\r", b"\n\r\n"]])
def test_a_factory_says_whether_a_host_is_required(clock: Clock, pieces: list[bytes]) -> None:
    Keeping.there = []
    factory = HTTPFactory(reactor=clock)
    factory.protocol = type("Own", (HTTPChannel,), {"requestFactory": Keeping})  # type: ignore[method-assign]
    answers = []
    for required in (False, True):
        factory.hostRequired = required
        protocol, transport = factory.buildProtocol(None), StringTransport()
        protocol.makeConnection(transport)
        for piece in pieces:
            protocol.dataReceived(piece)
        answers.append(transport.value())

    assert len(Keeping.there) == 1
    assert answers[0] == b""
    assert answers[1].startswith(b"HTTP/1.1 400 Bad Request")
    assert (HTTPFactory.hostRequired, Site.hostRequired, HTTPChannel.hostRequired) == (False, True, True)


def test_a_server_that_leaves_in_the_middle_of_a_response_ends_it(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET + GET)
    requests[0].write(b"a")
    conversation.protocol.finishAndLeave()
    requests[0].finish()

    assert conversation.heard().endswith(b"1\r\na\r\n0\r\n\r\n")
    assert conversation.transport.disconnecting and len(requests) == 1


# What is refused


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b"400 Bad Request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", b"400 Bad Request"),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", b"505 HTTP Version not supported"),
        (b"GET /" + b"x" * 20000, b"414 Request-URI Too Long"),
        (GET[:-2] + b"X: y\r\n" * 600 + b"\r\n", b"431 Request Header Fields Too Large"),
        (GET[:-2] + b"X: " + b"y" * 17000 + b"\r\n\r\n", b"431 Request Header Fields Too Large"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", b"501 Not Implemented"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", b"400 Bad Request"),
    ],
)
@pytest.mark.parametrize("step", [1000, 100_000])
def test_what_makes_no_sense_is_refused_once_and_the_connection_closed(
    talk: Talk, requests: list[Any], sent: bytes, status: bytes, step: int
) -> None:
    conversation = talk()
    for at in range(0, len(sent), step):
        conversation.say(sent[at : at + step])
    conversation.say(GET)

    assert conversation.heard() == REFUSAL % status
    assert conversation.transport.disconnecting
    assert requests == []


def test_nonsense_behind_a_request_waits_for_its_answer(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET + b"nonsense\r\n\r\n")
    assert conversation.heard() == b""
    answer(requests[0])

    assert conversation.heard() == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + REFUSAL % b"400 Bad Request"


def test_limits_have_defaults() -> None:
    assert (HTTPChannel.maxHeaders, HTTPChannel.totalHeadersSize, HTTPChannel.MAX_LENGTH) == (500, 16384, 16384)
    assert (HTTPChannel.maxContentLength, HTTPChannel.abortTimeout) == (4 * 1024**3, 15)
    assert (Request.maxFormSize, Request.maxFormFields) == (256 * 1024 * 1024, 10_000)


@pytest.mark.parametrize("setting", [{"maxHeaders": 1}, {"totalHeadersSize": 10}, {"MAX_LENGTH": 10}])
def test_limits_are_settings(talk: Talk, requests: list[Any], setting: dict[str, int]) -> None:
    conversation = talk(**setting)
    conversation.say(GET[:-2] + b"X: y\r\n\r\n")

    assert conversation.heard()[:12] in (b"HTTP/1.1 431", b"HTTP/1.1 414")
    assert requests == []


def test_the_line_before_a_chunk_is_a_setting(talk: Talk, requests: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;abcdef\r\nx\r\n0\r\n\r\n"
    talk().say(chunked)
    assert len(requests) == 1
    monkeypatch.setattr(http, "maxChunkSizeLineLength", 5)
    conversation = talk()
    conversation.say(chunked)

    assert conversation.heard() == REFUSAL % b"400 Bad Request"
    assert len(requests) == 1


def test_a_body_that_is_too_large_is_refused_before_it_comes(talk: Talk, requests: list[Any]) -> None:
    conversation = talk(maxContentLength=10)
    conversation.say(post(10) + b"x" * 10)
    assert len(requests) == 1
    answer(requests.pop())
    conversation.heard()
    conversation.say(post(11, b"Expect: 100-continue\r\n"))

    assert conversation.heard() == REFUSAL % b"413 Request Entity Too Large"
    assert conversation.transport.disconnecting


def test_chunks_that_are_too_many_are_refused(talk: Talk, requests: list[Any]) -> None:
    conversation = talk(maxContentLength=10)
    conversation.say(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n")
    assert conversation.heard() == b""
    conversation.say(b"1\r\nx\r\n0\r\n\r\n")

    assert conversation.heard() == REFUSAL % b"413 Request Entity Too Large"
    assert requests == []


# Time


def test_a_silent_client_is_sent_away_without_a_word(talk: Talk, clock: Clock) -> None:
    conversation = talk()
    clock.advance(59.75)
    assert not conversation.transport.disconnecting
    clock.advance(0.25)

    assert conversation.transport.disconnecting
    assert conversation.heard() == b""


def test_no_time_is_for_ever(talk: Talk, clock: Clock) -> None:
    conversation = talk(timeOut=None)
    clock.advance(10**6)

    assert not conversation.transport.disconnecting
    assert clock.getDelayedCalls() == []


def test_each_request_begins_the_time_anew(talk: Talk, clock: Clock, requests: list[Any]) -> None:
    conversation = talk()
    clock.advance(50)
    conversation.say(GET)
    answer(requests.pop())
    conversation.heard()
    clock.advance(59)
    assert not conversation.transport.disconnecting
    clock.advance(1)

    assert conversation.transport.disconnecting
    assert conversation.heard() == b""


def test_the_application_may_take_its_time(talk: Talk, clock: Clock, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)
    for _ in range(100):
        clock.advance(60)
    assert not conversation.transport.disconnecting
    answer(requests[0])
    clock.advance(60)

    assert conversation.transport.disconnecting


def test_a_header_has_its_time_from_its_first_byte(talk: Talk, clock: Clock) -> None:
    conversation = talk()
    clock.advance(30)
    for byte in GET[:20]:
        conversation.say(bytes([byte]))
        clock.advance(3)

    assert conversation.heard() == REFUSAL % b"408 Request Time-out"
    assert conversation.transport.disconnecting


def test_so_has_the_header_of_the_next_request(talk: Talk, clock: Clock, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)
    requests.pop().finish()
    clock.advance(50)
    conversation.heard()
    conversation.say(GET[:5])
    clock.advance(59)
    assert not conversation.transport.disconnecting
    clock.advance(2)

    assert conversation.heard() == REFUSAL % b"408 Request Time-out"


def test_a_client_that_is_refused_may_send_64_mib_before_it_is_hung_up_on(talk: Talk) -> None:
    conversation = talk()
    halves: list[bool] = []
    conversation.transport.loseWriteConnection = lambda: halves.append(True)
    conversation.say(b"nonsense\r\n\r\n")
    piece = bytes(1 << 20)
    for _ in range(63):
        conversation.say(piece)
    conversation.say(piece[1:])
    assert halves == [True] and not conversation.transport.disconnecting
    conversation.say(b"x")

    assert conversation.transport.disconnecting


def test_a_body_may_take_long_if_it_brings_something(talk: Talk, clock: Clock, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(post(300_000))
    for _ in range(30):
        clock.advance(50)
        conversation.say(b"x" * 10_000)

    assert len(requests) == 1


def test_a_body_that_only_drips_is_refused(talk: Talk, clock: Clock, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(post(300_000))
    for _ in range(13):
        assert not conversation.transport.disconnecting
        clock.advance(5)
        conversation.say(b"x")

    assert conversation.heard() == REFUSAL % b"408 Request Time-out"
    assert requests == []


def test_a_body_that_stops_is_refused(talk: Talk, clock: Clock, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(post(300_000) + b"x" * 100_000)
    clock.advance(59)
    assert not conversation.transport.disconnecting
    clock.advance(1)

    assert conversation.heard() == REFUSAL % b"408 Request Time-out"


def test_a_connection_that_does_not_close_is_cut(talk: Talk, clock: Clock) -> None:
    conversation = talk()
    clock.advance(60)
    clock.advance(14)
    assert not conversation.transport.aborted
    clock.advance(1)

    assert conversation.transport.aborted


def test_a_connection_that_closes_is_not_cut(talk: Talk, clock: Clock) -> None:
    conversation = talk()
    clock.advance(60)
    conversation.hang_up(Failure(ConnectionDone()))
    clock.advance(100)

    assert not conversation.transport.aborted
    assert clock.getDelayedCalls() == []


def test_nothing_is_cut_if_nobody_says_when(talk: Talk, clock: Clock) -> None:
    conversation = talk(abortTimeout=None)
    clock.advance(60)
    clock.advance(1000)

    assert conversation.transport.disconnecting and not conversation.transport.aborted


def test_one_timer_serves_all_connections_and_goes_with_the_last(talk: Talk, clock: Clock) -> None:
    conversations = [talk()]
    factory = conversations[0].factory
    conversations += [type(conversations[0])(factory, clock) for _ in range(9)]
    assert len(clock.getDelayedCalls()) == 1
    for conversation in conversations:
        conversation.hang_up(Failure(ConnectionDone()))

    assert clock.getDelayedCalls() == []


def test_time_may_be_set_for_one_connection(talk: Talk, clock: Clock) -> None:
    conversation = talk()
    assert conversation.channel.setTimeout(10) == 60
    clock.advance(9)
    conversation.channel.resetTimeout()
    clock.advance(9)
    assert not conversation.transport.disconnecting
    clock.advance(1)

    assert conversation.transport.disconnecting


def test_time_may_be_lifted_for_one_connection(talk: Talk, clock: Clock) -> None:
    conversation = talk()
    assert conversation.channel.setTimeout(None) == 60
    clock.advance(1000)

    assert not conversation.transport.disconnecting


@pytest.mark.parametrize("own", [True, False])
def test_a_channel_with_a_clock_of_its_own_uses_that(own: bool) -> None:
    clock = Clock()
    channel: Any = HTTPChannel()
    channel.callLater = clock.callLater
    channel.timeOut = 10
    channel.abortTimeout = 5
    transport: Any = StringTransport()
    channel.makeConnection(transport)
    clock.advance(9)
    assert not transport.disconnecting
    channel.resetTimeout()
    clock.advance(10)
    assert transport.disconnecting
    if own:
        channel.connectionLost(Failure(ConnectionDone()))
        channel.connected = 0
    aborted: Any = []
    transport.abortConnection = lambda: aborted.append(None)
    clock.advance(5)

    assert aborted == ([] if own else [None])


def test_a_channel_with_a_clock_of_its_own_waits_for_the_application() -> None:
    kept: Any = []

    class Waiting(Request):
        def process(self) -> None:
            kept.append(self)

    clock = Clock()
    channel: Any = HTTPChannel()
    channel.requestFactory = Waiting
    channel.callLater = clock.callLater
    channel.timeOut = 10
    transport = StringTransport()
    channel.makeConnection(transport)
    channel.dataReceived(GET)
    clock.advance(100)
    assert not transport.disconnecting
    answer(kept[0])
    clock.advance(9)
    assert not transport.disconnecting
    clock.advance(1)

    assert transport.disconnecting


def test_a_client_that_still_reads_is_not_sent_away(talk: Talk, clock: Clock, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)
    answer(requests[0])
    conversation.channel.pauseProducing()
    for left in (5000, 4000, 3000):
        conversation.transport._unsent = left
        clock.advance(60)
        assert not conversation.transport.disconnecting
    clock.advance(60)

    assert conversation.transport.disconnecting, "it has stopped reading"


# Back-pressure


def test_a_client_that_sends_too_much_ahead_has_to_wait(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)
    conversation.say(GET * 100)
    assert conversation.transport.producerState == "producing"
    conversation.say(GET * 4000)
    assert conversation.transport.producerState == "paused"
    count = 0
    while requests:
        answer(requests.pop())
        count += 1

    assert count == 4101
    assert conversation.transport.producerState == "producing"


def test_a_client_that_does_not_read_gets_no_more_answers(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET * 2)
    conversation.channel.pauseProducing()
    answer(requests.pop())
    assert requests == []
    conversation.say(GET * 4000)
    assert requests == []
    assert conversation.transport.producerState == "paused"
    conversation.channel.resumeProducing()

    assert len(requests) == 1


def test_the_producer_of_a_response_is_told_of_the_transport(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)
    producer = Producer()
    requests[0].registerProducer(producer, True)
    assert conversation.transport.producer is conversation.channel and conversation.transport.streaming
    conversation.channel.pauseProducing()
    conversation.channel.resumeProducing()
    conversation.channel.stopProducing()

    assert producer.told == ["pause", "resume", "stop"]
    requests[0].unregisterProducer()
    conversation.channel.pauseProducing()
    conversation.channel.stopProducing()
    assert len(producer.told) == 3


def test_a_producer_that_comes_late_waits_at_once(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)
    conversation.channel.pauseProducing()
    producer = Producer()
    requests[0].registerProducer(producer, True)

    assert producer.told == ["pause"]


def test_there_is_one_producer_at_a_time(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)
    requests[0].registerProducer(Producer(), True)

    with pytest.raises(ValueError, match="before previous one"):
        requests[0].registerProducer(Producer(), True)
    with pytest.raises(ValueError, match="before previous one"):
        conversation.channel.registerProducer(Producer(), True)


def test_a_client_is_let_go_on_once_and_can_be_held_again(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    told: list[str] = []
    conversation.transport.pauseProducing = lambda: told.append("pause")
    conversation.transport.resumeProducing = lambda: told.append("resume")
    for _ in range(2):
        conversation.say(GET)
        conversation.say(GET * 2500)
        while requests:
            answer(requests.pop())

    assert told == ["pause", "resume"] * 2


# Other hands


def test_a_connection_can_be_taken_over_with_what_was_read(talk: Talk, clock: Clock, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\nalready")
    transport, unread = conversation.channel._take_over()

    assert transport is conversation.transport
    assert unread == b"already"
    assert transport.producer is None and transport.producerState == "producing"
    assert conversation.channel.transport is None
    clock.advance(1000)
    conversation.channel.write(b"x")
    conversation.channel.writeSequence([b"x"])
    conversation.channel.loseConnection()
    conversation.hang_up(Failure(ConnectionDone()))
    assert not transport.disconnecting and conversation.heard() == b""


def test_a_held_client_may_go_on_when_its_connection_is_taken_over(talk: Talk, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)
    conversation.say(b"x" * 70_000)
    assert conversation.transport.producerState == "paused"
    _, unread = conversation.channel._take_over()

    assert unread == b"x" * 70_000
    assert conversation.transport.producerState == "producing"


def test_a_connection_taken_from_under_us_is_left_alone(talk: Talk, clock: Clock, requests: list[Any]) -> None:
    conversation = talk()
    conversation.say(GET)
    conversation.channel.transport = None
    requests[0].write(b"x")
    requests[0].finish()
    clock.advance(1000)

    assert conversation.heard() == b""


def test_a_subclass_may_look_at_every_line() -> None:
    seen: Any = []

    class Nosy(HTTPChannel):
        def lineReceived(self, line: bytes) -> None:
            seen.append(line)
            super().lineReceived(line)

        def headerReceived(self, line: bytes) -> bool:
            if line.startswith(b"X-Evil"):
                return True
            return super().headerReceived(line)

        def rawDataReceived(self, data: bytes) -> None:
            seen.append(("raw", data))
            super().rawDataReceived(data)

    kept: Any = []

    class Keeping(Request):
        def process(self) -> None:
            kept.append((self.requestHeaders, self.content.read()))
            answer(self)

    channel: Any = Nosy()
    channel.requestFactory = Keeping
    transport = StringTransport()
    channel.makeConnection(transport)
    channel.dataReceived(b"POST /p HTTP/1.1\r\nHost: a\r\nX-Evil: 1\r\nContent-Length: 2\r\n\r\nab" + GET)

    assert seen == [
        b"POST /p HTTP/1.1",
        b"Host: a",
        b"X-Evil: 1",
        b"Content-Length: 2",
        b"",
        ("raw", b"ab"),
        b"GET / HTTP/1.1",
        b"Host: a",
        b"",
    ]
    assert kept == [
        (Headers({b"host": [b"a"], b"content-length": [b"2"]}), b"ab"),
        (Headers({b"host": [b"a"]}), b""),
    ]
    assert transport.value().count(b"200 OK") == 2


def test_a_subclass_may_refuse_a_header_field() -> None:
    class Strict(HTTPChannel):
        def headerReceived(self, line: bytes) -> bool:
            if line.startswith(b"X-Evil"):
                self.transport.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
                self.loseConnection()
                return False
            return super().headerReceived(line)

    channel: Any = Strict()
    transport = StringTransport()
    channel.makeConnection(transport)
    channel.dataReceived(b"GET / HTTP/1.1\r\nHost: a\r\nX-Evil: 1\r\n\r\n")

    assert transport.value() == b"HTTP/1.1 403 Forbidden\r\n\r\n"
    assert transport.disconnecting


def test_lines_may_be_handed_in() -> None:
    kept: Any = []

    class Keeping(Request):
        def process(self) -> None:
            kept.append((self.method, self.uri, self.requestHeaders))

    channel: Any = HTTPChannel()
    channel.requestFactory = Keeping
    channel.makeConnection(StringTransport())
    for line in (b"GET /x HTTP/1.1", b"Host: a", b"A: b", b""):
        channel.lineReceived(line)

    assert kept == [(b"GET", b"/x", Headers({b"host": [b"a"], b"a": [b"b"]}))]


def test_lines_that_make_no_sense_are_refused() -> None:
    channel: Any = HTTPChannel()
    transport = StringTransport()
    channel.makeConnection(transport)
    channel.lineReceived(b"nonsense")
    channel.lineReceived(b"")
    assert transport.value() == REFUSAL % b"400 Bad Request"

    channel = HTTPChannel()
    channel.makeConnection(transport := StringTransport())
    assert channel.headerReceived(b"nonsense") is False
    assert transport.value() == REFUSAL % b"400 Bad Request"


def test_hooks_are_called_in_order(talk: Talk) -> None:
    called: list[Any] = []

    class Hooked(Request):
        def parseCookies(self) -> None:
            called.append("parseCookies")
            super().parseCookies()

        def gotLength(self, length: int | None) -> None:
            called.append(("gotLength", length))
            super().gotLength(length)

        def handleContentChunk(self, data: bytes) -> None:
            called.append(("handleContentChunk", data))
            super().handleContentChunk(data)

        def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
            called.append((command, path, version))
            super().requestReceived(command, path, version)

        def process(self) -> None:
            called.append("process")
            answer(self)

    conversation = talk(Hooked)
    conversation.say(post(3) + b"ab")
    conversation.say(b"c" + GET)
    conversation.say(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")

    assert called == [
        "parseCookies",
        ("gotLength", 3),
        ("handleContentChunk", b"ab"),
        ("handleContentChunk", b"c"),
        (b"POST", b"/up", b"HTTP/1.1"),
        "process",
        "parseCookies",
        ("gotLength", 0),
        (b"GET", b"/", b"HTTP/1.1"),
        "process",
        "parseCookies",
        ("gotLength", None),
        (b"POST", b"/", b"HTTP/1.1"),
        "process",
    ]


@pytest.mark.parametrize("step", [1, 60, 1000])
def test_a_body_goes_through_all_hooks_wherever_it_is_cut(step: int) -> None:
    class Hooked(HTTPChannel):
        def allHeadersReceived(self) -> None:
            called.append(("head", self.length))
            super().allHeadersReceived()

        def allContentReceived(self) -> None:
            called.append(("content", self.requests[-1].content.getvalue()))
            super().allContentReceived()

    class Prompt(Request):
        def process(self) -> None:
            answer(self, self.content.read())

    called: list[Any] = []
    channel: Any = Hooked()
    channel.requestFactory = Prompt
    channel.makeConnection(transport := StringTransport())
    for sent in (post(5) + b"first", post(3) + b"2nd"):
        for start in range(0, len(sent), step):
            channel.dataReceived(sent[start : start + step])

    assert called == [("head", 5), ("content", b"first"), ("head", 3), ("content", b"2nd")]
    assert transport.value() == (
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirstHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n2nd"
    )


def test_a_subclass_may_make_ready_for_a_body_on_its_own() -> None:
    class Alone(HTTPChannel):
        def allHeadersReceived(self) -> None:
            self.requests[-1].gotLength(self.length)

    class Prompt(Request):
        def process(self) -> None:
            answer(self, self.content.read())

    channel: Any = Alone()
    channel.requestFactory = Prompt
    channel.makeConnection(transport := StringTransport())
    channel.dataReceived(post(5) + b"whole")
    channel.dataReceived(post(5) + b"next.")

    assert transport.value() == (
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwholeHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nnext."
    )


def test_a_subclass_may_look_at_a_body_that_came_with_its_head() -> None:
    class Looking(HTTPChannel):
        def rawDataReceived(self, data: bytes) -> None:
            seen.append(data)
            super().rawDataReceived(data)

    class Prompt(Request):
        def process(self) -> None:
            answer(self, self.content.read())

    seen: list[bytes] = []
    channel: Any = Looking()
    channel.requestFactory = Prompt
    channel.makeConnection(transport := StringTransport())
    channel.dataReceived(post(5) + b"whole")

    assert seen == [b"whole"]
    assert transport.value() == b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole"


@pytest.mark.parametrize("length", [10, 11])
def test_a_body_that_comes_with_its_head_is_limited_too(talk: Talk, requests: list[Any], length: int) -> None:
    conversation = talk(maxContentLength=10)
    conversation.say(post(length) + b"x" * length)

    assert len(requests) == (length == 10)
    assert conversation.heard() == (b"" if length == 10 else REFUSAL % b"413 Request Entity Too Large")


def test_a_request_that_hangs_up_on_its_body_is_not_processed(talk: Talk) -> None:
    class Unwilling(Request):
        def handleContentChunk(self, data: bytes) -> None:
            self.loseConnection()

        def process(self) -> None:
            processed.append(self)

    processed: list[Any] = []
    conversation = talk(Unwilling)
    conversation.say(post(5) + b"whole")

    assert processed == []
    assert conversation.transport.disconnecting


def test_a_subclass_may_decide_who_stays() -> None:
    class Hospitable(HTTPChannel):
        def checkPersistence(self, request: Any, version: bytes) -> bool:
            asked.append((request.requestHeaders, version))
            return False

    class Prompt(Request):
        def process(self) -> None:
            answer(self)

    asked: list[Any] = []
    channel: Any = Hospitable()
    channel.requestFactory = Prompt
    channel.makeConnection(transport := StringTransport())
    channel.dataReceived(GET)

    assert asked == [(Headers({b"host": [b"a"]}), b"HTTP/1.1")]
    assert transport.disconnecting


def test_a_subclass_may_write_headers_itself() -> None:
    class Own(HTTPChannel):
        def writeHeaders(self, version: bytes, code: bytes, reason: bytes, headers: Headers) -> None:
            written.append((version, code, reason, dict(headers.getAllRawHeaders())))
            super().writeHeaders(version, code, reason, headers)

    class Prompt(Request):
        def process(self) -> None:
            answer(self)

    written: list[Any] = []
    channel: Any = Own()
    channel.requestFactory = Prompt
    channel.makeConnection(transport := StringTransport())
    channel.dataReceived(GET)

    assert written == [(b"HTTP/1.1", b"200", b"OK", {b"Content-Length": [b"2"]})]
    assert transport.value() == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_headers_may_be_written_as_pairs_and_never_end_early(talk: Talk) -> None:
    conversation = talk()
    conversation.channel.writeHeaders(b"HTTP/1.1", b"200", b"OK", [(b"a", b"b\r\nc: d"), (b"a", b"e")])
    assert conversation.heard() == b"HTTP/1.1 200 OK\r\nA: b c: d\r\nA: e\r\n\r\n"
    with pytest.raises(ValueError, match="one line"):
        conversation.channel.writeHeaders(b"HTTP/1.1", b"200", b"OK\r\nX: y", Headers())
    with pytest.raises(ValueError, match="one line"):
        conversation.channel.writeHeaders(b"HTTP/1.1", b"200", b"O\0K", Headers())

    assert conversation.heard() == b""


@pytest.mark.parametrize("evil", [b"x\r\nSet-Cookie: y", b"x\ny", b"x\ry", b"x\0y"])
def test_what_was_slipped_past_the_headers_is_one_line_on_the_wire(
    talk: Talk, requests: list[Any], evil: bytes
) -> None:
    conversation = talk()
    conversation.say(GET)
    requests[0].setHeader(b"a", b"b")
    values: Any = requests[0].responseHeaders.getRawHeaders(b"a")
    values.append(evil)
    answer(requests[0])
    heard = conversation.heard()

    assert heard.count(b"\r\n") == heard.count(b"\n") == heard.count(b"\r") == 5
    assert b"\0" not in heard
    assert heard.startswith(b"HTTP/1.1 200 OK\r\nA: b\r\nA: x")


def test_status_lines_that_are_remembered_are_few(talk: Talk) -> None:
    from twisted.web._http.answers import _MOST_STATUS_LINES, _status_lines

    channel = talk().channel
    for number in range(_MOST_STATUS_LINES + 10):
        channel.writeHeaders(b"HTTP/1.1", b"200", b"%d" % number, Headers())

    assert len(_status_lines) <= _MOST_STATUS_LINES


def test_a_channel_tells_addresses_and_security(talk: Talk) -> None:
    conversation = talk()
    channel = conversation.channel

    assert channel.getPeer() == conversation.transport.getPeer()
    assert channel.getHost() == conversation.transport.getHost()
    assert channel.isSecure() is False


def test_a_channel_provides_what_it_says(talk: Talk) -> None:
    channel = talk().channel

    assert verifyObject(IProtocol, channel)
    for interface in (ITransport, IConsumer, IPushProducer):
        assert interface.providedBy(channel)
    assert (
        verifyObject(IPushProducer, channel) and verifyObject(IConsumer, channel) and verifyObject(ITransport, channel)
    )
    assert channel._networkProducer is channel.transport


def test_a_transport_that_cannot_wait_will_do() -> None:
    class Simple:
        disconnecting = False
        written = b""

        def write(self, data: bytes) -> None:
            self.written += data

        def loseConnection(self) -> None:
            self.disconnecting = True

        def getPeer(self) -> None: ...

        def getHost(self) -> None: ...

    class Prompt(Request):
        def process(self) -> None:
            answer(self)

    channel: Any = HTTPChannel()
    channel.requestFactory = Prompt
    channel.makeConnection(transport := Simple())
    channel._networkProducer.pauseProducing()
    channel._networkProducer.resumeProducing()
    channel.dataReceived(GET_CLOSE)

    assert transport.written.endswith(b"ok") and transport.disconnecting
