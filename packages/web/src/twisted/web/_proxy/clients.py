"""
What passes a request on, and brings the response back.

The server behind is spoken to in HTTP/1.0 as long as the body is here, and in HTTP/1.1 where it is sent in chunks
while it comes. Bodies flow both ways at the pace of the slower side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.error import TimeoutError
from twisted.internet.protocol import ClientFactory, connectionDone
from twisted.logger import Logger
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure
from twisted.web._codes import BAD_GATEWAY, GATEWAY_TIMEOUT
from twisted.web._http.clients import HTTPClient
from twisted.web._http.requests import Request
from twisted.web._http1.bodies import ChunkedBody
from twisted.web._http1.buffers import InputBuffer
from twisted.web._http1.errors import Refused
from twisted.web._proxy.tunnels import Tunnel, dig, wanted_by

_log = Logger("twisted.web.proxy")

# What belongs to one connection, and is not passed on (RFC 9110 section 7.6.1). What is expected before the body is
# sent was answered already.
_HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"expect",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LENGTH = re.compile(rb"[0-9]{1,18}")

# Whatever Connection names, these say where a message ends and whom it is for: they stay.
_NEVER_NAMED = frozenset((b"content-length", b"host"))

# A response may have so many header fields.
_MOST_FIELDS = 500

# The response of the server behind has these in place of ours.
_REPLACED = frozenset((b"server", b"date", b"content-type"))


def _named(value: bytes) -> set[bytes]:
    """Give the names of the fields that a Connection field says are for one connection alone."""
    return {each.strip().lower() for each in value.split(b",")} - _NEVER_NAMED


def _passed_on(headers: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Give the fields of a request that are passed on."""
    dropped = set(_HOP_BY_HOP)
    for name, value in headers.items():
        if name.lower() == b"connection":
            dropped |= _named(value)
    return {name: value for name, value in headers.items() if name.lower() not in dropped}


