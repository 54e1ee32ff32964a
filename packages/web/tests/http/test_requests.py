"""A request and its response, over any channel."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IConsumer
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.http import Request
from twisted.web.http_headers import Headers
from twisted.web.test.requesthelper import DummyChannel


class Channel(DummyChannel):
    """A channel of somebody else's, which knows nothing of ours."""

    site = None  # type: ignore[assignment]

    def __init__(self, secure: bool = False, peer: Any = None) -> None:
        super().__init__(peer)
        self.done: list[Any] = []
        self.logged: list[Any] = []
        self.factory = self
        if secure:
            self.transport = self.SSL(peer)

    def requestDone(self, request: Any) -> None:
        self.done.append(request)

    def log(self, request: Any) -> None:
        self.logged.append((request, request.finished))

    def written(self) -> bytes:
        data: bytes = self.transport.written.getvalue()
        return data


class Asked(Request):
    processed = 0

    def process(self) -> None:
        self.processed += 1


def asked(
    method: bytes = b"GET",
    target: bytes = b"/",
    version: bytes = b"HTTP/1.1",
    body: bytes = b"",
    headers: dict[bytes, bytes] | None = None,
    channel: Any = None,
    **words: Any,
) -> Any:
    request = Asked(channel or Channel(), **words)
    for name, value in (headers or {}).items():
        request.requestHeaders.addRawHeader(name, value)
    request.parseCookies()
    request.gotLength(len(body))
    if body:
        request.handleContentChunk(body)
    request.requestReceived(method, target, version)
    return request


def written(request: Any, channel: Any) -> bytes:
    return channel.written()  # type: ignore[no-any-return]


# What came


def test_a_new_request_knows_only_where_it_came_from() -> None:
    channel = Channel()
    request: Any = Request(channel)

    assert (request.channel, request.transport) == (channel, channel.transport)
    assert (request.client, request.host) == (channel.getPeer(), channel.getHost())
    assert (request.code, request.code_message) == (200, b"OK")
    assert (request.method, request.uri, request.clientproto) == (
        b"(no method yet)",
        b"(no uri yet)",
        b"(no clientproto yet)",
    )
    assert (request.path, request.args, request.content, request.producer) == (None, None, None, None)
    assert (request.finished, request.startedWriting, request.chunked, request.sentLength) == (0, 0, 0, 0)
    assert (request.requestHeaders, request.responseHeaders) == (Headers(), Headers())
    assert (request.received_cookies, request.cookies, request.notifications) == ({}, [], [])
    assert (request.etag, request.lastModified, request.queued) == (None, None, False)
    assert verifyObject(IConsumer, request)
    request.process()
    assert (request.finished, request.startedWriting) == (0, 0)


def test_a_mock_of_a_channel_gives_no_fields() -> None:
    class Mock(Channel):
        _fields = object()

    assert Request(Mock()).requestHeaders == Headers()
    Mock._fields = {b"A": [b"b"]}
    assert Request(Mock()).requestHeaders == Headers({b"a": [b"b"]})


@pytest.mark.parametrize(
    ("target", "path", "args"),
    [
        (b"/", b"/", {}),
        (b"/a%20b?c=d&c=e&f=", b"/a%20b", {b"c": [b"d", b"e"], b"f": [b""]}),
        (b"/?a=b?c=d", b"/", {b"a": [b"b?c=d"]}),
        (b"http://b:80/c?d=e", b"/c", {b"d": [b"e"]}),
        (b"*", b"*", {}),
        (b"a:80", b"/a:80"[1:], {}),
    ],
)
def test_the_target_is_taken_apart(target: bytes, path: bytes, args: Any) -> None:
    request = asked(target=target)

    assert (request.uri, request.path, request.args) == (target, path, args)
    assert request.processed == 1


def test_small_bodies_are_in_memory_and_large_ones_in_a_file() -> None:
    request = Request(Channel())
    request.gotLength(99_999)
    assert isinstance(request.content, BytesIO)
    for length in (100_000, None):
        request.gotLength(length)
        assert not isinstance(request.content, BytesIO)
        request.handleContentChunk(b"abc")
        assert request.content.tell() == 3
        request.content.close()


def test_the_body_is_read_from_its_beginning() -> None:
    assert asked(b"POST", body=b"abc").content.read() == b"abc"


