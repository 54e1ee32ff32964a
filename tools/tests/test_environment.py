"""
Setting up `.venv` on machines that lack this or that.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Workspace
from tools.workspace import environment, installing
from tools.workspace.steps import Log, Trouble


@pytest.fixture
def no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "pip_files", lambda environ: [])


@pytest.mark.usefixtures("no_files")
@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONSTRAINT", "PIP_NO_INDEX"])
def test_variables_that_uv_would_ignore_are_noticed(name: str) -> None:
    assert environment.pip_settings({name: "somewhere"}) == [name]


@pytest.mark.usefixtures("no_files")
def test_variables_that_change_nothing_that_is_installed_are_not() -> None:
    assert environment.pip_settings({"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_INDEX_URL": ""}) == []


@pytest.mark.skipif(sys.platform == "win32", reason="pip looks elsewhere on Windows")
def test_settings_in_pip_s_files_are_noticed(tmp_path: Path) -> None:
    file = tmp_path / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True)
    file.write_text("[global]\nextra-index-url = https://example.org/simple\ntimeout = 3\n[freeze]\nconstraint = x\n")
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "none")}

    found = [one for one in environment.pip_settings(environ) if one.startswith(str(tmp_path))]

    assert found == [f"{file}: extra-index-url"]


def test_a_broken_settings_file_is_pip_s_affair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "pip.conf"
    broken.write_text("no section\n")
    monkeypatch.setattr(environment, "pip_files", lambda environ: [broken])

    assert environment.pip_settings({}) == []


def test_pip_may_be_told_to_read_no_file() -> None:
    assert environment.pip_files({"PIP_CONFIG_FILE": os.devnull}) == []


def test_the_stamp_follows_the_settings_and_versions_of_packages(workspace: Workspace) -> None:
    seen = {environment.fingerprint(workspace.root)}
    workspace.add("core")
    seen.add(environment.fingerprint(workspace.root))
    workspace.write("packages/core/src/twisted/_version.py", "26.11")
    seen.add(environment.fingerprint(workspace.root))
    workspace.write("packages/core/src/twisted/_version.py", "26.12")
    seen.add(environment.fingerprint(workspace.root))
    workspace.write("pyproject.toml", "")
    seen.add(environment.fingerprint(workspace.root))

    assert len(seen) == 5
    workspace.write("packages/core/src/twisted/other.py", "")
    assert environment.fingerprint(workspace.root) in seen


class Machine:
    """What a machine can do to make environments; the programs are not run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, uv: bool, works: tuple[str, ...], pip: bool) -> None:
        self.tried: list[str] = []
        self.works = works
        monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/uv" if uv and name == "uv" else None)
        monkeypatch.setattr(environment, "has_pip", lambda python: pip)
        monkeypatch.setattr(subprocess, "run", self.run)

    def run(self, command: list[str], **ignored: object) -> subprocess.CompletedProcess[str]:
        words = [str(word) for word in command]
        way = (
            "uv"
            if words[0].endswith("uv")
            else "pip"
            if "pip" in words
            else "bare"
            if "--without-pip" in words
            else "venv"
        )
        self.tried.append(way)
        return subprocess.CompletedProcess(command, 0 if way in self.works else 1)


def test_uv_comes_first_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = Machine(monkeypatch, uv=True, works=("uv",), pip=False)

    environment.make(tmp_path / "venv", ask_pip=False)

    assert machine.tried == ["uv"]


def test_uv_is_not_asked_where_pip_has_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = Machine(monkeypatch, uv=True, works=("venv", "uv"), pip=True)

    environment.make(tmp_path / "venv", ask_pip=True)

    assert machine.tried == ["venv"]


def test_without_ensurepip_the_system_s_pip_installs_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = Machine(monkeypatch, uv=False, works=("bare", "pip"), pip=True)

    environment.make(tmp_path / "venv", ask_pip=False)

    assert machine.tried == ["venv", "bare", "pip"]


def test_with_nothing_at_all_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "venv"
    folder.mkdir()
    Machine(monkeypatch, uv=False, works=(), pip=False)

    with pytest.raises(Trouble, match="apt install python3-venv"):
        environment.make(folder, ask_pip=False)
    assert not folder.exists()


def test_a_half_made_environment_is_not_usable(tmp_path: Path) -> None:
    python = environment.python_of(tmp_path)
    assert not environment.usable(python)

    python.parent.mkdir(parents=True)
    python.write_text("")
    assert not environment.usable(python)


def test_an_environment_is_made_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    python = environment.python_of(workspace.root / ".venv")

    def make(folder: Path, *, ask_pip: bool) -> None:
        done.append("made")
        python.parent.mkdir(parents=True)
        python.write_text("")

    def install(root: Path, python: Path, log: Log, *, ask_pip: bool) -> None:
        done.append("installed")

    monkeypatch.setattr(environment, "make", make)
    monkeypatch.setattr(installing, "install_workspace", install)

    assert environment.ready(workspace.root) == python
    assert environment.ready(workspace.root) == python
    assert done == ["made", "installed"]


def test_an_interrupted_installation_is_taken_up_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def install(root: Path, python: Path, log: Log, *, ask_pip: bool) -> None:
        done.append("installed")
        if len(done) == 1:
            raise Trouble("the registry is away")

    monkeypatch.setattr(environment, "usable", lambda python: True)
    monkeypatch.setattr(installing, "install_workspace", install)

    with pytest.raises(Trouble):
        environment.ready(workspace.root)
    environment.ready(workspace.root)
    assert done == ["installed", "installed"]


def test_a_failed_installation_names_the_first_error_and_the_log(tmp_path: Path) -> None:
    log = Log(tmp_path / "install.log")
    log.path.write_text("Collecting x\nERROR: No matching distribution found for x\nhint: see above\n")
    installer = installing.Installer(Path(sys.executable), log, ask_pip=True)

    text = str(installer.trouble("installing the tools"))

    assert "No matching distribution found for x" in text
    assert str(log.path) in text and "PIP_INDEX_URL" in text


def test_a_quiet_program_s_output_is_kept(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")

    assert log.quiet("saying", [sys.executable, "-c", "print('something')"])
    assert not log.quiet("failing", [sys.executable, "-c", "raise SystemExit(3)"])
    assert not log.quiet("missing", [tmp_path / "no-such-program"])
    assert "something" in log.path.read_text()
    assert "no-such-program" in log.path.read_text()


def test_uv_fetches_no_interpreter() -> None:
    assert installing.uv_settings({"A": "b"}) == {"A": "b", "UV_PYTHON_DOWNLOADS": "never"}
