"""
Protocols that cut the stream into lines or strings, and a sender of files.

Subclass one, and override its ``lineReceived`` or ``stringReceived``. Subclasses may override ``__init__`` and
``connectionMade`` without calling ours, and may set ``delimiter`` and ``MAX_LENGTH`` on the class or the object, at any
time. The parts that understand bytes are in `_basic` and do no I/O.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct, pack
from typing import IO, TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import interfaces
from twisted.internet.protocol import Protocol
from twisted.protocols._basic.lines import LineBuffer, LineTooLong
from twisted.protocols._basic.netstrings import NetstringBuffer, NotANetstring, netstring
from twisted.protocols._basic.prefixed import PrefixedBuffer, StringTooLong

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

__all__ = [
    "FileSender",
    "IncompleteNetstring",
    "Int8StringReceiver",
    "Int16StringReceiver",
    "Int32StringReceiver",
    "IntNStringReceiver",
    "LineOnlyReceiver",
    "LineReceiver",
    "NetstringParseError",
    "NetstringReceiver",
    "StatefulStringProtocol",
    "StringTooLongError",
]

# Read by programs; says nothing any more.
DEBUG = 0


class NetstringParseError(ValueError):
    """What came is not a netstring."""


class IncompleteNetstring(Exception):
    """A netstring has not come whole yet."""


class StringTooLongError(AssertionError):
    """A string that was to be sent is longer than its length prefix can say."""


class _PauseableMixin:
    """
    Holding up a protocol's peer, and what the protocol itself still holds.

    Attributes:
        paused: Whether nothing is delivered, until `resumeProducing`.
    """

    paused: bool = False

    def pauseProducing(self) -> None:
        """Deliver nothing more, not even what has been received already."""
        self.paused = True
        self._pauseable().pauseProducing()

    def resumeProducing(self) -> None:
        """Deliver what has been held back, and go on."""
        self.paused = False
        self._pauseable().resumeProducing()
        self.dataReceived(b"")  # type: ignore[attr-defined]  # from the Protocol it is mixed into

    def stopProducing(self) -> None:
        """Deliver nothing more, ever."""
        self.paused = True
        self._pauseable().stopProducing()

    def _pauseable(self) -> Any:  # Any: transports that can be paused have no interface of their own.
        return self.transport  # type: ignore[attr-defined]  # from the Protocol it is mixed into


class _HoldsLines(Protocol):
    """Has a `LineBuffer`, and shows what is in it under the name by which subclasses in the wild know it."""

    _line_buffer: LineBuffer | None = None  # At first use: subclasses need not call our __init__.

    @property
    def _buffer(self) -> bytes:
        return b"" if self._line_buffer is None else self._line_buffer.peek()

    @_buffer.setter
    def _buffer(self, held: bytes) -> None:
        # Who is cutting it goes on with the same object.
        buffer = self._line_buffer
        if buffer is None:
            buffer = self._line_buffer = LineBuffer()
        buffer.take()
        buffer.feed(held)

    def _take_unread(self) -> bytes:
        """Give up what is held: a new layer under this protocol (TLS) has to have it."""
        return b"" if self._line_buffer is None else self._line_buffer.take()


class LineOnlyReceiver(_HoldsLines):
    """
    Receives nothing but lines. For raw data between them, or to pause, see `LineReceiver`.

    Attributes:
        delimiter: What ends a line.
        MAX_LENGTH: How many bytes a line may have, without its delimiter.
    """

    delimiter: bytes = b"\r\n"
    MAX_LENGTH: int = 16384

    def dataReceived(self, data: bytes) -> None:
        """Cut data into lines, and give each to `lineReceived`."""
        buffer = self._line_buffer
        if buffer is None:
            # Most often one whole line comes. There is nothing to cut then.
            delimiter = self.delimiter
            end = data.find(delimiter)
            if 0 <= end == len(data) - len(delimiter) and end <= self.MAX_LENGTH and not self.transport.disconnecting:
                self.lineReceived(data[:end])
                return
            buffer = self._line_buffer = LineBuffer()
        buffer.feed(data)
        if self.transport.disconnecting:
            # We have asked for the end: the peer's later words do not matter, and must not pile up.
            buffer.take()
            return
        try:
            line: bytes | None = b""
            while line is not None:
                line = None
                for line in buffer.lines(self.delimiter, self.MAX_LENGTH):
                    self.lineReceived(line)
                    if self.transport.disconnecting:
                        buffer.take()
                        return
        except LineTooLong:
            self.lineLengthExceeded(buffer.take().split(self.delimiter, 1)[0])

    def lineReceived(self, line: bytes) -> Any:  # Any: some return a value, which is not looked at.
        """Override me: a line came, here without its delimiter."""
        raise NotImplementedError(f"{type(self).__name__} must override lineReceived")

    def sendLine(self, line: bytes) -> None:
        """Send a line, and its delimiter."""
        self.transport.writeSequence((line, self.delimiter))

    def lineLengthExceeded(self, line: bytes) -> Any:  # Any: some return a value, which is not looked at.
        """Hook: a line is too long. Hangs up. *line* is as much of it as there is; what follows it is dropped."""
        return self.transport.loseConnection()


class LineReceiver(_HoldsLines, _PauseableMixin):
    """
    Receives lines, and between them raw data.

    `setRawMode` and `setLineMode` change from one to the other, `pauseProducing` and `resumeProducing` hold everything
    up, all of them at any moment, in the middle of what was received too.

    Attributes:
        delimiter: What ends a line.
        MAX_LENGTH: How many bytes a line may have, without its delimiter.
        line_mode: Whether lines are received; otherwise raw data.
    """

    delimiter: bytes = b"\r\n"
    MAX_LENGTH: int = 16384
    line_mode: int = 1
    _delivering: bool = False

    def clearLineBuffer(self) -> bytes:
        """Forget what was received and has not been delivered, and return it."""
        return b"" if self._line_buffer is None else self._line_buffer.take()

    def dataReceived(self, data: bytes) -> Any:
        """
        Deliver data as lines, or raw.

        Returns:
            What `lineReceived`, `rawDataReceived` or `lineLengthExceeded` returned, if it was true: then delivery stops
            there, and goes on when more data come. (Any: whatever that is.)
        """
        buffer = self._line_buffer
        if buffer is None:
            # Nothing is held. Most often one whole line comes, and nothing will be.
            delimiter = self.delimiter
            end = data.find(delimiter)
            if (
                0 <= end == len(data) - len(delimiter)
                and end <= self.MAX_LENGTH
                and self.line_mode
                and not self.paused
                and not self._delivering
            ):
                self._delivering = True
                try:
                    outcome = self.lineReceived(data[:end])
                finally:
                    self._delivering = False
                if self._line_buffer is None or outcome:
                    return outcome
                return self._deliver(self._line_buffer)
            buffer = self._line_buffer = LineBuffer()
        buffer.feed(data)
        if self._delivering:
            # Called from one of the hooks: the delivery that called it goes on with these data.
            return None
        return self._deliver(buffer)

    def _deliver(self, buffer: LineBuffer) -> Any:
        """Deliver what is held, until it is all gone, or may not be delivered."""
        self._delivering = True
        try:
            while not self.paused and len(buffer):
                if not self.line_mode:
                    if outcome := self.rawDataReceived(buffer.take()):
                        return outcome
                    continue
                delimiter, limit = self.delimiter, self.MAX_LENGTH
                try:
                    lines = buffer.lines(delimiter, limit)
                except LineTooLong:
                    if outcome := self.lineLengthExceeded(buffer.take()):
                        return outcome
                    continue
                line = None
                for line in lines:
                    outcome = self.lineReceived(line)
                    if outcome:
                        return outcome
                    transport = self.transport
                    if transport is not None and transport.disconnecting:
                        return None
                    # It may have done anything. What it could assign is looked at each time.
                    if self.paused or not self.line_mode or self.delimiter is not delimiter or limit != self.MAX_LENGTH:
                        break
                if line is None:
                    return None
            return None
        finally:
            self._delivering = False
            if not len(buffer):
                # An idle connection holds no buffer.
                self._line_buffer = None

    def setLineMode(self, extra: bytes = b"") -> Any:
        """Receive lines from now on; *extra* is what comes first: the part of raw data that was too much."""
        self.line_mode = 1
        if extra:
            return self.dataReceived(extra)
        return None

    def setRawMode(self) -> None:
        """Receive raw data from now on, beginning with what is held."""
        self.line_mode = 0

    def rawDataReceived(self, data: bytes) -> Any:  # Any: see dataReceived.
        """Override me if you set raw mode: raw data came."""
        raise NotImplementedError(f"{type(self).__name__} sets raw mode, and must override rawDataReceived")

    def lineReceived(self, line: bytes) -> Any:  # Any: see dataReceived.
        """Override me: a line came, here without its delimiter."""
        raise NotImplementedError(f"{type(self).__name__} must override lineReceived")

    def sendLine(self, line: bytes) -> Any:
        """Send a line, and its delimiter."""
        return self.transport.write(line + self.delimiter)

    def lineLengthExceeded(self, line: bytes) -> Any:  # Any: see dataReceived.
        """Hook: a line is too long. Hangs up. *line* is all that is held, which is forgotten afterwards."""
        return self.transport.loseConnection()

    def _take_unread(self) -> bytes:
        """Give up what is held: a new layer under this protocol (TLS) has to have it."""
        return self.clearLineBuffer()


class NetstringReceiver(Protocol):
    """
    Receives netstrings: a length, a colon, the payload and a comma.

    Attributes:
        MAX_LENGTH: How many bytes a payload may have.
        brokenPeer: Whether the peer sent something else, and was hung up on.
    """

    MAX_LENGTH: int = 99999
    brokenPeer: int = 0
    _string_buffer: NetstringBuffer | None = None
    _delivering: bool = False

    def makeConnection(self, transport: Any) -> None:
        """Take a transport, and begin with a trusted peer."""
        self.brokenPeer = 0
        super().makeConnection(transport)

    def sendString(self, string: bytes) -> None:
        """Send bytes as a netstring."""
        self.transport.write(netstring(string))

    def dataReceived(self, data: bytes) -> None:
        """Cut data into netstrings, and give each payload to `stringReceived`."""
        if self.brokenPeer:
            return
        strings = self._string_buffer
        if strings is None:
            strings = self._string_buffer = NetstringBuffer()
        strings.feed(data)
        if self._delivering:
            return
        self._delivering = True
        try:
            while (string := strings.next_string(self.MAX_LENGTH)) is not None:
                self.stringReceived(string)
        except NotANetstring:
            strings.take()
            self.brokenPeer = 1
            self.transport.loseConnection()
        finally:
            self._delivering = False

    def stringReceived(self, string: bytes) -> None:
        """Override me: a payload came."""
        raise NotImplementedError(f"{type(self).__name__} must override stringReceived")

    def _take_unread(self) -> bytes:
        """Give up what is held: a new layer under this protocol (TLS) has to have it."""
        return b"" if self._string_buffer is None else self._string_buffer.take()


class IntNStringReceiver(Protocol, _PauseableMixin):
    """
    Receives strings with their length before them. Use a subclass that says how the length is written.

    Attributes:
        MAX_LENGTH: How many bytes a string may have.
        structFormat: How the length is written, as `struct` has it.
        prefixLength: How many bytes that takes.
    """

    MAX_LENGTH: int = 99999
    structFormat: str
    prefixLength: int
    _string_buffer: PrefixedBuffer | None = None
    _delivering: bool = False

    @property
    def recvd(self) -> bytes:
        """What was received and has not been delivered. May be assigned to."""
        return b"" if self._string_buffer is None else self._string_buffer.rest()

    @recvd.setter
    def recvd(self, data: bytes) -> None:
        if self._string_buffer is None:
            self._string_buffer = PrefixedBuffer()
        self._string_buffer.replace(data)

    def dataReceived(self, data: bytes) -> None:
        """Cut data into strings, and give each to `stringReceived`."""
        strings = self._string_buffer
        if strings is None:
            strings = self._string_buffer = PrefixedBuffer()
        strings.feed(data)
        if self._delivering:
            return
        self._delivering = True
        try:
            prefix = Struct(self.structFormat)
            while not self.paused and (string := strings.next_string(prefix, self.MAX_LENGTH)) is not None:
                self.stringReceived(string)
        except StringTooLong as flood:
            self.lengthLimitExceeded(flood.length)
            # Whoever does not hang up is told again with the next data; nothing piles up meanwhile.
            strings.replace(strings.rest()[: self.prefixLength])
        finally:
            self._delivering = False

    def stringReceived(self, string: bytes) -> None:
        """Override me: a string came."""
        raise NotImplementedError(f"{type(self).__name__} must override stringReceived")

    def lengthLimitExceeded(self, length: int) -> None:
        """Hook: a string of more than ``MAX_LENGTH`` bytes is announced. Hangs up."""
        self.transport.loseConnection()

    def sendString(self, string: bytes) -> None:
        """
        Send bytes, with their length before them.

        Raises:
            StringTooLongError: The length cannot be written so.
        """
        if len(string) >= 2 ** (8 * self.prefixLength):
            raise StringTooLongError(
                f"Try to send {len(string)} bytes whereas maximum is {2 ** (8 * self.prefixLength)}"
            )
        self.transport.write(pack(self.structFormat, len(string)) + string)

    def _take_unread(self) -> bytes:
        """Give up what is held: a new layer under this protocol (TLS) has to have it."""
        held = self.recvd
        self.recvd = b""
        return held


class Int32StringReceiver(IntNStringReceiver):
    """Receives strings with their length before them in four bytes, the highest first."""

    structFormat = "!I"
    prefixLength = 4


class Int16StringReceiver(IntNStringReceiver):
    """Receives strings with their length before them in two bytes, the higher first."""

    structFormat = "!H"
    prefixLength = 2


class Int8StringReceiver(IntNStringReceiver):
    """Receives strings with their length before them in one byte."""

    structFormat = "!B"
    prefixLength = 1


class StatefulStringProtocol:
    """
    Give each string to the method of the current state. Mixed into a protocol that receives strings.

    A method is called ``proto_`` and its state, and returns the next one. ``done`` hangs up.

    Attributes:
        state: The current state.
    """

    state: str = "init"

    def stringReceived(self, string: bytes) -> None:
        """Give a string to the current state's method; log that there is none, if so."""
        method = getattr(self, f"proto_{self.state}", None)
        if method is None:
            from twisted.logger import Logger

            Logger("twisted.protocols.basic").info("callback {state} not found", state=self.state)
            return
        self.state = method(string)
        if self.state == "done":
            self.transport.loseConnection()  # type: ignore[attr-defined]  # from the Protocol it is mixed into


