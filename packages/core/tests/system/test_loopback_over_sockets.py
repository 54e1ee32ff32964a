"""A client and a server in one process, over real sockets of this host."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from twisted.internet.protocol import Protocol
from twisted.internet.task import react
from twisted.protocols import loopback

class Server(Protocol):
    def connectionMade(self):
        self.transport.write(b"hello")
    def dataReceived(self, data):
        print("server", data.decode())
        self.transport.loseConnection()
    def connectionLost(self, reason):
        print("server lost", reason.type.__name__)

class Client(Protocol):
    def dataReceived(self, data):
        print("client", data.decode(), type(self.transport.getPeer()).__name__)
        self.transport.write(b"thanks")
    def connectionLost(self, reason):
        print("client lost", reason.type.__name__)

react(lambda reactor: getattr(loopback, sys.argv[1])(Server(), Client(), noisy=False))
"""


@pytest.mark.parametrize(("how", "address"), [("loopbackTCP", "IPv4Address"), ("loopbackUNIX", "UNIXAddress")])
def test_both_talk_and_end(how: str, address: str, tmp_path: Path) -> None:
    if how == "loopbackUNIX" and sys.platform == "win32":
        pytest.skip("Windows has no UNIX sockets here")

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, how],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": ":".join(filter(None, sys.path))},
    )

    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[:2] == [f"client hello {address}", "server thanks"]
    assert sorted(lines[2:4]) == ["client lost ConnectionDone", "server lost ConnectionDone"]
    assert (lines[4:], done.returncode) == ([], 0)
    # The socket and its folder are gone.
    assert list(tmp_path.iterdir()) == []
