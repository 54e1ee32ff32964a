"""Certificates, keys, requests and the names in them."""

from __future__ import annotations

from typing import Any

import pytest
from OpenSSL import crypto

from twisted.internet import ssl
from twisted.internet._idna import _idnaBytes, _idnaText
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CertificateError, VerifyError


@pytest.fixture(scope="module")
def key() -> ssl.KeyPair:
    return ssl.KeyPair.generate()


@pytest.fixture(scope="module")
def authority(key: ssl.KeyPair) -> ssl.PrivateCertificate:
    return key.selfSignedCert(5, CN="ca.example", organizationName="Example")


def test_a_name_knows_its_fields_by_long_and_by_short_names() -> None:
    name = ssl.DN(CN="host.example", organizationName=b"Example", ST="Bliss")

    assert name == {
        "commonName": b"host.example",
        "organizationName": b"Example",
        "stateOrProvinceName": b"Bliss",
    }
    assert name.commonName == name.CN == b"host.example"
    assert ssl.DN is ssl.DistinguishedName
    assert repr(ssl.DN(CN="x")) == "<DN 'commonName': b'x'>"


def test_a_name_is_described_a_line_for_each_field() -> None:
    name = ssl.DN(O="org", CN="x")

    assert name.inspect() == "               Common Name: x\n         Organization Name: org"


def test_a_field_that_x509_does_not_know_is_refused() -> None:
    with pytest.raises(AttributeError, match="shoeSize is not a valid"):
        ssl.DN(shoeSize="44")
    with pytest.raises(AttributeError, match="localityName"):
        _ = ssl.DN(CN="x").localityName


def test_a_key_survives_dumping_and_loading(key: ssl.KeyPair) -> None:
    for format in (crypto.FILETYPE_ASN1, crypto.FILETYPE_PEM):
        again = ssl.KeyPair.load(key.dump(format), format)
        assert again.matches(key) and again.keyHash() == key.keyHash()
    assert key.dump(crypto.FILETYPE_PEM).startswith(b"-----BEGIN PRIVATE KEY-----")
    with pytest.raises(ValueError, match="format"):
        key.dump(99)
    with pytest.raises(crypto.Error):
        ssl.KeyPair.load(b"no key", crypto.FILETYPE_PEM)


def test_keys_are_told_apart(key: ssl.KeyPair) -> None:
    other = ssl.KeyPair.generate(size=1024)

    assert not other.matches(key)
    assert other.inspect() == f"1024-bit RSA Key Pair with Hash: {other.keyHash()}"
    assert repr(key) == f"<KeyPair {key.keyHash()}>" and len(key.keyHash()) == 32
    assert ssl.KeyPair.generate(crypto.TYPE_DSA, 1024).inspect().startswith("1024-bit DSA")
    with pytest.raises(ValueError, match="kind"):
        ssl.KeyPair.generate(kind=12345)


def test_a_certificate_tells_whose_it_is(authority: ssl.PrivateCertificate, key: ssl.KeyPair) -> None:
    assert (
        authority.getSubject() == authority.getIssuer() == {"commonName": b"ca.example", "organizationName": b"Example"}
    )
    assert authority.serialNumber() == 5
    assert authority.getPublicKey().matches(key)
    assert repr(authority) == (
        f"<PrivateCertificate Subject=b'ca.example' Issuer=b'ca.example'> with <KeyPair {key.keyHash()}>"
    )
    assert authority.digest("sha256").count(b":") == 31 and authority.digest().count(b":") == 15
    assert authority.inspect().splitlines() == [
        "Certificate For Subject:",
        "               Common Name: ca.example",
        "         Organization Name: Example",
        "",
        "Issuer:",
        "               Common Name: ca.example",
        "         Organization Name: Example",
        "",
        "Serial Number: 5",
        f"Digest: {authority.digest().decode()}",
        key.inspect(),
    ]
    assert ssl.Certificate(authority.original).inspect().endswith(f"Public Key with Hash: {key.keyHash()}")


def test_a_certificate_survives_dumping_and_loading(authority: ssl.PrivateCertificate, key: ssl.KeyPair) -> None:
    both = authority.dumpPEM()

    assert ssl.PrivateCertificate.loadPEM(both) == authority == ssl.Certificate.loadPEM(both)
    assert ssl.Certificate.load(authority.dump()) == authority
    assert ssl.Certificate.loadPEM(both).dumpPEM().count(b"BEGIN") == 1 and both.count(b"BEGIN") == 2
    assert authority.newCertificate(authority.dump()).privateKey.matches(key)
    assert key.newCertificate(authority.dump()) == authority
    assert authority != 5
    with pytest.raises(TypeError):
        hash(authority)
    with pytest.raises(crypto.Error):
        ssl.Certificate.loadPEM(b"no certificate")
    with pytest.raises(ValueError, match="format"):
        authority.dump(99)


