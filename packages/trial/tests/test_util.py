from __future__ import annotations

import pstats
from pathlib import Path

import pytest

from twisted.python.failure import Failure
from twisted.python.filepath import FilePath
from twisted.trial import util
from twisted.trial.util import (
    DirtyReactorAggregateError,
    acquireAttribute,
    excInfoOrFailureToExcInfo,
    openTestLog,
    profiled,
    suppress,
)


def test_two_minutes_are_the_default() -> None:
    assert util.DEFAULT_TIMEOUT_DURATION == 120.0
    assert type(util.DEFAULT_TIMEOUT) is object


@pytest.mark.parametrize(
    ("calls", "selectables", "text"),
    [
        (
            ["a", "b"],
            ["c", "d"],
            "Reactor was unclean.\nDelayedCalls: (set twisted.internet.base.DelayedCall.debug = True to debug)\n"
            "a\nb\nSelectables:\nc\nd",
        ),
        ([], ["c"], "Reactor was unclean.\nSelectables:\nc"),
        (
            ["a"],
            None,
            "Reactor was unclean.\nDelayedCalls: (set twisted.internet.base.DelayedCall.debug = True to debug)\na",
        ),
        ([], None, "Reactor was unclean."),
    ],
)
def test_an_unclean_reactor_is_described(calls: list[str], selectables: list[str] | None, text: str) -> None:
    error = DirtyReactorAggregateError(calls, selectables)

    assert str(error) == text
    assert (error.delayedCalls, error.selectables) == (calls, selectables)


def test_nothing_selectable_is_the_default() -> None:
    assert DirtyReactorAggregateError(["a"]).selectables is None


def test_the_first_that_has_an_attribute_gives_it() -> None:
    assert acquireAttribute([1, "abc", "xyz"], "upper")() == "ABC"


def test_an_attribute_that_is_nowhere_has_a_default_or_is_an_error() -> None:
    assert acquireAttribute([1, 2], "upper", None) is None
    with pytest.raises(AttributeError, match=r"attribute 'upper' not found in \[1, 2\]"):
        acquireAttribute([1, 2], "upper")


def test_the_objects_may_be_an_iterator() -> None:
    with pytest.raises(AttributeError, match=r"not found in \[1, 2\]"):
        acquireAttribute(iter([1, 2]), "upper")


def test_a_failure_is_given_as_a_tuple_and_a_tuple_as_it_is() -> None:
    try:
        raise ValueError("bad")
    except ValueError:
        failure = Failure()

    info = excInfoOrFailureToExcInfo(failure)

    assert info == (ValueError, failure.value, failure.tb)
    assert excInfoOrFailureToExcInfo(info) is info


def test_warnings_to_ignore_are_what_filterwarnings_takes() -> None:
    assert suppress(category=UserWarning, message="x") == (("ignore",), {"category": UserWarning, "message": "x"})
    assert suppress("error") == (("error",), {})


def test_a_profiled_function_does_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def add(first: int, second: int) -> int:
        return first + second

    assert profiled(add, str(tmp_path / "figures"))(1, second=2) == 3
    assert "function calls" in capsys.readouterr().out
    assert any(name == "add" for _, _, name in pstats.Stats(str(tmp_path / "figures")).stats)  # type: ignore[attr-defined]


def test_a_profiled_function_that_raises_is_profiled_too(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        profiled(lambda: 1 / 0, str(tmp_path / "figures"))()

    assert (tmp_path / "figures").exists()


def test_a_log_is_made_with_its_directory_and_appended_to(tmp_path: Path) -> None:
    path = FilePath(str(tmp_path)).child("a").child("b").child("test.log")

    for text in ("ä\n", "b\n"):
        with openTestLog(path) as log:
            log.write(text)

    assert path.getContent() == "ä\nb\n".encode()
