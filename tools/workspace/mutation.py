"""
``dev.py mutate``: plant faults at random, and tell which no test saw.

cosmic-ray knows the faults (a condition turned round, an operator or a number exchanged, a statement's branch taken
wrongly); a statement left out is added here. Faults are drawn with a seed, planted one at a time in a copy of the
checkout, and the tests that reach the line are run against it. Which tests those are is measured once with coverage.
Each outcome is written down at once, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path

from tools.workspace import isolation, reach
from tools.workspace.layout import Package, package, packages
from tools.workspace.steps import Trouble, say

# What a mutant may take: so many times what its tests took unharmed, and some seconds for starting.
SLOWER, STARTING = 5, 15
# More tests than these are run as their files, not one by one: a command line has an end.
MANY_TESTS = 1000

REMOVAL = "statement left out"


@dataclass(frozen=True)
class Fault:
    """One place and what is done to it."""

    # Relative to the package's folder.
    file: str
    line: int
    operator: str
    occurrence: int

    @property
    def key(self) -> str:
        return f"{self.file}:{self.line}:{self.operator}:{self.occurrence}"


def run(root: Path, options: Namespace) -> int:
    """Draw, plant, run, tell."""
    chosen = package(root, options.package)
    if chosen.source is None:
        raise Trouble(f"{chosen.distribution} has no modules to plant faults in: choose another package")
    name = f"{chosen.name}-{options.seed}-{hashlib.sha256(options.module.encode()).hexdigest()[:6]}"
    folder = root / "build" / "mutation" / name
    if options.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    copy = folder / "tree"
    before, now = folder / "sources", source_digest(chosen)
    if not before.exists() or before.read_text() != now:
        # What was found in other sources says nothing of these.
        shutil.rmtree(folder, ignore_errors=True)
        prepare(root, chosen, copy)
        before.write_text(now)
    python = Runner(copy, chosen, deadline=time.monotonic() + options.minutes * 60)
    reached = python.measure(folder / "reach.json")
    faults = draw(copy / "packages" / chosen.name, options.module, options.seed, options.count)
    outcomes = Outcomes(folder / "outcomes.jsonl")
    for number, fault in enumerate(faults, 1):
        if fault.key in outcomes.known:
            continue
        if time.monotonic() > python.deadline:
            say(f"the {options.minutes:g} minutes are over: run the same command again to go on")
            break
        outcome = python.try_fault(fault, reached)
        outcomes.add(fault, outcome)
        say(f"{number:4} of {len(faults)}: {outcome:<9} {fault.file}:{fault.line} {fault.operator}")
    return report([fault for fault in faults if fault.key in outcomes.known], outcomes, copy / "packages" / chosen.name)


def source_digest(chosen: Package) -> str:
    """What the faults and outcomes were made from."""
    digest = hashlib.sha256()
    for top in ("src", "tests"):
        for path in sorted((chosen.folder / top).rglob("*.py")):
            digest.update(str(path.relative_to(chosen.folder)).encode() + path.read_bytes())
    return digest.hexdigest()


def prepare(root: Path, chosen: Package, copy: Path) -> None:
    """Copy the sources of all packages, and the tests of the one."""
    say(f"copying {chosen.distribution} and what it imports")
    isolation.copy_tests(root, chosen, copy)
    ignore = shutil.ignore_patterns("__pycache__", "*.so")
    for one in packages(root):
        if one.source:
            shutil.copytree(one.source, copy / "packages" / one.name / "src", ignore=ignore)


def draw(folder: Path, pattern: str, seed: int, count: int) -> list[Fault]:
    """Choose *count* of all possible faults; the same seed chooses the same from the same sources."""
    files = [path for path in sorted((folder / "src").rglob("*.py")) if fnmatch(str(path.relative_to(folder)), pattern)]
    if not files:
        raise Trouble(f"no module matches {pattern!r}: patterns are like '*/_defer/*' or 'src/twisted/internet/*'")
    # One operator can become any other: many faults of one place, which would crowd out the rest.
    places: dict[tuple[str, int, str, int], list[Fault]] = {}
    for path in files:
        for fault in faults_of(path, str(path.relative_to(folder))):
            kind = "_".join(fault.operator.split("_")[:2])
            places.setdefault((fault.file, fault.line, kind, fault.occurrence), []).append(fault)
    dice = random.Random(seed)
    chosen = [dice.choice(faults) for faults in dice.sample(list(places.values()), min(count, len(places)))]
    say(f"{len(places)} places in {len(files)} modules can be wrong; {len(chosen)} of them are made so")
    return chosen


def faults_of(path: Path, name: str) -> Iterator[Fault]:
    """Every fault that can be planted in one file, except where nothing happens at run time."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    source = path.read_text(encoding="utf-8")
    idle, hints = idle_lines(source), annotated(source)
    nodes, lines = list(ast_nodes(get_ast(source))), source.splitlines()
    for operator_name in sorted(operator_names()):
        operator = get_operator(operator_name)
        if operator.arguments() or operator_name.endswith("NoOp"):  # Those that need settings.
            continue
        positions = (where for node in nodes for where in operator().mutation_positions(node))
        for occurrence, ((line, column), (_, end)) in enumerate(positions):
            if operator_name.endswith("ExceptionReplacer") and "." in lines[line - 1][column:end]:
                continue  # It breaks on `except (module.Error, OSError)`.
            if line not in idle and not any(first <= (line, column) < last for first, last in hints):
                yield Fault(name, line, operator_name.removeprefix("core/"), occurrence)
    for occurrence, statement in enumerate(removable(ast.parse(source))):
        if statement.lineno not in idle:
            yield Fault(name, statement.lineno, REMOVAL, occurrence)


