"""Portal: which checker is asked, what the realm hears, what the protocol gets."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import Interface, implementer
from zope.interface.verify import verifyObject

from twisted.cred import checkers, credentials, error, portal
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure


class IMailbox(Interface):
    """An avatar of these tests."""


@implementer(portal.IRealm)
class Realm:
    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def requestAvatar(self, avatarId: bytes | tuple[()], mind: object, *interfaces: type[Interface]) -> Any:
        self.asked.append((avatarId, mind, *interfaces))
        if IMailbox not in interfaces:
            raise NotImplementedError("only mailboxes here")
        return IMailbox, f"mailbox of {avatarId!r}", lambda: None


def result(deferred: Deferred[Any]) -> Any:
    """What a Deferred that has fired holds; a Failure is given as it is."""
    got: list[Any] = []
    deferred.addBoth(got.append)
    assert got, "the Deferred has not fired"
    return got[0]


@pytest.fixture
def guarded() -> tuple[portal.Portal, Realm]:
    users = checkers.InMemoryUsernamePasswordDatabaseDontUse(alice=b"secret")
    realm = Realm()
    return portal.Portal(realm, [users]), realm


def test_a_good_password_brings_the_avatar_and_its_logout(guarded: tuple[portal.Portal, Realm]) -> None:
    gate, realm = guarded

    interface, avatar, logout = result(gate.login(credentials.UsernamePassword(b"alice", b"secret"), "mind", IMailbox))

    assert interface is IMailbox and avatar == "mailbox of b'alice'" and callable(logout)
    assert realm.asked == [(b"alice", "mind", IMailbox)]


def test_a_wrong_password_never_reaches_the_realm(guarded: tuple[portal.Portal, Realm]) -> None:
    gate, realm = guarded

    refused = result(gate.login(credentials.UsernamePassword(b"alice", b"wrong"), None, IMailbox))

    assert isinstance(refused, Failure) and refused.check(error.UnauthorizedLogin)
    assert realm.asked == []


def test_credentials_nobody_judges_are_named_in_the_refusal(guarded: tuple[portal.Portal, Realm]) -> None:
    gate, _ = guarded

    refused = result(gate.login(credentials.Anonymous(), None, IMailbox))

    assert refused.check(error.UnhandledCredentials)
    assert str(refused.value) == "No checker for twisted.cred.credentials.IAnonymous"


def test_what_the_realm_raises_fails_the_login(guarded: tuple[portal.Portal, Realm]) -> None:
    gate, _ = guarded

    refused = result(gate.login(credentials.UsernamePassword(b"alice", b"secret"), None, Interface))

    assert refused.check(NotImplementedError)


def test_what_a_checker_raises_fails_the_login() -> None:
    @implementer(checkers.ICredentialsChecker)
    class Broken:
        credentialInterfaces = (credentials.IUsernamePassword,)

        def requestAvatarId(self, credentials: object) -> Deferred[bytes | tuple[()]]:
            raise ZeroDivisionError("a bug")

    refused = result(portal.Portal(Realm(), [Broken()]).login(credentials.UsernamePassword(b"a", b"b"), None, IMailbox))

    assert refused.check(ZeroDivisionError)


def test_a_checker_may_be_registered_for_other_kinds_than_it_names() -> None:
    gate = portal.Portal(Realm())
    everybody = checkers.AllowAnonymousAccess()

    gate.registerChecker(everybody, credentials.IUsernamePassword)

    assert gate.listCredentialsInterfaces() == [credentials.IUsernamePassword]
    assert result(gate.login(credentials.UsernamePassword(b"x", b"y"), None, IMailbox))[1] == "mailbox of ()"


def test_the_last_checker_registered_for_a_kind_is_asked() -> None:
    gate = portal.Portal(Realm(), [checkers.InMemoryUsernamePasswordDatabaseDontUse(alice=b"old")])
    newer = checkers.InMemoryUsernamePasswordDatabaseDontUse(alice=b"new")

    gate.registerChecker(newer)

    assert gate.checkers == {credentials.IUsernamePassword: newer, credentials.IUsernameHashedPassword: newer}
    assert gate.listCredentialsInterfaces() == [credentials.IUsernamePassword, credentials.IUsernameHashedPassword]


def test_a_realm_may_answer_later() -> None:
    waiting: Deferred[Any] = Deferred()

    @implementer(portal.IRealm)
    class Slow:
        def requestAvatar(self, avatarId: bytes | tuple[()], mind: object, *interfaces: type[Interface]) -> Any:
            return waiting

    logging_in = portal.Portal(Slow(), [checkers.AllowAnonymousAccess()]).login(credentials.Anonymous(), None, IMailbox)
    waiting.callback((IMailbox, "late", None))

    assert result(logging_in) == (IMailbox, "late", None)


def test_realms_and_checkers_keep_their_interfaces_word() -> None:
    assert verifyObject(portal.IRealm, Realm())
    assert verifyObject(checkers.ICredentialsChecker, checkers.AllowAnonymousAccess())
    assert verifyObject(checkers.ICredentialsChecker, checkers.InMemoryUsernamePasswordDatabaseDontUse())
    assert verifyObject(checkers.ICredentialsChecker, checkers.FilePasswordDB("nowhere"))
    assert verifyObject(checkers.ICredentialsChecker, checkers.BcryptPasswordDB("nowhere"))


def test_the_errors_form_two_families() -> None:
    assert issubclass(error.UnauthorizedLogin, error.LoginFailed) and issubclass(
        error.UnauthorizedLogin, error.Unauthorized
    )
    assert issubclass(error.UnhandledCredentials, error.LoginFailed)
    assert issubclass(error.LoginDenied, error.LoginFailed)
    assert not issubclass(error.LoginFailed, error.Unauthorized)
