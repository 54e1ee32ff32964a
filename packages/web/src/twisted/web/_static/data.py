"""
Small things to serve: bytes, a redirection, and files that bring their own header.
"""

from __future__ import annotations

from typing import Any

from twisted.web._static.files import File, Registry, with_slash
from twisted.web.resource import Resource


class Data(Resource):
    """
    Serves bytes.

    Args:
        data: The bytes.
        type: Their content type.
    """

    def __init__(self, data: bytes, type: str) -> None:
        super().__init__()
        self.data = data
        self.type = type

    def render_GET(self, request: Any) -> bytes:
        """Give the bytes."""
        request.setHeader(b"content-type", self.type.encode("iso-8859-1"))
        request.setHeader(b"content-length", b"%d" % len(self.data))
        if request.method == b"HEAD":
            return b""
        return self.data

    render_HEAD = render_GET


class Redirect(Resource):
    """
    Redirects to what a request asked for, with a slash behind it.

    Args:
        request: The request.
    """

    def __init__(self, request: Any) -> None:
        super().__init__()
        self.url = with_slash(request)

    def render(self, request: Any) -> bytes:
        """Redirect."""
        from twisted.web.util import redirectTo

        return redirectTo(self.url, request)


class ASISProcessor(Resource):
    """
    Serves a file that has the whole response in it: status line, header and body.

    Args:
        path: The file.
        registry: As processors have it.
    """

    def __init__(self, path: str, registry: Registry | None = None) -> None:
        super().__init__()
        self.path = path
        self.registry = registry or Registry()

    def render(self, request: Any) -> Any:
        """Send the file as it stands, and close the connection: nobody knows where else the response ends."""
        request.startedWriting = 1
        persistent = getattr(getattr(request, "channel", None), "persistent", None)
        if persistent is not None:
            request.channel.persistent = False
        return File(self.path, registry=self.registry).render(_AsItStands(request))


class _AsItStands:
    """A request whose header nobody sends, since it stands in the file."""

    def __init__(self, request: Any) -> None:
        self._request = request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)

    def getHeader(self, key: Any) -> None:
        """Give no field that came: neither ranges nor conditions make sense for a response that stands as it is."""
        return

    def setETag(self, etag: bytes) -> None:
        """What stands in the file may say that."""

    def setLastModified(self, when: float) -> None:
        """What stands in the file may say that."""
