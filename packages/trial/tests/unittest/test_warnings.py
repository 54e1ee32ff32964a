from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from incremental import Version

from twisted.python.deprecate import deprecated, deprecatedModuleAttribute
from twisted.trial.unittest import SynchronousTestCase, TestCase
from twisted.trial.util import suppress

from .told import told_by

HERE = __file__


def warn() -> int:
    warnings.warn("hey", UserWarning, stacklevel=1)
    return 8


def warn_caller() -> None:
    warnings.warn("caller", DeprecationWarning, stacklevel=2)


@deprecated(Version("Thing", 1, 2, 3))
def old() -> int:
    return 5


@deprecated(Version("Thing", 1, 2, 3), "thing.new")
def replaced() -> int:
    return 6


def run(
    body: Callable[[Any], object], kind: type[SynchronousTestCase] = SynchronousTestCase, **attributes: Any
) -> tuple[list[Any], list[warnings.WarningMessage]]:
    """Run a case with one test; give what it said, and the warnings that were left over."""
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always")
        told = told_by(type("Case", (kind,), {"test_it": body, **attributes})("test_it"))
    return told, left


def texts(left: list[warnings.WarningMessage]) -> list[str]:
    return [str(warning.message) for warning in left]


def succeeds(body: Callable[[Any], object]) -> None:
    assert run(body) == (["success"], [])


def failed(body: Callable[[Any], object]) -> str:
    """Give what a failed test says."""
    ((word, text),), _ = run(body)
    assert word == "failure"
    return str(text)


# Flushing


def test_flushed_warnings_say_what_and_where() -> None:
    def body(case: SynchronousTestCase) -> None:
        warn()
        warn()
        first, second = case.flushWarnings()
        case.assertEqual(first, second)
        case.assertEqual(
            first,
            {
                "category": UserWarning,
                "message": "hey",
                "filename": HERE,
                "lineno": warn.__code__.co_firstlineno + 1,
            },
        )
        case.assertEqual(case.flushWarnings(), [])

    succeeds(body)


def test_only_those_that_point_into_a_function_may_be_flushed() -> None:
    class Case(SynchronousTestCase):
        def test_it(self) -> None:
            warn()
            warn_caller()
            self.assertEqual([w["message"] for w in self.flushWarnings([self.test_it])], ["caller"])
            self.assertEqual(self.flushWarnings([run, texts]), [])
            self.assertEqual([w["message"] for w in self.flushWarnings([run, warn])], ["hey"])

    assert told_by(Case("test_it")) == ["success"]


def test_the_first_and_the_last_line_of_a_function_belong_to_it() -> None:
    def one() -> None: warn_caller()  # fmt: skip

    def body(case: SynchronousTestCase) -> None:
        one()
        case.assertEqual(len(case.flushWarnings([one])), 1)

    succeeds(body)


def test_lines_of_another_file_do_not() -> None:
    def body(case: SynchronousTestCase) -> None:
        warnings.warn_explicit("elsewhere", UserWarning, "other.py", warn.__code__.co_firstlineno + 1)
        case.assertEqual(case.flushWarnings([warn]), [])
        case.assertEqual(len(case.flushWarnings()), 1)

    succeeds(body)


def test_a_decorated_function_is_the_one_inside() -> None:
    def body(case: SynchronousTestCase) -> None:
        @deprecated(Version("Thing", 1, 2, 3))
        def inner() -> None:
            warn_caller()

        inner()
        case.assertEqual([w["message"] for w in case.flushWarnings([inner])], ["caller"])
        case.assertEqual(len(case.flushWarnings()), 1)

    succeeds(body)


def test_warnings_that_are_not_flushed_are_issued_when_the_test_ends() -> None:
    told, left = run(lambda _: [warn() for _ in range(3)] and None)

    assert told == ["success"]
    assert texts(left) == ["hey"] * 3
    assert (left[0].filename, left[0].lineno) == (HERE, warn.__code__.co_firstlineno + 1)


