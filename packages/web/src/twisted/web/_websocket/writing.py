"""
Frames to be sent (RFC 6455 section 5.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.web._websocket.errors import is_sendable
from twisted.web._websocket.masking import Keys, mask
from twisted.web._websocket.reading import BINARY, CLOSE, PING, PONG, TEXT

if TYPE_CHECKING:
    from twisted.web._websocket.deflating import Deflater

_FIN = 0x80
_COMPRESSED = 0x40

_MOST_CONTROL = 125
_MOST_REASON = _MOST_CONTROL - 2

# Compressing what is shorter makes it longer.
_WORTH_COMPRESSING = 64

# The heads of short frames that are not masked.
_heads = {kind: [bytes((_FIN | kind, length)) for length in range(126)] for kind in (TEXT, BINARY, CLOSE, PING, PONG)}


def _head(first: int, length: int, bit: int) -> bytes:
    if length < 126:
        return bytes((first, bit | length))
    if length < 65536:
        return bytes((first, bit | 126)) + length.to_bytes(2, "big")
    return bytes((first, bit | 127)) + length.to_bytes(8, "big")


class Writer:
    """
    Makes frames of messages, one of each.

    Args:
        keys: Where masks come from, if frames are masked, as those of clients are.
        deflater: Compresses messages, if that was agreed upon.
    """

    __slots__ = ("_deflater", "_keys")

    def __init__(self, keys: Keys | None, deflater: Deflater | None = None) -> None:
        self._keys = keys
        self._deflater = deflater

    def message(self, kind: int, payload: bytes) -> tuple[bytes, bytes]:
        """
        Give a message's frame.

        Args:
            kind: `TEXT` or `BINARY`.
            payload: What is in it.

        Returns:
            Its head, and what follows.
        """
        length = len(payload)
        if self._deflater is not None and length >= _WORTH_COMPRESSING:
            return self._frame(_FIN | _COMPRESSED | kind, self._deflater.deflate(payload))
        if self._keys is None and length < 126:
            return _heads[kind][length], payload
        return self._frame(_FIN | kind, payload)

    def control(self, kind: int, payload: bytes) -> bytes:
        """
        Give a control frame.

        Raises:
            ValueError: *payload* has more than 125 bytes.
        """
        if len(payload) > _MOST_CONTROL:
            raise ValueError(f"a control frame has at most {_MOST_CONTROL} bytes, not {len(payload)}")
        head, rest = self._frame(_FIN | kind, payload)
        return head + rest

    def close(self, code: int, reason: str = "") -> bytes:
        """
        Give a frame that closes the connection.

        Raises:
            ValueError: The code is not for sending.
        """
        if not is_sendable(code):
            raise ValueError(f"{code} is no status code that closes a connection: 1000 to 1014, 3000 to 4999")
        # Cut between characters.
        words = reason.encode()[:_MOST_REASON].decode(errors="ignore").encode()
        return self.control(CLOSE, code.to_bytes(2, "big") + words)

    def _frame(self, first: int, payload: bytes) -> tuple[bytes, bytes]:
        if self._keys is None:
            return _head(first, len(payload), 0), payload
        key = self._keys.next_key()
        return _head(first, len(payload), 0x80) + key, mask(payload, key)
