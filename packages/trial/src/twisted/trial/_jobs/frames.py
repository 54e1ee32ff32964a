"""
Messages on a pipe: a length of four bytes, and JSON.
"""

from __future__ import annotations

import json
import struct
from typing import Any

_LENGTH = struct.Struct("!I")
#: The longest message that is taken: longer than any traceback, shorter than what garbage would ask for.
MAX_LENGTH = 1 << 30


class BadFrame(Exception):
    """Somebody else has written to the pipe."""


def encode(message: Any) -> bytes:  # Any: what JSON can say
    """Give a message as it is sent. What cannot be encoded as UTF-8 is escaped."""
    body = json.dumps(message).encode("ascii")
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Finds messages in a stream of bytes, however it is cut."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._wanted = 0

    def feed(self, data: bytes) -> list[Any]:
        """
        Take some bytes.

        Returns:
            The messages that they complete, in their order.

        Raises:
            BadFrame: These are no messages.
        """
        self._data += data
        messages = []
        while len(self._data) >= self._wanted:
            if not self._wanted:
                if len(self._data) < _LENGTH.size:
                    break
                (length,) = _LENGTH.unpack_from(self._data)
                if length > MAX_LENGTH:
                    raise BadFrame(f"a message of {length} bytes is announced, at most {MAX_LENGTH} are taken")
                self._wanted = _LENGTH.size + length
                continue
            body = bytes(self._data[_LENGTH.size : self._wanted])
            del self._data[: self._wanted]
            self._wanted = 0
            try:
                messages.append(json.loads(body))
            except ValueError:
                raise BadFrame(f"this is no message: {body[:60]!r}") from None
        return messages
