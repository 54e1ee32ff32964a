"""Calling procedures of others."""

from __future__ import annotations

import base64
import datetime
import xmlrpc.client
from typing import Any
from xml.parsers.expat import ExpatError

import pytest

import twisted.internet
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.testing import StringTransport
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from twisted.web.xmlrpc import XMLRPC, Fault, Proxy, QueryFactory, QueryProtocol, payloadTemplate


def result_of(waiting: Deferred[Any]) -> Any:
    """What a Deferred has fired with: a value, or an exception."""
    results: list[Any] = []
    waiting.addBoth(results.append)
    (result,) = results
    return result.value if isinstance(result, Failure) else result


def is_waiting(waiting: Deferred[Any]) -> bool:
    return not waiting.called


# The call


def test_the_whole_of_a_call(reactor: Any, callee: Any) -> None:
    Proxy(b"http://a.example:8080/RPC?x=1", reactor=reactor).callRemote("add", 1, "\u00e9")

    server = callee().accept()
    head, body = server.heard()
    assert (server.host, server.port, server.timeout) == ("a.example", 8080, 30.0)
    assert body == (payloadTemplate % ("add", xmlrpc.client.dumps((1, "\u00e9")))).encode()
    assert head == [
        b"POST /RPC?x=1 HTTP/1.0",
        b"User-Agent: Twisted/XMLRPClib",
        b"Host: a.example:8080",
        b"Content-Type: text/xml; charset=utf-8",
        b"Content-Length: %d" % len(body),
    ]


def test_a_call_is_what_others_write(reactor: Any, callee: Any) -> None:
    Proxy(b"http://a.example/", reactor=reactor).callRemote("do.it", [1, {"a": 2}], True)

    _, body = callee().accept().heard()
    assert xmlrpc.client.loads(body) == (([1, {"a": 2}], True), "do.it")
    assert body.startswith(b'<?xml version="1.0"?>\n<methodCall>\n<methodName>do.it</methodName>\n<params>\n')
    assert body.endswith(b"</params>\n\n</methodCall>\n")


def test_a_name_of_a_procedure_cannot_break_out_of_its_place(reactor: Any, callee: Any) -> None:
    Proxy(b"http://a.example/", reactor=reactor).callRemote("a</methodName>&")

    _, body = callee().accept().heard()
    assert xmlrpc.client.loads(body) == ((), "a</methodName>&")


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "field"),
    [
        (b"http://a.example", "a.example", 80, b"/", b"a.example"),
        (b"http://a.example/", "a.example", 80, b"/", b"a.example"),
        (b"http://a.example?q", "a.example", 80, b"/?q", b"a.example"),
        (b"http://a.example/x/y", "a.example", 80, b"/x/y", b"a.example"),
        (b"http://a.example:81/", "a.example", 81, b"/", b"a.example:81"),
        (b"http://me:secret@a.example:81/", "a.example", 81, b"/", b"a.example:81"),
        (b"http://127.0.0.1/", "127.0.0.1", 80, b"/", b"127.0.0.1"),
        (b"http://[::1]:82/", "::1", 82, b"/", b"[::1]:82"),
    ],
)
def test_an_address_says_where_to_call(
    reactor: Any, callee: Any, url: bytes, host: str, port: int, path: bytes, field: bytes
) -> None:
    Proxy(url, reactor=reactor).callRemote("x")

    server = callee().accept()
    head, _ = server.heard()
    assert (server.host, server.port) == (host, port)
    assert head[0] == b"POST " + path + b" HTTP/1.0" and b"Host: " + field in head


def test_an_address_is_kept_in_parts() -> None:
    proxy = Proxy(b"http://me:se%3Acret@a.example:81/x", allowNone=True, useDateTime=True, connectTimeout=2.0)

    assert (proxy.host, proxy.port, proxy.path, proxy.secure) == (b"a.example", 81, b"/x", False)
    assert (proxy.user, proxy.password) == (b"me", b"se:cret")
    assert (proxy.allowNone, proxy.useDateTime, proxy.connectTimeout) == (True, True, 2.0)

    plain = Proxy(b"https://a.example")
    assert (plain.host, plain.port, plain.path, plain.secure) == (b"a.example", None, b"/", True)
    assert (plain.user, plain.password) == (None, None)
    assert (plain.allowNone, plain.useDateTime, plain.connectTimeout) == (False, False, 30.0)


