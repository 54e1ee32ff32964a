"""Factories: making channels, choosing a version of HTTP, access logs; and the timer that they share."""

from __future__ import annotations

from http import HTTPStatus
from io import StringIO
from math import inf
from pathlib import Path
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ILoggingContext, IProtocol, IProtocolFactory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web._http.deadlines import Watch
from twisted.web.http import HTTPChannel, HTTPFactory, Request
from twisted.web.test.requesthelper import DummyChannel

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Prompt(Request):
    def process(self) -> None:
        self.setHeader(b"content-length", b"0")
        self.finish()


def made(factory: HTTPFactory) -> tuple[Any, StringTransport]:
    protocol = factory.buildProtocol(None)
    protocol.requestFactory = Prompt
    transport = StringTransport()
    protocol.makeConnection(transport)
    return protocol, transport


def asked() -> Request:
    request = Request(DummyChannel())
    request.method, request.uri, request.clientproto = b"GET", b"/", b"HTTP/1.1"
    return request


# Channels


def test_a_factory_makes_channels_with_its_settings() -> None:
    clock = Clock()
    factory = HTTPFactory(timeout=7, reactor=clock)
    protocol = factory.buildProtocol(None)
    channel = protocol._channel

    assert isinstance(channel, HTTPChannel)
    assert (protocol.factory, channel.factory) == (factory, factory)
    assert (protocol.timeOut, channel.timeOut) == (7, 7)
    later: Any = clock.callLater
    assert protocol.callLater == channel.callLater == later
    assert protocol.requestFactory is channel.requestFactory is Request
    assert protocol.site is None
    assert verifyObject(IProtocol, protocol)
    assert verifyObject(IProtocolFactory, factory) and verifyObject(ILoggingContext, factory)


def test_what_is_set_at_the_protocol_is_set_at_the_channel() -> None:
    protocol = HTTPFactory(reactor=Clock()).buildProtocol(None)
    for name in ("factory", "requestFactory", "site", "timeOut", "callLater"):
        value = object()
        setattr(protocol, name, value)
        assert getattr(protocol, name) is getattr(protocol._channel, name) is value


def test_the_usual_time_is_a_minute_and_the_usual_reactor_the_processs() -> None:
    from twisted.internet import reactor

    factory = HTTPFactory()
    assert factory.timeOut == 60 == HTTPFactory.timeOut
    assert factory.reactor is reactor
    assert factory.logPath is None is HTTPFactory.logPath


def test_a_factory_may_get_another_clock_before_clients_come() -> None:
    factory, clock = HTTPFactory(reactor=Clock()), Clock()
    factory.reactor = clock
    _, transport = made(factory)
    clock.advance(60)

    assert transport.disconnecting


def test_without_tls_there_is_nothing_to_agree_upon() -> None:
    protocol, transport = made(HTTPFactory(reactor=Clock()))
    assert protocol.transport is transport
    protocol.dataReceived(GET)

    assert transport.value() == b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    protocol.connectionLost(Failure(ConnectionDone()))
    assert "dataReceived" not in vars(protocol), "or it would wait for the garbage collector"


@pytest.mark.parametrize("agreed", [None, b"http/1.1"])
def test_what_is_agreed_upon_is_spoken(agreed: bytes | None) -> None:
    class Secure(StringTransport):
        negotiatedProtocol = agreed

    protocol = HTTPFactory(reactor=Clock()).buildProtocol(None)
    protocol.requestFactory = Prompt
    transport = Secure()
    protocol.makeConnection(transport)
    protocol.dataReceived(GET)
    protocol.dataReceived(GET)

    assert transport.value() == b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * 2


def test_a_protocol_may_be_told_that_its_connection_is_made() -> None:
    protocol = HTTPFactory(reactor=Clock()).buildProtocol(None)
    protocol._channel.transport = transport = StringTransport()
    protocol.connectionMade()

    assert transport.producer is protocol._channel


# Access logs


def formatter(function: Any) -> Any:
    """Any function will do."""
    return function


def test_a_line_goes_to_the_log_file() -> None:
    factory = HTTPFactory(
        reactor=Clock(), logFormatter=formatter(lambda timestamp, request: f"{timestamp[0]} {request.uri!r}")
    )
    factory.logFile = file = StringIO()
    factory.log(asked())

    assert file.getvalue() == "[ b'/'\n"


def test_no_line_is_no_line() -> None:
    factory = HTTPFactory(reactor=Clock(), logFormatter=formatter(lambda timestamp, request: None))
    factory.logFile = file = StringIO()
    factory.log(asked())

    assert file.getvalue() == ""


def test_without_a_file_there_is_no_log() -> None:
    factory = HTTPFactory(reactor=Clock())
    with pytest.raises(AttributeError, match="no log file present"):
        factory.logFile  # noqa: B018
    factory.log(asked())


@pytest.mark.parametrize("as_bytes", [True, False])
def test_the_log_file_is_opened_and_closed(tmp_path: Path, as_bytes: bool) -> None:
    path = tmp_path / "access.log"
    path.write_text("before\n")
    factory = HTTPFactory(bytes(path) if as_bytes else str(path), reactor=Clock())
    assert factory.logPath == (bytes(path) if as_bytes else str(path))
    factory.startFactory()
    file = factory.logFile
    factory.log(asked())
    assert '"GET / HTTP/1.1" 200 - "-" "-"' in path.read_text(), "line by line"
    factory.stopFactory()

    assert file.closed
    assert path.read_text().startswith("before\n")
    with pytest.raises(AttributeError):
        factory.logFile  # noqa: B018


