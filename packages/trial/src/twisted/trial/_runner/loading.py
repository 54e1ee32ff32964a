"""
Finding tests: by name, in files, modules, packages and docstrings.
"""

from __future__ import annotations

import os
import unittest
import warnings
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

from twisted.python import reflect
from twisted.python.failure import Failure
from twisted.trial._runner.holders import ErrorHolder
from twisted.trial._runner.naming import filenameToModule, isPackage, isTestCase, name
from twisted.trial._unittest.suites import TestSuite

# What comes out of here: tests and suites, of ours, of the standard unittest, or of somebody's own.
_Test = Any


class TestLoader:
    """
    Finds tests and makes suites of them.

    Attributes:
        methodPrefix: How names of methods begin that are tests.
        modulePrefix: How names of modules begin that have tests.
        suiteFactory: Given a list of tests, makes a suite of them.
        sorter: Given a name, a class or a test, gives what these are sorted by.
    """

    methodPrefix = "test"
    modulePrefix = "test_"

    def __init__(
        self,
        suiteFactory: Callable[..., unittest.TestSuite] = TestSuite,
        sorter: Callable[[Any], Any] = name,  # Any: what sorts is the caller's choice
    ) -> None:
        """
        Args:
            suiteFactory: Given a list of tests, makes a suite of them.
            sorter: Given a name, a class or a test, gives what these are sorted by.
        """
        self.suiteFactory = suiteFactory
        self.sorter = sorter

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TestLoader):
            return NotImplemented
        return (self.suiteFactory, self.sorter) == (other.suiteFactory, other.sorter)

    def __hash__(self) -> int:
        return hash((self.suiteFactory, self.sorter))

    def __repr__(self) -> str:
        return f"TestLoader(suiteFactory={self.suiteFactory!r}, sorter={self.sorter!r})"

    def sort(self, xs: Iterable[Any]) -> list[Any]:
        """Give a sorted list of names, classes or tests. (Any: as for the sorter.)"""
        return sorted(xs, key=self.sorter)

    def findTestClasses(self, module: ModuleType) -> list[type[unittest.TestCase]]:
        """Give the classes of test cases in a module, sorted."""
        # A class may have several names.
        return self.sort(dict.fromkeys(thing for thing in vars(module).values() if isTestCase(thing)))

    def getTestCaseNames(self, klass: type) -> list[str]:
        """Give the names of a class's tests, without the prefix."""
        return reflect.prefixedMethodNames(klass, self.methodPrefix)

    def findByName(self, _name: str, recurse: bool = False) -> _Test:
        """
        Find tests by the name of a file, module, package, class or method.

        Args:
            _name: A path, if it contains a slash or is that of a Python file; else a dotted name.
            recurse: Look into packages within packages.

        Raises:
            Exception: There are none, or what has them cannot be imported.
        """
        if os.sep in _name or (_name.endswith(".py") and os.path.isfile(_name)):
            return self.loadFile(_name, recurse=recurse)
        thing, rest = _import_longest(_name)
        parent: object = None
        for part in rest:
            parent = thing
            try:
                thing = getattr(thing, part)
            except AttributeError:
                raise AttributeError(f"{_name} does not exist.") from None
        return self.loadAnything(thing, recurse=recurse, parent=parent, qualName=rest)

    def loadAnything(
        self, obj: Any, recurse: bool = False, parent: Any = None, qualName: Sequence[str] | None = None
    ) -> _Test:
        """
        Load the tests of a module, package, class or method.

        Args:
            obj: Which. (Any: it may be anything.)
            recurse: Look into packages within packages.
            parent: The class that a method was found in.
            qualName: The method's name, in a list of names that lead to it.

        Raises:
            TypeError: It is none of these.
        """
        if isinstance(obj, ModuleType):
            return self.loadPackage(obj, recurse=recurse) if isPackage(obj) else self.loadTestsFromModule(obj)
        if isTestCase(obj):
            return self.loadTestsFromTestCase(obj)
        if callable(obj) and isTestCase(parent) and qualName:
            return parent(qualName[-1])
        raise TypeError(f"don't know how to make test from: {obj}")

    def loadTestsFromTestCase(self, klass: type[unittest.TestCase]) -> unittest.TestSuite:
        """
        Load the tests of a class, sorted.

        Raises:
            TypeError: It is no class.
            ValueError: It is not one of test cases.
        """
        if not isinstance(klass, type):
            raise TypeError(f"{klass!r} is not a class")
        if not isTestCase(klass):
            raise ValueError(f"{klass!r} is not a test case")
        names = self.getTestCaseNames(klass)
        return self.suiteFactory(self.sort(klass(self.methodPrefix + tail) for tail in names))

    loadClass = loadTestsFromTestCase

    def loadTestsFromModule(self, module: ModuleType) -> unittest.TestSuite:
        """
        Load the tests of a module: what its ``testSuite`` or ``test_suite`` gives, or else those of its classes.

        Its ``__doctests__`` lists modules, or names of them, whose docstrings are tested, too.

        Raises:
            TypeError: It is no module.
        """
        if not isinstance(module, ModuleType):
            raise TypeError(f"{module!r} is not a module")
        for maker in ("testSuite", "test_suite"):
            if hasattr(module, maker):
                made: unittest.TestSuite = getattr(module, maker)()
                return made
        suite = self.suiteFactory([self.loadTestsFromTestCase(found) for found in self.findTestClasses(module)])
        for documented in getattr(module, "__doctests__", ()):
            tests = self.loadDoctests(documented)
            if tests is not None:
                suite.addTest(tests)
        return suite

    loadModule = loadTestsFromModule

    def loadPackage(self, package: ModuleType, recurse: bool = False) -> unittest.TestSuite:
        """
        Load the tests of the modules in a package whose names begin as ``modulePrefix`` says.

        A module that cannot be imported is a test with an error.

        Args:
            package: The package.
            recurse: Look into packages within it, too.

        Raises:
            TypeError: It is no package.
        """
        if not isPackage(package):
            raise TypeError(f"{package!r} is not a package")
        found = [
            full_name
            for full_name in _modules(package.__name__, list(package.__path__), recurse)
            if full_name.rpartition(".")[2].startswith(self.modulePrefix)
        ]
        return self.suiteFactory([self._load_named_module(full_name) for full_name in self.sort(found)])

    def _load_named_module(self, full_name: str) -> _Test:
        try:
            module = reflect.namedModule(full_name)
        except BaseException as error:
            return _held(full_name, error)
        return self.loadTestsFromModule(module)

    def loadDoctests(self, module: ModuleType | str) -> _Test:
        """
        Load the examples in a module's docstrings as tests.

        Args:
            module: The module or its name. There is a warning if it is neither, and no result.
        """
        if isinstance(module, str):
            try:
                module = reflect.namedAny(module)
            except BaseException as error:
                return _held(str(module), error)
        if not isinstance(module, ModuleType):
            warnings.warn("trial only supports doctesting modules", stacklevel=2)
            return None
        import doctest

        suite = doctest.DocTestSuite(module)
        for test in suite:
            # Their names are those of what is documented: that should be seen to be no test of that name.
            test.id = test.shortDescription  # type: ignore[union-attr, method-assign]
        return suite

    def loadFile(self, fileName: str, recurse: bool = False) -> _Test:
        """
        Load the tests of a Python file, or of a directory that is a package.

        Raises:
            ValueError: It is neither.
        """
        if os.path.isdir(fileName) or not os.path.isfile(fileName):
            # A package may be anywhere on the path of modules.
            try:
                return self.loadAnything(filenameToModule(fileName), recurse=recurse)
            except ValueError:
                raise ValueError(f"{fileName} is not a Python file.") from None
        return self.loadAnything(filenameToModule(fileName), recurse=recurse)

    def loadByName(self, name: str, recurse: bool = False) -> unittest.TestSuite:
        """
        Load tests by name, as `findByName` does. What cannot be loaded is a test with an error.
        """
        try:
            tests = [self.findByName(name, recurse=recurse)]
        except BaseException as error:
            tests = [_held(name, error)]
        return self.suiteFactory(tests)

    loadTestsFromName = loadByName

    def loadByNames(self, names: list[str], recurse: bool = False) -> unittest.TestSuite:
        """
        Load tests by several names; what has been named before counts once.

        What cannot be loaded is a test with an error.
        """
        tests = []
        for each in dict.fromkeys(names):
            try:
                tests.append(self.findByName(each, recurse=recurse))
            except BaseException as error:
                tests.append(_held(each, error))
        return self.suiteFactory(tests)