def idle_lines(source: str) -> set[int]:
    """Lines that no run can tell apart: what is there for type checkers only, and the bodies of interfaces."""
    idle: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            first, last = node.lineno, node.body[-1].end_lineno
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(
            ast.unparse(one).endswith("overload") for one in node.decorator_list
        ):
            first, last = node.decorator_list[0].lineno, node.end_lineno
        elif isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Interface") for base in node.bases):
            first, last = node.lineno, node.end_lineno
        else:
            continue
        idle.update(range(first, (last or first) + 1))
    return idle


def annotated(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """From where to where (line, column) annotations stand, such as ``int | None``: in most modules none is run."""
    found = []
    for node in ast.walk(ast.parse(source)):
        for hint in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(hint, ast.expr):
                end = (hint.end_lineno or hint.lineno, hint.end_col_offset or hint.col_offset)
                found.append(((hint.lineno, hint.col_offset), end))
    return found


def statement_lines(source: str, line: int) -> range:
    """The lines of the innermost statement around a line; of one with a body, those from its head to the line."""
    around = [
        one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.stmt) and one.lineno <= line <= end_of(one)
    ]
    if not around:
        return range(line, line + 1)
    inner = max(around, key=lambda one: (one.lineno, -end_of(one)))
    return range(inner.lineno, (line if hasattr(inner, "body") else end_of(inner)) + 1)


def end_of(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def removable(tree: ast.Module) -> list[ast.stmt]:
    """Statements in functions whose absence leaves a lawful program: calls, assignments to what exists elsewhere."""
    found: list[ast.stmt] = []
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for node in ast.walk(function):
            for block in (getattr(node, "body", None), getattr(node, "orelse", None), getattr(node, "finalbody", None)):
                if not isinstance(block, list):
                    continue
                for statement in block:
                    plain_call = isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant)
                    attribute = isinstance(statement, (ast.Assign, ast.AugAssign, ast.Delete)) and not any(
                        isinstance(target, ast.Name)
                        for target in getattr(statement, "targets", None) or [getattr(statement, "target", None)]
                    )
                    if plain_call or attribute:
                        found.append(statement)
    unique = {(one.lineno, one.col_offset): one for one in found}
    return [unique[place] for place in sorted(unique)]


def planted(source: str, fault: Fault) -> str:
    """The source with the fault in it."""
    if fault.operator == REMOVAL:
        statement = removable(ast.parse(source))[fault.occurrence]
        lines = source.splitlines(keepends=True)
        first = lines[statement.lineno - 1].encode()[: statement.col_offset].decode()
        assert statement.end_lineno is not None and statement.end_col_offset is not None
        last = lines[statement.end_lineno - 1].encode()[statement.end_col_offset :].decode()
        # As many lines as before, so that line numbers stay.
        gap = "\n" * (statement.end_lineno - statement.lineno)
        lines[statement.lineno - 1 : statement.end_lineno] = [f"{first}pass{last.rstrip(chr(10))}{gap}\n"]
        return "".join(lines)
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    changed = mutate_code(source, get_operator(f"core/{fault.operator}")(), fault.occurrence)
    if changed is None:
        raise Trouble(f"{fault.key} cannot be planted: remove build/mutation and run this again")
    return str(changed)


