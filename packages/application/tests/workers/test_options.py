"""The options that concern workers."""

from __future__ import annotations

import os

import pytest

from twisted.application._workers.options import WorkerOptions
from twisted.python.usage import Options, UsageError


class Line(WorkerOptions, Options):
    """A command line with them."""

    def __init__(self) -> None:
        super().__init__()
        self.update(self.worker_defaults)


def test_without_them_there_is_one_process_and_half_a_minute() -> None:
    options = Line()

    options.parseOptions([])

    assert (options["workers"], options["gracefulTimeout"]) == (0, 30.0)


def test_they_are_numbers() -> None:
    options = Line()

    options.parseOptions(["--workers", "4", "--graceful-timeout=2.5"])

    assert (options["workers"], options["gracefulTimeout"]) == (4, 2.5)


def test_no_time_at_all_may_be_given() -> None:
    options = Line()

    options.parseOptions(["--workers=1", "--graceful-timeout=0"])

    assert (options["workers"], options["gracefulTimeout"]) == (1, 0.0)


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "", "\u00b2"])
def test_a_number_of_workers_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="--workers takes a number from 1 up"):
        Line().parseOptions([f"--workers={value}"])


def test_where_sockets_cannot_be_passed_there_are_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "name", "nt")

    with pytest.raises(UsageError, match="--workers needs a system"):
        Line().parseOptions(["--workers=2"])


@pytest.mark.parametrize("value", ["-1", "soon", "inf", "nan", ""])
def test_a_time_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="--graceful-timeout takes a number of seconds"):
        Line().parseOptions([f"--graceful-timeout={value}"])
