"""
Each package against the core of the workspace, and against the oldest it declares.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Workspace
from tools import matrix
from tools.workspace import isolation, oldest, table
from tools.workspace.layout import package
from tools.workspace.steps import Trouble


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [("core-py311", ("core", False)), ("mail-oldest-py312", ("mail", True)), ("web-oldest", ("web", True))],
)
def test_an_environment_s_name_says_what_it_is_for(environment: str, wanted: tuple[str, bool]) -> None:
    assert matrix.split(environment) == wanted


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(Trouble, match="core-py311"):
        matrix.split("core_311")


def test_every_package_has_its_environments() -> None:
    assert table.environments(["core", "mail"]) == [
        "{core,mail}{,-oldest}-py{310,311,312,313,314}",
        "lint",
        "types",
        "docs",
        "isolated-{core,mail,twisted}",
    ]


def test_a_core_that_is_not_here_is_asked_of_the_registry(tmp_path: Path) -> None:
    assert oldest.core_of("26.11.0", [tmp_path]) == "twisted-core==26.11.0"


def test_the_doctored_oldest_core_is_what_gets_installed(workspace: Workspace) -> None:
    """Two cores are built, the workspace's and an older one. A package that allows both gets each."""
    core = workspace.add("core", version="26.12.0")
    workspace.add("mail", dependencies='"twisted-core>=26.11.0"')
    constraints = isolation.write_constraints(workspace.root, workspace.root / "build" / "workspace.txt")
    (workspace.root / "build" / "released").mkdir()
    settings = core / "pyproject.toml"
    settings.write_text(settings.read_text().replace("26.12.0", "26.11.0"))
    (core / "src/twisted/core/__init__.py").write_text("version = '26.11.0'\n")
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir"]
    subprocess.run([*build, workspace.root / "build" / "released", core], check=True, capture_output=True)
    mail = package(workspace.root, "mail")

    oldest_constraints = oldest.write_constraints(
        workspace.root, mail, constraints, workspace.root / "build" / "oldest.txt"
    )

    assert installed_core(workspace.root / "now", constraints) == "26.12.0"
    assert installed_core(workspace.root / "then", oldest_constraints) == "26.11.0"


def installed_core(target: Path, constraints: Path) -> str:
    """Install mail under some constraints, and ask the core that came with it."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--isolated", "--no-cache-dir"),
            *("--target", target, "-c", constraints, "twisted-mail"),
        ],
        check=True,
        capture_output=True,
    )
    ask = "import twisted.core, twisted.mail; print(twisted.core.version)"
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(target)!r}); {ask}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_rebuilt_wheel_of_the_same_name_is_another_constraint(workspace: Workspace) -> None:
    workspace.add("core")
    first = isolation.write_constraints(workspace.root, workspace.root / "a.txt").read_text()
    again = isolation.write_constraints(workspace.root, workspace.root / "b.txt").read_text()
    workspace.write("packages/core/src/twisted/core/more.py", "x = 1\n")
    changed = isolation.write_constraints(workspace.root, workspace.root / "c.txt").read_text()

    assert first == again
    assert first.split("#")[0] == changed.split("#")[0]
    assert first != changed
