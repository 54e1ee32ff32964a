"""
Small tools for text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import IO

__all__ = [
    "endsInNewline",
    "greedyWrap",
    "isMultiline",
    "removeLeadingBlanks",
    "removeLeadingTrailingBlanks",
    "splitQuoted",
    "strFile",
    "stringyString",
    "wordWrap",
]

# A word, or words between quotes that no other word touches.
_WORD = re.compile(r"""(?:"(?P<double>.*?)"|'(?P<single>.*?)'|(?P<plain>\S+))(?!\S)""", re.DOTALL)


def isMultiline(s: str) -> bool:
    """Tell whether text has a line break in it."""
    return "\n" in s


def endsInNewline(s: str) -> bool:
    """Tell whether text ends with a line break."""
    return s.endswith("\n")


def greedyWrap(inString: str, width: int = 80) -> list[str]:
    """
    Break text into lines, putting as many words on each as fit. Empty lines divide paragraphs.

    Args:
        inString: The text.
        width: How long lines may be. A word that is longer has a line for itself.
    """
    lines: list[str] = []
    paragraphs = [part for part in re.split(r"\n[^\S\n]*(?:\n[^\S\n]*)+", inString) if part.strip()]
    for paragraph in paragraphs:
        line = ""
        for word in paragraph.split():
            if line and len(line) + 1 + len(word) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
        if len(paragraphs) > 1:
            lines.append("")
    return lines


wordWrap = greedyWrap


def removeLeadingBlanks(lines: Sequence[str]) -> list[str]:
    """Give the lines from the first on which there is anything."""
    first = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    return list(lines[first:])


def removeLeadingTrailingBlanks(s: str) -> str:
    """Remove empty lines at both ends of text, and end it with a line break."""
    lines = removeLeadingBlanks(s.split("\n"))
    return "\n".join(removeLeadingBlanks(lines[::-1])[::-1]) + "\n"


def splitQuoted(s: str) -> list[str]:
    """Split text at white space, except between quotes. What begins with a quote that nothing closes is left out."""
    words = []
    at = 0
    while at < len(s):
        if s[at].isspace():
            at += 1
        elif (match := _WORD.match(s, at)) and not (match["plain"] or "").startswith(('"', "'")):
            words.append(next(part for part in match.groups() if part is not None))
            at = match.end()
        else:
            break
    return words


def strFile(p: str, f: IO[str], caseSensitive: bool = True) -> bool:
    """
    Tell whether text occurs in a file, without reading it all at once.

    Args:
        p: The text.
        f: The file, read from where it stands.
        caseSensitive: Whether capitals differ from small letters.
    """
    if not p:
        return True
    if not caseSensitive:
        p = p.lower()
    window = ""
    while piece := f.read(1 << 16):
        window += piece if caseSensitive else piece.lower()
        if p in window:
            return True
        window = window[len(window) - len(p) + 1 :] if len(p) > 1 else ""
    return False


def stringyString(object: object, indentation: str = "") -> str:
    """
    Show nested lists, tuples and mappings on several lines, and texts without quotes.

    Args:
        object: What to show.
        indentation: What to put before each line.
    """
    if isinstance(object, Mapping):
        opening, closing = "{}"
        pieces = []
        for key, value in object.items():
            shown = stringyString(value, "  ")
            pieces.append(f"{key}: {shown.strip()}" if not isMultiline(shown) else f"{key}:\n" + shown.rstrip("\n"))
    elif isinstance(object, (list, tuple)):
        opening, closing = "[]" if isinstance(object, list) else "()"
        pieces = [stringyString(one).rstrip("\n") + "," for one in object]
    else:
        lines = str(object).split("\n")
        shown = "\n".join(indentation + line for line in lines)
        return shown + "\n" if len(lines) > 1 else shown
    body = opening + "\n".join(pieces).replace("\n", "\n ") + closing
    whole = "\n".join(indentation + line for line in body.split("\n"))
    return whole + "\n" if isMultiline(whole) else whole
