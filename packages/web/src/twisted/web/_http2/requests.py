"""
Header blocks, made requests of (RFC 9113 section 8.3.1), and responses, made header blocks of.
"""

from __future__ import annotations

from collections.abc import Iterable

from twisted.web._http1.errors import Refused
from twisted.web._http1.fields import LINE_BYTES, read_length
from twisted.web._http1.heads import _METHODS, _check_host
from twisted.web.http_headers import _TOKEN, Headers, InvalidHeaderName, _known, _sanitizeLinearWhitespace, canonical

VERSION = b"HTTP/2"

# In the place of a length: it ends when the stream does.
UNKNOWN = None

# Fields about a connection: HTTP/2 has none (RFC 9113 section 8.2.2).
_ABOUT_CONNECTIONS = frozenset((b"Connection", b"Keep-Alive", b"Proxy-Connection", b"Transfer-Encoding", b"Upgrade"))

_lowered: dict[bytes, bytes] = {}
_MOST_LOWERED = 1024

_statuses: dict[int, tuple[bytes, bytes]] = {}


class StreamRequest:
    """
    What a header block asks for.

    Attributes:
        method: The method.
        target: Path and query.
        fields: The header fields.
        length: How many bytes the body has, if the header says so.
        awaits_continue: Whether the client sends the body only when it is told to go on.
    """

    __slots__ = ("awaits_continue", "fields", "length", "method", "target")

    def __init__(self, method: bytes, target: bytes, fields: dict[bytes, list[bytes]]) -> None:
        self.method = method
        self.target = target
        self.fields = fields
        self.length: int | None = UNKNOWN
        self.awaits_continue = False


def read_block(block: Iterable[tuple[bytes, bytes]], most_fields: int) -> StreamRequest:
    """
    Read a header block, whose pseudo-fields h2 has checked to be there and in their place. It has also put cookies
    together that came in pieces (RFC 9113 section 8.2.3).

    Args:
        block: Names and values.
        most_fields: How many fields there may be.

    Raises:
        Refused: There is something wrong with it that h2 does not look at.
    """
    pseudo: dict[bytes, bytes] = {}
    fields: dict[bytes, list[bytes]] = {}
    count = 0
    for name, value in block:
        if name[:1] == b":":
            pseudo[name] = value
            continue
        count += 1
        kept = _known.get(name)
        if kept is None:
            try:
                kept = canonical(name)
            except InvalidHeaderName:
                raise Refused(400, f"{name[:60]!r} is no name of a header field") from None
        values = fields.get(kept)
        if values is None:
            fields[kept] = [value]
        else:
            values.append(value)
    if count > most_fields:
        raise Refused(431, f"more than {most_fields} header fields")
    for values in fields.values():
        for value in values:
            if value.translate(None, LINE_BYTES):
                raise Refused(400, "a control character in a header field")
    method = pseudo.get(b":method", b"")
    target = pseudo.get(b":path", b"")
    authority = pseudo.get(b":authority")
    if method not in _METHODS and (not method or method.translate(None, _TOKEN)):
        raise Refused(400, f"{method[:60]!r} is no method")
    if method == b"CONNECT":
        raise Refused(501, "nothing is connected to here")
    if target[:1] != b"/" and not (target == b"*" and method == b"OPTIONS"):
        raise Refused(400, f"{target[:60]!r} is nothing to ask for")
    if target.translate(None, LINE_BYTES) or b" " in target or b"\t" in target:
        raise Refused(400, "a space or a control character in the target")
    hosts = fields.get(b"Host")
    if authority is not None:
        # If there is a Host too, h2 has seen that it is the same.
        fields[b"Host"] = hosts = [authority]
    if hosts is None or len(hosts) != 1:
        raise Refused(400, "no host, or more than one")
    _check_host(hosts[0])
    request = StreamRequest(method, target, fields)
    lengths = fields.get(b"Content-Length")
    if lengths is not None:
        request.length = read_length(lengths)
    if b"Expect" in fields:
        request.awaits_continue = b"100-continue" in b",".join(fields[b"Expect"]).lower()
    return request


def _lower(name: bytes) -> bytes:
    lowered = name.lower()
    if len(_lowered) >= _MOST_LOWERED:
        _lowered.clear()
    _lowered[name] = lowered
    return lowered


def response_block(code: int, headers: Headers) -> list[tuple[bytes, bytes]]:
    """Give the header block of a response."""
    status = _statuses.get(code)
    if status is None:
        status = (b":status", b"%d" % code)
        if 100 <= code <= 999:
            _statuses[code] = status
    block = [status]
    for name, values in headers._rawHeaders.items():
        if name in _ABOUT_CONNECTIONS:
            continue
        lowered = _lowered.get(name) or _lower(name)
        for value in values:
            if b"\n" in value or b"\r" in value or b"\0" in value:
                # Somebody has written past `Headers` into the lists of values.
                value = _sanitizeLinearWhitespace(value)
            block.append((lowered, value))
    return block
