"""Streams that close their descriptors before the reactor is told."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.selectreactor import SelectReactor


class Stream:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def fileno(self) -> int:
        return self.sock.fileno()


def test_a_stream_that_closed_its_descriptor_is_found_among_others() -> None:
    reactor: Any = SelectReactor()
    streams = [Stream(one) for pair in (socket.socketpair(), socket.socketpair()) for one in pair]
    for stream in streams:
        reactor.addReader(stream)
        reactor.addWriter(stream)
    gone = streams[2]
    gone.sock.close()

    reactor.removeReader(gone)
    assert set(streams) & set(reactor.getReaders()) == {streams[0], streams[1], streams[3]}
    assert gone in reactor.getWriters()
    reactor.removeWriter(gone)
    assert set(streams) & set(reactor.getWriters()) == {streams[0], streams[1], streams[3]}
    for stream in streams:
        stream.sock.close()
        reactor.removeReader(stream)
        reactor.removeWriter(stream)
    assert set(streams) & {*reactor.getReaders(), *reactor.getWriters()} == set()


def test_a_stream_that_is_not_watched_may_be_removed() -> None:
    reactor: Any = SelectReactor()
    one, other = (Stream(sock) for sock in socket.socketpair())
    reactor.addReader(one)

    reactor.removeReader(other)
    reactor.removeWriter(one)
    other.sock.close()
    reactor.removeReader(other)

    assert one in reactor.getReaders()
    reactor.removeReader(one)
    one.sock.close()
