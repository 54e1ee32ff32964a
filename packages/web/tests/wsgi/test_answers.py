"""What becomes of a WSGI application's answer."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest


def answering(*pieces: Any, status: str = "200 OK", fields: Any = ()) -> Any:
    def application(environ: dict[str, Any], start_response: Any) -> Any:
        start_response(status, list(fields))
        return iter(pieces)

    return application


class Pieces:
    """An answer that notes whether it was closed."""

    def __init__(self, *pieces: Any) -> None:
        self.pieces = pieces
        self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self) -> None:
        self.closed += 1


# The head


def test_status_and_fields_are_sent_as_they_are(serve: Any) -> None:
    fields = [("Content-Length", "1"), ("X-One", "\u00e9"), ("Set-Cookie", "a"), ("set-cookie", "b")]

    assert serve(answering(b"x", status="299 Very Fine", fields=fields)).ask() == (
        b"HTTP/1.1 299 Very Fine\r\nContent-Length: 1\r\nX-One: \xe9\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nx"
    )


@pytest.mark.parametrize("name", ["Connection", "Keep-Alive", "Transfer-Encoding", "TE", "Trailer", "Upgrade"])
def test_fields_of_the_connection_are_the_servers(serve: Any, name: str) -> None:
    answer = serve(answering(b"x", fields=[(name, "strange"), ("Content-Length", "1")])).ask()

    assert answer == b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"


@pytest.mark.parametrize("evil", ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rX-Evil: 1"])
def test_no_end_of_line_in_a_value_makes_another_field(serve: Any, evil: str) -> None:
    answer = serve(answering(b"x", fields=[("X-One", evil), ("Content-Length", "1")])).ask()

    assert b"\nX-Evil" not in answer and b"\rX-Evil" not in answer


def test_an_end_of_line_in_a_reason_phrase_is_not_sent(serve: Any, logged: Any) -> None:
    client = serve(answering(b"x", status="200 OK\r\nX-Evil: 1"))

    assert b"\nX-Evil" not in client.ask()
    logged.clear()


@pytest.mark.parametrize(
    ("status", "fields", "message"),
    [
        (b"200 OK", [], r"status must be str, not b'200 OK' \(bytes\)"),
        ("200 OK", (), r"headers must be a list, not \(\) \(tuple\)"),
        ("200 OK", [["a", "b"]], r"headers must be \(str, str\) tuples, not \['a', 'b'\] \(list\)"),
        ("200 OK", [("a", "b", "c")], r"headers must be \(str, str\) tuples"),
        ("200 OK", [("a", b"b")], r"headers must be \(str, str\) tuples, not \('a', b'b'\)"),
        ("200 OK", [(b"a", "b")], r"headers must be \(str, str\) tuples, not \(b'a', 'b'\)"),
    ],
)
def test_an_unlawful_start_is_refused_with_a_reason(serve: Any, status: Any, fields: Any, message: str) -> None:
    seen: list[type] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with pytest.raises(TypeError, match=message) as caught:
            start_response(status, fields)
        seen.append(caught.type)
        start_response("200 OK", [])
        return [b"well"]

    assert serve(application).ask().endswith(b"\r\n\r\nwell") and seen == [TypeError]


def test_a_status_that_is_no_number_is_a_failure(serve: Any, taken: Any) -> None:
    assert (
        serve(answering(b"x", status="fine")).ask()
        == b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
    )
    assert isinstance(taken(), ValueError)


@pytest.mark.parametrize("length", ["-1", "+1", "1 ", "", "1x", "0x1", "1, 1", "\u00b2"])
def test_a_length_that_is_no_number_of_bytes_is_refused(serve: Any, length: str) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with pytest.raises(ValueError, match="Content-Length must be a number of bytes, not b'"):
            start_response("200 OK", [("Content-Length", length)])
        start_response("200 OK", [("content-length", "4")])
        return [b"well"]

    assert serve(application).ask().endswith(b"Content-Length: 4\r\n\r\nwell")


def test_two_lengths_are_refused_if_they_differ(serve: Any) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with pytest.raises(ValueError, match=r"twice, and differently: \[b'4', b'5'\]"):
            start_response("200 OK", [("Content-Length", "5"), ("content-length", "4")])
        start_response("200 OK", [("Content-Length", "4"), ("content-length", "4")])
        return [b"well"]

    assert serve(application).ask().endswith(b"\r\n\r\nwell")


def test_the_first_start_may_be_the_one_of_an_error(serve: Any) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        try:
            raise ValueError("oh")
        except ValueError:
            start_response("500 Oh", [], sys.exc_info())
        return [b"sorry"]

    assert serve(application).ask() == b"HTTP/1.1 500 Oh\r\nContent-Length: 5\r\n\r\nsorry"


def test_starting_twice_needs_exc_info(serve: Any, taken: Any) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        start_response("201 Created", [])
        return [b"x"]

    assert serve(application).ask().startswith(b"HTTP/1.1 500 ")
    assert str(taken()) == "start_response was called twice, the second time without exc_info"


def test_with_exc_info_another_head_replaces_the_first(serve: Any) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "50"), ("X-One", "1")])
        try:
            raise ValueError("oh")
        except ValueError:
            start_response("500 Oh", [("X-Two", "2")], sys.exc_info())
        return [b"sorry"]

    assert serve(application).ask() == b"HTTP/1.1 500 Oh\r\nX-Two: 2\r\nContent-Length: 5\r\n\r\nsorry"


def test_with_exc_info_after_the_head_is_sent_the_error_is_raised_again(serve: Any, taken: Any) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "50")])
        yield b"begun"
        try:
            raise ValueError("oh")
        except ValueError:
            start_response("500 Oh", [], sys.exc_info())

    client = serve(application)

    assert client.ask() == b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nbegun"
    assert client.wire.disconnecting and repr(taken()) == "ValueError('oh')"


def test_an_answer_without_a_start_is_a_failure(serve: Any, taken: Any) -> None:
    assert serve(lambda environ, start_response: [b"x"]).ask().startswith(b"HTTP/1.1 500 ")
    assert str(taken()) == "the application has not called start_response"


def test_the_head_waits_for_the_first_bytes(serve: Any) -> None:
    seen: list[bytes] = []

    def application(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "1")])
        yield b""
        seen.append(client.heard())
        yield b"x"
        seen.append(client.heard())

    client = serve(application)
    client.ask()

    assert seen == [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"]


def test_an_empty_answer_has_a_head(serve: Any) -> None:
    assert serve(answering(fields=[("X-One", "1")])).ask().startswith(b"HTTP/1.1 200 OK\r\nX-One: 1\r\n")


# The body


def test_a_list_is_measured(serve: Any) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"ab", b"", b"cde"]

    assert serve(application).ask() == b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde"


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_what_has_no_body_has_no_length(serve: Any, status: str) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, [])
        return []

    assert serve(application).ask() == b"HTTP/1.1 " + status.encode() + b"\r\n\r\n"


@pytest.mark.parametrize("status", ["200 OK", "203 Other", "205 Reset", "299 So", "303 See Other", "305 Use Proxy"])
def test_an_empty_body_has_a_length_too(serve: Any, status: str) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, [])
        return []

    assert b"Content-Length: 0\r\n" in serve(application).ask()


def test_an_iterable_is_sent_in_chunks(serve: Any) -> None:
    answer = serve(answering(b"ab", b"c")).ask()

    assert answer == b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"


def test_what_is_more_than_promised_is_not_sent(serve: Any) -> None:
    client = serve(answering(b"ab", b"cd", b"ef", fields=[("Content-Length", "3")]))

    assert client.ask().endswith(b"\r\n\r\nabc") and not client.wire.disconnecting


def test_what_is_less_than_promised_ends_the_connection(serve: Any, logged: Any) -> None:
    client = serve(answering(b"ab", fields=[("Content-Length", "3")]))

    assert client.ask().endswith(b"\r\n\r\nab") and client.wire.disconnecting
    assert [event["log_format"] for event in logged] == ["WSGI application gave less than its Content-Length promised"]
    logged.clear()


def test_what_says_that_there_is_no_content_has_no_length_to_keep(serve: Any) -> None:
    client = serve(answering(status="204 No Content", fields=[("Content-Length", "3")]))

    assert client.ask() == b"HTTP/1.1 204 No Content\r\n\r\n" and not client.wire.disconnecting


@pytest.mark.parametrize("status", ["203 Other", "205 Reset", "303 See Other", "305 Use Proxy"])
def test_a_length_promises_a_body_whatever_the_status(serve: Any, logged: Any, status: str) -> None:
    client = serve(answering(status=status, fields=[("Content-Length", "3")]))

    client.ask()

    assert client.wire.disconnecting and len(logged) == 1
    logged.clear()


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"HEAD / HTTP/1.1", "200 OK"),
        (b"HEAD / HTTP/1.1", "304 Not Modified"),
        (b"GET / HTTP/1.1", "304 Not Modified"),
    ],
)
def test_a_length_without_a_body_is_no_broken_promise(serve: Any, line: bytes, status: str) -> None:
    client = serve(answering(status=status, fields=[("Content-Length", "3")]))

    assert b"\r\nContent-Length: 3\r\n\r\n" in client.ask(line) and not client.wire.disconnecting


def test_the_write_callable_sends_before_the_iterable(serve: Any) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [("Content-Length", "4")])
        write(b"ab")
        assert client.heard().endswith(b"\r\n\r\nab")
        return [b"cd"]

    client = serve(application)

    assert client.ask() == b"cd"


@pytest.mark.parametrize("piece", ["text", 7, bytearray(b"x")])
def test_what_is_not_bytes_is_a_failure(serve: Any, taken: Any, piece: Any) -> None:
    assert serve(answering(piece)).ask().startswith(b"HTTP/1.1 500 ")
    assert str(taken()) == f"an application gives bytes, not {type(piece).__name__}: {piece!r}"


@pytest.mark.parametrize("step", ["write", "answer"])
def test_no_bytes_are_no_end(serve: Any, step: str) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [("Content-Length", "2")])
        if step == "write":
            write(b"")
            write(b"ab")
            return []
        return [b"", b"ab"]

    assert serve(application).ask() == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"


# Ends


def test_an_answer_that_cannot_be_closed_is_a_failure(serve: Any, taken: Any) -> None:
    class Stuck(Pieces):
        """Does not close."""

        def close(self) -> None:
            raise OSError("stuck")

    client = serve(lambda environ, start_response: (start_response("200 OK", []), Stuck(b"ab"))[1])

    assert client.ask().endswith(b"\r\n\r\n2\r\nab\r\n")
    assert client.wire.disconnecting and str(taken()) == "stuck"


@pytest.mark.parametrize("pieces", [(), (b"a",), (b"a", b"b")])
def test_what_was_given_is_closed_once(serve: Any, pieces: tuple[bytes, ...]) -> None:
    given = Pieces(*pieces)

    serve(lambda environ, start_response: (start_response("200 OK", []), given)[1]).ask()

    assert given.closed == 1


def test_what_was_given_is_closed_when_it_fails(serve: Any, taken: Any) -> None:
    given = Pieces(ValueError("before"))

    answer = serve(lambda environ, start_response: (start_response("200 OK", []), given)[1]).ask()

    assert answer == b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
    assert given.closed == 1 and str(taken()) == "before"


def test_a_failure_after_the_head_ends_the_connection(serve: Any, taken: Any) -> None:
    given = Pieces(b"ab", ValueError("after"))
    client = serve(lambda environ, start_response: (start_response("200 OK", []), given)[1])

    assert client.ask().endswith(b"\r\n\r\n2\r\nab\r\n")
    assert client.wire.disconnecting and given.closed == 1 and str(taken()) == "after"


def test_a_failure_before_anything_is_an_error_500_and_the_connection_goes_on(serve: Any, taken: Any) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> None:
        raise SystemExit("no")

    client = serve(application)

    assert client.ask() == b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
    assert isinstance(taken(), SystemExit) and not client.wire.disconnecting
    assert client.ask().startswith(b"HTTP/1.1 500 ") and isinstance(taken(), SystemExit)


def test_nothing_is_sent_outside_the_reactor_nor_run_inside_it(serve: Any, turns: Any) -> None:
    client = serve(answering(b"ab", fields=[("Content-Length", "2")]), turns=turns)

    assert client.ask() == b"" and len(turns.in_threads) == 1 and turns.in_reactor == []

    turns.run(turns.in_threads)
    assert client.heard() == b""

    turns.run(turns.in_reactor)
    assert client.heard() == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"


def test_when_the_client_is_gone_the_application_is_closed_and_nothing_logged(serve: Any, turns: Any) -> None:
    given = Pieces(b"ab", b"cd")
    client = serve(lambda environ, start_response: (start_response("200 OK", []), given)[1], turns=turns)
    client.ask()

    client.hang_up()
    turns.run(turns.in_threads)
    turns.run(turns.in_reactor)

    assert given.closed == 1 and client.heard() == b""


@pytest.mark.parametrize("last", [b"", ValueError("late")])
def test_a_client_may_go_while_the_answer_is_on_its_way(serve: Any, turns: Any, logged: Any, last: Any) -> None:
    client = serve(lambda environ, start_response: (start_response("200 OK", []), Pieces(b"a", last))[1], turns=turns)
    client.ask()
    turns.run(turns.in_threads)

    client.hang_up()
    turns.run(turns.in_reactor)

    assert client.heard() == b"" and len(logged) == isinstance(last, ValueError)
    logged.clear()


def test_a_slow_client_makes_the_thread_wait_until_it_reads_again(serve: Any, turns: Any) -> None:
    client = serve(answering(b"ab", b"cd", fields=[("Content-Length", "4")]), turns=turns)
    client.ask()
    client.wire.producer.pauseProducing()
    thread = threading.Thread(target=lambda: turns.run(turns.in_threads), daemon=True)
    thread.start()

    thread.join(0.05)
    assert thread.is_alive() and len(turns.in_reactor) <= 1

    client.wire.producer.resumeProducing()
    thread.join(10)
    assert not thread.is_alive()
    turns.run(turns.in_reactor)
    assert client.heard().endswith(b"\r\n\r\nabcd")


def test_a_thread_that_waits_is_let_go_when_the_client_is(serve: Any, turns: Any) -> None:
    given = Pieces(b"ab", b"cd")
    client = serve(lambda environ, start_response: (start_response("200 OK", []), given)[1], turns=turns)
    client.ask()
    client.wire.producer.pauseProducing()
    thread = threading.Thread(target=lambda: turns.run(turns.in_threads), daemon=True)
    thread.start()

    client.hang_up()
    thread.join(10)

    assert not thread.is_alive() and given.closed == 1


def test_up_to_a_quarter_megabyte_nobody_waits(serve: Any, turns: Any) -> None:
    client = serve(answering(bytes(256 * 1024 - 1), b"last"), turns=turns)
    client.ask()
    thread = threading.Thread(target=lambda: turns.run(turns.in_threads), daemon=True)
    thread.start()

    thread.join(10)

    assert not thread.is_alive()
    turns.run(turns.in_reactor)
    assert client.heard().endswith(b"\r\n4\r\nlast\r\n0\r\n\r\n")


def test_no_more_than_a_quarter_megabyte_is_on_its_way(serve: Any, turns: Any) -> None:
    given: list[int] = []
    full = threading.Event()

    def pieces() -> Iterator[bytes]:
        for number in range(12):
            given.append(number)
            if number == 4:
                full.set()
            yield bytes(64 * 1024)

    client = serve(lambda environ, start_response: (start_response("200 OK", []), pieces())[1], turns=turns)
    client.ask()
    thread = threading.Thread(target=lambda: turns.run(turns.in_threads), daemon=True)
    thread.start()

    assert full.wait(10)
    assert given == [0, 1, 2, 3, 4]

    while thread.is_alive():
        turns.run(turns.in_reactor)
        thread.join(0.001)
    turns.run(turns.in_reactor)
    assert len(given) == 12 and client.heard().count(b"\0") == 12 * 64 * 1024
