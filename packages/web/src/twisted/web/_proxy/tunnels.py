"""
What becomes of the two connections when client and server have agreed to speak something else than HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web._http1.fields import tokens


def wanted_by(request: Any) -> bytes | None:
    """Give the protocols that a request would rather have spoken (RFC 9110 section 7.8), if that can be done here."""
    if getattr(request, "clientproto", None) != b"HTTP/1.1" or not hasattr(
        getattr(request, "channel", None), "_take_over"
    ):
        return None
    fields = request.requestHeaders
    wanted: list[bytes] = fields.getRawHeaders(b"upgrade") or []
    if not wanted or b"upgrade" not in tokens(fields.getRawHeaders(b"connection") or []):
        return None
    # A body would have to be sent first, and nobody does that.
    if fields.hasHeader(b"content-length") or fields.hasHeader(b"transfer-encoding"):
        return None
    return b", ".join(wanted)


class Tunnel(Protocol):
    """
    The client's end of a tunnel. Each side is read as fast as the other one takes it.

    Args:
        behind: The connection to the server behind.
    """

    def __init__(self, behind: Any) -> None:
        self._behind = behind
        self._open = True

    def dataReceived(self, data: bytes) -> None:
        """Pass on what the client says."""
        self._behind.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The client is gone."""
        self._open = False
        self._behind.unregisterProducer()
        self._behind.loseConnection()

    def send(self, data: bytes) -> None:
        """Pass on what the server says."""
        if self._open:
            self.transport.write(data)

    def end(self) -> None:
        """The server is gone."""
        if self._open:
            self.transport.unregisterProducer()
            self.transport.loseConnection()


def dig(request: Any, behind: Any, fields: Iterable[tuple[bytes, bytes]]) -> Tunnel:
    """
    Have the client's connection be one end of a tunnel, after it was told so.

    Args:
        request: The request that has asked for it. It is over.
        behind: The connection to the server behind, which has said yes.
        fields: The header fields of its answer.
    """
    request.setResponseCode(101)
    request.startedWriting = 1
    channel = request.channel
    log = getattr(channel.factory, "log", None)
    transport, unread = channel._take_over()
    tunnel = Tunnel(behind)
    # It reads what it finds here, be it a socket, or TLS or something else that stands between.
    if hasattr(transport, "wrappedProtocol"):
        transport.wrappedProtocol = tunnel
    else:
        transport.protocol = tunnel
    tunnel.makeConnection(transport)
    head = b"".join([b"%b: %b\r\n" % field for field in fields])
    transport.write(b"HTTP/1.1 101 Switching Protocols\r\n%bConnection: Upgrade\r\n\r\n" % head)
    transport.registerProducer(behind, True)
    behind.registerProducer(transport, True)
    if log is not None:
        log(request)
    if unread:
        tunnel.dataReceived(unread)
    return tunnel
