"""
What programs need to know of Windows, wherever they run: error numbers, and how a command line is written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Final

__all__ = [
    "ERROR_DIRECTORY",
    "ERROR_FILE_NOT_FOUND",
    "ERROR_INVALID_NAME",
    "ERROR_PATH_NOT_FOUND",
    "cmdLineQuote",
    "formatError",
    "quoteArguments",
]

ERROR_FILE_NOT_FOUND: Final = 2
ERROR_PATH_NOT_FOUND: Final = 3
ERROR_INVALID_NAME: Final = 123
ERROR_DIRECTORY: Final = 267

_NEEDS_QUOTES: Final = re.compile('[ \t"]')
# Backslashes mean something only before a quote; one of ours follows the last of them.
_BEFORE_QUOTE: Final = re.compile(r'(\\*)("|\Z)')


def cmdLineQuote(s: str) -> str:
    """
    Write one argument as Windows' programs, by way of ``CommandLineToArgvW``, understand it.

    It is for them alone: the command interpreter gives ``%``, ``^`` and others a meaning of its own, quoted or not.
    """
    if s and not _NEEDS_QUOTES.search(s):
        return s

    def escape(found: re.Match[str]) -> str:
        backslashes, quote = found.groups()
        return backslashes * 2 + ("\\" + quote if quote else "")

    return f'"{_BEFORE_QUOTE.sub(escape, s)}"'


def quoteArguments(arguments: Iterable[str]) -> str:
    """Write a command line: each argument as `cmdLineQuote` does, with spaces between them."""
    return " ".join(map(cmdLineQuote, arguments))


def formatError(errorcode: int) -> str:
    """Say what an error number means: one of Windows' where we are there, and of ``errno`` elsewhere."""
    try:
        from ctypes import FormatError  # type: ignore[attr-defined, unused-ignore]  # on Windows alone
    except ImportError:
        return os.strerror(errorcode)
    described: str = FormatError(errorcode)
    return described
