"""
The kinds of credentials that more than one room needs.
"""

from __future__ import annotations

from zope.interface import Attribute, Interface

from twisted.internet.defer import Deferred


class ICredentials(Interface):
    """Something that a user shows. Kinds of credentials extend this."""


class IUsernameHashedPassword(ICredentials):
    """A name, and a proof that its owner knows the password without showing it."""

    username = Attribute("Who it is said to be, as bytes.")

    def checkPassword(password: bytes) -> bool | Deferred[bool]:
        """
        Tell whether the proof was made with this password.

        Args:
            password: The user's password in clear.
        """


class IUsernameDigestHash(ICredentials):
    """A digest that can be checked against a stored H(A1), so that no password need be kept (RFC 7616)."""

    def checkHash(digestHash: bytes) -> bool:
        """
        Tell whether the digest was made from this H(A1).

        Args:
            digestHash: The stored hash of name, realm and password, in hexadecimal.
        """
