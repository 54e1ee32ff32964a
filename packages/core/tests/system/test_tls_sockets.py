"""TLS on real sockets, with each reactor: OpenSSL drives the socket, or memory between them."""

from __future__ import annotations

import datetime
import gc
import shutil
import socket
import subprocess
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL
from zope.interface import implementer

from twisted.internet import endpoints, protocol, ssl, tcp
from twisted.internet._endpoints.tls import CertificateDirectory, NamedServers
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IHandshakeListener,
    IOpenSSLClientConnectionCreator,
    IOpenSSLServerConnectionCreator,
)
from twisted.protocols import basic
from twisted.python.failure import Failure

from .running import run


def _make_certificate(name: str) -> ssl.PrivateCertificate:
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .sign(key, hashes.SHA256())
    )
    shape, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    return ssl.PrivateCertificate.loadPEM(certificate.public_bytes(pem) + key.private_bytes(pem, shape, bare))


@pytest.fixture(scope="module")
def host() -> ssl.PrivateCertificate:
    return _make_certificate("host.example")


@implementer(IHandshakeListener)
class Side(protocol.Protocol):
    """One end; it notes what happens, and does what is asked for at each word."""

    def __init__(self, name: str, world: World, on: dict[str, Callable[[Side], Any]]) -> None:
        self.name, self.world, self.on = name, world, on
        self.received = bytearray()
        self.reason: Failure | None = None
        self.notes: list[str] = []

    def note(self, word: str) -> None:
        self.notes.append(word)
        if word in self.on:
            self.on[word](self)

    def connectionMade(self) -> None:
        self.note("made")

    def handshakeCompleted(self) -> None:
        self.note("shaken")

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        self.note("data")

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        self.reason = reason
        self.note("lost")
        self.world.lost()

    @property
    def ended_with(self) -> str:
        assert self.reason is not None
        return type(self.reason.value).__name__


class World:
    """A server and a client of one connection. When both have ended, the reactor stops."""

    def __init__(self, reactor: Any, server: dict[str, Any], client: dict[str, Any], kind: Any = Side) -> None:
        self.reactor = reactor
        self.server = kind("server", self, server)
        self.client = kind("client", self, client)
        self._living = 2

    def lost(self) -> None:
        self._living -= 1
        if not self._living:
            self.reactor.stop()

    def factory(self, side: Any) -> Any:
        made = protocol.ClientFactory()
        made.noisy = False
        made.buildProtocol = lambda addr: side  # type: ignore[method-assign]
        return made

    def over_tls(self, server_options: Any, client_options: Any) -> World:
        port = self.reactor.listenSSL(0, self.factory(self.server), server_options, interface="127.0.0.1")
        self.reactor.connectSSL("127.0.0.1", port.getHost().port, self.factory(self.client), client_options)
        self._run(port)
        return self

    def in_the_clear(self) -> World:
        port = self.reactor.listenTCP(0, self.factory(self.server), interface="127.0.0.1")
        self.reactor.connectTCP("127.0.0.1", port.getHost().port, self.factory(self.client))
        self._run(port)
        return self

    def _run(self, port: Any) -> None:
        run(self.reactor)
        port.connectionLost(Failure(Exception()))


def trusting(host: ssl.PrivateCertificate) -> Any:
    return ssl.optionsForClientTLS("host.example", trustRoot=host)


@implementer(IOpenSSLServerConnectionCreator, IOpenSSLClientConnectionCreator)
class OfTheUsers:
    """A creator that only its own code understands: its connections have no socket."""

    def __init__(self, options: Any) -> None:
        self.options = options

    def serverConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:
        made: SSL.Connection = self.options.serverConnectionForTLS(tlsProtocol)
        return made

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:
        made: SSL.Connection = self.options.clientConnectionForTLS(tlsProtocol)
        return made


@pytest.fixture(params=["socket", "memory"])
def options(request: pytest.FixtureRequest, host: ssl.PrivateCertificate) -> tuple[Any, Any]:
    """The server's and the client's, by which OpenSSL gets at the socket, or at memory."""
    if request.param == "socket":
        return host.options(), trusting(host)
    return OfTheUsers(host.options()), OfTheUsers(trusting(host))


def echo(side: Side) -> None:
    side.transport.write(bytes(side.received))
    side.received.clear()


