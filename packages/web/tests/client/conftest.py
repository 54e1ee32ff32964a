"""A log of what went wrong, which tests look at; what they do not expect fails them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from zope.interface import implementer

from twisted.logger import ILogObserver, LogLevel, globalLogPublisher


@pytest.fixture(autouse=True)
def log() -> Iterator[list[Any]]:
    """Errors and worse; a test that expects some clears it."""
    events: list[Any] = []

    @implementer(ILogObserver)
    def observe(event: Any) -> None:
        if event.get("log_level", LogLevel.info) >= LogLevel.error:
            events.append(event)

    globalLogPublisher.addObserver(observe)
    yield events
    globalLogPublisher.removeObserver(observe)
    assert events == [], f"logged and not expected: {[event.get('log_format') for event in events]}"
