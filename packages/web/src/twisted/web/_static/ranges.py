"""
Which parts of a file a client asks for (RFC 9110 section 14).
"""

from __future__ import annotations

# A part's header takes room, too. Beyond twice the size of the file, so much is allowed for it.
_ROOM_FOR_HEADERS = 4096


class Unsatisfiable(Exception):
    """No part that is asked for is in the file."""


def read_ranges(field: bytes, size: int) -> list[tuple[int, int]]:
    """
    Read a ``Range`` field.

    Args:
        field: Its value.
        size: How many bytes the file has.

    Returns:
        Where each part begins, and how many bytes it has: those that are in the file, in the order they are asked for.

    Raises:
        ValueError: It makes no sense, or counts in something else than bytes.
        Unsatisfiable: None of them is in the file.
    """
    unit, equals, asked = field.partition(b"=")
    if not equals or unit.strip().lower() != b"bytes":
        raise ValueError(f"ranges are counted in bytes: {field!r}")
    found: list[tuple[int, int]] = []
    any_asked = False
    for part in asked.split(b","):
        if not (part := part.strip(b" \t")):
            continue
        first, dash, last = part.partition(b"-")
        if not dash or not (first or last) or not (first + last).isdigit():
            raise ValueError(f"{part!r} is no range")
        any_asked = True
        if not first:
            length = min(_number(last), size)
            begin = size - length
        else:
            begin = _number(first)
            if last and _number(last) < begin:
                raise ValueError(f"the range {part!r} ends before it begins")
            length = (min(_number(last) + 1, size) if last else size) - begin
        if begin < size and length > 0:
            found.append((begin, length))
    if not any_asked:
        raise ValueError(f"no range in {field!r}")
    if not found:
        raise Unsatisfiable(f"{field!r} of {size} bytes")
    return found


def _number(digits: bytes) -> int:
    # So many bytes no file has; and Python refuses to read numbers of thousands of digits.
    return int(digits) if len(digits) < 20 else 10**20


def is_too_much(parts: list[tuple[int, int]], size: int, total: int) -> bool:
    """
    Tell whether the parts come to more than the file, sent twice.

    Args:
        parts: As `read_ranges` gives them.
        size: How many bytes the file has.
        total: How many bytes the parts have with their headers.
    """
    return sum(length for _, length in parts) > 2 * size or total > 2 * size + _ROOM_FOR_HEADERS
