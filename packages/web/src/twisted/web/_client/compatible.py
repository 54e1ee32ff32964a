"""
Parsers as protocols, for programs that subclass them.

The client itself reads with `ResponseParser`, which has no hooks. These call a method for each part of a head, in the
order in which the parts come, and leave the framing of bodies to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from twisted.web._client.errors import ParseError, ResponseFailed
from twisted.web._client.parsing import CONNECTION_CONTROL, Head, ResponseParser, parse_status_line, parse_version
from twisted.web._client.response import Response, TransportProxyProducer
from twisted.web._http.errors import PotentialDataLoss
from twisted.web.http_headers import Headers, InvalidHeaderName
from twisted.web.iweb import UNKNOWN_LENGTH

# What a parser is at. Plain text, as programs compare it.
STATUS: Final = "STATUS"
HEADER: Final = "HEADER"
BODY: Final = "BODY"
DONE: Final = "DONE"


class HTTPParser(LineReceiver):
    """
    Takes the head of a message apart, line by line; what the lines mean is for subclasses to say.

    Attributes:
        state: What comes next: `STATUS`, `HEADER`, `BODY` or `DONE`.
        headers: The header fields so far.
        connHeaders: Those about the connection.
        bodyDecoder: What the body is given to: has ``dataReceived``.
    """

    CONNECTION_CONTROL_HEADERS = CONNECTION_CONTROL
    delimiter = b"\n"

    state: str
    headers: Headers
    connHeaders: Headers
    bodyDecoder: Any = None  # Any: a subclass's.
    # The lines of the field at hand; subclasses with a lineReceived of their own keep them here, too.
    _partialHeader: list[bytes] | None = None

    def connectionMade(self) -> None:
        """Begin a message."""
        self.headers = Headers()
        self.connHeaders = Headers()
        self.state = STATUS
        self._partialHeader = None

    def switchToBodyMode(self, decoder: Any) -> None:
        """
        Give everything that follows to *decoder*.

        Raises:
            RuntimeError: That was done before.
        """
        if self.state == BODY:
            raise RuntimeError("already in body mode")
        self.bodyDecoder = decoder
        self.state = BODY
        self.setRawMode()

    def lineReceived(self, line: bytes) -> None:
        """Take a line of the head."""
        line = line[:-1] if line.endswith(b"\r") else line
        if self.state == STATUS:
            self.statusReceived(line)
            self.state = HEADER
            return
        begun = self._partialHeader
        if line[:1] in (b" ", b"\t") and begun is not None:
            begun.append(line)
            return
        self._partialHeader = [line]
        if begun is not None:
            field = b" ".join(piece.strip(b" \t") for piece in begun)
            name, colon, value = field.partition(b":")
            if not colon:
                raise ParseError("a header field without a colon", field[:64])
            self.headerReceived(name, value.strip(b" \t"))
        if not line:
            self._partialHeader = None
            self.allHeadersReceived()

    def rawDataReceived(self, data: bytes) -> None:
        """Take some of the body."""
        self.bodyDecoder.dataReceived(data)

    def isConnectionControlHeader(self, name: bytes) -> bool:
        """Tell whether a field, by its name in lower case, is about the connection."""
        return name in self.CONNECTION_CONTROL_HEADERS

    def statusReceived(self, status: bytes) -> None:
        """The first line has come. Override it."""

    def headerReceived(self, name: bytes, value: bytes) -> None:
        """A header field has come: keep it."""
        fields = self.connHeaders if self.isConnectionControlHeader(name.lower()) else self.headers
        try:
            fields.addRawHeader(name, value)
        except InvalidHeaderName:
            raise ParseError("a header field's name is no token", name[:64]) from None

    def allHeadersReceived(self) -> None:
        """The head is over. Override it, to say what becomes of the body."""
        self.switchToBodyMode(None)


class HTTPClientParser(HTTPParser):
    """
    Reads one response.

    Args:
        request: What it answers.
        finisher: Called at its end with the bytes that came behind it.

    Attributes:
        response: The response, as soon as its first line is here.
    """

    NO_BODY_CODES = frozenset([204, 304])

    # Any: a request of the user's own, and whatever the finisher gives.
    def __init__(self, request: Any, finisher: Callable[[bytes], Any]) -> None:
        self.request = request
        self.finisher = finisher
        self.response: Response | None = None
        self._responseDeferred: Deferred[Response] = Deferred()
        self._framing = ResponseParser()
        # For a connection that reads bodies itself: the head when it is there, and what came behind it.
        self._reads_heads_only = False
        self._head: Head | None = None
        self._behind = b""

    def _receive_head(self, framing: ResponseParser, data: bytes) -> Head | None:
        """
        Take in data in the place of *framing*, for the sake of one's own methods.

        Returns:
            As `ResponseParser.receive_head`.
        """
        self._framing = framing
        self._reads_heads_only = framing.begun = True
        self.dataReceived(data)
        head, self._head = self._head, None
        if head is not None:
            framing.rest, self._behind = self._behind, b""
        return head

    def lineLengthExceeded(self, line: bytes) -> None:
        """A line of the head has no end."""
        raise ParseError(f"a line longer than {self.MAX_LENGTH} bytes", line[:64])

    def headerReceived(self, name: bytes, value: bytes) -> None:
        """A header field has come: keep it, unless there are too many."""
        self._framing._count_field(name + b": " + value)
        super().headerReceived(name, value)

    def dataReceived(self, data: bytes) -> None:
        """Take in what arrived."""
        if self.state != DONE:
            super().dataReceived(data)

    def parseVersion(self, strversion: bytes) -> tuple[bytes, int, int]:
        """
        Read a protocol version.

        Raises:
            BadResponseVersion: It is none.
        """
        return parse_version(strversion)

    def statusReceived(self, status: bytes) -> None:
        """Begin a response."""
        _, code, phrase = parse_status_line(status)
        version = self.parseVersion(status.partition(b" ")[0])
        proxy = TransportProxyProducer(self.transport)
        self.response = Response(version, code, phrase, self.headers, proxy)
        self.response.request = self.request

    def allHeadersReceived(self) -> None:
        """Find out how long the body is, and let who waits have the response."""
        response = self.response
        assert response is not None
        if 100 <= response.code < 200 and response.code != 101:
            # Not the one that is waited for.
            self._framing._pass_over(Head(response.version, response.code, response.phrase))
            self.connectionMade()
            return
        head = Head(response.version, response.code, response.phrase)
        head.control = {name.lower(): list(values) for name, values in self.connHeaders.getAllRawHeaders()}
        if self._reads_heads_only:
            head.fields = {name: list(values) for name, values in self.headers.getAllRawHeaders()}
            self._head = self._framing._framed(head)
            self.switchToBodyMode(None)
            return
        self._framing.begin(self.request.method, upgrade=True)
        self._framing._framed(head)
        response.length = head.length
        for name, values in head.fields.items():
            response.headers.setRawHeaders(name, values)
        self.switchToBodyMode(self)
        waiting, self._responseDeferred = self._responseDeferred, Deferred()
        waiting.callback(response)
        if self._framing.complete:
            rest = self.clearLineBuffer()
            self._finished(rest)

    def rawDataReceived(self, data: bytes) -> None:
        """Take some of the body."""
        if self._reads_heads_only:
            self._behind += data
            return
        response, framing = self.response, self._framing
        assert response is not None
        piece = framing.receive_body(data)
        if piece:
            response._bodyDataReceived(piece)
        if framing.broken is not None:
            self.state = DONE
            response._bodyDataFinished(Failure(ResponseFailed([Failure(framing.broken)], response)))
        elif framing.complete:
            self._finished(framing.rest)

    def _finished(self, rest: bytes) -> None:
        self.state = DONE
        self.finisher(rest)
        if self.response is not None:
            self.response._bodyDataFinished()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection has ended: so has the response."""
        if self.state == BODY and self.response is not None:
            self.state = DONE
            missing = self._framing.end()
            if missing is not None:
                failure = Failure(ResponseFailed([reason, Failure(missing)], self.response))
                self.response._bodyDataFinished(failure)
            elif self.response.length == UNKNOWN_LENGTH:
                self.response._bodyDataFinished(Failure(PotentialDataLoss()))
        elif self.state != DONE:
            self.state = DONE
            self._responseDeferred.errback(Failure(ResponseFailed([reason], self.response)))
