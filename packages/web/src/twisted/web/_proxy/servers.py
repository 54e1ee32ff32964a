"""
What takes requests in that are for other servers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from twisted.web._codes import BAD_REQUEST, NOT_IMPLEMENTED
from twisted.web._http.channels import HTTPChannel
from twisted.web._http.clients import check_line
from twisted.web._http.requests import Request
from twisted.web._proxy.clients import ProxyClientFactory
from twisted.web.resource import Resource


def _default_reactor() -> Any:
    from twisted.internet import reactor

    return reactor


class ProxyRequest(Request):
    """
    A request to a proxy: its target is a whole URL.

    Args:
        channel: The channel that it came over.
        queued: As `Request` has it.
        reactor: Connects to servers.

    Attributes:
        protocols: What passes a request on, by the scheme of the URL.
        ports: The usual port, by the scheme.
    """

    protocols: dict[bytes, Callable[..., Any]] = {b"http": ProxyClientFactory}
    ports: dict[bytes, int] = {b"http": 80}

    def __init__(self, channel: Any, queued: Any = 0, reactor: Any = None) -> None:
        super().__init__(channel, queued)
        self._given_reactor = reactor

    @property
    def reactor(self) -> Any:
        """What connects to servers."""
        return _default_reactor() if self._given_reactor is None else self._given_reactor

    def process(self) -> None:
        """Pass the request on."""
        try:
            parts = urlsplit(self.uri)
            host, port = parts.hostname, parts.port
        except ValueError:
            self._refuse_target(BAD_REQUEST)
            return
        make = self.protocols.get(parts.scheme)
        if make is None:
            # A scheme that nobody knows; or none, or a tunnel (CONNECT), which this does not dig.
            self._refuse_target(NOT_IMPLEMENTED if parts.scheme or self.method == b"CONNECT" else BAD_REQUEST)
            return
        if not host:
            self._refuse_target(BAD_REQUEST)
            return
        if port is None:
            port = self.ports[parts.scheme]
        rest = parts.path or b"/"
        if parts.query:
            rest += b"?" + parts.query
        headers = self.getAllHeaders().copy()
        # What the URL says counts (RFC 9112 section 3.2.2).
        headers[b"host"] = parts.netloc.rpartition(b"@")[2]
        body = self.content
        assert body is not None
        body.seek(0, 0)
        factory = make(self.method, rest, self.clientproto, headers, body.read(), self)
        factory._clock = self.reactor
        self.reactor.connectTCP(host.decode("ascii"), port, factory)

    def _refuse_target(self, code: int) -> None:
        self.setResponseCode(code)
        self.setHeader(b"content-length", b"0")
        self.finish()


class Proxy(HTTPChannel):
    """
    A proxy that clients are told to use: give it to a `twisted.web.http.HTTPFactory` as its protocol.

    Whoever reaches it can reach with it whatever this host can reach.
    """

    requestFactory: Any = ProxyRequest


class ReverseProxyRequest(Request):
    """
    A request to a reverse proxy, whose factory knows the ``host`` and the ``port`` of the server behind.

    Args:
        channel: The channel that it came over.
        queued: As `Request` has it.
        reactor: Connects to the server behind.
    """

    proxyClientFactoryClass: Any = ProxyClientFactory

    def __init__(self, channel: Any, queued: Any = 0, reactor: Any = None) -> None:
        super().__init__(channel, queued)
        self._given_reactor = reactor

    @property
    def reactor(self) -> Any:
        """What connects to the server behind."""
        return _default_reactor() if self._given_reactor is None else self._given_reactor

    def process(self) -> None:
        """Pass the request on."""
        # The factory is that of whoever runs the proxy.
        site: Any = getattr(self, "factory", None) or self.channel.factory
        self.requestHeaders.setRawHeaders(b"host", [site.host.encode("ascii")])
        body = self.content
        assert body is not None
        factory = self.proxyClientFactoryClass(
            self.method, self.uri, self.clientproto, self.getAllHeaders(), body.read(), self
        )
        factory._clock = self.reactor
        self.reactor.connectTCP(site.host, site.port, factory)


class ReverseProxy(HTTPChannel):
    """
    A proxy in front of one server: give it to a `twisted.web.http.HTTPFactory` that has ``host`` and ``port``.
    """

    requestFactory: Any = ReverseProxyRequest


class ReverseProxyResource(Resource):
    """
    A resource whose answers come from another server.

    Args:
        host: That server.
        port: Its port.
        path: The path there that this resource stands for.
        reactor: Connects to it.

    Raises:
        ValueError: There is a line break or NUL in *path*.
    """

    proxyClientFactoryClass: Any = ProxyClientFactory
    # Where the site lets bodies be read while they come, they are passed on so.
    streamsBody = True

    def __init__(self, host: str, port: int, path: bytes, reactor: Any = None) -> None:
        super().__init__()
        check_line(path)
        self.host = host
        self.port = port
        self.path = path
        self._given_reactor = reactor

    @property
    def reactor(self) -> Any:
        """What connects to the server behind."""
        return _default_reactor() if self._given_reactor is None else self._given_reactor

    def getChild(self, path: bytes, request: Any) -> Any:
        """Give what stands for the path below; nothing does for a segment that leads out of it."""
        if path in (b".", b".."):
            from twisted.web.pages import notFound

            return notFound()
        below = self.path.rstrip(b"/") + b"/" + quote(path, safe="").encode("ascii")
        return type(self)(self.host, self.port, below, self._given_reactor)

    def render(self, request: Any) -> Any:
        """Pass the request on."""
        from twisted.web.server import NOT_DONE_YET

        host = self.host if self.port == 80 else f"{self.host}:{self.port}"
        request.requestHeaders.setRawHeaders(b"host", [host.encode("ascii")])
        _, mark, query = request.uri.partition(b"?")
        rest = self.path + mark + query if query else self.path
        if request.content is None:
            data = b""
        else:
            request.content.seek(0, 0)
            data = request.content.read()
        factory = self.proxyClientFactoryClass(
            request.method, rest or b"/", request.clientproto, request.getAllHeaders(), data, request
        )
        factory._clock = self.reactor
        self.reactor.connectTCP(self.host, self.port, factory)
        return NOT_DONE_YET