def test_an_address_is_bytes() -> None:
    with pytest.raises(TypeError, match=r"url must be bytes, not str: 'http://a\.example/'"):
        Proxy("http://a.example/")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "user", "password", "sent"),
    [
        (b"http://a.example/", b"me", b"secret", b"me:secret"),
        (b"http://a.example/", b"me", None, b"me:"),
        (b"http://me:secret@a.example/", None, None, b"me:secret"),
        (b"http://m%40e:a%2Fb@a.example/", None, None, b"m@e:a/b"),
        (b"http://me@a.example/", None, None, b"me:"),
        (b"http://me:@a.example/", None, None, b"me:"),
        (b"http://me:secret@a.example/", b"you", None, b"you:secret"),
        (b"http://me:secret@a.example/", None, b"other", b"me:other"),
        (b"http://me:a@b@a.example/", None, None, b"me:a@b"),
    ],
)
def test_who_calls_is_said_in_the_address_or_beside_it(
    reactor: Any, callee: Any, url: bytes, user: bytes | None, password: bytes | None, sent: bytes
) -> None:
    Proxy(url, user, password, reactor=reactor).callRemote("x")

    server = callee().accept()
    head, _ = server.heard()
    assert head[-1] == b"Authorization: Basic " + base64.b64encode(sent)
    assert server.host == "a.example" and b"Host: a.example" in head


def test_without_a_name_nothing_is_said_of_who_calls(reactor: Any, callee: Any) -> None:
    Proxy(b"http://a.example/", None, b"secret", reactor=reactor).callRemote("x")

    head, _ = callee().accept().heard()
    assert not [line for line in head if line.startswith(b"Authorization")]


def test_none_is_sent_where_it_is_allowed_alone(reactor: Any, callee: Any) -> None:
    with pytest.raises(TypeError, match="cannot marshal None"):
        Proxy(b"http://a.example/", reactor=reactor).callRemote("x", None)
    assert reactor.tcpClients == []

    Proxy(b"http://a.example/", allowNone=True, reactor=reactor).callRemote("x", None)
    assert xmlrpc.client.loads(callee().accept().heard()[1]) == ((None,), "x")


def test_connecting_takes_as_long_as_it_may(reactor: Any, callee: Any) -> None:
    Proxy(b"http://a.example/", connectTimeout=2.5, reactor=reactor).callRemote("x")

    assert callee().timeout == 2.5


def test_without_a_reactor_it_is_the_programs(reactor: Any, callee: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twisted.internet, "reactor", reactor, raising=False)

    Proxy(b"http://a.example/").callRemote("x")

    assert callee().host == "a.example"


@pytest.mark.parametrize(("url", "port"), [(b"https://a.example/", 443), (b"https://a.example:8443/", 8443)])
def test_a_secret_call_is_encrypted_for_the_server_that_was_named(
    reactor: Any, callee: Any, url: bytes, port: int
) -> None:
    Proxy(url, connectTimeout=3.0, reactor=reactor).callRemote("tell")

    server = callee().accept()
    hello = server.wire.value()
    assert isinstance(server.factory, TLSMemoryBIOFactory) and isinstance(server.factory.wrappedFactory, QueryFactory)
    assert (server.host, server.port, server.timeout) == ("a.example", port, 3.0)
    assert hello[:1] == b"\x16" and b"a.example" in hello and b"tell" not in hello


# The answer


@pytest.mark.parametrize("value", [3, "\u00e9", [1, [2]], {"a": "b"}, False, None])
def test_the_answer_is_a_value(reactor: Any, callee: Any, value: Any) -> None:
    waiting = Proxy(b"http://a.example/", reactor=reactor).callRemote("x")
    server = callee().accept()
    assert is_waiting(waiting)

    server.return_value(value)

    assert result_of(waiting) == value and server.wire.disconnecting
    server.hang_up()


