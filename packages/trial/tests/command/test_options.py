from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twisted.python.usage import UsageError
from twisted.scripts import trial
from twisted.trial import reporter, runner
from twisted.trial._command import orders, running


def parsed(*words: str) -> trial.Options:
    options = trial.Options()
    options.parseOptions(words)
    return options


def test_what_holds_if_nothing_is_said() -> None:
    options = parsed()

    assert options["tests"] == []
    assert options["reporter"] is reporter.TreeReporter
    assert (options["tbformat"], options["logfile"], options["temp-directory"]) == (
        "default",
        "test.log",
        "_trial_temp",
    )
    assert (options["jobs"], options["order"], options["random"], options["debugger"]) == (None, None, None, "pdb")
    flags = ["no-recurse", "rterrors", "unclean-warnings", "force-gc", "exitfirst", "dry-run", "debug", "nopm"]
    assert not any(options[flag] for flag in [*flags, "debug-stacktraces", "profile", "until-failure"])
    assert options.worker_arguments() == []


@pytest.mark.parametrize(
    ("short", "flag"),
    [
        ("-N", "no-recurse"),
        ("-e", "rterrors"),
        ("-x", "exitfirst"),
        ("-n", "dry-run"),
        ("-b", "debug"),
        ("-B", "debug-stacktraces"),
        ("-u", "until-failure"),
    ],
)
def test_flags_have_letters(short: str, flag: str) -> None:
    assert parsed(short)[flag] == 1
    assert parsed(f"--{flag}")[flag] == 1


def test_names_of_tests_are_kept_in_their_order_each_once() -> None:
    assert parsed("b", "a", "b")["tests"] == ["b", "a"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--bogus"], "option --bogus not recognized"),
        (["--order=what"], "--order must be one of: 'alphabetical', 'toptobottom'. See --help-orders for details"),
        (["--random=x"], "Argument to --random must be a positive integer"),
        (["--random=-1"], "Argument to --random must be a positive integer"),
        (["-j0"], "Argument to jobs must be a strictly positive integer or 'auto'"),
        (["-j-1"], "Argument to jobs must be a strictly positive integer or 'auto'"),
        (["-jx"], "Expecting integer argument to jobs, got 'x'"),
        (["-j2", "--debug"], "You can't specify --debug when using --jobs"),
        (["-j2", "--profile"], "You can't specify --profile when using --jobs"),
        (["-j2", "--debug-stacktraces"], "You can't specify --debug-stacktraces when using --jobs"),
        (["--tbformat=x"], "tbformat must be 'plain', 'emacs', or 'cgitb'."),
        (
            ["--reporter=x"],
            "Only pass names of Reporter plugins to --reporter. See --help-reporters for more info.",
        ),
        (["--recursionlimit=x"], "argument to recursionlimit must be an integer"),
        (["--nopm"], "You must specify --debug when using --nopm "),
        (
            ["--reactor=x"],
            "The specified reactor does not exist: 'x'.\nSee the list of available reactors with --help-reactors",
        ),
    ],
)
def test_what_makes_no_sense(words: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(*words)
    assert str(caught.value) == message


def test_a_recursion_limit_that_python_refuses() -> None:
    with pytest.raises(UsageError, match="recursionlimit cannot be 0"):
        parsed("--recursionlimit=0")


@pytest.mark.parametrize("word", ["plain", "default", "emacs", "brief", "cgitb", "verbose"])
def test_formats_of_tracebacks(word: str) -> None:
    expected = {"plain": "default", "emacs": "brief", "cgitb": "verbose"}.get(word, word)

    assert parsed(f"--tbformat={word}")["tbformat"] == trial.TBFORMAT_MAP[word] == expected


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("verbose", reporter.TreeReporter),
        ("bwverbose", reporter.VerboseTextReporter),
        ("summary", reporter.MinimalReporter),
        ("text", reporter.TextReporter),
        ("timing", reporter.TimingTextReporter),
        ("subunit", reporter.SubunitReporter),
    ],
)
def test_reporters_are_found_by_name(word: str, kind: type) -> None:
    assert parsed(f"--reporter={word}")["reporter"] is kind


