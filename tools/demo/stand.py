"""
What the demo gives a service, and what a service gives back.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.protocol import BaseProtocol

from tools.demo.certificate import Certificate

T = TypeVar("T")

# Any: what a coroutine yields to the engine that drives it is the engine's affair.
Awaiting = Coroutine["Deferred[Any]", Any, T]

# A client of our own on this machine: what takes longer is broken.
PATIENCE = 10.0


class CheckFailed(Exception):
    """A service answered its own client with something else than it should."""


@dataclass(frozen=True)
class Line:
    """What is known of a service: a line of the board."""

    name: str
    address: str
    state: str
    by_hand: str
    works: bool


@dataclass
class Stand:
    """What all services share."""

    # Any: an object with every interface of a reactor.
    reactor: Any
    folder: Path
    certificate: Certificate
    tell: Callable[[str], None]
    board: list[Line] = field(default_factory=list)
    watchers: list[Callable[[str], None]] = field(default_factory=list)

    def show(self, text: str) -> None:
        """Tell everybody who watches that something has happened."""
        self.tell(text)
        for watch in list(self.watchers):
            watch(text)


@dataclass(frozen=True)
class Service:
    """One protocol over one kind of transport."""

    name: str
    open: Callable[[Stand], Awaiting[Stall]]


@dataclass
class Stall:
    """One service that is open."""

    # Where it is, and what somebody could type to try it.
    address: str
    by_hand: str
    # Try it; the text says what was seen. It raises if that is wrong.
    check: Callable[[], Awaiting[str]]
    close: Callable[[], Deferred[None] | None]


@dataclass
class Visitors:
    """Tells of those who come and go."""

    stand: Stand
    service: str
    _names: dict[BaseProtocol, str] = field(default_factory=dict)
    _count: int = 0

    def came(self, protocol: BaseProtocol) -> str:
        """Note a new connection and give it a name."""
        self._count += 1
        self._names[protocol] = name = f"guest-{self._count}"
        self.stand.show(f"{self.service}: {name} has come")
        return name

    def left(self, protocol: BaseProtocol) -> None:
        """Note that one has ended."""
        self.stand.show(f"{self.service}: {self._names.pop(protocol)} has left")

    def present(self) -> dict[BaseProtocol, str]:
        """Who is here, by name."""
        return dict(self._names)

    async def gone(self) -> None:
        """Wait until nobody is here any more."""
        from twisted.internet.task import deferLater

        while self._names:
            await deferLater(self.stand.reactor, 0.01)


def expect(seen: object, wanted: object) -> None:
    """Raise `CheckFailed` unless the two are equal."""
    if seen != wanted:
        raise CheckFailed(f"expected {wanted!r}, got {seen!r}")
