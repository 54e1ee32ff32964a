"""
Certificates: reading, printing, requesting, and taking part in TLS with them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from twisted.internet._tls.keys import KeyPair, PublicKey
from twisted.internet._tls.library import crypto
from twisted.internet._tls.names import DistinguishedName
from twisted.internet.error import CertificateError, VerifyError

if TYPE_CHECKING:
    from typing_extensions import Self

    from twisted.internet._tls.options import CertificateOptions

_ENCODINGS = {
    crypto.FILETYPE_PEM: serialization.Encoding.PEM,
    crypto.FILETYPE_ASN1: serialization.Encoding.DER,
}


def _encoding(format: int) -> serialization.Encoding:
    try:
        return _ENCODINGS[format]
    except KeyError:
        raise ValueError(f"{format!r} is no format of certificates: use FILETYPE_PEM or FILETYPE_ASN1") from None


class CertBase:
    """
    What certificates and requests have in common.

    Attributes:
        original: What the library has: an `OpenSSL.crypto.X509`, or a ``cryptography`` request.
    """

    def __init__(self, original: Any) -> None:  # Any: one or the other
        self.original = original

    def _parsed(self) -> Any:  # Any: a certificate or a request
        return self.original

    def getSubject(self) -> DistinguishedName:
        """Give the name of whose it is."""
        return DistinguishedName._from_cryptography(self._parsed().subject)


class Certificate(CertBase):
    """
    A certificate.

    Attributes:
        original: The `OpenSSL.crypto.X509`.
    """

    def _parsed(self) -> x509.Certificate:
        parsed: x509.Certificate = self.original.to_cryptography()
        return parsed

    def __repr__(self) -> str:
        subject = self.getSubject().get("commonName", b"")
        issuer = self.getIssuer().get("commonName", b"")
        return f"<{type(self).__name__} Subject={subject!r} Issuer={issuer!r}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Certificate):
            return NotImplemented
        return self.dump() == other.dump()

    __hash__ = None  # type: ignore[assignment]  # as users know it: not a key of dictionaries

    @classmethod
    def load(
        cls,
        requestData: bytes,
        format: int = crypto.FILETYPE_ASN1,
        args: tuple[Any, ...] = (),  # Any: what a subclass's __init__ takes
    ) -> Self:
        """
        Read a certificate.

        Args:
            requestData: The bytes.
            format: ``crypto.FILETYPE_ASN1`` (the default) or ``crypto.FILETYPE_PEM``.
            args: Further arguments of the class.

        Raises:
            OpenSSL.crypto.Error: This is not a certificate in that format.
        """
        return cls(crypto.load_certificate(format, requestData), *args)

    @classmethod
    def loadPEM(cls, data: bytes) -> Self:
        """Read a certificate in PEM format. See `load`."""
        return cls.load(data, crypto.FILETYPE_PEM)

    @classmethod
    def peerFromTransport(cls, transport: Any) -> Self:  # Any: whatever has getPeerCertificate
        """
        Give the certificate that the other side of a TLS connection has shown.

        Raises:
            CertificateError: This is no TLS connection, or none was shown.
        """
        return cls._from_transport(transport, "peer", lambda: transport.getPeerCertificate())

    @classmethod
    def hostFromTransport(cls, transport: Any) -> Self:  # Any: whatever has getHandle
        """
        Give the certificate that this side of a TLS connection has shown.

        Raises:
            CertificateError: This is no TLS connection, or none was shown.
        """
        return cls._from_transport(transport, "host", lambda: transport.getHandle().get_certificate())

    @classmethod
    def _from_transport(cls, transport: object, side: str, ask: Callable[[], Any]) -> Self:
        try:
            found = ask()
        except AttributeError:
            raise CertificateError(f"non-TLS transport {transport!r} did not have {side} certificate") from None
        if found is None:
            raise CertificateError(f"TLS transport {transport!r} did not have {side} certificate")
        return cls(found)

    def dump(self, format: int = crypto.FILETYPE_ASN1) -> bytes:
        """Give the certificate's bytes; *format* as for `load`."""
        return self._parsed().public_bytes(_encoding(format))

    def dumpPEM(self) -> bytes:
        """Give the certificate in PEM format; with its private key, if this has one."""
        return Certificate.dump(self, crypto.FILETYPE_PEM)

    def getIssuer(self) -> DistinguishedName:
        """Give the name of who signed it."""
        return DistinguishedName._from_cryptography(self._parsed().issuer)

    def getPublicKey(self) -> PublicKey:
        """Give the key which it is about."""
        return PublicKey(self.original.get_pubkey())

    def serialNumber(self) -> int:
        """Give the number under which its issuer knows it."""
        return self._parsed().serial_number

    def digest(self, method: str = "md5") -> bytes:
        """Give its fingerprint by the digest algorithm *method*: ``b"FD:CC:..."``."""
        found: bytes = self.original.digest(method)
        return found

    def _describe(self) -> str:
        return "\n".join(
            [
                "Certificate For Subject:",
                self.getSubject().inspect(),
                "",
                "Issuer:",
                self.getIssuer().inspect(),
                "",
                f"Serial Number: {self.serialNumber()}",
                f"Digest: {self.digest().decode('ascii')}",
            ]
        )

    def inspect(self) -> str:
        """Describe it, in several lines."""
        return f"{self._describe()}\n{self.getPublicKey().inspect()}"

    def options(self, *authorities: Certificate) -> CertificateOptions:
        """Not without a private key: see `PrivateCertificate.options`."""
        raise NotImplementedError("a certificate without its private key proves nothing: use PrivateCertificate")


