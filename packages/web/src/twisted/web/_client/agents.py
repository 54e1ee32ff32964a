"""
Requests by URI: which server, which connection, and what is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zope.interface import implementer

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure
from twisted.web._client.connection import _LOST
from twisted.web._client.errors import RequestTimedOut, ResponseFailed
from twisted.web._client.policies import BrowserLikePolicyForHTTPS, policy_from
from twisted.web._client.pool import HTTPConnectionPool, may_be_sent_again
from twisted.web._client.uri import URI, host_field
from twisted.web._client.writing import Request, ensure_valid_method, ensure_valid_uri
from twisted.web.error import SchemeNotSupported
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IAgentEndpointFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
    from twisted.web._client.response import Response
    from twisted.web.iweb import IBodyProducer, IResponse

# How many URIs an agent remembers in their parts, and the longest of them.
_MOST_REMEMBERED: Final = 1024
_LONGEST_REMEMBERED: Final = 512


class _Target:
    """A URI that was asked for, with everything that can be known from it."""

    __slots__ = ("key", "origin_form", "uri")

    def __init__(self, uri: URI) -> None:
        self.uri = uri
        self.key = (uri.scheme, uri.host, uri.port)
        self.origin_form = uri.originForm


class _Later:
    """
    An endpoint that is found when it is needed: usually it is not, since there is a connection.

    Args:
        find: Gives the endpoint for a URI.
        uri: That URI.
    """

    __slots__ = ("_find", "_uri")

    def __init__(self, find: Callable[[URI], IStreamClientEndpoint], uri: URI) -> None:
        self._find = find
        self._uri = uri

    def __repr__(self) -> str:
        return f"<endpoint for {self._uri.toBytes()!r}>"

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Find it, and connect."""
        connecting: Deferred[Any] = self._find(self._uri).connect(protocolFactory)
        return connecting


def _is_ours(pool: Any) -> bool:
    """A pool may be anything that gives connections for an endpoint; only ours has shorter ways."""
    return getattr(pool.getConnection, "__func__", None) is HTTPConnectionPool.getConnection


class _AgentBase:
    """
    What all that send requests over connections of a pool have in common.

    Args:
        reactor: Provides `IReactorTime`.
        pool: Keeps connections; `None` if none are to be kept.

    Attributes:
        requestTimeout: How long a request may take, from `request` to the end of the response's body, in seconds;
            `None` for any time. Who has not got the response by then gets `ResponseFailed` with `RequestTimedOut`, and
            so does the receiver of a body that is not complete by then.
    """

    requestTimeout: float | None = None

    def __init__(self, reactor: IReactorTime, pool: HTTPConnectionPool | None) -> None:
        if pool is None:
            pool = HTTPConnectionPool(reactor, False)
        self._reactor = reactor
        self._pool = pool
        self._targets: dict[bytes, _Target] = {}

    def _target(self, uri: bytes) -> _Target:
        """
        Take a URI apart, or remember having done so.

        Raises:
            ValueError: It has characters that have to be encoded.
        """
        target = self._targets.get(uri)
        if target is None:
            target = _Target(URI.fromBytes(ensure_valid_uri(uri.strip() if isinstance(uri, bytes) else uri)))
            if len(self._targets) >= _MOST_REMEMBERED:
                self._targets.clear()
            if len(uri) <= _LONGEST_REMEMBERED:
                self._targets[uri] = target
        return target

    def _computeHostValue(self, scheme: bytes, host: bytes, port: int) -> bytes:
        return host_field(scheme, host, port)

    def _requestWithEndpoint(
        self,
        key: Any,
        endpoint: IStreamClientEndpoint,
        method: bytes,
        parsedURI: URI,
        headers: Headers | None,
        bodyProducer: IBodyProducer | None,
        requestPath: bytes,
    ) -> Deferred[IResponse]:
        """
        Send a request.

        Args:
            key: Which connections of the pool will do.
            endpoint: Makes a new one.
            method: Such as ``b"GET"``.
            parsedURI: What is asked for.
            headers: The header fields; a Host is added where there is none.
            bodyProducer: Writes the body, or `None`.
            requestPath: The target, as it stands in the request line.
        """
        host = self._computeHostValue(parsedURI.scheme, parsedURI.host, parsedURI.port)
        hostless = False
        fields: dict[bytes, list[bytes]] = {}
        if headers is not None:
            if type(headers) is not Headers and not headers.hasHeader(b"Host"):
                headers = headers.copy()
                headers.addRawHeader(b"Host", host)
                # A class of one's own may keep its host to itself. That is its choice.
                hostless = True
            fields = {name: list(values) for name, values in headers.getAllRawHeaders()}
        if fields.get(b"Host"):
            hostless = False
        elif not hostless:
            fields[b"Host"] = [host]
        pool = self._pool
        persistent = pool.persistent and not hostless
        if b"Connection" in fields and persistent:
            persistent = not any(b"close" in value.lower() for value in fields[b"Connection"])
        request = Request(method, requestPath, Headers._of_checked(fields), bodyProducer, persistent)
        request._parsed = parsedURI
        request._hostless = hostless
        if _is_ours(pool):
            response = self._send(pool, key, endpoint, request)
        else:
            response = pool.getConnection(key, endpoint).addCallback(lambda connection: connection.request(request))
        if self.requestTimeout is not None:
            return _Deadline(self._reactor, self.requestTimeout, response).outcome
        return response

    def _send(
        self, pool: HTTPConnectionPool, key: Any, endpoint: IStreamClientEndpoint, request: Request
    ) -> Deferred[Any]:
        connection = pool._take(key)
        if connection is None:
            return pool.getConnection(key, endpoint).addCallback(lambda connection: connection.request(request))
        response: Deferred[Any] = connection.request(request)
        if pool.retryAutomatically and request.bodyProducer is None:
            response.addErrback(self._send_again, pool, key, endpoint, request)
        return response

    def _send_again(
        self,
        reason: Failure,
        pool: HTTPConnectionPool,
        key: Any,
        endpoint: IStreamClientEndpoint,
        request: Request,
    ) -> Any:
        """A request has failed on a kept connection: use a new one, if that does no harm."""
        if may_be_sent_again(request.method, reason.value, request.bodyProducer):
            return pool._another(key, endpoint).addCallback(lambda connection: connection.request(request))
        return reason