def test_bytes_go_there_and_back(reactor: Any, options: tuple[Any, Any], host: ssl.PrivateCertificate) -> None:
    seen: list[Any] = []

    def enough(side: Side) -> None:
        if side.received == b"hello":
            seen.append(ssl.Certificate.peerFromTransport(side.transport))
            side.transport.loseConnection()

    world = World(reactor, {"data": echo}, {"made": lambda side: side.transport.write(b"hello"), "data": enough})
    world.over_tls(*options)

    assert seen == [host]
    assert world.client.notes == ["made", "shaken", "data", "lost"]
    assert world.server.notes == ["made", "shaken", "data", "lost"]
    assert (world.client.ended_with, world.server.ended_with) == ("ConnectionDone", "ConnectionDone")


def test_much_goes_there_and_back(reactor: Any, options: tuple[Any, Any]) -> None:
    sent = bytes(range(256)) * 20_000

    def enough(side: Side) -> None:
        if len(side.received) == len(sent):
            side.transport.loseConnection()

    world = World(reactor, {"data": echo}, {"made": lambda side: side.transport.write(sent), "data": enough})
    world.over_tls(*options)

    assert world.client.received == sent
    assert world.server.ended_with == "ConnectionDone"


def test_what_is_buffered_arrives_before_the_end(reactor: Any, options: tuple[Any, Any]) -> None:
    def hurry(side: Side) -> None:
        side.transport.write(b"x" * 3_000_000)
        side.transport.loseConnection()

    world = World(reactor, {}, {"made": hurry}).over_tls(*options)

    assert len(world.server.received) == 3_000_000
    assert (world.client.ended_with, world.server.ended_with) == ("ConnectionDone", "ConnectionDone")


def test_the_goodbye_waits_until_whoever_writes_has_finished(reactor: Any, options: tuple[Any, Any]) -> None:
    class Writing:
        def pauseProducing(self) -> None: ...
        def resumeProducing(self) -> None: ...
        def stopProducing(self) -> None: ...

    def hurry(side: Side) -> None:
        side.transport.registerProducer(Writing(), True)
        side.transport.write(b"a")
        side.transport.loseConnection()

    def finish(side: Side) -> None:
        if side.received == b"a":
            side.world.client.transport.write(b"b")
            side.world.client.transport.unregisterProducer()

    world = World(reactor, {"data": finish}, {"shaken": hurry}).over_tls(*options)

    assert world.server.received == b"ab"
    assert (world.client.ended_with, world.server.ended_with) == ("ConnectionDone", "ConnectionDone")


def test_a_slow_reader_holds_up_the_producer(reactor: Any, options: tuple[Any, Any]) -> None:
    total = 6_000_000

    class Producer:
        left = total
        pauses = 0
        paused = False

        def __init__(self, side: Side) -> None:
            self.side = side

        def resumeProducing(self) -> None:
            self.paused = False
            while self.left and not self.paused:
                size = min(self.left, 65536)
                self.left -= size
                self.side.transport.write(b"y" * size)
            if not self.left:
                self.side.transport.unregisterProducer()
                self.side.transport.loseConnection()

        def pauseProducing(self) -> None:
            self.paused = True
            self.pauses += 1

        def stopProducing(self) -> None:
            self.left = 0

    producers: list[Producer] = []

    def produce(side: Side) -> None:
        producers.append(Producer(side))
        side.transport.registerProducer(producers[0], True)
        producers[0].resumeProducing()

    def rest(side: Side) -> None:
        side.transport.pauseProducing()
        reactor.callLater(0.001, side.transport.resumeProducing)

    world = World(reactor, {"data": rest}, {"made": produce}).over_tls(*options)

    assert len(world.server.received) == total
    assert producers[0].pauses > 5


def test_a_paused_protocol_gets_nothing_and_the_handshake_goes_on(reactor: Any, options: tuple[Any, Any]) -> None:
    def resume(side: Side) -> None:
        side.notes.append("resumed")
        side.transport.resumeProducing()

    def pause(side: Side) -> None:
        side.transport.pauseProducing()
        reactor.callLater(0.1, resume, side)

    def write(side: Side) -> None:
        side.transport.write(b"x")
        side.transport.loseConnection()

    world = World(reactor, {"made": pause}, {"made": write}).over_tls(*options)

    assert world.server.notes == ["made", "shaken", "resumed", "data", "lost"]


@implementer(IHalfCloseableProtocol)
class HalfSide(Side):
    """It lives on when one direction has ended."""

    def readConnectionLost(self) -> None:
        self.note("read lost")

    def writeConnectionLost(self) -> None:
        self.note("write lost")


