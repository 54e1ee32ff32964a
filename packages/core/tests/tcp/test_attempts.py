# Several things are done in one lambda here: mypy need not mind what they give.
# mypy: disable-error-code="func-returns-value"
"""Attempts to connect over sockets that only take notes: every answer of the system, every way to give up."""

from __future__ import annotations

import errno
import os
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet import address, error, main, protocol, tcp
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from .fakes import Loop, Noting, Socket, logged


class Calling(protocol.ClientFactory):
    noisy = False

    def __init__(self, build: Callable[[Any], Any] = lambda peer: Noting()) -> None:
        self.build = build
        self.notes: list[Any] = []
        self.made: Any = None

    def startedConnecting(self, connector: Any) -> None:
        self.notes.append("started")

    def buildProtocol(self, addr: Any) -> Any:
        self.notes.append(addr)
        self.made = self.build(addr)
        return self.made

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        self.notes.append(reason.value)

    def clientConnectionLost(self, connector: Any, reason: Failure) -> None:
        self.notes.append(("lost", reason.value))


class Outgoing(Socket):
    """A socket that connects as its list of answers says."""

    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self.answers: deque[Any] = deque(answers)

    def connect_ex(self, where: Any) -> int:
        self.notes.append(("connect", where))
        given = self.answers.popleft()
        if isinstance(given, BaseException):
            raise given
        return int(given)

    def bind(self, where: Any) -> None:
        self.notes.append(("bind", where))


