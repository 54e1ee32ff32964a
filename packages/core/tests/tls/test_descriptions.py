"""Endpoint strings that name certificates: what becomes of each part."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL

from twisted.internet import endpoints, protocol, ssl
from twisted.internet.endpoints import clientFromString, quoteStringArgument, serverFromString
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import globalLogPublisher


@pytest.fixture
def reactor() -> Any:
    return MemoryReactorClock()


@pytest.fixture
def factory() -> Any:
    return protocol.Factory.forProtocol(protocol.Protocol)


@pytest.fixture(scope="module")
def authority(certify: Callable[..., ssl.PrivateCertificate]) -> ssl.PrivateCertificate:
    return certify()


@pytest.fixture(scope="module")
def signed(certify: Callable[..., ssl.PrivateCertificate], authority: ssl.PrivateCertificate) -> Any:
    return certify("host.example", issuer=authority)


@pytest.fixture
def files(tmp_path: Path, signed: ssl.PrivateCertificate, authority: ssl.PrivateCertificate) -> Path:
    """A folder with a server's key, certificate, both, and its authority's certificate."""
    key = signed.privateKey.dump(1)
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "certificate.pem").write_bytes(signed.dumpPEM().split(b"-----BEGIN PRIVATE")[0])
    (tmp_path / "both.pem").write_bytes(signed.dumpPEM() + key)
    (tmp_path / "trusted").mkdir()
    (tmp_path / "trusted" / "Authority.PEM").write_bytes(ssl.Certificate(authority.original).dumpPEM())
    (tmp_path / "trusted" / "broken.pem").write_bytes(b"no certificate")
    (tmp_path / "trusted" / "readme.txt").write_bytes(ssl.Certificate(signed.original).dumpPEM())
    return tmp_path


def path(file: Path) -> str:
    return quoteStringArgument(str(file))


def numbers(*certificates: Any) -> list[int]:
    return [certificate.get_serial_number() for certificate in certificates]


def shake(server_context: Any, client_connection: Any) -> Any:
    """Shake hands in memory; the server's connection."""
    server = SSL.Connection(server_context, None)
    server.set_accept_state()
    client_connection.set_connect_state()
    waiting = {client_connection, server}
    for _ in range(20):
        for one, other in ((client_connection, server), (server, client_connection)):
            if one in waiting:
                try:
                    one.do_handshake()
                    waiting.discard(one)
                except SSL.WantReadError:
                    pass
            try:
                other.bio_write(one.bio_read(1 << 16))
            except SSL.WantReadError:
                pass
    assert not waiting
    return server


def test_a_server_s_key_and_certificate_may_be_one_file(reactor: Any, factory: Any, files: Path, signed: Any) -> None:
    serverFromString(reactor, f"ssl:443:privateKey={path(files / 'both.pem')}").listen(factory)

    ((port, asked, options, backlog, interface),) = reactor.sslServers
    assert (port, asked, backlog, interface) == (443, factory, 50, "")
    assert numbers(options.certificate) == numbers(signed.original) and options.extraCertChain == []
    assert options.dhParameters is None and options.method == SSL.TLS_METHOD
    shake(options.getContext(), SSL.Connection(ssl.CertificateOptions().getContext(), None))


