from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet import defer
from twisted.trial.unittest import FailTest, SynchronousTestCase, TestCase

from .told import told_by

case: Any = SynchronousTestCase()  # Any: it is asked for many things by name.


def failing(call: Callable[[], object]) -> str:
    """Give what a failed assertion says."""
    with pytest.raises(FailTest) as raised:
        call()
    return str(raised.value)


def boom(*_: object) -> None:
    raise ZeroDivisionError("boom")


def test_fail_fails_with_any_reason() -> None:
    assert failing(lambda: case.fail("no")) == "no"
    assert failing(lambda: case.fail()) == "None"
    assert failing(lambda: case.fail(3)) == "3"


@pytest.mark.parametrize(
    ("name", "good", "bad", "said", "with_message"),
    [
        ("assertTrue", (5,), (0,), "0 is not true", "0 is not true : m"),
        ("assertFalse", ([],), (1,), "1 is not false", "1 is not false : m"),
        ("assertEqual", (1, 1), (1, 2), "1 != 2", "1 != 2 : m"),
        ("assertNotEqual", (1, 2), (1, 1), "1 == 1", "m"),
        ("assertIs", (case, case), (1, 2), "1 is not 2", "m"),
        ("assertIsNot", (1, 2), (1, 1), "1 is 1", "m"),
        ("assertIn", (1, [1]), (1, [2]), "1 not in [2]", "m"),
        ("assertNotIn", (1, [2]), (1, [1]), "1 in [1]", "m"),
        ("assertSubstring", ("a", "abc"), ("a", "bcd"), "'a' not in 'bcd'", "m"),
        ("assertNotSubstring", ("x", "abc"), ("a", "abc"), "'a' in 'abc'", "m"),
        ("assertAlmostEqual", (1, 1.00000001), (1, 1.1), "1 != 1.1 within 7 places", "m"),
        ("assertNotAlmostEqual", (1, 1.1), (1, 1.00000001), "1 == 1.00000001 within 7 places", "m"),
        ("assertApproximates", (1, 2, 1), (1, 2, 0.5), "1 ~== 2", "m"),
    ],
)
def test_an_assertion_gives_back_what_it_was_asked_about(
    name: str, good: tuple[Any, ...], bad: tuple[Any, ...], said: str, with_message: str
) -> None:
    asserting = getattr(case, name)

    assert asserting(*good) is good[0]
    assert asserting(*good, msg="m") is good[0]
    assert failing(lambda: asserting(*bad)) == said
    assert failing(lambda: asserting(*bad, msg="m")) == with_message


def test_how_two_things_differ_is_shown() -> None:
    assert "First differing element 0" in failing(lambda: case.assertEqual([1], [2]))
    assert "- a\n+ b" in failing(lambda: case.assertEqual("a", "b"))


def test_two_things_may_be_unequal_and_not_equal_at_once() -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            return True

        def __ne__(self, other: object) -> bool:
            return True

    odd = Odd()

    assert case.assertEqual(odd, 3) is odd
    assert case.assertNotEqual(odd, 3) is odd


def test_places_and_a_delta_say_how_near_is_near() -> None:
    assert case.assertAlmostEqual(1, 1.04, 1) == 1
    assert case.assertAlmostEqual(1, 4, delta=3) == 1
    assert case.assertNotAlmostEqual(1, 1.2, 1) == 1
    assert case.assertNotAlmostEqual(1, 4.5, delta=3) == 1
    assert failing(lambda: case.assertAlmostEqual(1, 1.2, 1)) == "1 != 1.2 within 1 places"
    assert failing(lambda: case.assertAlmostEqual(1, 4, delta=2)) == "1 != 4 within 2 delta"
    assert failing(lambda: case.assertNotAlmostEqual(1, 4, delta=3)) == "1 == 4 within 3 delta"


def test_neither_of_two_numbers_may_be_the_greater_by_much() -> None:
    assert failing(lambda: case.assertAlmostEqual(2, 1)) == "2 != 1 within 7 places"
    assert failing(lambda: case.assertAlmostEqual(1, 2)) == "1 != 2 within 7 places"
    assert failing(lambda: case.assertAlmostEqual(9, 1, delta=7)) == "9 != 1 within 7 delta"
    assert case.assertAlmostEqual(float("inf"), float("inf")) == float("inf")


def test_what_is_equal_need_not_be_a_number_to_be_near() -> None:
    assert case.assertAlmostEqual("a", "a") == "a"


@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(0, 100))
def test_approximately_means_no_further_than_the_tolerance(first: float, second: float, tolerance: float) -> None:
    near = abs(first - second) <= tolerance

    if near:
        assert case.assertApproximates(first, second, tolerance) == first
    else:
        assert failing(lambda: case.assertApproximates(first, second, tolerance)) == f"{first} ~== {second}"


