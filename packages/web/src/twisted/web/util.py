"""
What servers need now and then: redirections, resources that come later, failures as pages.
"""

from html import escape as _escape

from twisted.python._facade import publish
from twisted.web._util.failures import (
    FailureElement,
    _FrameElement,
    _SourceFragmentElement,
    _SourceLineElement,
    _StackElement,
    formatFailure,
)
from twisted.web._util.redirects import DeferredResource, ParentRedirect, Redirect, redirectTo

__all__ = [
    "_PRE",
    "DeferredResource",
    "FailureElement",
    "ParentRedirect",
    "Redirect",
    "_FrameElement",
    "_SourceFragmentElement",
    "_SourceLineElement",
    "_StackElement",
    "formatFailure",
    "redirectTo",
]


def _PRE(text: str) -> str:
    """Give a text, quoted, as preformatted."""
    return f"<pre>{_escape(text)}</pre>"


publish(__name__, __all__)
