"""What the server behind answers, and what the client in front gets of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.web.http import HTTPClient
from twisted.web.proxy import ProxyClient, ReverseProxyResource
from twisted.web.server import Site
from twisted.web.test.requesthelper import DummyRequest

from .conftest import Behind, Front

GET = b"GET / HTTP/1.1\r\nHost: front\r\n\r\n"
BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\n"


def asked(clock: MemoryReactorClock, request: bytes = GET) -> tuple[Front, Behind]:
    """A client whose request has come to the server behind."""
    front = Front(Site(ReverseProxyResource("behind", 80, b"", clock), reactor=clock), clock)
    front.say(request)
    behind = front.behind()
    behind.heard()
    return front, behind


def body_of(answer: bytes) -> bytes:
    """The body of an answer that may be in chunks."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"\r\ntransfer-encoding: chunked" not in head.lower():
        return body
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        whole += body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]
    return whole


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

ANSWERS = {
    "a length": (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"HTTP/1.1 200 OK", b"hello"),
    "a length of nothing": (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK", b""),
    "chunks": (CHUNKED + b"2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nA: b\r\n\r\n", b"HTTP/1.1 200 OK", b"hello"),
    "chunks in capitals": (
        b"HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK",
        b"hello",
    ),
    "until the end": (b"HTTP/1.0 404 Gone\r\nA: b\r\n\r\nhello", b"HTTP/1.1 404 Gone", b"hello"),
    "nothing until the end": (b"HTTP/1.0 404 Gone\r\nA: b\r\n\r\n", b"HTTP/1.1 404 Gone", b""),
    "no phrase": (b"HTTP/1.1 299\r\n\r\nhello", b"HTTP/1.1 299 ", b"hello"),
    "more than the length": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nheHTTP/1.1 200 OK\r\nSmuggled: yes\r\n\r\n",
        b"HTTP/1.1 200 OK",
        b"he",
    ),
    "more than the chunks": (CHUNKED + b"2\r\nhe\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK", b"he"),
    "something before it": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK",
        b"hi",
    ),
    "a folded line": (b"HTTP/1.0 200 OK\r\nA: b\r\n  c\r\n\r\nhello", b"HTTP/1.1 200 OK", b"hello"),
}


@pytest.mark.parametrize("step", [0, 1, 7])
@pytest.mark.parametrize(("answer", "status", "body"), ANSWERS.values(), ids=ANSWERS.keys())
def test_answers(clock: MemoryReactorClock, answer: bytes, status: bytes, body: bytes, step: int) -> None:
    front, behind = asked(clock)
    behind.say(answer, step)
    behind.hang_up()

    heard = front.heard()
    assert heard.startswith(status + b"\r\n") and body_of(heard) == body
    assert heard.count(b"HTTP/1.1 ") == 1 and b"Smuggled" not in heard and b"Link" not in heard
    front.say(GET)
    assert len(front.connected()) == 2


