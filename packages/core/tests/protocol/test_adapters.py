"""Protocols, consumers and files, each in the place of the other."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet.interfaces import IConsumer, IProtocol, ITransport
from twisted.internet.protocol import (
    ConsumerToProtocolAdapter,
    FileWrapper,
    Protocol,
    ProtocolToConsumerAdapter,
    connectionDone,
)
from twisted.internet.testing import AccumulatingProtocol, StringTransport


def test_a_protocol_becomes_a_consumer() -> None:
    protocol = AccumulatingProtocol()

    consumer = IConsumer(protocol)

    assert isinstance(consumer, ProtocolToConsumerAdapter)
    assert verifyObject(IConsumer, consumer)
    consumer.registerProducer("producer", True)
    consumer.write(b"data")
    consumer.unregisterProducer()
    assert protocol.data == b"data"


def test_a_consumer_becomes_a_protocol() -> None:
    transport = StringTransport()

    protocol = IProtocol(transport)

    assert isinstance(protocol, ConsumerToProtocolAdapter)
    assert verifyObject(IProtocol, protocol)
    protocol.makeConnection("transport")
    protocol.connectionMade()
    protocol.dataReceived(b"data")
    protocol.connectionLost(connectionDone)
    assert transport.value() == b"data"
    assert vars(protocol) == {"original": transport}


def test_what_is_a_protocol_stays_itself() -> None:
    protocol = Protocol()

    assert IProtocol(protocol) is protocol


def test_a_file_is_a_transport() -> None:
    file = BytesIO()
    wrapper = FileWrapper(file)
    assert verifyObject(ITransport, wrapper)

    wrapper.write(b"one")
    wrapper.writeSequence([b" two", b" three"])

    assert file.getvalue() == b"one two three"
    assert (wrapper.getHost(), wrapper.getPeer()) == ("file", ("file", "file"))
    assert (wrapper.closed, wrapper.disconnecting) == (0, 0)


@pytest.mark.parametrize("end", ["loseConnection", "stopProducing", "stopConsuming"])
def test_ending_closes_the_file(end: str) -> None:
    file = BytesIO()
    wrapper = FileWrapper(file)

    getattr(wrapper, end)()

    assert wrapper.closed
    assert file.closed


class Broken:
    def write(self, data: bytes) -> None:
        raise ValueError("full")

    def close(self) -> None:
        raise OSError("cannot")


def test_a_file_that_fails_ends_the_transport() -> None:
    broken: Any = Broken()
    writing, closing = FileWrapper(broken), FileWrapper(broken)

    writing.write(b"x")
    closing.loseConnection()

    assert writing.closed == closing.closed == 1


def test_failure_can_be_handled() -> None:
    handled = []

    class Handling(FileWrapper):
        def handleException(self) -> None:
            handled.append(True)

    broken: Any = Broken()
    wrapper = Handling(broken)
    wrapper.write(b"x")

    assert handled == [True]
    assert not wrapper.closed


class Producer:
    resumed = 0

    def resumeProducing(self) -> None:
        self.resumed += 1

    def stopProducing(self) -> None:
        pass


@pytest.mark.parametrize(("streaming", "resumed"), [(True, 0), (False, 1)])
def test_a_producer_to_be_pulled_is_asked_at_once(streaming: bool, resumed: int) -> None:
    producer, wrapper = Producer(), FileWrapper(BytesIO())

    wrapper.registerProducer(producer, streaming)
    wrapper.pauseProducing()
    wrapper.resumeProducing()

    assert producer.resumed == resumed
    assert (wrapper.producer, wrapper.streamingProducer) == (producer, streaming)
    wrapper.unregisterProducer()
    assert wrapper.producer is None
