"""What tests of several parts look at: what was logged while they ran."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from zope.interface import provider

from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogPublisher

_T = TypeVar("_T")


@contextmanager
def _kept(least: Any, form: Callable[[LogEvent], _T]) -> Iterator[list[_T]]:
    kept: list[_T] = []

    @provider(ILogObserver)
    def keep(event: LogEvent) -> None:
        if event["log_level"] >= least:
            kept.append(form(event))

    globalLogPublisher.addObserver(keep)
    yield kept
    globalLogPublisher.removeObserver(keep)


@pytest.fixture
def expected_errors() -> Iterator[list[LogEvent]]:
    """What is logged as an error. What a test leaves in it is an error of the test."""
    with _kept(LogLevel.error, lambda event: event) as events:
        yield events
    assert events == []


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """The warnings and errors that are logged, as text."""
    with _kept(LogLevel.warn, formatEvent) as lines:
        yield lines
