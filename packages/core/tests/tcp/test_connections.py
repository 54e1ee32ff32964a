# Several things are done in one lambda here: mypy need not mind what they give.
# mypy: disable-error-code="func-returns-value"
"""Connections over sockets that only take notes: exact sizes, orders and errors."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet import address, error, main, tcp
from twisted.python.failure import Failure

from .fakes import Half, Loop, Noting, Socket, connect, failures

# Reading


def test_a_socket_that_would_block_is_told_not_to() -> None:
    wire, ready = Socket(), Socket()
    ready.blocking = 0.0

    connect(wire), connect(ready)

    assert wire.notes == [("blocking", False)] and ready.notes == []


def test_reads_grow_while_they_are_filled_up_to_a_quarter_megabyte() -> None:
    wire = Socket(*[b"*"] * 5)
    connection, _, _ = connect(wire)

    for _ in range(5):
        assert connection.doRead() is None

    assert wire.sizes() == [8192, 32768, 131072, 262144, 262144]


def test_reads_shrink_when_little_comes_but_not_below_8_kib() -> None:
    wire = Socket(b"*", b"*", b"*", b"x" * 32768, b"x" * 32767, b"x", b"x", b"x", b"x", b"x", b"x")
    connection, _, _ = connect(wire)

    for _ in range(11):
        connection.doRead()

    assert wire.sizes() == [8192, 32768, 131072, 262144, 262144, 131072, 65536, 32768, 16384, 8192, 8192]


def test_nothing_there_is_no_end() -> None:
    connection, made, _ = connect(Socket(BlockingIOError()))

    assert connection.doRead() is None and made.notes == ["made"]


def test_the_end_is_done_and_trouble_is_lost() -> None:
    connection, made, _ = connect(Socket(b"", ConnectionResetError(errno.ECONNRESET, "reset")))

    assert connection.doRead() is main.CONNECTION_DONE
    assert connection.doRead() is main.CONNECTION_LOST
    assert made.notes == ["made"]


def test_trouble_may_say_how_it_ends() -> None:
    trouble = OSError()
    trouble.ends_with = ending = ZeroDivisionError()  # type: ignore[attr-defined]
    connection, _, _ = connect(Socket(trouble))

    assert connection.doRead() is ending


def test_a_connection_that_is_being_closed_reads_nothing() -> None:
    wire = Socket(b"x")
    connection, made, _ = connect(wire)
    connection.loseConnection()

    assert connection.doRead() is None and wire.sizes() == [] and made.notes == ["made"]


# Writing


def test_answers_go_out_when_the_callback_returns_in_one_piece() -> None:
    wire = Socket(b"x")
    connection, _, loop = connect(
        wire, Noting(lambda made, data: (made.transport.write(b"a"), made.transport.writeSequence([b"b", b"c"])))
    )

    connection.doRead()

    assert wire.sent == [b"abc"] and loop.marked == [] and loop.writers == []


def test_without_a_callback_they_go_out_with_the_turn() -> None:
    wire = Socket()
    connection, _, loop = connect(wire)

    connection.write(b"a")
    connection.write(b"b")
    assert wire.sent == [] and loop.marked == [connection]
    loop.end_turn()
    assert wire.sent == [b"ab"]

    connection._send_turn()
    assert wire.sent == [b"ab"]


def test_a_reactor_that_does_not_send_at_the_end_of_turns_watches_for_room() -> None:
    wire = Socket()
    connection, _, loop = connect(wire, loop=Loop(flushes=False))

    connection.write(b"a")
    assert loop.marked == [] and loop.writers == [connection]
    connection.doWrite()

    assert wire.sent == [b"a"] and loop.writers == []


@pytest.mark.parametrize("pieces", [[b"x" * 10], [b"x" * 4, b"x" * 6]])
def test_what_has_no_room_waits_for_room_and_goes_out_once(pieces: list[bytes]) -> None:
    wire = Socket()
    wire.room = 7
    connection, _, loop = connect(wire)

    connection.writeSequence(pieces)
    loop.end_turn()
    assert wire.sent == [b"x" * 7] and loop.writers == [connection]
    assert connection.doWrite() is None and wire.sent == [b"x" * 7]
    connection.write(b"yz")
    assert loop.marked == []
    wire.room = None
    assert connection.doWrite() is None

    assert b"".join(wire.sent) == b"x" * 10 + b"yz" and loop.writers == []
    assert not connection._has_unsent()


def test_a_full_socket_is_waited_for() -> None:
    wire = Socket()
    wire.room = 0
    connection, _, loop = connect(wire)

    connection.write(b"abc")
    loop.end_turn()
    assert loop.writers == [connection] and wire.sent == []
    wire.room = None
    connection.doWrite()

    assert wire.sent == [b"abc"] and loop.writers == []


def test_small_pieces_are_joined_and_many_bytes_are_not() -> None:
    wire = Socket()
    connection, _, loop = connect(wire)

    connection.writeSequence([b"x" * 32768, b"y" * 32768])
    loop.end_turn()
    assert [note for note in wire.notes if note[0] == "pieces"] == []
    assert list(map(len, wire.sent)) == [65536]

    connection.writeSequence([b"x" * 32768, b"y" * 32769])
    loop.end_turn()
    assert ("pieces", 2) in wire.notes and list(map(len, wire.sent)) == [65536, 65537]


def test_at_most_256_pieces_go_at_once() -> None:
    wire = Socket()
    connection, _, loop = connect(wire)

    connection.writeSequence([b"%04d" % number + b"." * 296 for number in range(300)])
    loop.end_turn()
    assert ("pieces", 256) in wire.notes and loop.writers == [connection]
    connection.doWrite()

    assert ("pieces", 44) in wire.notes and loop.writers == []
    assert b"".join(wire.sent) == b"".join(b"%04d" % number + b"." * 296 for number in range(300))


@pytest.mark.parametrize("room", [1, 32767, 32768, 32769, 70_000, 98_303])
def test_wherever_room_ends_nothing_is_lost_or_sent_twice(room: int) -> None:
    wire = Socket()
    wire.room = room
    connection, _, loop = connect(wire)
    pieces = [b"a" * 32768, b"b" * 32768, b"c" * 32768]

    connection.writeSequence(pieces)
    loop.end_turn()
    assert len(b"".join(wire.sent)) == room and loop.writers == [connection]
    connection.write(b"d" * 10)
    wire.room = None
    while loop.writers:
        connection.doWrite()

    assert b"".join(wire.sent) == b"".join(pieces) + b"d" * 10
    assert connection._unsent == 0 and connection._unsent_views is None


def test_what_cannot_be_sent_ends_the_connection() -> None:
    wire = Socket(b"x")
    connection, made, loop = connect(wire, Noting(lambda made, data: made.transport.write(data)))
    wire.room = BrokenPipeError(errno.EPIPE, "gone")

    assert connection.doRead() is None

    assert loop.ended == [(main.CONNECTION_LOST, False)]
    assert made.notes == ["made", 1, main.CONNECTION_LOST]


def test_what_cannot_be_sent_at_the_end_of_the_turn_ends_it_too() -> None:
    wire = Socket()
    connection, _, loop = connect(wire)
    connection.write(b"x")
    wire.room = BrokenPipeError(errno.EPIPE, "gone")

    loop.end_turn()

    assert loop.ended == [(main.CONNECTION_LOST, False)]


def test_a_send_that_raises_something_else_is_logged_and_ends_it() -> None:
    wire = Socket()
    connection, _, loop = connect(wire)
    connection.write(b"x")
    wire.room = trouble = ZeroDivisionError()

    assert failures(loop.end_turn) == [(ZeroDivisionError, "Noting,3,127.0.0.1")]
    assert loop.ended == [(trouble, False)]


def test_a_subclass_s_way_of_sending_is_used_and_may_end_the_connection() -> None:
    class Odd(tcp.Server):
        answer: Any = None

        def writeSomeData(self, data: bytes) -> Any:
            return self.answer if self.answer is not None else super().writeSomeData(data[:2])

    wire, loop = Socket(), Loop()
    connection: Any = Odd(wire, Noting(), ("127.0.0.1", 1), None, 0, loop)  # type: ignore[arg-type]
    connection.write(b"abc")
    loop.end_turn()
    connection.doWrite()
    assert wire.sent == [b"ab", b"c"]

    connection.answer = ending = ZeroDivisionError()
    connection.write(b"d")
    loop.end_turn()
    assert loop.ended == [(ending, False)]


def test_after_the_end_writing_does_nothing() -> None:
    wire = Socket()
    connection, _, loop = connect(wire)
    connection.connectionLost(Failure(main.CONNECTION_DONE))

    connection.write(b"x")
    connection.writeSequence([b"x"])
    connection.loseConnection()
    connection.loseWriteConnection()
    connection.abortConnection()
    connection.connectionLost(Failure(main.CONNECTION_LOST))
    loop.advance(60)

    assert loop.marked == [] and wire.sent == [] and connection.doWrite() is None
    assert connection.fileno() == -1 and wire.notes[1:] == [("shutdown", socket.SHUT_RDWR), "close"]


@pytest.mark.parametrize("bad", ["text", bytearray(b"x"), 3])
def test_only_bytes_are_written(bad: Any) -> None:
    connection, _, loop = connect(Socket())

    for write, what in ((connection.write, bad), (connection.writeSequence, [b"ok", bad])):
        with pytest.raises(TypeError):
            write(what)

    assert loop.marked == []


def test_nothing_written_is_nothing_sent() -> None:
    connection, _, loop = connect(Socket())

    connection.write(b"")
    connection.writeSequence([])
    connection.writeSequence(iter([]))

    assert loop.marked == []


# Producers


class Producer:
    def __init__(self, resuming: Callable[[], object] | None = None) -> None:
        self.told: list[str] = []
        self.resuming = resuming

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")
        if self.resuming is not None:
            self.resuming()

    def stopProducing(self) -> None:
        self.told.append("stop")


@pytest.mark.parametrize("way", ["write", "writeSequence"])
def test_a_push_producer_is_paused_above_64_kib_and_resumed_when_all_is_sent(way: str) -> None:
    wire = Socket()
    wire.room = 0
    connection, _, loop = connect(wire)
    connection.registerProducer(producer := Producer(), True)

    write = connection.write if way == "write" else (lambda data: connection.writeSequence([data]))
    write(b"x" * 65536)
    assert producer.told == []
    write(b"x")
    assert producer.told == ["pause"]
    loop.end_turn()
    wire.room = 65536
    connection.doWrite()
    assert producer.told == ["pause"]
    wire.room = None
    connection.doWrite()
    assert producer.told == ["pause", "resume"]

    write(b"x")
    loop.end_turn()
    assert producer.told == ["pause", "resume"]


def test_a_pull_producer_is_asked_whenever_all_is_sent() -> None:
    connection, _, loop = connect(Socket())
    left = [b"a", b"b"]
    connection.registerProducer(producer := Producer(lambda: left and connection.write(left.pop(0))), False)

    loop.end_turn()
    loop.end_turn()

    assert producer.told == ["resume"] * 3 and connection.socket.sent == [b"a", b"b"]


@pytest.mark.parametrize("streaming", [True, False])
def test_closing_waits_for_a_producer_that_was_paused_or_is_asked(streaming: bool) -> None:
    connection, made, loop = connect(Socket())
    connection.registerProducer(Producer(), streaming)
    connection.producerPaused = streaming

    connection.loseConnection()
    assert loop.readers == []
    loop.end_turn()
    assert made.notes == ["made"]
    connection.unregisterProducer()
    loop.end_turn()

    assert loop.ended == [(main.CONNECTION_DONE, False)]


def test_closing_does_not_wait_for_a_producer_that_could_have_written() -> None:
    wire, producer = Socket(), Producer()
    connection, _, loop = connect(wire)
    connection.registerProducer(producer, True)
    connection.write(b"last")

    connection.loseConnection()
    loop.end_turn()

    assert wire.sent == [b"last"]
    assert loop.ended == [(main.CONNECTION_DONE, False)]
    assert producer.told == ["stop"]


@pytest.mark.parametrize("waits", [True, False])
def test_half_closing_waits_for_a_producer_that_was_paused(waits: bool) -> None:
    connection, made, loop = connect(Socket(), Half())
    connection.registerProducer(Producer(), True)
    connection.producerPaused = waits

    connection.loseWriteConnection()
    loop.end_turn()
    assert made.notes == (["made"] if waits else ["made", "write end"])
    connection.unregisterProducer()
    loop.end_turn()

    assert made.notes == ["made", "write end"] and ("shutdown", socket.SHUT_WR) in connection.socket.notes


def test_a_producer_is_stopped_before_the_protocol_hears_of_the_end() -> None:
    connection, made, _ = connect(Socket())
    producer = Producer()
    producer.stopProducing = lambda: made.notes.append("stopped")  # type: ignore[method-assign]
    connection.registerProducer(producer, True)

    connection.connectionLost(Failure(main.CONNECTION_LOST))

    assert made.notes == ["made", "stopped", main.CONNECTION_LOST] and connection.producer is None


def test_the_protocol_hears_of_the_end_whatever_its_producer_does() -> None:
    connection, made, _ = connect(Socket())
    producer = Producer()

    def fail() -> None:
        raise ZeroDivisionError

    producer.stopProducing = fail  # type: ignore[method-assign]
    connection.registerProducer(producer, True)

    with pytest.raises(ZeroDivisionError):
        connection.connectionLost(Failure(main.CONNECTION_LOST))

    assert made.notes == ["made", main.CONNECTION_LOST] and connection.protocol is None


# Ending


def test_closing_ends_with_the_turn_when_all_is_sent() -> None:
    wire = Socket()
    connection, made, loop = connect(wire)
    connection.write(b"bye")

    connection.loseConnection()
    connection.loseConnection()
    assert loop.marked == [connection] and made.notes == ["made"]
    loop.end_turn()

    assert wire.sent == [b"bye"] and loop.ended == [(main.CONNECTION_DONE, False)]
    assert wire.notes[1:] == [("shutdown", socket.SHUT_RDWR), "close"]
    assert made.notes == ["made", main.CONNECTION_DONE]


def test_closing_in_a_callback_ends_with_the_callback() -> None:
    connection, made, loop = connect(
        Socket(b"x"), Noting(lambda made, data: (made.transport.write(b"y"), made.transport.loseConnection()))
    )

    connection.doRead()

    assert made.notes == ["made", 1, main.CONNECTION_DONE] and loop.ended == [(main.CONNECTION_DONE, False)]


def test_closing_with_something_unsent_stops_reading() -> None:
    wire = Socket()
    wire.room = 0
    connection, _, loop = connect(wire)
    connection.write(b"x")
    loop.end_turn()
    assert loop.readers == [connection]

    connection.loseConnection()

    assert loop.readers == [] and loop.writers == [connection]
    wire.room = None
    assert connection.doWrite() is main.CONNECTION_DONE


def test_half_closing_sends_all_first_and_is_told_once() -> None:
    wire = Socket()
    wire.room = 1
    connection, made, loop = connect(wire, Half())
    connection.write(b"xyz")

    connection.loseWriteConnection()
    connection.loseWriteConnection()
    loop.end_turn()
    assert ("shutdown", socket.SHUT_WR) not in wire.notes and made.notes == ["made"]
    wire.room = None
    assert connection.doWrite() is None

    assert wire.notes.count(("shutdown", socket.SHUT_WR)) == 1 and made.notes == ["made", "write end"]
    connection.write(b"late")
    assert loop.marked == [] and b"".join(wire.sent) == b"xyz"
    connection.loseConnection()
    assert loop.readers == [] and made.notes == ["made", "write end"]
    loop.advance(0)
    assert made.notes == ["made", "write end", main.CONNECTION_DONE]


def test_a_connection_lost_meanwhile_is_not_lost_again() -> None:
    connection, made, loop = connect(Socket(), Half())
    connection.loseWriteConnection()
    loop.end_turn()
    connection.loseConnection()
    connection.connectionLost(Failure(main.CONNECTION_LOST))

    loop.advance(0)

    assert made.notes == ["made", "write end", main.CONNECTION_LOST]


def test_a_half_that_cannot_be_closed_is_a_lost_connection() -> None:
    wire = Socket()
    connection, made, loop = connect(wire, Half())

    def fail(how: int) -> None:
        raise OSError(errno.ENOTCONN, "not connected")

    wire.shutdown = fail  # type: ignore[method-assign]
    connection.loseWriteConnection()
    loop.end_turn()

    assert made.notes == ["made", main.CONNECTION_LOST] and not wire.open


@pytest.mark.parametrize("end", ["read", "write"])
def test_a_protocol_that_raises_at_half_an_end_is_ended(end: str) -> None:
    connection, made, loop = connect(Socket(), Half())
    made.raises = True

    def act() -> None:
        if end == "read":
            connection.readConnectionLost(Failure(main.CONNECTION_DONE))
        else:
            connection.loseWriteConnection()
            loop.end_turn()

    assert failures(act) == [(ZeroDivisionError, "Half,3,127.0.0.1")]
    assert made.notes[:2] == ["made", f"{end} end"] and isinstance(made.notes[2], ZeroDivisionError)


def test_half_an_end_stops_reading_and_nothing_else() -> None:
    connection, made, loop = connect(Socket(), Half())

    connection.readConnectionLost(Failure(main.CONNECTION_DONE))

    assert made.notes == ["made", "read end"] and loop.readers == [] and connection.connected


def test_an_end_of_input_gives_what_is_unsent_30_seconds() -> None:
    wire = Socket()
    wire.room = 0
    connection, made, loop = connect(wire)
    connection.write(b"answer")

    connection.readConnectionLost(Failure(main.CONNECTION_DONE))
    connection.readConnectionLost(Failure(main.CONNECTION_DONE))
    assert connection.disconnecting == 1 and loop.readers == [] and len(loop.getDelayedCalls()) == 1
    loop.advance(29.9)
    assert made.notes == ["made"]
    loop.advance(0.2)

    assert isinstance(made.notes[1], error.ConnectionAborted)
    assert wire.options[socket.SOL_SOCKET, socket.SO_LINGER] == struct.pack("ii", 1, 0)


def test_what_was_unsent_at_an_end_of_input_is_sent() -> None:
    wire = Socket()
    connection, made, loop = connect(wire)
    connection.write(b"answer")

    connection.readConnectionLost(Failure(main.CONNECTION_DONE))
    loop.end_turn()

    assert wire.sent == [b"answer"] and made.notes == ["made", main.CONNECTION_DONE]
    assert loop.getDelayedCalls() == []


def test_an_end_of_input_with_nothing_unsent_is_the_end() -> None:
    connection, made, _ = connect(Socket())

    connection.readConnectionLost(Failure(main.CONNECTION_DONE))

    assert made.notes == ["made", main.CONNECTION_DONE]


def test_aborting_resets_in_the_next_turn_and_drops_what_is_unsent() -> None:
    wire = Socket()
    connection, made, loop = connect(wire)
    connection.write(b"x")

    connection.abortConnection()
    connection.abortConnection()
    assert made.notes == ["made"] and loop.readers == [] and len(loop.getDelayedCalls()) == 1
    loop.end_turn()
    loop.advance(0)

    assert wire.sent == [] and isinstance(made.notes[1], error.ConnectionAborted)
    assert wire.options[socket.SOL_SOCKET, socket.SO_LINGER] == struct.pack("ii", 1, 0)
    assert ("shutdown", socket.SHUT_RDWR) not in wire.notes and not wire.open


def test_an_end_of_input_while_aborting_is_the_end() -> None:
    wire = Socket()
    wire.room = 0
    connection, made, _ = connect(wire)
    connection.write(b"x")
    connection.abortConnection()

    connection.readConnectionLost(Failure(main.CONNECTION_DONE))

    assert made.notes == ["made", main.CONNECTION_DONE]


# Knowing


def test_a_connection_knows_its_addresses_names_and_options() -> None:
    wire = Socket()
    connection, _, _ = connect(wire)

    assert connection.getHost() == address.IPv4Address("TCP", "127.0.0.1", 80)
    assert connection.getPeer() == address.IPv4Address("TCP", "127.0.0.1", 4711)
    assert connection.hostname == "127.0.0.1" and connection.getHandle() is wire and connection.fileno() == 17
    assert connection.logPrefix() == connection.logstr == "Noting,3,127.0.0.1"
    assert repr(connection) == "<Noting #3 on None>" and not connection.TLS
    for name, key in {
        "TcpNoDelay": (socket.IPPROTO_TCP, socket.TCP_NODELAY),
        "TcpKeepAlive": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    }.items():
        for enabled in (1, 0):
            getattr(connection, f"set{name}")(enabled)
            assert wire.options[key] is bool(enabled)
            assert getattr(connection, f"get{name}")() is bool(enabled)


def test_a_peer_with_an_ipv6_address_has_one() -> None:
    wire = Socket()
    wire.getsockname = lambda: ("::1", 80, 0, 0)  # type: ignore[method-assign]
    connection: Any = tcp.Server(wire, Noting(), ("::1", 5, 1, 2), None, 0, Loop())  # type: ignore[arg-type]

    assert connection.getPeer() == address.IPv6Address("TCP", "::1", 5, 1, 2)
    assert connection.getHost() == address.IPv6Address("TCP", "::1", 80, 0, 0)
