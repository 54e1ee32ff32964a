"""Programs that answer requests, as real processes: what goes wrong with them ends them, and leaves nothing behind."""

from __future__ import annotations

import os
import sys
import threading
import time
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import pytest

from .conftest import TELLING, Serve

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="what a process has open is seen on Linux")

SITE = (
    TELLING
    + """
    from twisted.web import twcgi
    from twisted.web._twcgi import processes

    # No test has time for more.
    processes._GRACE = 0.3
    twcgi.CGIScript.timeOut = {patience}

    def children():
        # The kernel's list of a task's children may leave some out while others end.
        return str(sum(parent(number) == str(os.getpid()) for number in os.listdir("/proc") if number.isdigit()))

    def parent(number):
        try:
            with open("/proc/" + number + "/stat") as file:
                return file.read().rpartition(")")[2].split()[1]
        except OSError:
            return ""

    def pipes():
        return str(sum(link(number).startswith("pipe:") for number in os.listdir("/proc/self/fd")))

    def link(number):
        try:
            return os.readlink("/proc/self/fd/" + number)
        except OSError:
            return ""

    root = resource.Resource()
    root.putChild(b"cgi", twcgi.CGIDirectory({folder!r}))
    root.putChild(b"log", Told(log))
    root.putChild(b"children", Told(children))
    root.putChild(b"pipes", Told(pipes))
"""
)

ECHO = """
    import os, sys
    size = int(os.environ.get("CONTENT_LENGTH") or 0)
    body = sys.stdin.buffer.read()
    sys.stdout.write(f"Content-Type: text/x\\nX-Size: {size}\\nX-Method: {os.environ['REQUEST_METHOD']}\\n\\n")
    sys.stdout.flush()
    sys.stdout.buffer.write(body)
"""


class World:
    def __init__(self, folder: Path, serve: Serve) -> None:
        self.folder, self.serve = folder, serve
        self.port = 0

    def run(self, program: str, patience: float | None = 30) -> World:
        path = self.folder / "x.cgi"
        lines = program.strip("\n").split("\n")
        margin = len(lines[0]) - len(lines[0].lstrip())
        path.write_text(f"#!{sys.executable}\n" + "\n".join(line[margin:] for line in lines))
        path.chmod(0o755)
        self.port = self.serve(SITE.format(folder=str(self.folder), patience=patience))
        self.pipes = self.tell("pipes")
        return self

    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=20)

    def tell(self, what: str) -> str:
        connection = self.connection()
        connection.request("GET", f"/{what}")
        told = connection.getresponse().read().decode()
        connection.close()
        return told

    def wait_until_gone(self) -> None:
        """Wait until there is no process, dead or alive, and no pipe more than before the first."""
        until = time.monotonic() + 20
        while (self.tell("children"), self.tell("pipes")) != ("0", self.pipes):
            assert time.monotonic() < until, (self.tell("children"), self.tell("pipes"), self.pipes, self.tell("log"))
            threading.Event().wait(0.02)


@pytest.fixture
def world(tmp_path: Path, serve: Serve) -> World:
    folder = tmp_path / "cgi"
    folder.mkdir()
    return World(folder, serve)


