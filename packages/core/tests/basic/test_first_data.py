"""What the very first data that come may be: there is nothing in any buffer yet."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.testing import StringTransport
from twisted.protocols import basic


def connected(protocol: Any) -> Any:
    protocol.MAX_LENGTH = 8
    protocol.got = []
    protocol.lineReceived = protocol.stringReceived = protocol.got.append
    protocol.makeConnection(StringTransport())
    return protocol


@pytest.mark.parametrize("kind", [basic.LineOnlyReceiver, basic.LineReceiver])
@pytest.mark.parametrize(
    ("first", "got", "hung_up"),
    [
        (b"\r\n", [b""], False),
        (b"a\r\n", [b"a"], False),
        (b"a\r\nb\r\n", [b"a", b"b"], False),
        (b"a\r\nb", [b"a"], False),
        (b"12345678\r\n", [b"12345678"], False),
        (b"123456789\r\n", [], True),
        (b"1", [], False),
        (b"\r", [], False),
        (b"\n", [], False),
    ],
)
def test_lines(kind: Any, first: bytes, got: list[bytes], hung_up: bool) -> None:
    protocol = connected(kind())
    protocol.dataReceived(first)

    assert (protocol.got, protocol.transport.disconnecting) == (got, hung_up)


def test_a_too_long_line_is_shown_without_what_follows_it() -> None:
    protocol = connected(basic.LineOnlyReceiver())
    shown: list[bytes] = []
    protocol.lineLengthExceeded = shown.append
    protocol.dataReceived(b"123456789\r\nnext\r\n")

    assert shown == [b"123456789"] and protocol.got == []


@pytest.mark.parametrize(
    ("kind", "encode"),
    [
        (basic.NetstringReceiver, lambda text: b"%d:%s," % (len(text), text)),
        (basic.Int8StringReceiver, lambda text: bytes([len(text)]) + text),
        (basic.Int16StringReceiver, lambda text: len(text).to_bytes(2, "big") + text),
        (basic.Int32StringReceiver, lambda text: len(text).to_bytes(4, "big") + text),
    ],
)
def test_strings_that_come_during_a_delivery_come_behind_those_that_were_there(kind: Any, encode: Any) -> None:
    protocol = connected(kind())
    got: list[bytes] = []

    def received(string: bytes) -> None:
        got.append(b"begin " + string)
        if string == b"more":
            protocol.dataReceived(encode(b"inner"))
        got.append(b"end " + string)

    protocol.stringReceived = received
    protocol.dataReceived(encode(b"more") + encode(b"last"))

    assert got == [b"begin more", b"end more", b"begin last", b"end last", b"begin inner", b"end inner"]
    protocol.dataReceived(encode(b"") + encode(b"12345678"))
    assert got[6:] == [b"begin ", b"end ", b"begin 12345678", b"end 12345678"]
    protocol.dataReceived(encode(b"123456789"))
    assert protocol.transport.disconnecting and len(got) == 10
