"""
Reading and writing netstrings: ``5:hello,``.
"""

from __future__ import annotations


class NotANetstring(Exception):
    """What came cannot be the beginning of a netstring, or is one that is too long."""


def netstring(payload: bytes) -> bytes:
    """Wrap bytes into a netstring."""
    return b"%d:%b," % (len(payload), payload)


class NetstringBuffer:
    """Cuts a byte stream into netstrings' payloads. At most one and a piece are held, and time is linear."""

    __slots__ = ("_data", "_size", "_start")

    def __init__(self) -> None:
        self._data = bytearray()
        self._start = 0
        # Of the oldest netstring, once its length has been read.
        self._size: int | None = None

    def feed(self, data: bytes) -> None:
        """Add what was received."""
        if self._start:
            del self._data[: self._start]
            self._start = 0
        self._data += data

    def take(self) -> bytes:
        """Remove and return what is left behind the last whole netstring, without the length if that was read."""
        left = bytes(memoryview(self._data)[self._start :])
        self._data = bytearray()
        self._start = 0
        self._size = None
        return left

    def next_string(self, limit: int) -> bytes | None:
        """
        Remove and return the oldest payload, or return `None` until more comes.

        Args:
            limit: How many bytes a payload may have.

        Raises:
            NotANetstring: There is no length, or it exceeds the limit; or the comma is missing.
        """
        if self._size is None:
            self._size = self._read_size(limit)
            if self._size is None:
                return None
        end = self._start + self._size
        if len(self._data) <= end:
            return None
        if self._data[end] != b","[0]:
            raise NotANetstring("no comma behind the payload")
        payload = bytes(memoryview(self._data)[self._start : end])
        self._start = end + 1
        self._size = None
        return payload

    def _read_size(self, limit: int) -> int | None:
        # A length within the limit has no more digits than the limit has.
        most = len(str(limit))
        start = self._start
        colon = self._data.find(b":", start, start + most + 1)
        digits = bytes(self._data[start : start + most + 1 if colon < 0 else colon])
        if not digits and colon < 0:
            return None
        if not digits.isdigit() or (digits[0] == b"0"[0] and len(digits) > 1):
            raise NotANetstring(f"no length: {digits!r}")
        size = int(digits)
        if len(digits) > most or size > limit:
            raise NotANetstring(f"a payload of {digits.decode()} bytes is longer than {limit}")
        if colon < 0:
            return None
        self._start = colon + 1
        return size
