"""Endpoints that listen and connect, in memory: what they ask of the reactor, and what becomes of it."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest
from zope.interface import implementer

from twisted.internet import endpoints, error, protocol
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.testing import MemoryReactorClock, RaisingMemoryReactor, StringTransport
from twisted.python.failure import Failure


@pytest.fixture
def reactor() -> Any:
    return MemoryReactorClock()


@pytest.fixture
def factory() -> Any:
    return protocol.Factory.forProtocol(protocol.Protocol)


def outcome(deferred: Any) -> list[Any]:
    got: list[Any] = []
    deferred.addBoth(got.append)
    return got


@pytest.mark.parametrize(
    ("description", "servers", "expected"),
    [
        ("tcp:80", "tcpServers", (80, 50, "")),
        ("tcp:80:interface=127.0.0.1:backlog=5", "tcpServers", (80, 5, "127.0.0.1")),
        ("tcp:80:interface=\\:\\:1", "tcpServers", (80, 50, "::1")),
        ("tcp6:80", "tcpServers", (80, 50, "::")),
        ("tcp6:80:interface=\\:\\:1:backlog=7", "tcpServers", (80, 7, "::1")),
        ("tcp:port=80", "tcpServers", (80, 50, "")),
        ("unix:/var/run/x", "unixServers", ("/var/run/x", 50, 0o666)),
        ("unix:address=/x:mode=660:backlog=3:lockfile=0", "unixServers", ("/x", 3, 0o660)),
    ],
)
def test_a_description_of_a_server_becomes_a_port(
    reactor: Any, factory: Any, description: str, servers: str, expected: tuple[Any, ...]
) -> None:
    got = outcome(endpoints.serverFromString(reactor, description).listen(factory))

    (asked,) = getattr(reactor, servers)
    assert asked[1] is factory and (asked[0], *asked[2:4]) == expected
    assert len(got) == 1 and not isinstance(got[0], Failure)


@pytest.mark.parametrize(
    ("description", "clients", "expected"),
    [
        ("unix:/x", "unixClients", ("/x", 30, 0)),
        ("unix:path=/x:timeout=9:lockfile=1", "unixClients", ("/x", 9, 1)),
    ],
)
def test_a_description_of_a_client_becomes_an_attempt(
    reactor: Any, factory: Any, description: str, clients: str, expected: tuple[Any, ...]
) -> None:
    endpoints.clientFromString(reactor, description).connect(factory)

    (asked,) = getattr(reactor, clients)
    assert (asked[0], *map(int, asked[2:])) == (expected[0], *map(int, expected[1:]))


@pytest.mark.parametrize("description", ["tcp:example.com:80", "tcp:host=example.com:port=80", "TCP:example.com:80"])
def test_a_tcp_client_connects_to_its_host(reactor: Any, factory: Any, description: str) -> None:
    endpoints.clientFromString(reactor, description).connect(factory)
    endpoints.clientFromString(reactor, "tcp:h:81:timeout=7:bindAddress=9.9.9.9").connect(factory)

    assert [(host, port, *rest) for host, port, _, *rest in reactor.tcpClients] == [
        ("example.com", 80, 30, None),
        ("h", 81, 7, ("9.9.9.9", 0)),
    ]


@pytest.mark.parametrize(
    ("function", "description", "error_type", "message"),
    [
        ("serverFromString", "nonsense:1", ValueError, "nonsense"),
        ("clientFromString", "nonsense:1", ValueError, "nonsense"),
        ("serverFromString", "tcp:port=eighty", ValueError, "eighty"),
        ("serverFromString", "tcp", (TypeError, ValueError), "port"),
        ("serverFromString", "tcp:80:colour=red", (TypeError, ValueError), "colour"),
        ("clientFromString", "tcp:host=x", (TypeError, ValueError), "port"),
        ("serverFromString", "", ValueError, "Unknown endpoint type"),
    ],
)
def test_a_description_that_is_no_good_is_refused_with_what_is_wrong(
    reactor: Any, function: str, description: str, error_type: Any, message: str
) -> None:
    with pytest.raises(error_type, match=message):
        getattr(endpoints, function)(reactor, description)


def test_a_port_that_cannot_be_had_fails_the_deferred(factory: Any) -> None:
    why = error.CannotListenError("", 80, OSError(98, "in use"))
    got = outcome(endpoints.TCP4ServerEndpoint(RaisingMemoryReactor(listenException=why), 80).listen(factory))

    assert got[0].value is why


def test_connecting_gives_the_factorys_protocol(reactor: Any, factory: Any) -> None:
    got = outcome(endpoints.TCP4ClientEndpoint(reactor, "1.2.3.4", 80, timeout=5).connect(factory))
    host, port, wrapping, timeout, bind = reactor.tcpClients[0]
    assert (host, port, timeout, bind) == ("1.2.3.4", 80, 5, None) and got == []

    made = wrapping.buildProtocol(None)
    transport = StringTransport()
    made.makeConnection(transport)

    assert type(got[0]) is protocol.Protocol and got[0].transport is transport and got[0].factory is factory
    made.dataReceived(b"x")


def test_a_failed_attempt_fails_the_deferred(reactor: Any, factory: Any) -> None:
    got = outcome(endpoints.UNIXClientEndpoint(reactor, "/x").connect(factory))
    wrapping = reactor.unixClients[0][1]

    wrapping.clientConnectionFailed(reactor.connectors[0], Failure(error.ConnectionRefusedError()))

    assert got[0].check(error.ConnectionRefusedError)


def test_cancelling_stops_the_attempt(reactor: Any, factory: Any) -> None:
    connecting = endpoints.TCP4ClientEndpoint(reactor, "1.2.3.4", 80).connect(factory)
    got = outcome(connecting)

    connecting.cancel()

    assert got[0].check(error.ConnectingCancelledError) and reactor.connectors[0].stoppedConnecting


def test_a_factory_without_a_protocol_is_a_failure(reactor: Any) -> None:
    class Nobody(protocol.Factory[Any]):
        def buildProtocol(self, addr: Any) -> Any:
            return None

    got = outcome(endpoints.TCP4ClientEndpoint(reactor, "1.2.3.4", 80).connect(Nobody()))
    reactor.tcpClients[0][2].buildProtocol(None)

    assert got[0].check(error.NoProtocol)


def test_a_factory_that_raises_is_a_failure(reactor: Any) -> None:
    class Broken(protocol.Factory[Any]):
        def buildProtocol(self, addr: Any) -> Any:
            raise ZeroDivisionError

    got = outcome(endpoints.TCP4ClientEndpoint(reactor, "1.2.3.4", 80).connect(Broken()))
    reactor.tcpClients[0][2].buildProtocol(None)

    assert got[0].check(ZeroDivisionError)


def test_one_protocol_can_be_connected_without_a_factory(reactor: Any) -> None:
    mine = protocol.Protocol()
    got = outcome(endpoints.connectProtocol(endpoints.TCP4ClientEndpoint(reactor, "1.2.3.4", 80), mine))

    made = reactor.tcpClients[0][2].buildProtocol(None)
    made.makeConnection(StringTransport())

    assert got == [mine]


def test_a_listening_socket_can_be_adopted_once(factory: Any) -> None:
    adopted: list[Any] = []

    class Adopting:
        def adoptStreamPort(self, *arguments: Any) -> str:
            adopted.append(arguments)
            return "a port"

    given = socket.socket()
    given.listen()
    # The endpoint owns the descriptor from here on, and closes it when the reactor has a copy.
    descriptor = given.detach()
    endpoint = endpoints.AdoptedStreamServerEndpoint(Adopting(), descriptor, socket.AF_INET)

    assert outcome(endpoint.listen(factory)) == ["a port"]
    assert adopted == [(descriptor, socket.AF_INET, factory)]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
    assert outcome(endpoint.listen(factory))[0].check(error.AlreadyListened)


@pytest.mark.parametrize("text", ["plain", "a:b", "a\\b", "a=b", ":", "\\"])
def test_quoted_text_survives_a_description(reactor: Any, factory: Any, text: str) -> None:
    quoted = endpoints.quoteStringArgument(text)

    endpoints.serverFromString(reactor, f"unix:address={quoted}").listen(factory)

    assert reactor.unixServers[0][0] == text


def test_proxies_can_be_put_before_any_server(reactor: Any, factory: Any) -> None:
    endpoints.serverFromString(reactor, "haproxy:tcp:80:interface=127.0.0.1").listen(factory)

    (port, wrapped, _, interface) = reactor.tcpServers[0]
    assert (port, interface) == (80, "127.0.0.1") and wrapped is not factory
    assert wrapped.wrappedFactory is factory


def test_nothing_is_left_waiting(reactor: Any, factory: Any) -> None:
    got = outcome(endpoints.serverFromString(reactor, "tcp:80").listen(factory))

    assert got and reactor.getDelayedCalls() == []


def test_who_listens_for_a_handshake_is_connected_before_it(reactor: Any) -> None:
    heard: list[str] = []

    @implementer(IHandshakeListener)
    class Listening(protocol.Protocol):
        def connectionMade(self) -> None:
            heard.append("made")

        def handshakeCompleted(self) -> None:
            heard.append("shaken")

    connecting = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", 80).connect(protocol.Factory.forProtocol(Listening))
    connecting.addCallback(lambda _: heard.append("connected"))
    wrapping: Any = reactor.tcpClients[0][2].buildProtocol(None)
    hears: Any = IHandshakeListener.providedBy(wrapping)
    assert hears
    wrapping.makeConnection(StringTransport())
    wrapping.handshakeCompleted()

    assert heard == ["made", "connected", "shaken"]