def test_other_packages_bring_reporters(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plugin:
        longOpt, module, klass = "mine", "twisted.trial.reporter", "Reporter"

    monkeypatch.setattr("twisted.trial._command.options.getPlugins", lambda interface: [Plugin()])

    assert parsed("--reporter=mine")["reporter"] is reporter.Reporter


@pytest.mark.parametrize(
    ("word", "lines"),
    [
        (
            "--help-orders",
            ["    alphabetical \t by the names", "    toptobottom \t classes and their tests as they stand"],
        ),
        ("--help-reporters", ["    verbose \t ", "    summary \t ", "    subunit \t "]),
        ("--help-reactors", ["    select\t", "    asyncio\t"]),
        ("--version", ["Twisted version: "]),
        ("--help", ["-j, --jobs=", "--tbformat=", "-x, --exitfirst", "-r, --reactor="]),
    ],
)
def test_what_only_prints_and_exits(word: str, lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    options = trial.Options()
    options.messageOutput = sys.stdout

    with pytest.raises(SystemExit) as caught:
        options.parseOptions([word])

    assert caught.value.code == 0
    written = capsys.readouterr().out
    assert all(line in written for line in lines), written


def test_a_number_of_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parsed("-j3")["jobs"] == 3
    assert parsed("--jobs=1")["jobs"] == 1
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5, 6, 7}, raising=False)
    assert parsed("-jauto")["jobs"] == 4
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert parsed("-jauto")["jobs"] == 1
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert parsed("-jauto")["jobs"] == 7


def test_a_seed_is_given_or_chosen() -> None:
    assert parsed("-z5")["random"] == 5
    chosen = {parsed("-z0")["random"] for _ in range(20)}
    assert len(chosen) > 1 and min(chosen) > 0


@pytest.fixture
def limits() -> Iterator[None]:
    limit, enabled = sys.getrecursionlimit(), gc.isenabled()
    yield
    sys.setrecursionlimit(limit)
    (gc.enable if enabled else gc.disable)()


@pytest.mark.usefixtures("limits")
def test_workers_heed_what_changes_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[str] = []
    monkeypatch.setattr("twisted.application._app.options.installReactor", chosen.append)
    monkeypatch.setitem(sys.modules, "module_of_none_t2", None)

    with pytest.warns(RuntimeWarning, match="Module 'module_of_none_t2' already imported, disabling anyway."):
        options = parsed(
            "--recursionlimit=2345",
            "--disablegc",
            "--force-gc",
            "--reactor=select",
            "--without-module=module_of_none_t2",
        )

    assert sys.getrecursionlimit() == 2345
    assert not gc.isenabled()
    assert chosen == ["select"]
    assert options["reactor"] == "select"
    assert options["recursionlimit"] == 2345
    assert options.worker_arguments() == [
        "--recursionlimit=2345",
        "--disablegc",
        "--reactor=select",
        "--without-module=module_of_none_t2",
        "--force-gc",
    ]


def test_modules_can_be_made_to_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("lacking_t2", "lacking_too_t2"):
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parsed("--without-module=lacking_t2,lacking_too_t2")

    for name in ("lacking_t2", "lacking_too_t2"):
        with pytest.raises(ImportError):
            __import__(name)


def test_a_file_names_tests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, tests = tmp_path / "it.py", tmp_path / "test_it.py"
    source.write_text("# -*- test-case-name: a.b,c -*-\n")
    tests.write_text("")

    options = parsed(f"--testmodule={source}", f"--testmodule={tests}", "--testmodule=nowhere", "a.b")

    assert options["tests"] == ["a.b", "c", str(tests)]
    assert capsys.readouterr().err == "File 'nowhere' doesn't exist\n"


def test_where_coverage_goes(capsys: pytest.CaptureFixture[str]) -> None:
    options = parsed("--temp-directory=elsewhere")

    assert options.coverdir().path == os.path.abspath("elsewhere/coverage")
    assert capsys.readouterr().out == f"Setting coverage directory to {os.path.abspath('elsewhere/coverage')}.\n"
    assert options.tracer is None


def test_every_call_can_be_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    from twisted.python.util import spewer

    set_to: list[Any] = []
    monkeypatch.setattr(sys, "settrace", set_to.append)

    parsed("--spew")

    assert set_to == [spewer]


def test_orders() -> None:
    assert orders.known_order("alphabetical") is runner.name
    assert parsed("--order=alphabetical")["order"] is runner.name
    loader = running.loader_for(parsed("--order=toptobottom"))

    from . import unsorted

    assert loader.findTestClasses(unsorted) == [unsorted.Second, unsorted.First]
    suite = loader.loadClass(unsorted.Second)
    assert [test.id().rpartition(".")[2] for test in suite] == ["test_b", "test_a"]  # type: ignore[union-attr]


