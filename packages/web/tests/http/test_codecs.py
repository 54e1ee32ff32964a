"""Dates, queries, chunks, cookies and lines of logs."""

from __future__ import annotations

import calendar
import time
from typing import Any
from urllib.parse import parse_qs as stdlib_parse_qs
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.web import http
from twisted.web._http import dates
from twisted.web._http.cookies import read_cookies, write_cookie
from twisted.web._http.queries import parse_parameters
from twisted.web.http import Request
from twisted.web.iweb import IAccessLogFormatter
from twisted.web.test.requesthelper import DummyChannel

# Dates


def test_a_date_is_written_as_http_has_it() -> None:
    assert http.datetimeToString(0) == b"Thu, 01 Jan 1970 00:00:00 GMT"
    assert http.datetimeToString(784111777.9) == b"Sun, 06 Nov 1994 08:49:37 GMT"
    assert http.datetimeToLogString(784111777) == "[06/Nov/1994:08:49:37 +0000]"


def test_dates_that_are_remembered_are_few_and_right() -> None:
    for second in range(1000):
        assert dates.write_date(second) == dates.write_date(second) == http.datetimeToString(second)
        assert len(dates._written) <= 256

    assert dates.write_date(784111777) == b"Sun, 06 Nov 1994 08:49:37 GMT"


def test_a_date_is_that_of_now_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    before = int(time.time())
    # The text is made once a second, so it can be a second old.
    assert before - 1 <= http.stringToDatetime(http.datetimeToString()) <= before + 60
    assert http.datetimeToLogString()[1:12] in {
        http.datetimeToLogString(moment)[1:12] for moment in (before, before + 60)
    }


@pytest.mark.parametrize(
    "text",
    [
        b"Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"Sun Nov  6 08:49:37 1994",
        b"sun, 6 NOV 1994 8:49:37 GMT",
        b"Sun, 06 Nov 1994 08:49:37",
        b"06 Nov 1994 08:49:37 GMT",
    ],
)
def test_a_date_is_read_in_every_format(text: bytes) -> None:
    assert http.stringToDatetime(text) == 784111777


@pytest.mark.parametrize(
    ("year", "full"), [("69", 2069), ("70", 1970), ("94", 1994), ("00", 2000), ("99", 1999), ("1999", 1999)]
)
def test_a_year_without_a_century_is_near(year: str, full: int) -> None:
    read = http.stringToDatetime(f"Sunday, 06-Nov-{year} 00:00:00 GMT".encode())

    assert read == calendar.timegm((full, 11, 6, 0, 0, 0))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"nonsense",
        b"Sun, 06 Foo 1994 08:49:37 GMT",
        b"Sun, 06 Nov 1994 08:49 GMT",
        b"Sun, 06 Nov 1969 08:49:37 GMT",
        b"Sun, 06 Nov 0094 08:49:37 GMT",
        b"Sun, xx Nov 1994 08:49:37 GMT",
        b"Sun, 06 Nov 1994 08:49:37 GMT and more",
        b"\xff\xfe",
    ],
)
def test_what_is_no_date_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="Unknown datetime format b"):
        http.stringToDatetime(text)


@given(st.integers(min_value=0, max_value=253402300799))
def test_a_date_is_read_as_it_was_written(moment: int) -> None:
    assert http.stringToDatetime(http.datetimeToString(moment)) == moment


@given(st.integers(min_value=0, max_value=253402300799))
def test_seconds_are_counted_from_the_epoch(moment: int) -> None:
    assert http.timegm(*time.gmtime(moment)[:6]) == moment


def test_there_are_no_seconds_before_the_epoch_and_twelve_months() -> None:
    assert http.timegm(1970, 1, 1, 0, 0, 1) == 1
    with pytest.raises(ValueError, match="prior to 1970"):
        http.timegm(1969, 12, 31, 0, 0, 0)
    for month in (0, 13):
        with pytest.raises(ValueError, match="no month"):
            http.timegm(1970, month, 1, 0, 0, 0)


def test_the_date_of_now_is_written_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(dates, "time", lambda: now[0])
    first, first_of_log = dates.now(), dates.log_now()
    now[0] = 1000.9
    assert dates.now() is first and dates.log_now() is first_of_log
    now[0] = 1001.0
    assert dates.now() == http.datetimeToString(1001) != first
    assert dates.log_now() == http.datetimeToLogString(1001) != first_of_log


