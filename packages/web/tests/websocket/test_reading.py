"""
Messages out of frames, and what is refused (RFC 6455 section 5).
"""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.web._websocket.deflating import Inflater
from twisted.web._websocket.errors import Violation, is_sendable
from twisted.web._websocket.masking import Keys, mask
from twisted.web._websocket.reading import BINARY, CLOSE, PING, PONG, TEXT, Reader
from twisted.web._websocket.writing import Writer

Event = tuple[int, str] | tuple[int, bytes]

KEY = b"\xa1\xb2\xc3\xd4"


def frame(
    opcode: int,
    payload: bytes = b"",
    fin: bool = True,
    rsv: int = 0,
    masked: bool = True,
    length: bytes | None = None,
) -> bytes:
    if length is None:
        size = len(payload)
        length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
        if size > 65535:
            length = b"\x7f" + size.to_bytes(8, "big")
    head = bytes([fin << 7 | rsv << 4 | opcode, masked << 7 | length[0]]) + length[1:]
    if masked:
        return head + KEY + bytes(byte ^ KEY[place % 4] for place, byte in enumerate(payload))
    return head + payload


def reader(masked: bool = True, most: int = 1000, fragments: int = 10, inflates: bool = False) -> Reader:
    return Reader(masked, most, fragments, Inflater(15, False) if inflates else None)


def read(data: bytes, by: Reader | None = None, step: int | None = None) -> list[Event]:
    by = by or reader()
    events: list[Event] = []
    for at in range(0, len(data), step or len(data) or 1):
        by.feed(data[at : at + (step or len(data))])
        while (event := by.next_event()) is not None:
            events.append(event)
    return events


LAWFUL: list[tuple[str, bytes, list[Event]]] = [
    ("text", frame(1, "Grüße".encode()), [(TEXT, "Grüße")]),
    ("bytes", frame(2, b"\x00\xff"), [(BINARY, b"\x00\xff")]),
    ("nothing as text", frame(1), [(TEXT, "")]),
    ("nothing as bytes", frame(2), [(BINARY, b"")]),
    ("125 bytes", frame(2, b"x" * 125), [(BINARY, b"x" * 125)]),
    ("126 bytes", frame(2, b"x" * 126), [(BINARY, b"x" * 126)]),
    ("as many as may be", frame(2, b"x" * 1000), [(BINARY, b"x" * 1000)]),
    ("two at once", frame(1, b"a") + frame(1, b"b"), [(TEXT, "a"), (TEXT, "b")]),
    ("in two frames", frame(1, b"a", fin=False) + frame(0, b"b"), [(TEXT, "ab")]),
    ("bytes in three", frame(2, b"a", fin=False) + frame(0, b"b", fin=False) + frame(0, b"c"), [(BINARY, b"abc")]),
    (
        "two messages in frames",
        (frame(2, b"a", fin=False) + frame(0, b"b")) * 2 + frame(1, b"c", fin=False) + frame(0, b"d"),
        [(BINARY, b"ab"), (BINARY, b"ab"), (TEXT, "cd")],
    ),
    ("a letter cut in two", frame(1, b"\xc3", fin=False) + frame(0, b"\xbc"), [(TEXT, "ü")]),
    ("empty frames", frame(1, b"", fin=False) + frame(0, b"", fin=False) + frame(0, b""), [(TEXT, "")]),
    ("a ping between", frame(1, b"a", fin=False) + frame(9, b"p") + frame(0, b"b"), [(PING, b"p"), (TEXT, "ab")]),
    ("a ping", frame(9), [(PING, b"")]),
    ("the longest ping", frame(9, b"x" * 125), [(PING, b"x" * 125)]),
    ("a pong", frame(10, b"y"), [(PONG, b"y")]),
    ("a close without words", frame(8), [(CLOSE, b"")]),
    ("a close with words", frame(8, b"\x03\xe8bye"), [(CLOSE, b"\x03\xe8bye")]),
    ("a close of an application", frame(8, b"\x13\x87"), [(CLOSE, b"\x13\x87")]),
]

