"""A client and a server in one process, in memory."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IConsumer, ITransport
from twisted.internet.protocol import Protocol
from twisted.internet.testing import AccumulatingProtocol
from twisted.protocols import loopback
from twisted.protocols.loopback import (
    LoopbackClientFactory,
    LoopbackRelay,
    collapsingPumpPolicy,
    identityPumpPolicy,
    loopbackAsync,
)


class Server(Protocol):
    def __init__(self) -> None:
        self.got: list[Any] = []

    def connectionMade(self) -> None:
        self.transport.write(b"hello")
        self.transport.writeSequence([b"a", b"b"])

    def dataReceived(self, data: bytes) -> None:
        self.got.append(data)
        self.transport.write(b"bye")
        self.transport.loseConnection()
        self.transport.write(b"never")

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        self.got.append(reason.type)


class Client(Server):
    def connectionMade(self) -> None:
        pass

    def dataReceived(self, data: bytes) -> None:
        self.got.append(data)
        if data.startswith(b"hello"):
            self.transport.write(b"thanks")


def test_each_piece_is_delivered_as_it_was_written() -> None:
    server, client, done = Server(), Client(), list[Any]()

    loopbackAsync(server, client).addCallback(done.append)

    assert client.got == [b"hello", b"ab", b"bye", ConnectionDone]
    assert server.got == [b"thanks", ConnectionDone]
    assert done == [None]


def test_pieces_can_be_collapsed() -> None:
    server, client = Server(), Client()

    loopbackAsync(server, client, collapsingPumpPolicy)

    assert client.got == [b"helloab", b"bye", ConnectionDone]
    assert server.got == [b"thanks", ConnectionDone]


class Turns:
    """Stands for the reactor: calls are made when a test says so."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def callLater(self, delay: float, call: Any) -> None:
        assert delay == 0
        self.calls.append(call)

    def turn(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


def test_what_is_written_later_is_carried_in_a_later_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns()
    monkeypatch.setattr(loopback, "_default_reactor", lambda: turns)
    server, client, done = AccumulatingProtocol(), AccumulatingProtocol(), list[Any]()
    loopbackAsync(server, client).addCallback(done.append)

    client.transport.write(b"one")
    client.transport.write(b"two")
    assert (server.data, len(turns.calls)) == (b"", 1)
    turns.turn()
    assert server.data == b"onetwo"
    server.transport.loseConnection()
    assert done == []
    turns.turn()

    assert done == [None]
    assert server.closed
    assert client.closed
    client.transport.write(b"late")
    assert turns.calls == []


class Ending(Protocol):
    def connectionMade(self) -> None:
        self.transport.loseConnection()


def test_its_transports_are_transports() -> None:
    server = Ending()
    loopbackAsync(server, Protocol())

    assert verifyObject(ITransport, server.transport)
    assert verifyObject(IConsumer, server.transport)
    with pytest.raises(TypeError, match="Data must be bytes, not str"):
        server.transport.write("text")


def test_a_producer_to_be_pulled_is_pulled_and_stopped() -> None:
    class Producing(AccumulatingProtocol):
        pulled = 0
        stopped = False

        def connectionMade(self) -> None:
            self.transport.registerProducer(self, False)
            self.transport.write(b"behind")

        def resumeProducing(self) -> None:
            self.pulled += 1
            self.transport.write(b"%d" % self.pulled)
            if self.pulled == 3:
                self.transport.unregisterProducer()
                self.transport.registerProducer(self, True)
                self.transport.loseConnection()

        def stopProducing(self) -> None:
            self.stopped = True

    server, client = Producing(), AccumulatingProtocol()
    loopbackAsync(server, client)

    assert client.data == b"123"
    assert server.stopped


def test_policies_work_on_lists() -> None:
    each, joined = list[bytes](), list[bytes]()

    class Taking:
        def __init__(self, got: list[bytes]) -> None:
            self.dataReceived = got.append

    identityPumpPolicy([b"a", b"b", None, b"c"], Taking(each))
    collapsingPumpPolicy([b"a", b"b", None, b"c"], Taking(joined))
    collapsingPumpPolicy([], Taking(joined))

    assert (each, joined) == ([b"a", b"b"], [b"ab"])


def test_a_relay_keeps_until_it_is_cleared() -> None:
    target, log = AccumulatingProtocol(), StringIO()
    relay = LoopbackRelay(target, log)
    assert verifyObject(ITransport, relay)
    relay.write(b"a")
    relay.writeSequence([b"b", b"c"])
    assert (relay.buffer, target.data) == (b"abc", b"")

    relay.clearBuffer()
    assert (relay.buffer, target.data) == (b"", b"abc")
    relay.loseConnection()
    assert not target.closed
    relay.clearBuffer()
    assert target.closed
    target.closed = 0
    relay.loseConnection()
    relay.clearBuffer()

    assert not target.closed
    assert target.closedReason.check(ConnectionDone)
    assert log.getvalue() == "loopback writing b'a'\nloopback writing b'bc'\nloopback receiving b'abc'\n"
    assert (relay.getHost(), relay.getPeer(), relay.logPrefix()) == (
        "loopback",
        "loopback",
        "Loopback('AccumulatingProtocol')",
    )


def test_a_relay_asks_its_producer() -> None:
    asked = []

    class Producer:
        def resumeProducing(self) -> None:
            asked.append(True)

    relay = LoopbackRelay(AccumulatingProtocol())
    relay.registerProducer(Producer(), False)
    relay.clearBuffer()
    relay.unregisterProducer()
    relay.clearBuffer()

    assert asked == [True]


def test_a_client_factory_gives_its_protocol_and_tells_of_the_end() -> None:
    protocol, told = Protocol(), list[Any]()
    factory = LoopbackClientFactory(protocol)
    factory.deferred.addCallback(told.append)

    assert factory.buildProtocol(None) is protocol
    assert not factory.disconnected
    factory.clientConnectionLost(None, None)

    assert factory.disconnected
    assert told == [None]


def test_what_is_written_while_they_are_connected_waits_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns()
    monkeypatch.setattr(loopback, "_default_reactor", lambda: turns)
    order: list[str] = []

    class Eager(Protocol):
        def __init__(self, name: str) -> None:
            self.name = name

        def connectionMade(self) -> None:
            order.append(f"{self.name} made")
            self.transport.write(b"at once")

        def dataReceived(self, data: bytes) -> None:
            order.append(f"{self.name} got {data.decode()}")
            if data == b"at once":
                self.transport.write(b"in answer")

    loopbackAsync(Eager("server"), Eager("client"))

    assert order[:2] == ["server made", "client made"]
    assert sorted(order[2:4]) == ["client got at once", "server got at once"]
    assert sorted(order[4:]) == ["client got in answer", "server got in answer"]
    # All of it in the one turn: nobody was asked for another.
    assert turns.calls == []


def test_after_a_turn_another_one_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns()
    monkeypatch.setattr(loopback, "_default_reactor", lambda: turns)
    server, client = AccumulatingProtocol(), AccumulatingProtocol()
    loopbackAsync(server, client)
    for data in (b"1", b"2"):
        client.transport.write(data)
        assert len(turns.calls) == 1
        turns.turn()

    assert server.data == b"12"


def test_a_relay_that_has_ended_asks_nobody_for_more() -> None:
    asked: list[bool] = []

    class Producer:
        def resumeProducing(self) -> None:
            asked.append(True)

    target = AccumulatingProtocol()
    relay = LoopbackRelay(target)
    assert (relay.streamingProducer, relay.producer, relay.shouldLose, relay.disconnecting) == (False, None, 0, 0)
    producer = Producer()
    relay.registerProducer(producer, True)
    assert (relay.streamingProducer, relay.producer) == (True, producer)
    relay.write(b"rest")
    relay.loseConnection()
    relay.clearBuffer()
    relay.write(b"more")
    relay.clearBuffer()

    assert asked == [True] and target.data == b"rest" and target.closed


def test_answers_within_a_turn_ask_for_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns()
    monkeypatch.setattr(loopback, "_default_reactor", lambda: turns)

    class Answering(AccumulatingProtocol):
        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            if len(data) < 4:
                self.transport.write(data + b"+")

    server, client = Answering(), Answering()
    loopbackAsync(server, client)
    client.transport.write(b"1")
    assert len(turns.calls) == 1
    turns.turn()

    assert (server.data, client.data, turns.calls) == (b"11++", b"1+1+++", [])


def test_nothing_is_carried_when_nobody_waits_for_the_end_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns()
    monkeypatch.setattr(loopback, "_default_reactor", lambda: turns)
    server, client = AccumulatingProtocol(), AccumulatingProtocol()
    done = loopbackAsync(server, client)
    done.addErrback(lambda failure: None)
    client.transport.write(b"1")
    done.cancel()
    turns.turn()
    client.transport.write(b"2")

    assert (server.data, turns.calls) == (b"", [])


def test_a_relay_that_has_ended_gives_nothing_and_asks_nobody() -> None:
    target, asked = AccumulatingProtocol(), list[bool]()

    class Producer:
        def resumeProducing(self) -> None:
            asked.append(True)

    relay = LoopbackRelay(target)
    assert (relay.buffer, relay.shouldLose, relay.disconnecting) == (b"", 0, 0)
    assert (relay.producer, relay.streamingProducer) == (None, False)
    producer = Producer()
    relay.registerProducer(producer, True)
    assert (relay.producer, relay.streamingProducer) == (producer, True)
    relay.loseConnection()
    assert relay.shouldLose == 1
    relay.clearBuffer()
    assert (relay.shouldLose, asked) == (-1, [True])

    relay.write(b"late")
    relay.loseConnection()
    relay.clearBuffer()

    assert (relay.shouldLose, relay.buffer, target.data, asked) == (-1, b"late", b"", [True])


def test_both_transports_know_that_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns()
    monkeypatch.setattr(loopback, "_default_reactor", lambda: turns)
    server, client = AccumulatingProtocol(), AccumulatingProtocol()
    loopbackAsync(server, client)
    transports: list[Any] = [server.transport, client.transport]

    assert [(one.disconnecting, one.disconnected) for one in transports] == [(False, False)] * 2
    client.transport.loseConnection()
    turns.turn()

    assert [(one.disconnecting, one.disconnected) for one in transports] == [(True, True)] * 2
    server.transport.write(b"late")
    server.transport.loseConnection()
    assert (client.data, turns.calls) == (b"", [])
