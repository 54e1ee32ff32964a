"""The old place of what is in `twisted.internet.ssl`: programs import these names from here."""

from twisted.internet._idna import _idnaBytes, _idnaText
from twisted.internet._tls.certificates import CertBase, Certificate, CertificateRequest, PrivateCertificate
from twisted.internet._tls.ciphers import AcceptableCiphers as OpenSSLAcceptableCiphers
from twisted.internet._tls.ciphers import DiffieHellmanParameters as OpenSSLDiffieHellmanParameters
from twisted.internet._tls.ciphers import OpenSSLCipher
from twisted.internet._tls.ciphers import default_ciphers as _default_ciphers
from twisted.internet._tls.ciphers import default_curve_name as _defaultCurveName
from twisted.internet._tls.identity import ClientTLSOptions, VerificationError, optionsForClientTLS
from twisted.internet._tls.keys import KeyPair, PublicKey
from twisted.internet._tls.names import DN, DistinguishedName
from twisted.internet._tls.negotiating import accept_protocols as _setAcceptableProtocols
from twisted.internet._tls.options import CertificateOptions as OpenSSLCertificateOptions
from twisted.internet._tls.trust import (
    IOpenSSLTrustRoot,
    OpenSSLCertificateAuthorities,
    OpenSSLDefaultPaths,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.internet._tls.versions import TLSVersion
from twisted.python._facade import publish

__all__ = [
    "DN",
    "CertBase",
    "Certificate",
    "CertificateRequest",
    "ClientTLSOptions",
    "DistinguishedName",
    "IOpenSSLTrustRoot",
    "KeyPair",
    "OpenSSLAcceptableCiphers",
    "OpenSSLCertificateAuthorities",
    "OpenSSLCertificateOptions",
    "OpenSSLCipher",
    "OpenSSLDefaultPaths",
    "OpenSSLDiffieHellmanParameters",
    "PrivateCertificate",
    "PublicKey",
    "TLSVersion",
    "VerificationError",
    "_defaultCurveName",
    "_idnaBytes",
    "_idnaText",
    "_setAcceptableProtocols",
    "defaultCiphers",
    "optionsForClientTLS",
    "platformTrust",
    "trustRootFromCertificates",
]

defaultCiphers = _default_ciphers()

# What has a public home says so; the rest lives here.
import twisted.internet.ssl  # noqa: E402, F401

publish(__name__, ["CertBase", "ClientTLSOptions", "OpenSSLCertificateAuthorities", "OpenSSLCipher", "PublicKey"])