@pytest.mark.parametrize(
    ("method", "kind", "body", "args"),
    [
        (b"POST", b"application/x-www-form-urlencoded", b"a=1&b=", {b"a": [b"1"], b"b": [b""], b"q": [b"0"]}),
        (b"POST", b"Application/X-WWW-Form-URLEncoded; charset=utf-8", b"q=1", {b"q": [b"1"]}),
        (b"PUT", b"application/x-www-form-urlencoded", b"a=1", {b"q": [b"0"]}),
        (b"POST", b"text/plain", b"a=1", {b"q": [b"0"]}),
        (
            b"POST",
            b"multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
            {b"a": [b"1"], b"q": [b"0"]},
        ),
    ],
)
def test_the_fields_of_a_form_are_arguments(method: bytes, kind: bytes, body: bytes, args: Any) -> None:
    request = asked(method, b"/?q=0", body=body, headers={b"content-type": kind})

    assert request.args == args
    assert request.content.read() == body
    assert request.processed == 1


def test_forms_are_left_alone_on_request() -> None:
    kind = {b"content-type": b"application/x-www-form-urlencoded"}

    assert asked(b"POST", body=b"a=1", headers=kind, parsePOSTFormSubmission=False).args == {}


@pytest.mark.parametrize(
    ("setting", "kind", "status"),
    [
        ({}, b"multipart/form-data", b"400"),
        ({"maxFormSize": 6}, b"application/x-www-form-urlencoded", b"413"),
        ({"maxFormFields": 1}, b"application/x-www-form-urlencoded", b"413"),
    ],
)
def test_a_form_that_is_none_or_too_large_is_refused(setting: dict[str, int], kind: bytes, status: bytes) -> None:
    class Limited(Asked):
        pass

    for name, value in setting.items():
        setattr(Limited, name, value)
    channel = Channel()
    request: Any = Limited(channel)
    request.requestHeaders.addRawHeader(b"content-type", kind)
    request.gotLength(7)
    request.handleContentChunk(b"a=1&b=2")
    request.requestReceived(b"POST", b"/", b"HTTP/1.1")

    assert request.processed == 0
    assert channel.written().startswith(b"HTTP/1.1 " + status)
    assert b"Content-Length: 0\r\n" in channel.written()
    assert channel.done == [request]


def test_a_channel_of_ours_refuses_by_itself() -> None:
    refused: list[int] = []

    class Ours(Channel):
        def _refuse(self, code: int) -> None:
            refused.append(code)

    channel = Ours()
    asked(b"POST", body=b"x", headers={b"content-type": b"multipart/form-data"}, channel=channel)

    assert refused == [400] and channel.written() == b""


def test_header_fields_are_given_as_they_are_asked_for() -> None:
    request = asked(headers={b"a": b"1"})
    request.requestHeaders.addRawHeader(b"A", "é")

    assert request.getHeader(b"a") == "é".encode()
    assert request.getHeader("A") == "é"
    assert request.getHeader(b"none") is None
    assert request.getAllHeaders() == {b"a": "é".encode()}


def test_cookies_are_found_by_name() -> None:
    request = asked(headers={b"cookie": b"a=b; c=d=e"})

    assert (request.getCookie(b"a"), request.getCookie(b"c"), request.getCookie(b"x")) == (b"b", b"d=e", None)


@pytest.mark.parametrize(
    ("host", "name"), [(b"a", b"a"), (b"a:80", b"a"), (b"[::1]:80", b"::1"), (b"[::1]", b"::1"), (None, b"10.0.0.1")]
)
def test_the_host_that_was_asked_for(host: bytes | None, name: bytes) -> None:
    assert asked(headers={} if host is None else {b"host": host}).getRequestHostname() == name


@pytest.mark.parametrize(
    ("host", "port", "ssl", "field", "secure"),
    [
        (b"b", 80, 0, b"b", False),
        (b"b", 8080, 0, b"b:8080", False),
        (b"b", 443, 1, b"b", True),
        (b"b", 80, 1, b"b:80", True),
        (b"b", 443, 0, b"b:443", False),
        (b"::1", 81, 0, b"[::1]:81", False),
        (b"[::1]", 80, 0, b"[::1]", False),
    ],
)
def test_what_is_in_front_may_know_the_host_better(
    host: bytes, port: int, ssl: int, field: bytes, secure: bool
) -> None:
    request = asked(headers={b"host": b"a"})
    request.setHost(host, port, ssl)

    assert request.getHeader(b"host") == field
    assert request.isSecure() is secure
    assert request.getHost() == IPv4Address("TCP", host, port)  # type: ignore[arg-type]


