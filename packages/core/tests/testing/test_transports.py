"""The transports, protocols and observers that tests are given."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet import testing
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IConsumer, IPushProducer, ITransport, IUDPTransport
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.internet.testing import (
    AccumulatingProtocol,
    EventLoggingObserver,
    FakeDatagramTransport,
    LineSendingProtocol,
    NonStreamingProducer,
    StringIOWithoutClosing,
    StringTransport,
    StringTransportWithDisconnection,
    waitUntilAllDisconnected,
)
from twisted.logger import ILogObserver, LogPublisher
from twisted.test import proto_helpers


def test_a_string_transport_keeps_what_is_written() -> None:
    transport = StringTransport()
    for provided in (ITransport, IConsumer, IPushProducer):
        assert verifyObject(provided, transport)

    transport.write(b"ab")
    transport.writeSequence([b"c", b"d"])
    assert transport.value() == b"abcd"
    transport.clear()
    assert transport.value() == b""
    transport.write(b"e")
    assert transport.io.getvalue() == b"e"


@pytest.mark.parametrize("data", ["text", bytearray(b"x"), memoryview(b"x"), None])
def test_it_takes_bytes_alone(data: Any) -> None:
    with pytest.raises(TypeError, match="Data must be bytes"):
        StringTransport().write(data)


def test_it_has_addresses() -> None:
    transport = StringTransport()
    assert transport.getHost() == IPv4Address("TCP", "10.0.0.1", 12345)
    assert transport.getPeer() == IPv4Address("TCP", "192.168.1.1", 54321)

    named = StringTransport("host", "peer")
    assert (named.getHost(), named.getPeer()) == ("host", "peer")


def test_it_shows_that_the_end_was_asked_for() -> None:
    lost, aborted = StringTransport(), StringTransport()
    assert (lost.disconnecting, lost.disconnected, lost.connected) == (False, False, True)

    lost.loseConnection()
    aborted.abortConnection()

    assert (lost.disconnecting, lost.disconnected) == (True, False)
    assert (aborted.disconnecting, aborted.disconnected) == (True, True)


def test_it_has_one_producer() -> None:
    transport = StringTransport()

    with pytest.raises(RuntimeError, match="Cannot unregister a producer unless one is registered"):
        transport.unregisterProducer()
    transport.registerProducer("producer", True)
    assert (transport.producer, transport.streaming) == ("producer", True)
    with pytest.raises(RuntimeError, match="Cannot register two producers"):
        transport.registerProducer("other", True)
    transport.unregisterProducer()
    assert (transport.producer, transport.streaming) == (None, None)


def test_it_is_a_producer_itself() -> None:
    transport = StringTransport()
    states = [transport.producerState]
    for method in ("pauseProducing", "resumeProducing", "stopProducing"):
        getattr(transport, method)()
        states.append(transport.producerState)

    assert states == ["producing", "paused", "producing", "stopped"]
    for method in ("pauseProducing", "resumeProducing"):
        with pytest.raises(RuntimeError, match="Cannot resume a stopped producer"):
            getattr(transport, method)()


@pytest.mark.parametrize("method", ["pauseProducing", "resumeProducing"])
def test_it_is_strict_after_the_end_unless_lenient(method: str) -> None:
    strict, lenient = StringTransport(), StringTransport(lenient=True)
    for transport in (strict, lenient):
        transport.loseConnection()

    with pytest.raises(RuntimeError, match="after loseConnection"):
        getattr(strict, method)()
    getattr(lenient, method)()


@pytest.mark.parametrize("end", ["loseConnection", "abortConnection"])
def test_with_disconnection_the_protocol_is_told_once(end: str) -> None:
    transport, protocol = StringTransportWithDisconnection(), AccumulatingProtocol()
    transport.protocol = protocol

    getattr(transport, end)()
    reason = protocol.closedReason
    transport.loseConnection()

    assert protocol.closedReason is reason
    assert reason.check(ConnectionDone)
    assert reason.getErrorMessage() == "Connection was closed cleanly: Bye.."
    assert not transport.connected


def test_a_datagram_transport_keeps_datagrams() -> None:
    transport = FakeDatagramTransport()
    assert verifyObject(IUDPTransport, transport)

    transport.write(b"a", ("1.1.1.1", 1))
    transport.write(b"b")
    transport.connect("2.2.2.2", 2)
    transport.setBroadcastAllowed(True)
    transport.stopListening()

    assert transport.written == [(b"a", ("1.1.1.1", 1)), (b"b", transport.noAddr)]
    assert (transport.peer, transport.getBroadcastAllowed(), transport.listening) == (("2.2.2.2", 2), True, False)
    assert transport.getHost().type == "UDP"


def test_an_accumulating_protocol_keeps_everything() -> None:
    protocol, ended = AccumulatingProtocol(), list[Any]()
    protocol.factory = Factory()
    made: Deferred[Any] = Deferred()
    protocol.factory.protocolConnectionMade = made
    protocol.closedDeferred = Deferred()
    protocol.closedDeferred.addCallback(ended.append)

    protocol.makeConnection("transport")
    protocol.dataReceived(b"a")
    protocol.dataReceived(b"b")
    protocol.connectionLost("reason")

    assert (protocol.made, protocol.data, protocol.closed, protocol.closedReason) == (1, b"ab", 1, "reason")
    assert made.result is protocol
    assert protocol.factory.protocolConnectionMade is None
    assert ended == [None]
    assert protocol.closedDeferred is None


def test_an_accumulating_protocol_needs_no_factory() -> None:
    protocol = AccumulatingProtocol()
    protocol.makeConnection("transport")
    protocol.connectionLost()

    assert (protocol.made, protocol.closed, protocol.closedReason) == (1, 1, None)


@pytest.mark.parametrize("start", [True, False])
def test_a_line_sending_protocol_speaks_first_or_second(start: bool) -> None:
    lines = [b"one", b"two"]
    protocol, transport = LineSendingProtocol(lines, start), StringTransport()
    protocol.makeConnection(transport)
    assert transport.value() == (b"one\r\ntwo\r\n" if start else b"")

    protocol.dataReceived(b"hello\r\nagain\r\n")
    protocol.connectionLost("reason")

    assert transport.value() == b"one\r\ntwo\r\n"
    assert protocol.response == [b"hello", b"again"]
    assert protocol.lostConn
    assert protocol.lines is not lines


class Consumer:
    def __init__(self) -> None:
        self.got: list[Any] = []

    def write(self, data: bytes) -> None:
        self.got.append(data)

    def unregisterProducer(self) -> None:
        self.got.append("end")


def test_a_non_streaming_producer_writes_ten_digits() -> None:
    consumer = Consumer()
    producer, ended = NonStreamingProducer(consumer), list[Any]()
    producer.result = Deferred()
    producer.result.addCallback(ended.append)

    for _ in range(10):
        assert not ended
        producer.resumeProducing()

    assert consumer.got == [b"%d" % digit for digit in range(10)] + ["end"]
    assert ended == [None]
    assert (producer.consumer, producer.counter, producer.stopped) == (None, 10, False)
    with pytest.raises(RuntimeError, match="resume after unregister"):
        producer.resumeProducing()
    with pytest.raises(RuntimeError, match="pause should never be called"):
        producer.pauseProducing()


def test_a_non_streaming_producer_can_be_stopped() -> None:
    producer = NonStreamingProducer(Consumer())
    producer.resumeProducing()
    producer.stopProducing()

    assert (producer.stopped, producer.consumer) == (True, None)
    with pytest.raises(RuntimeError):
        producer.resumeProducing()


def test_a_file_that_does_not_close() -> None:
    file = StringIOWithoutClosing(b"abc")

    file.close()

    assert file.getvalue() == b"abc"


def test_an_observer_keeps_events_until_the_test_ends() -> None:
    cleanups: list[Any] = []

    class Case:
        def addCleanup(self, call: Any, *args: Any) -> None:
            cleanups.append((call, args))

    publisher = LogPublisher()
    observer = EventLoggingObserver.createWithCleanup(Case(), publisher)
    assert verifyObject(ILogObserver, observer)
    publisher({"log_format": "one"})
    publisher({"log_format": "two"})
    ((call, args),) = cleanups
    call(*args)
    publisher({"log_format": "three"})

    assert len(observer) == 2
    assert [event["log_format"] for event in observer] == ["one", "two"]
    assert (observer[1]["log_format"], observer[:1][0]["log_format"]) == ("two", "one")


def test_waiting_for_all_to_be_disconnected() -> None:
    clock, done = Clock(), list[Any]()
    protocols = [AccumulatingProtocol(), AccumulatingProtocol()]
    for protocol in protocols:
        protocol.transport = StringTransportWithDisconnection()
        protocol.transport.protocol = protocol
    waitUntilAllDisconnected(clock, protocols).addCallback(done.append)

    for protocol in protocols:
        clock.advance(0.01)
        assert done == []
        protocol.transport.loseConnection()
    clock.advance(0.01)

    assert done == [None]
    assert clock.getDelayedCalls() == []


def test_the_old_door_gives_the_same_names() -> None:
    assert proto_helpers.__all__ == testing.__all__
    assert all(getattr(proto_helpers, name) is getattr(testing, name) for name in testing.__all__)


def test_no_test_framework_is_loaded() -> None:
    program = (
        "import sys, twisted.internet.testing, twisted.test.proto_helpers, twisted.test.iosim,"
        "twisted.internet.test.reactormixins; sys.exit(any('trial' in name for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 0