def test_those_may_be_errors() -> None:
    def body(case: SynchronousTestCase) -> None:
        warn()
        warn_caller()

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        told = told_by(type("Case", (SynchronousTestCase,), {"test_it": body})("test_it"))

    assert told == ["success", ("error", "UserWarning: hey")]


def test_filters_that_a_test_sets_count_and_are_gone_afterwards() -> None:
    before = list(warnings.filters)

    def body(case: SynchronousTestCase) -> None:
        warnings.simplefilter("error")
        warn()

    with warnings.catch_warnings():
        told = told_by(type("Case", (SynchronousTestCase,), {"test_it": body})("test_it"))

    assert told == [("error", "UserWarning: hey")]
    assert list(warnings.filters) == before


def test_a_warning_that_was_shown_before_is_issued_again() -> None:
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("once")
        warn()
        told = told_by(
            type(
                "Case", (SynchronousTestCase,), {"test_it": lambda case: warn() and case.flushWarnings().pop() and None}
            )("test_it")
        )

    assert told == ["success"]


# Ignoring


@pytest.mark.parametrize("kind", [SynchronousTestCase, TestCase])
def test_warnings_may_be_ignored(kind: type[SynchronousTestCase]) -> None:
    def body(case: Any) -> None:
        warn()
        warn_caller()

    told, left = run(body, kind, suppress=[suppress(category=UserWarning)])
    assert (told, texts(left)) == (["success"], ["caller"])
    told, left = run(body, kind, suppress=[suppress(message="call"), suppress(message="he")])
    assert (told, left) == (["success"], [])
    told, left = run(body, kind, suppress=[suppress("error", category=UserWarning)])
    assert told == [("error", "UserWarning: hey")]


def test_what_a_method_ignores_counts_before_what_its_class_does() -> None:
    def body(case: Any) -> None:
        warn()
        warn_caller()

    body.suppress = [suppress(message="call")]  # type: ignore[attr-defined]

    assert texts(run(body, suppress=[suppress(message="hey")])[1]) == ["hey"]


def test_a_case_gives_what_it_ignores() -> None:
    ignored = [suppress(message="hey")]
    case = type("Case", (TestCase,), {"suppress": ignored})()

    assert case.getSuppress() is ignored
    assert TestCase().getSuppress() == []


# Asserting


def test_a_call_that_warns_gives_its_result() -> None:
    succeeds(lambda case: case.assertEqual(case.assertWarns(UserWarning, "hey", HERE, warn), 8))


def test_one_warning_may_be_issued_twice() -> None:
    succeeds(lambda case: case.assertWarns(UserWarning, "hey", HERE, lambda: (warn(), warn())))


def test_what_is_called_has_its_arguments() -> None:
    def called(*args: object, **kwargs: object) -> object:
        warn()
        return args, kwargs

    def body(case: Any) -> None:
        given = case.assertWarns(UserWarning, "hey", HERE, called, 1, two=2)
        case.assertEqual(given, ((1,), {"two": 2}))

    succeeds(body)


def test_a_compiled_modules_name_is_as_good() -> None:
    succeeds(lambda case: case.assertWarns(UserWarning, "hey", HERE + "c", warn))


def test_no_warning_fails() -> None:
    assert failed(lambda case: case.assertWarns(UserWarning, "hey", HERE, int)) == "FailTest: No warnings emitted"


def test_different_warnings_fail() -> None:
    def two() -> None:
        warn()
        warnings.warn("other", UserWarning, stacklevel=1)

    def two_the_other_way_round() -> None:
        warnings.warn("other", UserWarning, stacklevel=1)
        warn()

    for body in (two, two_the_other_way_round):
        # Which is the greater of the two does not matter.
        told = failed(lambda case, body=body: case.assertWarns(UserWarning, "hey", HERE, body))  # type: ignore[misc]
        assert told == "FailTest: Can't handle different warnings"


