"""The command line of ``procmon``."""

from __future__ import annotations

import pytest

from twisted.plugins.twisted_runner import TwistedProcmon
from twisted.python.usage import UsageError
from twisted.runner import procmontap
from twisted.runner.procmon import ProcessMonitor


def made(*arguments: str) -> ProcessMonitor:
    options = procmontap.Options()
    options.parseOptions(list(arguments))
    return procmontap.makeService(options)


def test_what_follows_the_options_is_the_program() -> None:
    monitor = made("ls", "-l", "--all")

    assert repr(monitor) == "<ProcessMonitor 'ls -l --all': ('ls', '-l', '--all')>"
    assert (monitor.threshold, monitor.killTime, monitor.minRestartDelay, monitor.maxRestartDelay) == (1, 5, 1, 3600)


@pytest.mark.parametrize(
    "arguments",
    [
        ["-t", "2", "-k", "3.5", "-m", "0.1", "-M", "9"],
        ["--threshold=2", "--killtime=3.5", "--minrestartdelay=0.1", "--maxrestartdelay=9"],
    ],
)
def test_options_set_the_times(arguments: list[str]) -> None:
    monitor = made(*arguments, "x")

    assert (monitor.threshold, monitor.killTime, monitor.minRestartDelay, monitor.maxRestartDelay) == (2, 3.5, 0.1, 9)
    assert monitor.delay == {"x": 0.1}


def test_a_program_there_must_be() -> None:
    with pytest.raises(UsageError, match="Please specify a process commandline"):
        made()


def test_times_are_numbers() -> None:
    with pytest.raises(UsageError, match="could not convert string to float: 'soon'"):
        made("-t", "soon", "x")


def test_help_says_how() -> None:
    text = str(procmontap.Options())

    assert "[procmon options] commandline" in text
    assert "For example: twist procmon sleep 10" in text.replace("\n", " ")
    assert "--minrestartdelay=" in text


def test_twist_finds_it() -> None:
    assert TwistedProcmon.tapname == "procmon"
    assert TwistedProcmon.options is procmontap.Options
    assert TwistedProcmon.makeService is procmontap.makeService
