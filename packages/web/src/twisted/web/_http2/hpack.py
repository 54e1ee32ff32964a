"""
Header blocks to be sent (RFC 7541).

What servers send is nearly the same each time. So each field that was sent once is put into the table that both sides
keep, and found there by one look-up. Strings go out as they are, without Huffman's coding, which is cheaper for both
sides and a little longer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

# The part of the table that is always there (RFC 7541 appendix A), as far as responses have use for it.
_STATIC: dict[tuple[bytes, bytes], int] = {
    (b":status", code): index for index, code in enumerate((b"200", b"204", b"206", b"304", b"400", b"404", b"500"), 8)
}
_STATIC_NAMES: dict[bytes, int] = {
    b":status": 8,
    b"accept-ranges": 18,
    b"access-control-allow-origin": 20,
    b"age": 21,
    b"allow": 22,
    b"cache-control": 24,
    b"content-disposition": 25,
    b"content-encoding": 26,
    b"content-language": 27,
    b"content-length": 28,
    b"content-location": 29,
    b"content-range": 30,
    b"content-type": 31,
    b"date": 33,
    b"etag": 34,
    b"expires": 36,
    b"last-modified": 44,
    b"link": 45,
    b"location": 46,
    b"retry-after": 53,
    b"server": 54,
    b"set-cookie": 55,
    b"strict-transport-security": 56,
    b"transfer-encoding": 57,
    b"vary": 59,
    b"via": 60,
    b"www-authenticate": 61,
}
_FIRST_DYNAMIC = 62

# What an entry takes besides its bytes (RFC 7541 section 4.1).
_OVERHEAD = 32
_USUAL_SIZE = 4096

# Whose values are secret, or another one each time: keeping them would be of no use, or tell on them.
_UNKEPT = frozenset((b"set-cookie", b"etag", b"content-range", b"age", b"last-modified", b"location"))


def _integer(value: int, bits: int, flags: int) -> bytes:
    """Write a number (RFC 7541 section 5.1)."""
    most = (1 << bits) - 1
    if value < most:
        return bytes((flags | value,))
    written = bytearray((flags | most,))
    value -= most
    while value >= 128:
        written.append(value & 127 | 128)
        value >>= 7
    written.append(value)
    return bytes(written)


def _string(value: bytes) -> bytes:
    length = len(value)
    return (bytes((length,)) if length < 127 else _integer(length, 7, 0)) + value


# References to entries, by their number.
_indexed = [_integer(index, 7, 0x80) for index in range(256)]


class Encoder:
    """Writes header blocks. It has what h2 wants of an encoder."""

    def __init__(self) -> None:
        self._most = _USUAL_SIZE
        self._size = 0
        # Entries have serial numbers. The newest one is always the first in the table.
        self._newest = 0
        self._numbers: dict[tuple[bytes, bytes], int] = {}
        self._entries: deque[tuple[tuple[bytes, bytes], int]] = deque()
        self._changes: list[int] = []

    @property
    def header_table_size(self) -> int:
        """How many bytes the table may have."""
        return self._most

    @header_table_size.setter
    def header_table_size(self, size: int) -> None:
        # The peer says what it can take; we need no more than usual.
        size = min(size, _USUAL_SIZE)
        if size != self._most:
            self._most = size
            self._changes.append(size)
            self._shrink(0)

    def _shrink(self, needed: int) -> None:
        while self._entries and self._size + needed > self._most:
            field, number = self._entries.popleft()
            self._size -= len(field[0]) + len(field[1]) + _OVERHEAD
            if self._numbers.get(field) == number:
                del self._numbers[field]

    def encode(self, headers: Iterable[tuple[bytes, bytes]], huffman: bool = True) -> bytes:
        """
        Write a header block.

        Args:
            headers: Names, in lower case, and values.
            huffman: What h2 would have. It is not done.
        """
        pieces: list[bytes] = []
        if self._changes:
            # The smallest size counts too: the peer has dropped what did not fit (RFC 7541 section 4.2).
            smallest, last = min(self._changes), self._changes[-1]
            if smallest != last:
                pieces.append(_integer(smallest, 5, 0x20))
            pieces.append(_integer(last, 5, 0x20))
            self._changes.clear()
        numbers = self._numbers
        for field in headers:
            number = numbers.get(field)
            if number is not None:
                index = _FIRST_DYNAMIC + self._newest - number
                pieces.append(_indexed[index] if index < 256 else _integer(index, 7, 0x80))
                continue
            index = _STATIC.get(field, 0)
            if index:
                pieces.append(_indexed[index])
                continue
            name, value = field
            index = _STATIC_NAMES.get(name, 0)
            size = len(name) + len(value) + _OVERHEAD
            if name in _UNKEPT or size * 4 > self._most:
                # Never to be kept, by anybody on the way either, or just not now.
                flags = 0x10 if name == b"set-cookie" else 0
                pieces.append(_integer(index, 4, flags))
            else:
                self._shrink(size)
                self._newest += 1
                self._size += size
                field = (name, value)
                numbers[field] = self._newest
                self._entries.append((field, self._newest))
                pieces.append(_integer(index, 6, 0x40))
            if not index:
                pieces.append(_string(name))
            pieces.append(_string(value))
        return b"".join(pieces)