def test_a_server_s_key_is_looked_for_in_the_folder(
    reactor: Any, factory: Any, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    os.rename("both.pem", "server.pem")

    serverFromString(reactor, "ssl:443").listen(factory)

    assert len(reactor.sslServers) == 1


@pytest.mark.filterwarnings("ignore:Passing method to:DeprecationWarning")
def test_every_part_of_a_server_s_description_has_its_effect(
    reactor: Any, factory: Any, files: Path, signed: Any, authority: Any
) -> None:
    chain = (files / "trusted" / "Authority.PEM").read_bytes() + ssl.Certificate(signed.original).dumpPEM()
    (files / "chain.pem").write_bytes(b"# and a comment\n" + chain)

    endpoint = serverFromString(
        reactor,
        f"ssl:port=443:privateKey={path(files / 'key.pem')}:certKey={path(files / 'certificate.pem')}"
        f":sslmethod=TLSv1_2_METHOD:interface=127.0.0.1:backlog=7:extraCertChain={path(files / 'chain.pem')}",
    )
    endpoint.listen(factory)

    ((port, _, options, backlog, interface),) = reactor.sslServers
    assert (port, backlog, interface) == (443, 7, "127.0.0.1")
    assert options.method == SSL.TLSv1_2_METHOD
    assert numbers(options.certificate) == numbers(signed.original)
    assert numbers(*options.extraCertChain) == numbers(authority.original, signed.original)


def test_parameters_for_diffie_and_hellman_come_from_a_file(
    reactor: Any, factory: Any, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(ssl.DiffieHellmanParameters, "fromFile", lambda where: asked.append(where))

    serverFromString(
        reactor, f"ssl:443:privateKey={path(files / 'both.pem')}:dhParameters={path(files / 'dh')}"
    ).listen(factory)

    assert [one.path for one in asked] == [str(files / "dh")]
    assert len(reactor.sslServers) == 1


def test_a_chain_without_certificates_is_refused(reactor: Any, files: Path) -> None:
    empty = files / "trusted" / "broken.pem"
    with pytest.raises(ValueError, match=r"Specified chain file '.*broken.pem' doesn't contain any valid certificates"):
        serverFromString(reactor, f"ssl:443:privateKey={path(files / 'both.pem')}:extraCertChain={path(empty)}")


def test_a_client_trusts_what_the_platform_trusts(reactor: Any, factory: Any) -> None:
    clientFromString(reactor, "ssl:example.com:443").connect(factory)

    ((host, port, _, options, timeout, bind),) = reactor.sslClients
    assert (host, port, timeout, bind) == ("example.com", 443, 30, None)
    assert options.verify and options.certificate is None and options.privateKey is None


def test_every_part_of_a_client_s_description_has_its_effect(
    reactor: Any, factory: Any, files: Path, signed: Any
) -> None:
    clientFromString(
        reactor,
        f"ssl:host=example.com:port=443:timeout=5:bindAddress=9.9.9.9:certKey={path(files / 'certificate.pem')}"
        f":privateKey={path(files / 'key.pem')}:caCertsDir={path(files / 'trusted')}",
    ).connect(factory)

    ((host, port, _, options, timeout, bind),) = reactor.sslClients
    assert (host, port, timeout, bind) == ("example.com", 443, 5, ("9.9.9.9", 0))
    assert numbers(options.certificate) == numbers(signed.original)
    server = signed.options().getContext()
    server.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *details: True)
    # The authority's certificate is found whatever its file's letters; the others in the folder do no harm.
    peer = shake(server, SSL.Connection(options.getContext(), None)).get_peer_certificate()
    assert numbers(peer) == numbers(signed.original)


def test_a_client_that_trusts_a_folder_trusts_nobody_else(
    reactor: Any, factory: Any, files: Path, host: ssl.PrivateCertificate
) -> None:
    clientFromString(reactor, f"ssl:example.com:443:caCertsDir={path(files / 'trusted')}").connect(factory)
    options = reactor.sslClients[0][3]

    with pytest.raises(SSL.Error, match="certificate verify failed"):
        shake(host.options().getContext(), SSL.Connection(options.getContext(), None))


@pytest.mark.parametrize("own", [True, False])
def test_a_client_may_ask_for_another_name_and_show_a_certificate(
    reactor: Any, factory: Any, files: Path, signed: Any, own: bool
) -> None:
    mine = f":certKey={path(files / 'certificate.pem')}:privateKey={path(files / 'key.pem')}" if own else ""
    clientFromString(
        reactor, f"ssl:1.2.3.4:443:hostname=host.example:caCertsDir={path(files / 'trusted')}{mine}"
    ).connect(factory)
    options = reactor.sslClients[0][3]

    connection = options.clientConnectionForTLS(None)
    server = signed.options().getContext()
    server.set_verify(SSL.VERIFY_PEER, lambda *details: True)
    seen = shake(server, connection)

    assert seen.get_servername() == b"host.example"
    assert (seen.get_peer_certificate() is not None) == own


def wrapped(asked: Any) -> Any:
    """The TLS between an endpoint's factory and the protocol, on a transport."""
    made = asked.buildProtocol(None)
    made.makeConnection(StringTransport())
    return made


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", (443, 30, None)), (":timeout=4:bindAddress=9.9.9.9", (443, 4, ("9.9.9.9", 0)))],
)
def test_tls_to_an_address_is_tcp_below(reactor: Any, factory: Any, given: str, expected: Any) -> None:
    clientFromString(reactor, f"tls:127.0.0.1:443{given}").connect(factory)

    ((host, port, asked, timeout, bind),) = reactor.tcpClients
    assert host == "127.0.0.1" and (port, timeout, bind) == expected
    assert wrapped(asked).transport.value()[:1] == b"\x16"