def test_or_it_is_a_fault(reactor: Any, callee: Any) -> None:
    waiting = Proxy(b"http://a.example/", reactor=reactor).callRemote("x")

    callee().accept().return_value(Fault(5, "no"))

    fault = result_of(waiting)
    assert isinstance(fault, Fault) and (fault.faultCode, fault.faultString) == (5, "no")


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
@pytest.mark.parametrize("length", [True, False])
def test_where_the_answer_is_cut_does_not_matter(reactor: Any, callee: Any, step: int, length: bool) -> None:
    waiting = Proxy(b"http://a.example/", reactor=reactor).callRemote("x")
    server = callee().accept()
    body = xmlrpc.client.dumps(("some text",), methodresponse=True).encode()
    field = b"Content-Length: %d\r\n" % len(body) if length else b""
    answer = b"HTTP/1.0 200 OK\r\nX-Other: 1\r\n" + field + b"\r\n" + body

    for start in range(0, len(answer), step):
        assert is_waiting(waiting)
        server.say(answer[start : start + step])
    if not length:
        assert is_waiting(waiting)
        server.hang_up()

    assert result_of(waiting) == "some text"


def test_times_come_as_they_were_asked_for(reactor: Any, callee: Any) -> None:
    moment = datetime.datetime(2026, 11, 23, 1, 2, 3)
    for asked, expected in ((True, moment), (False, xmlrpc.client.DateTime("20261123T01:02:03"))):
        waiting = Proxy(b"http://a.example/", useDateTime=asked, reactor=reactor).callRemote("x")

        callee().accept().return_value(moment)

        answer = result_of(waiting)
        assert type(answer) is type(expected) and answer == expected


