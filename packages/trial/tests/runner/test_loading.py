from __future__ import annotations

import sys
import unittest as standard
import warnings
from typing import Any

import pytest

from twisted.python.reflect import ModuleNotFound
from twisted.trial import runner, unittest
from twisted.trial._runner.suites import cases_of

from ..conftest import Write


def names(suite: Any) -> list[str]:
    return [case.id() for case in cases_of(suite)]


def errors(suite: Any) -> list[BaseException]:
    return [case.error[1] for case in cases_of(suite) if isinstance(case, runner.ErrorHolder)]


@pytest.fixture
def loader() -> runner.TestLoader:
    return runner.TestLoader()


ONE = ["pack_t2.test_one.First.test_c", "pack_t2.test_one.Second.test_a", "pack_t2.test_one.Second.test_b"]
ALL = ["pack_t2.sub.test_bad", "pack_t2.test_one.First.test_c", *ONE]


def test_a_module_has_the_tests_of_its_classes_sorted(loader: runner.TestLoader, package: str) -> None:
    suite = loader.loadByName(f"{package}.test_one")

    assert names(suite) == ONE
    assert type(suite) is runner.TestSuite


def test_a_package_has_the_tests_of_its_modules(loader: runner.TestLoader, package: str) -> None:
    assert names(loader.loadByName(package)) == ONE


def test_packages_within_packages_are_looked_into_if_wanted(loader: runner.TestLoader, package: str) -> None:
    suite = loader.loadByName(package, recurse=True)

    assert names(suite) == ALL
    (error,) = errors(suite)
    assert isinstance(error, ZeroDivisionError)


def test_a_class_and_a_method_can_be_named(loader: runner.TestLoader, package: str) -> None:
    assert names(loader.findByName(f"{package}.test_one.Second")) == ONE[1:]
    assert loader.findByName(f"{package}.test_one.First.test_c").id() == ONE[0]
    assert loader.findByName(f"{package}.test_one.Without.runTest").id() == f"{package}.test_one.Without.runTest"


def test_files_and_folders_can_be_named(loader: runner.TestLoader, package: str) -> None:
    assert names(loader.findByName(f"{package}/test_one.py")) == ONE
    assert names(loader.findByName(f"./{package}", recurse=True)) == ALL
    assert names(loader.findByName(f"{package}/")) == ONE


