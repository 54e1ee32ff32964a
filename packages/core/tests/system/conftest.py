"""A reactor of each kind that this platform has, for tests on real descriptors."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(params=["epoll", "poll", "select", "asyncio"])
def reactor(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A reactor of its own."""
    if request.param == "asyncio":
        from twisted.internet.asyncioreactor import AsyncioSelectorReactor

        loop = asyncio.new_event_loop()
        yield AsyncioSelectorReactor(loop)
        loop.close()
        return
    if request.param == "epoll":
        if not hasattr(select, "epoll"):
            pytest.skip("this platform has no epoll")
        from twisted.internet.epollreactor import EPollReactor as Kind
    elif request.param == "poll":
        if not hasattr(select, "poll"):
            pytest.skip("this platform has no poll")
        from twisted.internet.pollreactor import PollReactor as Kind  # type: ignore[assignment]
    else:
        from twisted.internet.selectreactor import SelectReactor as Kind  # type: ignore[assignment]
    yield Kind()
