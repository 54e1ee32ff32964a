"""
Two ways in which TLS gets at a socket: OpenSSL reads and writes it itself, or by way of memory.

Both offer the same: `shake`, `read`, `send` and `end`, which raise ``SSL.WantReadError`` and ``SSL.WantWriteError``
when the socket has nothing, or no room. What was refused for want of room must be sent again first, as OpenSSL wants
it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet._tls.library import SSL

# The most plain bytes of a record (RFC 8446, section 5.1). One that is full has most often a successor.
_RECORD = 16384

# How much is read at once into memory, how much is encrypted at once, and how much at most is read in a turn.
_CHUNK = 64 * 1024
_LARGEST_READ = 256 * 1024

# How much OpenSSL is given at once. What it has begun counts as sent when all of it is.
_LARGEST_WRITE = 256 * 1024


class Direct:
    """
    OpenSSL drives the socket.

    Attributes:
        behind: What the next `read` raises: it came right behind the bytes that the last one gave.
    """

    behind: SSL.Error | None = None

    def __init__(self, connection: SSL.Connection) -> None:
        self.shake: Callable[[], None] = connection.do_handshake
        self.end: Callable[[], bool] = connection.shutdown
        self._recv = connection.recv
        self._pending = connection.pending
        self._send = connection.send

    def read(self) -> bytes:
        """What has come; nothing is left behind that the socket would not tell of."""
        if self.behind is not None:
            raise self.behind
        data = self._recv(_RECORD)
        if len(data) < _RECORD and not self._pending():
            return data
        pieces = [data]
        size = len(data)
        try:
            while (len(data) == _RECORD and size < _LARGEST_READ) or self._pending():
                data = self._recv(_RECORD)
                pieces.append(data)
                size += len(data)
        except (SSL.WantReadError, SSL.WantWriteError):
            pass
        except SSL.Error as error:
            self.behind = error
        return b"".join(pieces)

    def send(self, data: bytes | memoryview) -> int:
        """Send as much as goes; gives how much."""
        length = len(data)
        sent = self._send(data if length <= _LARGEST_WRITE else memoryview(data)[:_LARGEST_WRITE])
        if sent < length:
            # Contexts that programs make themselves send a record at a time.
            rest, portion = (data, _RECORD) if sent <= _RECORD else (memoryview(data), _LARGEST_WRITE)
            try:
                while sent < length:
                    sent += self._send(rest[sent : sent + portion])
            except (SSL.WantWriteError, SSL.WantReadError):
                pass
        return sent


class ThroughMemory:
    """
    OpenSSL speaks to memory, and the socket is read and written here.

    Args:
        connection: One without a socket.
        skt: The socket.
        received: What has been read of the socket already.

    Attributes:
        behind: What the next `read` raises: it came right behind the bytes that the last one gave.
    """

    behind: SSL.Error | None = None

    def __init__(self, connection: SSL.Connection, skt: Any, received: bytes = b"") -> None:
        self._connection = connection
        self._socket = skt
        self._outgoing = b""
        self._owed: int | None = None
        if received:
            connection.bio_write(received)

    def _fetch(self) -> bytes:
        try:
            data: bytes = self._socket.recv(_CHUNK)
        except BlockingIOError:
            raise SSL.WantReadError from None
        except OSError as error:
            raise SSL.SysCallError(error.errno, error.strerror) from None
        if data:
            self._connection.bio_write(data)
        else:
            self._connection.bio_shutdown()
        return data

    def _flush(self) -> None:
        """Hand what is encrypted to the socket; raises ``WantWriteError`` unless all of it goes."""
        while True:
            if not self._outgoing:
                try:
                    self._outgoing = self._connection.bio_read(_LARGEST_READ)
                except SSL.WantReadError:
                    return
            try:
                sent = self._socket.send(self._outgoing)
            except BlockingIOError:
                raise SSL.WantWriteError from None
            except OSError as error:
                raise SSL.SysCallError(error.errno, error.strerror) from None
            self._outgoing = self._outgoing[sent:]

    def shake(self) -> None:
        """Go on with the handshake."""
        while True:
            try:
                self._connection.do_handshake()
            except SSL.WantReadError:
                self._flush()
                self._fetch()
            except SSL.Error:
                self._try_to_flush()
                raise
            else:
                self._flush()
                return

    def _try_to_flush(self) -> None:
        try:
            self._flush()
        except SSL.Error:
            # What this is about is more interesting.
            pass

    def read(self) -> bytes:
        """What has come; nothing is left behind that the socket would not tell of."""
        if self.behind is not None:
            raise self.behind
        data = self._drain()
        while not data:
            self._fetch()
            data = self._drain()
        return data

    def _drain(self) -> bytes:
        pieces = []
        try:
            while True:
                pieces.append(self._connection.recv(_CHUNK))
        except SSL.WantReadError:
            # An answer of TLS itself may be due; if there is no room, it goes before what is sent next.
            self._try_to_flush()
        except SSL.Error as error:
            self._try_to_flush()
            if not pieces:
                raise
            self.behind = error
        return b"".join(pieces)

    def send(self, data: bytes | memoryview) -> int:
        """Send as much as goes; gives how much."""
        if self._owed is None:
            total = 0
            view = memoryview(data)[:_LARGEST_READ]
            while total < len(view):
                total += self._connection.send(view[total:])
            self._owed = total
        # These bytes are encrypted, and count as sent when all of them are.
        self._flush()
        sent, self._owed = self._owed, None
        return sent

    def end(self) -> bool:
        """Tell the other side that nothing more comes; gives whether it has told us."""
        both = self._connection.shutdown()
        self._flush()
        return both
