"""UDP and UNIX datagrams on real sockets, with each reactor."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from twisted.internet import error, protocol

from .running import run


class Note(protocol.DatagramProtocol):
    """Notes what comes, and does what is asked for then."""

    def __init__(self, then: Any = None) -> None:
        self.then = then
        self.got: list[tuple[bytes, Any]] = []
        self.refused = 0

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.got.append((datagram, addr))
        if self.then is not None:
            self.then(self, datagram, addr)

    def connectionRefused(self) -> None:
        self.refused += 1
        if self.then is not None:
            self.then(self, None, None)


def echo(me: Note, datagram: bytes | None, addr: Any) -> None:
    assert datagram is not None and me.transport is not None
    me.transport.write(datagram, addr)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_thousand_datagrams_come_back(reactor: Any, host: str) -> None:
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    port = reactor.listenUDP(0, Note(echo), interface=host)
    number = port.getHost().port
    back: list[bytes] = []

    def next_one(me: Note, datagram: bytes | None, addr: Any) -> None:
        assert datagram is not None and me.transport is not None
        back.append(datagram)
        assert addr[:2] == (host, number)
        if len(back) == 1000:
            reactor.stop()
        else:
            me.transport.write(b"%d" % len(back), (host, number))

    client = Note(next_one)
    reactor.listenUDP(0, client, interface=host)
    reactor.callWhenRunning(lambda: client.transport.write(b"0", (host, number)))
    run(reactor)

    assert back == [b"%d" % count for count in range(1000)]


def test_a_refused_peer_is_told_and_the_port_lives(reactor: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = nobody.getsockname()

    def after(me: Note, datagram: bytes | None, addr: Any) -> None:
        if datagram is None:
            # Somebody listens there from now on.
            reactor.listenUDP(address[1], Note(echo), interface="127.0.0.1")
            me.transport.write(b"again")
        else:
            reactor.stop()

    client = Note(after)
    port = reactor.listenUDP(0, client, interface="127.0.0.1")
    client.transport.connect(*address)
    reactor.callWhenRunning(lambda: client.transport.write(b"hello"))
    run(reactor)

    assert client.refused >= 1 and client.got == [(b"again", address)] and port.disconnected


def test_what_is_longer_than_asked_for_is_cut(reactor: Any) -> None:
    short = Note(lambda *_: reactor.stop())
    port = reactor.listenUDP(0, short, interface="127.0.0.1", maxPacketSize=4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"longer", ("127.0.0.1", port.getHost().port))
        run(reactor)

    assert [datagram for datagram, _ in short.got] == [b"long"]


def test_a_protocol_that_raises_disturbs_nobody(reactor: Any, caplog: pytest.LogCaptureFixture) -> None:
    from twisted.logger import capturedLogs

    def burst(me: Note, datagram: bytes | None, addr: Any) -> None:
        if datagram == b"bad":
            raise ZeroDivisionError
        reactor.stop()

    port = reactor.listenUDP(0, Note(burst), interface="127.0.0.1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, capturedLogs() as events:
        for datagram in (b"bad", b"good"):
            sender.sendto(datagram, ("127.0.0.1", port.getHost().port))
        run(reactor)

    assert [event["log_failure"].type for event in events if "log_failure" in event] == [ZeroDivisionError]


def test_a_group_hears_what_is_sent_to_it(reactor: Any) -> None:
    heard = Note(lambda *_: reactor.stop())
    port = reactor.listenMulticast(0, heard, listenMultiple=True)
    number = port.getHost().port
    port.setOutgoingInterface("127.0.0.1")
    joined: list[Any] = []

    def send(_: object) -> None:
        port.write(b"all", ("225.0.0.250", number))

    def failed(failure: Any) -> None:
        joined.append(failure)
        reactor.stop()

    reactor.callWhenRunning(lambda: port.joinGroup("225.0.0.250", "127.0.0.1").addCallbacks(send, failed))
    run(reactor)

    if joined:
        assert joined[0].check(error.MulticastJoinError)
        pytest.skip(f"this machine's loopback has no multicast: {joined[0].getErrorMessage()}")
    assert [datagram for datagram, _ in heard.got] == [b"all"]


def test_datagrams_go_from_path_to_path(reactor: Any, tmp_path: Path) -> None:
    here, there = str(tmp_path / "here"), str(tmp_path / "there")
    reactor.listenUNIXDatagram(there, Note(echo))
    got: list[bytes] = []

    class Connected(protocol.ConnectedDatagramProtocol):
        def datagramReceived(self, datagram: bytes) -> None:  # type: ignore[override]
            got.append(datagram)
            reactor.stop()

    client = Connected()
    reactor.connectUNIXDatagram(there, client, bindAddress=here)
    reactor.callWhenRunning(lambda: client.transport.write(b"hello"))
    run(reactor)

    assert got == [b"hello"]
    assert not os.path.exists(here) and not os.path.exists(there)


def test_a_socket_of_somebody_elses_can_be_adopted(reactor: Any) -> None:
    adopted = Note(lambda *_: reactor.stop())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as given:
        given.bind(("127.0.0.1", 0))
        address = given.getsockname()
        reactor.adoptDatagramPort(given.fileno(), socket.AF_INET, adopted)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", address)
        run(reactor)

    assert [datagram for datagram, _ in adopted.got] == [b"x"]
