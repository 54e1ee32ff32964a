"""
What can go wrong with a WebSocket.
"""

from __future__ import annotations

from typing import Any

# Status codes of a closing handshake that the wire itself sends (RFC 6455 section 7.4.1).
NORMAL = 1000
PROTOCOL_ERROR = 1002
INVALID_DATA = 1007
TOO_BIG = 1009

# The other side has closed the connection without one, or not at all. They are never sent.
NO_CODE = 1005
ABNORMAL = 1006

# Those that say why a connection ended, but are never sent, and the one that nobody may use yet.
_UNSENDABLE = (1004, NO_CODE, ABNORMAL)

# What registered protocols have, 1000 to 2999; libraries, to 3999; and applications.
_LAST_REGISTERED = 1014


def is_sendable(code: int) -> bool:
    """Tell whether a peer may close a connection with that code."""
    return (1000 <= code <= _LAST_REGISTERED and code not in _UNSENDABLE) or 3000 <= code <= 4999


class Violation(Exception):
    """
    A peer broke the rules, or has sent more than it may.

    Attributes:
        code: The status code that tells it so.
        why: The same in words.
    """

    def __init__(self, code: int, why: str) -> None:
        super().__init__(code, why)
        self.code = code
        self.why = why

    def __str__(self) -> str:
        return f"{self.why} ({self.code})"


class NotOpen(Exception):
    """Nothing can be sent: the connection is not open yet, is being closed, or is closed."""


class HandshakeFailed(Exception):
    """What a server has answered does not make a WebSocket connection of it (RFC 6455 section 4.1)."""


class ConnectionRejected(Exception):
    """
    A server has answered with something other than a WebSocket connection.

    Attributes:
        response: What it answered. Its body can be read.
    """

    __hash__ = None  # type: ignore[assignment]  # it is equal to those with an equal response

    # Any: a response of whatever kind.
    def __init__(self, response: Any) -> None:
        super().__init__(response)
        self.response = response

    def __repr__(self) -> str:
        return f"{type(self).__name__}(response={self.response!r})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return bool(self.response == other.response)