@given(st.sampled_from(sorted(ANSWERS)), st.lists(st.integers(min_value=0, max_value=120), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_where_an_answer_is_cut_does_not_matter(name: str, cuts: list[int]) -> None:
    answer, status, body = ANSWERS[name]
    front, behind = asked(MemoryReactorClock())
    ends = sorted({min(cut, len(answer)) for cut in cuts} | {len(answer)})
    for begin, end in zip([0, *ends], ends, strict=False):
        behind.say(answer[begin:end])
    behind.hang_up()

    heard = front.heard()
    assert heard.startswith(status) and body_of(heard) == body


MALFORMED = {
    "no HTTP": b"nonsense\r\n\r\n",
    "another protocol": b"ICY 200 OK\r\n\r\n",
    "another version": b"HTTP/2.0 200 OK\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a status of letters": b"HTTP/1.1 2xx OK\r\n\r\n",
    "a status below 100": b"HTTP/1.1 099 OK\r\n\r\n",
    "another protocol than was asked for": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
    "CR in the phrase": b"HTTP/1.1 200 O\rK\r\n\r\nhello",
    "NUL in the phrase": b"HTTP/1.1 200 O\0K\r\n\r\nhello",
    "no colon": b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\nhello",
    "no name": b"HTTP/1.1 200 OK\r\n: b\r\n\r\nhello",
    "a space in a name": b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
    "a folded line at the beginning": b"HTTP/1.1 200 OK\r\n A: b\r\n\r\nhello",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "a length with a sign": b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
    "a list of lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
    "an empty length": b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nhello",
    "an endless length": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 19 + b"\r\n\r\nhello",
    "length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "a coding that nobody asked for": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks that are none": CHUNKED + b"zz\r\nhello\r\n",
    "a line without end": b"HTTP/1.1 200 OK\r\nA: " + b"b" * 20000,
    "a line that is too long": b"HTTP/1.1 200 OK\r\nA: " + b"b" * 17000 + b"\r\n\r\n",
    "too many fields": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 501 + b"\r\nhello",
    "too much before it": b"HTTP/1.1 100 Continue\r\n\r\n" * 502 + b"HTTP/1.1 200 OK\r\n\r\nhello",
    "nothing": b"",
    "half a status line": b"HTTP/1.1 20",
    "half a header": b"HTTP/1.1 200 OK\r\nA: b\r\n",
}


@pytest.mark.parametrize("step", [0, 1, 4096])
@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_answer_is_a_bad_gateway(clock: MemoryReactorClock, answer: bytes, step: int) -> None:
    front, behind = asked(clock)
    behind.say(answer, step)
    behind.hang_up()

    heard = front.heard()
    assert heard.startswith(BAD_GATEWAY) and heard.count(b"HTTP/1.1 ") == 1
    assert b"Content-Type: text/html; charset=utf-8\r\n" in heard
    assert body_of(heard) == b"<!DOCTYPE html><title>Bad Gateway</title><h1>Could not connect</h1>"
    front.say(GET)
    assert len(front.connected()) == 2


def test_as_many_fields_as_there_may_be(clock: MemoryReactorClock) -> None:
    front, behind = asked(clock)
    behind.say(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n")
    behind.hang_up()

    assert front.heard().count(b"\r\nA: b") == 500


def test_a_bad_gateway_has_nothing_of_the_answer(clock: MemoryReactorClock) -> None:
    front, behind = asked(clock)
    behind.say(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\nSet-Cookie: a=b\r\nnonsense\r\nA: b\r\n"
    )

    heard = front.heard()
    assert heard.startswith(BAD_GATEWAY) and behind.transport.disconnecting
    assert b"gzip" not in heard and b"Content-Length: 5" not in heard and b"Set-Cookie" not in heard


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"5\r\nhello\r\nzz\r\n",
        CHUNKED + b"5\r\nhello\r\n0\r\n",
    ],
)
def test_an_answer_that_is_cut_short_is_cut_short_in_front(clock: MemoryReactorClock, answer: bytes) -> None:
    front, behind = asked(clock)
    behind.say(answer[:-4])
    behind.say(answer[-4:])
    behind.hang_up(cleanly=False)

    heard = front.heard()
    assert heard.startswith(b"HTTP/1.1 200 OK\r\n") and b"he" in heard
    assert not heard.endswith(b"0\r\n\r\n") and b"502" not in heard
    assert front.transport.disconnecting


def test_what_is_for_one_connection_alone_is_not_brought_back(clock: MemoryReactorClock) -> None:
    front, behind = asked(clock)
    behind.say(
        b"HTTP/1.1 200 OK\r\nConnection: close, x-mine, Content-Length\r\nX-Mine: a\r\nKeep-Alive: b\r\n"
        b"Proxy-Authenticate: c\r\nUpgrade: d\r\nTrailer: e\r\nX-Yours: f\r\nContent-Length: 0\r\n\r\n"
    )

    status, *fields = front.heard().split(b"\r\n")
    assert status == b"HTTP/1.1 200 OK"
    assert sorted(fields) == [b"", b"", b"Content-Length: 0", b"X-Yours: f"]


def test_some_fields_of_the_server_behind_take_the_place_of_ours(clock: MemoryReactorClock) -> None:
    front, behind = asked(clock)
    behind.say(
        b"HTTP/1.1 200 OK\r\nServer: theirs\r\nDate: then\r\nContent-Type: a/b\r\n"
        b"Set-Cookie: a\r\nSet-Cookie: b\r\n\r\n"
    )
    behind.hang_up()

    heard = front.transport.value()
    for line in (b"Server: theirs", b"Date: then", b"Content-Type: a/b", b"Set-Cookie: a", b"Set-Cookie: b"):
        assert heard.count(b"\r\n" + line + b"\r\n") == 1
    assert heard.count(b"\r\nServer: ") == heard.count(b"\r\nDate: ") == heard.count(b"\r\nContent-Type: ") == 1


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        (b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", CHUNKED),
        (GET, b"HTTP/1.1 204 No Content\r\n\r\n"),
        (GET, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
    ],
)
def test_an_answer_without_a_body_ends_with_its_header(
    clock: MemoryReactorClock, request_: bytes, answer: bytes
) -> None:
    front, behind = asked(clock, request_)
    behind.say(answer)

    heard = front.heard()
    assert heard.startswith(answer.partition(b"\r\n")[0]) and heard.endswith(b"\r\n\r\n")
    assert behind.transport.disconnecting
    front.say(GET)
    assert len(front.connected()) == 2


def test_a_client_of_http_1_0_gets_the_end_of_the_connection_for_the_end_of_the_body(
    clock: MemoryReactorClock,
) -> None:
    front, behind = asked(clock, b"GET / HTTP/1.0\r\n\r\n")
    behind.say(CHUNKED + b"5\r\nhello\r\n0\r\n\r\n")

    assert front.heard().endswith(b"\r\n\r\nhello") and front.transport.disconnecting


# Who goes, who is slow, who is not there


def test_a_slow_client_makes_the_server_behind_wait(clock: MemoryReactorClock) -> None:
    front, behind = asked(clock)
    behind.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
    front.transport.producer.pauseProducing()
    assert behind.transport.producerState == "paused"

    front.transport.producer.resumeProducing()
    assert behind.transport.producerState == "producing"
    behind.say(b"world")
    assert front.heard().endswith(b"\r\n\r\nhelloworld")


def test_a_client_that_is_gone_takes_the_server_behind_with_it(clock: MemoryReactorClock) -> None:
    front, behind = asked(clock)
    behind.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
    front.hang_up()
    front.heard()

    assert behind.transport.aborted
    behind.protocol.dataReceived(b"world")
    behind.hang_up()
    assert front.heard() == b""


def test_a_server_behind_that_says_nothing_is_left_with_the_client(clock: MemoryReactorClock) -> None:
    front, behind = asked(clock)
    assert not behind.transport.disconnecting

    front.hang_up()
    assert behind.transport.aborted


def test_a_client_that_goes_meanwhile_ends_the_connecting(clock: MemoryReactorClock) -> None:
    front = Front(Site(ReverseProxyResource("behind", 80, b"", clock), reactor=clock), clock)
    front.say(GET)
    factory = clock.tcpClients[0][2]
    factory.startedConnecting(clock.connectors[0])
    front.hang_up()

    assert clock.connectors[0].stoppedConnecting
    front.refuse()
    behind = front.behind()
    assert behind.heard() == b"" and behind.transport.aborted
    behind.hang_up()
    assert front.heard() == b""


def test_a_connection_that_is_made_is_not_stopped_from_being_made(clock: MemoryReactorClock) -> None:
    class Connected:
        state = "connected"

    front = Front(Site(ReverseProxyResource("behind", 80, b"", clock), reactor=clock), clock)
    front.say(GET)
    clock.tcpClients[0][2].startedConnecting(Connected())
    behind = front.behind()
    front.hang_up()

    assert behind.transport.aborted


def test_a_server_that_is_not_there_is_a_bad_gateway(clock: MemoryReactorClock) -> None:
    front = Front(Site(ReverseProxyResource("behind", 80, b"", clock), reactor=clock), clock)
    front.say(GET)
    front.refuse()

    heard = front.heard()
    assert heard.startswith(BAD_GATEWAY)
    assert body_of(heard) == b"<!DOCTYPE html><title>Bad Gateway</title><h1>Could not connect</h1>"
    assert not front.transport.disconnecting


# With requests that are not ours


class Told(DummyRequest):
    """A request that keeps what it is told."""

    def __init__(self) -> None:
        super().__init__([b"x"])
        self.notified = 0


def test_a_client_is_an_http_client_of_one_request() -> None:
    father: Any = Told()
    headers = {b"accept": b"text/html", b"proxy-connection": b"keep-alive", b"connection": b"x"}
    client = ProxyClient(b"POST", b"/there", b"HTTP/1.1", headers, b"data", father)
    client.makeConnection(transport := StringTransport())

    assert isinstance(client, HTTPClient) and client.father is father
    assert (client.command, client.rest, client.data) == (b"POST", b"/there", b"data")
    assert headers == {b"accept": b"text/html", b"proxy-connection": b"keep-alive", b"connection": b"x"}
    assert transport.value() == (
        b"POST /there HTTP/1.0\r\nAccept: text/html\r\nConnection: close\r\nContent-Length: 4\r\n\r\ndata"
    )
    client.dataReceived(b"HTTP/1.0 202 Fine\r\nContent-Length: 2\r\nX: y\r\n\r\nok")
    assert (father.responseCode, father.written, father.finished) == (202, [b"ok"], 1)
    assert father.responseHeaders.getRawHeaders(b"x") == [b"y"]
    assert transport.disconnecting


def test_a_client_without_data_says_no_length() -> None:
    client = ProxyClient(b"GET", b"/", b"HTTP/1.1", {}, b"", Told())
    client.makeConnection(transport := StringTransport())

    assert transport.value() == b"GET / HTTP/1.0\r\nConnection: close\r\n\r\n"
