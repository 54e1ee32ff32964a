"""
Echo over UDP: each datagram goes back to where it came from.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol

from tools.demo.stand import PATIENCE, Service, Stall, Stand, expect
from tools.demo.streams import HOST, port_number


class Echo(DatagramProtocol):
    """Sends each datagram back."""

    noisy = False

    def __init__(self, stand: Stand) -> None:
        self.stand = stand

    # Any: the address is a tuple whose length depends on the socket's family.
    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        assert self.transport is not None
        self.stand.show(f"echo over UDP: {len(datagram)} bytes from {addr[0]}:{addr[1]}")
        self.transport.write(datagram, addr)


class Caller(DatagramProtocol):
    """Sends datagrams to one address, and waits for as many."""

    noisy = False

    def __init__(self, port: int, messages: list[bytes]) -> None:
        self.port, self.messages = port, messages
        self.heard: list[bytes] = []
        self.answered: Deferred[list[bytes]] = Deferred()

    def startProtocol(self) -> None:
        # Any: the transport's interface in released stubs is that of connected and unconnected ports at once.
        transport: Any = self.transport
        transport.connect(HOST, self.port)
        for message in self.messages:
            transport.write(message)

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.heard.append(datagram)
        if len(self.heard) == len(self.messages):
            self.answered.callback(self.heard)

    def connectionRefused(self) -> None:
        self.answered.errback(ConnectionRefusedError(f"nobody listens on UDP port {self.port}"))


async def offer(stand: Stand) -> Stall:
    """Open the service."""
    port = stand.reactor.listenUDP(0, Echo(stand), interface=HOST)
    number = port_number(port)

    async def check() -> str:
        messages = [b"one", b"two" * 400, b""]
        caller = Caller(number, messages)
        own = stand.reactor.listenUDP(0, caller, interface=HOST)
        try:
            expect(await caller.answered.addTimeout(PATIENCE, stand.reactor), messages)
        finally:
            await own.stopListening()
        return f"{len(messages)} datagrams came back"

    return Stall(f"{HOST}:{number}", f"nc -u {HOST} {number}", check, port.stopListening)


SERVICES = [Service("echo over UDP", offer)]
