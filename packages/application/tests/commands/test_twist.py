"""What a command line of ``twist`` means, and what becomes of it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from zope.interface import implementer

from twisted.application.runner import _ending
from twisted.application.service import IServiceMaker, Service
from twisted.application.twist import _options, _twist
from twisted.application.twist._options import TwistOptions
from twisted.application.twist._twist import Twist
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import LogLevel, jsonFileLogObserver, textFileLogObserver
from twisted.python.usage import Options, UsageError


class GreeterOptions(Options):
    optParameters = [["name", "n", "world", "Whom."]]


@implementer(IServiceMaker)
class Greeter:
    tapname = "greeter"
    description = "Greets."
    options = GreeterOptions

    def __init__(self) -> None:
        self.made: list[Any] = []
        self.problem: Exception | None = None

    def makeService(self, options: Any) -> Any:
        if self.problem is not None:
            raise self.problem
        service = Service()
        self.made.append((service, options["name"]))
        return service


@implementer(IServiceMaker)
class Another:
    tapname = "another"
    description = "Does something else."

    @staticmethod
    def options() -> Options:
        raise AssertionError("nobody asked for these")

    def makeService(self, options: Any) -> Any:
        raise AssertionError("nobody asked for this")


class StoppingReactor(MemoryReactorClock):
    """Runs until it is asked to run."""

    _exitSignal: int | None = None
    ran = False

    def run(self) -> None:
        self.ran = True


class Beginner:
    """Takes the place of the log's beginning."""

    def __init__(self) -> None:
        self.observers: list[Any] = []

    def beginLoggingTo(self, observers: Any) -> None:
        self.observers += observers


