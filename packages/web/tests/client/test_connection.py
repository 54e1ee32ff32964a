"""One connection: what becomes of requests and responses, whatever happens to it."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import (
    BadHeaders,
    ConnectionAborted,
    HTTP11ClientProtocol,
    ParseError,
    RequestGenerationFailed,
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
    WrongBodyLength,
)
from twisted.web.client import Request, Response, readBody
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IResponse

from .wire import OK, Line, Producer, Transport, Wire, answer, deliver, outcome, reasons


@pytest.fixture
def wire() -> Wire:
    return Wire()


def connected() -> tuple[HTTP11ClientProtocol, Line, list[Any]]:
    idle: list[Any] = []
    protocol = HTTP11ClientProtocol(idle.append)
    transport = Transport()
    protocol.makeConnection(transport)
    return protocol, Line(protocol, transport), idle


def asking(method: bytes = b"GET", body: Any = None, persistent: bool = True, **fields: Any) -> Request:
    headers = {"Host": ["h"], **{name: [value] for name, value in fields.items()}}
    return Request(method, b"/", Headers(headers), body, persistent)


# Responses and their bodies


def test_a_response_says_what_came(wire: Wire) -> None:
    asked = wire.get(b"http://h.example:81/a?b#c", headers=Headers({"A": ["b"]}))
    assert wire.line.sent() == b"GET /a?b HTTP/1.1\r\nA: b\r\nHost: h.example:81\r\n\r\n"
    wire.line.receive(answer(b"hello", b"Server: s", status=b"404 Not Here"))

    response = outcome(asked)
    assert IResponse.providedBy(response) and isinstance(response, Response)
    assert (response.version, response.code, response.phrase) == ((b"HTTP", 1, 1), 404, b"Not Here")
    assert list(response.headers.getAllRawHeaders()) == [(b"Server", [b"s"])]
    assert response.length == 5
    assert response.previousResponse is None
    request: Any = response.request
    assert (request.method, request.absoluteURI) == (b"GET", b"http://h.example:81/a?b#c")
    assert request.headers == Headers({"A": ["b"], "Host": ["h.example:81"]})
    assert repr(response) == "<Response 404 'Not Here' length=5>"
    response.setPreviousResponse(response)
    assert response.previousResponse is response


@pytest.mark.parametrize("step", [0, 1, 7])
@pytest.mark.parametrize(
    ("data", "body"),
    [
        (answer(b"hello"), b"hello"),
        (answer(), b""),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b""),
        (b"HTTP/1.1 204 None\r\n\r\n", b""),
    ],
)
def test_a_connection_serves_one_request_after_another(data: bytes, body: bytes, step: int) -> None:
    protocol, line, idle = connected()
    assert protocol.state == "QUIESCENT"
    for round in (1, 2):
        asked = protocol.request(asking())
        assert protocol.state == "WAITING"
        received: list[Any] = []
        asked.addCallback(deliver).addCallback(received.append)

        line.receive(data, step)

        assert (received[0].body, type(received[0].why), received[0].made) == (body, ResponseDone, 1)
        assert str(received[0].why) == "Response body fully received"
        assert idle == [protocol] * round
        assert protocol.state == "QUIESCENT"
        assert not line.transport.disconnecting
        assert line.transport.producerState == "producing"


@pytest.mark.parametrize("step", [0, 1])
def test_a_body_that_nobody_asked_for_is_kept_and_comes_later(step: int) -> None:
    protocol, line, idle = connected()
    asked = protocol.request(asking())

    line.receive(answer(b"hello"), step) if not step else line.receive(answer(b"hello")[:-4], 1)
    response = outcome(asked)
    if step:
        assert line.transport.producerState == "paused"
        assert idle == []
        receiver = deliver(response)
        assert receiver.body == b"h" and receiver.why is None
        assert line.transport.producerState == "producing"
        line.receive(b"ello")
    else:
        assert line.transport.producerState == "producing"
        assert idle == [protocol]
        receiver = deliver(response)

    assert receiver.body == b"hello" and isinstance(receiver.why, ResponseDone)
    assert idle == [protocol]


def test_the_connection_is_free_when_the_receiver_hears_of_the_end() -> None:
    protocol, line, idle = connected()
    seen: list[Any] = []
    asked = protocol.request(asking())
    line.receive(answer(b"hello")[:-1])
    receiver = deliver(outcome(asked))
    receiver.connectionLost = lambda reason: seen.append((protocol.state, list(idle)))  # type: ignore[method-assign,assignment,misc]

    line.receive(b"o")

    assert seen == [("QUIESCENT", [protocol])]


def test_read_body_fires_when_the_connection_is_free() -> None:
    protocol, line, idle = connected()
    seen: list[Any] = []
    protocol.request(asking()).addCallback(readBody).addCallback(lambda body: seen.append((body, protocol.state)))

    line.receive(answer(b"hello"))

    assert seen == [(b"hello", "QUIESCENT")]
    assert idle == [protocol]


def test_while_all_of_a_body_is_here_its_receiver_still_sees_the_connection() -> None:
    protocol, line, _ = connected()
    seen: list[Any] = []

    def look(response: Any) -> None:
        seen.append(response._transport._producer is line.transport)
        receiver = deliver(response)
        seen.append(receiver.transport._producer)

    protocol.request(asking()).addCallback(look)
    line.receive(answer(b"hello"))

    assert seen == [True, None]


class Breaking(Protocol):
    """Takes a body, and breaks over it."""

    def __init__(self, method: str) -> None:
        self.told: list[Any] = []
        self.breaks = method

    def _do(self, method: str, what: Any) -> None:
        self.told.append(what)
        if method == self.breaks:
            raise ZeroDivisionError

    def dataReceived(self, data: bytes) -> None:
        self._do("dataReceived", data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._do("connectionLost", type(reason.value))


def test_a_receiver_that_breaks_in_the_middle_ends_the_connection_and_hears_of_it_once(log: list[Any]) -> None:
    protocol, line, idle = connected()
    upload = Producer(10)
    asked = protocol.request(asking(b"POST", upload))
    line.receive(answer(b"hello")[:-5])
    receiver = Breaking("dataReceived")
    outcome(asked).deliverBody(receiver)
    line.receive(b"h")

    assert receiver.told == [b"h", ResponseFailed]
    assert [event["log_failure"].type for event in log] == [ZeroDivisionError]
    assert line.transport.aborted and upload.heard == ["start", "stop"] and idle == []
    line.receive(b"ello")
    line.lose(ConnectionLost())
    assert len(receiver.told) == 2 and len(log) == 1 and idle == []
    log.clear()


def test_a_receiver_that_breaks_at_the_end_is_logged_and_the_connection_is_free(log: list[Any]) -> None:
    protocol, line, idle = connected()
    asked = protocol.request(asking())
    line.receive(answer(b"hello")[:-5])
    receiver = Breaking("connectionLost")
    outcome(asked).deliverBody(receiver)
    line.receive(b"hello")

    assert receiver.told == [b"hello", ResponseDone]
    assert [event["log_failure"].type for event in log] == [ZeroDivisionError]
    assert idle == [protocol] and not line.transport.aborted
    log.clear()


def test_a_body_is_delivered_once() -> None:
    protocol, line, _ = connected()
    asked = protocol.request(asking())
    line.receive(answer(b"hello")[:-1])
    response = outcome(asked)
    first = deliver(response)

    with pytest.raises(RuntimeError, match=r"already has protocol .*Receiver.*, cannot deliverBody again"):
        deliver(response)
    line.receive(b"o")
    with pytest.raises(RuntimeError, match="Response already finished, cannot deliverBody now"):
        deliver(response)
    assert first.body == b"hello"


def test_a_receiver_steers_the_connection_until_the_body_is_over() -> None:
    protocol, line, _ = connected()
    asked = protocol.request(asking())
    line.receive(answer(b"hello")[:-1])
    receiver = deliver(outcome(asked))
    transport: Any = receiver.transport

    transport.pauseProducing()
    assert line.transport.producerState == "paused"
    transport.resumeProducing()
    assert line.transport.producerState == "producing"
    assert transport.disconnecting is False
    assert not hasattr(transport, "write")
    transport.pauseProducing()
    line.receive(b"o")

    # The next request is not to suffer from the pause.
    assert line.transport.producerState == "producing"
    transport.pauseProducing()
    transport.resumeProducing()
    transport.stopProducing()
    transport.loseConnection()
    transport.abortConnection()
    assert line.transport.producerState == "producing"
    assert not line.transport.disconnecting
    assert transport.disconnecting is False


@pytest.mark.parametrize(
    ("how", "state", "aborted"),
    [
        ("stopProducing", "stopped", False),
        ("loseConnection", "producing", False),
        ("abortConnection", "producing", True),
    ],
)
def test_a_receiver_can_end_the_connection(how: str, state: str, aborted: bool) -> None:
    protocol, line, _ = connected()
    asked = protocol.request(asking())
    line.receive(answer(b"hello")[:-1])
    receiver = deliver(outcome(asked))

    getattr(receiver.transport, how)()

    assert (line.transport.producerState, line.transport.aborted) == (state, aborted)
    assert line.transport.disconnecting is (how != "stopProducing")
    assert receiver.transport.disconnecting is (how != "stopProducing")


def test_a_receiver_that_pauses_when_it_is_connected_stays_paused() -> None:
    protocol, line, _ = connected()
    asked = protocol.request(asking())
    line.receive(answer(b"hello")[:-1])
    response = outcome(asked)

    class Pausing:
        def makeConnection(self, transport: Any) -> None:
            transport.pauseProducing()

        def dataReceived(self, data: bytes) -> None:
            assert data == b"hell"

    response.deliverBody(Pausing())

    assert line.transport.producerState == "paused"


def test_a_connection_that_ends_while_a_response_is_announced_is_not_paused() -> None:
    protocol, line, _ = connected()
    protocol.request(asking()).addCallback(lambda response: response._transport.loseConnection())

    line.receive(answer(b"hello")[:-1])

    assert line.transport.disconnecting and line.transport.producerState == "producing"


def test_a_transport_without_abort_is_ended_politely() -> None:
    from twisted.web._newclient import TransportProxyProducer

    class Plain:
        lost = 0

        def loseConnection(self) -> None:
            self.lost += 1

    plain = Plain()
    TransportProxyProducer(plain).abortConnection()

    assert plain.lost == 1


def test_a_receiver_that_fails_costs_the_connection(log: list[Any]) -> None:
    protocol, line, idle = connected()
    asked = protocol.request(asking())
    line.receive(answer(b"hello")[:-4])
    receiver = deliver(outcome(asked))

    def fail(data: bytes) -> None:
        raise ZeroDivisionError("mine")

    receiver.dataReceived = fail  # type: ignore[method-assign]
    line.receive(b"ello")

    assert [str(event["log_failure"].value) for event in log] == ["mine"]
    log.clear()
    assert isinstance(receiver.why, ResponseFailed) and reasons(receiver.why) == ["ZeroDivisionError"]
    assert line.transport.aborted
    assert idle == []
    line.lose()


def test_a_receiver_that_fails_at_the_end_is_reported(log: list[Any]) -> None:
    protocol, line, idle = connected()
    asked = protocol.request(asking())
    line.receive(answer(b"hello")[:-4])
    receiver = deliver(outcome(asked))

    def fail(reason: Failure) -> None:
        raise ZeroDivisionError("mine")

    receiver.connectionLost = fail  # type: ignore[method-assign,assignment]
    line.receive(b"ello")

    assert [str(event["log_failure"].value) for event in log] == ["mine"]
    log.clear()
    assert idle == [protocol]


@pytest.mark.parametrize("why", [ConnectionDone(), ConnectionLost()])
def test_a_body_that_only_the_connection_ends_may_be_incomplete(wire: Wire, why: BaseException) -> None:
    asked = wire.get()
    wire.line.receive(OK + b"\r\nsome")
    response = outcome(asked)
    assert response.length == UNKNOWN_LENGTH
    receiver = deliver(response)
    assert receiver.why is None

    wire.line.lose(why)

    assert receiver.body == b"some" and isinstance(receiver.why, PotentialDataLoss)


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        (answer(b"hello")[:-2], "the connection ended 2 bytes before the end of the body"),
        (
            OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n",
            "the connection ended before the size of a chunk of a body in chunks",
        ),
    ],
)
def test_a_body_that_is_cut_off_fails(data: bytes, missing: str) -> None:
    protocol, line, _ = connected()
    asked = protocol.request(asking())
    line.receive(data)
    response = outcome(asked)
    receiver = deliver(response)

    line.lose(ConnectionLost())

    assert receiver.body == b"hel"
    assert type(receiver.why) is ResponseFailed and reasons(receiver.why) == ["ConnectionLost", "_DataLoss"]
    assert str(receiver.why.reasons[1].value) == missing
    assert receiver.why.response is response


def test_a_body_that_was_cut_off_before_it_was_asked_for_fails_then() -> None:
    protocol, line, _ = connected()
    asked = protocol.request(asking())
    line.receive(answer(b"hello")[:-2])
    line.lose()

    receiver = deliver(outcome(asked))

    assert receiver.body == b"hel" and reasons(receiver.why) == ["ConnectionDone", "_DataLoss"]
    assert line.transport.producerState == "paused"


def test_a_whole_body_outlives_the_connection() -> None:
    protocol, line, _ = connected()
    asked = protocol.request(asking())
    line.receive(answer(b"hello"))
    line.lose()

    receiver = deliver(outcome(asked))

    assert receiver.body == b"hello" and isinstance(receiver.why, ResponseDone)


def test_a_connection_may_end_while_a_whole_body_is_announced() -> None:
    protocol, line, idle = connected()
    kept: list[Any] = []

    def hang_up(response: Any) -> None:
        kept.append(response)
        line.lose()

    protocol.request(asking()).addCallback(hang_up)
    line.receive(answer(b"hello"))

    receiver = deliver(kept[0])
    assert receiver.body == b"hello" and isinstance(receiver.why, ResponseDone)
    assert idle == [] and protocol.state == "CONNECTION_LOST"


@pytest.mark.parametrize("step", [0, 1])
def test_chunks_that_make_no_sense_fail_after_what_came_before(step: int) -> None:
    protocol, line, idle = connected()
    received: list[Any] = []
    protocol.request(asking()).addCallback(deliver).addCallback(received.append)

    line.receive(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n", step)

    receiver = received[0]
    assert receiver.body == b"abc"
    assert reasons(receiver.why) == ["_MalformedChunkedDataError", "_DataLoss"]
    assert line.transport.disconnecting and not line.transport.aborted
    assert protocol.state == "CLOSING" and idle == []
    line.receive(b"more")
    line.lose()
    assert receiver.body == b"abc"


def test_chunks_that_make_no_sense_fail_for_who_asks_later() -> None:
    protocol, line, _ = connected()
    asked = protocol.request(asking())
    line.receive(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n")
    response = outcome(asked)

    receiver = deliver(response)

    assert receiver.body == b"abc" and reasons(receiver.why) == ["_MalformedChunkedDataError", "_DataLoss"]
    assert receiver.why.response is response


@pytest.mark.parametrize("step", [0, 1])
def test_what_is_no_response_fails_the_request(step: int) -> None:
    protocol, line, idle = connected()
    asked = protocol.request(asking())

    line.receive(b"SSH-2.0-OpenSSH_9.2 x\r\n", step)

    failure = outcome(asked)
    assert type(failure) is ResponseFailed and failure.response is None
    assert isinstance(failure.reasons[0].value, ParseError)
    assert line.transport.disconnecting and idle == []
    line.lose()


# Whether the connection lasts


@pytest.mark.parametrize(
    ("data", "persistent"),
    [
        (answer(b"x", b"Connection: close"), True),
        (answer(b"x"), False),
        (answer(b"x") + b"more", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", True),
        (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", True),
    ],
)
@pytest.mark.parametrize("step", [0, 1])
def test_when_a_connection_serves_no_further_request(data: bytes, persistent: bool, step: int) -> None:
    protocol, line, idle = connected()
    received: list[Any] = []
    protocol.request(asking(persistent=persistent)).addCallback(deliver).addCallback(received.append)

    line.receive(data, step)

    assert isinstance(received[0].why, ResponseDone)
    if data.endswith(b"more") and step:
        # The first byte too many comes when the connection is idle already.
        assert idle == [protocol]
    else:
        assert idle == []
    assert line.transport.disconnecting
    assert protocol.state == "CLOSING"
    assert isinstance(outcome(protocol.request(asking())), RequestNotSent)


def test_a_connection_that_is_ending_is_not_offered() -> None:
    protocol, line, idle = connected()
    protocol.request(asking())
    line.transport.loseConnection()

    line.receive(answer(b"x"))

    assert idle == []


def test_bytes_that_nobody_asked_for_end_the_connection() -> None:
    protocol, line, _ = connected()

    line.receive(b"HTTP/1.1 200 OK\r\n")

    assert line.transport.disconnecting and protocol.state == "CLOSING"
    line.receive(b"more")
    line.lose()
    assert protocol.state == "CONNECTION_LOST"


def test_interim_responses_are_told_to_the_log_alone() -> None:
    from twisted.logger import globalLogPublisher

    events: list[Any] = []
    observe: Any = events.append
    globalLogPublisher.addObserver(observe)
    try:
        protocol, line, idle = connected()
        asked = protocol.request(asking())
        line.receive(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer(b"x"))
    finally:
        globalLogPublisher.removeObserver(observe)

    assert outcome(asked).code == 200
    assert idle == [protocol]
    assert [event["code"] for event in events if event["log_format"] == "Ignoring unexpected {code} response"] == [103]


def test_a_protocol_that_was_switched_to_speaks_until_the_end() -> None:
    protocol, line, _ = connected()
    asked = protocol.request(asking(Upgrade="x", Connection="upgrade"))
    line.receive(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nabc")
    receiver = deliver(outcome(asked))
    line.receive(b"def")
    line.lose()

    assert receiver.body == b"abcdef" and isinstance(receiver.why, ResponseDone)


# Requests that fail


@pytest.mark.parametrize("why", [ConnectionDone(), ConnectionLost()])
@pytest.mark.parametrize(
    ("data", "kind"), [(b"", ResponseNeverReceived), (b"H", ResponseFailed), (OK + b"A: b\r\n", ResponseFailed)]
)
def test_a_connection_that_ends_before_the_response(why: BaseException, data: bytes, kind: type) -> None:
    protocol, line, idle = connected()
    asked = protocol.request(asking())
    line.receive(data)

    line.lose(why)

    failure: Any = outcome(asked)
    assert type(failure).__name__ == kind.__name__
    assert [reason.value for reason in failure.reasons] == [why]
    assert failure.response is None
    assert protocol.state == "CONNECTION_LOST" and idle == []


def test_one_request_at_a_time() -> None:
    protocol, line, _ = connected()
    protocol.request(asking())
    line.sent()

    assert isinstance(outcome(protocol.request(asking())), RequestNotSent)
    assert line.sent() == b""


def test_a_request_that_cannot_be_written_fails() -> None:
    for body in (None, Producer(1)):
        protocol, line, idle = connected()
        failure = outcome(protocol.request(Request(b"PUT", b"/", Headers(), body, True)))

        assert isinstance(failure, RequestGenerationFailed)
        assert isinstance(failure.reasons[0].value, BadHeaders)
        assert line.transport.value() == b""
        assert line.transport.aborted and protocol.state == "GENERATION_FAILED"
        line.lose()
        assert idle == []


def test_cancelling_cuts_the_connection() -> None:
    for data, kind in ((b"", ResponseNeverReceived), (b"HTTP", ResponseFailed)):
        protocol, line, _ = connected()
        asked = protocol.request(asking())
        line.receive(data)

        asked.cancel()

        failure = outcome(asked)
        assert type(failure) is kind and isinstance(failure.reasons[0].value, CancelledError)
        assert line.transport.aborted
        line.lose()


@pytest.mark.parametrize("stage", [0, 1, 2, 3])
def test_aborting(stage: int) -> None:
    protocol, line, _ = connected()
    asked = protocol.request(asking())
    if stage:
        line.receive(OK)
    receiver = None
    if stage > 1:
        line.receive(b"Content-Length: 5\r\n\r\nab")
        receiver = deliver(outcome(asked))
    if stage > 2:
        line.receive(b"cde")

    gone = protocol.abort()
    assert protocol.state == "ABORTING"
    assert line.transport.disconnecting and not line.transport.aborted
    assert not gone.called
    line.lose()

    assert gone.called and outcome(gone) is None
    if receiver is None:
        failure = outcome(asked)
        assert type(failure) is (ResponseFailed if stage else ResponseNeverReceived)
        assert isinstance(failure.reasons[0].value, ConnectionAborted)
    elif stage == 2:
        assert reasons(receiver.why) == ["ConnectionAborted", "_DataLoss"]
    else:
        assert isinstance(receiver.why, ResponseDone)
    assert protocol.abort().called


def test_aborting_a_body_without_length_fails_it() -> None:
    protocol, line, _ = connected()
    asked = protocol.request(asking())
    line.receive(OK + b"\r\nab")
    receiver = deliver(outcome(asked))
    protocol.abort()
    line.receive(b"cd")
    line.lose()

    assert receiver.body == b"ab" and reasons(receiver.why) == ["ConnectionAborted"]


def test_a_transport_that_cannot_be_cut_is_ended() -> None:
    protocol, _line, _ = connected()

    class Plain:
        lost = 0

        def write(self, data: bytes) -> None:
            pass

        def loseConnection(self) -> None:
            self.lost += 1

    plain = Plain()
    protocol.transport = plain
    protocol.request(asking()).addErrback(lambda _: None).cancel()

    assert plain.lost == 1


# Requests with bodies


@pytest.mark.parametrize("length", [5, UNKNOWN_LENGTH])
class TestSending:
    """A body on its way."""

    def begin(self, length: Any, **fields: Any) -> tuple[HTTP11ClientProtocol, Line, list[Any], Producer, Any]:
        protocol, line, idle = connected()
        producer = Producer(length)
        asked = protocol.request(asking(b"PUT", producer, **fields))
        return protocol, line, idle, producer, asked

    def test_in_order(self, length: Any) -> None:
        protocol, line, idle, producer, asked = self.begin(length)
        assert protocol.state == "TRANSMITTING"
        assert line.transport.producer is producer
        producer.consumer.write(b"hello")
        producer.done.callback(None)
        assert protocol.state == "WAITING"

        line.receive(answer(b"ok"))

        assert deliver(outcome(asked)).body == b"ok"
        assert idle == [protocol] and producer.heard == ["start"]
        assert line.transport.producer is None

    def test_an_answer_that_does_not_wait_for_the_rest(self, length: Any) -> None:
        protocol, line, idle, producer, asked = self.begin(length)
        producer.consumer.write(b"he")

        line.receive(answer(b"too much", status=b"413 No"))

        assert protocol.state == "TRANSMITTING_AFTER_RECEIVING_RESPONSE"
        assert outcome(asked).code == 413
        assert producer.heard == ["start", "stop"]
        assert line.transport.producer is None
        assert line.transport.disconnecting and idle == []
        line.sent()
        producer.done.callback(None)
        assert line.sent() == b""
        line.lose()

    def test_an_answer_that_begins_early_and_ends_late(self, length: Any) -> None:
        protocol, line, idle, producer, asked = self.begin(length)
        line.receive(answer(b"ok")[:-1])
        receiver = deliver(outcome(asked))
        assert protocol.state == "TRANSMITTING" and producer.heard == ["start"]
        producer.consumer.write(b"hello")
        producer.done.callback(None)
        assert protocol.state == "WAITING"
        line.receive(b"k")

        assert receiver.body == b"ok" and idle == [protocol]

    @pytest.mark.parametrize("data", [b"", b"HTTP/1.1 2"])
    def test_a_connection_that_ends(self, length: Any, data: bytes) -> None:
        _protocol, line, _, producer, asked = self.begin(length)
        line.receive(data)

        line.lose(ConnectionLost())

        failure = outcome(asked)
        assert type(failure) is RequestTransmissionFailed and reasons(failure) == ["ConnectionLost"]
        assert producer.heard == ["start", "stop"]
        producer.done.errback(ZeroDivisionError())

    def test_a_connection_that_ends_in_the_middle_of_an_early_answer(self, length: Any) -> None:
        _, line, _, producer, asked = self.begin(length)
        line.receive(answer(b"ok")[:-1])
        receiver = deliver(outcome(asked))

        line.lose(ConnectionLost())

        assert reasons(receiver.why) == ["ConnectionLost", "_DataLoss"]
        assert producer.heard == ["start", "stop"]

    def test_a_producer_that_fails(self, length: Any) -> None:
        protocol, line, _, producer, asked = self.begin(length)

        producer.done.errback(ZeroDivisionError())

        failure = outcome(asked)
        assert isinstance(failure, RequestGenerationFailed) and reasons(failure) == ["ZeroDivisionError"]
        assert protocol.state == "GENERATION_FAILED" and line.transport.aborted
        line.lose()
        assert protocol.state == "CONNECTION_LOST"

    def test_a_producer_that_fails_when_the_answer_is_here(self, length: Any, log: list[Any]) -> None:
        _protocol, line, _, producer, asked = self.begin(length)
        line.receive(answer(b"ok"))

        producer.done.errback(ZeroDivisionError())

        assert outcome(asked).code == 200
        assert log == []

    def test_what_is_no_response(self, length: Any) -> None:
        _protocol, line, _, producer, asked = self.begin(length)

        line.receive(b"xx\r\n")

        assert reasons(outcome(asked)) == ["ParseError"]
        assert producer.heard == ["start", "stop"]
        assert line.transport.disconnecting
        line.lose()

    def test_cancelling(self, length: Any) -> None:
        _protocol, line, _, producer, asked = self.begin(length)

        asked.cancel()

        failure = outcome(asked)
        assert isinstance(failure, RequestGenerationFailed) and reasons(failure) == ["CancelledError"]
        assert producer.heard == ["start", "cancelled"]
        assert line.transport.aborted
        line.lose()

    def test_a_body_that_waits_to_be_welcome(self, length: Any) -> None:
        wire = Wire()
        producer = Producer(length)
        asked = wire.agent.request(b"PUT", b"http://h/", Headers({"Expect": ["100-Continue"]}), producer)
        sent = wire.line.sent()
        assert sent.endswith(b"\r\nExpect: 100-Continue\r\nHost: h\r\n\r\n")
        assert (b"Content-Length: 5" if length == 5 else b"Transfer-Encoding: chunked") in sent
        assert producer.heard == []

        wire.line.receive(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert producer.heard == ["start"]
        assert wire.clock.getDelayedCalls() == []
        producer.consumer.write(b"hello")
        producer.done.callback(None)
        wire.line.receive(answer(b"ok"))

        assert outcome(asked).code == 200
        assert wire.line.protocol.state == "QUIESCENT"

    def test_a_body_that_is_not_welcome_is_not_sent(self, length: Any) -> None:
        wire = Wire()
        producer = Producer(length)
        asked = wire.agent.request(b"PUT", b"http://h/", Headers({"Expect": ["100-continue"]}), producer)
        wire.line.sent()

        wire.line.receive(answer(b"no", status=b"417 No"))

        assert outcome(asked).code == 417
        assert producer.heard == ["stop"]
        assert wire.line.sent() == b"" and wire.line.transport.disconnecting
        assert wire.clock.getDelayedCalls() == []
        wire.line.lose()

    def test_a_body_does_not_wait_for_ever(self, length: Any) -> None:
        wire = Wire()
        producer = Producer(length)
        wire.agent.request(b"PUT", b"http://h/", Headers({"Expect": ["100-continue"]}), producer)

        wire.clock.advance(0.9)
        assert producer.heard == []
        wire.clock.advance(0.1)

        assert producer.heard == ["start"]
        wire.line.receive(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert producer.heard == ["start"]

    @pytest.mark.parametrize("how", ["lost", "cancelled"])
    def test_a_wait_to_be_welcome_can_end_otherwise(self, length: Any, how: str) -> None:
        wire = Wire()
        producer = Producer(length)
        asked = wire.agent.request(b"PUT", b"http://h/", Headers({"Expect": ["100-continue"]}), producer)
        if how == "lost":
            wire.line.lose(ConnectionLost())
            assert isinstance(outcome(asked), RequestTransmissionFailed)
            assert producer.heard == ["stop"]
        else:
            asked.cancel()
            assert isinstance(outcome(asked), RequestGenerationFailed)
            wire.line.lose()

        assert wire.clock.getDelayedCalls() == []
        assert "start" not in producer.heard


def test_a_body_of_the_wrong_length() -> None:
    protocol, line, _ = connected()
    producer = Producer(3)
    asked = protocol.request(asking(b"PUT", producer))
    producer.consumer.write(b"hello")

    failure = outcome(asked)
    assert isinstance(failure, RequestGenerationFailed)
    assert isinstance(failure.reasons[0].value, WrongBodyLength)
    assert line.transport.aborted
    line.lose()


def test_a_producer_that_cannot_be_stopped_is_reported(log: list[Any]) -> None:
    class Stubborn(Producer):
        def stopProducing(self) -> None:
            raise RuntimeError("never")

    protocol, line, _ = connected()
    asked = protocol.request(asking(b"PUT", Stubborn()))
    line.lose()

    assert isinstance(outcome(asked), RequestTransmissionFailed)
    assert [str(event["log_failure"].value) for event in log] == ["never"]
    log.clear()


def test_requests_of_ones_own_making_are_written() -> None:
    from twisted.internet.defer import Deferred

    class Own:
        method, headers, bodyProducer, persistent = b"GET", Headers({"Host": ["h"]}), None, True
        written: Deferred[None] = Deferred()
        stopped = 0

        def writeTo(self, transport: Any) -> Deferred[None]:
            transport.write(b"GET / HTTP/1.1\r\nHost: own\r\n\r\n")
            return self.written

        def stopWriting(self) -> None:
            self.stopped += 1

    protocol, line, idle = connected()
    own: Any = Own()
    asked = protocol.request(own)
    assert line.sent() == b"GET / HTTP/1.1\r\nHost: own\r\n\r\n"
    assert protocol.state == "TRANSMITTING"
    own.written.callback(None)
    line.receive(answer(b"x"))

    assert outcome(asked).request is own
    assert idle == [protocol] and own.stopped == 0


def test_a_failure_nobody_can_be_told_of_is_logged(log: list[Any]) -> None:
    from twisted.internet.defer import Deferred

    class Own:
        method, headers, bodyProducer, persistent = b"GET", Headers({"Host": ["h"]}), None, True
        written: Deferred[None] = Deferred()

        def writeTo(self, transport: Any) -> Deferred[None]:
            return self.written

        def stopWriting(self) -> None:
            pass

    protocol, line, _ = connected()
    own: Any = Own()
    asked = protocol.request(own)
    line.lose()
    assert isinstance(outcome(asked), RequestTransmissionFailed)

    own.written.errback(ZeroDivisionError("late"))

    assert [str(event["log_failure"].value) for event in log] == ["late"]
    log.clear()


def test_small_pieces_are_sent_at_once_over_tcp() -> None:
    from zope.interface import directlyProvides

    class Tcp(Transport):
        no_delay: Any = None

        def setTcpNoDelay(self, enabled: bool) -> None:
            self.no_delay = enabled

    transport = Tcp()
    directlyProvides(transport, ITCPTransport)
    HTTP11ClientProtocol().makeConnection(transport)

    assert transport.no_delay is True
