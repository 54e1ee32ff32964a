"""Locks in the file system."""

from __future__ import annotations

import errno
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


def test_who_lives_is_asked_of_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[int, int]] = []
    answers: list[int | None] = [None, errno.EPERM, errno.ESRCH]

    def kill(pid: int, signal: int) -> None:
        asked.append((pid, signal))
        answer = answers.pop(0)
        if answer is not None:
            raise OSError(answer, os.strerror(answer))

    monkeypatch.setattr(lockfile, "kill", kill)
    name = str(tmp_path / "lock")
    os.symlink("4321", name)

    lock = FilesystemLock(name)
    assert [lock.lock() for _ in range(2)] == [False, False]
    assert (lock.locked, lock.clean, os.readlink(name)) == (False, None, "4321")
    assert lock.lock()
    assert (lock.locked, lock.clean, os.readlink(name)) == (True, False, str(os.getpid()))
    assert asked == [(4321, 0)] * 3


def test_a_stale_lock_that_another_one_removes_first_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = str(tmp_path / "lock")
    os.symlink("4321", name)
    monkeypatch.setattr(lockfile, "_alive", lambda pid: False)

    def gone(path: str) -> None:
        os.remove(path)
        raise FileNotFoundError(path)

    monkeypatch.setattr(lockfile, "rmlink", gone)
    lock = FilesystemLock(name)

    # Whoever removed it saw the dead holder: for us nothing was unclean.
    assert lock.lock() and lock.clean is True


@pytest.mark.parametrize("call", ["symlink", "readlink", "rmlink"])
def test_a_lock_that_may_not_be_touched_is_an_error(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*arguments: str) -> None:
        raise PermissionError(errno.EACCES, "refused")

    if call != "symlink":
        os.symlink("4321", tmp_path / "lock")
    monkeypatch.setattr(lockfile, "_alive", lambda pid: False)
    monkeypatch.setattr(lockfile, call, refused)
    lock = FilesystemLock(str(tmp_path / "lock"))

    with pytest.raises(PermissionError, match="refused"):
        lock.lock()
    assert not lock.locked


def test_asking_whether_it_is_locked_leaves_everything_as_it_was(tmp_path: Path) -> None:
    name = str(tmp_path / "lock")
    assert isLocked(name) is False and not os.path.lexists(name)
    lock = FilesystemLock(name)
    assert lock.lock()
    assert isLocked(name) is True and os.readlink(name) == str(os.getpid())
    lock.unlock()
    assert isLocked(name) is False
    with pytest.raises(FileNotFoundError):
        isLocked(str(tmp_path / "missing" / "lock"))


def test_unique_texts_count_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockfile, "_now", lambda: 1234.5678)

    assert lockfile.unique() == "1234567"
