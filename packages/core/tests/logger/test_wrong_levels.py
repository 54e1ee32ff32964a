"""What is said of levels that there are not."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.logger import InvalidLogLevelError, LogLevel, LogLevelFilterPredicate


def test_an_invalid_level_is_named() -> None:
    wrong: Any = "loud"
    with pytest.raises(InvalidLogLevelError, match="loud") as caught:
        LogLevelFilterPredicate().setLogLevelForNamespace("x", wrong)

    assert caught.value.level == "loud"


def test_levels_are_found_by_their_names() -> None:
    assert [LogLevel.levelWithName(level.name) for level in LogLevel.iterconstants()] == list(LogLevel.iterconstants())
    with pytest.raises(InvalidLogLevelError) as caught:
        LogLevel.levelWithName("loud")
    assert caught.value.level == "loud"
