"""
The header of a response, written down (RFC 9112 sections 4 and 5).
"""

from __future__ import annotations

from collections.abc import Iterable

from twisted.web._http1.fields import LINE_BYTES
from twisted.web.http_headers import Headers, _sanitizeLinearWhitespace

# Status lines, which are few.
_status_lines: dict[tuple[bytes, int, bytes], bytes] = {}
_MOST_STATUS_LINES = 256


def status_line(version: bytes, code: int, reason: bytes) -> bytes:
    """Write the line that a response begins with, or raise `ValueError` if the reason phrase is more than a line."""
    line = _status_lines.get((version, code, reason))
    if line is None:
        # From the request, but checked there; the reason may come from anywhere.
        if reason.translate(None, LINE_BYTES):
            raise ValueError(f"a reason phrase is one line: {reason!r}")
        line = b"%b %d %b" % (version, code, reason)
        if len(_status_lines) >= _MOST_STATUS_LINES:
            _status_lines.clear()
        _status_lines[version, code, reason] = line
    return line


def write_head(version: bytes, code: int, reason: bytes, headers: Headers) -> bytes:
    """
    Write the header of a response, with the empty line behind it.

    Raises:
        ValueError: The reason phrase has a line break in it.
    """
    lines = [_status_lines.get((version, code, reason)) or status_line(version, code, reason)]
    for name, values in headers._rawHeaders.items():
        for value in values:
            lines.append(name + b": " + value)
    ends = len(lines) + 1
    lines.append(b"\r\n")
    head = b"\r\n".join(lines)
    if len(head.translate(None, LINE_BYTES)) != 2 * ends:
        # Somebody has written past `Headers` into the lists of values.
        return _clean(version, code, reason, headers.getAllRawHeaders())
    return head


def _clean(version: bytes, code: int, reason: bytes, fields: Iterable[tuple[bytes, Iterable[bytes]]]) -> bytes:
    """Write a header whose values may have line breaks in them."""
    checked = Headers()
    for name, values in fields:
        for value in values:
            checked.addRawHeader(name, _sanitizeLinearWhitespace(value))
    lines = [b"%b: %b\r\n" % (name, value) for name, values in checked.getAllRawHeaders() for value in values]
    return status_line(version, code, reason) + b"\r\n" + b"".join(lines) + b"\r\n"
