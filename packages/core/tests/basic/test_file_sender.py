"""Sending files, and strings that change a state."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet.interfaces import IProducer
from twisted.internet.testing import EventLoggingObserver, StringTransport
from twisted.protocols.basic import FileSender, StatefulStringProtocol


def begun(content: bytes, transform: Any = None) -> tuple[FileSender, StringTransport, list[Any]]:
    sender, transport, outcome = FileSender(), StringTransport(), list[Any]()
    sender.CHUNK_SIZE = 3
    sender.beginFileTransfer(BytesIO(content), transport, transform).addBoth(outcome.append)
    return sender, transport, outcome


def test_a_file_is_sent_piece_by_piece_as_it_is_asked_for() -> None:
    sender, transport, outcome = begun(b"abcdefgh")
    assert verifyObject(IProducer, sender)
    assert (transport.producer, transport.streaming) == (sender, False)

    sender.resumeProducing()
    assert (transport.value(), sender.lastSent) == (b"abc", b"c")
    sender.resumeProducing()
    sender.resumeProducing()
    assert (transport.value(), outcome) == (b"abcdefgh", [])

    sender.resumeProducing()
    assert outcome == [b"h"]
    assert transport.producer is None
    assert sender.file is None
    assert sender.deferred is None


def test_an_empty_file_ends_at_once() -> None:
    sender, transport, outcome = begun(b"")

    sender.resumeProducing()

    assert (outcome, transport.value(), transport.producer) == ([""], b"", None)


def test_what_is_sent_can_be_transformed() -> None:
    sender, transport, outcome = begun(b"abcd", bytes.upper)

    for _ in range(3):
        sender.resumeProducing()

    assert (transport.value(), outcome) == (b"ABCD", [b"D"])


def test_a_consumer_that_wants_no_more_fails_the_transfer_once() -> None:
    sender, transport, outcome = begun(b"abcd")
    sender.resumeProducing()

    sender.pauseProducing()
    sender.stopProducing()
    sender.stopProducing()

    assert [failure.getErrorMessage() for failure in outcome] == ["Consumer asked us to stop producing"]
    assert transport.value() == b"abc"


def test_pieces_are_16_kilobytes() -> None:
    assert FileSender.CHUNK_SIZE == 16384


class Greeter(StatefulStringProtocol):
    def __init__(self) -> None:
        self.transport = StringTransport()
        self.got: list[tuple[str, bytes]] = []

    def proto_init(self, string: bytes) -> str:
        self.got.append(("init", string))
        return "named"

    def proto_named(self, string: bytes) -> str:
        self.got.append(("named", string))
        return "done" if string == b"bye" else "named"


def test_each_string_goes_to_the_method_of_the_state() -> None:
    greeter = Greeter()
    assert greeter.state == "init"

    for string in (b"hello", b"more"):
        greeter.stringReceived(string)

    assert greeter.got == [("init", b"hello"), ("named", b"more")]
    assert greeter.state == "named"
    assert not greeter.transport.disconnecting


def test_done_hangs_up_and_takes_nothing_more() -> None:
    greeter = Greeter()
    for string in (b"hello", b"bye", b"late"):
        greeter.stringReceived(string)

    assert greeter.transport.disconnecting
    assert greeter.state == "done"
    assert greeter.got == [("init", b"hello"), ("named", b"bye")]


@pytest.mark.parametrize("state", ["unknown", None])
def test_a_state_without_a_method_is_logged_and_kept(state: str) -> None:
    from twisted.logger import globalLogPublisher

    events = EventLoggingObserver()
    greeter = Greeter()
    greeter.state = state
    globalLogPublisher.addObserver(events)
    try:
        greeter.stringReceived(b"x")
    finally:
        globalLogPublisher.removeObserver(events)

    assert greeter.state == state
    assert [event["log_format"] for event in events] == ["callback {state} not found"]
    assert events[0]["state"] == state