class _Deadline:
    """
    Ends a request that takes too long.

    Args:
        reactor: Provides `IReactorTime`.
        seconds: How long it may take.
        response: Fires with the response.

    Attributes:
        outcome: Fires with the response as well, or fails.
    """

    def __init__(self, reactor: Any, seconds: float, response: Deferred[Any]) -> None:
        self._seconds = seconds
        self._response: Response | None = None
        self._expired = False
        self._timer = reactor.callLater(seconds, self._expire)
        self._waiting = response
        self.outcome: Deferred[Any] = Deferred(lambda _: response.cancel())
        response.addCallbacks(self._received, self._failed)

    def _stop(self) -> None:
        if self._timer.active():
            self._timer.cancel()

    def _received(self, response: Any) -> None:
        watched = getattr(response, "_complete", None) is False and response._cut_short is None
        if watched:
            self._response = response
            response._watcher = self._stop
        else:
            self._stop()
        self.outcome.callback(response)

    def _failed(self, reason: Failure) -> None:
        self._stop()
        if self._expired:
            reason = Failure(ResponseFailed([Failure(RequestTimedOut(self._seconds))]))
        self.outcome.errback(reason)

    def _expire(self) -> None:
        self._expired = True
        if self._response is None:
            self._waiting.cancel()
            return
        connection = self._response._connection
        if connection is not None and connection._state is not _LOST:
            connection._abort_because(RequestTimedOut(self._seconds), at_once=True)


