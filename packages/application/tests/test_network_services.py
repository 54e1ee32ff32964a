"""Services that listen, connect, and act from time to time."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import implementer

from twisted.application import internet, reactors, strports
from twisted.internet import defer, error, protocol, task
from twisted.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import capturedLogs
from twisted.python.failure import Failure


class Talk(protocol.Protocol):
    """Notes what it hears, and its end."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.ends: list[Failure] = []

    def dataReceived(self, data: bytes) -> None:
        self.heard.append(data)

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        self.ends.append(reason)


@implementer(IStreamClientEndpoint)
class Endpoint:
    """Connects when the test says so."""

    def __init__(self) -> None:
        self.factories: list[Any] = []
        self.attempts: list[defer.Deferred[Any]] = []

    def connect(self, protocolFactory: Any) -> defer.Deferred[Any]:
        self.factories.append(protocolFactory)
        self.attempts.append(defer.Deferred())
        return self.attempts[-1]

    def succeed(self) -> tuple[Any, StringTransport]:
        """Connect the last attempt; give what the endpoint made, and its transport."""
        made = self.factories[-1].buildProtocol(None)
        transport = StringTransport()
        made.makeConnection(transport)
        self.attempts[-1].callback(made)
        return made, transport

    def fail(self) -> None:
        """Fail the last attempt."""
        self.attempts[-1].errback(error.ConnectionRefusedError())


class Line:
    """A client service, its endpoint and clock, and the numbers its policy was asked with."""

    def __init__(self, prepare: Any = None) -> None:
        self.endpoint = Endpoint()
        self.clock = task.Clock()
        self.asked: list[int] = []

        def policy(failures: int) -> float:
            self.asked.append(failures)
            return 10

        factory = protocol.Factory.forProtocol(Talk)
        self.service = internet.ClientService(self.endpoint, factory, policy, self.clock, prepare)

    def when(self, limit: int | None = None) -> list[Any]:
        """Wait for a connection; what comes is in the list."""
        got: list[Any] = []
        self.service.whenConnected(limit).addBoth(got.append)
        return got

    def stop(self) -> list[Any]:
        """Stop; the list has something when that is done."""
        done: list[Any] = []
        self.service.stopService().addBoth(done.append)
        return done


def test_it_connects_when_it_starts_and_hands_out_the_protocol() -> None:
    line = Line()
    early = line.when()
    assert line.endpoint.attempts == []

    line.service.startService()
    made, transport = line.endpoint.succeed()
    made.dataReceived(b"hello")

    (talk,) = early
    assert isinstance(talk, Talk) and talk.heard == [b"hello"] and talk.transport is transport
    assert line.when() == [talk]


def test_stopping_what_has_not_begun_leaves_those_who_wait() -> None:
    line = Line()
    early = line.when()

    assert line.stop() == [None]
    assert early == []
    assert line.when()[0].check(defer.CancelledError)

    line.service.startService()
    line.service.stopService()
    assert early[0].check(defer.CancelledError)


def test_it_tries_again_as_its_policy_says() -> None:
    line = Line()
    line.service.startService()
    line.endpoint.fail()
    assert line.asked == [1]

    line.clock.advance(9.9)
    assert len(line.endpoint.attempts) == 1
    line.clock.advance(0.1)
    assert len(line.endpoint.attempts) == 2

    line.endpoint.fail()
    assert line.asked == [1, 2]


def test_a_lost_connection_is_made_anew_and_failures_count_from_one() -> None:
    line = Line()
    line.service.startService()
    line.endpoint.fail()
    line.clock.advance(10)
    made, _ = line.endpoint.succeed()

    made.connectionLost(Failure(error.ConnectionDone()))

    assert line.asked == [1, 1]
    line.clock.advance(10)
    assert len(line.endpoint.attempts) == 3


def test_whoever_waits_may_give_up_after_some_failures() -> None:
    line = Line()
    once, twice, ever = line.when(1), line.when(2), line.when()
    line.service.startService()

    line.endpoint.fail()
    assert once[0].check(error.ConnectionRefusedError) and twice == []
    line.clock.advance(10)
    line.endpoint.fail()
    assert twice[0].check(error.ConnectionRefusedError) and ever == []


def test_stopping_closes_the_connection_and_waits_for_its_end() -> None:
    line = Line()
    line.service.startService()
    made, transport = line.endpoint.succeed()

    first, second = line.stop(), line.stop()
    assert transport.disconnecting and first == [] and not line.service.running
    assert line.when()[0].check(defer.CancelledError)

    made.connectionLost(Failure(error.ConnectionDone()))
    assert first == [None] and second == [None]
    line.clock.advance(100)
    assert len(line.endpoint.attempts) == 1