def test_a_file_in_the_current_folder_needs_no_slash(loader: runner.TestLoader, write: Write) -> None:
    write("test_here_t2.py", "from twisted.trial import unittest\nclass T(unittest.TestCase):\n  def test_x(self): 0")

    assert names(loader.findByName("test_here_t2.py")) == ["test_here_t2.T.test_x"]


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("nowhere_t2", ModuleNotFound, "No module named 'nowhere_t2'"),
        ("pack_t2.nothing", AttributeError, "pack_t2.nothing does not exist."),
        ("pack_t2.test_one.First.test_z", AttributeError, "pack_t2.test_one.First.test_z does not exist."),
        ("pack_t2/nothing.py", ValueError, "pack_t2/nothing.py is not a Python file."),
        ("/nowhere_t2", ValueError, "/nowhere_t2 is not a Python file."),
        ("pack_t2.test_one.constant", TypeError, "don't know how to make test from: 5"),
        ("pack_t2.sub.test_bad", ZeroDivisionError, "division by zero"),
        ("pack_t2.sub.test_bad.Tests", ZeroDivisionError, "division by zero"),
    ],
)
@pytest.mark.usefixtures("package")
def test_what_cannot_be_found(loader: runner.TestLoader, name: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        loader.findByName(name)
    assert str(caught.value) == message

    for suite in (loader.loadByName(name), loader.loadByNames([name])):
        (error,) = errors(suite)
        assert isinstance(error, kind) and names(suite) == [name]


@pytest.mark.parametrize("name", ["", ".", "a..b"])
def test_what_is_no_name_at_all(loader: runner.TestLoader, name: str) -> None:
    with pytest.raises(ValueError):
        loader.findByName(name)


def test_a_module_that_imports_what_is_not_there_says_so(loader: runner.TestLoader, write: Write) -> None:
    write("test_lacks_t2.py", "import nowhere_t2.at_all")

    with pytest.raises(ModuleNotFoundError, match="No module named 'nowhere_t2'"):
        loader.findByName("test_lacks_t2.Tests")


def test_names_count_once(loader: runner.TestLoader, package: str) -> None:
    first, second = f"{package}.test_one.First", f"{package}.test_one.Second"

    assert names(loader.loadByNames([second, first, second])) == [*ONE[1:], ONE[0]]


def test_whoever_interrupts_loading_is_heard(loader: runner.TestLoader, write: Write) -> None:
    write("test_stop_t2.py", "raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        loader.loadByName("test_stop_t2")


@pytest.mark.parametrize("maker", ["testSuite", "test_suite"])
def test_a_module_may_make_its_suite_itself(loader: runner.TestLoader, write: Write, maker: str) -> None:
    write(
        "test_own_t2.py",
        f"""
        from twisted.trial import unittest
        class T(unittest.TestCase):
            def test_a(self): pass
            def test_b(self): pass
        def {maker}(): return unittest.TestSuite([T("test_b")])
        """,
    )

    assert names(loader.loadByName("test_own_t2")) == ["test_own_t2.T.test_b"]


DOCUMENTED = '''
def add():
    """
    >>> 1 + 1
    2
    """
'''


def test_a_module_may_list_modules_whose_docstrings_are_tested(loader: runner.TestLoader, write: Write) -> None:
    write("documented_t2.py", DOCUMENTED)
    write("test_docs_t2.py", "import documented_t2\n__doctests__ = ['documented_t2', documented_t2]")

    assert names(loader.loadByName("test_docs_t2")) == ["Doctest: documented_t2.add"] * 2


def test_documented_modules_that_are_not_there(loader: runner.TestLoader) -> None:
    holder = loader.loadDoctests("nowhere_t2")

    assert isinstance(holder, runner.ErrorHolder) and holder.id() == "nowhere_t2"
    with pytest.warns(UserWarning, match="trial only supports doctesting modules"):
        assert loader.loadDoctests(5) is None  # type: ignore[arg-type]


def test_what_is_no_module_package_or_class_is_refused(loader: runner.TestLoader) -> None:
    any_loader: Any = loader
    with pytest.raises(TypeError, match="5 is not a module"):
        any_loader.loadModule(5)
    with pytest.raises(TypeError, match="is not a package"):
        any_loader.loadPackage(runner)
    with pytest.raises(TypeError, match="5 is not a class"):
        any_loader.loadClass(5)
    with pytest.raises(ValueError, match="is not a test case"):
        any_loader.loadClass(object)
    with pytest.raises(TypeError, match="don't know how"):
        any_loader.loadAnything(len)


def test_the_names_that_the_standard_loader_has(loader: runner.TestLoader, package: str) -> None:
    module = __import__(f"{package}.test_one").test_one

    assert names(loader.loadTestsFromName(f"{package}.test_one")) == ONE
    assert names(loader.loadTestsFromModule(module)) == ONE
    assert names(loader.loadTestsFromTestCase(module.First)) == ONE[:1]
    assert names(loader.loadModule(module)) == ONE


def test_classes_and_names_of_tests(loader: runner.TestLoader, package: str) -> None:
    module = __import__(f"{package}.test_one").test_one

    assert loader.findTestClasses(module) == [module.First, module.Second, module.Without]
    assert sorted(loader.getTestCaseNames(module.Second)) == ["_a", "_b"]


def test_prefixes_can_be_others(package: str) -> None:
    class Other(runner.TestLoader):
        methodPrefix = "oth"
        modulePrefix = "test_o"

    assert names(Other().loadByName(package, recurse=True)) == [f"{package}.test_one.First.other"]


def test_sorting_and_suites_can_be_others(package: str) -> None:
    loader = runner.TestLoader(runner.LoggedSuite, lambda thing: [-ord(c) for c in runner.name(thing)])

    suite = loader.loadByName(f"{package}.test_one")

    assert names(suite) == ONE[::-1]
    assert type(suite) is runner.LoggedSuite
    assert loader.sort(["a", "c", "b"]) == ["c", "b", "a"]


def test_loaders_are_equal_if_they_load_alike() -> None:
    assert runner.TestLoader() == runner.TestLoader()
    assert hash(runner.TestLoader()) == hash(runner.TestLoader())
    assert runner.TestLoader() != runner.TestLoader(runner.LoggedSuite)
    assert runner.TestLoader() != runner.TestLoader(sorter=id)
    assert runner.TestLoader() != 5
    assert repr(runner.TestLoader(list, len)) == (  # type: ignore[arg-type]
        f"TestLoader(suiteFactory={list!r}, sorter={len!r})"
    )


def test_a_file_that_is_not_on_the_path_is_imported_from_where_it_is(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("elsewhere/test_far_t2.py", "value = 7")

    module = runner.filenameToModule(str(path))

    assert (module.__name__, module.value) == ("test_far_t2", 7)
    assert sys.modules["test_far_t2"] is module
    assert runner.filenameToModule(str(path)) is module


def test_a_file_wins_over_another_module_of_its_name(write: Write) -> None:
    write("test_twice_t2.py", "value = 'on the path'")
    other = write("elsewhere/test_twice_t2.py", "value = 'the file'")

    assert runner.filenameToModule(str(other)).value == "the file"
    assert runner.filenameToModule("test_twice_t2.py").value == "on the path"


def test_a_file_on_the_path_is_imported_by_its_name(package: str) -> None:
    module = runner.filenameToModule(f"{package}/test_one.py")

    assert module is sys.modules[f"{package}.test_one"]
    assert runner.filenameToModule(package) is sys.modules[package]


def test_a_file_that_is_not_there_or_no_python() -> None:
    with pytest.raises(ValueError, match=r"'/nowhere_t2.py' doesn't exist"):
        runner.filenameToModule("/nowhere_t2.py")


def test_a_file_that_fails_leaves_no_module(write: Write) -> None:
    path = write("elsewhere/test_fails_t2.py", "1 / 0")

    with pytest.raises(ZeroDivisionError):
        runner.filenameToModule(str(path))
    assert "test_fails_t2" not in sys.modules


def test_packages_and_their_folders(package: str) -> None:
    assert runner.isPackage(__import__(package)) is True
    assert runner.isPackage(runner) is False
    assert runner.isPackage(package) is False
    assert runner.isPackageDirectory(package) == "__init__.py"
    assert runner.isPackageDirectory(".") is False


def test_classes_of_test_cases() -> None:
    assert runner.isTestCase(unittest.SynchronousTestCase) is True
    assert runner.isTestCase(standard.TestCase) is True
    assert runner.isTestCase(object) is False
    assert runner.isTestCase(unittest.SynchronousTestCase("mktemp")) is False


def test_names_by_which_tests_are_sorted() -> None:
    assert runner.name("itself") == "itself"
    assert runner.name(unittest.TestCase) == "twisted.trial.unittest.TestCase"
    assert runner.name(runner.TestHolder("held")) == "held"
    with pytest.raises(TypeError, match="Cannot name 5"):
        runner.name(5)


def test_nothing_is_warned_of_where_all_is_well(loader: runner.TestLoader, package: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loader.loadByName(f"{package}.test_one")