def test_a_relative_path_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert HTTPFactory("access.log", reactor=Clock()).logPath == str(tmp_path / "access.log")


def test_the_programs_own_log_is_used_if_somebody_observes_it() -> None:
    formatted: Any = []

    def make(timestamp: str, request: Any) -> str:
        formatted.append(request)
        return "a line"

    factory = HTTPFactory(reactor=Clock(), logFormatter=formatter(make))
    factory.startFactory()
    # Whoever runs the tests may observe too.
    others = globalLogPublisher._observers
    globalLogPublisher._observers = ()
    try:
        factory.log(asked())
        assert formatted == []
        events: Any = []
        globalLogPublisher.addObserver(events.append)
        factory.log(asked())
    finally:
        globalLogPublisher._observers = others
    file = factory.logFile
    factory.stopFactory()

    assert len(formatted) == 1
    assert [event["log_io"] for event in events] == ["a line"]
    assert not file.closed, "it is not ours to close"


def test_a_file_that_was_set_is_used_in_any_case_and_kept_when_starting() -> None:
    factory = HTTPFactory(reactor=Clock(), logFormatter=formatter(lambda timestamp, request: "x"))
    factory.logFile = file = StringIO()
    factory.startFactory()
    factory.log(asked())
    assert file.getvalue() == "x\n"
    factory.stopFactory()

    assert file.closed


def test_each_response_is_logged() -> None:
    factory = HTTPFactory(reactor=Clock(), logFormatter=formatter(lambda timestamp, request: f"{request.code}"))
    factory.logFile = file = StringIO()
    protocol, _ = made(factory)
    protocol.dataReceived(GET * 3)

    assert file.getvalue() == "200\n" * 3


# The timer


class Watched:
    def __init__(self, watch: Watch, deadline: float) -> None:
        self.watch = watch
        self._deadline = deadline
        self._looked_at = inf
        self.passed: list[float] = []

    def _deadline_passed(self) -> None:
        self.passed.append(self.watch.seconds())
        self._deadline = inf


def watched(watch: Watch, deadline: float) -> Watched:
    thing = Watched(watch, deadline)
    watch.attend(thing)
    return thing


def test_deadlines_pass_in_a_quarter_of_a_second_and_never_early() -> None:
    clock = Clock()
    watch = Watch(clock)
    things = [watched(watch, deadline) for deadline in (3.0, 1.1, 2.0, 1.25)]
    assert len(clock.getDelayedCalls()) == 1
    for _ in range(40):
        clock.advance(0.1)

    for thing, deadline in zip(things, (3.0, 1.1, 2.0, 1.25), strict=True):
        (passed,) = thing.passed
        assert deadline <= passed + 1e-9 and passed < deadline + 0.36
    assert clock.getDelayedCalls() == []


def test_a_deadline_that_moved_is_looked_at_again_when_it_would_have_passed() -> None:
    clock = Clock()
    watch = Watch(clock)
    thing = watched(watch, 10)
    thing._deadline = 25
    clock.advance(10)
    assert thing.passed == [] and thing._looked_at == 25
    clock.advance(15)

    assert thing.passed == [25]


def test_no_deadline_is_no_longer_looked_at() -> None:
    clock = Clock()
    watch = Watch(clock)
    thing = watched(watch, 10)
    thing._deadline = inf
    clock.advance(10)

    assert thing.passed == [] and thing._looked_at == inf
    assert clock.getDelayedCalls() == []


def test_what_is_forgotten_does_not_pass() -> None:
    clock = Clock()
    watch = Watch(clock)
    first, second, third = watched(watch, 10), watched(watch, 10), watched(watch, 20)
    watch.forget(first)
    watch.forget(first)
    clock.advance(10)
    assert (first.passed, second.passed) == ([], [10])
    watch.forget(third)

    assert clock.getDelayedCalls() == []


def test_an_earlier_deadline_moves_the_timer() -> None:
    clock = Clock()
    watch = Watch(clock)
    late = watched(watch, 10)
    early = watched(watch, 5)
    late._deadline = 3
    watch.attend(late)
    (call,) = clock.getDelayedCalls()
    assert call.getTime() == 3
    clock.advance(3)
    clock.advance(2)

    assert (late.passed, early.passed) == ([3], [5])


def test_whoever_passes_may_come_again() -> None:
    clock = Clock()
    watch = Watch(clock)

    class Again(Watched):
        def _deadline_passed(self) -> None:
            super()._deadline_passed()
            self._deadline = self.watch.seconds() + 1
            self.watch.attend(self)

    thing = Again(watch, 1)
    watch.attend(thing)
    clock.pump([1, 1, 1])

    assert thing.passed == [1, 2, 3]


def test_the_door_has_every_name_it_promises() -> None:
    for name in http.__all__:
        assert getattr(http, name) is not None
    assert http.responses is http.RESPONSES and http.RESPONSES[404] == b"Not Found"
    assert http.H2_ENABLED in (True, False)
    assert http.protocol_version == "HTTP/1.1"
    assert http.NO_BODY_CODES == (204, 304)
    assert http.maxChunkSizeLineLength == 1024


def test_every_registered_status_has_a_phrase() -> None:
    assert set(http.RESPONSES) == set(HTTPStatus) - {HTTPStatus.PROCESSING}
    assert (http.OK, http.NOT_FOUND, http.SWITCHING) == (200, 404, 101)
    assert issubclass(http.PotentialDataLoss, Exception) and issubclass(http._DataLoss, Exception)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        http.nothing  # noqa: B018
