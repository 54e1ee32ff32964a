"""
Requests by way of an HTTP proxy: http in absolute form, https through a tunnel (RFC 9110 section 9.3.6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web._client.agents import _AgentBase, _Later
from twisted.web._client.errors import ParseError, ResponseFailed, ResponseNeverReceived, TunnelFailed
from twisted.web._client.parsing import ResponseParser
from twisted.web._client.policies import BrowserLikePolicyForHTTPS, policy_from
from twisted.web._client.uri import URI, host_field
from twisted.web._client.writing import ensure_valid_method
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress
    from twisted.web._client.pool import HTTPConnectionPool
    from twisted.web.iweb import IBodyProducer, IResponse

# How long a proxy may take to answer, in seconds; connecting to it is another matter.
_PATIENCE = 30.0


class _Tunnel(Protocol):
    """
    Asks a proxy for a tunnel, and gives its place to another protocol then.

    Args:
        asking: The request for the tunnel, as bytes.
        factory: Makes the other protocol.
        address: What the other protocol is told to be connected to.
        outcome: Fires with the other protocol.
    """

    transport: Any  # Any: whatever the proxy's endpoint connects.

    def __init__(self, asking: bytes, factory: Any, address: IAddress | None, outcome: Deferred[Any]) -> None:
        self._asking = asking
        self._factory = factory
        self._address = address
        self._outcome = outcome
        self._parser = ResponseParser()
        self._parser.begin(b"CONNECT")
        self._inner: Any = None
        self._over = False

    def connectionMade(self) -> None:
        """Ask."""
        self.transport.write(self._asking)

    def dataReceived(self, data: bytes) -> None:
        """Take in the answer, or what comes through the tunnel."""
        if self._inner is not None:
            self._inner.dataReceived(data)
            return
        if self._over:
            return
        try:
            head = self._parser.receive_head(data)
        except ParseError:
            self._fail(ResponseFailed([Failure()]))
            return
        if head is None:
            return
        if not 200 <= head.code < 300:
            self._fail(TunnelFailed(head.code, head.phrase, Headers._of_checked(head.fields)))
        elif self._parser.rest:
            # The origin speaks after us. Whoever sends this is not the origin.
            self._fail(ResponseFailed([Failure(ParseError("bytes before the tunnel", self._parser.rest[:64]))]))
        else:
            self._open()

    def _open(self) -> None:
        inner = self._factory.buildProtocol(self._address)
        if inner is None:
            from twisted.internet.error import NoProtocol

            self._fail(NoProtocol())
            return
        self._over = True
        self._inner = inner
        if getattr(self.transport, "protocol", None) is not None:
            # From now on we are not needed.
            self.transport.protocol = inner
        inner.makeConnection(self.transport)
        self._outcome.callback(inner)

    def _fail(self, exception: Exception) -> None:
        if not self._over:
            self._over = True
            self.transport.loseConnection()
            self._outcome.errback(Failure(exception))

    def give_up(self, exception: Exception) -> None:
        """Wait no longer."""
        self._fail(exception)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The proxy has hung up."""
        if self._inner is not None:
            self._inner.connectionLost(reason)
        elif not self._over:
            self._over = True
            self._outcome.errback(Failure(ResponseNeverReceived([reason])))


class _TunnelFactory(Factory[Any]):
    noisy = False

    def __init__(self, asking: bytes, factory: Any, outcome: Deferred[Any]) -> None:
        self._asking = asking
        self._factory = factory
        self._outcome = outcome

    def buildProtocol(self, addr: IAddress | None) -> _Tunnel:
        return _Tunnel(self._asking, self._factory, addr, self._outcome)


