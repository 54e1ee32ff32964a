"""OpenSSL on a socket: what is written arrives whole and in order, whatever room there is."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from twisted.internet import ssl
from twisted.internet._tls.creating import _for_socket
from twisted.internet._tls.driving import Direct

KIB = 1024


class Written:
    """In the place of an OpenSSL connection: it takes so much at once, until there is no room."""

    do_handshake = shutdown = recv = pending = None

    def __init__(self, at_once: int, room: int) -> None:
        self.at_once, self.room = at_once, room
        self.asked: list[int] = []

    def send(self, data: bytes | memoryview) -> int:
        self.asked.append(len(data))
        if not self.room:
            raise SSL.WantWriteError
        self.room -= 1
        return min(len(data), self.at_once)


@pytest.mark.parametrize("kind", [bytes, memoryview])
def test_a_long_write_goes_in_portions(kind: Callable[[bytes], Any]) -> None:
    written = Written(at_once=1 << 30, room=100)
    sent = Direct(written).send(kind(b"x" * (600 * KIB)))  # type: ignore[arg-type]  # a stand-in

    assert sent == 600 * KIB
    assert written.asked == [256 * KIB, 256 * KIB, 88 * KIB]


@pytest.mark.parametrize("kind", [bytes, memoryview])
def test_what_sends_records_one_by_one_is_given_no_more_than_one_after_the_first(kind: Callable[[bytes], Any]) -> None:
    written = Written(at_once=16 * KIB, room=100)
    sent = Direct(written).send(kind(b"x" * (40 * KIB + 1)))  # type: ignore[arg-type]  # a stand-in

    assert sent == 40 * KIB + 1
    assert written.asked == [40 * KIB + 1, 16 * KIB, 8 * KIB + 1]


@pytest.mark.parametrize(("at_once", "each"), [(16 * KIB, 16 * KIB), (1 << 30, 256 * KIB)])
def test_what_has_gone_is_told_when_room_ends(at_once: int, each: int) -> None:
    direct = Direct(Written(at_once, room=2))  # type: ignore[arg-type]  # a stand-in

    assert direct.send(b"x" * (600 * KIB)) == 2 * each
    with pytest.raises(SSL.WantWriteError):
        direct.send(b"x" * (600 * KIB - 2 * each))


PARTIAL_WRITE = 0x1


@pytest.mark.skipif(not hasattr(SSL.Context, "clear_mode"), reason="pyOpenSSL cannot clear modes before release 25.2")
def test_contexts_of_ours_write_as_much_at_once_as_they_are_given(host: ssl.PrivateCertificate) -> None:
    assert not host.options().getContext().set_mode(0) & PARTIAL_WRITE


def contexts(host: ssl.PrivateCertificate) -> Iterator[SSL.Context]:
    """Ours, which writes whole portions, and one that writes records, as those do which programs make."""
    yield host.options().getContext()
    own = host.options().getContext()
    own.set_mode(PARTIAL_WRITE)
    yield own


def connected(context: SSL.Context, room: int) -> tuple[Direct, Direct]:
    """A server and a client whose handshake is over; the system keeps about *room* bytes between them."""
    ends = socket.socketpair()
    for end in ends:
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, room)
    server, client = (SSL.Connection(_for_socket(context), end) for end in ends)
    server.set_accept_state()
    client.set_connect_state()
    sides = [Direct(server), Direct(client)]
    shaking = [*sides]
    while shaking:
        for side in [*shaking]:
            try:
                side.shake()
                shaking.remove(side)
            except SSL.WantReadError:
                pass
    return sides[0], sides[1]


def everything(side: Direct) -> bytes:
    """What can be read for now."""
    got = b""
    try:
        while True:
            got += side.read()
    except SSL.WantReadError:
        return got


@given(
    sizes=st.lists(st.sampled_from([1, 100, 16 * KIB, 16 * KIB + 1, 100 * KIB, 300 * KIB]), min_size=1, max_size=8),
    room=st.sampled_from([4 * KIB, 40 * KIB, 400 * KIB]),
    as_view=st.booleans(),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_everything_arrives_in_order_however_little_room_there_is(
    host: ssl.PrivateCertificate, sizes: list[int], room: int, as_view: bool
) -> None:
    for context in contexts(host):
        server, client = connected(context, room)
        pieces = [bytes([65 + number]) * size for number, size in enumerate(sizes)]
        waiting, got = b"", b""
        left = [*pieces]
        while left or waiting:
            if left:
                # More may be written while what was refused waits for room.
                waiting += left.pop(0)
            try:
                waiting = waiting[server.send(memoryview(waiting) if as_view else waiting) :]
            except SSL.WantWriteError:
                got += everything(client)
        got += everything(client)

        assert got == b"".join(pieces)
