"""
What checkers have in common: their interface, and how a verdict is given.
"""

from __future__ import annotations

from typing import Any, Union

from zope.interface import Attribute, Interface

from twisted.cred import error
from twisted.internet.defer import Deferred

# The avatar's name of somebody who did not say who it is.
ANONYMOUS: tuple[()] = ()

AvatarId = Union[bytes, tuple[()]]  # noqa: UP007  (evaluated, and Python 3.10 has no | for it)


class ICredentialsChecker(Interface):
    """Something that judges one or more kinds of credentials."""

    credentialInterfaces = Attribute("A sequence of the interfaces of credentials that this checker can judge.")

    def requestAvatarId(credentials: Any) -> Deferred[AvatarId]:  # Any: each checker narrows it to its own kinds.
        """
        Tell who it is that shows these credentials.

        Args:
            credentials: An object that provides one of ``credentialInterfaces``.

        Returns:
            A Deferred of the avatar's name, or of `ANONYMOUS`. It fails with `twisted.cred.error.UnauthorizedLogin` if
            the credentials are not good. The name may also be returned as it is, and the error raised.
        """


def verdict(matched: bool, username: bytes) -> bytes:
    """The end of every check: the avatar's name, or the one error that says no."""
    if matched:
        return username
    raise error.UnauthorizedLogin()
