"""
Messages over a transport.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IProtocol, IPushProducer
from twisted.logger import Logger
from twisted.web._websocket.errors import ABNORMAL, NO_CODE, NORMAL, NotOpen, Violation, is_sendable
from twisted.web._websocket.masking import Keys
from twisted.web._websocket.reading import BINARY, CLOSE, PING, PONG, TEXT, Reader
from twisted.web._websocket.writing import Writer

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall
    from twisted.python.failure import Failure
    from twisted.web._websocket.deflating import Agreement
    from twisted.web._websocket.interfaces import WebSocketProtocol
    from twisted.web._websocket.options import WebSocketOptions

_log = Logger("twisted.web.websocket")

# Pieces up to here are cheaper to copy than to hand over by themselves.
_JOIN_UP_TO = 16 * 1024

# What our own questions for a sign of life have in them: the answers are nobody's business.
_ARE_YOU_THERE = b"\x00twisted.web.websocket\x00"

# Clients' masks come from one place.
_keys = Keys()


class State(Enum):
    """How far a connection is."""

    NEGOTIATING = "negotiating"
    OPEN = "open"
    CLOSING = "closing"  # we have said so, the other side has not answered
    CLOSED = "closed"


# Looked up for each message.
_OPEN = State.OPEN
_CLOSED = State.CLOSED


@implementer(IProtocol, IPushProducer)
class Wire:
    """
    One end of a WebSocket connection: the protocol of a transport, and the transport of a `WebSocketProtocol`.

    Args:
        application: Whose end it is.
        reactor: What time is taken from.
        options: Limits and times.

    Attributes:
        subprotocol, closeCode, closeReason: See `WebSocketTransport`.
    """

    transport: Any = None
    subprotocol: str | None = None
    closeCode: int | None = None
    closeReason: str = ""

    # Any: reactors and transports of every kind.
    def __init__(self, application: WebSocketProtocol, reactor: Any, options: WebSocketOptions) -> None:
        self._application = application
        self._reactor = reactor
        self._options = options
        self._state = State.NEGOTIATING
        self._reader: Reader = None  # type: ignore[assignment]  # until it is open
        self._writer: Writer = None  # type: ignore[assignment]  # until it is open
        # Whether the program wants no messages now; whether somebody is handing them over.
        self._paused = False
        self._delivering = False
        # Whether the other side is slow to read. Of its questions the latest is answered then, when there is room.
        self._full = False
        self._owed: bytes | None = None
        self._producer: Any = None
        # Signs of life.
        self._heard = True
        self._asked = False
        self._unsent_before: object = None
        self._watch: IDelayedCall | None = None
        self._end: IDelayedCall | None = None

    # The connection's life.

    def makeConnection(self, transport: Any) -> None:
        """There is a transport."""
        self.transport = transport

    def connectionMade(self) -> None:
        """It is as of `makeConnection`."""

    def _begin(self, server: bool, agreement: Agreement | None) -> None:
        """It is negotiated: messages go both ways."""
        options = self._options
        inflater = deflater = None
        if agreement is not None:
            from twisted.web._websocket.deflating import Deflater, Inflater

            mine = agreement.server_window, agreement.server_forgets
            others = agreement.client_window, agreement.client_forgets
            if not server:
                mine, others = others, mine
            deflater, inflater = Deflater(*mine), Inflater(*others)
        self._reader = Reader(server, options.maxMessageSize, options.maxFragments, inflater)
        self._writer = Writer(None if server else _keys, deflater)
        self._state = State.OPEN
        self.transport.registerProducer(_Room(self), True)
        if options.pingInterval is not None:
            self._watch = self._reactor.callLater(options.pingInterval, self._look)

    def _is_open(self) -> bool:
        return self._state is State.OPEN

    def connectionLost(self, reason: Failure) -> None:
        """The transport is lost."""
        self._state = State.CLOSED
        if self.closeCode is None:
            self.closeCode = ABNORMAL
        for call in (self._watch, self._end):
            if call is not None and call.active():
                call.cancel()
        self._watch = self._end = None
        self._producer = None
        self._application.connectionLost(reason)

    # What comes.

    def dataReceived(self, data: bytes) -> None:
        """Hand over the messages that are there."""
        self._heard = True
        if self._state is _CLOSED:
            return
        self._reader.feed(data)
        if not self._delivering:
            self._deliver()

    def _deliver(self) -> None:
        reader = self._reader
        application = self._application
        self._delivering = True
        try:
            while not self._paused and (event := reader.next_event()) is not None:
                kind, payload = event
                if self._state is not _OPEN:
                    # We wait for the end, and nothing else.
                    if kind == CLOSE:
                        self._note_close(payload)  # type: ignore[arg-type]
                        self._hang_up()
                        return
                elif kind == TEXT:
                    application.textMessageReceived(payload)  # type: ignore[arg-type]
                elif kind == BINARY:
                    application.bytesMessageReceived(payload)  # type: ignore[arg-type]
                else:
                    self._take_control(kind, payload)  # type: ignore[arg-type]
                if self._state is _CLOSED:
                    return
        except Violation as violation:
            self._refuse(violation)
        finally:
            self._delivering = False

    def _take_control(self, kind: int, payload: bytes) -> None:
        if kind == PING:
            if self._full:
                self._owed = payload
            else:
                self.transport.write(self._writer.control(PONG, payload))
        elif kind == PONG:
            if payload != _ARE_YOU_THERE:
                self._application.pongReceived(payload)
        else:
            self._note_close(payload)
            self.transport.write(self._writer.control(CLOSE, payload))
            self._hang_up()

    def _note_close(self, payload: bytes) -> None:
        self.closeCode = int.from_bytes(payload[:2], "big") if payload else NO_CODE
        self.closeReason = payload[2:].decode()

    def _refuse(self, violation: Violation) -> None:
        """Tell the other side what it did wrong, and hang up."""
        _log.info("closing the connection to {peer}: {why}", peer=self.transport.getPeer(), why=violation)
        if self._state is State.OPEN:
            self.transport.write(self._writer.close(violation.code, violation.why))
        self._hang_up()

    def _hang_up(self) -> None:
        """Close the transport, once everything is sent, if that does not take too long."""
        self._state = State.CLOSED
        producer, self._producer = self._producer, None
        transport = self.transport
        transport.unregisterProducer()
        if self._paused:
            # It has to see the other side's end.
            transport.resumeProducing()
        transport.loseConnection()
        self._limit_end()
        if producer is not None:
            producer.stopProducing()

    def _limit_end(self) -> None:
        if self._end is None:
            self._end = self._reactor.callLater(self._options.closeTimeout, self._cut)

    def _cut(self) -> None:
        self._end = None
        self._abort("it did not close the connection")

    def _abort(self, why: str) -> None:
        _log.info("cutting the connection to {peer}: {why}", peer=self.transport.getPeer(), why=why)
        self._state = State.CLOSED
        self.transport.abortConnection()

    # Signs of life.

    def _look(self) -> None:
        """Some time has passed: if nothing was heard meanwhile, ask; if that was asked already, cut the connection."""
        options = self._options
        self._watch = None
        if self._state is State.CLOSED:
            return
        unsent = getattr(self.transport, "_unsent", None)
        # Who is slow but reads is there; and whom we keep waiting cannot answer.
        alive = self._heard or self._paused or (self._full and (unsent is None or unsent != self._unsent_before))
        self._heard = False
        self._unsent_before = unsent
        if alive:
            self._asked = False
        elif self._asked:
            self._abort(f"it was silent for {options.pingTimeout} seconds after it was asked for a sign of life")
            return
        else:
            self._asked = True
            if not self._full and self._state is State.OPEN:
                self.transport.write(self._writer.control(PING, _ARE_YOU_THERE))
        period = options.pingTimeout if self._asked else options.pingInterval
        self._watch = self._reactor.callLater(period, self._look)

    # What is sent: the transport of the program.

    def sendTextMessage(self, text: str) -> None:
        """Send a message of text. See `WebSocketTransport`."""
        if self._state is not _OPEN:
            raise self._not_open("a message")
        if not isinstance(text, str):
            raise TypeError(f"text is str, not {type(text).__name__}: use sendBytesMessage for bytes")
        head, rest = self._writer.message(TEXT, text.encode())
        if len(rest) <= _JOIN_UP_TO:
            self.transport.write(head + rest)
        else:
            self.transport.writeSequence([head, rest])

    def sendBytesMessage(self, data: bytes) -> None:
        """Send a message of bytes. See `WebSocketTransport`."""
        if self._state is not _OPEN:
            raise self._not_open("a message")
        if data.__class__ is not bytes:
            if isinstance(data, str):
                raise TypeError("bytes are not str: use sendTextMessage for text")
            # A bytearray, say, which may change before it is sent.
            data = bytes(data)
        # As above: a call less for each message.
        head, rest = self._writer.message(BINARY, data)
        if len(rest) <= _JOIN_UP_TO:
            self.transport.write(head + rest)
        else:
            self.transport.writeSequence([head, rest])

    def ping(self, payload: bytes = b"") -> None:
        """Ask the other side for a sign of life. See `WebSocketTransport`."""
        if self._state is not State.OPEN:
            raise self._not_open("a ping")
        self.transport.write(self._writer.control(PING, bytes(payload)))

    def loseConnection(self, code: int = NORMAL, reason: str = "") -> None:
        """Close the connection. See `WebSocketTransport`."""
        if self._state is State.NEGOTIATING:
            # There is nobody yet to be told.
            self._state = State.CLOSED
            self.transport.loseConnection()
            return
        if self._state is not State.OPEN:
            return
        if not is_sendable(code):
            raise ValueError(f"{code} is no status code that closes a connection: 1000 to 1014, 3000 to 4999")
        self.transport.write(self._writer.close(code, reason))
        self._state = State.CLOSING
        self._limit_end()
        # The other side's answer has to be read, whoever wants no messages.
        self.resumeProducing()

    def _not_open(self, what: str) -> NotOpen:
        return NotOpen(f"{what} cannot be sent: the connection is {self._state.value}")

    # Who has to wait.

    def attachProducer(self, producer: Any) -> None:
        """Say who sends messages. See `WebSocketTransport`."""
        if self._producer is not None:
            raise RuntimeError(f"{producer!r} cannot be attached: {self._producer!r} is")
        if self._state is State.CLOSED:
            producer.stopProducing()
            return
        self._producer = producer
        if self._full:
            producer.pauseProducing()

    def detachProducer(self) -> None:
        """Say that he sends no more. See `WebSocketTransport`."""
        self._producer = None

    def pauseProducing(self) -> None:
        """Receive nothing for now. See `WebSocketTransport`."""
        if not self._paused and self._state is State.OPEN:
            self._paused = True
            self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Receive again. See `WebSocketTransport`."""
        if self._paused:
            self._paused = False
            self.transport.resumeProducing()
            if not self._delivering:
                self._deliver()

    def stopProducing(self) -> None:
        """Receive nothing any more."""
        self.loseConnection()


@implementer(IPushProducer)
class _Room:
    """What the transport tells whether there is room."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def pauseProducing(self) -> None:
        """There is none."""
        wire = self._wire
        wire._full = True
        if wire._producer is not None:
            wire._producer.pauseProducing()

    def resumeProducing(self) -> None:
        """There is again."""
        wire = self._wire
        wire._full = False
        owed, wire._owed = wire._owed, None
        if owed is not None and wire._state is State.OPEN:
            wire.transport.write(wire._writer.control(PONG, owed))
        if wire._producer is not None:
            wire._producer.resumeProducing()

    def stopProducing(self) -> None:
        """The transport is lost."""
        producer, self._wire._producer = self._wire._producer, None
        if producer is not None:
            producer.stopProducing()
