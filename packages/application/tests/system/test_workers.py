"""``twist --workers`` with real processes: what clients and the service manager see of it."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

# The longest that anything may take here, in seconds: nothing that goes well takes nearly as long.
LIMIT = 40

PLUGIN = """
from twisted.application.service import ServiceMaker
pids = ServiceMaker("pids", "serves_pids", "says who it is", "pids")
"""

SERVICE = """
import os, sys
from twisted.application import service, strports
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import Logger
from twisted.python import usage

log = Logger("pids")

class Options(usage.Options):
    optParameters = [["port", "p", "tcp:0:interface=127.0.0.1", "Where."], ["broken", None, "", "A file."]]

class Who(Protocol):
    def dataReceived(self, data):
        from twisted.internet import reactor
        log.info("asked for {what}", what=data.decode())
        if data == b"pid":
            self.answer()
        elif data == b"exit":
            os._exit(3)
        elif data == b"port":
            # As a service does that is to be reached itself: this worker, and no other.
            made = reactor.listenTCP(0, Factory.forProtocol(Who), interface="127.0.0.1")
            self.transport.write(b"%d %d" % (made.getHost().port, os.getpid()))
            self.transport.loseConnection()
        elif data == b"slow":
            reactor.callLater(1.0, self.answer)

    def answer(self):
        self.transport.write(b"%d" % os.getpid())
        self.transport.loseConnection()

class Told(service.Service):
    def __init__(self, options):
        self.broken = options["broken"]

    def startService(self):
        super().startService()
        if self.broken and os.path.exists(self.broken):
            raise RuntimeError("the service is broken")
        print("printed by", os.getpid())
        os.write(1, b"written to 1\\n")
        os.write(2, b"written to 2\\n")

def makeService(options):
    made = service.MultiService()
    Told(options).setServiceParent(made)
    strports.service(options["port"], Factory.forProtocol(Who)).setServiceParent(made)
    return made
"""

RUN = "import sys; sys.argv[0] = 'twist'; from twisted.application.twist._twist import Twist; Twist.main()"


class Systemd:
    """Hears what is told to a service manager."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:])
        self._socket.settimeout(LIMIT)

    def hears(self) -> str:
        return self._socket.recv(4096).decode()

    def hears_but(self, *uninteresting: str) -> str:
        """The next message that is none of those."""
        while (message := self.hears()) in uninteresting:
            pass
        return message

    def close(self) -> None:
        self._socket.close()


class Running:
    """A program that was started."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        environ: dict[str, str] | None = None,
        through: tuple[str, int] | None = None,
    ) -> None:
        plugins = folder / "twisted" / "plugins"
        if not plugins.exists():
            plugins.mkdir(parents=True)
            (plugins / "pids_plugin.py").write_text(PLUGIN)
            (folder / "serves_pids.py").write_text(SERVICE)
        self.log = folder / "log"
        self.log.touch()
        path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))
        before = [sys.executable, "-c", RUN]
        if through is not None:
            before = [sys.executable, "-c", through[0], str(through[1]), RUN]
        self.process = subprocess.Popen(
            [*before, "--log-file", str(self.log), "--log-format=text", *arguments],
            env={**os.environ, "PYTHONPATH": path, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            pass_fds=() if through is None else through[1:],
        )

    def workers(self) -> list[int]:
        """The processes that are its children."""
        with suppress(FileNotFoundError):
            listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
            return [int(pid) for pid in listed.split()]
        return []

    def wait_for(self, reached: Callable[[], Any]) -> Any:
        """Wait until something is so."""
        until = time.monotonic() + LIMIT
        while time.monotonic() < until:
            if value := reached():
                return value
            if self.process.poll() is not None:
                break
            # Between two looks at another process.
            select_for(0.02)
        raise AssertionError(f"it did not come to that:\n{self.log.read_text()}\n{self.remains()}")

    def replaced(self, victim: int) -> None:
        """Wait until another worker has the place of one."""
        self.wait_for(lambda: len(self.workers()) == 2 and victim not in self.workers())

    def logged(self, text: str, count: int = 1) -> None:
        """Wait until the log has a text so many times."""
        self.wait_for(lambda: self.log.read_text().count(text) >= count)

    def remains(self) -> str:
        if self.process.poll() is None:
            return "(it still runs)"
        assert self.process.stdout is not None
        return self.process.stdout.read().decode()

    def ends(self) -> int:
        return self.process.wait(LIMIT)

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def close(self) -> None:
        for pid in [*self.workers(), self.process.pid]:
            if self.process.poll() is None:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.process.wait(LIMIT)
        assert self.process.stdout is not None
        self.process.stdout.close()


def select_for(seconds: float) -> None:
    import select

    select.select([], [], [], seconds)


def free_port(host: str = "127.0.0.1", family: int = socket.AF_INET) -> int:
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def ask(port: int, what: bytes = b"pid", host: str = "127.0.0.1") -> int:
    """Ask who answers, on a new connection."""
    return int(ask_all(port, what, host))


def ask_all(port: int, what: bytes, host: str = "127.0.0.1") -> bytes:
    with socket.create_connection((host, port), LIMIT) as client:
        client.sendall(what)
        return b"".join(iter(lambda: client.recv(4096), b""))


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Running] = []

    def begin(*arguments: str, **others: Any) -> Running:
        started.append(Running(tmp_path, *arguments, **others))
        return started[-1]

    yield begin
    for each in started:
        each.close()


@pytest.fixture
def systemd() -> Iterator[Systemd]:
    made = Systemd(f"@twisted-test-{secrets.token_hex(8)}")
    yield made
    made.close()


def serving(start: Start, count: int = 2, *more: str, **others: Any) -> tuple[Running, int]:
    """Workers that all serve."""
    port = free_port()
    running = start(f"--workers={count}", *more, "pids", f"--port=tcp:{port}:interface=127.0.0.1", **others)
    running.logged("all workers are ready")
    return running, port


class Client(threading.Thread):
    """Connects again and again, and counts what goes wrong."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._over = threading.Event()
        self.answered: dict[int, int] = {}
        self.refused: list[OSError] = []
        self.broken: list[str] = []

    def run(self) -> None:
        while not self._over.is_set():
            try:
                client = socket.create_connection(("127.0.0.1", self._port), LIMIT)
            except OSError as problem:
                self.refused.append(problem)
                continue
            with client:
                try:
                    client.sendall(b"pid")
                    answer = client.recv(100)
                except OSError as problem:
                    self.broken.append(repr(problem))
                    continue
                if answer:
                    self.answered[int(answer)] = self.answered.get(int(answer), 0) + 1
                else:
                    self.broken.append("closed without an answer")

    def stop(self) -> None:
        self._over.set()
        self.join(LIMIT)
        assert not self.is_alive()

    def __enter__(self) -> Client:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


