"""What breaks the rules of HTTP/2 has one outcome wherever its bytes are cut in two."""

from __future__ import annotations

from typing import Any

import pytest

from .test_malformed import CONNECTION_ERRORS, GOAWAY

# The long ones are cut in pieces elsewhere.
SHORT = [case for case in CONNECTION_ERRORS if len(case[1]) <= 300]


def test_nearly_all_of_them_are_short() -> None:
    assert len(SHORT) >= len(CONNECTION_ERRORS) - 4 >= 45


@pytest.mark.parametrize(("data", "codes"), [case[1:] for case in SHORT], ids=[case[0] for case in SHORT])
def test_a_mistake_is_the_same_wherever_it_is_cut_in_two(talk: Any, data: bytes, codes: set[int]) -> None:
    kind = type(talk)
    for at in range(1, len(data)):
        talk = kind()
        if not data.startswith(b"GET "):
            talk.begin()
        talk.resource.answer = lambda request: 1
        talk.resource.streamsBody = talk.site.streamsBodies = True
        talk.transport.clear()
        for piece in (data[:at], data[at:]):
            talk.connection.dataReceived(piece)
        sent = talk.frames()

        last, _, stream, payload = sent[-1]
        assert (last, stream) == (GOAWAY, 0), at
        assert int.from_bytes(payload[4:8], "big") in codes
        assert [frame[0] for frame in sent].count(GOAWAY) == 1
        assert talk.transport.disconnecting
