"""Bodies that are read while they come, whole, in pieces and part by part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.web._http.parts import PART_END, MalformedParts, PartsParser
from twisted.web._http.pieces import BodyTooLarge
from twisted.web._http.streams import RequestBody
from twisted.web.http import Request
from twisted.web.http_headers import Headers

Talk = Callable[..., Any]
REFUSAL = b"HTTP/1.1 %b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Channel:
    """Remembers what a body tells it."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def _hold_body(self) -> None:
        self.told.append("hold")

    def _want_body(self) -> None:
        self.told.append("want")


def result(deferred: Deferred[Any]) -> Any:
    found: list[Any] = []
    deferred.addBoth(found.append)
    (value,) = found
    if isinstance(value, Failure):
        value.raiseException()
    return value


def run(coroutine: Any) -> Deferred[Any]:
    return Deferred.fromCoroutine(coroutine)


class Streaming(Request):
    """Reads its body while it comes."""

    reading: list[Streaming]

    def streamsBody(self) -> bool:
        return self.path != b"/whole"

    def process(self) -> None:
        type(self).reading.append(self)


@pytest.fixture
def reading() -> list[Streaming]:
    Streaming.reading = []
    return Streaming.reading


def post(length: int, extra: bytes = b"", path: bytes = b"/") -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%b\r\n" % (path, length, extra)


# The body by itself


def test_pieces_that_came_are_given_one_by_one() -> None:
    channel = Channel()
    body = RequestBody(channel, 5)
    body.feed(b"ab")
    body.feed(b"cde")
    body.end()

    assert (body.length, body.received) == (5, 5)
    assert [result(body.readPiece()) for _ in range(4)] == [b"ab", b"cde", b"", b""]


def test_whoever_waits_gets_the_next_piece() -> None:
    channel = Channel()
    body = RequestBody(channel, None)
    waiting = body.readPiece()
    assert channel.told == ["want"]
    with pytest.raises(RuntimeError, match="somebody else waits"):
        body.readPiece()
    body.feed(b"ab")
    assert result(waiting) == b"ab"
    assert channel.told == ["want"]
    assert not body.wanted
    waiting = body.readPiece()
    assert body.wanted
    body.end()
    assert result(waiting) == b""
    assert body.length is None


def test_too_much_is_held_up_and_let_go_when_half_is_read() -> None:
    channel = Channel()
    body = RequestBody(channel, None)
    for _ in range(4):
        body.feed(b"x" * 16384)
    assert channel.told == []
    body.feed(b"y")
    assert channel.told == ["hold"]
    result(body.readPiece())
    result(body.readPiece())
    assert channel.told == ["hold"], "32769 bytes are left"
    result(body.readPiece())
    assert channel.told == ["hold", "want"]


def test_a_body_that_is_cut_short_fails_after_what_came() -> None:
    body = RequestBody(Channel(), 5)
    body.feed(b"ab")
    body.fail(Failure(ConnectionLost()))

    assert result(body.readPiece()) == b"ab"
    for _ in range(2):
        with pytest.raises(ConnectionLost):
            result(body.readPiece())
    waiting_body = RequestBody(Channel(), 5)
    waiting = waiting_body.readPiece()
    waiting_body.fail(Failure(ConnectionLost()))
    with pytest.raises(ConnectionLost):
        result(waiting)


def test_a_body_that_has_ended_cannot_be_cut_short() -> None:
    body = RequestBody(Channel(), 0)
    body.end()
    body.fail(Failure(ConnectionLost()))

    assert result(body.readPiece()) == b""


def test_whoever_gives_up_loses_nothing() -> None:
    body = RequestBody(Channel(), None)
    waiting = body.readPiece()
    waiting.addErrback(lambda failure: None)
    waiting.cancel()
    body.feed(b"ab")

    assert result(body.readPiece()) == b"ab"


def test_a_body_is_read_whole_up_to_a_limit() -> None:
    def read(most: int) -> Deferred[bytes]:
        body = RequestBody(Channel(), None)
        reading = run(body.read(most))
        body.feed(b"ab")
        body.feed(b"cd")
        body.end()
        return reading

    assert result(read(4)) == b"abcd"
    with pytest.raises(BodyTooLarge, match="the body has more than 3 bytes") as caught:
        result(read(3))
    assert caught.value.limit == 3


def test_a_body_is_iterated_over() -> None:
    body = RequestBody(Channel(), None)
    pieces: list[bytes] = []

    async def collect() -> str:
        async for piece in body:
            pieces.append(piece)
        return "done"

    collecting = run(collect())
    body.feed(b"a")
    body.feed(b"b")
    assert pieces == [b"a", b"b"]
    body.end()
    assert result(collecting) == "done"


