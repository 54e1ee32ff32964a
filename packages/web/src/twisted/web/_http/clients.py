"""
An old client, of HTTP/1.0, and a transport that keeps what is written. `twisted.web.client` has a better one.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from twisted.protocols.basic import LineReceiver

# Any: the reason for which a connection ends.


def check_line(part: bytes) -> None:
    """Raise `ValueError` if something would not stay a part of one line."""
    if b"\n" in part or b"\r" in part or b"\0" in part:
        raise ValueError(f"a request line is one line: {part!r}")


class StringTransport:
    """
    Keeps what is written in a `io.BytesIO`, which is what the rest of it is.

    Attributes:
        s: That.
    """

    def __init__(self) -> None:
        self.s = BytesIO()

    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Keep several pieces."""
        self.s.write(b"".join(seq))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["s"], name)


class HTTPClient(LineReceiver):
    """
    A client of HTTP/1.0. Deprecated: `twisted.web.client.Agent` speaks HTTP/1.1.

    A subclass calls `sendCommand`, `sendHeader` and `endHeaders`, and overrides the methods that begin with ``handle``.

    Attributes:
        length: How many bytes of the body are still to come; `None` if nobody knows.
        firstLine: Whether the status line is still to come.
    """

    length: int | None = None
    firstLine: bool | int = True
    _parts: list[bytes] | None = None
    _header = b""

    def sendCommand(self, command: bytes, path: bytes) -> None:
        """
        Send a request line.

        Raises:
            ValueError: There is a line break or NUL in it.
        """
        check_line(command)
        check_line(path)
        self.transport.writeSequence([command, b" ", path, b" HTTP/1.0\r\n"])

    def sendHeader(self, name: bytes, value: object) -> None:
        """Send a header field."""
        from twisted.web.http_headers import Headers

        raw = value if isinstance(value, bytes) else str(value).encode("ascii")
        for kept, values in Headers({name: [raw]}).getAllRawHeaders():
            self.transport.writeSequence([kept, b": ", values[0], b"\r\n"])

    def endHeaders(self) -> None:
        """Say that there are no more header fields."""
        self.transport.write(b"\r\n")

    def lineReceived(self, line: bytes) -> None:
        """Take a line of the response's header."""
        if self.firstLine:
            self.firstLine = False
            version, _, rest = line.partition(b" ")
            status, _, message = rest.partition(b" ")
            self.handleStatus(version, status, message)
        elif not line:
            if self._header:
                self.extractHeader(self._header)
                self._header = b""
            self.handleEndHeaders()
            self._parts = []
            if self.length == 0:
                self._parts = None
                self.handleResponseEnd()
            self.setRawMode()
        elif line[:1] in (b" ", b"\t"):
            self._header += b" " + line.lstrip(b" \t")
        else:
            if self._header:
                self.extractHeader(self._header)
            self._header = line

    def extractHeader(self, header: bytes) -> None:
        """Take a header field, as a line."""
        key, _, value = header.partition(b":")
        value = value.strip(b" \t")
        if key.lower() == b"content-length" and value.isdigit():
            self.length = int(value)
        self.handleHeader(key, value)

    def rawDataReceived(self, data: bytes) -> None:
        """Take a piece of the response's body."""
        rest = b""
        if self.length is not None:
            data, rest = data[: self.length], data[self.length :]
            self.length -= len(data)
        if data and self._parts is not None:
            self.handleResponsePart(data)
        if self.length == 0 and self._parts is not None:
            self._parts = None
            self.handleResponseEnd()
            self.setLineMode(rest)

    def connectionLost(self, reason: Any = None) -> None:
        """The response ends, at the latest."""
        self.handleResponseEnd()

    def handleStatus(self, version: bytes, status: bytes, message: bytes) -> None:
        """Hook: the status line came."""

    def handleHeader(self, key: bytes, val: bytes) -> None:
        """Hook: a header field came."""

    def handleEndHeaders(self) -> None:
        """Hook: there are no more header fields."""

    def handleResponsePart(self, data: bytes) -> None:
        """Hook: a piece of the body came."""

    def handleResponseEnd(self) -> None:
        """Hook: the response has ended, or the connection has; both are told."""
