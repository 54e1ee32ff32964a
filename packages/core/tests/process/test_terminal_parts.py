"""What a child at a terminal has for descriptors, and who writes to a child."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.process import Process, PTYProcess


def test_a_terminal_stands_for_three_descriptors_which_cannot_be_closed_apart() -> None:
    process = PTYProcess.__new__(PTYProcess)

    for number in (0, 1, 2):
        process.closeChildFD(number)
    for number in (-1, 3):
        with pytest.raises(KeyError) as caught:
            process.closeChildFD(number)
        assert caught.value.args == (number,)


def test_a_terminal_is_written_to_as_standard_input_only() -> None:
    process = PTYProcess.__new__(PTYProcess)
    written: list[bytes] = []
    setattr(process, "write", written.append)  # noqa: B010 - a method, to a checker

    process.writeToChild(0, b"data")
    assert written == [b"data"]
    for number in (-1, 1):
        with pytest.raises(KeyError) as caught:
            process.writeToChild(number, b"data")
        assert caught.value.args == (number,)
    assert written == [b"data"]


@pytest.mark.parametrize(("method", "number"), [("closeStdin", 0), ("closeStdout", 1), ("closeStderr", 2)])
def test_the_three_standard_descriptors_have_methods_of_their_own(method: str, number: int) -> None:
    closed: list[int] = []
    process = Process.__new__(Process)
    setattr(process, "closeChildFD", closed.append)  # noqa: B010 - a method, to a checker
    getattr(process, method)()

    assert closed == [number]


class Pipe:
    def __init__(self) -> None:
        self.told: list[Any] = []

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        self.told.append((producer, streaming))

    def unregisterProducer(self) -> None:
        self.told.append("unregistered")


class Producer:
    stopped = 0

    def stopProducing(self) -> None:
        self.stopped += 1


def child(**pipes: Any) -> Process:
    process = Process.__new__(Process)
    process.pipes = {int(name[1:]): pipe for name, pipe in pipes.items()}
    return process


def test_a_producer_writes_to_standard_input() -> None:
    standard_input, output = Pipe(), Pipe()
    process = child(_0=standard_input, _1=output)
    producer = Producer()

    process.registerProducer(producer, True)
    process.unregisterProducer()

    assert standard_input.told == [(producer, True), "unregistered"] and output.told == [] and not producer.stopped


def test_a_producer_for_a_closed_standard_input_is_stopped_at_once() -> None:
    output = Pipe()
    process = child(_1=output)
    producer = Producer()

    process.registerProducer(producer, False)
    process.unregisterProducer()

    assert producer.stopped == 1 and output.told == []
