"""A worker's process, from its orders to its end, without the process."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from twisted.application._workers import worker
from twisted.application._workers.control import READY, Orders, line_of
from twisted.application._workers.processes import WorkerProcess
from twisted.application._workers.sharing import Asking, Sharing
from twisted.application._workers.supervising import Worker
from twisted.application.twist._twist import Twist
from twisted.internet.error import CannotListenError
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import Logger, LogLevel, eventAsText
from twisted.python.failure import Failure
from twisted.python.usage import UsageError

SIGNALS = (signal.SIGHUP, signal.SIGUSR1, signal.SIGTERM, signal.SIGINT)


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a worker does to its process is undone in this one."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Reactor(MemoryReactorClock):
    """A reactor that notes when it is to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.stops = 0
        self.adoptStreamPort: Any = None

    def stop(self) -> None:
        self.stops += 1

    def callFromThread(self, function: Callable[..., object], *args: object, **kwargs: object) -> None:
        function(*args, **kwargs)


class Watched:
    """What a worker shares, and what it asks, on paper."""

    def __init__(self) -> None:
        self.starting = True
        self.told: list[str] = []
        self.leaving: list[tuple[float, Callable[[], None]]] = []
        self.gone: Callable[[], None] | None = None

    def leave(self, grace: float, done: Callable[[], None]) -> None:
        self.leaving.append((grace, done))

    def watch(self, reactor: object, gone: Callable[[], None]) -> None:
        self.gone = gone

    def ready(self) -> None:
        self.told.append("ready" if not self.starting else "too early")


@pytest.fixture
def reactor() -> Reactor:
    made = Reactor()
    made.running = True
    return made


@pytest.fixture
def watched(reactor: Reactor) -> Watched:
    made = Watched()
    either: Any = made
    worker._serve(reactor, 7.5, either, either)
    return made


def test_it_tells_that_it_is_ready_when_its_service_has_started(watched: Watched) -> None:
    assert watched.told == ["ready"]
    assert not watched.starting


def test_term_makes_it_leave_and_stop_then(watched: Watched, reactor: Reactor) -> None:
    os.kill(os.getpid(), signal.SIGTERM)

    ((grace, done),) = watched.leaving
    assert (grace, reactor.stops) == (7.5, 0)
    done()
    assert reactor.stops == 1


def test_int_stops_it_at_once(watched: Watched, reactor: Reactor) -> None:
    os.kill(os.getpid(), signal.SIGINT)

    assert (watched.leaving, reactor.stops) == ([], 1)


def test_what_stops_already_is_not_stopped_again(watched: Watched, reactor: Reactor) -> None:
    reactor.running = False

    os.kill(os.getpid(), signal.SIGINT)

    assert reactor.stops == 0


def test_without_its_parent_it_leaves(watched: Watched) -> None:
    assert watched.gone is not None
    watched.gone()

    assert [grace for grace, _ in watched.leaving] == [7.5]


# Its log


def test_the_log_is_written_to_the_pipe_as_lines_of_json() -> None:
    reading, writing = os.pipe()
    pipe = worker._Pipe(writing)
    observer = worker._observer(pipe)

    observer({"log_level": LogLevel.info, "log_format": "h\u00e9 {x}", "x": 3, "log_time": 1.0})
    observer({"log_level": LogLevel.warn, "log_time": 2.0})
    os.close(writing)

    with open(reading, encoding="utf-8") as lines:
        first, second = (json.loads(line) for line in lines)
    assert (first["x"], first["log_format"]) == (3, "h\u00e9 {x}")
    assert second["log_time"] == 2.0


def test_an_exception_keeps_its_text_and_its_traceback_on_the_way_to_the_parent() -> None:
    lines: list[bytes] = []
    passed: list[Any] = []
    heard = WorkerProcess(Clock(), Worker(5, 0), 4, lambda why: None, passed.append)
    keep: Any = lambda event: lines.append(worker._as_line(event).encode())  # noqa: E731  (Any: it observes)
    try:
        raise ValueError("no such thing")
    except ValueError:
        failure = Failure()
    Logger("shop", observer=keep).failure("while {doing}", failure, doing="selling")

    heard.childDataReceived(4, lines[0])

    (event,) = passed
    text = eventAsText(event)
    assert "[worker 5 shop#critical] while selling" in text
    assert "test_an_exception_keeps_its_text" not in text.splitlines()[0]
    assert "builtins.ValueError: no such thing" in text
    assert "test_worker.py" in text
    # The failure itself is as it was.
    assert isinstance(failure.value, ValueError)


def test_more_than_a_pipe_takes_at_once_is_written_all_the_same() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        pipe = worker._Pipe(theirs.fileno())

        pipe.write("x" * 1000)
        pipe.flush()
        assert len(ours.recv(2000)) == 1000

        # The other end is gone: nobody reads it, and nobody need know.
        ours.close()
        pipe.write("y")
    assert pipe.encoding == "utf-8"


# From the orders on


class Options(dict[str, Any]):
    """Options as twist has them."""

    subCommand = "shop"
    subOptions = "its options"

    def __init__(self, reactor: Reactor) -> None:
        super().__init__(reactor=reactor, workers=3, logFile=sys.stdout, pidFile="pid")
        self.plugins = {"shop": "the plugin"}


