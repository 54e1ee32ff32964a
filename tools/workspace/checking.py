"""
What can be said of the code without running it: style, types, layers, and files that are made from others.
"""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from tools.workspace import generating, merging
from tools.workspace.steps import Trouble, say
from tools.workspace.steps import run as run_program


def run(root: Path, options: Namespace) -> int:
    """Run every check, whatever the others found; tell which failed."""
    checks: dict[str, Callable[[], int]] = {
        "ruff check": lambda: python(root, "-m", "ruff", "check", "."),
        "ruff format": lambda: python(root, "-m", "ruff", "format", "--check", "."),
        "types": lambda: python(root, "-m", "mypy"),
        "layers": lambda: layers(root),
        "generated files": lambda: generating.check(root),
    }
    failed = []
    for name, check in checks.items():
        if options.only and name not in options.only:
            continue
        say(f"== {name}")
        started = time.monotonic()
        if check():
            failed.append(name)
        say(f"   {'failed' if name in failed else 'good'} ({time.monotonic() - started:.1f} s)")
    if failed:
        raise Trouble(f"{', '.join(failed)} failed: mend what is listed above and run this again")
    return 0


def python(root: Path, *arguments: str) -> int:
    return run_program([sys.executable, *arguments], cwd=root)


def layers(root: Path) -> int:
    """Hold the imports against the contracts of pyproject.toml, on a tree in which the packages are merged."""
    merged = merging.merge(root, root / "build" / "merged")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(merged), str(root)])}
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return run_program([sys.executable, "-c", program, "--no-cache"], cwd=root, env=environ)
