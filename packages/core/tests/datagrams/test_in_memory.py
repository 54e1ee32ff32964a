"""Ports for datagrams over sockets that only take notes: exact limits, and every answer of the system."""

from __future__ import annotations

import errno
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet import address, error, protocol, udp
from twisted.internet.defer import fail, succeed
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher


class Socket:
    """Gives what it is told to give, and takes notes of the rest."""

    def __init__(self, *incoming: Any) -> None:
        self.incoming: deque[Any] = deque(incoming)
        self.notes: list[Any] = []
        self.trouble: OSError | None = None
        self.options: dict[Any, Any] = {}
        self.name: Any = ("127.0.0.1", 53)
        self.open = True

    def fileno(self) -> int:
        return 17

    def setblocking(self, flag: bool) -> None:
        self.notes.append(("blocking", flag))

    def bind(self, where: Any) -> None:
        self._note("bind", where)

    def connect(self, where: Any) -> None:
        self._note("connect", where)

    def _note(self, *note: Any) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.notes.append(note)

    def recvfrom(self, size: int) -> Any:
        self.notes.append(("recv", size))
        given = self.incoming.popleft() if self.incoming else BlockingIOError(errno.EAGAIN, "nothing")
        if isinstance(given, BaseException):
            raise given
        return given

    def send(self, data: bytes) -> int:
        self._note("send", data)
        return len(data)

    def sendto(self, data: bytes, where: Any) -> int:
        self._note("send", data, where)
        return len(data)

    def setsockopt(self, level: int, option: int, value: Any) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.options[level, option] = value

    def getsockopt(self, level: int, option: int, size: int = 0) -> Any:
        return self.options.get((level, option), 0)

    def getsockname(self) -> Any:
        return self.name

    def close(self) -> None:
        self.open = False

    def sent(self) -> list[Any]:
        return [note[1:] for note in self.notes if note[0] == "send"]


class Loop(Clock):
    def __init__(self) -> None:
        super().__init__()
        self.readers: list[Any] = []
        self.names: dict[str, str] = {}

    def addReader(self, reader: Any) -> None:
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:
        if reader in self.readers:
            self.readers.remove(reader)

    def removeWriter(self, writer: Any) -> None:
        pass

    def resolve(self, name: str) -> Any:
        return succeed(self.names[name]) if name in self.names else fail(error.DNSLookupError(name))


class Noting(protocol.DatagramProtocol):
    def __init__(self, on_data: Callable[[Any], object] | None = None) -> None:
        self.notes: list[Any] = []
        self.on_data = on_data

    def startProtocol(self) -> None:
        self.notes.append("start")

    def stopProtocol(self) -> None:
        self.notes.append("stop")

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.notes.append((len(datagram), addr))
        if self.on_data is not None:
            self.on_data(self)

    def connectionRefused(self) -> None:
        self.notes.append("refused")


def listening(
    wire: Socket, made: Any = None, kind: Any = udp.Port, interface: str = "", **changes: Any
) -> tuple[Any, Any, Loop]:
    loop, made = Loop(), made or Noting()
    port = kind(5353, made, interface, reactor=loop, **changes)
    port.createInternetSocket = lambda: wire
    port.startListening()
    return port, made, loop


def logged(act: Callable[[], object]) -> list[Any]:
    events: list[Any] = []
    note: Any = events.append
    globalLogPublisher.addObserver(note)
    try:
        act()
    finally:
        globalLogPublisher.removeObserver(note)
    return events


PEER = ("127.0.0.1", 9)


def test_a_port_binds_starts_its_protocol_and_reads() -> None:
    wire = Socket()
    port, made, loop = listening(wire)

    assert wire.notes == [("bind", ("", 5353))] and made.notes == ["start"] and loop.readers == [port]
    assert (port.maxPacketSize, port.maxThroughput, port.interface) == (8192, 262144, "")
    assert port.fileno() == 17 and port.getHandle() is wire and port.connected is True
    assert port.getHost() == address.IPv4Address("UDP", "127.0.0.1", 53)
    assert port.logPrefix() == "Noting (UDP)" and repr(port) == f"<{Noting} on 53>"


def test_a_port_that_cannot_be_bound_says_which_and_why() -> None:
    wire = Socket()
    wire.trouble = OSError(errno.EADDRINUSE, "in use")

    with pytest.raises(error.CannotListenError) as told:
        listening(wire, interface="127.0.0.1")

    assert (told.value.interface, told.value.port) == ("127.0.0.1", 5353)
    assert told.value.socketError is wire.trouble and not wire.open


