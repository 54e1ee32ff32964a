"""
The resource that is an application.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.python.failure import Failure
from twisted.web._asgi.exchanges import Exchange
from twisted.web._asgi.lifespan import Lifespan
from twisted.web._asgi.scopes import Application, make_scope
from twisted.web._codes import SERVICE_UNAVAILABLE
from twisted.web._hosted import HostedApplication
from twisted.web.resource import IResource


@implementer(IResource)
class ASGIResource(HostedApplication):
    """
    An ASGI 3 application as a resource. All that is below is its own business.

    It is a coroutine function, and runs in the reactor. If it uses asyncio, that has to be the asyncio reactor.

    Args:
        application: The application.
    """

    # Where the site lets bodies be read while they come, the application reads them so.
    streamsBody = True

    def __init__(self, application: Application) -> None:
        self._application = application
        self._state: dict[str, Any] = {}
        self._lifespan: Lifespan | None = None

    def makeLifespanService(self) -> Lifespan:
        """
        Make the service that tells the application when it starts and when it ends.

        Requests wait until it has started. Without the service, nobody tells it.
        """
        if self._lifespan is None:
            self._lifespan = Lifespan(self._application, self._state)
        return self._lifespan

    def render(self, request: Any) -> Any:
        """Have the application answer."""
        from twisted.web.server import NOT_DONE_YET

        waiting = self._lifespan.whenReady() if self._lifespan is not None else None
        if waiting is None:
            self._begin(None, request)
        else:
            waiting.addCallbacks(self._begin, self._refuse, callbackArgs=(request,), errbackArgs=(request,))
        return NOT_DONE_YET

    def _begin(self, _: object, request: Any) -> None:
        if request._disconnected:
            return
        state = self._state if self._lifespan is not None else None
        if (request.getHeader(b"upgrade") or b"").strip().lower() == b"websocket":
            self._begin_socket(request, state)
        else:
            Exchange(self._application, request).start(make_scope("http", request, state))

    def _begin_socket(self, request: Any, state: dict[str, Any] | None) -> None:
        from twisted.web._asgi.sockets import Socket
        from twisted.web._websocket.handshake import BadRequest, key_of
        from twisted.web._websocket.serving import WebSocketResource

        socket = Socket(self._application, request)
        try:
            key_of(request.method, request.clientproto, request.requestHeaders._rawHeaders)
        except BadRequest:
            # It tells the client what is wrong.
            answer = WebSocketResource(socket).render_GET(request)
            if isinstance(answer, bytes):
                request.setHeader(b"content-length", b"%d" % len(answer))
                request.write(answer)
                request.finish()
            return
        socket.start(make_scope("websocket", request, state))

    def _refuse(self, reason: Failure, request: Any) -> None:
        """The application cannot start."""
        if not request._disconnected:
            request.setResponseCode(SERVICE_UNAVAILABLE)
            request.setHeader(b"content-length", b"0")
            request.finish()
