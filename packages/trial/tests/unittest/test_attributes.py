"""Where programs say skip, todo, timeout and suppress, and which of it counts."""

from __future__ import annotations

import sys
import unittest as standard
from types import ModuleType
from typing import Any

import pytest

from twisted.trial.unittest import TestCase, Todo


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    made = ModuleType("test_somewhere")
    monkeypatch.setitem(sys.modules, "test_somewhere", made)
    return made


def make(**attributes: Any) -> TestCase:
    """Make a case of that module. Attributes whose names begin with ``method_`` are its test's."""

    def test_it(case: TestCase) -> None:
        """Nothing."""

    for name in [name for name in attributes if name.startswith("method_")]:
        setattr(test_it, name.removeprefix("method_"), attributes.pop(name))
    case = type("Case", (TestCase,), {"test_it": test_it, "__module__": "test_somewhere", **attributes})("test_it")
    assert isinstance(case, TestCase)
    return case


def test_nothing_is_said_anywhere(module: ModuleType) -> None:
    case = make()

    assert case.getSkip() == (False, None)
    assert case.getTodo() is None
    assert case.getTimeout() == 120.0
    assert case.getSuppress() == []


def test_a_module_speaks_for_its_tests(module: ModuleType) -> None:
    module.__dict__.update(skip="no", todo="later", timeout=3, suppress=[1])
    case = make()

    assert case.getSkip() == (True, "no")
    assert case.getTodo() == Todo("later")
    assert case.getTimeout() == 3.0
    assert case.getSuppress() == [1]


def test_a_class_is_heard_before_its_module(module: ModuleType) -> None:
    module.__dict__.update(skip="no", todo="later", timeout=3, suppress=[1])
    case = make(skip=None, todo="now", timeout=4, suppress=[2])

    assert case.getSkip() == (False, None)
    assert case.getTodo() == Todo("now")
    assert case.getTimeout() == 4.0
    assert case.getSuppress() == [2]


def test_a_method_is_heard_before_its_class(module: ModuleType) -> None:
    case = make(
        skip="no", todo="now", timeout=4, suppress=[2],
        method_skip="never", method_todo="soon", method_timeout=5, method_suppress=[3],
    )  # fmt: skip

    assert case.getSkip() == (True, "never")
    assert case.getTodo() == Todo("soon")
    assert case.getTimeout() == 5.0
    assert case.getSuppress() == [3]


def test_an_instance_is_heard_as_its_class_is(module: ModuleType) -> None:
    case = make(timeout=4)
    case.__dict__["timeout"] = 5

    assert case.getTimeout() == 5.0


def test_what_a_module_has_imported_is_not_about_its_tests(module: ModuleType) -> None:
    from contextlib import suppress

    module.__dict__.update(suppress=suppress, skip=standard.skip, todo=make, timeout=make)
    case = make()

    assert case.getSkip() == (False, None)
    assert case.getTodo() is None
    assert case.getTimeout() == 120.0
    assert case.getSuppress() == []


def test_a_module_that_is_gone_says_nothing() -> None:
    assert make().getSkip() == (False, None)


def test_decorators_of_the_standard_unittest_are_understood(module: ModuleType) -> None:
    assert make(__unittest_skip__=True, __unittest_skip_why__="no").getSkip() == (True, "no")
    assert make(method___unittest_skip__=True, method___unittest_skip_why__="no").getSkip() == (True, "no")
    assert make(__unittest_skip__=False).getSkip() == (False, None)