def test_from_top_to_bottom_is_by_name_where_there_is_no_source() -> None:
    made = type("Made", (unittest_case(),), {})

    assert orders.ORDERS["toptobottom"][1](made) == (-1, runner.name(made))
    assert orders.ORDERS["toptobottom"][1]("a name") == (-1, "a name")


def unittest_case() -> type:
    from twisted.trial.unittest import SynchronousTestCase

    return SynchronousTestCase


def test_a_seed_gives_an_order(capsys: pytest.CaptureFixture[str]) -> None:
    first, again, other = (running.loader_for(parsed(f"-z{seed}")) for seed in (5, 5, 6))
    names = [str(number) for number in range(20)]

    shuffled = first.sort(names)

    assert shuffled == again.sort(names)
    assert shuffled != names and shuffled != other.sort(names)
    assert sorted(shuffled) == sorted(names)
    assert capsys.readouterr().out.startswith("Running tests shuffled with seed 5\n\n")


def test_only_tests_that_run_once_are_forgotten() -> None:
    assert running.loader_for(parsed()).suiteFactory is runner.DestructiveTestSuite
    assert running.loader_for(parsed("-u")).suiteFactory is runner.TestSuite
    assert running.loader_for(parsed()).sorter is runner.name


def test_a_runner_as_the_options_say() -> None:
    words = ["--profile", "--logfile=l", "--temp-directory=t", "--tbformat=emacs", "-e", "--unclean-warnings"]
    trial_runner = running.runner_for(parsed(*words, "--force-gc", "-x"))

    assert isinstance(trial_runner, runner.TrialRunner)
    assert trial_runner == runner.TrialRunner(
        reporter.TreeReporter,
        mode=None,
        logfile="l",
        stream=sys.stdout,
        profile=True,
        tracebackFormat="brief",
        realTimeErrors=True,
        uncleanWarnings=True,
        workingDirectory="t",
        forceGarbageCollection=True,
        exitFirst=True,
    )
    assert running.runner_for(parsed("-n")).mode == "dry-run"


def test_a_debugger_by_name() -> None:
    options = parsed("--debug", "--debugger=twisted.trial.reporter")
    trial_runner = running.runner_for(options)

    assert (trial_runner.mode, trial_runner.debugger) == ("debug", reporter)
    with pytest.raises(running.NoDebugger, match=r"'no\.such' debugger could not be found\."):
        running.runner_for(parsed("--debug", "--debugger=no.such"))


def test_pdb_reads_its_file_where_we_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    import pdb

    assert isinstance(running.runner_for(parsed("--debug")).debugger, pdb.Pdb)
    (tmp_path / ".pdbrc").write_text("alias only_here_t2 p 1\n")

    assert "alias only_here_t2 p 1\n" in running.runner_for(parsed("--debug")).debugger.rcLines


def test_a_runner_of_several_processes() -> None:
    several = running.runner_for(parsed("-j3", "--reporter=text", "--force-gc", "-x"))

    assert isinstance(several, trial.DistTrialRunner)
    assert several == trial.DistTrialRunner(reporter.TextReporter, 3, ["--force-gc"], exitFirst=True, stream=sys.stdout)
    telling_at_once = running.runner_for(parsed("-j3", "--reporter=text", "--force-gc", "-x", "-e"))
    assert telling_at_once != several
    assert telling_at_once == trial.DistTrialRunner(
        reporter.TextReporter, 3, ["--force-gc"], exitFirst=True, stream=sys.stdout, realTimeErrors=True
    )
    # Nothing runs in a dry run: no process is needed for that.
    assert isinstance(running.runner_for(parsed("-j3", "-n")), runner.TrialRunner)


def test_debugging_is_switched_on_before_tests_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    monkeypatch.setattr("twisted.python.failure.startDebugMode", lambda: done.append("post mortem"))
    monkeypatch.setattr("twisted.internet.defer.setDebugging", lambda on: done.append(on))

    assert parsed("--debug", "--nopm")["no-post-mortem"] is True
    assert "no-post-mortem" not in parsed("--debug")
    running._prepare_debugging(parsed("--debug", "--nopm"))
    assert done == []
    running._prepare_debugging(parsed("--debug", "-B"))
    assert done == ["post mortem", True]