def test_a_key_of_another_certificate_is_refused(authority: ssl.PrivateCertificate) -> None:
    with pytest.raises(VerifyError, match="do not match"):
        ssl.PrivateCertificate.fromCertificateAndKeyPair(authority, ssl.KeyPair.generate(size=1024))


def test_an_authority_issues_what_is_asked_for(authority: ssl.PrivateCertificate) -> None:
    theirs = ssl.KeyPair.generate(size=1024)
    request = theirs.certificateRequest(ssl.DN(CN="host.example"))
    asked: list[ssl.DN] = []

    issued = authority.signCertificateRequest(request, lambda name: asked.append(name) or True, 77)  # type: ignore[func-returns-value]
    certificate = ssl.Certificate.load(issued)

    assert asked == [{"commonName": b"host.example"}]
    assert certificate.getSubject() == {"commonName": b"host.example"}
    assert certificate.getIssuer() == authority.getSubject()
    assert certificate.serialNumber() == 77
    assert certificate.getPublicKey().matches(theirs)
    parsed = certificate.original.to_cryptography()
    begin, end = (
        getattr(parsed, name + "_utc", None) or getattr(parsed, name)
        for name in ("not_valid_before", "not_valid_after")
    )
    assert (end - begin).total_seconds() == 365 * 24 * 3600
    parsed.verify_directly_issued_by(authority.original.to_cryptography())


def test_a_request_can_be_refused_now_or_later(authority: ssl.PrivateCertificate) -> None:
    request = authority.certificateRequest()
    assert ssl.CertificateRequest.load(request).getSubject() == authority.getSubject()

    with pytest.raises(VerifyError, match="rejected"):
        authority.signCertificateRequest(request, lambda name: False, 1)
    later = authority.signCertificateRequest(request, lambda name: succeed(False), 1)
    assert isinstance(later, Deferred)
    failures: list[Any] = []
    later.addErrback(failures.append)
    assert failures[0].check(VerifyError)

    granted: list[bytes] = []
    authority.signCertificateRequest(request, lambda name: succeed(True), 1).addCallback(granted.append)
    assert ssl.Certificate.load(granted[0]).serialNumber() == 1


def test_a_request_that_was_tampered_with_is_refused(key: ssl.KeyPair) -> None:
    request = bytearray(key.certificateRequest(ssl.DN(CN="host.example")))
    request[-1] ^= 1

    with pytest.raises(VerifyError, match="self-signed"):
        ssl.CertificateRequest.load(bytes(request))


def test_a_request_survives_dumping_and_loading(key: ssl.KeyPair) -> None:
    request = key.requestObject(ssl.DN(CN="host.example"), "sha512")

    for format in (crypto.FILETYPE_ASN1, crypto.FILETYPE_PEM):
        assert ssl.CertificateRequest.load(request.dump(format), format).getSubject() == request.getSubject()
    with pytest.raises(ValueError, match="crc32"):
        key.requestObject(ssl.DN(CN="x"), "crc32")


def test_a_transport_without_tls_has_no_certificates() -> None:
    class Bare:
        def getPeerCertificate(self) -> None:
            return None

    with pytest.raises(CertificateError, match="non-TLS"):
        ssl.Certificate.peerFromTransport(object())
    with pytest.raises(CertificateError, match="did not have peer certificate"):
        ssl.Certificate.peerFromTransport(Bare())
    with pytest.raises(CertificateError, match="non-TLS"):
        ssl.Certificate.hostFromTransport(object())


def test_a_certificate_without_its_key_gives_no_options(authority: ssl.PrivateCertificate) -> None:
    with pytest.raises(NotImplementedError, match="PrivateCertificate"):
        ssl.Certificate(authority.original).options()


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("example.com", b"example.com"),
        ("EXAMPLE.Com", b"EXAMPLE.Com"),
        ("b\u00fccher.example", b"xn--bcher-kva.example"),
        ("localhost", b"localhost"),
    ],
)
def test_international_names_are_encoded_as_dns_holds_them(text: str, encoded: bytes) -> None:
    assert _idnaBytes(text) == encoded
    assert _idnaText(encoded) == text.lower()


@pytest.mark.parametrize("text", ["", "a_b.c", "-a.b", "a" * 64, "xn--a", "a..b"])
def test_what_cannot_be_a_host_name_is_refused(text: str) -> None:
    import idna

    with pytest.raises(idna.IDNAError):
        _idnaBytes(text)
