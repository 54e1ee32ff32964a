"""Files that the kernel sends, turn by turn, over a transport that says when it has room."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.testing import StringTransport
from twisted.web.static import File

CONTENT = os.urandom(200_000)


class Transport(StringTransport):
    """One whose socket the kernel may write to."""

    _sends_plainly = True
    wakes = 0

    def fileno(self) -> int:
        return -5

    def _resume_when_empty(self) -> None:
        self.wakes += 1


class Kernel:
    """Sends as much as a test lets it, or fails."""

    def __init__(self) -> None:
        self.turns: list[int | OSError] = []
        self.asked: list[tuple[int, int, int]] = []
        self.transport: Any = None
        self.sources: list[Any] = []

    def sendfile(self, to: int, source: int, offset: int, count: int) -> int:
        turn = self.turns.pop(0)
        self.asked.append((to, offset, count))
        if isinstance(turn, OSError):
            raise turn
        data = os.pread(source, min(turn, count), offset)
        self.transport.write(data)
        return len(data)


class World:
    def __init__(self, folder: Path, client_of: Callable[..., Any], kernel: Kernel) -> None:
        sources = kernel.sources

        class Watched(File):
            def openForReading(self) -> Any:
                sources.append(super().openForReading())
                return sources[-1]

        self.kernel = kernel
        self.transport = kernel.transport = Transport()
        self.path = folder / "large.bin"
        self.path.write_bytes(CONTENT)
        self.client = client_of(Watched(str(folder)), self.transport)

    def ask(self, *turns: int | OSError, **fields: str) -> None:
        self.kernel.turns += turns
        self.client.send("/large.bin", **fields)
        self.go_on()

    def go_on(self) -> None:
        while self.kernel.turns:
            wakes = self.transport.wakes
            self.transport.producer.resumeProducing()
            if self.transport.wakes == wakes:
                return

    @property
    def body(self) -> bytes:
        return self.transport.value().partition(b"\r\n\r\n")[2]

    @property
    def closed(self) -> bool:
        return all(source.closed for source in self.kernel.sources)


@pytest.fixture
def world(tmp_path: Path, client_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    kernel = Kernel()
    monkeypatch.setattr(os, "sendfile", kernel.sendfile, raising=False)
    yield World(tmp_path, client_of, kernel)


def test_the_kernel_sends_what_there_is_room_for_turn_by_turn(world: World, complaints: list[str]) -> None:
    world.ask(100_000, BlockingIOError(), 1, 99_999)

    assert world.body == CONTENT and world.closed
    assert world.kernel.asked == [
        (-5, 0, 200_000),
        (-5, 100_000, 100_000),
        (-5, 100_000, 100_000),
        (-5, 100_001, 99_999),
    ]
    # Behind the header, and after each turn but the last.
    assert world.transport.wakes == 4
    assert not world.transport.disconnecting and complaints == []


def test_requests_go_on_behind_it(world: World) -> None:
    world.ask(200_000)
    world.ask(50_000, 50_000, Range="bytes=100000-199999")

    assert world.kernel.asked[1] == (-5, 100_000, 100_000)
    assert world.transport.value().endswith(CONTENT[100_000:])
    assert world.transport.value().count(b"HTTP/1.1 20") == 2 and world.closed


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EOVERFLOW, errno.ENOSYS])
def test_what_the_kernel_cannot_send_is_read(world: World, number: int, complaints: list[str]) -> None:
    world.ask(70_000, OSError(number, "not of this file"))

    assert world.body == CONTENT and world.closed
    assert len(world.kernel.asked) == 2 and complaints == []


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (BrokenPipeError(), []),
        (ConnectionResetError(), []),
        (OSError(errno.EIO, "bad"), ["cannot be read: [Errno 5] bad"]),
    ],
)
def test_an_error_ends_the_connection(world: World, error: OSError, told: list[str], complaints: list[str]) -> None:
    world.ask(70_000, error)

    assert world.body == CONTENT[:70_000] and world.closed
    assert world.transport.disconnecting
    assert [line.partition("large.bin ")[2] for line in complaints] == told


def test_a_file_that_has_ended_early_ends_the_connection(world: World, complaints: list[str]) -> None:
    world.ask(70_000)
    os.truncate(world.path, 80_000)
    world.kernel.turns += [100_000, 100_000]
    world.go_on()

    assert world.body == CONTENT[:80_000] and world.closed and world.transport.disconnecting
    (line,) = complaints
    assert line.endswith("large.bin is 120000 bytes shorter than when its answer began: the connection is closed")


def test_what_is_small_is_not_for_the_kernel(world: World) -> None:
    (world.path.parent / "small.bin").write_bytes(b"x" * 65536)
    world.client.send("/small.bin")

    assert world.body == b"x" * 65536 and world.closed and world.kernel.asked == []


def test_what_is_read_and_cannot_be_ends_the_connection(
    tmp_path: Path, client_of: Callable[..., Any], complaints: list[str]
) -> None:
    class Broken:
        name = "broken"
        closed = False

        def seek(self, at: int) -> None:
            pass

        def read(self, size: int) -> bytes:
            raise OSError(errno.EIO, "bad")

        def close(self) -> None:
            self.closed = True

    broken = Broken()

    class BrokenFile(File):
        def openForReading(self) -> Any:
            return broken

    (tmp_path / "a").write_bytes(CONTENT)
    client = client_of(BrokenFile(str(tmp_path)))
    client.send("/a")

    assert complaints == ["broken cannot be read: [Errno 5] bad"]
    assert client.transport.disconnecting and broken.closed


def test_a_file_that_is_another_by_the_time_it_is_opened_is_sent_as_what_it_is(
    tmp_path: Path, client_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"the first")
    client = client_of(File(str(tmp_path)))
    opening = File.open

    def replace_and_open(self: Any, mode: Any = "r") -> Any:
        (tmp_path / "new").write_bytes(b"another one")
        os.replace(tmp_path / "new", path)
        return opening(self, mode)

    monkeypatch.setattr(File, "open", replace_and_open)

    answer = client.get("/a.txt")

    assert (answer["Content-Length"], answer.body) == ("11", b"another one")
    assert answer["ETag"] == f'"{int(os.stat(path).st_mtime * 1000000):x}-b"'
