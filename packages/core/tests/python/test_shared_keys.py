"""What instances of a class cost that get some of their attributes late."""

from __future__ import annotations

import sys
import tracemalloc
from typing import Any

import pytest

from twisted.internet import tcp
from twisted.python._keys import share_keys

LATE = [f"late_{number}" for number in range(6)]


def cost_of_late_attributes(cls: Any) -> float:
    """Bytes for each instance, where many are made before the first of them gets its late attributes."""
    instances = [cls() for _ in range(500)]
    tracemalloc.start()
    for instance in instances:
        for name in LATE:
            setattr(instance, name, None)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used / len(instances)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 shares keys in another way: use a newer one")
def test_late_attributes_cost_nothing_where_their_names_are_shared() -> None:
    class Plain:
        def __init__(self) -> None:
            self.first = self.second = None

    class Sharing(Plain):
        pass

    share_keys(Sharing, ["first", "second", *LATE])

    assert cost_of_late_attributes(Plain) > 100
    assert cost_of_late_attributes(Sharing) < 10


def test_nothing_is_left_of_the_instance_that_was_made_for_it() -> None:
    class Careful:
        made = 0

        def __init__(self) -> None:
            type(self).made += 1

        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(name)

    share_keys(Careful, ["a", "b"])

    assert Careful.made == 0 and not hasattr(Careful, "a") and vars(Careful()) == {}


@pytest.mark.parametrize("kind", [tcp.Server, tcp.Client])
def test_connections_hold_no_more_than_the_socket_needs(kind: Any) -> None:
    # Methods of the socket are looked up when they are called: to keep them would take 150 bytes for each connection.
    assert kind._receive is kind._transmit is None
