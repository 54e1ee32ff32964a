"""A folder of tests to find and to run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write a file, where modules are found and where we are. Its modules are forgotten afterwards."""
    known = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(name: str, text: str = "") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    yield write
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def package(write: Write) -> str:
    """A package with tests, good and bad."""
    write("pack_t2/__init__.py", "")
    write(
        "pack_t2/test_one.py",
        """
        from twisted.trial import unittest
        class Second(unittest.TestCase):
            def test_b(self): pass
            def test_a(self): pass
        class First(unittest.TestCase):
            def test_c(self): pass
            def other(self): pass
        Alias = First
        class Without(unittest.TestCase):
            def runTest(self): pass
        constant = 5
        """,
    )
    write(
        "pack_t2/other.py", "from twisted.trial import unittest\nclass No(unittest.TestCase):\n  def test_no(self): 0"
    )
    write("pack_t2/sub/__init__.py", "")
    write("pack_t2/sub/test_two.py", "from pack_t2.test_one import First")
    write("pack_t2/sub/test_bad.py", "1 / 0")
    return "pack_t2"
