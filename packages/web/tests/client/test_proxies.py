"""Requests by way of a proxy: http as it is, https through a tunnel and never otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import implementer

from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectionLost, NoProtocol
from twisted.internet.error import TimeoutError as TookTooLong
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.web._newclient import ParseError
from twisted.web.client import (
    BrowserLikePolicyForHTTPS,
    HTTPConnectionPool,
    ProxyAgent,
    RequestTimedOut,
    ResponseFailed,
    ResponseNeverReceived,
    TunnelEndpoint,
    TunnelFailed,
)
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IPolicyForHTTPS

from .wire import Endpoint, Producer, Receiver, answer, outcome, reasons


@implementer(IPolicyForHTTPS)
class Policy:
    """Remembers whom it was asked about."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
        self.asked.append((hostname, port))
        return BrowserLikePolicyForHTTPS().creatorForNetloc(hostname, port)


def proxied(persistent: bool = False, **more: Any) -> tuple[Endpoint, ProxyAgent, Clock]:
    clock, proxy = Clock(), Endpoint()
    return proxy, ProxyAgent(proxy, clock, HTTPConnectionPool(clock, persistent), **more), clock


@pytest.mark.parametrize(
    ("uri", "line", "host"),
    [
        (b"http://h/x?y#z", b"GET http://h/x?y HTTP/1.1", b"h"),
        (b"http://h", b"GET http://h/ HTTP/1.1", b"h"),
        (b"http://h:81/", b"GET http://h:81/ HTTP/1.1", b"h:81"),
        (b"http://user:secret@h/", b"GET http://h/ HTTP/1.1", b"h"),
        (b"http://[::1]:81/", b"GET http://[::1]:81/ HTTP/1.1", b"[::1]:81"),
        (b"ftp://h/f", b"GET ftp://h:80/f HTTP/1.1", b"h:80"),
    ],
)
def test_a_proxy_is_given_the_whole_uri(uri: bytes, line: bytes, host: bytes) -> None:
    proxy, agent, _ = proxied()
    asked = agent.request(b"GET", uri)

    assert proxy.lines[0].sent() == line + b"\r\nConnection: close\r\nHost: " + host + b"\r\n\r\n"
    proxy.lines[0].receive(answer(b"x"))
    assert outcome(asked).code == 200
    assert outcome(asked).request.absoluteURI == uri.replace(b"user:secret@", b"")
    assert IAgent.providedBy(agent)


def test_one_connection_to_a_proxy_serves_all_servers() -> None:
    proxy, agent, _ = proxied(persistent=True)
    for host in (b"a", b"b"):
        asked = agent.request(b"GET", b"http://%b/" % host)
        proxy.lines[0].receive(answer())
        assert outcome(asked).code == 200

    assert len(proxy.lines) == 1


def test_header_fields_and_bodies_go_to_the_server_and_some_to_the_proxy_alone() -> None:
    proxy, agent, _ = proxied(persistent=True, proxyHeaders=Headers({"Proxy-Authorization": ["Basic x"]}))
    producer: Any = Producer(2)
    headers = Headers({"X": ["y"]})
    agent.request(b"PUT", b"http://h/", headers, producer)
    producer.consumer.write(b"hi")

    assert proxy.lines[0].sent() == (
        b"PUT http://h/ HTTP/1.1\r\nContent-Length: 2\r\nX: y\r\nProxy-Authorization: Basic x\r\nHost: h\r\n\r\nhi"
    )
    assert headers == Headers({"X": ["y"]})
    agent.request(b"GET", b"http://h/")
    assert b"Proxy-Authorization: Basic x\r\n" in proxy.lines[1].sent()


def test_https_begins_with_a_tunnel() -> None:
    policy, fields = Policy(), Headers({"Proxy-Authorization": ["x"]})
    proxy, agent, _ = proxied(contextFactory=policy, proxyHeaders=fields)
    asked = agent.request(b"GET", b"https://h.example/secret", Headers({"Cookie": ["mine"]}))

    assert proxy.lines[0].sent() == (
        b"CONNECT h.example:443 HTTP/1.1\r\nHost: h.example:443\r\nProxy-Authorization: x\r\n\r\n"
    )
    assert policy.asked == [(b"h.example", 443)]
    assert outcome(asked) is None


@pytest.mark.parametrize("status", [b"407 Proxy Authentication Required", b"302 Found", b"403 No", b"500 Broken"])
def test_a_proxy_that_makes_no_tunnel_gets_no_request(status: bytes) -> None:
    proxy, agent, _ = proxied(contextFactory=Policy())
    asked = agent.request(b"GET", b"https://h.example/secret")
    line = proxy.lines[0]
    line.sent()

    line.receive(answer(b"go away", b"Proxy-Authenticate: Basic", b"Location: http://h.example/", status=status))

    failure: Any = outcome(asked)
    assert isinstance(failure, TunnelFailed)
    assert failure.code == int(status[:3]) and failure.phrase == status[4:]
    assert failure.headers.getRawHeaders("proxy-authenticate") == ["Basic"]
    assert str(failure) == f"the proxy refused the tunnel: {status.decode()}"
    assert line.sent() == b"" and line.transport.disconnecting
    line.receive(b"more")
    line.lose()


def test_a_bad_method_or_uri_is_refused_at_once() -> None:
    proxy, agent, _ = proxied()
    with pytest.raises(ValueError, match="Invalid method"):
        agent.request(b"G T", b"http://h/")
    with pytest.raises(ValueError, match="Invalid URI"):
        agent.request(b"GET", b"https://h/\r\nx")
    assert proxy.lines == []


