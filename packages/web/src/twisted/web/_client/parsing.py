"""
Responses, read from bytes (RFC 9112).

A `ResponseParser` is given what arrives and says what it means: first the head, then the body's bytes. It knows nothing
of connections. A head that came whole and is beyond doubt is read in one pass; any other goes line by line, and where
the bytes were cut makes no difference to what comes out.

It is lenient where RFC 9112 lets a recipient be and no doubt arises: lines may end in a lone LF in the head, a field
may be folded, one length may be repeated. Whatever leaves the end of a message in doubt is refused, or costs the
connection.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from twisted.web._client.errors import BadResponseVersion, ParseError, _MalformedChunkedDataError
from twisted.web._http.errors import _DataLoss
from twisted.web.http_headers import InvalidHeaderName, canonical
from twisted.web.iweb import UNKNOWN_LENGTH

#: Fields about the connection or the framing, not the content: users do not see them among the headers.
CONNECTION_CONTROL: Final = frozenset(
    [
        b"connection",
        b"content-length",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailers",
        b"transfer-encoding",
        b"upgrade",
    ]
)

_WHITE: Final = b" \t"

# A size in chunks has at most so many digits, and its line so many bytes, extensions included.
_MOST_SIZE_DIGITS: Final = 16
_LONGEST_SIZE_LINE: Final = 1024
_HEX_DIGITS: Final = b"0123456789abcdefABCDEF"

# More digits than this are no length of anything.
_MOST_LENGTH_DIGITS: Final = 19

# How much of an offending line is shown.
_SHOWN: Final = 64

# Status lines and names of fields as they came, and what they mean. Servers repeat themselves, but may send anything:
# hence the bounds.
_MOST_KNOWN: Final = 1024
_LONGEST_KNOWN: Final = 64
_known_status: dict[bytes, tuple[tuple[bytes, int, int], int, bytes]] = {}
_known_names: dict[bytes, bytes] = {}


class ResponseLimits(NamedTuple):
    """
    How much of a response's head is accepted.

    Attributes:
        lineLength: The longest line: status line, header field or trailer field, in bytes.
        headerCount: The most header fields; and as many trailer fields.
        headerSize: The most bytes of header fields together; and as many of trailer fields.
        interimResponses: The most responses with a code below 200 before the final one.
    """

    lineLength: int = 16384
    headerCount: int = 1000
    headerSize: int = 262144
    interimResponses: int = 50


DEFAULT_LIMITS: Final = ResponseLimits()


class Head:
    """
    The head of a response.

    Attributes:
        version: Such as ``(b"HTTP", 1, 1)``.
        code, phrase: The status.
        fields: The header fields by name, without those about the connection.
        control: Those about the connection, by name in lower case.
        length: How long the body is, in bytes, or `UNKNOWN_LENGTH`.
        persistent: Whether the server lets another request follow on the connection.
    """

    __slots__ = ("code", "control", "fields", "length", "persistent", "phrase", "version")

    def __init__(self, version: tuple[bytes, int, int], code: int, phrase: bytes) -> None:
        self.version = version
        self.code = code
        self.phrase = phrase
        self.fields: dict[bytes, list[bytes]] = {}
        self.control: dict[bytes, list[bytes]] = {}
        self.length: int | str = UNKNOWN_LENGTH
        self.persistent = False


def parse_status_line(line: bytes) -> tuple[tuple[bytes, int, int], int, bytes]:
    """
    Read a status line: version, code and reason phrase.

    Raises:
        ParseError: It is none.
        BadResponseVersion: The protocol is not HTTP, or the version no version.
    """
    parts = line.split(b" ", 2)
    if len(parts) < 2:
        raise ParseError("wrong number of parts", line[:_SHOWN])
    raw_version, raw_code = parts[0], parts[1]
    phrase = parts[2] if len(parts) == 3 else b""
    version = parse_version(raw_version)
    if len(raw_code) != 3 or not raw_code.isdigit() or raw_code[0] == 0x30:
        raise ParseError("a status code has three digits, the first from 1 to 9", line[:_SHOWN])
    if b"\0" in phrase or b"\r" in phrase:
        raise ParseError("NUL or a lone CR in the reason phrase", line[:_SHOWN])
    return version, int(raw_code), phrase


def parse_version(raw: bytes) -> tuple[bytes, int, int]:
    """
    Read a protocol version, such as ``HTTP/1.1``.

    Raises:
        BadResponseVersion: It is none.
    """
    if len(raw) != 8 or raw[:5] != b"HTTP/" or raw[6:7] != b"." or not (raw[5:6] + raw[7:8]).isdigit():
        raise BadResponseVersion("not HTTP, or no version of it", raw[:_SHOWN])
    return b"HTTP", raw[5] - 0x30, raw[7] - 0x30


def tokens(values: list[bytes]) -> list[bytes]:
    """Take apart the values of a field that is a list, in lower case."""
    return [part.strip(_WHITE).lower() for value in values for part in value.split(b",") if part.strip(_WHITE)]


def _remember_name(name: bytes) -> bytes:
    """Give a field's name as users see it; raise `InvalidHeaderName`. Names about the connection are not remembered."""
    kept = canonical(name)
    if kept.lower() not in CONNECTION_CONTROL and len(name) <= _LONGEST_KNOWN:
        if len(_known_names) >= _MOST_KNOWN:
            _known_names.clear()
        _known_names[name] = kept
    return kept


