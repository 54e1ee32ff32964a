"""
A response, as users see it, and the handle by which they steer how fast its body comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._client.errors import ResponseDone
from twisted.web.iweb import UNKNOWN_LENGTH, IResponse

if TYPE_CHECKING:
    from twisted.web._client.connection import HTTP11ClientProtocol
    from twisted.web.http_headers import Headers
    from twisted.web.iweb import IClientRequest

_log = Logger("twisted.web.client")


@implementer(IPushProducer)
class TransportProxyProducer:
    """
    A transport that can be paused and ended, but not written to, and that can be taken away.

    Receivers of a body have it as their transport. Once the body is complete it does nothing any more, for then the
    connection may serve another request.

    Args:
        producer: The transport.
    """

    # Any: a transport of whatever kind.
    def __init__(self, producer: Any) -> None:
        self._producer: Any = producer
        self._paused = False

    def stopProxying(self) -> None:
        """Let go of the transport."""
        self._producer = None

    @property
    def disconnecting(self) -> bool:
        """Whether the connection is about to end."""
        return self._producer is not None and bool(self._producer.disconnecting)

    def stopProducing(self) -> None:
        """Give up the rest of the body, and the connection."""
        if self._producer is not None:
            self._producer.stopProducing()

    def pauseProducing(self) -> None:
        """Let nothing come for now."""
        if self._producer is not None:
            self._paused = True
            self._producer.pauseProducing()

    def resumeProducing(self) -> None:
        """Let more come."""
        if self._producer is not None:
            self._paused = False
            self._producer.resumeProducing()

    def loseConnection(self) -> None:
        """End the connection."""
        if self._producer is not None:
            self._producer.loseConnection()

    def abortConnection(self) -> None:
        """End the connection now."""
        if self._producer is not None:
            abort = getattr(self._producer, "abortConnection", None)
            if abort is None:
                self._producer.loseConnection()
            else:
                abort()


@implementer(IResponse)
class Response:
    """
    A response: its head, and the way to its body.

    Args:
        version: Such as ``(b"HTTP", 1, 1)``.
        code, phrase: The status.
        headers: The header fields, without those about the connection and the framing.

    Attributes:
        length: How many bytes the body has, or `UNKNOWN_LENGTH`.
        request: What it answers.
        previousResponse: The redirection that led here, or `None`.
    """

    length: int | str = UNKNOWN_LENGTH
    request: IClientRequest | None = None
    previousResponse: IResponse | None = None

    # The receiver of the body, once it is known. Until then what has come is kept; and so is why it ended, if it did
    # without being complete.
    _receiver: Any = None
    _delivered = False
    _complete = False
    _cut_short: Failure | None = None
    # What to do as soon as the body is wanted: the connection holds back until then, be it that more would come or that
    # all is here.
    _wanted: Callable[[], None] | None = None
    # How much of a body that nobody has asked for may yet be kept, if it is let come.
    _room: int | None = None
    # Whom to tell when the body is over: who watches the time of the whole request.
    _watcher: Callable[[], None] | None = None
    # The connection that it comes by.
    _connection: HTTP11ClientProtocol | None = None

    # Any: the transport is the connection's, or what a test has instead.
    def __init__(
        self, version: tuple[bytes, int, int], code: int, phrase: bytes, headers: Headers, _transport: Any
    ) -> None:
        self.version = version
        self.code = code
        self.phrase = phrase
        self.headers = headers
        self._transport = _transport
        self._pieces: list[bytes] = []

    def __repr__(self) -> str:
        return f"<Response {self.code} {self.phrase.decode('ascii', 'backslashreplace')!r} length={self.length}>"

    def setPreviousResponse(self, previousResponse: Any) -> None:
        """Say which response led to the request that this one answers."""
        self.previousResponse = previousResponse

    def deliverBody(self, protocol: Any) -> None:
        """
        Give the body to a protocol, which until then is not read.

        Args:
            protocol: Its ``connectionLost`` is called with `ResponseDone` when all is there, with `PotentialDataLoss`
                where only the end of the connection says so, and with `ResponseFailed` if something is missing.

        Raises:
            RuntimeError: The body was asked for before.
        """
        if self._delivered:
            if self._receiver is None:
                raise RuntimeError("Response already finished, cannot deliverBody now.")
            raise RuntimeError(f"Response already has protocol {self._receiver!r}, cannot deliverBody again")
        self._delivered = True
        self._receiver = protocol
        protocol.makeConnection(self._transport)
        pieces = self._pieces
        while pieces:
            kept, self._pieces = pieces, []
            for piece in kept:
                protocol.dataReceived(piece)
            pieces = self._pieces
        self._tell_wanted()
        if self._complete or self._cut_short is not None:
            self._end_delivery()

    def _tell_wanted(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            wanted()

    def _whole_body(self) -> bytes | None:
        """Take the body at once if all of it is here and nobody has asked for it; else give `None`."""
        if self._delivered or not self._complete:
            return None
        self._delivered = True
        pieces, self._pieces = self._pieces, []
        self._tell_wanted()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _bodyDataReceived(self, data: bytes) -> None:
        """Some of the body has come."""
        if self._receiver is not None:
            self._receiver.dataReceived(data)
            return
        self._pieces.append(data)
        if self._room is not None:
            self._room -= len(data)
            if self._room < 0:
                self._transport.loseConnection()

    def _keep(self, room: int) -> None:
        """
        Let the body come though nobody has asked for it, so that the connection is free again.

        Args:
            room: How much of it, in bytes; if it is more, the connection ends.
        """
        if not self._delivered:
            self._room = room
            self._tell_wanted()

    def _bodyDataFinished(self, reason: Failure | None = None) -> None:
        """The body is over: complete if no *reason* says otherwise."""
        self._wanted = self._connection = None
        if reason is None:
            self._complete = True
        else:
            self._cut_short = reason
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher()
        if self._receiver is not None:
            self._end_delivery()

    def _end_delivery(self) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is None:
            return
        reason = self._cut_short or Failure(ResponseDone("Response body fully received"))
        try:
            receiver.connectionLost(reason)
        except BaseException:
            _log.failure("a body's receiver failed when it was told about the end")
