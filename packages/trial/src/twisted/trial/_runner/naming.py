"""
What tests, files and packages are called.
"""

from __future__ import annotations

import os
import sys
import unittest
from types import ModuleType
from typing import Any, TypeGuard

from twisted.python import reflect


def isPackage(module: object) -> bool:
    """Tell whether *module* is a package."""
    return isinstance(module, ModuleType) and hasattr(module, "__path__")


def isPackageDirectory(dirname: str) -> str | bool:
    """
    Tell whether a directory is a package.

    Returns:
        The name of the file that makes it one, or `False`.
    """
    initial = "__init__.py"
    return initial if os.path.exists(os.path.join(dirname, initial)) else False


def isTestCase(obj: Any) -> TypeGuard[type[unittest.TestCase]]:
    """Tell whether *obj* is a class of test cases. (Any: it may be anything.)"""
    return isinstance(obj, type) and issubclass(obj, unittest.TestCase)


def name(thing: Any) -> str:
    """
    Give the name by which tests are sorted.

    Args:
        thing: A name, a class, a test. (Any: these have no common base.)

    Raises:
        TypeError: It is none of these.
    """
    if isinstance(thing, str):
        return thing
    if isTestCase(thing):
        return reflect.qual(thing)
    try:
        identify = thing.id
    except AttributeError:
        raise TypeError(f"Cannot name {thing!r}") from None
    found: str = identify()
    return found


def filenameToModule(fn: str) -> ModuleType:
    """
    Import a file, by its module's name if that leads to it.

    Args:
        fn: The file's path.

    Raises:
        ValueError: There is no such file.
    """
    if not os.path.exists(fn):
        raise ValueError(f"{fn!r} doesn't exist")
    module_name = reflect.filenameToModuleName(fn)
    try:
        module: ModuleType = reflect.namedAny(module_name)
    except (ValueError, AttributeError):
        # It is not on the path of modules.
        return _import_file(fn, module_name)
    found = getattr(module, "__file__", None)
    if found is None or not _is_same(found, fn):
        # Another module has that name.
        return _import_file(fn, module_name)
    return module


def _is_same(module_file: str, fn: str) -> bool:
    """Tell whether a module's file is *fn*: that, or the directory of the package, or compiled from it."""
    if os.path.isdir(fn):
        fn = os.path.join(fn, "__init__.py")
    source = os.path.splitext(os.path.realpath(module_file))[0]
    return source == os.path.splitext(os.path.realpath(fn))[0]


def _import_file(fn: str, module_name: str) -> ModuleType:
    """Import a file as a module of this name, which it keeps in `sys.modules`."""
    from importlib.util import module_from_spec, spec_from_file_location

    if os.path.isdir(fn):
        fn = os.path.join(fn, "__init__.py")
    from importlib.machinery import SourceFileLoader

    loader = SourceFileLoader(module_name, fn)
    spec = spec_from_file_location(module_name, fn, loader=loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(module_name, None)
        raise
    return module
