"""
What another process may do with a request, if it is handed one (`twisted.web.distrib`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Any: whoever asks, from the other process, and what it sends.


class Viewable:
    """The methods of a request that the other process calls. The first argument is who it is."""

    # Makes what the other process gets in our place; set by those who can talk to other processes.
    _view_of: Callable[[Any, Any], Any] | None = None

    def getStateToCopyFor(self, issuer: Any) -> dict[str, Any]:
        """Give what the other process has to know of this request."""
        state = self.__dict__.copy()
        for name in ("transport", "site", "sitepath", "channel", "_adapterCache", "_found", "_not_found", "body"):
            state.pop(name, None)
        content = state.pop("content", None)
        state["content_data"] = b"" if content is None else content.getvalue()
        make = type(self)._view_of
        state["remote"] = self if make is None else make(issuer, self)
        return state

    def view_write(self, issuer: Any, data: bytes) -> None:
        """See `Request.write`."""
        self.write(data)  # type: ignore[attr-defined]  # of the request that this is mixed into; below too

    def view_finish(self, issuer: Any) -> None:
        """See `Request.finish`."""
        self.finish()  # type: ignore[attr-defined]

    def view_addCookie(self, issuer: Any, k: Any, v: Any, **kwargs: Any) -> None:
        """See `Request.addCookie`."""
        self.addCookie(k, v, **kwargs)  # type: ignore[attr-defined]

    def view_setHeader(self, issuer: Any, k: Any, v: Any) -> None:
        """See `Request.setHeader`."""
        self.setHeader(k, v)  # type: ignore[attr-defined]

    def view_setLastModified(self, issuer: Any, when: float) -> None:
        """See `Request.setLastModified`."""
        self.setLastModified(when)  # type: ignore[attr-defined]

    def view_setETag(self, issuer: Any, tag: bytes) -> None:
        """See `Request.setETag`."""
        self.setETag(tag)  # type: ignore[attr-defined]

    def view_setResponseCode(self, issuer: Any, code: int, message: bytes | None = None) -> None:
        """See `Request.setResponseCode`."""
        self.setResponseCode(code, message)  # type: ignore[attr-defined]

    def view_registerProducer(self, issuer: Any, producer: Any, streaming: bool) -> None:
        """See `Request.registerProducer`; *producer* is a reference to one in the other process."""
        self.registerProducer(_Remote(producer), streaming)  # type: ignore[attr-defined]

    def view_unregisterProducer(self, issuer: Any) -> None:
        """See `Request.unregisterProducer`."""
        self.unregisterProducer()  # type: ignore[attr-defined]


class _Remote:
    """A producer in another process."""

    def __init__(self, reference: Any) -> None:
        self._reference = reference

    def resumeProducing(self) -> None:
        self._reference.callRemote("resumeProducing")

    def pauseProducing(self) -> None:
        self._reference.callRemote("pauseProducing")

    def stopProducing(self) -> None:
        self._reference.callRemote("stopProducing")
