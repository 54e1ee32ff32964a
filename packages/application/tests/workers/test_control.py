"""What workers and their parent say to each other."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.application._workers.control import (
    MAX_LINE,
    READY,
    Answer,
    Ask,
    ControlError,
    Orders,
    is_ready,
    line_of,
    read,
)

text = st.text(max_size=20)
numbers = st.integers(min_value=0, max_value=70000)
asks = st.builds(Ask, st.sampled_from(["tcp", "udp", "unix"]), text, numbers, numbers, numbers, numbers, st.booleans())
orders = st.builds(Orders, st.lists(text), st.lists(text), st.floats(min_value=0, max_value=1e6), st.lists(text))


@given(asks)
def test_an_ask_is_read_as_it_was_written(ask: Ask) -> None:
    line = line_of(ask)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert read(Ask, line) == ask


@given(orders)
def test_orders_are_read_as_they_were_written(order: Orders) -> None:
    assert read(Orders, line_of(order)) == order


@given(st.builds(Answer, numbers, numbers, text))
def test_an_answer_is_read_as_it_was_written(answer: Answer) -> None:
    assert read(Answer, line_of(answer)) == answer


def test_a_whole_number_of_seconds_will_do() -> None:
    assert read(Orders, b'{"argv": [], "path": [], "grace": 3, "names": []}') == Orders(grace=3)


@given(st.one_of(st.binary(), st.builds(lambda value: json.dumps(value).encode(), st.dictionaries(text, numbers))))
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(ControlError):
        read(Ask, line)
    with pytest.raises(ControlError):
        read(Answer, line)
    with pytest.raises(ControlError):
        read(Orders, line)


@pytest.mark.parametrize(
    ("name", "value"), [("kind", 3), ("port", "80"), ("port", 1.5), ("lock", 1), ("port", True), ("where", None)]
)
def test_each_fact_has_its_kind(name: str, value: object) -> None:
    facts = json.loads(line_of(Ask("tcp", "")))
    facts[name] = value

    with pytest.raises(ControlError, match=f"{name} of Ask is {value!r}"):
        read(Ask, json.dumps(facts).encode())


def test_facts_that_are_missing_or_too_many_are_named() -> None:
    with pytest.raises(ControlError, match=r"Answer has \['code', 'family', 'reason'\], and this has \['x'\]"):
        read(Answer, b'{"x": 1}')


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ControlError, match="not a line of JSON"):
        read(Ask, b"[" * 100000)


def test_ready_is_told_from_an_ask() -> None:
    assert is_ready(READY)
    assert not is_ready(line_of(Ask("tcp", "")))
    with pytest.raises(ControlError, match="not a message"):
        is_ready(b"[]")


def test_what_is_not_said_is_the_usual() -> None:
    assert Ask("tcp", "") == Ask("tcp", "", port=0, place=0, backlog=50, mode=0o666, lock=False)
    assert Answer() == Answer(family=0, code=0, reason="")
    assert Orders() == Orders(argv=[], path=[], grace=0.0, names=[])
    assert MAX_LINE == 1024 * 1024


@pytest.mark.parametrize("message", [Ask("tcp", ""), Orders(), Answer()])
def test_messages_do_not_change(message: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(message, next(iter(vars(message))), "other")


def test_asks_for_one_address_have_one_key() -> None:
    assert Ask("tcp", "::", 80, backlog=5).key() == Ask("tcp", "::", 80, backlog=50).key()
    assert len({Ask("tcp", "", port, place).key() for port in (0, 1) for place in (0, 1)}) == 4
    assert len({Ask(kind, where).key() for kind in ("tcp", "udp") for where in ("", "::")}) == 4
