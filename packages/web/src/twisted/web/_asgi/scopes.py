"""
What an application is told of a request or a connection, before anything is said.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from os import fsdecode
from typing import Any
from urllib.parse import unquote_to_bytes

from twisted.logger import Logger
from twisted.python.failure import Failure

# Any: the specification has dicts of values of many types.
Scope = dict[str, Any]
Event = dict[str, Any]
Application = Callable[[Scope, Callable[[], Awaitable[Event]], Callable[[Event], Awaitable[None]]], Any]

VERSIONS = {"version": "3.0", "spec_version": "2.4"}

# What belongs to the connection, and is the server's (RFC 9110 section 7.6.1).
HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade")
)

_log = Logger("twisted.web.asgi")


class Misuse(RuntimeError):
    """An application does not keep to ASGI."""


class ClientGone(OSError):
    """An application sends to a client that has gone. What streams without end stops by it."""


def make_scope(kind: str, request: Any, state: dict[str, Any] | None) -> Scope:
    """
    Give the scope of a request.

    Args:
        kind: ``http`` or ``websocket``.
        request: The request.
        state: What the application has kept at its startup.
    """
    secure = request.isSecure()
    root = b"/" + b"/".join(request.prepath) if request.prepath and request.prepath != [b""] else b""
    scope: Scope = {
        "type": kind,
        "asgi": dict(VERSIONS),
        "http_version": _version(request.clientproto),
        "scheme": {"http": "https" if secure else "http", "websocket": "wss" if secure else "ws"}[kind],
        "path": unquote_to_bytes(request.path).decode("utf-8", "replace"),
        "raw_path": request.path,
        "query_string": request.uri.partition(b"?")[2],
        "root_path": root.decode("utf-8", "replace"),
        "headers": [
            (name.lower(), value) for name, values in request.requestHeaders.getAllRawHeaders() for value in values
        ],
        "client": _pair(request.getClientAddress()),
        "server": _pair(request.getHost()),
    }
    if kind == "http":
        scope["method"] = request.method.decode("ascii", "replace").upper()
    else:
        # A connection that is refused may be refused with a response of the application's.
        scope["extensions"] = {"websocket.http.response": {}}
        asked = request.requestHeaders.getRawHeaders(b"sec-websocket-protocol") or []
        words = b",".join(asked).decode("ascii", "replace").split(",")
        scope["subprotocols"] = [word.strip() for word in words if word.strip()]
    if state is not None:
        scope["state"] = dict(state)
    return scope


def _version(protocol: bytes) -> str:
    version = protocol.partition(b"/")[2].decode("ascii", "replace")
    return version or "1.1"


def _pair(address: Any) -> tuple[str, int | None] | None:
    host, port = getattr(address, "host", None), getattr(address, "port", None)
    if host is None:
        name = getattr(address, "name", None)
        return (fsdecode(name), None) if name else None
    return host, port


def tell(what: str, reason: Failure) -> None:
    """Log that an application failed; and why it may have, if it looked for asyncio in vain."""
    _log.failure(what, failure=reason)
    if _wants_asyncio(reason.value):
        _log.error(
            "The ASGI application uses asyncio: run it with the asyncio reactor (twist --reactor=asyncio web ...)"
        )


def _wants_asyncio(error: BaseException) -> bool:
    import sys

    asyncio = sys.modules.get("asyncio")
    if asyncio is not None and asyncio._get_running_loop() is not None:
        return False
    name = type(error).__name__
    return name in ("AsyncLibraryNotFoundError", "NoEventLoopError") or (
        isinstance(error, RuntimeError) and "event loop" in str(error)
    )


def fields_of(event: Event) -> dict[bytes, list[bytes]]:
    """Give the header fields that an event brings, by their names in lower case; but not those of the connection."""
    fields: dict[bytes, list[bytes]] = {}
    for name, value in event.get("headers", ()):
        lowered = bytes(name).lower()
        if lowered not in HOP_BY_HOP:
            fields.setdefault(lowered, []).append(bytes(value))
    return fields
