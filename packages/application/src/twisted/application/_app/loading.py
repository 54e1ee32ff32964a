"""
Getting an application out of a file, and into another.
"""

from __future__ import annotations

import sys
from typing import Any

from twisted.application import service
from twisted.persisted import sob
from twisted.python import log


def getPassphrase(needed: bool) -> str | None:
    """Ask at the terminal for the passphrase of a file, if there is one."""
    if not needed:
        return None
    from getpass import getpass

    return getpass("Passphrase: ")


def getSavePassphrase(needed: bool) -> str | None:
    """Ask for a new passphrase, twice."""
    if not needed:
        return None
    from getpass import getpass

    while (first := getpass("Encryption passphrase: ")) != getpass("Encryption passphrase: "):
        sys.stderr.write("These differ.\n")
    return first


def getApplication(config: Any, passphrase: str | None) -> Any:
    """
    Load the application that options name. Ends the program if that fails.

    Args:
        config: The options: ``python``, ``source`` or ``file`` is the file's path.
        passphrase: That of a file that is encrypted.
    """
    path, style = next(
        ((config[option], style) for option, style in (("python", "python"), ("source", "source")) if config[option]),
        (config["file"], "pickle"),
    )
    log.msg(f"Loading {path}...")
    try:
        application = service.loadApplication(path, style, passphrase)
    except Exception as problem:
        _end(path, style, problem)
    log.msg("Loaded.")
    return application


def _end(path: str, style: str, problem: Exception) -> None:
    from twisted.python.failure import Failure

    why = str(problem)
    if isinstance(problem, KeyError) and style == "python" and problem.args == ("application",):
        why = (
            f"{problem}\n{path!r} sets no variable 'application': it has to, to what service.Application(...) gives, "
            "and the services in it are what is run."
        )
    else:
        # It is the file's own fault, most likely, and its author wants to know where.
        log.deferr(Failure(problem))
    log.msg(f"Failed to load application: {why}")
    raise SystemExit(f"\nFailed to load application: {why}\n")


def convertStyle(filein: str, typein: str, passphrase: str | None, fileout: str, typeout: str, encrypt: bool) -> None:
    """
    Store an application in another way.

    Args:
        filein: The file it is in.
        typein: The way it is stored there: ``python``, ``pickle`` or ``source``.
        passphrase: That of *filein*.
        fileout: The file to write.
        typeout: The way it is to be stored: ``pickle`` or ``source``.
        encrypt: Whether a passphrase is asked for.
    """
    application = service.loadApplication(filein, typein, passphrase)
    sob.IPersistable(application).setStyle(typeout)
    passphrase = getSavePassphrase(encrypt)
    sob.IPersistable(application).save(filename=fileout, passphrase=passphrase)
