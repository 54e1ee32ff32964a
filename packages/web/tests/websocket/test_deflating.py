"""
What both sides agree upon about compression (RFC 7692 section 7.1), and that it works.
"""

from __future__ import annotations

import pytest

from twisted.web._websocket.deflating import Agreement, Deflater, Inflater, accept, choose, offer, read_extensions
from twisted.web._websocket.errors import HandshakeFailed


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        ("permessage-deflate", Agreement()),
        ("permessage-deflate; client_max_window_bits", Agreement()),
        ("permessage-deflate; client_max_window_bits=10", Agreement(client_window=10)),
        ('permessage-deflate; client_max_window_bits="8"', Agreement(client_window=8)),
        ("permessage-deflate; server_max_window_bits=9", Agreement(server_window=9)),
        ("permessage-deflate; server_no_context_takeover", Agreement(server_forgets=True)),
        ("permessage-deflate;client_no_context_takeover", Agreement(client_forgets=True)),
        ("x-webkit-deflate-frame, permessage-deflate", Agreement()),
        ("permessage-deflate; server_max_window_bits=8, permessage-deflate", Agreement()),
        ("permessage-deflate; what=1, permessage-deflate; server_max_window_bits=12", Agreement(server_window=12)),
        ("", None),
        ("other", None),
        ("permessage-deflate; server_max_window_bits", None),
        ("permessage-deflate; server_max_window_bits=8", None),
        ("permessage-deflate; server_max_window_bits=16", None),
        ("permessage-deflate; server_max_window_bits=09", None),
        ("permessage-deflate; server_max_window_bits=9x", None),
        ("permessage-deflate; server_no_context_takeover=1", None),
        ("permessage-deflate; client_no_context_takeover; client_no_context_takeover", None),
        ("permessage-deflate; =1", None),
        ("permessage-deflate; client_max_window_bits=", None),
        ("permessage-deflate; unknown", None),
        (", permessage-deflate", None),
    ],
)
def test_a_server_takes_the_first_offer_that_it_can_live_with(offered: str, agreed: Agreement | None) -> None:
    assert choose(offered, False) == agreed


def test_a_server_that_wants_to_forget_says_so() -> None:
    agreed = choose("permessage-deflate", True)

    assert agreed is not None
    assert agreed.to_text() == "permessage-deflate; server_no_context_takeover; client_no_context_takeover"


@pytest.mark.parametrize(
    ("field", "complaint"),
    [
        (", " + "x" * 200, "an extension without a name: ', " + "x" * 98 + "'"),
        ("a; =" + "x" * 200, "a parameter that makes no sense: 'a; =" + "x" * 96 + "'"),
    ],
)
def test_of_what_makes_no_sense_the_beginning_is_told(field: str, complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_extensions(field)

    assert str(caught.value) == complaint


def test_windows_are_said_where_they_are_not_the_usual_ones() -> None:
    assert Agreement().to_text() == "permessage-deflate"
    assert Agreement(server_window=10, client_window=12).to_text() == (
        "permessage-deflate; server_max_window_bits=10; client_max_window_bits=12"
    )


@pytest.mark.parametrize(
    ("answered", "agreed"),
    [
        ("permessage-deflate", Agreement()),
        ("permessage-deflate; client_max_window_bits=9", Agreement(client_window=9)),
        ("permessage-deflate; server_max_window_bits=8", Agreement(server_window=8)),
        ("permessage-deflate; client_no_context_takeover", Agreement(client_forgets=True)),
    ],
)
def test_a_client_takes_what_it_can(answered: str, agreed: Agreement) -> None:
    assert accept(answered) == agreed


@pytest.mark.parametrize(
    "answered",
    [
        "other",
        "permessage-deflate, permessage-deflate",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=8",
        "permessage-deflate; x",
        ";",
    ],
)
def test_a_client_refuses_what_it_did_not_offer(answered: str) -> None:
    with pytest.raises(HandshakeFailed, match="cannot be"):
        accept(answered)


def test_what_a_client_offers() -> None:
    assert offer(False) == "permessage-deflate; client_max_window_bits"
    assert choose(offer(True), False) == Agreement(True, True)


def test_extensions_have_names_and_parameters() -> None:
    assert read_extensions('a; b=1; c, d ; e = "2"') == [("a", {"b": "1", "c": None}), ("d", {"e": "2"})]


def test_a_side_that_remembers_sends_less_the_second_time() -> None:
    data = bytes(range(256)) * 2
    remembers, forgets = Deflater(15, False), Deflater(15, True)

    first, second = remembers.deflate(data), remembers.deflate(data)
    assert len(second) < len(first) // 4
    assert forgets.deflate(data) == forgets.deflate(data)


def test_the_other_side_remembers_too() -> None:
    deflater, inflater = Deflater(10, False), Inflater(10, False)

    for message in (b"hello " * 50, b"hello " * 50, b""):
        assert inflater.inflate(deflater.deflate(message), True, 1000) == message


def test_a_side_that_forgets_cannot_be_reminded() -> None:
    deflater, inflater = Deflater(15, True), Inflater(15, True)

    for message in (b"hello " * 50, b"hello " * 50):
        assert inflater.inflate(deflater.deflate(message), True, 300) == message
    assert inflater._decompressor is None


def test_a_message_may_end_its_stream() -> None:
    import zlib

    compressor = zlib.compressobj(wbits=-15)
    ended = compressor.compress(b"over") + compressor.flush(zlib.Z_FINISH)
    inflater = Inflater(15, False)

    assert inflater.inflate(ended + b"\x00", True, 10) == b"over"
    assert inflater.inflate(Deflater(15, True).deflate(b"again"), True, 10) == b"again"
