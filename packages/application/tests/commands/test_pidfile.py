"""The file that says which process runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from twisted.application.runner._pidfile import AlreadyRunning, NotAPidFile, PidFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "it.pid"


def dead_process() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_it_holds_the_process_id_and_nothing_else(path: Path) -> None:
    file = PidFile(str(path))
    assert file.read() is None

    file.write()

    assert path.read_bytes() == b"%d" % os.getpid()
    assert file.read() == os.getpid()
    file.remove()
    assert not path.exists()


def test_it_is_the_same_file_in_another_folder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    file = PidFile(path.name)
    monkeypatch.chdir("/")

    file.write()

    assert path.exists()


def test_a_file_that_is_there_is_not_written_over(path: Path) -> None:
    path.write_text("1")

    with pytest.raises(FileExistsError):
        PidFile(str(path)).write()

    assert path.read_text() == "1"


def test_what_a_dead_process_left_is_removed(path: Path) -> None:
    path.write_text(f"{dead_process()}\n")

    PidFile(str(path)).check()

    assert not path.exists()


def test_our_own_number_is_stale_since_we_did_not_write_it(path: Path) -> None:
    # A container's processes get the same numbers each time.
    path.write_text(str(os.getpid()))

    PidFile(str(path)).check()

    assert not path.exists()


def test_a_number_too_large_for_any_process_is_stale(path: Path) -> None:
    path.write_text("9" * 40)

    PidFile(str(path)).check()

    assert not path.exists()


def test_a_living_process_keeps_its_file(path: Path) -> None:
    path.write_text(str(os.getppid()))

    with pytest.raises(AlreadyRunning, match=f"process {os.getppid()}, "):
        PidFile(str(path)).check()

    assert path.exists()


@pytest.mark.parametrize("content", ["", "abc", "12 34", "-1"])
def test_what_is_no_pidfile_is_left_alone(path: Path, content: str) -> None:
    path.write_text(content)

    with pytest.raises(NotAPidFile, match="holds no process id"):
        PidFile(str(path)).check()

    assert path.read_text() == content


def test_nothing_to_check_is_all_right(path: Path) -> None:
    PidFile(str(path)).check()
    PidFile(str(path)).remove()

    assert not path.exists()


def test_a_file_that_another_process_has_written_meanwhile_is_not_removed(path: Path) -> None:
    file = PidFile(str(path))
    file.write()
    path.write_text("1")

    file.remove()

    assert path.read_text() == "1"
