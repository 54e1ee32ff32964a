"""Files with one entry a line."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.runner import inetdconf
from twisted.runner.inetdconf import InetdConf, InetdService, ServicesConf, SimpleConfFile


class Fields(SimpleConfFile):
    """Keeps the fields."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, ...]] = []

    def parseFields(self, *fields: str) -> None:
        self.lines.append(fields)


def test_lines_are_fields_without_comments() -> None:
    file = Fields()

    file.parseFile(io.StringIO("a b # c\n#x\n   \n\t d\te \n#\nlast#"))

    assert file.lines == [("a", "b"), ("d", "e"), ("last",)]


def test_comments_may_begin_otherwise() -> None:
    class Semicolon(Fields):
        commentChar = ";"

    file = Semicolon()
    file.parseFile(io.StringIO("a # b ; c\n;"))

    assert file.lines == [("a", "#", "b")]


def test_a_file_that_is_given_stays_open() -> None:
    given = io.StringIO("a")

    Fields().parseFile(given)

    assert not given.closed


def test_without_one_the_default_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "conf"
    path.write_text("x y\n")

    class Default(Fields):
        defaultFilename = str(path)

    file = Default()
    file.parseFile()

    assert file.lines == [("x", "y")]
    with pytest.raises(ValueError, match="Fields has no default file"):
        Fields().parseFile()


def test_what_is_not_kept_is_dropped() -> None:
    SimpleConfFile().parseFile(io.StringIO("a b\n"))
    assert SimpleConfFile.defaultFilename is None


# services


def services(text: str) -> ServicesConf:
    file = ServicesConf()
    file.parseFile(io.StringIO(text))
    return file


def test_services_have_ports_under_all_their_names() -> None:
    assert services("ssh 22/tcp # shell\nhttp\t80/tcp www web\ndomain 53/udp\nsctp 0/sctp").services == {
        ("ssh", "tcp"): 22,
        ("http", "tcp"): 80,
        ("www", "tcp"): 80,
        ("web", "tcp"): 80,
        ("domain", "udp"): 53,
        ("sctp", "sctp"): 0,
    }


@pytest.mark.parametrize(
    ("line", "shown"),
    [("x", "''"), ("x y", "'y'"), ("x y/tcp", "'y/tcp'"), ("x 1/tcp/u", "'1/tcp/u'"), ("x -1/tcp", "'-1/tcp'")],
)
def test_a_service_without_a_port_is_refused(line: str, shown: str) -> None:
    with pytest.raises(inetdconf.InvalidServicesConfError, match=f"Invalid port/protocol: {shown}"):
        services(line)
    assert issubclass(inetdconf.InvalidServicesConfError, inetdconf.InvalidConfError)


def test_the_systems_services_are_known() -> None:
    assert ServicesConf.defaultFilename == "/etc/services"


# inetd.conf

KNOWN = "ftp 21/tcp\nftp 21/udp\ndaytime 13/tcp\n"


def parsed(line: str) -> InetdService:
    file = InetdConf(services(KNOWN))
    file.parseFile(io.StringIO(line))
    (service,) = file.services
    return service


def test_a_line_is_a_service() -> None:
    assert vars(parsed("ftp stream tcp nowait root /bin/ftpd ftpd -l")) == {
        "name": "ftp",
        "port": 21,
        "socketType": "stream",
        "protocol": "tcp",
        "wait": "nowait",
        "user": "root",
        "group": None,
        "program": "/bin/ftpd",
        "programArgs": ("ftpd", "-l"),
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("daytime stream tcp nowait root internal", {"port": 13, "program": "internal", "programArgs": ()}),
        ("21 stream tcp wait root.wheel /x", {"name": "ftp", "port": 21, "user": "root", "group": "wheel"}),
        ("2121 stream tcp wait root /x", {"name": "unknown", "port": 2121}),
        ("21 stream sctp wait root /x", {"name": "unknown", "port": 21}),
        ("ftp dgram udp wait nobody /x", {"port": 21, "socketType": "dgram", "protocol": "udp", "user": "nobody"}),
        ("rpc/1-3 stream rpc/tcp nowait root /x", {"name": "rpc/1-3", "port": None, "protocol": "rpc/tcp"}),
        ("ftp stream tcp nowait.400 root. /x", {"wait": "nowait.400", "user": "root", "group": ""}),
    ],
)
def test_each_field_says_something(fields: str, expected: dict[str, Any]) -> None:
    service = vars(parsed(fields))

    assert {name: service[name] for name in expected} == expected


@pytest.mark.parametrize("line", ["gopher stream tcp nowait root /x", "ftp stream tcp6 nowait root /x"])
def test_a_service_without_a_known_port_is_refused(line: str) -> None:
    name, protocol = line.split()[0], line.split()[2]
    with pytest.raises(inetdconf.UnknownService, match=rf"Unknown service: {name} \({protocol}\)"):
        parsed(line)


@given(st.lists(st.sampled_from(["ftp", "stream", "tcp", "x"]), min_size=1, max_size=5))
def test_a_line_that_is_too_short_is_refused(fields: list[str]) -> None:
    with pytest.raises(inetdconf.InvalidInetdConfError, match="this one has less"):
        parsed(" ".join(fields))
    assert issubclass(inetdconf.InvalidInetdConfError, inetdconf.InvalidConfError)


def test_ports_are_the_systems_if_none_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "services"
    path.write_text("shop 4000/tcp\n")
    monkeypatch.setattr(ServicesConf, "defaultFilename", str(path))

    file = InetdConf()

    assert file.knownServices.services == {("shop", "tcp"): 4000}
    assert InetdConf.defaultFilename == "/etc/inetd.conf"


def test_a_service_holds_what_it_is_given() -> None:
    service = InetdService("n", 1, "stream", "tcp", True, "u", "g", "/p", ["p"])

    assert list(vars(service).values()) == ["n", 1, "stream", "tcp", True, "u", "g", "/p", ["p"]]
    names = ("name", "port", "socketType", "protocol", "wait", "user", "group", "program", "programArgs")
    assert [getattr(InetdService, name) for name in names] == [None] * 9