def test_an_interface_is_an_address_of_either_kind() -> None:
    wire = Socket()
    wire.name = ("::1", 53, 0, 0)
    port, _, _ = listening(wire, interface="::1")

    assert port.addressFamily == socket.AF_INET6
    assert port.getHost() == address.IPv6Address("UDP", "::1", 53, 0, 0)
    with pytest.raises(error.InvalidAddressError, match="not an IPv4 or IPv6 address"):
        udp.Port(0, Noting(), "localhost", reactor=Loop())


def test_datagrams_are_delivered_until_nothing_is_there() -> None:
    wire = Socket((b"a", PEER), (b"", PEER), (b"ccc", PEER))
    port, made, _ = listening(wire, maxPacketSize=100)

    assert port.doRead() is None

    assert made.notes[1:] == [(1, PEER), (0, PEER), (3, PEER)]
    assert wire.notes[1:] == [("recv", 100)] * 4


def test_an_ipv6_sender_is_two_words_and_the_answer_finds_its_scope() -> None:
    wire = Socket((b"a", ("fe80::1", 9, 0, 3)))
    answers: list[Any] = []
    port, made, _ = listening(wire, interface="::1")
    made.on_data = lambda made: answers.append(made.transport.write(b"yes", made.notes[-1][1]))

    port.doRead()

    assert made.notes[1] == (1, ("fe80::1", 9)) and answers == [3]
    assert wire.sent() == [(b"yes", ("fe80::1", 9, 0, 3))]


def test_one_turn_reads_256_datagrams_or_256_kib() -> None:
    many, large = Socket(*[(b"x", PEER)] * 300), Socket(*[(b"x" * 8192, PEER)] * 40)
    for wire, expected in ((many, 256), (large, 32)):
        port, made, _ = listening(wire)
        port.doRead()
        assert len(made.notes) == 1 + expected


def test_a_port_that_its_protocol_stops_delivers_no_more() -> None:
    wire = Socket((b"a", PEER), (b"b", PEER))
    port, made, loop = listening(wire, Noting(lambda made: made.transport.stopListening()))

    port.doRead()

    assert made.notes == ["start", (1, PEER)] and loop.readers == []


def test_a_protocol_that_raises_is_logged_and_hears_the_next() -> None:
    def fail(made: Any) -> None:
        raise ZeroDivisionError

    port, made, _ = listening(Socket((b"a", PEER), (b"b", PEER)), Noting(fail))

    events = logged(port.doRead)

    assert [event["log_failure"].type for event in events] == [ZeroDivisionError] * 2 and len(made.notes) == 3


@pytest.mark.parametrize("number", [errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT])
@pytest.mark.parametrize("connected", [True, False])
def test_a_refusal_is_told_to_a_connected_port_alone(number: int, connected: bool) -> None:
    wire = Socket(OSError(number, "refused"))
    port, made, loop = listening(wire)
    if connected:
        port.connect("127.0.0.1", 9)

    port.doRead()

    assert made.notes == ["start", *["refused"] * connected] and loop.readers == [port]


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.EINTR, errno.EMSGSIZE])
def test_nothing_there_is_nothing(number: int) -> None:
    port, made, _ = listening(Socket(OSError(number, "nothing")))

    port.doRead()

    assert made.notes == ["start"]


def test_other_trouble_is_raised() -> None:
    port, _, _ = listening(Socket(OSError(errno.EBADF, "bad")))

    with pytest.raises(OSError, match="bad"):
        port.doRead()


def test_a_protocol_that_raises_when_refused_is_logged() -> None:
    class Broken(Noting):
        def connectionRefused(self) -> None:
            raise ZeroDivisionError

    port, _, _ = listening(Socket(OSError(errno.ECONNREFUSED, "refused")), Broken())
    port.connect("127.0.0.1", 9)

    assert [event["log_failure"].type for event in logged(port.doRead)] == [ZeroDivisionError]


def test_datagrams_are_sent_to_addresses() -> None:
    wire = Socket()
    port, _, _ = listening(wire)

    assert port.write(b"abc", PEER) == 3 and port.write(b"x", ("<broadcast>", 9)) == 1
    port.writeSequence([b"a", b"b"], PEER)

    assert wire.sent() == [(b"abc", PEER), (b"x", ("<broadcast>", 9)), (b"ab", PEER)]


