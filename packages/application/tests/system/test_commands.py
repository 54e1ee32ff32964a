"""``twist`` and ``twistd`` as processes: how they end, and what they leave behind. The table is that of the manual."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# The longest that anything may take here, in seconds.
LIMIT = 30

# A service that leaves a file when it can be stopped by a signal: handlers stand before the reactor calls.
MARKING = """
import os
from twisted.application import service
from twisted.internet import reactor

class Marking(service.Service):
    def startService(self):
        super().startService()
        print("started", os.getpid())
        reactor.callWhenRunning(self.mark)

    def mark(self):
        with open("marking", "w") as file:
            file.write(str(os.getpid()))
        os.rename("marking", "started")

    def stopService(self):
        open("stopped", "w").close()
        return super().stopService()
"""
TAC = f"""{MARKING}
application = service.Application("good")
Marking().setServiceParent(application)
"""
BUSY = """
from twisted.application import service, strports
from twisted.internet.protocol import Factory
application = service.Application("busy")
strports.service("tcp:%d:interface=127.0.0.1", Factory()).setServiceParent(application)
"""
BROKEN = """
from twisted.application import service
application = service.Application("broken")
class Broken(service.Service):
    def startService(self):
        raise ZeroDivisionError("a fault")
Broken().setServiceParent(application)
"""

TWISTD = "from twisted.scripts.twistd import run; run()"
TWIST = "from twisted.application.twist._twist import Twist; Twist.main()"


class Place:
    """A folder in which commands run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes: list[subprocess.Popen[str]] = []

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return name

    def start(self, program: str, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *words],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "80"},
        )
        self._processes.append(process)
        return process

    def run(self, program: str, *words: str) -> tuple[int, str, str]:
        process = self.start(program, *words)
        out, err = process.communicate(timeout=LIMIT)
        return process.returncode, out, err

    def wait_for(self, name: str) -> Path:
        """Wait until a file is there, and has something in it."""
        path = self.folder / name
        end = time.monotonic() + LIMIT
        while not (path.exists() and path.stat().st_size):
            assert time.monotonic() < end, f"{name} did not come"
            time.sleep(0.01)
        return path

    def close(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.close()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


# twistd


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_services_and_ends_the_process_by_itself(place: Place, number: signal.Signals) -> None:
    place.write("it.tac", TAC)
    process = place.start(TWISTD, "-n", "-y", "it.tac")
    place.wait_for("started")
    assert (place.folder / "twistd.pid").read_text() == str(process.pid)

    process.send_signal(number)
    out, err = process.communicate(timeout=LIMIT)

    assert process.returncode == -number
    assert (place.folder / "stopped").exists()
    assert not (place.folder / "twistd.pid").exists()
    assert f"Received {number.name}, shutting down." in out
    assert "Server Shut Down." in out
    assert err == ""


def test_a_daemon_leaves_its_parent_when_the_services_have_started(place: Place) -> None:
    place.write("it.tac", TAC)

    status, out, err = place.run(TWISTD, "-y", "it.tac")

    assert (status, out, err) == (0, "", "")
    pid = int(place.wait_for("started").read_text())
    try:
        assert (place.folder / "twistd.pid").read_text() == str(pid)
        assert (place.folder / "twistd.pid").stat().st_mode & 0o777 == 0o600
        assert os.getsid(pid) not in (os.getsid(0), pid)
        os.kill(pid, signal.SIGUSR1)
        place.wait_for("twistd.log.1")
    finally:
        os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + LIMIT
    while (place.folder / "twistd.pid").exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    log = (place.folder / "twistd.log.1").read_text() + (place.folder / "twistd.log").read_text()
    assert f"started {pid}" in log
    assert "Received SIGTERM" in log


def test_a_daemon_that_cannot_start_says_so_through_its_parent(place: Place, taken: int) -> None:
    place.write("busy.tac", BUSY % taken)
    place.write("broken.tac", BROKEN)

    status, out, err = place.run(TWISTD, "-y", "busy.tac")
    assert (status, out) == (1, "")
    assert err.startswith(f"An error has occurred: not started: Couldn't listen on 127.0.0.1:{taken}: ")
    assert err.endswith("\nPlease look at log file for more information.\n")
    assert not (place.folder / "twistd.pid").exists()

    status, out, err = place.run(TWISTD, "-y", "broken.tac")
    assert status == 1
    assert err.startswith("An error has occurred: ZeroDivisionError: a fault\n")
    assert "Traceback" in (place.folder / "twistd.log").read_text()


def test_a_port_in_use_takes_one_sentence(place: Place, taken: int) -> None:
    place.write("busy.tac", BUSY % taken)

    status, out, err = place.run(TWISTD, "-ny", "busy.tac")

    assert status == 1
    assert err.startswith(f"twistd: not started: Couldn't listen on 127.0.0.1:{taken}: ")
    assert "Traceback" not in out + err
    assert not (place.folder / "twistd.pid").exists()


def test_a_fault_in_a_service_keeps_its_traceback(place: Place) -> None:
    place.write("broken.tac", BROKEN)

    status, out, err = place.run(TWISTD, "-ny", "broken.tac")

    assert status == 1
    assert "ZeroDivisionError: a fault" in out + err
    assert not (place.folder / "twistd.pid").exists()


def test_a_stale_pidfile_is_replaced(place: Place) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    place.write("twistd.pid", str(gone.pid))
    place.write("it.tac", TAC)
    process = place.start(TWISTD, "-ny", "it.tac")
    place.wait_for("started")

    assert (place.folder / "twistd.pid").read_text() == str(process.pid)
    process.terminate()
    out, _ = process.communicate(timeout=LIMIT)
    assert "Removing stale pidfile" in out


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(str(os.getpid()), f"Another twistd server is running, PID {os.getpid()}\n"), ("abc", "Pidfile ")],
)
def test_a_pidfile_of_somebody_else_stops_us(place: Place, content: str, complaint: str) -> None:
    place.write("twistd.pid", content)
    place.write("it.tac", TAC)

    status, out, err = place.run(TWISTD, "-ny", "it.tac")

    assert (status, out) == (1, "")
    assert err.startswith(complaint)
    assert (place.folder / "twistd.pid").read_text() == content
    assert not (place.folder / "started").exists()


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (["--bad"], 1, "option --bad not recognized"),
        (["nosuch"], 1, "Unknown command: nosuch"),
        (["-n", "--reactor=steam", "-y", "it.tac"], 1, "The specified reactor does not exist: 'steam'."),
        (["-n", "--uid=nosuchuser", "-y", "it.tac"], 1, "there is no user 'nosuchuser' here"),
        (["-n", "--gid=nosuchgroup", "-y", "it.tac"], 1, "there is no group 'nosuchgroup' here"),
        (["-n", "--umask=9", "-y", "it.tac"], 1, "invalid literal for int() with base 8: '9'"),
        (["-n", "--profile=x", "--profiler=zz", "-y", "it.tac"], 1, "Unsupported profiler name: zz"),
        (["-n", "--rundir=/nonexistent", "-y", "it.tac"], 1, "No such file or directory: '/nonexistent'"),
        (["-ny", "missing.tac"], 1, "Failed to load application: "),
        (["-l", "-", "-y", "it.tac"], 1, "Daemons cannot log to stdout, exiting!"),
        (["--version"], 0, "twistd (the Twisted daemon) "),
        (["--help"], 0, "Usage: twistd [options]"),
        ([], 0, "Usage: twistd [options]"),
        (["--help-reactors"], 0, "    asyncio\t"),
    ],
)
def test_a_wrong_command_line_ends_with_a_sentence(place: Place, words: list[str], status: int, complaint: str) -> None:
    place.write("it.tac", TAC)

    ended, out, err = place.run(TWISTD, *words)

    assert ended == status
    assert complaint in out + err
    assert "Traceback" not in (out + err) or words == ["-ny", "missing.tac"]