UNLAWFUL: list[tuple[str, bytes, int]] = [
    ("not masked", frame(1, b"a", masked=False), 1002),
    ("not masked, and long", frame(1, b"a" * 200, masked=False), 1002),
    ("a ping, not masked", frame(9, b"", masked=False), 1002),
    *[(f"opcode {opcode}", frame(opcode), 1002) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)],
    ("first reserved bit", frame(1, b"a", rsv=4), 1002),
    ("second reserved bit", frame(1, b"a", rsv=2), 1002),
    ("third reserved bit", frame(2, b"a", rsv=1), 1002),
    ("reserved bit of a ping", frame(9, b"a", rsv=4), 1002),
    ("reserved bit of a close", frame(8, b"", rsv=1), 1002),
    ("reserved bit of a continuation", frame(1, b"", fin=False) + frame(0, b"", rsv=4), 1002),
    ("a ping in fragments", frame(9, b"a", fin=False), 1002),
    ("a pong in fragments", frame(10, b"a", fin=False), 1002),
    ("a close in fragments", frame(8, b"", fin=False), 1002),
    ("a ping of 126 bytes", frame(9, b"a" * 126), 1002),
    ("a close of 126 bytes", frame(8, b"\x03\xe8" + b"a" * 124), 1002),
    ("a ping that says 64 bits of length", frame(9, b"", length=b"\x7f" + bytes(8)), 1002),
    ("a continuation of nothing", frame(0, b"a"), 1002),
    ("a continuation of what has ended", frame(1, b"a") + frame(0, b"a"), 1002),
    ("a continuation that has ended twice", frame(1, b"", fin=False) + frame(0, b"a") + frame(0, b"a"), 1002),
    ("text within text", frame(1, b"a", fin=False) + frame(1, b"a"), 1002),
    ("bytes within text", frame(1, b"a", fin=False) + frame(2, b"a"), 1002),
    ("a length of 16 bits that needs 7", frame(2, b"a" * 5, length=b"\x7e\x00\x05"), 1002),
    ("a length of 16 bits of 125", frame(2, b"a" * 125, length=b"\x7e\x00\x7d"), 1002),
    ("a length of 64 bits that needs 16", frame(2, b"a" * 200, length=b"\x7f" + bytes(7) + b"\xc8"), 1002),
    ("a length of 64 bits of 65535", frame(2, b"", length=b"\x7f" + bytes(6) + b"\xff\xff"), 1002),
    ("a length with the highest bit", frame(2, b"", length=b"\x7f\x80" + bytes(7)), 1002),
    ("half a status code", frame(8, b"\x03"), 1002),
    *[
        (f"status code {code}", frame(8, code.to_bytes(2, "big")), 1002)
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
    ],
    ("words of a close that are not UTF-8", frame(8, b"\x03\xe8\xff"), 1007),
    ("text that is not UTF-8", frame(1, b"a\xff"), 1007),
    ("a surrogate", frame(1, b"\xed\xa0\x80"), 1007),
    ("an overlong slash", frame(1, b"\xc0\xaf"), 1007),
    ("half a letter", frame(1, b"\xc3"), 1007),
    ("half a letter at the end of fragments", frame(1, b"a", fin=False) + frame(0, b"\xc3"), 1007),
    ("bad in the first of many fragments", frame(1, b"\xff", fin=False), 1007),
    ("one byte too much", frame(2, b"x" * 1001), 1009),
    ("a length that nobody has", frame(2, b"", length=b"\x7f\x7f" + b"\xff" * 7), 1009),
    ("too much in fragments", frame(2, b"x" * 600, fin=False) + frame(0, b"x" * 401), 1009),
    ("too much in short fragments", (frame(2, b"x" * 990, fin=False)) + frame(0, b"x" * 11), 1009),
    ("too many fragments", frame(2, b"", fin=False) + frame(0, b"", fin=False) * 10, 1009),
]


@pytest.mark.parametrize("step", [None, 1, 2, 3, 7])
@pytest.mark.parametrize(("data", "events"), [case[1:] for case in LAWFUL], ids=[case[0] for case in LAWFUL])
def test_what_is_lawful_is_read_wherever_it_is_cut(data: bytes, events: list[Event], step: int | None) -> None:
    assert read(data, step=step) == events


@pytest.mark.parametrize("step", [None, 1, 2, 5])
@pytest.mark.parametrize(("data", "code"), [case[1:] for case in UNLAWFUL], ids=[case[0] for case in UNLAWFUL])
def test_what_is_not_is_refused_with_the_code_that_says_so(data: bytes, code: int, step: int | None) -> None:
    with pytest.raises(Violation) as caught:
        read(data, step=step)

    assert caught.value.code == code
    assert caught.value.why and str(code) in str(caught.value)


@pytest.mark.parametrize(("data", "code"), [case[1:] for case in UNLAWFUL], ids=[case[0] for case in UNLAWFUL])
def test_it_is_refused_so_wherever_it_is_cut_in_two(data: bytes, code: int) -> None:
    for at in range(1, min(len(data), 400)):
        by = reader()
        with pytest.raises(Violation) as caught:
            for piece in (data[:at], data[at:]):
                by.feed(piece)
                while by.next_event() is not None:
                    pass
        assert caught.value.code == code, at


