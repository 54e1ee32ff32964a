"""
Connections that requests come over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from zope.interface import implementer

from twisted.internet.interfaces import IConsumer, IPushProducer, ITransport
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.web._codes import REQUEST_ENTITY_TOO_LARGE, REQUEST_TIMEOUT, RESPONSES
from twisted.web._http.answers import write_head
from twisted.web._http.patience import PatientConnection
from twisted.web._http.requests import Request
from twisted.web._http1.bodies import END
from twisted.web._http1.errors import Refused
from twisted.web._http1.fields import read_fields, read_lines, tokens
from twisted.web._http1.heads import CHUNKED, RequestHead, read_head
from twisted.web._http1.receiving import RequestReceiver
from twisted.web.http_headers import Headers
from twisted.web.iweb import INonQueuedRequestFactory

if TYPE_CHECKING:
    from twisted.python.failure import Failure

_log = Logger("twisted.web.http")

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

# How much of what follows a request is read while it is answered. Then the client has to wait.
_MOST_HELD = 64 * 1024

# How much is thrown away of what a client sends that has its answer already.
_MOST_UNWANTED = 64 * 1024 * 1024

# What a body has to bring, in bytes a second, on the average and after the first while.
_SLOWEST_BODY = 100


@implementer(ITransport, IPushProducer, IConsumer)
class HTTPChannel(PatientConnection, LineReceiver):
    """
    A connection that requests come over, one after the other.

    Attributes:
        maxHeaders: How many header fields a request may have; more are answered with 431.
        hostRequired: Whether a request of HTTP/1.1 without Host is answered with 400 (RFC 9112 section 3.2).
        totalHeadersSize: How many bytes they may have, all together; more are answered with 431.
        MAX_LENGTH: How many bytes the request line may have; more are answered with 414.
        maxContentLength: How many bytes a body may have that is kept for the application; more are answered with 413.
        timeOut: How long nothing may happen between requests, how long the header of a request may take, and how long
            nothing may come of its body, in seconds; `None` for ever.
        abortTimeout: How long it may then take to close the connection, before it is cut.
        requests: The request that is at hand, if there is one.
        requestFactory: Makes requests; called with the channel and, unless it provides `INonQueuedRequestFactory`, with
            a number that means nothing any more.
        site: What the requests are for, if a `Site` made this.
        persistent: Whether the connection goes on behind the request at hand.
        length: How many bytes its body has; `None` if it says so itself, when it ends.
    """

    maxHeaders: int = 500
    hostRequired: bool = True
    totalHeadersSize: int = 16384
    maxContentLength: int = 4 * 1024**3
    length: int | None = 0
    persistent: Any = 1
    requestFactory: Any = Request
    site: Any = None
    factory: Any = None
    requests: list[Any]

    # What the request at hand consists of.
    _fields: dict[bytes, list[bytes]] | None = None
    _head: RequestHead | None = None
    _received = 0
    # Its body, if that came with the head, and nothing behind it.
    _whole_body: bytes | None = None

    # What came and is not understood yet; and whether somebody is understanding it just now.
    _receiver: RequestReceiver | None = None
    _advancing = False
    # Whether a request is being answered, and whether its body is still coming meanwhile.
    _handling = False
    _streaming = False
    # Whether the application has to read first what came of it.
    _body_waits = False
    # Whether the connection ends with the request at hand.
    _leaving = False
    # How much more is thrown away, while the connection is being closed.
    _unwanted = 0

    # Of the time a client has.
    _head_coming = False
    _body_begun: float = 0
    _unsent_before: int | None = None

    _plain_factory: bool | None = None
    _lines: list[bytes] | None = None

    # Of subclasses: whether they override what is not called for each line, or for each write, otherwise.
    _wants_lines: ClassVar[bool] = False

    def __init_subclass__(cls, **words: Any) -> None:
        super().__init_subclass__(**words)
        plain = HTTPChannel
        cls._wants_lines = (
            cls.lineReceived is not plain.lineReceived
            or cls.headerReceived is not plain.headerReceived
            or cls.rawDataReceived is not plain.rawDataReceived
        )
        if cls.writeHeaders is not plain.writeHeaders or cls.write is not plain.write:
            cls._write_response = None  # type: ignore[method-assign,assignment]  # requests look for it

    def __init__(self) -> None:
        self.requests = []

    # The connection's life.

    def connectionMade(self) -> None:
        """Wait for a request."""
        self._register()
        factory = self.factory
        if not getattr(factory, "hostRequired", True):
            self.hostRequired = False
        watch = getattr(factory, "_watch", None)
        # A clock of one's own, as tests have it, is more than the watch can look at.
        if watch is not None and self.__dict__.get("callLater", watch.callLater) == watch.callLater:
            self._watch = watch
        self.setTimeout(self.timeOut)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell the request at hand."""
        self._over = True
        self.setTimeout(None)
        if self._watch is not None:
            self._watch.forget(self)
        self._receiver = None
        producer = self._requestProducer
        if producer is not None:
            if not self._registered:
                # The transport tells nobody any more.
                producer.stopProducing()
            elif not self._requestProducerStreaming:
                producer.stop()
        for request in self.requests[:]:
            request.connectionLost(reason)
        self.requests.clear()

    def loseConnection(self) -> None:
        """Close the connection, once everything is sent."""
        self._over = True
        if self.transport is not None:
            # Otherwise the transport would wait for us to finish.
            self._unregister()
            self.transport.loseConnection()

    def _lose_politely(self) -> None:
        """
        Close the connection to a client that may be in the middle of sending something.

        What has arrived and is not read makes the system reset a connection that is closed, and the client may never
        see its answer. So this side stops to send first, and what comes is thrown away for a while (RFC 9112 section
        9.6).
        """
        half_close = getattr(self.transport, "loseWriteConnection", None)
        if half_close is None or self._over:
            self.loseConnection()
            return
        self._over = True
        self._unwanted = _MOST_UNWANTED
        self._unregister()
        self._release()
        half_close()
        self._abort_later()

    def _throw_away(self, size: int) -> None:
        self._unwanted -= min(size, self._unwanted)
        if not self._unwanted:
            self.loseConnection()

    def finishAndLeave(self) -> None:
        """Answer what has begun, and tell the client that this is the end; hang up at once if nothing has begun."""
        if self.requests or (self._receiver is not None and self._receiver.inside):
            self._leaving = True
        else:
            self.loseConnection()

    def _take_over(self) -> tuple[Any, bytes]:
        """
        Give the connection away, for another protocol to be spoken on it (RFC 9110 section 7.8).

        Returns:
            The transport, which reads and has no producer; and what was received behind the request at hand. The
            request is over for us: it must not be written to or finished any more.
        """
        transport, self.transport = self.transport, None
        unread = b"" if self._receiver is None else self._receiver.buffer.take_all()
        self._receiver = None
        self._over = True
        self.setTimeout(None)
        if self._watch is not None:
            self._watch.forget(self)
        self._unregister()
        self._release()
        self.requests.clear()
        return transport, unread

    # Time.

    def timeoutConnection(self) -> None:
        """Nothing happened for the time. Hangs up."""
        if self._waitingForTransport and not self._over:
            # The client has not read all of the response yet. It may be slow, as long as it reads at all.
            unsent = self._unsent_now()
            if unsent is not None and unsent != self._unsent_before:
                self._unsent_before = unsent
                self._wait_again()
                return
        _log.info("Timing out client: {peer}", peer=self.getPeer())
        if self._over or self._handling or self._receiver is None or not self._receiver.inside:
            self.loseConnection()
        else:
            self._refuse(REQUEST_TIMEOUT)
        self._abort_later()

    # What comes.

    def dataReceived(self, data: bytes) -> None:
        """Understand what came."""
        if self._over:
            if self._unwanted:
                self._throw_away(len(data))
            return
        receiver = self._receiver
        if receiver is None:
            # Nearly always one whole request comes, and nothing else.
            end = data.find(b"\r\n\r\n")
            if 0 < end <= self.totalHeadersSize and end <= self.MAX_LENGTH and data[0] != 0x0D and not self._handling:
                self._advancing = True
                try:
                    head = read_head(data[:end], self.maxHeaders, self.hostRequired)
                    end += 4
                    if end != len(data) or head.length:
                        self._keep_behind(head, data[end:])
                    self._begin_request(head)
                except Refused as refused:
                    self._refuse(refused.status, refused.why)
                finally:
                    self._advancing = False
                if self._receiver is not None:
                    self._advance()
                return
            receiver = self._receiver = self._new_receiver()
        receiver.feed(data)
        if not self._handling or self._streaming:
            self._advance()
        receiver = self._receiver
        if receiver is not None and len(receiver.buffer) > _MOST_HELD and not self._over:
            self._hold()

    def _keep_behind(self, head: RequestHead, data: bytes) -> None:
        """Keep what came with a head, for when the request has been made."""
        if len(data) == head.length and not self._wants_lines:
            # A whole body, and nothing else: there is nothing to be cut.
            self._whole_body = data
            return
        receiver = self._receiver = self._new_receiver()
        receiver.begin_body(head)
        if data:
            receiver.feed(data)

    def _cut_body(self, head: RequestHead) -> None:
        """Have the body that came with the head taken piece by piece after all."""
        body, self._whole_body = self._whole_body, None
        if body is not None:
            receiver = self._receiver = self._new_receiver()
            receiver.begin_body(head)
            receiver.feed(body)

    def _new_receiver(self) -> RequestReceiver:
        # Imported late: this is a setting, which programs change in the door.
        from twisted.web import http

        return RequestReceiver(
            self.MAX_LENGTH,
            self.totalHeadersSize,
            self.maxHeaders,
            http.maxChunkSizeLineLength,
            self.hostRequired,
        )

    def _advance(self) -> None:
        """Understand what is held, as far as it may be understood now."""
        if self._advancing:
            return
        self._advancing = True
        try:
            while not self._over and (not self._handling or (self._streaming and not self._body_waits)):
                receiver = self._receiver
                if receiver is None or (self._waitingForTransport and not receiver.in_body):
                    break
                was_in_body = receiver.in_body
                event = receiver.next_event()
                if event is None:
                    if not receiver.inside and not self._handling:
                        # An idle connection holds no buffers.
                        self._receiver = None
                    elif not was_in_body and len(receiver.buffer) and not self._handling:
                        self._head_begun()
                    break
                if event is END:
                    self._end_content()
                elif isinstance(event, bytes):
                    self._take_content(event)
                else:
                    self._begin_request(event)
        except Refused as refused:
            self._refuse(refused.status, refused.why)
        finally:
            self._advancing = False
        if self._holding and not self._over:
            held = self._receiver
            if (held is None or len(held.buffer) <= _MOST_HELD) and not self._body_waits:
                self._release()

    def _head_begun(self) -> None:
        """A part of a header is there. It has so much time from its first byte, however many pieces come."""
        if not self._head_coming:
            self._head_coming = True
            self.resetTimeout()

    def _begin_request(self, head: RequestHead) -> None:
        """A request's header is there."""
        self._head_coming = False
        self._head = head
        make = self.requestFactory
        plain = self._plain_factory
        if plain is None:
            plain = self._plain_factory = not INonQueuedRequestFactory.providedBy(make)
        if self._wants_lines:
            self._begin_by_lines(head)
            return
        self._fields = head.fields
        request = make(self, 0) if plain else make(self)
        if request.requestHeaders._rawHeaders is not head.fields:
            request.requestHeaders = Headers._of_checked(head.fields)
        self._fields = None
        self.requests.append(request)
        length = head.length
        self.length = None if length == CHUNKED else length
        self._received = 0
        self.allHeadersReceived()
        if self._whole_body is not None:
            # A subclass makes ready for it on its own.
            self._cut_body(head)

    def _begin_by_lines(self, head: RequestHead) -> None:
        """Go line by line, for subclasses that want to see them."""
        self.lineReceived(b" ".join([head.method, head.target, head.version]))
        for name, values in list(head.fields.items()):
            for value in values:
                self.lineReceived(name + b": " + value)
        self.lineReceived(b"")

    def allHeadersReceived(self) -> None:
        """Hook: a request's header is there. Makes ready for its body, or goes on if it has none."""
        request = self.requests[-1]
        head = self._head
        assert head is not None
        request.parseCookies()
        self.persistent = self.checkPersistence(request, head.version)
        length = self.length
        if length == 0:
            request.gotLength(0)
            self.allContentReceived()
            return
        # Asked of our own requests only: stand-ins need not know of it.
        asked = getattr(type(request), "_asks_for_stream", None)
        streams = asked is not None and asked(request, head.method, head.target, head.version)
        if length is not None and length > self.maxContentLength and not streams:
            self._whole_body = None
            self._refuse(REQUEST_ENTITY_TOO_LARGE, f"a body of {length} bytes")
            return
        if streams:
            self._stream(request, head)
            return
        request.gotLength(length)
        if head.awaits_continue:
            self._continue()
        body, self._whole_body = self._whole_body, None
        if body is None:
            self._wait_for_content()
            return
        self._received = len(body)
        request.handleContentChunk(body)
        if not self._over:
            self.allContentReceived()

    def _continue(self) -> None:
        """Tell a client that waits for that to send the body."""
        head = self._head
        if head is not None and head.awaits_continue:
            head.awaits_continue = False
            if self.transport is not None:
                self.transport.write(_CONTINUE)

    def _stream(self, request: Any, head: RequestHead) -> None:
        """Have a request answered while its body comes."""
        self._streaming = self._handling = True
        self._body_waits = False
        self._wait_no_more()
        self._cut_body(head)
        request._begin_stream(self, self.length)
        request.requestReceived(head.method, head.target, head.version)

    def _hold_body(self) -> None:
        """The application has to read first what came."""
        self._body_waits = True
        self._hold()

    def _want_body(self) -> None:
        """The application waits for more of the body, or has room for it."""
        if not self._streaming or self._over:
            return
        self._continue()
        self._body_waits = False
        if self.requests[-1].body.wanted:
            self._wait_for_content()
        self._advance()

    def _wait_for_content(self) -> None:
        watch = self._watch
        if watch is not None:
            self._body_begun = watch.seconds()
        self._wait_again()

    def _take_content(self, data: bytes) -> None:
        """A piece of the body came."""
        self._received += len(data)
        if self._received > self.maxContentLength and not self._streaming:
            self._refuse(REQUEST_ENTITY_TOO_LARGE, f"a body of more than {self.maxContentLength} bytes")
            return
        if self._wants_lines:
            self.rawDataReceived(data)
        else:
            self.requests[-1].handleContentChunk(data)
        watch = self._watch
        if self._streaming and not self.requests[-1].body.wanted:
            self._wait_no_more()
        elif watch is None:
            self.resetTimeout()
        elif self.timeOut is not None and not self._over:
            # A body that drips may go on for as long as it brings something.
            patience = self._body_begun + self.timeOut + self._received / _SLOWEST_BODY
            self._wait(min(self.timeOut, max(0.0, patience - watch.seconds())))

    def _end_content(self) -> None:
        """The body is whole."""
        if self._streaming:
            self._streaming = self._body_waits = False
            self._wait_no_more()
            self.requests[-1]._end_stream()
        else:
            self.allContentReceived()

    def allContentReceived(self) -> None:
        """Hook: a request is there as a whole. Has it answered."""
        request = self.requests[-1]
        head = self._head
        assert head is not None
        self._head = None
        self._handling = True
        self._wait_no_more()
        request.requestReceived(head.method, head.target, head.version)

    # What comes, by lines: for subclasses that override one of these, and whoever calls them.

    def lineReceived(self, line: bytes) -> None:
        """Take a line of a request's header. The last one is empty."""
        if self._lines is None:
            self._lines = []
        if line:
            self._lines.append(line)
            return
        lines, self._lines = self._lines, None
        try:
            if self._head is None:
                self._head = read_head(b"\r\n".join(lines), self.maxHeaders, self.hostRequired)
            head = self._head
            # The fields come in again one by one, as `headerReceived` lets them.
            self._fields = {}
            make = self.requestFactory
            request = make(self, 0) if not INonQueuedRequestFactory.providedBy(make) else make(self)
            request.requestHeaders = Headers()
            self._fields = None
            self.requests.append(request)
            for one in lines[1:]:
                if not self.headerReceived(one):
                    return
        except Refused as refused:
            self._refuse(refused.status, refused.why)
            return
        self.length = None if head.length == CHUNKED else head.length
        self._received = 0
        self.allHeadersReceived()

    def headerReceived(self, line: bytes) -> bool:
        """
        Hook: a header field came. Adds it to the request.

        Returns:
            Whether to go on. If not, it has been answered.
        """
        try:
            fields = read_fields(read_lines(line))
        except Refused as refused:
            self._refuse(refused.status, refused.why)
            return False
        headers = self.requests[-1].requestHeaders
        for name, values in fields.items():
            for value in values:
                headers.addRawHeader(name, value)
        return True

    def rawDataReceived(self, data: bytes) -> None:
        """Take a piece of a request's body."""
        self.requests[-1].handleContentChunk(data)

    # What is answered.

    def checkPersistence(self, request: Any, version: bytes) -> bool:
        """
        Hook: tell whether the connection goes on behind a request.

        Args:
            request: The request. Its response is told to say so, where the client has to know.
            version: The protocol's version.
        """
        options = request.requestHeaders._rawHeaders.get(b"Connection")
        if options is None:
            return version != b"HTTP/1.0"
        wanted = tokens(options)
        if version == b"HTTP/1.0":
            return b"keep-alive" in wanted and b"close" not in wanted
        if b"close" in wanted:
            request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
            return False
        return True

    def _refuse(self, code: int, why: str = "") -> None:
        """Answer with a status code alone, and hang up: nobody can tell where another request would begin."""
        if self._over:
            return
        if why:
            _log.debug("refused a request from {peer}: {why}", peer=self.getPeer(), why=why)
        if self.transport is not None and not (self.requests and self.requests[-1].startedWriting):
            self.transport.write(
                b"HTTP/1.1 %d %b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" % (code, RESPONSES[code])
            )
        self._lose_politely()

    def _write_response(self, version: bytes, code: int, reason: bytes, headers: Headers, body: bytes) -> None:
        """Send the header of a response, and the beginning of its body."""
        fields = headers._rawHeaders
        if self._leaving and code >= 200:
            fields[b"Connection"] = [b"close"]
        options = fields.get(b"Connection")
        if options is not None:
            if self.persistent and b"close" in tokens(options):
                self.persistent = False
        elif version == b"HTTP/1.0" and self.persistent:
            # The client has to know that the connection goes on, and where the response ends.
            if b"Content-Length" in fields or code in (204, 304):
                fields[b"Connection"] = [b"keep-alive"]
            elif not (200 <= code < 300 and self.requests and self.requests[0].method == b"CONNECT"):
                # A tunnel begins behind the header: whoever opened it decides how long it lasts.
                self.persistent = False
        head = write_head(version, code, reason, headers)
        if self.transport is not None:
            self.transport.write(head + body if body else head)

    def writeHeaders(self, version: bytes, code: bytes, reason: bytes, headers: Any) -> None:
        """
        Send the header of a response.

        Args:
            version: The protocol's version.
            code: The status code.
            reason: The reason phrase.
            headers: The fields: `Headers`, or pairs of names and values.

        Raises:
            ValueError: The reason phrase has a line break in it.
        """
        if not isinstance(headers, Headers):
            pairs, headers = headers, Headers()
            for name, value in pairs:
                headers.addRawHeader(name, value)
        HTTPChannel._write_response(self, version, int(code), reason, headers, b"")

    def requestDone(self, request: Any) -> None:
        """
        A response is complete: go on with the next request, or hang up.

        Raises:
            TypeError: It is not the response to the request at hand.
        """
        if not self.requests or request is not self.requests[0]:
            raise TypeError(f"{request!r} is not at hand")
        self.requests.clear()
        self._handling = False
        receiver = self._receiver
        if self._streaming:
            self._streaming = self._body_waits = False
            if receiver is not None and receiver.in_body:
                # Nobody wants the rest of the body.
                self._lose_politely()
                return
        if not self.persistent or self._leaving:
            self.loseConnection()
            return
        if self._over:
            return
        self._wait_again()
        if self._holding or (receiver is not None and not self._advancing):
            self._advance()

    def pauseProducing(self) -> None:
        """The client is slow: it has so much time to take something."""
        super().pauseProducing()
        self._unsent_before = self._unsent_now()
        # Of a transport that cannot tell, nobody knows whether the client takes anything.
        if self._unsent_before is not None and self._handling and not self._streaming and not self._over:
            self._wait_again()

    def _unsent_now(self) -> int | None:
        """Tell how much the client has not taken yet, if the transport knows."""
        transport = self.transport
        unsent = getattr(transport, "_unsent", None)
        if not isinstance(unsent, int):
            return None
        # Descriptors of any kind have begun with some of it.
        return unsent + len(getattr(transport, "dataBuffer", b"")) - getattr(transport, "offset", 0)

    def resumeProducing(self) -> None:
        """There is room again."""
        if self._handling and not self._streaming and not self._over:
            self._wait_no_more()
        super().resumeProducing()
        if self._over:
            return
        if not self._handling or self._streaming:
            if not self._handling:
                self._wait_again()
            self._advance()