def test_another_text_class_or_file_fails() -> None:
    assert "'hey' != 'ho'" in failed(lambda case: case.assertWarns(UserWarning, "ho", HERE, warn))
    assert "is not <class 'DeprecationWarning'>" in failed(
        lambda case: case.assertWarns(DeprecationWarning, "hey", HERE, warn)
    )
    assert f"Warning in {HERE!r}, expected 'x.py'" in failed(
        lambda case: case.assertWarns(UserWarning, "hey", "x.py", warn)
    )


def test_warnings_are_asserted_in_the_standard_way_too() -> None:
    def body(case: Any) -> None:
        with case.assertWarns(UserWarning) as caught:
            warn()
        case.assertEqual(str(caught.warning), "hey")
        with case.assertWarnsRegex(UserWarning, "he"):
            warn()
        case.assertWarns(UserWarning, warn)
        case.assertWarns(UserWarning, lambda text: warn(), "one argument")
        case.assertWarns(UserWarning, lambda *texts: warn(), "two", "arguments")

    succeeds(body)
    assert "UserWarning not triggered" in failed(lambda case: case.assertWarns(UserWarning, int))


# Deprecations


def test_a_deprecated_call_gives_its_result() -> None:
    def body(case: Any) -> None:
        case.assertEqual(case.callDeprecated(Version("Thing", 1, 2, 3), old), 5)
        case.assertEqual(case.callDeprecated((Version("Thing", 1, 2, 3), "thing.new"), replaced), 6)

    succeeds(body)


def test_a_call_that_is_not_deprecated_fails() -> None:
    assert failed(lambda case: case.callDeprecated(Version("Thing", 1, 2, 3), warn)).endswith("is not deprecated.")


def test_another_version_or_replacement_fails() -> None:
    assert "deprecated in Thing 1.2.4' !=" in failed(lambda case: case.callDeprecated(Version("Thing", 1, 2, 4), old))
    assert "please use other instead' !=" in failed(
        lambda case: case.callDeprecated((Version("Thing", 1, 2, 3), "other"), replaced)
    )


def test_a_warning_that_points_elsewhere_is_not_about_the_call() -> None:
    def inner() -> int:
        return old()

    said = failed(lambda case: case.callDeprecated(Version("Thing", 1, 2, 3), inner))

    assert said.endswith("is not deprecated.")


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> str:
    made = ModuleType("thing_module")
    made.__dict__.update(__file__="thing_module.py", old=3, fine=4)
    monkeypatch.setitem(sys.modules, "thing_module", made)
    deprecatedModuleAttribute(Version("Thing", 1, 2, 3), "use new", "thing_module", "old")
    return "thing_module"


def test_a_deprecated_attribute_is_given(module: str) -> None:
    version = Version("Thing", 1, 2, 3)

    succeeds(lambda case: case.assertEqual(case.getDeprecatedModuleAttribute(module, "old", version), 3))
    succeeds(lambda case: case.assertEqual(case.getDeprecatedModuleAttribute(module, "old", version, "use new"), 3))


def test_an_attribute_with_another_deprecation_or_none_fails(module: str) -> None:
    version = Version("Thing", 1, 2, 3)

    assert failed(lambda case: case.getDeprecatedModuleAttribute(module, "fine", version)).endswith(
        "thing_module.fine is not deprecated."
    )
    assert "to start with 'thing_module.old was deprecated in Thing 1.2.4'" in failed(
        lambda case: case.getDeprecatedModuleAttribute(module, "old", Version("Thing", 1, 2, 4))
    )
    assert "to start with 'thing_module.old was deprecated in Thing 1.2.3: use it'" in failed(
        lambda case: case.getDeprecatedModuleAttribute(module, "old", version, "use it")
    )


def test_the_module_of_an_attribute_is_imported_if_need_be() -> None:
    def body(case: Any) -> None:
        sys.modules.pop("colorsys", None)
        case.getDeprecatedModuleAttribute("colorsys", "ONE_THIRD", Version("Thing", 1, 2, 3))

    assert failed(body).endswith("colorsys.ONE_THIRD is not deprecated.")
