"""
WebSocket connections of a site's clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.logger import Logger
from twisted.web._websocket.deflating import choose
from twisted.web._websocket.handshake import VERSION, BadRequest, accepted, key_of, words
from twisted.web._websocket.options import USUAL, WebSocketOptions
from twisted.web._websocket.wire import Wire
from twisted.web.resource import Resource

if TYPE_CHECKING:
    from twisted.web._websocket.interfaces import WebSocketProtocol, WebSocketServerFactory
    from twisted.web.server import Request

_log = Logger("twisted.web.websocket")

_BAD_REQUEST = b"websocket protocol negotiation error"

# Those that the answer has anyway, or that make no sense in it.
_OURS = frozenset(
    (
        b"Connection",
        b"Content-Length",
        b"Content-Type",
        b"Date",
        b"Sec-Websocket-Accept",
        b"Sec-Websocket-Extensions",
        b"Sec-Websocket-Protocol",
        b"Server",
        b"Transfer-Encoding",
        b"Upgrade",
    )
)


class WebSocketResource(Resource):
    """
    A resource that speaks WebSocket with whoever asks for it.

    Attributes:
        factory: Makes a protocol for each client.
        options: Limits and times.
    """

    def __init__(self, factory: WebSocketServerFactory[WebSocketProtocol], options: WebSocketOptions = USUAL) -> None:
        """
        Args:
            factory: Makes a protocol for each client.
            options: Limits and times.
        """
        super().__init__()
        self.factory = factory
        self.options = options

    def render_GET(self, request: Request) -> bytes | int:
        """
        Answer a client, and have the connection speak WebSocket from then on.

        A request that does not ask for that is answered with status 400, or 426 if it asks for another version.
        """
        from twisted.web.server import NOT_DONE_YET

        fields = request.requestHeaders._rawHeaders
        try:
            key = key_of(request.method, request.clientproto, fields)
        except BadRequest as bad:
            _log.info("{request} begins no WebSocket connection: {why}", request=request, why=bad)
            request.setHeader(b"content-type", b"text/plain")
            request.setResponseCode(400)
            if bad.other_version:
                request.setResponseCode(426)
                request.setHeader(b"sec-websocket-version", VERSION)
                request.setHeader(b"upgrade", b"websocket")
                request.setHeader(b"connection", b"Upgrade")
            return _BAD_REQUEST
        application = self.factory.buildProtocol(request)
        if application is None:
            request.setHeader(b"content-type", b"text/plain")
            request.setResponseCode(403)
            return b"connection refused"
        agreement = None
        options = self.options
        if options.compression:
            offered = b", ".join(fields.get(b"Sec-Websocket-Extensions", ()))
            agreement = choose(offered.decode("latin-1"), options.compressEachMessage)
        subprotocol = _subprotocol(request)
        answer = _answer(request, key, subprotocol, None if agreement is None else agreement.to_text())
        channel = request.channel
        wire = Wire(application, _reactor_of(channel), options)
        if subprotocol is not None:
            wire.subprotocol = subprotocol.decode("latin-1")
        request.setResponseCode(101)
        request.startedWriting = 1
        log = getattr(channel.factory, "log", None)
        transport, unread = channel._take_over()
        # It reads what it finds here, be it a socket, or TLS or something else that stands between.
        if hasattr(transport, "wrappedProtocol"):
            transport.wrappedProtocol = wire
        else:
            transport.protocol = wire
        wire.makeConnection(transport)
        application.negotiationStarted(wire)
        transport.write(answer)
        wire._begin(True, agreement)
        if log is not None:
            log(request)
        application.negotiationFinished()
        if unread:
            wire.dataReceived(unread)
        return NOT_DONE_YET


def _reactor_of(channel: Any) -> Any:
    reactor = getattr(channel.factory, "reactor", None)
    if reactor is None:
        from twisted.internet import reactor
    return reactor


def _subprotocol(request: Request) -> bytes | None:
    """Give what the factory has chosen to speak, if the client has offered that."""
    chosen = request.responseHeaders.getRawHeaders(b"sec-websocket-protocol")
    if not chosen:
        return None
    if chosen[0] in words(request.requestHeaders.getRawHeaders(b"sec-websocket-protocol") or ()):
        return chosen[0]
    _log.warn("the client of {request} has not offered to speak {chosen}", request=request, chosen=chosen[0])
    return None


def _answer(request: Request, key: bytes, subprotocol: bytes | None, extensions: str | None) -> bytes:
    """Write the header that makes a WebSocket connection of an HTTP one."""
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + accepted(key),
    ]
    if subprotocol is not None:
        lines.append(b"Sec-WebSocket-Protocol: " + subprotocol)
    if extensions is not None:
        lines.append(b"Sec-WebSocket-Extensions: " + extensions.encode("ascii"))
    for cookie in request.cookies:
        lines.append(b"Set-Cookie: " + cookie)
    for name, values in request.responseHeaders.getAllRawHeaders():
        if name not in _OURS:
            lines += [name + b": " + value for value in values]
    return b"\r\n".join(lines) + b"\r\n\r\n"
