"""The command as it is called: what it prints, and the status that it exits with."""

from __future__ import annotations

import io
import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from twisted.scripts import trial
from twisted.trial._command import tracing

from ..conftest import Write

TESTS = """
from twisted.trial import unittest
class T(unittest.SynchronousTestCase):
    def test_good(self): pass
    def test_bad(self): self.fail("no")
    def test_error(self): raise ValueError("no")
    def test_skip(self): raise unittest.SkipTest("why")
    def test_todo(self): self.fail("no")
    test_todo.todo = "later"
    def test_surprise(self): pass
    test_surprise.todo = "later"
    def test_interrupt(self): raise KeyboardInterrupt
"""


@pytest.fixture
def command(write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Call the command; gives its status, and what it wrote to standard output."""
    write("test_command_t2.py", TESTS)

    def command(*words: str) -> tuple[Any, str]:
        monkeypatch.setattr(sys, "argv", ["trial", *words])
        with pytest.raises(SystemExit) as caught:
            trial.run()
        return caught.value.code, capsys.readouterr().out

    return command


@pytest.mark.parametrize(
    ("test", "status", "verdict"),
    [
        ("test_good", 0, "PASSED (successes=1)"),
        ("test_skip", 0, "PASSED (skips=1)"),
        ("test_todo", 0, "PASSED (expectedFailures=1)"),
        ("test_surprise", 0, "PASSED (unexpectedSuccesses=1)"),
        ("test_bad", 1, "FAILED (failures=1)"),
        ("test_error", 1, "FAILED (errors=1)"),
        ("test_nothing", 1, "FAILED (errors=1)"),
        ("test_interrupt", 1, "FAILED (errors=1)"),
    ],
)
def test_the_status_says_whether_all_went_well(command: Any, test: str, status: int, verdict: str) -> None:
    code, written = command(f"test_command_t2.T.{test}")

    assert int(code) == status
    assert written.splitlines()[-1] == verdict


def test_several_options_together(command: Any) -> None:
    code, written = command("-n", "--reporter=bwverbose", "test_command_t2.T.test_bad", "test_command_t2.T.test_good")

    assert int(code) == 0
    assert written.startswith("test_command_t2.T.test_bad ... [OK]\ntest_command_t2.T.test_good ... [OK]\n\n---")


def test_until_one_fails(command: Any) -> None:
    code, written = command("-u", "test_command_t2.T.test_bad")

    assert int(code) == 1
    assert written.startswith("Test Pass 1\ntest_command_t2\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--bogus"], "trial: option --bogus not recognized"),
        (["--debug", "--debugger=no.such"], "trial: 'no.such' debugger could not be found."),
        (["--temp-directory=elsewhere", "test_command_t2"], "has no _trial_marker): it is not removed"),
        (["--temp-directory=/dev/null/x", "test_command_t2"], "/dev/null/x"),
    ],
)
def test_one_sentence_says_what_is_wrong(command: Any, words: list[str], sentence: str) -> None:
    os.mkdir("elsewhere")

    code, _ = command(*words)

    assert isinstance(code, str) and code.startswith("trial: ") and sentence in code
    assert "Traceback" not in code


def test_without_arguments_there_is_help(command: Any) -> None:
    code, written = command()

    assert code == 0
    assert "[options] [[file|package|module|TestCase|testmethod]...]" in written


def test_who_interrupts_the_run_gets_the_status_of_that(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Any, suite: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("twisted.trial.runner.TrialRunner.run", interrupted)

    assert command("test_command_t2.T.test_good")[0] == 130


def test_nobody_who_reads_is_no_reason_for_a_traceback(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced: list[str] = []

    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("twisted.trial._command.running._write_nowhere", lambda: replaced.append("stdout"))
    monkeypatch.setattr(sys, "stdout", Closed())

    assert command("test_command_t2.T.test_good")[0] == 1
    assert replaced == ["stdout"]


def test_other_errors_of_the_system_are_not_hidden(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any, suite: Any) -> None:
        raise OSError(5, "odd")

    monkeypatch.setattr("twisted.trial.runner.TrialRunner.run", broken)
    monkeypatch.setattr(sys, "argv", ["trial", "test_command_t2.T.test_good"])

    with pytest.raises(OSError, match="odd"):
        trial.run()


def test_lines_that_ran_are_written_to_a_folder(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    previous = sys.gettrace()
    try:
        code, written = command("--coverage", "test_command_t2.T.test_good")
    finally:
        sys.settrace(previous)

    folder = os.path.abspath("_trial_temp/coverage")
    assert int(code) == 0
    assert f"Setting coverage directory to {folder}.\n" in written
    with open(os.path.join(folder, "test_command_t2.cover")) as cover:
        lines = cover.read().splitlines()
    assert any(re.match(r" +\d+: +def test_good", line) for line in lines)


def test_counting_lines_ends(monkeypatch: pytest.MonkeyPatch, write: Write) -> None:
    set_to: list[Any] = []
    monkeypatch.setattr(sys, "settrace", set_to.append)
    monkeypatch.setattr("threading.settrace", set_to.append)

    tracer = tracing.start_coverage()
    assert set_to == [tracer.globaltrace] * 2
    tracing.write_coverage(tracer, "coverage")
    assert set_to[2:] == [None, None]


def test_lines_that_did_not_run_are_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Write) -> None:
    path = write("counted_t2.py", "def one():\n    return 1\n\n\ndef two():\n    return 2\n")
    monkeypatch.setattr(sys, "settrace", lambda function: None)
    monkeypatch.setattr("threading.settrace", lambda function: None)
    tracer = tracing.start_coverage()
    tracer.counts.update({(str(path), 1): 1, (str(path), 2): 3, (str(path), 5): 1})

    tracing.write_coverage(tracer, str(tmp_path / "coverage"))

    written = (tmp_path / "coverage" / "counted_t2.cover").read_text().splitlines()
    assert written[1] == "    3:     return 1"
    assert written[5] == ">>>>>>     return 2"


def test_the_package_is_the_command() -> None:
    assert vars(import_module("twisted.trial.__main__"))["run"] is trial.run
