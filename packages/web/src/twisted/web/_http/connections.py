"""
Connections with clients, whatever is said over them: who is at the ends, who writes, and who has to wait.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twisted.logger import Logger

_log = Logger("twisted.web.http")


class _NoPushProducer:
    """What stands for a transport that cannot be told to wait."""

    def pauseProducing(self) -> None:
        """It does not."""

    def resumeProducing(self) -> None:
        """It never waited."""

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """It never says when it is full."""

    def unregisterProducer(self) -> None:
        """It knows of none."""


class Connection:
    """
    What a channel does with its transport, without a word of HTTP.

    The transport has the response's producer wait, and the channel has the transport wait.
    """

    transport: Any = None

    # Whether the connection ends, and nothing more is understood.
    _over = False
    # Whether the network was told to wait, and whether it has told us to.
    _holding = False
    _waitingForTransport = False
    _requestProducer: Any = None
    _requestProducerStreaming: Any = None
    _networkProducer: Any = None
    _registered = False

    _peer: Any = None
    _host: Any = None
    _secure: bool | None = None

    def _register(self) -> None:
        """Be told when the client is slow."""
        transport = self.transport
        self._networkProducer = transport if hasattr(transport, "pauseProducing") else _NoPushProducer()
        self._networkProducer.registerProducer(self, True)
        self._registered = True

    def _unregister(self) -> None:
        if self._registered:
            self._registered = False
            self._networkProducer.unregisterProducer()

    def forceAbortClient(self) -> None:
        """Cut the connection, whatever is still to be sent."""
        self._over = True
        _log.info("Forcibly timing out client: {peer}", peer=self.getPeer())
        if self.transport is not None:
            self.transport.abortConnection()

    def _hold(self) -> None:
        """Have the client wait."""
        if not self._holding:
            self._holding = True
            self._networkProducer.pauseProducing()

    def _release(self) -> None:
        """Let the client go on."""
        if self._holding:
            self._holding = False
            self._networkProducer.resumeProducing()

    def write(self, data: bytes) -> None:
        """Send a part of a response's body."""
        if self.transport is not None:
            self.transport.write(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send several parts of a response's body."""
        if self.transport is not None:
            self.transport.writeSequence(iovec)

    def getPeer(self) -> Any:
        """Give the client's address."""
        peer = self._peer
        if peer is None:
            peer = self._peer = self.transport.getPeer()
        return peer

    def getHost(self) -> Any:
        """Give this side's address."""
        host = self._host
        if host is None:
            host = self._host = self.transport.getHost()
        return host

    def isSecure(self) -> bool:
        """Tell whether the client speaks TLS."""
        secure = self._secure
        if secure is None:
            from twisted.internet.interfaces import ISSLTransport

            secure = self._secure = ISSLTransport.providedBy(self.transport)
        return secure

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Say who writes the body of the response at hand.

        Raises:
            ValueError: There is another one.
        """
        if self._requestProducer is not None:
            raise ValueError(
                f"registering producer {producer} before previous one ({self._requestProducer}) was unregistered"
            )
        if not streaming:
            from twisted.web._http.pulling import Pulling

            producer = Pulling(producer, self)
        self._requestProducer = producer
        self._requestProducerStreaming = streaming
        if not streaming:
            producer.start()
        if self._waitingForTransport:
            producer.pauseProducing()

    def unregisterProducer(self) -> None:
        """Say that nobody writes any more."""
        producer = self._requestProducer
        if producer is None:
            return
        if not self._requestProducerStreaming:
            producer.stop()
        self._requestProducer = None
        self._requestProducerStreaming = None

    def stopProducing(self) -> None:
        """The transport is lost."""
        if self._requestProducer is not None:
            self._requestProducer.stopProducing()

    def pauseProducing(self) -> None:
        """The client is slow: have the application wait, and answer no other request."""
        self._waitingForTransport = True
        if self._requestProducer is not None:
            self._requestProducer.pauseProducing()

    def resumeProducing(self) -> None:
        """There is room again."""
        self._waitingForTransport = False
        if self._requestProducer is not None:
            self._requestProducer.resumeProducing()
