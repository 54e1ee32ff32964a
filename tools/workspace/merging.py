"""
The packages' sources as one tree of links.

Tools that read sources without importing them know nothing of packages that share a folder: they stop at the first
``twisted`` they find.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tools.workspace.steps import Trouble

# What looking for plugins leaves behind in an editable checkout. It is never shipped.
CACHE = "dropin.cache"


def merge(root: Path, target: Path) -> Path:
    """Link every module of every package into *target*, as an installation would have them."""
    shutil.rmtree(target, ignore_errors=True)
    for source in sorted(root.glob("packages/*/src")):
        for file in sorted(source.rglob("*")):
            if not file.is_file() or "__pycache__" in file.parts or file.name == CACHE:
                continue
            link = target / file.relative_to(source)
            link.parent.mkdir(parents=True, exist_ok=True)
            try:
                link.symlink_to(file)
            except FileExistsError:
                other = link.resolve().relative_to(root).parts[1]
                raise Trouble(
                    f"{file.relative_to(source)} is in packages/{other} and in packages/{source.parent.name}: "
                    "one would overwrite the other when both are installed, so remove it from one of them"
                ) from None
    return target


def owner(merged_file: Path, root: Path) -> str:
    """The folder of the package that a file of the merged tree comes from."""
    return merged_file.resolve().relative_to((root / "packages").resolve()).parts[0]