def test_one_direction_may_end_before_the_other(reactor: Any, options: tuple[Any, Any]) -> None:
    def ask(side: Side) -> None:
        side.transport.write(b"question")
        side.transport.loseWriteConnection()

    def answer(side: Side) -> None:
        side.transport.write(b"answer to " + bytes(side.received))
        side.transport.loseConnection()

    def close(side: Side) -> None:
        side.transport.loseConnection()

    world = World(reactor, {"read lost": answer}, {"made": ask, "read lost": close}, HalfSide)
    world.over_tls(*options)

    assert world.client.received == b"answer to question"
    assert world.client.notes[:3] == ["made", "shaken", "write lost"]
    assert world.client.ended_with == world.server.ended_with == "ConnectionDone"


@pytest.mark.parametrize("word", ["made", "shaken", "data"])
@pytest.mark.parametrize("deed", ["loseConnection", "abortConnection"])
def test_a_server_may_end_the_connection_in_any_callback(
    reactor: Any, options: tuple[Any, Any], word: str, deed: str
) -> None:
    world = World(
        reactor,
        {word: lambda side: getattr(side.transport, deed)()},
        {"made": lambda side: side.transport.write(b"x")},
    ).over_tls(*options)

    lost = word == "made" or deed == "abortConnection"
    assert world.server.ended_with == ("ConnectionAborted" if lost else "ConnectionDone")
    assert world.client.ended_with == ("ConnectionLost" if lost else "ConnectionDone")


def test_another_hosts_certificate_ends_the_connection(reactor: Any, host: ssl.PrivateCertificate) -> None:
    other = ssl.optionsForClientTLS("other.example", trustRoot=host)

    world = World(reactor, {}, {}).over_tls(host.options(), other)

    assert world.client.ended_with == "VerificationError"
    assert world.server.ended_with == "Error"
    assert world.client.notes == ["made", "lost"]


def _refuse(connection: SSL.Connection, where: int, code: int) -> None:
    if where & SSL.SSL_CB_HANDSHAKE_DONE:
        connection.get_app_data().failVerification(Failure(ValueError("not him")))


def test_whom_a_program_refuses_after_the_handshake_gets_nothing(reactor: Any, options: tuple[Any, Any]) -> None:
    server, client = options
    certificates = client.options if isinstance(client, OfTheUsers) else client
    certificates._createConnection.__self__.getContext().set_info_callback(_refuse)
    world = World(reactor, {}, {"made": lambda side: side.transport.write(b"a secret")})

    world.over_tls(server, client)

    assert world.client.ended_with == "ValueError"
    assert world.client.notes == ["made", "lost"] and world.server.received == b""


def test_plain_bytes_on_a_tls_port_end_the_connection(reactor: Any, host: ssl.PrivateCertificate) -> None:
    world = World(reactor, {}, {"made": lambda side: side.transport.write(b"GET / HTTP/1.0\r\n\r\n")})
    port = reactor.listenSSL(0, world.factory(world.server), host.options(), interface="127.0.0.1")
    reactor.connectTCP("127.0.0.1", port.getHost().port, world.factory(world.client))

    run(reactor)
    port.connectionLost(Failure(Exception()))

    assert "http request" in str(world.server.reason)


def test_an_end_without_a_goodbye_is_a_loss(reactor: Any, host: ssl.PrivateCertificate) -> None:
    world = World(reactor, {}, {"shaken": lambda side: side.transport.socket.shutdown(socket.SHUT_WR)})

    world.over_tls(host.options(), trusting(host))

    assert world.server.ended_with == "ConnectionLost"


# What the kernel takes at once, and what it does not.
@pytest.mark.parametrize("size", [200_000, 16_000_000])
@pytest.mark.parametrize("tls_server", ["server", "client"])
def test_tls_begins_in_the_middle_of_a_connection(
    reactor: Any, options: tuple[Any, Any], tls_server: str, size: int
) -> None:
    normal = tls_server == "server"
    server_options, client_options = options

    def offer(side: Side) -> None:
        side.transport.write(b"go")
        side.transport.write(b"!" * size)
        side.transport.startTLS(server_options, normal)
        side.transport.write(b"secret")

    def follow(side: Side) -> None:
        if len(side.received) == size + 2 and not side.transport.TLS:
            side.transport.startTLS(client_options, normal)
            side.transport.write(b"thanks")
        elif side.received.endswith(b"secret"):
            side.transport.loseConnection()

    # Who becomes TLS's client must have heard the last plain word: it speaks first. The other consents.
    offering, following = {"made": offer}, {"data": follow}
    world = World(reactor, *((offering, following) if normal else (following, offering))).in_the_clear()
    one, other = (world.server, world.client) if normal else (world.client, world.server)

    assert other.received == b"go" + b"!" * size + b"secret"
    assert one.received == b"thanks"
    assert world.server.ended_with == "ConnectionDone" == world.client.ended_with


