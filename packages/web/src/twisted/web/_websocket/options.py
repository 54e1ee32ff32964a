"""
What can be chosen about a WebSocket connection.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WebSocketOptions:
    """
    Limits and times of WebSocket connections. All times are in seconds.

    Attributes:
        maxMessageSize: How many bytes a message may have that is received, decompressed. More closes the connection,
            with code 1009.
        maxFragments: How many frames it may come in.
        compression: Whether messages are compressed if the other side wants that too (permessage-deflate, RFC 7692).
            It takes some 300 KB for each connection. What is secret should not be compressed together with what
            strangers choose: the size tells about it.
        compressEachMessage: Whether each message is then compressed by itself. That needs memory only while it lasts,
            and makes longer messages.
        pingInterval: After how much silence the other side is asked whether it is there; `None` for never.
        pingTimeout: How long it may then be silent, before the connection is cut.
        closeTimeout: How long it may take to close a connection, before it is cut.
        handshakeTimeout: How long a server may take to answer a client; `None` for any time.
    """

    maxMessageSize: int = 16 * 1024 * 1024
    maxFragments: int = 65536
    compression: bool = False
    compressEachMessage: bool = False
    pingInterval: float | None = 60
    pingTimeout: float = 60
    closeTimeout: float = 10
    handshakeTimeout: float | None = 30


USUAL = WebSocketOptions()
