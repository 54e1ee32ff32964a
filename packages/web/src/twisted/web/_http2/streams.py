"""
A stream: one request and its response, and the channel that the request sees.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IConsumer, IPushProducer, ITransport
from twisted.web._http2.requests import VERSION, StreamRequest, response_block
from twisted.web.http_headers import Headers
from twisted.web.iweb import INonQueuedRequestFactory

if TYPE_CHECKING:
    from twisted.python.failure import Failure
    from twisted.web._http2.connection import H2Connection

# Any: requests, producers and addresses of every kind.

# How much may wait to be sent, before whoever writes it has to wait; and how much is left when he may go on.
_MOST_UNSENT = 64 * 1024
_FEW_UNSENT = 16 * 1024


@implementer(ITransport, IConsumer, IPushProducer)
class H2Stream:
    """
    A stream of a connection, on which a request comes and its response goes. It is the request's channel.

    Attributes:
        streamID: Its number.
        factory: What has made the connection.
        site: What the request is for.
        producer: Who writes the response, if he said so.
    """

    # Requests look for these in a channel.
    _fields: dict[bytes, list[bytes]] | None = None
    producer: Any = None
    _streaming_producer = False
    _paused = False

    def __init__(self, streamID: int, connection: H2Connection, asked: StreamRequest) -> None:
        self.streamID = streamID
        self.factory = connection.factory
        self.site = connection.site
        self._conn = connection
        self._asked = asked
        # What came, and has not been taken yet: the client has to wait for so many bytes.
        self._received = 0
        self._unacknowledged = 0
        self._holds = False
        self._whole = False
        self._streams_body = False
        # What is to be sent: the header first, if it is not on its way.
        self._block: list[tuple[bytes, bytes]] | None = None
        self._pieces: deque[bytes] = deque()
        self._unsent = 0
        self._finished = False
        self._over = False
        # When something happened last that the client has to do.
        self._moved = connection._now()
        self._request = self._make_request()

    def _make_request(self) -> Any:
        make = self._conn.requestFactory
        fields = self._fields = self._asked.fields
        request = make(self) if INonQueuedRequestFactory.providedBy(make) else make(self, 0)
        self._fields = None
        if request.requestHeaders._rawHeaders is not fields:
            request.requestHeaders = Headers._of_checked(fields)
        return request

    # What comes.

    def _begin(self, ended: bool) -> None:
        """The header is there."""
        request = self._request
        asked = self._asked
        request.parseCookies()
        if ended:
            self._whole = True
            request.gotLength(0)
            request.requestReceived(asked.method, asked.target, VERSION)
            return
        # Asked of our own requests only: stand-ins need not know of it.
        streams = getattr(type(request), "_asks_for_stream", None)
        if streams is not None and streams(request, asked.method, asked.target, VERSION):
            self._streams_body = True
            request._begin_stream(self, asked.length)
            request.requestReceived(asked.method, asked.target, VERSION)
            return
        if asked.length is not None and asked.length > self._conn.maxContentLength:
            self._refuse(413)
            return
        request.gotLength(asked.length)
        if asked.awaits_continue:
            self._continue()

    def _continue(self) -> None:
        if self._asked.awaits_continue:
            self._asked.awaits_continue = False
            self._conn._send_continue(self.streamID)

    def receiveDataChunk(self, data: bytes, flowControlledLength: int) -> None:
        """
        A piece of the body came.

        Args:
            data: The piece.
            flowControlledLength: How many bytes of the window it took.
        """
        self._received += len(data)
        self._moved = self._conn._now()
        if self._finished or self._over:
            # Nobody wants it any more.
            self._conn._acknowledge(self.streamID, flowControlledLength)
            return
        self._unacknowledged += flowControlledLength
        if not self._streams_body and self._received > self._conn.maxContentLength:
            self._refuse(413)
            return
        if data:
            self._request.handleContentChunk(data)
        if not self._holds:
            self._acknowledge()

    def _acknowledge(self) -> None:
        taken, self._unacknowledged = self._unacknowledged, 0
        if taken:
            self._conn._acknowledge(self.streamID, taken)

    def requestComplete(self) -> None:
        """The client has said all."""
        self._whole = True
        if self._finished or self._over:
            return
        if self._streams_body:
            self._request._end_stream()
        else:
            asked = self._asked
            self._request.requestReceived(asked.method, asked.target, VERSION)

    def _hold_body(self) -> None:
        """The application has to read first what came."""
        self._holds = True

    def _want_body(self) -> None:
        """The application waits for more of the body."""
        self._holds = False
        if self._over:
            return
        self._moved = self._conn._now()
        self._continue()
        self._acknowledge()
        self._conn._flush_unless_receiving()

    def _refuse(self, code: int) -> None:
        """Answer with a status code alone."""
        if self._over or self._finished:
            return
        request = self._request
        if not request.startedWriting:
            self._block = [(b":status", b"%d" % code), (b"content-length", b"0")]
        self._finished = True
        self._conn._stream_ready(self)

    def connectionLost(self, reason: Failure) -> None:
        """The stream is over before the response is complete."""
        if self._over:
            return
        self._over = True
        self._pieces.clear()
        self._unsent = 0
        producer, self.producer = self.producer, None
        if producer is not None:
            producer.stopProducing()
        if not self._finished:
            self._request.connectionLost(reason)

    # What is sent.

    def _write_response(self, version: bytes, code: int, reason: bytes, headers: Headers, body: bytes) -> None:
        """Send the header of a response, and the beginning of its body."""
        self._block = response_block(code, headers)
        if body:
            self.write(body)
        else:
            self._conn._stream_ready(self)

    def writeHeaders(self, version: bytes, code: bytes, reason: bytes, headers: Any) -> None:
        """
        Send the header of a response.

        Args:
            version: Means nothing.
            code: The status code.
            reason: Means nothing: HTTP/2 has no reason phrases.
            headers: The fields: `Headers`, or pairs of names and values.
        """
        if not isinstance(headers, Headers):
            pairs, headers = headers, Headers()
            for name, value in pairs:
                headers.addRawHeader(name, value)
        self._write_response(version, int(code), reason, headers, b"")

    def write(self, data: bytes) -> None:
        """Send a part of a response's body."""
        if self._over or self._finished or not data:
            return
        self._pieces.append(data)
        self._unsent += len(data)
        self._conn._stream_ready(self)
        if self._unsent > _MOST_UNSENT and self.producer is not None and not self._paused:
            self._paused = True
            self.producer.pauseProducing()

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send several parts of a response's body."""
        self.write(b"".join(iovec))

    def _take(self, most: int) -> bytes:
        """Take what can be sent in a frame of so many bytes."""
        pieces = self._pieces
        first = pieces[0]
        length = len(first)
        if length > most:
            # A view would be kept for as long as the frame is: this is copied once, as it has to be.
            view = memoryview(first)
            taken = bytes(view[:most])
            pieces[0] = view[most:]  # type: ignore[assignment]  # as good as bytes to whoever takes it
        elif len(pieces) == 1 or length == most:
            taken = bytes(pieces.popleft())
        else:
            joined = [pieces.popleft()]
            while pieces and length + len(pieces[0]) <= most:
                length += len(pieces[0])
                joined.append(pieces.popleft())
            taken = b"".join(joined)
        self._unsent -= len(taken)
        return taken

    def _sent_some(self) -> None:
        """There may be room for more."""
        self._moved = self._conn._now()
        if self._paused and self._unsent <= _FEW_UNSENT:
            self._paused = False
            if self.producer is not None:
                self.producer.resumeProducing()

    def requestDone(self, request: Any) -> None:
        """The response is complete."""
        self._finished = True
        self._acknowledge()
        self._conn._stream_ready(self)

    def loseConnection(self) -> None:
        """Give up the stream; the connection goes on."""
        if not self._over and not self._finished:
            self._conn.abortRequest(self)

    def abortConnection(self) -> None:
        """Give up the stream."""
        self.loseConnection()

    # Who writes.

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Say who writes the response.

        Raises:
            ValueError: There is another one.
        """
        if self.producer is not None:
            raise ValueError(f"registering producer {producer} before previous one ({self.producer}) was unregistered")
        self._streaming_producer = streaming
        if not streaming:
            from twisted.web._http.pulling import Pulling

            producer = Pulling(producer, self)
        self.producer = producer
        if not streaming:
            producer.start()
        if self._over:
            self.unregisterProducer()
            producer.stopProducing()
        elif self._unsent > _MOST_UNSENT:
            self._paused = True
            producer.pauseProducing()

    def unregisterProducer(self) -> None:
        """Say that nobody writes any more."""
        producer, self.producer = self.producer, None
        self._paused = False
        if producer is not None and not self._streaming_producer:
            producer.stop()

    def pauseProducing(self) -> None:
        """Have the client wait."""
        self._hold_body()

    def resumeProducing(self) -> None:
        """Let the client go on."""
        self._want_body()

    def stopProducing(self) -> None:
        """Give up the stream."""
        self.loseConnection()

    # The connection's.

    @property
    def transport(self) -> Any:
        """What the connection goes over. Who writes to it breaks it."""
        return self._conn.transport

    def getPeer(self) -> Any:
        """Give the client's address."""
        return self._conn.getPeer()

    def getHost(self) -> Any:
        """Give this side's address."""
        return self._conn.getHost()

    def isSecure(self) -> bool:
        """Tell whether the client speaks TLS."""
        return self._conn._is_secure()
