"""
Publish and subscribe over streams: each line that somebody sends goes to everybody.
"""

from __future__ import annotations

from functools import partial

from twisted.internet.defer import DeferredQueue
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import IAddress, IStreamClientEndpoint
from twisted.internet.protocol import Factory, connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from tools.demo.stand import PATIENCE, Awaiting, Service, Stall, Stand, Visitors, expect
from tools.demo.streams import STREAMS, Stream, listen


class Subscriber(LineReceiver):
    """One visitor, who hears everybody, and whom everybody hears."""

    # People who type in nc send no carriage return; those with telnet do.
    delimiter = b"\n"

    def __init__(self, visitors: Visitors) -> None:
        self.visitors = visitors

    def connectionMade(self) -> None:
        self.name = self.visitors.came(self)

    def lineReceived(self, line: bytes) -> None:
        text = f"{self.name}: ".encode() + line.rstrip(b"\r")
        for one in self.visitors.present():
            assert isinstance(one, Subscriber)
            one.sendLine(text)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.visitors.left(self)


class Publication(Factory[Subscriber]):
    """Makes a `Subscriber` for each visitor."""

    noisy = False

    def __init__(self, visitors: Visitors) -> None:
        self.visitors = visitors

    def buildProtocol(self, addr: IAddress | None) -> Subscriber:
        return Subscriber(self.visitors)


class Reader(LineReceiver):
    """A client that keeps the lines it hears until they are asked for."""

    delimiter = b"\n"

    def __init__(self) -> None:
        self.lines: DeferredQueue[bytes] = DeferredQueue()

    def lineReceived(self, line: bytes) -> None:
        self.lines.put(line)


async def check(stand: Stand, visitors: Visitors, client: IStreamClientEndpoint) -> str:
    """Connect three, let two of them speak, and see that each hears both in order."""
    readers: list[Reader] = []
    for number in range(3):
        reader = await connectProtocol(client, Reader()).addTimeout(PATIENCE, stand.reactor)
        readers.append(reader)
        # A line shows that the other side has it on its list.
        reader.sendLine(b"ready %d" % number)
        await reader.lines.get().addTimeout(PATIENCE, stand.reactor)
    names = list(visitors.present().values())
    for speaker, line in ((0, b"good morning"), (2, b"and good night\r")):
        readers[speaker].sendLine(line)
        wanted = f"{names[speaker]}: ".encode() + line.rstrip(b"\r")
        for reader in readers:
            expect(await hear(stand, reader), wanted)
    for reader in readers:
        assert reader.transport is not None
        reader.transport.loseConnection()
    await visitors.gone()
    return "3 subscribers heard what 2 of them said"


async def hear(stand: Stand, reader: Reader) -> bytes:
    """The next line, without the greetings of those who came later."""
    while True:
        line = await reader.lines.get().addTimeout(PATIENCE, stand.reactor)
        if b": ready " not in line:
            return line


def offer(way: type[Stream], stand: Stand) -> Awaiting[Stall]:
    """The service over one kind of stream."""
    visitors = Visitors(stand, f"publish over {way.name}")
    return listen(way(stand, "publish"), Publication(visitors), partial(check, stand, visitors))


SERVICES = [Service(f"publish over {way.name}", partial(offer, way)) for way in STREAMS]
