"""
Requests, as bytes.

How a body is framed is decided here and nowhere else: a Content-Length or Transfer-Encoding among a user's header
fields is left out, since two opinions on where a message ends are one too many.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from zope.interface import implementer

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IConsumer
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._client.errors import BadHeaders, ExcessWrite, WrongBodyLength
from twisted.web._client.parsing import tokens
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IClientRequest

if TYPE_CHECKING:
    from twisted.web._client.uri import URI
    from twisted.web.iweb import IBodyProducer

_log = Logger("twisted.web.client")

# Those that begin empty when they have no body (RFC 9110 section 8.6).
_MAY_HAVE_BODY: Final = frozenset([b"POST", b"PUT"])
_FRAMING: Final = frozenset([b"Content-Length", b"Transfer-Encoding"])
_CHUNKED: Final = b"Transfer-Encoding: chunked\r\n"

_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_VISIBLE: Final = re.compile(rb"[\x21-\x7e]+\Z")

_usual_methods: Final = frozenset(
    [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"CONNECT"]
)


def ensure_valid_method(method: bytes) -> bytes:
    """
    Give back a request's method.

    Raises:
        ValueError: It is no token, and could end the request line too early.
        TypeError: It is not bytes.
    """
    if method in _usual_methods:
        return method
    if not isinstance(method, bytes):
        raise TypeError(f"method={method!r} is {type(method)}, but must be bytes")
    if _TOKEN.match(method):
        return method
    raise ValueError(f"Invalid method {method!r}")


def ensure_valid_uri(uri: bytes) -> bytes:
    """
    Give back a request's target, or a URI.

    Raises:
        ValueError: It has white space, control characters or other than ASCII in it: such have to be percent-encoded.
        TypeError: It is not bytes.
    """
    if not isinstance(uri, bytes):
        raise TypeError(f"uri={uri!r} is {type(uri)}, but must be bytes")
    if _VISIBLE.match(uri):
        return uri
    raise ValueError(f"Invalid URI {uri!r}")


@implementer(IClientRequest)
class Request:
    """
    A request, ready to be written.

    Args:
        method: Such as ``b"GET"``.
        uri: The target, as it stands in the request line.
        headers: The header fields, of which one has to be Host.
        bodyProducer: Writes the body, or `None`.
        persistent: Whether the connection may be used again afterwards.

    Raises:
        ValueError: The method or the target cannot stand in a request line.
    """

    # Where it is known; then `absoluteURI` says it.
    _parsed: URI | None = None
    # Whether it is meant to have no Host.
    _hostless = False
    _stopped = False
    # The transport that knows the body's producer.
    _registered: Any = None

    def __init__(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers,
        bodyProducer: IBodyProducer | None,
        persistent: bool = False,
    ) -> None:
        self.method = ensure_valid_method(method)
        self.uri = ensure_valid_uri(uri)
        self.headers = headers
        self.bodyProducer = bodyProducer
        self.persistent = persistent

    @property
    def absoluteURI(self) -> bytes | None:
        """The whole URI, as bytes, or `None` if it is not known."""
        return None if self._parsed is None else self._parsed.toBytes()

    def _head(self, framing: bytes = b"") -> bytes:
        """
        Make the request line and the header fields.

        Args:
            framing: The line that says how long the body is, with its end.

        Raises:
            BadHeaders: There is no Host, or more than one.
        """
        fields = self.headers._rawHeaders if type(self.headers) is Headers else dict(self.headers.getAllRawHeaders())
        version = b" HTTP/1.1\r\n"
        if self._hostless and framing != _CHUNKED:
            # Only HTTP/1.0 does without (RFC 9112, section 3.2).
            version = b" HTTP/1.0\r\n"
        elif len(fields.get(b"Host", ())) != 1:
            raise BadHeaders("Exactly one Host header required")
        lines = [self.method, b" ", self.uri, version]
        if not self.persistent:
            lines.append(b"Connection: close\r\n")
        lines.append(framing)
        for name, values in fields.items():
            if name in _FRAMING:
                continue
            if name == b"Connection":
                lines += self._connection_lines(values)
                continue
            for value in values:
                lines += (name, b": ", value, b"\r\n")
        lines.append(b"\r\n")
        return b"".join(lines)

    def _connection_lines(self, values: Any) -> list[bytes]:
        """What a user says about the connection, but for whether it lasts, which is said elsewhere."""
        said = [token for token in tokens(values) if token not in (b"close", b"keep-alive")]
        return [b"Connection: " + b", ".join(said) + b"\r\n"] if said else []

    def _framing(self) -> bytes:
        """Make the line that says how long the body is."""
        producer = self.bodyProducer
        if producer is None:
            return b"Content-Length: 0\r\n" if self.method in _MAY_HAVE_BODY else b""
        if producer.length == UNKNOWN_LENGTH:
            return _CHUNKED
        return b"Content-Length: %d\r\n" % producer.length

    def writeTo(self, transport: Any) -> Deferred[None]:
        """
        Write all of it.

        Args:
            transport: Provides `IConsumer`.

        Returns:
            A Deferred that fires when everything was handed over, and fails with what the body's producer failed with,
            or with `WrongBodyLength`.

        Raises:
            BadHeaders: There is no Host, or more than one.
        """
        transport.write(self._head(self._framing()))
        return self._write_body(transport)

    def _write_body(self, transport: Any) -> Deferred[None]:
        producer = self.bodyProducer
        if producer is None:
            return succeed(None)
        if producer.length == UNKNOWN_LENGTH:
            return self._write_chunks(producer, transport)
        return self._write_length(producer, transport)

    def _write_chunks(self, producer: Any, transport: Any) -> Deferred[None]:
        encoder = ChunkedEncoder(transport)
        encoder.registerProducer(producer, True)
        self._registered = transport

        def produced(_: object) -> None:
            if self._registered is None:
                return
            self._registered = None
            encoder.unregisterProducer()

        def not_produced(reason: Failure) -> Failure:
            # No last chunk: the server must not take this for all of it.
            encoder._allowNoMoreWrites()
            self._unregister()
            return reason

        return maybeDeferred(producer.startProducing, encoder).addCallbacks(produced, not_produced)

    def _write_length(self, producer: Any, transport: Any) -> Deferred[None]:
        # Fires with None, or fails, by whichever comes first: the producer's end or one byte too many.
        outcome: Deferred[None] = Deferred(lambda _: producing.cancel())
        encoder = LengthEnforcingConsumer(producer, transport, outcome)
        transport.registerProducer(producer, True)
        self._registered = transport
        producing = maybeDeferred(producer.startProducing, encoder)

        def produced(_: object) -> None:
            if outcome.called:
                return
            try:
                encoder._noMoreWritesExpected()
            except WrongBodyLength:
                outcome.errback(Failure())
            else:
                outcome.callback(None)

        def not_produced(reason: Failure) -> None:
            encoder._allowNoMoreWrites()
            if outcome.called:
                _log.failure("a body's producer failed after it had written too much", reason)
            else:
                outcome.errback(reason)

        def unregister(result: Any) -> Any:
            self._unregister()
            return result

        producing.addCallbacks(produced, not_produced)
        return outcome.addBoth(unregister)

    def _unregister(self) -> None:
        transport, self._registered = self._registered, None
        if transport is not None:
            transport.unregisterProducer()

    def stopWriting(self) -> None:
        """Tell the body's producer that nobody wants the rest."""
        self._stopped = True
        if self.bodyProducer is None:
            return
        try:
            self.bodyProducer.stopProducing()
        except BaseException:
            _log.failure("a body's producer could not be stopped")