def test_what_came_before_the_mistake_is_there() -> None:
    by = reader()
    by.feed(frame(1, b"good") + frame(3))

    assert by.next_event() == (TEXT, "good")
    with pytest.raises(Violation):
        by.next_event()


def test_a_giant_is_refused_before_its_bytes_come() -> None:
    with pytest.raises(Violation):
        read(b"\x82\xfe\x03\xe9")


def test_a_server_must_not_mask() -> None:
    with pytest.raises(Violation) as caught:
        read(frame(1, b"a"), reader(masked=False))

    assert caught.value.code == 1002
    assert read(frame(1, b"a", masked=False), reader(masked=False)) == [(TEXT, "a")]


def test_exactly_as_many_fragments_as_may_be_are_a_message() -> None:
    data = frame(2, b"a", fin=False) + frame(0, b"b", fin=False) * 8 + frame(0, b"c")

    assert read(data + data) == [(BINARY, b"abbbbbbbbc")] * 2


def test_the_size_of_one_message_is_not_counted_with_the_next() -> None:
    data = frame(2, b"a" * 600, fin=False) + frame(0, b"b" * 400)

    assert [len(event[1]) for event in read(data * 3)] == [1000, 1000, 1000]


def compressed(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def test_compressed_messages_are_read_whole_and_in_fragments() -> None:
    text, raw = compressed("Grüße".encode() * 20), compressed(b"ab" * 400)
    data = frame(1, text, rsv=4) + frame(2, raw[:5], rsv=4, fin=False) + frame(0, raw[5:]) + frame(1, b"plain")

    assert read(data, Reader(True, 1000, 10, Inflater(15, True)), 3) == [
        (TEXT, "Grüße" * 20),
        (BINARY, b"ab" * 400),
        (TEXT, "plain"),
    ]


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    bomb = compressed(b"\0" * 50_000_000)

    with pytest.raises(Violation) as caught:
        read(frame(2, bomb, rsv=4), Reader(True, 1_000_000, 10, Inflater(15, False)))

    assert caught.value.code == 1009


def test_a_bomb_in_fragments_is_refused_as_well() -> None:
    by = Reader(True, 1000, 10, Inflater(15, False))
    data = compressed(b"\0" * 900) + b"\x00\x00\xff\xff" + compressed(b"\0" * 101)

    with pytest.raises(Violation) as caught:
        read(frame(2, data[:7], rsv=4, fin=False) + frame(0, data[7:]), by)

    assert caught.value.code == 1009


def test_a_compressed_message_of_just_the_size_is_let_in() -> None:
    data = compressed(b"\0" * 1000)

    assert read(frame(2, data, rsv=4), reader(inflates=True)) == [(BINARY, b"\0" * 1000)]


def test_compressed_rubbish_is_refused() -> None:
    with pytest.raises(Violation) as caught:
        read(frame(2, b"\xff\xff\xff", rsv=4), reader(inflates=True))

    assert caught.value.code == 1007


def test_a_continuation_must_not_say_that_it_is_compressed() -> None:
    with pytest.raises(Violation):
        read(frame(2, b"", fin=False) + frame(0, b"", rsv=4), reader(inflates=True))


def test_a_control_frame_must_not_be_compressed() -> None:
    with pytest.raises(Violation):
        read(frame(9, b"", rsv=4), reader(inflates=True))


def test_other_reserved_bits_stay_forbidden_with_compression() -> None:
    with pytest.raises(Violation):
        read(frame(2, b"", rsv=6), reader(inflates=True))


def test_codes_that_may_close_a_connection() -> None:
    sendable = [code for code in range(6000) if is_sendable(code)]

    assert sendable == [1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)]


messages = st.one_of(
    st.tuples(st.just(TEXT), st.text(max_size=300)),
    st.tuples(st.just(BINARY), st.binary(max_size=700)),
    st.tuples(st.sampled_from([PING, PONG]), st.binary(max_size=125)),
)


@given(st.lists(messages, max_size=8), st.integers(1, 200), st.booleans(), st.booleans())
def test_what_is_written_is_read_wherever_it_is_cut(
    sent: list[Event], step: int, client: bool, compresses: bool
) -> None:
    from twisted.web._websocket.deflating import Deflater

    writer = Writer(Keys() if client else None, Deflater(15, False) if compresses else None)
    wire = b""
    for kind, payload in sent:
        raw = payload.encode() if isinstance(payload, str) else payload
        wire += b"".join(writer.message(kind, raw)) if kind < 8 else writer.control(kind, raw)

    assert read(wire, reader(masked=client, most=10_000, inflates=compresses), step) == sent