class CertificateRequest(CertBase):
    """
    A request for a certificate: a name, and the key that asks.

    Attributes:
        original: The ``cryptography.x509.CertificateSigningRequest``.
    """

    @classmethod
    def load(cls, requestData: bytes, requestFormat: int = crypto.FILETYPE_ASN1) -> CertificateRequest:
        """
        Read a request.

        Args:
            requestData: The bytes.
            requestFormat: ``crypto.FILETYPE_ASN1`` (the default) or ``crypto.FILETYPE_PEM``.

        Raises:
            VerifyError: Whoever asks does not have the key.
            ValueError: This is not a request in that format.
        """
        if _encoding(requestFormat) is serialization.Encoding.PEM:
            request = x509.load_pem_x509_csr(requestData)
        else:
            request = x509.load_der_x509_csr(requestData)
        made = cls(request)
        if not request.is_signature_valid:
            raise VerifyError(f"Can't verify that request for {made.getSubject()!r} is self-signed.")
        return made

    def dump(self, format: int = crypto.FILETYPE_ASN1) -> bytes:
        """Give the request's bytes; *format* as for `load`."""
        encoded: bytes = self.original.public_bytes(_encoding(format))
        return encoded


class PrivateCertificate(Certificate):
    """
    A certificate with its private key.

    Attributes:
        original: The `OpenSSL.crypto.X509`.
        privateKey: The `KeyPair`.
    """

    privateKey: KeyPair

    def __repr__(self) -> str:
        return f"{super().__repr__()} with {self.privateKey!r}"

    def _with_key(self, key: KeyPair) -> Self:
        if not key.matches(self.getPublicKey()):
            raise VerifyError("Certificate public and private keys do not match.")
        self.privateKey = key
        return self

    @classmethod
    def load(  # type: ignore[override]  # the second argument is another one: so it is called
        cls, data: bytes, privateKey: KeyPair, format: int = crypto.FILETYPE_ASN1
    ) -> Self:
        """
        Read a certificate whose key is there already.

        Raises:
            VerifyError: It is another key's.
            OpenSSL.crypto.Error: This is not a certificate in that format.
        """
        return cls(crypto.load_certificate(format, data))._with_key(privateKey)

    @classmethod
    def loadPEM(cls, data: bytes) -> Self:
        """Read a certificate and its private key, which stand one after the other in PEM format."""
        return cls.load(data, KeyPair.load(data, crypto.FILETYPE_PEM), crypto.FILETYPE_PEM)

    @classmethod
    def fromCertificateAndKeyPair(cls, certificateInstance: Certificate, privateKey: KeyPair) -> Self:
        """Put a certificate and its key together; raises `VerifyError` if they are not each other's."""
        return cls(certificateInstance.original)._with_key(privateKey)

    def newCertificate(self, newCertData: bytes, format: int = crypto.FILETYPE_ASN1) -> PrivateCertificate:
        """Give another certificate for the same key; *format* as for `Certificate.load`."""
        return type(self).load(newCertData, self.privateKey, format)

    def dumpPEM(self) -> bytes:
        """Give the certificate and the private key, unencrypted, in PEM format."""
        return super().dumpPEM() + self.privateKey.dump(crypto.FILETYPE_PEM)

    def inspect(self) -> str:
        """Describe it, in several lines."""
        return f"{self._describe()}\n{self.privateKey.inspect()}"

    def options(self, *authorities: Certificate) -> CertificateOptions:
        """
        Give options for TLS with this certificate.

        Args:
            authorities: If there are any, the other side must show a certificate that one of them has signed.
        """
        from twisted.internet._tls.options import CertificateOptions
        from twisted.internet._tls.trust import OpenSSLCertificateAuthorities

        mine: dict[str, Any] = {"privateKey": self.privateKey.original, "certificate": self.original}
        if authorities:
            mine["trustRoot"] = OpenSSLCertificateAuthorities([authority.original for authority in authorities])
        return CertificateOptions(**mine)

    def certificateRequest(self, format: int = crypto.FILETYPE_ASN1, digestAlgorithm: str = "sha256") -> bytes:
        """Ask for a certificate for the same name and key. See `KeyPair.certificateRequest`."""
        return self.privateKey.certificateRequest(self.getSubject(), format, digestAlgorithm)

    def signCertificateRequest(
        self,
        requestData: bytes,
        verifyDNCallback: Callable[[DistinguishedName], Any],  # Any: a truth value, or a Deferred of one
        serialNumber: int,
        requestFormat: int = crypto.FILETYPE_ASN1,
        certificateFormat: int = crypto.FILETYPE_ASN1,
    ) -> Any:  # Any: bytes, or a Deferred of them
        """Issue a certificate for a request, as this authority. See `KeyPair.signCertificateRequest`."""
        return self.privateKey.signCertificateRequest(
            self.getSubject(), requestData, verifyDNCallback, serialNumber, requestFormat, certificateFormat
        )

    def signRequestObject(
        self,
        certificateRequest: CertificateRequest,
        serialNumber: int,
        secondsToExpiry: int = 60 * 60 * 24 * 365,
        digestAlgorithm: str = "sha256",
    ) -> Certificate:
        """Issue a certificate for a request, as this authority, whatever name it asks for."""
        issued = self.privateKey.signRequestObject(
            self.getSubject(), certificateRequest, serialNumber, secondsToExpiry, digestAlgorithm
        )
        return cast(Certificate, issued)
