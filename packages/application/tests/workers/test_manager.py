"""The parent, as a service."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from twisted.application._workers import manager
from twisted.application._workers.listening import Sockets
from twisted.application._workers.manager import Manager, reopen
from twisted.application._workers.supervising import Supervisor, Worker
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ReactorNotRunning
from twisted.internet.testing import MemoryReactorClock
from twisted.python.systemd import ListenFDs


class Reactor(MemoryReactorClock):
    """A reactor that can be asked to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.stops = 0

    def run(self) -> None:
        super().run()
        # It ends with what would be called then.
        self.stops = 0

    def stop(self) -> None:
        self.stops += 1
        if self.stops > 1:
            raise ReactorNotRunning

    def callFromThread(self, function: Callable[..., object], *args: object, **kwargs: object) -> None:
        function(*args, **kwargs)


class Notes:
    """A notifier that writes down what it is to tell."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args: self.told.append(name)


class NoSockets(Sockets):
    """Sockets that are closed when somebody says so."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> Deferred[None]:
        self.closed += 1
        return succeed(None)


class Parent:
    """A manager of two workers on paper."""

    def __init__(self, log_file: Any = None) -> None:
        self.reactor = Reactor()
        self.notes = Notes()
        self.sockets = NoSockets()
        self.workers: list[Worker] = []
        self.signals: list[str] = []
        notifier: Any = self.notes

        def supervised(steady: Callable[[], None], hopeless: Callable[[str], None]) -> Supervisor:
            self.supervisor = Supervisor(self.reactor, 2, 9, self.launch, steady, hopeless)
            return self.supervisor

        self.manager = Manager(self.reactor, supervised, self.sockets, notifier, log_file)

    def launch(self, worker: Worker) -> None:
        self.workers.append(worker)
        number = len(self.workers)
        worker.pid = number
        worker.signal = lambda name: self.signals.append(f"{name} {number}")

    def begun(self) -> Parent:
        self.manager.startService()
        self.reactor.run()
        for worker in list(self.workers):
            self.supervisor.ready(worker)
        return self

    def end(self) -> Any:
        ending = self.manager.stopService()
        for worker in self.supervisor.workers:
            self.supervisor.gone(worker, "has ended with status 0")
        return ending


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Whatever happens, the handlers of this process are put back."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_workers_start_when_the_reactor_runs() -> None:
    parent = Parent()

    parent.manager.startService()
    assert parent.workers == []
    parent.reactor.run()

    assert [worker.number for worker in parent.workers] == [1, 2]
    assert parent.notes.told == ["keep_alive"]


def test_a_service_that_was_stopped_before_that_starts_none() -> None:
    parent = Parent()
    parent.manager.startService()
    parent.manager.stopService()

    parent.reactor.run()

    assert parent.workers == []


def test_systemd_hears_that_all_serve_and_that_they_leave() -> None:
    parent = Parent().begun()
    assert parent.notes.told == ["keep_alive", "ready"]

    ending = parent.end()

    assert ending.called
    assert parent.notes.told == ["keep_alive", "ready", "stopping", "stop"]
    assert parent.sockets.closed == 1


def test_the_sockets_are_closed_after_the_last_worker_has_left() -> None:
    parent = Parent().begun()

    ending = parent.manager.stopService()
    parent.supervisor.gone(parent.workers[0], "has ended with status 0")
    assert (parent.sockets.closed, ending.called) == (0, False)
    parent.supervisor.gone(parent.workers[1], "has ended with status 0")

    assert (parent.sockets.closed, ending.called) == (1, True)


def test_a_worker_that_died_is_no_news_for_systemd() -> None:
    parent = Parent().begun()

    parent.supervisor.gone(parent.workers[0], "was killed by signal 9")
    parent.reactor.advance(0)
    parent.supervisor.ready(parent.workers[2])

    assert parent.notes.told == ["keep_alive", "ready"]


def test_hup_replaces_the_workers_and_systemd_hears_of_it() -> None:
    parent = Parent().begun()

    os.kill(os.getpid(), signal.SIGHUP)
    assert parent.notes.told[2:] == ["reloading"]
    parent.supervisor.ready(parent.workers[2])
    assert parent.notes.told[2:] == ["reloading"]
    parent.supervisor.ready(parent.workers[3])

    assert parent.notes.told[2:] == ["reloading", "ready"]
    assert parent.signals == ["TERM 1", "TERM 2"]
    parent.end()


@pytest.mark.parametrize(("number", "sent"), [(signal.SIGTERM, "TERM"), (signal.SIGINT, "INT")])
def test_a_signal_that_ends_us_is_passed_on_when_the_service_stops(number: int, sent: str) -> None:
    seen: list[int] = []
    parent = Parent()
    signal.signal(number, lambda number, frame: seen.append(number))
    parent.begun()

    os.kill(os.getpid(), number)
    assert seen == [number]
    parent.manager.stopService()

    assert parent.signals == [f"{sent} 1", f"{sent} 2"]


