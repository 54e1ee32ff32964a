"""
What a user shows to prove who it is.

HTTP's digest lives in `_digest`: the challenge, the answer and the arithmetic of RFC 7616. Every comparison with a
secret takes the same time whether it succeeds or not.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zope.interface import implementer

from twisted.cred._digest import (
    DigestCredentialFactory,
    DigestedCredentials,
    calcHA1,
    calcHA2,
    calcResponse,
)
from twisted.cred._kinds import ICredentials, IUsernameDigestHash, IUsernameHashedPassword
from twisted.cred._secrets import same_secret
from twisted.internet.defer import Deferred
from twisted.python._facade import publish

if TYPE_CHECKING:
    from twisted.cred._hashed import UsernameHashedPassword

__all__ = [
    "Anonymous",
    "CramMD5Credentials",
    "DigestCredentialFactory",
    "DigestedCredentials",
    "IAnonymous",
    "ICredentials",
    "ISSHPrivateKey",
    "IUsernameDigestHash",
    "IUsernameHashedPassword",
    "IUsernamePassword",
    "SSHPrivateKey",
    "UsernameHashedPassword",
    "UsernamePassword",
    "calcHA1",
    "calcHA2",
    "calcResponse",
]


class IUsernamePassword(ICredentials):
    """A name, and the password itself: whoever checks it sees it."""

    def checkPassword(password: bytes) -> bool | Deferred[bool]:
        """
        Compare with the right password.

        Args:
            password: The password as the checker knows it.
        """


class IAnonymous(ICredentials):
    """Somebody who does not say who it is."""


class ISSHPrivateKey(ICredentials):
    """
    A signature by an SSH key. Attributes: ``username``, ``algName``, ``blob`` (the public key), ``sigData`` (what was
    signed) and ``signature``, all bytes; the last is `None` when a client asks whether the key would do.
    """


@implementer(IUsernamePassword)
class UsernamePassword:
    """A name and a password, both bytes."""

    def __init__(self, username: bytes, password: bytes) -> None:
        self.username = username
        self.password = password

    def checkPassword(self, password: bytes) -> bool:
        """Tell whether *password* is the one that was shown."""
        return same_secret(self.password, password)


@implementer(IAnonymous)
class Anonymous:
    """Nobody in particular."""


@implementer(ISSHPrivateKey)
class SSHPrivateKey:
    """
    A signature by an SSH key (RFC 4252, section 7).

    Attributes:
        username: Who it is said to be.
        algName: The signature algorithm's name.
        blob: The public key as it travels.
        sigData: What was signed.
        signature: The signature, or `None` if the client only asks whether this key is acceptable.
    """

    def __init__(
        self, username: bytes, algName: bytes, blob: bytes, sigData: bytes | None, signature: bytes | None
    ) -> None:
        self.username = username
        self.algName = algName
        self.blob = blob
        self.sigData = sigData
        self.signature = signature


@implementer(IUsernameHashedPassword)
class CramMD5Credentials:
    """
    The server's side of CRAM-MD5 (RFC 2195): a challenge goes out, and a keyed digest of it comes back.

    Attributes:
        host: The server's name, shown in the challenge.
        username: Who answered, once somebody has.
    """

    challenge = b""
    response = b""
    username: bytes | None = None

    def __init__(self, host: bytes | str | None = None) -> None:
        self.host = host

    def getChallenge(self) -> bytes:
        """Give the challenge: made at the first call, the same ever after."""
        if not self.challenge:
            from random import SystemRandom

            host = self.host.encode("idna") if isinstance(self.host, str) else self.host
            serial = SystemRandom().randrange(0x7FFFFFFF)
            self.challenge = b"<%d.%d@%s>" % (serial, int(time.time()), b"None" if host is None else host)
        return self.challenge

    def setResponse(self, response: bytes) -> None:
        """
        Take the client's answer: a name, a space, and a digest in hexadecimal.

        Raises:
            ValueError: It has another shape.
        """
        # The digest is the last word: a name may hold spaces.
        name, space, digest = response.rpartition(b" ")
        if not space:
            raise ValueError("a CRAM-MD5 response is a name, a space and a digest: there is no space in it")
        self.username, self.response = name, digest

    def moreChallenges(self) -> bool:
        """There is never a second challenge."""
        return False

    def checkPassword(self, password: bytes) -> bool:
        """Tell whether the answer was made with *password*."""
        import hmac

        proof = hmac.new(password, self.challenge, "md5").hexdigest().encode("ascii")
        return same_secret(self.response, proof)


publish(__name__, [name for name in __all__ if name != "UsernameHashedPassword"])


def __getattr__(name: str) -> object:
    # Loaded for those who still use it, and told so each time.
    if name != "UsernameHashedPassword":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from twisted.cred._hashed import UsernameHashedPassword
    from twisted.python.deprecate import getWarningMethod

    told = f"{__name__}.{name} was deprecated in Twisted 21.2.0: Use {__name__}.UsernamePassword instead."
    getWarningMethod()(told, DeprecationWarning, stacklevel=2)
    return UsernameHashedPassword
