"""
Test modules that a source file names: ``-*- test-case-name: package.test.test_it -*-`` in its first lines.
"""

from __future__ import annotations

import os
import re

_LINE = re.compile(r"-\*-(.*?)-\*-")


def loadLocalVariables(filename: str) -> dict[str, str]:
    """
    Read the local variables, as Emacs knows them, in the first two lines of a file.

    Args:
        filename: The file's path.

    Returns:
        Their values by their names; none are there if nothing in these lines looks like them.
    """
    with open(filename, encoding="utf-8", errors="replace") as file:
        for line in (file.readline(), file.readline()):
            found = _LINE.search(line)
            if found is not None:
                return _variables(found[1])
    return {}


def _variables(text: str) -> dict[str, str]:
    pairs = (pair.partition(":") for pair in text.split(";") if ":" in pair)
    return {name.strip(): value.strip() for name, _, value in pairs}


def getTestModules(filename: str) -> list[str]:
    """
    Give the names of test modules that a file names.

    Args:
        filename: The file's path.
    """
    names = loadLocalVariables(filename).get("test-case-name")
    return [] if names is None else names.split(",")


def isTestFile(filename: str) -> bool:
    """
    Tell whether a file is one of tests, by its name.

    Args:
        filename: The file's path.
    """
    base = os.path.basename(filename)
    return base.startswith("test_") and os.path.splitext(base)[1] == ".py"
