"""Locks in the file system."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from twisted.python import lockfile
from twisted.python.lockfile import FilesystemLock, isLocked


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    name = str(tmp_path / "lock")
    lock = FilesystemLock(name)
    assert (lock.locked, lock.clean) == (False, None) and not isLocked(name)

    assert lock.lock() and (lock.locked, lock.clean) == (True, True)

    assert os.readlink(name) == str(os.getpid())
    assert not FilesystemLock(name).lock() and isLocked(name)
    lock.unlock()
    assert not lock.locked and not os.path.lexists(name)


def test_a_dead_holder_loses_it(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    name = str(tmp_path / "lock")
    os.symlink(str(ended.pid), name)
    lock = FilesystemLock(name)

    assert lock.lock() and lock.clean is False


def test_another_ones_lock_is_neither_taken_nor_released(tmp_path: Path) -> None:
    name = str(tmp_path / "lock")
    os.symlink(str(os.getppid()), name)
    lock = FilesystemLock(name)

    assert not lock.lock() and not lock.locked
    with pytest.raises(ValueError, match="not owned"):
        lock.unlock()
    assert os.readlink(name) == str(os.getppid())


def test_what_is_not_a_lock_is_an_error(tmp_path: Path) -> None:
    os.symlink("nonsense", tmp_path / "lock")

    with pytest.raises(ValueError, match="nonsense"):
        FilesystemLock(str(tmp_path / "lock")).lock()
    with pytest.raises(FileNotFoundError):
        FilesystemLock(str(tmp_path / "no" / "lock")).lock()
    with pytest.raises(FileNotFoundError):
        FilesystemLock(str(tmp_path / "other")).unlock()


def test_a_lock_released_while_it_is_looked_at_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = str(tmp_path / "lock")
    os.symlink("1", name)

    def gone(path: str) -> str:
        os.remove(path)
        raise FileNotFoundError(path)

    monkeypatch.setattr(lockfile, "readlink", gone)

    assert FilesystemLock(name).lock()


def test_unique_texts_are_numbers() -> None:
    assert int(lockfile.unique()) > 1_700_000_000_000
