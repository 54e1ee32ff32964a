"""A client and a server in memory, turn by turn."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.interfaces import IHandshakeListener, ISSLTransport, ITLSTransport
from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.test.modulehelpers import AlternateReactor, NoReactor
from twisted.internet.test.reactormixins import ReactorBuilder, TestTimeoutError, needsRunningReactor, stopOnError
from twisted.internet.testing import MemoryReactorClock
from twisted.protocols.basic import LineReceiver
from twisted.test.iosim import (
    ConnectionCompleter,
    FakeTransport,
    connectableEndpoint,
    connectedServerAndClient,
    makeFakeClient,
    makeFakeServer,
)
from twisted.test.testutils import returnConnected


class Keeping(Protocol):
    def __init__(self) -> None:
        self.got: list[Any] = []

    def dataReceived(self, data: bytes) -> None:
        self.got.append(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        self.got.append(reason.type)


class Countdown(Keeping):
    def dataReceived(self, data: bytes) -> None:
        self.got.append(data)
        if int(data):
            self.transport.write(b"%d" % (int(data) - 1))


def test_each_turn_carries_what_both_wrote() -> None:
    client, server, pump = connectedServerAndClient(Keeping, Keeping)
    assert (pump.client, pump.server, pump.clientIO, pump.serverIO) == (
        client,
        server,
        client.transport,
        server.transport,
    )
    client.transport.write(b"a")
    client.transport.writeSequence([b"b", b"c"])
    server.transport.write(b"x")

    assert pump.pump() is True
    assert (server.got, client.got) == ([b"abc"], [b"x"])
    assert pump.pump() is False
    assert pump.flush() is False


def test_flushing_carries_a_conversation_to_its_end() -> None:
    client, server, pump = connectedServerAndClient(Countdown, Countdown)
    client.transport.write(b"5")

    assert pump.flush() is True

    assert server.got == [b"5", b"3", b"1"]
    assert client.got == [b"4", b"2", b"0"]


def test_an_endless_conversation_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twisted.test.iosim._MOST_TURNS", 50)
    client, _, pump = connectedServerAndClient(Countdown, Countdown)
    client.transport.write(b"99")

    with pytest.raises(RuntimeError, match="not come to an end after 50 turns"):
        pump.flush()


@pytest.mark.parametrize("end", ["loseConnection", "abortConnection", "stopProducing"])
def test_the_end_comes_behind_what_was_written(end: str) -> None:
    client, server, pump = connectedServerAndClient(Keeping, Keeping)
    client.transport.write(b"x")
    server.transport.write(b"y")
    getattr(client.transport, end)()
    client.transport.write(b"late")

    pump.flush()

    assert server.got == [b"x", ConnectionDone]
    assert client.got == [b"y", ConnectionDone]
    assert client.transport.disconnected
    assert server.transport.disconnected
    assert pump.flush() is False


class Greeting(Keeping):
    def connectionMade(self) -> None:
        self.transport.write(b"hello")


@pytest.mark.parametrize("greet", [True, False])
def test_greetings_are_carried_if_wanted(greet: bool) -> None:
    client, _, pump = connectedServerAndClient(Greeting, Keeping, greet=greet)
    assert client.got == ([b"hello"] if greet else [])

    pump.flush()
    assert client.got == [b"hello"]


def test_a_clocks_calls_are_made_each_turn() -> None:
    clock = Clock()
    client, server, pump = connectedServerAndClient(Keeping, Keeping, clock=clock)
    clock.callLater(0, client.transport.write, b"due")

    pump.flush(advanceClock=False)
    assert server.got == []
    pump.flush()

    assert server.got == [b"due"]


def test_what_is_carried_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    client, _, pump = connectedServerAndClient(Keeping, Keeping)
    client.transport.write(b"x")
    pump.pump()
    assert capsys.readouterr().out == ""

    client.transport.write(b"y")
    pump.pump(debug=True)
    assert capsys.readouterr().out == "client sent b'y', server sent b''\n"


def test_a_transport_pulls_its_producer_each_turn() -> None:
    class Producer:
        left = 3

        def resumeProducing(self) -> None:
            self.left -= 1
            client.transport.write(b"%d" % self.left)
            if not self.left:
                client.transport.unregisterProducer()

    client, server, pump = connectedServerAndClient(Keeping, Keeping)
    client.transport.registerProducer(Producer(), False)
    with pytest.raises(AssertionError, match="has a producer already"):
        client.transport.registerProducer(Producer(), False)
    pump.flush()

    assert server.got == [b"2", b"1", b"0"]


def test_a_transport_is_one() -> None:
    transport = FakeTransport(Keeping(), True)

    assert verifyObject(ITLSTransport, transport)
    assert (makeFakeServer(Keeping()).isServer, makeFakeClient(Keeping()).isServer) == (True, False)
    assert transport.logPrefix() == "iosim"
    assert repr(transport) == f"FakeTransport<S,{transport.serial},Keeping>"
    assert makeFakeClient(Keeping()).serial > transport.serial
    with pytest.raises(TypeError, match="can only write bytes, not str"):
        transport.write("text")  # type: ignore[arg-type]
    transport.setTcpKeepAlive(True)
    transport.setTcpNoDelay(False)
    assert (transport.getTcpKeepAlive(), transport.getTcpNoDelay()) == (True, False)
    addressed = FakeTransport(Keeping(), False, "host", "peer")
    assert (addressed.getHost(), addressed.getPeer()) == ("host", "peer")


def test_nothing_can_be_written_after_half_closing() -> None:
    client, server, pump = connectedServerAndClient(Keeping, Keeping)
    client.transport.write(b"x")
    client.transport.loseWriteConnection()
    client.transport.write(b"y")
    server.transport.write(b"z")
    pump.flush()

    assert (server.got, client.got) == ([b"x"], [b"z"])


class Commands(LineReceiver):
    def __init__(self) -> None:
        self.got: list[Any] = []

    def lineReceived(self, line: bytes) -> None:
        self.got.append(line)
        if line == b"STARTTLS":
            self.transport.startTLS("server's")

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        self.got.append(reason.type)


def test_tls_begins_in_the_middle() -> None:
    client, server, pump = connectedServerAndClient(Commands, Keeping)

    client.transport.write(b"HELLO\r\nSTARTTLS\r\n")
    client.transport.startTLS("client's")
    client.transport.write(b"SECRET\r\n")
    pump.flush()
    server.transport.write(b"answer")
    pump.flush()

    assert server.got == [b"HELLO", b"STARTTLS", b"SECRET"]
    assert client.got == [b"answer"]
    assert ISSLTransport.providedBy(client.transport)
    assert server.transport.tls is not None
    assert repr(server.transport.tls) == 'TLSNegotiation("server\'s")'


def test_commands_in_the_clear_behind_starttls_end_the_connection_and_are_never_delivered() -> None:
    client, server, pump = connectedServerAndClient(Commands, Keeping)

    client.transport.write(b"STARTTLS\r\nEVIL\r\n")
    client.transport.startTLS("client's")
    pump.flush()

    assert server.got == [b"STARTTLS", ConnectionLost]


def test_a_context_can_refuse_the_other() -> None:
    class Context:
        def iosimVerify(self, other: Any) -> bool:
            return bool(other == "friend")

    for other, refused in (("friend", False), ("stranger", True)):
        client, server, pump = connectedServerAndClient(Keeping, Keeping)
        server.transport.startTLS(other)
        client.transport.startTLS(Context())
        pump.flush()

        assert bool(client.transport.disconnected) is refused
        assert (client.got == [ConnectionLost]) is refused


def test_two_tls_servers_do_not_agree() -> None:
    client, server, pump = connectedServerAndClient(Keeping, Keeping)
    server.transport.startTLS("s")
    client.transport.startTLS("c", beNormal=False)
    pump.flush()

    assert client.got == [ConnectionLost]


def test_a_listener_is_told_of_the_handshake() -> None:
    from zope.interface import implementer

    @implementer(IHandshakeListener)
    class Listening(Keeping):
        def handshakeCompleted(self) -> None:
            self.got.append("agreed")

    client, server, pump = connectedServerAndClient(Keeping, Listening)
    client.transport.startTLS("c")
    server.transport.startTLS("s")
    pump.flush()

    assert client.got == ["agreed"]


def test_a_completer_connects_and_refuses() -> None:
    told: list[Any] = []

    class Connecting(ClientFactory[Any]):
        def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
            told.append(("failed", reason.type))

        def clientConnectionLost(self, connector: Any, reason: Any) -> None:
            told.append(("lost", reason.type))

    reactor = MemoryReactorClock()
    completer = ConnectionCompleter(reactor)
    assert completer.succeedOnce() is None
    completer.failOnce()
    connecting: Any = Connecting.forProtocol(Keeping)
    reactor.listenTCP(80, Factory.forProtocol(Keeping))
    for port in (81, 80, 80):
        reactor.connectTCP("127.0.0.1", port, connecting)

    pump = completer.succeedOnce()
    assert pump is not None
    pump.client.transport.write(b"x")
    pump.flush()
    assert pump.server.got == [b"x"]
    pump.client.transport.loseConnection()
    pump.flush()
    completer.failOnce()
    assert told == [("lost", ConnectionDone), ("failed", ConnectionRefusedError)]
    assert len(reactor.tcpClients) == len(reactor.connectors) == 1


def test_an_endpoint_can_be_completed() -> None:
    endpoint, completer = connectableEndpoint()
    outcome: list[Any] = []
    endpoint.connect(Factory.forProtocol(Keeping)).addCallback(outcome.append)
    assert outcome == []
    completer.succeedOnce()
    endpoint.connect(Factory.forProtocol(Keeping)).addErrback(lambda failure: outcome.append(failure.type))
    completer.failOnce()

    assert isinstance(outcome[0], Keeping)
    assert outcome[1] is ConnectionRefusedError


def test_files_can_carry_too(monkeypatch: pytest.MonkeyPatch) -> None:
    server, client = Countdown(), Countdown()
    pump = returnConnected(server, client)
    client.transport.write(b"3")
    assert pump.pump() == 1
    pump.flush()

    assert (server.got, client.got) == ([b"3", b"1"], [b"2", b"0"])
    assert pump.pump() == 0
    monkeypatch.setattr("twisted.test.testutils._MOST_TURNS", 5)
    client.transport.write(b"99")
    with pytest.raises(RuntimeError, match="after 5 turns"):
        pump.flush()


def test_another_reactor_can_stand_in_for_a_while() -> None:
    import twisted.internet

    name = "twisted.internet.reactor"
    before = sys.modules.get(name), vars(twisted.internet).get("reactor")
    with AlternateReactor("mine"):
        from twisted.internet import reactor

        assert str(reactor) == "mine"
        assert sys.modules[name] == "mine"  # type: ignore[comparison-overlap]
        with NoReactor():
            assert name not in sys.modules
            assert "reactor" not in vars(twisted.internet)
        assert sys.modules[name] == "mine"  # type: ignore[comparison-overlap]

    assert (sys.modules.get(name), vars(twisted.internet).get("reactor")) == before


class Built(ReactorBuilder):
    def __init__(self) -> None:
        self.cleanups: list[Any] = []

    def addCleanup(self, call: Any, *args: Any) -> None:
        self.cleanups.append((call, args))

    def reactorFactory(self) -> Any:
        from twisted.internet.selectreactor import SelectReactor

        return SelectReactor()

    def end(self) -> None:
        for call, args in reversed(self.cleanups):
            call(*args)


def test_a_builder_makes_runs_and_takes_apart_a_reactor() -> None:
    built = Built()
    reactor, called = built.buildReactor(), list[int]()
    needsRunningReactor(reactor, lambda: reactor.callLater(0, reactor.stop))
    needsRunningReactor(reactor, lambda: called.append(1))

    built.runReactor(reactor)

    assert called == [1]
    reactor.callLater(1000, called.append, 2)
    built.end()
    assert reactor.getDelayedCalls() == []


def test_a_builder_does_not_wait_for_ever() -> None:
    built = Built()
    reactor = built.buildReactor()

    with pytest.raises(TestTimeoutError, match="still running after 0 seconds"):
        built.runReactor(reactor, timeout=0)
    built.end()
    assert built.getTimeout() == 120


def test_a_builder_skips_what_is_not_there() -> None:
    from unittest import SkipTest

    from twisted.internet.interfaces import IConsumer

    class Demanding(Built):
        requiredInterfaces = (IConsumer,)

    class Impossible(Built):
        def reactorFactory(self) -> Any:
            raise ValueError("no such reactor")

    with pytest.raises(SkipTest, match="SelectReactor does not provide IConsumer"):
        Demanding().buildReactor()
    with pytest.raises(SkipTest, match="no such reactor"):
        Impossible().buildReactor()


def test_an_error_in_the_log_stops_the_reactor_once() -> None:
    class Publisher:
        observers: list[Any] = []

        def addObserver(self, observer: Any) -> None:
            self.observers.append(observer)

        def removeObserver(self, observer: Any) -> None:
            self.observers.remove(observer)

    stopped = []

    class Reactor:
        def stop(self) -> None:
            stopped.append(True)

    built, publisher = Built(), Publisher()
    stopOnError(built, Reactor(), publisher)
    (observer,) = publisher.observers
    observer({"isError": 0})
    assert stopped == []
    observer({"isError": 1})
    observer({"isError": 1})
    built.end()

    assert stopped == [True]
    assert publisher.observers == []


@pytest.mark.skipif(importlib.util.find_spec("twisted.trial") is not None, reason="twisted-trial is installed")
def test_without_trial_test_cases_say_what_to_install() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"pip install '?twisted-trial"):
        Built.makeTestCaseClasses()


def test_there_is_a_test_case_for_each_reactor(monkeypatch: pytest.MonkeyPatch) -> None:
    import types
    import unittest

    # Stands for twisted-trial, which core must not need.
    trial = types.ModuleType("twisted.trial")
    cases: Any = types.ModuleType("twisted.trial.unittest")
    cases.SynchronousTestCase = unittest.TestCase
    monkeypatch.setitem(sys.modules, "twisted.trial", trial)
    monkeypatch.setitem(sys.modules, "twisted.trial.unittest", cases)

    class Suite(ReactorBuilder):
        _reactors = ("twisted.internet.selectreactor.SelectReactor", "twisted.internet.nowhere.NoReactor")  # type: ignore[assignment]
        skippedReactors = {"SelectReactor": "not today"}

        def test_it_is_a_reactor(self) -> None:
            self.buildReactor()

    made = Suite.makeTestCaseClasses()

    assert sorted(made) == ["Suite_NoReactor", "Suite_SelectReactor"]
    select, nowhere = made["Suite_SelectReactor"], made["Suite_NoReactor"]
    assert (select.__module__, select.__name__) == (__name__, "Suite_SelectReactor")
    assert select.skip == "not today"
    assert "there is no twisted.internet.nowhere.NoReactor here" in nowhere.skip
    assert issubclass(select, unittest.TestCase)
    result = unittest.TestResult()
    select("test_it_is_a_reactor").run(result)
    assert (result.testsRun, result.errors, result.failures) == (1, [], [])
