"""
The demo, as a newcomer runs it.
"""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import ROOT

COMMAND = [sys.executable, "-m", "tools.demo"]
STREAMS = ["TCP", "TLS", "UNIX"] if hasattr(socket, "AF_UNIX") else ["TCP", "TLS"]


def test_every_service_answers_its_own_client() -> None:
    ended = subprocess.run([*COMMAND, "--check"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    works = re.findall(r"^(\w+ over \w+) .* works: ", ended.stdout, re.MULTILINE)
    wanted = {"echo over UDP", *(f"{one} over {way}" for one in ("echo", "publish") for way in STREAMS)}
    wanted |= {"web over TCP", "web over TLS"}
    assert wanted <= set(works)
    assert f"all {len(works)} services work" in ended.stdout
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent to one process there")
def test_it_shows_who_comes_and_stops_on_ctrl_c() -> None:
    demo = subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert demo.stdout is not None
        lines: list[str] = []
        for line in demo.stdout:
            lines.append(line)
            if "Ctrl-C stops" in line:
                break
        [port] = [found[1] for line in lines if (found := re.search(r"^echo over TCP +127\.0\.0\.1:(\d+) ", line))]
        [folder] = {found[1] for line in lines if (found := re.search(r"-CAfile (\S+)/certificate\.pem", line))}

        with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as client:
            client.sendall(b"hello")
            assert client.recv(100) == b"hello"
            assert "echo over TCP: guest-" in demo.stdout.readline()
        assert "has left" in demo.stdout.readline()
        demo.send_signal(signal.SIGINT)
        output, errors = demo.communicate(timeout=20)
    finally:
        demo.kill()
        demo.wait()

    assert "stopped" in output
    assert (demo.returncode, errors) == (0, "")
    assert not Path(folder).exists()


@pytest.mark.peer
@pytest.mark.parametrize(
    "service", ["echo over UDP", *(f"{one} over {way}" for one in ("echo", "publish") for way in STREAMS)]
)
def test_what_it_says_to_type_works(service: str, opened: dict[str, str]) -> None:
    command = opened[service].split()
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed: apt install netcat-openbsd openssl")

    typing = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert typing.stdin is not None and typing.stdout is not None
        typing.stdin.write(b"hello\n")
        typing.stdin.flush()
        answer = typing.stdout.readline()
    finally:
        typing.kill()
        typing.communicate()

    assert re.fullmatch(rb"(guest-\d+: )?hello\n", answer)
    assert answer.startswith(b"guest") == service.startswith("publish")


@pytest.fixture(scope="module")
def opened() -> Iterator[dict[str, str]]:
    """A running demo: by service, what it says to type."""
    demo = subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert demo.stdout is not None
        said: dict[str, str] = {}
        for line in demo.stdout:
            if found := re.match(r"(\w+ over \w+) .* works: ", line):
                said[found[1]] = demo.stdout.readline().strip()
            if "Ctrl-C stops" in line:
                break
        yield said
    finally:
        demo.kill()
        demo.communicate()


def test_a_service_that_fails_fails_the_check(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from tools.demo import __main__ as demo\n"
        "from tools.demo.stand import Service, Stall, expect\n"
        "async def check(): expect(b'this', b'that')\n"
        "async def stall(stand): return Stall('nowhere', 'cannot', check, lambda: None)\n"
        "async def never(stand): raise OSError('no such thing')\n"
        "demo.all_services = lambda: [Service('wrong', stall), Service('closed', never)]\n"
        "sys.exit(demo.main(['--check']))\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert "FAILED: CheckFailed: expected b'that', got b'this'" in ended.stdout
    assert "cannot be opened: OSError: no such thing" in ended.stdout
    assert "2 of 2 failed" in ended.stdout
    assert ended.returncode == 1
