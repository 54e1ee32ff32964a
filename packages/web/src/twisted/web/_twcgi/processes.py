"""
A program that answers one request: what it is given to read, and what becomes of what it writes.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from zope.interface import implementer

from twisted.internet.error import ProcessExitedAlready
from twisted.internet.interfaces import IProcessProtocol, IPushProducer
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._codes import INTERNAL_SERVER_ERROR
from twisted.web.pages import errorPage

_log = Logger("twisted.web.twcgi")

# How much a program may write before its header ends, and how much of what it complains about is logged.
_LONGEST_HEADER = 256 * 1024
_MOST_COMPLAINTS = 64 * 1024

# How much of a request's body is handed over at a time.
_PIECE = 64 * 1024

# The server has these of its own, or they belong to the connection.
_SINGLE = frozenset((b"content-type", b"location"))
_LEFT_OUT = frozenset(
    (b"server", b"date", b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"te", b"trailer")
)


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

    def __init__(self, request: Any) -> None:
        self.request = request

    # As a producer of the response.

    def pauseProducing(self) -> None:
        """The client is slow: read nothing of the program for now."""
        if self.transport is not None:
            self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Read on."""
        if self.transport is not None:
            self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """The client is gone: read nothing more, and end the program."""
        self._over = True
        self._end_program()

    def _end_program(self) -> None:
        if self.transport is None:
            return
        self.transport.loseConnection()
        # One that neither reads nor writes would not notice that its pipes are closed.
        with suppress(ProcessExitedAlready):
            self.transport.signalProcess("TERM")

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
        content = self.request.content
        content.seek(0, 0)
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
        if not self.handling_headers:
            self.request.write(output)
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
            self.request.write(body)

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
                if len(code) == 3 and code.isdigit():
                    has_status = True
                    self.request.setResponseCode(int(code), phrase or None)
                else:
                    _log.error("CGI: {uri} wrote a status that is none: {status!r}", uri=self.request.uri, status=value)
            elif name not in _LEFT_OUT:
                has_location = has_location or name == b"location"
                self._add_field(name, value)
        if has_location and not has_status:
            self.request.setResponseCode(302)

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
        self._over = True
        self.request.unregisterProducer()
        self.request.finish()

    def _refuse(self) -> None:
        """Say that the program did not answer."""
        self._over = True
        self.request.unregisterProducer()
        page = errorPage(INTERNAL_SERVER_ERROR, "CGI Script Error", "Premature end of script headers.")
        body = page.render(self.request)
        if isinstance(body, bytes):
            self.request.write(body)
            self.request.finish()
        self._end_program()
