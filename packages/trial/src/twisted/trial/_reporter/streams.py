"""
Where reporters write, with and without colours.
"""

from __future__ import annotations

import os
from typing import Any, Protocol

from twisted.python.util import untilConcludes

_CODES = {
    name: 30 + code for code, name in enumerate(("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"))
}


class SafeStream:
    """
    A stream whose writes survive signals, and text that its encoding does not have.

    All else is the original's.

    Attributes:
        original: The stream that is written to.
    """

    def __init__(self, original: Any) -> None:  # Any: whatever has a write method
        self.original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)

    def write(self, *a: Any, **kw: Any) -> Any:
        """Write as the original does, again if a signal came in between. What it cannot encode is escaped."""
        try:
            return untilConcludes(self.original.write, *a, **kw)
        except UnicodeEncodeError as error:
            (text,) = a
            writable = text.encode(error.encoding, "backslashreplace").decode(error.encoding)
            return untilConcludes(self.original.write, writable)


class Paint(Protocol):
    """Writes text in a colour."""

    def write(self, text: str, color: str) -> None:
        """Write *text* in the named colour."""


class Plain:
    """Writes without colours."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, text: str, color: str) -> None:
        """Write *text*."""
        self.stream.write(text)


class Ansi:
    """Writes bright colours as terminals understand them."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, text: str, color: str) -> None:
        """Write *text* in the named colour."""
        self.stream.write(f"\x1b[{_CODES[color]};1m{text}\x1b[0m")


def _has_colours(stream: Any) -> bool:
    if not getattr(stream, "isatty", lambda: False)():
        return False
    if os.name == "nt":
        # Its terminals know them since 2016, and there is nothing to ask.
        return True
    try:
        import curses

        curses.setupterm()
        return curses.tigetnum("colors") > 2
    except Exception:
        # No curses here, or a terminal that it does not know: it raises an error of its own, and others.
        return False


def paint_for(stream: Any) -> Paint:
    """Give what writes to *stream*, in colours if it is a terminal that has them."""
    return Ansi(stream) if _has_colours(stream) else Plain(stream)
