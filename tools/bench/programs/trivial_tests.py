"""
Run a thousand tests that do nothing: by trial, by the standard unittest, or by pytest.

The first argument says who runs them, the second whose test cases they are.
"""

import os
import sys
import tempfile

RUNNER, BASE = sys.argv[1:3]
IMPORT = {
    "trial": "from twisted.trial.unittest import TestCase",
    "synchronous": "from twisted.trial.unittest import SynchronousTestCase as TestCase",
    "unittest": "from unittest import TestCase",
}[BASE]
lines = [IMPORT]
for number in range(20):
    lines.append(f"class C{number}(TestCase):")
    lines += [f"    def test_{test}(self): pass" for test in range(50)]

# Nobody should read what they print.
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "test_trivial.py"), "w") as file:
        file.write("\n".join(lines))
    os.chdir(folder)
    sys.path.insert(0, folder)
    try:
        if RUNNER == "trial":
            from twisted.scripts.trial import run

            sys.argv[1:] = ["test_trivial"]
            run()
        elif RUNNER == "pytest":
            import pytest

            without = [f"-pno:{plugin}" for plugin in ("cacheprovider", "asyncio", "twisted")]
            sys.exit(pytest.main(["-q", *without, "test_trivial.py"]))
        else:
            import unittest

            unittest.main("test_trivial", argv=["unittest"])
    finally:
        os.chdir("/")
