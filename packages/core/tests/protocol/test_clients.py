"""Connecting again and again, and connecting once."""

from __future__ import annotations

import pickle
import random
from typing import Any

import pytest

from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectError, NotConnectingError
from twisted.internet.protocol import ClientCreator, Protocol, ReconnectingClientFactory
from twisted.internet.task import Clock
from twisted.internet.testing import EventLoggingObserver, MemoryReactorClock, StringTransport
from twisted.logger import formatEvent, globalLogPublisher
from twisted.python.failure import Failure


class Connector:
    def __init__(self, connecting: bool = True) -> None:
        self.calls: list[str] = []
        self.connecting = connecting

    def __repr__(self) -> str:
        return "CONNECTOR"

    def connect(self) -> None:
        self.calls.append("connect")

    def stopConnecting(self) -> None:
        if not self.connecting:
            raise NotConnectingError
        self.calls.append("stop")


def reconnecting(**attributes: Any) -> tuple[ReconnectingClientFactory[Any], Clock, Connector]:
    factory: ReconnectingClientFactory[Any] = ReconnectingClientFactory()
    factory.clock, factory.jitter, factory.noisy = Clock(), None, False
    vars(factory).update(attributes)
    return factory, factory.clock, Connector()


@pytest.mark.parametrize("event", ["clientConnectionFailed", "clientConnectionLost"])
def test_it_connects_again_after_the_delay(event: str) -> None:
    factory, clock, connector = reconnecting()

    getattr(factory, event)(connector, None)
    assert (factory.retries, factory.connector) == (1, connector)
    clock.advance(0.99)
    assert connector.calls == []
    clock.advance(0.01)

    assert connector.calls == ["connect"]
    assert clock.getDelayedCalls() == []


def test_each_wait_is_longer_up_to_the_longest() -> None:
    factory, clock, connector = reconnecting(factor=2.0, maxDelay=5)
    waits = []

    for _ in range(5):
        factory.clientConnectionFailed(connector, None)
        (call,) = clock.getDelayedCalls()
        waits.append(call.getTime() - clock.seconds())
        clock.advance(waits[-1])

    assert waits == [1, 2, 4, 5, 5]
    assert factory.retries == 5
    assert connector.calls == ["connect"] * 5


def test_waits_differ_by_chance_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def normalvariate(mean: float, deviation: float) -> float:
        drawn.append((mean, deviation))
        return [3.0, -1.0, 99.0][len(drawn) - 1]

    monkeypatch.setattr(random, "normalvariate", normalvariate)
    factory, _, connector = reconnecting(factor=2.0, jitter=0.25, maxDelay=10)

    delays = []
    for _ in range(3):
        factory.retry(connector)
        delays.append(factory.delay)

    assert drawn == [(2.0, 0.5), (6.0, 1.5), (0.0, 0.0)]
    assert delays == [3.0, 0.0, 10]


def test_a_delay_that_was_reset_is_short_again() -> None:
    factory, clock, connector = reconnecting()
    for _ in range(3):
        factory.retry(connector)
        clock.advance(100)
    factory.continueTrying = 0

    factory.resetDelay()

    assert (factory.delay, factory.retries, factory.continueTrying) == (1.0, 0, 1)
    factory.retry(connector)
    assert [call.getTime() - clock.seconds() for call in clock.getDelayedCalls()] == [1.0]


def test_the_number_of_retries_can_be_limited() -> None:
    factory, clock, connector = reconnecting(maxRetries=2)

    for _ in range(4):
        factory.clientConnectionLost(connector, None)
        clock.advance(100)

    assert connector.calls == ["connect", "connect"]
    assert factory.retries == 2


@pytest.mark.parametrize("connecting", [True, False])
def test_stopping_cancels_the_wait_and_the_attempt(connecting: bool) -> None:
    factory, clock, _ = reconnecting()
    connector = Connector(connecting)
    factory.clientConnectionLost(connector, None)

    factory.stopTrying()

    assert connector.calls == (["stop"] if connecting else [])
    assert clock.getDelayedCalls() == []
    factory.clientConnectionLost(connector, None)
    factory.retry(connector)
    factory.stopTrying()
    assert clock.getDelayedCalls() == []


def test_stopping_before_anything_happened_is_fine() -> None:
    factory, _, _ = reconnecting()

    factory.stopTrying()

    assert factory.continueTrying == 0


