"""Responses from bytes: what they mean, what is refused, and that it makes no difference how the bytes were cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.web._client.errors import BadResponseVersion, ParseError, _MalformedChunkedDataError
from twisted.web._client.parsing import Head, ResponseLimits, ResponseParser, content_length, tokens
from twisted.web._http.errors import _DataLoss
from twisted.web.iweb import UNKNOWN_LENGTH

OK = b"HTTP/1.1 200 OK\r\n"
ONE = b"Content-Length: 1\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class Read:
    """What comes out of a parser."""

    def __init__(
        self,
        data: bytes,
        method: bytes = b"GET",
        sizes: tuple[int, ...] = (),
        limits: ResponseLimits | None = None,
        upgrade: bool = False,
    ) -> None:
        parser = self.parser = ResponseParser(limits or ResponseLimits())
        parser.begin(method, upgrade)
        self.head: Head | None = None
        self.error: ParseError | None = None
        self.body = b""
        self.rest = b""
        pieces, at = [], 0
        for size in sizes:
            pieces.append(data[at : at + size])
            at += size
        pieces.append(data[at:])
        for piece in pieces:
            self._take(piece)

    def _take(self, piece: bytes) -> None:
        parser = self.parser
        if self.error is not None or parser.broken is not None or not piece:
            return
        if self.head is None:
            try:
                self.head = parser.receive_head(piece)
            except ParseError as error:
                self.error = error
                return
            if self.head is None:
                return
            piece, parser.rest = parser.rest, b""
        if parser.complete:
            self.rest += piece
            return
        self.body += parser.receive_body(piece)
        if parser.complete:
            self.rest += parser.rest

    def outcome(self) -> object:
        """Everything there is to know, in a form that can be compared."""
        parser = self.parser
        head = self.head
        return (
            None if head is None else (head.version, head.code, head.phrase, head.fields, head.length, head.persistent),
            self.body,
            self.rest,
            parser.complete,
            None if self.error is None else (type(self.error), self.error.args),
            None if parser.broken is None else str(parser.broken),
            parser.interims,
            str(parser.end()) if head is not None and not parser.complete else None,
        )


def test_a_response_has_a_version_a_code_a_phrase_and_fields() -> None:
    read = Read(OK + b"Server: s\r\nX-A: 1\r\nContent-Length: 5\r\nx-a:  2 \r\n\r\nhello")

    assert read.head is not None
    assert (read.head.version, read.head.code, read.head.phrase) == ((b"HTTP", 1, 1), 200, b"OK")
    assert read.head.fields == {b"Server": [b"s"], b"X-A": [b"1", b"2"]}
    assert read.head.control == {b"content-length": [b"5"]}
    assert (read.head.length, read.body, read.rest, read.parser.complete) == (5, b"hello", b"", True)


def test_the_same_head_read_again_means_the_same() -> None:
    data = OK + b"Server: s\r\nNew-Name: v\r\nnew-name: w\r\nContent-Length: 2\r\n\r\nhi"

    first, second = Read(data), Read(data)

    assert first.outcome() == second.outcome()
    assert second.head is not None and second.head.fields == {b"Server": [b"s"], b"New-Name": [b"v", b"w"]}


def test_one_parser_reads_one_response_after_another() -> None:
    parser = ResponseParser()
    for body in (b"one", b"three", b""):
        parser.begin(b"GET")
        assert not parser.begun and not parser.complete
        head = parser.receive_head(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert head is not None and head.length == len(body) and parser.begun
        assert (parser.complete, parser.receive_body(parser.rest)) == (not body, body)
        assert parser.complete


@pytest.mark.parametrize(
    ("lines", "method", "persistent", "length"),
    [
        (b"HTTP/1.1 200 OK\r\n" + ONE, b"GET", True, 1),
        (b"HTTP/1.1 200 OK\r\n" + ONE + b"Connection: close\r\n", b"GET", False, 1),
        (b"HTTP/1.1 200 OK\r\n" + ONE + b"Connection: x, CLOSE\r\n", b"GET", False, 1),
        (b"HTTP/1.1 200 OK\r\n" + ONE + b"Connection: x\r\nConnection: close\r\n", b"GET", False, 1),
        (b"HTTP/1.1 200 OK\r\n" + ONE + b"Connection: closed\r\n", b"GET", True, 1),
        (b"HTTP/1.0 200 OK\r\n" + ONE, b"GET", False, 1),
        (b"HTTP/1.0 200 OK\r\n" + ONE + b"Connection: Keep-Alive\r\n", b"GET", True, 1),
        (b"HTTP/1.0 200 OK\r\n" + ONE + b"Connection: keep-alive, close\r\n", b"GET", False, 1),
        (b"HTTP/1.1 200 OK\r\n", b"GET", False, UNKNOWN_LENGTH),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n", b"GET", True, UNKNOWN_LENGTH),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + ONE, b"GET", False, UNKNOWN_LENGTH),
        (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n", b"GET", False, UNKNOWN_LENGTH),
        (b"HTTP/1.1 204 No\r\n" + ONE, b"GET", True, 0),
        (b"HTTP/1.1 304 No\r\n" + ONE, b"GET", True, 0),
        (b"HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n", b"GET", True, 0),
        (b"HTTP/1.1 205 No\r\n" + ONE, b"GET", True, 1),
        (b"HTTP/1.1 200 OK\r\n" + ONE, b"HEAD", True, 0),
        (b"HTTP/1.1 200 OK\r\n", b"HEAD", True, 0),
        (b"HTTP/1.1 200 OK\r\n" + ONE, b"CONNECT", False, UNKNOWN_LENGTH),
        (b"HTTP/1.1 407 No\r\n" + ONE, b"CONNECT", True, 1),
        (b"HTTP/1.1 300 No\r\n" + ONE, b"CONNECT", True, 1),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n" + ONE, b"GET", True, 1),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", b"GET", True, 0),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 007\r\n", b"GET", True, 7),
    ],
)
def test_how_long_the_body_is_and_whether_the_connection_lasts(
    lines: bytes, method: bytes, persistent: bool, length: object
) -> None:
    read = Read(lines + b"\r\n", method)

    assert read.head is not None
    assert (read.head.persistent, read.head.length) == (persistent, length)
    assert read.parser.complete is (length == 0)


def test_the_length_that_a_head_request_asked_for_is_told() -> None:
    read = Read(OK + b"Content-Length: 5\r\n\r\n", b"HEAD")

    assert read.head is not None and read.head.fields == {b"Content-Length": [b"5"]}


@pytest.mark.parametrize(
    ("line", "version", "code", "phrase"),
    [
        (b"HTTP/1.1 200", (b"HTTP", 1, 1), 200, b""),
        (b"HTTP/1.1 200 ", (b"HTTP", 1, 1), 200, b""),
        (b"HTTP/1.0 404 Not  Found ", (b"HTTP", 1, 0), 404, b"Not  Found "),
        (b"HTTP/1.1 999 \xff\t", (b"HTTP", 1, 1), 999, b"\xff\t"),
        (b"HTTP/2.0 200 OK", (b"HTTP", 2, 0), 200, b"OK"),
    ],
)
def test_status_lines(line: bytes, version: object, code: int, phrase: bytes) -> None:
    for _ in range(2):
        read = Read(line + b"\r\nContent-Length: 0\r\n\r\n")
        assert read.head is not None
        assert (read.head.version, read.head.code, read.head.phrase) == (version, code, phrase)


HEADS_REFUSED = [
    (b"\r\n" + OK + ONE, "wrong number of parts", b""),
    (b"xyz\r\n" + ONE, "wrong number of parts", b"xyz"),
    (b"HTTP/1.1\r\n", "wrong number of parts", b"HTTP/1.1"),
    (b"HTTP/1.1\t200\tOK\r\n", "wrong number of parts", b"HTTP/1.1\t200\tOK"),
    (b" HTTP/1.1 200 OK\r\n", "not HTTP, or no version of it", b""),
    (b"HTTP/1 200 OK\r\n", "not HTTP, or no version of it", b"HTTP/1"),
    (b"HTTP/1.1.1 200 OK\r\n", "not HTTP, or no version of it", b"HTTP/1.1.1"),
    (b"HTTP/11.1 200 OK\r\n", "not HTTP, or no version of it", b"HTTP/11.1"),
    (b"HTTP/a.1 200 OK\r\n", "not HTTP, or no version of it", b"HTTP/a.1"),
    (b"HTTP/1.b 200 OK\r\n", "not HTTP, or no version of it", b"HTTP/1.b"),
    (b"HTTP/1,1 200 OK\r\n", "not HTTP, or no version of it", b"HTTP/1,1"),
    (b"http/1.1 200 OK\r\n", "not HTTP, or no version of it", b"http/1.1"),
    (b"ICY 200 OK\r\n", "not HTTP, or no version of it", b"ICY"),
    (b"RTSP/1.0 200 OK\r\n", "not HTTP, or no version of it", b"RTSP/1.0"),
    (b"SSH-2.0-OpenSSH_9.2 x\r\n", "not HTTP, or no version of it", b"SSH-2.0-OpenSSH_9.2"),
    (b"HTTP/1.1  200 OK\r\n", "a status code has three digits, the first from 1 to 9", b"HTTP/1.1  200 OK"),
    (b"HTTP/1.1 20 OK\r\n", "a status code has three digits, the first from 1 to 9", b"HTTP/1.1 20 OK"),
    (b"HTTP/1.1 2000 OK\r\n", "a status code has three digits, the first from 1 to 9", b"HTTP/1.1 2000 OK"),
    (b"HTTP/1.1 -20 OK\r\n", "a status code has three digits, the first from 1 to 9", b"HTTP/1.1 -20 OK"),
    (b"HTTP/1.1 +20 OK\r\n", "a status code has three digits, the first from 1 to 9", b"HTTP/1.1 +20 OK"),
    (b"HTTP/1.1 099 OK\r\n", "a status code has three digits, the first from 1 to 9", b"HTTP/1.1 099 OK"),
    (b"HTTP/1.1 2x0 OK\r\n", "a status code has three digits, the first from 1 to 9", b"HTTP/1.1 2x0 OK"),
    (b"HTTP/1.1 200 O\0K\r\n", "NUL or a lone CR in the reason phrase", b"HTTP/1.1 200 O\0K"),
    (b"HTTP/1.1 200 O\rK\r\n", "NUL or a lone CR in the reason phrase", b"HTTP/1.1 200 O\rK"),
    (OK + b"NoColon\r\n", "a header field without a colon", b"NoColon"),
    (OK + b": x\r\n", "a header field's name is no token", b": x"),
    (OK + b"A : b\r\n", "a header field's name is no token", b"A : b"),
    (OK + b"A b: c\r\n", "a header field's name is no token", b"A b: c"),
    (OK + b"(A): b\r\n", "a header field's name is no token", b"(A): b"),
    (OK + b"\xc4: b\r\n", "a header field's name is no token", b"\xc4: b"),
    (OK + b" A: b\r\n", "a header field begins with white space", b" A: b"),
    (OK + b"\tA: b\r\n", "a header field begins with white space", b"\tA: b"),
    (OK + b"A\0: b\r\n", "NUL or a lone CR in a header field", b"A\0: b"),
    (OK + b"A: b\0c\r\n", "NUL or a lone CR in a header field", b"A: b\0c"),
    (OK + b"A: b\rc\r\n", "NUL or a lone CR in a header field", b"A: b\rc"),
    (OK + b"A: b\r\r\n", "NUL or a lone CR in a header field", b"A: b\r"),
    (OK + b"A: b\r\n c\0\r\n", "NUL or a lone CR in a header field", b" c\0"),
    (OK + b"Content-Length: +3\r\n", "Content-Length is no length", b"+3"),
    (OK + b"Content-Length: -3\r\n", "Content-Length is no length", b"-3"),
    (OK + b"Content-Length: 0x3\r\n", "Content-Length is no length", b"0x3"),
    (OK + b"Content-Length: 3_0\r\n", "Content-Length is no length", b"3_0"),
    (OK + b"Content-Length: 3 0\r\n", "Content-Length is no length", b"3 0"),
    (OK + b"Content-Length: \r\n", "Content-Length is no length", b""),
    (OK + b"Content-Length: \xb2\r\n", "Content-Length is no length", b"\xb2"),
    (OK + b"Content-Length: 12345678901234567890\r\n", "Content-Length is no length", b"12345678901234567890"),
    (OK + b"Content-Length: 3\r\nContent-Length: 4\r\n", "conflicting Content-Length", b"3, 4"),
    (OK + b"Content-Length: 3,4\r\n", "conflicting Content-Length", b"3,4"),
    (OK + b"Content-Length: 3,\r\n", "conflicting Content-Length", b"3,"),
    (OK + b"Content-Length: 03, 3\r\n", "conflicting Content-Length", b"03, 3"),
    (OK + b"Transfer-Encoding: gzip\r\n", "a transfer coding other than chunked", b"gzip"),
    (OK + b"Transfer-Encoding: gzip, chunked\r\n", "a transfer coding other than chunked", b"gzip, chunked"),
    (OK + b"Transfer-Encoding: chunked, chunked\r\n", "a transfer coding other than chunked", b"chunked, chunked"),
    (OK + b"Transfer-Encoding: identity\r\n" + ONE, "a transfer coding other than chunked", b"identity"),
    (OK + b"Transfer-Encoding: xchunked\r\n", "a transfer coding other than chunked", b"xchunked"),
    (OK + b"Transfer-Encoding: \r\n", "a transfer coding other than chunked", b""),
    (
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n",
        "a switch to another protocol, which nobody asked for",
        b"101",
    ),
]


@pytest.mark.parametrize(("head", "reason", "shown"), HEADS_REFUSED)
@pytest.mark.parametrize("step", [0, 1, 2, 7])
def test_heads_that_are_refused(head: bytes, reason: str, shown: bytes, step: int) -> None:
    data = head + b"\r\nx"

    read = Read(data, sizes=(step,) * (len(data) // step) if step else ())

    assert read.error is not None
    assert read.error.args == (reason, shown)
    assert read.error.data == shown
    assert isinstance(read.error, BadResponseVersion) is (reason == "not HTTP, or no version of it")


@pytest.mark.parametrize(("head", "reason", "shown"), HEADS_REFUSED)
def test_heads_are_refused_so_wherever_they_are_cut_in_two(head: bytes, reason: str, shown: bytes) -> None:
    data = head + b"\r\nx"

    for at in range(1, len(data)):
        read = Read(data, sizes=(at,))
        assert read.error is not None and read.error.args == (reason, shown), at


def test_a_bad_status_line_is_refused_before_the_head_is_over() -> None:
    assert Read(b"SSH-2.0-x y").error is None
    assert Read(b"SSH-2.0-x y\r\n").error is not None
    assert Read(OK + b"no colon\n").error is not None


BODIES_REFUSED = [
    (b"zz\r\n", b"", "Chunk-size must be an integer, in hexadecimal digits: b'zz'"),
    (b"-3\r\nabc\r\n", b"", "Chunk-size must be an integer, in hexadecimal digits: b'-3'"),
    (b"+3\r\nabc\r\n", b"", "Chunk-size must be an integer, in hexadecimal digits: b'+3'"),
    (b"0x3\r\nabc\r\n", b"", "Chunk-size must be an integer, in hexadecimal digits: b'0x3'"),
    (b"3_0\r\n", b"", "Chunk-size must be an integer, in hexadecimal digits: b'3_0'"),
    (b" 3\r\nabc\r\n", b"", "Chunk-size must be an integer, in hexadecimal digits: b' 3'"),
    (b"\r\nabc\r\n", b"", "Chunk-size must be an integer, in hexadecimal digits: b''"),
    (b";a=b\r\n", b"", "Chunk-size must be an integer, in hexadecimal digits: b';a=b'"),
    (b"3\nabc\r\n", b"", "Chunk-size must be an integer, in hexadecimal digits: b'3\\nabc'"),
    (b"1" * 17 + b"\r\n", b"", "Chunk-size must be an integer, in hexadecimal digits: b'11111111111111111'"),
    (b"3;a\rb\r\nabc\r\n", b"", "Invalid characters in a chunk extension: b'3;a\\rb'"),
    (b"3;a\nb\r\nabc\r\n", b"", "Invalid characters in a chunk extension: b'3;a\\nb'"),
    (b"3;a\0b\r\nabc\r\n", b"", "Invalid characters in a chunk extension: b'3;a\\x00b'"),
    (b"3\r\nabcd\r\n", b"abc", "Chunk did not end with CRLF"),
    (b"3\r\nabc\r3\r\n", b"abc", "Chunk did not end with CRLF"),
    (b"3\r\nabc\n0\r\n\r\n", b"abc", "Chunk did not end with CRLF"),
    (b"3\r\nabc\r\nz\r\n", b"abc", "Chunk-size must be an integer, in hexadecimal digits: b'z'"),
    (b"3;" + b"a" * 1024, b"", "Chunk size line longer than 1024 bytes"),
    (b"3;" + b"a" * 1023 + b"\r\nabc", b"", "Chunk size line longer than 1024 bytes"),
    (b"0\r\nno colon\r\n\r\n", b"", "Malformed trailer: ('no trailer field', b'no colon')"),
    (b"0\r\nA: \0\r\n\r\n", b"", "Malformed trailer: ('no trailer field', b'A: \\x00')"),
    (b"0\r\nA: b\rc\r\n\r\n", b"", "Malformed trailer: ('no trailer field', b'A: b\\rc')"),
    (b"0\r\nA: b\nc\r\n\r\n", b"", "Malformed trailer: ('no trailer field', b'A: b\\nc')"),
    (
        b"0\r\nHTTP/1.1 200 OK: x\r\n\r\n",
        b"",
        "Malformed trailer: b'HTTP/1.1 200 OK' cannot be a header's name: "
        "it has to be a token (RFC 9110 section 5.6.2)",
    ),
]


@pytest.mark.parametrize(("body", "received", "why"), BODIES_REFUSED)
@pytest.mark.parametrize("step", [0, 1, 3])
def test_chunks_that_are_refused(body: bytes, received: bytes, why: str, step: int) -> None:
    data = CHUNKED + body

    read = Read(data, sizes=(step,) * (len(data) // step) if step else ())

    assert read.head is not None and read.error is None
    assert isinstance(read.parser.broken, _MalformedChunkedDataError)
    assert str(read.parser.broken) == why
    assert read.body == received
    assert not read.parser.complete


CHUNKS = [
    (b"0\r\n\r\n", b"", b""),
    (b"3\r\nabc\r\n0\r\n\r\n", b"abc", b""),
    (b"0003\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nmore", b"abc0123456789", b"more"),
    (b"3;a=b\r\nabc\r\n0;c\r\n\r\n", b"abc", b""),
    (b"3 ; a = b\r\nabc\r\n000 \t\r\n\r\n", b"abc", b""),
    (b"a\r\n\r\n0\r\n\r\n0\r\n\r\n0\r\n\r\n", b"\r\n0\r\n\r\n0\r\n", b""),
    (b"3\r\nabc\r\n0\r\nTrailer: 1\r\nOther:\r\n\r\n", b"abc", b""),
    (b"1;" + b"a" * 1022 + b"\r\nx\r\n0\r\n\r\n", b"x", b""),
]


@pytest.mark.parametrize(("body", "received", "rest"), CHUNKS)
@pytest.mark.parametrize("step", [0, 1, 2, 5])
def test_chunks(body: bytes, received: bytes, rest: bytes, step: int) -> None:
    data = CHUNKED + body

    read = Read(data, sizes=(step,) * (len(data) // step) if step else ())

    assert (read.body, read.rest, read.parser.complete, read.parser.broken) == (received, rest, True, None)


def test_a_size_may_be_cut_in_two_behind_a_large_chunk() -> None:
    data = CHUNKED + b"7d0\r\n" + b"x" * 2000 + b"\r\n3\r\nabc\r\n0\r\n\r\n"
    cut = data.index(b"\r\n3\r\n") + 3

    read = Read(data, sizes=(cut,))

    assert (read.body, read.parser.complete, read.parser.broken) == (b"x" * 2000 + b"abc", True, None)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (OK + b"Content-Length: 5\r\n\r\nhel", "the connection ended 2 bytes before the end of the body"),
        (CHUNKED, "the connection ended before the size of a chunk of a body in chunks"),
        (CHUNKED + b"3\r\nab", "the connection ended inside a chunk of a body in chunks"),
        (CHUNKED + b"3\r\nabc", "the connection ended behind a chunk of a body in chunks"),
        (CHUNKED + b"0\r\n", "the connection ended before the last line of a body in chunks"),
    ],
)
def test_a_body_that_is_cut_off_is_missing_something(data: bytes, why: str) -> None:
    missing = Read(data).parser.end()

    assert isinstance(missing, _DataLoss)
    assert str(missing) == why


def test_a_body_without_length_ends_with_the_connection() -> None:
    read = Read(OK + b"\r\nall of this")

    assert read.body == b"all of this"
    assert not read.parser.complete
    assert read.parser.end() is None


def test_bytes_behind_the_body_are_told_apart() -> None:
    read = Read(OK + ONE + b"\r\nxHTTP/1.1 200 OK")

    assert (read.body, read.rest, read.parser.complete) == (b"x", b"HTTP/1.1 200 OK", True)


@pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
def test_lines_of_the_head_may_end_in_a_lone_lf(ending: bytes) -> None:
    read = Read((OK + b"A: b\r\n" + ONE + b"\r\n").replace(b"\r\n", ending) + b"x")

    assert read.head is not None and read.head.fields == {b"A": [b"b"]}
    assert (read.body, read.parser.complete) == (b"x", True)


def test_a_head_may_end_in_two_kinds_of_lines() -> None:
    read = Read(b"HTTP/1.1 200 OK\nA: b\r\nContent-Length: 1\n\nx\r\n\r\n")

    assert read.head is not None and read.head.fields == {b"A": [b"b"]}
    assert (read.body, read.rest) == (b"x", b"\r\n\r\n")


@pytest.mark.parametrize("fold", [b"\r\n ", b"\r\n\t", b"\r\n \t  ", b" \r\n "])
def test_a_folded_field_reads_as_one_line(fold: bytes) -> None:
    read = Read(OK + b"A: one" + fold + b"two\r\nB: c\r\n" + ONE + b"\r\nx")

    assert read.head is not None and read.head.fields == {b"A": [b"one two"], b"B": [b"c"]}


def test_a_folded_length_is_still_a_length() -> None:
    read = Read(OK + b"Content-Length:\r\n 1\r\n\r\nx")

    assert (read.body, read.parser.complete) == (b"x", True)


def test_interim_responses_are_passed_over_and_counted() -> None:
    data = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"A: b\r\n" + ONE + b"\r\nx"
    )

    read = Read(data)

    assert read.head is not None and (read.head.code, read.head.fields) == (200, {b"A": [b"b"]})
    assert read.parser.interims == [100, 103]
    assert read.body == b"x"


def test_a_fold_does_not_reach_into_the_next_response() -> None:
    assert Read(b"HTTP/1.1 100 Go\r\nA: b\r\n\r\n" + OK + b" c\r\n\r\n").error is not None


def test_a_switch_of_protocols_that_was_offered_goes_on_to_the_end() -> None:
    read = Read(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\nabc", upgrade=True)

    assert read.head is not None
    assert (read.head.code, read.head.length, read.head.persistent, read.body) == (101, UNKNOWN_LENGTH, False, b"abc")


FILLED = b"A: " + b"x" * 13 + b"\r\n"
SMALL = ResponseLimits(lineLength=20, headerCount=3, headerSize=50, interimResponses=2)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"HTTP/1.1 200 " + b"x" * 7 + b"\r\n\r\n", None),
        (b"HTTP/1.1 200 " + b"x" * 8 + b"\r\n\r\n", "a line longer than 20 bytes"),
        (b"HTTP/1.1 200 " + b"x" * 8, None),
        (b"HTTP/1.1 200 " + b"x" * 9, "a line longer than 20 bytes"),
        (OK + b"A: " + b"x" * 17 + b"\r\n\r\n", None),
        (OK + b"A: " + b"x" * 18 + b"\r\n\r\n", "a line longer than 20 bytes"),
        (OK + b"A: " + b"x" * 17 + b"\r", None),
        (OK + b"A:b\r\n" * 3 + b"\r\n", None),
        (OK + b"A:b\r\n" * 4 + b"\r\n", "more than 3 header fields"),
        (OK + b"A:b\r\n c\r\n" * 2 + b"\r\n", "more than 3 header fields"),
        (OK + (b"A: " + b"x" * 13 + b"\r\n") * 2 + b"B: " + b"x" * 11 + b"\r\n\r\n", None),
        (
            OK + (b"A: " + b"x" * 13 + b"\r\n") * 2 + b"B: " + b"x" * 12 + b"\r\n\r\n",
            "more than 50 bytes of header fields",
        ),
        ((b"HTTP/1.1 100 x\r\nA:b\r\nA:b\r\n\r\n") * 2 + OK + b"A:b\r\n" * 3 + b"\r\n", None),
        (b"HTTP/1.1 100 x\r\n\r\n" * 3, "more than 2 interim responses"),
    ],
)
@pytest.mark.parametrize("step", [0, 1, 3])
def test_limits_of_a_head(data: bytes, reason: str | None, step: int) -> None:
    read = Read(data, sizes=(step,) * (len(data) // step) if step else (), limits=SMALL)

    assert (None if read.error is None else read.error.args[0]) == reason


@pytest.mark.parametrize(
    ("trailers", "why"),
    [
        (b"A:b\r\n" * 3, None),
        (b"A:b\r\n" * 4, "Malformed trailer: ('more than 3 header fields', b'A:b')"),
        (b"A: " + b"x" * 17 + b"\r\n", None),
        (b"A: " + b"x" * 18 + b"\r\n", "trailer field longer than 20 bytes"),
        (b"A: " + b"x" * 19, "trailer field longer than 20 bytes"),
    ],
)
@pytest.mark.parametrize("step", [0, 1])
def test_limits_of_trailers(trailers: bytes, why: str | None, step: int) -> None:
    data = OK + b"A:b\r\nTransfer-Encoding: chunked\r\nB:c\r\n\r\n0\r\n" + trailers + b"\r\n"
    limits = SMALL._replace(lineLength=30, headerSize=500)
    parser = ResponseParser(limits)
    head = parser.receive_head(data[: data.index(b"\r\n\r\n") + 4])
    assert head is not None
    parser._limits = SMALL
    rest = data[data.index(b"\r\n\r\n") + 4 :]
    for at in range(0, len(rest), step or len(rest)):
        if parser.broken is None:
            parser.receive_body(rest[at : at + (step or len(rest))])

    assert (None if parser.broken is None else str(parser.broken)) == why
    assert parser.complete is (why is None)


def test_the_usual_limits() -> None:
    assert ResponseLimits() == (16384, 1000, 262144, 50)


def test_names_and_status_lines_that_are_remembered_are_bounded() -> None:
    from twisted.web._client import parsing

    for number in range(3000):
        assert Read(b"HTTP/1.1 200 n%d\r\nName-%d: x\r\n\r\n" % (number, number)).head is not None
    Read(b"HTTP/1.1 200 " + b"x" * 100 + b"\r\n" + b"y" * 100 + b": z\r\n\r\n")

    assert 0 < len(parsing._known_names) <= 1024
    assert 0 < len(parsing._known_status) <= 1024
    assert max(map(len, parsing._known_names)) <= 64
    assert max(map(len, parsing._known_status)) <= 64


def test_lists_are_taken_apart() -> None:
    assert tokens([b"A , b", b"", b"C\t"]) == [b"a", b"b", b"c"]
    assert content_length([]) is None
    assert content_length([b"5", b" 5 "]) == 5


CASES = [
    *[head + b"\r\nx" for head, _, _ in HEADS_REFUSED],
    *[CHUNKED + body for body, _, _ in BODIES_REFUSED],
    *[CHUNKED + body for body, _, _ in CHUNKS],
    OK + b"Server: s\r\nA: b\r\n c\r\nContent-Length: 5\r\n\r\nhello, more",
    OK + b"Server: s\r\n\r\nuntil the end",
    b"HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 204 None\r\n\r\nxyz",
    b"HTTP/1.1 200 OK\nA: b\n\nx",
]
CORPUS = sorted((Path(__file__).parent.parent / "corpus" / "http1_responses").iterdir())


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"CONNECT"])
def test_the_corpus_means_the_same_however_it_is_cut(path: Path, method: bytes) -> None:
    data = path.read_bytes()
    whole = Read(data, method).outcome()

    for step in (1, 2, 3, 5, 17):
        assert Read(data, method, (step,) * (len(data) // step)).outcome() == whole


cuts = st.lists(st.integers(min_value=1, max_value=9), max_size=40).map(tuple)


@given(st.sampled_from(CASES), cuts)
def test_where_the_bytes_are_cut_makes_no_difference(data: bytes, sizes: tuple[int, ...]) -> None:
    assert Read(data, sizes=sizes).outcome() == Read(data).outcome()


WORDS = b"HTTP/1.1 |200| OK|\r\n|\n|\r| |\0|:|A|Content-Length: 3|chunked|Transfer-Encoding: chunked|3|abc|0|x|\xff"
WORDS += b"|Connection: close|100|,|;|\t"
pieces = st.sampled_from(WORDS.split(b"|"))


@given(st.lists(pieces, max_size=30).map(b"".join), cuts, st.sampled_from([b"GET", b"HEAD", b"CONNECT"]))
def test_any_bytes_are_read_or_refused_however_they_are_cut(data: bytes, sizes: tuple[int, ...], method: bytes) -> None:
    whole = Read(OK + data, method)

    assert Read(OK + data, method, sizes).outcome() == whole.outcome()


@given(st.binary(max_size=200), cuts)
def test_any_bytes_at_all(data: bytes, sizes: tuple[int, ...]) -> None:
    assert Read(data, sizes=sizes).outcome() == Read(data).outcome()


@given(
    st.lists(st.binary(min_size=1, max_size=30), max_size=6),
    st.dictionaries(
        st.text("abcdefghijk-", min_size=1, max_size=8).map(str.encode),
        st.lists(st.text("abc ,;=", max_size=10).map(lambda text: text.strip().encode()), min_size=1, max_size=3),
        max_size=4,
    ),
    cuts,
)
def test_what_was_written_is_read(
    chunks: list[bytes], fields: dict[bytes, list[bytes]], sizes: tuple[int, ...]
) -> None:
    lines = b"".join(name + b": " + value + b"\r\n" for name, values in fields.items() for value in values)
    body = b"".join(b"%x\r\n" % len(chunk) + chunk + b"\r\n" for chunk in chunks) + b"0\r\n\r\n"

    read = Read(OK + lines + b"Transfer-Encoding: chunked\r\n\r\n" + body, sizes=sizes)

    assert read.head is not None
    assert {name.lower(): values for name, values in read.head.fields.items()} == fields
    assert (read.body, read.rest, read.parser.complete) == (b"".join(chunks), b"", True)


def test_time_is_linear_in_a_head_that_comes_byte_by_byte() -> None:
    limits = ResponseLimits(lineLength=60_000, headerCount=50_000, headerSize=10_000_000)
    parser = ResponseParser(limits)
    parser.begin(b"GET")
    for byte in OK:
        assert parser.receive_head(bytes([byte])) is None
    for _ in range(50_000):
        assert parser.receive_head(b"x") is None
    kept = parser._kept

    assert kept is not None and len(kept) == 50_000
    assert parser._searched == 50_000
