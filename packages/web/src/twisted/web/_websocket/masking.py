"""
Masks, which clients put over what they send (RFC 6455 section 5.3).

What is short is one large number for that, which is fastest by far up to some hundred bytes. What is long is four
texts, each with a substitution table.
"""

from __future__ import annotations

from os import urandom

# From here on four tables are faster than one number.
_LONG = 512

_tables: list[bytes | None] = [None] * 256

_KEYS_AT_ONCE = 1024


def mask(data: bytes, key: bytes) -> bytes:
    """Put a mask of four bytes over data, or take it away."""
    length = len(data)
    if length < _LONG:
        whole = (key * ((length + 3) >> 2))[:length]
        return (int.from_bytes(data, "little") ^ int.from_bytes(whole, "little")).to_bytes(length, "little")
    masked = bytearray(length)
    for place in range(4):
        masked[place::4] = data[place::4].translate(_table(key[place]))
    return bytes(masked)


def _table(byte: int) -> bytes:
    table = _tables[byte]
    if table is None:
        table = _tables[byte] = bytes([other ^ byte for other in range(256)])
    return table


class Keys:
    """Masks that nobody can foresee. Asking the system for many at once costs less."""

    __slots__ = ("_at", "_store")

    def __init__(self) -> None:
        self._store = b""
        self._at = 0

    def next_key(self) -> bytes:
        """Give one that was not given before."""
        at = self._at
        if at == len(self._store):
            self._store = urandom(4 * _KEYS_AT_ONCE)
            at = 0
        self._at = at + 4
        return self._store[at : at + 4]