def test_security_is_the_channels() -> None:
    request = asked(channel=Channel(secure=True))
    assert request.isSecure() is True
    assert asked().isSecure() is False
    request.finish()
    assert request.isSecure() is False, "there is no channel any more"


@pytest.mark.parametrize(
    ("client", "ip"),
    [
        (IPv4Address("TCP", "1.2.3.4", 5), "1.2.3.4"),
        (IPv6Address("TCP", "::2", 5), "::2"),
        (UNIXAddress(b"/x"), None),
    ],
)
def test_the_client_has_an_address(client: Any, ip: str | None) -> None:
    request = asked(channel=Channel(peer=client))

    assert request.getClientAddress() is client
    with pytest.warns(DeprecationWarning, match="getClientAddress") as caught:
        assert request.getClientIP() == ip
    assert caught[0].filename == __file__


def test_requests_are_not_queued_any_more() -> None:
    with pytest.warns(DeprecationWarning, match="not queued") as caught:
        asked().noLongerQueued()
    assert caught[0].filename == __file__
    assert Request(Channel(), 3).queued == 3


@pytest.mark.parametrize(
    ("field", "user", "password"),
    [
        (b"Basic dTpwOnE=", b"u", b"p:q"),
        (b"basic dQ==", b"u", b""),
        (b"Basic !", b"", b""),
        (b"Digest dTpw", b"", b""),
        (None, b"", b""),
    ],
)
def test_user_and_password_of_basic_authentication(field: bytes | None, user: bytes, password: bytes) -> None:
    headers = {} if field is None else {b"authorization": field}

    assert (asked(headers=headers).getUser(), asked(headers=headers).getPassword()) == (user, password)
    request = asked(headers=headers)
    assert (request.getPassword(), request.getUser(), request.user) == (password, user, user)


def test_requests_are_equal_to_themselves() -> None:
    one, other = asked(), asked()

    assert one == one and one != other and one != 3
    assert len({one, other, one}) == 2
    assert repr(one) == f"<Asked at 0x{id(one):x} method=GET uri=/ clientproto=HTTP/1.1>"


# The response's header


def test_a_status_has_its_usual_phrase() -> None:
    request = asked()
    request.setResponseCode(404)
    assert (request.code, request.code_message) == (404, b"Not Found")
    request.setResponseCode(299)
    assert (request.code, request.code_message) == (299, b"Unknown Status")
    request.setResponseCode(200, b"Fine")
    assert request.code_message == b"Fine"


@pytest.mark.parametrize("phrase", [b"a\r\nb: c", b"a\nb", b"a\rb", b"a\0b"])
def test_a_phrase_is_one_line(phrase: bytes) -> None:
    request = asked()

    with pytest.raises(ValueError, match="a reason phrase is one line"):
        request.setResponseCode(200, phrase)
    assert (request.code, request.code_message) == (200, b"OK")


def test_a_status_is_a_number_and_a_phrase_is_bytes() -> None:
    with pytest.raises(TypeError, match="must be int, not str: '200'"):
        asked().setResponseCode("200")
    with pytest.raises(TypeError, match="must be bytes, not str: 'OK'"):
        asked().setResponseCode(200, "OK")


