"""
Calling procedures of others.
"""

from __future__ import annotations

import base64
import xmlrpc.client
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from xml.sax.saxutils import escape

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import ClientFactory, connectionDone
from twisted.python.failure import Failure
from twisted.web._http.clients import HTTPClient

# Any, where a connector stands: what cancels is whatever the reactor gave.

payloadTemplate = """<?xml version="1.0"?>
<methodCall>
<methodName>%s</methodName>
%s
</methodCall>
"""


class QueryProtocol(HTTPClient):
    """
    Makes one call.
    """

    factory: Any
    _answered = False

    def connectionMade(self) -> None:
        """Send the call."""
        self._body: list[bytes] = []
        factory = self.factory
        self.sendCommand(b"POST", factory.path)
        self.sendHeader(b"User-Agent", b"Twisted/XMLRPClib")
        self.sendHeader(b"Host", factory.host)
        self.sendHeader(b"Content-type", b"text/xml; charset=utf-8")
        self.sendHeader(b"Content-length", b"%d" % len(factory.payload))
        if factory.user:
            login = factory.user + b":" + (factory.password or b"")
            self.sendHeader(b"Authorization", b"Basic " + base64.b64encode(login))
        self.endHeaders()
        self.transport.write(factory.payload)

    def handleStatus(self, version: bytes, status: bytes, message: bytes) -> None:
        """Anything but 200 is no answer."""
        self._answered = status == b"200"
        if not self._answered:
            self.factory.badStatus(status, message)
            # Its body is of no use, and without one nothing else would end the connection.
            self.transport.loseConnection()

    def handleResponsePart(self, data: bytes) -> None:
        """Keep a part of the answer."""
        self._body.append(data)

    def handleResponseEnd(self) -> None:
        """The answer is complete."""
        body, self._body = b"".join(self._body), []
        if body or self._answered:
            self._answered = False
            self.handleResponse(body)

    def handleResponse(self, contents: bytes) -> None:
        """Read the answer."""
        self.factory.parseResponse(contents)
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is lost: what came is all."""
        self.handleResponseEnd()


class QueryFactory(ClientFactory[QueryProtocol]):
    """
    Makes one call.

    Args:
        path: The path of what is called.
        host: The value of the Host field.
        method: The procedure.
        user: Who calls, for HTTP basic authentication.
        password: Their password.
        allowNone: Whether `None` can be sent.
        args: The procedure's arguments.
        canceller: The canceller of `deferred`.
        useDateTime: Whether times come as `datetime.datetime`.

    Attributes:
        deferred: Fires with the answer; `None` once it has.
        payload: What is sent.
    """

    noisy = False
    deferred: Deferred[Any] | None = None
    protocol = QueryProtocol

    def __init__(
        self,
        path: bytes,
        host: bytes,
        method: str,
        user: bytes | None = None,
        password: bytes | None = None,
        allowNone: bool = False,
        args: tuple[Any, ...] = (),
        canceller: Callable[[Deferred[Any]], None] | None = None,
        useDateTime: bool = False,
    ) -> None:
        self.path = path
        self.host = host
        self.user = user
        self.password = password
        arguments = xmlrpc.client.dumps(args, allow_none=allowNone)
        self.payload = (payloadTemplate % (escape(method), arguments)).encode("utf-8")
        self.deferred = Deferred(canceller)
        self.useDateTime = useDateTime

    def _end(self) -> Deferred[Any] | None:
        ended, self.deferred = self.deferred, None
        return ended

    def parseResponse(self, contents: bytes) -> None:
        """Read the answer, which is a value or a fault."""
        waiting = self._end()
        if waiting is None:
            return
        try:
            (answer,), _ = xmlrpc.client.loads(contents, use_datetime=self.useDateTime)
        except Exception:
            waiting.errback(Failure())
        else:
            waiting.callback(answer)

    def clientConnectionLost(self, _: Any, reason: Failure) -> None:
        """The connection is lost, perhaps too early."""
        waiting = self._end()
        if waiting is not None:
            waiting.errback(reason)

    def clientConnectionFailed(self, _: Any, reason: Failure) -> None:
        """Nobody answers."""
        self.clientConnectionLost(_, reason)

    def badStatus(self, status: bytes, message: bytes) -> None:
        """The server does not answer calls there."""
        waiting = self._end()
        if waiting is not None:
            waiting.errback(ValueError(status, message))


class Proxy:
    """
    Stands for the procedures of a server.

    Args:
        url: Where they are, as bytes. A name and a password may stand in it. For https, the server's certificate is
            verified.
        user: Who calls, for HTTP basic authentication, in place of the one in *url*.
        password: Their password.
        allowNone: Whether `None` can be sent, which not all servers understand.
        useDateTime: Whether times come as `datetime.datetime`.
        connectTimeout: How long connecting may take, in seconds.
        reactor: Makes the connections.

    Attributes:
        queryFactory: Makes one call.
    """

    queryFactory: Any = QueryFactory

    def __init__(
        self,
        url: bytes,
        user: bytes | None = None,
        password: bytes | None = None,
        allowNone: bool = False,
        useDateTime: bool = False,
        connectTimeout: float | None = 30.0,
        reactor: Any = None,
    ) -> None:
        if not isinstance(url, bytes):
            raise TypeError(f"url must be bytes, not {type(url).__name__}: {url!r}")
        parts = urlsplit(url)
        login, at, netloc = parts.netloc.rpartition(b"@")
        self.path = (parts.path or b"/") + (b"?" + parts.query if parts.query else b"")
        self.user: bytes | None = None
        self.password: bytes | None = None
        if at:
            name, colon, secret = login.partition(b":")
            self.user = unquote_to_bytes(name)
            self.password = unquote_to_bytes(secret) if colon else None
        if user is not None:
            self.user = user
        if password is not None:
            self.password = password
        self.host = (parts.hostname or netloc).decode("ascii").encode("ascii")
        self.port = parts.port
        self.secure = parts.scheme == b"https"
        self.allowNone = allowNone
        self.useDateTime = useDateTime
        self.connectTimeout = connectTimeout
        self._netloc = netloc
        self._given_reactor = reactor

    def callRemote(self, method: str, *args: Any) -> Deferred[Any]:
        """
        Call a procedure.

        Args:
            method: Its name.
            args: Its arguments.

        Returns:
            A Deferred that fires with what it returns. It fails with `Fault` if that is the answer, with `ValueError`
            if the server answers with another status than 200, and with what connections fail with. Cancelling it
            hangs up.
        """
        connectors: list[Any] = []

        def cancel(waiting: Deferred[Any]) -> None:
            factory.deferred = None
            if connectors:
                connectors[0].disconnect()
            waiting.errback(Failure(CancelledError()))

        factory = self.queryFactory(
            self.path,
            self._netloc,
            method,
            self.user,
            self.password,
            self.allowNone,
            args,
            cancel,
            self.useDateTime,
        )
        waiting: Deferred[Any] = factory.deferred
        connectors.append(self._connect(factory))
        return waiting

    def _connect(self, factory: Any) -> Any:
        reactor = self._given_reactor
        if reactor is None:
            from twisted.internet import reactor
        host = self.host.decode("ascii")
        if not self.secure:
            return reactor.connectTCP(host, self.port or 80, factory, timeout=self.connectTimeout)
        from twisted.internet.ssl import optionsForClientTLS
        from twisted.protocols.tls import TLSMemoryBIOFactory

        wrapped = TLSMemoryBIOFactory(optionsForClientTLS(host), True, factory)
        return reactor.connectTCP(host, self.port or 443, wrapped, timeout=self.connectTimeout)
