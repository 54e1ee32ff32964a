"""
One connection to a server, which takes one request after another.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import CancelledError, Deferred, fail, maybeDeferred, succeed
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._client.errors import (
    ConnectionAborted,
    ParseError,
    RequestGenerationFailed,
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseFailed,
    ResponseNeverReceived,
)
from twisted.web._client.parsing import Head, ResponseParser, tokens
from twisted.web._client.response import Response, TransportProxyProducer
from twisted.web._client.writing import Request
from twisted.web._http.errors import PotentialDataLoss
from twisted.web.http_headers import Headers

if TYPE_CHECKING:
    from twisted.web._client.compatible import HTTPClientParser
    from twisted.web._client.parsing import ResponseLimits

_log = Logger("twisted.web.client")


class State(Enum):
    """What a connection is busy with. Users see the names."""

    QUIESCENT = "nothing: it takes a request"
    TRANSMITTING = "a request's body"
    TRANSMITTING_AFTER_RECEIVING_RESPONSE = "the rest of a request that was answered already"
    GENERATION_FAILED = "its end: a request's body could not be produced"
    WAITING = "a response"
    CLOSING = "its end: it serves no further request"
    ABORTING = "its end: somebody asked for it"
    CONNECTION_LOST = "nothing any more"


# Found sooner than a member of the class.
_QUIESCENT: Final = State.QUIESCENT
_TRANSMITTING: Final = State.TRANSMITTING
_ANSWERED: Final = State.TRANSMITTING_AFTER_RECEIVING_RESPONSE
_WAITING: Final = State.WAITING
_CLOSING: Final = State.CLOSING
_LOST: Final = State.CONNECTION_LOST

# States in which a response is expected.
_EXPECTING: Final = (_WAITING, _TRANSMITTING)

# How long a request that asked whether its body is welcome waits for an answer before it is sent anyway, in seconds.
_PATIENCE_FOR_CONTINUE: Final = 1.0


class HTTP11ClientProtocol(Protocol):
    """
    A connection that takes requests, one at a time.

    Args:
        quiescentCallback: Called with this connection whenever it can take another request.

    Attributes:
        state: What it is busy with: the name of a `State`.
    """

    # Who keeps connections sets these: what to call when this one ends, what tells the time, what limits a response.
    _ended: Callable[[HTTP11ClientProtocol], None] | None = None
    _clock: Any = None
    _limits: ResponseLimits | None = None
    # Which server it leads to, and since when it is idle.
    _pool_key: Hashable = None
    _idle_since = 0.0

    _state = _QUIESCENT
    _request: Any = None
    _finishedRequest: Deferred[Response] | None = None
    _response: Response | None = None
    _head: Head | None = None
    _proxy: TransportProxyProducer | None = None
    _reader: ResponseParser | None = None
    # The parser as programs know it, once a subclass has asked for it: then it reads the heads.
    _hooks: HTTPClientParser | None = None
    _holding = False
    _writing: Deferred[None] | None = None
    _aborted: Failure | None = None
    # While a request waits for 100 Continue.
    _send_body: Callable[[], None] | None = None
    _patience: Any = None

    transport: Any  # Any: whatever an endpoint connects.

    def __init__(self, quiescentCallback: Callable[[HTTP11ClientProtocol], object] = lambda connection: None) -> None:
        self._quiescentCallback = quiescentCallback
        self._abortDeferreds: list[Deferred[None]] = []

    @property
    def state(self) -> str:
        """What it is busy with."""
        return self._state.name

    @property
    def _parser(self) -> HTTPClientParser | None:
        """
        What takes the head of the response apart, for subclasses that put a class of their own in its place.

        Whoever asks for it has it called for each line of the head, which costs more; nobody else does.
        """
        if self._hooks is None and self._state in _EXPECTING:
            from twisted.web._client.compatible import HTTPClientParser

            self._hooks = HTTPClientParser(self._request, lambda rest: None)
            self._hooks.makeConnection(TransportProxyProducer(self.transport))
        return self._hooks

    def connectionMade(self) -> None:
        """Send small pieces at once, where that has to be asked for."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)

    # Sending

    def request(self, request: Request) -> Deferred[Response]:
        """
        Send a request.

        Returns:
            A Deferred that fires with the response as soon as its head is here; or that fails with `RequestNotSent`
            (it is busy), `RequestGenerationFailed` (the body could not be produced), `RequestTransmissionFailed`,
            `ResponseNeverReceived` or `ResponseFailed`. Cancelling it ends the connection.
        """
        if self._state is not _QUIESCENT:
            return fail(Failure(RequestNotSent()))
        parser = self._reader
        if parser is None:
            parser = self._reader = ResponseParser() if self._limits is None else ResponseParser(self._limits)
        self._hooks = None
        upgrade = request.headers.hasHeader(b"Upgrade")
        parser.begin(request.method, upgrade)
        self._request = request
        finished: Deferred[Response] = Deferred(self._cancelled)
        self._finishedRequest = finished
        if type(request) is Request and request.bodyProducer is None:
            try:
                head = request._head(request._framing())
            except Exception:
                self._generation_failed(Failure())
                return finished
            self._state = _WAITING
            self.transport.write(head)
            return finished
        self._state = _TRANSMITTING
        if self._clock is not None and type(request) is Request and self._asks_first(request):
            self._hold_body(request)
        else:
            self._write(request)
        return finished

    def _write(self, request: Any) -> None:
        writing = self._writing = maybeDeferred(request.writeTo, self.transport)
        writing.addCallbacks(self._written, self._not_written, callbackArgs=(request,), errbackArgs=(request,))

    def _written(self, _: object, request: Any) -> None:
        if request is not self._request:
            return
        self._writing = None
        if self._state is _TRANSMITTING:
            self._state = _WAITING

    def _not_written(self, reason: Failure, request: Any) -> None:
        stopped = getattr(request, "_stopped", False)
        if request is self._request:
            self._writing = None
            if self._state is _TRANSMITTING:
                self._generation_failed(reason)
                return
        if not stopped:
            _log.failure("a request could not be written, which makes no difference any more", reason)

    def _generation_failed(self, reason: Failure) -> None:
        self._state = State.GENERATION_FAILED
        self._abort_transport()
        self._fail_request(RequestGenerationFailed([reason]))

    def _asks_first(self, request: Request) -> bool:
        return b"100-continue" in tokens(list(request.headers.getRawHeaders(b"Expect", [])))

    def _hold_body(self, request: Request) -> None:
        """Send the head, and the body when the server wants it or has said nothing for a while."""
        try:
            self.transport.write(request._head(request._framing()))
        except Exception:
            self._generation_failed(Failure())
            return
        gate: Deferred[None] = Deferred()

        def send() -> None:
            self._stop_holding()
            gate.callback(None)

        self._send_body = send
        self._patience = self._clock.callLater(_PATIENCE_FOR_CONTINUE, send)
        self._writing = gate.addCallback(lambda _: request._write_body(self.transport))
        gate.addCallbacks(self._written, self._not_written, callbackArgs=(request,), errbackArgs=(request,))

    def _stop_holding(self) -> None:
        self._send_body = None
        patience, self._patience = self._patience, None
        if patience is not None and patience.active():
            patience.cancel()

    def _cancelled(self, _: Deferred[Response]) -> None:
        """The user does not want the response any more."""
        reason = Failure(CancelledError())
        self._stop_holding()
        writing = self._writing
        if writing is not None:
            # The producer learns of it by its own Deferred.
            self._state = State.GENERATION_FAILED
            self._request._stopped = True
            self._writing = None
            writing.cancel()
            failed: Exception = RequestGenerationFailed([reason])
        elif self._reader is not None and self._reader.begun:
            failed = ResponseFailed([reason])
        else:
            failed = ResponseNeverReceived([reason])
        self._abort_transport()
        self._fail_request(failed)

    # Receiving

    def dataReceived(self, data: bytes) -> None:
        """Take in what arrived."""
        if self._state not in _EXPECTING:
            if self._state is _QUIESCENT:
                # Nobody asked for anything: whatever it is, it must not be taken for an answer to the next request.
                self._close()
            return
        parser = self._reader
        assert parser is not None
        response = self._response
        if response is None:
            try:
                hooks = self._hooks
                head = parser.receive_head(data) if hooks is None else hooks._receive_head(parser, data)
            except ParseError:
                self._malformed(Failure())
                return
            if parser.interims:
                self._interim_received(parser)
            if head is not None:
                self._begin_response(parser, head)
            return
        piece = parser.receive_body(data)
        if piece:
            try:
                response._bodyDataReceived(piece)
            except BaseException:
                self._receiver_failed()
                return
        if self._response is not response:
            return
        if parser.complete:
            self._finish()
            response._bodyDataFinished()
        elif parser.broken is not None:
            self._break_off(Failure(parser.broken))

    def _interim_received(self, parser: ResponseParser) -> None:
        for code in parser.interims:
            if code == 100 and self._send_body is not None:
                self._send_body()
            else:
                _log.info("Ignoring unexpected {code} response", code=code)
        parser.interims.clear()

    def _begin_response(self, parser: ResponseParser, head: Head) -> None:
        self._head = head
        proxy = self._proxy = TransportProxyProducer(self.transport)
        response = Response(head.version, head.code, head.phrase, Headers._of_checked(head.fields), proxy)
        response.length = head.length
        response.request = self._request
        self._response = response
        # Where the body waited to be welcome, it is not.
        self._stop_holding()
        rest = parser.rest
        piece = b""
        if not parser.complete and rest:
            parser.rest = b""
            piece = parser.receive_body(rest)
            if piece:
                response._pieces.append(piece)
        finished, self._finishedRequest = self._finishedRequest, None
        assert finished is not None
        if parser.complete:
            response._complete = True
            response._wanted = self._finish
            finished.callback(response)
            if self._response is response:
                # Nobody has asked for the body yet: the response keeps it.
                response._tell_wanted()
            return
        self._holding = True
        response._connection = self
        response._wanted = self._stop_holding_back
        if parser.broken is not None:
            response._wanted = None
        finished.callback(response)
        if self._response is not response:
            return
        if parser.broken is not None:
            self._break_off(Failure(parser.broken))
        elif self._holding and not getattr(self.transport, "disconnecting", False):
            self.transport.pauseProducing()

    def _stop_holding_back(self) -> None:
        """The body is wanted: let it come, unless its receiver has paused it already."""
        self._holding = False
        if self._proxy is not None and not self._proxy._paused and self._state in _EXPECTING:
            self.transport.resumeProducing()

    def _finish(self) -> None:
        """The response is complete: take another request, or end."""
        head = self._head
        parser = self._reader
        proxy = self._proxy
        assert head is not None and parser is not None and proxy is not None
        proxy.stopProxying()
        paused = proxy._paused
        self._response = self._head = self._proxy = None
        self._holding = False
        if self._state is _TRANSMITTING:
            # The server has answered without waiting for the rest: it will not get it.
            self._state = _ANSWERED
            self._stop_writing()
            self.transport.loseConnection()
            return
        if self._state is not _WAITING:
            return
        lasting = head.persistent and self._request.persistent and not parser.rest
        if not lasting or getattr(self.transport, "disconnecting", False):
            self._close()
            return
        if paused:
            self.transport.resumeProducing()
        self._request = None
        self._state = _QUIESCENT
        self._quiescentCallback(self)

    def _stop_writing(self) -> None:
        """Nobody reads the rest of the request."""
        self._stop_holding()
        request = self._request
        if self._writing is not None and request is not None:
            self._writing = None
            request.stopWriting()
            unregister = getattr(request, "_unregister", None)
            if unregister is not None:
                # Or the transport would wait for it before it ends.
                unregister()

    def _close(self) -> None:
        self._state = _CLOSING
        self._request = None
        self.transport.loseConnection()

    def _abort_transport(self) -> None:
        abort = getattr(self.transport, "abortConnection", None)
        if abort is None:
            self.transport.loseConnection()
        else:
            abort()

    def _malformed(self, reason: Failure) -> None:
        """What came is no response."""
        self._stop_writing()
        self._state = _CLOSING
        self.transport.loseConnection()
        self._fail_request(ResponseFailed([reason]))

    def _break_off(self, reason: Failure) -> None:
        """The rest of a body makes no sense."""
        response = self._response
        assert response is not None and self._proxy is not None and self._reader is not None
        self._proxy.stopProxying()
        self._response = None
        self._stop_writing()
        self._state = _CLOSING
        self.transport.loseConnection()
        reasons = [reason]
        missing = self._reader.end()
        if missing is not None:
            reasons.append(Failure(missing))
        response._bodyDataFinished(Failure(ResponseFailed(reasons, response)))

    def _receiver_failed(self) -> None:
        """A body's receiver has raised an exception."""
        reason = Failure()
        _log.failure("a body's receiver failed", reason)
        response = self._response
        if response is None or self._proxy is None:
            return
        self._proxy.stopProxying()
        self._response = None
        self._stop_writing()
        self._state = _CLOSING
        self._abort_transport()
        response._bodyDataFinished(Failure(ResponseFailed([reason], response)))

    def _fail_request(self, exception: Exception) -> None:
        finished, self._finishedRequest = self._finishedRequest, None
        if finished is not None:
            finished.errback(Failure(exception))

    # Ending

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection has ended: so has whatever it was busy with."""
        state, self._state = self._state, _LOST
        self._stop_holding()
        if self._aborted is not None:
            reason = self._aborted
        ended, self._ended = self._ended, None
        if ended is not None:
            ended(self)
        response, self._response = self._response, None
        if self._writing is not None:
            request, self._writing = self._request, None
            if request is not None:
                request.stopWriting()
        if response is not None:
            self._end_response(response, reason)
        elif self._finishedRequest is not None:
            self._fail_request(self._why_no_response(state, reason))
        self._request = None
        for deferred in self._abortDeferreds:
            deferred.callback(None)
        self._abortDeferreds = []

    def _why_no_response(self, state: State, reason: Failure) -> Exception:
        if state is _TRANSMITTING:
            return RequestTransmissionFailed([reason])
        if self._reader is not None and self._reader.begun:
            return ResponseFailed([reason])
        return ResponseNeverReceived([reason])

    def _end_response(self, response: Response, reason: Failure) -> None:
        parser = self._reader
        assert parser is not None
        if self._proxy is not None:
            self._proxy.stopProxying()
        if parser.complete:
            # It waits for being asked for; all of it is here.
            response._wanted = None
            return
        missing = parser.end()
        if missing is not None:
            response._bodyDataFinished(Failure(ResponseFailed([reason, Failure(missing)], response)))
        elif self._aborted is not None:
            response._bodyDataFinished(Failure(ResponseFailed([reason], response)))
        elif self._head is not None and self._head.code != 101:
            response._bodyDataFinished(Failure(PotentialDataLoss()))
        else:
            response._bodyDataFinished()

    def abort(self) -> Deferred[None]:
        """
        End the connection, and with it what it is busy with.

        Returns:
            A Deferred that fires when it has ended.
        """
        if self._state is _LOST:
            return succeed(None)
        return self._abort_because(ConnectionAborted())

    def _abort_because(self, why: Exception, at_once: bool = False) -> Deferred[None]:
        gone: Deferred[None] = Deferred()
        self._abortDeferreds.append(gone)
        self._aborted = Failure(why)
        self._state = State.ABORTING
        if at_once:
            self._abort_transport()
        else:
            self.transport.loseConnection()
        return gone
