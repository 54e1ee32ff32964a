"""What commands that run an application are made of."""

from __future__ import annotations

import getpass
import io
import pstats
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from zope.interface import implementer

from twisted.application import app, service
from twisted.application._app import options as app_options
from twisted.application._app import running
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import ILogObserver
from twisted.persisted import sob
from twisted.python import usage


class Plugin:
    tapname = "greeter"
    description = "Greets."

    def options(self) -> usage.Options:
        return usage.Options()

    def makeService(self, options: Any) -> service.Service:
        self.given = options
        return service.Service()


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Plugin:
    made = Plugin()
    monkeypatch.setattr(app_options, "getPlugins", lambda interface: [made])
    return made


def parsed(*words: str) -> app.ServerOptions:
    options = app.ServerOptions()
    options.parseOptions(words)
    return options


# Options


def test_what_nobody_asks_for(plugin: Plugin) -> None:
    options = parsed()

    wanted = {"debug": False, "file": "twistd.tap", "profiler": "cprofile", "rundir": ".", "no_save": 0, "logger": None}
    assert {key: options[key] for key in wanted} == wanted
    assert options.subCommand is None


@pytest.mark.parametrize(
    ("words", "no_save"), [(["-y", "x.tac"], True), (["greeter"], True), (["-s", "x.tas"], 0), (["-o"], 1)]
)
def test_what_was_made_of_a_program_is_not_saved(plugin: Plugin, words: list[str], no_save: int) -> None:
    assert parsed(*words)["no_save"] == no_save


def test_services_are_commands(plugin: Plugin) -> None:
    options = parsed("greeter")

    assert options.subCommand == "greeter"
    assert options.loadedPlugins == {"greeter": plugin}


def test_a_logger_is_found_by_its_name(plugin: Plugin) -> None:
    assert parsed("--logger", "twisted.logger.Logger")["logger"] is __import__("twisted.logger").logger.Logger
    with pytest.raises(usage.UsageError, match=r"^Logger 'no\.such' could not be imported: "):
        parsed("--logger", "no.such")


def test_an_unknown_reactor_is_refused(plugin: Plugin) -> None:
    with pytest.raises(usage.UsageError, match=r"^The specified reactor does not exist: 'steam'\.\nSee the list"):
        parsed("--reactor", "steam")


