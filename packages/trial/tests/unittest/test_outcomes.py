from __future__ import annotations

import unittest as standard

import pytest

from twisted.python.failure import Failure
from twisted.trial import unittest
from twisted.trial.unittest import FailTest, SkipTest, Todo, makeTodo


def test_what_skips_a_test_is_the_standard_exception() -> None:
    assert SkipTest is standard.SkipTest


def test_a_failed_assertion_is_an_assertion_error() -> None:
    assert issubclass(FailTest, AssertionError)
    assert FailTest.__module__ == "twisted.trial.unittest"


def test_a_todo_without_errors_expects_any() -> None:
    assert Todo("later").expected(Failure(ValueError()))
    assert Todo("later").errors is None


def test_a_todo_with_errors_expects_these_only() -> None:
    todo = Todo("later", [KeyError, ValueError])

    assert todo.expected(Failure(ValueError()))
    assert not todo.expected(Failure(TypeError()))


def test_todos_are_equal_if_they_say_the_same() -> None:
    assert Todo("later", [ValueError]) == Todo("later", [ValueError])
    assert Todo("later", [ValueError]) != Todo("later")
    assert Todo("later") != Todo("never")
    assert Todo("later") != "later"
    assert hash(Todo("later", [ValueError])) == hash(Todo("later", [ValueError]))


def test_a_todo_shows_what_it_says() -> None:
    assert repr(Todo("later", [ValueError])) == "<Todo reason='later' errors=[<class 'ValueError'>]>"


def test_a_todo_is_made_of_a_reason() -> None:
    assert makeTodo("later") == Todo("later")


@pytest.mark.parametrize(
    ("errors", "kept"),
    [(ValueError, [ValueError]), ([ValueError], [ValueError]), ((KeyError, ValueError), (KeyError, ValueError))],
)
def test_a_todo_is_made_of_errors_and_a_reason(errors: type[BaseException], kept: object) -> None:
    todo = makeTodo((errors, "later"))

    assert (todo.reason, todo.errors) == ("later", kept)


@pytest.mark.parametrize("value", [None, 3, [ValueError, "later"]])
def test_other_values_expect_nothing(value: str) -> None:
    assert makeTodo(value) is None


def test_a_tuple_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="unpack"):
        makeTodo((ValueError,))  # type: ignore[arg-type]


def test_the_door_has_the_promised_names() -> None:
    assert sorted(unittest.__all__) == [
        "FailTest",
        "PyUnitResultAdapter",
        "SkipTest",
        "SynchronousTestCase",
        "TestCase",
        "TestDecorator",
        "TestSuite",
        "Todo",
        "decorate",
        "makeTodo",
    ]
    assert {getattr(unittest, name).__module__ for name in unittest.__all__ if name != "SkipTest"} == {
        "twisted.trial.unittest"
    }