def test_tls_goes_through_any_other_endpoint(reactor: Any, factory: Any) -> None:
    clientFromString(reactor, "tls:host.example:443:endpoint=unix\\:/x").connect(factory)

    ((where, asked, timeout, _),) = reactor.unixClients
    assert (where, timeout) == ("/x", 30) and reactor.tcpClients == []
    hello = wrapped(asked).transport.value()
    assert hello[:1] == b"\x16" and b"host.example" in hello


@pytest.mark.parametrize("parts", ["both", "two"])
def test_a_tls_client_trusts_its_roots_and_shows_its_certificate(
    reactor: Any, factory: Any, files: Path, signed: Any, parts: str
) -> None:
    own = (
        f"certificate={path(files / 'both.pem')}"
        if parts == "both"
        else f"certificate={path(files / 'certificate.pem')}:privateKey={path(files / 'key.pem')}"
    )
    got: list[Any] = []
    clientFromString(
        reactor, f"tls:host.example:443:{own}:trustRoots={path(files / 'trusted')}:endpoint=unix\\:/x"
    ).connect(factory).addBoth(got.append)
    client = reactor.unixClients[0][1].buildProtocol(None)
    wire = StringTransport()
    client.makeConnection(wire)
    context = signed.options().getContext()
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *details: True)
    server = SSL.Connection(context, None)
    server.set_accept_state()
    for _ in range(10):
        server.bio_write(wire.value() or b"")
        wire.clear()
        try:
            server.do_handshake()
        except SSL.WantReadError:
            pass
        try:
            client.dataReceived(server.bio_read(1 << 16))
        except SSL.WantReadError:
            pass
        reactor.advance(0)
        if not wire.value():
            break

    assert numbers(server.get_peer_certificate()) == numbers(signed.original)
    assert type(got[0]) is protocol.Protocol


def test_a_server_of_a_folder_of_certificates_listens_everywhere(
    reactor: Any, factory: Any, files: Path, signed: Any
) -> None:
    serverFromString(reactor, f"tls:{path(files)}").listen(factory)
    serverFromString(reactor, f"tls:{path(files)}:port=8443:backlog=3:interface=127.0.0.1").listen(factory)

    everywhere, there = reactor.tcpServers
    assert (everywhere[0], *everywhere[2:]) == (443, 50, "::")
    assert (there[0], *there[2:]) == (8443, 3, "127.0.0.1")
    served = wrapped(everywhere[1])
    client = SSL.Connection(ssl.CertificateOptions().getContext(), None)
    client.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        client.do_handshake()
    served.dataReceived(client.bio_read(1 << 16))
    client.bio_write(served.transport.value())
    served.transport.clear()
    client.do_handshake()
    assert numbers(client.get_peer_certificate()) == numbers(signed.original)


