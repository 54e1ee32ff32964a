"""
What clients must not send, and what becomes of it (RFC 9113 sections 5, 6 and 8).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.internet.error import ConnectionDone

# Any: what the fixtures of conftest.py make.

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, PADDED = 1, 4, 8

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

# The usual header, by the numbers of the table: GET https example.org /
GET = b"\x82\x87\x84\x41\x0bexample.org"
POST = b"\x83\x87\x84\x41\x0bexample.org"


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"", length: int | None = None) -> bytes:
    size = len(payload) if length is None else length
    return size.to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def number(value: int, size: int = 4) -> bytes:
    return value.to_bytes(size, "big")


def field(name: bytes, value: bytes) -> bytes:
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def asking(header: bytes = GET, stream: int = 1, flags: int = END_STREAM | END_HEADERS) -> bytes:
    return frame(HEADERS, flags, stream, header)


OPEN = asking(POST, 1, END_HEADERS)

# What ends the connection, with GOAWAY: what is sent, and the codes that may say why.
PROTOCOL, INTERNAL, FLOW, STREAM_CLOSED, SIZE, COMPRESSION, CALM = 1, 2, 3, 5, 6, 9, 11
CONNECTION_ERRORS: list[tuple[str, bytes, set[int]]] = [
    ("5.1 data of a stream that is idle", frame(DATA, 1, 1, b"x"), {PROTOCOL}),
    ("5.1 reset of a stream that is idle", frame(RST_STREAM, 0, 1, number(8)), {PROTOCOL}),
    ("5.1 window of a stream that is idle", frame(WINDOW_UPDATE, 0, 1, number(1)), {PROTOCOL}),
    ("5.1.1 a stream with an even number", asking(stream=2), {PROTOCOL}),
    ("5.1.1 a stream with a lower number", asking(stream=5) + asking(stream=3), {PROTOCOL, STREAM_CLOSED}),
    ("5.1.2 more streams than may be", b"".join(asking(POST, n, 4) for n in range(1, 204, 2)), {PROTOCOL, 7}),
    ("6.1 data of no stream", frame(DATA, 0, 0, b"x"), {PROTOCOL}),
    ("6.1 more padding than data", OPEN + frame(DATA, PADDED, 1, b"\x05xx"), {PROTOCOL}),
    ("6.1 padding without its length", OPEN + frame(DATA, PADDED, 1, b""), {PROTOCOL, SIZE}),
    ("6.2 a header of no stream", asking(stream=0), {PROTOCOL}),
    ("6.2 a header with more padding than bytes", frame(HEADERS, 0xD, 1, b"\xff" + GET), {PROTOCOL}),
    ("6.2 another frame within a header", frame(HEADERS, 1, 1, GET) + frame(PING, 0, 0, bytes(8)), {PROTOCOL}),
    ("6.2 another header within a header", frame(HEADERS, 1, 1, GET) + asking(stream=3), {PROTOCOL}),
    ("6.2 a header that depends on itself", frame(HEADERS, 0x25, 1, number(1) + b"\x00" + GET), {PROTOCOL}),
    ("6.3 a priority of no stream", frame(PRIORITY, 0, 0, number(0) + b"\x00"), {PROTOCOL}),
    ("6.3 half a priority", frame(PRIORITY, 0, 1, number(0)), {SIZE}),
    ("6.4 a reset of no stream", frame(RST_STREAM, 0, 0, number(8)), {PROTOCOL}),
    ("6.4 half a reset", OPEN + frame(RST_STREAM, 0, 1, number(8, 2)), {SIZE}),
    ("6.5 settings of a stream", frame(SETTINGS, 0, 1), {PROTOCOL}),
    ("6.5 an acknowledgement that says something", frame(SETTINGS, 1, 0, b"\x00\x03" + number(1)), {SIZE}),
    ("6.5 half a setting", frame(SETTINGS, 0, 0, b"\x00\x01\x00"), {SIZE}),
    ("6.5.2 push that is neither on nor off", frame(SETTINGS, 0, 0, b"\x00\x02" + number(2)), {PROTOCOL}),
    ("6.5.2 a window that is too large", frame(SETTINGS, 0, 0, b"\x00\x04" + number(1 << 31)), {FLOW}),
    ("6.5.2 frames that are too small", frame(SETTINGS, 0, 0, b"\x00\x05" + number(16383)), {PROTOCOL}),
    ("6.5.2 frames that are too large", frame(SETTINGS, 0, 0, b"\x00\x05" + number(1 << 24)), {PROTOCOL}),
    ("6.6 a client that pushes", frame(PUSH_PROMISE, END_HEADERS, 1, number(2) + GET), {PROTOCOL}),
    ("6.7 a ping of a stream", frame(PING, 0, 1, bytes(8)), {PROTOCOL}),
    ("6.7 a ping that is too short", frame(PING, 0, 0, bytes(7)), {SIZE}),
    ("6.7 a ping that is too long", frame(PING, 0, 0, bytes(9)), {SIZE}),
    ("6.8 a good-bye of a stream", frame(GOAWAY, 0, 1, number(0) + number(0)), {PROTOCOL}),
    ("6.8 half a good-bye", frame(GOAWAY, 0, 0, number(0)), {SIZE}),
    ("6.9 an update by nothing", frame(WINDOW_UPDATE, 0, 0, number(0)), {PROTOCOL}),
    ("6.9 half an update", frame(WINDOW_UPDATE, 0, 0, number(1, 2)), {SIZE}),
    ("6.9.1 a window that overflows", frame(WINDOW_UPDATE, 0, 0, number((1 << 31) - 1)), {FLOW}),
    ("6.10 a continuation of nothing", frame(CONTINUATION, END_HEADERS, 1, GET), {PROTOCOL}),
    ("6.10 a continuation of another stream", frame(HEADERS, 1, 1, GET) + frame(CONTINUATION, 4, 3), {PROTOCOL}),
    (
        "6.10 continuations without end",
        frame(HEADERS, 1, 1, GET) + frame(CONTINUATION, 0, 1, b"") * 100,
        {PROTOCOL, CALM, INTERNAL},
    ),
    ("4.2 a frame that is too large", frame(DATA, 0, 1, length=16385), {SIZE}),
    ("4.3 a header that is no header block", asking(b"\xff\xff\xff\xff\xff\xff"), {COMPRESSION, PROTOCOL}),
    ("4.3 an entry that the table does not have", asking(b"\xff\x7f"), {COMPRESSION, PROTOCOL}),
    ("3.4 no preface", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", {PROTOCOL}),
    ("8.1 no method", asking(b"\x87\x84\x41\x0bexample.org"), {PROTOCOL}),
    ("8.1 no path", asking(b"\x82\x87\x41\x0bexample.org"), {PROTOCOL}),
    ("8.1 no scheme", asking(b"\x82\x84\x41\x0bexample.org"), {PROTOCOL}),
    ("8.1 two methods", asking(b"\x82\x82\x87\x84\x41\x0bexample.org"), {PROTOCOL}),
    ("8.1 a field before the path", asking(b"\x82\x87" + field(b"a", b"b") + b"\x84"), {PROTOCOL}),
    ("8.1 an unknown pseudo-field", asking(GET + field(b":what", b"x")), {PROTOCOL}),
    ("8.1 the status of a response", asking(b"\x82\x87\x84\x88"), {PROTOCOL}),
    ("8.3.1 a host that is not the authority", asking(GET + field(b"host", b"evil.org")), {PROTOCOL}),
    ("8.2.1 a name in capitals", asking(GET + field(b"Accept", b"x")), {PROTOCOL}),
    ("8.2.2 a field about the connection", asking(GET + field(b"connection", b"close")), {PROTOCOL}),
    ("8.2.2 a transfer coding", asking(GET + field(b"transfer-encoding", b"chunked")), {PROTOCOL}),
    ("8.1.1 a body that is too short", asking(POST + field(b"content-length", b"3"), 1, 4) + frame(DATA, 1, 1, b"x"),
     {PROTOCOL}),
    ("8.1.1 a body that is too long", asking(POST + field(b"content-length", b"1"), 1, 4) + frame(DATA, 1, 1, b"xy"),
     {PROTOCOL}),
    ("6.9.1 more than the window lets through", OPEN + frame(DATA, 0, 1, b"x" * 16384) * 17, {FLOW}),
]  # fmt: skip


def outcome(talk: Any, data: bytes, step: int | None = None) -> list[tuple[int, int, int, bytes]]:
    talk.transport.clear()
    for at in range(0, len(data), step or len(data)):
        talk.connection.dataReceived(data[at : at + (step or len(data))])
    sent: list[tuple[int, int, int, bytes]] = talk.frames()
    return sent


@pytest.mark.parametrize("step", [None, 1, 13])
@pytest.mark.parametrize(
    ("data", "codes"), [case[1:] for case in CONNECTION_ERRORS], ids=[case[0] for case in CONNECTION_ERRORS]
)
def test_what_breaks_the_rules_ends_the_connection(talk: Any, data: bytes, codes: set[int], step: int | None) -> None:
    def never(request: Any) -> Any:
        # Whoever waits for the answer sees what comes next.
        return 1

    if data.startswith(b"GET "):
        talk = type(talk)()
    talk.resource.answer = never
    # Whoever does not read keeps the window shut.
    talk.resource.streamsBody = talk.site.streamsBodies = True

    sent = outcome(talk, data, step)

    kind, _, stream, payload = sent[-1]
    assert (kind, stream) == (GOAWAY, 0)
    assert int.from_bytes(payload[4:8], "big") in codes
    assert talk.transport.disconnecting
    # Nothing that follows counts.
    assert talk.receive(asking(stream=301)) == []


# What is answered with a status code, or ends the stream; the connection goes on.
REFUSED: list[tuple[str, bytes, bytes]] = [
    ("a path without slash", b"\x82\x87\x04\x01x\x41\x0bexample.org", b"400"),
    ("a star that is not for OPTIONS", b"\x82\x87\x04\x01*\x41\x0bexample.org", b"400"),
    ("a space in the path", b"\x82\x87\x04\x04/a b\x41\x0bexample.org", b"400"),
    ("a tab in the path", b"\x82\x87\x04\x04/a\tb\x41\x0bexample.org", b"400"),
    ("a method that is none", b"\x02\x03G T\x87\x84\x41\x0bexample.org", b"400"),
    ("a host that is none", b"\x82\x87\x84\x41\x0bexam ple.or", b"400"),
    ("a user in the authority", b"\x82\x87\x84\x41\x0buser@ple.or", b"400"),
    ("a name that is no token", GET + field(b"a(b", b"x"), b"400"),
    ("a length that is none", GET + field(b"content-length", b"0") + field(b"content-length", b"0"), b"400"),
    ("a body that is not there", POST + field(b"content-length", b"1"), b"400"),
    ("too many fields", GET + field(b"a", b"x") * 501, b"431"),
]


@pytest.mark.parametrize(("header", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_asks_for_nothing_sensible_is_told_so(talk: Any, header: bytes, code: bytes) -> None:
    sent = talk.receive(asking(header))

    if sent[-1][0] == GOAWAY:
        # h2 was faster to see it.
        assert talk.transport.disconnecting
    else:
        first = sent[0]
        assert first[0] == HEADERS and first[1] & END_STREAM and first[2] == 1
        assert code in first[3] or first[3][:1] == b"\x8c"
        assert talk.receive(asking(stream=3))[0][0] == HEADERS
    assert len(talk.resource.requests) <= 1
    assert all(request.uri == b"/" for request in talk.resource.requests)


@pytest.mark.parametrize("control", [b"\r", b"\n", b"\0", b"\x7f"])
def test_no_control_character_comes_in_by_a_field(talk: Any, control: bytes) -> None:
    talk.receive(asking(GET + field(b"x-a", b"b" + control + b"c")))

    assert talk.resource.requests == []


def test_a_stream_that_has_ended_takes_no_more(talk: Any) -> None:
    talk.resource.answer = lambda request: 1

    talk.receive(asking())
    sent = talk.receive(frame(DATA, 0, 1, b"x"))

    assert [(kind, payload) for kind, _, _, payload in sent] == [(RST_STREAM, number(STREAM_CLOSED))]
    assert len(talk.resource.requests) == 1
    assert talk.connection.streams == {}


FLOODS: list[tuple[str, bytes]] = [
    ("pings", frame(PING, 0, 0, bytes(8))),
    ("settings", frame(SETTINGS)),
    ("settings that change", frame(SETTINGS, 0, 0, b"\x00\x04" + number(70000))),
    ("priorities", frame(PRIORITY, 0, 1, number(0) + b"\x10")),
    ("tiny updates of the window", frame(WINDOW_UPDATE, 0, 0, number(1))),
    ("unknown frames", frame(0xBE, 0, 0, b"")),
]


@pytest.mark.parametrize("one", [case[1] for case in FLOODS], ids=[case[0] for case in FLOODS])
def test_a_flood_is_stopped(talk: Any, one: bytes) -> None:
    talk.receive(one * 900)
    assert not talk.transport.disconnecting

    sent = talk.receive(one * 200)

    assert sent[-1][0] == GOAWAY and sent[-1][3][4:8] == number(CALM)
    assert talk.transport.disconnecting


@pytest.mark.parametrize("one", [case[1] for case in FLOODS], ids=[case[0] for case in FLOODS])
def test_the_same_at_leisure_is_none(talk: Any, one: bytes) -> None:
    for _ in range(5):
        talk.receive(one * 900)
        talk.clock.advance(11)

    assert not talk.transport.disconnecting


def test_empty_data_without_end_is_a_flood(talk: Any) -> None:
    sent = talk.receive(OPEN + frame(DATA, 0, 1, b"") * 1100)

    assert sent[-1][0] == GOAWAY and sent[-1][3][4:8] == number(CALM)


def test_requests_that_are_given_up_at_once_are_not_answered(talk: Any) -> None:
    data = b"".join(asking(stream=n) + frame(RST_STREAM, 0, n, number(8)) for n in range(1, 81, 2))

    talk.receive(data)

    assert talk.resource.requests == []
    assert not talk.transport.disconnecting
    assert talk.connection.streams == {}


def test_rapid_reset_is_stopped(talk: Any) -> None:
    talk.resource.answer = lambda request: 1
    for n in range(1, 1001, 2):
        talk.receive(asking(stream=n))
        talk.receive(frame(RST_STREAM, 0, n, number(8)))
        assert not talk.transport.disconnecting

    talk.receive(asking(stream=1001))
    sent = talk.receive(frame(RST_STREAM, 0, 1001, number(8)))

    assert sent[-1][0] == GOAWAY and sent[-1][3][4:8] == number(CALM)
    talk.lose(ConnectionDone())
    assert all(request._disconnected for request in talk.resource.requests)


def test_a_header_that_is_too_large_is_refused(talk: Any) -> None:
    header = GET + b"".join(field(b"x-%03d" % n, b"v" * 120) for n in range(500))
    pieces = [header[at : at + 16384] for at in range(0, len(header), 16384)]
    data = frame(HEADERS, 1, 1, pieces[0])
    for piece in pieces[1:-1]:
        data += frame(CONTINUATION, 0, 1, piece)
    data += frame(CONTINUATION, 4, 1, pieces[-1])

    sent = talk.receive(data)

    assert sent[-1][0] == GOAWAY
    assert talk.resource.requests == []


def test_a_small_header_that_becomes_a_large_one_is_refused(talk: Any) -> None:
    # One large entry, and a reference of one byte to it, again and again.
    header = GET + b"\x40\x01a\x7f\xe1\x1e" + b"v" * 4000 + b"\xbe" * 5000

    sent = talk.receive(asking(header))

    assert sent[-1][0] == GOAWAY
    assert talk.resource.requests == []


CORPUS = Path(__file__).parents[1] / "corpus" / "http2_frames"


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_what_once_went_wrong_ends_with_one_good_bye_or_none(talk: Any, path: Path) -> None:
    sent = outcome(talk, path.read_bytes(), 5)

    goodbyes = [frame for frame in sent if frame[0] == GOAWAY]
    assert len(goodbyes) == talk.transport.disconnecting
    assert not goodbyes or sent[-1] is goodbyes[0]
    talk.lose(ConnectionDone())
    assert talk.connection.streams == {}


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.integers(1, 40))
def test_any_bytes_end_the_connection_or_wait_for_more(data: bytes, step: int) -> None:
    from twisted.internet.task import Clock
    from twisted.internet.testing import StringTransport
    from twisted.web._http2 import H2Connection
    from twisted.web.resource import Resource
    from twisted.web.server import Site

    connection = H2Connection()
    site = Site(Resource(), reactor=Clock())
    connection.site = connection.factory = site
    connection.requestFactory = site.requestFactory
    connection.callLater = site.reactor.callLater  # type: ignore[method-assign]
    transport = StringTransport()
    connection.makeConnection(transport)
    connection.dataReceived(PREFACE + frame(SETTINGS))

    for at in range(0, len(data), step):
        connection.dataReceived(data[at : at + step])

    assert transport.disconnecting or not transport.disconnected