def test_stopping_gives_an_attempt_up() -> None:
    line = Line()
    waiting = line.when()
    line.service.startService()

    assert line.stop() == [None]

    assert waiting[0].check(defer.CancelledError)
    assert line.endpoint.attempts[0].called


def test_it_can_be_stopped_twice_and_started_again() -> None:
    line = Line()
    line.service.startService()
    line.endpoint.fail()

    assert line.stop() == [None]
    assert line.stop() == [None]

    line.service.startService()
    assert len(line.endpoint.attempts) == 2
    line.endpoint.fail()
    # Failures are counted anew.
    assert line.asked == [1, 1]


def test_stopping_while_it_waits_makes_no_further_attempt() -> None:
    line = Line()
    line.service.startService()
    line.endpoint.fail()

    assert line.stop() == [None]

    assert line.clock.getDelayedCalls() == []
    assert line.stop() == [None]


def test_it_can_be_started_again_while_it_still_stops() -> None:
    line = Line()
    line.service.startService()
    made, _ = line.endpoint.succeed()
    stopped = line.stop()
    line.service.startService()
    again = line.when()
    assert len(line.endpoint.attempts) == 1

    made.connectionLost(Failure(error.ConnectionDone()))

    assert stopped == [None] and len(line.endpoint.attempts) == 2
    line.endpoint.succeed()
    assert isinstance(again[0], Talk)


def test_starting_twice_is_starting_once() -> None:
    line = Line()
    line.service.startService()
    line.service.startService()

    assert len(line.endpoint.attempts) == 1


def test_a_connection_counts_when_it_is_prepared() -> None:
    preparing: list[defer.Deferred[None]] = []

    def prepare(made: object) -> defer.Deferred[None]:
        assert isinstance(made, Talk)
        preparing.append(defer.Deferred())
        return preparing[-1]

    line = Line(prepare)
    waiting = line.when()
    line.service.startService()
    line.endpoint.succeed()
    assert waiting == []

    preparing[0].callback(None)
    assert isinstance(waiting[0], Talk)


def test_a_connection_that_cannot_be_prepared_is_closed_and_made_anew() -> None:
    line = Line(lambda made: defer.fail(ZeroDivisionError()))
    line.service.startService()
    made, transport = line.endpoint.succeed()

    assert transport.disconnected or transport.disconnecting
    made.connectionLost(Failure(error.ConnectionAborted()))
    assert line.asked == [1]
    line.clock.advance(10)
    assert len(line.endpoint.attempts) == 2


def test_waits_grow_up_to_a_limit_with_something_added() -> None:
    policy = internet.backoffPolicy(jitter=lambda: 0.5)

    assert [policy(failures) for failures in range(4)] == [1.5, 2.0, 2.75, 3.875]
    assert policy(11) == policy(5000) == 60.5
    assert [internet.backoffPolicy(2, 5, 3, lambda: 0)(failures) for failures in range(3)] == [2, 5, 5]


# Endpoints and ports


@implementer(IStreamServerEndpoint)
class Place:
    """Listens when the test says so."""

    def __init__(self) -> None:
        self.listening: defer.Deferred[Any] = defer.Deferred()
        self.stops = 0

    def listen(self, protocolFactory: Any) -> defer.Deferred[Any]:
        return self.listening

    def stopListening(self) -> None:
        self.stops += 1


def test_an_endpoint_is_listened_on_once() -> None:
    place = Place()
    one = internet.StreamServerEndpointService(place, protocol.Factory())

    one.privilegedStartService()
    waiting = one._waitingForPort
    one.startService()
    assert one._waitingForPort is waiting and one.running

    place.listening.callback(place)
    one.stopService()
    assert place.stops == 1 and not one.running


def test_an_endpoint_that_fails_is_logged_and_stopping_is_still_possible() -> None:
    place = Place()
    one = internet.StreamServerEndpointService(place, protocol.Factory())
    with capturedLogs() as events:
        one.startService()
        place.listening.errback(error.CannotListenError("", 80, OSError(5, "x")))

    assert len(events) == 1 and events[0]["log_failure"].check(error.CannotListenError)
    done: list[Any] = []
    one.stopService().addBoth(done.append)
    assert done == [None]


def test_stopping_before_it_listens_cancels_that_in_silence() -> None:
    place = Place()
    one = internet.StreamServerEndpointService(place, protocol.Factory())
    one.startService()

    with capturedLogs() as events:
        done: list[Any] = []
        one.stopService().addBoth(done.append)

    assert done == [None] and events == [] and place.listening.called