@pytest.fixture(autouse=True)
def no_reactor_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command line begins without a reactor, whatever other tests have imported."""
    monkeypatch.delitem(sys.modules, "twisted.internet.reactor", raising=False)


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Greeter:
    greeter = Greeter()
    monkeypatch.setattr(_options, "getPlugins", lambda interface: [greeter, Another()])
    return greeter


@pytest.fixture
def reactor(monkeypatch: pytest.MonkeyPatch) -> StoppingReactor:
    made = StoppingReactor()
    monkeypatch.setattr(_options, "installReactor", lambda name: made)
    return made


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Beginner]:
    beginner = Beginner()
    monkeypatch.setattr(_twist, "globalLogBeginner", beginner)
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    yield beginner


def parsed(*words: str) -> TwistOptions:
    options = TwistOptions()
    options.parseOptions(words)
    return options


# Options


def test_the_first_word_names_the_service_and_the_rest_are_its_own(plugin: Greeter, reactor: StoppingReactor) -> None:
    options = parsed("--log-level=warn", "greeter", "--name", "you")

    assert options.subCommand == "greeter"
    assert options.subOptions["name"] == "you"
    assert options.argv == ["--log-level=warn", "greeter", "--name", "you"]


def test_services_are_listed_in_order_and_their_modules_are_left_alone(plugin: Greeter) -> None:
    names = [(name, text) for name, _, _, text in TwistOptions().subCommands]

    assert names == [("another", "Does something else."), ("greeter", "Greets.")]
    text = str(TwistOptions())
    assert text.index("another") < text.index("greeter")
    assert "twist" in text or "plugin [plugin_options]" in text


def test_plugins_are_looked_for_once(plugin: Greeter, monkeypatch: pytest.MonkeyPatch) -> None:
    options = TwistOptions()
    first = options.plugins
    monkeypatch.setattr(_options, "getPlugins", lambda interface: [])

    assert options.plugins is first
    assert first["greeter"] is plugin


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "No plugin specified."),
        (["nosuch"], "Unknown command: nosuch"),
        (["--nosuch", "greeter"], "option --nosuch not recognized"),
        (["--log-level=loud", "greeter"], "Invalid log level: loud"),
        (["--log-format=xml", "greeter"], "Invalid log format: xml"),
        (["--workers=0", "greeter"], "--workers takes a number from 1 up, not '0'"),
    ],
)
def test_a_wrong_command_line_is_refused_with_a_sentence(
    plugin: Greeter, reactor: StoppingReactor, words: list[str], complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint):
        parsed(*words)


def test_an_unknown_reactor_is_refused(plugin: Greeter) -> None:
    with pytest.raises(UsageError, match=r"^Unknown reactor: steam$"):
        parsed("--reactor=steam", "greeter")


def test_a_reactor_that_does_not_work_here_is_refused(plugin: Greeter, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise ImportError("no steam")

    monkeypatch.setattr(_options, "installReactor", broken)

    with pytest.raises(UsageError, match=r"^The reactor steam does not work here: no steam$"):
        parsed("--reactor=steam", "greeter")


def test_the_reactor_is_installed_by_its_name_once(plugin: Greeter, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def install(name: str) -> str:
        asked.append(name)
        return name

    monkeypatch.setattr(_options, "installReactor", install)

    assert parsed("--reactor=poll", "greeter")["reactor"] == "poll"
    assert parsed("--reactor=poll", "greeter")["reactorName"] == "poll"
    assert parsed("greeter")["reactor"] == "default"
    assert asked == ["poll", "poll", "default"]


def test_a_reactor_that_the_services_module_has_imported_is_used(
    plugin: Greeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = StoppingReactor()
    options = plugin.options

    def importing() -> Options:
        monkeypatch.setitem(sys.modules, "twisted.internet.reactor", made)
        return options()

    monkeypatch.setattr(plugin, "options", importing)
    monkeypatch.setattr(_options, "installReactor", lambda name: pytest.fail("there is one"))

    assert parsed("greeter")["reactor"] is made


def test_levels_are_known_by_name(plugin: Greeter, reactor: StoppingReactor) -> None:
    assert parsed("greeter")["logLevel"] is LogLevel.info
    assert parsed("--log-level", "critical", "greeter")["logLevel"] is LogLevel.critical


def test_the_log_goes_to_standard_output_or_error_or_a_file(
    plugin: Greeter, reactor: StoppingReactor, tmp_path: Path
) -> None:
    assert parsed("greeter")["logFile"] is sys.stdout
    assert parsed("--log-file=-", "greeter")["logFile"] is sys.stdout
    assert parsed("--log-file=+", "greeter")["logFile"] is sys.stderr
    path = tmp_path / "log"
    path.write_text("before\n")
    with parsed("--log-file", str(path), "greeter")["logFile"] as file:
        file.write("after\n")
    assert path.read_text() == "before\nafter\n"


def test_a_log_file_that_cannot_be_opened_ends_the_program_with_74(
    plugin: Greeter, reactor: StoppingReactor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "no" / "log"
    with pytest.raises(SystemExit) as ended:
        parsed("--log-file", str(path), "greeter")

    assert ended.value.code == 74
    assert capsys.readouterr().err.startswith(f"Unable to open log file {str(path)!r}: [Errno 2]")


def test_the_log_is_text_on_a_terminal_and_json_elsewhere(
    plugin: Greeter, reactor: StoppingReactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert parsed("greeter")["fileLogObserverFactory"] is jsonFileLogObserver
    assert parsed("--log-format=TEXT", "greeter")["fileLogObserverFactory"] is textFileLogObserver
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert parsed("greeter")["fileLogObserverFactory"] is textFileLogObserver
    assert parsed("--log-format=json", "greeter")["fileLogObserverFactory"] is jsonFileLogObserver


def test_the_help_tells_what_can_be_chosen() -> None:
    text = " ".join(str(TwistOptions()).split())

    assert '(options: "debug", "info", "warn", "error", "critical"; default: "info")' in text
    assert '"epoll"' in text
    assert "plugin [plugin_options]" in text


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    from twisted.copyright import version

    with pytest.raises(SystemExit) as ended:
        parsed("--version")

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{version}\n"


# Running


def test_a_wrong_command_line_ends_the_program_with_64_and_shows_the_usage(
    plugin: Greeter, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        Twist.main(["twist", "nosuch"])

    assert ended.value.code == 64
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("Error: Unknown command: nosuch\n\nUsage: ")


def test_a_service_is_made_and_started_and_stopped_with_the_reactor(
    plugin: Greeter, reactor: StoppingReactor, log: Beginner
) -> None:
    Twist.main(["twist", "greeter", "--name=you"])

    [(service, name)] = plugin.made
    assert name == "you"
    assert reactor.ran
    assert service.running
    [(stop, _, _)] = reactor.triggers["before"]["shutdown"]
    stop()
    assert not service.running


def test_events_below_the_level_are_left_out(
    plugin: Greeter, reactor: StoppingReactor, log: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = io.StringIO()
    monkeypatch.setattr(sys, "stdout", seen)
    Twist.main(["twist", "--log-level=warn", "--log-format=text", "greeter"])
    [observer] = log.observers

    for level in (LogLevel.info, LogLevel.warn, LogLevel.error):
        observer(
            {"log_level": level, "log_namespace": "n", "log_format": "{what}", "what": level.name, "log_time": 0.0}
        )

    assert [line.rpartition(" ")[2] for line in seen.getvalue().splitlines()] == ["warn", "error"]


@pytest.mark.parametrize(
    "problem", [CannotListenError("", 80, OSError("taken")), OSError("no disk"), UsageError("no such thing")]
)
def test_what_a_user_can_mend_is_said_in_a_sentence(
    plugin: Greeter, reactor: StoppingReactor, capsys: pytest.CaptureFixture[str], problem: Exception
) -> None:
    plugin.problem = problem

    with pytest.raises(SystemExit) as ended:
        Twist.main(["twist", "greeter"])

    assert ended.value.code == 1
    assert capsys.readouterr().err == f"greeter cannot be started: {problem}\n"
    assert not reactor.ran


def test_a_fault_of_the_service_itself_keeps_its_traceback(plugin: Greeter, reactor: StoppingReactor) -> None:
    plugin.problem = ZeroDivisionError("a fault")

    with pytest.raises(ZeroDivisionError):
        Twist.main(["twist", "greeter"])


def test_a_service_says_how_the_program_ends(
    plugin: Greeter, reactor: StoppingReactor, log: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Service, "exit_status", 3, raising=False)

    with pytest.raises(SystemExit) as ended:
        Twist.main(["twist", "greeter"])

    assert ended.value.code == 3


def test_a_signal_that_ended_the_reactor_ends_the_process(
    plugin: Greeter, reactor: StoppingReactor, log: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(_twist, "end_by_signal", ended.append)
    Twist.main(["twist", "greeter"])
    assert ended == []

    reactor._exitSignal = 15
    Twist.main(["twist", "greeter"])
    assert ended == [15]


# The pidfile


def test_the_pidfile_is_there_while_the_reactor_runs(
    plugin: Greeter, reactor: StoppingReactor, log: Beginner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pid"
    found: list[str] = []
    monkeypatch.setattr(reactor, "run", lambda: found.append(path.read_text()))

    Twist.main(["twist", "--pidfile", str(path), "greeter"])

    assert found == [str(os.getpid())]
    assert not path.exists()


def test_the_pidfile_is_gone_before_a_signal_ends_the_process(
    plugin: Greeter, reactor: StoppingReactor, log: Beginner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pid"
    there: list[bool] = []
    monkeypatch.setattr(_twist, "end_by_signal", lambda number: there.append(path.exists()))
    reactor._exitSignal = 2

    Twist.main(["twist", "--pidfile", str(path), "greeter"])

    assert there == [False]


@pytest.mark.parametrize(
    ("content", "status", "complaint"),
    [("1", 78, "Already running: process 1, which "), ("a poem", 78, "Not started: ")],
)
def test_a_pidfile_of_somebody_else_is_left_alone(
    plugin: Greeter,
    reactor: StoppingReactor,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str,
    status: int,
    complaint: str,
) -> None:
    path = tmp_path / "pid"
    path.write_text(content)

    with pytest.raises(SystemExit) as ended:
        Twist.main(["twist", "--pidfile", str(path), "greeter"])

    assert ended.value.code == status
    assert capsys.readouterr().err.startswith(complaint)
    assert path.read_text() == content
    assert plugin.made == []


def test_a_pidfile_that_cannot_be_written_ends_the_program_with_74(
    plugin: Greeter, reactor: StoppingReactor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "no" / "pid"

    with pytest.raises(SystemExit) as ended:
        Twist.main(["twist", "--pidfile", str(path), "greeter"])

    assert ended.value.code == 74
    assert capsys.readouterr().err.startswith(f"Unable to write the pidfile {str(path)!r}: ")


# Workers and service managers


def test_workers_take_the_place_of_the_service(
    plugin: Greeter, reactor: StoppingReactor, log: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    from twisted.application._workers import manager

    parent = Service()
    asked: list[Any] = []

    def make_service(options: Any) -> Service:
        asked.append(options)
        return parent

    monkeypatch.setattr(manager, "make_service", make_service)

    Twist.main(["twist", "--workers=3", "greeter"])

    assert [options["workers"] for options in asked] == [3]
    assert parent.running
    assert plugin.made == []


def test_a_service_manager_is_told(
    plugin: Greeter, reactor: StoppingReactor, log: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    from twisted.application._workers import notify

    told: list[Any] = []
    monkeypatch.setattr(notify, "report", told.append)
    Twist.main(["twist", "greeter"])
    assert told == []

    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere")
    Twist.main(["twist", "greeter"])
    assert told == [reactor]


# How commands end


def test_a_message_goes_where_it_belongs(capsys: pytest.CaptureFixture[str]) -> None:
    for status, message in ((0, "well"), (3, "badly\n"), (0, "")):
        with pytest.raises(SystemExit) as ended:
            _ending.leave(status, message)
        assert ended.value.code == status

    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("well\n", "badly\n")
