"""Ending connections on which nothing happens, and writing down what happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import (
    AccumulatingProtocol,
    EventLoggingObserver,
    StringTransport,
    StringTransportWithDisconnection,
)
from twisted.logger import formatEvent, globalLogPublisher
from twisted.protocols.policies import SpewingFactory, TimeoutFactory, TimeoutMixin, TrafficLoggingFactory
from twisted.protocols.wire import Echo
from twisted.python.failure import Failure

ADDRESS = IPv4Address("TCP", "1.1.1.1", 1)


def connect(protocol: Any) -> StringTransportWithDisconnection:
    transport = StringTransportWithDisconnection()
    transport.protocol = protocol
    protocol.makeConnection(transport)
    return transport


class Patient(TimeoutFactory):
    def __init__(self, clock: Clock, period: float) -> None:
        super().__init__(Factory.forProtocol(Protocol), period)
        self.clock = clock

    def callLater(self, period: float, func: Callable[[], Any]) -> Any:
        return self.clock.callLater(period, func)


def patient(period: float = 10) -> tuple[Clock, Any, StringTransportWithDisconnection]:
    clock = Clock()
    protocol = Patient(clock, period).buildProtocol(ADDRESS)
    return clock, protocol, connect(protocol)


def test_a_silent_connection_is_closed() -> None:
    clock, _, transport = patient()

    clock.advance(9)
    assert transport.connected
    clock.advance(1)

    assert not transport.connected
    assert clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    "sign",
    [
        lambda protocol: protocol.dataReceived(b"x"),
        lambda protocol: protocol.write(b"x"),
        lambda protocol: protocol.writeSequence([b"x"]),
        lambda protocol: protocol.resetTimeout(),
    ],
)
def test_each_sign_of_life_begins_the_time_anew(sign: Callable[[Any], None]) -> None:
    clock, protocol, transport = patient()
    clock.advance(9)

    sign(protocol)

    clock.advance(9)
    assert transport.connected
    clock.advance(1)
    assert not transport.connected


def test_data_go_through_both_ways() -> None:
    factory = TimeoutFactory(Factory.forProtocol(Echo), 10)
    factory.callLater = Clock().callLater  # type: ignore[method-assign, assignment]
    protocol = factory.buildProtocol(ADDRESS)
    transport = connect(protocol)

    protocol.dataReceived(b"one ")
    protocol.writeSequence([b"two ", b"three"])

    assert transport.value() == b"one two three"


def test_the_time_can_be_changed_and_taken_away() -> None:
    clock, protocol, transport = patient()

    protocol.setTimeout(3)
    assert (protocol.timeoutPeriod, len(clock.getDelayedCalls())) == (3, 1)
    protocol.setTimeout(None)
    assert (protocol.timeoutPeriod, clock.getDelayedCalls()) == (None, [])
    protocol.resetTimeout()
    protocol.setTimeout(5)
    protocol.cancelTimeout()
    clock.advance(100)

    assert transport.connected


def test_the_end_of_the_connection_ends_the_waiting() -> None:
    clock, protocol, transport = patient()

    transport.loseConnection()

    assert clock.getDelayedCalls() == []
    assert protocol.timeoutCall is None


def test_half_an_hour_by_default() -> None:
    assert TimeoutFactory(Factory()).timeoutPeriod == 1800


def test_a_timeout_factory_makes_no_protocol_where_the_other_makes_none() -> None:
    class Refusing(Factory[Any]):
        def buildProtocol(self, addr: object) -> None:
            return None

    assert TimeoutFactory(Refusing()).buildProtocol(ADDRESS) is None


class Idle(TimeoutMixin, Protocol):
    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def callLater(self, period: float, func: Callable[[], Any]) -> Any:
        return self.clock.callLater(period, func)


def test_a_protocol_can_have_a_time_of_its_own() -> None:
    clock = Clock()
    idle = Idle(clock)
    transport = StringTransport()
    idle.makeConnection(transport)
    idle.resetTimeout()
    assert clock.getDelayedCalls() == []

    assert idle.setTimeout(5) is None
    clock.advance(4)
    idle.resetTimeout()
    clock.advance(4)
    assert not transport.disconnecting
    assert idle.setTimeout(7) == 5
    clock.advance(6.5)
    assert not transport.disconnecting
    clock.advance(0.5)

    assert transport.disconnecting
    assert idle.timeOut == 7
    idle.resetTimeout()
    assert clock.getDelayedCalls() == []


def test_a_protocol_can_give_its_time_up_and_set_it_again() -> None:
    clock = Clock()
    idle = Idle(clock)
    idle.makeConnection(StringTransport())
    idle.setTimeout(5)

    assert idle.setTimeout(None) == 5
    assert (idle.timeOut, clock.getDelayedCalls()) == (None, [])
    assert idle.setTimeout(None) is None
    idle.setTimeout(2)
    assert [call.getTime() for call in clock.getDelayedCalls()] == [2]


def test_what_happens_after_the_time_can_be_overridden() -> None:
    over = []

    class Telling(Idle):
        def timeoutConnection(self) -> None:
            over.append(self.timeOut)

    clock = Clock()
    Telling(clock).setTimeout(3)
    clock.advance(3)

    assert over == [3]


@pytest.fixture
def events() -> Iterator[EventLoggingObserver]:
    events = EventLoggingObserver()
    globalLogPublisher.addObserver(events)
    yield events
    globalLogPublisher.removeObserver(events)


def test_spewing_logs_both_ways(events: EventLoggingObserver) -> None:
    protocol = SpewingFactory(Factory.forProtocol(Echo)).buildProtocol(ADDRESS)
    transport = connect(protocol)

    protocol.dataReceived(b"abc")

    assert [formatEvent(event) for event in events] == ["Received: b'abc'", "Sending: b'abc'"]
    assert transport.value() == b"abc"


class Recording(TrafficLoggingFactory):
    def __init__(self, limit: int | None = None) -> None:
        super().__init__(Factory.forProtocol(Echo), "traffic", limit)
        self.files: dict[str, StringIO] = {}

    def open(self, name: str) -> StringIO:
        self.files[name] = StringIO()
        return self.files[name]


def test_traffic_is_written_down_for_each_connection() -> None:
    recording = Recording()
    protocol = recording.buildProtocol(ADDRESS)
    transport = connect(protocol)
    protocol.dataReceived(b"he\nllo")
    protocol.writeSequence([b"a", b"b"])
    protocol.loseConnection()

    assert transport.value() == b"he\nlloab"
    assert recording.files["traffic-1"].getvalue().splitlines() == [
        "*",
        "C 1: b'he\\nllo'",
        "S 1: b'he\\nllo'",
        "SV 1: [b'a', b'b']",
        "S 1: *",
        "C 1: <twisted.python.failure.Failure twisted.internet.error.ConnectionDone: "
        "Connection was closed cleanly: Bye..>",
    ]


def test_connections_are_numbered_until_the_counter_is_reset() -> None:
    recording = Recording()
    recording.buildProtocol(ADDRESS)
    recording.buildProtocol(ADDRESS)
    assert list(recording.files) == ["traffic-1", "traffic-2"]
    before = recording.files["traffic-1"]

    recording.resetCounter()
    recording.buildProtocol(ADDRESS)

    assert list(recording.files) == ["traffic-1", "traffic-2"]
    assert recording.files["traffic-1"] is not before


@pytest.mark.parametrize(("data", "shown"), [(b"x" * 20, b"x" * 20), (b"x" * 21, b"x" * 8 + b"<... elided>")])
def test_long_pieces_are_shortened_in_the_record_alone(data: bytes, shown: bytes) -> None:
    recording = Recording(20)
    protocol = recording.buildProtocol(ADDRESS)
    transport = connect(protocol)

    protocol.write(data)

    assert recording.files["traffic-1"].getvalue().splitlines()[1] == f"S 1: {shown!r}"
    assert transport.value() == data


def test_records_go_to_files(tmp_path: Any) -> None:
    factory = TrafficLoggingFactory(Factory.forProtocol(Echo), str(tmp_path / "log"))
    protocol = factory.buildProtocol(ADDRESS)
    connect(protocol)
    protocol.dataReceived(b"hello")

    assert (tmp_path / "log-1").read_text() == "*\nC 1: b'hello'\nS 1: b'hello'\n"
    protocol.logfile.close()


def test_no_record_is_opened_where_no_protocol_is_made() -> None:
    class Refusing(Factory[Any]):
        def buildProtocol(self, addr: object) -> None:
            return None

    recording = Recording()
    recording.wrappedFactory = Refusing()

    assert recording.buildProtocol(ADDRESS) is None
    assert recording.files == {}


def test_the_protocol_within_is_told_why_its_connection_ended() -> None:
    factory = TimeoutFactory(Factory.forProtocol(AccumulatingProtocol), 10)
    factory.callLater = Clock().callLater  # type: ignore[method-assign, assignment]
    protocol: Any = factory.buildProtocol(ADDRESS)
    connect(protocol)
    reason, within = Failure(ConnectionDone()), protocol.wrappedProtocol

    protocol.connectionLost(reason)

    assert (within.closed, within.closedReason) == (1, reason)
    assert protocol not in factory.protocols


def test_a_time_that_has_gone_by_is_not_waited_for_again() -> None:
    clock, protocol, _ = patient()
    clock.advance(10)

    assert protocol.timeoutCall is None
    protocol.resetTimeout()
    assert clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    ("limit", "data", "shown"),
    [
        (0, b"", b""),
        (0, b"a", b"<... elided>"),
        (5, b"abcde", b"abcde"),
        (5, b"abcdef", b"<... elided>"),
        (12, b"x" * 13, b"<... elided>"),
        (13, b"x" * 14, b"x<... elided>"),
        (None, b"x" * 999, b"x" * 999),
    ],
)
def test_what_a_line_of_a_record_has_room_for(limit: int | None, data: bytes, shown: bytes) -> None:
    recording = Recording(limit)
    protocol = recording.buildProtocol(ADDRESS)
    connect(protocol)

    protocol.dataReceived(data)
    protocol.writeSequence([data, b""])

    lines = recording.files["traffic-1"].getvalue().splitlines()
    assert (lines[1], lines[-1]) == (f"C 1: {shown!r}", f"SV 1: {[shown, b'']!r}")
    assert (protocol.lengthLimit, protocol._number) == (limit, 1)