@pytest.mark.parametrize("status", [b"404 Not Found", b"500 Internal Server Error", b"201 Created", b"301 Moved"])
@pytest.mark.parametrize("body", [b"", b"<p>some text</p>"])
def test_another_status_is_an_error(reactor: Any, callee: Any, status: bytes, body: bytes) -> None:
    waiting = Proxy(b"http://a.example/", reactor=reactor).callRemote("x")
    server = callee().accept()

    server.say(b"HTTP/1.0 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    error = result_of(waiting)
    code, _, message = status.partition(b" ")
    assert type(error) is ValueError and error.args == (code, message)
    assert server.wire.disconnecting
    server.hang_up()


@pytest.mark.parametrize("body", [b"<p>some text", b"", b"<methodResponse></methodResponse>"])
def test_what_is_no_answer_is_an_error(reactor: Any, callee: Any, body: bytes) -> None:
    waiting = Proxy(b"http://a.example/", reactor=reactor).callRemote("x")
    server = callee().accept()

    server.say(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    error = result_of(waiting)
    assert isinstance(error, (ExpatError, xmlrpc.client.ResponseError)) and server.wire.disconnecting


# Ends


def test_a_server_that_hangs_up_too_early_is_an_error(reactor: Any, callee: Any) -> None:
    for error in (ConnectionDone(), ConnectionLost("oh")):
        waiting = Proxy(b"http://a.example/", reactor=reactor).callRemote("x")

        callee().accept().hang_up(error)

        assert result_of(waiting) is error


def test_half_an_answer_is_an_error(reactor: Any, callee: Any) -> None:
    waiting = Proxy(b"http://a.example/", reactor=reactor).callRemote("x")
    server = callee().accept()
    server.say(b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n<?xml version='1.0'?><methodResp")
    assert is_waiting(waiting)

    server.hang_up(ConnectionLost())

    assert isinstance(result_of(waiting), ExpatError)


def test_nobody_there_is_an_error(reactor: Any, callee: Any) -> None:
    waiting = Proxy(b"http://a.example/", reactor=reactor).callRemote("x")
    server = callee()
    refused = ConnectionRefusedError("nobody")

    server.factory.clientConnectionFailed(server.connector, Failure(refused))

    assert result_of(waiting) is refused and server.factory.deferred is None


def test_what_comes_after_the_end_is_nothing_to_anybody(reactor: Any, callee: Any) -> None:
    waiting = Proxy(b"http://a.example/", reactor=reactor).callRemote("x")
    server = callee().accept()
    server.return_value("once")
    assert result_of(waiting) == "once" and server.factory.deferred is None

    factory = server.factory
    factory.parseResponse(b"again")
    factory.badStatus(b"500", b"again")
    factory.clientConnectionLost(None, Failure(ConnectionLost()))
    factory.clientConnectionFailed(None, Failure(ConnectionLost()))


def test_a_call_that_is_cancelled_hangs_up(reactor: Any, callee: Any) -> None:
    waiting = Proxy(b"http://a.example/", reactor=reactor).callRemote("x")
    server = callee().accept()

    waiting.cancel()

    assert type(result_of(waiting)) is CancelledError
    assert server.connector._disconnected and server.factory.deferred is None
    server.hang_up(ConnectionLost())


def test_calls_have_a_connection_each(reactor: Any, callee: Any) -> None:
    proxy = Proxy(b"http://a.example/", reactor=reactor)
    first, second = proxy.callRemote("a"), proxy.callRemote("b")
    assert len(reactor.tcpClients) == 2

    callee().accept().return_value(2)

    assert result_of(second) == 2 and is_waiting(first)


# What others put in place of ours


def test_another_factory_may_make_the_call(reactor: Any, callee: Any) -> None:
    class Shouting(QueryFactory):
        """Says it louder."""

        def parseResponse(self, contents: bytes) -> None:
            super().parseResponse(contents.upper().replace(b"METHODRESPONSE", b"methodResponse"))

    proxy = Proxy(b"http://a.example/p", b"me", b"secret", True, True, reactor=reactor)
    proxy.queryFactory = Shouting

    proxy.callRemote("x", 1)

    factory = callee().factory
    assert type(factory) is Shouting and (factory.path, factory.host) == (b"/p", b"a.example")
    assert (factory.user, factory.password, factory.useDateTime, factory.noisy) == (b"me", b"secret", True, False)
    assert factory.protocol is QueryProtocol and QueryFactory.deferred is None


@pytest.mark.parametrize(("status", "times"), [(b"200 OK", 1), (b"404 Not Found", 0)])
def test_another_protocol_may_read_the_answer_and_reads_it_once(
    reactor: Any, callee: Any, status: bytes, times: int
) -> None:
    read: list[bytes] = []

    class Reading(QueryProtocol):
        """Keeps what it reads."""

        def handleResponse(self, contents: bytes) -> None:
            read.append(contents)

    Proxy(b"http://a.example/", reactor=reactor).callRemote("x").addErrback(lambda _: None)
    server = callee()
    server.factory.protocol = Reading
    server.accept()

    server.say(b"HTTP/1.0 " + status + b"\r\nContent-Length: 0\r\n\r\n")
    server.hang_up()

    assert read == [b""] * times


def test_a_factory_alone_makes_a_call() -> None:
    factory = QueryFactory(b"/p", b"a.example", "method", args=(1,))
    wire = StringTransport()
    protocol = factory.buildProtocol(None)
    assert isinstance(protocol, QueryProtocol) and factory.deferred is not None
    protocol.makeConnection(wire)

    assert wire.value().startswith(b"POST /p HTTP/1.0\r\n") and wire.value().endswith(b"\r\n\r\n" + factory.payload)
    assert (factory.user, factory.password, factory.useDateTime) == (None, None, False)
    assert xmlrpc.client.loads(factory.payload) == ((1,), "method")


def test_a_factory_cancels_as_it_was_told() -> None:
    cancelled: list[Any] = []
    factory = QueryFactory(b"/", b"a.example", "x", canceller=cancelled.append)
    waiting = factory.deferred
    assert waiting is not None

    waiting.cancel()

    assert cancelled == [waiting] and type(result_of(waiting)) is CancelledError


# Both sides together


class Adder(XMLRPC):
    """Adds."""

    def xmlrpc_add(self, *numbers: int) -> int:
        return sum(numbers)


@pytest.mark.parametrize(("numbers", "answer"), [((1, 2), 3), ((), 0)])
def test_our_client_calls_our_server(
    reactor: Any, callee: Any, caller: Any, numbers: tuple[int, ...], answer: int
) -> None:
    waiting = Proxy(b"http://a.example/", reactor=reactor).callRemote("add", *numbers)
    client, server = callee().accept(), caller(Adder())

    server.protocol.dataReceived(client.wire.value())
    client.say(server.wire.value())

    assert result_of(waiting) == answer and server.wire.disconnecting
