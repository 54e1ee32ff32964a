"""
Passwords kept as bcrypt hashes, made anew at login when what is asked of a hash has grown.
"""

from __future__ import annotations

import os
import re
import threading
from types import ModuleType

from zope.interface import implementer

from twisted.cred import error
from twisted.cred._judging import AvatarId, ICredentialsChecker, verdict
from twisted.cred.credentials import IUsernamePassword
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.python._require import require

# The hash's version and its cost, which is the base-2 logarithm of the number of rounds.
_HASH = rb"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}"

# bcrypt looks at no more than this much of a password; newer releases of the library refuse longer ones.
_LONGEST = 72

# Two logins at once may both find that their hash is to be replaced.
_WRITING = threading.Lock()


def _library() -> ModuleType:
    return require("bcrypt", install="twisted-cred[bcrypt]", purpose="checking bcrypt password hashes")


@implementer(ICredentialsChecker)
class BcryptPasswordDB:
    """
    Names and bcrypt hashes in a text file, ``name:hash`` a line, such as ``htpasswd -B`` writes.

    Hashing is slow by design (the time doubles with each step of the cost), so it is done in the thread pool. An
    unknown name takes as long as a wrong password. A hash whose cost is lower than *rounds* is made anew at the next
    login that succeeds, and the file is replaced in one step, keeping its permissions.

    Args:
        filename: The file's path.
        rounds: The cost that hashes should have, from 4 to 31.
        rehash: Whether to write better hashes back.
    """

    credentialInterfaces = (IUsernamePassword,)
    _log = Logger("twisted.cred.checkers")

    def __init__(self, filename: str | os.PathLike[str], rounds: int = 12, rehash: bool = True) -> None:
        if not 4 <= rounds <= 31:
            raise ValueError(f"bcrypt's rounds are a number from 4 to 31, not {rounds}")
        self.filename = os.fspath(filename)
        self.rounds = rounds
        self.rehash = rehash

    def addUser(self, username: bytes, password: bytes) -> None:
        """
        Add a user to the file, or give one another password.

        Raises:
            ValueError: The name holds a colon or a line break, or the password is longer than 72 bytes.
        """
        if not username or b":" in username or b"\n" in username or b"\r" in username:
            raise ValueError(f"a user's name is not empty and holds no colon or line break, unlike {username!r}")
        if len(password) > _LONGEST:
            raise ValueError(f"bcrypt takes passwords of up to {_LONGEST} bytes, not of {len(password)}")
        self._store(username, self._make(password))

    def requestAvatarId(self, credentials: IUsernamePassword) -> Deferred[AvatarId]:
        """Answer the name that was shown, if its hash is one of the password shown."""
        username: bytes = credentials.username  # type: ignore[attr-defined]  # all implementations have it
        password: bytes | None = getattr(credentials, "password", None)
        if password is None:
            return maybeDeferred(self._refuse_proof)
        return deferToThread(self._matches, username, password).addCallback(verdict, username)

    def _refuse_proof(self) -> bytes:
        raise error.UnhandledCredentials(f"{self.filename!r} holds hashes: it needs the password itself")

    def _make(self, password: bytes) -> bytes:
        made: bytes = _library().hashpw(password, _library().gensalt(self.rounds))
        return made

    def _lines(self) -> list[bytes]:
        try:
            with open(self.filename, "rb") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def _matches(self, username: bytes, password: bytes) -> bool:
        try:
            lines = self._lines()
        except OSError as why:
            self._log.error("Unable to load credentials db: {e!r}", e=why)
            lines = []
        stored = next((line[len(username) + 1 :] for line in lines if line.startswith(username + b":")), b"")
        found = re.fullmatch(_HASH, stored)
        if found is None or len(password) > _LONGEST:
            # Nobody is to learn from the time it takes which names exist.
            self._make(password[:_LONGEST])
            return False
        matched: bool = _library().checkpw(password, stored)
        if matched and self.rehash and int(found[1]) < self.rounds:
            try:
                self._store(username, self._make(password))
            except OSError as why:
                self._log.warn("Unable to write a stronger hash to {filename}: {e!r}", filename=self.filename, e=why)
        return matched

    def _store(self, username: bytes, made: bytes) -> None:
        with _WRITING:
            lines = self._lines()
            places = [place for place, line in enumerate(lines) if line.startswith(username + b":")]
            if places:
                lines[places[0]] = username + b":" + made
            else:
                lines.append(username + b":" + made)
            self._replace(lines)

    def _replace(self, lines: list[bytes]) -> None:
        folder = os.path.dirname(os.path.abspath(self.filename))
        from tempfile import mkstemp

        handle, temporary = mkstemp(dir=folder, prefix=".passwords-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(line + b"\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
            if os.path.exists(self.filename):
                os.chmod(temporary, os.stat(self.filename).st_mode & 0o7777)
            os.replace(temporary, self.filename)
        except BaseException:
            os.unlink(temporary)
            raise
