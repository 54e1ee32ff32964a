"""
Bodies, cut out of the stream (RFC 9112 sections 6 and 7).

A body gives its pieces as they come: `next_piece` returns bytes, `END` behind the last one, or `None` until more comes.
"""

from __future__ import annotations

import re
from enum import Enum

from twisted.web._http1.buffers import InputBuffer
from twisted.web._http1.errors import Refused
from twisted.web._http1.fields import read_fields, read_lines


class End(Enum):
    """The end of a body, and what may come after it in the stream."""

    END = "end"


END = End.END


class SizedBody:
    """A body of so many bytes."""

    __slots__ = ("left",)

    def __init__(self, length: int) -> None:
        self.left = length

    def next_piece(self, buffer: InputBuffer) -> bytes | End | None:
        """Take what is there."""
        if not self.left:
            return END
        piece = buffer.take(self.left)
        self.left -= len(piece)
        return piece or None


class _Part(Enum):
    """What comes next in a body of chunks."""

    SIZE = "size"
    DATA = "data"
    DATA_END = "end of data"
    TRAILER = "trailer"
    NOTHING = "nothing"


# Of all of a line, and of the beginning of one that may be lawful. Extensions are not understood, only bounded. A space
# before the semicolon is what some senders write (RFC 9112 section 7.1.1).
_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?")
_SIZE_LINE_BEGUN = re.compile(rb"[0-9A-Fa-f]{1,15}(?:[ \t]*|[ \t]*;[\t\x20-\x7e\x80-\xff]*)\r?")


class ChunkedBody:
    """
    A body in chunks, with trailers behind them.

    Args:
        most_line: How many bytes the line before a chunk may have.
        most_trailer: How many bytes the trailers may have, all together; and by how many the extensions of all chunks
            may be longer than those chunks.

    Attributes:
        trailers: The trailers, once the body has ended.
    """

    __slots__ = ("_allowance", "_left", "_most_line", "_most_trailer", "_part", "_trailer", "trailers")

    def __init__(self, most_line: int = 1024, most_trailer: int = 16384) -> None:
        self._most_line = most_line
        self._most_trailer = most_trailer
        self._part = _Part.SIZE
        self._left = 0
        self._allowance = most_trailer
        self._trailer = bytearray()
        self.trailers: dict[bytes, list[bytes]] = {}

    def next_piece(self, buffer: InputBuffer) -> bytes | End | None:
        """
        Take the data of all chunks that are there, together.

        Raises:
            Refused: This is no lawful chunk or trailer. What stood before it is lost, as the message is.
        """
        pieces: list[bytes] = []
        while True:
            part = self._part
            if part is _Part.DATA:
                piece = buffer.take(self._left)
                if not piece:
                    break
                pieces.append(piece)
                self._left -= len(piece)
                if self._left:
                    break
                self._part = _Part.DATA_END
            elif part is _Part.DATA_END:
                start = buffer.start
                end = bytes(buffer.data[start : start + 2])
                if end != b"\r\n":
                    if end == b"" or end == b"\r":
                        break
                    raise Refused(400, "a chunk that is longer than it said")
                buffer.start = start + 2
                self._part = _Part.SIZE
            elif part is _Part.SIZE:
                if not self._read_size(buffer):
                    break
            elif part is _Part.TRAILER:
                if pieces or not self._read_trailer(buffer):
                    break
                self._part = _Part.NOTHING
            else:
                return END
        return b"".join(pieces) if pieces else None

    def _read_size(self, buffer: InputBuffer) -> bool:
        data, start = buffer.data, buffer.start
        limit = start + self._most_line
        end = data.find(b"\r\n", start, limit + 2)
        if end < 0:
            begun = bytes(data[start : limit + 2])
            if len(begun) >= self._most_line + 2 or (begun and not _SIZE_LINE_BEGUN.fullmatch(begun)):
                raise Refused(400, f"{begun[:60]!r} is no size of a chunk")
            return False
        found = _SIZE_LINE.fullmatch(data, start, end)
        if found is None:
            raise Refused(400, f"{bytes(data[start:end])[:60]!r} is no size of a chunk")
        buffer.start = end + 2
        self._left = int(found[1], 16)
        extension = end - found.end(1)
        if extension:
            # Signatures of chunks are extensions, and lawful. Without a bound nobody could tell them from a flood
            # (RFC 9112 section 7.1.1).
            self._allowance += self._left - extension
            if self._allowance < 0:
                raise Refused(413, "extensions of chunks that are longer than the chunks")
        self._part = _Part.DATA if self._left else _Part.TRAILER
        return True

    def _read_trailer(self, buffer: InputBuffer) -> bool:
        # Line by line, so that what cannot be one is refused where it stands.
        while True:
            data, start = buffer.data, buffer.start
            left = self._most_trailer - len(self._trailer)
            end = data.find(b"\r\n", start, start + left + 2)
            if end < 0:
                begun = bytes(data[start : start + left + 2])
                read_lines(begun[:-1] if begun.endswith(b"\r") else begun)
                if len(begun) >= left + 2:
                    raise Refused(431, "trailers that are too long")
                return False
            line = bytes(data[start:end])
            buffer.start = end + 2
            if not line:
                if self._trailer:
                    self.trailers = read_fields(bytes(self._trailer[:-2]).split(b"\r\n"))
                return True
            read_fields(read_lines(line))
            self._trailer += line + b"\r\n"
