"""Datagrams between paths. The sockets are real; when they are read, the test says."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twisted.internet import error
from twisted.internet.address import UNIXAddress
from twisted.internet.protocol import ConnectedDatagramProtocol, DatagramProtocol
from twisted.internet.testing import EventLoggingObserver, MemoryReactorClock
from twisted.logger import globalLogPublisher

unix = pytest.importorskip("twisted.internet.unix", reason="this platform has no UNIX sockets")


class Noting:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.error: Exception | None = None

    def startProtocol(self) -> None:
        self.told.append("start")

    def stopProtocol(self) -> None:
        self.told.append("stop")


class Taking(Noting, DatagramProtocol):
    """A protocol for everybody."""

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.told.append((datagram, addr))
        if self.error is not None:
            raise self.error


class Sending(Noting, ConnectedDatagramProtocol):
    """One of somebody who is connected."""

    def datagramReceived(self, datagram: bytes) -> None:  # type: ignore[override]
        self.told.append(datagram)

    def connectionFailed(self, failure: Any) -> None:
        self.told.append(failure.value)

    def connectionRefused(self) -> None:
        self.told.append("refused")
        if self.error is not None:
            raise self.error


class Place:
    """A folder with sockets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reactor = MemoryReactorClock()
        self.ports: list[Any] = []

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def listen(self, name: str | None, protocol: Any = None, **more: Any) -> Any:
        port = unix.DatagramPort(
            None if name is None else self.path(name), protocol or Taking(), reactor=self.reactor, **more
        )
        self.ports.append(port)
        port.startListening()
        return port

    def connect(self, name: str, bind: str | None = None, protocol: Any = None) -> Any:
        port = unix.ConnectedDatagramPort(
            self.path(name),
            protocol or Sending(),
            bindAddress=None if bind is None else self.path(bind),
            reactor=self.reactor,
        )
        self.ports.append(port)
        port.startListening()
        return port


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for port in made.ports:
        if port.connected:
            port.connectionLost()


@pytest.fixture
def events() -> Iterator[EventLoggingObserver]:
    observer = EventLoggingObserver()
    globalLogPublisher.addObserver(observer)
    yield observer
    globalLogPublisher.removeObserver(observer)


def failures(events: EventLoggingObserver) -> list[type]:
    return [event["log_failure"].type for event in events if "log_failure" in event]


def test_what_is_sent_to_a_path_arrives_with_the_senders(place: Place) -> None:
    first, second = place.listen("a"), place.listen("b")

    assert first.write(b"one", place.path("b")) == 3
    assert first.write(b"two", os.fsencode(place.path("b"))) == 3
    second.doRead()

    assert second.protocol.told == ["start", (b"one", place.path("a")), (b"two", place.path("a"))]
    assert first.getHost() == UNIXAddress(place.path("a"))
    assert set(place.reactor.getReaders()) == {first, second}


def test_who_has_no_path_can_send_too(place: Place) -> None:
    nameless, other = place.listen(None), place.listen("a")
    nameless.write(b"hello", place.path("a"))
    other.doRead()

    assert other.protocol.told[1][0] == b"hello" and not other.protocol.told[1][1]


def test_a_path_has_its_mode_and_is_removed_in_the_end(place: Place) -> None:
    port = place.listen("a", mode=0o640)
    assert stat.S_IMODE(os.stat(place.path("a")).st_mode) == 0o640
    assert stat.S_IMODE(os.stat(place.listen("b").port).st_mode) == 0o666
    port.connectionLost()

    assert not os.path.exists(place.path("a")) and port.protocol.told == ["start", "stop"]


def test_a_path_that_somebody_has_removed_already_is_no_trouble(place: Place) -> None:
    port = place.listen("a")
    os.unlink(place.path("a"))
    port.connectionLost()

    assert port.protocol.told == ["start", "stop"]


def test_abstract_names_are_no_paths(place: Place) -> None:
    name = f"\0twisted-test-{os.getpid()}"
    port = unix.DatagramPort(name, Taking(), reactor=place.reactor)
    place.ports.append(port)
    port.startListening()
    other = place.listen("a")
    other.write(b"hello", name)
    port.doRead()
    port.connectionLost()

    assert port.protocol.told == ["start", (b"hello", place.path("a")), "stop"]


def test_a_path_that_is_taken_cannot_be_listened_on(place: Place) -> None:
    place.listen("a")
    with pytest.raises(error.CannotListenError) as caught:
        place.listen("a")

    assert caught.value.port == place.path("a") and caught.value.socketError.errno == errno.EADDRINUSE
    assert os.path.exists(place.path("a"))