class ProxyClient(HTTPClient, TimeoutMixin):
    """
    Passes one request on, and its response back.

    A client that asks to speak another protocol, WebSocket say, may do so with the server behind if that agrees.

    Args:
        command: The method.
        rest: The target, as the server behind is to see it.
        version: The version of HTTP that the client speaks.
        headers: The request's header fields.
        data: The request's body.
        father: The request: `twisted.web.http.Request`.

    Attributes:
        patience: For how long the server behind may say nothing, in seconds, while it is read and has something to
            answer; then the client gets 504. `None` for ever.
    """

    patience: float | None = 600

    # Tells the time, if it is not the default reactor's.
    _clock: Any = None
    _wanted: bytes | None = None
    # The header of a response that agrees to another protocol, as long as it is coming; and what is spoken then.
    _agreed: list[tuple[bytes, bytes]] | None = None
    _tunnel: Tunnel | None = None
    _finished = False
    _chunks: ChunkedBody | None = None
    _pump: _Pump | None = None
    # How far the response has come: whether its whole header is here; how many fields, and which were for us alone.
    _headed = False
    _interim = False
    _fields = 0
    _dropped: frozenset[bytes] = frozenset()

    def __init__(
        self, command: bytes, rest: bytes, version: bytes, headers: Mapping[bytes, bytes], data: bytes, father: Any
    ) -> None:
        self.father = father
        self.command = command
        self.rest = rest
        self.headers = _passed_on(headers)
        self._wanted = wanted_by(father)
        if self._wanted is None:
            self.headers[b"connection"] = b"close"
        else:
            self.headers[b"connection"] = b"Upgrade"
            self.headers[b"upgrade"] = self._wanted
        if data and not any(name.lower() == b"content-length" for name in self.headers):
            # It came in chunks.
            self.headers[b"content-length"] = b"%d" % len(data)
        self.data = data
        self._unread = InputBuffer()
        self._brought: set[bytes] = set()

    def connectionMade(self) -> None:
        """Send the request."""
        if getattr(self.father, "_disconnected", False):
            self._lose()
            return
        self.setTimeout(self.patience)
        body = getattr(self.father, "body", None) if getattr(self.father, "content", None) is None else None
        if self._wanted is not None:
            self.transport.writeSequence([self.command, b" ", self.rest, b" HTTP/1.1\r\n"])
        elif body is not None and body.length is None:
            # Nobody knows yet how long it is, and chunks are HTTP/1.1's.
            self.headers[b"transfer-encoding"] = b"chunked"
            self.transport.writeSequence([self.command, b" ", self.rest, b" HTTP/1.1\r\n"])
        else:
            self.sendCommand(self.command, self.rest)
        for name, value in self.headers.items():
            self.sendHeader(name, value)
        self.endHeaders()
        if body is None:
            self.transport.write(self.data)
        else:
            self._pump = pump = _Pump(self.transport, body, self.resetTimeout)
            pump.done = ensureDeferred(pump.run()).addErrback(self._cut_short)
        notify = getattr(self.father, "notifyFinish", None)
        if notify is not None:
            notify().addErrback(lambda _: self._lose())

    def _cut_short(self, reason: Failure) -> None:
        """The rest of the request's body does not come; or nobody wants it, and that is no reason to hang up."""
        if not reason.check(CancelledError):
            self._lose()

    def _lose(self) -> None:
        """The client is gone: the response is nobody's."""
        self._finished = True
        self.setTimeout(None)
        abort = getattr(self.transport, "abortConnection", self.transport.loseConnection)
        abort()

    def callLater(self, period: float, function: Any) -> Any:
        """Make a call later: to look after the server's silence."""
        if self._clock is None:
            return super().callLater(period, function)
        return self._clock.callLater(period, function)

    def timeoutConnection(self) -> None:
        """The server behind says nothing."""
        _log.info("the server behind has said nothing for {seconds} seconds", seconds=self.patience)
        self._fail(GATEWAY_TIMEOUT)

    # As the producer of the response: it is not the server that is silent while it is not read.

    def pauseProducing(self) -> None:
        """The client is slow: have the server wait."""
        self.setTimeout(None)
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """The client has room again."""
        if not self._finished:
            self.setTimeout(self.patience)
        self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """The client is gone."""
        self.transport.stopProducing()

    # What the server says.

    def dataReceived(self, data: bytes) -> Any:
        """Understand what came."""
        if self._tunnel is not None:
            self._tunnel.send(data)
            return None
        self.resetTimeout()
        return super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        """Take a line of the response's header."""
        if self._finished:
            return
        if self._interim:
            # What comes before the response ends as a header does, and is not for the client.
            self._fields += 1
            if self._fields > _MOST_FIELDS:
                self._fail()
            elif not line:
                self._interim = False
                self.firstLine = True
            return
        super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Nobody has a header line like this."""
        self._fail()

    def handleStatus(self, version: bytes, code: bytes, message: bytes) -> None:
        """Pass the status on."""
        if not (len(code) == 3 and code.isdigit() and version[:7] == b"HTTP/1.") or code < b"100":
            self._fail()
        elif code == b"101":
            if self._wanted is None:
                # Nobody has asked for another protocol.
                self._fail()
            self._agreed = []
        elif code < b"200":
            self._interim = True
        else:
            try:
                self.father.setResponseCode(int(code), message)
            except ValueError:
                self._fail()

    def extractHeader(self, header: bytes) -> None:
        """Take a header field, as a line."""
        name, colon, value = header.partition(b":")
        self._fields += 1
        if not colon or not _NAME.fullmatch(name) or self._fields > _MOST_FIELDS:
            self._fail()
        elif name.lower() == b"content-length" and (
            self.length is not None or not _LENGTH.fullmatch(value.strip(b" \t"))
        ):
            # Who reads another length than we do sees another response behind this one.
            self._fail()
        elif not self._finished:
            super().extractHeader(header)

    def handleHeader(self, key: bytes, value: bytes) -> None:
        """Pass a header field on, unless it belongs to the connection."""
        lowered = key.lower()
        if self._agreed is not None:
            if lowered == b"upgrade" or lowered not in _HOP_BY_HOP:
                self._agreed.append((key, value))
            return
        if lowered == b"transfer-encoding":
            if value.lower() != b"chunked" or self._chunks is not None:
                self._fail()
            self._chunks = ChunkedBody()
        elif lowered == b"connection":
            self._dropped |= _named(value)
        if lowered in _HOP_BY_HOP:
            return
        try:
            if lowered in _REPLACED:
                self.father.responseHeaders.setRawHeaders(key, [value])
            else:
                self.father.responseHeaders.addRawHeader(key, value)
                self._brought.add(key)
        except ValueError:
            self._fail()

    def handleEndHeaders(self) -> None:
        """The header is all here: from now on the client's pace is the server's."""
        if self._finished:
            return
        self._headed = True
        if self._agreed is not None:
            self.setTimeout(None)
            self._finished = True
            self._tunnel = dig(self.father, self.transport, self._agreed)
            return
        if self._chunks is not None and self.length is not None:
            self._fail()
            return
        for name in self._dropped:
            if self.father.responseHeaders.hasHeader(name):
                self.father.responseHeaders.removeHeader(name)
        if isinstance(self.father, Request):
            if self.father.method == b"HEAD" or self.father.code in (204, 304):
                self.length = 0
                return
            self.father.registerProducer(self, True)

    def rawDataReceived(self, data: bytes) -> None:
        """Take a piece of the response's body, or what is said behind the agreement to speak something else."""
        if self._tunnel is not None:
            self._tunnel.send(data)
        else:
            super().rawDataReceived(data)

    def handleResponsePart(self, buffer: bytes) -> None:
        """Pass a part of the body on."""
        if self._finished:
            return
        if self._chunks is None:
            self.father.write(buffer)
            return
        self._unread.feed(buffer)
        try:
            while not self._finished and (piece := self._chunks.next_piece(self._unread)) is not None:
                if not isinstance(piece, bytes):
                    self.handleResponseEnd()
                else:
                    self.father.write(piece)
        except Refused as error:
            _log.debug("the server behind sent chunks that are none: {error}", error=error)
            self._fail()

    def handleResponseEnd(self) -> None:
        """The response is complete, or the connection lost."""
        if self._finished:
            return
        self._finished = True
        self.setTimeout(None)
        self._unregister()
        self.father.finish()
        self._hang_up()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is lost, which may be the end of the response, or too early."""
        self.setTimeout(None)
        if self._tunnel is not None:
            self._tunnel.end()
        if self._finished:
            return
        if not self._headed or self.length or self._chunks is not None:
            self._fail()
        else:
            self.handleResponseEnd()

    def _hang_up(self) -> None:
        """The server behind is needed no longer, not even for the rest of a body."""
        if self._pump is not None and self._pump.done is not None:
            self._pump.done.cancel()
        self.transport.loseConnection()

    def _unregister(self) -> None:
        if isinstance(self.father, Request) and self.father.producer is not None:
            self.father.unregisterProducer()

    def _fail(self, code: int = BAD_GATEWAY) -> None:
        """The server behind did not answer, or not all of it: tell the client in the way that is left."""
        if self._finished:
            return
        self._finished = True
        self.setTimeout(None)
        self._unregister()
        if getattr(self.father, "startedWriting", 0):
            self.father.loseConnection()
        else:
            for name in self._brought:
                self.father.responseHeaders.removeHeader(name)
            _refuse(self.father, code)
        self._hang_up()


class _Pump:
    """
    Passes the body of a request on while it comes.

    Args:
        transport: The connection to the server behind.
        body: The body: `RequestBody`.
        progress: Called when a piece is passed on.
    """

    done: Deferred[None] | None = None

    def __init__(self, transport: Any, body: Any, progress: Callable[[], object]) -> None:
        self._transport = transport
        self._body = body
        self._progress = progress
        self._room: Deferred[None] | None = None

    async def run(self) -> None:
        chunked = self._body.length is None
        self._transport.registerProducer(self, True)
        try:
            async for piece in self._body:
                if self._room is not None:
                    await self._room
                self._progress()
                if chunked:
                    self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                else:
                    self._transport.write(piece)
            if chunked:
                self._transport.write(b"0\r\n\r\n")
        finally:
            self._transport.unregisterProducer()

    def pauseProducing(self) -> None:
        """The server behind is slow: wait before the next piece."""
        if self._room is None:
            self._room = Deferred()

    def resumeProducing(self) -> None:
        """There is room again."""
        room, self._room = self._room, None
        if room is not None:
            room.callback(None)

    def stopProducing(self) -> None:
        """The connection is lost."""
        if self.done is not None:
            self.done.cancel()


def _refuse(father: Any, code: int) -> None:
    """Say that the server behind does not answer (502), or not in time (504)."""
    if code == GATEWAY_TIMEOUT:
        father.setResponseCode(code)
        father.responseHeaders.setRawHeaders(b"content-type", [b"text/html; charset=utf-8"])
        father.write(b"<!DOCTYPE html><title>Gateway Time-out</title><h1>The server behind takes too long</h1>")
        father.finish()
        return
    father.setResponseCode(BAD_GATEWAY, b"Bad Gateway")
    father.responseHeaders.setRawHeaders(b"content-type", [b"text/html; charset=utf-8"])
    father.write(b"<!DOCTYPE html><title>Bad Gateway</title><h1>Could not connect</h1>")
    father.finish()


class ProxyClientFactory(ClientFactory[Any]):
    """
    Makes what passes one request on.

    Args:
        command: The method.
        rest: The target, as the server behind is to see it.
        version: The version of HTTP that the client speaks.
        headers: The request's header fields.
        data: The request's body.
        father: The request.
    """

    noisy = False
    # Any: whoever assigns it gives a class, or something that is called like one.
    protocol: Any = ProxyClient
    # Tells its protocols the time.
    _clock: Any = None

    def __init__(
        self, command: bytes, rest: bytes, version: bytes, headers: Mapping[bytes, bytes], data: bytes, father: Any
    ) -> None:
        self.father = father
        self.command = command
        self.rest = rest
        self.headers = headers
        self.data = data
        self.version = version

    def buildProtocol(self, addr: object) -> Any:
        """Make what passes the request on."""
        made = self.protocol(self.command, self.rest, self.version, self.headers, self.data, self.father)
        if self._clock is not None:
            made._clock = self._clock
        return made

    def startedConnecting(self, connector: Any) -> None:
        """Connect as long as there is a client to connect for."""

        def leave(_: Failure) -> None:
            # One that is connected belongs to the protocol.
            if getattr(connector, "state", "connecting") == "connecting":
                connector.stopConnecting()

        notify = getattr(self.father, "notifyFinish", None)
        if notify is not None:
            notify().addErrback(leave)

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:
        """Tell the client that nobody answers."""
        _log.debug("cannot connect to the server behind: {reason}", reason=reason.value)
        if not getattr(self.father, "_disconnected", False):
            _refuse(self.father, GATEWAY_TIMEOUT if reason.check(TimeoutError) else BAD_GATEWAY)
