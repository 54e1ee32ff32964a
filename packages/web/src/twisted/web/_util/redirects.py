"""
Sending a client elsewhere, and having it wait.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twisted.web.resource import Resource

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure
    from twisted.web.iweb import IRequest

# To the letter: programs compare what they get with it.
_PAGE = "\n".join(
    (
        "",
        "<html>",
        "    <head>",
        '        <meta http-equiv="refresh" content="0;URL={target}">',
        "    </head>",
        '    <body bgcolor="#FFFFFF" text="#000000">',
        '    <a href="{target}">click here</a>',
        "    </body>",
        "</html>",
        "",
    )
)

# A link that runs a script, rather than lead somewhere. Browsers do not follow it in a Location field, but would from
# the page.
_SCRIPTS = frozenset({b"javascript", b"vbscript", b"data"})


def redirectTo(URL: bytes, request: IRequest) -> bytes:
    """
    Have a request answered with a redirection (302).

    Args:
        URL: Where to. Line breaks and NUL in it become spaces.
        request: The request.

    Returns:
        The body of the response, for a resource's ``render`` to return.

    Raises:
        TypeError: *URL* is not bytes.
    """
    if not isinstance(URL, bytes):
        raise TypeError(f"URL must be bytes, not {type(URL).__name__}: {URL!r}")
    target = b" ".join(URL.splitlines()).replace(b"\0", b" ")
    request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
    request.redirect(target)
    try:
        scheme = urlsplit(target.strip()).scheme
    except ValueError:
        scheme = b""
    shown = b"" if scheme in _SCRIPTS else target
    # What is no UTF-8 is shown quoted, as URLs are.
    return _PAGE.format(target=escape(shown.decode("utf-8", "backslashreplace"))).encode("utf-8")


class Redirect(Resource):
    """
    Redirects every request.

    Args:
        url: Where to.
    """

    isLeaf = True

    def __init__(self, url: bytes) -> None:
        super().__init__()
        self.url = url

    def render(self, request: Any) -> bytes:
        """Redirect."""
        return redirectTo(self.url, request)

    def getChild(self, name: bytes, request: Any) -> Redirect:
        """Everything below redirects as well."""
        return self


class ParentRedirect(Resource):
    """
    Redirects to the folder that it is in: from ``/a/b`` to ``/a/``, and from ``/a/b/`` to ``/a/b/``.
    """

    isLeaf = True

    def render(self, request: Any) -> bytes:
        """Redirect."""
        here = request.URLPath().here(False)
        return redirectTo(str(here).encode("ascii"), request)


class DeferredResource(Resource):
    """
    A resource that is found some time: requests wait for it.

    Args:
        d: Fires with the resource.
    """

    isLeaf = True

    def __init__(self, d: Deferred[Any]) -> None:
        super().__init__()
        self.d = d

    def getChild(self, name: bytes, request: Any) -> DeferredResource:
        """What is below waits as well."""
        return self

    def render(self, request: Any) -> object:
        """Wait for the resource, and have it answer."""
        from twisted.web.server import NOT_DONE_YET

        def found(resource: Any) -> Any:
            from twisted.web.resource import getChildForRequest

            request.render(getChildForRequest(resource, request))
            return resource

        def failed(reason: Failure) -> None:
            request.processingFailed(reason)

        self.d.addCallback(found).addErrback(failed)
        return NOT_DONE_YET
