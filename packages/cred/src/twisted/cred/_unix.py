"""
The accounts of a Unix machine: passwd, shadow, and crypt(3).

Python 3.13 has neither ``crypt`` nor ``spwd``. The C library still has crypt(3), which is called through ctypes, and
the shadow file is read as text.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from zope.interface import implementer

from twisted.cred import error
from twisted.cred._judging import AvatarId, ICredentialsChecker
from twisted.cred._secrets import as_bytes, same_secret
from twisted.cred.credentials import IUsernamePassword
from twisted.internet.defer import Deferred, fail, succeed

_SHADOW = "/etc/shadow"

# crypt(3) answers in a static buffer.
_CRYPTING = threading.Lock()

# What stands in the password field of an account that has its password in the shadow file.
_ELSEWHERE = ("", "x", "*", "NP", "********")


def _libcrypt() -> Callable[[bytes, bytes], bytes | None]:
    name = ctypes.util.find_library("crypt")
    try:
        library = ctypes.CDLL(name or "libcrypt.so.1")
        crypt = library.crypt
    except (OSError, AttributeError):
        raise NotImplementedError(
            "checking the machine's passwords needs crypt(3), and there is no libcrypt here: apt install libcrypt1"
        ) from None
    crypt.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    crypt.restype = ctypes.c_char_p
    call: Callable[[bytes, bytes], bytes | None] = crypt
    return call


def verifyCryptedPassword(crypted: str | bytes, pw: str | bytes) -> bool:
    """
    Tell whether crypt(3) makes the first of the second.

    Args:
        crypted: The stored hash, with its method and salt in front.
        pw: The password in clear.

    Raises:
        NotImplementedError: This machine has no crypt(3).
    """
    stored, password = as_bytes(crypted), as_bytes(pw)
    # A C string ends at the first NUL: what follows it must not be ignored.
    if b"\0" in password or not stored:
        return False
    crypt = _libcrypt()
    with _CRYPTING:
        made = crypt(password, stored)
    # Failures are told by None or by a string with a star in front, which is no hash.
    if made is None or made.startswith(b"*"):
        return False
    return same_secret(made, stored)


class _Shadow:
    """The shadow file, in the shape that Python's ``spwd`` had."""

    def getspnam(self, name: str) -> tuple[str, str]:
        """Give a name and its hash. Raises `KeyError` when there is none, `OSError` when the file may not be read."""
        with open(_SHADOW, encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                fields = line.split(":")
                if fields[0] == name and len(fields) > 1:
                    return fields[0], fields[1]
        raise KeyError(name)


@implementer(ICredentialsChecker)
class UNIXChecker:
    """Checks names and passwords against the accounts of this machine."""

    credentialInterfaces = (IUsernamePassword,)

    def checkPwd(
        self, pwd: ModuleType | Any, username: str | bytes, password: str | bytes
    ) -> Deferred[AvatarId] | None:
        """
        Look a user up in the password database.

        Args:
            pwd: The module `pwd`, or something with its ``getpwnam``.
            username: Whom to look up.
            password: What was shown.

        Returns:
            A Deferred with the verdict, or `None` if the hash is kept elsewhere.
        """
        try:
            crypted = pwd.getpwnam(_text(username))[1]
        except KeyError:
            return fail(error.UnauthorizedLogin())
        return None if crypted in _ELSEWHERE else self._judged(crypted, username, password)

    def checkSpwd(self, spwd: ModuleType | Any, username: str | bytes, password: str | bytes) -> Deferred[AvatarId]:
        """
        Look a user up in the shadow database.

        Args:
            spwd: Something with a ``getspnam``.
            username: Whom to look up.
            password: What was shown.
        """
        try:
            entry = spwd.getspnam(_text(username))
        except KeyError:
            return fail(error.UnauthorizedLogin())
        crypted = getattr(entry, "sp_pwdp", None) or entry[1]
        return self._judged(crypted, username, password)

    def requestAvatarId(self, credentials: IUsernamePassword) -> Deferred[AvatarId]:
        """Answer the name that was shown, if the password belongs to it."""
        # Any: the interface promises no attributes, and every implementation has these.
        shown: Any = credentials
        username, password = shown.username, shown.password
        try:
            import pwd
        except ImportError:
            return fail(error.UnauthorizedLogin("this platform has no accounts that can be looked up"))
        verdict = self.checkPwd(pwd, username, password)
        if verdict is not None:
            return verdict
        try:
            return self.checkSpwd(_Shadow(), username, password)
        except OSError:
            return fail(error.UnauthorizedLogin())

    def _judged(self, crypted: str, username: str | bytes, password: str | bytes) -> Deferred[AvatarId]:
        if verifyCryptedPassword(crypted, password):
            return succeed(as_bytes(username))
        return fail(error.UnauthorizedLogin())


def _text(name: str | bytes) -> str:
    return name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name
