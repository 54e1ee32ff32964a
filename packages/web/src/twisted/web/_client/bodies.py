"""
Bodies: a file as the body of a request, and the body of a response as bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import task
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web._client.errors import ResponseDone
from twisted.web._client.response import Response
from twisted.web._http.errors import PotentialDataLoss
from twisted.web.error import Error
from twisted.web.iweb import UNKNOWN_LENGTH, IBodyProducer

if TYPE_CHECKING:
    from twisted.web.iweb import IResponse


class PartialDownloadError(Error):
    """
    A body ended because the connection did, which may have been too early.

    Attributes:
        response: What came of it.
    """


class _ReadBodyProtocol(Protocol):
    """
    Collects a body.

    Args:
        status, message: Of the response.
        deferred: Fires with the body.
    """

    def __init__(self, status: int, message: bytes, deferred: Deferred[bytes]) -> None:
        self.deferred = deferred
        self.status = status
        self.message = message
        self.dataBuffer: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        """Keep some of it."""
        self.dataBuffer.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The body is over."""
        deferred = self.deferred
        if deferred.called:
            # Nobody wants it any more.
            return
        if reason.check(ResponseDone):
            deferred.callback(b"".join(self.dataBuffer))
        elif reason.check(PotentialDataLoss):
            deferred.errback(PartialDownloadError(self.status, self.message, b"".join(self.dataBuffer)))
        else:
            deferred.errback(reason)


def readBody(response: IResponse) -> Deferred[bytes]:
    """
    Give the whole body of a response.

    Returns:
        A Deferred that fires with it. Where nothing but the end of the connection told its length, it fails with
        `PartialDownloadError`, which has what came; where some is missing, with `ResponseFailed`. Cancelling it ends
        the connection.
    """
    if type(response) is Response:
        body = response._whole_body()
        if body is not None:
            return succeed(body)

    def give_up(_: Deferred[bytes]) -> None:
        abort = getattr(collecting.transport, "abortConnection", None)
        if abort is not None:
            abort()

    reading: Deferred[bytes] = Deferred(give_up)
    # Any: the interface says nothing of types.
    answered: Any = response
    collecting = _ReadBodyProtocol(answered.code, answered.phrase, reading)
    answered.deliverBody(collecting)
    transport = collecting.transport
    if transport is not None and not hasattr(transport, "abortConnection"):
        import warnings

        warnings.warn(
            "Using readBody with a transport that does not have an abortConnection method",
            category=DeprecationWarning,
            stacklevel=2,
        )
    return reading


@implementer(IBodyProducer)
class FileBodyProducer:
    """
    Makes what a file has, from where it stands, the body of a request; and closes it then.

    Args:
        inputFile: The file, open for reading bytes.
        cooperator: Schedules the reading: has ``cooperate``.
        readSize: How much is read at a time, in bytes.

    Attributes:
        length: How long the rest of the file is; `UNKNOWN_LENGTH` if it cannot tell.
    """

    # Any: whatever can be read, and whatever schedules.
    def __init__(self, inputFile: Any, cooperator: Any = task, readSize: int = 2**16) -> None:
        self._inputFile = inputFile
        self._cooperate = cooperator.cooperate
        self._readSize = readSize
        self._task: Any = None
        self.length: int | str = self._determineLength(inputFile)

    def _determineLength(self, fObj: Any) -> int | str:
        try:
            here = fObj.tell()
            fObj.seek(0, 2)
            end = fObj.tell()
            fObj.seek(here)
        except (AttributeError, OSError):
            return UNKNOWN_LENGTH
        return int(end) - int(here)

    def startProducing(self, consumer: Any) -> Deferred[None]:
        """
        Begin to write to a consumer.

        Returns:
            A Deferred that fires when all is written, or fails as reading does. It does not fire after
            `stopProducing`.
        """
        self._task = self._cooperate(self._read(consumer))
        reading: Deferred[Any] = self._task.whenDone()

        def over(result: Any) -> Any:
            self._close()
            if isinstance(result, Failure):
                if result.check(task.TaskStopped):
                    # Not to be told, as the interface has it.
                    return Deferred()
                return result
            return None

        return reading.addBoth(over)

    def _close(self) -> None:
        # What can be read need not be a file in all else.
        close = getattr(self._inputFile, "close", None)
        if close is not None:
            close()

    def _read(self, consumer: Any) -> Iterator[None]:
        while data := self._inputFile.read(self._readSize):
            consumer.write(data)
            yield None

    def stopProducing(self) -> None:
        """Read no more, and close the file."""
        self._close()
        if self._task is not None:
            try:
                self._task.stop()
            except task.TaskFinished:
                # All was read before.
                return

    def pauseProducing(self) -> None:
        """Read no more for now."""
        try:
            self._task.pause()
        except task.TaskFinished:
            # The last piece filled the transport.
            return

    def resumeProducing(self) -> None:
        """Read on."""
        try:
            self._task.resume()
        except task.NotPaused:
            return