@pytest.mark.parametrize(
    ("interface", "host", "message"),
    [
        ("", "::1", "IPv4 port write"),
        ("::1", "127.0.0.1", "IPv6 port write"),
        ("::1", "<broadcast>", "IPv6 port write"),
        ("", "example.com", "only accepts IP addresses, not hostnames"),
    ],
)
def test_an_address_that_cannot_be_sent_to_is_refused(interface: str, host: str, message: str) -> None:
    wire = Socket()
    port, _, _ = listening(wire, interface=interface)

    with pytest.raises(error.InvalidAddressError, match=message):
        port.write(b"x", (host, 9))

    assert wire.sent() == []


def test_an_address_is_needed() -> None:
    port, _, _ = listening(Socket())

    with pytest.raises(AssertionError, match="needs an address"):
        port.write(b"x")


@pytest.mark.parametrize("connected", [True, False])
def test_trouble_with_sending_has_its_names(connected: bool) -> None:
    wire = Socket()
    port, made, _ = listening(wire)
    where: Any = PEER
    if connected:
        port.connect(*PEER)
        where = None

    wire.trouble = OSError(errno.EMSGSIZE, "too long")
    with pytest.raises(error.MessageLengthError, match="message too long"):
        port.write(b"x", where)
    wire.trouble = OSError(errno.ECONNREFUSED, "refused")
    assert port.write(b"x", where) is None
    assert made.notes == ["start", *["refused"] * connected]
    wire.trouble = OSError(errno.EBADF, "bad")
    with pytest.raises(OSError, match="bad"):
        port.write(b"x", where)


def test_a_connected_port_needs_no_address_and_takes_no_other() -> None:
    wire = Socket()
    port, _, _ = listening(wire)
    port.connect(*PEER)

    assert port.write(b"x") == 1 and port.write(b"y", PEER) == 1
    with pytest.raises(AssertionError, match="connected to"):
        port.write(b"z", ("127.0.0.1", 10))
    with pytest.raises(RuntimeError, match="already connected"):
        port.connect(*PEER)

    assert wire.sent() == [(b"x",), (b"y",)]


def test_a_name_cannot_be_connected_to() -> None:
    wire = Socket()
    port, _, _ = listening(wire)

    with pytest.raises(error.InvalidAddressError, match="not an IPv4 or IPv6 address"):
        port.connect("localhost", 9)

    assert ("connect", ("localhost", 9)) not in wire.notes


def test_stopping_closes_in_the_next_turn_and_fires_once() -> None:
    wire = Socket()
    port, made, loop = listening(wire)
    first = port.stopListening()
    fired: list[Any] = []
    first.addBoth(fired.append)

    assert port.stopListening() is first and loop.readers == [] and wire.open and fired == []
    loop.advance(0)

    assert fired == [None] and not wire.open and made.notes == ["start", "stop"] and port.connected is False
    assert port.stopListening() is None and repr(port) == f"<{Noting} not connected>"
    port.connectionLost()
    assert made.notes == ["start", "stop"]


def test_the_old_way_of_stopping_warns_its_caller() -> None:
    port, _, loop = listening(Socket())

    with pytest.warns(DeprecationWarning, match="use stopListening") as told:
        port.loseConnection()
    loop.advance(0)

    assert told[0].filename == __file__ and not port.connected


def test_a_protocol_that_raises_at_the_end_leaves_nothing_open() -> None:
    class Broken(Noting):
        def stopProtocol(self) -> None:
            raise ZeroDivisionError

    wire = Socket()
    port, _, _ = listening(wire, Broken())
    fired: list[Any] = []
    port.stopListening().addBoth(fired.append)

    with pytest.raises(ZeroDivisionError):
        port.connectionLost()

    assert not wire.open and fired == [None] and not hasattr(port, "socket")


def test_broadcasts_are_allowed_by_an_option() -> None:
    wire = Socket()
    port, _, _ = listening(wire)

    for enabled in (True, False):
        port.setBroadcastAllowed(enabled)
        assert wire.options == {(socket.SOL_SOCKET, socket.SO_BROADCAST): int(enabled)}
        assert port.getBroadcastAllowed() is enabled


# Groups


def group(wire: Socket, interface: str = "") -> tuple[Any, Loop]:
    port, _, loop = listening(wire, kind=udp.MulticastPort, interface=interface)
    return port, loop


