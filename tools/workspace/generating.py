"""
Files that follow from what packages there are: the workflows, tox's list of environments and mypy's path.
"""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from pathlib import Path

from tools.workspace import table
from tools.workspace.layout import packages


def run(root: Path, options: Namespace) -> int:
    """Write what is out of date."""
    for path, text in expected(root).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(root)}")
    for path in strangers(root):
        path.unlink()
        print(f"removed {path.relative_to(root)}")
    return 0


def check(root: Path) -> int:
    """Tell which files are out of date; 1 when there are any."""
    stale = [path for path, text in expected(root).items() if not path.exists() or path.read_text("utf-8") != text]
    for path in [*stale, *strangers(root)]:
        print(f"{path.relative_to(root)} is out of date: run python3 tools/dev.py generate", file=sys.stderr)
    return int(bool(stale or strangers(root)))


def strangers(root: Path) -> list[Path]:
    """Workflows that no table asks for."""
    return [path for path in (root / ".github" / "workflows").glob("*") if path not in expected(root)]


def expected(root: Path) -> dict[Path, str]:
    """The text that each file should have."""
    with_modules = [one.name for one in packages(root) if one.source]
    files = {
        root / ".github" / "workflows" / f"{name}.yml": text for name, text in table.workflows(with_modules).items()
    }
    pyproject = root / "pyproject.toml"
    paths = "".join(f'    "packages/{name}/src",\n' for name in with_modules)
    files[pyproject] = replace_once(
        pyproject.read_text(encoding="utf-8"), r"^mypy_path = \[\n(?:    .*\n)*\]", f"mypy_path = [\n{paths}]"
    )
    tox = root / "tox.ini"
    environments = "".join(f"    {line}\n" for line in table.environments(with_modules))
    files[tox] = replace_once(
        tox.read_text(encoding="utf-8"), r"^env_list =\n(?:    .*\n)*", f"env_list =\n{environments}"
    )
    return files


def replace_once(text: str, pattern: str, replacement: str) -> str:
    """Replace the one place that matches."""
    new, count = re.subn(pattern, lambda _: replacement, text, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"expected one place that matches {pattern!r}, found {count}")
    return new
