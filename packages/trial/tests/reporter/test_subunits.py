from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.python.failure import Failure
from twisted.trial import itrial, reporter, unittest

from .conftest import Case


class Client:
    """Stands for the library's class: notes what it is told."""

    shouldStop = False

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.heard: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *facts: self.heard.append((name, *facts))

    def stop(self) -> None:
        self.shouldStop = True


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "subunit", SimpleNamespace(TestProtocolClient=Client))


@pytest.mark.usefixtures("library")
def test_everything_is_told_to_the_library(case: Case, todo: unittest.Todo) -> None:
    stream = io.BytesIO()
    made = reporter.SubunitReporter(stream)
    failure = Failure(ValueError())

    made.startTest(case)
    made.addSuccess(case)
    made.addSkip(case, 5)
    made.addExpectedFailure(case, failure, todo)
    made.addUnexpectedSuccess(case, todo)
    assert made.wasSuccessful() is True
    made.addFailure(case, failure)
    made.addError(case, failure)
    made.stopTest(case)
    made.done()

    info = (ValueError, failure.value, failure.getTracebackObject())
    assert verifyObject(itrial.IReporter, made)
    assert made._subunit.stream is stream
    assert made._subunit.heard == [
        ("startTest", case),
        ("addSuccess", case),
        ("addSkip", case, "5"),
        ("addExpectedFailure", case, info),
        ("addUnexpectedSuccess", case),
        ("addFailure", case, info),
        ("addError", case, info),
        ("stopTest", case),
    ]


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("name", ["addError", "addFailure"])
def test_errors_and_failures_are_no_success(case: Case, name: str) -> None:
    made = reporter.SubunitReporter(io.BytesIO())

    getattr(made, name)(case, Failure(ValueError()))

    assert made.wasSuccessful() is False


@pytest.mark.usefixtures("library")
def test_the_library_knows_when_to_stop() -> None:
    made = reporter.SubunitReporter(io.BytesIO())
    assert made.shouldStop is False

    made.stop()

    assert made.shouldStop is True


@pytest.mark.usefixtures("library")
def test_the_protocol_is_written_as_bytes() -> None:
    raw = io.BytesIO()

    made = reporter.SubunitReporter(io.TextIOWrapper(raw))

    assert made._subunit.stream is raw


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "subunit", None)

    with pytest.raises(ModuleNotFoundError, match="pip install 'python-subunit'"):
        reporter.SubunitReporter(io.StringIO())
