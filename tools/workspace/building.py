"""
Building distributions: of all packages into ``dist/``, and wheels for the environments that test them.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from tools.workspace.layout import Package, packages, plain
from tools.workspace.steps import Log, Trouble


def run(root: Path, options: Namespace) -> int:
    """Build each package's sdist, and its wheel from that sdist: what users get is proven to build."""
    target = root / "dist"
    shutil.rmtree(target, ignore_errors=True)
    log = Log(root / "build" / "build.log")
    for package in packages(root):
        build(package, target, log)
    for path in sorted(target.iterdir()):
        print(path.relative_to(root))
    return 0


def build(package: Package, target: Path, log: Log, *, wheel_only: bool = False) -> None:
    """Build one package with the tools of the running environment."""
    command: list[str | Path] = [sys.executable, "-m", "build", "--no-isolation", "--outdir", target, package.folder]
    if wheel_only:
        command.append("--wheel")
    if not log.quiet(f"building {package.distribution}", command):
        raise Trouble(
            f"{package.distribution} does not build: {log.path} says why; mend {package.folder} and try again"
        )


def wheels(root: Path, names: Iterable[str] | None = None) -> Path:
    """
    Make the wheels of *names*, or of all packages, in ``build/wheels``; what did not change is not built again.
    """
    folder = root / "build" / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    log = Log(root / "build" / "wheels.log")
    for package in packages(root):
        if names is not None and package.distribution not in names:
            continue
        made_from = contents(package)
        mark = folder / f"{package.distribution}.made-from"
        if mark.is_file() and mark.read_text() == made_from and wheel_of(folder, package.distribution, missing_ok=True):
            continue
        for old in folder.glob(f"{package.distribution.replace('-', '_')}-*.whl"):
            old.unlink()
        build(package, folder, log, wheel_only=True)
        mark.write_text(made_from)
    return folder


def contents(package: Package) -> str:
    """A digest of everything a package's wheel is made of."""
    digest = hashlib.sha256()
    tops = [package.folder / name for name in ("pyproject.toml", "README.md", "LICENSE")]
    inside = package.source.rglob("*") if package.source else ()
    for path in [*tops, *sorted(inside)]:
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(package.folder)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def wheel_of(folder: Path, distribution: str, *, missing_ok: bool = False) -> Path | None:
    """The wheel of a distribution in a folder that holds one of each."""
    found = [path for path in folder.glob("*.whl") if plain(path.name.split("-")[0]) == plain(distribution)]
    if len(found) == 1:
        return found[0]
    if missing_ok and not found:
        return None
    raise Trouble(f"{folder} should hold one wheel of {distribution}: remove that folder and run this again")


def pinned(distribution: str, wheel: Path) -> str:
    """A constraint that admits exactly this wheel. With its hash: a rebuilt wheel of the same name is another one."""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{distribution} @ {wheel.resolve().as_uri()}#sha256={digest}"