@given(st.binary(max_size=200), st.booleans(), st.booleans(), st.integers(1, 20))
def test_any_bytes_are_messages_or_a_violation_and_the_same_wherever_they_are_cut(
    data: bytes, masked: bool, inflates: bool, step: int
) -> None:
    def outcome(step: int | None) -> tuple[list[Event], int | None]:
        events: list[Event] = []
        by = reader(masked, inflates=inflates)
        try:
            for at in range(0, len(data), step or len(data)):
                by.feed(data[at : at + (step or len(data))])
                while (event := by.next_event()) is not None:
                    events.append(event)
        except Violation as violation:
            return events, violation.code
        return events, None

    if data:
        assert outcome(step) == outcome(None)


@given(st.binary(max_size=2000), st.binary(min_size=4, max_size=4))
def test_a_mask_is_put_over_each_byte_and_taken_away_by_itself(data: bytes, key: bytes) -> None:
    masked = mask(data, key)

    assert masked == bytes(byte ^ key[place % 4] for place, byte in enumerate(data))
    assert mask(masked, key) == data


@pytest.mark.parametrize("size", [0, 1, 3, 4, 511, 512, 513, 65537])
def test_masks_of_all_sizes(size: int) -> None:
    data = bytes(place * 7 % 256 for place in range(size))

    assert mask(data, b"\x01\x80\xff\x00") == bytes(
        byte ^ b"\x01\x80\xff\x00"[place % 4] for place, byte in enumerate(data)
    )


def test_keys_have_four_bytes_and_do_not_repeat() -> None:
    keys = Keys()

    given_out = [keys.next_key() for _ in range(3000)]

    assert {len(key) for key in given_out} == {4}
    assert len(set(given_out)) > 2990


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, b"\x82\x00"),
        (125, b"\x82\x7d"),
        (126, b"\x82\x7e\x00\x7e"),
        (65535, b"\x82\x7e\xff\xff"),
        (65536, b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_lengths_are_written_as_short_as_they_can_be(size: int, head: bytes) -> None:
    assert Writer(None).message(BINARY, b"x" * size) == (head, b"x" * size)


def test_a_client_masks_what_it_sends() -> None:
    head, rest = Writer(Keys()).message(TEXT, b"hello")

    assert head[:2] == b"\x81\x85" and len(head) == 6
    assert mask(rest, head[2:]) == b"hello"


def test_control_frames_have_at_most_125_bytes() -> None:
    writer = Writer(None)

    assert writer.control(PING, b"x" * 125) == b"\x89\x7d" + b"x" * 125
    with pytest.raises(ValueError, match="126"):
        writer.control(PING, b"x" * 126)


def test_the_words_of_a_close_are_cut_between_letters() -> None:
    assert Writer(None).close(1000, "ü" * 100) == b"\x88\x7c\x03\xe8" + "ü".encode() * 61


def test_a_close_has_a_code_that_may_be_sent() -> None:
    with pytest.raises(ValueError, match="1005"):
        Writer(None).close(1005)


def test_what_is_short_is_not_compressed() -> None:
    from twisted.web._websocket.deflating import Deflater

    writer = Writer(None, Deflater(15, False))

    assert writer.message(TEXT, b"x" * 63) == (b"\x81\x3f", b"x" * 63)
    head, rest = writer.message(TEXT, b"x" * 64)
    assert head[0] == 0xC1 and head[1] == len(rest) < 64


def test_many_small_pieces_of_a_large_frame_cost_no_more_than_their_bytes() -> None:
    # 2 MB in pieces of 100 bytes: what copied them again and again would move 20 GB.
    data = frame(2, b"x" * 2_000_000, length=b"\x7f" + (2_000_000).to_bytes(8, "big"))

    assert [len(event[1]) for event in read(data, reader(most=3_000_000), 100)] == [2_000_000]


CORPUS = Path(__file__).parents[1] / "corpus" / "websocket_frames"


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_what_once_went_wrong_ends_the_same_wherever_it_is_cut(path: Path) -> None:
    data = path.read_bytes()
    options, data = data[0], data[1:]

    def outcome(step: int) -> list[object]:
        by = Reader(bool(options & 1), 1000, 10, Inflater(15, bool(options & 4)) if options & 2 else None)
        found: list[object] = []
        try:
            for at in range(0, len(data), step):
                by.feed(data[at : at + step])
                while (event := by.next_event()) is not None:
                    found.append(event)
        except Violation as violation:
            found.append(violation.code)
        return found

    assert outcome(1) == outcome(2) == outcome(7) == outcome(len(data)) != []
