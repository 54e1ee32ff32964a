"""
Producers that send a file, or parts of it, when they are asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from zope.interface import implementer

from twisted.internet import abstract
from twisted.internet.interfaces import IPullProducer
from twisted.web._static.sending import send_file, tell_of_missing


@implementer(IPullProducer)
class StaticProducer:
    """
    What sends a file. Subclasses say which parts of it.

    Args:
        request: The request that it answers.
        fileObject: The file, open; it is closed in the end.

    Attributes:
        bufferSize: How much is read at a time, in bytes.
    """

    bufferSize = abstract.FileDescriptor.bufferSize

    def __init__(self, request: Any, fileObject: BinaryIO) -> None:
        self.request = request
        self.fileObject = fileObject

    def start(self) -> None:
        """Begin to send."""
        raise NotImplementedError(f"{type(self).__name__} must override start")

    def resumeProducing(self) -> None:
        """Send one piece more."""
        raise NotImplementedError(f"{type(self).__name__} must override resumeProducing")

    def stopProducing(self) -> None:
        """Send nothing more, and close the file."""
        self.fileObject.close()
        self.request = None

    def _finish(self) -> None:
        request = self.request
        request.unregisterProducer()
        self.stopProducing()
        request.finish()

    def _give_up(self, missing: int) -> None:
        """The file is shorter than it was. The client can only learn that from an end of the connection."""
        tell_of_missing(self.fileObject, missing)
        request = self.request
        request.unregisterProducer()
        self.stopProducing()
        lose = getattr(request, "loseConnection", None)
        if lose is None:
            request.finish()
        else:
            lose()


class NoRangeStaticProducer(StaticProducer):
    """
    Sends a whole file.
    """

    # What the response's Content-Length promises. A file that grows meanwhile must not bring more.
    _left: int | None = None

    def start(self) -> None:
        """Begin to send."""
        if self._left is None or not send_file(self.request, self.fileObject, 0, self._left):
            self.request.registerProducer(self, False)

    def resumeProducing(self) -> None:
        """Send one piece more."""
        if not self.request:
            return
        if self._left == 0:
            self._finish()
            return
        data = self.fileObject.read(self.bufferSize if self._left is None else min(self.bufferSize, self._left))
        if data:
            if self._left is not None:
                self._left -= len(data)
            # `request` may be finished by then.
            self.request.write(data)
        elif self._left is None:
            self._finish()
        else:
            self._give_up(self._left)


class SingleRangeStaticProducer(StaticProducer):
    """
    Sends one part of a file.

    Args:
        request: The request that it answers.
        fileObject: The file, open; it is closed in the end.
        offset: Where the part begins.
        size: How many bytes it has.

    Attributes:
        bytesWritten: How many of them are sent.
    """

    def __init__(self, request: Any, fileObject: BinaryIO, offset: int, size: int) -> None:
        super().__init__(request, fileObject)
        self.offset = offset
        self.size = size

    def start(self) -> None:
        """Begin to send."""
        self.bytesWritten = 0
        if not send_file(self.request, self.fileObject, self.offset, self.size):
            self.fileObject.seek(self.offset)
            self.request.registerProducer(self, False)

    def resumeProducing(self) -> None:
        """Send one piece more."""
        if not self.request:
            return
        left = self.size - self.bytesWritten
        data = self.fileObject.read(min(self.bufferSize, left))
        if data:
            self.bytesWritten += len(data)
            self.request.write(data)
        elif left:
            self._give_up(left)
            return
        if self.request and self.bytesWritten == self.size:
            self._finish()


class MultipleRangeStaticProducer(StaticProducer):
    """
    Sends several parts of a file, each with a header of its own.

    Args:
        request: The request that it answers.
        fileObject: The file, open; it is closed in the end.
        rangeInfo: For each part: what is sent before it, where it begins and how many bytes it has.
    """

    def __init__(self, request: Any, fileObject: BinaryIO, rangeInfo: Iterable[tuple[bytes, int, int]]) -> None:
        super().__init__(request, fileObject)
        self.rangeInfo = rangeInfo

    def start(self) -> None:
        """Begin to send."""
        self.rangeIter = iter(self.rangeInfo)
        self._next_part()
        self.request.registerProducer(self, False)

    def _next_part(self) -> None:
        self.partBoundary, offset, self._left = next(self.rangeIter)
        self.fileObject.seek(offset)

    def resumeProducing(self) -> None:
        """Send one piece more; short parts go together."""
        if not self.request:
            return
        pieces: list[bytes] = []
        size = 0
        ended = False
        while size < self.bufferSize:
            if self.partBoundary:
                pieces.append(self.partBoundary)
                size += len(self.partBoundary)
                self.partBoundary = b""
            data = self.fileObject.read(min(self.bufferSize - size, self._left)) if size < self.bufferSize else b""
            if self._left and size < self.bufferSize and not data:
                self._give_up(self._left)
                return
            pieces.append(data)
            size += len(data)
            self._left -= len(data)
            if not self._left:
                try:
                    self._next_part()
                except StopIteration:
                    ended = True
                    break
        self.request.write(b"".join(pieces))
        if ended and self.request:
            self._finish()
