"""
What stands in URLs and header fields, as bytes.
"""

from __future__ import annotations

from urllib.parse import ParseResultBytes, unquote_to_bytes
from urllib.parse import urlparse as _urlparse


def urlparse(url: bytes) -> ParseResultBytes:
    """
    Take a URL apart: `urllib.parse.urlparse` for bytes.

    Raises:
        TypeError: It is not bytes.
    """
    if isinstance(url, str):
        raise TypeError("url must be bytes, not unicode")
    return _urlparse(url)


def parse_qs(qs: bytes, keep_blank_values: int = 0, strict_parsing: int = 0) -> dict[bytes, list[bytes]]:
    """
    Read a query: `urllib.parse.parse_qs` for bytes. A semicolon separates as an ampersand does.

    Args:
        qs: What stands behind the question mark.
        keep_blank_values: Whether names without a value count.
        strict_parsing: Whether to raise `ValueError` at what has no equals sign, instead of leaving it out.
    """
    found: dict[bytes, list[bytes]] = {}
    if b";" in qs:
        qs = qs.replace(b";", b"&")
    for one in qs.split(b"&"):
        name, equals, value = one.partition(b"=")
        if not equals:
            if strict_parsing:
                raise ValueError(f"no equals sign in {one!r}")
            continue
        if value or keep_blank_values:
            name, value = _unquote(name), _unquote(value)
            if name in found:
                found[name].append(value)
            else:
                found[name] = [value]
    return found


def _unquote(quoted: bytes) -> bytes:
    if b"+" in quoted:
        quoted = quoted.replace(b"+", b" ")
    return unquote_to_bytes(quoted) if b"%" in quoted else quoted


def parseContentRange(header: str) -> tuple[int, int, int | None]:
    """
    Read the field ``Content-Range``.

    Returns:
        The first byte, the last one, and how many there are in all, which is `None` if nobody knows.

    Raises:
        ValueError: It is none, or counts no bytes.
    """
    kind, _, rest = header.strip().partition(" ")
    if kind.lower() != "bytes":
        raise ValueError(f"a range of type {kind!r} is not supported")
    extent, slash, whole = rest.partition("/")
    first, dash, last = extent.partition("-")
    if not slash or not dash:
        raise ValueError(f"{header!r} is no content range")
    return int(first), int(last), None if whole == "*" else int(whole)


def parse_parameters(value: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """
    Read a field with parameters, such as ``Content-Type: multipart/form-data; boundary="x"``.

    Returns:
        What stands before them, in lower case, and the parameters by their names in lower case.
    """
    kind, _, rest = value.partition(b";")
    found: dict[bytes, bytes] = {}
    while rest:
        name, equals, rest = rest.lstrip(b"; \t").partition(b"=")
        if not equals:
            break
        if b";" in name:
            # One without a value, and the name of the next.
            name = name.rpartition(b";")[2]
        if rest[:1] == b'"':
            text, rest = _read_quoted(rest)
        else:
            text, _, rest = rest.partition(b";")
        found.setdefault(name.strip().lower(), text.strip())
    return kind.strip().lower(), found


def _read_quoted(text: bytes) -> tuple[bytes, bytes]:
    """Read a quoted string at the beginning of *text*, and give it and what follows."""
    read = bytearray()
    at = 1
    while at < len(text) and text[at] != 0x22:
        # Browsers quote the quotation mark alone: some leave the backslashes of Windows paths as they are.
        if text[at] == 0x5C and text[at + 1 : at + 2] in (b'"', b"\\"):
            at += 1
        read.append(text[at])
        at += 1
    return bytes(read), text[at + 1 :]
