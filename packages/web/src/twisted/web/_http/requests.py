"""
A request, and the response to it.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, Any, AnyStr
from warnings import warn

from zope.interface import implementer

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IConsumer
from twisted.logger import Logger
from twisted.web._codes import (
    BAD_REQUEST,
    FOUND,
    NO_CONTENT,
    NOT_MODIFIED,
    OK,
    PRECONDITION_FAILED,
    REQUEST_ENTITY_TOO_LARGE,
    RESPONSES,
)
from twisted.web._http.contents import Content, make_content
from twisted.web._http.cookies import read_cookies, write_cookie
from twisted.web._http.dates import datetimeToString, stringToDatetime
from twisted.web._http.queries import parse_qs
from twisted.web._http1.fields import LINE_BYTES
from twisted.web._http1.heads import path_of
from twisted.web.http_headers import Headers
from twisted.web.http_headers import _known as _known_names

if TYPE_CHECKING:
    from twisted.python.failure import Failure
    from twisted.web._http.streams import RequestBody

_log = Logger("twisted.web.http")

# Told by `Request.setETag` and `Request.setLastModified`: the client has what it asks for, and no body need be sent.
CACHED = "the client has this already: the response need not have a body"

# The responses that never have a body (RFC 9110 section 6.4.1).
NO_BODY_CODES = (NO_CONTENT, NOT_MODIFIED)

_UNSAID: Any = object()

# Small pieces are cheaper to copy than to hand over one by one.
_JOIN_UP_TO = 8192


@implementer(IConsumer)
class Request:
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

    producer: Any = None
    streamingProducer: Any = None
    finished: int | bool = 0
    code: int = OK
    code_message: bytes = RESPONSES[OK]
    method: bytes = b"(no method yet)"
    clientproto: bytes = b"(no clientproto yet)"
    uri: bytes = b"(no uri yet)"
    path: bytes = None  # type: ignore[assignment]  # until it is known
    args: dict[bytes, list[bytes]] = None  # type: ignore[assignment]  # until they are known
    content: Content = None  # type: ignore[assignment]  # until the header is there
    body: RequestBody | None = None
    startedWriting: int | bool = 0
    chunked: int | bool = 0
    sentLength: int = 0
    etag: bytes | None = None
    lastModified: int | None = None
    user: bytes
    password: bytes

    maxFormSize: int = 256 * 1024 * 1024
    maxFormFields: int = 10_000

    _forceSSL: int | bool = 0
    _disconnected: bool = False
    _bodiless: bool = False
    # Whether the client asked for HEAD, and the application is asked for GET.
    _inFakeHead: bool = False

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

    def parseCookies(self) -> None:
        """Put the cookies that came into `received_cookies`."""
        values = self.requestHeaders._rawHeaders.get(b"Cookie")
        if values is not None:
            self.received_cookies.update(read_cookies(values))

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
        if b"?" in target:
            self.path, _, query = target.partition(b"?")
            self.args = parse_qs(query, True)
        else:
            self.path = target
            self.args = {}

    def _take_form(self) -> bool:
        """Put the fields of a form into `args`; if it is none that can be read, answer that, and return False."""
        kinds = self.requestHeaders._rawHeaders.get(b"Content-Type")
        if not kinds:
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
        """Override me: answer the request, now or later. What was written last is followed by `finish`."""
        raise NotImplementedError(f"{type(self).__name__} must override process")

    def connectionLost(self, reason: Failure) -> None:
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

    # What came.

    def getHeader(self, key: AnyStr) -> AnyStr | None:
        """Give the last value of a header field that came, of the type of *key*, or `None`."""
        values = self.requestHeaders.getRawHeaders(key)
        return values[-1] if values is not None else None

    def getAllHeaders(self) -> dict[bytes, bytes]:
        """Give the last value of each field that came, by its name in lower case."""
        return {name.lower(): values[-1] for name, values in self.requestHeaders.getAllRawHeaders()}

    def getCookie(self, key: bytes) -> bytes | None:
        """Give the value of a cookie that came, or `None`."""
        return self.received_cookies.get(key)

    def getRequestHostname(self) -> bytes:
        """Give the host that the client asked for, without its port; without one, this side's address."""
        host = self.getHeader(b"host")
        if host is not None:
            if host[:1] == b"[":
                return host.partition(b"]")[0][1:]
            return host.partition(b":")[0]
        address: str = self.getHost().host
        return address.encode("ascii")

    def getHost(self) -> Any:
        """Give the address of this side, or what `setHost` was called with."""
        return self.host

    def setHost(self, host: bytes, port: int, ssl: bool | int = 0) -> None:
        """
        Say which host and port the client asked for, when something in front of this server knows better.

        Args:
            host: The host's name.
            port: The port.
            ssl: Whether the client speaks TLS.
        """
        from twisted.internet.address import IPv4Address

        self._forceSSL = ssl
        usual = 443 if self.isSecure() else 80
        shown = b"[" + host + b"]" if b":" in host and host[:1] != b"[" else host
        self.requestHeaders.setRawHeaders(b"host", [shown if port == usual else b"%b:%d" % (shown, port)])
        self.host = IPv4Address("TCP", host, port)  # type: ignore[arg-type]  # bytes, as of old

    def getClientIP(self) -> str | None:
        """Deprecated: give the client's IP address, if it has one. Use `getClientAddress`."""
        warn(
            "twisted.web.http.Request.getClientIP was deprecated in Twisted 18.4.0; please use getClientAddress"
            " instead",
            DeprecationWarning,
            stacklevel=2,
        )
        from twisted.internet.address import IPv4Address, IPv6Address

        client = self.client
        return client.host if isinstance(client, (IPv4Address, IPv6Address)) else None

    def getClientAddress(self) -> Any:
        """Give the address of the client, which is a proxy's if there is one between."""
        return self.client

    def isSecure(self) -> bool:
        """Tell whether the client speaks TLS."""
        if self._forceSSL:
            return True
        channel = getattr(self, "channel", None)
        return channel is not None and bool(channel.isSecure())

    def _authorize(self) -> None:
        # HTTP basic authentication (RFC 7617).
        kind, _, credentials = (self.getHeader(b"authorization") or b"").partition(b" ")
        user = password = b""
        if kind.lower() == b"basic":
            try:
                user, _, password = binascii.a2b_base64(credentials).partition(b":")
            except binascii.Error:
                _log.info("Authorization made no sense in {request}", request=self)
        self.user, self.password = user, password

    def getUser(self) -> bytes:
        """Give the user's name of HTTP basic authentication, or ``b""``."""
        if "user" not in self.__dict__:
            self._authorize()
        return self.user

    def getPassword(self) -> bytes:
        """Give the password of HTTP basic authentication, or ``b""``."""
        if "password" not in self.__dict__:
            self._authorize()
        return self.password

    # The response's header.

    def setResponseCode(self, code: int, message: bytes | None = None) -> None:
        """
        Set the status code.

        Args:
            code: The code.
            message: The reason phrase, if it is not the usual one.

        Raises:
            TypeError: The code is no int.
            ValueError: The phrase has a line break or NUL in it.
        """
        if not isinstance(code, int):
            raise TypeError(f"HTTP response code must be int, not {type(code).__name__}: {code!r}")
        if message is None:
            message = RESPONSES.get(code, b"Unknown Status")
        elif not isinstance(message, bytes):
            raise TypeError(f"HTTP response status message must be bytes, not {type(message).__name__}: {message!r}")
        elif b"\n" in message or b"\r" in message or b"\0" in message:
            raise ValueError(f"a reason phrase is one line: {message!r}")
        self.code = code
        self.code_message = message

    def setHeader(self, name: str | bytes, value: str | bytes) -> None:
        """Set a header field of the response, in place of what it was."""
        kept = _known_names.get(name)  # type: ignore[arg-type]  # of text it knows nothing
        if kept is not None and value.__class__ is bytes and not value.translate(None, LINE_BYTES):
            # Nearly always there is nothing to be made of either.
            self.responseHeaders._rawHeaders[kept] = [value]
        else:
            self.responseHeaders.setRawHeaders(name, [value])

    def redirect(self, url: str | bytes) -> None:
        """Send the client to another URL, with status 302. It is for the caller to `finish`."""
        self.setResponseCode(FOUND)
        self.setHeader(b"location", url)

    def addCookie(
        self,
        k: str | bytes,
        v: str | bytes,
        expires: str | bytes | None = None,
        domain: str | bytes | None = None,
        path: str | bytes | None = None,
        max_age: str | bytes | int | None = None,
        comment: str | bytes | None = None,
        secure: object = None,
        httpOnly: object = False,
        sameSite: str | bytes | None = None,
    ) -> None:
        """
        Have the response set a cookie. Text is encoded as UTF-8; line breaks and semicolons become spaces.

        Args:
            k: The cookie's name.
            v: Its value.
            expires: When it is forgotten, as a date.
            domain: To which hosts the client sends it.
            path: To which paths.
            max_age: When it is forgotten, in seconds from now.
            comment: Nobody reads it.
            secure: Whether it is sent over TLS only.
            httpOnly: Whether scripts cannot see it.
            sameSite: ``lax``, ``strict`` or ``none``: whether it is sent with requests that other sites cause.

        Raises:
            ValueError: *sameSite* is something else, or ``none`` without *secure*.
        """
        self.cookies.append(
            write_cookie(k, v, expires, domain, path, max_age, comment, secure, httpOnly, sameSite),
        )

    def setLastModified(self, when: float) -> str | None:
        """
        Say when what is asked for was changed last. Of several times the latest counts.

        Args:
            when: Seconds since the epoch.

        Returns:
            `CACHED` if the client has it already: the response has no body then. Otherwise `None`.
        """
        latest = ceil(when)
        if self.lastModified is None or self.lastModified < latest:
            self.lastModified = latest
        since = self.getHeader(b"if-modified-since")
        if since is not None:
            try:
                known = stringToDatetime(since.partition(b";")[0])
            except ValueError:
                return None
            if known >= self.lastModified:
                self.setResponseCode(NOT_MODIFIED)
                return CACHED
        return None

    def setETag(self, etag: bytes) -> str | None:
        """
        Name the version of what is asked for.

        Args:
            etag: Its name, in quotation marks.

        Returns:
            `CACHED` if the client has it already, or asked for nothing to be done then. Otherwise `None`.
        """
        if etag:
            self.etag = etag
        wanted = self.requestHeaders.getRawHeaders(b"if-none-match")
        if wanted is not None:
            tags = b",".join(wanted).replace(b",", b" ").split()
            # Whether they are weak makes no difference here (RFC 9110 section 13.1.2).
            if etag.removeprefix(b"W/") in [tag.removeprefix(b"W/") for tag in tags] or b"*" in tags:
                self.setResponseCode(NOT_MODIFIED if self.method in (b"HEAD", b"GET") else PRECONDITION_FAILED)
                return CACHED
        return None

    # The response's body.

    def write(self, data: bytes) -> None:
        """
        Send a part of the body, and the header before the first one. What has no Content-Length is sent in chunks.

        Raises:
            RuntimeError: The response is complete.
        """
        if self.finished:
            raise RuntimeError("Request.write called on a request after Request.finish was called.")
        if self._disconnected:
            return
        if not self.startedWriting:
            self._begin_response(data)
        elif data and not self._bodiless:
            self.sentLength += len(data)
            if not self.chunked:
                self.channel.write(data)
            elif len(data) < _JOIN_UP_TO:
                self.channel.write(b"%x\r\n%b\r\n" % (len(data), data))
            else:
                self.channel.writeSequence([b"%x\r\n" % len(data), data, b"\r\n"])

    def _begin_response(self, data: bytes) -> None:
        """Send the header, and the first part of the body with it."""
        if data.__class__ is not bytes and not isinstance(data, bytes):
            raise TypeError(f"the body of a response is bytes, not {type(data).__name__}: {data!r:.60}")
        self.startedWriting = 1
        headers = self.responseHeaders
        version = self.clientproto
        code = self.code
        fields = headers._rawHeaders
        if code in NO_BODY_CODES or code < 200 or self.method == b"HEAD" or self._inFakeHead:
            self._bodiless = True
            data = b""
            if code == NO_CONTENT or code < 200:
                fields.pop(b"Content-Length", None)
        elif b"Content-Length" not in fields and version == b"HTTP/1.1" and b"Transfer-Encoding" not in fields:
            headers.setRawHeaders(b"Transfer-Encoding", [b"chunked"])
            self.chunked = 1
        if self.lastModified is not None and b"Last-Modified" not in fields:
            headers.setRawHeaders(b"Last-Modified", [datetimeToString(self.lastModified)])
        if self.etag is not None:
            headers.setRawHeaders(b"ETag", [self.etag])
        for cookie in self.cookies:
            headers.addRawHeader(b"Set-Cookie", cookie)
        channel = self.channel
        if data:
            self.sentLength += len(data)
            body = b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data
        else:
            body = b""
        # Header and body together cost less; only our own channels know how.
        begin: Callable[..., None] | None = getattr(type(channel), "_write_response", None)
        if begin is not None:
            begin(channel, version, code, self.code_message, headers, body)
            return
        channel.writeHeaders(version, b"%d" % code, self.code_message, headers)
        if body:
            channel.write(body)

    def finish(self) -> None:
        """
        Say that the response is complete.

        Raises:
            RuntimeError: The connection was lost before; `notifyFinish` tells that.
        """
        if self._disconnected:
            raise RuntimeError(
                "Request.finish called on a request after its connection was lost; "
                "use Request.notifyFinish to keep track of this."
            )
        if self.finished:
            warn("Warning! request.finish called twice.", stacklevel=2)
            return
        if not self.startedWriting:
            self.write(b"")
        if self.chunked:
            self.channel.write(b"0\r\n\r\n")
        factory = getattr(self.channel, "factory", None)
        if factory is not None:
            factory.log(self)
        self.finished = 1
        self._cleanup()

    def loseConnection(self) -> None:
        """Hang up."""
        if self.channel is not None:
            self.channel.loseConnection()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Say who writes the body.

        Args:
            producer: An `IPushProducer`; or an `IPullProducer`, which is asked whenever there is room.
            streaming: Whether it is the former.

        Raises:
            ValueError: There is another one.
        """
        if self.producer is not None:
            raise ValueError(f"registering producer {producer} before previous one ({self.producer}) was unregistered")
        self.streamingProducer = streaming
        self.producer = producer
        self.channel.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """Say that nobody writes any more."""
        self.channel.unregisterProducer()
        self.producer = None


def _failure(error: BaseException) -> Failure:
    from twisted.python.failure import Failure

    return Failure(error)