def test_a_redirection_says_where_to() -> None:
    channel = Channel()
    request = asked(channel=channel)
    request.redirect(b"http://b/\r\nX: y")
    request.finish()

    assert request.code == 302
    assert channel.written() == (
        b"HTTP/1.1 302 Found\r\nLocation: http://b/ X: y\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )


def test_cookies_are_sent_with_the_header() -> None:
    channel = Channel()
    request = asked(channel=channel)
    request.addCookie("a", "b")
    request.addCookie(b"c", b"d", "e", "f", "/g", "9", "h", True, True, "Lax")
    request.finish()

    assert request.cookies == [
        b"a=b",
        b"c=d; Expires=e; Domain=f; Path=/g; Max-Age=9; Comment=h; Secure; HttpOnly; SameSite=lax",
    ]
    assert b"".join(b"Set-Cookie: %b\r\n" % cookie for cookie in request.cookies) in channel.written()


@pytest.mark.parametrize(
    ("since", "when", "cached"),
    [
        (b"Sun, 06 Nov 1994 08:49:37 GMT", 784111777, True),
        (b"Sun, 06 Nov 1994 08:49:37 GMT", 784111776.5, True),
        (b"Sun, 06 Nov 1994 08:49:37 GMT; length=5", 784111777, True),
        (b"Sun, 06 Nov 1994 08:49:37 GMT", 784111777.1, False),
        (b"nonsense", 0, False),
        (None, 0, False),
    ],
)
def test_what_has_not_been_changed_is_not_sent_again(since: bytes | None, when: float, cached: bool) -> None:
    channel = Channel()
    request = asked(headers={} if since is None else {b"if-modified-since": since}, channel=channel)

    assert request.setLastModified(when) == (http.CACHED if cached else None)
    assert request.code == (304 if cached else 200)
    request.write(b"body")
    request.finish()
    assert (b"body" in channel.written()) is not cached
    assert b"Last-Modified: " + http.datetimeToString(request.lastModified) + b"\r\n" in channel.written()


def test_the_latest_change_counts() -> None:
    request = asked()
    request.setLastModified(5)
    request.setLastModified(3)
    assert request.lastModified == 5
    request.setLastModified(7)
    assert request.lastModified == 7


@pytest.mark.parametrize(
    ("method", "tags", "code"),
    [
        (b"GET", b'"x", "y"', 304),
        (b"HEAD", b'"y"', 304),
        (b"POST", b'"y"', 412),
        (b"GET", b"*", 304),
        (b"GET", b'W/"y"', 304),
        (b"GET", b'"x",W/"y"', 304),
        (b"GET", b'"x"', 200),
        (b"GET", b'"yy"', 200),
        (b"GET", None, 200),
    ],
)
def test_a_version_that_the_client_has_is_not_sent_again(method: bytes, tags: bytes | None, code: int) -> None:
    channel = Channel()
    request = asked(method, headers={} if tags is None else {b"if-none-match": tags}, channel=channel)

    assert request.setETag(b'"y"') == (None if code == 200 else http.CACHED)
    assert request.code == code
    request.finish()
    assert b'ETag: "y"\r\n' in channel.written()


def test_a_weak_version_is_known_by_its_name() -> None:
    request = asked(headers={b"if-none-match": b'"y"'})

    assert request.setETag(b'W/"y"') == http.CACHED


def test_no_tag_changes_nothing() -> None:
    request = asked()
    request.setETag(b"a")
    request.setETag(b"")

    assert request.etag == b"a"


def test_a_header_that_is_set_already_stays() -> None:
    channel = Channel()
    request = asked(channel=channel)
    request.setLastModified(0)
    request.setHeader(b"last-modified", b"once")
    request.finish()

    assert b"Last-Modified: once\r\n" in channel.written() and b"1970" not in channel.written()


# The response's body


def test_a_body_of_unknown_length_is_sent_in_chunks() -> None:
    channel = Channel()
    request = asked(channel=channel)
    request.write(b"ab")
    request.write(b"")
    request.write(b"x" * 8191)
    request.write(b"y" * 8192)
    request.finish()

    assert channel.written() == (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1fff\r\n"
        + b"x" * 8191
        + b"\r\n2000\r\n"
        + b"y" * 8192
        + b"\r\n0\r\n\r\n"
    )
    assert request.chunked == 1
    assert request.sentLength == 2 + 8191 + 8192


@pytest.mark.parametrize("field", [b"content-length", b"transfer-encoding"])
def test_who_says_how_long_it_is_does_so_himself(field: bytes) -> None:
    channel = Channel()
    request = asked(channel=channel)
    request.setHeader(field, b"2")
    request.write(b"ab")
    request.finish()

    assert channel.written().endswith(b": 2\r\n\r\nab")
    assert request.sentLength == 2


@pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/2"])
def test_other_versions_have_no_chunks(version: bytes) -> None:
    channel = Channel()
    request = asked(version=version, channel=channel)
    request.write(b"ab")
    request.write(b"cd")
    request.finish()

    assert channel.written() == version + b" 200 OK\r\n\r\nabcd"


@pytest.mark.parametrize(("method", "code"), [(b"HEAD", 200), (b"GET", 304), (b"GET", 204), (b"GET", 103)])
def test_some_responses_have_no_body(method: bytes, code: int) -> None:
    channel = Channel()
    request = asked(method, channel=channel)
    request.setResponseCode(code)
    request.setHeader(b"content-length", b"2")
    request.write(b"ab")
    request.write(b"cd")
    request.finish()

    assert channel.written().endswith(b"\r\n\r\n")
    assert channel.written().count(b"\r\n\r\n") == 1
    assert b"Transfer-Encoding" not in channel.written()
    # What has no body cannot have a length either, except for what would have one (RFC 9110 section 8.6).
    assert (b"Content-Length: 2" in channel.written()) is (code in (200, 304))
    assert request.sentLength == 0


def test_a_body_is_bytes() -> None:
    request = asked()

    with pytest.raises(TypeError, match="the body of a response is bytes, not str: 'ab'"):
        request.write("ab")
    assert not request.startedWriting


def test_nothing_may_be_said_as_text_and_sends_the_header() -> None:
    channel = Channel()
    request = asked(channel=channel)

    request.write("")
    request.write(b"a")
    request.finish()

    assert channel.written().endswith(b"\r\n\r\n1\r\na\r\n0\r\n\r\n")


def test_a_response_is_over_when_it_is_finished() -> None:
    channel = Channel()
    request = asked(channel=channel)
    told: list[Any] = []
    request.notifyFinish().addCallback(told.append)
    content = request.content
    request.finish()

    assert request.finished == 1
    assert channel.done == [request]
    assert channel.logged == [(request, 0)], "logged before it is over"
    assert told == [None] and request.notifications == []
    assert content.closed and request.content is None
    assert not hasattr(request, "channel")
    with pytest.raises(RuntimeError, match="write called on a request after"):
        request.write(b"more")
    with pytest.warns(UserWarning, match="finish called twice") as caught:
        request.finish()
    assert caught[0].filename == __file__
    assert channel.done == [request]


def test_a_response_that_is_finished_without_a_word_has_an_empty_body() -> None:
    channel = Channel()
    asked(channel=channel).finish()

    assert channel.written() == b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"


def test_a_body_that_somebody_has_taken_away_may_be_closed() -> None:
    request = asked()

    class Broken(BytesIO):
        taken = True

        def close(self) -> None:
            # Closed once more when it is collected: nobody could catch what is raised then.
            if self.taken:
                self.taken = False
                raise OSError("gone")
            super().close()

    broken = request.content = Broken()
    request.finish()
    assert request.finished and not broken.taken


def test_a_lost_connection_is_told_once() -> None:
    request = asked()
    content = request.content
    lost: list[Any] = []
    request.notifyFinish().addErrback(lost.append)
    reason = Failure(ConnectionLost())
    request.connectionLost(reason)

    assert lost == [reason] and request.notifications == []
    assert content.closed
    assert request.channel is None
    request.loseConnection()
    request.write(b"nobody hears")
    with pytest.raises(RuntimeError, match="notifyFinish to keep track of this"):
        request.finish()


def test_a_channel_without_a_log_is_fine() -> None:
    channel = Channel()
    channel.factory = None  # type: ignore[assignment]
    asked(channel=channel).finish()

    assert channel.logged == []


def test_hanging_up_is_the_channels() -> None:
    channel = Channel()
    asked(channel=channel).loseConnection()

    assert channel.transport.disconnected


# Producers


def test_a_producer_is_the_channels() -> None:
    channel = Channel()
    request = asked(channel=channel)
    producer = object()
    request.registerProducer(producer, True)

    assert channel.transport.producers == [(producer, True)]
    assert (request.producer, request.streamingProducer) == (producer, True)
    with pytest.raises(ValueError, match="before previous one"):
        request.registerProducer(object(), False)
    request.unregisterProducer()
    assert request.producer is None


def test_a_producer_that_is_left_behind_is_noticed() -> None:
    events: Any = []
    globalLogPublisher.addObserver(events.append)
    try:
        channel = Channel()
        request = asked(target=b"/left", channel=channel)
        request.registerProducer(object(), True)
        request.finish()
    finally:
        globalLogPublisher.removeObserver(events.append)

    assert [str(event["log_failure"].value) for event in events] == ["Producer was not unregistered for b'/left'"]
    assert request.producer is None and channel.done == [request]
