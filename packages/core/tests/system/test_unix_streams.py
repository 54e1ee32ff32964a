"""UNIX stream sockets on real paths, with each reactor."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from zope.interface import implementer

from twisted.internet import error, protocol
from twisted.internet.address import UNIXAddress
from twisted.internet.interfaces import IFileDescriptorReceiver

from .running import run


class Echo(protocol.Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Client(protocol.ClientFactory[Any]):
    """Connects, calls what it is given, and notes failures."""

    noisy = False

    def __init__(self, reactor: Any, made: Any) -> None:
        self.reactor, self.made = reactor, made
        self.failed: list[Any] = []

    def buildProtocol(self, addr: Any) -> Any:
        return self.made(addr)

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        self.failed.append(reason)
        self.reactor.stop()


def serve(kind: Any) -> Any:
    factory = protocol.Factory.forProtocol(kind)
    factory.noisy = False
    return factory


@pytest.mark.parametrize("abstract", [False, True])
def test_a_megabyte_comes_back_from_a_path(reactor: Any, tmp_path: Path, abstract: bool) -> None:
    path = f"\0core-test-{os.getpid()}-{id(reactor)}" if abstract else str(tmp_path / "echo")
    sent = os.urandom(1_000_000)
    peers: list[Any] = []

    class Sender(protocol.Protocol):
        got = b""

        def connectionMade(self) -> None:
            peers.append(self.transport.getPeer())
            self.transport.write(sent)

        def dataReceived(self, data: bytes) -> None:
            self.got += data
            if len(self.got) == len(sent):
                peers.append(self.got)
                reactor.stop()

    port = reactor.listenUNIX(path, serve(Echo), mode=0o600)
    if not abstract:
        assert os.stat(path).st_mode & 0o777 == 0o600
    assert port.getHost() == UNIXAddress(path)
    reactor.connectUNIX(path, Client(reactor, lambda addr: Sender()))
    run(reactor)

    assert peers == [UNIXAddress(path), sent]
    assert abstract or not os.path.exists(path)


def test_descriptors_travel_with_bytes(reactor: Any, tmp_path: Path) -> None:
    path, told = str(tmp_path / "pass"), []

    @implementer(IFileDescriptorReceiver)
    class Receiver(protocol.Protocol):
        descriptor = -1

        def fileDescriptorReceived(self, descriptor: int) -> None:
            self.descriptor = descriptor

        def dataReceived(self, data: bytes) -> None:
            os.write(self.descriptor, b"through")
            os.close(self.descriptor)
            reactor.stop()

    reading, writing = os.pipe()

    class Sender(protocol.Protocol):
        def connectionMade(self) -> None:
            self.transport.sendFileDescriptor(writing)
            self.transport.write(b"x")

    reactor.listenUNIX(path, serve(Receiver))
    reactor.connectUNIX(path, Client(reactor, lambda addr: Sender()))
    run(reactor)
    os.close(writing)
    told.append(os.read(reading, 100))
    os.close(reading)

    assert told == [b"through"]


def test_nobody_at_a_path_fails_the_attempt(reactor: Any, tmp_path: Path) -> None:
    client = Client(reactor, None)
    reactor.connectUNIX(str(tmp_path / "nobody"), client)
    run(reactor)

    assert client.failed[0].check(error.ConnectError)


def test_a_server_without_its_lock_is_not_taken_for_one(reactor: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "x")
    client = Client(reactor, None)
    reactor.connectUNIX(path, client, checkPID=True)
    run(reactor)

    assert client.failed[0].check(error.BadFileError)


def test_what_a_dead_server_left_is_removed_by_the_next(reactor: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "x")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(path)
    # No process has this number: it is one beyond the highest that there can be.
    os.symlink(str(2**22 + 1), path + ".lock")

    with pytest.raises(error.CannotListenError):
        reactor.listenUNIX(path, serve(Echo))
    port = reactor.listenUNIX(path, serve(Echo), wantPID=True)
    with pytest.raises(error.CannotListenError, match="Cannot acquire lock"):
        reactor.listenUNIX(path, serve(Echo), wantPID=True)
    reactor.callWhenRunning(lambda: port.stopListening().addCallback(lambda _: reactor.stop()))
    run(reactor)

    assert not os.path.lexists(path) and not os.path.lexists(path + ".lock")


def test_a_full_queue_is_waited_for_without_spinning(reactor: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "full")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(0)
    waiting = []
    while True:
        one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        one.setblocking(False)
        waiting.append(one)
        if one.connect_ex(path):
            break
    turns = [0]
    once = reactor.runUntilCurrent

    def counted() -> None:
        turns[0] += 1
        once()

    reactor.runUntilCurrent = counted

    def make_room() -> None:
        listener.accept()[0].close()

    class Connected(protocol.Protocol):
        def connectionMade(self) -> None:
            reactor.stop()

    reactor.connectUNIX(path, Client(reactor, lambda addr: Connected()))
    reactor.callLater(0.3, make_room)
    run(reactor)
    for one in (*waiting, listener):
        one.close()

    assert turns[0] < 200


def test_sockets_of_somebody_elses_can_be_adopted(reactor: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "adopted")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as given:
        given.bind(path)
        given.listen(5)
        reactor.adoptStreamPort(given.fileno(), socket.AF_UNIX, serve(Echo))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    reactor.adoptStreamConnection(theirs.fileno(), socket.AF_UNIX, serve(Echo))
    theirs.close()
    ours.sendall(b"pair")
    got: list[bytes] = []

    class Asking(protocol.Protocol):
        def connectionMade(self) -> None:
            self.transport.write(b"port")

        def dataReceived(self, data: bytes) -> None:
            got.append(data)
            reactor.callLater(0.01, reactor.stop)

    reactor.connectUNIX(path, Client(reactor, lambda addr: Asking()))
    run(reactor)
    got.append(ours.recv(100))
    ours.close()

    assert got == [b"port", b"pair"]
