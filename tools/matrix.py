"""
What tox's environments do, by their names: ``python tools/matrix.py (install | test) ENVIRONMENT [pytest arguments]``.

``core-py311`` tests one package with the workspace's other packages, ``mail-oldest-py311`` with the oldest twisted-core
that its pyproject.toml declares. The running interpreter is the environment's. ``tox NAME PYTHON`` starts tox.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from tools.workspace import isolation, oldest, table  # noqa: E402  (not before the path is set)
from tools.workspace.layout import package  # noqa: E402
from tools.workspace.steps import Log, Trouble  # noqa: E402


def split(environment: str) -> tuple[str, bool]:
    """An environment's package, and whether it is for the oldest core."""
    found = re.fullmatch(r"(?P<package>[a-z]+)(?P<oldest>-oldest)?(-py\d+)?", environment)
    if found is None:
        raise Trouble(f"{environment!r} is not an environment: names are like core-py311 or core-oldest-py311")
    return found["package"], found["oldest"] is not None


def install(environment: str) -> int:
    """Fill the running environment with one package and what it declares; dev.py sees to its checks' needs itself."""
    if is_check(environment):
        return 0
    name, wants_oldest = split(environment)
    folder = ROOT / "build" / "matrix" / environment
    subprocess.run([*pip(), "install", "--quiet", "build", "hatchling", "incremental", *toml_reader()], check=True)
    constraints = isolation.write_constraints(ROOT, folder / "workspace.txt")
    chosen = package(ROOT, name)
    if wants_oldest:
        constraints = oldest.write_constraints(ROOT, chosen, constraints, folder / "oldest.txt")
    isolation.install_into(Path(sys.executable), chosen, constraints, Log(folder / "install.log"))
    isolation.show(Path(sys.executable))
    return 0


def is_check(environment: str) -> bool:
    """Whether this is a command of dev.py rather than a package on some Python."""
    return environment in table.CHECKS or environment.startswith("isolated-")


def pip() -> list[str]:
    return [sys.executable, "-m", "pip"]


def toml_reader() -> list[str]:
    return [] if sys.version_info >= (3, 11) else ["tomli"]


def test(environment: str, arguments: list[str]) -> int:
    """Run what the environment is for."""
    if is_check(environment):
        command = {
            "lint": ["check", "--only", "ruff check", "--only", "ruff format", "--only", "layers"],
            "types": ["check", "--only", "types"],
            "docs": ["docs"],
        }.get(environment) or ["isolated", environment.removeprefix("isolated-")]
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.call([sys.executable, str(ROOT / "tools" / "dev.py"), *command, *arguments], env=environ)
    chosen = package(ROOT, split(environment)[0])
    tree = ROOT / "build" / "matrix" / environment / "tree"
    return isolation.test(ROOT, Path(sys.executable), chosen, tree, arguments)


def main(arguments: list[str]) -> int:
    """Run one of the three words."""
    try:
        match arguments:
            case ["install", environment]:
                return install(environment)
            case ["test", environment, *rest]:
                return test(environment, rest)
            case ["tox", name, python]:
                return subprocess.call([sys.executable, "-m", "tox", "run", "-e", f"{name}-{table.tag(python)}"])
    except Trouble as trouble:
        print(f"matrix.py: {trouble}", file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
