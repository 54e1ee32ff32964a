"""
Single chunks of the chunked transfer coding (RFC 9112 section 7.1).
"""

from __future__ import annotations


def toChunk(data: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Give the pieces of a chunk with these data in it."""
    return b"%x" % len(data), b"\r\n", data, b"\r\n"


def fromChunk(data: bytes) -> tuple[bytes, bytes]:
    """
    Read a chunk.

    Returns:
        What is in it, and what follows it.

    Raises:
        ValueError: It is none, or not whole.
    """
    digits, end, rest = data.partition(b"\r\n")
    if not end:
        raise ValueError("a chunk begins with its size and CRLF")
    if not digits or digits.strip(b"0123456789abcdefABCDEF"):
        raise ValueError(digits)
    size = int(digits, 16)
    if rest[size : size + 2] != b"\r\n":
        raise ValueError("chunk must end with CRLF")
    return rest[:size], rest[size + 2 :]