def test_the_application_runs_elsewhere_with_another_mask_and_under_a_profiler(place: Place) -> None:
    (place.folder / "there").mkdir()
    place.write("it.tac", TAC)
    words = ["-n", "--rundir=there", "--umask=027", "--profile=figures", "--logfile=it.log", "-y", "it.tac"]
    process = place.start(TWISTD, *words)
    place.wait_for("there/started")

    assert (place.folder / "there" / "started").stat().st_mode & 0o777 == 0o640
    process.terminate()
    assert process.communicate(timeout=LIMIT) == ("", "")
    assert "function calls" in (place.folder / "there" / "figures").read_text()
    # The log is opened before the folder is changed.
    assert "started" in (place.folder / "it.log").read_text()


@pytest.mark.skipif(os.getuid() != 0 if hasattr(os, "getuid") else True, reason="only root can become somebody else")
def test_privileges_are_given_up(place: Place) -> None:
    place.folder.chmod(0o777)
    for parent in place.folder.parents[:3]:
        if parent.stat().st_uid == os.getuid():
            parent.chmod(parent.stat().st_mode | 0o011)
    place.write(
        "it.tac",
        TAC.replace('started", os.getpid()', 'user", os.getuid(), os.getgid(), "e", os.geteuid()'),
    )
    process = place.start(TWISTD, "-n", "--uid=65534", "--gid=65534", "--pidfile=", "-y", "it.tac")
    place.wait_for("started")
    process.terminate()
    out, err = process.communicate(timeout=LIMIT)

    assert "user 65534 65534 e 65534" in out, out + err
    assert "set uid/gid 65534/65534" in out


