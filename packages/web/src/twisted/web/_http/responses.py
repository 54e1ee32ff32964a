"""
The response to a request: its header, and the body behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any
from warnings import warn

from twisted.logger import Logger
from twisted.web._codes import FOUND, NO_CONTENT, NOT_MODIFIED, OK, PRECONDITION_FAILED, RESPONSES
from twisted.web._http.cookies import write_cookie
from twisted.web._http.dates import stringToDatetime, write_date
from twisted.web._http.received import ReceivedHalf
from twisted.web._http1.fields import LINE_BYTES
from twisted.web.http_headers import Headers
from twisted.web.http_headers import _known as _known_names

_log = Logger("twisted.web.http")

# Told by `Request.setETag` and `Request.setLastModified`: the client has what it asks for, and no body need be sent.
CACHED = "the client has this already: the response need not have a body"

# The responses that never have a body (RFC 9110 section 6.4.1).
NO_BODY_CODES = (NO_CONTENT, NOT_MODIFIED)

# Small pieces are cheaper to copy than to hand over one by one.
_JOIN_UP_TO = 8192


class Response(ReceivedHalf):
    """What the application says to a request, and how that is sent."""

    responseHeaders: Headers
    cookies: list[bytes]

    producer: Any = None
    streamingProducer: Any = None
    finished: int | bool = 0
    code: int = OK
    code_message: bytes = RESPONSES[OK]
    startedWriting: int | bool = 0
    chunked: int | bool = 0
    sentLength: int = 0
    etag: bytes | None = None
    lastModified: int | None = None
    _disconnected: bool = False
    _bodiless: bool = False
    # Whether its length is known to be what Content-Length says.
    _measured: bool = False
    # Whether the client asked for HEAD, and the application is asked for GET.
    _inFakeHead: bool = False

    def _cleanup(self) -> None:
        """Hook: the response is complete."""

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
        if data.__class__ is not bytes and data and not isinstance(data, bytes):
            raise TypeError(f"the body of a response is bytes, not {type(data).__name__}: {data!r:.60}")
        self.startedWriting = 1
        headers = self.responseHeaders
        version = self.clientproto
        code = self.code
        fields = headers._rawHeaders
        if code in NO_BODY_CODES or code < 200 or self.method == b"HEAD" or self._inFakeHead:
            self._bodiless = True
            data = b""
            # With 304 it is the length of what 200 would send, which an empty answer does not know (RFC 9110, 8.6).
            if code == NO_CONTENT or code < 200 or (code == NOT_MODIFIED and fields.get(b"Content-Length") == [b"0"]):
                fields.pop(b"Content-Length", None)
        elif b"Content-Length" not in fields and version == b"HTTP/1.1" and b"Transfer-Encoding" not in fields:
            headers.setRawHeaders(b"Transfer-Encoding", [b"chunked"])
            self.chunked = 1
        if self.lastModified is not None and b"Last-Modified" not in fields:
            fields[b"Last-Modified"] = [write_date(self.lastModified)]
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
        elif not self._measured and not self._bodiless:
            promised = self.responseHeaders._rawHeaders.get(b"Content-Length")
            if promised is not None and promised[0] != b"%d" % self.sentLength:
                self._has_wrong_length(promised)
        factory = getattr(self.channel, "factory", None)
        if factory is not None:
            factory.log(self)
        self.finished = 1
        self._cleanup()

    def _has_wrong_length(self, promised: list[bytes]) -> None:
        """Have the connection end with this: the client would take the next response for a part of this one."""
        try:
            if int(promised[0]) == self.sentLength:
                return
        except ValueError:
            pass
        _log.error(
            "the answer to {uri} has {sent} bytes, and Content-Length: {promised}: the connection is closed",
            uri=self.uri,
            sent=self.sentLength,
            promised=b", ".join(promised).decode("iso-8859-1"),
        )
        self.channel.persistent = False

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