def _held(description: str, error: BaseException) -> ErrorHolder:
    """Make a test of an error in loading it."""
    if isinstance(error, KeyboardInterrupt):
        raise error
    return ErrorHolder(description, Failure(error))


def _import_longest(full_name: str) -> tuple[Any, list[str]]:
    """
    Import as much of a dotted name as is modules.

    Returns:
        The last of them, and what remains.
    """
    parts = full_name.split(".")
    if not all(parts):
        # It says what is wrong with the name.
        return reflect.namedAny(full_name), []
    for end in range(len(parts), 0, -1):
        candidate = ".".join(parts[:end])
        try:
            return reflect.namedModule(candidate), parts[end:]
        except ModuleNotFoundError as error:
            missing = error.name or ""
            if candidate != missing and not candidate.startswith(missing + "."):
                # The module is there; what it imports is not.
                raise
    # Not even the first is there: this says so.
    return reflect.namedAny(full_name), []


def _modules(package: str, paths: list[str], recurse: bool) -> list[str]:
    """Give the full names of all modules in a package, without importing it or what is in it."""
    import pkgutil

    names = []
    for finder, found, is_package in pkgutil.iter_modules(paths):
        full_name = f"{package}.{found}"
        names.append(full_name)
        if is_package and recurse:
            names += _modules(full_name, [os.path.join(getattr(finder, "path", ""), found)], recurse)
    return names
