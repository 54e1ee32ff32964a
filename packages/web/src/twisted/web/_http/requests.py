"""
A request, and the response to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from warnings import warn

from zope.interface import implementer

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IConsumer
from twisted.logger import Logger
from twisted.web._codes import BAD_REQUEST, REQUEST_ENTITY_TOO_LARGE
from twisted.web._http.contents import Content, make_content
from twisted.web._http.queries import parse_qs
from twisted.web._http.responses import Response
from twisted.web._http1.heads import path_of
from twisted.web.http_headers import Headers

if TYPE_CHECKING:
    from twisted.python.failure import Failure
    from twisted.web._http.streams import RequestBody

_log = Logger("twisted.web.http")

_UNSAID: Any = object()

# A number is found in bytes sooner than other bytes.
_QUESTION_MARK = ord("?")


@implementer(IConsumer)
class Request(Response):
    """
    A request, and the response to it.

    A channel makes one when a request's header is there, hands it the body, and then calls `requestReceived`, which
    calls `process`. Subclasses override that.

    Attributes:
        method: The method.
        uri: The whole target, as it was sent.
        path: The target without scheme, authority and query.
        args: The values of the query, and of a form that was posted, by name.
        clientproto: The protocol's version: ``b"HTTP/1.1"``.
        requestHeaders: The header fields that came.
        received_cookies: The cookies that came, values by name.
        content: A file with the body. It is in memory if it is small, and closed when the request is finished.
        body: The body, if it is read while it comes; see `streamsBody`.
        client: The address of the client.
        host: The address of this side.
        transport: The connection.
        channel: What the request came over, and the response is written to.
        code: The status code of the response.
        code_message: Its reason phrase.
        responseHeaders: The header fields of the response.
        cookies: The values of the fields ``Set-Cookie`` that `addCookie` has made.
        startedWriting: Whether the header of the response was sent.
        finished: Whether the response is complete.
        chunked: Whether its body is sent in chunks.
        sentLength: How many bytes of it were written.
        maxFormSize: How many bytes a posted form may have; more is answered with 413. They are read into memory.
        maxFormFields: How many fields it may have.
    """

    content: Content = None  # type: ignore[assignment]  # until the header is there
    body: RequestBody | None = None
    maxFormSize: int = 256 * 1024 * 1024
    maxFormFields: int = 10_000

    # Any: channels have no interface, and tests bring their own.
    def __init__(self, channel: Any, queued: object = _UNSAID, parsePOSTFormSubmission: bool = True) -> None:
        """
        Args:
            channel: What the request comes over.
            queued: Means nothing any more.
            parsePOSTFormSubmission: Whether the fields of a form that is posted are put into `args`.
        """
        self.notifications: list[Deferred[None]] = []
        self.channel = channel
        self.client = channel.getPeer()
        self.host = channel.getHost()
        # What has been read already is handed over by our own channels.
        fields = getattr(channel, "_fields", None)
        self.requestHeaders = Headers._of_checked(fields) if fields.__class__ is dict else Headers()
        self.received_cookies: dict[bytes, bytes] = {}
        self.responseHeaders = Headers()
        self.cookies: list[bytes] = []
        self.transport = channel.transport
        self.queued = False if queued is _UNSAID else queued
        self._parsePOSTFormSubmission = parsePOSTFormSubmission

    def __repr__(self) -> str:
        method, uri, version = (
            text.decode("ascii", "backslashreplace") for text in (self.method, self.uri, self.clientproto)
        )
        return f"<{type(self).__name__} at 0x{id(self):x} method={method} uri={uri} clientproto={version}>"

    def __eq__(self, other: object) -> bool:
        # Requests are compared by identity, whatever a subclass's other base says.
        return self is other if isinstance(other, Request) else NotImplemented

    def __hash__(self) -> int:
        return id(self)

    # What the channel calls.

    def noLongerQueued(self) -> None:
        """Deprecated: requests are not queued any more."""
        warn(
            "twisted.web.http.Request.noLongerQueued was deprecated in Twisted 16.3.0: requests are not queued",
            DeprecationWarning,
            stacklevel=2,
        )

    def gotLength(self, length: int | None) -> None:
        """
        Hook: the header is there. Makes `content`.

        Args:
            length: How many bytes the body has; `None` if it says so itself, when it ends.
        """
        self.content = make_content(length)

    def handleContentChunk(self, data: bytes) -> None:
        """Hook: a piece of the body came. Writes it to `content`, or has it read from `body`."""
        if self.body is None:
            self.content.write(data)
        else:
            self.body.feed(data)

    def streamsBody(self) -> bool:
        """
        Hook: tell whether `process` is to be called before the body is there. It is read from `body` then.

        Called when the header is there and a body follows. By then `requestHeaders` and `received_cookies` are known.
        """
        return False

    def _asks_for_stream(self, command: bytes, path: bytes, version: bytes) -> bool:
        if type(self).streamsBody is Request.streamsBody:
            return False
        self._take_line(command, path, version)
        return self.streamsBody()

    def _begin_stream(self, channel: Any, length: int | None) -> None:
        from twisted.web._http.streams import RequestBody

        self.body = RequestBody(channel, length)

    def _end_stream(self) -> None:
        if self.body is not None:
            self.body.end()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """
        Hook: the request is there, body and all. Calls `process`.

        Args:
            command: The method.
            path: The target.
            version: The protocol's version.
        """
        self._take_line(command, path, version)
        content = self.content
        if content is not None:
            content.seek(0, 0)
            if command == b"POST" and self._parsePOSTFormSubmission and not self._take_form():
                return
        self.process()

    def _take_line(self, command: bytes, target: bytes, version: bytes) -> None:
        """Keep what stands in the request line."""
        self.method, self.uri, self.clientproto = command, target, version
        if target[:1] != b"/":
            target = path_of(command, target)
        if _QUESTION_MARK in target:
            self.path, _, query = target.partition(b"?")
            self.args = parse_qs(query, True)
        else:
            self.path = target
            self.args = {}

    def _take_form(self) -> bool:
        """Put the fields of a form into `args`; if it is none that can be read, answer that, and return False."""
        kinds = self.requestHeaders._rawHeaders.get(b"Content-Type")
        if not kinds or b"form" not in kinds[0].lower():
            # Both kinds of forms have that word in their names.
            return True
        from twisted.web._http.forms import Unreadable, read_form

        try:
            fields = read_form(kinds[0], self.content, self.maxFormSize, self.maxFormFields)
        except Unreadable as error:
            _log.info("refused a form: {why}", why=error)
            self._refuse(REQUEST_ENTITY_TOO_LARGE if error.too_large else BAD_REQUEST)
            return False
        if fields:
            self.args.update(fields)
        return True

    def _refuse(self, code: int) -> None:
        """Answer with nothing but a status code, and hang up."""
        refuse = getattr(self.channel, "_refuse", None)
        if refuse is not None:
            refuse(code)
            return
        self.setResponseCode(code)
        self.setHeader(b"Content-Length", b"0")
        self.finish()

    def process(self) -> None:
        """
        Override me: answer the request, now or later. What was written last is followed by `finish`.

        Unless overridden this leaves the request to whoever finds it among the channel's.
        """

    def connectionLost(self, reason: Any) -> None:  # Any: tests of resources give all sorts of things
        """Called when the connection is lost before the response is complete."""
        self._disconnected = True
        self.channel = None
        if self.content is not None:
            self.content.close()
        if self.body is not None:
            self.body.fail(reason)
        waiting, self.notifications = self.notifications, []
        for deferred in waiting:
            deferred.errback(reason)

    def _cleanup(self) -> None:
        """Let go of everything, once the response is complete."""
        if self.producer is not None:
            _log.failure(
                "Producer was not unregistered for {uri}",
                failure=_failure(RuntimeError(f"Producer was not unregistered for {self.uri!r}")),
                uri=self.uri,
            )
            self.unregisterProducer()
        channel = self.channel
        del self.channel
        channel.requestDone(self)
        if self.content is not None:
            try:
                self.content.close()
            except OSError:
                # Whoever took the file away has closed it too.
                pass
            del self.content
        if self.notifications:
            waiting, self.notifications = self.notifications, []
            for deferred in waiting:
                deferred.callback(None)

    def notifyFinish(self) -> Deferred[None]:
        """
        Tell when this is over.

        Returns:
            A Deferred that fires with `None` when the response is complete, and fails when the connection is lost
            before.
        """
        waiting: Deferred[None] = Deferred()
        self.notifications.append(waiting)
        return waiting


def _failure(error: BaseException) -> Failure:
    from twisted.python.failure import Failure

    return Failure(error)
