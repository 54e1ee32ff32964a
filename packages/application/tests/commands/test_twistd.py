"""What ``twistd`` does around an application, where there are users and daemons and where there are none."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twisted.application import service
from twisted.application.runner._pidfile import PidFile
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock
from twisted.scripts import _twistd_plain

unix = pytest.importorskip("twisted.scripts._twistd_unix", reason="there are no users here", exc_type=ImportError)


class Steps(service.Service):
    """Notes what is asked of it, and what the process is like then."""

    def __init__(self, steps: list[object]) -> None:
        self.steps = steps

    def privilegedStartService(self) -> None:
        self.steps.append("privileged")

    def startService(self) -> None:
        super().startService()
        self.steps.append("started")


class Logger:
    """Takes the log's place."""

    def __init__(self, options: Any) -> None:
        self._log = self
        self.said: list[str] = []

    def info(self, text: str, **words: object) -> None:
        self.said.append(text.format(**words))

    def critical(self, text: str, **words: object) -> None:
        self.said.append(text.format(**words))

    def failure(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def steps() -> list[object]:
    return []


@pytest.fixture
def reactor(monkeypatch: pytest.MonkeyPatch, steps: list[object]) -> MemoryReactorClock:
    import twisted.internet

    made = MemoryReactorClock()
    monkeypatch.setattr(made, "run", lambda: steps.append("ran"))
    monkeypatch.setattr(twisted.internet, "reactor", made, raising=False)
    return made


Make = Callable[..., Any]


@pytest.fixture
def make(steps: list[object], reactor: MemoryReactorClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Make:
    """Make a runner of an application with one service; nothing outside of this process is touched."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(unix.UnixApplicationRunner, "loggerFactory", Logger)
    monkeypatch.setattr(unix, "switchUID", lambda *who: steps.append(("switched", *who)))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "getegid", lambda: 0)

    def make(*words: str, uid: int | None = None, gid: int | None = None) -> Any:
        options = unix.ServerOptions()
        options.parseOptions(["-n", "--pidfile=", *words])
        runner = unix.UnixApplicationRunner(options)
        runner.application = service.Application("it", uid, gid)
        Steps(steps).setServiceParent(runner.application)
        return runner

    return make


@pytest.mark.parametrize(
    ("words", "of_application", "switched"),
    [
        ([], (None, None), []),
        (["--uid=7", "--gid=8"], (None, None), [("switched", 7, 8, False)]),
        (["--uid=7", "--gid=8", "--euid"], (None, None), [("switched", 7, 8, True)]),
        (["--uid=7", "--gid=8"], (1, 2), [("switched", 7, 8, False)]),
        ([], (1, 2), [("switched", 1, 2, False)]),
        (["--gid=8"], (1, 2), [("switched", 1, 8, False)]),
        (["--gid=8"], (None, None), [("switched", None, 8, False)]),
        (["--uid=0", "--gid=8"], (None, None), [("switched", 0, 8, False)]),
        (["--uid=0"], (None, None), []),
        (["--uid=0", "--gid=0"], (None, None), []),
    ],
)
def test_who_it_becomes_is_said_by_options_or_else_by_the_application(
    make: Make,
    steps: list[object],
    words: list[str],
    of_application: tuple[int | None, int | None],
    switched: list[object],
) -> None:
    runner = make(*words, uid=of_application[0], gid=of_application[1])

    runner.startApplication(runner.application)

    # Ports are bound before, all else is done after.
    assert steps == ["privileged", *switched, "started"]


def test_a_user_without_a_group_has_its_own(make: Make, steps: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    monkeypatch.setattr(pwd, "getpwuid", lambda uid: pwd.struct_passwd(("x", "x", uid, uid + 100, "", "", "")))
    runner = make("--uid=7")

    runner.startApplication(runner.application)

    assert steps == ["privileged", ("switched", 7, 107, False), "started"]
    assert runner.logger.said == ["set uid/gid 7/107"]


@pytest.mark.parametrize(("words", "kind"), [(["--gid=8"], "uid/gid"), (["--gid=8", "--euid"], "euid/egid")])
def test_privileges_that_cannot_be_given_up_end_the_program(
    make: Make, steps: list[object], monkeypatch: pytest.MonkeyPatch, words: list[str], kind: str
) -> None:
    def refuse(*who: object) -> None:
        raise PermissionError(1, "no")

    runner = make("--uid=7", *words)
    monkeypatch.setattr(unix, "switchUID", refuse)

    with pytest.raises(SystemExit) as ended:
        runner.startApplication(runner.application)

    assert ended.value.code == f"failed to set {kind} 7/8 (are you root?): [Errno 1] no"
    assert steps == ["privileged"]


def test_the_place_is_taken_before_anything_starts(
    make: Make, steps: list[object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "chroot", lambda path: steps.append(("root", path)))
    monkeypatch.setattr(os, "chdir", lambda path: steps.append(("folder", path)))
    monkeypatch.setattr(os, "umask", lambda mask: steps.append(("mask", mask)))
    runner = make(f"--pidfile={tmp_path / 'pid'}", "--chroot=/there", "--umask=027")

    runner.startApplication(runner.application)

    assert steps == [("root", "/there"), ("folder", "/"), ("mask", 0o27), "privileged", "started"]
    assert (tmp_path / "pid").read_text() == str(os.getpid())
    runner.removePID()
    assert not (tmp_path / "pid").exists()


def test_a_folder_within_the_new_root_can_be_named(
    make: Make, steps: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "chroot", lambda path: steps.append(("root", path)))
    monkeypatch.setattr(os, "chdir", lambda path: steps.append(("folder", path)))
    monkeypatch.setattr(os, "umask", lambda mask: steps.append(("mask", mask)))

    runner = make("--chroot=/there", "--rundir=/srv")
    runner.startApplication(runner.application)

    assert steps == [("root", "/there"), ("folder", "/srv"), "privileged", "started"]


@pytest.mark.parametrize(("words", "mask"), [([], 0o77), (["--umask=022"], 0o22)])
def test_a_daemons_files_are_its_own_unless_that_is_said(
    make: Make, steps: list[object], monkeypatch: pytest.MonkeyPatch, words: list[str], mask: int
) -> None:
    class Status:
        def started(self) -> None:
            steps.append("told")

    monkeypatch.setattr(unix, "daemonize", lambda reactor: Status())
    monkeypatch.setattr(os, "umask", lambda mask: steps.append(("mask", mask)))
    runner = make(*words)
    runner.config["nodaemon"] = False

    runner.postApplication()

    assert steps == [("mask", mask), "privileged", "started", "told", "ran"]


@pytest.mark.parametrize("problem", [CannotListenError("", 80, OSError(98, "taken")), OSError(5, "broken")])
def test_what_a_user_can_mend_is_said_in_a_sentence(make: Make, problem: Exception, tmp_path: Path) -> None:
    class Broken(service.Service):
        def startService(self) -> None:
            raise problem

    runner = make(f"--pidfile={tmp_path / 'pid'}")
    runner._oldstderr = io.StringIO()
    Broken().setServiceParent(runner.application)

    with pytest.raises(SystemExit) as ended:
        runner.postApplication()

    assert ended.value.code == 1
    assert runner._oldstderr.getvalue() == f"twistd: not started: {problem}\n"
    assert runner.logger.said == [f"not started: {problem}"]
    assert not (tmp_path / "pid").exists()


def test_before_there_is_an_application_it_is_seen_whether_it_runs(make: Make, tmp_path: Path) -> None:
    PidFile(str(tmp_path / "pid")).write()
    (tmp_path / "pid").write_text(str(os.getppid()))
    runner = make(f"--pidfile={tmp_path / 'pid'}")

    with pytest.raises(SystemExit, match=f"Another twistd server is running, PID {os.getppid()}\n"):
        runner.preApplication()

    (tmp_path / "pid").unlink()
    runner.preApplication()
    assert runner.config["nodaemon"]
    make().preApplication()


def test_a_debugger_needs_the_terminal(make: Make) -> None:
    runner = make()
    runner.config["nodaemon"], runner.config["debug"] = False, True

    runner.preApplication()

    assert runner.config["nodaemon"] is True


# Where there are neither users nor daemons


def test_elsewhere_it_runs_in_the_foreground(
    steps: list[object], reactor: MemoryReactorClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_twistd_plain.PlainApplicationRunner, "loggerFactory", Logger)
    options = _twistd_plain.ServerOptions()
    options.parseOptions([])
    runner = _twistd_plain.PlainApplicationRunner(options)
    runner.application = service.Application("it")
    Steps(steps).setServiceParent(runner.application)

    runner.preApplication()
    runner.postApplication()

    assert options["nodaemon"] is True
    assert steps == ["privileged", "started", "ran"]


@pytest.mark.parametrize("module", [unix, _twistd_plain])
def test_the_version_is_told(module: Any) -> None:
    from twisted.copyright import copyright, version

    shown = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        module.ServerOptions(stdout=shown).parseOptions(["--version"])

    assert ended.value.code == 0
    assert shown.getvalue() == f"twistd (the Twisted daemon) {version}\n{copyright}\n"
    assert module.ServerOptions().stdout is sys.stdout


def test_the_log_goes_to_syslog_with_its_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    from twisted.logger import globalLogPublisher
    from twisted.python import syslog

    told: list[Any] = []
    monkeypatch.setattr(syslog.SyslogObserver, "openlog", lambda self, *how: told.append(how))
    monkeypatch.setattr(syslog.SyslogObserver, "syslog", lambda self, *what: told.append(what))
    options = unix.ServerOptions()
    options.parseOptions(["--syslog", "--prefix=shop", "--logfile=nowhere"])
    observer = unix.UnixAppLogger(options)._getLogObserver()
    observer({"message": ("open",), "isError": 0, "system": "till", "time": 0.0})

    assert told[0][0] == "shop" and told[1][-1] == "[till] open" and len(told) == 2
    assert unix.ServerOptions()["prefix"] == "twisted" and globalLogPublisher is not None
