"""The stream of requests: what is held, what is taken, and the edges of the limits."""

from __future__ import annotations

import time

import pytest

from twisted.web._http1.bodies import END
from twisted.web._http1.errors import Refused
from twisted.web._http1.heads import CHUNKED, RequestHead
from twisted.web._http1.receiving import RequestReceiver

HEAD = b"GET /p?q HTTP/1.1\r\nHost: a\r\nX-Thing: 1\r\nx-thing:  2 \r\n\r\n"


def head_of(data: bytes) -> RequestHead:
    receiver = RequestReceiver()
    receiver.feed(data)
    head = receiver.next_event()
    assert isinstance(head, RequestHead)
    return head


def refusal(receiver: RequestReceiver, data: bytes) -> int:
    receiver.feed(data)
    with pytest.raises(Refused) as caught:
        receiver.next_event()
    return caught.value.status


def test_a_head_tells_what_was_sent() -> None:
    head = head_of(HEAD)

    assert (head.method, head.target, head.version) == (b"GET", b"/p?q", b"HTTP/1.1")
    assert head.fields == {b"Host": [b"a"], b"X-Thing": [b"1", b"2"]}
    assert (head.length, head.persistent, head.awaits_continue) == (0, True, False)


def test_a_head_without_a_body_has_no_end() -> None:
    receiver = RequestReceiver()
    receiver.feed(HEAD + HEAD)

    assert isinstance(receiver.next_event(), RequestHead)
    assert not receiver.in_body and receiver.inside
    assert isinstance(receiver.next_event(), RequestHead)
    assert receiver.next_event() is None
    assert not receiver.inside


def test_a_sized_body_comes_in_the_pieces_in_which_it_came() -> None:
    receiver = RequestReceiver()
    receiver.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
    head = receiver.next_event()

    assert isinstance(head, RequestHead) and head.length == 5
    assert receiver.in_body
    assert receiver.next_event() == b"ab"
    assert receiver.next_event() is None
    receiver.feed(b"cdeGET")
    assert receiver.next_event() == b"cde"
    assert receiver.next_event() is END
    assert not receiver.in_body and receiver.inside
    assert receiver.buffer.take_all() == b"GET"


def test_chunks_that_came_together_are_given_together() -> None:
    receiver = RequestReceiver()
    receiver.feed(
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\nT: u\r\n\r\n"
    )
    head = receiver.next_event()

    assert isinstance(head, RequestHead) and head.length == CHUNKED
    assert receiver.next_event() == b"abc"
    assert receiver.next_event() is END
    assert receiver.trailers == {b"T": [b"u"]}


def test_trailers_are_those_of_the_last_body() -> None:
    receiver = RequestReceiver()
    chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    receiver.feed(chunked + b"T: u\r\nV: w\r\n\r\n" + chunked + b"\r\n")

    assert [type(receiver.next_event()) for _ in range(2)] == [RequestHead, type(END)]
    assert receiver.trailers == {b"T": [b"u"], b"V": [b"w"]}
    assert [type(receiver.next_event()) for _ in range(2)] == [RequestHead, type(END)]
    assert receiver.trailers == {}


def test_a_body_may_be_begun_from_outside() -> None:
    receiver = RequestReceiver()
    receiver.begin_body(head_of(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"))
    receiver.feed(b"ab")

    assert receiver.next_event() == b"ab"
    assert receiver.next_event() is END


@pytest.mark.parametrize(
    ("version", "options", "persistent"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Connection: close\r\n", False),
        (b"1.1", b"Connection: Close , x\r\n", False),
        (b"1.1", b"Connection: keep-alive\r\n", True),
        (b"1.1", b"Connection: x\r\nConnection: close\r\n", False),
        (b"1.1", b"Connection: closed\r\n", True),
        (b"1.0", b"", False),
        (b"1.0", b"Connection: Keep-Alive\r\n", True),
        (b"1.0", b"Connection: keep-alive, close\r\n", False),
        (b"1.0", b"Connection: x\r\n", False),
    ],
)
def test_who_wants_the_connection_to_go_on_says_so(version: bytes, options: bytes, persistent: bool) -> None:
    assert head_of(b"GET / HTTP/" + version + b"\r\nHost: a\r\n" + options + b"\r\n").persistent is persistent


@pytest.mark.parametrize(
    ("request_", "awaits"),
    [
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: x\r\n\r\n", False),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n", False),
        (b"POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", False),
    ],
)
def test_only_a_body_that_follows_is_waited_for(request_: bytes, awaits: bool) -> None:
    assert head_of(request_).awaits_continue is awaits


def test_the_host_in_the_target_is_the_one_that_counts() -> None:
    assert head_of(b"GET http://b:81/p HTTP/1.1\r\nHost: a\r\n\r\n").fields[b"Host"] == [b"b:81"]


def test_a_later_version_is_answered_as_this_one() -> None:
    assert head_of(b"GET / HTTP/1.3\r\nHost: a\r\n\r\n").version == b"HTTP/1.1"
    assert head_of(b"GET / HTTP/1.0\r\n\r\n").version == b"HTTP/1.0"


def test_a_request_line_has_so_many_bytes_at_most() -> None:
    line = b"GET /" + b"x" * 6 + b" HTTP/1.1"
    receiver = RequestReceiver(most_line=len(line))
    receiver.feed(line + b"\r\nHost: a\r\n\r\n")
    assert isinstance(receiver.next_event(), RequestHead)

    assert refusal(RequestReceiver(most_line=len(line) - 1), line + b"\r\nHost: a\r\n\r\n") == 414
    assert refusal(RequestReceiver(most_line=20), b"x" * 22) == 414
    waiting = RequestReceiver(most_line=20)
    waiting.feed(b"x" * 20 + b"\r")
    assert waiting.next_event() is None


def test_fields_have_so_many_bytes_at_most() -> None:
    fields = b"Host: a\r\nX: " + b"y" * 20
    line = b"GET / HTTP/1.1\r\n"
    receiver = RequestReceiver(most_head=len(fields) + 2)
    receiver.feed(line + fields + b"\r\n\r\n")
    assert isinstance(receiver.next_event(), RequestHead)

    assert refusal(RequestReceiver(most_head=len(fields) - 3), line + fields + b"\r\n\r\n") == 431
    assert refusal(RequestReceiver(most_head=30), line + b"x" * 40) == 431


def test_there_are_so_many_fields_at_most() -> None:
    request = b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n"
    receiver = RequestReceiver(most_fields=2)
    receiver.feed(request)

    assert isinstance(receiver.next_event(), RequestHead)
    assert refusal(RequestReceiver(most_fields=1), request) == 431


def test_a_refusal_says_why() -> None:
    receiver = RequestReceiver()
    receiver.feed(b"GET / HTTP/3.0\r\n\r\n")

    with pytest.raises(Refused, match=r"b'HTTP/3.0' is not spoken here \(505\)") as caught:
        receiver.next_event()
    assert caught.value.why == "b'HTTP/3.0' is not spoken here"


def test_time_is_linear_in_the_pieces_and_in_the_chunks() -> None:
    def seconds(count: int) -> float:
        receiver = RequestReceiver()
        receiver.feed(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        began = time.process_time()
        for _ in range(20):
            receiver.feed(b"1\r\na\r\n" * (count // 20))
            while receiver.next_event() is not None:
                pass
        return time.process_time() - began

    small = min(seconds(4_000) for _ in range(5))
    large = min(seconds(40_000) for _ in range(3))
    assert large < small * 40