@implementer(IStreamClientEndpoint)
class TunnelEndpoint:
    """
    Connects to a server through an HTTP proxy.

    Args:
        reactor: Provides `IReactorTime`.
        proxy: Connects to the proxy.
        host, port: The server's.
        headers: Further header fields for the proxy.
    """

    def __init__(self, reactor: Any, proxy: Any, host: bytes, port: int, headers: Headers | None = None) -> None:
        self._reactor = reactor
        self._proxy = proxy
        if b":" in host:
            host = b"[" + host + b"]"
        self._authority = b"%b:%d" % (host, port)
        self._headers = headers

    def __repr__(self) -> str:
        return f"<TunnelEndpoint {self._authority.decode('ascii', 'backslashreplace')} by {self._proxy!r}>"

    def _request(self) -> bytes:
        lines = [b"CONNECT %b HTTP/1.1" % self._authority, b"Host: " + self._authority]
        if self._headers is not None:
            for name, values in self._headers.getAllRawHeaders():
                lines += [name + b": " + value for value in values]
        return b"\r\n".join([*lines, b"", b""])

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """
        Connect; fires with the protocol once there is a tunnel.

        It fails with `TunnelFailed` if the proxy does not make one.
        """
        tunnels: list[_Tunnel] = []

        def give_up(_: Deferred[Any]) -> None:
            connecting.cancel()
            for tunnel in tunnels:
                tunnel._over = True
                tunnel.transport.loseConnection()

        outcome: Deferred[Any] = Deferred(give_up)
        connecting: Deferred[Any] = self._proxy.connect(_TunnelFactory(self._request(), protocolFactory, outcome))

        def connected(tunnel: Any) -> None:
            if outcome.called:
                return
            tunnels.append(tunnel)
            from twisted.internet.error import TimeoutError

            slow = TimeoutError(f"the proxy did not answer for {_PATIENCE} seconds")
            patience = self._reactor.callLater(_PATIENCE, tunnel.give_up, slow)

            def answered(result: Any) -> Any:
                if patience.active():
                    patience.cancel()
                return result

            outcome.addBoth(answered)

        def not_connected(reason: Failure) -> None:
            if not outcome.called:
                outcome.errback(reason)

        connecting.addCallbacks(connected, not_connected)
        return outcome


@implementer(IAgent)
class ProxyAgent(_AgentBase):
    """
    Sends requests by way of an HTTP proxy.

    Those for https go through a tunnel that the proxy makes: it sees the server's name, and nothing of the request. All
    others are given to the proxy as they are.

    Args:
        endpoint: Connects to the proxy.
        reactor: Provides `IReactorTime`; the process's reactor if `None`.
        pool: Keeps connections; without one, each request has a connection of its own.
        contextFactory: Decides about TLS with the servers: provides `IPolicyForHTTPS`.
        proxyHeaders: Header fields for the proxy alone, such as Proxy-Authorization.
        requestTimeout: How long a request may take, from `request` to the end of the body, in seconds.
    """

    def __init__(
        self,
        endpoint: Any,
        reactor: Any = None,
        pool: HTTPConnectionPool | None = None,
        *,
        contextFactory: Any = BrowserLikePolicyForHTTPS(),  # noqa: B008  # it has no state, and imports nothing yet
        proxyHeaders: Headers | None = None,
        requestTimeout: float | None = None,
    ) -> None:  # Any: endpoints, reactors and policies of several kinds.
        if reactor is None:
            from twisted.internet import reactor as usual

            reactor = usual
        _AgentBase.__init__(self, reactor, pool)
        self._proxyEndpoint = endpoint
        self._policy = policy_from(contextFactory)
        self._proxyHeaders = proxyHeaders
        self.requestTimeout = requestTimeout

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """Send a request; see `Agent.request`."""
        ensure_valid_method(method)
        target = self._target(uri)
        parsed = target.uri
        if parsed.scheme == b"https":
            tunnel: Any = _Later(self._tunnel, parsed)
            key: Any = ("https-proxy", self._proxyEndpoint, parsed.host, parsed.port)
            return self._requestWithEndpoint(key, tunnel, method, parsed, headers, bodyProducer, target.origin_form)
        key = ("http-proxy", self._proxyEndpoint)
        if self._proxyHeaders is not None:
            headers = Headers() if headers is None else headers.copy()
            for name, values in self._proxyHeaders.getAllRawHeaders():
                headers.setRawHeaders(name, values)
        host = host_field(parsed.scheme, parsed.host, parsed.port)
        return self._requestWithEndpoint(
            key,
            self._proxyEndpoint,
            method,
            parsed,
            headers,
            bodyProducer,
            parsed.scheme + b"://" + host + target.origin_form,
        )

    def _tunnel(self, uri: URI) -> Any:
        """Give an endpoint that speaks TLS with a server, through the proxy."""
        from twisted.internet.endpoints import wrapClientTLS

        tunnel = TunnelEndpoint(self._reactor, self._proxyEndpoint, uri.host, uri.port, self._proxyHeaders)
        return wrapClientTLS(self._policy.creatorForNetloc(uri.host, uri.port), tunnel, self._reactor)
