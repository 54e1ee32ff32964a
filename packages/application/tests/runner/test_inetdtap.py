"""The command line of ``inetd``."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twisted.application.internet import TCPServer
from twisted.logger import formatEvent, globalLogPublisher
from twisted.plugins.twisted_inet import TwistedINETD
from twisted.protocols import wire
from twisted.runner import inetd, inetdtap
from twisted.runner.inetdconf import ServicesConf

ME = pwd.getpwuid(os.geteuid()).pw_name
GROUP = grp.getgrgid(os.getegid()).gr_name


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    events: list[Any] = []
    keep: Any = events.append
    globalLogPublisher.addObserver(keep)
    yield events
    globalLogPublisher.removeObserver(keep)


@pytest.fixture(autouse=True)
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "services"
    path.write_text("echo 7007/tcp\ndaytime 7013/tcp\nshop 7100/tcp\n")
    monkeypatch.setattr(ServicesConf, "defaultFilename", str(path))


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    return tmp_path / "inetd.conf"


def made(conf: Path, lines: str, *more: str) -> list[Any]:
    conf.write_text(lines)
    options = inetdtap.Options()
    options.parseOptions([f"--file={conf}", *more])
    servers: list[Any] = list(inetdtap.makeService(options))
    return servers


def test_each_line_is_a_server(conf: Path) -> None:
    servers = made(conf, f"shop stream tcp nowait {ME} /bin/cat cat -u\n7200 stream tcp wait {ME}.{GROUP} /bin/x x\n")

    assert [type(server) for server in servers] == [TCPServer, TCPServer]
    assert [server.args[0] for server in servers] == [7100, 7200]
    service = servers[0].args[1].service
    assert type(servers[0].args[1]) is inetd.InetdFactory
    assert (service.program, service.programArgs) == ("/bin/cat", ("cat", "-u"))
    assert (service.user, service.group) == (os.geteuid(), pwd.getpwuid(os.geteuid()).pw_gid)
    assert servers[1].args[1].service.group == os.getegid()


def test_users_and_groups_may_be_numbers(conf: Path) -> None:
    (server,) = made(conf, f"shop stream tcp nowait {os.geteuid()}.{os.getegid()} /bin/cat cat")

    assert (server.args[1].service.user, server.args[1].service.group) == (os.geteuid(), os.getegid())


def test_some_need_no_program(conf: Path) -> None:
    echo, daytime = made(conf, "echo stream tcp nowait root internal\ndaytime stream tcp nowait root internal")

    assert (echo.args[0], echo.args[1].protocol) == (7007, wire.Echo)
    assert (daytime.args[0], daytime.args[1].protocol) == (7013, wire.Daytime)


def test_those_can_be_left_out(conf: Path) -> None:
    lines = f"echo stream tcp nowait root internal\nshop stream tcp nowait {ME} /bin/cat cat"

    for option in ("--nointernal", "-i"):
        (server,) = made(conf, lines, option)
        assert server.args[0] == 7100


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("shop stream tcp nowait root internal", "Unknown internal service: shop"),
        ("shop stream tcp nowait nobody-of-that-name /bin/cat", "Unknown user: nobody-of-that-name"),
        (f"shop stream tcp nowait {ME}.no-such-group /bin/cat", "Unknown group: no-such-group"),
        ("x stream rpc/tcp nowait root /bin/cat", "Skipping rpc service x: programs of RPC are not served"),
    ],
)
def test_what_cannot_be_served_is_logged_and_left_out(conf: Path, logged: list[Any], line: str, said: str) -> None:
    (server,) = made(conf, f"{line}\necho stream tcp nowait root internal")

    assert server.args[0] == 7007
    assert [(formatEvent(event), event["log_level"].name) for event in logged] == [(said, "warn")]


def test_datagrams_are_refused(conf: Path) -> None:
    with pytest.raises(RuntimeError, match="not supporting UDP"):
        made(conf, "7300 dgram udp wait root /bin/cat")


def test_the_options_are_those_that_people_know() -> None:
    options = inetdtap.Options()

    options.parseOptions([])

    assert dict(options) == {"rpc": "/etc/rpc", "file": "/etc/inetd.conf", "nointernal": 0}
    assert inetdtap.protocolDict == {"tcp": 6, "udp": 17}
    assert "file" in inetdtap.Options.compData.optActions


def test_twist_finds_it() -> None:
    assert TwistedINETD.tapname == "inetd"
    assert TwistedINETD.options is inetdtap.Options
    assert TwistedINETD.makeService is inetdtap.makeService


def test_the_internal_services_are_those_of_wire() -> None:
    assert inetd.internalProtocols == {
        "echo": wire.Echo,
        "chargen": wire.Chargen,
        "discard": wire.Discard,
        "daytime": wire.Daytime,
        "time": wire.Time,
    }
