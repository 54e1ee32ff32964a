"""Producers that wait to be asked; the old client; a transport that keeps what is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet import task
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IPushProducer
from twisted.internet.testing import StringTransport as Transport
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure
from twisted.web._http.pulling import Pulling
from twisted.web.http import HTTPClient, StringTransport

Talk = Callable[..., Any]
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Turns:
    """The reactor's turns, taken by hand."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def later(self, call: Any) -> Any:
        self.calls.append(call)
        turns = self

        class Call:
            def cancel(self) -> None:
                turns.calls.remove(call)

        return Call()

    def take(self, count: int = 1) -> None:
        for _ in range(count):
            calls, self.calls = self.calls, []
            for call in calls:
                call()


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    turns = Turns()
    cooperator = task.Cooperator(scheduler=turns.later, terminationPredicateFactory=lambda: lambda: True)
    monkeypatch.setattr(task, "cooperate", cooperator.cooperate)
    return turns


class Counting:
    """Writes numbers when it is asked, and finishes with the last."""

    def __init__(self, request: Any, last: int = 10**9) -> None:
        self.request = request
        self.count = 0
        self.last = last
        self.stopped = 0

    def resumeProducing(self) -> None:
        self.count += 1
        self.request.write(b"%d," % self.count)
        if self.count == self.last:
            self.request.unregisterProducer()
            self.request.finish()

    def stopProducing(self) -> None:
        self.stopped += 1


def test_a_producer_is_asked_once_a_turn_until_it_has_finished(talk: Talk, requests: list[Any], turns: Turns) -> None:
    conversation = talk()
    conversation.say(GET)
    producer = Counting(requests[0], last=3)
    requests[0].setHeader(b"content-length", b"6")
    requests[0].registerProducer(producer, False)
    turns.take(10)

    assert conversation.heard().endswith(b"\r\n\r\n1,2,3,")
    assert producer.count == 3 and turns.calls == []
    assert conversation.channel._requestProducer is None


def test_a_producer_is_not_asked_while_the_client_is_slow(talk: Talk, requests: list[Any], turns: Turns) -> None:
    conversation = talk()
    conversation.say(GET)
    producer = Counting(requests[0])
    requests[0].registerProducer(producer, False)
    turns.take(2)
    asked = producer.count
    conversation.channel.pauseProducing()
    conversation.channel.pauseProducing()
    turns.take(3)
    assert producer.count == asked
    conversation.channel.resumeProducing()
    conversation.channel.resumeProducing()
    turns.take(1)
    assert producer.count == asked + 1
    requests[0].unregisterProducer()
    turns.take(3)
    assert producer.count == asked + 1


def test_a_producer_is_stopped_with_the_transport(talk: Talk, requests: list[Any], turns: Turns) -> None:
    conversation = talk()
    conversation.say(GET)
    producer = Counting(requests[0])
    requests[0].registerProducer(producer, False)
    conversation.channel.stopProducing()
    asked = producer.count
    turns.take(3)

    assert producer.stopped == 1 and producer.count == asked


def test_nobody_is_asked_for_a_client_that_is_gone(talk: Talk, requests: list[Any], turns: Turns) -> None:
    conversation = talk()
    conversation.say(GET)
    producer = Counting(requests[0])
    requests[0].registerProducer(producer, False)
    asked = producer.count
    conversation.hang_up(Failure(ConnectionDone()))
    turns.take(3)

    assert producer.count == asked
    assert turns.calls == []


def test_a_producer_that_fails_is_logged_and_the_connection_closed(
    talk: Talk, requests: list[Any], turns: Turns
) -> None:
    class Broken(Counting):
        def resumeProducing(self) -> None:
            raise ZeroDivisionError

    events: Any = []
    globalLogPublisher.addObserver(events.append)
    try:
        conversation = talk()
        conversation.say(GET)
        requests[0].registerProducer(Broken(requests[0]), False)
        turns.take(3)
    finally:
        globalLogPublisher.removeObserver(events.append)

    assert [event["log_failure"].type for event in events] == [ZeroDivisionError]
    assert conversation.transport.disconnecting and turns.calls == []


def test_asking_makes_a_push_producer(turns: Turns) -> None:
    pulling = Pulling(object(), object())

    assert verifyObject(IPushProducer, pulling)
    pulling.pauseProducing()
    pulling.resumeProducing()
    pulling.stop()


# The old client


class Client(HTTPClient):
    def __init__(self) -> None:
        self.told: list[Any] = []

    def handleStatus(self, version: bytes, status: bytes, message: bytes) -> None:
        self.told.append((version, status, message))

    def handleHeader(self, key: bytes, val: bytes) -> None:
        self.told.append((key, val))

    def handleEndHeaders(self) -> None:
        self.told.append("headers")

    def handleResponsePart(self, data: bytes) -> None:
        self.told.append(data)

    def handleResponseEnd(self) -> None:
        self.told.append("end")


def told(*pieces: bytes) -> list[Any]:
    client = Client()
    client.makeConnection(Transport())
    for piece in pieces:
        client.dataReceived(piece)
    client.connectionLost()
    return client.told


def test_the_old_client_asks() -> None:
    client = Client()
    transport = Transport()
    client.makeConnection(transport)
    client.sendCommand(b"GET", b"/x")
    client.sendHeader(b"a", b"b\r\nc: d")
    client.sendHeader(b"n", 3)
    client.endHeaders()

    assert transport.value() == b"GET /x HTTP/1.0\r\nA: b c: d\r\nN: 3\r\n\r\n"


def test_the_old_client_tells_what_came() -> None:
    assert told(b"HTTP/1.1 404 Not Here\r\nA: b\r\n c\r\nContent-Length: 5\r\n\r\nab", b"cdefg") == [
        (b"HTTP/1.1", b"404", b"Not Here"),
        (b"A", b"b c"),
        (b"Content-Length", b"5"),
        "headers",
        b"ab",
        b"cde",
        "end",
        "end",
    ]


def test_the_old_client_reads_to_the_end_of_the_connection() -> None:
    assert told(b"HTTP/1.0 200\r\n\r\nab", b"cd") == [(b"HTTP/1.0", b"200", b""), "headers", b"ab", b"cd", "end"]


def test_the_old_client_knows_of_empty_bodies() -> None:
    assert told(b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\nxx")[-3:] == ["headers", "end", "end"]


def test_the_old_clients_hooks_do_nothing_by_themselves() -> None:
    client = HTTPClient()
    client.makeConnection(Transport())
    client.dataReceived(b"HTTP/1.0 200 OK\r\nA: b\r\nContent-Length: 1\r\n\r\nx")
    client.connectionLost()

    assert client.length == 0 and not client.firstLine


def test_a_transport_that_keeps_what_is_written_is_a_file_too() -> None:
    transport: Any = StringTransport()
    transport.writeSequence([b"a", b"b"])
    transport.write(b"c")

    assert transport.getvalue() == transport.s.getvalue() == b"abc"
    assert transport.tell() == 3
