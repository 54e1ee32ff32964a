"""Whom to believe: certificates of authorities, or those of the platform."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zope.interface import Interface, implementer

from twisted.internet._tls.certificates import CertBase
from twisted.internet._tls.library import SSL, crypto


class IOpenSSLTrustRoot(Interface):
    """Certificates of authorities that are believed."""

    def _addCACertsToContext(context: SSL.Context) -> None:
        """Have a context believe them."""


@implementer(IOpenSSLTrustRoot)
class OpenSSLCertificateAuthorities:
    """Believe certain authorities and nobody else."""

    def __init__(self, caCerts: list[crypto.X509]) -> None:
        self._authorities = caCerts

    def _addCACertsToContext(self, context: SSL.Context) -> None:
        store = context.get_cert_store()
        assert store is not None
        for certificate in self._authorities:
            store.add_cert(certificate)


@implementer(IOpenSSLTrustRoot)
class OpenSSLDefaultPaths:
    """Believe whom the platform's OpenSSL believes."""

    def _addCACertsToContext(self, context: SSL.Context) -> None:
        context.set_default_verify_paths()


def platformTrust() -> OpenSSLDefaultPaths:
    """
    Give the authorities that this platform believes.

    They come from where OpenSSL looks on Linux distributions; elsewhere, set ``SSL_CERT_FILE``, to the
    certifi package's file for example.
    """
    return OpenSSLDefaultPaths()


def trustRootFromCertificates(certificates: Iterable[CertBase]) -> OpenSSLCertificateAuthorities:
    """
    Believe these authorities and nobody else.

    Args:
        certificates: `Certificate` objects.

    Raises:
        TypeError: One of them is something else.
    """
    found = []
    for certificate in certificates:
        if not isinstance(certificate, CertBase):
            raise TypeError("certificates items must be twisted.internet.ssl.CertBase instances")
        found.append(certificate.original)
    return OpenSSLCertificateAuthorities(found)


def as_trust_root(trust: Any) -> Any:  # Any: certificates and whatever has the interface
    """A trust root as it is; a certificate as the one authority that is believed."""
    if IOpenSSLTrustRoot.providedBy(trust):
        return trust
    if isinstance(trust, CertBase):
        return OpenSSLCertificateAuthorities([trust.original])
    raise TypeError(
        f"Could not adapt {trust!r} to a trust root: use platformTrust(), trustRootFromCertificates() or a Certificate"
    )