@pytest.fixture
def calling(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Begins to connect with a socket that was given."""

    def call(wire: Any, factory: Any = None, host: str = "127.0.0.1", bind: Any = None, **changes: Any) -> Any:
        def create(self: Any) -> Any:
            if isinstance(wire, BaseException):
                raise wire
            return wire

        monkeypatch.setattr(tcp.Client, "createInternetSocket", create)
        loop, factory = Loop(), factory or Calling()
        connector: Any = tcp.Connector(host, 4711, factory, 30, bind, loop)
        connector.connect()
        return connector, factory, loop

    return call


def test_an_attempt_begins_in_the_next_turn_and_succeeds_at_once(calling: Any) -> None:
    wire = Outgoing(0)
    connector, factory, loop = calling(wire)
    assert factory.notes == ["started"] and connector.state == "connecting"

    loop.advance(0)

    peer = address.IPv4Address("TCP", "127.0.0.1", 4711)
    assert factory.notes == ["started", peer] and connector.state == "connected"
    made = factory.made
    assert made.notes == ["made"] and made.transport.getPeer() == peer
    assert made.transport.getHost() == address.IPv4Address("TCP", "127.0.0.1", 80)
    assert made.transport.logstr == "Noting,client" and loop.readers == [made.transport] and loop.writers == []
    assert wire.options[socket.IPPROTO_TCP, socket.TCP_NODELAY] and loop.getDelayedCalls() == []
    assert repr(made.transport).startswith("<twisted.internet.tcp.Client to ('127.0.0.1', 4711) at ")


@pytest.mark.parametrize("first", [errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY])
@pytest.mark.parametrize("then", [0, errno.EISCONN])
@pytest.mark.parametrize("event", ["doRead", "doWrite"])
def test_an_attempt_that_is_under_way_is_waited_for(calling: Any, first: int, then: int, event: str) -> None:
    _, factory, loop = calling(Outgoing(first, first, then))
    loop.advance(0)
    (attempt,) = loop.readers
    assert loop.writers == [attempt] and not factory.made

    assert getattr(attempt, event)() is None and not factory.made
    assert getattr(attempt, event)() is None

    assert factory.made.notes == ["made"] and loop.writers == []
    attempt.socket.incoming.append(b"data")
    attempt.doRead()
    attempt.write(b"answer")
    attempt.doWrite()
    assert factory.made.notes == ["made", 4] and attempt.socket.sent == [b"answer"]


def test_an_error_of_the_socket_or_the_call_is_told(calling: Any) -> None:
    wire = Outgoing(errno.EINPROGRESS)
    _, factory, loop = calling(wire)
    loop.advance(0)
    wire.options[socket.SOL_SOCKET, socket.SO_ERROR] = errno.ECONNREFUSED
    loop.readers[0].doWrite()
    assert isinstance(factory.notes[1], error.ConnectionRefusedError) and not wire.open
    assert loop.readers == loop.writers == loop.getDelayedCalls() == []

    _, factory, loop = calling(Outgoing(errno.ENETUNREACH))
    loop.advance(0)
    assert factory.notes[1].osError == errno.ENETUNREACH


def test_a_call_that_raises_is_told_by_its_number_or_name(calling: Any) -> None:
    for raised, kind in (
        (OSError(errno.ECONNREFUSED, "refused"), error.ConnectionRefusedError),
        (socket.gaierror(socket.EAI_NONAME, "no such name"), error.ConnectError),
        (OSError("odd"), error.ConnectError),
    ):
        wire = Outgoing(raised)
        _, factory, loop = calling(wire)
        loop.advance(0)
        assert isinstance(factory.notes[1], kind) and not wire.open
    _, factory, loop = calling(Outgoing(BlockingIOError(errno.EINPROGRESS, "wait")))
    loop.advance(0)
    assert len(loop.writers) == 1


def test_an_attempt_ends_after_its_timeout(calling: Any) -> None:
    wire = Outgoing(errno.EINPROGRESS)
    connector, factory, loop = calling(wire)
    loop.advance(29.9)
    assert factory.notes == ["started"]

    loop.advance(0.2)

    assert isinstance(factory.notes[1], error.TimeoutError) and not wire.open and connector.state == "disconnected"
    assert loop.readers == loop.writers == []


@pytest.mark.parametrize("turns", [0, 1])
def test_an_attempt_can_be_given_up_before_and_after_it_began(calling: Any, turns: int) -> None:
    wire = Outgoing(errno.EINPROGRESS)
    connector, factory, loop = calling(wire)
    if turns:
        loop.advance(0)

    connector.stopConnecting()
    loop.advance(60)

    assert isinstance(factory.notes[1], error.UserError) and len(factory.notes) == 2 and not wire.open
    assert len([note for note in wire.notes if note[0] == "connect"]) == turns


def test_a_socket_that_cannot_be_made_or_bound_is_told(calling: Any) -> None:
    why = OSError(errno.EMFILE, "none left")
    _, factory, loop = calling(why)
    assert factory.notes == ["started"]
    loop.advance(0)
    assert isinstance(factory.notes[1], error.ConnectBindError) and factory.notes[1].osError == errno.EMFILE

    wire = Outgoing()

    def fail(where: Any) -> None:
        raise OSError(errno.EADDRINUSE, "in use")

    wire.bind = fail  # type: ignore[method-assign]
    _, factory, loop = calling(wire, bind=("127.0.0.1", 5))
    assert not wire.open
    loop.advance(0)
    assert isinstance(factory.notes[1], error.ConnectBindError) and factory.notes[1].osError == errno.EADDRINUSE


@pytest.mark.parametrize(
    ("given", "bound"),
    [
        (("127.0.0.1", 5), ("127.0.0.1", 5)),
        (("", 5), ("", 5)),
        ("127.0.0.1", ("127.0.0.1", 0)),
        (b"127.0.0.1", ("127.0.0.1", 0)),
        (5, ("", 5)),
    ],
)
def test_the_local_address_is_bound(calling: Any, given: Any, bound: Any) -> None:
    wire = Outgoing(0)
    calling(wire, bind=given)

    assert ("bind", bound) in wire.notes
    assert (socket.SOL_SOCKET, socket.SO_REUSEADDR) not in wire.options


def test_an_ipv6_address_is_connected_to_as_such(calling: Any) -> None:
    wire = Outgoing(0)
    wire.getpeername = lambda: ("::1", 4711, 0, 0)  # type: ignore[method-assign]
    connector, factory, loop = calling(wire, host="::1", bind=("::1", 5))

    loop.advance(0)

    assert ("bind", ("::1", 5, 0, 0)) in wire.notes and ("connect", ("::1", 4711, 0, 0)) in wire.notes
    assert factory.notes[1] == address.IPv6Address("TCP", "::1", 4711, 0, 0)
    assert connector.getDestination() == address.IPv6Address("TCP", "::1", 4711)


def test_a_name_is_looked_up(calling: Any) -> None:
    wire = Outgoing(0)
    connector, factory, loop = calling(wire, host="name.example")
    asked: list[Any] = []
    loop.resolve = lambda name: asked.append((name, Deferred())) or asked[-1][1]
    loop.advance(0)
    assert factory.notes == ["started"] and asked[0][0] == "name.example"

    asked[0][1].callback("127.0.0.9")

    assert ("connect", ("127.0.0.9", 4711)) in wire.notes and factory.made.notes == ["made"]
    assert connector.getDestination() == address.IPv4Address("TCP", "name.example", 4711)


@pytest.mark.parametrize("late", [True, False])
def test_a_name_that_is_not_found_fails_the_attempt_and_a_late_answer_changes_nothing(calling: Any, late: bool) -> None:
    wire = Outgoing(0)
    connector, factory, loop = calling(wire, host="name.example")
    asked: list[Any] = []
    loop.resolve = lambda name: asked.append(Deferred()) or asked[-1]
    loop.advance(0)
    if late:
        connector.stopConnecting()
        asked[0].callback("127.0.0.9")
        assert isinstance(factory.notes[1], error.UserError)
    else:
        asked[0].errback(error.DNSLookupError("no such name"))
        assert isinstance(factory.notes[1], error.DNSLookupError)

    assert len(factory.notes) == 2 and ("connect", ("127.0.0.9", 4711)) not in wire.notes


def test_a_connection_that_is_reset_at_once_is_a_failed_attempt(calling: Any) -> None:
    wire = Outgoing(0)

    def fail() -> Any:
        raise OSError(errno.ENOTCONN, "reset")

    wire.getpeername = fail  # type: ignore[method-assign]
    _, factory, loop = calling(wire)
    loop.advance(0)

    assert "reset at once" in str(factory.notes[1]) and not factory.made and not wire.open


def test_a_connection_to_itself_is_a_failed_attempt(calling: Any) -> None:
    wire = Outgoing(0)
    wire.getpeername = wire.getsockname  # type: ignore[method-assign]
    _, factory, loop = calling(wire)
    loop.advance(0)

    assert factory.notes[1].osError == 0
    assert "connected to itself" in str(factory.notes[1]) and not factory.made and loop.readers == []


def test_a_factory_that_raises_is_a_failed_attempt(calling: Any) -> None:
    def build(peer: Any) -> Any:
        raise ZeroDivisionError

    wire = Outgoing(0)
    connector, factory, loop = calling(wire, Calling(build))

    (event,) = [event for event in logged(lambda: loop.advance(0)) if "log_failure" in event]

    assert event["log_failure"].type is ZeroDivisionError
    assert "could not make a protocol: ZeroDivisionError()" in str(factory.notes[2])
    assert connector.state == "disconnected" and not wire.open


def test_a_factory_that_wants_no_connection_has_it_closed(calling: Any) -> None:
    wire = Outgoing(0)
    connector, factory, loop = calling(wire, Calling(lambda peer: None))
    loop.advance(0)
    loop.end_turn()

    assert factory.notes[2] == ("lost", main.CONNECTION_DONE) and not wire.open
    assert connector.state == "disconnected"


def test_the_end_is_told_to_the_protocol_and_then_the_factory(calling: Any) -> None:
    connector, factory, loop = calling(Outgoing(0))
    loop.advance(0)
    factory.made.notes = factory.notes
    made = factory.made.transport

    made.connectionLost(Failure(main.CONNECTION_LOST))
    made.connectionLost(Failure(main.CONNECTION_LOST))

    assert factory.notes[2:] == [main.CONNECTION_LOST, ("lost", main.CONNECTION_LOST)]
    assert connector.state == "disconnected"


def test_an_unknown_service_is_refused_and_a_known_one_has_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(name: str, kind: str) -> int:
        assert kind == "tcp"
        if name != "http":
            raise OSError("service/proto not found")
        return 80

    monkeypatch.setattr(socket, "getservbyname", look)

    assert tcp.Connector("h", "http", Calling(), 30, None, Loop()).port == 80
    with pytest.raises(error.ServiceNameUnknownError, match=r"not found \('nonsense'\)"):
        tcp.Connector("h", "nonsense", Calling(), 30, None, Loop())


def test_a_socket_is_made_without_blocking() -> None:
    made = tcp.BaseClient.createInternetSocket(tcp.BaseClient)  # type: ignore[arg-type]
    try:
        assert made.gettimeout() == 0 and not os.get_inheritable(made.fileno())
        assert made.family == socket.AF_INET and made.type == socket.SOCK_STREAM
    finally:
        made.close()
