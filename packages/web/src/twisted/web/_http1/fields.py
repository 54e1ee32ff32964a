"""
Header fields, read from the wire (RFC 9112 section 5).
"""

from __future__ import annotations

from collections.abc import Iterable

from twisted.web import http_headers
from twisted.web._http1.errors import Refused

# What may stand in a line: everything but controls, tab excepted (RFC 9110 section 5.5).
LINE_BYTES = bytes([0x09, *range(0x20, 0x7F), *range(0x80, 0x100)])

_known = http_headers._known


def read_lines(block: bytes) -> list[bytes]:
    """
    Cut a block into lines.

    Args:
        block: Lines with CRLF between them, and none at the end.

    Raises:
        Refused: There is a CR without LF, or LF without CR, a NUL or another control in it.
    """
    lines = block.split(b"\r\n")
    # Each end of a line accounts for two bytes of what is left without those that may stand in a line.
    if len(block.translate(None, LINE_BYTES)) != 2 * len(lines) - 2:
        raise Refused(400, "a control character, or half an end of line, in a header")
    return lines


def read_fields(lines: Iterable[bytes]) -> dict[bytes, list[bytes]]:
    """
    Read fields.

    Args:
        lines: Their lines, as `read_lines` gives them.

    Returns:
        The values of each field, by its name as `http_headers.Headers` keeps it.

    Raises:
        Refused: There is no colon, or the name before it is no token; a line that goes on with the one before it
            (obs-fold) is such a one too.
    """
    fields: dict[bytes, list[bytes]] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        kept = _known.get(name)
        if kept is None or not colon:
            kept = _check(name, colon, line)
        values = fields.get(kept)
        if values is None:
            fields[kept] = [value.strip(b" \t")]
        else:
            values.append(value.strip(b" \t"))
    return fields


def _check(name: bytes, colon: bytes, line: bytes) -> bytes:
    if not colon:
        raise Refused(400, f"no colon in the header line {line[:60]!r}")
    try:
        return http_headers.canonical(name)
    except http_headers.InvalidHeaderName:
        raise Refused(400, f"{name[:60]!r} is no name of a header field") from None


def tokens(values: Iterable[bytes]) -> list[bytes]:
    """Give the members of a list that a field has, in lower case and without empty ones (RFC 9110 section 5.6.1)."""
    return [member for member in (one.strip(b" \t") for one in b",".join(values).lower().split(b",")) if member]


def read_length(values: list[bytes]) -> int:
    """
    Read what the fields ``Content-Length`` say (RFC 9110 section 8.6).

    Raises:
        Refused: There are two, or one is no decimal number, or it has more than 18 digits.
    """
    if len(values) != 1:
        raise Refused(400, "more than one Content-Length")
    digits = values[0]
    # isdigit() of bytes knows ASCII digits only.
    if not digits.isdigit() or len(digits) > 18:
        raise Refused(400, f"{digits[:60]!r} is no length")
    return int(digits)
