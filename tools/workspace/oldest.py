"""
The oldest twisted-core that a package says it works with.
"""

from __future__ import annotations

import re
from pathlib import Path

from tools.workspace.building import pinned
from tools.workspace.layout import Package, plain, required_name
from tools.workspace.steps import Trouble

CORE = "twisted-core"


def declared(package: Package) -> str | None:
    """The version after ``twisted-core>=``; core itself has none."""
    for requirement in package.dependencies:
        if required_name(requirement) == CORE:
            found = re.search(r">=\s*([0-9][^,;\s]*)", requirement)
            if found is None:
                raise Trouble(f"{package.distribution} must say the oldest {CORE} it works with, as in {CORE}>=26.11.0")
            return found[1]
    return None


def write_constraints(root: Path, package: Package, workspace: Path, target: Path) -> Path:
    """
    The workspace's constraints, with core's line naming the oldest core.

    Its wheel is looked for among the workspace's own and in ``build/released``; otherwise the registry has it.
    """
    version = declared(package)
    lines = workspace.read_text().splitlines()
    if version is not None:
        lines = [line for line in lines if plain(line.split(" @ ")[0]) != CORE]
        lines.append(core_of(version, [root / "build" / "released", root / "build" / "wheels"]))
    target.write_text("\n".join(lines) + "\n")
    return target


def core_of(version: str, folders: list[Path]) -> str:
    """A constraint for that core."""
    for folder in folders:
        for wheel in sorted(folder.glob("twisted_core-*.whl")):
            if wheel.name.split("-")[1] == version:
                return pinned(CORE, wheel)
    return f"{CORE}=={version}"