@implementer(IConsumer)
class LengthEnforcingConsumer:
    """
    Hands bytes on, so many and no more.

    Args:
        producer: Writes to this; its ``length`` says how many.
        consumer: What they are handed to.
        finished: Fails with `WrongBodyLength` as soon as there is one too many.
    """

    # Any: the producer and the consumer are users' objects.
    def __init__(self, producer: Any, consumer: Any, finished: Deferred[None]) -> None:
        self._length = producer.length
        self._producer: Any = producer
        self._consumer = consumer
        self._finished: Deferred[None] | None = finished

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Hand it on. The producer of a request's body is known already."""
        self._consumer.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """Hand it on."""
        self._consumer.unregisterProducer()

    def _allowNoMoreWrites(self) -> None:
        self._finished = None

    def write(self, data: bytes) -> None:
        """
        Hand bytes on.

        Raises:
            ExcessWrite: All was said to be written, or it already was too much.
        """
        if self._finished is None:
            self._stop_producer()
            raise ExcessWrite()
        if len(data) <= self._length:
            self._length -= len(data)
            self._consumer.write(data)
            return
        finished, self._finished = self._finished, None
        self._stop_producer()
        if not finished.called:
            finished.errback(Failure(WrongBodyLength("too many bytes written")))

    def _stop_producer(self) -> None:
        try:
            self._producer.stopProducing()
        except BaseException:
            _log.failure("a body's producer could not be stopped")

    def _noMoreWritesExpected(self) -> None:
        if self._finished is not None:
            self._finished = None
            if self._length:
                raise WrongBodyLength("too few bytes written")


@implementer(IConsumer)
class ChunkedEncoder:
    """
    Hands bytes on in chunks (RFC 9112 section 7.1).

    Args:
        transport: What they are handed to: provides `IConsumer`.
    """

    # Any: the transport and the producer are users' objects.
    def __init__(self, transport: Any) -> None:
        self.transport: Any = transport

    def _allowNoMoreWrites(self) -> None:
        self.transport = None

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Hand it on."""
        self.transport.registerProducer(producer, streaming)

    def write(self, data: bytes) -> None:
        """
        Hand bytes on, as one chunk. Nothing is no chunk: that would be the end.

        Raises:
            ExcessWrite: All was said to be written.
        """
        if self.transport is None:
            raise ExcessWrite()
        if data:
            self.transport.writeSequence((b"%x\r\n" % len(data), data, b"\r\n"))

    def unregisterProducer(self) -> None:
        """Write the end of the body."""
        transport = self.transport
        transport.write(b"0\r\n\r\n")
        transport.unregisterProducer()
        self._allowNoMoreWrites()
