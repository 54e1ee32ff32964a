"""
Schemes of authentication: how clients are asked, and how their answers are read.
"""

from __future__ import annotations

import binascii
from typing import Any

from zope.interface import implementer

from twisted.cred import credentials, error
from twisted.web.iweb import ICredentialFactory


@implementer(ICredentialFactory)
class BasicCredentialFactory:
    """
    Names and passwords, as they are. Over anything but TLS, everybody on the way can read them.

    Args:
        authenticationRealm: What clients are told they log in to.
    """

    scheme = b"basic"

    def __init__(self, authenticationRealm: bytes | str) -> None:
        self.authenticationRealm = authenticationRealm

    def getChallenge(self, request: Any) -> dict[str, Any]:
        """Give the realm."""
        return {"realm": self.authenticationRealm}

    def decode(self, response: bytes, request: Any) -> credentials.UsernamePassword:
        """
        Give the name and the password that stand in an answer.

        Raises:
            LoginFailed: It makes no sense.
        """
        try:
            # Some clients leave out what fills the last group of four characters.
            decoded = binascii.a2b_base64(response + b"=" * (-len(response) % 4))
        except binascii.Error:
            raise error.LoginFailed("Invalid credentials") from None
        name, colon, password = decoded.partition(b":")
        if not colon:
            raise error.LoginFailed("Invalid credentials")
        return credentials.UsernamePassword(name, password)


@implementer(ICredentialFactory)
class DigestCredentialFactory:
    """
    Proofs that a client knows a password.

    Args:
        algorithm: ``b"md5"``, ``b"sha"`` or ``b"sha-256"``, or what else `twisted.cred.credentials` knows.
        authenticationRealm: What clients are told they log in to.

    Attributes:
        digest: What does the work: `twisted.cred.credentials.DigestCredentialFactory`.
    """

    scheme = b"digest"

    def __init__(self, algorithm: bytes, authenticationRealm: bytes) -> None:
        self.digest = credentials.DigestCredentialFactory(algorithm, authenticationRealm)

    def getChallenge(self, request: Any) -> dict[str, Any]:
        """Give a challenge for the client that sent *request*."""
        return dict(self.digest.getChallenge(_host_of(request)))

    def decode(self, response: bytes, request: Any) -> Any:
        """
        Give the proof that stands in an answer.

        Raises:
            LoginFailed: It makes no sense, or belongs to another client or challenge, or to one that is too old.
        """
        return self.digest.decode(response, request.method, _host_of(request))


def _host_of(request: Any) -> Any:
    # What has no host, a UNIX socket for example, has one client for all that is known.
    return getattr(request.getClientAddress(), "host", None)
