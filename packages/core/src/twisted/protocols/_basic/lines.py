"""
Cutting a stream into lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import length_hint

# How much is cut at once. What interrupts the taking of lines costs at most this much cutting done again.
_WINDOW = 4096


class LineTooLong(Exception):
    """A line has more bytes than it may. It is still in the buffer, before what came behind it."""


class LineBuffer:
    """
    Cuts a byte stream into lines. The delimiter and the limit may change from one line to the next.

    Time is linear in what is fed, however it is cut; at most one line and one piece are held.
    """

    __slots__ = ("_cut", "_data", "_handed", "_seen", "_sought", "_start", "_width")

    def __init__(self) -> None:
        # Bytes while whole lines are taken out, which then costs no copy of the rest; a bytearray while one grows.
        self._data: bytes | bytearray = b""
        # Where lines begin that have not been cut yet, or whose cutting has been settled.
        self._start = 0
        # Lines that were cut and handed out, and how far the taker has got.
        self._cut: list[bytes] = []
        self._handed: Iterator[bytes] = iter(())
        self._width = 0
        # Up to where `_sought` is known not to begin.
        self._seen = 0
        self._sought = b""

    def _settle(self) -> None:
        """Take back the lines that were handed out and not taken: whoever iterates over them gets no more."""
        cut = self._cut
        if cut:
            taken = len(cut) - length_hint(self._handed)
            self._start += sum(map(len, cut[:taken])) + taken * self._width
            cut.clear()

    def __len__(self) -> int:
        self._settle()
        return len(self._data) - self._start

    def feed(self, data: bytes) -> None:
        """Add what was received."""
        self._settle()
        if self._start == len(self._data):
            self._data = data
            self._start = self._seen = 0
            return
        held = self._data
        if self._start or not isinstance(held, bytearray):
            held = bytearray(memoryview(held)[self._start :])
            self._seen = max(0, self._seen - self._start)
            self._start = 0
        held += data
        self._data = held

    def peek(self) -> bytes:
        """Return all that is left, and keep it."""
        self._settle()
        return bytes(memoryview(self._data)[self._start :])

    def take(self) -> bytes:
        """Remove and return all that is left."""
        left = self.peek()
        self._data = b""
        self._start = self._seen = 0
        return left

    def lines(self, delimiter: bytes, limit: int) -> Iterator[bytes]:
        """
        Hand out some of the oldest whole lines, without their delimiters.

        Only those that are taken from the iterator leave the buffer. Any other use of the buffer ends the iterator.

        Args:
            delimiter: What ends a line; at least one byte.
            limit: How many bytes a line may have.

        Returns:
            At least one line, unless there is none.

        Raises:
            LineTooLong: The oldest line has more, whether its end is here or not.
        """
        self._settle()
        data, start = self._data, self._start
        width = len(delimiter)
        seen = self._seen if self._seen > start and delimiter == self._sought else start
        end = data.find(delimiter, seen, start + limit + width)
        if end < 0:
            if len(data) - start >= limit + width:
                raise LineTooLong
            # Half a delimiter may be here already: step back over it, and search nothing else twice.
            self._seen = max(start, len(data) - width + 1)
            self._sought = delimiter
            return iter(())
        if isinstance(data, bytearray):
            data = self._data = bytes(data)
        if end + width == len(data) or limit < _WINDOW:
            cut = [data[start:end]]
        else:
            cut = data[start : max(end + width, start + _WINDOW)].split(delimiter)
            cut.pop()
        self._cut = cut
        self._width = width
        self._handed = handed = iter(cut)
        return handed
