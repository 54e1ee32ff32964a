from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

Runner = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[Runner]:
    """Run a coroutine as asyncio.run does, on each kind of loop; nothing may be complained about meanwhile."""
    if request.param == "uvloop":
        loop = pytest.importorskip("uvloop", reason="uvloop is not for this platform").new_event_loop()
    else:
        loop = asyncio.new_event_loop()
    complaints: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, told: complaints.append(told))

    def runner(main: Coroutine[Any, Any, Any]) -> Any:
        return loop.run_until_complete(asyncio.wait_for(main, 30))

    yield runner
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    assert complaints == []
