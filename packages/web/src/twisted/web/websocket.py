"""
WebSockets: messages both ways over one connection (RFC 6455), compressed if both sides want that (RFC 7692).

A `WebSocketResource` serves them, and a `WebSocketClientEndpoint` connects to them. At either end a program has a
`WebSocketProtocol`, which is told what comes, and sends by its `WebSocketTransport`. `WebSocketOptions` has the limits
and times.

`_websocket.reading` and `_websocket.writing` understand frames and do no I/O; `_websocket.wire` has the rest.
"""

from twisted.python._facade import publish
from twisted.web._websocket.connecting import WebSocketClientEndpoint
from twisted.web._websocket.errors import ConnectionRejected, HandshakeFailed, NotOpen
from twisted.web._websocket.interfaces import (
    WebSocketClientFactory,
    WebSocketProtocol,
    WebSocketServerFactory,
    WebSocketTransport,
)
from twisted.web._websocket.options import WebSocketOptions
from twisted.web._websocket.serving import WebSocketResource

__all__ = [
    "ConnectionRejected",
    "HandshakeFailed",
    "NotOpen",
    "WebSocketClientEndpoint",
    "WebSocketClientFactory",
    "WebSocketOptions",
    "WebSocketProtocol",
    "WebSocketResource",
    "WebSocketServerFactory",
    "WebSocketTransport",
]

publish(__name__, __all__)
