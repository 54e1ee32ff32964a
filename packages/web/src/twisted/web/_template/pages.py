"""
A whole page: rendered, sent, and the request finished.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._template.elements import Element
from twisted.web._template.flattening import flatten
from twisted.web._template.stan import Flattenable, tags
from twisted.web.iweb import IRenderable, IRequest

_log = Logger(namespace="twisted.web.template")


def renderElement(
    request: IRequest,
    element: IRenderable,
    doctype: bytes | None = b"<!DOCTYPE html>",
    _failElement: Callable[[Failure], Element] | None = None,
) -> object:
    """
    Render an element as the response to a request, and finish it.

    Args:
        request: The request.
        element: The page.
        doctype: What stands in the line before it, if anything.
        _failElement: Makes the element that tells of an error, in place of `twisted.web.util.FailureElement`.

    Returns:
        `twisted.web.server.NOT_DONE_YET`, for a resource's ``render`` to return. An error is logged; the page says no
        more than that there was one, unless the site has ``displayTracebacks``.
    """
    if doctype is not None:
        request.write(doctype)
        request.write(b"\n")

    def failed(reason: Failure) -> Any:
        _log.failure("An error occurred while rendering the response.", failure=reason)
        report: Flattenable
        if getattr(getattr(request, "site", None), "displayTracebacks", False):
            if _failElement is None:
                from twisted.web.util import FailureElement

                report = FailureElement(reason)
            else:
                report = _failElement(reason)
        else:
            report = tags.div(
                "An error occurred while rendering the response.",
                style="font-size:800%;background-color:#FFF;color:#F00",
            )
        return flatten(request, report, request.write)

    def finish(_: object) -> None:
        # Nobody is left to read the rest of it.
        if not getattr(request, "_disconnected", False):
            request.finish()

    page: Any = element
    sent = flatten(request, page, request.write)
    sent.addErrback(failed).addCallback(finish)
    sent.addErrback(lambda reason: _log.failure("The report about an error could not be rendered.", failure=reason))
    from twisted.web.server import NOT_DONE_YET

    return NOT_DONE_YET