def test_a_service_of_a_string_says_at_once_that_it_cannot_listen() -> None:
    reactor = MemoryReactorClock()
    one = strports.service("tcp:8080:interface=127.0.0.1", protocol.Factory(), reactor)
    one.privilegedStartService()
    assert [(port, interface) for port, _, _, interface in reactor.tcpServers] == [(8080, "127.0.0.1")]

    place = Place()
    place.listening.errback(ZeroDivisionError())
    one = strports.service("tcp:0", protocol.Factory(), reactor)
    one.endpoint = place
    with pytest.raises(ZeroDivisionError):
        one.privilegedStartService()


def test_a_server_binds_once_with_the_arguments_it_was_given() -> None:
    reactor = MemoryReactorClock()
    factory: Any = protocol.ServerFactory()
    one = internet.TCPServer(8080, factory, 5, interface="127.0.0.1", reactor=reactor)

    one.privilegedStartService()
    one.startService()

    assert reactor.tcpServers == [(8080, factory, 5, "127.0.0.1")]
    one.stopService()
    assert one._port is None and not one.running


def test_a_client_connects_and_disconnects() -> None:
    reactor = MemoryReactorClock()
    factory: Any = protocol.ClientFactory()
    one = internet.TCPClient("example.com", 80, factory, timeout=5, reactor=reactor)

    one.startService()
    assert reactor.tcpClients == [("example.com", 80, factory, 5, None)]

    one.stopService()
    assert one._connection is None and not one.running


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("TCPServer", "TCP"),
        ("UNIXServer", "UNIX"),
        ("SSLServer", "SSL"),
        ("UDPServer", "UDP"),
        ("UNIXDatagramServer", "UNIXDatagram"),
        ("MulticastServer", "Multicast"),
        ("TCPClient", "TCP"),
        ("UNIXClient", "UNIX"),
        ("SSLClient", "SSL"),
        ("UNIXDatagramClient", "UNIXDatagram"),
    ],
)
def test_each_kind_calls_the_reactors_method(name: str, method: str) -> None:
    called: list[Any] = []

    class Reactor:
        def __getattr__(self, wanted: str) -> Any:
            return lambda *args, **kwargs: called.append((wanted, args, kwargs))

    kind = getattr(internet, name)
    kind(1, "x", a=2, reactor=Reactor()).startService()

    verb = "listen" if name.endswith("Server") else "connect"
    assert called == [(verb + method, (1, "x"), {"a": 2})]
    assert kind.__module__ == "twisted.application.internet" and kind.method == method


# From time to time


def test_a_timer_calls_at_once_and_again() -> None:
    clock, ticks = task.Clock(), list[int]()
    one = internet.TimerService(5, ticks.append, 1)
    one.clock = clock

    one.startService()
    clock.advance(5)
    assert ticks == [1, 1]

    done: list[Any] = []
    one.stopService().addCallback(done.append)
    clock.advance(50)
    assert ticks == [1, 1] and done == [None]

    one.startService()
    assert ticks == [1, 1, 1]


def test_a_timer_whose_function_fails_is_logged_and_rests() -> None:
    clock = task.Clock()
    one = internet.TimerService(5, lambda: 1 / 0)
    one.clock = clock

    with capturedLogs() as events:
        one.startService()
        clock.advance(20)

    assert [event["log_failure"].type for event in events] == [ZeroDivisionError]
    done: list[Any] = []
    one.stopService().addCallback(done.append)
    assert done == [None] and clock.getDelayedCalls() == []


def test_stopping_a_timer_waits_for_its_function() -> None:
    waiting: defer.Deferred[None] = defer.Deferred()
    one = internet.TimerService(5, lambda: waiting)
    one.clock = task.Clock()
    one.startService()
    done: list[Any] = []
    one.stopService().addCallback(done.append)

    assert done == []
    waiting.callback(None)
    assert done == [None]


def test_a_cooperator_works_while_its_service_runs() -> None:
    one = internet.CooperatorService()
    steps: list[Any] = []

    def schedule(step: Any) -> Any:
        steps.append(step)
        return task.Clock().callLater(0, step)

    one.coop._scheduler = schedule
    done: list[Any] = []
    one.coiterate(iter([None])).addBoth(done.append)
    assert steps == []

    one.startService()
    steps.pop()()
    assert len(done) == 1 and one.running

    one.stopService()
    assert not one.coop.running


# Reactors by name


def test_reactors_have_names() -> None:
    kinds = {kind.shortName: kind for kind in reactors.getReactorTypes()}

    assert set(kinds) >= {"default", "select", "poll", "epoll", "kqueue", "asyncio"}
    assert all(kind.description for kind in kinds.values())


def test_a_reactor_nobody_has_is_named() -> None:
    with pytest.raises(reactors.NoSuchReactor) as caught:
        reactors.installReactor("perpetual-motion")

    assert caught.value.args == ("perpetual-motion",)
