"""
Echo over streams: whatever comes goes back.
"""

from __future__ import annotations

from functools import partial

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import IAddress, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from tools.demo.stand import PATIENCE, Awaiting, Service, Stall, Stand, Visitors, expect
from tools.demo.streams import STREAMS, Stream, listen


class Echo(Protocol):
    """Sends back what it gets."""

    def __init__(self, visitors: Visitors) -> None:
        self.visitors = visitors

    def connectionMade(self) -> None:
        self.visitors.came(self)

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.visitors.left(self)


class EchoFactory(Factory[Echo]):
    """Makes an `Echo` for each visitor."""

    noisy = False

    def __init__(self, visitors: Visitors) -> None:
        self.visitors = visitors

    def buildProtocol(self, addr: IAddress | None) -> Echo:
        return Echo(self.visitors)


class Caller(Protocol):
    """Sends a message and gathers as many bytes as it sent."""

    def __init__(self, message: bytes) -> None:
        self.message, self.heard = message, b""
        self.answered: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self.message)

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.heard += data
        if len(self.heard) >= len(self.message):
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.answered.callback(self.heard)


async def check(stand: Stand, visitors: Visitors, client: IStreamClientEndpoint) -> str:
    """Send more than one read can take, and get it all back."""
    message = b"".join(b"%07d\n" % number for number in range(20_000))
    caller = await connectProtocol(client, Caller(message)).addTimeout(PATIENCE, stand.reactor)
    expect(await caller.answered.addTimeout(PATIENCE, stand.reactor), message)
    await visitors.gone()
    return f"{len(message):,} bytes came back"


def offer(way: type[Stream], stand: Stand) -> Awaiting[Stall]:
    """The service over one kind of stream."""
    visitors = Visitors(stand, f"echo over {way.name}")
    return listen(way(stand, "echo"), EchoFactory(visitors), partial(check, stand, visitors))


SERVICES = [Service(f"echo over {way.name}", partial(offer, way)) for way in STREAMS]
