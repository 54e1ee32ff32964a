"""
HTTP and SIP digest authentication: challenge, answer, arithmetic (RFC 7616, and RFC 2617 before it).

The server keeps nothing between challenge and answer. What it has to remember travels in the ``opaque`` value, which
the client must send back unchanged: the nonce, the client's address and the time, behind a keyed hash.
"""

from __future__ import annotations

import binascii
import os
import re
import time
from base64 import b64decode, b64encode

from zope.interface import implementer

from twisted.cred import error
from twisted.cred._kinds import IUsernameDigestHash, IUsernameHashedPassword
from twisted.cred._secrets import same_secret

# What hashlib calls the hash of each algorithm. It is imported at first use, as hmac is: it loads OpenSSL.
_HASHES = {
    b"md5": "md5",
    b"md5-sess": "md5",
    b"sha": "sha1",
    b"sha-256": "sha256",
    b"sha-256-sess": "sha256",
}

# Both session variants bind H(A1) to the two nonces.
_SESSION = (b"md5-sess", b"sha-256-sess")

# One parameter of an Authorization header: a quoted string, in which a backslash protects what follows, or a token.
_PARAMETER = rb'\s*([^\s=,"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)'
_ESCAPED = rb"\\(.)"

# Enough for every header a client makes, and little enough to be read at once.
_LONGEST_RESPONSE = 16384


def _hexadecimal(algorithm: bytes, *parts: bytes) -> bytes:
    import hashlib

    return hashlib.new(_HASHES[algorithm], b":".join(parts)).hexdigest().encode("ascii")


def calcHA1(
    pszAlg: bytes,
    pszUserName: bytes | None,
    pszRealm: bytes | None,
    pszPassword: bytes | None,
    pszNonce: bytes | None,
    pszCNonce: bytes | None,
    preHA1: bytes | None = None,
) -> bytes:
    """
    Calculate H(A1), what takes the place of the password (RFC 7616, section 3.4.2).

    Args:
        pszAlg: ``md5``, ``md5-sess``, ``sha``, ``sha-256`` or ``sha-256-sess``.
        pszUserName: The user's name.
        pszRealm: The realm of the challenge.
        pszPassword: The password in clear.
        pszNonce: The server's nonce, for the session algorithms.
        pszCNonce: The client's nonce, for the session algorithms.
        preHA1: Instead of name, realm and password: their stored hash, in hexadecimal.

    Raises:
        TypeError: Both *preHA1* and what it is made of were given.
        KeyError: There is no such algorithm.
    """
    if preHA1 is not None and (pszUserName, pszRealm, pszPassword) != (None, None, None):
        raise TypeError("preHA1 is incompatible with the pszUserName, pszRealm, and pszPassword arguments")
    if preHA1 is None:
        if pszUserName is None or pszRealm is None or pszPassword is None:
            raise TypeError("without preHA1, pszUserName, pszRealm and pszPassword are needed")
        preHA1 = _hexadecimal(pszAlg, pszUserName, pszRealm, pszPassword)
    if pszAlg in _SESSION:
        return _hexadecimal(pszAlg, preHA1, pszNonce or b"", pszCNonce or b"")
    return preHA1


def calcHA2(
    algo: bytes, pszMethod: bytes, pszDigestUri: bytes, pszQop: bytes | None, pszHEntity: bytes | None
) -> bytes:
    """
    Calculate H(A2), the request's part (RFC 7616, section 3.4.3).

    Args:
        algo: The hash algorithm.
        pszMethod: The request's method.
        pszDigestUri: The URI as the client signed it.
        pszQop: The quality of protection; ``auth-int`` includes the body.
        pszHEntity: The hash of the body in hexadecimal, for ``auth-int``.
    """
    parts = [pszMethod, pszDigestUri]
    if pszQop == b"auth-int":
        parts.append(pszHEntity or b"")
    return _hexadecimal(algo, *parts)


def calcResponse(
    HA1: bytes,
    HA2: bytes,
    algo: bytes,
    pszNonce: bytes,
    pszNonceCount: bytes | None,
    pszCNonce: bytes | None,
    pszQop: bytes | None,
) -> bytes:
    """
    Calculate the digest (RFC 7616, section 3.4.1); without a nonce count, client nonce or quality, as RFC 2069 did.

    Args:
        HA1: What `calcHA1` gave.
        HA2: What `calcHA2` gave.
        algo: The hash algorithm.
        pszNonce: The server's nonce.
        pszNonceCount: How often this nonce was used, in hexadecimal.
        pszCNonce: The client's nonce.
        pszQop: The quality of protection.
    """
    middle = [pszNonceCount, pszCNonce, pszQop] if pszNonceCount and pszCNonce else []
    return _hexadecimal(algo, HA1, pszNonce, *(part or b"" for part in middle), HA2)


def _fields(response: bytes) -> dict[bytes, bytes]:
    """Read the parameters of an Authorization header; what has not the shape of one ends the reading."""
    found: dict[bytes, bytes] = {}
    position = 0
    # Compiled at first use, as all that is not needed to be listed.
    parameter, escaped = re.compile(_PARAMETER), re.compile(_ESCAPED)
    while match := parameter.match(response, position):
        name, quoted, token = match.groups()
        found[name] = token if quoted is None else escaped.sub(rb"\1", quoted)
        position = match.end()
        if position == len(response):
            break
    return found