def test_an_instance_is_one_of_a_class_or_of_several() -> None:
    case.assertIsInstance(1, int)
    case.assertIsInstance(1, (str, int))
    assert failing(lambda: case.assertIsInstance(1, str)) == "1 is not an instance of <class 'str'>"
    assert failing(lambda: case.assertIsInstance(1, str, "m")) == "1 is not an instance of <class 'str'>: m"
    assert failing(lambda: case.assertIsInstance(1, (str, bytes))).endswith("of (<class 'str'>, <class 'bytes'>)")


def test_no_instance_is_one_of_none_of_them() -> None:
    case.assertNotIsInstance(1, str)
    case.assertNotIsInstance(1, (str, bytes))
    assert failing(lambda: case.assertNotIsInstance(1, int)) == "1 is an instance of <class 'int'>"
    assert failing(lambda: case.assertNotIsInstance(1, (str, int))).startswith("1 is an instance of (")


@pytest.mark.parametrize(
    "names",
    [
        "assertAlmostEqual assertAlmostEquals failUnlessAlmostEqual",
        "assertApproximates failUnlessApproximates",
        "assertEqual assertEquals failUnlessEqual failUnlessEquals",
        "assertFalse assertNot failIf failUnlessFalse",
        "assertIs assertIdentical failUnlessIdentical",
        "assertIn failUnlessIn",
        "assertIsInstance failUnlessIsInstance",
        "assertIsNot assertNotIdentical failIfIdentical",
        "assertNotAlmostEqual assertNotAlmostEquals failIfAlmostEqual failIfAlmostEquals",
        "assertNotEqual assertNotEquals failIfEqual failIfEquals",
        "assertNotIn failIfIn",
        "assertNotIsInstance failIfIsInstance",
        "assertNotSubstring failIfSubstring",
        "assertRaises failUnlessRaises",
        "assertSubstring failUnlessSubstring",
        "assertTrue assert_ failUnless failUnlessTrue",
        "assertWarns failUnlessWarns",
    ],
)
def test_some_assertions_have_several_names(names: str) -> None:
    first, *others = names.split()

    assert all(vars(SynchronousTestCase.__mro__[1])[other] is getattr(SynchronousTestCase, first) for other in others)


def test_a_failure_that_is_expected_has_two_names() -> None:
    assert TestCase.failUnlessFailure is TestCase.assertFailure


# Exceptions


def test_the_exception_that_was_raised_is_given() -> None:
    error = case.assertRaises(ZeroDivisionError, boom)

    assert type(error) is ZeroDivisionError and str(error) == "boom"
    assert type(case.assertRaises((KeyError, ZeroDivisionError), boom)) is ZeroDivisionError


def test_what_is_called_has_the_arguments() -> None:
    seen: list[object] = []

    def called(*args: object, **kwargs: object) -> None:
        seen.append((args, kwargs))
        boom()

    case.assertRaises(ZeroDivisionError, called, 1, two=2)

    assert seen == [((1,), {"two": 2})]


def test_no_exception_fails() -> None:
    assert failing(lambda: case.assertRaises(ValueError, int, "3")) == "ValueError not raised (3 returned)"
    assert failing(lambda: case.assertRaises((KeyError, ValueError), int, "3")) == (
        "(<class 'KeyError'>, <class 'ValueError'>) not raised (3 returned)"
    )


def test_another_exception_fails_and_is_shown() -> None:
    said = failing(lambda: case.assertRaises(KeyError, boom))

    assert said.startswith(
        "builtins.ZeroDivisionError raised instead of KeyError:\n Traceback (most recent call last):"
    )
    assert 'raise ZeroDivisionError("boom")' in said


def test_an_exception_does_not_keep_the_call_alive() -> None:
    error = case.assertRaises(ZeroDivisionError, boom)

    assert error.__traceback__.tb_frame.f_code is boom.__code__


def test_a_block_may_be_watched_too() -> None:
    with case.assertRaises(ZeroDivisionError) as raised:
        boom()

    assert str(raised.exception) == "boom"


def test_a_block_without_an_exception_fails() -> None:
    with pytest.raises(FailTest) as said:
        with case.assertRaises(ValueError):
            int("3")

    assert str(said.value) == "ValueError not raised (None returned)"


def test_a_block_with_another_exception_fails_but_tells_it() -> None:
    with pytest.raises(FailTest, match=r"builtins.ZeroDivisionError raised instead of KeyError") as said:
        with case.assertRaises(KeyError) as raised:
            boom()

    assert type(raised.exception) is ZeroDivisionError
    assert said.value.__cause__ is None and said.value.__suppress_context__


def test_before_its_end_a_block_has_no_exception() -> None:
    with case.assertRaises(ZeroDivisionError) as raised:
        assert not hasattr(raised, "exception")
        boom()


def test_failures_have_the_classs_own_exception() -> None:
    class Other(SynchronousTestCase):
        failureException = LookupError

    for call in (
        lambda: Other().assertRaises(ValueError, int, "3"),
        lambda: Other().assertRaises(ValueError, boom),
        lambda: Other().assertIn(1, []),
        lambda: Other().assertNotIn(1, [1]),
        lambda: Other().assertEqual(1, 2),
        lambda: Other().assertNotEqual(1, 1),
        lambda: Other().fail("no"),
    ):
        with pytest.raises(LookupError):
            call()


