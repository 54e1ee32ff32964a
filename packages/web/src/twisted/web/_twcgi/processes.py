"""
A program that answers one request: what it is given to read, and what becomes of what it writes.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from zope.interface import implementer

from twisted.internet.error import ProcessExitedAlready
from twisted.internet.interfaces import IProcessProtocol, IPullProducer, IPushProducer
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._codes import GATEWAY_TIMEOUT, INTERNAL_SERVER_ERROR
from twisted.web.pages import errorPage

_log = Logger("twisted.web.twcgi")

# How much a program may write before its header ends, and how much of what it complains about is logged.
_LONGEST_HEADER = 256 * 1024
_MOST_COMPLAINTS = 64 * 1024

# How much of a request's body is handed over at a time.
_PIECE = 64 * 1024

# How long a program has to end by itself when it is told to, in seconds.
_GRACE = 5.0

# The server has these of its own, or they belong to the connection.
_SINGLE = frozenset((b"content-type", b"location"))
_LEFT_OUT = frozenset(
    (b"server", b"date", b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"te", b"trailer")
)


# What a reason phrase may consist of (RFC 9112 section 4).
_OF_A_PHRASE = b"\t " + bytes(range(0x21, 0x7F)) + bytes(range(0x80, 0x100))


@implementer(IPullProducer)
class _Body:
    """Hands a request's body to a program, as fast as that reads."""

    def __init__(self, protocol: CGIProcessProtocol, transport: Any) -> None:
        self._protocol = protocol
        self._transport = transport

    def resumeProducing(self) -> None:
        """Hand over one piece more."""
        # The body goes with the client.
        data = b"" if self._protocol._over else self._protocol.request.content.read(_PIECE)
        if data:
            self._transport.write(data)
        else:
            self._transport.unregisterProducer()
            self._transport.closeStdin()

    def stopProducing(self) -> None:
        """The program reads no more."""