def test_nobody_at_a_path_is_an_error_and_nobody_any_more_is_not(place: Place) -> None:
    port = place.listen("a")
    with pytest.raises(FileNotFoundError):
        port.write(b"x", place.path("nowhere"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as gone:
        gone.bind(place.path("gone"))

    assert port.write(b"x", place.path("gone")) is None


def test_what_is_too_long_is_told_to_who_sends_it(place: Place) -> None:
    place.listen("a")
    port, connected = place.listen("b"), place.connect("a")
    for write in (lambda data: port.write(data, place.path("a")), connected.write):
        with pytest.raises(error.MessageLengthError, match="message too long"):
            write(bytes(10_000_000))


def test_only_so_much_of_a_datagram_is_read_as_was_asked_for(place: Place) -> None:
    port = place.listen("a", maxPacketSize=4)
    place.listen("b").write(b"123456", place.path("a"))
    port.doRead()

    assert port.protocol.told[1][0] == b"1234"


def test_a_protocol_that_raises_gets_the_next_datagram_all_the_same(place: Place, events: EventLoggingObserver) -> None:
    port = place.listen("a")
    port.protocol.error = ZeroDivisionError()
    other = place.listen("b")
    for data in (b"1", b"2"):
        other.write(data, place.path("a"))
    port.doRead()

    assert [told[0] for told in port.protocol.told[1:]] == [b"1", b"2"]
    assert failures(events) == [ZeroDivisionError] * 2


def test_who_stops_in_the_middle_gets_nothing_more(place: Place) -> None:
    class Stopping(Taking):
        def datagramReceived(self, datagram: bytes, addr: Any) -> None:
            super().datagramReceived(datagram, addr)
            self.transport.stopListening()

    port, other = place.listen("a", Stopping()), place.listen("b")
    for data in (b"1", b"2"):
        other.write(data, place.path("a"))
    port.doRead()

    assert [told[0] for told in port.protocol.told[1:]] == [b"1"]


# Those who are connected


def test_one_who_is_connected_sends_and_hears_without_addresses(place: Place) -> None:
    listening = place.listen("a")
    connected = place.connect("a", bind="me")
    assert connected.write(b"hello") == 5
    listening.doRead()
    assert listening.protocol.told[1] == (b"hello", place.path("me"))
    listening.write(b"thanks", place.path("me"))
    connected.doRead()

    assert connected.protocol.told == ["start", b"thanks"]
    assert connected.getPeer() == UNIXAddress(place.path("a")) and connected.getHost() == UNIXAddress(place.path("me"))
    connected.connectionLost()
    assert not os.path.exists(place.path("me"))


def test_nobody_to_connect_to_is_told_to_the_protocol_and_nothing_is_left(place: Place) -> None:
    connected = place.connect("nowhere", bind="me")

    (reason,) = connected.protocol.told
    assert isinstance(reason, FileNotFoundError)
    assert not os.path.exists(place.path("me")) and place.reactor.getReaders() == [] and not connected.connected
    assert not hasattr(connected, "socket")


def test_a_place_of_ones_own_that_is_taken_is_told_too_and_left_alone(place: Place) -> None:
    place.listen("a")
    place.listen("mine")
    connected = place.connect("a", bind="mine")

    (reason,) = connected.protocol.told
    assert isinstance(reason, error.CannotListenError) and os.path.exists(place.path("mine"))


def test_a_peer_that_has_gone_is_told_as_a_refusal_and_the_port_lives(
    place: Place, events: EventLoggingObserver
) -> None:
    listening = place.listen("a")
    connected = place.connect("a")
    listening.connectionLost()
    assert connected.write(b"x") is None
    assert connected.protocol.told == ["start", "refused"] and connected.connected
    connected.protocol.error = ZeroDivisionError()
    assert connected.write(b"x") is None

    assert failures(events) == [ZeroDivisionError] and connected.connected


def test_a_protocol_need_not_know_of_refusals(place: Place) -> None:
    class Simple(ConnectedDatagramProtocol):
        connectionRefused = None  # type: ignore[assignment]

    listening = place.listen("a")
    connected = place.connect("a", protocol=Simple())
    listening.connectionLost()

    assert connected.write(b"x") is None


def test_a_protocol_for_everybody_cannot_be_connected(place: Place) -> None:
    with pytest.raises(AssertionError, match="is not a ConnectedDatagramProtocol"):
        unix.ConnectedDatagramPort("a", DatagramProtocol())


def test_ports_say_what_they_are(place: Place) -> None:
    port = place.listen("a")

    assert repr(port) == f"<{Taking.__module__}.Taking on {place.path('a')!r}>"
    assert port.logPrefix() == f"{Taking.__module__}.Taking (UDP)" or port.logPrefix().endswith("(UDP)")
