"""
What is in the repository: each folder of ``packages`` with a ``pyproject.toml`` is a distribution.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tools.workspace.steps import Trouble

# Any: what a TOML file holds is checked where it is read.
Table = dict[str, Any]


def load_toml(path: Path) -> Table:
    """Read a TOML file; before Python 3.11 with whichever reader is installed (pip brings one)."""
    for reader in ("tomllib", "tomli", "pip._vendor.tomli"):
        try:
            loads = import_module(reader).loads
        except ImportError:
            continue
        try:
            found: Table = loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise Trouble(f"{path} is not TOML: {error}") from None
        return found
    raise Trouble("no reader of TOML is installed: run this with Python 3.11 or newer, or pip install tomli")


def flatten(groups: Table, name: str) -> list[str]:
    """The requirements of a dependency group, those of the groups it includes among them."""
    found: list[str] = []
    for entry in groups.get(name, []):
        found += flatten(groups, entry["include-group"]) if isinstance(entry, dict) else [entry]
    return found


def plain(distribution: str) -> str:
    """A distribution's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def required_name(requirement: str) -> str:
    """Which distribution a requirement is about."""
    return plain(re.split(r"[\s\[<>=!~;@(]", requirement.strip(), maxsplit=1)[0])


@dataclass(frozen=True)
class Package:
    """One distribution of this repository."""

    folder: Path
    settings: Table

    @property
    def name(self) -> str:
        """The folder's name, by which commands call the package."""
        return self.folder.name

    @property
    def distribution(self) -> str:
        return str(self.settings["project"]["name"])

    @property
    def dependencies(self) -> list[str]:
        return list(self.settings["project"].get("dependencies", []))

    @property
    def extra_requirements(self) -> list[str]:
        """What all the extras together require."""
        extras = self.settings["project"].get("optional-dependencies", {})
        return [requirement for requirements in extras.values() for requirement in requirements]

    @property
    def test_requirements(self) -> list[str]:
        return flatten(self.settings.get("dependency-groups", {}), "test")

    @property
    def source(self) -> Path | None:
        """Its modules; the umbrella has none."""
        source = self.folder / "src"
        return source if source.is_dir() else None


def packages(root: Path) -> list[Package]:
    """Every distribution, in the order of the folders' names."""
    return [Package(path.parent, load_toml(path)) for path in sorted(root.glob("packages/*/pyproject.toml"))]


def package(root: Path, name: str) -> Package:
    """The package in the folder *name*; its distribution's name will do as well."""
    known = packages(root)
    for one in known:
        if name in (one.name, one.distribution):
            return one
    raise Trouble(f"there is no package {name!r}: choose one of {', '.join(one.name for one in known)}")
