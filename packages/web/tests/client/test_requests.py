"""Requests as bytes, and their bodies."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.web._newclient import BadHeaders, ChunkedEncoder, ExcessWrite, LengthEnforcingConsumer, WrongBodyLength
from twisted.web.client import URI, Agent, Request, urlunparse
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IClientRequest

from .wire import Producer, outcome


def written(request: Request) -> bytes:
    transport = StringTransport()
    request.writeTo(transport)
    return transport.value()


def request(method: bytes = b"GET", fields: Any = None, body: Any = None, persistent: bool = True) -> Request:
    return Request(method, b"/x?y", Headers({b"Host": [b"h"], **(fields or {})}), body, persistent)


def test_a_request_is_a_line_and_fields() -> None:
    asked = request(fields={"User-Agent": ["u"], "X": ["1", "2"]})

    assert written(asked) == b"GET /x?y HTTP/1.1\r\nHost: h\r\nUser-Agent: u\r\nX: 1\r\nX: 2\r\n\r\n"
    assert IClientRequest.providedBy(asked)
    assert asked.absoluteURI is None


def test_a_connection_that_is_not_kept_is_said_to_close() -> None:
    assert written(request(persistent=False)) == b"GET /x?y HTTP/1.1\r\nConnection: close\r\nHost: h\r\n\r\n"
    assert not Request(b"GET", b"/", Headers(), None).persistent


@pytest.mark.parametrize(
    ("value", "persistent", "before", "after"),
    [
        (b"close", False, b"Connection: close\r\n", b""),
        (b"keep-alive", False, b"Connection: close\r\n", b""),
        (b"keep-alive", True, b"", b""),
        (b"Upgrade, Keep-Alive", True, b"", b"Connection: upgrade\r\n"),
        (b"TE, close, upgrade", False, b"Connection: close\r\n", b"Connection: te, upgrade\r\n"),
    ],
)
def test_what_users_say_about_the_connection(value: bytes, persistent: bool, before: bytes, after: bytes) -> None:
    head = written(request(fields={b"Connection": [value]}, persistent=persistent))

    assert head == b"GET /x?y HTTP/1.1\r\n" + before + b"Host: h\r\n" + after + b"\r\n"


@pytest.mark.parametrize("method", [b"POST", b"PUT"])
def test_methods_that_have_bodies_say_when_there_is_none(method: bytes) -> None:
    assert written(request(method)) == method + b" /x?y HTTP/1.1\r\nContent-Length: 0\r\nHost: h\r\n\r\n"


@pytest.mark.parametrize("method", [b"HEAD", b"DELETE", b"PATCH", b"OPTIONS", b"TRACE", b"CONNECT", b"QUERY", b"get"])
def test_other_methods_say_nothing_of_a_body(method: bytes) -> None:
    assert written(request(method)) == method + b" /x?y HTTP/1.1\r\nHost: h\r\n\r\n"


def test_how_a_body_is_framed_is_not_for_header_fields_to_say() -> None:
    fields = {b"Content-Length": [b"77"], b"Transfer-Encoding": [b"chunked"], b"Content-Type": [b"t"]}

    assert written(request(fields=fields)) == b"GET /x?y HTTP/1.1\r\nHost: h\r\nContent-Type: t\r\n\r\n"
    assert written(request(b"POST", fields, Producer(3))) == (
        b"POST /x?y HTTP/1.1\r\nContent-Length: 3\r\nHost: h\r\nContent-Type: t\r\n\r\n"
    )
    assert written(request(b"POST", fields, Producer())) == (
        b"POST /x?y HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: h\r\nContent-Type: t\r\n\r\n"
    )


def test_header_fields_may_be_of_a_kind_of_ones_own() -> None:
    class Own(Headers):
        def getAllRawHeaders(self) -> Any:
            return iter([(b"Host", [b"own"]), (b"X", [b"1", b"2"])])

    assert written(Request(b"GET", b"/", Own(), None, True)) == b"GET / HTTP/1.1\r\nHost: own\r\nX: 1\r\nX: 2\r\n\r\n"


def test_a_kind_that_keeps_its_host_to_itself_makes_it_http_1_0() -> None:
    class Silent(Headers):
        def getAllRawHeaders(self) -> Any:
            return ((name, values) for name, values in super().getAllRawHeaders() if name != b"Host")

    refused: list[Failure] = []

    def sent(body: Any = None) -> bytes:
        reactor = MemoryReactorClock()
        Agent(reactor).request(b"PUT", b"http://127.0.0.1/", Silent({b"X": [b"1"]}), body).addErrback(refused.append)
        protocol = reactor.tcpClients[0][2].buildProtocol(None)
        transport = StringTransport()
        protocol.makeConnection(transport)
        return transport.value()

    assert sent() == b"PUT / HTTP/1.0\r\nConnection: close\r\nContent-Length: 0\r\nX: 1\r\n\r\n"
    assert not refused

    class Endless:
        length = UNKNOWN_LENGTH

        def stopProducing(self) -> None:
            pass

    assert sent(Endless()) == b""
    assert refused[0].value.reasons[0].check(BadHeaders)


@pytest.mark.parametrize("hosts", [[], [b"a", b"b"]])
def test_there_is_one_host(hosts: list[bytes]) -> None:
    headers = Headers({b"Host": hosts} if hosts else {})

    with pytest.raises(BadHeaders, match="Exactly one Host header required"):
        Request(b"GET", b"/", headers, None).writeTo(StringTransport())


@pytest.mark.parametrize("method", [b"", b"G T", b"GET\r\n", b"GET\n", b"G\0", b"G(T", b"\xe4", b"G:"])
def test_methods_that_cannot_be_sent(method: bytes) -> None:
    with pytest.raises(ValueError, match="Invalid method"):
        Request(method, b"/", Headers(), None)


@pytest.mark.parametrize("target", [b"", b"/ x", b"/\r\nX: y", b"/x\n", b"/\0", b"/\xff", b"/\x7f", b"/\t"])
def test_targets_that_cannot_be_sent(target: bytes) -> None:
    with pytest.raises(ValueError, match="Invalid URI"):
        Request(b"GET", target, Headers(), None)


def test_methods_and_targets_are_bytes() -> None:
    with pytest.raises(TypeError, match="method='GET' is <class 'str'>, but must be bytes"):
        Request("GET", b"/", Headers(), None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="uri='/' is <class 'str'>, but must be bytes"):
        Request(b"GET", "/", Headers(), None)  # type: ignore[arg-type]


def test_no_header_value_can_end_its_line() -> None:
    head = written(request(fields={"X": ["a\r\nInjected: b", "c\0d\ne"]}))

    assert head == b"GET /x?y HTTP/1.1\r\nHost: h\r\nX: a Injected: b\r\nX: c d e\r\n\r\n"


class TestKnownLength:
    """A body of a known length."""

    def begin(self, length: int) -> tuple[StringTransport, Producer, Any]:
        transport, producer = StringTransport(), Producer(length)
        finished = request(b"PUT", body=producer).writeTo(transport)
        assert transport.value() == b"PUT /x?y HTTP/1.1\r\nContent-Length: %d\r\nHost: h\r\n\r\n" % length
        assert (transport.producer, transport.streaming) == (producer, True)
        transport.clear()
        return transport, producer, finished

    def test_it_is_written_as_it_is(self) -> None:
        transport, producer, finished = self.begin(5)

        producer.consumer.write(b"hel")
        producer.consumer.write(b"lo")
        assert not finished.called
        producer.done.callback(None)

        assert transport.value() == b"hello"
        assert finished.called and outcome(finished) is None
        assert transport.producer is None
        assert producer.heard == ["start"]

    def test_too_much_is_an_error_at_once(self) -> None:
        transport, producer, finished = self.begin(5)

        producer.consumer.write(b"hel")
        producer.consumer.write(b"lo!")

        failure = outcome(finished)
        assert isinstance(failure, WrongBodyLength) and str(failure) == "too many bytes written"
        assert transport.value() == b"hel"
        assert transport.producer is None
        assert producer.heard == ["start", "stop"]
        with pytest.raises(ExcessWrite):
            producer.consumer.write(b"x")
        producer.done.callback(None)
        assert transport.value() == b"hel"

    def test_too_little_is_an_error_in_the_end(self) -> None:
        transport, producer, finished = self.begin(5)

        producer.consumer.write(b"hell")
        producer.done.callback(None)

        failure = outcome(finished)
        assert isinstance(failure, WrongBodyLength) and str(failure) == "too few bytes written"
        assert transport.producer is None

    def test_what_the_producer_fails_with_is_told(self) -> None:
        transport, producer, finished = self.begin(5)

        producer.done.errback(ZeroDivisionError("nothing left"))

        assert isinstance(outcome(finished), ZeroDivisionError)
        assert transport.producer is None
        with pytest.raises(ExcessWrite):
            producer.consumer.write(b"x")

    def test_nothing_can_follow_the_end(self) -> None:
        transport, producer, _ = self.begin(1)
        producer.consumer.write(b"x")
        producer.done.callback(None)

        with pytest.raises(ExcessWrite):
            producer.consumer.write(b"y")

        assert producer.heard == ["start", "stop"]
        assert transport.value() == b"x"

    def test_cancelling_reaches_the_producer(self) -> None:
        _, producer, finished = self.begin(1)

        finished.cancel()

        assert producer.heard == ["start", "cancelled"]
        assert isinstance(outcome(finished), CancelledError)

    def test_a_producer_that_cannot_be_stopped_is_reported(self, log: list[Any]) -> None:
        class Stubborn(Producer):
            def stopProducing(self) -> None:
                raise RuntimeError("never")

        producer = Stubborn(1)
        finished = request(b"PUT", body=producer).writeTo(StringTransport())
        producer.consumer.write(b"xx")

        assert isinstance(outcome(finished), WrongBodyLength)
        assert [str(event["log_failure"].value) for event in log] == ["never"]
        log.clear()

    def test_a_consumer_hands_on_producers(self) -> None:
        transport = StringTransport()
        consumer = LengthEnforcingConsumer(Producer(1), transport, Deferred())

        consumer.registerProducer(self, False)
        assert (transport.producer, transport.streaming) == (self, False)
        consumer.unregisterProducer()
        assert transport.producer is None


class TestUnknownLength:
    """A body in chunks."""

    def begin(self) -> tuple[StringTransport, Producer, Any]:
        transport, producer = StringTransport(), Producer()
        finished = request(b"PUT", body=producer).writeTo(transport)
        assert transport.value() == b"PUT /x?y HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: h\r\n\r\n"
        assert (transport.producer, transport.streaming) == (producer, True)
        transport.clear()
        return transport, producer, finished

    def test_each_piece_is_a_chunk(self) -> None:
        transport, producer, finished = self.begin()

        producer.consumer.write(b"hello")
        producer.consumer.write(b"")
        producer.consumer.write(b"x" * 26)
        producer.done.callback(None)

        assert transport.value() == b"5\r\nhello\r\n1a\r\n" + b"x" * 26 + b"\r\n0\r\n\r\n"
        assert finished.called and outcome(finished) is None
        assert transport.producer is None
        with pytest.raises(ExcessWrite):
            producer.consumer.write(b"y")

    def test_a_body_that_fails_has_no_end(self) -> None:
        transport, producer, finished = self.begin()

        producer.consumer.write(b"he")
        producer.done.errback(ZeroDivisionError())

        assert isinstance(outcome(finished), ZeroDivisionError)
        assert transport.value() == b"2\r\nhe\r\n"
        assert transport.producer is None
        with pytest.raises(ExcessWrite):
            producer.consumer.write(b"y")

    def test_a_producer_may_be_done_at_once_or_raise(self) -> None:
        class AtOnce(Producer):
            def startProducing(self, consumer: Any) -> Any:
                consumer.write(b"all")
                return succeed(None)

        class Raises(Producer):
            def startProducing(self, consumer: Any) -> Any:
                raise ValueError("bad day")

        class Fails(Producer):
            def startProducing(self, consumer: Any) -> Any:
                return fail(KeyError("gone"))

        assert written(request(b"PUT", body=AtOnce())).endswith(b"\r\n\r\n3\r\nall\r\n0\r\n\r\n")
        assert isinstance(outcome(request(b"PUT", body=Raises()).writeTo(StringTransport())), ValueError)
        assert isinstance(outcome(request(b"PUT", body=Fails()).writeTo(StringTransport())), KeyError)
        assert isinstance(outcome(request(b"PUT", body=Raises(3)).writeTo(StringTransport())), ValueError)

    def test_an_encoder_hands_on_producers(self) -> None:
        transport: Any = StringTransport()
        encoder = ChunkedEncoder(transport)

        encoder.registerProducer(self, True)
        assert transport.producer == self
        encoder.unregisterProducer()
        assert transport.value() == b"0\r\n\r\n" and transport.producer is None


def test_writing_can_be_stopped() -> None:
    transport, producer = StringTransport(), Producer()
    asked = request(b"PUT", body=producer)
    asked.writeTo(transport)
    asked.stopWriting()

    assert producer.heard == ["start", "stop"]
    request().stopWriting()


@pytest.mark.parametrize(
    ("raw", "parts", "origin_form", "whole"),
    [
        (b"http://h/x", (b"http", b"h", b"h", 80, b"/x", b"", b"", b""), b"/x", b"http://h/x"),
        (b"HTTP://H:80/", (b"http", b"H:80", b"H", 80, b"/", b"", b"", b""), b"/", b"http://H:80/"),
        (b"https://h", (b"https", b"h", b"h", 443, b"", b"", b"", b""), b"/", b"https://h"),
        (
            b"https://h:8443/a;b?c#d",
            (b"https", b"h:8443", b"h", 8443, b"/a", b"b", b"c", b"d"),
            b"/a;b?c",
            b"https://h:8443/a;b?c#d",
        ),
        (b"http://[::1]:8/x", (b"http", b"[::1]:8", b"::1", 8, b"/x", b"", b"", b""), b"/x", b"http://[::1]:8/x"),
        (b"http://[::1]/", (b"http", b"[::1]", b"::1", 80, b"/", b"", b"", b""), b"/", b"http://[::1]/"),
        (b"http://u:p@h:99/x", (b"http", b"h:99", b"h", 99, b"/x", b"", b"", b""), b"/x", b"http://h:99/x"),
        (b"http://h:", (b"http", b"h:", b"h", 80, b"", b"", b"", b""), b"/", b"http://h:"),
        (b"http://h:abc/", (b"http", b"h:abc", b"h:abc", 80, b"/", b"", b"", b""), b"/", b"http://h:abc/"),
        (b"ftp://h", (b"ftp", b"h", b"h", 80, b"", b"", b"", b""), b"/", b"ftp://h"),
        (b"/x", (b"", b"", b"", 80, b"/x", b"", b"", b""), b"/x", b"/x"),
        (b"", (b"", b"", b"", 80, b"", b"", b"", b""), b"/", b""),
        (b"http://h?x", (b"http", b"h", b"h", 80, b"", b"", b"x", b""), b"/?x", b"http://h?x"),
        (b"http://h#x?y", (b"http", b"h", b"h", 80, b"", b"", b"", b"x?y"), b"/", b"http://h#x?y"),
        (b"  http://h/ ", (b"http", b"h", b"h", 80, b"/", b"", b"", b""), b"/", b"http://h/"),
        (b"http://h/a;b/c;d", (b"http", b"h", b"h", 80, b"/a;b/c", b"d", b"", b""), b"/a;b/c;d", b"http://h/a;b/c;d"),
        (b"http://h/x:y", (b"http", b"h", b"h", 80, b"/x:y", b"", b"", b""), b"/x:y", b"http://h/x:y"),
        (b"wss://h/", (b"wss", b"h", b"h", 443, b"/", b"", b"", b""), b"/", b"wss://h/"),
        (b"H2-c.d+e://h:5/x", (b"h2-c.d+e", b"h:5", b"h", 5, b"/x", b"", b"", b""), b"/x", b"h2-c.d+e://h:5/x"),
        (b"-a://h/", (b"", b"", b"", 80, b"-a://h/", b"", b"", b""), b"-a://h/", b"-a://h/"),
        (b"a_b://h/", (b"", b"", b"", 80, b"a_b://h/", b"", b"", b""), b"a_b://h/", b"a_b://h/"),
        (b"http://h/?a?b", (b"http", b"h", b"h", 80, b"/", b"", b"a?b", b""), b"/?a?b", b"http://h/?a?b"),
    ],
)
def test_uris_are_taken_apart_and_put_together(raw: bytes, parts: Any, origin_form: bytes, whole: bytes) -> None:
    uri = URI.fromBytes(raw)

    assert (uri.scheme, uri.netloc, uri.host, uri.port, uri.path, uri.params, uri.query, uri.fragment) == parts
    assert (uri.originForm, uri.toBytes()) == (origin_form, whole)
    assert repr(uri) == f"<URI {whole!r}>"


def test_a_port_can_be_presumed() -> None:
    assert URI.fromBytes(b"http://h/", 1234).port == 1234
    assert URI.fromBytes(b"http://h:1/", 1234).port == 1


def test_a_uri_is_bytes() -> None:
    with pytest.raises(TypeError, match="a URI must be bytes, not str: 'http://h/'"):
        URI.fromBytes("http://h/")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ((b"http", b"h", b"/p", b"x", b"q", b"f"), b"http://h/p;x?q#f"),
        ((b"http", b"h", b"p", b"", b"", b""), b"http://h/p"),
        ((b"http", b"", b"x", b"", b"", b""), b"http:///x"),
        ((b"mailto", b"", b"x", b"", b"", b""), b"mailto:x"),
        ((b"", b"h", b"/p", b"", b"", b""), b"//h/p"),
    ],
)
def test_parts_are_put_together(parts: Any, whole: bytes) -> None:
    assert urlunparse(parts) == whole