@implementer(IUsernameHashedPassword, IUsernameDigestHash)
class DigestedCredentials:
    """
    An answer to a digest challenge.

    Attributes:
        username: Who it is said to be.
        method: The request's method.
        realm: The realm it was asked for.
        fields: All parameters of the answer, by name, as bytes.
    """

    def __init__(self, username: bytes, method: bytes, realm: bytes, fields: dict[bytes | str, bytes]) -> None:
        self.username = username
        self.method = method
        self.realm = realm
        self.fields = fields

    def checkPassword(self, password: bytes) -> bool:
        """Tell whether the answer was made with *password*."""
        return self._matches(password, None)

    def checkHash(self, digestHash: bytes) -> bool:
        """Tell whether the answer was made from *digestHash*, the H(A1) of name, realm and password."""
        return self._matches(None, digestHash)

    def _matches(self, password: bytes | None, stored: bytes | None) -> bool:
        said = self.fields.get
        algorithm = said("algorithm", b"md5").lower()
        if algorithm not in _HASHES:
            return False
        nonce, quality = said("nonce", b""), said("qop")
        # RFC 7616, section 3.4: a quality is never without its two companions.
        if quality and not (said("nc") and said("cnonce")):
            return False
        if stored is None:
            ha1 = calcHA1(algorithm, self.username, self.realm, password, nonce, said("cnonce"))
        else:
            ha1 = calcHA1(algorithm, None, None, None, nonce, said("cnonce"), preHA1=stored)
        ha2 = calcHA2(algorithm, self.method, said("uri", b""), quality, None)
        expected = calcResponse(ha1, ha2, algorithm, nonce, said("nc"), said("cnonce"), quality)
        return same_secret(said("response"), expected)


class DigestCredentialFactory:
    """
    Makes challenges, and credentials of the answers to them.

    Attributes:
        CHALLENGE_LIFETIME_SECS: How long a challenge may be answered, in seconds.
        algorithm: The hash the challenge asks for.
        authenticationRealm: The realm the challenge names.
        privateKey: What signs the challenges of this factory; nobody else knows it.
    """

    CHALLENGE_LIFETIME_SECS = 15 * 60
    scheme = b"digest"

    def __init__(self, algorithm: bytes, authenticationRealm: bytes) -> None:
        self.algorithm = algorithm
        self.authenticationRealm = authenticationRealm
        self.privateKey = os.urandom(32)

    def getChallenge(self, address: bytes | str | None) -> dict[str, bytes]:
        """
        Make a new challenge.

        Args:
            address: The client's address: the answer must come from the same.

        Returns:
            The values of the challenge's parameters ``nonce``, ``opaque``, ``qop``, ``algorithm`` and ``realm``.
        """
        nonce = binascii.hexlify(os.urandom(12))
        return {
            "nonce": nonce,
            "opaque": self._remember(nonce, address),
            "qop": b"auth",
            "algorithm": self.algorithm,
            "realm": self.authenticationRealm,
        }

    def decode(self, response: bytes, method: bytes, host: bytes | str | None) -> DigestedCredentials:
        """
        Make credentials of an answer, if it belongs to a challenge of ours that is not too old.

        Args:
            response: What follows ``Digest`` in the Authorization header.
            method: The request's method.
            host: The client's address.

        Raises:
            LoginFailed: It is no answer to a challenge of this factory.
        """
        if len(response) > _LONGEST_RESPONSE:
            raise error.LoginFailed(f"Invalid response, {len(response)} bytes are too many.")
        # Header folding leaves line breaks, which mean a space.
        fields = _fields(b" ".join(response.splitlines()))
        for needed in (b"username", b"opaque", b"nonce"):
            if not fields.get(needed):
                raise error.LoginFailed(f"Invalid response, no {needed.decode('ascii')} given.")
        self._recall(fields[b"opaque"], fields[b"nonce"], host)
        named: dict[bytes | str, bytes] = {
            name.decode("ascii"): value for name, value in fields.items() if name.isascii()
        }
        return DigestedCredentials(fields[b"username"], method, self.authenticationRealm, named)

    def _getTime(self) -> float:
        # What subclasses and tests replace to be at another time.
        return time.time()

    def _remember(self, nonce: bytes, client: bytes | str | None) -> bytes:
        address = b"" if client is None else client.encode("ascii") if isinstance(client, str) else client
        told = b",".join([nonce, address, b"%d" % int(self._getTime())])
        return self._seal(told) + b"-" + b64encode(told)

    def _seal(self, told: bytes) -> bytes:
        import hmac

        return hmac.new(self.privateKey, told, "sha256").hexdigest().encode("ascii")

    def _recall(self, opaque: bytes, nonce: bytes, client: bytes | str | None) -> None:
        seal, dash, encoded = opaque.partition(b"-")
        try:
            told = b64decode(encoded, validate=True)
        except binascii.Error:
            dash = b""
        if not dash or not same_secret(seal, self._seal(told)):
            raise error.LoginFailed("Invalid response, invalid opaque value")
        # Sealed by us: it has three parts, the last of them a number. Only the address may hold a comma.
        made_for, _, rest = told.partition(b",")
        address, _, made = rest.rpartition(b",")
        asking = b"" if client is None else client.encode("ascii") if isinstance(client, str) else client
        if made_for != nonce:
            raise error.LoginFailed("Invalid response, incompatible opaque/nonce values")
        if address != asking:
            raise error.LoginFailed("Invalid response, incompatible opaque/client values")
        if self._getTime() - int(made) > self.CHALLENGE_LIFETIME_SECS:
            raise error.LoginFailed("Invalid response, incompatible opaque/nonce too old")
