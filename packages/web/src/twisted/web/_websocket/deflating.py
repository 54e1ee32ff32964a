"""
Compressed messages: permessage-deflate (RFC 7692).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from twisted.web._websocket.errors import INVALID_DATA, TOO_BIG, HandshakeFailed, Violation

NAME = "permessage-deflate"

# What ends each compressed message, and is not sent (RFC 7692 section 7.2.1).
_TAIL = b"\x00\x00\xff\xff"

# A window of 256 bytes is promised by the RFC, but zlib compresses with 512 at least.
_SMALLEST_WINDOW = 9
_LARGEST_WINDOW = 15


@dataclass(frozen=True)
class Agreement:
    """
    What both sides agreed upon.

    Attributes:
        server_forgets: Whether the server compresses each message by itself.
        client_forgets: Whether the client does.
        server_window: How far back the server looks, as a power of 2.
        client_window: How far back the client does.
    """

    server_forgets: bool = False
    client_forgets: bool = False
    server_window: int = _LARGEST_WINDOW
    client_window: int = _LARGEST_WINDOW

    def to_text(self) -> str:
        """Give what a server answers."""
        words = [NAME]
        if self.server_forgets:
            words.append("server_no_context_takeover")
        if self.client_forgets:
            words.append("client_no_context_takeover")
        if self.server_window != _LARGEST_WINDOW:
            words.append(f"server_max_window_bits={self.server_window}")
        if self.client_window != _LARGEST_WINDOW:
            words.append(f"client_max_window_bits={self.client_window}")
        return "; ".join(words)


def offer(forgets: bool) -> str:
    """Give what a client offers."""
    forgetting = "; server_no_context_takeover; client_no_context_takeover" if forgets else ""
    return f"{NAME}{forgetting}; client_max_window_bits"


def read_extensions(value: str) -> list[tuple[str, dict[str, str | None]]]:
    """
    Read a field ``Sec-WebSocket-Extensions``: names, each with its parameters.

    Raises:
        ValueError: It makes no sense.
    """
    found: list[tuple[str, dict[str, str | None]]] = []
    for extension in value.split(","):
        name, *words = [word.strip() for word in extension.split(";")]
        if not name:
            raise ValueError(f"an extension without a name: {value[:100]!r}")
        parameters: dict[str, str | None] = {}
        for word in words:
            key, equals, given = (part.strip() for part in word.partition("="))
            if not key or key in parameters or (equals and not given):
                raise ValueError(f"a parameter that makes no sense: {value[:100]!r}")
            parameters[key] = given.strip('"') if equals else None
        found.append((name, parameters))
    return found


def _window(given: str | None) -> int:
    if given is None or not given.isascii() or not given.isdigit() or given[0] == "0" or not 8 <= int(given[:3]) <= 15:
        raise ValueError(f"a window has 8 to 15 bits: {given!r}")
    return int(given)


def _agreement(parameters: dict[str, str | None], offered: bool) -> Agreement:
    """
    Raises:
        ValueError: A parameter is unknown, or has a value that it cannot have.
    """
    words = dict(parameters)
    forgetting = []
    for key in ("server_no_context_takeover", "client_no_context_takeover"):
        if words.get(key) is not None:
            raise ValueError(f"{key} has no value")
        forgetting.append(key in words)
        words.pop(key, None)
    server_window = client_window = _LARGEST_WINDOW
    if "server_max_window_bits" in words:
        server_window = _window(words.pop("server_max_window_bits"))
    if "client_max_window_bits" in words:
        given = words.pop("client_max_window_bits")
        # A client that offers it without a value leaves it to the server.
        if given is not None or not offered:
            client_window = _window(given)
    if words:
        raise ValueError(f"unknown parameters: {', '.join(words)}")
    return Agreement(forgetting[0], forgetting[1], server_window, client_window)


def choose(offered: str, forgets: bool) -> Agreement | None:
    """
    Take the first offer of a client that this side can live with; `None` if there is none.

    Args:
        offered: Its field ``Sec-WebSocket-Extensions``.
        forgets: Whether this side wants each message to be compressed by itself.
    """
    try:
        extensions = read_extensions(offered)
    except ValueError:
        return None
    for name, parameters in extensions:
        if name != NAME:
            continue
        try:
            wanted = _agreement(parameters, True)
        except ValueError:
            continue
        if wanted.server_window < _SMALLEST_WINDOW:
            continue
        return Agreement(
            wanted.server_forgets or forgets,
            wanted.client_forgets or forgets,
            wanted.server_window,
            wanted.client_window,
        )
    return None


def accept(answered: str) -> Agreement:
    """
    Read what a server made of our offer.

    Raises:
        HandshakeFailed: It is nothing that we offered.
    """
    try:
        extensions = read_extensions(answered)
        if len(extensions) != 1 or extensions[0][0] != NAME:
            raise ValueError("this was not offered")
        agreement = _agreement(extensions[0][1], False)
        if agreement.client_window < _SMALLEST_WINDOW:
            raise ValueError("a window of 256 bytes cannot be had")
        return agreement
    except ValueError as error:
        raise HandshakeFailed(f"the server's extensions, {answered[:100]!r}, cannot be: {error}") from None


class Deflater:
    """
    Compresses messages.

    Args:
        window: How far back it looks, as a power of 2.
        forgets: Whether each message is compressed by itself.
    """

    def __init__(self, window: int, forgets: bool) -> None:
        self._window = window
        self._forgets = forgets
        self._compressor: zlib._Compress | None = None

    def deflate(self, data: bytes) -> bytes:
        """Compress a message."""
        compressor = self._compressor
        if compressor is None:
            compressor = zlib.compressobj(wbits=-self._window)
            if not self._forgets:
                self._compressor = compressor
        return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[: -len(_TAIL)]


class Inflater:
    """
    Decompresses messages, and never makes more of one than it may have.

    Args:
        window: How far back the peer looks, as a power of 2.
        forgets: Whether it compresses each message by itself.
    """

    def __init__(self, window: int, forgets: bool) -> None:
        self._window = window
        self._forgets = forgets
        self._decompressor: zlib._Decompress | None = None

    def inflate(self, data: bytes, last: bool, most: int) -> bytes:
        """
        Decompress a piece of a message.

        Args:
            data: The piece.
            last: Whether it is the last one.
            most: How many bytes may come of it.

        Raises:
            Violation: More come, or it makes no sense.
        """
        decompressor = self._decompressor
        if decompressor is None:
            decompressor = self._decompressor = zlib.decompressobj(wbits=-self._window)
        if last:
            data += _TAIL
        try:
            inflated = decompressor.decompress(data, most + 1)
        except zlib.error as error:
            raise Violation(INVALID_DATA, f"compressed data make no sense: {error}") from None
        if len(inflated) > most:
            raise Violation(TOO_BIG, "the message is too big when it is decompressed")
        if last and (self._forgets or decompressor.eof):
            # A stream may be ended by its last block. Then the next message begins a new one.
            self._decompressor = None
        return inflated
