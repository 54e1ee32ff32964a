"""
Frames as they come, and the messages they make (RFC 6455 sections 5 and 6).
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from typing import TYPE_CHECKING

from twisted.web._websocket.errors import INVALID_DATA, PROTOCOL_ERROR, TOO_BIG, Violation, is_sendable
from twisted.web._websocket.masking import mask

if TYPE_CHECKING:
    from codecs import IncrementalDecoder

    from twisted.web._websocket.deflating import Inflater

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

_FIN = 0x80
_COMPRESSED = 0x40

# What a first byte stands for that nothing special is about: a whole message, or a control frame.
_TEXT_WHOLE = _FIN | TEXT
_BINARY_WHOLE = _FIN | BINARY
_WHOLE = frozenset((_TEXT_WHOLE, _BINARY_WHOLE))

_new_decoder = getincrementaldecoder("utf-8")


class Reader:
    """
    Makes messages of the bytes of one direction.

    `feed` it, and take what `next_event` gives until that is `None`. It holds one message, up to its limits, and what
    was fed and not taken.

    Args:
        masked: Whether frames have to be masked, as those of clients have; those of servers must not be.
        most: How many bytes a message may have.
        most_fragments: How many frames it may come in.
        inflater: Decompresses messages, if that was agreed upon.
    """

    __slots__ = (
        "_at",
        "_compressed",
        "_data",
        "_decoder",
        "_fragments",
        "_held",
        "_inflater",
        "_kind",
        "_masked",
        "_message",
        "_most",
        "_most_fragments",
        "_needed",
        "_size",
        "_texts",
    )

    def __init__(self, masked: bool, most: int, most_fragments: int, inflater: Inflater | None = None) -> None:
        self._masked = masked
        self._most = most
        self._most_fragments = most_fragments
        self._inflater = inflater
        # What was fed, and how far it was taken; or the beginning of a frame, and how many bytes it takes to go on.
        self._data = b""
        self._at = 0
        self._held: bytearray | None = None
        self._needed = 0
        # The message at hand, if some of its frames are there already.
        self._kind = CONTINUATION
        self._compressed = False
        self._message = bytearray()
        self._texts: list[str] = []
        self._decoder: IncrementalDecoder | None = None
        self._fragments = 0
        self._size = 0

    def feed(self, data: bytes) -> None:
        """Add what came."""
        held = self._held
        if held is None:
            if self._at == len(self._data):
                self._data = data
                self._at = 0
                return
            held = self._held = bytearray(self._data[self._at :])
            self._data = b""
            self._at = 0
        held += data
        if len(held) >= self._needed:
            self._data = bytes(held)
            self._held = None

    def next_event(self) -> tuple[int, str] | tuple[int, bytes] | None:
        """
        Take the next message or control frame, or give `None` until more is fed.

        Returns:
            Its opcode, and what is in it: a str if the opcode is `TEXT`, else bytes. The bytes of a `CLOSE` are
            well-formed.

        Raises:
            Violation: The peer broke the rules. Nothing that follows makes sense.
        """
        while self._held is None:
            data = self._data
            at = self._at
            there = len(data) - at
            if there < 2:
                if there:
                    self._hold(2)
                return None
            first = data[at]
            length = data[at + 1]
            begin = at + 2
            if self._masked:
                if length < 128:
                    raise Violation(PROTOCOL_ERROR, "frames of a client have to be masked")
                length -= 128
            elif length >= 128:
                raise Violation(PROTOCOL_ERROR, "frames of a server must not be masked")
            plain = first in _WHOLE
            if not plain or self._kind:
                self._check_first(first, length)
            if length >= 126:
                begin += 2 if length == 126 else 8
                if at + there < begin:
                    self._hold(begin - at)
                    return None
                length = int.from_bytes(data[at + 2 : begin], "big")
                self._check_length(length, begin - at)
                # Of a control frame it was checked already.
                if self._size + length > self._most and not first & 8:
                    raise Violation(TOO_BIG, f"a message of more than {self._most} bytes")
            elif self._size + length > self._most and not first & 8:
                raise Violation(TOO_BIG, f"a message of more than {self._most} bytes")
            if self._masked:
                begin += 4
            end = begin + length
            if at + there < end:
                self._hold(end - at)
                return None
            self._at = end
            payload = data[begin:end]
            if self._masked and length:
                payload = mask(payload, data[begin - 4 : begin])
            if plain:
                if first == _BINARY_WHOLE:
                    return BINARY, payload
                try:
                    return TEXT, payload.decode()
                except UnicodeDecodeError as error:
                    raise _not_utf8(error) from None
            opcode = first & 15
            if opcode < 8:
                event = self._add(first, payload)
                if event is not None:
                    return event
                continue
            if opcode == CLOSE and length:
                _check_close(payload)
            return opcode, payload
        return None

    def _hold(self, needed: int) -> None:
        """Keep what is left, until there are so many bytes."""
        self._held = bytearray(self._data[self._at :])
        self._needed = needed
        self._data = b""
        self._at = 0

    def _check_first(self, first: int, length: int) -> None:
        """Say no to frames that cannot come now, or ever."""
        opcode = first & 15
        reserved = first & 0x70
        if opcode & 8:
            if opcode > PONG:
                raise Violation(PROTOCOL_ERROR, f"there is no opcode {opcode}")
            if reserved:
                raise Violation(PROTOCOL_ERROR, "a control frame with a reserved bit")
            if not first & _FIN:
                raise Violation(PROTOCOL_ERROR, "a control frame in fragments")
            if length > 125:
                raise Violation(PROTOCOL_ERROR, "a control frame of more than 125 bytes")
            return
        if opcode > BINARY:
            raise Violation(PROTOCOL_ERROR, f"there is no opcode {opcode}")
        if reserved and (reserved != _COMPRESSED or self._inflater is None or opcode == CONTINUATION):
            raise Violation(PROTOCOL_ERROR, "a reserved bit that nobody agreed upon")
        if opcode == CONTINUATION:
            if not self._kind:
                raise Violation(PROTOCOL_ERROR, "a continuation of nothing")
        elif self._kind:
            raise Violation(PROTOCOL_ERROR, "a new message within another one")

    def _check_length(self, length: int, head: int) -> None:
        """Say no to lengths that are not written as short as they can be."""
        if length < (126 if head == 4 else 65536):
            raise Violation(PROTOCOL_ERROR, "a length that takes more bytes than it needs")
        if length >= 1 << 63:
            raise Violation(PROTOCOL_ERROR, "a length of more than 63 bits")

    def _add(self, first: int, payload: bytes) -> tuple[int, str] | tuple[int, bytes] | None:
        """Add a frame to the message at hand; give that if it is whole."""
        if not self._kind:
            self._kind = first & 15
            self._compressed = bool(first & _COMPRESSED)
        self._fragments += 1
        last = bool(first & _FIN)
        if self._fragments > self._most_fragments:
            raise Violation(TOO_BIG, f"a message in more than {self._most_fragments} frames")
        if self._compressed:
            assert self._inflater is not None  # or the bit would not have been let in
            payload = self._inflater.inflate(payload, last, self._most - self._size)
        self._size += len(payload)
        if self._kind == BINARY:
            if last and self._fragments == 1:
                self._reset()
                return BINARY, payload
            self._message += payload
            if not last:
                return None
            whole = bytes(self._message)
            self._reset()
            return BINARY, whole
        decoder = self._decoder
        if decoder is None:
            decoder = self._decoder = _new_decoder()
        try:
            text = decoder.decode(payload, last)
        except UnicodeDecodeError as error:
            raise _not_utf8(error) from None
        if text:
            self._texts.append(text)
        if not last:
            return None
        message = "".join(self._texts)
        self._reset()
        return TEXT, message

    def _reset(self) -> None:
        """Forget the message at hand."""
        self._kind = CONTINUATION
        self._compressed = False
        self._message = bytearray()
        self._texts = []
        self._decoder = None
        self._fragments = self._size = 0


def _not_utf8(error: UnicodeDecodeError) -> Violation:
    return Violation(INVALID_DATA, f"text that is not UTF-8: {error.reason}")


def _check_close(payload: bytes) -> None:
    """Say no to what cannot close a connection (RFC 6455 section 5.5.1)."""
    if len(payload) < 2:
        raise Violation(PROTOCOL_ERROR, "half a status code")
    code = int.from_bytes(payload[:2], "big")
    if not is_sendable(code):
        raise Violation(PROTOCOL_ERROR, f"{code} cannot close a connection")
    try:
        payload[2:].decode()
    except UnicodeDecodeError as error:
        raise _not_utf8(error) from None
