"""
The ways in which a byte stream can come: TCP, TLS, UNIX sockets. Services of streams are offered on each.
"""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet import endpoints
from twisted.internet.interfaces import IListeningPort, IStreamClientEndpoint, IStreamServerEndpoint
from twisted.internet.protocol import Factory

from tools.demo.stand import Awaiting, Stall, Stand

HOST = "127.0.0.1"

# How a service is tried through a client endpoint.
Check = Callable[[IStreamClientEndpoint], Awaiting[str]]


@dataclass
class Stream(ABC):
    """One way, for one service of a stand."""

    stand: Stand
    # A word for the service, of which a file's name can be made.
    word: str

    # The protocol's name, for the name of the stall.
    name = ""

    @abstractmethod
    def server(self) -> IStreamServerEndpoint:
        """Where to listen."""

    @abstractmethod
    def client(self, port: IListeningPort) -> IStreamClientEndpoint:
        """Where to find who listens there."""

    @abstractmethod
    def address(self, port: IListeningPort) -> str:
        """The same for people."""

    @abstractmethod
    def by_hand(self, port: IListeningPort) -> str:
        """What to type to get there."""


def port_number(port: IListeningPort) -> int:
    """The port that the system chose."""
    # Any: IAddress promises nothing; that of an internet socket has a port.
    host: Any = port.getHost()
    number: int = host.port
    return number


class TCP(Stream):
    name = "TCP"

    def server(self) -> IStreamServerEndpoint:
        return endpoints.TCP4ServerEndpoint(self.stand.reactor, 0, interface=HOST)

    def client(self, port: IListeningPort) -> IStreamClientEndpoint:
        return endpoints.TCP4ClientEndpoint(self.stand.reactor, HOST, port_number(port))

    def address(self, port: IListeningPort) -> str:
        return f"{HOST}:{port_number(port)}"

    def by_hand(self, port: IListeningPort) -> str:
        return f"nc {HOST} {port_number(port)}"


class TLS(TCP):
    name = "TLS"

    def server(self) -> IStreamServerEndpoint:
        # Imported here: where TLS's libraries are missing, all else is still served.
        from twisted.internet import ssl

        pem = self.stand.certificate.key + self.stand.certificate.certificate
        options = ssl.PrivateCertificate.loadPEM(pem).options()
        return endpoints.SSL4ServerEndpoint(self.stand.reactor, 0, options, interface=HOST)

    def client(self, port: IListeningPort) -> IStreamClientEndpoint:
        from twisted.internet import ssl

        # The server's own certificate is the only authority: its name is verified as anybody's would be.
        authority = ssl.Certificate.loadPEM(self.stand.certificate.certificate)
        verified = ssl.optionsForClientTLS("localhost", trustRoot=authority)
        wrapped: IStreamClientEndpoint = endpoints.wrapClientTLS(verified, super().client(port))
        return wrapped

    def by_hand(self, port: IListeningPort) -> str:
        file = self.stand.folder / "certificate.pem"
        if not file.exists():
            file.write_bytes(self.stand.certificate.certificate)
        return f"openssl s_client -quiet -CAfile {file} -connect {HOST}:{port_number(port)}"


class UNIX(Stream):
    name = "UNIX"

    def path(self) -> str:
        return str(self.stand.folder / self.word)

    def server(self) -> IStreamServerEndpoint:
        return endpoints.UNIXServerEndpoint(self.stand.reactor, self.path())

    def client(self, port: IListeningPort) -> IStreamClientEndpoint:
        return endpoints.UNIXClientEndpoint(self.stand.reactor, self.path())

    def address(self, port: IListeningPort) -> str:
        return self.path()

    def by_hand(self, port: IListeningPort) -> str:
        return f"nc -U {self.path()}"


STREAMS: tuple[type[Stream], ...] = (TCP, TLS, UNIX) if hasattr(socket, "AF_UNIX") else (TCP, TLS)


# Any: of whatever the service speaks.
async def listen(stream: Stream, factory: Factory[Any], check: Check) -> Stall:
    """Open a stall for a service on one of the streams."""
    port = await stream.server().listen(factory)
    return Stall(
        address=stream.address(port),
        by_hand=stream.by_hand(port),
        check=lambda: check(stream.client(port)),
        close=port.stopListening,
    )
