"""Programs that have a connection as their input and output."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.selectreactor import SelectReactor
from twisted.logger import globalLogPublisher
from twisted.runner.inetd import InetdFactory
from twisted.runner.inetdconf import InetdService


def turn_until(reactor: Any, reached: Callable[[], object], turns: int = 2000) -> None:
    """Let the loop turn until something is so, in at most 20 seconds."""
    for _ in range(turns):
        if reached():
            return
        reactor.iterate(0.01)
    raise AssertionError("it did not come to that")


class Inetd:
    """A server of one program, and a client of it."""

    def __init__(self) -> None:
        self.reactor: Any = SelectReactor()
        self.factory: Any = None
        self.client = socket.socket()
        self.received = b""
        self.ended = False
        self.port: Any = None

    def serve(self, *command: str, user: int | None = None, group: int | None = None) -> None:
        service: Any = InetdService("x", 0, "stream", "tcp", "nowait", "", None, command[0], list(command))
        service.user, service.group = user, group
        self.factory = InetdFactory(service)
        self.factory.noisy = False
        self.port = self.reactor.listenTCP(0, self.factory, interface="127.0.0.1")
        self.client.connect(("127.0.0.1", self.port.getHost().port))
        self.client.setblocking(False)

    def read(self) -> None:
        with suppress(BlockingIOError):
            data = self.client.recv(65536)
            self.received += data
            self.ended = not data

    def until_end(self) -> bytes:
        """Everything up to the end of the stream."""

        def over() -> bool:
            self.read()
            return self.ended

        turn_until(self.reactor, over)
        return self.received

    def close(self) -> None:
        self.client.close()
        stopped: list[object] = []
        self.port.stopListening().addCallback(stopped.append)
        # Programs are waited for, or they would be left to whoever comes next.
        turn_until(self.reactor, lambda: stopped)


@pytest.fixture
def inetd() -> Iterator[Inetd]:
    made = Inetd()
    yield made
    made.close()


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    events: list[Any] = []
    keep: Any = events.append
    globalLogPublisher.addObserver(keep)
    yield events
    globalLogPublisher.removeObserver(keep)


def test_the_client_sees_the_end_when_the_program_ends(inetd: Inetd) -> None:
    inetd.serve("/bin/sh", "-c", "echo out; echo err >&2; exit 3")

    assert inetd.until_end() == b"out\nerr\n"


def test_the_program_reads_what_the_client_sends_from_the_first_byte(inetd: Inetd) -> None:
    inetd.serve("/bin/cat")
    inetd.client.sendall(b"a" * 10000)
    inetd.client.shutdown(socket.SHUT_WR)

    assert inetd.until_end() == b"a" * 10000


def test_what_the_program_leaves_running_keeps_the_connection(inetd: Inetd) -> None:
    # The first program ends at once; what it started in the background answers later.
    inetd.serve("/bin/sh", "-c", "exec 4<&0; (read line <&4; echo heard $line) & exit 0")
    for _ in range(30):
        inetd.reactor.iterate(0.01)
        inetd.read()
    assert (inetd.received, inetd.ended) == (b"", False)

    inetd.client.sendall(b"hello\n")

    assert inetd.until_end() == b"heard hello\n"


def test_errors_may_go_to_a_file(inetd: Inetd, tmp_path: Path) -> None:
    with (tmp_path / "errors").open("w") as file:
        inetd.serve("/bin/sh", "-c", "exec 3>&2; sleep 0; echo out; echo err >&3")
        inetd.factory.stderrFile = file

        assert inetd.until_end() == b"out\n"

    assert (tmp_path / "errors").read_text() == "err\n"


def test_a_program_that_is_not_there_is_logged_and_the_client_sees_nothing_but_the_end(
    inetd: Inetd, logged: list[Any]
) -> None:
    inetd.serve("/no/such/program")

    assert inetd.until_end() == b""
    (failure,) = [event for event in logged if "log_failure" in event]
    assert failure["log_failure"].check(FileNotFoundError)
    assert failure["program"] == "/no/such/program"


def test_who_we_are_already_need_not_be_switched_to(inetd: Inetd) -> None:
    inetd.serve("/bin/sh", "-c", "echo $(id -u) $(id -g)", user=os.geteuid(), group=os.getegid())

    assert inetd.until_end() == b"%d %d\n" % (os.geteuid(), os.getegid())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_programs_run_as_the_user_and_group_that_the_service_names(inetd: Inetd) -> None:
    inetd.serve("/bin/sh", "-c", "echo $(id -u) $(id -g)", user=65534, group=65534)

    assert inetd.until_end() == b"65534 65534\n"


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="only Linux lists a process's descriptors there")
def test_nothing_stays_open_but_the_port(inetd: Inetd) -> None:
    def opened() -> int:
        # Reading the folder takes one itself.
        return len(os.listdir("/proc/self/fd")) - 1

    inetd.serve("/bin/echo", "once")
    assert inetd.until_end() == b"once\n"
    turn_until(inetd.reactor, lambda: not inetd.reactor.getDelayedCalls())
    before = opened()
    for _ in range(3):
        inetd.client.close()
        inetd.client, inetd.received, inetd.ended = socket.socket(), b"", False
        inetd.client.connect(("127.0.0.1", inetd.port.getHost().port))
        inetd.client.setblocking(False)
        assert inetd.until_end() == b"once\n"

    turn_until(inetd.reactor, lambda: opened() == before)


def test_the_servers_own_end_of_the_connection_is_gone(inetd: Inetd) -> None:
    inetd.serve("/bin/cat")
    inetd.client.sendall(b"x")

    def heard() -> bool:
        inetd.read()
        return inetd.received == b"x"

    turn_until(inetd.reactor, heard)

    assert [reader for reader in inetd.reactor.getReaders() if type(reader).__name__ == "Server"] == []
