"""
Trees as Python source.
"""

from __future__ import annotations

import keyword
import math
import re
from typing import Any

# Any, throughout: objects and the trees that they are turned into.

# What can be the name of an argument.
r = re.compile("[a-zA-Z_][a-zA-Z0-9_]*$")

# What repr writes as it is read.
SIMPLE = (bool, int, float, complex, str, bytes, slice, type(None), type(Ellipsis))


class NonFormattableDict(Exception):
    """A dict cannot be written as arguments: not all of its keys can be names."""


def getSource(ao: Any) -> str:
    """Give the Python source of a tree."""
    return indentify("app=" + prettify(ao))


def dictToKW(d: dict[Any, Any]) -> str:
    """Write a dict as arguments. Raises `NonFormattableDict`."""
    for key in d:
        if not isinstance(key, str):
            raise NonFormattableDict(f"{key!r} ain't a string")
        if not r.match(key) or keyword.iskeyword(key) or key in ("className", "self"):
            raise NonFormattableDict(f"{key!r} ain't an identifier")
    return "".join(f"\n\0{key}={prettify(d[key])}," for key in sorted(d))


def prettify(obj: Any) -> str:
    """Write a tree as an expression. A NUL byte stands where a line has to be indented; see `indentify`."""
    if hasattr(obj, "getSource"):
        return str(obj.getSource())
    kind = type(obj)
    if kind is float and not math.isfinite(obj):
        return f"float({str(obj)!r})"
    if kind in SIMPLE:
        return repr(obj)
    if kind is dict:
        items = [f"\n\0{prettify(key)}: {prettify(value)}," for key, value in obj.items()]
        return "{" + "".join(items) + "\n\0}" if items else "{}"
    if kind in (list, tuple):
        begin, end = "[]" if kind is list else "()"
        items = [f"\n\0{prettify(each)}," for each in obj]
        return begin + "".join(items) + "\n\0" + end if items else begin + end
    raise TypeError(f"Unsupported type {kind} when trying to prettify {obj}.")


# A text in quotes, or anything else that counts here.
_PIECES = re.compile(r"""[bB]?'(?:[^'\\]|\\.)*'|[bB]?"(?:[^"\\]|\\.)*"|[\[({]|[\])}]|\0|[ ]+""", re.DOTALL)


def indentify(s: str) -> str:
    """Put blanks into the places that `prettify` marked, two for each bracket that is open, and nowhere else."""
    depth = 0

    def replace(found: re.Match[str]) -> str:
        nonlocal depth
        piece = found.group()
        if piece == "\0":
            return "  " * depth
        if piece.isspace():
            return ""
        if piece in "[({":
            depth += 1
        elif piece in "])}":
            depth -= 1
        return piece

    return _PIECES.sub(replace, s)
