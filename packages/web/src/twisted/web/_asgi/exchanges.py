"""
One request over HTTP, and its response.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from twisted.web._asgi.scopes import Application, ClientGone, Event, Misuse, Scope, fields_of, tell
from twisted.web._codes import INTERNAL_SERVER_ERROR, RESPONSES
from twisted.web._hosted import length_of

# How much of a body that is here already is handed over at a time.
_PIECE = 256 * 1024


@implementer(IPushProducer)
class Exchange:
    """
    Has an application answer a request.

    Args:
        application: The application.
        request: The request.
    """

    def __init__(self, application: Application, request: Any) -> None:
        self._application = application
        self._request = request
        self._body_ended = False
        self._start: Event | None = None
        self._begun = False
        self._over = False
        self._gone = False
        self._promised: int | None = None
        self._written = 0
        # Those who wait: for room to write, and for the end.
        self._room: Deferred[None] | None = None
        self._waiting: list[Deferred[None]] = []

    def start(self, scope: Scope) -> None:
        """Begin."""
        self._request.notifyFinish().addBoth(self._ended)
        self._request.registerProducer(self, True)
        Deferred.fromCoroutine(self._run(scope))

    async def _run(self, scope: Scope) -> None:
        try:
            await self._application(scope, self._receive, self._send)
        except BaseException:
            # Nothing here may keep the error: its traceback has the application's frames, which end with it.
            if not self._gone:
                tell("An ASGI application failed", Failure())
            self._break_off()
            return
        if not self._over and not self._gone:
            tell("", Failure(Misuse("the ASGI application has returned without completing its response")))
            self._break_off()

    def _ended(self, result: Any) -> None:
        """The response is complete, or the client gone."""
        if isinstance(result, Failure):
            self._gone = True
        self.resumeProducing()
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.callback(None)

    def _break_off(self) -> None:
        """Tell the client that this goes wrong, in the way that is left."""
        if self._over or self._gone:
            return
        self._over = True
        request = self._request
        request.unregisterProducer()
        if self._begun:
            request.loseConnection()
            return
        request.setResponseCode(INTERNAL_SERVER_ERROR)
        request.setHeader(b"content-type", b"text/plain; charset=utf-8")
        body = RESPONSES[INTERNAL_SERVER_ERROR]
        request.setHeader(b"content-length", b"%d" % len(body))
        request.write(body)
        request.finish()

    # What the application calls.

    async def _receive(self) -> Event:
        request = self._request
        if not self._body_ended and not self._gone and not self._over:
            if request.content is None:
                try:
                    data = await request.body.readPiece()
                except Exception:
                    # The client is gone in the middle of it.
                    return {"type": "http.disconnect"}
                self._body_ended = not data
            else:
                data = request.content.read(_PIECE)
                self._body_ended = len(data) < _PIECE
            return {"type": "http.request", "body": data, "more_body": not self._body_ended}
        if not self._gone and not self._over:
            waiting: Deferred[None] = Deferred()
            self._waiting.append(waiting)
            await waiting
        return {"type": "http.disconnect"}

    async def _send(self, event: Event) -> None:
        kind = event["type"]
        if self._gone:
            raise ClientGone("the client is gone")
        if self._over:
            raise Misuse(f"{kind} after the response was complete")
        if kind == "http.response.start":
            if self._start is not None:
                raise Misuse("http.response.start came twice")
            self._start = event
        elif kind == "http.response.body":
            if self._start is None:
                raise Misuse("http.response.body came before http.response.start")
            self._write(bytes(event.get("body", b"")), bool(event.get("more_body", False)))
            if self._room is not None and not self._gone:
                room: Deferred[None] = Deferred()
                self._room.chainDeferred(room)
                await room
        else:
            raise Misuse(f"{kind!r} is no event of a response")

    def _write(self, data: bytes, more: bool) -> None:
        request = self._request
        if not self._begun:
            self._begin(len(data), more)
        bodiless = request.method == b"HEAD" or request.code in (204, 304)
        self._written += len(data)
        if self._promised is not None and self._written > self._promised and not bodiless:
            # What is too much would be taken for the beginning of the next response.
            raise Misuse(f"the response has more than the {self._promised} bytes of its Content-Length")
        if data:
            request.write(data)
        if more:
            return
        if self._promised is not None and self._written < self._promised and not bodiless:
            raise Misuse(f"the response has {self._written} bytes, and not the {self._promised} of its Content-Length")
        self._over = True
        request.unregisterProducer()
        request.finish()

    def _begin(self, size: int, more: bool) -> None:
        start = self._start
        assert start is not None
        request = self._request
        fields = fields_of(start)
        self._promised = length_of(fields.get(b"content-length", ()))
        request.setResponseCode(int(start["status"]))
        # What it is, is the application's to say.
        request.defaultContentType = None
        if self._promised is None and not more and request.code >= 200 and request.code not in (204, 304):
            # What is all here need not be sent in chunks.
            request.setHeader(b"content-length", b"%d" % size)
        for name, values in fields.items():
            request.responseHeaders.setRawHeaders(name, values)
        self._begun = True

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
        self._gone = True
        self.resumeProducing()
