"""No argument of ours brings CR, LF or NUL to the wire, where it would begin another field or another message."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from http.cookiejar import Cookie, CookieJar
from io import BytesIO
from typing import Any

import pytest
from zope.interface import implementer

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.web import client, guard, http, proxy, resource, server, static, util, xmlrpc
from twisted.web._guard.wrapping import UnauthorizedResource
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory
from twisted.web.test.requesthelper import DummyRequest

BAD = [b"x\r\nEvil: 1", b"x\nEvil: 1", b"x\rEvil: 1", b"x\r\n\r\nEvil: 1", b"x\0Evil: 1", b"Evil\r\n"]

# What is said to us in all these cases: header fields that nobody can have forged.
GET = b"GET /x HTTP/1.1\r\nHost: h\r\nOrigin: o\r\n\r\n"


def assert_clean(sent: bytes) -> None:
    """Nothing but whole lines, none of which is evil, before the body; and one message."""
    head, _, _ = sent.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert not any(line.lower().startswith(b"evil") for line in lines[1:]), sent
    assert not any(mark in line for line in lines for mark in (b"\r", b"\n", b"\0")), sent
    assert sent.count(b"HTTP/1.1") == 1, sent


def lines_of(sent: bytes) -> list[bytes]:
    return sent.partition(b"\r\n\r\n")[0].split(b"\r\n")


# Servers. Each does something to a request that is not answered yet; if it is refused, that is as well.


def cookie(**words: str) -> Callable[[Any, bytes], object]:
    def act(request: Any, bad: bytes) -> object:
        text = bad.decode()
        arguments: dict[str, Any] = {"k": "k", "v": "v", **dict.fromkeys(words, text)}
        return request.addCookie(**arguments)

    return act


def data_type(request: Any, bad: bytes) -> None:
    data = static.Data(b"body", bad.decode())
    request.site.resource.putChild(b"x", data)
    request.write(data.render_GET(request))


def challenge(kind: Callable[[bytes], Any]) -> Callable[[Any, bytes], object]:
    def act(request: Any, bad: bytes) -> None:
        request.write(UnauthorizedResource([kind(bad)]).render(request))

    return act


def head(of: Callable[[bytes], tuple[bytes, Any]]) -> Callable[[Any, bytes], object]:
    def act(request: Any, bad: bytes) -> None:
        request.channel.writeHeaders(b"HTTP/1.1", b"200", *of(bad))
        request.startedWriting = 1

    return act


def session(request: Any, bad: bytes) -> None:
    request.sitepath = [bad]
    request.getSession()


def host(request: Any, bad: bytes) -> None:
    request.setHost(bad, 80)
    request.redirect(request.prePathURL())


SERVERS: dict[str, Callable[[Any, bytes], object]] = {
    "setHeader value": lambda request, bad: request.setHeader(b"x-y", bad),
    "setHeader of a known name": lambda request, bad: request.setHeader(b"content-type", bad),
    "setHeader text": lambda request, bad: request.setHeader("x-y", bad.decode()),
    "setHeader name": lambda request, bad: request.setHeader(bad, b"x"),
    "addRawHeader value": lambda request, bad: request.responseHeaders.addRawHeader(b"x-y", bad),
    "addRawHeader name": lambda request, bad: request.responseHeaders.addRawHeader(bad, b"x"),
    "setRawHeaders values": lambda request, bad: request.responseHeaders.setRawHeaders("x-y", [bad, bad]),
    "setRawHeaders name": lambda request, bad: request.responseHeaders.setRawHeaders(bad.decode(), ["x"]),
    "setResponseCode phrase": lambda request, bad: request.setResponseCode(200, bad),
    "redirect": lambda request, bad: request.redirect(bad),
    "redirectTo": lambda request, bad: request.write(util.redirectTo(bad, request)),
    "Redirect": lambda request, bad: request.write(util.Redirect(bad).render(request)),
    "setETag": lambda request, bad: request.setETag(bad),
    "cookie name": cookie(k=""),
    "cookie value": cookie(v=""),
    "cookie path": cookie(path=""),
    "cookie domain": cookie(domain=""),
    "cookie expires": cookie(expires=""),
    "cookie max_age": cookie(max_age=""),
    "cookie comment": cookie(comment=""),
    "cookie sameSite": cookie(sameSite=""),
    "cookies": lambda request, bad: request.cookies.append(bad),
    "writeHeaders phrase": head(lambda bad: (bad, Headers())),
    "writeHeaders pairs": head(lambda bad: (b"OK", [(b"a", bad)])),
    "writeHeaders names": head(lambda bad: (b"OK", [(bad, b"a")])),
    "Data type": data_type,
    "basic realm": challenge(guard.BasicCredentialFactory),
    "digest realm": challenge(lambda bad: guard.DigestCredentialFactory(b"md5", bad)),
    "session cookie": session,
    "setHost": host,
}


def answer_of(act: Callable[[Any, bytes], object], bad: bytes) -> bytes:
    class Page(resource.Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> int:
            with suppress(ValueError, TypeError):
                act(request, bad)
            if not request.finished:
                request.finish()
            return server.NOT_DONE_YET

    clock: Any = Clock()
    site = server.Site(Page(), reactor=clock)
    transport = StringTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 1))
    protocol: Any = site.buildProtocol(transport.getPeer())
    protocol.makeConnection(transport)
    protocol.dataReceived(GET)
    return transport.value()


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("what", SERVERS)
def test_an_answer_is_one_answer_with_the_fields_it_was_given(what: str, bad: bytes) -> None:
    sent = answer_of(SERVERS[what], bad)

    assert sent.startswith(b"HTTP/1.1 ")
    assert_clean(sent)
    for line in lines_of(sent)[1:]:
        assert b":" in line


# Clients.


@implementer(IStreamClientEndpoint, IAgentEndpointFactory)
class Wire:
    """Connects to nobody, and remembers what was sent."""

    def __init__(self) -> None:
        self.transports: list[StringTransport] = []

    def endpointForURI(self, uri: Any) -> Any:
        return self

    def connect(self, factory: Any) -> Deferred[Any]:
        protocol = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 80))
        transport = StringTransport()
        self.transports.append(transport)
        protocol.makeConnection(transport)
        self.protocol = protocol
        return succeed(protocol)

    @property
    def sent(self) -> bytes:
        return b"".join(transport.value() for transport in self.transports)


def asking(**words: str) -> Callable[[Wire, bytes], object]:
    def act(wire: Wire, bad: bytes) -> Any:
        arguments: dict[str, Any] = {"method": b"GET", "uri": b"http://h/", "headers": None}
        for name, text in words.items():
            arguments[name] = text.encode().replace(b"BAD", bad)
        return client.Agent.usingEndpointFactory(Clock(), wire, client.HTTPConnectionPool(Clock())).request(**arguments)

    return act


def with_headers(headers: Callable[[bytes], Headers]) -> Callable[[Wire, bytes], object]:
    def act(wire: Wire, bad: bytes) -> Any:
        agent = client.Agent.usingEndpointFactory(Clock(), wire, client.HTTPConnectionPool(Clock()))
        return agent.request(b"GET", b"http://h/", headers(bad))

    return act


def through_proxy(uri: bytes, method: bytes = b"GET") -> Callable[[Wire, bytes], object]:
    def act(wire: Wire, bad: bytes) -> Any:
        agent = client.ProxyAgent(wire, reactor=MemoryReactorClock(), pool=client.HTTPConnectionPool(Clock()))
        return agent.request(method.replace(b"BAD", bad), uri.replace(b"BAD", bad))

    return act


def redirected(wire: Wire, bad: bytes) -> None:
    agent = client.Agent.usingEndpointFactory(Clock(), wire, client.HTTPConnectionPool(Clock()))
    client.RedirectAgent(agent).request(b"GET", b"http://h/").addErrback(lambda _: None)
    where = bad.replace(b"\r", b"%0d").replace(b"\n", b"%0a").replace(b"\0", b"%00")
    wire.transports[0].clear()
    wire.protocol.dataReceived(b"HTTP/1.1 302 F\r\nLocation: /" + where + b"\r\nContent-Length: 0\r\n\r\n")


def http_client(act: Callable[[Any, bytes], object]) -> Callable[[Wire, bytes], object]:
    def run(wire: Wire, bad: bytes) -> None:
        protocol: Any = http.HTTPClient()
        transport = StringTransport()
        wire.transports.append(transport)
        protocol.makeConnection(transport)
        act(protocol, bad)

    return run


def xmlrpc_proxy(url: bytes, **words: Any) -> Callable[[Wire, bytes], object]:
    def run(wire: Wire, bad: bytes) -> None:
        reactor = MemoryReactorClock()
        given = {name: word.replace(b"BAD", bad) for name, word in words.items()}
        asked = xmlrpc.Proxy(url.replace(b"BAD", bad), reactor=reactor, **given).callRemote("m")
        asked.addErrback(lambda _: None)
        for _, _, factory, *_ in reactor.tcpClients:
            protocol = factory.buildProtocol(None)
            transport = StringTransport()
            wire.transports.append(transport)
            protocol.makeConnection(transport)

    return run


def reverse_proxy(path: bytes = b"", host: str = "h") -> Callable[[Wire, bytes], object]:
    def run(wire: Wire, bad: bytes) -> None:
        reactor: Any = MemoryReactorClock()
        behind = proxy.ReverseProxyResource(
            host.replace("BAD", bad.decode()), 80, path.replace(b"BAD", bad), reactor=reactor
        )
        request: Any = DummyRequest([b"x"])
        request.method, request.uri, request.clientproto = b"GET", b"/x", b"HTTP/1.1"
        request.content = BytesIO()
        behind.render(request)
        for _, _, factory, *_ in reactor.tcpClients:
            protocol = factory.buildProtocol(None)
            transport = StringTransport()
            wire.transports.append(transport)
            protocol.makeConnection(transport)

    return run


def a_cookie(wire: Wire, bad: bytes) -> Any:
    jar = CookieJar()
    text = bad.decode()
    jar.set_cookie(
        Cookie(0, "k", text, None, False, "h.local", False, False, "/", True, False, None, True, None, None, {})
    )
    agent = client.Agent.usingEndpointFactory(Clock(), wire, client.HTTPConnectionPool(Clock()))
    return client.CookieAgent(agent, jar).request(b"GET", b"http://h/")


CLIENTS: dict[str, Callable[[Wire, bytes], object]] = {
    "method": asking(method="BAD"),
    "uri": asking(uri="http://h/BAD"),
    "query": asking(uri="http://h/?BAD"),
    "fragment": asking(uri="http://h/#BAD"),
    "host": asking(uri="http://BAD/"),
    "field value": with_headers(lambda bad: Headers({b"x-y": [bad]})),
    "field name": with_headers(lambda bad: Headers({bad: [b"x"]})),
    "host field": with_headers(lambda bad: Headers({b"host": [bad]})),
    "connection field": with_headers(lambda bad: Headers({b"connection": [bad]})),
    "proxied uri": through_proxy(b"http://h/BAD"),
    "proxied host": through_proxy(b"http://BAD/"),
    "tunnel host": through_proxy(b"https://BAD/"),
    "proxied method": through_proxy(b"http://h/", b"BAD"),
    "location": redirected,
    "cookie": a_cookie,
    "HTTPClient command": http_client(lambda protocol, bad: protocol.sendCommand(bad, b"/")),
    "HTTPClient path": http_client(lambda protocol, bad: protocol.sendCommand(b"GET", bad)),
    "HTTPClient name": http_client(lambda protocol, bad: protocol.sendHeader(bad, b"x")),
    "HTTPClient value": http_client(lambda protocol, bad: protocol.sendHeader(b"x", bad)),
    "xmlrpc path": xmlrpc_proxy(b"http://h/BAD"),
    "xmlrpc host": xmlrpc_proxy(b"http://BAD/"),
    "xmlrpc user": xmlrpc_proxy(b"http://h/", user=b"BAD", password=b"BAD"),
    "reverse proxy path": reverse_proxy(b"/BAD"),
    "reverse proxy host": reverse_proxy(b"/", "BAD"),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("what", CLIENTS)
def test_a_request_is_one_request_with_the_fields_it_was_given(what: str, bad: bytes) -> None:
    wire = Wire()
    with suppress(ValueError, TypeError, client.RequestNotSent):
        outcome = CLIENTS[what](wire, bad)
        if isinstance(outcome, Deferred):
            outcome.addErrback(lambda _: None)

    for transport in wire.transports:
        sent = transport.value()
        lines = lines_of(sent)
        assert not any(line.lower().startswith(b"evil") for line in lines[1:]), sent
        assert not any(mark in line for line in lines for mark in (b"\r", b"\n", b"\0")), sent
        assert b"Evil" not in sent.partition(b"\r\n\r\n")[2], sent
        assert sent.count(b" HTTP/1.") <= 1, sent
