"""
TLS: certificates, keys, and options for servers and clients.

A server gives `listenSSL`, or an endpoint, a `CertificateOptions` with its key and certificate
(``PrivateCertificate.loadPEM(pem).options()``). A client gives `connectSSL`, `wrapClientTLS` or ``startTLS`` what
`optionsForClientTLS` makes for the host that is meant. Both go over to TLS in the middle of a connection by
``transport.startTLS(options)``.

Needs pyOpenSSL, service-identity and idna: ``pip install 'twisted-core[tls]'``.
"""

from __future__ import annotations

from twisted.internet._tls.certificates import Certificate, CertificateRequest, PrivateCertificate
from twisted.internet._tls.ciphers import AcceptableCiphers, DiffieHellmanParameters
from twisted.internet._tls.contexts import ClientContextFactory, ContextFactory, DefaultOpenSSLContextFactory
from twisted.internet._tls.identity import VerificationError, optionsForClientTLS
from twisted.internet._tls.keys import KeyPair
from twisted.internet._tls.names import DN, DistinguishedName
from twisted.internet._tls.negotiating import ProtocolNegotiationSupport, protocolNegotiationMechanisms
from twisted.internet._tls.options import CertificateOptions
from twisted.internet._tls.sockets import Client, Connector, Port, Server
from twisted.internet._tls.trust import OpenSSLDefaultPaths, platformTrust, trustRootFromCertificates
from twisted.internet._tls.versions import TLSVersion
from twisted.python._facade import publish
from twisted.python.deprecate import deprecated, deprecatedModuleAttribute
from twisted.python.versions import Version

__all__ = [
    "DN",
    "AcceptableCiphers",
    "Certificate",
    "CertificateOptions",
    "CertificateRequest",
    "Client",
    "ClientContextFactory",
    "Connector",
    "ContextFactory",
    "DefaultOpenSSLContextFactory",
    "DiffieHellmanParameters",
    "DistinguishedName",
    "KeyPair",
    "OpenSSLDefaultPaths",
    "Port",
    "PrivateCertificate",
    "ProtocolNegotiationSupport",
    "Server",
    "TLSVersion",
    "VerificationError",
    "optionsForClientTLS",
    "platformTrust",
    "protocolNegotiationMechanisms",
    "supported",
    "trustRootFromCertificates",
]

# Read by programs. Whoever has come here has TLS.
supported = True

publish(__name__, __all__)

protocolNegotiationMechanisms = deprecated(Version("Twisted", 26, 10, 0))(protocolNegotiationMechanisms)
deprecatedModuleAttribute(
    Version("Twisted", 26, 10, 0),
    "ALPN is always there: nothing needs to be asked.",
    __name__,
    "ProtocolNegotiationSupport",
)
