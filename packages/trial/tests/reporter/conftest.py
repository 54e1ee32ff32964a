"""Tests to report on."""

from __future__ import annotations

import pytest

from twisted.trial import unittest


class Case:
    """What a reporter needs of a test: a name."""

    def __init__(self, name: str = "package.test_it.ItTests.test_one") -> None:
        self._name = name

    def id(self) -> str:
        return self._name

    failureException = AssertionError


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def todo() -> unittest.Todo:
    return unittest.Todo("not yet")
