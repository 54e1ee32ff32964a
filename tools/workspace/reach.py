"""
Which tests reach which lines, as coverage tells it.

Loaded as a pytest plugin, this names each test to coverage, and writes down which tests fail. Python programs that
a test starts are measured as well, by a ``sitecustomize`` that they import, and count for that test.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

# In the folder that pytest was started in.
FAILED = "failed-tests.txt"
TAKEN = "seconds-of-tests.json"
# The folder of the tests that compare what modules promise.
LOOKING = "promises"
# Tells a program that a test starts, and that is measured, which test it was.
TEST = "REACHED_BY_TEST"

_taken: dict[str, float] = {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """What runs from here on is this test's."""
    import coverage

    measuring = coverage.Coverage.current()
    if measuring is not None:
        measuring.switch_context(item.nodeid)
        os.environ[TEST] = item.nodeid
    yield
    if measuring is not None:
        measuring.switch_context("")
        os.environ.pop(TEST, None)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how long a test takes, and a failure."""
    _taken[report.nodeid] = _taken.get(report.nodeid, 0.0) + report.duration
    if report.failed:
        with Path(FAILED).open("a", encoding="utf-8") as file:
            file.write(f"{report.nodeid}\n")


def pytest_sessionfinish() -> None:
    """Write down how long each test took."""
    Path(TAKEN).write_text(json.dumps(_taken), encoding="utf-8")


@dataclass
class Reach:
    """The tests of each line, by file and then line; those of line 0 run something in the file."""

    lines: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    # How long all tests took together.
    seconds: float = 60.0
    # Tests that fail without any fault: they cannot tell one.
    failed: set[str] = field(default_factory=set)
    # How long each test took.
    taken: dict[str, float] = field(default_factory=dict)
    # The lines of each file that ran before any test did.
    at_import: dict[str, set[int]] = field(default_factory=dict)

    def tests_of(self, file: str, lines: range) -> set[str]:
        """
        Tests that can see a fault in a statement.

        A line that runs when the module is imported (a class's attribute, a default) is reached before any test, and
        by the programs of some; what runs between a fork and another program is not measured. For both, whoever runs
        anything of the module counts, and who looks at modules without running anything of them.
        """
        of_file = self.lines.get(file, {})
        found: set[str] = set().union(*(of_file.get(line, set()) for line in lines))
        if not found or not self.at_import.get(file, set()).isdisjoint(lines):
            found |= of_file.get(0, set())
            found |= {test for test in self.taken if f"/{LOOKING}/" in test}
        return found - self.failed

    def seconds_of(self, tests: set[str]) -> float:
        """How long these tests took together."""
        return sum(self.taken.get(test, 0.0) for test in tests)

    def in_order(self, tests: set[str]) -> list[str]:
        """Tests file by file, those first that take less: the first that fails is enough."""
        files: dict[str, set[str]] = {}
        for test in tests:
            files.setdefault(test.split("::")[0], set()).add(test)
        return [test for of_file in sorted(files.values(), key=self.seconds_of) for test in sorted(of_file)]

    def ran(self, file: str, lines: range) -> bool:
        """Whether a statement was seen to run at all."""
        return any(line in self.lines.get(file, {}) for line in lines)


def settings(data: Path, sources: Path) -> tuple[Path, dict[str, str]]:
    """
    Write settings for coverage beside its data.

    Returns:
        Those of the run itself, and the environment in which programs that tests start measure themselves.
    """
    own, programs = data.with_name("coverage.ini"), data.with_name("programs.ini")
    own.write_text(f"[run]\nsource = {sources}\ndata_file = {data}\n", encoding="utf-8")
    programs.write_text(f"{own.read_text(encoding='utf-8')}parallel = true\ncontext = ${{{TEST}-}}\n", encoding="utf-8")
    beginning = data.with_name("measuring") / "sitecustomize.py"
    beginning.parent.mkdir(exist_ok=True)
    beginning.write_text("import coverage\n\ncoverage.process_startup()\n", encoding="utf-8")
    return own, {"PYTHONPATH": str(beginning.parent), "COVERAGE_PROCESS_START": str(programs)}


def read(data: Path, folder: Path, seconds: float) -> Reach:
    """Read what coverage wrote, for the tests and for the programs that they started."""
    found = Reach(seconds=seconds)
    for one in sorted(data.parent.glob(f"{data.name}*")):
        # A program that was killed while it wrote leaves no whole database.
        with contextlib.suppress(sqlite3.DatabaseError):
            read_one(one, folder, found)
    taken = data.with_name(TAKEN)
    if taken.exists():
        found.taken = json.loads(taken.read_text(encoding="utf-8"))
    return found


def read_one(data: Path, folder: Path, found: Reach) -> None:
    """Add what one process wrote."""
    from coverage.numbits import numbits_to_nums

    query = (
        "select file.path, context.context, line_bits.numbits from line_bits "
        "join file on file.id = line_bits.file_id join context on context.id = line_bits.context_id"
    )
    with closing(sqlite3.connect(data)) as database:
        for path, context, bits in database.execute(query):
            if not Path(path).is_relative_to(folder):
                continue
            lines = found.lines.setdefault(str(Path(path).relative_to(folder)), {})
            for number in numbits_to_nums(bits):
                tests = lines.setdefault(number, set())
                if context:
                    tests.add(context)
                    lines.setdefault(0, set()).add(context)
                else:
                    found.at_import.setdefault(str(Path(path).relative_to(folder)), set()).add(number)


def save(found: Reach, target: Path) -> None:
    """Write it down."""
    lines = {file: {str(n): sorted(tests) for n, tests in of.items()} for file, of in found.lines.items()}
    data = {
        "seconds": found.seconds,
        "failed": sorted(found.failed),
        "taken": found.taken,
        "lines": lines,
        "at_import": {file: sorted(numbers) for file, numbers in found.at_import.items()},
    }
    target.write_text(json.dumps(data), encoding="utf-8")


def load(path: Path) -> Reach:
    """Read what was written down."""
    data = json.loads(path.read_text(encoding="utf-8"))
    lines = {file: {int(n): set(tests) for n, tests in of.items()} for file, of in data["lines"].items()}
    at_import = {file: set(numbers) for file, numbers in data["at_import"].items()}
    return Reach(lines, data["seconds"], set(data["failed"]), data["taken"], at_import)
