"""Values that belong to a call and everything it calls."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from twisted.python import context


def test_the_innermost_value_counts() -> None:
    def inside() -> Any:
        return context.get("a"), context.call({"a": 2}, context.get, "a"), context.get("b"), context.get("c", "none")

    assert context.call({"a": 1, "b": 3}, inside) == (1, 2, 3, "none")
    assert context.get("a") is None


def test_arguments_and_results_pass_through() -> None:
    assert context.call({}, lambda *args, **kw: (args, kw), 1, key=2) == ((1,), {"key": 2})


def test_an_exception_ends_the_context() -> None:
    with pytest.raises(ZeroDivisionError):
        context.call({"a": 1}, lambda: 1 // 0)
    assert context.get("a") is None


def test_defaults_hold_everywhere() -> None:
    context.setDefault("default", 5)
    try:
        assert context.get("default") == 5
    finally:
        del context.defaultContextDict["default"]


def test_threads_do_not_share() -> None:
    seen: list[Any] = []

    def inside() -> None:
        thread = threading.Thread(target=lambda: seen.append(context.get("a")))
        thread.start()
        thread.join()

    context.call({"a": 1}, inside)
    assert seen == [None]


def test_another_tracker_can_be_installed() -> None:
    before = context.theContextTracker
    mine = context.ThreadedContextTracker()
    context.installContextTracker(mine)
    try:
        assert context.theContextTracker is mine
        assert mine.callWithContext({"a": 1}, context.get, "a") == 1
        assert mine.currentContext().contexts == [context.defaultContextDict]
        assert mine.getContext("a", 7) == 7
    finally:
        context.installContextTracker(before)
