"""
Cutting a stream into strings that come with their length before them, as an integer of fixed width.
"""

from __future__ import annotations

from struct import Struct


class StringTooLong(Exception):
    """
    A string is announced with more bytes than it may have. It is still in the buffer.

    Attributes:
        length: How many it is announced with.
    """

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length


class PrefixedBuffer:
    """Cuts a byte stream into strings. At most one and a piece are held, and time is linear."""

    __slots__ = ("_data", "_start")

    def __init__(self) -> None:
        self._data: bytes | bytearray = b""
        self._start = 0

    def feed(self, data: bytes) -> None:
        """Add what was received."""
        if self._start == len(self._data):
            self._data = data
            self._start = 0
            return
        held = self._data
        if self._start or not isinstance(held, bytearray):
            held = bytearray(memoryview(held)[self._start :])
            self._start = 0
        held += data
        self._data = held

    def rest(self) -> bytes:
        """Return what has not been taken out yet."""
        return bytes(memoryview(self._data)[self._start :])

    def replace(self, data: bytes) -> None:
        """Go on with these bytes instead of what is held."""
        self._data = data
        self._start = 0

    def next_string(self, prefix: Struct, limit: int) -> bytes | None:
        """
        Remove and return the oldest string, or return `None` until more comes.

        Args:
            prefix: Reads the length.
            limit: How many bytes a string may have.

        Raises:
            StringTooLong: The oldest one has more.
        """
        body = self._start + prefix.size
        data = self._data
        if len(data) < body:
            return None
        (length,) = prefix.unpack_from(data, self._start)
        if length > limit:
            raise StringTooLong(length)
        end = body + length
        if len(data) < end:
            return None
        if isinstance(data, bytearray):
            data = self._data = bytes(data)
        self._start = end
        return data[body:end]
