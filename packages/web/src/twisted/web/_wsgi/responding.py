"""
One request, answered in a thread.

The application runs in the thread; everything that touches the request is done in the reactor. What the application
gives is handed over in order, and the thread waits when the client is slower than it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Condition
from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._codes import INTERNAL_SERVER_ERROR
from twisted.web._hosted import length_of
from twisted.web._wsgi.environs import make_environ

_log = Logger("twisted.web.wsgi")

# How much may be on its way from the thread to the reactor, in bytes.
_MOST_WAITING = 256 * 1024

# What belongs to the connection, and is the server's (RFC 9110 section 7.6.1).
_HOP_BY_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)


class Gone(Exception):
    """The client is gone: nobody wants the rest of the answer."""


@implementer(IPushProducer)
class Responder:
    """
    Has an application answer a request.

    Args:
        reactor: The reactor.
        threadpool: Has the thread.
        application: The application.
        request: The request.
    """

    def __init__(self, reactor: Any, threadpool: Any, application: Callable[..., Any], request: Any) -> None:
        self._reactor = reactor
        self._threadpool = threadpool
        self._application = application
        self._request = request
        # Used in the thread alone:
        self._status: tuple[int, bytes] | None = None
        self._headers: list[tuple[str, str]] = []
        self._begun = False
        self._promised: int | None = None
        self._written = 0
        # Used on both sides, under the condition:
        self._changed = Condition()
        self._waiting = 0
        self._paused = False
        self._gone = False

    def start(self) -> None:
        """Begin, in the reactor."""
        environ = make_environ(self._request)
        self._request.notifyFinish().addErrback(lambda _: self.stopProducing())
        self._request.registerProducer(self, True)
        self._threadpool.callInThread(self._run, environ)

    # In the reactor.

    def pauseProducing(self) -> None:
        """The client is slow: have the thread wait."""
        with self._changed:
            self._paused = True

    def resumeProducing(self) -> None:
        """There is room: the thread can go on."""
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def stopProducing(self) -> None:
        """The client is gone: the thread need not go on."""
        with self._changed:
            self._gone = True
            self._changed.notify_all()

    def _send_header(self, status: tuple[int, bytes], headers: list[tuple[str, str]]) -> None:
        request = self._request
        if self._gone:
            return
        request.setResponseCode(*status)
        # What it is, is the application's to say.
        request.defaultContentType = None
        fields: dict[str, list[str]] = {}
        for name, value in headers:
            if name.lower() not in _HOP_BY_HOP:
                fields.setdefault(name.lower(), []).append(value)
        for name, values in fields.items():
            # Native strings are bytes, one to one.
            request.responseHeaders.setRawHeaders(name, [value.encode("iso-8859-1") for value in values])

    def _send(self, data: bytes) -> None:
        with self._changed:
            self._waiting -= len(data)
            self._changed.notify_all()
        if not self._gone:
            self._request.write(data)

    def _end(self) -> None:
        if not self._gone:
            self._request.unregisterProducer()
            self._request.finish()

    def _fail(self, reason: Failure, begun: bool) -> None:
        _log.failure("WSGI application error", failure=reason)
        if self._gone:
            return
        self._request.unregisterProducer()
        if begun:
            # That is the only way left to tell the client.
            self._request.loseConnection()
            return
        self._request.setResponseCode(INTERNAL_SERVER_ERROR)
        self._request.setHeader(b"content-length", b"0")
        self._request.finish()

    def _break_off(self) -> None:
        _log.error("WSGI application gave less than its Content-Length promised")
        if not self._gone:
            self._request.unregisterProducer()
            self._request.loseConnection()

    # In the thread.

    def _run(self, environ: dict[str, Any]) -> None:
        try:
            result = self._application(environ, self._start_response)
            try:
                self._send_all(result)
            finally:
                close = getattr(result, "close", None)
                if close is not None:
                    close()
        except Gone:
            return
        except BaseException:
            self._reactor.callFromThread(self._fail, Failure(), self._begun)
            return
        finally:
            environ["wsgi.errors"].flush()
        self._reactor.callFromThread(self._break_off if self._is_short() else self._end)

    def _send_all(self, result: Iterable[bytes]) -> None:
        if not self._begun and self._promised is None and isinstance(result, (list, tuple)) and self._status:
            # What is all here need not be sent in chunks.
            self._promised = sum(map(len, result))
            if self._status[0] >= 200 and self._status[0] not in (204, 304):
                self._headers.append(("content-length", str(self._promised)))
        for piece in result:
            if piece:
                self._write(piece)
        if not self._begun:
            self._begin()

    def _is_short(self) -> bool:
        request = self._request
        if self._promised is None or request.method == b"HEAD" or (self._status and self._status[0] in (204, 304)):
            return False
        return self._written < self._promised

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        if exc_info is not None:
            try:
                if self._begun:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self._status is not None:
            raise RuntimeError("start_response was called twice, the second time without exc_info")
        if not isinstance(status, str):
            raise TypeError(f"status must be str, not {status!r} ({type(status).__name__})")
        if type(headers) is not list:
            raise TypeError(f"headers must be a list, not {headers!r} ({type(headers).__name__})")
        for header in headers:
            if type(header) is not tuple or len(header) != 2:
                raise TypeError(f"headers must be (str, str) tuples, not {header!r} ({type(header).__name__})")
            if not (isinstance(header[0], str) and isinstance(header[1], str)):
                raise TypeError(f"headers must be (str, str) tuples, not {header!r}")
        code, _, phrase = status.partition(" ")
        promised = length_of(value.encode("iso-8859-1") for name, value in headers if name.lower() == "content-length")
        self._status = int(code), phrase.encode("iso-8859-1")
        self._headers = list(headers)
        self._promised = promised
        return self._write

    def _begin(self) -> None:
        if self._status is None:
            raise RuntimeError("the application has not called start_response")
        self._begun = True
        self._reactor.callFromThread(self._send_header, self._status, self._headers)

    def _write(self, data: bytes) -> None:
        if not isinstance(data, bytes):
            raise TypeError(f"an application gives bytes, not {type(data).__name__}: {data!r:.60}")
        if not self._begun:
            self._begin()
        if self._promised is not None:
            # What is too much would be taken for the beginning of the next response.
            data = data[: self._promised - self._written]
        if not data:
            return
        with self._changed:
            while not self._gone and (self._paused or self._waiting >= _MOST_WAITING):
                self._changed.wait()
            if self._gone:
                raise Gone
            self._waiting += len(data)
        self._written += len(data)
        self._reactor.callFromThread(self._send, data)
