"""
Which stream is sent first (RFC 7540 section 5.3).
"""

from __future__ import annotations

from typing import Any

from twisted.web._http2.order import Order


def turns(order: Order, *ready: int) -> list[int]:
    """Give the streams whose turn it is, by their numbers."""
    streams: Any = {number: number for number in ready}
    result: list[int] = order.sort(streams)  # type: ignore[assignment]  # numbers stand for streams here
    return result


def test_nothing_is_known_until_somebody_says_something() -> None:
    order = Order()
    assert not order.known

    order.update(1, 0, 16, False)

    assert order.known


def test_who_depends_on_another_one_waits_for_it() -> None:
    order = Order()
    order.update(1, 0, 16, False)
    order.update(3, 1, 16, False)

    assert turns(order, 1, 3) == [1, 1]
    assert turns(order, 3) == [3]


def test_it_can_be_said_anew() -> None:
    order = Order()
    order.update(1, 0, 16, False)
    order.update(3, 1, 16, False)

    order.update(1, 3, 16, False)

    assert turns(order, 1, 3) == [3, 3]


def test_who_depends_on_nobody_that_is_known_depends_on_nobody() -> None:
    order = Order()
    order.update(1, 99, 16, True)
    order.update(3, 0, 16, False)

    assert sorted(turns(order, 1, 3)) == [1, 3]


def test_who_depends_on_one_that_is_under_way_waits_for_it() -> None:
    order = Order()

    order.update(1, 3, 16, False, streams={1, 3})

    assert turns(order, 1, 3) == [3, 3]


def test_weights_are_shares() -> None:
    order = Order()
    order.update(1, 0, 200, False)
    order.update(3, 0, 100, False)

    served = [number for _ in range(30) for number in turns(order, 1, 3)]

    assert served.count(1) == 2 * served.count(3)


def test_of_whom_nothing_was_said_is_worth_something() -> None:
    order = Order()
    order.update(1, 0, 16, False)

    assert sorted(turns(order, 1, 5)) == [1, 5]


def test_who_is_forgotten_holds_up_nobody() -> None:
    order = Order()
    order.update(1, 0, 16, False)
    order.update(3, 1, 16, False)

    order.forget(1)
    order.forget(1)

    assert turns(order, 3) == [3]


def test_too_many_and_senseless_ones_are_passed_over() -> None:
    order = Order()
    for number in range(1, 2001, 2):
        order.update(number, 0, 16, False)
    order.update(1, 1, 16, False)

    assert len(order._inside) in (499, 500)
    # Who found no place comes last.
    assert turns(order, 1999, 1) == [1, 1999]
    assert turns(order, 1999) == [1999]