# The proof


def test_while_a_worker_is_killed_nobody_is_refused_and_only_what_it_had_accepted_breaks(start: Start) -> None:
    running, port = serving(start)
    victim, survivor = running.workers()
    # So much the victim may have accepted: one connection of each client at a time.
    with Client(port) as first, Client(port) as second, Client(port) as third:
        clients = [first, second, third]
        running.wait_for(lambda: all(sum(client.answered.values()) > 50 for client in clients))
        os.kill(victim, signal.SIGKILL)
        running.logged("all workers are ready", 1)
        running.replaced(victim)
        counts = [sum(client.answered.values()) for client in clients]
        running.wait_for(
            lambda: all(
                sum(client.answered.values()) > count + 100 for client, count in zip(clients, counts, strict=True)
            )
        )

    assert [client.refused for client in clients] == [[], [], []]
    assert all(len(client.broken) <= 1 for client in clients)
    assert "was killed by signal 9" in running.log.read_text()
    assert survivor in running.workers()


def test_connections_that_wait_in_the_socket_survive_the_death_of_all_workers(start: Start) -> None:
    running, port = serving(start)
    workers = running.workers()
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    waiting = [socket.create_connection(("127.0.0.1", port), LIMIT) for _ in range(10)]
    for client in waiting:
        client.sendall(b"pid")

    for pid in workers:
        os.kill(pid, signal.SIGKILL)

    answers = {int(client.recv(100)) for client in waiting}
    for client in waiting:
        client.close()
    assert answers
    assert not answers & set(workers)


def test_during_a_rolling_restart_not_one_connection_is_refused_or_broken(start: Start) -> None:
    running, port = serving(start)
    before = running.workers()
    with Client(port) as first, Client(port) as second:
        for count in (2, 3):
            running.signal(signal.SIGHUP)
            running.logged("all workers are ready", count)
        running.wait_for(lambda: len(running.workers()) == 2)
        after = running.workers()
        running.wait_for(lambda: all(first.answered.get(pid, 0) + second.answered.get(pid, 0) > 20 for pid in after))

    assert (first.refused, second.refused) == ([], [])
    assert (first.broken, second.broken) == ([], [])
    assert not set(before) & set(after)
    assert sum(first.answered.values()) > 100


# What runs is finished


