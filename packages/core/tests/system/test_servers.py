"""Whole programs in processes of their own, and clients of every temper."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

ECHO = """
from twisted.internet import endpoints, protocol, reactor

class Echo(protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data)

factory = protocol.Factory.forProtocol(Echo)
listening = endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1:backlog=1000").listen(factory)
listening.addCallback(lambda port: print(port.getHost().port, flush=True))
reactor.run()
"""

CHAT = """
from twisted.internet import endpoints, protocol, reactor
from twisted.protocols import basic

class Chatter(basic.LineReceiver):
    def connectionMade(self):
        self.factory.everybody.append(self)
        self.sendLine(b"%d here" % len(self.factory.everybody))

    def connectionLost(self, reason):
        self.factory.everybody.remove(self)

    def lineReceived(self, line):
        for one in self.factory.everybody:
            one.sendLine(b"> " + line)

factory = protocol.Factory.forProtocol(Chatter)
factory.everybody = []
listening = endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(factory)
listening.addCallback(lambda port: print(port.getHost().port, flush=True))
reactor.run()
"""


@pytest.fixture
def start() -> Iterator[Any]:
    """Start a program that prints its port; it is ended afterwards."""
    running: list[subprocess.Popen[str]] = []

    def begin(text: str) -> tuple[subprocess.Popen[str], int]:
        made = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(made)
        assert made.stdout is not None
        return made, int(made.stdout.readline())

    yield begin
    for made in running:
        if made.poll() is None:
            made.kill()
        made.communicate(timeout=10)


def dial(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def receive(connected: socket.socket, size: int) -> bytes:
    got = bytearray()
    while len(got) < size:
        piece = connected.recv(min(1 << 16, size - len(got)))
        assert piece, f"the connection ended after {len(got)} of {size} bytes"
        got += piece
    return bytes(got)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_echo_server_answers_and_stops_cleanly(start: Any, number: int) -> None:
    program, port = start(ECHO)
    with dial(port) as connected:
        connected.sendall(b"hello")
        connected.shutdown(socket.SHUT_WR)
        assert receive(connected, 5) == b"hello" and connected.recv(1) == b""

    program.send_signal(number)
    _, errors = program.communicate(timeout=10)
    assert (program.returncode, errors) == (0, "")


def test_a_thousand_clients_at_once(start: Any) -> None:
    import resource

    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most[0] < 2500:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(2500, most[1]), most[1]))
    _, port = start(ECHO)
    clients = [dial(port) for _ in range(1000)]
    for number, client in enumerate(clients):
        client.sendall(b"%04d" % number)
    answers = [receive(client, 4) for client in clients]
    for client in clients:
        client.close()

    assert answers == [b"%04d" % number for number in range(1000)]


def test_a_slow_reader_holds_nobody_up_and_loses_nothing(start: Any) -> None:
    _, port = start(ECHO)
    with dial(port) as slow, dial(port) as quick:
        slow.setblocking(False)
        sent = 0
        pattern = bytes(range(256)) * 256
        try:
            while sent < 200 * len(pattern):
                sent += slow.send(pattern[sent % len(pattern) :])
        except BlockingIOError:
            pass
        slow.settimeout(10)
        quick.sendall(b"quick")
        assert receive(quick, 5) == b"quick"
        slow.shutdown(socket.SHUT_WR)
        got = receive(slow, sent)

    assert got == (pattern * (sent // len(pattern) + 1))[:sent]


def test_a_client_that_vanishes_leaves_the_others(start: Any) -> None:
    _, port = start(CHAT)
    with dial(port) as staying:
        assert receive(staying, 8) == b"1 here\r\n"
        vanishing = dial(port)
        assert receive(vanishing, 8) == b"2 here\r\n"
        vanishing.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        vanishing.close()
        staying.sendall(b"anybody?\r\n")
        assert receive(staying, 12) == b"> anybody?\r\n"
        with dial(port) as newcomer:
            assert receive(newcomer, 8) == b"2 here\r\n"
            newcomer.sendall(b"me\r\n")
            assert receive(staying, 6) == b"> me\r\n" == receive(newcomer, 6)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_connections_and_attempts_leave_nothing_behind() -> None:
    from twisted.internet import protocol
    from twisted.internet.epollreactor import EPollReactor

    reactor: Any = EPollReactor()
    server: Any = protocol.Factory.forProtocol(protocol.Protocol)
    server.noisy = False
    port = reactor.listenTCP(0, server, interface="127.0.0.1").getHost().port
    rounds = 0
    measured: list[tuple[int, int]] = []

    class Aborting(protocol.Protocol):
        def transport_abort(self) -> None:
            assert self.transport is not None
            self.transport.abortConnection()

    class Coming(protocol.ClientFactory[Any]):
        noisy = False

        def buildProtocol(self, addr: Any) -> Any:
            made = Aborting()
            reactor.callLater(0, made.transport_abort)
            return made

    def again() -> None:
        nonlocal rounds
        rounds += 1
        for number in range(20):
            connector = reactor.connectTCP("127.0.0.1", port, Coming())
            if number % 2:
                connector.stopConnecting()
        if rounds in (20, 60):
            reactor.callLater(0.05, measure)
        else:
            reactor.callLater(0, again)

    def measure() -> None:
        if len(reactor.getReaders()) > 2:
            # Besides the port and the waker there are connections which have not heard of their end yet.
            reactor.callLater(0.02, measure)
            return
        gc.collect()
        measured.append((len(os.listdir("/proc/self/fd")), len(gc.get_objects())))
        if rounds == 60:
            reactor.stop()
        else:
            again()

    guard = reactor.callLater(30, reactor.crash)
    reactor.callWhenRunning(again)
    reactor.run(installSignalHandlers=False)
    guard.cancel()

    (few_fds, few_objects), (fds, objects) = measured
    assert fds == few_fds
    assert objects < few_objects + 200
