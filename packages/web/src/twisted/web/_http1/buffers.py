"""
What has been received and not been understood yet.
"""

from __future__ import annotations


class InputBuffer:
    """
    Bytes that come at one end and are taken at the other.

    Attributes:
        data: What is held; what was taken may still be in front of `start`.
        start: Where what was not taken begins.
    """

    __slots__ = ("data", "start")

    def __init__(self, data: bytes = b"") -> None:
        # Bytes as long as whole messages come; a bytearray while one grows.
        self.data: bytes | bytearray = data
        self.start = 0

    def __len__(self) -> int:
        return len(self.data) - self.start

    def feed(self, data: bytes) -> None:
        """Add what was received."""
        if self.start == len(self.data):
            self.data = data
            self.start = 0
            return
        held = self.data
        if self.start or not isinstance(held, bytearray):
            held = bytearray(memoryview(held)[self.start :])
            self.start = 0
        held += data
        self.data = held

    def take(self, most: int) -> bytes:
        """Remove and return up to so many bytes."""
        start = self.start
        end = start + most
        data = self.data
        if end >= len(data):
            self.data = b""
            self.start = 0
            if not start and isinstance(data, bytes):
                return data
            return bytes(memoryview(data)[start:])
        if isinstance(data, bytearray):
            # From here on it is cut, and slices of bytes are cheaper.
            data = self.data = bytes(data)
        self.start = end
        return data[start:end]

    def take_all(self) -> bytes:
        """Remove and return all that is held."""
        return self.take(len(self.data))
