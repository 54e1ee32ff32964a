"""
Passwords that a client has hashed in a way of its own: deprecated.
"""

from __future__ import annotations

from zope.interface import implementer

from twisted.cred._kinds import IUsernameHashedPassword
from twisted.cred._secrets import same_secret


@implementer(IUsernameHashedPassword)
class UsernameHashedPassword:
    """A name, and what the client made of the password; deprecated, since nothing says how it was made."""

    def __init__(self, username: bytes, hashed: bytes) -> None:
        self.username = username
        self.hashed = hashed

    def checkPassword(self, password: bytes) -> bool:
        """Tell whether *password* is what was shown."""
        return same_secret(self.hashed, password)


# Where its users import it from, in pickles too.
UsernameHashedPassword.__module__ = "twisted.cred.credentials"
