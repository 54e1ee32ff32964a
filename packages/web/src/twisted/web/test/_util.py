"""
Rendering a resource in a test.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.web.server import NOT_DONE_YET


def _render(resource: Any, request: Any) -> Deferred[None]:
    """
    Render a resource to a `DummyRequest`.

    Returns:
        A Deferred that fires when the request is finished.
    """
    result = resource.render(request)
    if isinstance(result, bytes):
        request.write(result)
        request.finish()
        return succeed(None)
    if result == NOT_DONE_YET:
        if request.finished:
            return succeed(None)
        waiting: Deferred[None] = request.notifyFinish()
        return waiting
    raise ValueError(f"Unexpected return value: {result!r}")