def test_term_lets_them_finish_and_stops_accepting(start: Start) -> None:
    running, port = serving(start)
    workers = running.workers()
    with socket.create_connection(("127.0.0.1", port), LIMIT) as client:
        client.sendall(b"slow")
        running.logged("asked for slow")

        running.signal(signal.SIGTERM)

        assert int(client.recv(100)) in workers
    running.ends()
    with pytest.raises(ConnectionRefusedError):
        ask(port)
    assert running.log.read_text().count("Main loop terminated") == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_does_not_end_is_cut_when_the_time_is_over_or_at_once(start: Start, number: int) -> None:
    running, port = serving(start, 2, "--graceful-timeout=1" if number == signal.SIGTERM else "--graceful-timeout=1000")
    with socket.create_connection(("127.0.0.1", port), LIMIT) as client:
        client.sendall(b"wait")
        running.logged("asked for wait")

        running.signal(number)

        assert client.recv(100) == b""
    running.ends()


def test_a_second_term_waits_no_longer(start: Start) -> None:
    running, port = serving(start, 1, "--graceful-timeout=1000")
    with socket.create_connection(("127.0.0.1", port), LIMIT) as client:
        client.sendall(b"wait")
        running.logged("asked for wait")
        running.signal(signal.SIGTERM)
        running.logged("leaving when 1 connections are over")

        running.signal(signal.SIGTERM)

        assert client.recv(100) == b""
    running.ends()


def test_when_the_parent_is_killed_the_workers_leave(start: Start) -> None:
    running, port = serving(start)
    workers = running.workers()
    with socket.create_connection(("127.0.0.1", port), LIMIT) as client:
        client.sendall(b"slow")
        running.logged("asked for slow")

        running.signal(signal.SIGKILL)
        running.process.wait(LIMIT)

        assert int(client.recv(100)) in workers
    # Their pipes are closed when the last has left.
    assert running.process.stdout is not None
    running.process.stdout.read()


# Failures


def test_a_worker_that_exits_is_replaced(start: Start) -> None:
    running, port = serving(start, 1)
    (former,) = running.workers()

    assert ask_all(port, b"exit") == b""

    assert ask(port) != former
    running.logged("worker 1 has ended with status 3")


