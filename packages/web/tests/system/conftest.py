"""Sites on real sockets, each in a program of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator

import pytest

Serve = Callable[..., int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Run a program that defines ``root`` and ends by itself; gives the port that it listens on."""
    running: list[subprocess.Popen[str]] = []

    def start(program: str, before: str = "") -> int:
        text = (
            textwrap.dedent(before)
            + textwrap.dedent(program)
            + textwrap.dedent(
                """
                from twisted.internet import endpoints, reactor
                from twisted.web import server

                site = globals().get("site") or server.Site(root)
                listening = endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(site)
                listening.addCallback(lambda port: print(port.getHost().port, flush=True))
                reactor.callLater(30, reactor.stop)
                reactor.run()
                """
            )
        )
        process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        return int(process.stdout.readline())

    yield start
    for process in running:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()
