"""
Having one path stand for another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.web.resource import Resource, getChildForRequest

__all__ = ["RewriterResource", "alias", "tildeToUsers"]


class RewriterResource(Resource):
    """
    Changes the path of each request before another resource sees it.

    Args:
        orig: The other resource.
        rewriteRules: Functions that are called with the request, each in turn; they change its ``postpath`` and
            ``path``.
    """

    def __init__(self, orig: Any, *rewriteRules: Callable[[Any], object]) -> None:
        super().__init__()
        self.resource = orig
        self.rewriteRules = list(rewriteRules)

    def _rewrite(self, request: Any) -> None:
        for rule in self.rewriteRules:
            rule(request)

    def getChild(self, path: bytes, request: Any) -> Any:
        """Change the path, and have the other resource look for what it leads to."""
        request.postpath.insert(0, request.prepath.pop() if request.prepath else path)
        self._rewrite(request)
        return getChildForRequest(self.resource, request)

    def render(self, request: Any) -> Any:
        """Change the path, and have the other resource answer."""
        self._rewrite(request)
        return self.resource.render(request)


def tildeToUsers(request: Any) -> None:
    """A rule: ``/~name`` stands for ``/users/name``."""
    if request.postpath and request.postpath[0].startswith(b"~"):
        request.postpath[:1] = [b"users", request.postpath[0][1:]]
        request.path = b"/" + b"/".join([*request.prepath, *request.postpath])


def _segments(path: str | bytes) -> list[bytes]:
    raw = path.encode("utf-8") if isinstance(path, str) else path
    return [each for each in raw.split(b"/") if each]


def alias(aliasPath: str | bytes, sourcePath: str | bytes) -> Callable[[Any], None]:
    """
    Make a rule: what begins with one path stands for what begins with another.

    Args:
        aliasPath: The path that requests come with, counted from the `RewriterResource`.
        sourcePath: The path that it stands for.
    """
    asked, meant = _segments(aliasPath), _segments(sourcePath)

    def rewriter(request: Any) -> None:
        if request.postpath[: len(asked)] == asked:
            request.postpath[: len(asked)] = meant
            request.path = b"/" + b"/".join([*request.prepath, *request.postpath])

    return rewriter
