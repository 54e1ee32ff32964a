"""
Comparing what must not be guessed.
"""

from __future__ import annotations


def as_bytes(text: bytes | str) -> bytes:
    """The bytes of a name or password; text is UTF-8."""
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text


def same_secret(one: bytes | str | None, other: bytes | str | None) -> bool:
    """Compare two secrets in a time that does not depend on where they differ. `None` equals nothing."""
    if one is None or other is None:
        return False
    # Imported at first use: commands that only list what they could check need none of it.
    from hmac import compare_digest

    return compare_digest(as_bytes(one), as_bytes(other))