class Command:
    """Twist, whose parts note what they are given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reactor = Reactor()
        self.given = Options(self.reactor)
        self.calls: list[tuple[Any, ...]] = []
        self.trouble: BaseException | None = None
        for name in ("options", "service", "startService", "run"):
            monkeypatch.setattr(Twist, name, staticmethod(getattr(self, name)))

    def options(self, argv: list[str]) -> Options:
        self.calls.append(("options", argv))
        return self.given

    def service(self, plugin: object, options: object) -> str:
        self.calls.append(("service", plugin, options, self.given["workers"]))
        return "the service"

    def startService(self, reactor: object, service: object) -> None:
        self.calls.append(("start", service, reactor is self.reactor))
        if self.trouble is not None:
            raise self.trouble

    def run(self, options: Options) -> None:
        self.calls.append(("run", options["fileLogObserverFactory"], type(options["logFile"])))


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    made = Command(monkeypatch)
    for name in ("adapt", "__init__"):
        monkeypatch.setattr(Sharing, name, lambda *args: None)
    return made


def test_it_runs_the_command_line_of_its_orders_as_one_process(command: Command) -> None:
    asking: Any = None

    worker._run(Orders(["twist", "shop"], [], 1.0), asking, worker._Pipe(-1))

    assert command.calls == [
        ("options", ["twist", "shop"]),
        ("service", "the plugin", "its options", 0),
        ("start", "the service", True),
        ("run", worker._observer, worker._Pipe),
    ]
    ((hook, args, _),) = command.reactor.whenRunningHooks
    assert hook is worker._serve
    assert args[:2] == (command.reactor, 1.0)


def test_it_does_not_hold_the_parents_log_file(command: Command, tmp_path: Any) -> None:
    asking: Any = None
    with (tmp_path / "log").open("w") as file:
        command.given["logFile"] = file

        worker._run(Orders(["twist"]), asking, worker._Pipe(-1))

        assert file.closed
    assert not sys.stdout.closed


@pytest.mark.parametrize(
    "trouble", [CannotListenError("", 80, OSError(98, "in use")), OSError(2, "no file"), UsageError("what?")]
)
def test_trouble_that_users_can_mend_is_told_in_a_sentence(command: Command, trouble: Exception) -> None:
    asking: Any = None
    command.trouble = trouble

    with pytest.raises(SystemExit) as ended:
        worker._run(Orders(["twist"]), asking, worker._Pipe(-1))

    assert ended.value.code == f"shop cannot be started: {trouble}"
    assert command.calls[-1][0] == "start"


class Pair:
    """The two descriptors that a worker begins with, and the parent's end of the first."""

    def __init__(self) -> None:
        self.ours, theirs = socket.socketpair()
        log, _ = self.rest = os.pipe()
        # They lie beside each other, above all that is open here.
        self.control = 200
        os.dup2(theirs.fileno(), self.control)
        os.dup2(log, self.control + 1)
        theirs.close()

    def close(self) -> None:
        self.ours.close()
        for descriptor in (*self.rest, self.control + 1):
            os.close(descriptor)


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    made = Pair()
    # Only those two are looked at: the others are this process's own.
    inheritable = os.set_inheritable
    monkeypatch.setattr(os, "set_inheritable", lambda fd, flag: inheritable(fd, flag) if fd >= made.control else None)
    yield made
    made.close()


def test_it_takes_its_orders_and_its_place(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[Any, ...]] = []
    monkeypatch.setattr(worker, "_run", lambda *args: ran.append(args))
    orders = Orders(["twist", "x"], ["/somewhere"], 2.0, ["web", "api"])
    pair.ours.sendall(line_of(orders))
    monkeypatch.setattr(sys, "argv", ["-c", str(pair.control), "worker-1"])
    os.set_inheritable(pair.control, True)
    os.set_inheritable(pair.control + 1, True)

    worker.main()

    ((given, asking, log),) = ran
    assert given == orders
    assert sys.path == ["/somewhere"]
    assert sys.argv == ["twist", "x"]
    assert os.environ["LISTEN_PID"] == str(os.getpid())
    assert (os.environ["LISTEN_FDS"], os.environ["LISTEN_FDNAMES"]) == ("2", "web:api")
    assert not os.get_inheritable(pair.control)
    assert not os.get_inheritable(pair.control + 1)
    assert log._descriptor == pair.control + 1
    # What is for the parent does not end a worker, and an early interrupt does without a word.
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGUSR1)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    assert isinstance(asking, Asking)
    asking.ready()
    assert pair.ours.recv(100) == READY + b"\n"
    asking._connection.close()


def test_without_sockets_of_systemds_the_environment_says_nothing(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[Any, ...]] = []
    monkeypatch.setattr(worker, "_run", lambda *args: ran.append(args))
    pair.ours.sendall(line_of(Orders(["twist"], ["/x"])))
    monkeypatch.setattr(sys, "argv", ["-c", str(pair.control)])

    worker.main()

    assert "LISTEN_FDS" not in os.environ
    ran[0][1]._connection.close()


def test_without_orders_it_ends(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["-c", str(pair.control)])
    pair.ours.shutdown(socket.SHUT_WR)

    with pytest.raises(SystemExit, match="no orders: the parent is gone"):
        worker.main()
