"""
Bodies that come compressed (RFC 9110 section 8.4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from zope.interface import implementer

from twisted.internet.interfaces import IProtocol
from twisted.python.components import proxyForInterface
from twisted.python.failure import Failure
from twisted.web._client.errors import DecompressionBomb, ResponseFailed
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IAgent, IResponse

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.web.iweb import IBodyProducer

# What is unpacked at a time, in bytes.
_STEP: Final = 64 * 1024

# What it may come to: so many bytes in any case, and beyond that so many for each byte that came.
_ALLOWANCE: Final = 32 * 1024 * 1024
_MOST_FOR_A_BYTE: Final = 200

# Other names of the same thing.
_ALIASES: Final = {b"x-gzip": b"gzip", b"x-compress": b"compress"}


class _GzipProtocol(proxyForInterface(IProtocol)):  # type: ignore[misc]
    """
    Hands a body to its receiver, unpacked.

    Args:
        protocol: The receiver.
        response: Whose body it is.
    """

    # Any: receivers are users' protocols.
    def __init__(
        self, protocol: Any, response: Any, allowance: int = _ALLOWANCE, ratio: int = _MOST_FOR_A_BYTE
    ) -> None:
        import zlib

        super().__init__(protocol)
        self._response = response
        self._make: Callable[[], Any] = lambda: zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._zlib_error = zlib.error
        self._unpacker = self._make()
        self._allowance = allowance
        self._ratio = ratio
        self._received = 0
        self._unpacked = 0
        self._begun = False
        self._failed = False
        self._transport: Any = None
        self._tail = b""

    def makeConnection(self, transport: Any) -> None:
        """The body is about to come."""
        self._transport = transport
        self.original.makeConnection(transport)

    def dataReceived(self, data: bytes) -> None:
        """Unpack some of it."""
        self._received += len(data)
        while data and not self._failed:
            if self._unpacker.eof:
                # Another member (RFC 1952 section 2.2), or padding, which means nothing.
                data = self._tail + data
                self._tail = b""
                if data[0] != 0x1F:
                    return
                if len(data) < 2:
                    self._tail = data
                    return
                if data[1] != 0x8B:
                    return
                self._unpacker = self._make()
            self._begun = True
            try:
                piece = self._unpacker.decompress(data, _STEP)
            except self._zlib_error:
                self._fail(Failure())
                return
            data = self._unpacker.unconsumed_tail or self._unpacker.unused_data
            if piece:
                self._unpacked += len(piece)
                if self._unpacked > self._allowance and self._unpacked > self._ratio * self._received:
                    self._fail(Failure(DecompressionBomb(self._received, self._unpacked)))
                    return
                self.original.dataReceived(piece)

    def _fail(self, reason: Failure) -> None:
        """Tell the receiver that there will be no more, and end the connection."""
        self._failed = True
        abort = getattr(self._transport, "abortConnection", None)
        if abort is not None:
            abort()
        self.original.connectionLost(Failure(ResponseFailed([reason], self._response)))

    def connectionLost(self, reason: Failure) -> None:
        """The body is over."""
        if self._failed:
            return
        self._failed = True
        try:
            rest = self._unpacker.flush(_STEP) if self._begun else b""
        except self._zlib_error:
            self.original.connectionLost(Failure(ResponseFailed([Failure()], self._response)))
            return
        if rest:
            self.original.dataReceived(rest)
        self.original.connectionLost(reason)


class GzipDecoder(proxyForInterface(IResponse)):  # type: ignore[misc]
    """
    A response with a body that was compressed by gzip, which is unpacked as it is delivered.

    What unpacks to too much is cut off: its receiver's ``connectionLost`` gets `ResponseFailed` with
    `DecompressionBomb`, and the connection ends.

    Args:
        response: The response as it came.

    Attributes:
        original: That one.
        length: `UNKNOWN_LENGTH`.
        maxUnpacked: So many bytes are always allowed.
        maxRatio: Beyond them, at most so many for each byte that came.
    """

    # As a property of the proxy, it would be the original's as well.
    length = UNKNOWN_LENGTH

    maxUnpacked: ClassVar[int] = _ALLOWANCE
    maxRatio: ClassVar[int] = _MOST_FOR_A_BYTE

    def __init__(self, response: Any) -> None:
        # All that a proxy needs.
        self.original = response

    def deliverBody(self, protocol: Any) -> None:
        """Give the body to a protocol, unpacked."""
        self.original.deliverBody(_GzipProtocol(protocol, self, self.maxUnpacked, self.maxRatio))


@implementer(IAgent)
class ContentDecoderAgent:
    """
    Asks for compressed bodies, and unpacks them.

    Args:
        agent: Sends the requests.
        decoders: Pairs of a content coding's name and what makes, of a response, one with an unpacked body; those
            wanted most first.
    """

    def __init__(self, agent: IAgent, decoders: Sequence[tuple[bytes, Callable[[Any], Any]]]) -> None:
        self._agent: Any = agent
        self._decoders = {name.lower(): decoder for name, decoder in decoders}
        self._offer = b",".join([name for name, _ in decoders])

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """Send a request which says what can be unpacked. The given *headers* are not changed."""
        headers = Headers() if headers is None else headers.copy()
        headers.addRawHeader(b"accept-encoding", self._offer)
        sent: Deferred[Any] = self._agent.request(method, uri, headers, bodyProducer)
        return sent.addCallback(self._handleResponse)

    def _handleResponse(self, response: Any) -> Any:
        """Wrap a response in a decoder for each coding, the last one that was applied first."""
        headers = response.headers
        said = headers.getRawHeaders(b"content-encoding", [])
        codings = [part.strip(b" \t") for part in b",".join(said).split(b",") if part.strip(b" \t")]
        left = len(codings)
        while left:
            name = codings[left - 1].lower()
            decoder = self._decoders.get(name) or self._decoders.get(_ALIASES.get(name, name))
            if decoder is None:
                break
            response = decoder(response)
            left -= 1
        if left == len(codings):
            return response
        if left:
            headers.setRawHeaders(b"content-encoding", [b",".join(codings[:left])])
        else:
            headers.removeHeader(b"content-encoding")
        return response
