"""
The point where a protocol asks who somebody is, and gets the object to talk to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from zope.interface import Interface, providedBy

from twisted.cred import error
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import ICredentials
from twisted.internet.defer import Deferred, fail, maybeDeferred

__all__ = ["IRealm", "Portal"]

_InterfaceItself = type[Interface]

# The interface that was chosen, the avatar, and what to call when its user leaves. The avatar is whatever the
# application likes: only its interface is known.
_requestResult = tuple[_InterfaceItself, Any, Callable[[], None]]


class IRealm(Interface):
    """What an application provides: it makes avatars, objects that act for a user."""

    def requestAvatar(
        avatarId: bytes | tuple[()], mind: object, *interfaces: _InterfaceItself
    ) -> Deferred[_requestResult] | _requestResult:
        """
        Give the avatar of a user, in a shape the protocol can talk to.

        Args:
            avatarId: What a checker answered: who it is. `twisted.cred.checkers.ANONYMOUS` for nobody in particular.
            mind: What the protocol passed to `Portal.login`: often `None`, or an object on the client's side.
            interfaces: What the protocol can use, best first.

        Returns:
            One of *interfaces*, an object which provides it, and a function without arguments that the protocol calls
            when the connection ends; or a Deferred of the three.

        Raises:
            NotImplementedError: None of *interfaces* is on offer.
            LoginDenied: This user may not come in.
        """


class Portal:
    """
    A realm, and the checkers that guard it.

    Attributes:
        realm: The `IRealm` that makes avatars.
        checkers: The checker for each interface of credentials.
    """

    checkers: dict[_InterfaceItself, ICredentialsChecker]

    def __init__(self, realm: IRealm, checkers: Iterable[ICredentialsChecker] = ()) -> None:
        self.realm = realm
        self.checkers = {}
        for checker in checkers:
            self.registerChecker(checker)

    def listCredentialsInterfaces(self) -> list[_InterfaceItself]:
        """Say which kinds of credentials `login` can judge."""
        return list(self.checkers)

    def registerChecker(self, checker: ICredentialsChecker, *credentialInterfaces: _InterfaceItself) -> None:
        """
        Add a checker, for the kinds of credentials it names itself or for those given here.

        A checker that was registered before for the same kind is replaced.
        """
        for interface in credentialInterfaces or checker.credentialInterfaces:
            self.checkers[interface] = checker

    def login(self, credentials: ICredentials, mind: object, *interfaces: _InterfaceItself) -> Deferred[_requestResult]:
        """
        Check credentials, and ask the realm for the avatar of whoever they are.

        Args:
            credentials: What the user showed.
            mind: Passed on to the realm.
            interfaces: What the protocol can use, best first; passed on to the realm.

        Returns:
            A Deferred of the interface, the avatar, and the logout function. It fails with `UnauthorizedLogin` for
            wrong credentials, and with `UnhandledCredentials` if no checker knows their kind.
        """
        for interface, checker in self.checkers.items():
            if interface.providedBy(credentials):
                # A checker is somebody's code: what it raises is a refusal like one that its Deferred carries.
                judged: Deferred[bytes | tuple[()]] = maybeDeferred(checker.requestAvatarId, credentials)
                return judged.addCallback(self.realm.requestAvatar, mind, *interfaces)
        shown = ", ".join(kind.__identifier__ for kind in providedBy(credentials))
        return fail(error.UnhandledCredentials(f"No checker for {shown}"))
