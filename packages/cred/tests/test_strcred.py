"""Checkers from the command line, and the plugins that make them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.cred import checkers, credentials, error, strcred
from twisted.internet.defer import Deferred
from twisted.plugin import IPlugin
from twisted.plugins.cred_anonymous import theAnonymousCheckerFactory
from twisted.plugins.cred_bcrypt import theBcryptCheckerFactory
from twisted.plugins.cred_file import invalidFileWarning, theFileCheckerFactory
from twisted.plugins.cred_memory import theInMemoryCheckerFactory
from twisted.plugins.cred_unix import UNIXChecker, theUnixCheckerFactory
from twisted.python import usage
from twisted.python.failure import Failure

_FACTORIES = [
    theAnonymousCheckerFactory,
    theBcryptCheckerFactory,
    theFileCheckerFactory,
    theInMemoryCheckerFactory,
    theUnixCheckerFactory,
]


def result(deferred: Deferred[Any]) -> Any:
    """What a Deferred that has fired holds; the class of its error, if it failed."""
    got: list[Any] = []
    deferred.addBoth(got.append)
    assert got, "the Deferred has not fired"
    return got[0].type if isinstance(got[0], Failure) else got[0]


def made(description: str) -> Any:
    """A checker; Any: what each kind has is not in the interface."""
    return strcred.makeChecker(description)


class Command(usage.Options, strcred.AuthOptionMixin):
    """A command that can show passwords, and nothing else."""

    supportedInterfaces = (credentials.IUsernamePassword,)


def asked(*words: str) -> str:
    """What a command writes when it is asked for help."""
    command = Command()
    command.authOutput = io.StringIO()
    with pytest.raises(SystemExit) as end:
        command.parseOptions(list(words))
    assert end.value.code == 0
    return command.authOutput.getvalue()


@pytest.mark.parametrize("factory", _FACTORIES)
def test_each_kind_is_a_plugin_that_says_what_it_is(factory: Any) -> None:
    assert verifyObject(strcred.ICheckerFactory, factory) and verifyObject(IPlugin, factory)
    assert factory.authType.isidentifier() and factory.authHelp.strip() and factory.argStringFormat
    assert strcred.findCheckerFactory(factory.authType) is factory


def test_all_kinds_are_found() -> None:
    kinds = {factory.authType for factory in strcred.findCheckerFactories()}

    assert kinds >= {"anonymous", "bcrypt", "file", "memory", "unix"}


def test_a_kind_that_nobody_has_is_named() -> None:
    with pytest.raises(strcred.InvalidAuthType, match=r"^carrier-pigeon$"):
        strcred.makeChecker("carrier-pigeon:coo")


def test_users_can_be_listed_on_the_command_line() -> None:
    checker = made("memory:alice:secret:bob:pw")

    assert checker.users == {"alice": "secret", "bob": "pw"}
    shown = credentials.UsernamePassword(b"bob", b"pw")
    assert result(checker.requestAvatarId(shown)) == b"bob"
    wrong = credentials.UsernamePassword(b"bob", b"secret")
    assert result(checker.requestAvatarId(wrong)) is error.UnauthorizedLogin


def test_an_empty_list_has_no_users() -> None:
    assert made("memory").users == {}


def test_a_user_without_password_is_refused() -> None:
    with pytest.raises(strcred.InvalidAuthArgumentString, match="U:P"):
        strcred.makeChecker("memory:alice")


def test_a_file_is_named_behind_the_colon(tmp_path: Path) -> None:
    file = tmp_path / "a:b"
    file.write_bytes(b"alice:secret\n")

    checker = made(f"file:{file}")

    assert isinstance(checker, checkers.FilePasswordDB)
    assert checker.getUser(b"alice") == (b"alice", b"secret")


def test_a_file_that_is_not_there_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    told = io.StringIO()
    monkeypatch.setattr(theFileCheckerFactory, "errorOutput", told, raising=False)

    assert isinstance(strcred.makeChecker("file:/nowhere"), checkers.FilePasswordDB)
    assert told.getvalue() == f"{invalidFileWarning}: /nowhere\n"


@pytest.mark.parametrize("description", ["file", "file:", "file:  "])
def test_a_file_has_to_be_named(description: str) -> None:
    with pytest.raises(ValueError, match="'file' requires a filename"):
        strcred.makeChecker(description)


def test_hashes_have_a_cost_of_twelve_unless_another_is_given(tmp_path: Path) -> None:
    file = tmp_path / "hashes"
    file.touch()

    assert made(f"bcrypt:{file}").rounds == 12
    assert made(f"bcrypt:{file}:5").rounds == 5
    assert made(f"bcrypt:{file}:5").filename == str(file)


def test_a_file_of_hashes_may_have_a_colon_in_its_name(tmp_path: Path) -> None:
    file = tmp_path / "a:b"
    file.touch()

    assert made(f"bcrypt:{file}").filename == str(file)


@pytest.mark.parametrize("cost", ["3", "32", "999"])
def test_a_cost_that_bcrypt_does_not_know_is_refused(tmp_path: Path, cost: str) -> None:
    file = tmp_path / "hashes"
    file.touch()

    with pytest.raises(strcred.InvalidAuthArgumentString, match=cost):
        strcred.makeChecker(f"bcrypt:{file}:{cost}")


def test_a_file_of_hashes_has_to_be_there() -> None:
    with pytest.raises(strcred.InvalidAuthArgumentString, match="not a file"):
        strcred.makeChecker("bcrypt:/nowhere")


def test_the_simple_kinds_look_at_no_argument() -> None:
    assert isinstance(strcred.makeChecker("anonymous"), checkers.AllowAnonymousAccess)
    assert isinstance(strcred.makeChecker("anonymous:x"), checkers.AllowAnonymousAccess)
    assert isinstance(strcred.makeChecker("unix"), UNIXChecker)


def test_a_command_collects_checkers_by_what_they_judge() -> None:
    command = Command()

    command.parseOptions(["--auth", "memory:a:b", "--auth", "memory:c:d"])

    first, second = command["credCheckers"]
    assert (first.users, second.users) == ({"a": "b"}, {"c": "d"})
    assert command["credInterfaces"] == {credentials.IUsernamePassword: [first, second]}


def test_a_command_that_names_no_kinds_takes_all() -> None:
    class Open(usage.Options, strcred.AuthOptionMixin):
        """Shows anything."""

    command = Open()
    command.parseOptions(["--auth", "memory:a:b"])

    (checker,) = command["credCheckers"]
    assert command["credInterfaces"] == {
        credentials.IUsernamePassword: [checker],
        credentials.IUsernameHashedPassword: [checker],
    }


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ("anonymous", "Auth plugin not supported: twisted.cred.credentials.IAnonymous"),
        ("pigeon", "Auth plugin not recognized: pigeon"),
        ("file", "Unexpected error: 'file' requires a filename"),
        ("memory:a", "Unexpected error: argstring must be in format U:P:..."),
    ],
)
def test_what_cannot_be_used_is_a_usage_error(description: str, message: str) -> None:
    with pytest.raises(usage.UsageError) as caught:
        Command().parseOptions(["--auth", description])

    assert str(caught.value) == message


def test_help_lists_the_kinds_that_the_command_can_use() -> None:
    lines = asked("--help-auth").splitlines()

    assert lines[:4] == [
        "Usage: --auth AuthType[:ArgString]",
        "For detailed help: --help-auth-type AuthType",
        "",
        "  AuthType\tArgString format",
    ]
    kinds = [line.split()[0] for line in lines[5:] if line]
    assert kinds == sorted(kinds) and {"bcrypt", "file", "memory", "unix"} <= set(kinds)
    assert "anonymous" not in kinds


def test_help_on_a_kind_tells_its_argument_and_its_text() -> None:
    told = asked("--help-auth-type", "memory")

    assert "Usage: --auth memory[:ArgString]" in told
    assert "ArgString format: A colon-separated list" in told
    assert "tests and first steps" in told
    assert strcred.notSupportedWarning not in told


def test_help_on_a_kind_that_the_command_cannot_use_says_so() -> None:
    assert strcred.notSupportedWarning in asked("--help-auth-type", "anonymous")


def test_help_on_a_kind_that_nobody_has_is_a_usage_error() -> None:
    with pytest.raises(usage.UsageError, match="Invalid auth type: pigeon"):
        Command().parseOptions(["--help-auth-type", "pigeon"])
