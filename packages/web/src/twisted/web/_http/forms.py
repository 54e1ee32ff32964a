"""
Forms that are posted, once they are there as a whole.
"""

from __future__ import annotations

import binascii
from typing import IO
from urllib.parse import unquote_to_bytes

from twisted.web._http.queries import parse_parameters, parse_qs

# How many bytes the header of a part may have.
_MOST_PART_HEADER = 16384


class Unreadable(Exception):
    """
    A form makes no sense, or is too large.

    Attributes:
        too_large: Whether it is that.
    """

    def __init__(self, why: str, too_large: bool = False) -> None:
        super().__init__(why)
        self.too_large = too_large


def read_form(kind: bytes, content: IO[bytes], most_bytes: int, most_fields: int) -> dict[bytes, list[bytes]]:
    """
    Read a form.

    Args:
        kind: Its content type.
        content: The file that it is in. It is at its beginning afterwards.
        most_bytes: How many bytes it may have.
        most_fields: How many fields it may have.

    Returns:
        The values of its fields, by name; nothing if it is no form.

    Raises:
        Unreadable: It is too large, or has not the parts that it says it has.
    """
    name, parameters = parse_parameters(kind)
    if name not in (b"application/x-www-form-urlencoded", b"multipart/form-data"):
        return {}
    data = content.read(most_bytes + 1)
    content.seek(0, 0)
    if len(data) > most_bytes:
        raise Unreadable(f"more than {most_bytes} bytes", True)
    if name == b"application/x-www-form-urlencoded":
        if data.count(b"&") + data.count(b";") >= most_fields:
            raise Unreadable(f"more than {most_fields} fields", True)
        return parse_qs(data, True)
    if not data:
        return {}
    return read_multipart(data, parameters.get(b"boundary", b""), most_fields)


def read_multipart(data: bytes, boundary: bytes, most_fields: int) -> dict[bytes, list[bytes]]:
    """
    Read the parts of a form (RFC 7578). Those of files count as the others do; those without a name are left out.

    Lines may end with LF alone, and the last part need not end with a boundary, as of old.

    Raises:
        Unreadable: There is no boundary, or not a single part, or too many, or one's header is too long.
    """
    if not boundary:
        raise Unreadable("a multipart form without a boundary")
    delimiter = b"--" + boundary
    fields: dict[bytes, list[bytes]] = {}
    found = 0
    at = _find_delimiter(data, delimiter, 0)
    while at >= 0:
        begin = at + len(delimiter)
        if data[begin : begin + 2] == b"--":
            # Behind the last one stands an epilogue, which nobody reads.
            found += 1
            break
        line_end = data.find(b"\n", begin)
        if line_end < 0:
            break
        found += 1
        if found > most_fields:
            raise Unreadable(f"more than {most_fields} fields", True)
        at = _find_delimiter(data, delimiter, line_end)
        _read_part(data, line_end + 1, len(data) if at < 0 else _before_line_end(data, at), fields)
    if not found:
        raise Unreadable("a multipart form without a part")
    return fields


def _find_delimiter(data: bytes, delimiter: bytes, start: int) -> int:
    """Find the next line that begins with a delimiter, and nothing but the end of line or of all behind it."""
    while True:
        at = data.find(delimiter, start)
        if at < 0:
            return -1
        end = at + len(delimiter)
        # Padding is allowed there (RFC 2046 section 5.1.1).
        rest = data[end : end + 64].lstrip(b" \t")
        if (at == 0 or data[at - 1] == 0x0A) and (not rest or rest[:2] == b"--" or rest[:1] in (b"\r", b"\n")):
            return at
        start = at + 1


def _before_line_end(data: bytes, at: int) -> int:
    """Step back over the end of line that belongs to the delimiter behind it."""
    return at - 2 if data[at - 2 : at] == b"\r\n" else at - 1


def _read_part(data: bytes, start: int, end: int, fields: dict[bytes, list[bytes]]) -> None:
    disposition = encoding = b""
    # Its header: lines up to an empty one.
    limit = min(end, start + _MOST_PART_HEADER)
    while True:
        line_end = data.find(b"\n", start, limit)
        if line_end < 0:
            if limit < end:
                raise Unreadable("a part with a header that is too long", True)
            return
        line = data[start:line_end].rstrip(b"\r")
        start = line_end + 1
        if not line:
            break
        name, _, value = line.partition(b":")
        name = name.strip().lower()
        if name == b"content-disposition":
            disposition = value.strip()
        elif name == b"content-transfer-encoding":
            encoding = value.strip().lower()
    _, parameters = parse_parameters(disposition)
    field = parameters.get(b"name")
    if field is None:
        field = _extended(parameters.get(b"name*", b""))
        if field is None:
            return
    body = data[start : max(start, end)]
    if encoding == b"base64":
        try:
            body = binascii.a2b_base64(body)
        except binascii.Error:
            # Not what it says it is: given as it came.
            pass
    elif encoding == b"quoted-printable":
        body = binascii.a2b_qp(body)
    fields.setdefault(field, []).append(body)


def _extended(value: bytes) -> bytes | None:
    """Read a parameter with an encoding (RFC 8187)."""
    charset, mark, rest = value.partition(b"'")
    _, second_mark, quoted = rest.partition(b"'")
    if not mark or not second_mark or charset.lower() != b"utf-8":
        return None
    return unquote_to_bytes(quoted)