def test_a_service_that_cannot_start_ends_the_program_with_status_1(start: Start, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()

    running = start("--workers=2", "pids", f"--broken={tmp_path / 'broken'}")

    assert running.ends() == 1
    text = running.log.read_text()
    assert "no worker could be started" in text
    assert "the service is broken" in text


def test_a_port_in_use_ends_the_program_with_status_1(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        running = start("--workers=2", "pids", f"--port=tcp:{taken.getsockname()[1]}:interface=127.0.0.1")

        assert running.ends() == 1
    text = running.log.read_text()
    assert "pids cannot be started: Couldn't listen on 127.0.0.1" in text
    assert "Address already in use" in text
    assert "Traceback" not in text


def test_a_rolling_restart_to_a_broken_service_leaves_the_old_one_serving(start: Start, tmp_path: Path) -> None:
    port = free_port()
    broken = tmp_path / "broken"
    running = start("--workers=2", "pids", f"--port=tcp:{port}:interface=127.0.0.1", f"--broken={broken}")
    running.logged("all workers are ready")
    before = running.workers()
    broken.touch()

    running.signal(signal.SIGHUP)
    running.logged("the rolling restart is given up")
    running.wait_for(lambda: running.workers() == before)
    assert ask(port) in before

    broken.unlink()
    running.signal(signal.SIGHUP)
    running.wait_for(lambda: len(running.workers()) == 2 and not set(before) & set(running.workers()))


# One pidfile and one log


def test_there_is_one_pidfile_with_the_parents_number(start: Start, tmp_path: Path) -> None:
    running, _ = serving(start, 2, f"--pidfile={tmp_path / 'pid'}")

    assert int((tmp_path / "pid").read_text()) == running.process.pid
    running.signal(signal.SIGHUP)
    running.logged("all workers are ready", 2)
    assert int((tmp_path / "pid").read_text()) == running.process.pid
    running.signal(signal.SIGTERM)
    running.ends()
    assert not (tmp_path / "pid").exists()


def test_all_that_workers_say_is_in_one_log_with_their_number(start: Start) -> None:
    running, port = serving(start)

    pid = ask(port)

    running.logged("asked for pid")
    running.logged("written to 2", 2)
    running.logged("written to 1", 2)
    text = running.log.read_text()
    number = running.workers().index(pid) + 1
    assert f"[worker {number} pids#info] asked for pid" in text
    assert f"printed by {pid}" in text
    assert "[worker 1 stdout#info] written to 1" in text
    assert "[worker 2 stderr#warn] written to 2" in text


def test_a_log_of_json_has_the_number_as_a_field(start: Start) -> None:
    running, port = serving(start, 2, "--log-format=json")

    ask(port)

    running.logged("asked for")
    events = [json.loads(line.lstrip("\x1e")) for line in running.log.read_text().splitlines() if line.strip("\x1e")]
    (asked,) = [event for event in events if event.get("what") == "pid"]
    assert asked["worker"] in (1, 2)
    assert asked["log_namespace"] == "pids"


def test_usr1_opens_the_log_anew(start: Start, tmp_path: Path) -> None:
    running, port = serving(start)
    running.log.rename(tmp_path / "old")
    running.log.touch()

    running.signal(signal.SIGUSR1)
    running.logged("opened anew")
    ask(port)

    running.logged("asked for pid")
    assert "all workers are ready" in (tmp_path / "old").read_text()


# Sockets


def test_ports_of_ipv6_and_paths_are_shared(start: Start, tmp_path: Path) -> None:
    port = free_port("::1", socket.AF_INET6)
    running = start("--workers=2", "pids", rf"--port=tcp:{port}:interface=\:\:1")
    running.logged("all workers are ready")
    assert ask(port, host="::1") in running.workers()
    running.signal(signal.SIGTERM)
    running.ends()

    path = tmp_path / "path"
    running = start("--workers=2", "pids", f"--port=unix:{path}")
    running.logged("all workers are ready", 2)
    for _ in range(2):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"pid")
            answered = int(client.recv(100))
            assert answered in running.workers()
        os.kill(answered, signal.SIGKILL)
        running.replaced(answered)
    running.signal(signal.SIGTERM)
    running.ends()
    assert not path.exists()


def test_a_port_that_is_opened_later_is_one_workers_own(start: Start) -> None:
    _, port = serving(start)

    for _ in range(4):
        own, pid = map(int, ask_all(port, b"port").split())
        assert ask(own) == pid


def test_it_works_on_other_reactors(start: Start) -> None:
    running, port = serving(start, 2, "--reactor=asyncio")

    assert ask(port) in running.workers()
    running.signal(signal.SIGHUP)
    running.logged("all workers are ready", 2)
    assert ask(port)
    running.signal(signal.SIGTERM)
    running.ends()


# systemd


def test_systemd_hears_of_it_all(start: Start, systemd: Systemd) -> None:
    environ = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "400000"}
    port = free_port()
    running = start("--workers=2", "pids", f"--port=tcp:{port}:interface=127.0.0.1", environ=environ)

    assert systemd.hears() == "WATCHDOG=1"
    assert systemd.hears_but("WATCHDOG=1") == "READY=1\nSTATUS=2 workers serve"
    assert systemd.hears() == "WATCHDOG=1"
    before = time.clock_gettime(time.CLOCK_MONOTONIC)
    running.signal(signal.SIGHUP)
    first, moment, _ = systemd.hears_but("WATCHDOG=1").split("\n")
    assert first == "RELOADING=1"
    assert before <= int(moment.removeprefix("MONOTONIC_USEC=")) / 1e6 <= time.clock_gettime(time.CLOCK_MONOTONIC)
    assert systemd.hears_but("WATCHDOG=1").startswith("READY=1\n")
    running.signal(signal.SIGTERM)
    assert systemd.hears_but("WATCHDOG=1").startswith("STOPPING=1\n")
    running.ends()


def test_one_process_reports_to_systemd_too(start: Start, systemd: Systemd) -> None:
    running = start("pids", environ={"NOTIFY_SOCKET": systemd.address})

    assert systemd.hears() == "READY=1"
    running.signal(signal.SIGTERM)
    assert systemd.hears() == "STOPPING=1"
    running.ends()


@pytest.mark.parametrize("endpoint", ["tcp:{port}:interface=127.0.0.1", "systemd:domain=INET:index=0"])
def test_sockets_of_systemds_are_used(tmp_path: Path, start: Start, endpoint: str) -> None:
    with socket.socket() as given:
        given.bind(("127.0.0.1", 0))
        given.listen()
        port = given.getsockname()[1]
        # A program that becomes twist, since only it knows its own process id.
        shell = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ.update(LISTEN_PID=str(os.getpid()), "
            "LISTEN_FDS='1', LISTEN_FDNAMES='web'); os.execv(sys.executable, [sys.executable, '-c', *sys.argv[2:]])"
        )
        begin = f"--port={endpoint.format(port=port)}"
        running = start("--workers=2", "pids", begin, through=(shell, given.fileno()))
        running.logged("all workers are ready")

        assert ask(port) in running.workers()
        victim, _ = running.workers()
        os.kill(victim, signal.SIGKILL)
        running.replaced(victim)
        assert ask(port) in running.workers()
        running.signal(signal.SIGTERM)
        running.ends()
        # It is systemd's: it goes on listening.
        with socket.create_connection(("127.0.0.1", port), LIMIT):
            pass
