"""
Requests that are not quite right, and what becomes of each, however the stream is cut.

The sections are those of RFC 9112. A number is the status that refuses the request; `WAIT` says that more has to come;
text is what is understood: method, target, length of the body (or ``chunked``) and the body.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.web._http1.errors import Refused
from twisted.web._http1.heads import RequestHead
from twisted.web._http1.receiving import RequestReceiver

WAIT = "wait"

LINE, HEAD, FIELDS, CHUNK_LINE = 100, 300, 6, 24
HOST = b"Host: a\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST
POST = b"POST / HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def sized(value: bytes) -> bytes:
    return POST + b"Content-Length: " + value + b"\r\n\r\n"


def coded(value: bytes) -> bytes:
    return POST + b"Transfer-Encoding: " + value + b"\r\n\r\n"


def asking(target: bytes, method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n"


def hosted(value: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\nHost:" + value + b"\r\n\r\n"


def field(line: bytes) -> bytes:
    return GET + line + b"\r\n\r\n"


CORPUS: dict[str, tuple[bytes, int | str]] = {
    # 2.2: parsing
    "2.2 an empty line before the request": (b"\r\n" + GET + b"\r\n", "GET / 0"),
    "2.2 three empty lines before the request": (b"\r\n\r\n\r\n" + GET + b"\r\n", "GET / 0"),
    "2.2 LF alone before the request": (b"\n" + GET + b"\r\n", 400),
    "2.2 CR alone before the request": (b"\r" + GET + b"\r\n", 400),
    "2.2 LF alone ends the request line": (b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
    "2.2 LF alone everywhere": (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    "2.2 LF alone ends a field": (GET + b"A: b\nC: d\r\n\r\n", 400),
    "2.2 LF alone ends the header": (GET + b"\n", 400),
    "2.2 CR alone in the request line": (b"GET /\r HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "2.2 CR alone in a value": (GET + b"A: b\rC: d\r\n\r\n", 400),
    "2.2 two CR before LF": (GET + b"A: b\r\r\n\r\n", 400),
    "2.2 a space before the first field": (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    "2.2 whitespace alone before the first field": (b"GET / HTTP/1.1\r\n \r\n" + HOST + b"\r\n", 400),
    "2.2 TLS spoken to the wrong port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "2.2 NUL in the request line": (b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "2.2 only half a header": (GET, WAIT),
    "2.2 only half a request line": (b"GET / HT", WAIT),
    # 2.3: versions
    "2.3 HTTP/1.0 without Host": (b"GET / HTTP/1.0\r\n\r\n", "GET / 0"),
    "2.3 a later minor version": (b"GET / HTTP/1.7\r\n" + HOST + b"\r\n", "GET / 0"),
    "2.3 another major version": (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505),
    "2.3 the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "2.3 HTTP/0.9 has no version": (b"GET /\r\n\r\n", 400),
    "2.3 a version in lower case": (b"GET / http/1.1\r\n" + HOST + b"\r\n", 400),
    "2.3 a version of two digits": (b"GET / HTTP/1.10\r\n" + HOST + b"\r\n", 400),
    "2.3 a version without a minor one": (b"GET / HTTP/1\r\n" + HOST + b"\r\n", 400),
    "2.3 a version with a sign": (b"GET / HTTP/+1.1\r\n" + HOST + b"\r\n", 400),
    "2.3 another protocol": (b"GET / RTSP/1.0\r\n" + HOST + b"\r\n", 400),
    # 3: request line
    "3 two spaces": (b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "3 a space in the target": (b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "3 a space at the end": (b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n", 400),
    "3 a space at the beginning": (b" GET / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "3 tabs instead of spaces": (b"GET\t/\tHTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "3 a tab in the target": (asking(b"/a\tb"), 400),
    "3 no method": (b" / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "3 no target": (b"GET  HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "3.1 a method that is no token": (asking(b"/", b"GE(T"), 400),
    "3.1 a method with a colon": (asking(b"/", b"GET:"), 400),
    "3.1 an unknown method": (asking(b"/", b"FROB"), "FROB / 0"),
    "3.1 a method in lower case is another one": (asking(b"/", b"get"), "get / 0"),
    "3 a long request line": (asking(b"/" + b"x" * 85), "GET /" + "x" * 85 + " 0"),
    "3 a request line that is one byte too long": (asking(b"/" + b"x" * 87), 414),
    "3 a request line without end": (b"GET /" + b"x" * 200, 414),
    "3 a method without end": (b"G" * 200, 414),
    # 3.2: targets
    "3.2 no slash": (asking(b"index.html"), 400),
    "3.2 bytes above ASCII": (asking(b"/\xc3\xa9"), "GET /\xc3\xa9 0"),
    "3.2.2 absolute form": (asking(b"http://b.example/p?q"), "GET http://b.example/p?q 0"),
    "3.2.2 absolute form without a path": (asking(b"http://b.example"), "GET http://b.example 0"),
    "3.2.2 absolute form without a host": (asking(b"http:///p"), 400),
    "3.2.2 absolute form with a user": (asking(b"http://u@b/p"), 400),
    "3.2.2 absolute form with an odd port": (asking(b"http://b:x/p"), 400),
    "3.2.2 absolute form with a tab": (asking(b"http://b/\tp"), 400),
    "3.2.3 authority form with CONNECT": (asking(b"b.example:443", b"CONNECT"), "CONNECT b.example:443 0"),
    "3.2.3 authority form without a port": (asking(b"b.example", b"CONNECT"), 400),
    "3.2.3 CONNECT to a path": (asking(b"/", b"CONNECT"), 400),
    "3.2.3 authority form with another method": (asking(b"b.example:443"), 400),
    "3.2.4 asterisk form with OPTIONS": (asking(b"*", b"OPTIONS"), "OPTIONS * 0"),
    "3.2.4 asterisk form with another method": (asking(b"*"), 400),
    # 3.2: Host
    "3.2 no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "3.2 two Hosts": (GET + HOST + b"\r\n", 400),
    "3.2 two Hosts in HTTP/1.0": (b"GET / HTTP/1.0\r\n" + HOST + b"host: b\r\n\r\n", 400),
    "3.2 no Host, but an absolute target": (b"GET http://a/ HTTP/1.1\r\n\r\n", 400),
    "3.2 an empty Host": (hosted(b" "), "GET / 0"),
    "3.2 a Host with a port": (hosted(b" a:8080"), "GET / 0"),
    "3.2 a Host in brackets": (hosted(b" [::1]:80"), "GET / 0"),
    "3.2 a Host with a slash": (hosted(b" a/b"), 400),
    "3.2 a Host with a space": (hosted(b" a b"), 400),
    "3.2 a Host with a user": (hosted(b" u@a"), 400),
    "3.2 a Host with an odd port": (hosted(b" a:80x"), 400),
    "3.2 a Host with an endless port": (hosted(b" a:123456"), 400),
    "3.2 a Host with two ports": (hosted(b" a:80:80"), 400),
    "3.2 a Host with an open bracket": (hosted(b" [::1"), 400),
    "3.2 a Host with a bad escape": (hosted(b" a%zz"), 400),
    "3.2 a Host above ASCII": (hosted(b" \xc3\xa9"), 400),
    # 5: fields
    "5.1 a space before the colon": (field(b"A : b"), 400),
    "5.1 no colon": (field(b"Ab"), 400),
    "5.1 a known name without a colon": (field(b"Host"), 400),
    "5.1 no name": (field(b": b"), 400),
    "5.1 a name with a space": (field(b"A b: c"), 400),
    "5.1 a name with brackets": (field(b"A(b): c"), 400),
    "5.1 a name above ASCII": (field(b"\xc3\xa9: c"), 400),
    "5.1 an empty value": (field(b"A:"), "GET / 0"),
    "5.2 a folded line": (field(b"A: b\r\n c"), 400),
    "5.2 a folded line with a tab": (field(b"A: b\r\n\tc: d"), 400),
    "5.5 NUL in a value": (field(b"A: b\0"), 400),
    "5.5 another control in a value": (field(b"A: b\x1f"), 400),
    "5.5 DEL in a value": (field(b"A: b\x7f"), 400),
    "5.5 a tab in a value": (field(b"A: b\tc"), "GET / 0"),
    "5.5 bytes above ASCII in a value": (field(b"A: \xff"), "GET / 0"),
    "5 as many fields as may be": (field(b"\r\n".join([b"A: b"] * 5)), "GET / 0"),
    "5 one field too many": (field(b"\r\n".join([b"A: b"] * 6)), 431),
    "5 fields that are too long": (field(b"A: " + b"b" * 300), 431),
    "5 a field without end": (GET + b"A: " + b"b" * 400, 431),
    # 6.1: Transfer-Encoding
    "6.1 chunked": (coded(b"chunked") + b"3\r\nabc\r\n0\r\n\r\n", "POST / chunked abc"),
    "6.1 chunked in capitals": (coded(b"CHUNKED") + b"0\r\n\r\n", "POST / chunked "),
    "6.1 Content-Length as well": (
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "6.1 Content-Length as well, behind it": (
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        400,
    ),
    "6.1 identity with Content-Length": (POST + b"Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc", 400),
    "6.1 identity": (coded(b"identity"), 400),
    "6.1 chunked twice": (coded(b"chunked, chunked"), 400),
    "6.1 chunked twice, in two fields": (
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "6.1 chunked and then something else": (coded(b"chunked, gzip"), 400),
    "6.1 identity and then chunked": (coded(b"identity, chunked"), 400),
    "6.1 a coding that is not known, and then chunked": (coded(b"gzip, chunked"), 501),
    "6.1 a coding that is not known": (coded(b"gzip"), 400),
    "6.1 a coding that looks like chunked": (coded(b"xchunked"), 400),
    "6.1 chunked with a quality": (coded(b"chunked;q=1"), 400),
    "6.1 chunked in quotation marks": (coded(b'"chunked"'), 400),
    "6.1 no coding": (coded(b""), 400),
    "6.1 chunked with a vertical tab": (coded(b"\x0bchunked"), 400),
    "6.1 chunked in HTTP/1.0": (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    # 6.2 and 6.3: Content-Length
    "6.2 a length": (sized(b"3") + b"abc", "POST / 3 abc"),
    "6.2 a length with zeros before it": (sized(b"003") + b"abc", "POST / 3 abc"),
    "6.2 more than the length": (sized(b"3") + b"abc" + GET + b"\r\n", "POST / 3 abc|GET / 0"),
    "6.2 a length, and half an end of line behind it": (sized(b"1") + b"\r\nG", "POST / 1 \r|400"),
    "6.2 less than the length": (sized(b"3") + b"ab", WAIT),
    "6.3 two lengths": (POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400),
    "6.3 the same length twice": (POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
    "6.3 a list of lengths": (sized(b"3, 3") + b"abc", 400),
    "6.3 an empty length": (sized(b""), 400),
    "6.3 a plus sign": (sized(b"+3") + b"abc", 400),
    "6.3 a minus sign": (sized(b"-3") + b"abc", 400),
    "6.3 hexadecimal digits": (sized(b"0x3") + b"abc", 400),
    "6.3 an underscore": (sized(b"1_0"), 400),
    "6.3 a fraction": (sized(b"3.0") + b"abc", 400),
    "6.3 two numbers": (sized(b"3 4") + b"abc", 400),
    "6.3 digits above ASCII": (sized("٣".encode()) + b"abc", 400),
    "6.3 a length without end": (sized(b"9" * 19), 400),
    # 7.1: chunks
    "7.1 digits in both cases": (
        CHUNKED + b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
        "POST / chunked " + "0123456789" * 2,
    ),
    "7.1 zeros before the size": (CHUNKED + b"003\r\nabc\r\n000\r\n\r\n", "POST / chunked abc"),
    "7.1 a size with a sign": (CHUNKED + b"+3\r\nabc\r\n", 400),
    "7.1 a negative size": (CHUNKED + b"-3\r\nabc\r\n", 400),
    "7.1 a size that begins with 0x": (CHUNKED + b"0x3\r\nabc\r\n", 400),
    "7.1 a size with an underscore": (CHUNKED + b"1_0\r\nabc\r\n", 400),
    "7.1 a size that is none": (CHUNKED + b"g\r\nabc\r\n", 400),
    "7.1 no size": (CHUNKED + b"\r\nabc\r\n", 400),
    "7.1 a size with a space before it": (CHUNKED + b" 3\r\nabc\r\n", 400),
    "7.1 a size with a space behind it": (CHUNKED + b"3 \r\nabc\r\n", 400),
    "7.1 a size of sixteen digits": (CHUNKED + b"0" * 16 + b"\r\n", 400),
    "7.1 LF alone behind the size": (CHUNKED + b"3\nabc\r\n", 400),
    "7.1 CR alone behind the size": (CHUNKED + b"3\rabc\r\n", 400),
    "7.1 a chunk that is longer than it says": (CHUNKED + b"3\r\nabcd\r\n", 400),
    "7.1 a chunk that ends with LF alone": (CHUNKED + b"3\r\nabc\n0\r\n\r\n", 400),
    "7.1 a chunk that ends with CR alone": (CHUNKED + b"3\r\nabc\r0\r\n\r\n", 400),
    "7.1 a chunk that is shorter than it says": (CHUNKED + b"5\r\nabc", WAIT),
    "7.1.1 an extension": (CHUNKED + b"3;a=b;c\r\nabc\r\n0;d\r\n\r\n", "POST / chunked abc"),
    "7.1.1 an extension behind a space": (CHUNKED + b"3 ;a\r\nabc\r\n0\r\n\r\n", "POST / chunked abc"),
    "7.1.1 an extension with a control": (CHUNKED + b"3;a\0\r\nabc\r\n", 400),
    "7.1.1 an extension with LF": (CHUNKED + b"3;a\nb\r\nabc\r\n", 400),
    "7.1.1 an extension with CR": (CHUNKED + b"3;a\rb\r\nabc\r\n", 400),
    "7.1.1 an extension that is too long": (CHUNKED + b"3;" + b"a" * 23 + b"\r\nabc\r\n", 400),
    "7.1.1 an extension without end": (CHUNKED + b"3;" + b"a" * 50, 400),
    "7.1.1 extensions that are longer than the body": (
        CHUNKED + b"1;" + b"a" * 20 + b"\r\nx\r\n0\r\n\r\n",
        "POST / chunked x",
    ),
    "7.1.1 extensions that are much longer": (CHUNKED + (b"1;" + b"a" * 20 + b"\r\nx\r\n") * 16 + b"0\r\n\r\n", 413),
    "7.1.2 a trailer": (CHUNKED + b"0\r\nA: b\r\n\r\n", "POST / chunked "),
    "7.1.2 a trailer that is none": (CHUNKED + b"0\r\nA b\r\n\r\n", 400),
    "7.1.2 a trailer with a space before the colon": (CHUNKED + b"0\r\nA : b\r\n\r\n", 400),
    "7.1.2 a trailer that is folded": (CHUNKED + b"0\r\nA: b\r\n c\r\n\r\n", 400),
    "7.1.2 a trailer with NUL": (CHUNKED + b"0\r\nA: \0\r\n\r\n", 400),
    "7.1.2 a trailer with LF alone": (CHUNKED + b"0\r\nA: b\nC: d\r\n\r\n", 400),
    "7.1.2 trailers that are too long": (CHUNKED + b"0\r\n" + b"A: bcdefgh\r\n" * 40, 431),
    "7.1.2 a trailer without end": (CHUNKED + b"0\r\nA: " + b"b" * 400, 431),
    "7.1.2 no end of trailers": (CHUNKED + b"0\r\n", WAIT),
    "7.1 another request behind the last chunk": (CHUNKED + b"0\r\n\r\n" + GET + b"\r\n", "POST / chunked |GET / 0"),
    # 9.3.2: pipelines
    "9.3 two requests": (GET + b"\r\n" + GET + b"\r\n", "GET / 0|GET / 0"),
    "9.3 nonsense behind a request": (GET + b"\r\n" + b"nonsense\r\n\r\n", "GET / 0|400"),
}


def understand(pieces: list[bytes]) -> str:
    """Feed a stream in pieces, and say what is understood."""
    receiver = RequestReceiver(LINE, HEAD, FIELDS, CHUNK_LINE)
    found: list[str] = []
    status = ""
    for piece in pieces:
        receiver.feed(piece)
        try:
            while (event := receiver.next_event()) is not None:
                if isinstance(event, RequestHead):
                    length = "chunked" if event.length < 0 else str(event.length)
                    found.append(f"{event.method.decode()} {event.target.decode('latin-1')} {length}")
                    if event.length:
                        found[-1] += " "
                elif isinstance(event, bytes):
                    found[-1] += event.decode("latin-1")
        except Refused as refused:
            status = str(refused.status)
            break
    if status:
        # What came of the body before that does not matter: nobody gets it as a whole request.
        if receiver.in_body:
            found.pop()
        found.append(status)
    elif receiver.inside:
        if receiver.in_body:
            found.pop()
        found.append(WAIT)
    return "|".join(found)


@pytest.mark.parametrize(("stream", "outcome"), CORPUS.values(), ids=CORPUS.keys())
def test_each_has_its_outcome_in_one_piece_and_byte_by_byte(stream: bytes, outcome: int | str) -> None:
    assert understand([stream]) == str(outcome)
    assert understand([stream[at : at + 1] for at in range(len(stream))]) == str(outcome)


@pytest.mark.parametrize(("stream", "outcome"), CORPUS.values(), ids=CORPUS.keys())
def test_each_has_its_outcome_wherever_it_is_cut_in_two(stream: bytes, outcome: int | str) -> None:
    for at in range(1, len(stream)):
        assert understand([stream[:at], stream[at:]]) == str(outcome), stream[:at]


@given(st.sampled_from(sorted(CORPUS)), st.lists(st.integers(min_value=0, max_value=600), max_size=6))
def test_each_has_its_outcome_wherever_it_is_cut(name: str, cuts: list[int]) -> None:
    stream, outcome = CORPUS[name]
    ends = sorted({min(cut, len(stream)) for cut in cuts} | {len(stream)})

    assert understand([stream[a:b] for a, b in zip([0, *ends], ends, strict=False)]) == str(outcome)


@given(st.lists(st.sampled_from(sorted(CORPUS)), min_size=2, max_size=3), st.integers(min_value=1, max_value=50))
def test_mixtures_have_one_outcome_however_they_are_cut(names: list[str], step: int) -> None:
    stream = b"".join(CORPUS[name][0][: 40 + step * 3] for name in names)

    assert understand([stream]) == understand([stream[at : at + step] for at in range(0, len(stream), step)])


@given(st.binary(max_size=200))
def test_any_bytes_are_understood_or_refused(noise: bytes) -> None:
    assert understand([noise]) == understand([noise[at : at + 1] for at in range(len(noise))])
    assert understand([CHUNKED, noise]) == understand([CHUNKED, *[noise[at : at + 1] for at in range(len(noise))]])


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parent.parent / "corpus" / "http1_requests").iterdir()), ids=lambda path: path.name
)
def test_what_a_fuzzer_began_with_or_found_has_one_outcome(path: Path) -> None:
    stream = path.read_bytes()

    for step in range(1, 10):
        assert understand([stream]) == understand([stream[at : at + step] for at in range(0, len(stream), step)])


def test_there_are_enough_of_them() -> None:
    assert len(CORPUS) >= 120
