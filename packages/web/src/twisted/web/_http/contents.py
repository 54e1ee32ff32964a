"""
Files that bodies are kept in.
"""

from __future__ import annotations

from io import BytesIO
from typing import IO, TypeAlias

Content: TypeAlias = "BytesIO | IO[bytes]"

# Bodies of fewer bytes are kept in memory.
_IN_MEMORY = 100_000


def make_content(length: int | None) -> Content:
    """
    Make a file for a body.

    Args:
        length: How many bytes it has; `None` if nobody knows.
    """
    if length is not None and length < _IN_MEMORY:
        return BytesIO()
    from tempfile import TemporaryFile

    return TemporaryFile()
