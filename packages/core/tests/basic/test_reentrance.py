"""Protocols that are given data while they deliver data, and what buffers hold."""

from __future__ import annotations

from typing import Any

from twisted.internet.testing import StringTransport
from twisted.protocols import basic
from twisted.protocols._basic.netstrings import NetstringBuffer


class Nested(basic.LineReceiver):
    def __init__(self) -> None:
        self.got: list[Any] = []
        self.makeConnection(StringTransport())

    def lineReceived(self, line: bytes) -> None:
        self.got.append(line)
        if line == b"more":
            self.dataReceived(b"inner\r\n")
            self.got.append("done")

    def rawDataReceived(self, data: bytes) -> None:
        self.got.append(("raw", data))
        self.setLineMode(b"a\r\nb\r\n")


def test_what_comes_during_a_delivery_comes_after_what_was_there() -> None:
    lines = Nested()
    lines.dataReceived(b"more\r\nlast\r\nbegun")

    assert lines.got == [b"more", "done", b"last", b"beguninner"]


def test_what_comes_during_the_delivery_of_a_lone_line_comes_after_it() -> None:
    lines = Nested()
    lines.dataReceived(b"more\r\n")

    assert lines.got == [b"more", "done", b"inner"]


def test_lines_behind_raw_data_are_delivered_at_once() -> None:
    lines = Nested()
    lines.setRawMode()
    lines.dataReceived(b"data")

    assert lines.got == [("raw", b"data"), b"a", b"b"]


def test_a_netstring_buffer_keeps_nothing_of_what_was_taken() -> None:
    buffer = NetstringBuffer()
    for _ in range(100):
        buffer.feed(b"5:hello,")
        assert buffer.next_string(10) == b"hello"
    buffer.feed(b"")

    assert len(buffer._data) == 0
