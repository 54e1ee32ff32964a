"""One suite for every kind of reactor."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable, Iterator
from typing import Any

import pytest


def _asyncio() -> Any:
    from twisted.internet.asyncioreactor import AsyncioSelectorReactor

    return AsyncioSelectorReactor(asyncio.new_event_loop())


def _uvloop() -> Any:
    uvloop = pytest.importorskip("uvloop", reason="pip install uvloop")
    from twisted.internet.asyncioreactor import AsyncioSelectorReactor

    return AsyncioSelectorReactor(uvloop.new_event_loop())


def _epoll() -> Any:
    from twisted.internet.epollreactor import EPollReactor

    return EPollReactor()


def _poll() -> Any:
    from twisted.internet.pollreactor import PollReactor

    return PollReactor()


def _select() -> Any:
    from twisted.internet.selectreactor import SelectReactor

    return SelectReactor()


KINDS: dict[str, Callable[[], Any]] = {"select": _select, "asyncio": _asyncio, "uvloop": _uvloop}
if hasattr(select, "poll"):
    KINDS["poll"] = _poll
if hasattr(select, "epoll"):
    KINDS["epoll"] = _epoll


@pytest.fixture(params=list(KINDS))
def reactor(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A reactor of each kind, that gives up after 10 seconds."""
    made = KINDS[request.param]()
    late: list[str] = []

    def too_late() -> None:
        late.append("the reactor did not stop by itself")
        made.crash()

    guard = made.callLater(10, too_late)
    yield made
    if guard.active():
        guard.cancel()
    loop = getattr(made, "_asyncioEventloop", None)
    if loop is not None:
        loop.close()
    assert not late