def test_names_of_days_and_months() -> None:
    assert http.weekdayname[0] == "Mon" and http.weekdayname_lower == [name.lower() for name in http.weekdayname]
    assert http.monthname[:2] == [None, "Jan"] and http.monthname[12] == "Dec"
    assert http.monthname_lower[0] is None and http.monthname_lower[12] == "dec"
    assert len(http.monthname) == len(http.monthname_lower) == 13


# Queries


@given(st.lists(st.tuples(st.text(), st.text()), max_size=6))
def test_a_query_is_read_as_it_was_written(pairs: list[tuple[str, str]]) -> None:
    raw = [(name.encode("utf-8", "replace"), value.encode("utf-8", "replace")) for name, value in pairs]
    found: dict[bytes, list[bytes]] = {}
    for name, value in raw:
        found.setdefault(name, []).append(value)

    assert http.parse_qs(urlencode(raw).encode(), True) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (b"a=1&b=2", {b"a": [b"1"], b"b": [b"2"]}),
        (b"a=1;a=2", {b"a": [b"1", b"2"]}),
        (b"a", {}),
        (b"a=&=b", {b"": [b"b"]}),
        (b"a=%20+%7A%zz", {b"a": [b"  z%zz"]}),
        (b"%61+b=c=d", {b"a b": [b"c=d"]}),
        (b"", {}),
        (b"&&", {}),
    ],
)
def test_queries(query: bytes, found: dict[bytes, list[bytes]]) -> None:
    assert http.parse_qs(query) == found


def test_blank_values_count_on_request_and_nonsense_raises_on_request() -> None:
    assert http.parse_qs(b"a=", 1) == {b"a": [b""]}
    assert http.parse_qs(b"a=", 0, 1) == {}
    with pytest.raises(ValueError, match="no equals sign in b'a'"):
        http.parse_qs(b"a", 0, 1)


@given(st.text(alphabet="z=&+%41 ", max_size=20))
def test_a_query_is_read_as_the_standard_library_does(query: str) -> None:
    kept = "&".join(part for part in query.split("&") if "=" in part)

    assert http.parse_qs(query.encode(), True) == stdlib_parse_qs(kept.encode(), True)


def test_a_url_in_bytes_is_taken_apart_into_bytes() -> None:
    assert tuple(http.urlparse(b"http://h:80/p;x?q#f")) == (b"http", b"h:80", b"/p", b"x", b"q", b"f")
    with pytest.raises(TypeError, match="must be bytes"):
        http.urlparse("http://h/")  # type: ignore[arg-type]


def test_content_ranges() -> None:
    assert http.parseContentRange("bytes 0-499/1234") == (0, 499, 1234)
    assert http.parseContentRange(" BYTES 5-6/* ") == (5, 6, None)
    for bad in ("items 0-1/2", "bytes", "bytes */12", "bytes 0-1", "bytes x-1/2", ""):
        with pytest.raises(ValueError):
            http.parseContentRange(bad)


@pytest.mark.parametrize(
    ("field", "kind", "parameters"),
    [
        (b"Text/HTML", b"text/html", {}),
        (b"a/b; c=d; E = f", b"a/b", {b"c": b"d", b"e": b"f"}),
        (b'a/b;c="d;\\"e\\\\";f=g', b"a/b", {b"c": b'd;"e\\', b"f": b"g"}),
        (b'a; c="C:\\dir\\x.txt"', b"a", {b"c": b"C:\\dir\\x.txt"}),
        (b"a; b; c=d", b"a", {b"c": b"d"}),
        (b"a; c=1; c=2", b"a", {b"c": b"1"}),
        (b'a; c="open', b"a", {b"c": b"open"}),
        (b"a;;c=d;", b"a", {b"c": b"d"}),
        (b"", b"", {}),
    ],
)
def test_fields_with_parameters(field: bytes, kind: bytes, parameters: dict[bytes, bytes]) -> None:
    assert parse_parameters(field) == (kind, parameters)


# Chunks


@given(st.binary(max_size=300), st.binary(max_size=10))
def test_a_chunk_is_read_as_it_was_written(data: bytes, rest: bytes) -> None:
    assert http.fromChunk(b"".join(http.toChunk(data)) + rest) == (data, rest)


def test_the_pieces_of_a_chunk() -> None:
    assert http.toChunk(b"x" * 300) == (b"12c", b"\r\n", b"x" * 300, b"\r\n")


@pytest.mark.parametrize(
    "data",
    [b"", b"3", b"-1\r\nabc", b"+1\r\na\r\n", b"0x1\r\na\r\n", b"\r\nabc", b"3\r\nab", b"3\r\nabcd\r\n", b"3\r\nabcXX"],
)
def test_what_is_no_chunk_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        http.fromChunk(data)


# Cookies