# Over a channel


def test_the_body_is_read_while_it_comes(talk: Talk, reading: list[Any]) -> None:
    conversation = talk(Streaming)
    conversation.say(post(6) + b"ab")
    (request,) = reading
    assert request.content is None
    assert (request.body.length, request.method, request.path) == (6, b"POST", b"/")
    assert result(request.body.readPiece()) == b"ab"
    waiting = request.body.readPiece()
    conversation.say(b"cd")
    assert result(waiting) == b"cd"
    conversation.say(b"ef" + GET)
    assert result(request.body.readPiece()) == b"ef"
    assert result(request.body.readPiece()) == b""
    assert len(reading) == 1
    request.setHeader(b"content-length", b"2")
    request.write(b"ok")
    request.finish()

    assert conversation.heard() == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    assert len(reading) == 2 and reading[1].body is None, "a request without a body has none"
    assert reading[1].content.read() == b""


def test_a_request_that_does_not_ask_gets_it_whole(talk: Talk, reading: list[Any]) -> None:
    conversation = talk(Streaming)
    conversation.say(post(4, path=b"/whole") + b"ab")
    assert reading == []
    conversation.say(b"cd")

    assert reading[0].content.read() == b"abcd" and reading[0].body is None


def test_a_client_that_waits_is_told_when_somebody_reads(talk: Talk, reading: list[Any]) -> None:
    conversation = talk(Streaming)
    conversation.say(post(2, b"Expect: 100-continue\r\n"))
    assert conversation.heard() == b""
    waiting = reading[0].body.readPiece()
    assert conversation.heard() == b"HTTP/1.1 100 Continue\r\n\r\n"
    conversation.say(b"ab")

    assert result(waiting) == b"ab"
    assert conversation.heard() == b""


def test_a_client_need_not_be_told_if_nobody_reads(talk: Talk, reading: list[Any]) -> None:
    conversation = talk(Streaming)
    conversation.say(post(2, b"Expect: 100-continue\r\n"))
    reading[0].setResponseCode(403)
    reading[0].setHeader(b"content-length", b"0")
    reading[0].finish()

    assert conversation.heard() == b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    assert conversation.transport.disconnecting, "nobody knows whether the body comes"


def test_an_application_that_does_not_read_holds_up_the_client(talk: Talk, reading: list[Any]) -> None:
    conversation = talk(Streaming)
    conversation.say(post(1_000_000))
    for _ in range(5):
        conversation.say(b"x" * 16384)
    assert conversation.transport.producerState == "paused"
    conversation.say(b"x" * 16384)
    body = reading[0].body
    assert body._held == 5 * 16384
    got = 0
    while conversation.transport.producerState == "paused":
        got += len(result(body.readPiece()))

    assert got == 3 * 16384
    assert body._held + got == 6 * 16384, "what was held elsewhere has come"


def test_time_runs_only_while_the_application_waits(talk: Talk, clock: Clock, reading: list[Any]) -> None:
    conversation = talk(Streaming)
    conversation.say(post(10))
    clock.advance(1000)
    assert not conversation.transport.disconnecting
    waiting = reading[0].body.readPiece()
    clock.advance(59)
    conversation.say(b"a")
    assert result(waiting) == b"a"
    clock.advance(1000)
    assert not conversation.transport.disconnecting
    failed: list[Any] = []
    reading[0].body.readPiece().addErrback(failed.append)
    clock.advance(60)

    assert conversation.transport.disconnecting
    conversation.hang_up(Failure(ConnectionLost()))
    assert failed[0].check(ConnectionLost)


def test_time_does_not_run_behind_the_body(talk: Talk, clock: Clock, reading: list[Any]) -> None:
    conversation = talk(Streaming)
    conversation.say(post(1))
    waiting = reading[0].body.readPiece()
    conversation.say(b"a")
    assert result(waiting) == b"a"
    assert result(reading[0].body.readPiece()) == b""
    clock.advance(1000)

    assert not conversation.transport.disconnecting


def test_a_lost_connection_is_told_to_the_reader(talk: Talk, reading: list[Any]) -> None:
    conversation = talk(Streaming)
    conversation.say(post(10))
    waiting = reading[0].body.readPiece()
    conversation.hang_up(Failure(ConnectionLost()))

    with pytest.raises(ConnectionLost):
        result(waiting)