class Outcomes:
    """What became of each fault, kept in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, str] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError):  # The last line of a run that was killed may be half a line.
                    entry = json.loads(line)
                    self.known[entry["key"]] = entry["outcome"]

    def add(self, fault: Fault, outcome: str) -> None:
        self.known[fault.key] = outcome
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": fault.key, "outcome": outcome, **asdict(fault)}) + "\n")


class Runner:
    """Runs a package's tests in the copy."""

    def __init__(self, copy: Path, chosen: Package, deadline: float) -> None:
        self.copy, self.chosen, self.deadline = copy, chosen, deadline
        self.folder = copy / "packages" / chosen.name
        sources = [str(path) for path in sorted(copy.glob("packages/*/src"))]
        # The copy comes before the editable checkout. Hypothesis: the same examples for each fault.
        self.environ = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sources),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            # The one way of measuring that knows of contexts on every Python.
            "COVERAGE_CORE": "ctrace",
        }

    def pytest(self, arguments: list[str], *, before: tuple[str, ...] = (), timeout: float) -> tuple[int | None, float]:
        """Run pytest in a process group of its own; give its exit code (None: it took too long) and the seconds."""
        command = [
            sys.executable,
            *before,
            "-m",
            "pytest",
            "-q",
            f"--rootdir={self.copy}",
            "-p",
            "no:cacheprovider",
            *arguments,
        ]
        started = time.monotonic()
        with (self.copy / "pytest.log").open("w") as log:
            process = subprocess.Popen(
                command,
                cwd=self.copy,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=os.name == "posix",
                # Ignored by who started this (in the background), it would be ignored by the tests of signals too.
                preexec_fn=heed_interrupts if os.name == "posix" else None,
            )
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                end_group(process)
        return code, time.monotonic() - started

    def measure(self, target: Path) -> reach.Reach:
        """Which tests reach which lines; once, with all tests. Those that fail are named, and left out."""
        if target.exists():
            return reach.load(target)
        say("running all tests once, to see which of them reach which lines")
        data = self.copy / "coverage.db"
        settings, programs = reach.settings(data, self.folder / "src")
        before = ("-m", "coverage", "run", f"--rcfile={settings}")
        names = ["-p", "tools.workspace.reach", str(self.folder)]
        self.environ["PYTHONPATH"] += os.pathsep + str(Path(__file__).resolve().parent.parent.parent)
        usual = dict(self.environ)
        self.environ["PYTHONPATH"] = programs.pop("PYTHONPATH") + os.pathsep + self.environ["PYTHONPATH"]
        self.environ.update(programs)
        code, seconds = self.pytest(names, before=before, timeout=max(60.0, self.deadline - time.monotonic()))
        self.environ = usual
        if code not in (0, 1):
            say("\n".join((self.copy / "pytest.log").read_text(errors="replace").splitlines()[-15:]))
            raise Trouble(
                f"the tests of {self.chosen.distribution} "
                + ("took too long" if code is None else "cannot be run without any fault")
                + ": mend them first, then run this again"
            )
        found = reach.read(data, self.folder, seconds)
        found.failed = self.failures()
        if found.failed:
            # Being measured is enough for some, such as those that count what a program imports.
            self.pytest(["-p", "tools.workspace.reach", *sorted(found.failed)], timeout=60 + seconds)
            found.failed = self.failures()
        if found.failed:
            say("these fail without any fault, and are left out:\n  " + "\n  ".join(sorted(found.failed)))
        reach.save(found, target)
        return found

    def failures(self) -> set[str]:
        """The tests that failed since this was last asked."""
        names = self.copy / reach.FAILED
        if not names.exists():
            return set()
        found = set(names.read_text(encoding="utf-8").split("\n")) - {""}
        names.unlink()
        return found

    def try_fault(self, fault: Fault, reached: reach.Reach) -> str:
        """
        Plant a fault, run what reaches it, and take it out again.

        Returns:
            ``seen``; ``endless``, which is seen as well; ``missed``; or ``unreached``, missed where no test is known
            to run the line.
        """
        path = self.folder / fault.file
        source = path.read_text(encoding="utf-8")
        statement = statement_lines(source, fault.line)
        tests = reached.tests_of(fault.file, statement)
        if not tests:
            return "unreached"
        if len(tests) <= MANY_TESTS:
            selected, limit = reached.in_order(tests), SLOWER * reached.seconds_of(tests) + STARTING
        else:
            selected, limit = sorted({test.split("::")[0] for test in tests}), SLOWER * reached.seconds + STARTING
        path.write_text(planted(source, fault), encoding="utf-8")
        try:
            left_out = [f"--deselect={one}" for one in reached.failed]
            code, _ = self.pytest(["-x", *selected, *left_out], timeout=limit)
            if code == 0:
                # What several tests share was measured with the first of them: the others may look closer.
                files = sorted({test.split("::")[0] for test in tests})
                code, _ = self.pytest(["-x", *files, *left_out], timeout=SLOWER * reached.seconds + STARTING)
        finally:
            path.write_text(source, encoding="utf-8")
        if code == 0:
            return "missed" if reached.ran(fault.file, statement) else "unreached"
        return "endless" if code is None else "seen"


def heed_interrupts() -> None:
    """Have SIGINT end this process again, whatever it inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def report(faults: list[Fault], outcomes: Outcomes, folder: Path) -> int:
    """List what no test saw, with the line as it reads, and say how many were."""
    unseen = [fault for fault in faults if outcomes.known[fault.key] in ("missed", "unreached")]
    for fault in sorted(unseen, key=lambda fault: (fault.file, fault.line)):
        line = (folder / fault.file).read_text(encoding="utf-8").splitlines()[fault.line - 1].strip()
        print(f"{fault.file}:{fault.line}: {fault.operator} ({outcomes.known[fault.key]})\n    {line}")
    seen = len(faults) - len(unseen)
    share = f", {100 * seen / len(faults):.0f} of 100" if faults else ""
    print(f"{seen} of {len(faults)} faults were seen{share}; {len(unseen)} were not")
    return 0
