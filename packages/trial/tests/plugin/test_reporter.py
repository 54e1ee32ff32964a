"""What stands between a test case and the pytest item that runs it."""

from __future__ import annotations

import pickle
from types import SimpleNamespace
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.python.failure import Failure
from twisted.trial._pytest.cases import PytestReporter, raised_again
from twisted.trial.itrial import IReporter
from twisted.trial.unittest import Todo


class Item:
    """Notes what an item of pytest is told."""

    name = "test_it"
    path = "somewhere.py"
    location = ("somewhere.py", 41, "test_it")

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.session = SimpleNamespace(shouldstop=False)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith(("add", "start", "stop")):
            raise AttributeError(name)
        return lambda *facts: self.told.append((name, *facts))


@pytest.fixture
def item() -> Any:  # Any: it is an item as far as this needs one
    return Item()


def error() -> Failure:
    return Failure(ZeroDivisionError("fell"))


def test_it_is_a_reporter_and_all_is_well_at_first(item: Any) -> None:
    reporter = PytestReporter(item)

    assert verifyObject(IReporter, reporter)
    assert reporter.wasSuccessful()
    assert (reporter.shouldStop, reporter.testsRun) == (False, 0)


def test_a_success_is_passed_on(item: Any) -> None:
    reporter = PytestReporter(item)

    reporter.startTest("case")
    reporter.addSuccess("case")
    reporter.stopTest("case")
    reporter.done()

    assert item.told == [("startTest", "case"), ("addSuccess", "case"), ("stopTest", "case")]
    assert reporter.testsRun == 1 and reporter.wasSuccessful()


@pytest.mark.parametrize(
    ("word", "facts"),
    [
        ("addError", (error(),)),
        ("addFailure", (error(),)),
        ("addSkip", ("why",)),
        ("addExpectedFailure", (error(), Todo("later"))),
        ("addUnexpectedSuccess", (Todo("later"),)),
    ],
)
def test_after_anything_else_it_was_no_success(item: Any, word: str, facts: tuple[Any, ...]) -> None:
    reporter = PytestReporter(item)

    getattr(reporter, word)("case", *facts)

    assert not reporter.wasSuccessful()
    assert item.told[0][:2] == (word, "case")


def test_the_reason_of_an_expected_failure_may_be_missing(item: Any) -> None:
    PytestReporter(item).addExpectedFailure("case", error())

    assert item.told[0][3] == ""


def test_a_third_error_becomes_a_section(item: Any) -> None:
    reporter = PytestReporter(item)

    for _ in range(3):
        reporter.addError("case", error())

    assert [told[0] for told in item.told] == ["addError", "addError", "add_report_section"]
    assert item.told[2][1:3] == ("call", "further errors") and "ZeroDivisionError: fell" in item.told[2][3]


def test_the_interrupt_key_ends_the_session(item: Any) -> None:
    reporter = PytestReporter(item)

    reporter.stop()

    assert reporter.shouldStop
    assert item.session.shouldstop == "interrupted in a test"


def test_an_error_with_a_traceback_is_left_as_it_is(item: Any) -> None:
    try:
        raise ValueError("bad")
    except ValueError:
        failure = Failure()

    assert raised_again(failure, item) == (ValueError, failure.value, failure.tb)


def test_one_without_is_raised_where_the_test_begins(item: Any) -> None:
    failure = error()

    kind, value, traceback = raised_again(failure, item)

    assert (kind, value) == (ZeroDivisionError, failure.value)
    last = traceback.tb_next
    assert last is not None and last.tb_next is None
    code = last.tb_frame.f_code
    assert (code.co_filename, last.tb_lineno, code.co_name) == ("somewhere.py", 42, "test_it")


def test_an_item_without_a_line_begins_at_the_first(item: Any) -> None:
    item.location = ("somewhere.py", None, "test_it")

    _, _, traceback = raised_again(error(), item)

    assert traceback.tb_next is not None and traceback.tb_next.tb_lineno == 1


def test_a_failure_from_afar_is_shown_as_text(item: Any) -> None:
    try:
        raise ValueError("bad")
    except ValueError:
        failure = Failure()
    failure = pickle.loads(pickle.dumps(failure))

    kind, value, _ = raised_again(failure, item)

    assert kind is pytest.fail.Exception
    assert 'raise ValueError("bad")' in str(value) and "builtins.ValueError: bad" in str(value)
