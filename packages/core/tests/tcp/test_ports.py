# Several things are done in one lambda here: mypy need not mind what they give.
# mypy: disable-error-code="func-returns-value"
"""Ports over sockets that only take notes: what is accepted when, and what goes wrong."""

from __future__ import annotations

import errno
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet import address, error, main, protocol, tcp
from twisted.python.failure import Failure

from .fakes import Loop, Noting, Socket, failures, logged


class Listening(Socket):
    """A socket that listens."""

    def __init__(self, *waiting: Any) -> None:
        super().__init__()
        self.waiting: deque[Any] = deque(waiting)
        self.accepted: list[Socket] = []

    def accept(self) -> Any:
        self.notes.append("accept")
        given = self.waiting.popleft() if self.waiting else BlockingIOError(errno.EAGAIN, "nobody")
        if isinstance(given, OSError):
            raise given
        self.accepted.append(Socket())
        return self.accepted[-1], given

    def listen(self, backlog: int) -> None:
        self.notes.append(("listen", backlog))

    def bind(self, where: Any) -> None:
        self.notes.append(("bind", where))


class Serving(protocol.ServerFactory):
    noisy = False

    def __init__(self, build: Callable[[Any], Any] = lambda peer: Noting()) -> None:
        self.build = build
        self.peers: list[Any] = []
        self.made: list[Any] = []
        self.notes: list[str] = []

    def startFactory(self) -> None:
        self.notes.append("start")

    def stopFactory(self) -> Any:
        self.notes.append("stop")

    def buildProtocol(self, addr: Any) -> Any:
        self.peers.append(addr)
        self.made.append(self.build(addr))
        return self.made[-1]


def listening(wire: Listening, factory: Any = None, **changes: Any) -> tuple[Any, Any, Loop]:
    loop, factory = Loop(), factory or Serving()
    port: Any = tcp.Port(8000, factory, reactor=loop, **changes)
    port.createInternetSocket = lambda: wire
    port.startListening()
    return port, factory, loop


PEER = ("127.0.0.1", 5)


def test_a_port_binds_and_listens_with_a_backlog_of_50() -> None:
    wire = Listening()
    port, factory, loop = listening(wire)

    assert wire.notes == [("bind", ("", 8000)), ("listen", 50)]
    assert wire.options[socket.IPPROTO_TCP, socket.TCP_NODELAY] == 1
    assert factory.notes == ["start"] and loop.readers == [port] and port.connected is True
    assert port._realPortNumber == 80 and port.fileno() == 17
    assert port.numberAccepts == 100 and port.backlog == 50 and port.interface == ""
    assert repr(port) == f"<twisted.internet.tcp.Port of {__name__}.Serving on 80>"


def test_a_port_has_the_backlog_and_interface_it_was_given() -> None:
    wire = Listening()
    listening(wire, backlog=7, interface="127.0.0.1")

    assert wire.notes == [("bind", ("127.0.0.1", 8000)), ("listen", 7)]


def test_an_ipv6_interface_is_bound_as_such() -> None:
    wire = Listening()
    port, factory, _ = listening(wire, interface="::1")
    wire.waiting.append(("::1", 5, 0, 0))

    port.doRead()

    assert wire.notes[0] == ("bind", ("::1", 8000, 0, 0)) and port.addressFamily == socket.AF_INET6
    assert factory.peers == [address.IPv6Address("TCP", "::1", 5, 0, 0)]


@pytest.mark.parametrize("step", ["create", "bind", "listen"])
def test_a_port_that_cannot_be_had_says_which_and_why(step: str) -> None:
    wire, why = Listening(), OSError(errno.EADDRINUSE, "in use")

    def fail(*_: Any) -> Any:
        raise why

    port: Any = tcp.Port(8000, Serving(), interface="127.0.0.1", reactor=Loop())
    port.createInternetSocket = fail if step == "create" else lambda: wire
    if step != "create":
        setattr(wire, step, fail)

    with pytest.raises(error.CannotListenError) as told:
        port.startListening()

    assert (told.value.interface, told.value.port, told.value.socketError) == ("127.0.0.1", 8000, why)
    assert wire.open == (step == "create") and port._realPortNumber is None and not port.connected
    assert repr(port).endswith("Serving (not listening)>") and port.fileno() == -1


def test_accepted_connections_get_their_protocols_and_numbers() -> None:
    wire = Listening(PEER, ("127.0.0.1", 6))
    port, factory, loop = listening(wire)

    assert port.doRead() is None

    assert factory.peers == [address.IPv4Address("TCP", "127.0.0.1", number) for number in (5, 6)]
    assert [made.notes for made in factory.made] == [["made"], ["made"]]
    assert [made.transport.sessionno for made in factory.made] == [0, 1] and port.sessionno == 2
    assert [made.transport.logstr for made in factory.made] == ["Noting,0,127.0.0.1", "Noting,1,127.0.0.1"]
    assert [repr(made.transport) for made in factory.made] == ["<Noting #0 on 80>", "<Noting #1 on 80>"]
    assert loop.readers == [port, *(made.transport for made in factory.made)]


def test_at_most_100_are_accepted_in_a_turn() -> None:
    wire = Listening(*[PEER] * 250)
    port, factory, _ = listening(wire)

    port.doRead()
    assert len(factory.made) == 100
    port.numberAccepts = 30
    port.doRead()

    assert len(factory.made) == 130


