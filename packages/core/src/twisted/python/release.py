"""
What scripts that make releases do.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from typing_extensions import ParamSpec

__all__ = ["CommandFailed", "DirectoryDoesntExist", "DirectoryExists", "runChdirSafe", "sh"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


class DirectoryExists(OSError):
    """A folder is there that was to be made."""


class DirectoryDoesntExist(OSError):
    """A folder is not there."""


class CommandFailed(OSError):
    """A command ended with a status that is not zero."""


def sh(command: str, null: bool = True, prompt: bool = False) -> None:
    """
    Say what command is run, and run it by the shell.

    Args:
        command: The command, as for a shell.
        null: Whether to throw away what it prints.
        prompt: Whether to ask first.

    Raises:
        CommandFailed: It ended with a status that is not zero.
    """
    print("--$", command, flush=True)
    if prompt and input("run ?? ").startswith("n"):
        return
    if null:
        command = f"{command} > {os.devnull}"
    if os.system(command):
        raise CommandFailed(command)


def runChdirSafe(f: Callable[_P, _T], *args: _P.args, **kw: _P.kwargs) -> _T:
    """Call a function, and come back to the folder where we are, wherever it went."""
    here = os.getcwd()
    try:
        return f(*args, **kw)
    finally:
        os.chdir(here)
