"""Telling systemd how we are."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twisted.application._workers.notify import Notifier, report
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock


class Systemd:
    """The other side of the socket."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        messages = []
        while True:
            try:
                messages.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return messages

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@twisted-{secrets.token_hex(8)}"


@pytest.fixture
def systemd(address: str) -> Iterator[Systemd]:
    made = Systemd(address)
    yield made
    made.close()


def test_it_says_what_happens(address: str, systemd: Systemd) -> None:
    notifier = Notifier(address)

    notifier.ready()
    notifier.ready("2 workers serve")
    notifier.status("well")
    notifier.stopping("going")
    notifier.stopping()

    assert systemd.heard() == [
        "READY=1",
        "READY=1\nSTATUS=2 workers serve",
        "STATUS=well",
        "STOPPING=1\nSTATUS=going",
        "STOPPING=1",
    ]


def test_reloading_comes_with_the_time_in_microseconds(address: str, systemd: Systemd) -> None:
    before = time.clock_gettime(time.CLOCK_MONOTONIC)
    Notifier(address).reloading("again")
    after = time.clock_gettime(time.CLOCK_MONOTONIC)

    (message,) = systemd.heard()
    first, second, third = message.split("\n")
    assert (first, third) == ("RELOADING=1", "STATUS=again")
    name, _, moment = second.partition("=")
    assert name == "MONOTONIC_USEC"
    assert before - 0.001 <= int(moment) / 1e6 <= after + 0.001


def test_twice_in_each_interval_it_says_that_it_is_alive(address: str, systemd: Systemd) -> None:
    clock = Clock()
    notifier = Notifier(address, watchdog=10)

    notifier.keep_alive(clock)
    notifier.keep_alive(clock)
    assert systemd.heard() == ["WATCHDOG=1"]
    clock.advance(4.9)
    assert systemd.heard() == []
    clock.advance(0.1)
    assert systemd.heard() == ["WATCHDOG=1"]

    notifier.stop()
    clock.advance(100)
    assert systemd.heard() == []
    assert clock.getDelayedCalls() == []
    notifier.stop()


def test_without_a_watchdog_it_keeps_silent(address: str, systemd: Systemd) -> None:
    clock = Clock()

    Notifier(address).keep_alive(clock)
    clock.advance(100)

    assert systemd.heard() == []


def test_if_nobody_listens_the_log_says_so_once(tmp_path: Path, logged: list[Any]) -> None:
    notifier = Notifier(str(tmp_path / "nothing"))

    notifier.ready()
    notifier.ready()

    (event,) = logged
    assert event["log_level"].name == "warn"
    assert isinstance(event["why"], FileNotFoundError)


@pytest.mark.parametrize(
    "environ",
    [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "relative"}, {"NOTIFY_SOCKET": "/"}, {"NOTIFY_SOCKET": "@"}],
)
def test_without_a_socket_there_is_nobody_to_tell(environ: dict[str, str]) -> None:
    assert Notifier.from_environment(environ) is None


@pytest.mark.parametrize(
    ("others", "watchdog"),
    [
        ({}, 0),
        ({"WATCHDOG_USEC": "3000000"}, 3),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "77"}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "78"}, 0),
        ({"WATCHDOG_USEC": "soon"}, 0),
    ],
)
def test_the_environment_says_where_and_how_often(
    address: str, systemd: Systemd, others: dict[str, str], watchdog: float
) -> None:
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": address, **others}, pid=77)

    assert notifier is not None
    assert notifier.watchdog == watchdog
    notifier.status("x")
    assert systemd.heard() == ["STATUS=x"]


def test_the_watchdog_of_this_very_process_is_recognised(address: str) -> None:
    environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": str(os.getpid())}

    notifier = Notifier.from_environment(environ)

    assert notifier is not None
    assert notifier.watchdog == 1


def test_a_program_of_one_process_reports_its_life(address: str, systemd: Systemd) -> None:
    reactor = MemoryReactorClock()

    report(reactor, Notifier(address, watchdog=4))
    assert systemd.heard() == []

    reactor.run()
    assert systemd.heard() == ["WATCHDOG=1", "READY=1"]
    reactor.advance(2)
    assert systemd.heard() == ["WATCHDOG=1"]
    for function, args, kwargs in reactor.triggers["before"]["shutdown"]:
        function(*args, **kwargs)
    assert systemd.heard() == ["STOPPING=1"]
    reactor.advance(2)
    assert systemd.heard() == ["WATCHDOG=1"]
    for function, args, kwargs in reactor.triggers["after"]["shutdown"]:
        function(*args, **kwargs)
    reactor.advance(20)
    assert systemd.heard() == []


def test_it_reports_nothing_where_nobody_wants_to_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    reactor = MemoryReactorClock()

    report(reactor)

    assert reactor.whenRunningHooks == []
    assert reactor.triggers == {}


def test_it_asks_the_environment_if_nobody_is_given(
    address: str, systemd: Systemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    reactor = MemoryReactorClock()

    report(reactor)
    reactor.run()

    assert systemd.heard() == ["READY=1"]
