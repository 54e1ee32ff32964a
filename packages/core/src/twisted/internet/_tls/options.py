"""
`CertificateOptions`: everything that can be chosen about TLS, on either side.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet._tls.ciphers import default_ciphers, expand
from twisted.internet._tls.library import SSL
from twisted.internet._tls.negotiating import accept_protocols
from twisted.internet._tls.trust import OpenSSLCertificateAuthorities, as_trust_root
from twisted.internet._tls.versions import TLSVersion, leaving_out
from twisted.internet.interfaces import (
    IOpenSSLClientConnectionCreator,
    IOpenSSLContextFactory,
    IOpenSSLServerConnectionCreator,
)

if TYPE_CHECKING:
    from constantly import NamedConstant
    from OpenSSL.crypto import X509, PKey

    from twisted.internet._tls.certificates import Certificate
    from twisted.internet._tls.ciphers import DiffieHellmanParameters
    from twisted.internet._tls.trust import IOpenSSLTrustRoot
    from twisted.internet.interfaces import IAcceptableCiphers
    from twisted.protocols.tls import TLSMemoryBIOProtocol

# Memory is given back between records: most connections are idle most of the time.
_RELEASE_BUFFERS = getattr(SSL, "MODE_RELEASE_BUFFERS", 0x10)
_PARTIAL_WRITE = 0x1  # SSL_MODE_ENABLE_PARTIAL_WRITE, which pyOpenSSL sets

_DEPRECATED_METHOD = (
    "Passing method to twisted.internet.ssl.CertificateOptions was deprecated in Twisted 17.1.0. Please use a "
    "combination of insecurelyLowerMinimumTo, raiseMinimumTo, and lowerMaximumSecurityTo instead, as Twisted will "
    "correctly configure the method."
)

_EXCLUSIVE = [
    ("trustRoot", "requireCertificate"),
    ("trustRoot", "verify"),
    ("trustRoot", "caCerts"),
    ("method", "insecurelyLowerMinimumTo"),
    ("method", "raiseMinimumTo"),
    ("raiseMinimumTo", "insecurelyLowerMinimumTo"),
    ("method", "lowerMaximumSecurityTo"),
]


def _exclusive(function: Callable[..., None]) -> Callable[..., None]:
    """Refuse pairs of arguments of which only one can be meant. Only the call itself knows what was passed."""
    names = function.__code__.co_varnames[1 : function.__code__.co_argcount]

    @wraps(function)
    def checked(self: object, *args: Any, **kw: Any) -> None:
        given = {*names[: len(args)], *kw}
        for one, other in _EXCLUSIVE:
            if one in given and other in given:
                raise TypeError(
                    f"The {one!r} and {other!r} arguments to "
                    "twisted.internet.ssl.CertificateOptions.__init__ are mutually exclusive."
                )
        function(self, *args, **kw)

    return checked


@implementer(IOpenSSLContextFactory, IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator)
class CertificateOptions:
    """
    What TLS is to be like: a factory of contexts, for servers, or for clients by way of `optionsForClientTLS`.

    One context is made, when it is first needed, and serves all connections. TLS 1.2 is the least that is spoken unless
    something else is asked for.

    Args:
        privateKey: This side's private key.
        certificate: This side's certificate. Both or neither.
        method: Deprecated: the OpenSSL method, such as ``SSL.TLS_METHOD``.
        verify: Whether the other side's certificate must be signed by one of *caCerts*. Better say *trustRoot*.
        caCerts: The authorities' certificates.
        verifyDepth: How long a chain of certificates may be.
        requireCertificate: With *verify*, whether a client must show a certificate.
        verifyOnce: Whether a client is asked for its certificate only at the beginning.
        enableSingleUseKeys: Whether keys of key agreement are used once. OpenSSL does so now in any case.
        enableSessions: Whether the server remembers sessions, so that a returning client is quicker.
        fixBrokenPeers: Whether to work around what is wrong with some peers.
        enableSessionTickets: Whether a client may keep what the server would have to remember (RFC 5077, RFC 8446).
        extraCertChain: The certificates between ours and the authority's, ours first left out.
        acceptableCiphers: Which cipher suites are spoken; the sound ones if `None`.
        dhParameters: Parameters of classic Diffie-Hellman key agreement.
        trustRoot: Whom to believe; the other side must show a certificate then.
        acceptableProtocols: The protocols to agree upon by ALPN, preferred ones first: ``[b"h2", b"http/1.1"]``.
        raiseMinimumTo: The least `TLSVersion`, if it is above the default.
        insecurelyLowerMinimumTo: The least `TLSVersion`, if it is below.
        lowerMaximumSecurityTo: The highest `TLSVersion`.
        contextForServerName: Is given the name that a client asks for (`None` if it asks for none), as bytes, and gives
            the context whose certificate the server shows, or `None` for this one's.

    Raises:
        ValueError: A key without its certificate, or another combination that has no meaning.
        TypeError: Arguments that exclude each other.
    """

    _defaultMinimumTLSVersion = TLSVersion.TLSv1_2
    _context: SSL.Context | None = None

    @_exclusive
    def __init__(
        self,
        privateKey: PKey | None = None,
        certificate: X509 | None = None,
        method: int | None = None,
        verify: bool = False,
        caCerts: list[X509] | None = None,
        verifyDepth: int = 9,
        requireCertificate: bool = True,
        verifyOnce: bool = True,
        enableSingleUseKeys: bool = True,
        enableSessions: bool = False,
        fixBrokenPeers: bool = False,
        enableSessionTickets: bool = False,
        extraCertChain: list[X509] | None = None,
        acceptableCiphers: IAcceptableCiphers | None = None,
        dhParameters: DiffieHellmanParameters | None = None,
        trustRoot: IOpenSSLTrustRoot | Certificate | None = None,
        acceptableProtocols: Sequence[bytes] | None = None,
        raiseMinimumTo: NamedConstant | None = None,
        insecurelyLowerMinimumTo: NamedConstant | None = None,
        lowerMaximumSecurityTo: NamedConstant | None = None,
        contextForServerName: Callable[[bytes | None], SSL.Context | None] | None = None,
    ) -> None:
        if (privateKey is None) != (certificate is None):
            raise ValueError("Specify neither or both of privateKey and certificate")
        if extraCertChain and privateKey is None:
            raise ValueError(
                "A private key and a certificate are required when adding a supplemental certificate chain."
            )
        if trustRoot is None:
            if bool(verify) != bool(caCerts):
                raise ValueError(
                    "Specify client CA certificate information if and only if enabling certificate verification"
                )
            if caCerts:
                trustRoot = OpenSSLCertificateAuthorities(caCerts)
        else:
            trustRoot = as_trust_root(trustRoot)
            verify = True

        self._options = SSL.OP_NO_COMPRESSION | SSL.OP_CIPHER_SERVER_PREFERENCE
        self._mode = _RELEASE_BUFFERS
        if method is None:
            self.method = SSL.TLS_METHOD
            lowest = insecurelyLowerMinimumTo or self._defaultMinimumTLSVersion
            if raiseMinimumTo is not None:
                if lowerMaximumSecurityTo is not None and raiseMinimumTo > lowerMaximumSecurityTo:
                    raise ValueError("raiseMinimumTo needs to be lower than lowerMaximumSecurityTo")
                # One that is below the default raises nothing.
                lowest = max(lowest, raiseMinimumTo)
            elif insecurelyLowerMinimumTo is not None:
                if lowerMaximumSecurityTo is not None and insecurelyLowerMinimumTo > lowerMaximumSecurityTo:
                    raise ValueError("insecurelyLowerMinimumTo needs to be lower than lowerMaximumSecurityTo")
            elif lowerMaximumSecurityTo is not None:
                lowest = min(lowest, lowerMaximumSecurityTo)
            self._options |= leaving_out(lowest, lowerMaximumSecurityTo)
        else:
            warnings.warn(_DEPRECATED_METHOD, DeprecationWarning, stacklevel=3)
            self.method = method
        if enableSingleUseKeys:
            self._options |= SSL.OP_SINGLE_DH_USE | SSL.OP_SINGLE_ECDH_USE
        if fixBrokenPeers:
            self._options |= SSL.OP_ALL
        if not enableSessionTickets:
            self._options |= SSL.OP_NO_TICKET

        self.privateKey = privateKey
        self.certificate = certificate
        self.verify = verify
        self.caCerts = caCerts
        self.trustRoot = trustRoot
        self.verifyDepth = verifyDepth
        self.requireCertificate = requireCertificate
        self.verifyOnce = verifyOnce
        self.enableSingleUseKeys = enableSingleUseKeys
        self.enableSessions = enableSessions
        self.fixBrokenPeers = fixBrokenPeers
        self.enableSessionTickets = enableSessionTickets
        self.extraCertChain = extraCertChain if extraCertChain is not None else []
        self.dhParameters = dhParameters
        self._acceptableProtocols = acceptableProtocols
        self._contextForServerName = contextForServerName

        ciphers = default_ciphers() if acceptableCiphers is None else acceptableCiphers
        available = expand("ALL", self.method, self._options)
        chosen = ciphers.selectCiphers(available)  # type: ignore[arg-type]  # the interface speaks of one
        self._cipherString = ":".join(cipher.fullName for cipher in chosen)
        if not self._cipherString:
            raise ValueError("Supplied IAcceptableCiphers yielded no usable ciphers on this platform.")

    def getContext(self) -> SSL.Context:
        """
        Give the OpenSSL context: always the same.

        Raises:
            OpenSSL.SSL.Error: The key is not the certificate's, for example.
        """
        if self._context is None:
            self._context = self._makeContext()
        return self._context

    def _makeContext(self, skipCiphers: bool = False) -> SSL.Context:
        """Make the context. Programs extend this, by this name, to set what cannot be said by arguments."""
        context = SSL.Context(self.method)
        context.set_options(self._options)
        context.set_mode(self._mode)
        clear_mode: Callable[[int], int] | None = getattr(context, "clear_mode", None)
        if clear_mode is not None:
            # A long write goes in one call, and not in one for each record. Older releases of pyOpenSSL cannot say so.
            clear_mode(_PARTIAL_WRITE)
        with warnings.catch_warnings():
            # Old and new releases of pyOpenSSL share only the types that new ones discourage.
            warnings.simplefilter("ignore", DeprecationWarning)
            if self.certificate is not None and self.privateKey is not None:
                context.use_certificate(self.certificate)
                context.use_privatekey(self.privateKey)
                for certificate in self.extraCertChain:
                    context.add_extra_chain_cert(certificate)
                context.check_privatekey()
        context.set_verify(self._verify_flags(), _as_it_is)
        if self.trustRoot is not None:
            self.trustRoot._addCACertsToContext(context)  # type: ignore[union-attr]  # as_trust_root has seen to it
        context.set_verify_depth(self.verifyDepth)
        # A server that asks for certificates must say which sessions are its own, or it refuses to resume any.
        context.set_session_id(_session_id())
        context.set_session_cache_mode(SSL.SESS_CACHE_SERVER if self.enableSessions else SSL.SESS_CACHE_OFF)
        if self.dhParameters is not None:
            self.dhParameters.apply(context)
        if not skipCiphers:
            context.set_cipher_list(self._cipherString.encode("ascii"))
        accept_protocols(context, self._acceptableProtocols or ())
        if self._contextForServerName is not None:
            context.set_tlsext_servername_callback(self._choose_context)
        return context

    def _verify_flags(self) -> int:
        if not self.verify:
            return SSL.VERIFY_NONE
        flags = SSL.VERIFY_PEER
        if self.requireCertificate:
            flags |= SSL.VERIFY_FAIL_IF_NO_PEER_CERT
        if self.verifyOnce:
            flags |= SSL.VERIFY_CLIENT_ONCE
        return flags

    def _choose_context(self, connection: SSL.Connection) -> None:
        from twisted.logger import Logger

        assert self._contextForServerName is not None
        try:
            chosen = self._contextForServerName(connection.get_servername())
        except BaseException:
            # OpenSSL could not be told. The client will see a certificate that is not the one it expects.
            Logger("twisted.internet.ssl").failure("while choosing a certificate")
            return
        if chosen is not None:
            connection.set_context(chosen)

    def _makeTLSConnection(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make a connection of this kind which is neither a client's nor a server's yet."""
        return SSL.Connection(self.getContext(), None)

    def clientConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make a client's TLS connection. It believes whom it is told to, and asks nobody's name."""
        return self._makeTLSConnection(protocol)

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make a server's TLS connection."""
        return self._makeTLSConnection(protocol)

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        # A context belongs to its process.
        state.pop("_context", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ = state


def _as_it_is(connection: SSL.Connection, certificate: object, error: int, depth: int, sound: int) -> bool:
    """What OpenSSL found out about a certificate is what holds."""
    return bool(sound)


def _session_id() -> bytes:
    import os

    return os.urandom(16).hex().encode("ascii")
