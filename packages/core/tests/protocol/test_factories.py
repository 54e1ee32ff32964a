"""Protocols, the factories that make them, and how they are started and stopped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet import protocol
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ILoggingContext, IProcessProtocol, IProtocol, IProtocolFactory
from twisted.internet.protocol import (
    AbstractDatagramProtocol,
    ClientFactory,
    ConnectedDatagramProtocol,
    DatagramProtocol,
    Factory,
    ProcessProtocol,
    Protocol,
    ServerFactory,
    connectionDone,
)
from twisted.internet.testing import EventLoggingObserver
from twisted.logger import formatEvent, globalLogPublisher


@pytest.fixture
def events() -> Iterator[EventLoggingObserver]:
    events = EventLoggingObserver()
    globalLogPublisher.addObserver(events)
    yield events
    globalLogPublisher.removeObserver(events)


def test_a_protocol_learns_of_its_transport_once_it_is_connected() -> None:
    seen = []

    class Seeing(Protocol):
        def connectionMade(self) -> None:
            seen.append((self.transport, bool(self.connected)))

    end = Seeing()
    assert (end.transport, end.connected, end.factory) == (None, 0, None)
    end.makeConnection("transport")

    assert seen == [("transport", True)]


def test_a_protocols_hooks_do_nothing_by_default() -> None:
    end = Protocol()
    assert verifyObject(IProtocol, end)
    assert verifyObject(ILoggingContext, end)

    end.makeConnection("transport")
    end.dataReceived(b"data")
    end.connectionLost()

    assert vars(end) == {"transport": "transport", "connected": 1}


def test_log_prefixes_are_class_names() -> None:
    class Mine(Protocol):
        pass

    assert Mine().logPrefix() == "Mine"
    assert ClientFactory().logPrefix() == "ClientFactory"
    assert ConnectedDatagramProtocol().logPrefix() == "ConnectedDatagramProtocol"


def test_the_default_reason_is_a_clean_end() -> None:
    assert connectionDone.check(ConnectionDone) is ConnectionDone
    assert Protocol.connectionLost.__defaults__ == (connectionDone,)


@pytest.mark.parametrize("kind", [Factory, ClientFactory, ServerFactory])
def test_factories_are_started_by_the_first_user_and_stopped_by_the_last(
    kind: Any, events: EventLoggingObserver
) -> None:
    told = []

    class Told(kind):  # type: ignore[misc]
        def startFactory(self) -> None:
            told.append("start")

        def stopFactory(self) -> None:
            told.append("stop")

    factory = Told()
    assert verifyObject(IProtocolFactory, factory)
    factory.doStart()
    factory.doStart()
    assert (told, factory.numPorts) == (["start"], 2)
    factory.doStop()
    assert (told, factory.numPorts) == (["start"], 1)
    factory.doStop()
    factory.doStop()

    assert (told, factory.numPorts) == (["start", "stop"], 0)
    assert [formatEvent(event) for event in events] == [
        f"Starting factory {factory!r}",
        f"Stopping factory {factory!r}",
    ]
    assert events[0]["log_source"] is factory
    assert events[0]["log_namespace"].endswith(".Told")


def test_a_quiet_factory_logs_nothing(events: EventLoggingObserver) -> None:
    factory: Factory[Any] = Factory()
    factory.noisy = False

    factory.doStart()
    factory.doStop()

    assert list(events) == []


def test_a_factory_makes_protocols_that_know_it() -> None:
    factory: Factory[Protocol] = Factory()
    factory.protocol = Protocol

    made = factory.buildProtocol(None)

    assert type(made) is Protocol
    assert made.factory is factory
    assert factory.buildProtocol(None) is not made


def test_a_factory_without_a_protocol_says_what_to_do() -> None:
    with pytest.raises(AssertionError, match="set its protocol, or override buildProtocol"):
        Factory[Any]().buildProtocol(None)


def test_a_factory_can_be_made_for_a_protocol() -> None:
    class Named(Factory[Protocol]):
        def __init__(self, name: str, size: int) -> None:
            self.name, self.size = name, size

    factory = Named.forProtocol(Protocol, "n", size=3)

    assert isinstance(factory, Named)
    assert (factory.name, factory.size) == ("n", 3)
    assert type(factory.buildProtocol(None)) is Protocol


def test_client_factories_ignore_news_by_default() -> None:
    factory: ClientFactory[Any] = ClientFactory()

    factory.startedConnecting("connector")  # type: ignore[arg-type]
    factory.clientConnectionFailed("connector", "reason")  # type: ignore[arg-type]
    factory.clientConnectionLost("connector", "reason")  # type: ignore[arg-type]

    assert vars(factory) == {}


def test_classes_say_that_they_live_in_the_door() -> None:
    for name in [*protocol.__all__, "BaseProtocol", "_InstanceFactory"]:
        assert getattr(getattr(protocol, name), "__module__", "twisted.internet.protocol") in (
            "twisted.internet.protocol",
            "twisted.python.failure",
        )


class Process(ProcessProtocol):
    def __init__(self) -> None:
        self.got: list[Any] = []

    def outReceived(self, data: bytes) -> None:
        self.got.append(("out", data))

    def errReceived(self, data: bytes) -> None:
        self.got.append(("err", data))

    def inConnectionLost(self) -> None:
        self.got.append("in closed")

    def outConnectionLost(self) -> None:
        self.got.append("out closed")

    def errConnectionLost(self) -> None:
        self.got.append("err closed")


def test_a_childs_descriptors_have_their_hooks() -> None:
    process = Process()
    assert verifyObject(IProcessProtocol, process)

    for descriptor in range(4):
        process.childDataReceived(descriptor, b"%d" % descriptor)
    for descriptor in range(4):
        process.childConnectionLost(descriptor)

    assert process.got == [("out", b"1"), ("err", b"2"), "in closed", "out closed", "err closed"]


def test_process_hooks_do_nothing_by_default() -> None:
    process = ProcessProtocol()
    process.makeConnection("transport")
    for descriptor in range(3):
        process.childDataReceived(descriptor, b"")
        process.childConnectionLost(descriptor)
    process.processExited(connectionDone)
    process.processEnded(connectionDone)

    assert vars(process) == {"transport": "transport", "connected": 1}


class Datagrams(DatagramProtocol):
    def __init__(self) -> None:
        self.got: list[Any] = []

    def startProtocol(self) -> None:
        self.got.append(("start", self.transport))

    def stopProtocol(self) -> None:
        self.got.append(("stop", self.transport))


def test_a_datagram_protocol_starts_with_its_transport_and_stops_without(events: EventLoggingObserver) -> None:
    datagrams = Datagrams()

    datagrams.makeConnection("port")
    assert (datagrams.got, datagrams.numPorts) == ([("start", "port")], 1)
    datagrams.doStart()
    datagrams.doStop()
    assert (len(datagrams.got), datagrams.numPorts) == (1, 1)
    datagrams.doStop()

    assert datagrams.got == [("start", "port"), ("stop", None)]
    assert datagrams.numPorts == 0
    assert [formatEvent(event) for event in events] == [
        f"Starting protocol {datagrams}",
        f"Stopping protocol {datagrams}",
    ]


def test_a_quiet_datagram_protocol_logs_nothing(events: EventLoggingObserver) -> None:
    datagrams = Datagrams()
    datagrams.noisy = False
    datagrams.doStart()
    datagrams.doStop()

    assert list(events) == []


def test_a_datagram_protocol_refuses_nonsense() -> None:
    datagrams = Datagrams()
    with pytest.raises(AssertionError, match="stopped more often"):
        datagrams.doStop()
    datagrams.makeConnection("port")
    with pytest.raises(AssertionError, match="has a transport already"):
        datagrams.makeConnection("other")


def test_datagram_hooks_do_nothing_by_default() -> None:
    connected = ConnectedDatagramProtocol()
    connected.datagramReceived(b"x")
    connected.connectionFailed(connectionDone)
    connected.connectionRefused()
    anybody = DatagramProtocol()
    anybody.datagramReceived(b"x", ("127.0.0.1", 1))

    assert vars(connected) == vars(anybody) == {}
    assert not ILoggingContext.providedBy(AbstractDatagramProtocol())
    assert verifyObject(ILoggingContext, anybody)


def test_a_datagram_protocol_is_pickled_without_its_socket() -> None:
    datagrams = Datagrams()
    datagrams.makeConnection(lambda: "no pickle can hold me")

    assert datagrams.__getstate__() == {"got": datagrams.got, "numPorts": 1}
