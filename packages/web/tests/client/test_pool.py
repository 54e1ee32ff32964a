"""Connections that are kept: which one is used, how many there are, and when they end."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.web._newclient import ParseError, RequestNotSent, RequestTransmissionFailed, ResponseNeverReceived
from twisted.web.client import (
    Agent,
    HTTP11ClientProtocol,
    HTTPConnectionPool,
    ResponseFailed,
    ResponseLimits,
    _HTTP11ClientFactory,
    _RetryingHTTP11ClientProtocol,
    readBody,
)

from .wire import OK, Endpoint, Line, Producer, Wire, answer, outcome, reasons


@pytest.fixture
def wire() -> Wire:
    return Wire()


def served(wire: Wire, uri: bytes = b"http://h.example/") -> Line:
    """One request and its answer; the connection is idle then."""
    asked = wire.get(uri)
    [line] = [line for line in wire.lines if line.sent()]
    line.receive(answer())
    assert outcome(asked).code == 200
    line.sent()
    return line


def several(wire: Wire, *hosts: bytes) -> list[Line]:
    """A connection for each host, all idle; made so that each is a new one."""
    asked = [wire.get(b"http://%b/" % host) for host in hosts]
    lines = wire.lines[-len(hosts) :]
    for line in lines:
        line.receive(answer())
        line.sent()
    for one in asked:
        outcome(one)
    return lines


def test_an_idle_connection_is_used_again(wire: Wire) -> None:
    line = served(wire)

    asked = wire.get(b"http://h.example/again")

    assert wire.lines == [line]
    assert line.sent() == b"GET /again HTTP/1.1\r\nHost: h.example\r\n\r\n"
    line.receive(answer(b"x"))
    assert outcome(asked).code == 200
    assert wire.asked_for == [b"http://h.example/"]


def test_a_chain_of_requests_needs_one_connection(wire: Wire) -> None:
    bodies: list[bytes] = []

    def next_one(body: bytes) -> None:
        bodies.append(body)
        if len(bodies) < 3:
            wire.get().addCallback(readBody).addCallback(next_one)

    wire.get().addCallback(readBody).addCallback(next_one)
    for number in range(3):
        wire.line.receive(answer(b"%d" % number))

    assert bodies == [b"0", b"1", b"2"]
    assert len(wire.lines) == 1


@pytest.mark.parametrize("other", [b"http://other/", b"http://h.example:81/", b"https://h.example/"])
def test_a_connection_serves_one_origin(wire: Wire, other: bytes) -> None:
    served(wire)

    wire.get(other)

    assert len(wire.lines) == 2


def test_the_one_used_last_is_used_next(wire: Wire) -> None:
    wire.pool.maxPersistentPerHost = 3
    first, second = several(wire, b"h", b"h")

    wire.get(b"http://h/1")
    assert second.sent() and not first.sent()
    wire.get(b"http://h/2")
    assert first.sent()


def test_more_than_are_to_be_kept_end_the_oldest_first(wire: Wire) -> None:
    first, second, third, fourth = several(wire, b"h", b"h", b"h", b"h")

    assert [line.transport.disconnecting for line in (first, second, third, fourth)] == [True, True, False, False]
    assert HTTPConnectionPool.maxPersistentPerHost == 2


def test_connections_need_not_be_kept() -> None:
    wire = Wire(persistent=False)
    line = served(wire)

    assert line.transport.disconnecting
    assert wire.pool._connections == {}
    wire.get()
    assert wire.line.sent() == b"GET / HTTP/1.1\r\nConnection: close\r\nHost: h.example\r\n\r\n"


def test_a_request_can_ask_for_the_end_of_its_connection(wire: Wire) -> None:
    from twisted.web.http_headers import Headers

    wire.get(headers=Headers({"Connection": ["Close"]}))
    assert wire.line.sent() == b"GET / HTTP/1.1\r\nConnection: close\r\nHost: h.example\r\n\r\n"
    wire.line.receive(answer())

    assert wire.line.transport.disconnecting and wire.pool._connections == {}


def test_an_idle_connection_ends_in_time(wire: Wire) -> None:
    line = served(wire)

    wire.clock.advance(239)
    assert not line.transport.disconnecting
    wire.clock.advance(1)

    assert line.transport.disconnecting and not line.transport.aborted
    assert wire.pool._connections == {}
    assert wire.clock.getDelayedCalls() == []
    assert HTTPConnectionPool.cachedConnectionTimeout == 240


def test_one_timer_serves_all_and_each_has_its_own_time(wire: Wire) -> None:
    wire.pool.cachedConnectionTimeout = 10
    first = served(wire, b"http://a/")
    wire.clock.advance(4)
    second = served(wire, b"http://b/")
    wire.clock.advance(3)
    third = served(wire, b"http://a/")
    assert third is first
    assert len(wire.clock.getDelayedCalls()) == 1

    wire.clock.advance(6.5)
    assert not second.transport.disconnecting
    wire.clock.advance(0.5)
    assert second.transport.disconnecting and not first.transport.disconnecting
    wire.clock.advance(2.9)
    assert not first.transport.disconnecting
    wire.clock.advance(0.1)
    assert first.transport.disconnecting
    assert wire.clock.getDelayedCalls() == []


def test_the_timer_waits_for_whoever_is_next_wherever_it_stands(wire: Wire) -> None:
    wire.pool.cachedConnectionTimeout = 10
    served(wire, b"http://first/")
    wire.clock.advance(1)
    early = served(wire, b"http://a/")
    wire.clock.advance(1)
    served(wire, b"http://b/")
    wire.clock.advance(1)
    served(wire, b"http://c/")
    wire.clock.advance(7)

    assert [call.getTime() for call in wire.clock.getDelayedCalls()] == [11.0]
    wire.clock.advance(1)
    assert early.transport.disconnecting
    assert [call.getTime() for call in wire.clock.getDelayedCalls()] == [12.0]


def test_a_connection_in_use_is_left_alone(wire: Wire) -> None:
    line = served(wire)
    wire.clock.advance(200)
    asked = wire.get()
    line.receive(answer(b"hello")[:-1])
    response = outcome(asked)

    wire.clock.advance(1000)

    assert not line.transport.disconnecting
    body = readBody(response)
    line.receive(b"o")
    assert outcome(body) == b"hello"


def test_no_timer_outlives_the_last_connection(wire: Wire) -> None:
    line = served(wire)
    assert len(wire.clock.getDelayedCalls()) == 1

    line.lose()

    assert wire.clock.getDelayedCalls() == []
    assert wire.pool._connections == {} and wire.pool._open == {} and wire.pool._total == 0


def test_an_idle_connection_that_ends_is_forgotten(wire: Wire) -> None:
    wire.pool.maxPersistentPerHost = 2
    first, second = several(wire, b"h", b"h")

    second.lose()
    assert [connection for idle in wire.pool._connections.values() for connection in idle] == [first.protocol]
    wire.get(b"http://h/")

    assert first.sent() and len(wire.lines) == 2


def test_an_idle_connection_that_is_told_something_is_not_used(wire: Wire) -> None:
    line = served(wire)
    line.receive(b"HTTP/1.1 408 Timeout\r\n\r\n")
    assert line.transport.disconnecting

    wire.get()

    assert len(wire.lines) == 2


def test_an_idle_connection_that_is_ending_is_not_used(wire: Wire) -> None:
    line = served(wire)
    line.transport.loseConnection()

    wire.get()

    assert len(wire.lines) == 2


# Sending again


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"TRACE"])
@pytest.mark.parametrize("why", [ConnectionDone(), ConnectionLost()])
def test_a_request_that_a_kept_connection_lost_is_sent_again_once(wire: Wire, method: bytes, why: Any) -> None:
    line = served(wire)
    asked = wire.agent.request(method, b"http://h.example/x")

    line.lose(why)

    assert len(wire.lines) == 2 and outcome(asked) is None
    assert wire.line.sent() == method + b" /x HTTP/1.1\r\nHost: h.example\r\n\r\n"
    wire.line.lose(why)
    assert isinstance(outcome(asked), ResponseNeverReceived)
    assert len(wire.lines) == 2


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"PATCH", b"FOO"])
def test_what_may_not_be_repeated_is_not(wire: Wire, method: bytes) -> None:
    line = served(wire)
    asked = wire.agent.request(method, b"http://h.example/x")
    line.lose()

    assert isinstance(outcome(asked), ResponseNeverReceived) and len(wire.lines) == 1


def test_a_body_is_not_sent_again(wire: Wire) -> None:
    line = served(wire)
    asked = wire.get(bodyProducer=Producer(1))
    line.lose()

    assert isinstance(outcome(asked), RequestTransmissionFailed) and len(wire.lines) == 1


def test_a_response_that_has_begun_is_not_asked_for_again(wire: Wire) -> None:
    line = served(wire)
    asked = wire.get()
    line.receive(b"H")
    line.lose()

    assert type(outcome(asked)) is ResponseFailed and len(wire.lines) == 1


def test_a_request_that_was_cancelled_is_not_sent_again(wire: Wire) -> None:
    line = served(wire)
    asked = wire.get()
    asked.cancel()
    line.lose()

    assert reasons(outcome(asked)) == ["CancelledError"] and len(wire.lines) == 1


def test_a_new_connection_gets_one_chance(wire: Wire) -> None:
    asked = wire.get()
    wire.line.lose()

    assert isinstance(outcome(asked), ResponseNeverReceived) and len(wire.lines) == 1


def test_sending_again_can_be_forbidden(wire: Wire) -> None:
    assert HTTPConnectionPool.retryAutomatically is True
    wire.pool.retryAutomatically = False
    line = served(wire)
    asked = wire.get()
    line.lose()

    assert isinstance(outcome(asked), ResponseNeverReceived) and len(wire.lines) == 1


def test_connections_that_are_handed_out_send_again_as_well(wire: Wire) -> None:
    from twisted.web.client import Request
    from twisted.web.http_headers import Headers

    line = served(wire)
    key = (b"http", b"h.example", 80)
    connection: Any = outcome(wire.pool.getConnection(key, wire.endpoint))
    assert isinstance(connection, _RetryingHTTP11ClientProtocol)
    asked = connection.request(Request(b"GET", b"/y", Headers({"Host": ["h"]}), None, True))
    assert line.sent().startswith(b"GET /y ")
    line.lose()
    assert wire.line.sent().startswith(b"GET /y ")
    wire.line.lose()
    assert isinstance(outcome(asked), ResponseNeverReceived)
    assert len(wire.lines) == 2


def test_connections_that_are_handed_out_may_be_plain(wire: Wire) -> None:
    wire.pool.retryAutomatically = False
    line = served(wire)

    assert outcome(wire.pool.getConnection((b"http", b"h.example", 80), wire.endpoint)) is line.protocol


@pytest.mark.parametrize(
    ("method", "exception", "body", "again"),
    [
        (b"GET", ResponseNeverReceived([]), None, True),
        (b"GET", RequestTransmissionFailed([]), None, True),
        (b"GET", RequestNotSent(), None, True),
        (b"GET", ResponseFailed([]), None, False),
        (b"GET", ParseError("", b""), None, False),
        (b"GET", ResponseNeverReceived([Failure(CancelledError())]), None, False),
        (b"GET", ResponseNeverReceived([Failure(ConnectionLost())]), None, True),
        (b"GET", ResponseNeverReceived([]), object(), False),
        (b"POST", ResponseNeverReceived([]), None, False),
    ],
)
def test_what_is_sent_again(method: bytes, exception: Exception, body: Any, again: bool) -> None:
    retrying = _RetryingHTTP11ClientProtocol(HTTP11ClientProtocol(), lambda: Deferred())

    assert retrying._shouldRetry(method, exception, body) is again


# Limits


def test_requests_wait_for_a_connection_if_there_are_enough(wire: Wire) -> None:
    wire.pool.maxConnectionsPerHost = 2
    asked = [wire.get(b"http://h/%d" % number) for number in range(4)]
    assert len(wire.lines) == 2

    wire.lines[1].receive(answer(b"one"))
    assert outcome(asked[1]).code == 200
    # A body that is here in whole needs its connection no longer.
    assert wire.lines[1].sent() == b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
    wire.lines[0].lose()
    assert isinstance(outcome(asked[0]), ResponseNeverReceived)
    assert len(wire.lines) == 3
    assert wire.lines[2].sent() == b"GET /3 HTTP/1.1\r\nHost: h\r\n\r\n"
    for line in wire.lines[1:]:
        line.receive(answer())

    assert [outcome(one).code for one in asked[2:]] == [200, 200]
    assert wire.pool._waiting == {}
    assert wire.pool._open == {(b"http", b"h", 80): 2}


def test_limits_for_one_server_leave_others_alone(wire: Wire) -> None:
    wire.pool.maxConnectionsPerHost = 1
    for host in (b"a", b"a", b"b"):
        wire.get(b"http://%b/" % host)

    assert len(wire.lines) == 2


def test_there_may_be_a_limit_for_all_servers(wire: Wire) -> None:
    wire.pool.maxConnections = 2
    asked = [wire.get(b"http://%b/" % host) for host in (b"a", b"b", b"c", b"a")]
    assert len(wire.lines) == 2

    wire.lines[0].receive(answer())
    # Its own server first.
    assert wire.lines[0].sent().count(b"GET") == 2
    wire.lines[1].receive(answer())
    # Nobody waits for that server, but for another one.
    assert wire.lines[1].transport.disconnecting
    assert len(wire.lines) == 2
    wire.lines[1].lose()
    assert len(wire.lines) == 3
    assert wire.lines[2].sent() == b"GET / HTTP/1.1\r\nHost: c\r\n\r\n"
    wire.lines[0].receive(answer())
    wire.lines[2].receive(answer())

    assert [outcome(one).code for one in asked] == [200] * 4


def test_an_idle_connection_makes_room_for_another_server(wire: Wire) -> None:
    wire.pool.maxConnections = 2
    first = served(wire, b"http://a/")
    wire.clock.advance(1)
    second = served(wire, b"http://b/")

    asked = wire.get(b"http://c/")
    assert first.transport.disconnecting and not second.transport.disconnecting
    assert len(wire.lines) == 2
    first.lose()
    assert len(wire.lines) == 3
    wire.line.receive(answer())

    assert outcome(asked).code == 200


def test_a_limit_for_one_server_ends_no_other_connection(wire: Wire) -> None:
    wire.pool.maxConnections = 3
    wire.pool.maxConnectionsPerHost = 1
    first = served(wire, b"http://a/")
    wire.get(b"http://b/")
    wire.get(b"http://b/")

    assert not first.transport.disconnecting and len(wire.lines) == 2


def test_who_waits_can_give_up(wire: Wire) -> None:
    wire.pool.maxConnectionsPerHost = 1
    first, second, third = [wire.get(b"http://h/%d" % number) for number in range(3)]

    second.cancel()
    assert isinstance(outcome(second), CancelledError)
    wire.line.sent()
    wire.line.receive(answer())
    assert wire.line.sent() == b"GET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
    third.cancel()
    assert reasons(outcome(third)) == ["CancelledError"]
    wire.line.lose()

    assert outcome(first).code == 200
    assert wire.pool._waiting == {} and wire.pool._total == 0


def test_who_gives_up_while_a_connection_is_made_for_it_stops_that(wire: Wire) -> None:
    wire.pool.maxConnectionsPerHost = 1
    outcome(wire.get(b"http://h/0"))
    waiting = wire.get(b"http://h/1")
    wire.endpoint.slow = True
    wire.line.lose()
    assert len(wire.endpoint.connecting) == 1

    waiting.cancel()

    assert wire.endpoint.cancelled == 1
    assert isinstance(outcome(waiting), CancelledError)
    assert wire.pool._total == 0


def test_sending_again_respects_the_limit(wire: Wire) -> None:
    wire.pool.maxConnectionsPerHost = 1
    line = served(wire)
    again, waiting = wire.get(b"http://h.example/again"), wire.get(b"http://h.example/waiting")

    line.lose()
    assert len(wire.lines) == 2
    assert wire.line.sent().startswith(b"GET /waiting ")
    wire.line.receive(answer())
    assert wire.line.sent().startswith(b"GET /again ")
    wire.line.receive(answer())

    assert (outcome(again).code, outcome(waiting).code, len(wire.lines)) == (200, 200, 2)


def test_a_connection_that_cannot_be_made_makes_room(wire: Wire) -> None:
    wire.pool.maxConnectionsPerHost = 1
    wire.endpoint.slow = True
    first, second = wire.get(b"http://h/0"), wire.get(b"http://h/1")
    assert len(wire.endpoint.connecting) == 1

    wire.endpoint.connecting.pop(0)[0].errback(ConnectionLost())
    assert isinstance(outcome(first), ConnectionLost)
    wire.endpoint.connect_oldest()

    assert wire.line.sent() == b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
    assert outcome(second) is None


def test_endpoints_that_raise_fail_the_request(wire: Wire) -> None:
    class Broken:
        def connect(self, factory: Any) -> Any:
            raise ZeroDivisionError("no")

    failure = outcome(wire.pool.getConnection("key", Broken()))  # type: ignore[arg-type]

    assert isinstance(failure, ZeroDivisionError)
    assert wire.pool._total == 0 and wire.pool._open == {}


def test_connections_of_ones_own_making_are_not_counted(wire: Wire) -> None:
    own = object()

    class Own:
        def connect(self, factory: Any) -> Any:
            return succeed(own)

    assert outcome(wire.pool.getConnection("key", Own())) is own  # type: ignore[arg-type]
    assert wire.pool._total == 0


def test_a_connection_may_end_before_anybody_sees_it(wire: Wire) -> None:
    class Short(Endpoint):
        def connect(self, factory: Any) -> Any:
            protocol = self.make(factory)
            self.lines[-1].lose()
            return succeed(protocol)

    outcome(wire.pool.getConnection("key", Short()))

    assert wire.pool._total == 0


def test_responses_are_limited_as_the_pool_says(wire: Wire) -> None:
    wire.pool.responseLimits = ResponseLimits(headerCount=1)
    asked = wire.get()
    wire.line.receive(OK + b"A: 1\r\nB: 2\r\n\r\n")

    assert str(outcome(asked).reasons[0].value) == "('more than 1 header fields', b'B: 2')"
    assert HTTPConnectionPool.responseLimits == ResponseLimits()


# The end


def test_closing_ends_idle_connections_and_waits_for_them(wire: Wire) -> None:
    wire.pool.maxPersistentPerHost = 5
    idle = [*several(wire, b"a", b"a"), *several(wire, b"b")]
    busy = wire.get(b"http://c/")

    closed = wire.pool.closeCachedConnections()
    assert [line.transport.disconnecting for line in idle] == [True] * 3
    assert not wire.line.transport.disconnecting
    for line in idle:
        assert not closed.called
        line.lose()

    assert closed.called and outcome(closed) is None
    wire.line.receive(answer())
    assert outcome(busy).code == 200
    assert not any(line.transport.aborted for line in wire.lines)
    assert len(wire.clock.getDelayedCalls()) == 1  # for the connection that was busy and is idle now


def test_closing_an_empty_pool_is_done_at_once() -> None:
    assert HTTPConnectionPool(Clock()).closeCachedConnections().called


def test_closing_cannot_hang(wire: Wire) -> None:
    line = served(wire)
    closed = wire.pool.closeCachedConnections()

    wire.clock.advance(9.9)
    assert not line.transport.aborted
    wire.clock.advance(0.1)
    assert line.transport.aborted and not closed.called
    line.lose()

    assert closed.called
    assert wire.clock.getDelayedCalls() == []
    assert HTTPConnectionPool.closeTimeout == 10.0


def test_a_closed_pool_can_be_used_again(wire: Wire) -> None:
    first = served(wire)
    wire.pool.closeCachedConnections()
    assert len(wire.clock.getDelayedCalls()) == 1
    second = served(wire)

    assert second is not first
    first.lose()
    wire.clock.advance(240)
    assert second.transport.disconnecting


def test_the_factory_says_what_it_is_for() -> None:
    kept: list[Any] = []
    factory = _HTTP11ClientFactory(kept.append, "<endpoint>")

    assert repr(factory) == f"_HTTP11ClientFactory({kept.append}, <endpoint>)"
    protocol = factory.buildProtocol(None)
    assert isinstance(protocol, HTTP11ClientProtocol)
    protocol._quiescentCallback(protocol)
    assert kept == [protocol]
    assert HTTPConnectionPool._factory is _HTTP11ClientFactory


def test_a_pool_of_ones_own_kind_is_asked(wire: Wire) -> None:
    class Own(HTTPConnectionPool):
        asked: list[Any] = []

        def getConnection(self, key: Any, endpoint: Any) -> Any:
            self.asked.append((key, endpoint))
            return fail(ZeroDivisionError("own"))

    agent = Agent.usingEndpointFactory(wire.clock, wire, Own(wire.clock))

    assert str(outcome(agent.request(b"GET", b"http://h/"))) == "own"
    assert Own.asked == [((b"http", b"h", 80), wire.endpoint)]


def test_a_pool_may_be_anything_that_gives_connections() -> None:
    class Answering:
        def request(self, request: Any) -> Any:
            return succeed(request.uri)

    pool = mock.Mock(persistent=True)
    pool.getConnection.side_effect = lambda key, endpoint: succeed(Answering())
    agent = Agent(MemoryReactorClock(), pool=pool)

    assert outcome(agent.request(b"GET", b"http://h/p")) == b"/p"
    (_, endpoint), _ = pool.getConnection.call_args
    assert isinstance(endpoint, HostnameEndpoint)
