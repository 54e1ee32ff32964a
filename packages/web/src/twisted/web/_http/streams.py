"""
Bodies of requests, read while they come.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure
from twisted.web._http.pieces import read_all, read_on

if TYPE_CHECKING:
    from twisted.web._http.parts import Part

# How much is held for an application that does not read. Then the client has to wait.
_MOST_HELD = 64 * 1024


class RequestBody:
    """
    The body of a request, piece by piece as it comes: ``async for piece in request.body``.

    The client is told to wait while the application does not read. A body can be read once.

    Attributes:
        length: How many bytes it has, all in all; `None` if nobody knows before it ends.
        received: How many bytes have come.
    """

    # Any: a channel of whatever version of HTTP; it has `_hold_body` and `_want_body`.
    def __init__(self, channel: Any, length: int | None) -> None:
        self.length = length
        self.received = 0
        self._channel = channel
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._waiting: Deferred[bytes] | None = None
        self._ended = False
        self._failure: Failure | None = None

    # The channel's side.

    @property
    def wanted(self) -> bool:
        """Whether the application waits for the next piece."""
        return self._waiting is not None

    def feed(self, data: bytes) -> None:
        """A piece came."""
        self.received += len(data)
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(data)
            return
        self._pieces.append(data)
        self._held += len(data)
        if self._held > _MOST_HELD:
            self._channel._hold_body()

    def end(self) -> None:
        """That was the last one."""
        self._ended = True
        self._channel = None
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(b"")

    def fail(self, why: Failure) -> None:
        """There will be no more, though there should be."""
        if self._ended:
            return
        self._failure = why
        self._channel = None
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.errback(why)

    # The application's side.

    def readPiece(self) -> Deferred[bytes]:
        """
        Wait for the next piece.

        Returns:
            A Deferred that fires with it, or with ``b""`` when there is none left; it fails when the connection is
            lost before. Cancelling it loses nothing of the body.

        Raises:
            RuntimeError: Somebody waits already.
        """
        if self._waiting is not None:
            raise RuntimeError("somebody else waits for this body's next piece")
        if self._pieces:
            piece = self._pieces.popleft()
            self._held -= len(piece)
            if self._held <= _MOST_HELD // 2 and self._channel is not None:
                self._channel._want_body()
            return succeed(piece)
        if self._ended:
            return succeed(b"")
        if self._failure is not None:
            return fail(self._failure)
        waiting = self._waiting = Deferred(self._give_up)
        self._channel._want_body()
        return waiting

    def _give_up(self, waiting: Deferred[bytes]) -> None:
        if self._waiting is waiting:
            self._waiting = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return read_on(self)

    async def read(self, most: int) -> bytes:
        """
        Read all that is left.

        Args:
            most: How many bytes it may have.

        Raises:
            BodyTooLarge: It has more.
        """
        return await read_all(self, most)

    def parts(self, contentType: bytes, mostParts: int = 1000, mostHeader: int = 16384) -> AsyncIterator[Part]:
        """
        Read a multipart body, a form with files for example: ``async for part in request.body.parts(contentType)``.

        Each part is read, in pieces too, before the next one is asked for; what is not read of it is skipped.

        Args:
            contentType: The value of the field ``Content-Type``, with the boundary in it.
            mostParts: How many parts there may be.
            mostHeader: How many bytes the header of a part may have.

        Raises:
            MalformedParts: This is no multipart body, or it is more than that.
        """
        from twisted.web._http.parts import read_parts

        return read_parts(self, contentType, mostParts, mostHeader)
