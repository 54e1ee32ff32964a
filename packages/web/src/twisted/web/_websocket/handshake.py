"""
How a WebSocket connection begins (RFC 6455 section 4), without its network.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from hashlib import sha1
from os import urandom

from twisted.web._websocket.errors import HandshakeFailed

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

VERSION = b"13"

# The header fields of a request or response, by the names that `Headers` keeps.
Fields = Mapping[bytes, Sequence[bytes]]


class BadRequest(Exception):
    """
    A request does not begin a WebSocket connection.

    Attributes:
        other_version: Whether it would begin one of another version.
    """

    def __init__(self, why: str, other_version: bool = False) -> None:
        super().__init__(why)
        self.other_version = other_version


def accepted(key: bytes) -> bytes:
    """Give what proves that a server has understood a client's key."""
    return b64encode(sha1(key + _GUID, usedforsecurity=False).digest())


def new_key() -> bytes:
    """Make a client's key."""
    return b64encode(urandom(16))


def words(values: Sequence[bytes]) -> list[bytes]:
    """Take a field apart that is a list."""
    return [word for value in values for part in value.split(b",") if (word := part.strip(b" \t"))]


def _has(fields: Fields, name: bytes, word: bytes) -> bool:
    return word in [one.lower() for one in words(fields.get(name, ()))]


def key_of(method: bytes, version: bytes, fields: Fields) -> bytes:
    """
    Check a request, and give the client's key.

    Raises:
        BadRequest: It does not begin a WebSocket connection.
    """
    if method != b"GET":
        raise BadRequest("the method is not GET")
    if version != b"HTTP/1.1":
        raise BadRequest("the protocol is not HTTP/1.1")
    if not _has(fields, b"Connection", b"upgrade"):
        raise BadRequest("Connection does not say Upgrade")
    if not _has(fields, b"Upgrade", b"websocket"):
        raise BadRequest("Upgrade does not say websocket")
    if list(fields.get(b"Sec-Websocket-Version", ())) != [VERSION]:
        raise BadRequest("Sec-WebSocket-Version is not 13", True)
    keys = fields.get(b"Sec-Websocket-Key", ())
    if len(keys) != 1:
        raise BadRequest("there has to be one Sec-WebSocket-Key")
    try:
        if len(b64decode(keys[0], validate=True)) != 16:
            raise BadRequest("Sec-WebSocket-Key has not 16 bytes")
    except NotBase64:
        raise BadRequest("Sec-WebSocket-Key is not in base64") from None
    return keys[0]


def check_response(fields: Fields, key: bytes, subprotocols: Sequence[str]) -> None:
    """
    Check what a server has answered with status 101.

    Args:
        fields: Its header fields.
        key: The client's key.
        subprotocols: Those that the client has offered.

    Raises:
        HandshakeFailed: This makes no WebSocket connection.
    """
    if not _has(fields, b"Upgrade", b"websocket"):
        raise HandshakeFailed("the server's Upgrade does not say websocket")
    if not _has(fields, b"Connection", b"upgrade"):
        raise HandshakeFailed("the server's Connection does not say Upgrade")
    if list(fields.get(b"Sec-Websocket-Accept", ())) != [accepted(key)]:
        raise HandshakeFailed("the server's Sec-WebSocket-Accept does not fit the key")
    chosen = fields.get(b"Sec-Websocket-Protocol", ())
    offered = [subprotocol.encode("ascii") for subprotocol in subprotocols]
    if len(chosen) > 1 or not set(chosen) <= set(offered):
        raise HandshakeFailed(f"the server speaks {b', '.join(chosen)!r}, which was not offered")
