"""
A client of Shoutcast: streams of MP3, with metadata between the music.
"""

from __future__ import annotations

import re
from typing import Any

from twisted.web._http.clients import HTTPClient

__all__ = ["ShoutcastClient"]

_FIELD = re.compile(rb"(\w+)='(.*?)';", re.DOTALL)

# Metadata comes in pieces of so many bytes.
_UNIT = 16


class ShoutcastClient(HTTPClient):
    """
    Receives a stream.

    Args:
        path: Which one.

    Attributes:
        userAgent: What the server is told this is.
        metaint: How many bytes of music come between metadata.
        metamode: What comes next: ``mp3``, ``length`` or ``meta``.
        remaining: How many bytes of it are still to come.
        got_metadata: Whether there is metadata at all.
    """

    userAgent = "Twisted Shoutcast client"

    def __init__(self, path: str | bytes = "/") -> None:
        self.path = path
        self.got_metadata = False
        self.metaint: int | None = None
        self.metamode = "mp3"
        self.databuffer = b""
        self.remaining = 0

    def connectionMade(self) -> None:
        """Ask for the stream."""
        path = self.path if isinstance(self.path, bytes) else self.path.encode("utf-8")
        self.sendCommand(b"GET", path)
        self.sendHeader(b"User-Agent", self.userAgent)
        self.sendHeader(b"Icy-MetaData", b"1")
        self.endHeaders()

    def lineReceived(self, line: bytes) -> None:
        """Take a line of the header, whose first one begins with ``ICY``, or with ``HTTP``."""
        if self.firstLine and not line.startswith((b"ICY", b"HTTP/")):
            # Nothing that this understands will follow.
            self.transport.loseConnection()
            return
        super().lineReceived(line)

    def handleHeader(self, key: bytes, value: bytes) -> None:
        """Take a header field: one says how far metadata is apart."""
        if key.lower() == b"icy-metaint" and value.isdigit() and int(value) > 0:
            self.metaint = int(value)
            self.got_metadata = True

    def handleEndHeaders(self) -> None:
        """The stream begins."""
        # Any: what a piece of the stream is handed to depends on whether there is metadata in it.
        own: Any = self
        if self.got_metadata:
            self.remaining = self.metaint or 0
            own.handleResponsePart = self.handleResponsePart_with_metadata
        else:
            own.handleResponsePart = self.gotMP3Data

    def handleResponsePart_with_metadata(self, data: bytes) -> None:
        """Take a piece of the stream apart."""
        self.databuffer += data
        while self.databuffer:
            before = len(self.databuffer), self.metamode
            getattr(self, f"handle_{self.metamode}")()
            if (len(self.databuffer), self.metamode) == before:
                return

    def handle_length(self) -> None:
        """Take how long the metadata is."""
        self.remaining = self.databuffer[0] * _UNIT
        self.databuffer = self.databuffer[1:]
        self.metamode = "meta"
        if not self.remaining:
            self._expect_music()

    def handle_mp3(self) -> None:
        """Take music."""
        piece, self.databuffer = self.databuffer[: self.remaining], self.databuffer[self.remaining :]
        self.remaining -= len(piece)
        if not self.remaining:
            self.metamode = "length"
        self.gotMP3Data(piece)

    def handle_meta(self) -> None:
        """Take metadata, once it is all here."""
        if len(self.databuffer) < self.remaining:
            return
        piece, self.databuffer = self.databuffer[: self.remaining], self.databuffer[self.remaining :]
        self._expect_music()
        self.parseMetadata(piece)

    def _expect_music(self) -> None:
        self.metamode = "mp3"
        self.remaining = self.metaint or 0

    def parseMetadata(self, data: bytes) -> None:
        """Read metadata, and hand it to `gotMetaData`."""
        self.gotMetaData(
            [
                (name.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
                for name, value in _FIELD.findall(data.rstrip(b"\0"))
            ]
        )

    def gotMetaData(self, metadata: list[tuple[str, str]]) -> None:
        """Override me: metadata came, as pairs of names and values."""
        raise NotImplementedError(f"{type(self).__name__} must override gotMetaData")

    def gotMP3Data(self, data: bytes) -> None:
        """Override me: music came."""
        raise NotImplementedError(f"{type(self).__name__} must override gotMP3Data")
