"""
Saying to another process which test is meant.
"""

from __future__ import annotations

import os
import sys
import unittest
from types import ModuleType
from typing import Any

from twisted.python import reflect
from twisted.trial._runner.loading import TestLoader
from twisted.trial._runner.naming import _is_same, filenameToModule


def describe(test: Any) -> dict[str, Any] | None:
    """
    Say which test this is, so that another process can find it.

    Returns:
        What `find` understands, or `None` if the test is not just a method of a class, or an example in a docstring.
    """
    doctest = sys.modules.get("doctest")
    if doctest is not None and isinstance(test, doctest.DocTestCase):
        example = test._dt_test
        module = example.globs.get("__name__")
        return {"doctest": example.name, "module": module, "file": _file_of(module)} if module else None
    if not isinstance(test, unittest.TestCase):
        return None
    kind = type(test)
    method = getattr(test, "_testMethodName", None)
    if not isinstance(method, str) or "<locals>" in kind.__qualname__ or not _leads_to(kind):
        return None
    return {"module": kind.__module__, "file": _file_of(kind.__module__), "class": kind.__qualname__, "method": method}


def _file_of(module_name: str) -> str | None:
    found = getattr(sys.modules.get(module_name), "__file__", None)
    return None if found is None else os.path.abspath(found)


def _leads_to(kind: type) -> bool:
    """Tell whether a class is found by its name."""
    found: Any = sys.modules.get(kind.__module__)
    for part in kind.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is kind


def find(description: dict[str, Any]) -> Any:
    """
    Find the test that another process has described.

    Raises:
        Exception: It cannot be found here.
    """
    module = _module(description["module"], description["file"])
    if "doctest" in description:
        wanted = description["doctest"]
        for test in TestLoader().loadDoctests(module):
            if test._dt_test.name == wanted:
                return test
        raise LookupError(f"no example of the name {wanted!r} in {module!r}")
    kind: Any = module
    for part in description["class"].split("."):
        kind = getattr(kind, part)
    return kind(description["method"])


def _module(name: str, file: str | None) -> ModuleType:
    """Import a module, from the very file that the other process has it from."""
    found = sys.modules.get(name)
    if found is None:
        try:
            found = reflect.namedModule(name)
        except ModuleNotFoundError:
            if file is None:
                raise
    found_file = getattr(found, "__file__", None)
    if file is None or (found_file is not None and _is_same(found_file, file)):
        assert found is not None
        return found
    return filenameToModule(file)
