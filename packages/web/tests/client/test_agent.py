"""Agents: which server is asked, what is sent, and how long it may take."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from zope.interface import implementer

from twisted.internet.defer import CancelledError
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.testing import MemoryReactorClock
from twisted.web.client import (
    URI,
    Agent,
    BrowserLikePolicyForHTTPS,
    HostnameCachingHTTPSPolicy,
    HTTPConnectionPool,
    RequestTimedOut,
    ResponseDone,
    ResponseFailed,
    WebClientContextFactory,
    _StandardEndpointFactory,
    readBody,
)
from twisted.web.error import SchemeNotSupported
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IAgentEndpointFactory, IPolicyForHTTPS

from .wire import OK, Producer, Wire, answer, deliver, outcome, reasons


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.mark.parametrize(
    ("uri", "sent"),
    [
        (b"http://h/p?q=1#frag", b"GET /p?q=1 HTTP/1.1\r\nHost: h\r\n\r\n"),
        (b"http://h", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        (b"http://h?q", b"GET /?q HTTP/1.1\r\nHost: h\r\n\r\n"),
        (b" HTTP://H:80/ ", b"GET / HTTP/1.1\r\nHost: H\r\n\r\n"),
        (b"http://h:8080/", b"GET / HTTP/1.1\r\nHost: h:8080\r\n\r\n"),
        (b"http://h:443/", b"GET / HTTP/1.1\r\nHost: h:443\r\n\r\n"),
        (b"https://h:443/", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        (b"https://h:80/", b"GET / HTTP/1.1\r\nHost: h:80\r\n\r\n"),
        (b"http://[::1]/", b"GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n"),
        (b"http://[::1]:81/", b"GET / HTTP/1.1\r\nHost: [::1]:81\r\n\r\n"),
        (b"http://user:secret@h/", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        (b"http://h/;p?q", b"GET /;p?q HTTP/1.1\r\nHost: h\r\n\r\n"),
    ],
)
def test_what_is_sent_for_a_uri(wire: Wire, uri: bytes, sent: bytes) -> None:
    for _ in range(2):
        wire.get(uri)
        assert wire.line.sent() == sent


def test_header_fields_are_sent_and_left_alone(wire: Wire) -> None:
    headers = Headers({"User-Agent": ["u"], "Host": ["other"], "X": ["1", "2"]})
    wire.get(headers=headers)

    assert wire.line.sent() == b"GET / HTTP/1.1\r\nUser-Agent: u\r\nHost: other\r\nX: 1\r\nX: 2\r\n\r\n"
    plain = Headers({"A": ["b"]})
    asked = wire.get(headers=plain)
    wire.line.receive(answer())
    assert plain == Headers({"A": ["b"]})
    plain.addRawHeader("A", "c")
    assert outcome(asked).request.headers == Headers({"A": ["b"], "Host": ["h.example"]})


def test_a_body_is_sent(wire: Wire) -> None:
    producer = Producer(5)
    wire.agent.request(b"POST", b"http://h/", None, producer)
    producer.consumer.write(b"hello")

    assert wire.line.sent() == b"POST / HTTP/1.1\r\nContent-Length: 5\r\nHost: h\r\n\r\nhello"


@pytest.mark.parametrize(
    ("method", "uri", "error"),
    [
        (b"G\r\nT", b"http://h/", ValueError),
        (b"", b"http://h/", ValueError),
        ("GET", b"http://h/", TypeError),
        (b"GET", b"http://h/ x", ValueError),
        (b"GET", b"http://h/\r\nX: y", ValueError),
        (b"GET", b"http://h/\xff", ValueError),
        (b"GET", b"", ValueError),
        (b"GET", "http://h/", TypeError),
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(wire: Wire, method: Any, uri: Any, error: type) -> None:
    with pytest.raises(error):
        wire.agent.request(method, uri)

    assert wire.lines == []


@pytest.mark.parametrize("uri", [b"ftp://h/", b"//h/", b"h/x", b"mailto:x"])
def test_schemes_that_are_not_spoken(wire: Wire, uri: bytes) -> None:
    assert isinstance(outcome(wire.get(uri)), SchemeNotSupported)
    assert isinstance(outcome(Agent(MemoryReactorClock()).request(b"GET", uri)), SchemeNotSupported)


def test_endpoints_that_cannot_be_found_raise(wire: Wire) -> None:
    @implementer(IAgentEndpointFactory)
    class Broken:
        def endpointForURI(self, uri: Any) -> Any:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Agent.usingEndpointFactory(wire.clock, Broken()).request(b"GET", b"http://h/")


def test_an_endpoint_is_looked_for_again_when_the_kept_connection_is_gone(wire: Wire) -> None:
    asked = wire.get()
    wire.line.receive(answer())
    outcome(asked)
    again = wire.get()
    wire.line.lose()

    assert wire.asked_for == [b"http://h.example/"] * 2
    assert len(wire.lines) == 2
    wire.line.receive(answer())
    assert outcome(again).code == 200


def test_uris_that_are_remembered_are_bounded(wire: Wire) -> None:
    for number in range(1500):
        wire.agent._target(b"http://h/%d" % number)
    wire.agent._target(b"http://h/" + b"x" * 600)

    assert 0 < len(wire.agent._targets) <= 1024
    assert max(map(len, wire.agent._targets)) <= 512


def test_without_a_pool_each_request_has_a_connection(wire: Wire) -> None:
    agent = Agent.usingEndpointFactory(wire.clock, wire)
    asked = agent.request(b"GET", b"http://h/")
    wire.line.receive(answer())

    assert outcome(asked).code == 200 and wire.line.transport.disconnecting


def test_cancelling_while_it_connects(wire: Wire) -> None:
    wire.endpoint.slow = True
    asked = wire.get()

    asked.cancel()

    assert wire.endpoint.cancelled == 1
    assert isinstance(outcome(asked), CancelledError)


# Connecting


def test_an_agent_connects_by_name() -> None:
    reactor = MemoryReactorClock()
    agent = Agent(reactor, connectTimeout=7, bindAddress=("1.2.3.4", 0))
    asked = agent.request(b"GET", b"http://example.com:81/")

    host, port, _, timeout, bind = reactor.tcpClients[0]
    assert (host, port, timeout, bind) == ("127.0.0.1", 81, 7, ("1.2.3.4", 0))
    asked.cancel()
    assert isinstance(outcome(asked), (ConnectingCancelledError, CancelledError))
    assert IAgent.providedBy(agent)


def test_the_usual_time_for_connecting() -> None:
    reactor = MemoryReactorClock()
    Agent(reactor).request(b"GET", b"http://localhost/").addErrback(lambda _: None)

    assert (reactor.tcpClients[0][0], reactor.tcpClients[0][1], reactor.tcpClients[0][3:]) == (
        "127.0.0.1",
        80,
        (30, None),
    )


def test_the_endpoints_of_an_agent() -> None:
    reactor = MemoryReactorClock()

    @implementer(IPolicyForHTTPS)
    class Policy:
        asked: list[Any] = []

        def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
            self.asked.append((hostname, port))
            return "creator"

    agent: Any = Agent(reactor, Policy())
    factory = agent._endpointFactory
    assert isinstance(factory, _StandardEndpointFactory) and IAgentEndpointFactory.providedBy(factory)
    plain = agent._getEndpoint(URI.fromBytes(b"http://h:81/"))
    assert isinstance(plain, HostnameEndpoint) and (plain._hostText, plain._port) == ("h", 81)
    assert Policy.asked == []
    secured = agent._getEndpoint(URI.fromBytes(b"https://h/"))
    assert isinstance(secured._wrappedEndpoint, HostnameEndpoint)
    assert Policy.asked == [(b"h", 443)]
    with pytest.raises(ValueError, match="the host of a URI has to be ASCII"):
        factory.endpointForURI(URI(b"http", b"\xff", b"\xff", 80, b"/", b"", b"", b""))
    with pytest.raises(SchemeNotSupported, match="Unsupported scheme: b'ftp'"):
        factory.endpointForURI(URI.fromBytes(b"ftp://h/"))


def test_the_value_of_host() -> None:
    agent: Any = Agent(MemoryReactorClock())

    assert agent._computeHostValue(b"http", b"h", 80) == b"h"
    assert agent._computeHostValue(b"http", b"h", 443) == b"h:443"
    assert agent._computeHostValue(b"https", b"h", 443) == b"h"
    assert agent._computeHostValue(b"https", b"::1", 444) == b"[::1]:444"


# Policies


def test_browsers_trust_whom_the_platform_trusts() -> None:
    pytest.importorskip("OpenSSL", reason="pip install twisted-core[tls]")
    from twisted.internet.interfaces import IOpenSSLClientConnectionCreator

    policy = BrowserLikePolicyForHTTPS()
    creator: Any = policy.creatorForNetloc(b"h.example", 443)

    assert IPolicyForHTTPS.providedBy(policy)
    assert creator._hostname == "h.example"
    assert IOpenSSLClientConnectionCreator.providedBy(creator)
    with pytest.raises(UnicodeDecodeError):
        policy.creatorForNetloc(b"\xff", 443)


def test_what_a_policy_trusts_can_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    ssl = pytest.importorskip("twisted.internet.ssl", reason="pip install twisted-core[tls]")
    told: list[Any] = []
    monkeypatch.setattr(ssl, "optionsForClientTLS", lambda hostname, trustRoot: told.append((hostname, trustRoot)))

    BrowserLikePolicyForHTTPS("whom I trust").creatorForNetloc(b"h.example", 443)
    BrowserLikePolicyForHTTPS().creatorForNetloc(b"h.example", 443)

    assert told[0] == ("h.example", "whom I trust")
    assert type(told[1][1]) is type(ssl.platformTrust())


def test_a_caching_policy_asks_once_for_each_host() -> None:
    @implementer(IPolicyForHTTPS)
    class Policy:
        asked: list[Any] = []

        def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
            self.asked.append(hostname)
            return object()

    caching = HostnameCachingHTTPSPolicy(Policy(), 2)
    first = caching.creatorForNetloc(b"a", 1)
    assert caching.creatorForNetloc(b"A", 2) is first
    second = caching.creatorForNetloc(b"b", 1)
    assert caching.creatorForNetloc(b"a", 1) is first
    caching.creatorForNetloc(b"c", 1)
    assert caching.creatorForNetloc(b"a", 1) is first
    assert caching.creatorForNetloc(b"b", 1) is not second

    assert Policy.asked == [b"a", b"b", b"c", b"b"]
    assert IPolicyForHTTPS.providedBy(caching)
    assert HostnameCachingHTTPSPolicy(Policy())._cacheSize == 20


def test_policies_of_the_oldest_kind_are_taken_with_a_warning() -> None:
    pytest.importorskip("OpenSSL", reason="pip install twisted-core[tls]")

    class Old:
        asked: list[Any] = []

        def getContext(self, hostname: bytes, port: int) -> str:
            self.asked.append((hostname, port))
            return "context"

    old = Old()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        agent: Any = Agent(MemoryReactorClock(), old)
        Agent(MemoryReactorClock(), BrowserLikePolicyForHTTPS())

    assert [str(warning.message) for warning in seen] == [
        f"{old!r} was passed as the HTTPS policy for an Agent, but it does not provide IPolicyForHTTPS.  "
        "Since Twisted 14.0, you must pass a provider of IPolicyForHTTPS."
    ]
    assert (seen[0].category, seen[0].filename) == (DeprecationWarning, __file__)
    creator = agent._endpointFactory._policyForHTTPS.creatorForNetloc(b"h", 443)
    assert creator.getContext() == "context" and Old.asked == [(b"h", 443)]
    from OpenSSL.SSL import Context

    assert isinstance(WebClientContextFactory().getContext(b"h", 443), Context)


# Time


def test_a_whole_request_has_its_time() -> None:
    wire = Wire(timeout=5)
    asked = wire.get()
    wire.clock.advance(4.9)
    assert outcome(asked) is None
    wire.clock.advance(0.1)

    failure = outcome(asked)
    assert isinstance(failure, ResponseFailed) and reasons(failure) == ["RequestTimedOut"]
    late: Any = failure.reasons[0].value
    assert isinstance(late, RequestTimedOut) and late.seconds == 5
    assert str(late) == "no complete response after 5 seconds"
    assert wire.line.transport.aborted
    wire.line.lose()
    assert wire.clock.getDelayedCalls() == []


def test_connecting_is_part_of_the_time() -> None:
    wire = Wire(timeout=5)
    wire.endpoint.slow = True
    asked = wire.get()
    wire.clock.advance(5)

    assert reasons(outcome(asked)) == ["RequestTimedOut"] and wire.endpoint.cancelled == 1


def test_the_body_is_part_of_the_time() -> None:
    wire = Wire(timeout=5)
    asked = wire.get()
    wire.clock.advance(3)
    wire.line.receive(answer(b"hello")[:-1])
    receiver = deliver(outcome(asked))
    wire.clock.advance(1.9)
    assert not wire.line.transport.aborted
    wire.clock.advance(0.1)
    assert wire.line.transport.aborted
    wire.line.lose()

    assert reasons(receiver.why) == ["RequestTimedOut", "_DataLoss"]


def test_a_body_that_is_in_time_is_left_alone() -> None:
    wire = Wire(timeout=5)
    asked = wire.get()
    wire.line.receive(answer(b"hello")[:-1])
    receiver = deliver(outcome(asked))
    wire.line.receive(b"o")
    assert isinstance(receiver.why, ResponseDone)

    assert [call.getTime() for call in wire.clock.getDelayedCalls()] == [240.0]
    wire.clock.advance(5)
    assert not wire.line.transport.disconnecting


def test_a_response_that_is_here_at_once_is_left_alone() -> None:
    wire = Wire(timeout=5)
    bodies: list[Any] = []
    wire.get().addCallback(readBody).addCallback(bodies.append)
    wire.line.receive(answer(b"hello"))

    assert bodies == [b"hello"]
    assert [call.getTime() for call in wire.clock.getDelayedCalls()] == [240.0]


def test_a_request_that_fails_in_time_says_why() -> None:
    wire = Wire(timeout=5)
    asked = wire.get()
    wire.line.lose()

    assert reasons(outcome(asked)) == ["ConnectionDone"]
    assert wire.clock.getDelayedCalls() == []


def test_a_request_with_a_time_can_be_cancelled() -> None:
    wire = Wire(timeout=5)
    asked = wire.get()
    asked.cancel()
    wire.line.lose()

    assert reasons(outcome(asked)) == ["CancelledError"]
    assert wire.clock.getDelayedCalls() == []


def test_a_body_that_has_failed_already_has_no_time() -> None:
    wire = Wire(timeout=5)
    asked = wire.get()
    wire.line.receive(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
    outcome(asked)
    wire.line.lose()
    wire.clock.advance(5)

    assert wire.clock.getDelayedCalls() == []


def test_agents_have_any_time_unless_told() -> None:
    assert Agent(MemoryReactorClock()).requestTimeout is None
    assert Agent(MemoryReactorClock(), requestTimeout=3).requestTimeout == 3
    assert isinstance(Agent(MemoryReactorClock())._pool, HTTPConnectionPool)
    assert not Agent(MemoryReactorClock())._pool.persistent