def test_lines_sent_in_the_clear_behind_starttls_are_never_delivered(
    reactor: Any, host: ssl.PrivateCertificate
) -> None:
    lines: list[bytes] = []
    reasons: list[Failure] = []

    class Upgrading(basic.LineReceiver):
        def lineReceived(self, line: bytes) -> None:
            lines.append(line)
            if line == b"STARTTLS":
                assert self.transport is not None
                self.transport.startTLS(host.options())

        def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
            reasons.append(reason)
            reactor.stop()

    factory = protocol.Factory.forProtocol(Upgrading)
    factory.noisy = False
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    peer = socket.create_connection(("127.0.0.1", port.getHost().port))
    peer.sendall(b"STARTTLS\r\nRSET\r\nQUIT\r\n")

    run(reactor)
    peer.close()
    port.connectionLost(Failure(Exception()))

    assert lines == [b"STARTTLS"]
    assert reasons[0].check(SSL.Error)


def test_tls_that_came_with_the_consent_is_not_lost(reactor: Any, host: ssl.PrivateCertificate) -> None:
    lines: list[bytes] = []

    class Upgrading(basic.LineReceiver):
        def lineReceived(self, line: bytes) -> None:
            lines.append(line)
            assert self.transport is not None
            if line == b"STARTTLS":
                self.transport.startTLS(host.options())
            else:
                self.transport.loseConnection()

        def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
            reactor.stop()

    factory = protocol.Factory.forProtocol(Upgrading)
    factory.noisy = False
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    client = SSL.Connection(ssl.ClientContextFactory().getContext(), None)
    client.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        client.do_handshake()
    peer = socket.create_connection(("127.0.0.1", port.getHost().port))
    peer.sendall(b"STARTTLS\r\n" + client.bio_read(65536))

    def converse() -> None:
        while True:
            try:
                client.do_handshake()
                break
            except SSL.WantReadError:
                client.bio_write(peer.recv(65536))
        client.send(b"secret\r\n")
        client.shutdown()
        peer.sendall(client.bio_read(65536))

    reactor.callInThread(converse)
    run(reactor)
    peer.close()
    port.connectionLost(Failure(Exception()))

    assert lines == [b"STARTTLS", b"secret"]


def test_a_session_is_resumed_by_its_ticket(reactor: Any, host: ssl.PrivateCertificate) -> None:
    tickets = ssl.CertificateOptions(
        privateKey=host.privateKey.original, certificate=host.original, enableSessionTickets=True
    )
    kept: list[Any] = []
    reused: list[bool] = []

    class Keeping:
        """A client that brings the session it had."""

        context = ssl.ClientContextFactory().getContext()

        def getContext(self) -> Any:
            return self.context

    def bring(side: Side) -> None:
        if kept:
            side.transport.getHandle().set_session(kept[0])

    def keep(side: Side) -> None:
        handle = side.transport.getHandle()
        kept.append(handle.get_session())
        reused.append(handle.get_finished() is not None)
        side.transport.loseConnection()

    creator = Keeping()
    for _ in range(2):
        world = World(reactor, {"shaken": lambda side: side.transport.write(b"x")}, {"data": keep})
        world.over_tls(tickets, creator)
        assert world.client.ended_with == "ConnectionDone"

    assert len(kept) == 2 and all(session is not None for session in kept)


