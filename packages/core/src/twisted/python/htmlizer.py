"""
Python source as HTML, with colours.

Each token comes in a ``span`` whose class tells its kind, such as ``py-src-keyword``; a style sheet does the rest.
"""

from __future__ import annotations

import keyword
import tokenize
from collections.abc import Callable
from html import escape
from typing import IO

__all__ = ["HTMLWriter", "SmallerHTMLWriter", "TokenPrinter", "filter", "main"]


class TokenPrinter:
    """
    Tells tokens apart further than `tokenize` does, and keeps the spaces between them.

    Args:
        writer: Called with the text of each token, in bytes, and its kind: none for what stands between tokens.
    """

    currentCol = 0
    currentLine = 1
    lastIdentifier = 0
    parameters = 0
    encoding = "utf-8"
    # Whether the name of a function or class has just come.
    _named = False

    def __init__(self, writer: Callable[..., object]) -> None:
        self.writer = writer

    def printtoken(
        self, type: int, token: str, sCoordinates: tuple[int, int], eCoordinates: tuple[int, int], line: str
    ) -> None:
        """
        Print a token, as `tokenize` describes it.

        Args:
            type: Its number.
            token: Its text.
            sCoordinates: Line and column of its begin.
            eCoordinates: Line and column of its end.
            line: The whole line.
        """
        if type == tokenize.ENCODING:
            self.encoding = token
            return
        line_number, column = sCoordinates
        if line_number > self.currentLine:
            self.writer(b"\n")
            self.currentCol = 0
        if column > self.currentCol:
            self.writer(b" " * (column - self.currentCol))
        self.writer(token.encode(self.encoding), self._kind(type, token))
        self.currentLine, self.currentCol = eCoordinates
        if type in (tokenize.NEWLINE, tokenize.NL) and token:
            self.currentLine, self.currentCol = self.currentLine + 1, 0

    def _kind(self, type: int, token: str) -> str:
        if type == tokenize.NAME:
            if self.lastIdentifier:
                self.lastIdentifier = 0
                # What comes in the parentheses behind it, if there are any, is parameters.
                self._named = True
                return "identifier"
            if self.parameters:
                return "keyword" if keyword.iskeyword(token) else "parameter"
            if keyword.iskeyword(token):
                self.lastIdentifier = int(token in ("def", "class"))
                return "keyword"
            return "variable"
        if type == tokenize.OP:
            if token == "(" and (self.parameters or self._named):
                self.parameters += 1
            elif token == ")" and self.parameters:
                self.parameters -= 1
            self._named = False
        return tokenize.tok_name[type].lower()


class HTMLWriter:
    """
    Puts tokens in spans.

    Args:
        writer: Called with pieces of HTML, in bytes.
    """

    noSpan: list[str] = []

    def __init__(self, writer: Callable[[bytes], object]) -> None:
        self.writer = writer

    def write(self, token: bytes, type: str | None = None) -> None:
        """
        Write a token.

        Args:
            token: Its text.
            type: Its kind, the class of its span. Kinds in ``noSpan`` have no span, nor has what has no kind.
        """
        text = escape(token.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if type is None or type in self.noSpan:
            self.writer(text)
        else:
            self.writer(b'<span class="py-src-' + type.encode("utf-8") + b'">' + text + b"</span>")


class SmallerHTMLWriter(HTMLWriter):
    """Puts those tokens in spans that one might want to colour."""

    noSpan = ["endmarker", "indent", "dedent", "op", "newline", "nl"]


def filter(
    inp: IO[bytes], out: IO[bytes], writer: Callable[[Callable[[bytes], object]], HTMLWriter] = HTMLWriter
) -> None:
    """
    Read Python source, and write it as HTML.

    Args:
        inp: The source, a file of bytes.
        out: Where to write, a file of bytes.
        writer: What makes HTML of tokens.
    """
    out.write(b"<pre>")
    printer = TokenPrinter(writer(out.write).write)
    for token in tokenize.tokenize(inp.readline):
        printer.printtoken(token.type, token.string, token.start, token.end, token.line)
    out.write(b"</pre>\n")


def main() -> None:
    """Write the file that is named on the command line as HTML, to standard output."""
    import sys

    with open(sys.argv[1], "rb") as source:
        filter(source, sys.stdout.buffer)
