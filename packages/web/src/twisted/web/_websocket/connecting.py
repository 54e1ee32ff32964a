"""
WebSocket connections to servers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.error import TimeoutError
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._client.agents import _StandardEndpointFactory
from twisted.web._client.parsing import Head, ResponseParser
from twisted.web._client.policies import BrowserLikePolicyForHTTPS
from twisted.web._client.response import Response, TransportProxyProducer
from twisted.web._client.uri import URI, host_field
from twisted.web._websocket.deflating import Agreement, accept, offer
from twisted.web._websocket.errors import ConnectionRejected, HandshakeFailed
from twisted.web._websocket.handshake import VERSION, check_response, new_key
from twisted.web._websocket.options import USUAL, WebSocketOptions
from twisted.web._websocket.wire import State, Wire
from twisted.web.http_headers import Headers

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IReactorTCP
    from twisted.web._websocket.interfaces import WebSocketClientFactory, WebSocketProtocol
    from twisted.web.iweb import IAgentEndpointFactory, IPolicyForHTTPS

_log = Logger("twisted.web.websocket")

_WSP = TypeVar("_WSP", bound="WebSocketProtocol")

_SCHEMES = {"ws": b"http", "wss": b"https", "http": b"http", "https": b"https"}

# Those that a request has anyway.
_OURS = frozenset((b"Connection", b"Host", b"Upgrade"))

_usual_policy = BrowserLikePolicyForHTTPS()


class WebSocketClientEndpoint:
    """
    Connects to a WebSocket.

    Attributes:
        endpointFactory: Gives the endpoint that connects to the server.
        url: What to connect to: ``ws://...`` or ``wss://...``.
        headers: Further header fields of the request.
        subprotocols: The protocols that can be spoken over the WebSocket, the best one first.
        options: Limits and times.
    """

    def __init__(
        self,
        endpointFactory: IAgentEndpointFactory,
        url: str,
        *,
        headers: Headers | None = None,
        subprotocols: Sequence[str] = (),
        options: WebSocketOptions = USUAL,
        reactor: Any = None,
    ) -> None:
        """
        Args:
            endpointFactory: Gives the endpoint that connects to the server. It is asked with ``http`` or ``https``.
            url: What to connect to.
            headers: Further header fields of the request: ``Origin``, ``Cookie``, ...
            subprotocols: The protocols that can be spoken over the WebSocket, the best one first. Which one the server
                has chosen is in `WebSocketTransport.subprotocol`.
            options: Limits and times.
            reactor: What time is taken from; that which runs the program if `None`.
        """
        self.endpointFactory = endpointFactory
        self.url = url
        self.headers = headers
        self.subprotocols = subprotocols
        self.options = options
        self._reactor = reactor

    @classmethod
    def new(
        cls,
        reactor: IReactorTCP,
        url: str,
        tlsPolicy: IPolicyForHTTPS = _usual_policy,
        connectTimeout: int | None = None,
        bindAddress: bytes | None = None,
        *,
        headers: Headers | None = None,
        subprotocols: Sequence[str] = (),
        options: WebSocketOptions = USUAL,
    ) -> WebSocketClientEndpoint:
        """
        Make one that connects by TCP, and by TLS if the URL says ``wss``.

        Args:
            reactor: Connects.
            url: What to connect to.
            tlsPolicy: Which servers to trust.
            connectTimeout: How long connecting may take, in seconds.
            bindAddress: Where to come from; `None` for anywhere.
            headers: Further header fields of the request.
            subprotocols: The protocols that can be spoken over the WebSocket, the best one first.
            options: Limits and times.
        """
        factory = _StandardEndpointFactory(reactor, tlsPolicy, connectTimeout, bindAddress)
        return cls(factory, url, headers=headers, subprotocols=subprotocols, options=options, reactor=reactor)

    def _facts(self) -> tuple[object, ...]:
        return self.endpointFactory, self.url, self.headers, tuple(self.subprotocols), self.options

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        assert isinstance(other, WebSocketClientEndpoint)
        return self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash((self.endpointFactory, self.url))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(endpointFactory={self.endpointFactory!r}, url={self.url!r})"

    async def connect(self, protocolFactory: WebSocketClientFactory[_WSP]) -> _WSP:
        """
        Connect, and negotiate.

        Args:
            protocolFactory: Makes the protocol, as soon as there is a connection.

        Returns:
            The protocol. Its ``negotiationFinished`` is called next.

        Raises:
            ConnectionRejected: The server has answered with something else. Its response tells what.
            HandshakeFailed: The server's answer is wrong.
            TimeoutError: It has not answered in time.
            ValueError: The URL is none of a WebSocket.
        """
        scheme, _, rest = self.url.partition(":")
        if scheme.lower() not in _SCHEMES or rest[:2] != "//":
            raise ValueError(f"{self.url!r} is not the URL of a WebSocket: ws://... or wss://...")
        raw = _SCHEMES[scheme.lower()] + b":" + rest.encode("ascii")
        if any(byte <= 32 or byte == 127 for byte in raw):
            raise ValueError(f"{self.url!r} has spaces or control characters in it, which have to be quoted")
        uri = URI.fromBytes(raw)
        if not uri.host:
            raise ValueError(f"{self.url!r} names no host")
        reactor: Any = self._reactor
        if reactor is None:
            from twisted.internet import reactor
        # Any: whoever provides IAgentEndpointFactory.
        endpoint: Any = self.endpointFactory.endpointForURI(uri)
        wire: ClientWire = await endpoint.connect(Opening(self, uri, protocolFactory, reactor))
        negotiated: _WSP = await wire._negotiated
        return negotiated


class Opening(Factory):
    """Makes the wire of one connection."""

    # Any: a factory of whatever protocols.
    def __init__(self, endpoint: WebSocketClientEndpoint, uri: URI, factory: Any, reactor: Any) -> None:
        self._endpoint = endpoint
        self._uri = uri
        self._factory = factory
        self._reactor = reactor

    def doStart(self) -> None:
        """It is used once: nobody wants to read of it in the log."""

    def doStop(self) -> None:
        """See `doStart`."""

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """There is a connection: make its protocol."""
        endpoint = self._endpoint
        application = self._factory.buildProtocol(endpoint.url)
        return ClientWire(application, self._reactor, endpoint, self._uri)


class ClientWire(Wire):
    """A client's end: negotiates first."""

    # Any: a reactor of whatever kind.
    def __init__(
        self, application: WebSocketProtocol, reactor: Any, endpoint: WebSocketClientEndpoint, uri: URI
    ) -> None:
        super().__init__(application, reactor, endpoint.options)
        self._endpoint = endpoint
        self._uri = uri
        self._key = new_key()
        self._parser: ResponseParser | None = None
        self._response: Response | None = None
        # Any: what the program's factory has made.
        self._negotiated: Deferred[Any] = Deferred(self._give_up)

    def connectionMade(self) -> None:
        """Nothing is to be done that `makeConnection` does not."""

    def makeConnection(self, transport: Any) -> None:
        """Ask the server for a WebSocket connection."""
        super().makeConnection(transport)
        self._parser = ResponseParser()
        self._parser.begin(b"GET", True)
        self._application.negotiationStarted(self)
        if self._state is not State.NEGOTIATING:
            return
        transport.write(self._request())
        timeout = self._options.handshakeTimeout
        if timeout is not None:
            self._end = self._reactor.callLater(timeout, self._time_out)

    def _request(self) -> bytes:
        uri = self._uri
        endpoint = self._endpoint
        lines = [
            b"GET %b HTTP/1.1" % uri.originForm,
            b"Host: " + host_field(uri.scheme, uri.host, uri.port),
            b"Upgrade: websocket",
            b"Connection: Upgrade",
            b"Sec-WebSocket-Key: " + self._key,
            b"Sec-WebSocket-Version: " + VERSION,
        ]
        if endpoint.subprotocols:
            # Through Headers, which lets nothing end a line.
            offered = Headers({b"sec-websocket-protocol": [", ".join(endpoint.subprotocols).encode("ascii")]})
            lines.append(b"Sec-WebSocket-Protocol: " + (offered.getRawHeaders(b"sec-websocket-protocol") or [b""])[0])
        if endpoint.options.compression:
            lines.append(b"Sec-WebSocket-Extensions: " + offer(endpoint.options.compressEachMessage).encode("ascii"))
        if endpoint.headers is not None:
            for name, values in endpoint.headers.getAllRawHeaders():
                if name not in _OURS and not name.startswith(b"Sec-Websocket-"):
                    lines += [name + b": " + value for value in values]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def dataReceived(self, data: bytes) -> None:
        """Take the server's answer, then messages."""
        parser = self._parser
        if parser is None:
            super().dataReceived(data)
            return
        if self._response is not None:
            self._take_body(parser, data)
            return
        if self._state is not State.NEGOTIATING:
            return
        try:
            head = parser.receive_head(data)
            if head is None:
                return
            if head.code != 101:
                self._reject(parser, head)
                return
            fields = {**head.fields}
            for name, values in head.control.items():
                fields[b"-".join([word.capitalize() for word in name.split(b"-")])] = values
            check_response(fields, self._key, self._endpoint.subprotocols)
            agreement = self._agreement(fields.get(b"Sec-Websocket-Extensions", []))
        except Exception as error:
            # What comes from the parser are its own errors; which ones, the one that waits need not know.
            failed = error if isinstance(error, HandshakeFailed) else HandshakeFailed(f"a bad answer: {error}")
            failed.__cause__ = None if failed is error else error
            self._fail(Failure(failed))
            return
        self._parser = None
        self._cancel_end()
        chosen = fields.get(b"Sec-Websocket-Protocol")
        if chosen:
            self.subprotocol = chosen[0].decode("latin-1")
        self._begin(False, agreement)
        application = self._application
        self._negotiated.callback(application)
        if self._is_open():
            application.negotiationFinished()
        if parser.rest:
            super().dataReceived(parser.rest)

    def _agreement(self, answered: list[bytes]) -> Agreement | None:
        if not answered:
            return None
        if not self._options.compression:
            raise HandshakeFailed(f"the server wants extensions, which were not offered: {answered!r:.100}")
        return accept(b", ".join(answered).decode("latin-1"))

    def _cancel_end(self) -> None:
        end, self._end = self._end, None
        if end is not None and end.active():
            end.cancel()

    def _time_out(self) -> None:
        self._end = None
        self._fail(Failure(TimeoutError("the server has not answered in time")))

    def _give_up(self, negotiated: Deferred[Any]) -> None:
        self._state = State.CLOSED
        if self.transport is not None:
            self.transport.abortConnection()

    def _fail(self, why: Failure) -> None:
        """There will be no WebSocket connection."""
        self._state = State.CLOSED
        self._cancel_end()
        self.transport.abortConnection()
        self._negotiated.errback(why)

    def _reject(self, parser: ResponseParser, head: Head) -> None:
        """The server has answered, but not with a WebSocket connection."""
        self._state = State.CLOSED
        self._cancel_end()
        transport = self.transport
        response = Response(
            head.version,
            head.code,
            head.phrase,
            Headers._of_checked(head.fields),
            TransportProxyProducer(transport),
        )
        response.length = head.length
        self._response = response
        # Somebody may read the body, but need not.
        self._limit_end()
        if parser.complete:
            self._end_body(None)
        else:
            rest, parser.rest = parser.rest, b""
            if rest:
                self._take_body(parser, rest)
            if self._response is not None:
                transport.pauseProducing()
                response._wanted = transport.resumeProducing
        self._negotiated.errback(Failure(ConnectionRejected(response)))

    def _take_body(self, parser: ResponseParser, data: bytes) -> None:
        response = self._response
        assert response is not None
        try:
            piece = parser.receive_body(data)
            broken = parser.broken
        except Exception as error:
            piece, broken = b"", error
        if piece:
            response._bodyDataReceived(piece)
        if broken is not None:
            self._end_body(Failure(broken))
        elif parser.complete:
            self._end_body(None)

    def _end_body(self, why: Failure | None) -> None:
        response, self._response = self._response, None
        if response is not None:
            response._bodyDataFinished(why)
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure) -> None:
        """The transport is lost."""
        parser, response = self._parser, self._response
        if self._state is State.NEGOTIATING:
            self._state = State.CLOSED
            self._negotiated.errback(reason)
        elif response is not None and parser is not None:
            self._response = None
            broken = parser.end()
            response._bodyDataFinished(None if broken is None else Failure(broken))
        elif not self._negotiated.called:
            # The program has closed it while it was being negotiated.
            self._negotiated.errback(reason)
        super().connectionLost(reason)