def test_a_reactor_that_cannot_be_installed_is_refused(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise RuntimeError(f"{name} is cold")

    monkeypatch.setattr(app_options, "installReactor", broken)
    with pytest.raises(usage.UsageError, match="cannot be used, failed with error: poll is cold"):
        parsed("-r", "poll")


def test_a_reactor_is_installed_while_options_are_read(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(app_options, "installReactor", installed.append)

    assert parsed("--reactor=poll")["reactor"] == "poll"
    assert installed == ["poll"]


def test_reactors_are_listed_with_those_that_do_not_work_here(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    from twisted.application.reactors import Reactor

    kinds = [Reactor("select", "twisted.internet.selectreactor", "waits"), Reactor("abc", "no.such.module", "is gone")]
    shown = io.StringIO()
    monkeypatch.setattr(app_options, "getReactorTypes", lambda: kinds)
    monkeypatch.setattr(app.ServerOptions, "messageOutput", shown)

    with pytest.raises(SystemExit) as ended:
        parsed("--help-reactors")

    assert ended.value.code == 0
    lines = shown.getvalue().splitlines()
    assert lines[0] == "    select\twaits"
    assert lines[1:4] == ["", "    reactors not available on this platform:", ""]
    assert lines[4].startswith("    !abc \tis gone (")


def test_debugging_is_switched_on(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    from twisted.internet import defer
    from twisted.python import failure

    switched: list[object] = []
    monkeypatch.setattr(defer, "setDebugging", switched.append)
    monkeypatch.setattr(failure, "startDebugMode", lambda: switched.append("failures"))

    assert parsed("-b")["debug"] is True
    assert switched == [True, "failures"]


def test_spewing_traces_every_thread(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from twisted.python.util import spewer

    traced: list[object] = []
    monkeypatch.setattr(sys, "settrace", traced.append)
    monkeypatch.setattr(threading, "settrace", traced.append)

    parsed("--spew")

    assert traced == [spewer, spewer]


# The command itself


def test_a_command_runs_what_its_line_says(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["prog", "-y", "x.tac"])
    ran: list[Any] = []

    app.run(ran.append, app.ServerOptions)

    assert [config["python"] for config in ran] == ["x.tac"]


def test_a_command_shows_its_usage_and_the_mistake(
    plugin: Plugin, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["/bin/prog", "--bad"])

    with pytest.raises(SystemExit) as ended:
        app.run(lambda config: None, app.ServerOptions)

    assert ended.value.code == 1
    shown = capsys.readouterr().out
    assert "Options:" in shown
    assert shown.endswith("\nprog: option --bad not recognized\n")


def test_a_command_without_words_shows_its_help(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["prog"])

    with pytest.raises(SystemExit) as ended:
        app.run(lambda config: None, app.ServerOptions)

    assert ended.value.code == 0


# Loading


def tac(folder: Path, text: str) -> str:
    path = folder / "it.tac"
    path.write_text(text)
    return str(path)


def config(**words: Any) -> dict[str, Any]:
    return {"python": None, "source": None, "file": "none.tap", **words}


def test_an_application_is_loaded_from_a_program(tmp_path: Path) -> None:
    path = tac(
        tmp_path, "from twisted.application import service\napplication = service.Application('it', uid=5, gid=6)\n"
    )

    application = app.getApplication(config(python=path), None)

    assert service.IService(application).name == "it"
    assert (service.IProcess(application).uid, service.IProcess(application).gid) == (5, 6)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x = 1\n", "sets no variable 'application'"),
        ("1 / 0\n", "division by zero"),
        ("def (\n", "invalid syntax"),
        ("{}['application']\n", "sets no variable 'application'"),
    ],
)
def test_a_program_that_gives_no_application_ends_with_a_sentence(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SystemExit) as ended:
        app.getApplication(config(python=tac(tmp_path, text)), None)

    assert str(ended.value.code).startswith("\nFailed to load application: ")
    assert complaint in str(ended.value.code)


@pytest.mark.parametrize("style", ["pickle", "source"])
def test_an_application_is_stored_in_another_style_and_loaded_again(
    tmp_path: Path, style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tac(tmp_path, "from twisted.application import service\napplication = service.Application('it')\n")
    stored = str(tmp_path / "stored")

    app.convertStyle(path, "python", None, stored, style, False)

    found = app.getApplication(config(**{"file": stored} if style == "pickle" else {"source": stored}), None)
    assert service.IService(found).name == "it"
    persistable: Any = sob.IPersistable(found)
    assert persistable.style == style


def test_passphrases_are_asked_for_only_where_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ["one", "first", "second", "same", "same"]
    monkeypatch.setattr(getpass, "getpass", lambda prompt: answers.pop(0))

    assert app.getPassphrase(False) is None
    assert app.getSavePassphrase(False) is None
    assert app.getPassphrase(True) == "one"
    assert app.getSavePassphrase(True) == "same"
    assert answers == []


# Profiling


class Reactor:
    """Runs a function of ours."""

    def run(self) -> None:
        self.ran = True


@pytest.mark.parametrize("name", ["profile", "CProfile"])
def test_a_reactor_runs_under_a_profiler_whose_figures_are_printed_or_saved(tmp_path: Path, name: str) -> None:
    reactor, printed, saved = Reactor(), tmp_path / "printed", tmp_path / "saved"

    app.AppProfiler({"profile": str(printed), "profiler": name, "savestats": False}).run(reactor)
    app.AppProfiler({"profile": str(saved), "profiler": name, "savestats": True}).run(Reactor())

    assert reactor.ran
    assert "function calls" in printed.read_text()
    assert "(run)" in printed.read_text()
    assert any(name == "run" for _, _, name in pstats.Stats(str(saved)).stats)  # type: ignore[attr-defined]


def test_figures_are_written_even_if_the_reactor_fails(tmp_path: Path) -> None:
    class Failing:
        def run(self) -> None:
            raise ZeroDivisionError

    path = tmp_path / "figures"
    with pytest.raises(ZeroDivisionError):
        app.CProfileRunner(str(path), False).run(Failing())

    assert "function calls" in path.read_text()


def test_an_unknown_profiler_ends_the_program() -> None:
    with pytest.raises(SystemExit, match=r"^Unsupported profiler name: hotshot$"):
        app.AppProfiler({"profile": "x", "profiler": "hotshot"})


def test_the_debugger_learns_to_stop_the_reactor(monkeypatch: pytest.MonkeyPatch) -> None:
    import pdb

    import twisted.internet

    reactor = MemoryReactorClock()
    monkeypatch.setattr(twisted.internet, "reactor", reactor, raising=False)
    stopped: list[bool] = []
    monkeypatch.setattr(reactor, "stop", lambda: stopped.append(True))
    monkeypatch.setattr(pdb.Pdb, "do_stop", None, raising=False)
    monkeypatch.setattr(pdb.Pdb, "help_stop", None, raising=False)
    # A debugger that lets go switches tracing off, and with it whoever measures what these tests reach.
    monkeypatch.setattr(sys, "settrace", lambda function: None)
    app.fixPdb()
    debugger = pdb.Pdb(stdout=io.StringIO())
    debugger.reset()

    assert debugger.do_stop("") == 1  # type: ignore[attr-defined]

    assert stopped == []
    reactor.advance(0)
    assert stopped == [True]


# Running


class Sink:
    def __init__(self) -> None:
        self.observers: list[Any] = []
        self.removed: list[Any] = []

    def beginLoggingTo(self, observers: Any) -> None:
        self.observers += observers

    def removeObserver(self, observer: Any) -> None:
        self.removed.append(observer)


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Sink:
    made = Sink()
    monkeypatch.setattr(running, "globalLogBeginner", made)
    monkeypatch.setattr(running, "globalLogPublisher", made)
    return made


@implementer(ILogObserver)
class Observer:
    def __call__(self, event: Any) -> None:
        """Nothing is done with it."""


def test_the_options_observer_goes_before_the_applications_and_that_before_the_file(sink: Sink) -> None:
    application = service.Application("it")
    own, named = Observer(), Observer()
    application.setComponent(ILogObserver, own)

    for options in ({"logger": lambda: named}, {"logger": None}):
        logger = app.AppLogger(options)
        logger.start(application)
        logger.stop()

    assert sink.observers == [named, own]
    assert sink.removed == [named, own]


def test_an_observer_of_the_classic_log_gets_events_as_it_knows_them(sink: Sink) -> None:
    seen: list[Any] = []
    app.AppLogger({"logger": lambda: seen.append}).start(service.Application("it"))
    [observer] = sink.observers

    observer({"log_format": "hello {name}", "name": "you", "log_time": 1.0, "log_system": "-"})

    assert seen[0]["format"] % seen[0] == "hello you"


@pytest.mark.parametrize("name", ["", "-", "it.log"])
def test_the_log_goes_to_standard_output_or_a_file(
    sink: Sink, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stdout", shown)
    monkeypatch.chdir(tmp_path)
    app.AppLogger({"logfile": name}).start(service.Application("it"))
    [observer] = sink.observers

    observer({"log_format": "hello", "log_time": 1.0, "log_namespace": "n"})

    text = (tmp_path / name).read_text() if name == "it.log" else shown.getvalue()
    assert text.endswith(" hello\n")


class Runner(app.ApplicationRunner):
    def preApplication(self) -> None:
        self.steps = ["before"]

    def postApplication(self) -> None:
        self.steps.append(f"after {service.IService(self.application).name}")


class QuietLogger:
    def __init__(self, options: Any) -> None:
        self.steps: list[str] = []

    def start(self, application: Any) -> None:
        self.steps.append("start")

    def stop(self) -> None:
        self.steps.append("stop")


def test_a_runner_makes_the_application_of_a_service(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Runner, "loggerFactory", QuietLogger)
    runner = Runner(parsed("greeter"))

    runner.run()

    assert runner.steps == ["before", "after greeter"]
    assert runner.logger.steps == ["start", "stop"]  # type: ignore[attr-defined]
    assert len(list(service.IServiceCollection(runner.application))) == 1


def test_a_runner_loads_the_application_of_a_file(
    plugin: Plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tac(tmp_path, "from twisted.application import service\napplication = service.Application('it')\n")
    monkeypatch.setattr(Runner, "loggerFactory", QuietLogger)
    runner = Runner(parsed("-y", path))

    runner.run()

    assert runner.steps == ["before", "after it"]


@pytest.mark.parametrize("save", [True, False])
def test_an_application_starts_and_ends_with_the_reactor(save: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import twisted.internet

    reactor = MemoryReactorClock()
    monkeypatch.setattr(twisted.internet, "reactor", reactor, raising=False)
    application = service.Application("it")
    saved: list[str] = []
    monkeypatch.setattr(sob.IPersistable(application), "save", saved.append)

    app.startApplication(application, save)

    assert service.IService(application).running
    for phase in ("before", "after"):
        for function, args, words in reactor.triggers.get(phase, {}).get("shutdown", []):
            function(*args, **words)
    assert not service.IService(application).running
    assert saved == (["shutdown"] if save else [])


def test_what_ends_the_reactor_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def run(self) -> None:
            raise ZeroDivisionError("ended")

    monkeypatch.chdir(tmp_path)
    options = {"profile": None, "debug": False, "nodaemon": True}
    shown = io.StringIO()

    app.runReactorWithLogging(options, shown, io.StringIO(), None, Failing())
    assert "ZeroDivisionError: ended" in shown.getvalue()
    assert list(tmp_path.iterdir()) == []

    app.runReactorWithLogging({**options, "nodaemon": False}, shown, io.StringIO(), None, Failing())
    assert "ZeroDivisionError: ended" in (tmp_path / "TWISTD-CRASH.log").read_text()


def test_the_reactor_runs_plainly_under_a_profiler_or_a_debugger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pdb
    import signal

    how: list[object] = []
    monkeypatch.setattr(pdb, "runcall", lambda function: how.append("debugger"))
    monkeypatch.setattr(running, "fixPdb", lambda: how.append("fixed"))
    monkeypatch.setattr(signal, "signal", lambda number, handler: how.append(number))
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    out, err = io.StringIO(), io.StringIO()
    plain = {"profile": None, "debug": False, "nodaemon": True}

    reactor = Reactor()
    app.runReactorWithLogging(plain, out, err, None, reactor)
    assert reactor.ran
    app.runReactorWithLogging({**plain, "debug": True}, out, err, None, Reactor())
    assert how == [signal.SIGUSR2, "fixed", "debugger"]
    assert (sys.stdout, sys.stderr) == (out, err)
    profiler = app.AppProfiler({"profile": str(tmp_path / "p"), "profiler": "cprofile"})
    app.runReactorWithLogging({**plain, "profile": "p"}, out, err, profiler, Reactor())
    assert (tmp_path / "p").exists()
    assert out.getvalue() == ""


def test_what_runs_applications_is_loaded_for_those_who_run_them() -> None:
    program = (
        "import sys; from twisted.application import app; app.ReactorSelectionMixin; "
        "print(*sorted({name.rpartition('.')[2] for name in sys.modules if '._app.' in name}), "
        "'twisted.persisted.sob' in sys.modules, set(app.__all__) <= set(dir(app)), "
        "all(getattr(app, name) is not None for name in app.__all__), app.AppLogger.__module__)"
    )

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert shown == "options False True True twisted.application.app\n"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = app.nothing