@pytest.mark.parametrize(
    ("interface", "level", "ttl", "loop"),
    [
        ("", socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, socket.IP_MULTICAST_LOOP),
        ("::1", socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, socket.IPV6_MULTICAST_LOOP),
    ],
)
def test_reach_and_echo_of_groups_are_options(interface: str, level: int, ttl: int, loop: int) -> None:
    wire = Socket()
    port, _ = group(wire, interface)

    port.setTTL(255)
    port.setLoopbackMode(7)
    assert wire.options == {(level, ttl): 255, (level, loop): 1}
    assert port.getTTL() == 255 and port.getLoopbackMode() is True
    port.setLoopbackMode(0)
    assert port.getLoopbackMode() is False
    for impossible in (256, -1):
        with pytest.raises(struct.error):
            port.setTTL(impossible)
    assert port.getTTL() == 255


def outcome(deferred: Any) -> Any:
    got: list[Any] = []
    deferred.addBoth(got.append)
    return got[0]


def test_a_group_is_joined_and_left_by_addresses_or_names() -> None:
    wire = Socket()
    port, loop = group(wire)
    loop.names["group.example"] = "224.0.0.7"

    assert outcome(port.joinGroup("224.0.0.251")) is None
    key = (socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP)
    assert wire.options == {key: socket.inet_aton("224.0.0.251") + socket.inet_aton("0.0.0.0")}
    assert outcome(port.leaveGroup("group.example", "127.0.0.1")) is None
    key = (socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP)
    assert wire.options[key] == socket.inet_aton("224.0.0.7") + socket.inet_aton("127.0.0.1")
    assert outcome(port.joinGroup("nobody.example")).check(error.DNSLookupError)


@pytest.mark.parametrize(("given", "number"), [("", 0), ("3", 3), (4, 4), ("lo", 77)])
def test_an_ipv6_group_is_joined_on_an_interface(monkeypatch: pytest.MonkeyPatch, given: Any, number: int) -> None:
    monkeypatch.setattr(socket, "if_nametoindex", lambda name: 77)
    wire = Socket()
    port, _ = group(wire, "::1")
    request = socket.inet_pton(socket.AF_INET6, "ff02::1") + struct.pack("@I", number)

    outcome(port.joinGroup("ff02::1", given))
    outcome(port.leaveGroup("ff02::1", given))

    assert wire.options == {
        (socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP): request,
        (socket.IPPROTO_IPV6, socket.IPV6_LEAVE_GROUP): request,
    }


@pytest.mark.parametrize(("interface", "name"), [("", "224.0.0.1"), ("::1", "ff02::1")])
def test_a_group_that_cannot_be_joined_says_which_and_where(interface: str, name: str) -> None:
    wire = Socket()
    port, _ = group(wire, interface)
    wire.trouble = OSError(errno.ENODEV, "no such device")

    why = outcome(port.joinGroup(name))

    assert why.check(error.MulticastJoinError)
    assert why.value.args == (name, "0.0.0.0" if not interface else "", errno.ENODEV, "no such device")


def test_the_outgoing_interface_is_an_address_or_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "if_nametoindex", lambda name: 77)
    four, six = Socket(), Socket()
    (over_four, loop), (over_six, _) = group(four), group(six, "::1")
    loop.names["me.example"] = "127.0.0.1"

    assert outcome(over_four.setOutgoingInterface("me.example")) == 1
    assert over_four.getOutgoingInterface() == "127.0.0.1"
    for given, number in (("5", 5), (6, 6), ("lo", 77), ("", 0)):
        assert outcome(over_six.setOutgoingInterface(given)) == 1
        assert over_six.getOutgoingInterface() == number
    six.trouble = OSError(errno.ENODEV, "no such device")
    assert outcome(over_six.setOutgoingInterface(9)).check(OSError)


@pytest.mark.parametrize("multiple", [True, False])
def test_an_address_is_shared_if_that_was_asked_for(multiple: bool) -> None:
    port = udp.MulticastPort(0, Noting(), reactor=Loop(), listenMultiple=multiple)
    made = port.createInternetSocket()
    try:
        options = [socket.SO_REUSEADDR, getattr(socket, "SO_REUSEPORT", socket.SO_REUSEADDR)]
        assert [bool(made.getsockopt(socket.SOL_SOCKET, option)) for option in options] == [multiple] * 2
        assert port.listenMultiple is multiple and port.maxPacketSize == 8192
    finally:
        made.close()
