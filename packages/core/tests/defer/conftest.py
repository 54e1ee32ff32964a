from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from twisted.logger import globalLogPublisher


@pytest.fixture
def logged() -> Iterator[list[dict[str, Any]]]:
    """What is logged during the test."""
    events: Any = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


@pytest.fixture(autouse=True)
def nothing_left_unhandled(request: pytest.FixtureRequest) -> Iterator[None]:
    """An error that no test expects fails it."""
    events: Any = []
    globalLogPublisher.addObserver(events.append)
    yield
    gc.collect()
    globalLogPublisher.removeObserver(events.append)
    if "logged" not in request.fixturenames:
        assert [event["log_failure"] for event in events if "log_failure" in event] == []
