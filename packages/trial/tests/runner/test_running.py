from __future__ import annotations

import io
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.defer import Deferred
from twisted.python import log
from twisted.trial import reporter, runner, unittest
from twisted.trial._runner.folders import MARKER, NoMarker, working_in
from twisted.trial._unittest.logged import announcing
from twisted.trial.util import DirtyReactorAggregateError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Cases(unittest.SynchronousTestCase):
    __test__ = False
    seen: list[Any] = []

    def test_good(self) -> None:
        self.seen.append(os.getcwd())

    def test_bad(self) -> None:
        self.fail("no")

    def test_error(self) -> None:
        raise ValueError("no")

    def test_log(self) -> None:
        log.msg("caf\xe9 said")

    def test_warn(self) -> None:
        warnings.warn("beware", stacklevel=1)

    def test_interrupt(self) -> None:
        raise KeyboardInterrupt

    def test_unclean(self) -> None:
        raise DirtyReactorAggregateError([])


def made(**options: Any) -> runner.TrialRunner:
    return runner.TrialRunner(reporter.TextReporter, stream=io.StringIO(), **options)


def run(*names: str, **options: Any) -> tuple[Any, str]:
    trial = made(**options)
    result = trial.run(unittest.TestSuite([Cases(name) for name in names]))
    return result, trial.stream.getvalue()


def test_tests_run_in_a_folder_of_their_own(here: Path) -> None:
    Cases.seen.clear()

    result, text = run("test_good")

    assert Cases.seen == [str(here / "_trial_temp")]
    assert os.getcwd() == str(here)
    assert result.wasSuccessful()
    assert text.startswith(".\n-----") and text.endswith("PASSED (successes=1)\n")


def test_the_folder_is_made_anew(here: Path) -> None:
    run("test_good")
    (here / "_trial_temp" / "left").write_text("x")

    run("test_good")

    assert sorted(os.listdir(here / "_trial_temp")) == [MARKER, "test.log"]


def test_a_folder_of_somebody_else_is_not_removed(here: Path) -> None:
    (here / "elsewhere").mkdir()
    (here / "elsewhere" / "precious").write_text("x")

    with pytest.raises(NoMarker, match=r"'.*elsewhere' is not a directory of earlier tests"):
        run("test_good", workingDirectory="elsewhere")

    assert (here / "elsewhere" / "precious").read_text() == "x"
    assert not os.path.lexists("elsewhere.lock")


