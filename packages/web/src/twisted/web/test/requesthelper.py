"""
Stand-ins for requests and channels, for tests of resources.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from zope.interface import implementer, verify

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, ISSLTransport
from twisted.internet.task import Clock
from twisted.web._codes import FOUND
from twisted.web.http_headers import Headers
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Session, Site

if TYPE_CHECKING:
    from twisted.python.failure import Failure

__all__ = ["DummyChannel", "DummyRequest", "NullAddress"]

# Any: producers, certificates and what else tests put there.


@implementer(IAddress)
class NullAddress:
    """The address of nobody."""


class DummyChannel:
    """
    Stands in for a channel. What is written is found in ``transport.written``.

    Attributes:
        transport: A `DummyChannel.TCP`, or a `DummyChannel.SSL` that a test puts there.
        site: A site without any children.
    """

    class TCP:
        """
        Stands in for a connection.

        Attributes:
            written: What was written, as a file.
            producers: Those that are registered.
            disconnected: Whether it was closed.
        """

        port = 80
        disconnected = False

        def __init__(self, peer: Any = None) -> None:
            if peer is None:
                peer = IPv4Address("TCP", "192.168.1.1", 12344)
            self._peer = peer
            self.written = BytesIO()
            self.producers: list[tuple[Any, bool]] = []

        def getPeer(self) -> Any:
            """Give the client's address."""
            return self._peer

        def getHost(self) -> IPv4Address:
            """Give this side's address."""
            return IPv4Address("TCP", "10.0.0.1", self.port)

        def write(self, data: bytes) -> None:
            """Keep bytes."""
            if not isinstance(data, bytes):
                raise TypeError(f"Can only write bytes to a transport, not {data!r}")
            self.written.write(data)

        def writeSequence(self, iovec: Iterable[bytes]) -> None:
            """Keep several pieces."""
            for piece in iovec:
                self.write(piece)

        def registerProducer(self, producer: Any, streaming: bool) -> None:
            """Keep a producer."""
            self.producers.append((producer, streaming))

        def unregisterProducer(self) -> None:
            """Let it be."""

        def loseConnection(self) -> None:
            """Close."""
            self.disconnected = True

    @implementer(ISSLTransport)
    class SSL(TCP):
        """Stands in for a connection with TLS."""

        def abortConnection(self) -> None:
            """Do nothing."""

        def getPeerCertificate(self) -> Any:
            """Give no certificate."""
            return None

        def getTcpKeepAlive(self) -> Any:
            """Tell nothing."""
            return None

        def getTcpNoDelay(self) -> Any:
            """Tell nothing."""
            return None

        def loseWriteConnection(self) -> None:
            """Do nothing."""

        def setTcpKeepAlive(self, enabled: bool) -> None:
            """Do nothing."""

        def setTcpNoDelay(self, enabled: bool) -> None:
            """Do nothing."""

    site = Site(Resource(), reactor=Clock())

    def __init__(self, peer: Any = None) -> None:
        self.transport: Any = self.TCP(peer)

    def requestDone(self, request: Any) -> None:
        """Do nothing."""

    def writeHeaders(self, version: bytes, code: bytes, reason: bytes, headers: Any) -> None:
        """Keep a response's header, in bytes."""
        fields = headers.getAllRawHeaders() if isinstance(headers, Headers) else ((k, [v]) for k, v in headers)
        lines = [b"%b: %b\r\n" % (name, value) for name, values in fields for value in values]
        self.transport.writeSequence([version, b" ", code, b" ", reason, b"\r\n", *lines, b"\r\n"])

    def getPeer(self) -> Any:
        """Give the client's address."""
        return self.transport.getPeer()

    def getHost(self) -> Any:
        """Give this side's address."""
        return self.transport.getHost()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Keep a producer."""
        self.transport.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """Let it be."""
        self.transport.unregisterProducer()

    def write(self, data: bytes) -> None:
        """Keep bytes."""
        self.transport.write(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Keep several pieces."""
        self.transport.writeSequence(iovec)

    def loseConnection(self) -> None:
        """Close."""
        self.transport.loseConnection()

    def endRequest(self) -> None:
        """Do nothing."""

    def isSecure(self) -> bool:
        """Tell whether the transport is one with TLS."""
        return isinstance(self.transport, self.SSL)

    def abortConnection(self) -> None:
        """Do nothing."""

    def getTcpKeepAlive(self) -> Any:
        """Tell nothing."""
        return None

    def getTcpNoDelay(self) -> Any:
        """Tell nothing."""
        return None

    def loseWriteConnection(self) -> None:
        """Do nothing."""

    def setTcpKeepAlive(self) -> None:
        """Do nothing."""

    def setTcpNoDelay(self) -> None:
        """Do nothing."""

    def getPeerCertificate(self) -> Any:
        """Give no certificate."""
        return None


