"""
Clients that make sure whom they speak to (RFC 6125, RFC 9525).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from service_identity import VerificationError
from service_identity.exceptions import CertificateError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from zope.interface import implementer

from twisted.internet import _idna
from twisted.internet._tls.certificates import PrivateCertificate
from twisted.internet._tls.library import SSL, crypto
from twisted.internet._tls.options import CertificateOptions
from twisted.internet._tls.trust import platformTrust
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet._tls.certificates import Certificate
    from twisted.internet._tls.trust import IOpenSSLTrustRoot
    from twisted.protocols.tls import TLSMemoryBIOProtocol


@implementer(IOpenSSLClientConnectionCreator)
class ClientTLSOptions:
    """
    Make a client's TLS connections to one host, whose name its certificate must have.

    Args:
        createConnection: Makes a TLS connection for a protocol.
        hostname: The name of the host, as people write it, or its address.
        sendServerName: Whether to tell the server which of its names is meant (SNI); names are and addresses are not
            if `None`.
    """

    def __init__(
        self,
        createConnection: Callable[[TLSMemoryBIOProtocol], SSL.Connection],
        hostname: str,
        sendServerName: bool | None = None,
    ) -> None:
        self._createConnection = createConnection
        self._hostname = hostname
        if isIPAddress(hostname) or isIPv6Address(hostname):
            self._hostnameBytes = hostname.encode("ascii")
            self._hostnameIsDnsName = False
        else:
            # Looked up when it is called: programs put a function of theirs there, for names that idna refuses.
            self._hostnameBytes = _idna._idnaBytes(hostname)
            self._hostnameIsDnsName = True
        self._hostnameASCII = self._hostnameBytes.decode("ascii")
        self._sendServerName = self._hostnameIsDnsName if sendServerName is None else sendServerName

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make a connection that will not complete its handshake with anybody else."""
        return self._verifying(self._createConnection(tlsProtocol), tlsProtocol)

    def _verifying(self, connection: SSL.Connection, protocol: Any) -> SSL.Connection:  # Any: has failVerification
        if self._sendServerName:
            connection.set_tlsext_host_name(self._hostnameBytes)
        verifies = connection.get_context().get_verify_mode()
        # Not held by the function below: that would make a circle of which OpenSSL is a part.
        connection.set_app_data(protocol)

        def verify(current: SSL.Connection, certificate: crypto.X509, error: int, depth: int, sound: int) -> bool:
            if not sound or depth:
                return bool(sound)
            try:
                self._check(certificate)
            except Exception:
                current.get_app_data().failVerification(Failure())
                return False
            return True

        connection.set_verify(verifies, verify)
        return connection

    def _check(self, certificate: crypto.X509) -> None:
        """Raise `VerificationError`, or `CertificateError` for a certificate without names, if it is not the host's."""
        expected = DNS_ID(self._hostnameASCII) if self._hostnameIsDnsName else IPAddress_ID(self._hostnameASCII)
        # The common name is not asked: it has not been a host's name for a long time.
        verify_service_identity(extract_patterns(certificate), [expected], [])


def optionsForClientTLS(
    hostname: str,
    trustRoot: IOpenSSLTrustRoot | Certificate | None = None,
    clientCertificate: PrivateCertificate | None = None,
    acceptableProtocols: Sequence[bytes] | None = None,
    *,
    extraCertificateOptions: dict[str, Any] | None = None,  # Any: what CertificateOptions takes
    sendServerName: bool | None = None,
) -> IOpenSSLClientConnectionCreator:
    """
    Say how to speak TLS, as a client, to a host that must prove to be the one that is meant.

    Args:
        hostname: The host's name as people write it, or its address: what its certificate must be for.
        trustRoot: Which authorities are believed; the platform's if `None`.
        clientCertificate: The certificate by which this client proves who it is.
        acceptableProtocols: The protocols to offer by ALPN, preferred ones first.
        extraCertificateOptions: Further arguments of `CertificateOptions`.
        sendServerName: Whether to tell the server which of its names is meant; if `None`, names are told and
            addresses are not.

    Returns:
        What `connectSSL`, `startTLS`, `wrapClientTLS` and `SSL4ClientEndpoint` take.

    Raises:
        TypeError: *hostname* is not text.
    """
    if not isinstance(hostname, str):
        raise TypeError(f"optionsForClientTLS requires text for host names, not {type(hostname).__name__}")
    arguments = dict(extraCertificateOptions or {})
    fixed: dict[str, Any] = {"trustRoot": platformTrust() if trustRoot is None else trustRoot}
    if acceptableProtocols is not None:
        fixed["acceptableProtocols"] = acceptableProtocols
    if clientCertificate is not None:
        fixed["privateKey"] = clientCertificate.privateKey.original
        fixed["certificate"] = clientCertificate.original
    options = CertificateOptions(**fixed, **arguments)
    return ClientTLSOptions(options._makeTLSConnection, hostname, sendServerName)


__all__ = ["CertificateError", "ClientTLSOptions", "VerificationError", "optionsForClientTLS"]
