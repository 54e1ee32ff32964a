"""
Multipart bodies, read while they come (RFC 2046 section 5.1, RFC 7578).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import Enum

from twisted.web._http.pieces import Pieces, read_all, read_on
from twisted.web._http.queries import parse_parameters
from twisted.web._http1.errors import Refused
from twisted.web._http1.fields import read_fields, read_lines
from twisted.web.http_headers import Headers

# The longest boundary (RFC 2046 section 5.1.1).
_LONGEST_BOUNDARY = 70


class MalformedParts(Exception):
    """A body is not the multipart body that it says it is, or has more or larger parts than it may."""


class _PartEnd(Enum):
    PART_END = "end of a part"


PART_END = _PartEnd.PART_END


class PartsParser:
    """
    Cuts a multipart body into parts.

    Feed it, and take what there is: a part's fields, its bytes, `PART_END`; and so on. Holds no more than the header of
    a part, or what was fed and not taken.

    Args:
        boundary: What stands between the parts.
        most_parts: How many there may be.
        most_header: How many bytes the header of one may have.
    """

    def __init__(self, boundary: bytes, most_parts: int, most_header: int) -> None:
        if not boundary or len(boundary) > _LONGEST_BOUNDARY:
            raise MalformedParts("a multipart body has a boundary of 1 to 70 bytes")
        self._delimiter = b"\r\n--" + boundary
        self._most_parts = most_parts
        self._most_header = most_header
        # As if a line had ended: the first delimiter needs none before it.
        self._data = bytearray(b"\r\n")
        self._in_part = False
        self._in_header = False
        self._at_content = False
        self._found = 0
        self.ended = False

    def feed(self, data: bytes) -> None:
        """Add what came."""
        if not self.ended:
            self._data += data

    def next_event(self) -> Headers | bytes | _PartEnd | None:
        """
        Take what comes next, or give `None` until more is fed, or for ever behind the last part.

        Raises:
            MalformedParts: This makes no sense.
        """
        data = self._data
        while not self.ended:
            if self._in_header:
                return self._next_header()
            if self._at_content and not self._begin_content():
                return None
            at = data.find(self._delimiter)
            if at < 0:
                # What may be the beginning of a delimiter stays.
                sure = len(data) - len(self._delimiter) + 1
                if sure <= 0:
                    return None
                piece = bytes(data[:sure])
                del data[:sure]
                if self._in_part:
                    return piece
                return None
            if at:
                piece = bytes(data[:at])
                del data[:at]
                if self._in_part:
                    return piece
                continue
            # Behind a delimiter comes the end of its line, after padding; or two hyphens, and nothing more that counts.
            behind = len(self._delimiter)
            while bytes(data[behind : behind + 1]) in (b" ", b"\t"):
                behind += 1
            if behind > len(self._delimiter) + 256:
                raise MalformedParts("a boundary with padding that does not end")
            tail = bytes(data[behind : behind + 2])
            if len(tail) < 2:
                return None
            if tail == b"--" and behind == len(self._delimiter):
                self.ended = True
                data.clear()
            elif tail == b"\r\n":
                # The line's end may be that of the header too, if there is none.
                del data[:behind]
                self._in_header = True
            elif self._in_part:
                # No delimiter after all: a longer word that begins like one.
                piece = bytes(data[:behind])
                del data[:behind]
                return piece
            else:
                del data[:behind]
                continue
            if self._in_part:
                self._in_part = False
                return PART_END
        return None

    def _next_header(self) -> Headers | None:
        data = self._data
        end = data.find(b"\r\n\r\n", 0, self._most_header + 4)
        if end < 0:
            if len(data) >= self._most_header + 4:
                raise MalformedParts(f"a part with a header of more than {self._most_header} bytes")
            return None
        block = bytes(data[2:end])
        # The last line end stays: an empty part's delimiter begins with it.
        del data[: end + 2]
        self._found += 1
        if self._found > self._most_parts:
            raise MalformedParts(f"more than {self._most_parts} parts")
        try:
            fields = read_fields(read_lines(block)) if block else {}
        except Refused as error:
            raise MalformedParts(error.why) from None
        self._in_header = False
        self._in_part = self._at_content = True
        return Headers._of_checked(fields)

    def _begin_content(self) -> bool:
        """Drop the line end before a part's content; that of an empty part belongs to the delimiter behind it."""
        data = self._data
        if len(data) < len(self._delimiter) and self._delimiter.startswith(data):
            return False
        if not data.startswith(self._delimiter):
            del data[:2]
        self._at_content = False
        return True


class Part:
    """
    A part of a multipart body: ``async for piece in part``.

    Attributes:
        headers: Its header fields.
        name: Its field's name, if it is one of a form.
        filename: Its file's name as the client says, if it is a file. It can be anything: do not make a path of it.
    """

    def __init__(self, headers: Headers, source: _Source) -> None:
        self.headers = headers
        self._source = source
        self._ended = False
        disposition = headers.getRawHeaders(b"content-disposition", [b""])[0]
        _, parameters = parse_parameters(disposition)
        self.name: bytes | None = parameters.get(b"name")
        self.filename: bytes | None = parameters.get(b"filename")

    async def readPiece(self) -> bytes:
        """Wait for the next piece; ``b""`` when there is none left."""
        if self._ended:
            return b""
        event = await self._source.next_event()
        if isinstance(event, bytes):
            return event
        self._ended = True
        return b""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return read_on(self)

    async def read(self, most: int) -> bytes:
        """
        Read all that is left of it.

        Args:
            most: How many bytes it may have.

        Raises:
            BodyTooLarge: It has more.
        """
        return await read_all(self, most)


class _Source:
    """Feeds a parser with a body."""

    def __init__(self, body: Pieces, parser: PartsParser) -> None:
        self._body = body
        self._parser = parser

    async def next_event(self) -> Headers | bytes | _PartEnd | None:
        """Wait for what comes next; `None` behind the last part."""
        parser = self._parser
        while True:
            event = parser.next_event()
            if event is not None or parser.ended:
                return event
            piece = await self._body.readPiece()
            if not piece:
                raise MalformedParts("the last boundary is missing")
            parser.feed(piece)


async def read_parts(body: Pieces, content_type: bytes, most_parts: int, most_header: int) -> AsyncIterator[Part]:
    """Read the parts of a body, one after the other. See `RequestBody.parts`."""
    kind, parameters = parse_parameters(content_type)
    if not kind.startswith(b"multipart/"):
        raise MalformedParts(f"{kind[:60]!r} is no multipart body")
    source = _Source(body, PartsParser(parameters.get(b"boundary", b""), most_parts, most_header))
    while True:
        event = await source.next_event()
        if not isinstance(event, Headers):
            break
        part = Part(event, source)
        yield part
        # What nobody has read.
        while await part.readPiece():
            pass
    # What stands behind the last part.
    while await body.readPiece():
        pass
