"""Certificates made on the spot, and two protocols that speak TLS to each other in memory."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from zope.interface import implementer

from twisted.internet import error, protocol, ssl
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols import tls
from twisted.python.failure import Failure


def make_certificate(
    *names: str, issuer: ssl.PrivateCertificate | None = None, days: tuple[int, int] = (-1, 30)
) -> ssl.PrivateCertificate:
    """A certificate for these hosts, good for these days; an authority's if there are no hosts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0] if names else "authority")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.original.to_cryptography().subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), False)
    signer: Any = issuer.privateKey.original.to_cryptography_key() if issuer else key
    certificate = builder.sign(signer, hashes.SHA256())
    return ssl.PrivateCertificate.loadPEM(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@pytest.fixture(scope="session")
def certify() -> Callable[..., ssl.PrivateCertificate]:
    """Makes certificates."""
    return make_certificate


@pytest.fixture(scope="session")
def host() -> ssl.PrivateCertificate:
    """A certificate for host.example, signed by itself."""
    return make_certificate("host.example")


@implementer(IHandshakeListener)
class Noting(protocol.Protocol):
    """Notes everything; ``on`` maps a word to what is done then."""

    def __init__(self, name: str, notes: list[Any], on: dict[str, Any]) -> None:
        self.name, self.notes, self.on = name, notes, on
        self.received = b""
        self.reason: Failure | None = None

    def note(self, word: str) -> None:
        self.notes.append(f"{self.name} {word}")
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
        self.note(f"lost {type(reason.value).__name__}")


class Wire(StringTransport):
    """A transport that notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def loseConnection(self) -> None:
        self.told.append("lose")
        super().loseConnection()

    def abortConnection(self) -> None:
        self.told.append("abort")


class Pair:
    """A client and a server; `pump` carries what they send, in pieces of a given size."""

    def __init__(
        self,
        client_options: Any,
        server_options: Any,
        client_on: dict[str, Any] | None = None,
        server_on: dict[str, Any] | None = None,
        client_factory: Any = None,
        server_factory: Any = None,
        protocol_class: Any = None,
    ) -> None:
        self.clock = Clock()
        self.notes: list[Any] = []
        self.client = Noting("client", self.notes, client_on or {})
        self.server = Noting("server", self.notes, server_on or {})
        self.client_wire, self.server_wire = Wire(), Wire()
        tops = []
        for options, is_client, made, given in (
            (client_options, True, self.client, client_factory),
            (server_options, False, self.server, server_factory),
        ):
            inner = given or protocol.Factory()
            inner.buildProtocol = lambda addr, made=made: made  # type: ignore[method-assign]
            factory = tls.TLSMemoryBIOFactory(options, is_client, inner, self.clock)
            if protocol_class is not None:
                factory.protocol = protocol_class
            tops.append(factory.buildProtocol(None))
        self.client_tls, self.server_tls = tops

    def connect(self) -> Pair:
        self.server_tls.makeConnection(self.server_wire)
        self.client_tls.makeConnection(self.client_wire)
        return self

    def pump(self, step: int = 1 << 30) -> Pair:
        while True:
            self.clock.advance(0)
            moved = False
            for wire, other in ((self.client_wire, self.server_tls), (self.server_wire, self.client_tls)):
                data = wire.value()
                wire.clear()
                for start in range(0, len(data), step):
                    moved = True
                    other.dataReceived(data[start : start + step])
            if not moved and not self.client_wire.value() and not self.server_wire.value():
                return self

    def hang_up(self, reason: BaseException | None = None) -> Pair:
        """The transports end."""
        for top in (self.client_tls, self.server_tls):
            if top.wrappedProtocol is not None:
                top.connectionLost(Failure(reason or error.ConnectionDone()))
        return self


@pytest.fixture
def pair(host: ssl.PrivateCertificate) -> Callable[..., Pair]:
    """Makes a `Pair` that trusts each other, unless told otherwise."""

    def make(**changes: Any) -> Pair:
        changes.setdefault("client_options", ssl.optionsForClientTLS("host.example", trustRoot=host))
        changes.setdefault("server_options", host.options())
        return Pair(**changes)

    return make
