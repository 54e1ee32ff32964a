"""
Frames that cost us something and bring nobody anything, counted.
"""

from __future__ import annotations

# How long is counted together, in seconds.
_WHILE = 10.0


class Flood(Exception):
    """Too many of them came."""


class Meter:
    """
    Counts frames for a while, and then anew.

    Args:
        most: How many there may be in a while of ten seconds.
        what: What they are.
    """

    __slots__ = ("_count", "_most", "_since", "_what")

    def __init__(self, most: int, what: str) -> None:
        self._most = most
        self._what = what
        self._count = 0
        self._since = 0.0

    def count(self, now: float) -> None:
        """
        Count one.

        Raises:
            Flood: It is one too many.
        """
        if now - self._since > _WHILE:
            self._since = now
            self._count = 0
        self._count += 1
        if self._count > self._most:
            raise Flood(f"more than {self._most} {self._what} in {_WHILE:.0f} seconds")
