"""
Keys, and what is signed with them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from hashlib import md5
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from twisted.internet._tls.library import crypto
from twisted.internet._tls.names import DistinguishedName
from twisted.internet.error import VerifyError

if TYPE_CHECKING:
    from typing_extensions import Self

    from twisted.internet._tls.certificates import CertificateRequest, PrivateCertificate

_DIGESTS: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


def digest_named(name: str) -> Any:  # Any: the signers of cryptography each take a narrower type
    """The digest algorithm of this name; raises `ValueError` if there is none."""
    try:
        return _DIGESTS[name.lower().replace("-", "")]()
    except KeyError:
        raise ValueError(f"{name!r} is no digest algorithm: use one of {', '.join(_DIGESTS)}") from None


class PublicKey:
    """
    The public half of a key.

    Attributes:
        original: The `OpenSSL.crypto.PKey`.
    """

    def __init__(self, osslpkey: crypto.PKey) -> None:
        self.original = osslpkey

    def matches(self, otherKey: PublicKey) -> bool:
        """Whether *otherKey* is a half, or both halves, of the same key."""
        return self.keyHash() == otherKey.keyHash()

    def keyHash(self) -> str:
        """Give the MD5 of the public half, in hexadecimal: it tells keys apart, and is no proof of anything."""
        public: Any = self.original.to_cryptography_key()  # Any: private or public, of any kind
        if hasattr(public, "public_key"):
            public = public.public_key()
        octets: bytes = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return md5(octets, usedforsecurity=False).hexdigest()

    def inspect(self) -> str:
        """Describe it in a line."""
        return f"Public Key with Hash: {self.keyHash()}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.keyHash()}>"


class KeyPair(PublicKey):
    """
    A private key with its public half.

    Attributes:
        original: The `OpenSSL.crypto.PKey`.
    """

    @classmethod
    def load(cls, data: bytes, format: int = crypto.FILETYPE_ASN1) -> KeyPair:
        """
        Read a private key.

        Args:
            data: The bytes.
            format: ``crypto.FILETYPE_ASN1`` (the default) or ``crypto.FILETYPE_PEM``.

        Raises:
            OpenSSL.crypto.Error: This is not a private key in that format.
        """
        return cls(crypto.load_privatekey(format, data))

    @classmethod
    def generate(cls, kind: int = crypto.TYPE_RSA, size: int = 2048) -> Self:
        """
        Make a new key.

        Args:
            kind: ``crypto.TYPE_RSA`` or ``crypto.TYPE_DSA``.
            size: How many bits it has.

        Raises:
            ValueError: There is no such kind.
        """
        made: Any
        if kind == crypto.TYPE_RSA:
            made = rsa.generate_private_key(65537, size)
        elif kind == crypto.TYPE_DSA:
            made = dsa.generate_private_key(size)
        else:
            raise ValueError(f"{kind!r} is no kind of key: use crypto.TYPE_RSA or crypto.TYPE_DSA")
        return cls(crypto.PKey.from_cryptography_key(made))

    def dump(self, format: int = crypto.FILETYPE_ASN1) -> bytes:
        """Give the private key's bytes, unencrypted; *format* as for `load`."""
        encoding = serialization.Encoding.PEM if format == crypto.FILETYPE_PEM else serialization.Encoding.DER
        if format not in (crypto.FILETYPE_PEM, crypto.FILETYPE_ASN1):
            raise ValueError(f"{format!r} is no format of keys: use FILETYPE_PEM or FILETYPE_ASN1")
        shape = serialization.PrivateFormat.PKCS8
        if encoding is serialization.Encoding.DER:
            shape = serialization.PrivateFormat.TraditionalOpenSSL
        octets: bytes = self._key().private_bytes(encoding, shape, serialization.NoEncryption())
        return octets

    def _key(self) -> Any:  # Any: a key of any kind
        return self.original.to_cryptography_key()

    def inspect(self) -> str:
        """Describe it in a line."""
        key = self._key()
        kind = (
            "EC"
            if isinstance(key, ec.EllipticCurvePrivateKey)
            else "DSA"
            if isinstance(key, dsa.DSAPrivateKey)
            else "RSA"
        )
        return f"{self.original.bits()}-bit {kind} Key Pair with Hash: {self.keyHash()}"

    def newCertificate(self, newCertData: bytes, format: int = crypto.FILETYPE_ASN1) -> PrivateCertificate:
        """Put this key and a certificate for it together."""
        from twisted.internet._tls.certificates import PrivateCertificate

        return PrivateCertificate.load(newCertData, self, format)

    def requestObject(
        self, distinguishedName: DistinguishedName, digestAlgorithm: str = "sha256"
    ) -> CertificateRequest:
        """Ask for a certificate of this key; an authority signs it."""
        from twisted.internet._tls.certificates import CertificateRequest

        request = x509.CertificateSigningRequestBuilder().subject_name(distinguishedName._to_cryptography())
        return CertificateRequest(request.sign(self._key(), digest_named(digestAlgorithm)))

    def certificateRequest(
        self,
        distinguishedName: DistinguishedName,
        format: int = crypto.FILETYPE_ASN1,
        digestAlgorithm: str = "sha256",
    ) -> bytes:
        """Ask for a certificate, as bytes in *format*. See `requestObject`."""
        return self.requestObject(distinguishedName, digestAlgorithm).dump(format)

    def signCertificateRequest(
        self,
        issuerDistinguishedName: DistinguishedName,
        requestData: bytes,
        verifyDNCallback: Callable[[DistinguishedName], Any],  # Any: a truth value, or a Deferred of one
        serialNumber: int,
        requestFormat: int = crypto.FILETYPE_ASN1,
        certificateFormat: int = crypto.FILETYPE_ASN1,
        secondsToExpiry: int = 60 * 60 * 24 * 365,
        digestAlgorithm: str = "sha256",
    ) -> Any:  # Any: bytes, or a Deferred of them
        """
        Issue a certificate for a request.

        Args:
            issuerDistinguishedName: The name of who signs.
            requestData: The request, in *requestFormat*.
            verifyDNCallback: Is given the name that the request asks for, and says whether it may have it: true or
                false, or a Deferred of that.
            serialNumber: The certificate's. An authority gives none twice.
            requestFormat, certificateFormat: As for `load`.
            secondsToExpiry: How long the certificate is good for.
            digestAlgorithm: What is signed.

        Returns:
            The certificate's bytes; or a Deferred of them, if the callback gave a Deferred.

        Raises:
            VerifyError: The callback said no.
        """
        from twisted.internet._tls.certificates import CertificateRequest
        from twisted.internet.defer import Deferred

        request = CertificateRequest.load(requestData, requestFormat)
        name = request.getSubject()

        def issue(allowed: object) -> bytes:
            if not allowed:
                raise VerifyError(f"DN callback {verifyDNCallback!r} rejected request DN {name!r}")
            certificate = self.signRequestObject(
                issuerDistinguishedName, request, serialNumber, secondsToExpiry, digestAlgorithm
            )
            octets: bytes = certificate.dump(certificateFormat)
            return octets

        answer = verifyDNCallback(name)
        return answer.addCallback(issue) if isinstance(answer, Deferred) else issue(answer)

    def signRequestObject(
        self,
        issuerDistinguishedName: DistinguishedName,
        requestObject: CertificateRequest,
        serialNumber: int,
        secondsToExpiry: int = 60 * 60 * 24 * 365,
        digestAlgorithm: str = "sha256",
    ) -> Any:  # Any: a Certificate, whose module needs this one
        """Issue a certificate for a request, whatever name it asks for. See `signCertificateRequest`."""
        from twisted.internet._tls.certificates import Certificate

        request = requestObject.original
        return Certificate(
            self._signed(
                issuerDistinguishedName._to_cryptography(),
                request.subject,
                request.public_key(),
                serialNumber,
                secondsToExpiry,
                digestAlgorithm,
            )
        )

    def _signed(
        self,
        issuer: x509.Name,
        subject: x509.Name,
        public: Any,  # Any: a key of any kind
        serial: int,
        seconds: int,
        digest: str,
    ) -> crypto.X509:
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        certificate = (
            x509.CertificateBuilder()
            .issuer_name(issuer)
            .subject_name(subject)
            .public_key(public)
            .serial_number(serial)
            .not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(seconds=seconds))
            .sign(self._key(), digest_named(digest))
        )
        return crypto.X509.from_cryptography(certificate)

    def selfSignedCert(self, serialNumber: int, **kw: str | bytes) -> PrivateCertificate:
        """
        Issue a certificate for this key, by this key: for an authority of one's own, or to try things.

        Args:
            serialNumber: The certificate's.
            kw: Its name, as for `DistinguishedName`.
        """
        from twisted.internet._tls.certificates import PrivateCertificate

        name = DistinguishedName(**kw)
        issued = self.signRequestObject(name, self.requestObject(name), serialNumber)
        return PrivateCertificate.fromCertificateAndKeyPair(issued, self)
