"""
One package as its users have it: its wheel and what it declares, in an environment with nothing else.

The tests run on a copy without the sources, so nothing of the checkout can be imported by accident.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from argparse import Namespace
from pathlib import Path

from tools.workspace import building, environment
from tools.workspace.installing import Installer
from tools.workspace.layout import Package, package, packages
from tools.workspace.steps import Log, Trouble, say
from tools.workspace.steps import run as run_program


def run(root: Path, options: Namespace) -> int:
    """Install, copy, test."""
    chosen = package(root, options.name)
    folder = root / "build" / "isolated" / chosen.name
    shutil.rmtree(folder, ignore_errors=True)
    constraints = write_constraints(root, folder / "constraints.txt")
    python = environment.python_of(folder / "venv")
    install(python, chosen, constraints, Log(folder / "install.log"))
    show(python)
    return test(root, python, chosen, folder / "tree", options.pytest)


def write_constraints(root: Path, target: Path) -> Path:
    """Make the workspace's wheels, and the file that lets pip take no others of these names."""
    wheels = building.wheels(root)
    lines = []
    for one in packages(root):
        wheel = building.wheel_of(wheels, one.distribution)
        assert wheel is not None
        lines.append(building.pinned(one.distribution, wheel))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n")
    return target


def install(python: Path, chosen: Package, constraints: Path, log: Log) -> None:
    """Install a package's wheel and its ``test`` group into an environment of its own."""
    environment.make(python.parent.parent, ask_pip=bool(environment.pip_settings(os.environ)))
    install_into(python, chosen, constraints, log)


def install_into(python: Path, chosen: Package, constraints: Path, log: Log) -> None:
    """Install them into an environment that is there."""
    ask_pip = bool(environment.pip_settings(os.environ))
    installer = Installer(python, log, ask_pip=ask_pip)
    if not installer.is_uv:
        # Older ones fail on a constraint that names a wheel, where a requirement asks for extras of the distribution.
        installer.install("installing a pip that knows constraints with extras", ["pip>=24.1"])
    requirements = list(dict.fromkeys(["pytest", *chosen.test_requirements]))
    installer.install(
        f"installing {chosen.distribution} and what it declares",
        ["-c", constraints, chosen.distribution, *requirements],
    )


def show(python: Path) -> None:
    """Tell what is there: the point of it all is what is not."""
    listing = (
        "import importlib.metadata as m; print(*sorted(f'{d.name} {d.version}' for d in m.distributions()), sep=', ')"
    )
    found = subprocess.run([python, "-I", "-c", listing], capture_output=True, text=True, check=True)
    say(f"installed: {found.stdout.strip()}")


def copy_tests(root: Path, chosen: Package, tree: Path) -> Path:
    """Copy what a package's tests need and nothing importable: tests, README, and the settings above them."""
    shutil.rmtree(tree, ignore_errors=True)
    target = tree / "packages" / chosen.name
    target.mkdir(parents=True)
    shutil.copy(root / "pyproject.toml", tree)
    shutil.copy(root / "packages" / "conftest.py", tree / "packages")
    for name in ("pyproject.toml", "README.md", "tests"):
        source = chosen.folder / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, target)
    return target


def test(root: Path, python: Path, chosen: Package, tree: Path, arguments: list[str]) -> int:
    """Run a package's tests on a copy, with an interpreter that has its wheel."""
    target = copy_tests(root, chosen, tree)
    # -I: neither the current folder nor PYTHONPATH lends a module.
    command: list[str | Path] = [python, "-I", "-m", "pytest", target, *arguments]
    code = run_program(command, cwd=tree, label=f"the tests of {chosen.distribution}, alone")
    if code == 5 and not list((target / "tests").rglob("test_*.py")):
        raise Trouble(f"{chosen.distribution} has no test: write some in {chosen.folder / 'tests'}")
    if code:
        say(f"to look around there: {python}")
    return code
