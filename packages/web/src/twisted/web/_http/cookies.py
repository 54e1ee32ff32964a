"""
Cookies (RFC 6265).
"""

from __future__ import annotations

from collections.abc import Iterable


def read_cookies(values: Iterable[bytes]) -> dict[bytes, bytes]:
    """Read the fields ``Cookie`` of a request; the last one of a name counts."""
    found: dict[bytes, bytes] = {}
    for value in values:
        for one in value.split(b";"):
            name, equals, value = one.partition(b"=")
            if equals:
                found[name.lstrip()] = value
    return found


def _raw(value: str | bytes, what: str) -> bytes:
    if isinstance(value, str):
        value = value.encode("utf-8")
    elif not isinstance(value, bytes):
        raise TypeError(f"a cookie's {what} must be str or bytes, not {type(value).__name__}: {value!r}")
    # None of these can stand there: they would end the attribute, the field or the header.
    return b" ".join(value.replace(b"\0", b" ").splitlines()).replace(b";", b" ")


def write_cookie(
    name: str | bytes,
    value: str | bytes,
    expires: str | bytes | None,
    domain: str | bytes | None,
    path: str | bytes | None,
    max_age: str | bytes | int | None,
    comment: str | bytes | None,
    secure: object,
    http_only: object,
    same_site: str | bytes | None,
) -> bytes:
    """
    Write the value of a field ``Set-Cookie``.

    Raises:
        ValueError: *same_site* is none of ``lax``, ``strict`` and ``none``, or is ``none`` without *secure*.
    """
    if isinstance(max_age, int):
        max_age = str(max_age)
    parts = [_raw(name, "name") + b"=" + _raw(value, "value")]
    for label, attribute in (
        (b"Expires", expires),
        (b"Domain", domain),
        (b"Path", path),
        (b"Max-Age", max_age),
        (b"Comment", comment),
    ):
        if attribute is not None:
            parts.append(label + b"=" + _raw(attribute, label.decode()))
    if secure:
        parts.append(b"Secure")
    if http_only:
        parts.append(b"HttpOnly")
    if same_site:
        wanted = _raw(same_site, "SameSite").lower()
        if wanted not in (b"lax", b"strict", b"none"):
            raise ValueError(f"Invalid value for sameSite: {wanted!r}")
        if wanted == b"none" and not secure:
            raise ValueError(f'Invalid value for sameSite: {wanted!r}. Missing the "secure" attribute')
        parts.append(b"SameSite=" + wanted)
    return b"; ".join(parts)