def content_length(values: list[bytes]) -> int | None:
    """
    Read what Content-Length says: one number, however often.

    Raises:
        ParseError: It is no number, or they are several.
    """
    said = {part.strip(_WHITE) for value in values for part in value.split(b",")}
    if len(said) > 1:
        raise ParseError("conflicting Content-Length", b", ".join(values)[:_SHOWN])
    for number in said:
        if not number.isdigit() or len(number) > _MOST_LENGTH_DIGITS:
            raise ParseError("Content-Length is no length", number[:_SHOWN])
        return int(number)
    return None


class ResponseParser:
    """
    Read one response after another.

    `begin` each with the method of its request, then give `receive_head` what arrives until it returns a head, and
    `receive_body` the rest and all that follows until `complete`.

    Attributes:
        begun: Whether anything of the present response has come.
        complete: Whether the response is over.
        rest: What came after what was asked for: body bytes behind the head, or bytes that nobody expected behind the
            body.
        broken: Why the body ends here, if it breaks the rules of its framing.
        interims: The codes of responses that came before the final one.
    """

    __slots__ = (
        "_chunked",
        "_count",
        "_expected",
        "_head",
        "_kept",
        "_last",
        "_left",
        "_limits",
        "_method",
        "_searched",
        "_size",
        "_upgrade",
        "begun",
        "broken",
        "complete",
        "interims",
        "rest",
    )

    def __init__(self, limits: ResponseLimits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self.begin(b"GET")

    def begin(self, method: bytes, upgrade: bool = False) -> None:
        """
        Expect a response.

        Args:
            method: Of the request.
            upgrade: Whether the request offered to speak another protocol.
        """
        self._method = method
        self._upgrade = upgrade
        self._head: Head | None = None
        self._kept: bytearray | None = None
        self._searched = 0
        self._count = 0
        self._size = 0
        self._last: list[bytes] | None = None
        # For a body in chunks: what is expected now. Else how many bytes are left, -1 until the connection ends.
        self._chunked = False
        self._expected = _SIZE
        self._left = 0
        self.begun = False
        self.complete = False
        self.rest = b""
        self.broken: Exception | None = None
        self.interims: list[int] = []

    # The head

    def receive_head(self, data: bytes) -> Head | None:
        """
        Take in what arrived.

        Returns:
            The final response's head, or `None` until more comes.

        Raises:
            ParseError: It is no response, or more of one than the limits allow.
        """
        if self._kept is None:
            if not self.begun:
                self.begun = True
                head = self._read_at_once(data)
                if head is not None:
                    return self._framed(head)
            self._kept = bytearray()
        self._kept += data
        return self._read_lines()

    def _read_at_once(self, data: bytes) -> Head | None:
        """Read a whole and ordinary head; give `None`, and change nothing, if there is anything unusual about it."""
        end = data.find(b"\r\n\r\n")
        limits = self._limits
        if end < 0 or end > limits.lineLength:
            return None
        raw = data[:end]
        lines = raw.split(b"\r\n")
        breaks = len(lines) - 1
        if raw.count(b"\n") != breaks or raw.count(b"\r") != breaks or b"\0" in raw:
            return None
        if breaks > limits.headerCount or end > limits.headerSize:
            return None
        status = _known_status.get(lines[0])
        if status is None:
            return None
        if status[1] < 200:
            return None
        head = Head(*status)
        fields = head.fields
        known = _known_names
        del lines[0]
        for line in lines:
            name, colon, value = line.partition(b":")
            kept = known.get(name)
            if kept is not None and colon:
                if kept in fields:
                    fields[kept].append(value.strip(_WHITE))
                else:
                    fields[kept] = [value.strip(_WHITE)]
                continue
            if not colon:
                return None
            lowered = name.lower()
            if lowered in CONNECTION_CONTROL:
                head.control.setdefault(lowered, []).append(value.strip(_WHITE))
                continue
            if name[:1] in (b" ", b"\t"):
                return None
            try:
                kept = _remember_name(name)
            except InvalidHeaderName:
                return None
            fields.setdefault(kept, []).append(value.strip(_WHITE))
        self.rest = data[end + 4 :]
        return head

    def _read_lines(self) -> Head | None:
        kept = self._kept
        assert kept is not None
        longest = self._limits.lineLength
        start = 0
        try:
            while True:
                end = kept.find(b"\n", max(start, self._searched))
                if end < 0:
                    # One more, for a CR.
                    if len(kept) - start > longest + 1:
                        raise ParseError(f"a line longer than {longest} bytes", bytes(kept[start : start + _SHOWN]))
                    self._searched = len(kept)
                    return None
                line = bytes(kept[start : end - 1 if end > start and kept[end - 1] == 0x0D else end])
                start = self._searched = end + 1
                if len(line) > longest:
                    raise ParseError(f"a line longer than {longest} bytes", line[:_SHOWN])
                if self._head is None:
                    self._head = self._read_status(line)
                elif line:
                    self._read_field(self._head, line)
                elif self._head.code < 200 and self._head.code != 101:
                    self._pass_over(self._head)
                else:
                    self.rest = bytes(kept[start:])
                    self._kept = None
                    return self._framed(self._head)
        finally:
            if start:
                # Once for all lines of a piece: linear, however it was cut.
                del kept[:start]
                self._searched = max(0, self._searched - start)

    def _read_status(self, line: bytes) -> Head:
        status = _known_status.get(line)
        if status is None:
            status = parse_status_line(line)
            if len(_known_status) >= _MOST_KNOWN:
                _known_status.clear()
            if len(line) <= _LONGEST_KNOWN:
                _known_status[line] = status
        return Head(*status)

    def _read_field(self, head: Head, line: bytes) -> None:
        self._count_field(line)
        if b"\0" in line or b"\r" in line:
            raise ParseError("NUL or a lone CR in a header field", line[:_SHOWN])
        if line[0] in _WHITE:
            if self._last is None:
                raise ParseError("a header field begins with white space", line[:_SHOWN])
            # A folded field (RFC 9112 section 5.2): to be read as if it were on one line.
            self._last[-1] = (self._last[-1] + b" " + line.strip(_WHITE)).strip(_WHITE)
            return
        name, colon, value = line.partition(b":")
        if not colon:
            raise ParseError("a header field without a colon", line[:_SHOWN])
        kept = _known_names.get(name)
        if kept is None:
            try:
                kept = _remember_name(name)
            except InvalidHeaderName:
                raise ParseError("a header field's name is no token", line[:_SHOWN]) from None
        lowered = kept.lower()
        if lowered in CONNECTION_CONTROL:
            values = head.control.setdefault(lowered, [])
        else:
            values = head.fields.setdefault(kept, [])
        values.append(value.strip(_WHITE))
        self._last = values

    def _count_field(self, line: bytes) -> None:
        self._count += 1
        self._size += len(line) + 2
        if self._count > self._limits.headerCount:
            raise ParseError(f"more than {self._limits.headerCount} header fields", line[:_SHOWN])
        # The first line break of a head is not counted.
        if self._size - 2 > self._limits.headerSize:
            raise ParseError(f"more than {self._limits.headerSize} bytes of header fields", line[:_SHOWN])

    def _pass_over(self, head: Head) -> None:
        """An interim response is over: forget it, but count it."""
        self.interims.append(head.code)
        if len(self.interims) > self._limits.interimResponses:
            raise ParseError(f"more than {self._limits.interimResponses} interim responses", b"%d" % head.code)
        self._head = self._last = None
        self._count = self._size = 0

    def _framed(self, head: Head) -> Head:
        """Find out how long the body is, and whether the connection can be used again (RFC 9112 section 6.3)."""
        control = head.control
        version = head.version
        code = head.code
        connection = control.get(b"connection")
        if connection is None:
            head.persistent = version >= _HTTP_1_1
        else:
            said = tokens(connection)
            head.persistent = b"close" not in said and (version >= _HTTP_1_1 or b"keep-alive" in said)
        if code == 101:
            if not self._upgrade:
                raise ParseError("a switch to another protocol, which nobody asked for", b"101")
            self._until_the_end(head)
            return head
        if self._method == b"CONNECT" and code < 300:
            self._until_the_end(head)
            return head
        coding = control.get(b"transfer-encoding")
        lengths = control.get(b"content-length")
        if self._method == b"HEAD":
            if lengths is not None:
                head.fields[b"Content-Length"] = lengths
            head.length = 0
            self.complete = True
            return head
        if code == 204 or code == 304:
            head.length = 0
            self.complete = True
            return head
        if coding is not None:
            if tokens(coding) != [b"chunked"]:
                raise ParseError("a transfer coding other than chunked", b", ".join(coding)[:_SHOWN])
            self._chunked = True
            self._count = self._size = 0
            if lengths is not None or version < _HTTP_1_1:
                # The length counts for nothing, and whoever stands between may have thought otherwise.
                head.persistent = False
            return head
        if lengths is None:
            self._until_the_end(head)
            return head
        only = lengths[0]
        if len(lengths) == 1 and len(only) < _MOST_LENGTH_DIGITS and only.isdigit():
            length = int(only)
        else:
            length = content_length(lengths) or 0
        head.length = self._left = length
        if not length:
            self.complete = True
        return head

    def _until_the_end(self, head: Head) -> None:
        head.persistent = False
        self._left = -1

    # The body

    def receive_body(self, data: bytes) -> bytes:
        """
        Take in what arrived.

        Returns:
            What of it is the body's. `complete` tells whether that was all, and `broken` whether nothing that follows
            can be made sense of.
        """
        if self._chunked:
            return self._read_chunks(data)
        left = self._left
        if left < 0:
            return data
        size = len(data)
        if size < left:
            self._left = left - size
            return data
        self.complete = True
        self._left = 0
        if size > left:
            self.rest = data[left:]
            return data[:left]
        return data

    def end(self) -> Exception | None:
        """The connection has ended. Say what that means for the body: `None` if it is complete by that."""
        if self._chunked:
            return _DataLoss(f"the connection ended {_EXPECTATIONS[self._expected]} of a body in chunks")
        if self._left > 0:
            return _DataLoss(f"the connection ended {self._left} bytes before the end of the body")
        return None

    def _read_chunks(self, data: bytes) -> bytes:
        if self._kept:
            data = bytes(self._kept) + data
            self._kept = None
        pieces: list[bytes] = []
        at = 0
        size = len(data)
        try:
            while at < size:
                expected = self._expected
                if expected is _DATA:
                    piece = data[at : at + self._left]
                    pieces.append(piece)
                    at += len(piece)
                    self._left -= len(piece)
                    if not self._left:
                        self._expected = _BREAK
                    continue
                if expected is _BREAK:
                    found = data[at : at + 2]
                    if found == b"\r\n":
                        at += 2
                        self._expected = _SIZE
                        continue
                    if found == b"\r":
                        break
                    raise _MalformedChunkedDataError("Chunk did not end with CRLF")
                longest = _LONGEST_SIZE_LINE if expected is _SIZE else self._limits.lineLength
                end = data.find(b"\r\n", at, at + longest + 2)
                if end < 0:
                    if size - at > longest + 1:
                        what = "Chunk size line" if expected is _SIZE else "trailer field"
                        raise _MalformedChunkedDataError(f"{what} longer than {longest} bytes")
                    break
                line = data[at:end]
                at = end + 2
                if expected is _SIZE:
                    self._left = self._read_size(line)
                    self._expected = _DATA if self._left else _TRAILER
                elif line:
                    self._check_trailer(line)
                else:
                    self.complete = True
                    self.rest = data[at:]
                    break
        except _MalformedChunkedDataError as wrong:
            self.broken = wrong
        else:
            if not self.complete and at < size:
                self._kept = bytearray(data[at:])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _read_size(self, line: bytes) -> int:
        number, _, extension = line.partition(b";")
        number = number.rstrip(_WHITE)
        if not number or len(number) > _MOST_SIZE_DIGITS or number.translate(None, _HEX_DIGITS):
            raise _MalformedChunkedDataError(f"Chunk-size must be an integer, in hexadecimal digits: {line[:_SHOWN]!r}")
        if b"\n" in extension or b"\r" in extension or b"\0" in extension:
            raise _MalformedChunkedDataError(f"Invalid characters in a chunk extension: {line[:_SHOWN]!r}")
        return int(number, 16)

    def _check_trailer(self, line: bytes) -> None:
        """Trailer fields are read over. But what only looks like one may be another response."""
        try:
            self._count_field(line)
            name, colon, _ = line.partition(b":")
            if not colon or b"\0" in line or b"\r" in line or b"\n" in line:
                raise ParseError("no trailer field", line[:_SHOWN])
            canonical(name)
        except (ParseError, InvalidHeaderName) as wrong:
            raise _MalformedChunkedDataError(f"Malformed trailer: {wrong}") from None


_HTTP_1_1: Final = (b"HTTP", 1, 1)

# What may come next in a body in chunks.
_SIZE: Final = 0
_DATA: Final = 1
_BREAK: Final = 2
_TRAILER: Final = 3
_EXPECTATIONS: Final = ("before the size of a chunk", "inside a chunk", "behind a chunk", "before the last line")