def logged(act: Any) -> tuple[Any, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    note: Any = events.append
    globalLogPublisher.addObserver(note)
    try:
        return act(), events
    finally:
        globalLogPublisher.removeObserver(note)


def test_the_certificate_is_that_of_the_name_or_of_its_domain_or_any(tmp_path: Path, certify: Any) -> None:
    for file, names in {"a": ["a.example", "127.0.0.1"], "b": ["*.b.example"], "c": ["c.example"]}.items():
        one = certify(*names)
        (tmp_path / f"{file}.pem").write_bytes(one.dumpPEM() + one.privateKey.dump(1))
    (tmp_path / "d.txt").write_bytes(b"")
    folder = endpoints_directory(tmp_path)

    found = {name: folder.find(name) for name in ("a.example", "A.Example", "127.0.0.1", "x.b.example", "c.example")}
    assert found["a.example"] is found["A.Example"] is found["127.0.0.1"] is folder.find(None)
    assert folder.find("y.x.b.example") is folder.find("nobody.example") is found["a.example"]
    assert len({id(context) for context in found.values()}) == 3


def endpoints_directory(folder: Path) -> Any:
    from twisted.internet._endpoints.tls import CertificateDirectory

    return CertificateDirectory(str(folder))


def test_files_are_read_again_when_they_change(tmp_path: Path, certify: Any) -> None:
    one, other = certify("a.example"), certify("b.example")
    file = tmp_path / "one.pem"
    file.write_bytes(one.dumpPEM() + one.privateKey.dump(1))
    folder = endpoints_directory(tmp_path)
    first = folder.find("a.example")
    assert folder.find("a.example") is first

    file.write_bytes(other.dumpPEM() + other.privateKey.dump(1))
    os.utime(file, ns=(1, 1))
    second = folder.find("b.example")
    assert second is not first

    os.utime(file, ns=(2, 2))
    file.write_bytes(b"half a file")
    kept, events = logged(lambda: folder.find("b.example"))
    assert kept is second
    assert [event["path"] for event in events] == [str(file)]
    assert events[0]["error"] == "ValueError: a private key and a certificate are expected"
    assert logged(lambda: folder.find("b.example")) == (second, [])

    file.unlink()
    assert folder.find("b.example") is None


def test_a_folder_that_is_not_there_is_logged(tmp_path: Path) -> None:
    folder = endpoints_directory(tmp_path / "nowhere")

    found, events = logged(lambda: folder.find(None))

    assert found is None
    assert [(event["path"], event["log_namespace"]) for event in events] == [
        (str(tmp_path / "nowhere"), "twisted.internet.endpoints")
    ]
    assert events[0]["error"].startswith("FileNotFoundError: ")


@pytest.mark.parametrize("missing", ["key", "certificate"])
def test_a_file_with_one_half_only_is_no_certificate(files: Path, missing: str) -> None:
    os.unlink(files / "both.pem")
    os.unlink(files / f"{missing}.pem")

    found, events = logged(lambda: endpoints_directory(files).find(None))

    assert found is None and len(events) == 1


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Say that systemd has passed two descriptors."""
    for name, value in {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:web"}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("description", "family", "descriptor"),
    [
        ("systemd:INET:1", socket.AF_INET, 4),
        ("systemd:domain=INET6:index=0", socket.AF_INET6, 3),
        ("systemd:domain=UNIX:name=web", socket.AF_UNIX, 4),
    ],
)
def test_what_systemd_opened_is_adopted(
    reactor: Any, passed: None, description: str, family: int, descriptor: int
) -> None:
    endpoint = serverFromString(reactor, description)

    assert type(endpoint) is endpoints.AdoptedStreamServerEndpoint
    assert (endpoint.fileno, endpoint.addressFamily, endpoint.reactor) == (descriptor, family, reactor)


@pytest.mark.parametrize("description", ["systemd:INET", "systemd:domain=INET:index=0:name=web"])
def test_a_descriptor_has_a_number_or_a_name(reactor: Any, passed: None, description: str) -> None:
    with pytest.raises(ValueError, match="exactly one of descriptor index or name"):
        serverFromString(reactor, description)