# Deferreds


def test_a_success_is_given() -> None:
    assert case.successResultOf(defer.succeed(3)) == 3


def test_so_is_that_of_a_coroutine() -> None:
    async def three() -> int:
        return 3

    assert case.successResultOf(three()) == 3


def test_no_success_yet_fails() -> None:
    deferred: defer.Deferred[None] = defer.Deferred()

    assert failing(lambda: case.successResultOf(deferred)) == (
        f"Success result expected on {deferred!r}, found no result instead"
    )


def test_a_failure_is_no_success_and_is_shown() -> None:
    said = failing(lambda: case.successResultOf(defer.fail(ZeroDivisionError("boom"))))

    assert "found failure result instead:\nTraceback" in said and "ZeroDivisionError: boom" in said


def test_only_deferreds_and_coroutines_have_results() -> None:
    for ask in (case.successResultOf, case.failureResultOf, case.assertNoResult):
        with pytest.raises(defer.NotACoroutineError):
            ask(3)


def test_a_failure_is_given() -> None:
    error = ZeroDivisionError("boom")

    assert case.failureResultOf(defer.fail(error)).value is error
    assert case.failureResultOf(defer.fail(error), KeyError, ZeroDivisionError).value is error


def test_no_failure_yet_fails() -> None:
    deferred: defer.Deferred[None] = defer.Deferred()

    assert failing(lambda: case.failureResultOf(deferred)) == (
        f"Failure result expected on {deferred!r}, found no result instead"
    )


def test_a_success_is_no_failure_and_is_shown() -> None:
    assert failing(lambda: case.failureResultOf(defer.succeed(3), KeyError)).endswith(
        "found success result (3) instead"
    )


def test_a_failure_of_another_kind_fails_and_is_shown() -> None:
    said = failing(lambda: case.failureResultOf(defer.fail(ZeroDivisionError("boom")), KeyError, TypeError))

    assert said.startswith("Failure of type (builtins.KeyError or builtins.TypeError) expected on <Deferred at ")
    assert ", found type <class 'ZeroDivisionError'> instead: Traceback" in said


def test_a_result_that_comes_later_is_none_yet_and_passed_on() -> None:
    deferred: defer.Deferred[int] = defer.Deferred()

    assert case.assertNoResult(deferred) is None
    deferred.callback(3)

    assert case.successResultOf(deferred) == 3


def test_a_failure_that_comes_later_is_passed_on() -> None:
    deferred: defer.Deferred[int] = defer.Deferred()

    case.assertNoResult(deferred)
    deferred.errback(ZeroDivisionError("boom"))

    assert case.failureResultOf(deferred).type is ZeroDivisionError


def test_a_result_that_is_there_fails_and_stays() -> None:
    deferred = defer.succeed(3)

    said = failing(lambda: case.assertNoResult(deferred))

    assert said == f"No result expected on {deferred!r}, found 3 instead"
    assert case.successResultOf(deferred) == 3


def test_a_failure_that_is_there_fails_and_is_handled() -> None:
    deferred: defer.Deferred[int] = defer.fail(ZeroDivisionError("boom"))

    said = failing(lambda: case.assertNoResult(deferred))

    assert said.endswith("found <twisted.python.failure.Failure builtins.ZeroDivisionError: boom> instead")
    assert case.successResultOf(deferred) is None


# Things of the test


def test_an_attribute_is_patched_until_the_test_ends() -> None:
    seen: list[str] = []
    usual = os.sep

    class Patching(SynchronousTestCase):
        def test_it(self) -> None:
            self.patch(os, "sep", "x")
            seen.append(os.sep)
            self.patch(os, "sep", "y").restore()
            seen.append(os.sep)

    assert told_by(Patching("test_it")) == ["success"]
    assert seen == ["x", "x"]
    assert os.sep == usual


def test_what_is_not_there_is_not_patched() -> None:
    with pytest.raises(AttributeError):
        case.patch(os, "no_such_thing", 3)


def test_temporary_paths_name_the_test_and_are_new(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    long = "test_" + "long" * 20

    class Making(SynchronousTestCase):
        __module__ = "module." + "m" * 60

    setattr(Making, long, lambda self: None)
    making = Making(long)

    first, second = making.mktemp(), making.mktemp()

    module, name, method, _, last = first.split(os.sep)
    assert (module, name, method, last) == (Making.__module__[:32], "Making", long[:32], "temp")
    assert first != second
    assert os.path.isdir(os.path.dirname(first)) and not os.path.exists(first)


def test_frames_of_assertions_are_left_out_of_tracebacks() -> None:
    for room in ("assertions", "course", "waiting_course"):
        assert vars(sys.modules[f"twisted.trial._unittest.{room}"])["__unittest"] is True
