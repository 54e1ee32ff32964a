"""
The commands that hand everything to one program: pytest, the benchmarks, Sphinx.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from tools.workspace.steps import run as run_program


def run(root: Path, options: Namespace) -> int:
    """Run pytest from the root, where its settings are."""
    return run_program([sys.executable, "-m", "pytest", *options.rest], cwd=root)


def bench(root: Path, options: Namespace) -> int:
    """Run the benchmarks."""
    return run_program([sys.executable, "-m", "tools.bench", *options.rest], cwd=root)


def docs(root: Path, options: Namespace) -> int:
    """Build the manual; what Sphinx warns of is an error."""
    target = root / "docs" / "_build" / "html"
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "-q", *options.rest]
    code = run_program([*command, root / "docs", target], cwd=root, label="sphinx")
    if code == 0:
        print(f"the manual is in {target.relative_to(root)}/index.html")
    return code