@implementer(interfaces.IProducer)
class FileSender:
    """
    Sends a file, in pieces, as fast as its consumer takes them.

    Attributes:
        CHUNK_SIZE: How many bytes to read at a time.
        lastSent: The last byte that was sent, as bytes; of text, its last character.
    """

    CHUNK_SIZE: int = 2**14
    lastSent: Any = ""  # Any: bytes, or text if the file has text.
    deferred: Deferred[Any] | None = None
    file: IO[bytes] | None = None
    consumer: Any = None  # Any: an IConsumer, once there is a transfer.
    transform: Callable[[bytes], bytes] | None = None

    def beginFileTransfer(
        self, file: IO[bytes], consumer: Any, transform: Callable[[bytes], bytes] | None = None
    ) -> Deferred[Any]:
        """
        Begin to send.

        Args:
            file: What to send, from its current position to its end. It is not closed.
            consumer: Where to: an `IConsumer`.
            transform: What each piece is changed by; it is given what was read.

        Returns:
            A Deferred of the last byte sent, which fails if the consumer wants no more.
        """
        from twisted.internet.defer import Deferred

        self.file = file
        self.consumer = consumer
        self.transform = transform
        deferred: Deferred[Any] = Deferred()
        self.deferred = deferred
        self.consumer.registerProducer(self, False)
        return deferred

    def resumeProducing(self) -> None:
        """Send the next piece, or end. Called by the consumer."""
        chunk = self.file.read(self.CHUNK_SIZE) if self.file is not None else b""
        if not chunk:
            self.file = None
            self.consumer.unregisterProducer()
            if self.deferred is not None:
                deferred, self.deferred = self.deferred, None
                deferred.callback(self.lastSent)
            return
        if self.transform is not None:
            chunk = self.transform(chunk)
        self.consumer.write(chunk)
        self.lastSent = chunk[-1:]

    def pauseProducing(self) -> None:
        """Do nothing: a piece is sent only when it is asked for."""

    def stopProducing(self) -> None:
        """Give up: the consumer wants no more."""
        if self.deferred is not None:
            deferred, self.deferred = self.deferred, None
            deferred.errback(Exception("Consumer asked us to stop producing"))
