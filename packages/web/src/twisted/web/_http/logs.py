"""
Lines for access logs.
"""

from __future__ import annotations

from typing import Any

from zope.interface import provider

from twisted.web.iweb import IAccessLogFormatter

# Any: a request, or what stands in for one.


def _escape(s: str | bytes) -> str:
    """Make text that cannot end the quoted string, or the line, that it is put into."""
    text = s if isinstance(s, str) else s.decode("latin-1")
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return "".join([_escaped(one) for one in text])


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if " " <= character <= "~":
        return character
    # By bytes, as nobody knows the encoding; what was text is in UTF-8.
    raw = character.encode("latin-1") if character <= "\xff" else character.encode("utf-8", "backslashreplace")
    return {b"\n": "\\n", b"\r": "\\r", b"\t": "\\t"}.get(raw) or "".join([f"\\x{byte:02x}" for byte in raw])


def _line(timestamp: str, client: str, request: Any) -> str:
    referrer = _escape(request.getHeader(b"referer") or b"-")
    agent = _escape(request.getHeader(b"user-agent") or b"-")
    return (
        f'"{_escape(client)}" - - {timestamp} "{_escape(request.method)} {_escape(request.uri)} '
        f'{_escape(request.clientproto)}" {request.code} {request.sentLength or "-"} "{referrer}" "{agent}"'
    )


@provider(IAccessLogFormatter)
def combinedLogFormatter(timestamp: str, request: Any) -> str:
    """Make a line as Apache's combined log format has it."""
    address = request.getClientAddress()
    return _line(timestamp, getattr(address, "host", None) or "-", request)


@provider(IAccessLogFormatter)
def proxiedLogFormatter(timestamp: str, request: Any) -> str:
    """
    Make a line as `combinedLogFormatter` does, with the client that the field ``X-Forwarded-For`` names.

    For servers behind a proxy only: a client may claim anything. Without the field it has a hyphen in its place.
    """
    forwarded = request.getHeader(b"x-forwarded-for")
    client = "-" if forwarded is None else forwarded.split(b",")[0].strip().decode("latin-1")
    return _line(timestamp, client, request)
