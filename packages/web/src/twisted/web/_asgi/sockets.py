"""
One WebSocket connection.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Any

from zope.interface import implementer

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from twisted.web._asgi.scopes import Application, ClientGone, Event, Misuse, Scope, fields_of, tell
from twisted.web._codes import FORBIDDEN, INTERNAL_SERVER_ERROR
from twisted.web._websocket.errors import NotOpen
from twisted.web._websocket.options import USUAL
from twisted.web._websocket.serving import WebSocketResource

# How many messages wait for the application. Then the client has to.
_MOST_WAITING = 32

# Why connections end (RFC 6455 section 7.4.1).
_NORMAL, _ABNORMAL, _ERROR = 1000, 1006, 1011


class State(Enum):
    """How far a connection is. One that is being refused gets a response in its place."""

    ASKED = "asked"
    REFUSED = "refused"
    OPEN = "open"
    CLOSED = "closed"


@implementer(IPushProducer)
class Socket:
    """
    Has an application converse with a client. To the connection, this is a `WebSocketProtocol` and its factory.

    Args:
        application: The application.
        request: The request that asks for the connection.
    """

    def __init__(self, application: Application, request: Any) -> None:
        self._application = application
        self._request = request
        self._state = State.ASKED
        self._transport: Any = None
        self._events: deque[Event] = deque([{"type": "websocket.connect"}])
        self._reading: Deferred[None] | None = None
        self._held = False
        self._room: Deferred[None] | None = None
        self._gone = False

    def start(self, scope: Scope) -> None:
        """Begin."""
        self._request.notifyFinish().addErrback(lambda _: self._lost(_ABNORMAL, ""))
        Deferred.fromCoroutine(self._run(scope))

    async def _run(self, scope: Scope) -> None:
        try:
            await self._application(scope, self._receive, self._send)
        except BaseException as error:
            if not (self._gone and isinstance(error, ClientGone)):
                tell("An ASGI application failed", Failure())
            self._end(_ERROR, INTERNAL_SERVER_ERROR)
            return
        self._end(_NORMAL, INTERNAL_SERVER_ERROR)

    def _end(self, code: int, status: int, reason: str = "") -> None:
        """Say that there is no more: by a status code of HTTP if that is what the client waits for still."""
        before, self._state = self._state, State.CLOSED
        if before is State.OPEN:
            self._transport.loseConnection(code, reason)
        elif before is State.ASKED:
            request = self._request
            request.setResponseCode(status)
            request.setHeader(b"content-length", b"0")
            request.finish()
        elif before is State.REFUSED:
            # In the middle of a response that will not be complete.
            self._request.loseConnection()

    # What the application calls.

    async def _receive(self) -> Event:
        while not self._events:
            if self._reading is None:
                self._reading = Deferred()
            waiting: Deferred[None] = Deferred()
            self._reading.chainDeferred(waiting)
            await waiting
        event = self._events.popleft()
        if self._held and len(self._events) < _MOST_WAITING // 2:
            self._held = False
            self._transport.resumeProducing()
        return event

    async def _send(self, event: Event) -> None:
        kind = event["type"]
        if kind == "websocket.close" and self._state in (State.ASKED, State.OPEN, State.CLOSED):
            self._end(int(event.get("code") or _NORMAL), FORBIDDEN, event.get("reason") or "")
        elif self._gone:
            raise ClientGone("the client is gone")
        elif kind == "websocket.accept" and self._state is State.ASKED:
            self._accept(event)
        elif kind == "websocket.http.response.start" and self._state is State.ASKED:
            self._refuse(event)
        elif kind == "websocket.http.response.body" and self._state is State.REFUSED:
            self._request.write(bytes(event.get("body", b"")))
            if not event.get("more_body", False):
                self._state = State.CLOSED
                self._request.finish()
        elif kind == "websocket.send" and self._state is State.OPEN:
            text, data = event.get("text"), event.get("bytes")
            try:
                if text is not None:
                    self._transport.sendTextMessage(text)
                elif data is not None:
                    self._transport.sendBytesMessage(bytes(data))
                else:
                    raise Misuse("websocket.send has neither text nor bytes")
            except NotOpen:
                # It has begun to close the connection, which will be told.
                raise ClientGone("the client is gone") from None
            if self._room is not None:
                room: Deferred[None] = Deferred()
                self._room.chainDeferred(room)
                await room
        else:
            raise Misuse(f"{kind!r} makes no sense while the connection is {self._state.value}")

    def _accept(self, event: Event) -> None:
        request = self._request
        for name, values in fields_of(event).items():
            request.responseHeaders.setRawHeaders(name, values)
        chosen = event.get("subprotocol")
        if chosen:
            request.responseHeaders.setRawHeaders(b"sec-websocket-protocol", [chosen.encode("ascii")])
        self._state = State.OPEN
        WebSocketResource(self, USUAL).render_GET(request)

    def _refuse(self, event: Event) -> None:
        request = self._request
        request.setResponseCode(int(event["status"]))
        request.defaultContentType = None
        for name, values in fields_of(event).items():
            request.responseHeaders.setRawHeaders(name, values)
        self._state = State.REFUSED

    # The connection's side.

    def buildProtocol(self, request: Any) -> Socket:
        """This is the protocol."""
        return self

    def negotiationStarted(self, transport: Any) -> None:
        """There is a connection."""
        self._transport = transport

    def negotiationFinished(self) -> None:
        """It is open."""
        self._transport.attachProducer(self)

    def textMessageReceived(self, message: str) -> None:
        """A message of text came."""
        self._take({"type": "websocket.receive", "text": message, "bytes": None})

    def bytesMessageReceived(self, data: bytes | bytearray) -> None:
        """A message of bytes came."""
        self._take({"type": "websocket.receive", "text": None, "bytes": bytes(data)})

    def pongReceived(self, payload: bytes) -> None:
        """A sign of life came, which applications are not told of."""

    def connectionLost(self, reason: Failure) -> None:
        """The connection is over."""
        transport = self._transport
        self._lost(transport.closeCode or _ABNORMAL, transport.closeReason)

    def _lost(self, code: int, reason: str) -> None:
        self._gone = True
        self._state = State.CLOSED
        self.resumeProducing()
        self._take({"type": "websocket.disconnect", "code": code, "reason": reason})

    def _take(self, event: Event) -> None:
        self._events.append(event)
        if len(self._events) >= _MOST_WAITING and not self._held and self._state is State.OPEN:
            self._held = True
            self._transport.pauseProducing()
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.callback(None)

    # How fast the client is.

    def pauseProducing(self) -> None:
        """The client is slow: have the application wait."""
        if self._room is None:
            self._room = Deferred()

    def resumeProducing(self) -> None:
        """There is room again."""
        room, self._room = self._room, None
        if room is not None:
            room.callback(None)

    def stopProducing(self) -> None:
        """The client is gone."""
        self.resumeProducing()
