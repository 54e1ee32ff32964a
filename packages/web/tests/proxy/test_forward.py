"""A proxy that clients are told to use."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.testing import MemoryReactorClock
from twisted.web.http import HTTPFactory
from twisted.web.proxy import Proxy, ProxyClientFactory, ProxyRequest, ReverseProxy, ReverseProxyRequest

from .conftest import Front

OK = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"


def forward(clock: MemoryReactorClock, request: Any = ProxyRequest) -> Front:
    """A client of a proxy of ours."""

    class Here(Proxy):
        requestFactory = staticmethod(lambda *words: request(*words, reactor=clock))

    factory = HTTPFactory(reactor=clock)
    factory.protocol = Here  # type: ignore[method-assign]
    return Front(factory, clock)


def test_a_request_goes_to_the_server_that_it_names(clock: MemoryReactorClock) -> None:
    front = forward(clock)
    front.say(b"GET http://there.example/a/b;c?d=e HTTP/1.1\r\nHost: there.example\r\nA: b\r\n\r\n")
    assert front.connected() == [("there.example", 80)]
    behind = front.behind()

    assert behind.heard().split(b"\r\n") == [
        b"GET /a/b;c?d=e HTTP/1.0",
        b"Host: there.example",
        b"A: b",
        b"Connection: close",
        b"",
        b"",
    ]
    behind.say(b"HTTP/1.0 203 Odd\r\nX: y\r\nX: z\r\nContent-Type: text/x\r\nContent-Length: 2\r\n\r\nok")
    assert front.heard().split(b"\r\n") == [
        b"HTTP/1.1 203 Odd",
        b"X: y",
        b"X: z",
        b"Content-Type: text/x",
        b"Content-Length: 2",
        b"",
        b"ok",
    ]
    assert behind.transport.disconnecting and not front.transport.disconnecting


@pytest.mark.parametrize(
    ("target", "where", "line", "host"),
    [
        (b"http://a", ("a", 80), b"GET / HTTP/1.0", b"a"),
        (b"http://a?b", ("a", 80), b"GET /?b HTTP/1.0", b"a"),
        (b"http://a:8080/", ("a", 8080), b"GET / HTTP/1.0", b"a:8080"),
        (b"http://a//b", ("a", 80), b"GET //b HTTP/1.0", b"a"),
        (b"HTTP://A/", ("a", 80), b"GET / HTTP/1.0", b"A"),
        (b"http://[::1]:81/x", ("::1", 81), b"GET /x HTTP/1.0", b"[::1]:81"),
    ],
)
def test_targets(clock: MemoryReactorClock, target: bytes, where: tuple[str, int], line: bytes, host: bytes) -> None:
    front = forward(clock)
    front.say(b"GET " + target + b" HTTP/1.1\r\nHost: other\r\n\r\n")
    heard = front.behind().heard().split(b"\r\n")

    assert front.connected() == [where]
    assert heard[0] == line and b"Host: " + host in heard and b"Host: other" not in heard


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /here HTTP/1.1", b"400 Bad Request"),
        (b"CONNECT a:443 HTTP/1.1", b"501 Not Implemented"),
        (b"GET https://a/ HTTP/1.1", b"501 Not Implemented"),
        (b"GET ftp://a/ HTTP/1.1", b"501 Not Implemented"),
        (b"OPTIONS * HTTP/1.1", b"400 Bad Request"),
        (b"GET http://a:99999/ HTTP/1.1", b"400 Bad Request"),
    ],
)
def test_targets_that_a_proxy_cannot_reach(clock: MemoryReactorClock, line: bytes, status: bytes) -> None:
    front = forward(clock)
    front.say(line + b"\r\nHost: a\r\n\r\n")

    heard = front.heard()
    assert heard.startswith(b"HTTP/1.1 " + status + b"\r\n") and heard.endswith(b"\r\n\r\n")
    assert b"\r\nContent-Length: 0\r\n" in heard or b"\r\nConnection: close\r\n" in heard
    assert front.connected() == []


def test_a_body_is_passed_on_with_its_length(clock: MemoryReactorClock) -> None:
    front = forward(clock)
    front.say(b"POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")

    assert front.behind().heard() == (
        b"POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody"
    )


def test_a_body_in_chunks_is_passed_on_in_one_piece(clock: MemoryReactorClock) -> None:
    front = forward(clock)
    front.say(
        b"POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
    )

    assert front.behind().heard() == (
        b"POST / HTTP/1.0\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nabcd"
    )


def test_what_is_for_one_connection_alone_is_not_passed_on(clock: MemoryReactorClock) -> None:
    front = forward(clock)
    front.say(
        b"GET http://a/ HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Mine , Host\r\nKeep-Alive: 5\r\nX-Mine: a\r\n"
        b"Proxy-Authorization: b\r\nProxy-Connection: c\r\nProxy-Authenticate: d\r\nTE: trailers\r\nTrailer: e\r\n"
        b"Upgrade: f\r\nExpect: g\r\nX-Yours: h\r\n\r\n"
    )

    assert front.behind().heard() == b"GET / HTTP/1.0\r\nHost: a\r\nX-Yours: h\r\nConnection: close\r\n\r\n"


def test_a_length_is_passed_on_whatever_connection_says(clock: MemoryReactorClock) -> None:
    front = forward(clock)
    front.say(b"POST http://a/ HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\nContent-Length: 2\r\n\r\nhi")

    assert b"\r\nContent-Length: 2\r\n" in front.behind().heard()


def test_requests_are_answered_one_after_the_other(clock: MemoryReactorClock) -> None:
    front = forward(clock)
    front.say(b"GET http://a/1 HTTP/1.1\r\nHost: a\r\n\r\nGET http://b/2 HTTP/1.1\r\nHost: b\r\n\r\n")
    assert front.connected() == [("a", 80)]

    front.behind().say(OK)
    assert front.heard().count(b"HTTP/1.1 200 OK") == 1
    assert front.connected() == [("a", 80), ("b", 80)]

    front.behind().say(OK)
    assert front.heard().count(b"HTTP/1.1 200 OK") == 1


def test_other_schemes_have_factories_and_ports_of_their_own(clock: MemoryReactorClock) -> None:
    class Gopher(ProxyRequest):
        protocols = {b"gopher": ProxyClientFactory}
        ports = {b"gopher": 70}

    front = forward(clock, Gopher)
    front.say(b"GET gopher://a/ HTTP/1.1\r\nHost: a\r\n\r\n")

    assert front.connected() == [("a", 70)]


def test_usual_schemes_and_classes() -> None:
    assert ProxyRequest.protocols == {b"http": ProxyClientFactory}
    assert ProxyRequest.ports == {b"http": 80}
    assert Proxy.requestFactory is ProxyRequest
    assert ReverseProxy.requestFactory is ReverseProxyRequest
    assert ReverseProxyRequest.proxyClientFactoryClass is ProxyClientFactory
    assert ProxyClientFactory.noisy is False


def test_a_reactor_is_found_where_none_was_given() -> None:
    from twisted.internet import reactor
    from twisted.web.proxy import ReverseProxyResource
    from twisted.web.test.requesthelper import DummyChannel

    assert ProxyRequest(DummyChannel()).reactor is reactor
    assert ReverseProxyRequest(DummyChannel()).reactor is reactor
    assert ReverseProxyResource("a", 1, b"").reactor is reactor
