"""
Warnings that are issued while a test runs: it may flush and look at them, the others are issued again when it ends.
"""

from __future__ import annotations

import inspect
import os
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import NamedTuple, TextIO


class Warned(NamedTuple):
    """One warning, as it was issued."""

    message: str
    category: type[Warning]
    filename: str
    lineno: int


class Collecting(warnings.catch_warnings):
    """
    Hand every warning to *keep* for a while, also those that were issued before or that filters would drop.

    Filters that are set meanwhile count, and are gone afterwards.
    """

    def __init__(self, keep: Callable[[Warned], object]) -> None:
        super().__init__(record=False)
        self._keep = keep

    def __enter__(self) -> None:
        super().__enter__()
        # Changing the filters makes Python forget which warnings it has shown already.
        warnings.simplefilter("always")
        warnings.showwarning = self._show

    def _show(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        self._keep(Warned(str(message), category, filename, lineno))


def points_into(warned: Warned, functions: Iterable[Callable[..., object]]) -> bool:
    """Tell whether a warning points at a line of one of *functions*."""
    return any(_encloses(function, warned) for function in functions)


def _encloses(function: Callable[..., object], warned: Warned) -> bool:
    function = inspect.unwrap(function)
    code = function.__code__  # functions and methods have one; others say so
    lines = [line for _, _, line in code.co_lines() if line]
    if not lines or not min(lines) <= warned.lineno <= max(lines):
        return False
    # A module's code may have been compiled elsewhere than where it now lies.
    places = {code.co_filename, getattr(sys.modules.get(function.__module__), "__file__", None) or code.co_filename}
    return _normal(warned.filename) in map(_normal, places)


def _normal(path: str) -> str:
    return os.path.normcase(os.path.abspath(path))
