"""
What is read piece by piece: the body of a request, or a part of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Protocol


class BodyTooLarge(Exception):
    """
    A body has more bytes than whoever reads it wants.

    Attributes:
        limit: How many it may have.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"the body has more than {self.limit} bytes"


class Pieces(Protocol):
    """What gives one piece after the other, and ``b""`` when there is none left."""

    def readPiece(self) -> Awaitable[bytes]: ...


async def read_on(source: Pieces) -> AsyncIterator[bytes]:
    """Give the pieces that are left, as they come."""
    while piece := await source.readPiece():
        yield piece


async def read_all(source: Pieces, most: int) -> bytes:
    """
    Read all that is left, in one.

    Raises:
        BodyTooLarge: It has more than *most* bytes.
    """
    pieces: list[bytes] = []
    size = 0
    async for piece in read_on(source):
        size += len(piece)
        if size > most:
            raise BodyTooLarge(most)
        pieces.append(piece)
    return b"".join(pieces)
