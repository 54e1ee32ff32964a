"""
Characters that mean something in XML, and what stands for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

Pairs = Iterable[tuple[str, str]]

# The ampersand is first, or the ampersands of the others would be escaped too.
HTML_ESCAPE_CHARS: Final = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"))
XML_ESCAPE_CHARS: Final = (*HTML_ESCAPE_CHARS, ("'", "&apos;"))
REV_HTML_ESCAPE_CHARS: Final = list(HTML_ESCAPE_CHARS)[::-1]
REV_XML_ESCAPE_CHARS: Final = list(XML_ESCAPE_CHARS)[::-1]


def escape(text: str, chars: Pairs = HTML_ESCAPE_CHARS) -> str:
    """Write *text* so that it means itself in a document, by pairs of a character and what stands for it."""
    for character, reference in chars:
        text = text.replace(character, reference)
    return text


def unescape(text: str, chars: Pairs = REV_HTML_ESCAPE_CHARS) -> str:
    """Take back what `escape` did; the pair of the ampersand comes last."""
    for character, reference in chars:
        text = text.replace(reference, character)
    return text
