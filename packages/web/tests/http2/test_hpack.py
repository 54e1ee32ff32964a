"""
Header blocks to be sent (RFC 7541), read by the library hpack.
"""

from __future__ import annotations

import pytest
from hpack import Decoder
from hypothesis import given
from hypothesis import strategies as st

from twisted.web._http2.floods import Flood, Meter
from twisted.web._http2.hpack import Encoder, _integer

Fields = list[tuple[bytes, bytes]]


def decoded(decoder: Decoder, data: bytes) -> Fields:
    return [(bytes(name), bytes(value)) for name, value in decoder.decode(data, raw=True)]


names = st.one_of(
    st.sampled_from([b":status", b"content-type", b"server", b"set-cookie", b"etag", b"x-a", b"date", b"vary"]),
    st.binary(min_size=1, max_size=200),
)
fields = st.lists(st.tuples(names, st.one_of(st.sampled_from([b"200", b"a", b""]), st.binary(max_size=1200))))


@given(st.lists(fields, max_size=12))
def test_what_is_written_is_read_however_the_table_fills(blocks: list[Fields]) -> None:
    encoder, decoder = Encoder(), Decoder()
    decoder.max_header_list_size = 1 << 30

    for block in blocks:
        assert decoded(decoder, encoder.encode(block)) == block


@given(st.lists(st.tuples(fields, st.sampled_from([0, 100, 4096, 65536])), max_size=8))
def test_the_table_can_shrink_and_grow(turns: list[tuple[Fields, int]]) -> None:
    encoder, decoder = Encoder(), Decoder()
    decoder.max_header_list_size = 1 << 30
    decoder.max_allowed_table_size = 4096

    for block, size in turns:
        encoder.header_table_size = size
        assert encoder.header_table_size == min(size, 4096)
        assert decoded(decoder, encoder.encode(block)) == block


def test_what_was_sent_once_takes_one_byte() -> None:
    encoder = Encoder()
    block = [(b":status", b"200"), (b"server", b"us"), (b"content-type", b"text/plain")]

    first, second = encoder.encode(block), encoder.encode(block)

    assert first == b"\x88\x76\x02us\x5f\x0atext/plain"
    assert second == b"\x88\xbf\xbe"


def test_cookies_are_never_kept() -> None:
    encoder = Encoder()

    assert encoder.encode([(b"set-cookie", b"a=b")]) == b"\x1f\x28\x03a=b" == encoder.encode([(b"set-cookie", b"a=b")])


def test_what_is_too_large_to_be_kept_may_be_kept_by_others_on_the_way() -> None:
    encoder = Encoder()
    value = b"v" * 1000

    block = encoder.encode([(b"etag", value)])

    # A literal that is not indexed, not one that never is: name 34 of the static table.
    assert block == b"\x0f\x13\x7f\xe9\x06" + value == encoder.encode([(b"etag", value)])


def test_a_table_that_shrinks_to_what_it_has_keeps_it_all() -> None:
    encoder = Encoder()
    fields = [(b"x%d" % place, b"v" * 30) for place in range(4)]
    encoder.encode(fields)

    encoder.header_table_size = 4 * 64

    assert encoder.encode(fields) == b"\x3f\xe1\x01\xc1\xc0\xbf\xbe"


def test_numbers_of_both_changes_may_be_large() -> None:
    encoder = Encoder()

    encoder.header_table_size = 100
    encoder.header_table_size = 200

    assert encoder.encode([(b":status", b"200")]) == b"\x3f\x45\x3f\xa9\x01\x88"


def test_two_changes_of_the_table_are_both_told() -> None:
    encoder = Encoder()
    encoder.encode([(b"x", b"y")])

    encoder.header_table_size = 0
    encoder.header_table_size = 100

    assert encoder.encode([(b":status", b"200")]) == b"\x20\x3f\x45\x88"
    assert encoder.encode([(b":status", b"200")]) == b"\x88"


def test_a_full_table_forgets_the_oldest() -> None:
    encoder, decoder = Encoder(), Decoder()
    for place in range(500):
        block = [(b"x-name", b"%d" % place), (b"server", b"us")]
        assert decoded(decoder, encoder.encode(block)) == block

    assert encoder._size <= 4096
    assert len(encoder._entries) == len(encoder._numbers) < 110


@pytest.mark.parametrize(
    ("value", "bits", "written"),
    [
        (10, 5, b"\x0a"),
        (31, 5, b"\x1f\x00"),
        (1337, 5, b"\x1f\x9a\x0a"),
        (127, 7, b"\x7f\x00"),
        (158, 5, b"\x1f\x7f"),
        (159, 5, b"\x1f\x80\x01"),
    ],
)
def test_numbers(value: int, bits: int, written: bytes) -> None:
    assert _integer(value, bits, 0) == written


def test_a_meter_counts_for_ten_seconds() -> None:
    meter = Meter(2, "things")

    meter.count(100.0)
    meter.count(110.0)
    with pytest.raises(Flood, match="more than 2 things in 10 seconds"):
        meter.count(110.0)
    meter.count(121.0)
    meter.count(121.0)
    with pytest.raises(Flood):
        meter.count(121.0)