def test_an_application_is_saved_when_it_was_loaded_from_a_file(place: Place) -> None:
    place.write("marking.py", MARKING)
    make = (
        "from twisted.application import service; from twisted.persisted import sob; from marking import Marking; "
        "a = service.Application('kept'); Marking().setServiceParent(a); "
        "sob.IPersistable(a).save(filename='twistd.tap')"
    )
    assert place.run(make)[0] == 0
    process = place.start(TWISTD, "-n")
    place.wait_for("started")
    process.terminate()
    out, _ = process.communicate(timeout=LIMIT)

    assert "Saving kept application to kept-shutdown.tap..." in out
    assert (place.folder / "kept-shutdown.tap").exists()


# twist


def listening_port(process: subprocess.Popen[str]) -> int:
    """Read a log up to where it tells the port."""
    assert process.stdout is not None
    for line in process.stdout:
        if "ProxyFactory starting on " in line:
            return int(line.rpartition(" ")[2])
    raise AssertionError("it ended before it listened")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_twist_ends_by_the_signal_it_got(place: Place, number: signal.Signals) -> None:
    words = ["--log-format=text", "--pidfile=twist.pid", "portforward", "--port=tcp:0:interface=127.0.0.1"]
    process = place.start(TWIST, *words, "--host=127.0.0.1", "--dest_port=1")
    port = listening_port(process)
    with socket.create_connection(("127.0.0.1", port), LIMIT) as client:
        # Nobody listens on port 1. That we are told so means that the reactor runs.
        assert client.recv(1) == b""
    assert (place.folder / "twist.pid").read_text() == str(process.pid)

    process.send_signal(number)
    out, err = process.communicate(timeout=LIMIT)

    assert process.returncode == -number
    assert "Main loop terminated." in out
    assert err == ""
    assert not (place.folder / "twist.pid").exists()


def test_twist_says_in_a_sentence_that_a_port_is_taken(place: Place, taken: int) -> None:
    status, out, err = place.run(TWIST, "portforward", f"--port=tcp:{taken}:interface=127.0.0.1")

    assert (status, out) == (1, "")
    assert err.startswith(f"portforward cannot be started: Couldn't listen on 127.0.0.1:{taken}: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (["--bad"], 64, "Error: option --bad not recognized\n"),
        (["nosuch"], 64, "Error: Unknown command: nosuch\n"),
        (["--reactor=steam", "portforward"], 64, "Error: Unknown reactor: steam\n"),
        (["portforward", "--bad"], 64, "Error: option --bad not recognized\n"),
        (["portforward", "extra"], 64, "Error: Wrong number of arguments.\n"),
        ([], 64, "Error: No plugin specified.\n"),
        (["--log-file=/nonexistent/x", "portforward"], 74, "Unable to open log file '/nonexistent/x': "),
        (["--help"], 0, "Usage: "),
    ],
)
def test_twist_refuses_a_wrong_command_line(place: Place, words: list[str], status: int, complaint: str) -> None:
    ended, out, err = place.run(TWIST, *words)

    assert ended == status
    assert (err if status else out).startswith(complaint)
    assert (out if status else err) == ""


