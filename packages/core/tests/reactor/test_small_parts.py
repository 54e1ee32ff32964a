"""What reactors are made of, in the rarer cases."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.abstract import FileDescriptor, isIPAddress, isIPv6Address
from twisted.internet.base import _ThreePhaseEvent


def test_removing_a_trigger_that_was_called_in_the_same_event_warns_at_the_caller() -> None:
    event = _ThreePhaseEvent()
    removed: list[Any] = []
    first = event.addTrigger("before", lambda: None)

    def second() -> None:
        with pytest.warns(DeprecationWarning, match="already-fired system event triggers") as caught:
            remove()
        removed.append(caught[0].filename)

    def remove() -> None:
        event.removeTrigger(first)

    event.addTrigger("before", second)
    event.fireEvent()

    assert len(removed) == 1


def test_a_trigger_of_no_phase_cannot_be_removed() -> None:
    event = _ThreePhaseEvent()
    with pytest.raises(KeyError, match="invalid phase"):
        event.removeTrigger(("afterwards", print, (), {}))


def test_a_trigger_that_is_not_there_cannot_be_removed() -> None:
    event = _ThreePhaseEvent()
    handle = event.addTrigger("after", print)
    event.removeTrigger(handle)
    with pytest.raises(ValueError):
        event.removeTrigger(handle)


@pytest.mark.parametrize(
    ("text", "four", "six"),
    [
        ("127.0.0.1", True, False),
        ("127.0.0", False, False),
        ("127.0.0.256", False, False),
        (b"127.0.0.1", True, False),
        (b"\xff.0.0.1", False, False),
        ("::1", False, True),
        ("fe80::1%eth0", False, True),
        ("fe80::1%eth0%1", False, True),
        ("eth0%fe80::1", False, False),
        ("", False, False),
    ],
)
def test_addresses_are_told_from_names(text: Any, four: bool, six: bool) -> None:
    assert (isIPAddress(text), isIPv6Address(text)) == (four, six)


class Descriptors:
    """A reactor that watches nothing."""

    def __init__(self) -> None:
        self.writing: list[Any] = []

    def addWriter(self, writer: Any) -> None:
        self.writing.append(writer)

    def removeWriter(self, writer: Any) -> None: ...


class Producer:
    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


@pytest.mark.parametrize("way", ["write", "writeSequence"])
def test_a_streaming_producer_is_paused_as_soon_as_more_waits_than_the_buffer_holds(way: str) -> None:
    reactor = Descriptors()
    descriptor = FileDescriptor(reactor)  # type: ignore[arg-type]
    descriptor.connected = 1
    descriptor.bufferSize = 10
    producer = Producer()
    descriptor.registerProducer(producer, True)

    def send(data: bytes) -> None:
        descriptor.write(data) if way == "write" else descriptor.writeSequence([data[:2], data[2:]])

    send(b"0123456789")
    assert producer.told == []
    send(b"012")
    assert producer.told == ["pause"] and reactor.writing


def test_a_pulled_producer_is_not_paused() -> None:
    descriptor = FileDescriptor(Descriptors())  # type: ignore[arg-type]
    descriptor.connected = 1
    descriptor.bufferSize = 1
    producer = Producer()
    descriptor.registerProducer(producer, False)
    del producer.told[:]
    descriptor.write(b"0123456789")

    assert "pause" not in producer.told