def test_the_number_accepted_follows_what_came_and_grows_after_four_full_turns() -> None:
    wire = Listening(PEER, PEER)
    port, factory, _ = listening(wire)

    port.doRead()
    assert port._batch == 2
    port.doRead()
    assert port._batch == 1  # Nobody: one is tried next time.
    wire.waiting.extend([PEER] * 50)
    counts = []
    for _ in range(9):
        before = len(factory.made)
        port.doRead()
        counts.append(len(factory.made) - before)

    assert counts == [1, 1, 1, 1, 2, 2, 2, 2, 4]


@pytest.mark.parametrize("number", [errno.EPERM, errno.ECONNABORTED])
def test_a_connection_that_is_gone_again_is_passed_over(number: int) -> None:
    port, factory, _ = listening(Listening(OSError(number, "gone"), PEER))

    port.doRead()

    assert len(factory.made) == 1


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_without_descriptors_accepting_pauses_a_quarter_second(number: int) -> None:
    wire = Listening(PEER, OSError(number, "none left"), PEER)
    port, factory, loop = listening(wire)

    (event,) = logged(port.doRead)
    assert event["log_level"].name == "warn" and (event["port"], event["pause"]) == (80, 0.25)
    assert port not in loop.readers and len(factory.made) == 1
    loop.advance(0.24)
    assert port not in loop.readers
    loop.advance(0.02)
    assert port in loop.readers
    port.doRead()

    assert len(factory.made) == 2


def test_of_descriptors_that_are_used_up_for_long_is_told_once_a_minute() -> None:
    wire = Listening(*[OSError(errno.EMFILE, "none left") for _ in range(3)])
    port, _, loop = listening(wire)

    assert len(logged(port.doRead)) == 1
    loop.advance(59.9)
    assert logged(port.doRead) == []
    loop.advance(0.25)
    assert len(logged(port.doRead)) == 1


@pytest.mark.parametrize("way", ["stopListening", "connectionLost"])
def test_a_port_that_stops_while_it_pauses_does_not_go_on(way: str) -> None:
    port, _, loop = listening(Listening(OSError(errno.EMFILE, "none left")))
    port.doRead()

    getattr(port, way)(*[] if way == "stopListening" else [Failure(main.CONNECTION_DONE)])
    loop.advance(1)

    assert loop.readers == [] and loop.getDelayedCalls() == [] and not port.connected


def test_other_trouble_with_accepting_is_raised() -> None:
    port, _, _ = listening(Listening(OSError(errno.EBADF, "bad")))

    with pytest.raises(OSError, match="bad"):
        port.doRead()


def test_a_factory_that_wants_nobody_has_the_socket_closed() -> None:
    wire = Listening(PEER, PEER)
    port, _, loop = listening(wire, Serving(lambda peer: None))

    port.doRead()

    assert [one.open for one in wire.accepted] == [False, False] and port.sessionno == 0
    assert loop.readers == [port]


def test_a_factory_that_raises_has_the_socket_closed_and_the_port_goes_on() -> None:
    def build(peer: Any) -> Any:
        if peer.port == 5:
            raise ZeroDivisionError
        return Noting()

    wire = Listening(PEER, ("127.0.0.1", 6))
    port, factory, _ = listening(wire, Serving(build))

    assert failures(port.doRead) == [(ZeroDivisionError, f"{__name__}.Serving")]
    assert [one.open for one in wire.accepted] == [False, True] and factory.made[0].notes == ["made"]


def test_a_protocol_that_raises_at_the_beginning_is_ended() -> None:
    class Broken(Noting):
        def connectionMade(self) -> None:
            raise ZeroDivisionError

    wire = Listening(PEER)
    port, _, loop = listening(wire, Serving(lambda peer: Broken()))

    assert failures(port.doRead) == [(ZeroDivisionError, "Broken,0,127.0.0.1")]
    assert isinstance(loop.ended[0][0], ZeroDivisionError) and not wire.accepted[0].open
    assert loop._dispatching is not None


def test_a_port_that_is_stopped_by_a_protocol_accepts_no_more() -> None:
    wire = Listening(PEER, PEER, PEER)
    stop: list[Any] = []
    port, factory, _ = listening(wire, Serving(lambda peer: stop.append(port.stopListening()) or Noting()))

    port.doRead()

    assert len(factory.made) == 1 and len(wire.waiting) == 2


def test_stopping_fires_when_the_socket_is_closed_and_the_factory_is_told() -> None:
    wire = Listening()
    port, factory, loop = listening(wire)
    fired: list[Any] = []

    port.stopListening().addBoth(fired.append)
    assert wire.open and fired == [] and loop.readers == [] and port.disconnecting is True
    events = logged(lambda: loop.advance(0))

    assert not wire.open and fired == [None] and factory.notes == ["start", "stop"]
    assert not port.connected and port.disconnected is True and port.disconnecting is False
    assert [(event["type"], event["port"]) for event in events] == [("TCP", 80)]
    assert port.fileno() == -1 and port.stopListening() is None
    port.connectionLost(Failure(main.CONNECTION_DONE))
    assert factory.notes == ["start", "stop"]


def test_a_factory_that_fails_to_stop_fails_the_deferred_or_is_logged() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    for waits in (True, False):
        port, factory, loop = listening(Listening())
        factory.stopFactory = fail
        fired: list[Any] = []
        if waits:
            port.stopListening().addErrback(fired.append)
            loop.advance(0)
            assert fired[0].check(ZeroDivisionError)
        else:
            events = logged(lambda: port.connectionLost(Failure(main.CONNECTION_DONE)))  # noqa: B023
            assert [event["log_failure"].type for event in events if "log_failure" in event] == [ZeroDivisionError]
