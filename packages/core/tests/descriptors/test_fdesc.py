"""Reading and writing descriptors without blocking."""

import os
from collections.abc import Iterator

import pytest

from twisted.internet import fdesc
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    for end in ends:
        fdesc.setNonBlocking(end)
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def test_blocking_is_turned_off_and_on(pipe: tuple[int, int]) -> None:
    assert not os.get_blocking(pipe[0])

    fdesc.setBlocking(pipe[0])
    assert os.get_blocking(pipe[0])


def test_a_file_object_will_do(pipe: tuple[int, int]) -> None:
    with os.fdopen(os.dup(pipe[0]), "rb", buffering=0) as file:
        fdesc.setBlocking(file)  # type: ignore[arg-type]

    assert os.get_blocking(pipe[0])


def test_nothing_there_yet_is_no_result_and_no_call(pipe: tuple[int, int]) -> None:
    came: list[bytes] = []

    assert fdesc.readFromFD(pipe[0], came.append) is None and came == []


def test_at_most_eight_kibibytes_are_read_at_once(pipe: tuple[int, int]) -> None:
    came: list[bytes] = []
    os.write(pipe[1], b"x" * 10000)

    assert fdesc.readFromFD(pipe[0], came.append) is None
    assert [len(data) for data in came] == [8192]


def test_the_end_is_connection_done(pipe: tuple[int, int]) -> None:
    os.close(pipe[1])

    assert fdesc.readFromFD(pipe[0], lambda data: pytest.fail("no data")) is CONNECTION_DONE


def test_errors_are_connection_lost(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])

    assert fdesc.writeToFD(pipe[1], b"x") is CONNECTION_LOST
    assert fdesc.readFromFD(pipe[1], lambda data: None) is CONNECTION_LOST


def test_a_full_pipe_takes_a_part_and_then_nothing(pipe: tuple[int, int]) -> None:
    assert fdesc.writeToFD(pipe[1], b"x" * 200_000) == 65536
    assert fdesc.writeToFD(pipe[1], b"x") == 0


def test_nothing_written_is_nothing_taken(pipe: tuple[int, int]) -> None:
    assert fdesc.writeToFD(pipe[1], b"") == 0
