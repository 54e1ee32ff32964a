"""
A stream of requests.
"""

from __future__ import annotations

import re

from twisted.web._http1.bodies import END, ChunkedBody, End, SizedBody
from twisted.web._http1.buffers import InputBuffer
from twisted.web._http1.errors import Refused
from twisted.web._http1.heads import CHUNKED, RequestHead, read_head

# What cannot stand in a head, wherever it is: a control, or half an end of line. A CR at the very end may get its LF.
_UNLAWFUL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r(?!\n)(?!\Z)")


class RequestReceiver:
    """
    Understands what a client sends.

    Feed it with bytes, and take what they are, until there is nothing more: the head of a request, the pieces of its
    body, `END`; and so on with the next one. A head whose ``length`` is 0 has neither pieces nor an end. How the
    stream was cut makes no difference, except for where a body's pieces are cut. Time is linear in what is fed, and no
    more is held than a head, or what was fed and not taken.

    Attributes:
        most_line: How many bytes the request line may have.
        most_head: How many bytes the header fields may have, all together.
        most_fields: How many header fields there may be.
        most_chunk_line: How many bytes the line before a chunk may have.
        host_required: Whether a request of HTTP/1.1 without Host is refused.
        buffer: What has been fed and not been taken.
        trailers: What stood behind the chunks of the body that ended last.
    """

    __slots__ = (
        "_body",
        "_line_end",
        "_seen",
        "buffer",
        "host_required",
        "most_chunk_line",
        "most_fields",
        "most_head",
        "most_line",
        "trailers",
    )

    def __init__(
        self,
        most_line: int = 16384,
        most_head: int = 16384,
        most_fields: int = 500,
        most_chunk_line: int = 1024,
        host_required: bool = True,
    ) -> None:
        self.most_line = most_line
        self.most_head = most_head
        self.most_fields = most_fields
        self.most_chunk_line = most_chunk_line
        self.host_required = host_required
        self.buffer = InputBuffer()
        self.trailers: dict[bytes, list[bytes]] = {}
        self._body: SizedBody | ChunkedBody | None = None
        # Of the head that is coming: up to where it was looked at, and how long its first line is, or -1.
        self._seen = 0
        self._line_end = -1

    @property
    def inside(self) -> bool:
        """Whether a request has begun and not ended."""
        return self._body is not None or len(self.buffer) > 0

    @property
    def in_body(self) -> bool:
        """Whether a head has been taken, and the end of its body has not."""
        return self._body is not None

    def feed(self, data: bytes) -> None:
        """Add what was received."""
        self.buffer.feed(data)

    def next_event(self) -> RequestHead | bytes | End | None:
        """
        Take what comes next, or give `None` until more is fed.

        Raises:
            Refused: The stream makes no sense from here on.
        """
        body = self._body
        if body is not None:
            piece = body.next_piece(self.buffer)
            if piece is END:
                self._body = None
                self.trailers = body.trailers if isinstance(body, ChunkedBody) else {}
            return piece
        block = self._next_block()
        if block is None:
            return None
        head = read_head(block, self.most_fields, self.host_required)
        self.begin_body(head)
        return head

    def begin_body(self, head: RequestHead) -> None:
        """Go on with the body of a head that was read elsewhere."""
        if head.length == CHUNKED:
            self._body = ChunkedBody(self.most_chunk_line, self.most_head)
        elif head.length:
            self._body = SizedBody(head.length)

    def _next_block(self) -> bytes | None:
        """Remove and return the oldest head, if it is whole."""
        buffer = self.buffer
        if self._line_end < 0:
            self._skip_empty_lines()
        data, start = buffer.data, buffer.start
        length = len(data) - start
        if length <= 0:
            return None
        line_end = self._line_end
        if line_end < 0:
            line_end = data.find(b"\r\n", start + max(0, self._seen - 1), start + self.most_line + 2) - start
            if line_end < 0:
                self._check(data, start, min(length, self.most_line + 2))
                if length >= self.most_line + 2:
                    raise Refused(414, f"a request line of more than {self.most_line} bytes")
                return None
            self._line_end = line_end
        # The end of the fields, counted from the end of the line, which may be the end of both.
        most = line_end + self.most_head + 4
        end = data.find(b"\r\n\r\n", start + max(line_end, self._seen - 3), start + most) - start
        if end < 0:
            self._check(data, start, min(length, most))
            if length >= most:
                raise Refused(431, f"header fields of more than {self.most_head} bytes")
            return None
        block = bytes(data[start : start + end])
        buffer.start = start + end + 4
        self._seen = 0
        self._line_end = -1
        return block

    def _skip_empty_lines(self) -> None:
        """Skip ends of line before a request (RFC 9112 section 2.2)."""
        buffer = self.buffer
        data, start = buffer.data, buffer.start
        while data[start : start + 2] == b"\r\n":
            start += 2
            self._seen = 0
        buffer.start = start

    def _check(self, data: bytes | bytearray, start: int, length: int) -> None:
        """Refuse what cannot become a head any more, rather than wait for its end. Nothing is looked at twice."""
        # From one byte before what is new: an LF needs its CR.
        begin = start + max(0, self._seen - 1)
        # What stands before the head may be the CR that ends a body.
        if not self._seen and data[start] == 0x0A:
            raise Refused(400, "a request that begins with half an end of line")
        if _UNLAWFUL.search(data, begin, start + length) is not None:
            raise Refused(400, "a control character, or half an end of line, in a header")
        self._seen = length
