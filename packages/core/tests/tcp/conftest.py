# Several things are done in one lambda here: mypy need not mind what they give.
# mypy: disable-error-code="func-returns-value"
"""A reactor of each kind, with protocols that note what happens to them."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Iterator
from typing import Any

import pytest

from twisted.internet import protocol
from twisted.python.failure import Failure


class Noting(protocol.Protocol):
    """Notes everything; ``on`` maps a word to what is done then."""

    def __init__(self, notes: list[Any], on: dict[str, Any] | None = None) -> None:
        self.notes = notes
        self.on = on or {}

    def note(self, word: str, *details: Any) -> None:
        self.notes.append((word, *details) if details else word)
        if word in self.on:
            self.on[word](self, *details)

    def connectionMade(self) -> None:
        self.note("made")

    def dataReceived(self, data: bytes) -> None:
        self.note("data", data)

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        self.note("lost", type(reason.value).__name__)


class Serving(protocol.ServerFactory):
    noisy = False

    def __init__(self, **on: Any) -> None:
        self.notes: list[Any] = []
        self.on = on
        self.made: list[Any] = []

    def buildProtocol(self, addr: Any) -> Any:
        self.made.append(Noting(self.notes, self.on))
        return self.made[-1]


class Connecting(protocol.ClientFactory):
    noisy = False

    def __init__(self, **on: Any) -> None:
        self.notes: list[Any] = []
        self.on = on
        self.made: list[Any] = []

    def note(self, word: str, connector: Any, *details: Any) -> None:
        self.notes.append((word, *details) if details else word)
        if word in self.on:
            self.on[word](connector, *details)

    def startedConnecting(self, connector: Any) -> None:
        self.note("started", connector)

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        self.note("failed", connector, type(reason.value).__name__)

    def clientConnectionLost(self, connector: Any, reason: Failure) -> None:
        self.note("gone", connector, type(reason.value).__name__)

    def buildProtocol(self, addr: Any) -> Any:
        self.made.append(Noting(self.notes, self.on))
        return self.made[-1]


def _make(kind: str) -> Any:
    if kind == "epoll":
        from twisted.internet.epollreactor import EPollReactor

        return EPollReactor()
    if kind == "select":
        from twisted.internet.selectreactor import SelectReactor

        return SelectReactor()
    from twisted.internet.asyncioreactor import AsyncioSelectorReactor

    return AsyncioSelectorReactor(asyncio.new_event_loop())


@pytest.fixture(params=["epoll", "select", "asyncio"] if hasattr(select, "epoll") else ["select", "asyncio"])
def reactor(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A reactor that gives up after 10 seconds."""
    made = _make(request.param)
    late: list[str] = []
    guard = made.callLater(10, lambda: (late.append("it did not stop by itself"), made.crash()))
    yield made
    if guard.active():
        guard.cancel()
    loop = getattr(made, "_asyncioEventloop", None)
    if loop is not None:
        loop.close()
    assert not late


@pytest.fixture
def serve(reactor: Any) -> Any:
    """Listen with what is done when; gives the factory and the port's number."""

    def listen(**on: Any) -> tuple[Serving, int]:
        factory = Serving(**on)
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        return factory, port.getHost().port

    return listen


@pytest.fixture
def connecting() -> Any:
    """The factory class for clients."""
    return Connecting