def test_a_folder_that_cannot_be_removed_is_put_aside(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("test_good")
    (here / "_trial_temp" / "held").write_text("x")

    def held(path: str) -> None:
        raise PermissionError(13, "somebody holds it", path)

    monkeypatch.setattr("shutil.rmtree", held)
    run("test_good")

    assert (here / f"_trial_temp-{os.getpid()}-old" / "held").read_text() == "x"
    assert not (here / "_trial_temp" / "held").exists()
    monkeypatch.setattr("os.rename", lambda source, target: held(source))
    with pytest.raises(PermissionError, match="somebody holds it"):
        run("test_good")


def test_two_runs_at_once_have_a_folder_each(here: Path) -> None:
    with working_in("base") as first:
        os.chdir(here)
        with working_in("base") as second:
            os.chdir(here)
            with working_in("base") as third:
                assert os.getcwd() == third

    assert (first, second, third) == (str(here / "base"), str(here / "base-1"), str(here / "base-2"))
    with working_in("base") as again:
        assert again == first
    assert not os.path.lexists("base.lock")


def test_what_is_logged_goes_to_a_file(here: Path) -> None:
    run("test_log", logfile="other.log")

    text = (here / "_trial_temp" / "other.log").read_text("utf-8")
    assert "Log opened.\n" in text
    assert "caf\xe9 said\n" in text


def test_the_log_says_which_test_begins(here: Path) -> None:
    run("test_good", "test_log")

    lines = (here / "_trial_temp" / "test.log").read_text("utf-8").splitlines()
    texts = [line.partition(" [-] ")[2] for line in lines]
    assert texts[-3:] == [f"--> {__name__}.Cases.test_good <--", f"--> {__name__}.Cases.test_log <--", "caf\xe9 said"]
    assert announcing.write is None


def test_a_run_logs_to_its_own_file_only(here: Path) -> None:
    run("test_log", workingDirectory="one")
    run("test_good", workingDirectory="two")
    run("test_log", workingDirectory="three")

    assert "said" in (here / "one" / "test.log").read_text("utf-8")
    assert "said" not in (here / "two" / "test.log").read_text("utf-8")
    assert (here / "three" / "test.log").read_text("utf-8").count("said") == 1
    assert (here / "one" / "test.log").read_text("utf-8").count("said") == 1


def test_the_log_can_be_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    run("test_log", logfile="-")

    assert "said\n" in capsys.readouterr().out


def test_warnings_are_written_and_logged(here: Path) -> None:
    show = warnings.showwarning

    _, text = run("test_warn")

    assert ": UserWarning: beware\n" in text
    assert "builtins.UserWarning: beware" in (here / "_trial_temp" / "test.log").read_text("utf-8")
    assert warnings.showwarning is show


def test_a_dry_run_runs_nothing_and_leaves_nothing(here: Path) -> None:
    Cases.seen.clear()

    result, text = run("test_good", "test_bad", mode=runner.TrialRunner.DRY_RUN)

    assert Cases.seen == []
    assert result.successes == 2 and result.testsRun == 2
    assert text.startswith("..\n") and list(here.iterdir()) == []


def test_a_debugger_calls_the_tests() -> None:
    called: list[str] = []

    class Debugger:
        def runcall(self, function: Any, *args: Any) -> Any:
            called.append(function.__name__)
            return function(*args)

    result, _ = run("test_good", mode=runner.TrialRunner.DEBUG, debugger=Debugger())

    assert called == ["run"]
    assert result.successes == 1


def test_the_first_error_ends_the_run_if_wanted() -> None:
    result, _ = run("test_error", "test_good", exitFirst=True)
    assert (result.testsRun, result.shouldStop) == (1, True)
    assert len(result._originalReporter.errors) == 1

    result, _ = run("test_bad", "test_good", exitFirst=True)
    assert result.testsRun == 1
    assert len(result._originalReporter.failures) == 1

    result, _ = run("test_error", "test_good")
    assert (result.testsRun, result.shouldStop) == (2, False)


def test_an_unclean_reactor_can_be_only_worth_a_warning() -> None:
    assert not run("test_unclean")[0].wasSuccessful()

    with pytest.warns(UserWarning, match="Reactor was unclean"):
        # Where the reporter hears of errors, the warning is made.
        result = reporter.UncleanWarningsReporterWrapper(reporter.TestResult())
        Cases("test_unclean").run(result)
    assert result.wasSuccessful()
    assert isinstance(run("test_good", uncleanWarnings=True)[0], reporter.UncleanWarningsReporterWrapper)


def test_errors_can_be_told_at_once_and_briefly() -> None:
    _, text = run("test_error", realTimeErrors=True, tracebackFormat="brief")

    assert text.startswith("Traceback: <class 'ValueError'>: no\n")
    assert text.index("E\n") > text.index("ValueError")


def test_a_profile_is_kept(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, _ = run("test_good", profile=True)

    assert result.successes == 1
    assert "function calls" in capsys.readouterr().out
    assert (here / "profile.data").stat().st_size > 0


def test_garbage_is_collected_if_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    collected: list[int] = []
    monkeypatch.setattr("twisted.trial._runner.suites.gc.collect", lambda: collected.append(1))

    run("test_good", forceGarbageCollection=True)

    assert len(collected) == 2


def test_who_interrupts_a_test_ends_the_run() -> None:
    result, text = run("test_interrupt", "test_good")

    assert result.testsRun == 1
    assert "KeyboardInterrupt" in text and "FAILED (errors=1)" in text


def test_who_interrupts_the_reactor_still_hears_what_has_run() -> None:
    class Waiting(unittest.TestCase):
        def test_it(self) -> Deferred[None]:
            from twisted.internet import reactor as process_reactor

            reactor: Any = process_reactor
            reactor.callLater(0, reactor.crash)
            return Deferred()

    trial = made()
    with pytest.raises(KeyboardInterrupt):
        trial.run(unittest.TestSuite([Cases("test_good"), Waiting("test_it")]))

    text = trial.stream.getvalue()
    assert "KeyboardInterrupt" in text and "<not in test>" in text
    assert text.endswith("FAILED (errors=1, successes=1)\n")


def test_tests_can_run_until_one_fails() -> None:
    left = iter([True, True, False])

    class Finite(unittest.SynchronousTestCase):
        def test_it(self) -> None:
            self.assertTrue(next(left))

    trial = made()
    result = trial.runUntilFailure(Finite("test_it"))

    text = trial.stream.getvalue()
    assert [line for line in text.splitlines() if line.startswith("Test Pass")] == [
        "Test Pass 1",
        "Test Pass 2",
        "Test Pass 3",
    ]
    assert len(result.failures) == 1 and result.testsRun == 1


def test_tests_do_not_run_again_once_the_run_was_stopped() -> None:
    class Stopped(reporter.TextReporter):
        def done(self) -> None:
            self.shouldStop = True

    trial = runner.TrialRunner(Stopped, stream=io.StringIO())

    assert trial.runUntilFailure(Cases("test_good")).wasSuccessful()
    assert trial.stream.getvalue().count("Test Pass") == 1


def test_what_a_runner_is_made_with_can_be_read() -> None:
    trial = made(mode="debug", profile=True, uncleanWarnings=True, debugger=5, tracebackFormat="brief")

    assert (trial.mode, trial.DEBUG, trial.DRY_RUN) == ("debug", "debug", "dry-run")
    assert (trial.logfile, trial.workingDirectory, trial.tbformat) == ("test.log", "_trial_temp", "brief")
    assert (trial.profile, trial.uncleanWarnings, trial.debugger, trial.rterrors) == (True, True, 5, False)
    assert trial == trial
    assert trial != made()
    assert trial != 5


def test_the_reporter_is_made_with_all_it_needs() -> None:
    given: list[Any] = []

    def factory(*arguments: Any) -> reporter.TestResult:
        given.extend(arguments)
        return reporter.TestResult()

    runner.TrialRunner(factory, stream=sys.stdout, tracebackFormat="brief", realTimeErrors=True).run(Cases("test_good"))

    assert given == [sys.stdout, "brief", True, log.theLogPublisher]
