"""Cipher suites, and the parameters of key agreement."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import attr
from zope.interface import implementer

from twisted.internet._tls.library import SSL
from twisted.internet.interfaces import IAcceptableCiphers, ICipher

# Key agreement on curves: what every peer of today has.
default_curve_name = "prime256v1"


@implementer(ICipher)
@attr.s(frozen=True, auto_attribs=True)
class OpenSSLCipher:
    """
    A cipher suite.

    Attributes:
        fullName: The name OpenSSL knows it by.
    """

    fullName: str


@lru_cache(maxsize=32)
def expand(cipher_string: str, method: int, options: int) -> tuple[OpenSSLCipher, ...]:
    """The suites that an OpenSSL cipher string stands for, in its order; none if it makes no sense."""
    context = SSL.Context(method)
    context.set_options(options)
    try:
        context.set_cipher_list(cipher_string.encode("ascii"))
    except SSL.Error as error:
        # An unknown name alone selects nothing; anything else is wrong with us.
        if not error.args[0] or error.args[0][0][2] != "no cipher match":
            raise
        return ()
    return tuple(map(OpenSSLCipher, SSL.Connection(context, None).get_cipher_list()))


@implementer(IAcceptableCiphers)
class AcceptableCiphers:
    """
    A choice of cipher suites.

    Args:
        ciphers: `OpenSSLCipher` objects, those which are preferred first.
    """

    def __init__(self, ciphers: Iterable[OpenSSLCipher]) -> None:
        self._ciphers = tuple(ciphers)

    def selectCiphers(self, availableCiphers: Iterable[Any]) -> tuple[Any, ...]:
        """Give those of ours that are available, in our order."""
        available = set(availableCiphers)
        return tuple(cipher for cipher in self._ciphers if cipher in available)

    @classmethod
    def fromOpenSSLCipherString(cls, cipherString: str) -> AcceptableCiphers:
        """Choose by a cipher string of OpenSSL's; names it does not know are left out."""
        disabled = SSL.OP_NO_SSLv2 | SSL.OP_NO_SSLv3
        return cls(expand(str(cipherString), SSL.TLS_METHOD, disabled))


# Forward secrecy first; authenticated encryption before the rest; nothing that is broken.
DEFAULT = (
    "TLS13-AES-256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256:TLS13-AES-128-GCM-SHA256:"
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES256:DHE+AES256:ECDHE+AES128:DHE+AES128:"
    "RSA+AESGCM:RSA+AES:!aNULL:!MD5:!DSS:!PSK:!SRP:!aDSS:!ARIA:!CAMELLIA"
)


@lru_cache(maxsize=1)
def default_ciphers() -> AcceptableCiphers:
    """What is acceptable if nothing is said."""
    return AcceptableCiphers.fromOpenSSLCipherString(DEFAULT)


class DiffieHellmanParameters:
    """
    Parameters of classic Diffie-Hellman key agreement, for old peers without elliptic curves.

    Args:
        parameters: A `FilePath` of a PEM file, as ``openssl dhparam`` writes.
    """

    def __init__(self, parameters: Any) -> None:  # Any: a FilePath
        self._dhFile = parameters

    @classmethod
    def fromFile(cls, filePath: Any) -> DiffieHellmanParameters:
        """Read parameters from a `FilePath`, when a context is made."""
        return cls(filePath)

    def apply(self, context: SSL.Context) -> None:
        """Have a context use them."""
        context.load_tmp_dh(self._dhFile.path)