def test_endpoints_speak_tls_on_the_socket_itself(reactor: Any, host: ssl.PrivateCertificate) -> None:
    handles: list[Any] = []

    def enough(side: Side) -> None:
        handles.append(side.transport)
        side.transport.loseConnection()

    world = World(reactor, {"data": echo}, {"shaken": lambda side: side.transport.write(b"x"), "data": enough})
    server = endpoints.wrapServerTLS(host.options(), endpoints.TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1"))
    connected: list[Any] = []

    def listening(port: Any) -> None:
        ports.append(port)
        below = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
        client = endpoints.wrapClientTLS(trusting(host), below)
        client.connect(world.factory(world.client)).addCallback(connected.append)

    ports: list[Any] = []
    server.listen(world.factory(world.server)).addCallback(listening)
    run(reactor)
    ports[0].connectionLost(Failure(Exception()))

    assert connected == [world.client]
    assert world.client.notes == world.server.notes == ["made", "shaken", "data", "lost"]
    assert world.client.ended_with == world.server.ended_with == "ConnectionDone"
    assert isinstance(handles[0], tcp.Client) and handles[0].TLS


def test_a_directory_of_certificates_serves_each_name(
    reactor: Any, host: ssl.PrivateCertificate, tmp_path: Path
) -> None:
    other = _make_certificate("other.example")
    (tmp_path / "one.pem").write_bytes(host.dumpPEM())
    (tmp_path / "other.pem").write_bytes(other.dumpPEM())
    named = NamedServers(CertificateDirectory(str(tmp_path)).find)
    shown: list[Any] = []

    def see(side: Side) -> None:
        shown.append(ssl.Certificate.peerFromTransport(side.transport))
        side.transport.loseConnection()

    for name, trusted in (("host.example", host), ("other.example", other), ("host.example", host)):
        options = ssl.optionsForClientTLS(name, trustRoot=trusted)
        World(reactor, {}, {"shaken": see}).over_tls(named, options)

    assert shown == [host, other, host]


def test_a_connection_that_is_over_leaves_nothing_for_the_garbage_collector(
    reactor: Any, options: tuple[Any, Any]
) -> None:
    transports: list[Any] = []
    certificates: list[Any] = []

    def keep(side: Side) -> None:
        transports.append(weakref.ref(side.transport))
        side.transport.loseConnection()

    world = World(
        reactor,
        {"shaken": keep},
        {"shaken": keep, "lost": lambda side: certificates.append(side.transport.getPeerCertificate())},
    )
    gc.collect()
    gc.disable()
    try:
        world.over_tls(*options)
        world.server.transport = world.client.transport = None

        assert [transport() for transport in transports] == [None, None]
    finally:
        gc.enable()
    assert certificates[0] is not None


OPENSSL = shutil.which("openssl")


@pytest.mark.peer
@pytest.mark.skipif(OPENSSL is None, reason="needs the openssl program: apt-get install openssl")
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_openssl_s_client_talks_to_our_server(
    reactor: Any, host: ssl.PrivateCertificate, tmp_path: Path, version: str
) -> None:
    assert OPENSSL is not None
    trusted = tmp_path / "host.pem"
    trusted.write_bytes(ssl.Certificate(host.original).dumpPEM())
    side = Side("server", World(reactor, {}, {}), {"data": echo})
    factory = protocol.Factory()
    factory.noisy = False
    factory.buildProtocol = lambda addr: side  # type: ignore[method-assign]
    port = reactor.listenSSL(0, factory, host.options(), interface="127.0.0.1")
    address = f"127.0.0.1:{port.getHost().port}"
    arguments = ["-connect", address, "-servername", "host.example", "-CAfile", str(trusted), "-verify_return_error"]
    answers: list[bytes] = []

    def converse() -> None:
        peer = subprocess.Popen(
            [str(OPENSSL), "s_client", "-quiet", version, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert peer.stdin is not None and peer.stdout is not None
        peer.stdin.write(b"hello\n")
        peer.stdin.flush()
        answers.append(peer.stdout.read(6))
        peer.terminate()
        peer.wait(10)
        reactor.callFromThread(reactor.stop)

    reactor.callInThread(converse)
    run(reactor)
    port.connectionLost(Failure(Exception()))

    assert answers == [b"hello\n"]


@pytest.mark.peer
@pytest.mark.skipif(OPENSSL is None, reason="needs the openssl program: apt-get install openssl")
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_our_client_talks_to_openssl_s_server(
    reactor: Any, host: ssl.PrivateCertificate, tmp_path: Path, version: str
) -> None:
    assert OPENSSL is not None
    pem = tmp_path / "server.pem"
    pem.write_bytes(host.dumpPEM())
    peer = subprocess.Popen(
        [OPENSSL, "s_server", "-accept", "127.0.0.1:0", "-cert", str(pem), "-rev", version],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    try:
        assert peer.stdout is not None
        number = 0
        while not number:
            line = peer.stdout.readline()
            assert line, "openssl s_server did not begin to listen"
            if line.startswith(b"ACCEPT 127.0.0.1:"):
                number = int(line.rsplit(b":", 1)[1])
        world = World(reactor, {}, {})

        def enough(side: Side) -> None:
            if side.received == b"olleh\n":
                side.transport.loseConnection()

        client = Side("client", world, {"made": lambda side: side.transport.write(b"hello\n"), "data": enough})
        world._living = 1
        reactor.connectSSL("127.0.0.1", number, world.factory(client), trusting(host))
        run(reactor)
    finally:
        peer.kill()
        peer.wait()
        assert peer.stdout is not None
        peer.stdout.close()

    assert client.received == b"olleh\n"
