"""Endpoints that are processes: a child's pipes, and our own standard input and output."""

from __future__ import annotations

import os
from typing import Any

import pytest

from twisted.internet import endpoints, error, interfaces, protocol, stdio
from twisted.internet.endpoints import StandardErrorBehavior
from twisted.logger import LogLevel, globalLogPublisher
from twisted.python.failure import Failure


class Spawning:
    """Notes which child it is to start."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.error = error

    def spawnProcess(self, *arguments: Any) -> str:
        if self.error is not None:
            raise self.error
        self.asked.append(arguments)
        return "a child"


class Pipes:
    """A child's transport."""

    pid = 17

    def __init__(self) -> None:
        self.told: list[Any] = []

    def writeToChild(self, descriptor: int, data: bytes) -> None:
        self.told.append((descriptor, data))

    def loseConnection(self) -> None:
        self.told.append("lose")


class Noting(protocol.Protocol):
    def __init__(self) -> None:
        self.notes: list[Any] = []

    def connectionMade(self) -> None:
        self.notes.append("made")

    def dataReceived(self, data: bytes) -> None:
        self.notes.append(data)

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        self.notes.append(reason.value)


@pytest.fixture
def factory() -> Any:
    return protocol.Factory.forProtocol(Noting)


def connected(factory: Any, **changes: Any) -> tuple[Any, Any, Pipes]:
    """A protocol, the child it is connected to and the child's transport."""
    reactor, pipes = Spawning(), Pipes()
    got: list[Any] = []
    endpoints.ProcessEndpoint(reactor, b"/bin/x", **changes).connect(factory).addBoth(got.append)
    child = reactor.asked[0][0]
    child.makeConnection(pipes)
    # What an endpoint gives is inside what watches the attempt.
    return got[0], child, pipes


def logged(act: Any) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    note: Any = events.append
    globalLogPublisher.addObserver(note)
    try:
        act()
    finally:
        globalLogPublisher.removeObserver(note)
    return events


def test_a_child_is_started_as_it_was_described(factory: Any) -> None:
    reactor = Spawning()
    endpoints.ProcessEndpoint(reactor, b"/bin/x").connect(factory)
    endpoints.ProcessEndpoint(
        reactor, b"/bin/y", ["y", "z"], {"A": "b"}, "/tmp", 1, 2, True, {0: "w"}, StandardErrorBehavior.DROP
    ).connect(factory)

    plain, full = reactor.asked
    assert plain[1:] == (b"/bin/x", (), {}, None, None, None, 0, None)
    assert full[1:] == (b"/bin/y", ["y", "z"], {"A": "b"}, "/tmp", 1, 2, True, {0: "w"})
    assert (plain[0].executable, plain[0].errFlag) == (b"/bin/x", StandardErrorBehavior.LOG)
    assert full[0].errFlag is StandardErrorBehavior.DROP


def test_a_child_is_a_stream(factory: Any) -> None:
    made, child, pipes = connected(factory)

    child.childDataReceived(1, b"out")
    made.transport.write(b"in")
    made.transport.writeSequence([b"a", b"b"])
    made.transport.loseConnection()

    assert made.notes == ["made", b"out"]
    assert pipes.told == [(0, b"in"), (0, b"ab"), "lose"]
    assert made.transport.pid == 17 and made.transport.disconnecting is False
    assert interfaces.ITransport.providedBy(made.transport)


def test_a_child_has_no_address(factory: Any) -> None:
    made, _, _ = connected(factory)

    assert isinstance(made.transport.getPeer(), stdio.PipeAddress)
    assert isinstance(made.transport.getHost(), stdio.PipeAddress)


def test_what_a_child_complains_about_is_logged(factory: Any) -> None:
    _, child, _ = connected(factory)

    (event,) = logged(lambda: child.childDataReceived(2, b"oh no"))

    assert event["log_level"] is LogLevel.warn and event["log_namespace"] == "twisted.internet.endpoints"
    assert (event["data"], event["executable"], event["protocol"]) == (b"oh no", b"/bin/x", child.protocol)
    assert event["protocolClass"] is type(child.protocol)
    assert event["log_format"] == "Process {executable!r} wrote stderr unhandled by {protocol}: {data}"


@pytest.mark.parametrize(("flag", "descriptor"), [(StandardErrorBehavior.DROP, 2), (StandardErrorBehavior.LOG, 3)])
def test_what_nobody_waits_for_is_dropped(factory: Any, flag: Any, descriptor: int) -> None:
    made, child, _ = connected(factory, errFlag=flag)

    assert logged(lambda: child.childDataReceived(descriptor, b"oh no")) == []
    assert made.notes == ["made"]


def test_a_child_that_ends_well_has_just_hung_up(factory: Any) -> None:
    made, child, _ = connected(factory)

    child.processEnded(Failure(error.ProcessDone(0)))

    assert isinstance(made.notes[1], error.ConnectionDone)


def test_a_child_that_ends_badly_says_how(factory: Any) -> None:
    made, child, _ = connected(factory)
    why = error.ProcessTerminated(3)

    child.processEnded(Failure(why))

    assert made.notes[1] is why


def test_a_factory_without_a_protocol_starts_no_child() -> None:
    class Nobody(protocol.Factory[Any]):
        def buildProtocol(self, addr: Any) -> Any:
            assert isinstance(addr, stdio.PipeAddress)
            return None

    reactor, got = Spawning(), list[Any]()
    endpoints.ProcessEndpoint(reactor, b"/bin/x").connect(Nobody()).addBoth(got.append)

    assert reactor.asked == [] and got[0].check(error.NoProtocol)


def test_a_child_that_cannot_be_started_fails_the_deferred(factory: Any) -> None:
    got: list[Any] = []
    endpoints.ProcessEndpoint(Spawning(OSError("no memory")), b"/bin/x").connect(factory).addBoth(got.append)

    assert got[0].check(OSError) and "no memory" in got[0].getErrorMessage()


class Descriptors:
    """Watches descriptors, and nothing comes of it."""

    def __init__(self) -> None:
        self.readers: list[Any] = []

    def addReader(self, reader: Any) -> None:
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:
        if reader in self.readers:
            self.readers.remove(reader)

    removeWriter = addWriter = lambda self, writer: None


def test_our_own_input_and_output_serve_one_connection(factory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr(stdio.StandardIO.__init__, "__defaults__", (reading, writing, None))
    reactor, got = Descriptors(), list[Any]()
    try:
        endpoints.serverFromString(reactor, "stdio:").listen(factory).addBoth(got.append)

        assert isinstance(got[0], stdio.StandardIO)
        assert got[0].protocol.notes == ["made"] and got[0].protocol.factory is factory
        assert {reader.fileno() for reader in reactor.readers} == {reading, writing}
    finally:
        os.close(reading)
        os.close(writing)


def test_a_connection_over_standard_io_that_cannot_be_made_fails_the_deferred() -> None:
    class Broken(protocol.Factory[Any]):
        def buildProtocol(self, addr: Any) -> Any:
            return None

    got: list[Any] = []
    with pytest.raises(AttributeError):
        # The factory is asked before the Deferred is there.
        endpoints.StandardIOEndpoint(Descriptors()).listen(object())
    reactor = Descriptors()
    endpoints.StandardIOEndpoint(reactor).listen(Broken()).addBoth(got.append)

    assert isinstance(got[0], Failure) and reactor.readers == []