@pytest.mark.parametrize("size", [0, 10, 3_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_body_of_a_post_is_passed_to_the_program(world: World, size: int, chunked: bool) -> None:
    world.run(ECHO)
    body = os.urandom(size)
    connection = world.connection()
    for _ in range(2):
        if chunked:
            pieces = [body[at : at + 100_000] for at in range(0, size, 100_000)]
            connection.request("POST", "/cgi/x.cgi", iter(pieces), encode_chunked=True)
        else:
            connection.request("POST", "/cgi/x.cgi", body)
        answer = connection.getresponse()

        assert (answer.status, answer.getheader("X-Size"), answer.getheader("X-Method")) == (200, str(size), "POST")
        assert answer.read() == body
    connection.close()
    world.wait_until_gone()
    assert world.tell("log") == ""


def test_a_program_need_not_read_the_body(world: World) -> None:
    world.run("""
        import os
        os.close(0)
        print("Content-Type: text/plain")
        print()
        print("I know enough")
    """)
    connection = world.connection()
    connection.request("POST", "/cgi/x.cgi", bytes(3_000_000))

    assert connection.getresponse().read() == b"I know enough\n"
    connection.close()
    world.wait_until_gone()


@pytest.mark.parametrize("last", ["os._exit(3)", "os.kill(os.getpid(), 9)"])
def test_a_program_that_dies_before_it_answers_is_an_error_of_the_server(world: World, last: str) -> None:
    world.run(f"""
        import os
        print("Content-Type: text/plain", flush=True)
        {last}
    """)
    connection = world.connection()
    for _ in range(2):
        connection.request("GET", "/cgi/x.cgi")
        answer = connection.getresponse()
        assert answer.status == 500 and b"Premature end of script headers" in answer.read()
    connection.close()
    world.wait_until_gone()


@pytest.mark.parametrize("length", ["", "Content-Length: 10"])
def test_a_program_that_dies_within_its_answer_ends_the_connection(world: World, length: str) -> None:
    world.run(f"""
        import os
        print("Content-Type: text/plain")
        {f"print({length!r})" if length else ""}
        print()
        print("begun", end="", flush=True)
        os.kill(os.getpid(), 9)
    """)
    connection = world.connection()
    connection.request("GET", "/cgi/x.cgi")
    answer = connection.getresponse()

    with pytest.raises(IncompleteRead) as caught:
        answer.read()
    assert caught.value.partial in (b"begun", b"")
    connection.close()
    world.wait_until_gone()


def test_a_silent_program_is_ended(world: World) -> None:
    world.run("import signal; signal.pause()", patience=0.3)
    connection = world.connection()
    connection.request("GET", "/cgi/x.cgi")
    answer = connection.getresponse()

    assert answer.status == 504 and b"in time" in answer.read()
    connection.close()
    world.wait_until_gone()
    assert "wrote nothing for 0.3 seconds" in world.tell("log")


@pytest.mark.parametrize("obeys", [True, False])
def test_a_program_whose_client_goes_is_ended(world: World, obeys: bool) -> None:
    world.run(f"""
        import signal
        {"" if obeys else "signal.signal(signal.SIGTERM, signal.SIG_IGN)"}
        print("Content-Type: text/plain")
        print()
        print("begun", flush=True)
        while True:
            signal.pause()
    """)
    connections = [world.connection() for _ in range(3)]
    for connection in connections:
        connection.request("GET", "/cgi/x.cgi")
        assert connection.getresponse().read(5) == b"begun"
    assert world.tell("children") == "3"
    for connection in connections:
        connection.close()

    world.wait_until_gone()
    assert world.tell("log").count("does not end when it is told to") == (0 if obeys else 3)


def test_a_program_that_writes_without_end_goes_with_its_client(world: World) -> None:
    world.run("""
        import sys
        print("Content-Type: text/plain")
        print()
        while True:
            sys.stdout.write("x" * 65536)
    """)
    connection = world.connection()
    connection.request("GET", "/cgi/x.cgi")
    answer = connection.getresponse()
    assert answer.read(1_000_000) == b"x" * 1_000_000
    assert world.tell("children") == "1"
    connection.close()

    world.wait_until_gone()


def test_a_header_without_end_is_an_error_and_ends_the_program(world: World) -> None:
    world.run("""
        import sys
        while True:
            sys.stdout.write("X-Y: " + "x" * 65536)
    """)
    connection = world.connection()
    connection.request("GET", "/cgi/x.cgi")
    answer = connection.getresponse()

    assert answer.status == 500 and answer.read()
    connection.close()
    world.wait_until_gone()


def test_a_bad_header_does_not_reach_the_client(world: World) -> None:
    world.run(r"""
        import sys
        lines = [b"Status: 200 a\rSet-Cookie: evil", b"Content-Length: -1", b"X-A: b\rX-Evil: c\0d"]
        lines += [b"no field", b"B B: c"]
        sys.stdout.buffer.write(b"\n".join(lines) + b"\nTransfer-Encoding: x\nContent-Type: text/x\n\nbody")
    """)
    connection = world.connection()
    for _ in range(2):
        connection.request("GET", "/cgi/x.cgi")
        answer = connection.getresponse()
        names = {name.lower() for name, _ in answer.getheaders()}
        assert (answer.status, answer.reason, answer.read()) == (200, "OK", b"body")
        assert names == {"content-type", "x-a", "transfer-encoding", "server", "date"}
        assert answer.getheader("X-A") == "b X-Evil: c d"
    connection.close()
    world.wait_until_gone()


def test_what_cannot_be_started_is_an_error_of_the_server(world: World) -> None:
    world.run("")
    (world.folder / "x.cgi").chmod(0o644)
    connection = world.connection()
    connection.request("GET", "/cgi/x.cgi")

    assert connection.getresponse().status == 500
    connection.close()
    world.wait_until_gone()
