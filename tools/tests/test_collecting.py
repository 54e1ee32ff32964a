"""
Code blocks in READMEs and in the manual run as tests, each exactly once.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT


def collect(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--import-mode=importlib", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("packages", "docs"):
        (tmp_path / name / "x").mkdir(parents=True)
        shutil.copy(ROOT / name / "conftest.py", tmp_path / name)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def test_each_block_is_run_once(tree: Path) -> None:
    (tree / "packages/x/README.md").write_text("```python\nx = 1\n```\n\n```python\nassert x == 1\n```\n")
    (tree / "docs/a.md").write_text("```python\ny = 1\n```\n\n```python\nassert y == 1\n```\n")
    (tree / "docs/x/b.md").write_text("```python\nz = 1\n```\n")

    listed = collect(tree, "--collect-only", "-q", "packages", "docs").stdout.splitlines()

    ids = [line for line in listed if "::" in line]
    assert len(ids) == len(set(ids)) == 4
    assert ids[0] == "packages/x/README.md::example"


def test_a_readme_that_fails_tells_its_own_line(tree: Path) -> None:
    (tree / "packages/x/README.md").write_text(
        "# Title\n\n```python\nx = 1\n```\n\ntext\n\n```python\nx.nothing\n```\n"
    )

    ended = collect(tree, "packages")

    assert ended.returncode == 1
    assert 'File "README.md", line 10' in ended.stdout


def test_a_readme_is_a_program_of_its_own(tree: Path) -> None:
    (tree / "packages/x/README.md").write_text(
        "```python\nimport sys\nassert __name__ == '__main__' and 'pytest' not in sys.modules\nsys.exit(0)\n```\n"
    )

    assert collect(tree, "packages").returncode == 0


def test_a_failing_block_of_the_manual_fails(tree: Path) -> None:
    (tree / "docs/a.md").write_text("```python\nassert 1 == 2\n```\n")

    assert collect(tree, "docs").returncode == 1


def test_a_block_can_be_skipped_with_a_reason(tree: Path) -> None:
    (tree / "docs/a.md").write_text('<!--- skip: next "it waits" -->\n\n```python\n1 / 0\n```\n')

    ended = collect(tree, "docs", "-rs")

    assert ended.returncode == 0
    assert "it waits" in ended.stdout
