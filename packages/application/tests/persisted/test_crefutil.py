"""Values that are not known yet."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.persisted.crefutil import DictItem, Later, Method, NotKnown, Sequence


def test_it_is_replaced_wherever_it_stands() -> None:
    unknown = NotKnown()
    row: list[Any] = [unknown, 1, unknown]
    table: dict[str, Any] = {"x": unknown}
    unknown.addDependant(row, 0)
    unknown.addDependant(row, 2)
    unknown.addDependant(table, "x")
    assert (unknown.resolved, unknown.resolvedObject) == (0, None)

    unknown.resolveDependants("known")

    assert (row, table) == (["known", 1, "known"], {"x": "known"})
    assert (unknown.resolved, unknown.resolvedObject) == (1, "known")
    assert [key for _, key in unknown.dependants] == [0, 2, "x"]


def test_what_is_known_waits_for_nobody() -> None:
    unknown = NotKnown()
    unknown.resolveDependants(1)

    with pytest.raises(AssertionError, match="the value is known"):
        unknown.addDependant([], 0)


def test_one_unknown_may_turn_out_to_be_another() -> None:
    first, second = NotKnown(), NotKnown()
    row: list[Any] = [first]
    first.addDependant(row, 0)

    first.resolveDependants(second)
    assert row == [second]
    second.resolveDependants("at last")

    assert row == ["at last"]


def test_it_is_no_key() -> None:
    with pytest.raises(AssertionError, match="I am not to be used as a dictionary key"):
        hash(NotKnown())


def test_a_tuple_is_made_when_its_last_element_is_known() -> None:
    one, two = NotKnown(), NotKnown()
    pair = Sequence([one, "x", two])
    row: list[Any] = [pair]
    pair.addDependant(row, 0)

    one.resolveDependants(1)
    assert row == [pair]
    two.resolveDependants(2)

    assert row == [(1, "x", 2)]


def test_an_element_that_turns_out_unknown_is_waited_for() -> None:
    one, other = NotKnown(), NotKnown()
    made = Sequence([one], frozenset)

    one.resolveDependants(other)
    assert not made.resolved
    other.resolveDependants(3)

    assert made.resolvedObject == frozenset([3])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_entry_is_made_when_key_and_value_are_known(order: tuple[int, int]) -> None:
    into: dict[Any, Any] = {}
    item = DictItem(into)
    parts = [NotKnown(), NotKnown()]
    for place, part in enumerate(parts):
        part.addDependant(item, place)

    between = NotKnown()
    parts[order[0]].resolveDependants(between)
    between.resolveDependants("key" if order[0] == 0 else "value")
    assert into == {}
    parts[order[1]].resolveDependants("key" if order[1] == 0 else "value")

    assert into == {"key": "value"}


class Owner:
    """Has a method."""

    def it(self) -> Owner:
        return self


def test_a_method_is_bound_when_its_object_is_known() -> None:
    unknown, between, owner = NotKnown(), NotKnown(), Owner()
    method = Method(unknown, Owner.it)

    unknown.resolveDependants(between)
    assert not method.resolved
    between.resolveDependants(owner)

    assert method.resolvedObject() is owner


def test_a_deferred_fires_when_it_is_known() -> None:
    later = Later()
    seen: list[object] = []
    later.addCallback(seen.append)

    later[0] = NotKnown()
    assert seen == []
    later[0] = "x"

    assert seen == ["x"]
