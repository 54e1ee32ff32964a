"""
Pages that tell a person what went wrong, as resources.
"""

from __future__ import annotations

from html import escape
from typing import Any

from twisted.web._codes import FORBIDDEN, NOT_FOUND
from twisted.web.resource import IResource, Resource

__all__ = ["errorPage", "forbidden", "notFound"]


class _ErrorPage(Resource):
    """A page with a status code, a heading and a sentence. Whatever would stand below it is this page."""

    def __init__(self, code: int, brief: str, detail: str) -> None:
        super().__init__()
        self._code = code
        self._brief = brief
        self._detail = detail

    def render(self, request: Any) -> bytes:
        brief = escape(self._brief, quote=False)
        request.setResponseCode(self._code)
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        return (
            f"<!DOCTYPE html>\n<html><head><title>{self._code} - {brief}</title></head>"
            f"<body><h1>{brief}</h1><p>{escape(self._detail, quote=False)}</p></body></html>"
        ).encode()

    def getChild(self, path: bytes, request: Any) -> Resource:
        return self


def errorPage(code: int, brief: str, detail: str) -> _ErrorPage:
    """
    Make a page.

    Args:
        code: The status code of the response.
        brief: A title, as text.
        detail: What to say, as text.
    """
    return _ErrorPage(code, brief, detail)


def notFound(
    brief: str = "No Such Resource",
    message: str = "Sorry. No luck finding that resource.",
) -> IResource:
    """Make a page with status 404."""
    return _ErrorPage(NOT_FOUND, brief, message)


def forbidden(
    brief: str = "Forbidden Resource",
    message: str = "Sorry, resource is forbidden.",
) -> IResource:
    """Make a page with status 403."""
    return _ErrorPage(FORBIDDEN, brief, message)
