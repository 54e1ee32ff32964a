"""
What another implementation, wsproto, makes of our frames, and we of its.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Message, Ping, Pong, TextMessage
from wsproto.extensions import Extension, PerMessageDeflate

from twisted.web._websocket.deflating import Deflater, Inflater
from twisted.web._websocket.masking import Keys
from twisted.web._websocket.reading import BINARY, TEXT, Reader
from twisted.web._websocket.writing import Writer

MESSAGES = st.lists(st.one_of(st.text(max_size=200), st.binary(max_size=400)), max_size=6)


def other(client: bool, compresses: bool) -> Connection:
    extensions: list[Extension] = []
    if compresses:
        extension = PerMessageDeflate()
        extension._enabled = True
        extensions.append(extension)
    return Connection(ConnectionType.CLIENT if client else ConnectionType.SERVER, extensions)


@settings(deadline=None)
@given(MESSAGES, st.booleans(), st.booleans(), st.integers(1, 100))
def test_wsproto_reads_what_we_write(sent: list[str | bytes], we_are_client: bool, compresses: bool, step: int) -> None:
    writer = Writer(Keys() if we_are_client else None, Deflater(15, False) if compresses else None)
    wire = b"".join(
        b"".join(writer.message(TEXT, one.encode()) if isinstance(one, str) else writer.message(BINARY, one))
        for one in sent
    )
    reading = other(not we_are_client, compresses)

    received: list[Any] = []
    kept: Any = None
    for at in range(0, len(wire), step):
        reading.receive_data(wire[at : at + step])
        for event in reading.events():
            assert isinstance(event, Message)
            kept = event.data if kept is None else kept + event.data
            if event.message_finished:
                received.append(bytes(kept) if isinstance(kept, bytearray) else kept)
                kept = None

    assert received == sent


@settings(deadline=None)
@given(MESSAGES, st.booleans(), st.booleans(), st.integers(1, 100), st.integers(1, 50))
def test_we_read_what_wsproto_writes(
    sent: list[str | bytes], we_are_client: bool, compresses: bool, step: int, size: int
) -> None:
    writing = other(not we_are_client, compresses)
    wire = b""
    for one in sent:
        pieces = [one[at : at + size] for at in range(0, len(one), size)] or [one]
        for piece in pieces[:-1]:
            wire += writing.send(_event(piece, False))
        wire += writing.send(_event(pieces[-1], True))
    reader = Reader(not we_are_client, 100_000, 1000, Inflater(15, False) if compresses else None)

    received: list[str | bytes] = []
    for at in range(0, len(wire), step):
        reader.feed(wire[at : at + step])
        while (event := reader.next_event()) is not None:
            received.append(event[1])

    assert received == sent


def _event(piece: str | bytes, last: bool) -> TextMessage | BytesMessage:
    if isinstance(piece, str):
        return TextMessage(data=piece, message_finished=last)
    return BytesMessage(data=piece, message_finished=last)


def test_pings_and_closes_are_read_by_both() -> None:
    reader = Reader(True, 1000, 10)
    client, server = other(True, False), other(False, False)
    writer = Writer(Keys())

    reader.feed(client.send(Ping(payload=b"a")) + client.send(Pong(payload=b"b")))
    server.receive_data(writer.control(9, b"a") + writer.control(10, b"b") + writer.close(1001, "so long"))

    assert [reader.next_event(), reader.next_event()] == [(9, b"a"), (10, b"b")]
    ping, pong, close = server.events()
    assert isinstance(ping, Ping) and ping.payload == b"a"
    assert isinstance(pong, Pong) and pong.payload == b"b"
    assert isinstance(close, CloseConnection) and (close.code, close.reason) == (1001, "so long")
