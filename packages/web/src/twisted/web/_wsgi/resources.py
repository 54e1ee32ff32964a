"""
The resource that is an application.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.web._hosted import HostedApplication
from twisted.web._wsgi.responding import Responder
from twisted.web.resource import IResource


@implementer(IResource)
class WSGIResource(HostedApplication):
    """
    A WSGI application as a resource. All that is below is its own business.

    Args:
        reactor: The reactor that the server runs in.
        threadpool: Has a thread for each request that is answered; others wait for one. It has to be started.
        application: The application.
    """

    def __init__(self, reactor: Any, threadpool: Any, application: Callable[..., Any]) -> None:
        self._reactor = reactor
        self._threadpool = threadpool
        self._application = application

    def render(self, request: Any) -> Any:
        """Have the application answer."""
        from twisted.web.server import NOT_DONE_YET

        Responder(self._reactor, self._threadpool, self._application, request).start()
        return NOT_DONE_YET
