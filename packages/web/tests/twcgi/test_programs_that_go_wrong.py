"""Programs that are silent, that do not end, that write too much or too little; and those who wait for them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.web.test.requesthelper import DummyRequest
from twisted.web.twcgi import CGIScript

from .program import Program


class Reading(Program):
    """A program that reads when it is told to."""

    def __init__(self, protocol: Any) -> None:
        super().__init__()
        self.protocol = protocol
        self.producer: Any = None

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert not streaming
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def exit(self, code: int | None = 0, signal: int | None = None) -> None:
        self.gone = True
        reason = Failure(ProcessDone(0) if code == 0 else ProcessTerminated(code, signal))
        self.protocol.processExited(reason)
        self.protocol.processEnded(reason)


class Spawning(Clock):
    program: Reading

    def spawnProcess(self, protocol: Any, *_: Any) -> None:
        self.program = Reading(protocol)
        protocol.makeConnection(self.program)


class World:
    def __init__(self, body: bytes = b"", patience: float | None = 300, method: bytes = b"GET") -> None:
        self.clock = Spawning()
        request: Any = DummyRequest([b""])
        self.request = request
        self.request.method, self.request.clientproto, self.request.uri = method, b"HTTP/1.1", b"/x"
        self.request.content, self.request.finished = BytesIO(body), 0
        self.hung_up = 0

        def hang_up() -> None:
            self.hung_up += 1

        self.request.loseConnection = hang_up
        self.producers: list[Any] = []
        self.request.registerProducer = lambda producer, streaming: self.producers.append((producer, streaming))
        self.request.unregisterProducer = lambda: self.producers.pop()
        self.request.content.seek(0, 2)
        script = CGIScript("/x.cgi", None, self.clock)
        assert script.timeOut == 300
        script.timeOut = patience
        script.render(self.request)
        self.program = self.clock.program
        self.protocol = self.program.protocol

    @property
    def written(self) -> bytes:
        return b"".join(self.request.written)


def test_the_body_is_handed_over_as_fast_as_the_program_reads() -> None:
    body = bytes(range(256)) * 600
    world = World(body)
    producer = world.program.producer
    assert world.program.read == b""

    producer.resumeProducing()
    assert world.program.read == body[: 64 * 1024]
    for _ in range(3):
        producer.resumeProducing()

    assert world.program.read == body
    assert world.program.producer is None and world.program.calls == ["stdin closed"]


def test_a_body_of_a_client_that_has_gone_is_not_read() -> None:
    world = World(b"body")
    world.protocol.stopProducing()
    world.request.content.close()

    world.program.producer.resumeProducing()

    assert world.program.read == b"" and world.program.producer is None


def test_a_silent_program_is_ended_and_the_client_told(complaints: list[str]) -> None:
    world = World()

    world.clock.advance(299)
    assert world.request.finished == 0
    world.clock.advance(1)

    assert (world.request.responseCode, world.request.finished, world.producers) == (504, 1, [])
    assert b"did not answer in time" in world.written
    assert world.program.calls == ["closed", "TERM"]
    assert complaints == ["CGI: b'/x' wrote nothing for 300 seconds"]


def test_a_program_that_falls_silent_within_its_answer_is_broken_off() -> None:
    world = World()
    assert world.producers == [(world.protocol, 1)]
    world.clock.advance(200)
    world.protocol.outReceived(b"Content-Type: a/b\n\nbegun")

    world.clock.advance(299)
    assert world.hung_up == 0
    world.clock.advance(1)

    assert (world.hung_up, world.request.finished, world.written, world.producers) == (1, 0, b"begun", [])
    assert world.program.calls == ["closed", "TERM"]
    # What it says and how it ends is nothing to anybody any more.
    world.protocol.outReceived(b"late")
    world.program.exit(None, 15)
    assert (world.hung_up, world.request.finished, world.written) == (1, 0, b"begun")


def test_a_program_that_must_not_speak_is_not_silent() -> None:
    world = World()
    world.protocol.pauseProducing()
    world.clock.advance(1000)
    assert world.program.calls == ["paused"]
    world.protocol.resumeProducing()

    world.clock.advance(299)
    assert world.program.calls == ["paused", "resumed"]
    world.clock.advance(1)

    assert world.program.calls[2:] == ["closed", "TERM"]


def test_without_a_bound_a_program_may_think_for_ever() -> None:
    world = World(patience=None)

    assert world.clock.getDelayedCalls() == []


@pytest.mark.parametrize("obeys", [True, False])
def test_a_program_has_five_seconds_to_end(obeys: bool, complaints: list[str]) -> None:
    world = World()
    world.protocol.stopProducing()
    assert world.program.calls == ["closed", "TERM"]

    world.clock.advance(4)
    if obeys:
        world.program.exit(None, 15)
    world.clock.advance(1)

    assert world.program.calls[2:] == ([] if obeys else ["KILL"])
    assert complaints == ([] if obeys else ["CGI: b'/x' does not end when it is told to"])


def test_a_program_is_told_to_end_once() -> None:
    world = World()
    world.protocol.stopProducing()
    world.protocol.stopProducing()

    assert world.program.calls == ["closed", "TERM"]


def test_one_that_ends_just_then_is_left_alone() -> None:
    world = World()
    world.program.gone = True
    world.protocol.stopProducing()

    world.clock.advance(1000)

    assert world.program.calls == ["closed"]


def test_nothing_is_left_to_be_waited_for_when_a_program_has_ended() -> None:
    world = World()
    world.protocol.outReceived(b"Content-Type: a/b\n\nall")

    world.program.exit()

    assert (world.request.finished, world.written, world.producers) == (1, b"all", [])
    assert world.clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    ("header", "body", "code", "signal", "whole"),
    [
        (b"Content-Type: a/b", b"abc", 0, None, True),
        # Many a script ends with the status of the last thing it did.
        (b"Content-Type: a/b", b"abc", 1, None, True),
        (b"Content-Type: a/b", b"abc", None, 9, False),
        (b"Content-Length: 3", b"abc", None, 9, True),
        (b"Content-Length: 4", b"abc", None, 9, False),
        (b"Content-Length: 4", b"abc", 0, None, False),
    ],
)
def test_an_answer_that_is_not_whole_ends_the_connection(
    header: bytes, body: bytes, code: int | None, signal: int | None, whole: bool
) -> None:
    world = World()
    world.protocol.outReceived(header + b"\n\n" + body)

    world.program.exit(code, signal)

    assert (world.request.finished, world.hung_up) == ((1, 0) if whole else (0, 1))


def test_what_went_wrong_is_in_the_log(complaints: list[str]) -> None:
    world = World()
    world.protocol.errReceived(b"oops")
    world.program.exit(3)

    assert complaints == [
        "CGI b'/x' exited with exit code 3",
        "Errors from CGI b'/x': b'oops'",
        "Premature end of headers in b'/x': b''",
    ]


def test_a_header_without_end_is_in_the_log(complaints: list[str]) -> None:
    world = World()
    world.protocol.outReceived(b"x" * (256 * 1024 + 1))

    assert complaints == ["CGI: b'/x' has a header without end"]
    assert (world.request.responseCode, world.producers) == (500, [])


def test_an_answer_to_head_need_not_have_what_it_promises() -> None:
    world = World(method=b"HEAD")
    world.protocol.outReceived(b"Content-Length: 4\n\n")

    world.program.exit()

    assert (world.request.finished, world.hung_up) == (1, 0)


def test_no_more_is_passed_on_than_was_promised(complaints: list[str]) -> None:
    world = World()
    world.protocol.outReceived(b"Content-Length: 5\n\nab")
    world.protocol.outReceived(b"cdeHTTP/1.1 200 OK\r\n")
    world.protocol.outReceived(b"more")
    world.program.exit()

    assert (world.written, world.request.finished) == (b"abcde", 1)
    assert complaints[0] == "CGI: b'/x' wrote more than its Content-Length"


@pytest.mark.parametrize("value", [b"-1", b"+1", b"1_0", b"x", b"", b"1, 1", b"9" * 19])
def test_a_length_that_is_none_is_left_out(value: bytes, complaints: list[str]) -> None:
    world = World()
    world.protocol.outReceived(b"Content-Length: " + value + b"\n\nabc")
    world.program.exit()

    assert not world.request.responseHeaders.hasHeader(b"content-length")
    assert (world.written, world.request.finished, len(complaints)) == (b"abc", 1, 1)


def test_two_lengths_are_one_if_they_agree(complaints: list[str]) -> None:
    world = World()
    world.protocol.outReceived(b"Content-Length: 3\nContent-Length: 03\nContent-Length: 4\n\nabc")

    assert world.request.responseHeaders.getRawHeaders(b"content-length") == [b"03"]
    assert complaints == ["CGI: b'/x' wrote a length that is none: b'4'"]


@pytest.mark.parametrize("status", [b"100 Continue", b"101 x", b"199", b"200 a\rb", b"200 a\0b", b"200 \x7f"])
def test_a_status_that_would_not_be_an_answer_is_left_out(status: bytes, complaints: list[str]) -> None:
    world = World()
    world.protocol.outReceived(b"Status: " + status + b"\n\nabc")

    assert world.request.responseCode is None and world.written == b"abc"
    assert len(complaints) == 1 and "a status that is none" in complaints[0]


def test_a_status_of_any_other_phrase_is_told() -> None:
    world = World()
    world.protocol.outReceived("Status: 200 Völlig in Ordnung\n\n".encode("iso-8859-1"))

    assert world.request.responseCode == 200
