"""
Checkers from the command line: ``--auth file:/etc/passwords``.

A description is the name of a kind of checker, and after a colon whatever that kind wants to know. Kinds are plugins
(`ICheckerFactory`), so packages add their own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from zope.interface import Attribute, Interface

from twisted.cred.checkers import ICredentialsChecker
from twisted.plugin import getPlugins
from twisted.python import usage

__all__ = [
    "AuthOptionMixin",
    "ICheckerFactory",
    "InvalidAuthArgumentString",
    "InvalidAuthType",
    "StrcredException",
    "UnsupportedInterfaces",
    "findCheckerFactories",
    "findCheckerFactory",
    "makeChecker",
    "notSupportedWarning",
]

notSupportedWarning = "WARNING: This authType is not supported by this application."


class ICheckerFactory(Interface):
    """A plugin that makes checkers of one kind."""

    authType = Attribute("The kind's name: what stands before the colon.")
    authHelp = Attribute("A text for people who ask what this kind is.")
    argStringFormat = Attribute("A line that says what stands behind the colon.")
    credentialInterfaces = Attribute("The interfaces of credentials that the checkers made here can judge.")

    def generateChecker(argstring: str) -> ICredentialsChecker:
        """
        Make a checker.

        Args:
            argstring: What stands behind the colon; empty when there is none.

        Raises:
            InvalidAuthArgumentString: It cannot be understood.
        """


class StrcredException(Exception):
    """A description of a checker that is no good."""


class InvalidAuthType(StrcredException):
    """There is no kind of checker with this name."""


class InvalidAuthArgumentString(StrcredException):
    """What stands behind the colon does not suit the kind."""


class UnsupportedInterfaces(StrcredException):
    """The checker judges credentials which the application never shows."""


def findCheckerFactories() -> Iterator[ICheckerFactory]:
    """Give the kinds of checkers of all installed packages."""
    factories: Iterable[ICheckerFactory] = getPlugins(ICheckerFactory)
    yield from factories


def findCheckerFactory(authType: str) -> ICheckerFactory:
    """
    Find a kind of checker by its name.

    Raises:
        InvalidAuthType: No installed package has it.
    """
    for factory in findCheckerFactories():
        if factory.authType == authType:
            return factory
    raise InvalidAuthType(authType)


def makeChecker(description: str) -> ICredentialsChecker:
    """
    Make a checker from its description.

    Args:
        description: For example ``memory:alice:secret``, ``file:/etc/passwords`` or ``anonymous``.

    Raises:
        InvalidAuthType: There is no such kind.
        InvalidAuthArgumentString: The kind does not understand its argument.
    """
    kind, _, argument = description.partition(":")
    return findCheckerFactory(kind).generateChecker(argument)


class AuthOptionMixin:
    """
    Mixed into `twisted.python.usage.Options`: gives a command ``--auth``, ``--help-auth`` and ``--help-auth-type``.

    After parsing, ``options["credCheckers"]`` is the list of checkers, and ``options["credInterfaces"]`` those for each
    interface of credentials.

    Attributes:
        supportedInterfaces: The interfaces of credentials that the application can show, or `None` for any.
        authOutput: Where help is written.
    """

    supportedInterfaces: Iterable[type[Interface]] | None = None
    authOutput: TextIO = sys.stdout

    def supportsInterface(self, interface: type[Interface]) -> bool:
        """Tell whether the application can show such credentials."""
        return self.supportedInterfaces is None or interface in self.supportedInterfaces

    def supportsCheckerFactory(self, factory: ICheckerFactory) -> bool:
        """Tell whether the application can show credentials that checkers of this kind judge."""
        return any(self.supportsInterface(interface) for interface in factory.credentialInterfaces)

    def addChecker(self, checker: ICredentialsChecker) -> None:
        """
        Add a checker to ``credCheckers`` and ``credInterfaces``.

        Raises:
            UnsupportedInterfaces: The application shows none of the credentials that it judges.
        """
        useful = [interface for interface in checker.credentialInterfaces if self.supportsInterface(interface)]
        if not useful:
            raise UnsupportedInterfaces(", ".join(kind.__identifier__ for kind in checker.credentialInterfaces))
        options = self._options()
        options.setdefault("credInterfaces", {})
        options.setdefault("credCheckers", []).append(checker)
        for interface in useful:
            options["credInterfaces"].setdefault(interface, []).append(checker)

    def _options(self) -> dict[str, Any]:  # Any: a command's options have values of every type
        assert isinstance(self, dict), "AuthOptionMixin is mixed into usage.Options, which is a dictionary"
        return self

    def opt_auth(self, description: str) -> None:
        """Specify an authentication method for the server."""
        try:
            self.addChecker(makeChecker(description))
        except UnsupportedInterfaces as which:
            raise usage.UsageError(f"Auth plugin not supported: {which}") from None
        except InvalidAuthType as kind:
            raise usage.UsageError(f"Auth plugin not recognized: {kind}") from None
        except Exception as why:
            # A plugin is somebody's code: what it raises is shown to whoever typed its argument.
            raise usage.UsageError(f"Unexpected error: {why}") from why

    def _write(self, *lines: str) -> None:
        self.authOutput.write("\n".join(lines) + "\n")

    def opt_help_auth(self) -> None:
        """Show all authentication methods available."""
        kinds = [factory for factory in findCheckerFactories() if self.supportsCheckerFactory(factory)]
        width = max([len(factory.authType) for factory in kinds] + [len("AuthType")])
        self._write(
            "Usage: --auth AuthType[:ArgString]",
            "For detailed help: --help-auth-type AuthType",
            "",
            f"  {'AuthType':{width}}\tArgString format",
            f"  {'=' * width}\t================",
            *(f"  {kind.authType:{width}}\t{kind.argStringFormat}" for kind in sorted(kinds, key=lambda k: k.authType)),
            "",
        )
        raise SystemExit(0)

    def opt_help_auth_type(self, authType: str) -> None:
        """Show help for a particular authentication type."""
        try:
            kind = findCheckerFactory(authType)
        except InvalidAuthType:
            raise usage.UsageError(f"Invalid auth type: {authType}") from None
        self._write(
            f"Usage: --auth {kind.authType}[:ArgString]",
            f"ArgString format: {kind.argStringFormat}",
            "",
            *(f"  {line.strip()}" for line in kind.authHelp.strip().splitlines()),
            "",
        )
        if not self.supportsCheckerFactory(kind):
            self._write(f"  {notSupportedWarning}", "")
        raise SystemExit(0)
