"""
What holds for the repository as it is.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.workspace import generating, table
from tools.workspace.commands import COMMANDS
from tools.workspace.contracts import read_table
from tools.workspace.layout import Package, load_toml, packages, required_name

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = packages(ROOT)


def test_generated_files_are_current(capfd: pytest.CaptureFixture[str]) -> None:
    assert generating.check(ROOT) == 0, capfd.readouterr().err


def test_mypy_reads_the_sources_of_every_package() -> None:
    wanted = [f"packages/{one.name}/src" for one in PACKAGES if one.source]

    assert load_toml(ROOT / "pyproject.toml")["tool"]["mypy"]["mypy_path"] == wanted


@pytest.mark.parametrize("one", PACKAGES, ids=lambda one: one.name)
def test_a_package_has_what_a_release_needs(one: object) -> None:
    folder = ROOT / "packages" / getattr(one, "name", "")

    for name in ("LICENSE", "README.md", "CHANGELOG.md"):
        file = folder / name
        assert file.is_file() and not file.is_symlink() and file.read_text().strip(), f"{name} of {folder.name}"
    assert (folder / "newsfragments").is_dir()
    # Where towncrier puts a release; without it, above the title.
    assert "<!-- towncrier release notes start -->\n" in (folder / "CHANGELOG.md").read_text()
    assert (folder / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("one", PACKAGES, ids=lambda one: one.name)
def test_no_tests_folder_is_a_package(one: object) -> None:
    # pytest's importlib mode gives two conftest files one name otherwise.
    assert list((ROOT / "packages" / getattr(one, "name", "")).glob("tests/**/__init__.py")) == []


@pytest.mark.parametrize("one", [one for one in PACKAGES if one.source], ids=lambda one: one.name)
def test_a_package_requires_no_sibling_that_it_may_not_import(one: object) -> None:
    [contract] = [
        entry
        for entry in load_toml(ROOT / "pyproject.toml")["tool"]["importlinter"]["contracts"]
        if entry["id"] == "owners"
    ]
    allowed = read_table(contract["may_import"])
    chosen = next(other for other in PACKAGES if other.name == getattr(one, "name", ""))

    siblings = {required_name(requirement) for requirement in chosen.dependencies}
    siblings = {name.removeprefix("twisted-") for name in siblings if name.startswith("twisted-")}

    assert siblings <= allowed[chosen.name]


def test_the_umbrella_requires_every_package() -> None:
    [umbrella] = [one for one in PACKAGES if one.distribution == "twisted"]

    assert {required_name(line) for line in umbrella.dependencies} == {
        one.distribution for one in PACKAGES if one is not umbrella
    }


@pytest.mark.parametrize("one", PACKAGES, ids=lambda one: one.name)
def test_the_readme_leads_to_every_package(one: object) -> None:
    assert f"(packages/{getattr(one, 'name', '')}/README.md)" in (ROOT / "README.md").read_text()


def test_the_top_level_holds_nothing_else() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tops = {line.split("/")[0] for line in listed.splitlines()}
    shown = {name for name in tops if not name.startswith(".")}

    assert shown == {"LICENSE", "README.md", "docs", "packages", "pyproject.toml", "tools", "tox.ini"}


@pytest.mark.parametrize("page", ["README.md", "docs/development/index.md"])
def test_the_commands_that_pages_name_exist(page: str) -> None:
    named = set(re.findall(r"dev\.py ([a-z]+)", (ROOT / page).read_text()))

    assert named
    assert named <= set(COMMANDS)


def test_news_fragments_become_a_changelog(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    package = tmp_path / "packages" / "x"
    (package / "newsfragments").mkdir(parents=True)
    (package / "newsfragments" / "12.feature").write_text("It sings.\n")
    (package / "newsfragments" / "13.bugfix").write_text("It no longer hums.\n")
    (package / "CHANGELOG.md").write_text("# Changelog of x\n\n<!-- towncrier release notes start -->\n")
    words = ["--config", "pyproject.toml", "--dir", "packages/x", "--name", "x", "--version", "1.2", "--date", "today"]

    subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--yes", *words], cwd=tmp_path, check=True, capture_output=True
    )

    page = (package / "CHANGELOG.md").read_text()
    assert page.startswith("# Changelog of x\n")
    assert page.index("## x 1.2 (today)") < page.index("It sings. (#12)") < page.index("It no longer hums. (#13)")
    assert list((package / "newsfragments").glob("1*")) == []


def test_help_needs_no_environment() -> None:
    shown = subprocess.run(
        [sys.executable, "-S", ROOT / "tools" / "dev.py", "--help"], capture_output=True, text=True, check=True
    ).stdout

    assert all(name in shown for name in COMMANDS)


def test_every_workflow_is_json_and_tests_every_package() -> None:
    names = [one.name for one in PACKAGES if one.source]
    for text in table.workflows(names).values():
        flow = json.loads(text.split("\n", 1)[1])

        assert set(flow) >= {"name", "on", "jobs"}
        for system in ("ubuntu", "macos", "windows"):
            matrix = flow["jobs"][system]["strategy"]["matrix"]
            assert matrix["package"] == names
            assert matrix["core"] == ["", "-oldest"]
    assert table.SYSTEMS["ubuntu-latest"] == ("3.10", "3.11", "3.12", "3.13", "3.14")


def test_each_module_of_the_demo_offers_services() -> None:
    from tools.demo.__main__ import all_services

    assert len(all_services()) >= 4


@pytest.mark.parametrize("one", [one for one in PACKAGES if one.source], ids=lambda one: one.name)
def test_the_promises_of_every_public_module_are_kept(one: Package) -> None:
    folder = ROOT / "packages" / one.name
    public = set()
    for path in (folder / "src").rglob("*.py"):
        parts = path.relative_to(folder / "src").with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if not any(part.startswith("_") for part in parts) and re.search(r"^__all__ ", path.read_text("utf-8"), re.M):
            public.add(".".join(parts))

    kept = (folder / "tests" / "promises" / "promises.txt").read_text(encoding="utf-8")

    assert set(re.findall(r"^\[(.+)\]$", kept, re.MULTILINE)) == public