@implementer(IAgentEndpointFactory)
class _StandardEndpointFactory:
    """
    Connects to servers by TCP, and speaks TLS with those of https.

    Args:
        reactor: Provides `IReactorTCP` and `IReactorTime`.
        contextFactory: Provides `IPolicyForHTTPS`.
        connectTimeout: How long connecting may take, in seconds; `None` for the usual.
        bindAddress: Where to come from; `None` for anywhere.
    """

    def __init__(
        self, reactor: Any, contextFactory: Any, connectTimeout: float | None, bindAddress: Any
    ) -> None:  # Any: endpoints take several kinds of each.
        self._reactor = reactor
        self._policyForHTTPS = contextFactory
        self._connectTimeout = connectTimeout
        self._bindAddress = bindAddress

    def endpointForURI(self, uri: Any) -> IStreamClientEndpoint:
        """
        Give the endpoint that connects to a URI's server.

        Raises:
            SchemeNotSupported: It is neither http nor https.
        """
        from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS

        if uri.scheme not in (b"http", b"https"):
            raise SchemeNotSupported(f"Unsupported scheme: {uri.scheme!r}")
        further: dict[str, Any] = {}
        if self._connectTimeout is not None:
            further["timeout"] = self._connectTimeout
        try:
            host = uri.host.decode("ascii")
        except UnicodeDecodeError:
            raise ValueError(f"the host of a URI has to be ASCII (xn--...), not {uri.host!r}") from None
        endpoint: Any = HostnameEndpoint(self._reactor, host, uri.port, bindAddress=self._bindAddress, **further)
        if uri.scheme == b"https":
            creator = self._policyForHTTPS.creatorForNetloc(uri.host, uri.port)
            endpoint = wrapClientTLS(creator, endpoint, self._reactor)
        connecting: IStreamClientEndpoint = endpoint
        return connecting


@implementer(IAgent)
class Agent(_AgentBase):
    """
    Sends requests to the servers of http and https URIs.

    Args:
        reactor: Provides `IReactorTCP`, `IReactorTime` and name resolution.
        contextFactory: Decides about TLS: provides `IPolicyForHTTPS`.
        connectTimeout: How long connecting may take, in seconds; `None` for the endpoint's usual 30.
        bindAddress: Where to come from: an address, or an address and a port.
        pool: Keeps connections; without one, each request has a connection of its own.
        requestTimeout: How long a request may take, from `request` to the end of the body, in seconds.
    """

    def __init__(
        self,
        reactor: Any,
        contextFactory: Any = BrowserLikePolicyForHTTPS(),  # noqa: B008  # it has no state, and imports nothing yet
        connectTimeout: float | None = None,
        bindAddress: Any = None,
        pool: HTTPConnectionPool | None = None,
        *,
        requestTimeout: float | None = None,
    ) -> None:  # Any: reactors, addresses and policies of several kinds.
        self._start(
            reactor,
            _StandardEndpointFactory(reactor, policy_from(contextFactory), connectTimeout, bindAddress),
            pool,
            requestTimeout,
        )

    def _start(self, reactor: Any, endpoints: Any, pool: HTTPConnectionPool | None, timeout: float | None) -> None:
        _AgentBase.__init__(self, reactor, pool)
        self._endpointFactory = endpoints
        self.requestTimeout = timeout

    @classmethod
    def usingEndpointFactory(
        cls,
        reactor: Any,
        endpointFactory: IAgentEndpointFactory,
        pool: HTTPConnectionPool | None = None,
        *,
        requestTimeout: float | None = None,
    ) -> Agent:
        """
        Make an agent that connects in a way of your own.

        Args:
            reactor: Provides `IReactorTime`.
            endpointFactory: Gives an endpoint for each URI.
            pool: Keeps connections.
            requestTimeout: How long a request may take.
        """
        agent = cls.__new__(cls)
        agent._start(reactor, endpointFactory, pool, requestTimeout)
        return agent

    def _getEndpoint(self, uri: URI) -> IStreamClientEndpoint:
        endpoint: IStreamClientEndpoint = self._endpointFactory.endpointForURI(uri)
        return endpoint

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """
        Send a request.

        Args:
            method: Such as ``b"GET"``.
            uri: What is asked for: ASCII, with everything else percent-encoded.
            headers: The header fields. How the body is framed is not among them, and a Host need not be.
            bodyProducer: Writes the body; `None` for none.

        Returns:
            A Deferred that fires with the response as soon as its head is here, or fails as
            `HTTP11ClientProtocol.request` says, as the endpoint does, or with `SchemeNotSupported`.

        Raises:
            ValueError: The method or the URI cannot stand in a request.
        """
        ensure_valid_method(method)
        target = self._target(uri)
        parsed = target.uri
        endpoint: Any
        if _is_ours(self._pool) and self._pool._connections.get(target.key):
            endpoint = _Later(self._getEndpoint, parsed)
        else:
            try:
                endpoint = self._getEndpoint(parsed)
            except SchemeNotSupported:
                return fail(Failure())
        return self._requestWithEndpoint(
            target.key, endpoint, method, parsed, headers, bodyProducer, target.origin_form
        )
