"""A server whose descriptors are used up, for good or for a while."""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

resource = pytest.importorskip("resource", reason="this platform has no limits on descriptors")

SERVER = """
import json, os, resource, sys, time
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
from importlib import import_module
import_module("twisted.internet." + sys.argv[1]).install()
from twisted.internet import protocol, reactor
from twisted.logger import globalLogBeginner

problems = []

def observe(event):
    if "log_failure" in event or event["log_level"].name in ("error", "critical", "warn"):
        problems.append(event["log_level"].name)

globalLogBeginner.beginLoggingTo([observe], discardBuffer=True, redirectStandardIO=False)

class Answering(protocol.Protocol):
    def dataReceived(self, data):
        if data == b"?":
            used = time.process_time()
            self.transport.write(json.dumps({"problems": problems, "cpu": used}).encode() + b"\\n")
        else:
            self.transport.write(data)

port = reactor.listenTCP(0, protocol.Factory.forProtocol(Answering), backlog=200, interface="127.0.0.1")
print(port.getHost().port, flush=True)
reactor.run()
"""


@pytest.fixture(params=["epollreactor", "pollreactor", "selectreactor", "asyncioreactor"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Where a server listens that has 40 descriptors at most."""
    if request.param == "epollreactor" and not hasattr(select, "epoll"):
        pytest.skip("this platform has no epoll")
    program = subprocess.Popen(
        [sys.executable, "-c", SERVER, request.param], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    yield int(program.stdout.readline())
    assert program.poll() is None, "the server has died"
    program.terminate()
    _, errors = program.communicate(timeout=10)
    assert (program.returncode, errors) == (0, "")


def state(connected: socket.socket) -> dict[str, Any]:
    """What the server tells of itself."""
    connected.sendall(b"?")
    said = b""
    while not said.endswith(b"\n"):
        piece = connected.recv(4096)
        assert piece, "the server closed a connection that lived"
        said += piece
    told: dict[str, Any] = json.loads(said)
    return told


def answered(clients: list[socket.socket], count: int) -> list[socket.socket]:
    """Those who hear their own words, as soon as there are so many."""
    found: list[socket.socket] = []
    waiting = list(clients)
    while len(found) < count:
        ready, _, _ = select.select(waiting, [], [], 10)
        assert ready, f"{len(found)} of {count} were answered"
        for one in ready:
            assert one.recv(5) == b"hello"
            waiting.remove(one)
            found.append(one)
    return found


def test_connections_live_on_and_others_wait_until_there_is_room(port: int) -> None:
    with ExitStack() as ends:
        clients = [ends.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(100)]
        for one in clients:
            one.sendall(b"hello")
        first = answered(clients, 20)
        # More than it has descriptors for: whoever was accepted goes on.
        readable = select.select([one for one in clients if one not in first], [], [], 0.5)[0]
        while readable:
            for one in readable:
                assert one.recv(5) == b"hello"
                first.append(one)
            readable = select.select([one for one in clients if one not in first], [], [], 0.5)[0]
        assert 20 <= len(first) < 40

        # While nobody leaves, waiting costs next to nothing: it is no loop that asks again and again.
        before = state(first[0])
        assert before["problems"] == ["warn"]
        select.select([], [], [], 1)
        assert state(first[0])["cpu"] - before["cpu"] < 0.25

        for one in first[1:]:
            one.close()
        waiting = [one for one in clients if one not in first]
        while waiting:
            for one in answered(waiting, 1):
                waiting.remove(one)
                one.close()
        assert state(first[0])["problems"] == ["warn"]
