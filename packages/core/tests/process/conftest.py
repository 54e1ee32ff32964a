"""A loop just large enough to run children: real descriptors, no signal handlers."""

import select
from collections.abc import Callable
from typing import Any

import pytest


class SmallReactor:
    def __init__(self) -> None:
        self.readers: dict[Any, int] = {}
        self.writers: dict[Any, int] = {}
        self.calls: list[Callable[[], object]] = []

    def addReader(self, reader: Any) -> None:
        self.readers[reader] = reader.fileno()

    def removeReader(self, reader: Any) -> None:
        self.readers.pop(reader, None)

    def addWriter(self, writer: Any) -> None:
        self.writers[writer] = writer.fileno()

    def removeWriter(self, writer: Any) -> None:
        self.writers.pop(writer, None)

    def callLater(self, delay: float, call: Callable[..., object], *args: object) -> None:
        self.calls.append(lambda: call(*args))

    callFromThread = None

    def turn(self) -> None:
        from twisted.python.failure import Failure

        calls, self.calls = self.calls, []
        for call in calls:
            call()
        poll = select.poll()
        wanted: dict[int, int] = {}
        for fd in self.readers.values():
            wanted[fd] = wanted.get(fd, 0) | select.POLLIN
        for fd in self.writers.values():
            wanted[fd] = wanted.get(fd, 0) | select.POLLOUT
        for fd, mask in wanted.items():
            poll.register(fd, mask)
        for fd, event in poll.poll(0 if self.calls else 5000):
            for objects, mask, name in (
                (self.readers, select.POLLIN | select.POLLHUP | select.POLLERR, "doRead"),
                (self.writers, select.POLLOUT | select.POLLERR, "doWrite"),
            ):
                for item, number in list(objects.items()):
                    if number == fd and event & mask and item in objects:
                        why = getattr(item, name)()
                        if why is not None:
                            item.connectionLost(Failure(why))

    def until(self, done: Callable[[], object], turns: int = 100000) -> None:
        for _ in range(turns):
            if done():
                return
            self.turn()
        raise AssertionError("it never came")


@pytest.fixture
def reactor() -> SmallReactor:
    return SmallReactor()
