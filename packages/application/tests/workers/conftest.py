"""What the tests of workers share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from twisted.logger import globalLogPublisher


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """The events that are logged during the test."""
    events: list[Any] = []

    keep: Any = events.append  # Any: a method cannot declare that it observes
    globalLogPublisher.addObserver(keep)
    yield events
    globalLogPublisher.removeObserver(keep)