@pytest.mark.parametrize("handler", [signal.SIG_DFL, signal.default_int_handler])
def test_without_a_handler_of_the_reactor_the_reactor_is_stopped(handler: Any) -> None:
    parent = Parent()
    signal.signal(signal.SIGINT, handler)
    parent.begun()

    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)

    assert parent.reactor.stops == 2
    parent.end()
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_second_signal_hurries_them() -> None:
    parent = Parent()
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    parent.begun()
    os.kill(os.getpid(), signal.SIGTERM)
    parent.manager.stopService()

    os.kill(os.getpid(), signal.SIGTERM)

    assert parent.signals == ["TERM 1", "TERM 2", "INT 1", "INT 2"]


def test_hup_during_the_end_does_nothing() -> None:
    parent = Parent().begun()
    parent.manager.stopService()

    os.kill(os.getpid(), signal.SIGHUP)

    assert len(parent.workers) == 2
    assert "reloading" not in parent.notes.told


def test_the_handlers_that_were_there_are_put_back() -> None:
    def mine(number: int, frame: object) -> None:
        """A handler of the program's."""

    signal.signal(signal.SIGHUP, mine)
    parent = Parent().begun()
    assert signal.getsignal(signal.SIGHUP) is not mine

    parent.end()

    assert signal.getsignal(signal.SIGHUP) is mine


def test_if_the_first_worker_dies_the_program_ends_with_status_1() -> None:
    parent = Parent()
    parent.manager.startService()
    parent.reactor.run()
    assert parent.manager.exit_status == 0

    parent.supervisor.gone(parent.workers[0], "has ended with status 2")
    assert (parent.manager.exit_status, parent.reactor.stops) == (1, 1)
    parent.manager.stopService()

    assert parent.signals == ["TERM 2"]


def test_without_systemd_nobody_is_told() -> None:
    parent = Parent()
    parent.manager._notifier = None

    parent.begun()
    os.kill(os.getpid(), signal.SIGHUP)
    parent.end()

    assert parent.notes.told == []


def options(reactor: Any, **more: Any) -> Any:
    class Options(dict[str, Any]):
        argv = ["--workers=2", "shop"]

    return Options(reactor=reactor, workers=2, **more)


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What launchers are made of, and which workers they start."""
    made: list[Any] = []

    class Launcher:
        def __init__(self, *args: Any) -> None:
            made.append(args)

        def launch(self, worker: Worker, supervisor: Supervisor) -> None:
            made.append((worker.number, supervisor))

    monkeypatch.setattr(manager, "Launcher", Launcher)
    for name in ("NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        monkeypatch.delenv(name, raising=False)
    return made


def test_a_command_line_makes_a_parent_of_as_many_workers(launched: list[Any]) -> None:
    reactor = Reactor()

    made = manager.make_service(options(reactor, gracefulTimeout=4.0))
    made.startService()
    reactor.run()

    (given_reactor, line, grace, sockets, inherited, names), *workers = launched
    assert (given_reactor, line, grace, inherited, list(names)) == (
        reactor,
        ["twist", "--workers=2", "shop"],
        4.0,
        [],
        [],
    )
    assert isinstance(sockets, Sockets)
    assert [number for number, _ in workers] == [1, 2]
    assert {supervisor for _, supervisor in workers} == {made._supervisor}
    made._give_signals_back()


def test_a_command_line_may_be_given_and_has_half_a_minute(launched: list[Any]) -> None:
    manager.make_service(options(Reactor()), ["other", "x"])

    assert launched[0][1:3] == (["other", "x"], 30.0)


def test_sockets_of_systemds_are_kept_from_programs_that_we_start(
    launched: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as given:
        given.bind(("127.0.0.1", 0))
        os.set_inheritable(given.fileno(), True)
        passed = ListenFDs([given.fileno()], ("web",))
        monkeypatch.setattr(ListenFDs, "fromEnvironment", lambda: passed)

        manager.make_service(options(Reactor()))

        assert not os.get_inheritable(given.fileno())
        assert launched[0][4] == [given.fileno()]
        assert list(launched[0][5]) == ["web"]


# The log


def test_usr1_opens_the_log_anew(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("a") as file:
        parent = Parent(file).begun()
        file.write("before ")
        log.rename(tmp_path / "old")
        os.kill(os.getpid(), signal.SIGUSR1)
        file.write("after")
        parent.end()

    assert (tmp_path / "old").read_text() == "before "
    assert log.read_text() == "after"


def test_what_is_appended_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("first ")
    with log.open("a") as file:
        reopen(file)
        file.write("second")

    assert log.read_text() == "first second"


class Unnamed:
    """Standard output, or a pipe."""

    def __init__(self, name: object) -> None:
        self.name = name


@pytest.mark.parametrize("name", ["<stdout>", 1, None])
def test_a_log_that_is_no_file_stays(name: object, logged: list[Any]) -> None:
    parent = Parent(Unnamed(name)).begun()
    logged.clear()

    os.kill(os.getpid(), signal.SIGUSR1)

    assert [event["log_format"] for event in logged] == ["the log is no file that could be opened anew"]
    parent.end()


def test_a_log_that_cannot_be_opened_anew_goes_on_as_it_was(tmp_path: Path, logged: list[Any]) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with (folder / "log").open("a") as file:
        parent = Parent(file).begun()
        folder.rename(tmp_path / "moved")
        logged.clear()
        os.kill(os.getpid(), signal.SIGUSR1)
        file.write("still")
        parent.end()

    assert logged[0]["log_level"].name == "error"
    assert (tmp_path / "moved" / "log").read_text() == "still"
