"""Small promises of several modules."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from typing import Any

import pytest

from twisted.python import components, log, logfile
from twisted.python.filepath import FilePath


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the local time zone by its POSIX description."""
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone of a process cannot be changed on this system")

    def change(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield change
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("name", "offset", "seconds"),
    [("UTC0", "+0000", 0), ("XXX-5:30", "+0530", -19800), ("XXX3:30", "-0330", 12600), ("XXX0:01", "-0001", 60)],
)
def test_times_in_the_log_say_how_far_they_are_from_utc(zone: Any, name: str, offset: str, seconds: int) -> None:
    zone(name)
    observer = log.FileLogObserver(io.StringIO())

    assert observer.formatTime(86400 * 365)[-5:] == offset
    assert observer.getTimezoneOffset(86400 * 365) == seconds


def test_asking_again_finds_out_that_a_file_has_gone(tmp_path: Path) -> None:
    there = FilePath(str(tmp_path / "file"))
    there.setContent(b"12345")
    assert there.getsize() == 5
    os.unlink(there.path)

    there.restat(reraise=False)
    assert there.exists() is False
    with pytest.raises(FileNotFoundError):
        there.restat()
    with pytest.raises(FileNotFoundError):
        there.getsize()


def test_a_day_that_is_over_has_its_file_closed(tmp_path: Path) -> None:
    daily = logfile.DailyLogFile("log", str(tmp_path))
    daily.write("yesterday")
    before = daily._file
    daily.lastDate = (2001, 2, 3)
    daily.rotate()

    assert before.closed and not daily._file.closed
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.2001_2_3"]
    daily.close()


def test_a_component_registers_for_all_its_interfaces_unless_told() -> None:
    assert components.Adapter.multiComponent == 1