def test_cookies_that_came() -> None:
    assert read_cookies([b'a=b; c="d"; e; f=g=h;  =i;a=j', b"k="]) == {
        b"a": b"j",
        b"c": b'"d"',
        b"f": b"g=h",
        b"": b"i",
        b"k": b"",
    }


def cookie(name: Any = "a", value: Any = "b", **words: Any) -> bytes:
    parts = ("expires", "domain", "path", "max_age", "comment", "secure", "http_only", "same_site")
    return write_cookie(name, value, *[words.get(part) for part in parts])


def test_a_cookie_has_what_it_is_given() -> None:
    assert cookie("é", b"\xff") == b"\xc3\xa9=\xff"
    assert cookie(path="/", max_age=3) == b"a=b; Path=/; Max-Age=3"
    assert cookie(expires="", domain=b"d") == b"a=b; Expires=; Domain=d"
    assert cookie(secure=True, http_only=1) == b"a=b; Secure; HttpOnly"
    assert cookie(secure=0, http_only=False, same_site="") == b"a=b"


@pytest.mark.parametrize("evil", ["x\r\nSet-Cookie: y", "x;y", "x\ny", "x\ry", "x\0y"])
@pytest.mark.parametrize("part", ["name", "value", "expires", "domain", "path", "max_age", "comment"])
def test_nothing_ends_a_cookie_early(part: str, evil: str) -> None:
    written = cookie(**{part: evil})

    assert not set(written) & set(b"\r\n\0")
    assert written.count(b";") == (0 if part in ("name", "value") else 1)


def test_same_site_is_one_of_three() -> None:
    assert cookie(same_site="Strict") == b"a=b; SameSite=strict"
    assert cookie(same_site=b"lax") == b"a=b; SameSite=lax"
    assert cookie(same_site="None", secure=True) == b"a=b; Secure; SameSite=none"
    with pytest.raises(ValueError, match="Invalid value for sameSite: b'odd'"):
        cookie(same_site="odd")
    with pytest.raises(ValueError, match='Missing the "secure" attribute'):
        cookie(same_site="none")
    with pytest.raises(TypeError, match="a cookie's value must be str or bytes, not int: 3"):
        cookie("a", 3)


# Logs


def logged(make: Any = http.combinedLogFormatter, client: Any = None, length: int = 0, **fields: bytes) -> str:
    request = Request(DummyChannel(client))
    request.method, request.uri, request.clientproto = b"GET", b'/x"y\\z\n\xe9', b"HTTP/1.1"
    request.sentLength = length
    for name, value in fields.items():
        request.requestHeaders.setRawHeaders(name.replace("_", "-"), [value])
    line = make("[now]", request)
    assert isinstance(line, str)
    return line


REQUEST = '"GET /x\\"y\\\\z\\n\\xe9 HTTP/1.1" 200'


def test_a_line_in_the_combined_format() -> None:
    assert logged() == f'"192.168.1.1" - - [now] {REQUEST} - "-" "-"'
    assert logged(length=12, user_agent=b'a"\x01\x7f\tb', referer=b"http://x") == (
        f'"192.168.1.1" - - [now] {REQUEST} 12 "http://x" "a\\"\\x01\\x7f\\tb"'
    )
    assert logged(client=UNIXAddress(b"/s")).startswith('"-" - - [now]')


def test_a_line_names_the_client_that_a_proxy_names() -> None:
    make = http.proxiedLogFormatter
    assert logged(make, x_forwarded_for=b" 1.2.3.4, 5.6.7.8") == f'"1.2.3.4" - - [now] {REQUEST} - "-" "-"'
    assert logged(make) == f'"-" - - [now] {REQUEST} - "-" "-"'
    assert logged(make, x_forwarded_for=b'e"\xff').startswith('"e\\"\\xff" - - ')


@given(st.binary(max_size=40))
def test_nothing_from_a_client_ends_a_line_or_a_string(noise: bytes) -> None:
    line = logged(user_agent=noise)
    agent = line.removeprefix(f'"192.168.1.1" - - [now] {REQUEST} - "-" "')[:-1]

    assert line.isprintable() and line.isascii()
    assert '"' not in agent.replace("\\\\", "").replace('\\"', "")


def test_formatters_provide_what_they_say() -> None:
    assert verifyObject(IAccessLogFormatter, http.combinedLogFormatter)
    assert verifyObject(IAccessLogFormatter, http.proxiedLogFormatter)
    assert IPv4Address("TCP", "1.2.3.4", 1).host in logged(client=IPv4Address("TCP", "1.2.3.4", 1))
    assert quote_plus("a b") == "a+b"
