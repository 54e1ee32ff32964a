"""
Small helpers for HTML, all deprecated: `twisted.web.template` makes pages, and quotes what has to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from incremental import Version

from twisted.logger import Logger
from twisted.python.deprecate import deprecated

__all__ = ["PRE", "UL", "escape", "linkList", "output"]

_log = Logger()


@deprecated(Version("Twisted", 15, 3, 0), replacement="twisted.web.template")
def PRE(text: str) -> str:
    """Give a text, quoted, as preformatted."""
    return f"<pre>{escape(text)}</pre>"


@deprecated(Version("Twisted", 15, 3, 0), replacement="twisted.web.template")
def UL(lst: Iterable[str]) -> str:
    """Give a list, of markup, each item of which is one of *lst*."""
    return "<ul>\n" + "".join(f"<li> {item}</li>\n" for item in lst) + "</ul>"


@deprecated(Version("Twisted", 15, 3, 0), replacement="twisted.web.template")
def linkList(lst: Iterable[tuple[str, str]]) -> str:
    """Give a list of links: *lst* has the target and the text, as markup, of each."""
    return "<ul>\n" + "".join(f'<li> <a href="{target}">{text}</a></li>\n' for target, text in lst) + "</ul>"


@deprecated(Version("Twisted", 15, 3, 0), replacement="twisted.web.template")
def output(func: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    """Give what *func* returns; if it raises an error, log that, and give markup that says so."""
    try:
        return func(*args, **kw)
    except Exception:
        _log.failure("Error calling {func!r}:", func=func)
        return f"<pre>{escape('An error occurred.')}</pre>"
