"""
Who judges credentials.

A checker answers with the name of the avatar, or fails with `twisted.cred.error.UnauthorizedLogin`. It says nothing
about why: whether the name or the password was wrong is no stranger's business.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from zope.interface import implementer

from twisted.cred import error
from twisted.cred._bcrypt import BcryptPasswordDB
from twisted.cred._judging import ANONYMOUS, AvatarId, ICredentialsChecker, verdict
from twisted.cred._secrets import as_bytes, same_secret
from twisted.cred.credentials import IAnonymous, IUsernameHashedPassword, IUsernamePassword
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.logger import Logger
from twisted.python._facade import publish

__all__ = [
    "ANONYMOUS",
    "AllowAnonymousAccess",
    "BcryptPasswordDB",
    "FilePasswordDB",
    "ICredentialsChecker",
    "InMemoryUsernamePasswordDatabaseDontUse",
    "OnDiskUsernamePasswordDatabase",
]


@implementer(ICredentialsChecker)
class AllowAnonymousAccess:
    """Lets everybody in who does not say who it is."""

    credentialInterfaces = (IAnonymous,)

    def requestAvatarId(self, credentials: IAnonymous) -> Deferred[AvatarId]:
        """Answer `ANONYMOUS`."""
        return succeed(ANONYMOUS)


@implementer(ICredentialsChecker)
class InMemoryUsernamePasswordDatabaseDontUse:
    """
    Names and passwords in a dictionary: for tests and first steps, as the name says.

    Attributes:
        users: The password for each name.
    """

    credentialInterfaces = (IUsernamePassword, IUsernameHashedPassword)

    def __init__(self, **users: bytes) -> None:
        self.users: dict[bytes, bytes] = {name.encode("ascii"): password for name, password in users.items()}

    def addUser(self, username: bytes, password: bytes) -> None:
        """Add a user, or give one another password."""
        self.users[username] = password

    def requestAvatarId(self, credentials: IUsernamePassword | IUsernameHashedPassword) -> Deferred[AvatarId]:
        """Answer the name that was shown, if the password belongs to it."""
        username = credentials.username  # type: ignore[union-attr]  # what both kinds have, and one promises
        password = self.users.get(username)
        if password is None:
            # Tables filled from a command line hold text, and protocols show bytes.
            password = next((word for name, word in self.users.items() if as_bytes(name) == as_bytes(username)), None)
        if password is None:
            return fail(error.UnauthorizedLogin())
        return maybeDeferred(credentials.checkPassword, as_bytes(password)).addCallback(verdict, username)


@implementer(ICredentialsChecker)
class FilePasswordDB:
    """
    Names and passwords in a text file, a user a line, fields between delimiters.

    The file is read at each login, so that it may change; with *cache* it is kept until its modification time changes.

    Args:
        filename: The file's path.
        delim: What stands between fields, as bytes.
        usernameField: Which field is the name, counted from 0.
        passwordField: Which field is the password.
        caseSensitive: Whether names differ by case; if not, they are compared and answered in lower case.
        hash: Called with the name, the password shown and the field stored, all bytes; what it returns is compared
            with the field stored. Without it passwords stand in the file as they are.
        cache: Keep what was read.
    """

    cache = False

    def __init__(
        self,
        filename: str | bytes | os.PathLike[str],
        delim: bytes = b":",
        usernameField: int = 0,
        passwordField: int = 1,
        caseSensitive: bool = True,
        hash: Callable[[bytes, bytes, bytes], bytes | Deferred[bytes]] | None = None,
        cache: bool = False,
    ) -> None:
        self.filename = filename
        self.delim = delim
        self.ufield = usernameField
        self.pfield = passwordField
        self.caseSensitive = caseSensitive
        self.hash = hash
        self.cache = cache
        # A proof that was made from the password can be checked only with the password itself.
        self.credentialInterfaces = (
            (IUsernamePassword, IUsernameHashedPassword) if hash is None else (IUsernamePassword,)
        )

    def __getstate__(self) -> dict[str, object]:
        """What was read is not part of a pickle."""
        state = dict(vars(self))
        state.pop("_read", None)
        return state

    _log = Logger("twisted.cred.checkers")

    def _entries(self) -> Iterator[tuple[bytes, bytes]]:
        try:
            with open(self.filename, "rb") as file:
                for line in file:
                    fields = line.rstrip().split(self.delim)
                    # A line that is too short names nobody.
                    if len(fields) > max(self.ufield, self.pfield):
                        name = fields[self.ufield]
                        yield (name if self.caseSensitive else name.lower()), fields[self.pfield]
        except OSError as why:
            self._log.error("Unable to load credentials db: {e!r}", e=why)
            raise error.UnauthorizedLogin() from why

    def _table(self) -> dict[bytes, bytes]:
        stamp = os.stat(self.filename).st_mtime_ns if os.path.exists(self.filename) else -1
        known: tuple[int, dict[bytes, bytes]] | None = vars(self).get("_read")
        if known is None or known[0] != stamp:
            known = stamp, dict(self._entries())
            self._read = known
        return known[1]

    def getUser(self, username: bytes) -> tuple[bytes, bytes]:
        """
        Give the name and the password field of a user.

        Raises:
            KeyError: There is no such user.
            UnauthorizedLogin: The file cannot be read.
        """
        wanted = username if self.caseSensitive else username.lower()
        if self.cache:
            return wanted, self._table()[wanted]
        for name, password in self._entries():
            if name == wanted:
                return name, password
        raise KeyError(username)

    def requestAvatarId(self, credentials: IUsernamePassword) -> Deferred[AvatarId]:
        """Answer the name that was shown, if the password belongs to it."""
        try:
            username, stored = self.getUser(credentials.username)  # type: ignore[attr-defined]
        except KeyError:
            return fail(error.UnauthorizedLogin())
        if self.hash is None or not IUsernamePassword.providedBy(credentials):
            return maybeDeferred(credentials.checkPassword, stored).addCallback(verdict, username)
        shown: bytes | None = getattr(credentials, "password", None)
        if shown is None:
            return fail(error.UnhandledCredentials(f"{self.filename!r} holds hashes: it needs the password itself"))
        username_shown: bytes = credentials.username  # type: ignore[attr-defined]
        function = self.hash
        # Any: what the program's function returns, or what its Deferred has.
        making: Deferred[Any] = maybeDeferred(lambda: function(username_shown, shown, stored))
        return making.addCallback(same_secret, stored).addCallback(verdict, username)


# What it was called long ago.
OnDiskUsernamePasswordDatabase = FilePasswordDB

publish(__name__, __all__)
