"""
What programs and WebSocket connections see of each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from twisted.internet.interfaces import IPushProducer
    from twisted.python.failure import Failure
    from twisted.web.server import Request


class WebSocketTransport(Protocol):
    """
    A WebSocket connection, as a program uses it.

    What sends raises `NotOpen` before the connection is negotiated, and when it is being closed or is closed.

    Attributes:
        subprotocol: What both sides agreed to speak (``Sec-WebSocket-Protocol``), or `None`.
        closeCode: Why the other side has closed the connection: its status code, 1005 if it gave none, and 1006 if the
            connection is lost without. `None` as long as it is there.
        closeReason: The same in the other side's words.
    """

    subprotocol: str | None
    closeCode: int | None
    closeReason: str

    def sendTextMessage(self, text: str) -> None:
        """Send a message of text."""

    def sendBytesMessage(self, data: bytes) -> None:
        """Send a message of bytes."""

    def ping(self, payload: bytes = b"") -> None:
        """
        Ask the other side for a sign of life: `WebSocketProtocol.pongReceived` tells of it.

        Args:
            payload: Comes back. It has at most 125 bytes.
        """

    def loseConnection(self, code: int = 1000, reason: str = "") -> None:
        """
        Close the connection, once everything is sent. Nothing more is received.

        Args:
            code: Tells the other side why (RFC 6455 section 7.4).
            reason: Says the same to people; what is beyond 123 bytes of UTF-8 is cut off.
        """

    def attachProducer(self, producer: IPushProducer) -> None:
        """Say who sends messages: it is told to pause while the other side is slow to receive them."""

    def detachProducer(self) -> None:
        """Say that he sends no more."""

    def pauseProducing(self) -> None:
        """Receive nothing for now; the other side has to wait."""

    def resumeProducing(self) -> None:
        """Receive again."""


class WebSocketProtocol(Protocol):
    """
    What a program has at its end of a WebSocket connection.

    `negotiationStarted` comes first and `connectionLost` last. Messages come after `negotiationFinished`.
    """

    def negotiationStarted(self, transport: WebSocketTransport) -> None:
        """There is a connection, that has still to be negotiated. *transport* sends, when that is done."""

    def negotiationFinished(self) -> None:
        """Messages can be sent from now on, and will come."""

    def textMessageReceived(self, message: str) -> None:
        """A message of text came."""

    def bytesMessageReceived(self, data: bytes | bytearray) -> None:
        """A message of bytes came."""

    def pongReceived(self, payload: bytes) -> None:
        """A sign of life came. *payload* is what `WebSocketTransport.ping` was given."""

    def connectionLost(self, reason: Failure) -> None:
        """The connection is over. If both sides have closed it, *reason* is `ConnectionDone`."""


_WSP = TypeVar("_WSP", bound=WebSocketProtocol, covariant=True)


class WebSocketServerFactory(Protocol[_WSP]):
    """
    Makes protocols for the clients of a `WebSocketResource`.
    """

    def buildProtocol(self, request: Request) -> _WSP:
        """
        Make a protocol for a client.

        Args:
            request: What the client has asked. Header fields that are set here, and cookies, are sent with the answer.
                ``Sec-WebSocket-Protocol`` is, if the client has offered what it says.

        Returns:
            The protocol; or `None`, which refuses the client with status 403.
        """


class WebSocketClientFactory(Protocol[_WSP]):
    """
    Makes the protocol for a connection of a `WebSocketClientEndpoint`.
    """

    def buildProtocol(self, url: str) -> _WSP:
        """
        Make a protocol.

        Args:
            url: What is connected to.
        """
