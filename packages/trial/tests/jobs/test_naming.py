from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from twisted.trial import runner, unittest
from twisted.trial._jobs.naming import describe, find
from twisted.trial._runner.suites import cases_of

from . import samples


def found(test: Any) -> Any:
    description = describe(test)
    assert description is not None
    return find(json.loads(json.dumps(description)))


@pytest.mark.parametrize("test", [samples.Samples("test_good"), samples.Outer.Nested("test_one")])
def test_a_test_is_found_again(test: unittest.SynchronousTestCase) -> None:
    again = found(test)

    assert again is not test
    assert type(again) is type(test)
    assert again.id() == test.id()


def test_an_example_in_a_docstring_is_found_again() -> None:
    (test,) = runner.TestLoader().loadDoctests(samples)

    again = found(test)

    assert again.id() == test.id() == f"Doctest: {samples.__name__}.documented"


def test_an_example_that_is_gone_is_not_found() -> None:
    (test,) = runner.TestLoader().loadDoctests(samples)
    description = describe(test)
    assert description is not None

    with pytest.raises(LookupError, match=r"no example of the name 'gone'"):
        find({**description, "doctest": "gone"})


def test_what_no_name_leads_to_is_not_described() -> None:
    class Local(unittest.SynchronousTestCase):
        def test_it(self) -> None:
            pass

    renamed = type("Renamed", (samples.Samples,), {"__module__": samples.__name__, "__qualname__": "Renamed"})
    twin = type("Samples", (samples.Samples,), {"__module__": samples.__name__, "__qualname__": "Samples"})

    assert describe(Local("test_it")) is None
    assert describe(renamed("test_good")) is None
    assert describe(twin("test_good")) is None
    assert describe(runner.TestHolder("x")) is None
    assert describe(samples.Samples("test_good")) is not None


def test_a_file_beside_the_path_is_found_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "test_beside_t2.py"
    path.write_text("from twisted.trial import unittest\nclass T(unittest.SynchronousTestCase):\n  def test_x(self): 0")
    description = describe(next(iter(cases_of(runner.TestLoader().loadFile(str(path))))))
    assert description == {"module": "test_beside_t2", "file": str(path), "class": "T", "method": "test_x"}
    # As in another process.
    monkeypatch.delitem(sys.modules, "test_beside_t2")

    assert find(description).id() == "test_beside_t2.T.test_x"
    assert sys.modules["test_beside_t2"].__file__ == str(path)


def test_another_module_of_the_name_is_not_taken_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "from twisted.trial import unittest\nclass T(unittest.SynchronousTestCase):\n  def test_x(self): {}"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "test_twin_t2.py").write_text(text.format("'other'"))
    (tmp_path / "test_twin_t2.py").write_text(text.format("'mine'"))
    monkeypatch.syspath_prepend(str(tmp_path / "other"))
    description = {
        "module": "test_twin_t2",
        "file": str(tmp_path / "test_twin_t2.py"),
        "class": "T",
        "method": "test_x",
    }

    find(description)

    assert sys.modules.pop("test_twin_t2").__file__ == str(tmp_path / "test_twin_t2.py")


def test_a_module_without_a_file_must_have_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModuleNotFoundError):
        find({"module": "nowhere_t2", "file": None, "class": "T", "method": "x"})
    assert find({"module": samples.__name__, "file": None, "class": "Samples", "method": "test_good"})