class DummyRequest:
    """
    Stands in for a request.

    Attributes:
        uri: The target.
        method: The method.
        client: The client's address.
        written: What was written, piece by piece.
        finished: How often it was finished.
        responseCode: The status code, if one was set.
        responseMessage: The reason phrase, if one was set.
        session: What `getSession` has given.
        protoSession: What it gives.
    """

    uri = b"http://dummy/"
    method = b"GET"
    client: Any = None
    responseMessage: bytes | None
    go: int

    def __init__(self, postpath: list[bytes], session: Any = None, client: Any = None) -> None:
        """
        Args:
            postpath: The segments of the path that are left.
            session: What `getSession` gives.
            client: The client's address.
        """
        self.sitepath: list[bytes] = []
        self.written: list[bytes] = []
        self.finished = 0
        self.postpath = postpath
        self.prepath: list[bytes] = []
        self.session: Any = None
        self.protoSession: Any = session or Session(site=None, uid=b"0", reactor=Clock())
        self.args: dict[bytes, list[bytes]] = {}
        self.requestHeaders = Headers()
        self.responseHeaders = Headers()
        self.responseCode: int | None = None
        self._finishedDeferreds: list[Deferred[None]] | None = []
        self._serverName = b"dummy"
        self.clientproto = b"HTTP/1.0"
        if client is not None:
            self.client = client

    def getAllHeaders(self) -> dict[bytes, bytes]:
        """Give the last value of each field that came, by its name in lower case."""
        return {name.lower(): values[-1] for name, values in self.requestHeaders.getAllRawHeaders()}

    def getHeader(self, name: Any) -> Any:
        """Give the first value of a field that came, or `None`."""
        return self.requestHeaders.getRawHeaders(name, [None])[0]

    def setHeader(self, name: str | bytes, value: str | bytes) -> None:
        """Add a header field to the response."""
        self.responseHeaders.addRawHeader(name, value)

    def getSession(self, sessionInterface: Any = None) -> Any:
        """Give the session."""
        if self.session is None:
            self.session = self.protoSession
        return self.session

    def render(self, resource: Any) -> None:
        """Render a resource."""
        body = resource.render(self)
        if body is NOT_DONE_YET or body == NOT_DONE_YET:
            return
        self.write(body)
        self.finish()

    def write(self, data: bytes) -> None:
        """Keep a part of the body."""
        if not isinstance(data, bytes):
            raise TypeError("write() only accepts bytes")
        self.written.append(data)

    def notifyFinish(self) -> Deferred[None]:
        """Give a Deferred that fires when this is finished."""
        waiting: Deferred[None] = Deferred()
        assert self._finishedDeferreds is not None, "it is finished already"
        self._finishedDeferreds.append(waiting)
        return waiting

    def finish(self) -> None:
        """Count, and tell those who wait."""
        self.finished += 1
        waiting, self._finishedDeferreds = self._finishedDeferreds, None
        for deferred in waiting or ():
            deferred.callback(None)

    def processingFailed(self, reason: Failure) -> None:
        """Tell those who wait that it failed."""
        waiting, self._finishedDeferreds = self._finishedDeferreds, None
        for deferred in waiting or ():
            deferred.errback(reason)

    def addArg(self, name: bytes, value: bytes) -> None:
        """Have a value in ``args``."""
        self.args[name] = [value]

    def setResponseCode(self, code: int, message: bytes | None = None) -> None:
        """Keep a status code. That has to come before anything is written."""
        assert not self.written, f"Response code cannot be set after data has been written: {self.written!r}."
        self.responseCode = code
        self.responseMessage = message

    def setLastModified(self, when: float) -> None:
        """See that nothing was written."""
        assert not self.written, f"Last-Modified cannot be set after data has been written: {self.written!r}."

    def setETag(self, tag: bytes) -> None:
        """See that nothing was written."""
        assert not self.written, f"ETag cannot be set after data has been written: {self.written!r}."

    def getClientIP(self) -> str | None:
        """Give the client's IP address, if it has one."""
        return self.client.host if isinstance(self.client, (IPv4Address, IPv6Address)) else None

    def getClientAddress(self) -> Any:
        """Give the client's address."""
        return NullAddress() if self.client is None else self.client

    def getRequestHostname(self) -> bytes:
        """Give a name."""
        return self._serverName

    def getHost(self) -> IPv4Address:
        """Give an address."""
        return IPv4Address("TCP", "127.0.0.1", 80)

    def isSecure(self) -> bool:
        """Tell that this is without TLS."""
        return False

    def setHost(self, host: bytes, port: int, ssl: int = 0) -> None:
        """Keep a host's name."""
        self._serverName = host

    def redirect(self, url: bytes) -> None:
        """Keep where the client is sent."""
        self.setResponseCode(FOUND)
        self.setHeader(b"location", url)

    def registerProducer(self, prod: Any, s: bool) -> None:
        """Have a producer produce all that it has, at once."""
        # As if the client took everything: it is asked until it says that that was all.
        self.go = 1
        while self.go:
            prod.resumeProducing()

    def unregisterProducer(self) -> None:
        """Stop what `registerProducer` does."""
        self.go = 0


# For those who have asked here whether theirs are lawful.
verifyObject = verify.verifyObject
