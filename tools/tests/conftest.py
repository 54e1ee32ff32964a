"""
A small workspace to try the tools on.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SETTINGS = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "{name}"
version = "{version}"
dependencies = [{dependencies}]
[project.optional-dependencies]
{extras}
[dependency-groups]
base = ["hypothesis"]
test = [{{ include-group = "base" }}, "pytest"]
[tool.hatch.build.targets.wheel]
packages = ["src/twisted"]
"""


class Workspace:
    """A folder with the shape of the repository."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "pyproject.toml").write_text('[dependency-groups]\ndev = ["ruff"]\n')

    def add(
        self, folder: str, *, name: str = "", version: str = "26.11.0", dependencies: str = "", extras: str = ""
    ) -> Path:
        """Add a package with one module."""
        package = self.root / "packages" / folder
        package.mkdir(parents=True)
        settings = SETTINGS.format(
            name=name or f"twisted-{folder}", version=version, dependencies=dependencies, extras=extras
        )
        (package / "pyproject.toml").write_text(settings)
        self.write(f"packages/{folder}/src/twisted/{folder}/__init__.py", f"version = {version!r}\n")
        return package

    def write(self, path: str, text: str) -> Path:
        """Write a file, and the folders above it."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def root() -> Path:
    """The repository itself."""
    return ROOT