def test_the_connector_last_heard_of_is_used_by_default() -> None:
    factory, clock, connector = reconnecting()
    factory.clientConnectionLost(connector, None)
    clock.advance(1)

    factory.retry()
    clock.advance(100)

    assert connector.calls == ["connect", "connect"]


def test_without_a_connector_there_is_nothing_to_retry() -> None:
    factory, _, _ = reconnecting()

    with pytest.raises(ValueError, match="no connector to retry"):
        factory.retry()


def test_a_noisy_one_says_what_it_does() -> None:
    events = EventLoggingObserver()
    factory, _, connector = reconnecting(noisy=True, maxRetries=1)
    globalLogPublisher.addObserver(events)
    try:
        factory.retry(connector)
        factory.retry(connector)
        factory.stopTrying()
        factory.retry(connector)
    finally:
        globalLogPublisher.removeObserver(events)

    assert [formatEvent(event) for event in events] == [
        "CONNECTOR will retry in 1 seconds",
        "Abandoning CONNECTOR after 2 retries.",
        "Abandoning CONNECTOR on explicit request",
    ]


def test_it_is_pickled_as_if_it_had_not_begun() -> None:
    factory, _, connector = reconnecting(initialDelay=3.0)
    factory.retry(connector)
    factory.stopTrying()

    again = pickle.loads(pickle.dumps(factory))

    assert vars(again) == {"jitter": None, "noisy": False, "initialDelay": 3.0}
    assert (again.delay, again.retries, again.continueTrying, again.connector) == (1.0, 0, 1, None)


def test_the_defaults() -> None:
    kind = ReconnectingClientFactory
    assert (kind.initialDelay, kind.maxDelay, kind.factor, kind.jitter) == (
        1.0,
        3600,
        2.7182818284590451,
        0.119626565582,
    )
    assert kind.maxRetries is None


class Made(Protocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args, self.kwargs = args, kwargs


def created() -> tuple[MemoryReactorClock, ClientCreator]:
    reactor = MemoryReactorClock()
    return reactor, ClientCreator(reactor, Made, 1, two=2)


def test_a_creator_connects_by_tcp() -> None:
    reactor, creator = created()
    outcome: list[Any] = []

    creator.connectTCP("host", 80, timeout=3, bindAddress=("local", 0)).addBoth(outcome.append)
    host, port, factory, timeout, bind_address = reactor.tcpClients[0]
    assert (host, port, timeout, bind_address) == ("host", 80, 3, ("local", 0))
    made = factory.buildProtocol(None)
    assert (made.args, made.kwargs) == ((1,), {"two": 2})
    assert outcome == []
    reactor.advance(0)

    assert outcome == [made]
    assert factory.pending is None
    assert not factory.noisy
    assert repr(factory) == f"<ClientCreator factory: {made!r}>"


def test_a_creator_connects_by_unix_and_tls() -> None:
    reactor, creator = created()

    creator.connectUNIX("/path", timeout=4, checkPID=True)
    creator.connectSSL("host", 443, "context", timeout=5, bindAddress=("local", 1))

    (unix,), (tls,) = reactor.unixClients, reactor.sslClients
    assert (unix[0], unix[2], unix[3]) == ("/path", 4, True)
    assert (tls[0], tls[1], tls[3], tls[4], tls[5]) == ("host", 443, "context", 5, ("local", 1))
    assert isinstance(unix[1].buildProtocol(None), Made)
    assert isinstance(tls[2].buildProtocol(None), Made)


def test_a_creator_tells_of_failure() -> None:
    reactor, creator = created()
    outcome: list[Any] = []
    creator.connectTCP("host", 80).addBoth(outcome.append)
    factory = reactor.tcpClients[0][2]
    reason = Failure(ConnectError())

    factory.clientConnectionFailed(None, reason)
    assert outcome == []
    reactor.advance(0)
    factory.clientConnectionFailed(None, reason)
    reactor.advance(0)

    assert outcome == [reason]


@pytest.mark.parametrize("connected", [False, True])
def test_cancelling_gives_up_the_attempt(connected: bool) -> None:
    reactor, creator = created()
    outcome: list[Any] = []
    deferred = creator.connectTCP("host", 80).addBoth(outcome.append)
    factory = reactor.tcpClients[0][2]
    if connected:
        factory.buildProtocol(None).makeConnection(StringTransport())

    deferred.cancel()
    reactor.advance(0)

    assert [failure.type for failure in outcome] == [CancelledError]
    assert reactor.connectors[0]._disconnected
    assert reactor.getDelayedCalls() == []