def test_a_chunk_that_is_none_ends_the_conversation(talk: Talk, reading: list[Any]) -> None:
    conversation = talk(Streaming)
    conversation.say(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
    assert reading[0].body.length is None
    assert result(reading[0].body.readPiece()) == b"a"
    reading[0].body.readPiece().addErrback(lambda failure: None)
    conversation.say(b"nonsense\r\n")

    assert conversation.heard() == REFUSAL % b"400 Bad Request"
    assert conversation.transport.disconnecting


def test_no_second_answer_is_given(talk: Talk, reading: list[Any]) -> None:
    conversation = talk(Streaming)
    conversation.say(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    reading[0].write(b"so far")
    conversation.heard()
    conversation.say(b"nonsense\r\n")

    assert conversation.heard() == b""
    assert conversation.transport.disconnecting


def test_a_response_before_the_end_of_the_body_ends_the_connection(talk: Talk, reading: list[Any]) -> None:
    conversation = talk(Streaming)
    conversation.say(post(100) + b"abc")
    reading[0].setHeader(b"content-length", b"0")
    reading[0].finish()

    assert conversation.heard() == b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    assert conversation.transport.disconnecting


def test_streamed_bodies_have_no_limit_but_the_applications(talk: Talk, reading: list[Any]) -> None:
    conversation = talk(Streaming, maxContentLength=3)
    conversation.say(post(6) + b"abcdef")

    assert result(run(reading[0].body.read(6))) == b"abcdef"


# Parts


FORM = (
    b'preamble\r\n--BB\r\nContent-Disposition: form-data; name="f"\r\n\r\nvalue\r\n'
    b'--BB \t\r\nContent-Disposition: form-data; name="u"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\n'
    b"data\r\n--B\r\n\r\nmore--BB\r\n--BB\r\n\r\n\r\n--BB\r\n\r\nbare\r\n--BB--\r\nepilogue"
)
PARTS = [
    ({b"Content-Disposition": [b'form-data; name="f"']}, b"value"),
    (
        {b"Content-Disposition": [b'form-data; name="u"; filename="x.txt"'], b"Content-Type": [b"text/plain"]},
        b"data\r\n--B\r\n\r\nmore--BB",
    ),
    ({}, b""),
    ({}, b"bare"),
]


def parse(pieces: list[bytes], most_parts: int = 10, most_header: int = 200) -> tuple[list[Any], bool]:
    parser = PartsParser(b"BB", most_parts, most_header)
    parts: list[Any] = []
    for piece in pieces:
        parser.feed(piece)
        while (event := parser.next_event()) is not None:
            if isinstance(event, Headers):
                parts.append([dict(event.getAllRawHeaders()), b"", False])
            elif event is PART_END:
                parts[-1][2] = True
            else:
                assert isinstance(event, bytes) and event
                parts[-1][1] += event
    return [(fields, data) for fields, data, ended in parts if ended], parser.ended


@given(st.lists(st.integers(min_value=0, max_value=len(FORM)), max_size=8))
def test_parts_are_cut_out_wherever_the_body_is_cut(cuts: list[int]) -> None:
    ends = sorted({*cuts, len(FORM)})

    assert parse([FORM[a:b] for a, b in zip([0, *ends], ends, strict=False)]) == (PARTS, True)


def test_parts_are_cut_out_byte_by_byte() -> None:
    assert parse([FORM[at : at + 1] for at in range(len(FORM))]) == (PARTS, True)


def test_a_delimiter_at_once_needs_no_line_end() -> None:
    assert parse([b"--BB\r\n\r\na\r\n--BB--"]) == ([({}, b"a")], True)
    assert parse([b"--BB--"]) == ([], True)


def test_what_only_begins_like_a_delimiter_is_content() -> None:
    assert parse([b"--BB\r\n\r\n\r\n--BBx\r\n--BB-\r\n\r\n--BB--"]) == ([({}, b"\r\n--BBx\r\n--BB-\r\n")], True)
    assert parse([b"--BBx\r\n--BB\r\n\r\na\r\n--BB--"]) == ([({}, b"a")], True)


def test_parts_and_their_headers_have_limits() -> None:
    assert parse([FORM], most_parts=4)[1]
    with pytest.raises(MalformedParts, match="more than 3 parts"):
        parse([FORM], most_parts=3)
    header = b"X: " + b"y" * 20
    assert parse([b"--BB\r\n", header + b"\r\n\r\n\r\n--BB--"], most_header=25)[1]
    for pieces in ([b"--BB\r\n" + header + b"\r\n\r\n"], [b"--BB\r\n", header]):
        with pytest.raises(MalformedParts, match="a header of more than 15 bytes"):
            parse(pieces, most_header=15)


@pytest.mark.parametrize("header", [b"no colon", b"a b: c", b"a: \0", b"a: b\nc: d"])
def test_a_header_that_makes_no_sense_is_refused(header: bytes) -> None:
    with pytest.raises(MalformedParts):
        parse([b"--BB\r\n" + header + b"\r\n\r\n"])


def test_padding_ends() -> None:
    with pytest.raises(MalformedParts, match="padding"):
        parse([b"--BB" + b" " * 300])


@pytest.mark.parametrize("boundary", [b"", b"x" * 71])
def test_a_boundary_has_a_length(boundary: bytes) -> None:
    with pytest.raises(MalformedParts, match="1 to 70 bytes"):
        PartsParser(boundary, 1, 1)
    PartsParser(b"x" * 70, 1, 1)


@given(st.binary(max_size=200), st.integers(min_value=1, max_value=20))
def test_any_bytes_are_parts_or_refused_alike(noise: bytes, step: int) -> None:
    def outcome(pieces: list[bytes]) -> Any:
        try:
            return parse(pieces)
        except MalformedParts:
            return None

    for stream in (noise, b"--BB\r\n" + noise, b"--BB\r\n\r\n" + noise + b"\r\n--BB--"):
        assert outcome([stream]) == outcome([stream[at : at + step] for at in range(0, len(stream), step)])


def fed(data: bytes, step: int = 7) -> RequestBody:
    body = RequestBody(Channel(), None)
    for at in range(0, len(data), step):
        body.feed(data[at : at + step])
    body.end()
    return body


def test_an_application_reads_parts_one_after_the_other() -> None:
    body = fed(FORM)

    async def collect() -> list[Any]:
        return [
            (part.name, part.filename, dict(part.headers.getAllRawHeaders()), await part.read(100))
            async for part in body.parts(b"multipart/form-data; boundary=BB")
        ]

    assert result(run(collect())) == [
        (b"f", None, *PARTS[0]),
        (b"u", b"x.txt", *PARTS[1]),
        (None, None, *PARTS[2]),
        (None, None, *PARTS[3]),
    ]
    assert result(body.readPiece()) == b"", "what stands behind them was read"


def test_what_is_not_read_of_a_part_is_skipped() -> None:
    async def collect() -> list[Any]:
        names = []
        async for part in fed(FORM).parts(b"multipart/mixed; boundary=BB"):
            names.append(part.name)
            if part.name == b"u":
                async for piece in part:
                    assert piece
                    break
        return names

    assert result(run(collect())) == [b"f", b"u", None, None]


def test_a_part_that_has_ended_gives_nothing_more() -> None:
    async def collect() -> list[Any]:
        async for part in fed(FORM).parts(b"multipart/mixed; boundary=BB"):
            return [await part.read(10), await part.readPiece(), [piece async for piece in part]]
        return []

    assert result(run(collect())) == [b"value", b"", []]


def test_a_part_is_read_up_to_a_limit() -> None:
    async def collect(most: int) -> bytes:
        async for part in fed(FORM).parts(b"multipart/mixed; boundary=BB"):
            return await part.read(most)
        return b""

    assert result(run(collect(5))) == b"value"
    with pytest.raises(BodyTooLarge):
        result(run(collect(4)))


@pytest.mark.parametrize(
    ("kind", "data", "why"),
    [
        (b"text/plain; boundary=BB", FORM, "no multipart body"),
        (b"multipart/form-data", FORM, "1 to 70 bytes"),
        (b"multipart/form-data; boundary=CC", FORM, "the last boundary is missing"),
        (b"multipart/form-data; boundary=BB", FORM[:-30], "the last boundary is missing"),
    ],
)
def test_what_is_no_multipart_body_is_refused(kind: bytes, data: bytes, why: str) -> None:
    async def collect() -> None:
        async for part in fed(data).parts(kind):
            await part.read(100)

    with pytest.raises(MalformedParts, match=why):
        result(run(collect()))


def test_the_limits_of_parts_are_the_applications() -> None:
    async def collect(parts: int, header: int) -> int:
        return len([part async for part in fed(FORM).parts(b"multipart/mixed; boundary=BB", parts, header)])

    assert result(run(collect(4, 100))) == 4
    for parts, header in ((3, 100), (4, 20)):
        with pytest.raises(MalformedParts):
            result(run(collect(parts, header)))
