"""The pieces that messages are read with: buffers, lines, fields, targets and bodies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.web import http_headers
from twisted.web._http1.bodies import END, ChunkedBody, SizedBody
from twisted.web._http1.buffers import InputBuffer
from twisted.web._http1.errors import Refused
from twisted.web._http1.fields import read_fields, read_length, read_lines, tokens
from twisted.web._http1.heads import _MOST_HOSTS, _hosts, path_of, read_head


@given(st.lists(st.binary(max_size=20)), st.lists(st.integers(min_value=0, max_value=30)))
def test_a_buffer_gives_back_what_it_was_fed(pieces: list[bytes], takes: list[int]) -> None:
    buffer = InputBuffer()
    taken = b""
    for piece, most in zip(pieces, [*takes, *[0] * len(pieces)], strict=False):
        buffer.feed(piece)
        part = buffer.take(most)
        assert len(part) <= most and isinstance(part, bytes)
        taken += part

    assert len(buffer) == len(b"".join(pieces)) - len(taken)
    assert taken + buffer.take_all() == b"".join(pieces)
    assert len(buffer) == 0


def test_a_buffer_takes_no_copy_of_a_whole_piece() -> None:
    piece = b"x" * 100

    assert InputBuffer(piece).take(100) is piece


def test_lines_are_cut_at_their_ends() -> None:
    assert read_lines(b"a\r\n\tb\xff~ \r\n") == [b"a", b"\tb\xff~ ", b""]


@pytest.mark.parametrize("block", [b"a\nb", b"a\rb", b"a\n\rb", b"a\0", b"a\x7f", b"a\r\r\n", b"\x0b", b"\x1f", b"a\r"])
def test_half_an_end_of_line_or_a_control_is_refused(block: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_lines(block)
    assert caught.value.status == 400


def test_fields_are_kept_under_their_usual_names_in_order() -> None:
    fields = read_fields([b"content-type: a", b"ETAG:b", b"X: \t c \t", b"x:", b"Content-Type: d"])

    assert list(fields.items()) == [(b"Content-Type", [b"a", b"d"]), (b"ETag", [b"b"]), (b"X", [b"c", b""])]


@pytest.mark.parametrize("line", [b"", b"a", b"Host", b":", b": a", b"a b: c", b" a: b", b"a : b", b"\xff: a"])
def test_what_is_no_field_is_refused(line: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_fields([line])
    assert caught.value.status == 400


def test_a_list_is_read_from_all_its_fields() -> None:
    assert tokens([b"A, b", b" ,c\t,, "]) == [b"a", b"b", b"c"]


def test_a_length_has_digits_alone_and_not_too_many() -> None:
    assert read_length([b"0"]) == 0
    assert read_length([b"9" * 18]) == 10**18 - 1
    for values in ([b"9" * 19], [b""], [b"1", b"1"], [b"-1"], [b"1 "]):
        with pytest.raises(Refused) as caught:
            read_length(values)
        assert caught.value.status == 400


@pytest.mark.parametrize(
    ("method", "target", "path"),
    [
        (b"GET", b"http://a/b?c", b"/b?c"),
        (b"GET", b"http://a?c", b"/?c"),
        (b"GET", b"http://a", b"/"),
        (b"OPTIONS", b"http://a", b"*"),
        (b"OPTIONS", b"http://a/", b"/"),
        (b"OPTIONS", b"*", b"*"),
        (b"CONNECT", b"a:1", b"a:1"),
        (b"GET", b"odd", b"odd"),
    ],
)
def test_the_path_of_a_target(method: bytes, target: bytes, path: bytes) -> None:
    assert path_of(method, target) == path


def test_hosts_that_are_remembered_are_few() -> None:
    for number in range(_MOST_HOSTS + 10):
        read_head(b"GET / HTTP/1.1\r\nHost: h%d" % number, 10)
    read_head(b"GET / HTTP/1.1\r\nHost: " + b"h" * 100, 10)

    assert 0 < len(_hosts) <= _MOST_HOSTS
    assert b"h" * 100 not in _hosts


def test_names_that_are_remembered_are_few() -> None:
    for number in range(http_headers._MOST_KNOWN + 10):
        read_fields([b"x-%d: 1" % number])
    read_fields([b"x" * 100 + b": 1"])

    assert len(http_headers._known) <= http_headers._MOST_KNOWN
    assert b"x" * 100 not in http_headers._known


def test_a_sized_body_ends_by_itself() -> None:
    body, buffer = SizedBody(3), InputBuffer(b"abcd")

    assert body.next_piece(buffer) == b"abc"
    assert body.next_piece(buffer) is END
    assert buffer.take_all() == b"d"


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=8), st.integers(min_value=1, max_value=40))
def test_chunks_are_taken_out_wherever_the_stream_is_cut(chunks: list[bytes], step: int) -> None:
    stream = b"".join(b"%x;x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\nrest"
    body, buffer, taken = ChunkedBody(), InputBuffer(), b""
    ended = False
    for at in range(0, len(stream), step):
        buffer.feed(stream[at : at + step])
        while not ended and (piece := body.next_piece(buffer)) is not None:
            if piece is END:
                ended = True
            else:
                assert isinstance(piece, bytes) and piece
                taken += piece

    assert ended
    assert taken == b"".join(chunks)
    assert buffer.take_all() == b"rest"


def test_the_line_before_a_chunk_has_so_many_bytes_at_most() -> None:
    assert ChunkedBody(most_line=5).next_piece(InputBuffer(b"1;abc\r\nx")) == b"x"
    with pytest.raises(Refused):
        ChunkedBody(most_line=5).next_piece(InputBuffer(b"1;abcd\r\nx"))


@pytest.mark.parametrize("before", [b"", b"4\r\nabcd\r\n"])
def test_extensions_are_longer_than_the_chunks_by_so_many_bytes_at_most(before: bytes) -> None:
    def read(extension: bytes) -> bytes:
        body, buffer = ChunkedBody(most_trailer=10), InputBuffer(before + b"1" + extension + b"\r\nx\r\n0")
        piece = body.next_piece(buffer)
        assert isinstance(piece, bytes)
        return piece

    assert read(b";" + b"a" * 10).endswith(b"x")
    assert read(b";a" * 2 + b"\r\nx\r\n1;" + b"a" * 6).endswith(b"x")
    with pytest.raises(Refused) as caught:
        read(b";" + b"a" * 11)
    assert caught.value.status == 413


def test_a_long_chunk_may_have_a_long_extension() -> None:
    signed = b"f;chunk-signature=%064x\r\n" % 1 + b"x" * 15 + b"\r\n"

    piece = ChunkedBody(most_trailer=100).next_piece(
        InputBuffer((b"ffff" + signed[1:-17] + b"x" * 65535 + b"\r\n") * 9)
    )

    assert piece == b"x" * 65535 * 9


def test_trailers_have_so_many_bytes_at_most() -> None:
    def end(trailer: bytes) -> object:
        return ChunkedBody(most_trailer=10).next_piece(InputBuffer(b"0\r\n" + trailer + b"\r\n\r\n"))

    assert end(b"A: bcdefgh"[:8]) is END
    with pytest.raises(Refused) as caught:
        end(b"A: bcdefghi")
    assert caught.value.status == 431