def test_the_time_of_a_request_includes_the_tunnel() -> None:
    proxy, agent, clock = proxied(contextFactory=Policy(), requestTimeout=3)
    asked = agent.request(b"GET", b"https://h.example/")
    clock.advance(3)

    failure: Any = outcome(asked)
    assert isinstance(failure.reasons[0].value, RequestTimedOut)
    assert proxy.lines[0].transport.disconnecting
    assert clock.getDelayedCalls() == []


def test_the_process_has_a_reactor_if_none_is_given() -> None:
    from twisted.internet import reactor

    usual: Any = reactor
    assert ProxyAgent(Endpoint())._reactor is usual


# The tunnel itself


class Inner(Receiver):
    """What speaks through a tunnel."""

    def connectionMade(self) -> None:
        super().connectionMade()
        self.transport.write(b"hello")


def tunnel(host: bytes = b"h.example", port: int = 443, **more: Any) -> tuple[Endpoint, Clock, Any]:
    clock, proxy = Clock(), Endpoint()
    endpoint = TunnelEndpoint(clock, proxy, host, port, **more)
    return proxy, clock, endpoint.connect(Factory.forProtocol(Inner))


@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize("fields", [b"", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_bytes_go_through_a_tunnel(step: int, fields: bytes) -> None:
    proxy, clock, connecting = tunnel()
    line = proxy.lines[0]
    assert line.sent() == b"CONNECT h.example:443 HTTP/1.1\r\nHost: h.example:443\r\n\r\n"

    line.receive(b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 200 Connection established\r\n" + fields + b"\r\n", step)

    inner = outcome(connecting)
    assert isinstance(inner, Inner) and inner.made == 1
    assert line.sent() == b"hello"
    line.receive(b"abc")
    line.receive(b"def")
    why = ConnectionLost()
    line.lose(why)
    assert inner.body == b"abcdef" and inner.why is why
    assert clock.getDelayedCalls() == []


def test_a_tunnel_to_an_address() -> None:
    proxy, _, _ = tunnel(b"::1", 8443)

    assert proxy.lines[0].sent() == b"CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n"
    endpoint = TunnelEndpoint(Clock(), "the proxy", b"::1", 8443)
    assert repr(endpoint) == "<TunnelEndpoint [::1]:8443 by 'the proxy'>"


def test_what_speaks_through_a_tunnel_takes_its_place() -> None:
    proxy, _, connecting = tunnel()
    transport: Any = proxy.lines[0].transport
    transport.protocol = proxy.lines[0].protocol
    proxy.lines[0].receive(b"HTTP/1.1 200 OK\r\n\r\n")

    assert transport.protocol is outcome(connecting)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"SSH-2.0-x y\r\n", "not HTTP, or no version of it"),
        (b"HTTP/1.1 200 OK\r\n\r\nhello", "bytes before the tunnel"),
        (b"HTTP/1.1 101 OK\r\n\r\n", "a switch to another protocol, which nobody asked for"),
    ],
)
def test_what_is_no_tunnel(data: bytes, why: str) -> None:
    proxy, clock, connecting = tunnel()
    proxy.lines[0].receive(data)

    failure: Any = outcome(connecting)
    assert isinstance(failure, ResponseFailed) and isinstance(failure.reasons[0].value, ParseError)
    assert failure.reasons[0].value.args[0] == why
    assert proxy.lines[0].transport.disconnecting
    assert clock.getDelayedCalls() == []


def test_a_proxy_that_hangs_up() -> None:
    proxy, clock, connecting = tunnel()
    proxy.lines[0].lose(ConnectionLost())

    failure = outcome(connecting)
    assert isinstance(failure, ResponseNeverReceived) and reasons(failure) == ["ConnectionLost"]
    assert clock.getDelayedCalls() == []


def test_a_proxy_that_does_not_answer() -> None:
    proxy, clock, connecting = tunnel()
    clock.advance(29.9)
    assert outcome(connecting) is None
    clock.advance(0.1)

    failure = outcome(connecting)
    assert isinstance(failure, TookTooLong) and "the proxy did not answer for 30.0 seconds" in str(failure)
    assert proxy.lines[0].transport.disconnecting
    proxy.lines[0].lose()


def test_a_proxy_that_cannot_be_reached() -> None:
    clock, proxy = Clock(), Endpoint()
    proxy.slow = True
    connecting = TunnelEndpoint(clock, proxy, b"h", 443).connect(Factory.forProtocol(Inner))
    proxy.connecting.pop()[0].errback(ConnectionLost())

    assert isinstance(outcome(connecting), ConnectionLost)
    assert clock.getDelayedCalls() == []


@pytest.mark.parametrize("slow", [True, False])
def test_giving_up_on_a_tunnel(slow: bool) -> None:
    clock, proxy = Clock(), Endpoint()
    proxy.slow = slow
    connecting = TunnelEndpoint(clock, proxy, b"h", 443).connect(Factory.forProtocol(Inner))

    connecting.cancel()

    assert isinstance(outcome(connecting), CancelledError)
    assert clock.getDelayedCalls() == []
    if slow:
        assert proxy.cancelled == 1
    else:
        assert proxy.lines[0].transport.disconnecting
        proxy.lines[0].receive(b"HTTP/1.1 200 OK\r\n\r\n")
        assert proxy.lines[0].sent() == b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"
        proxy.lines[0].lose()


def test_a_factory_may_want_no_tunnel() -> None:
    class Unwilling(Factory[Any]):
        def buildProtocol(self, addr: Any) -> Any:
            return None

    proxy = Endpoint()
    connecting = TunnelEndpoint(Clock(), proxy, b"h", 443).connect(Unwilling())
    proxy.lines[0].receive(b"HTTP/1.1 200 OK\r\n\r\n")

    assert isinstance(outcome(connecting), NoProtocol)
    assert proxy.lines[0].transport.disconnecting