def test_a_plugin_that_cannot_be_imported_is_reported_and_the_others_are_there(place: Place) -> None:
    plugins = place.folder / "twisted" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "broken.py").write_text("raise ZeroDivisionError('a fault of a plugin')\n")

    status, out, err = place.run(f"import sys; sys.path.insert(0, {str(place.folder)!r}); {TWIST}", "--help")

    assert status == 0
    assert "portforward" in out
    assert "a fault of a plugin" in err


@pytest.mark.parametrize("words", [[], ["--reactor=select"]])
def test_a_service_whose_module_imports_the_reactor_runs(place: Place, words: list[str]) -> None:
    (place.folder / "twisted" / "plugins").mkdir(parents=True)
    place.write(
        "twisted/plugins/early.py",
        "from twisted.application.service import ServiceMaker\n"
        "early = ServiceMaker('Early', 'early_service', 'Comes early.', 'early')\n",
    )
    place.write(
        "early_service.py",
        f"{MARKING}\nfrom twisted.python.usage import Options\ndef makeService(options):\n    return Marking()\n",
    )

    process = place.start(f"import sys; sys.path.insert(0, {str(place.folder)!r}); {TWIST}", *words, "early")
    place.wait_for("started")
    process.terminate()
    _, err = process.communicate(timeout=LIMIT)

    assert (process.returncode, err) == (-signal.SIGTERM, "")


def test_bytes_are_forwarded_both_ways(place: Place, taken: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as target:
        words = [
            "--log-format=text",
            "portforward",
            "--port=tcp:0:interface=127.0.0.1",
            "--host=127.0.0.1",
            f"--dest_port={target.getsockname()[1]}",
        ]
        process = place.start(TWIST, *words)
        port = listening_port(process)
        target.settimeout(LIMIT)
        with socket.create_connection(("127.0.0.1", port), LIMIT) as client:
            client.sendall(b"there")
            server: Any
            server, _ = target.accept()
            with server:
                assert server.recv(5) == b"there"
                server.sendall(b"back")
                assert client.recv(4) == b"back"
        process.terminate()
        process.communicate(timeout=LIMIT)


# pyhtmlizer


def test_a_program_becomes_a_page(place: Place) -> None:
    program = "from twisted.scripts.htmlizer import run; run()"
    place.write("it.py", "x = '<b>'  # é\n")

    assert place.run(program, "-s", 'a"b.css', "it.py") == (0, "", "")

    page = (place.folder / "it.py.html").read_text(encoding="utf-8")
    assert "<title>it.py</title>" in page
    assert '<link rel="stylesheet" href="a&quot;b.css" type="text/css" />' in page
    assert '<span class="py-src-comment"># é</span>' in page
    assert page.endswith("</body>")
    assert place.run(program)[0] == 1
    status, _, err = place.run(program, "missing.py")
    assert (status, err.startswith("pyhtmlizer: ")) == (1, True)


ROOTED = """
import os
from twisted.application import service
from twisted.internet import reactor

class Looking(service.Service):
    def startService(self):
        super().startService()
        print("seen", os.getcwd(), sorted(os.listdir("/")), os.getuid(), os.getgid())
        reactor.callWhenRunning(reactor.stop)

application = service.Application("rooted")
Looking().setServiceParent(application)
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may change its root: be root")
def test_another_root_is_taken_before_privileges_are_given_up(place: Place) -> None:
    place.write("it.tac", ROOTED)
    jail = place.folder / "jail"
    (jail / "inside").mkdir(parents=True)
    jail.chmod(0o777)

    status, out, err = place.run(
        TWISTD,
        "-n",
        "-y",
        "it.tac",
        f"--chroot={jail}",
        "--rundir=/",
        "--pidfile=/it.pid",
        "--uid=65534",
        "--gid=65534",
    )

    assert (status, err) == (0, "")
    assert "seen / ['inside', 'it.pid'] 65534 65534" in out and not (jail / "it.pid").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may change its root: be root")
def test_a_daemon_in_a_root_without_devices_says_so_and_ends(place: Place) -> None:
    place.write("it.tac", ROOTED)
    jail = place.folder / "jail"
    jail.mkdir()

    status, _, err = place.run(TWISTD, "-y", "it.tac", f"--chroot={jail}", "--rundir=/", "--pidfile=/it.pid")

    assert status == 1 and "not started: " in err and "/dev/null" in err
    assert list(jail.iterdir()) == []
