"""Finding programs."""

import os
from pathlib import Path

import pytest

from twisted.python.procutils import which


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    made = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for name, mode in (("tool", 0o755), ("tool.x", 0o755), ("text", 0o644)):
            file = tmp_path / folder / name
            file.touch()
            file.chmod(mode)
        made.append(tmp_path / folder)
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, made)))
    monkeypatch.delenv("PATHEXT", raising=False)
    return made


def test_all_are_listed_in_the_order_of_path(folders: list[Path]) -> None:
    assert which("tool") == [str(folder / "tool") for folder in folders]
    assert which("nothing") == []


def test_flags_say_what_must_be_allowed(folders: list[Path]) -> None:
    assert which("text") == []
    assert which("text", os.R_OK) == [str(folder / "text") for folder in folders]


def test_suffixes_are_tried_after_the_bare_name(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATHEXT", os.pathsep.join([".x", ".y"]))

    assert which("tool")[:2] == [str(folders[0] / "tool"), str(folders[0] / "tool.x")]


def test_without_path_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert which("sh") == []
    monkeypatch.delenv("PATH")
    assert which("sh") == []