@implementer(IProcessProtocol, IPushProducer)
class CGIProcessProtocol(ProcessProtocol):
    """
    Takes what a program writes as the response to a request.

    Args:
        request: The request.

    Attributes:
        handling_headers: Whether the header is still to come.
        headers_written: Whether it has all come.
        headertext: What came of it.
        errortext: What the program complained about.
    """

    handling_headers = 1
    headers_written = 0
    headertext = b""
    errortext = b""
    _over = False
    _paused = False
    # How much of the body the program has promised, and not written.
    _left: int | None = None

    # What counts the time, how long the program may be silent, and the timers for that and for its end.
    _clock: Any = None
    _patience: float | None = None
    _silent: Any = None
    _ending: Any = None

    def __init__(self, request: Any) -> None:
        self.request = request

    # As a producer of the response.

    def pauseProducing(self) -> None:
        """The client is slow: read nothing of the program for now."""
        self._paused = True
        if self.transport is not None:
            self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Read on."""
        self._paused = False
        self._has_spoken()
        if self.transport is not None:
            self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """The client is gone: read nothing more, and end the program."""
        self._over = True
        self._end_program()

    # The program's time.

    def _has_spoken(self) -> None:
        if self._silent is not None and self._silent.active():
            self._silent.reset(self._patience)

    def _has_been_silent(self) -> None:
        if self._over:
            return
        if self._paused:
            # It may not speak.
            self._silent = self._clock.callLater(self._patience, self._has_been_silent)
            return
        _log.error("CGI: {uri} wrote nothing for {seconds} seconds", uri=self.request.uri, seconds=self._patience)
        if self.handling_headers:
            self._refuse(GATEWAY_TIMEOUT, "The script did not answer in time.")
        else:
            self._break_off()
            self._end_program()

    def _end_program(self) -> None:
        if self.transport is None or self._ending is not None:
            return
        self.transport.loseConnection()
        # One that neither reads nor writes would not notice that its pipes are closed.
        try:
            self.transport.signalProcess("TERM")
        except ProcessExitedAlready:
            return
        clock = self._clock
        if clock is None:
            from twisted.internet import reactor as clock
        self._ending = clock.callLater(_GRACE, self._kill_program)

    def _kill_program(self) -> None:
        _log.warn("CGI: {uri} does not end when it is told to", uri=self.request.uri)
        with suppress(ProcessExitedAlready):
            self.transport.signalProcess("KILL")

    def processExited(self, reason: Failure) -> None:
        """The program is gone; something of what it wrote may still come."""
        for timer in (self._silent, self._ending):
            if timer is not None and timer.active():
                timer.cancel()

    # Perspective Broker calls these when the response is for another process.

    def view_pauseProducing(self, issuer: object) -> None:
        """See `pauseProducing`."""
        self.pauseProducing()

    def view_resumeProducing(self, issuer: object) -> None:
        """See `resumeProducing`."""
        self.resumeProducing()

    def view_stopProducing(self, issuer: object) -> None:
        """See `stopProducing`."""
        self.stopProducing()

    # As the program's other end.

    def connectionMade(self) -> None:
        """The program runs: give it the request's body."""
        self.request.registerProducer(self, 1)
        if self._patience is not None:
            self._silent = self._clock.callLater(self._patience, self._has_been_silent)
        content = self.request.content
        content.seek(0, 0)
        if hasattr(self.transport, "registerProducer"):
            self.transport.registerProducer(_Body(self, self.transport), False)
            return
        while data := content.read(_PIECE):
            self.transport.write(data)
        self.transport.closeStdin()

    def errReceived(self, error: bytes) -> None:
        """The program complains."""
        self.errortext = (self.errortext + error)[:_MOST_COMPLAINTS]

    def outReceived(self, output: bytes) -> None:
        """The program wrote something: the header, or the body."""
        if self._over:
            return
        self._has_spoken()
        if not self.handling_headers:
            self._write(output)
            return
        text = self.headertext + output
        ends = [(at, len(mark)) for mark in (b"\r\n\r\n", b"\n\n") if (at := text.find(mark)) >= 0]
        if not ends:
            self.headertext = text
            if len(text) > _LONGEST_HEADER:
                _log.error("CGI: {uri} has a header without end", uri=self.request.uri)
                self._refuse()
            return
        at, length = min(ends)
        self.headertext = text[:at]
        self.handling_headers = 0
        self._take_header()
        self.headers_written = 1
        body = text[at + length :]
        if body:
            self._write(body)

    def _write(self, data: bytes) -> None:
        """Pass on a part of the body: no more than the program has promised, or it would be taken for an answer."""
        if self._left is not None:
            if len(data) > self._left:
                _log.error("CGI: {uri} wrote more than its Content-Length", uri=self.request.uri)
                data = data[: self._left]
            self._left -= len(data)
        if data:
            self.request.write(data)

    def _take_header(self) -> None:
        has_status = has_location = False
        for line in self.headertext.replace(b"\r\n", b"\n").split(b"\n"):
            name, colon, value = line.partition(b":")
            name, value = name.strip().lower(), value.strip()
            if not colon or not name:
                if line.strip():
                    _log.error(
                        "CGI: {uri} wrote a line that is no header field: {line!r}", uri=self.request.uri, line=line
                    )
            elif name == b"status":
                code, _, phrase = value.partition(b" ")
                # Those below 200 are no answers.
                if len(code) == 3 and code.isdigit() and code >= b"200" and not phrase.translate(None, _OF_A_PHRASE):
                    has_status = True
                    self.request.setResponseCode(int(code), phrase or None)
                else:
                    _log.error("CGI: {uri} wrote a status that is none: {status!r}", uri=self.request.uri, status=value)
            elif name == b"content-length":
                self._take_length(value)
            elif name not in _LEFT_OUT:
                has_location = has_location or name == b"location"
                self._add_field(name, value)
        if has_location and not has_status:
            self.request.setResponseCode(302)

    def _take_length(self, value: bytes) -> None:
        if not value.isdigit() or len(value) > 18 or self._left not in (None, int(value)):
            _log.error("CGI: {uri} wrote a length that is none: {length!r}", uri=self.request.uri, length=value)
            return
        self._left = int(value)
        self.request.responseHeaders.setRawHeaders(b"content-length", [value])

    def _add_field(self, name: bytes, value: bytes) -> None:
        try:
            if name in _SINGLE:
                self.request.responseHeaders.setRawHeaders(name, [value])
            else:
                self.request.responseHeaders.addRawHeader(name, value)
        except ValueError:
            _log.error("CGI: {uri} wrote a field of no possible name: {name!r}", uri=self.request.uri, name=name)

    def processEnded(self, reason: Failure) -> None:
        """The program is done: so is the response."""
        if reason.value.exitCode != 0 and not self._over:
            _log.error(
                "CGI {uri} exited with exit code {exitCode}",
                uri=self.request.uri,
                exitCode=reason.value.exitCode,
            )
        if self.errortext:
            _log.error("Errors from CGI {uri}: {errorText}", uri=self.request.uri, errorText=self.errortext)
        if self._over:
            return
        if self.handling_headers:
            _log.error(
                "Premature end of headers in {uri}: {headerText}", uri=self.request.uri, headerText=self.headertext
            )
            self._refuse()
            return
        if self._left if self._left is not None else getattr(reason.value, "signal", None) is not None:
            # What has come is not all of it.
            self._break_off()
            return
        self._over = True
        self.request.unregisterProducer()
        self.request.finish()

    def _break_off(self) -> None:
        """End the connection: the client can learn from nothing else that there should be more."""
        self._over = True
        self.request.unregisterProducer()
        if self.request.method == b"HEAD":
            self.request.finish()
        else:
            self.request.loseConnection()

    def _refuse(self, code: int = INTERNAL_SERVER_ERROR, why: str = "Premature end of script headers.") -> None:
        """Say that the program did not answer."""
        self._over = True
        self.request.unregisterProducer()
        page = errorPage(code, "CGI Script Error", why)
        body = page.render(self.request)
        if isinstance(body, bytes):
            self.request.write(body)
            self.request.finish()
        self._end_program()
