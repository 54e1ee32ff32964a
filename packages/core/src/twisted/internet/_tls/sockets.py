"""Ports, connectors and connections that speak TLS from the first byte."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet import tcp
from twisted.internet._stream.client import BEGUN
from twisted.internet._stream.connection import LATER
from twisted.internet._stream.server import ACCEPTED
from twisted.internet._tls.creating import Creator
from twisted.internet._tls.streams import IN_TLS, SecureStream
from twisted.internet.interfaces import INegotiated, ITLSTransport
from twisted.python._keys import share_keys

# Any, throughout: factories and reactors come from users.


@implementer(INegotiated, ITLSTransport)
class Server(SecureStream, tcp.Server):
    """A TLS connection that was accepted."""

    server: Port

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._begin_tls(self.server._creator, self.server.factory)


share_keys(Server, (*ACCEPTED, *IN_TLS, *LATER))


class Port(tcp.Port):
    """
    A TCP socket that listens for TLS.

    Args:
        port: The port, 0 for any that is free.
        factory: Makes the protocols.
        ctxFactory: A creator of TLS connections, or a factory of contexts.
        backlog: How many connections may wait to be accepted.
        interface: The local address, empty for all of IPv4's.
        reactor: Whose loop it is.

    Attributes:
        ctxFactory: As given.
    """

    _type = "TLS"
    transport: Any = Server

    def __init__(
        self, port: Any, factory: Any, ctxFactory: Any, backlog: int = 50, interface: str = "", reactor: Any = None
    ) -> None:
        super().__init__(port, factory, backlog, interface, reactor)
        self.ctxFactory = ctxFactory
        self._creator = Creator(ctxFactory, False)


@implementer(INegotiated)
class Client(SecureStream, tcp.Client):
    """
    A TLS connection to a host.

    Args:
        host: A name or an address.
        port: A number.
        bindAddress: This side's address and port, or `None`.
        ctxFactory: A creator of TLS connections, or a factory of contexts.
        connector: Who is told how it goes.
        reactor: Whose loop it is.

    Attributes:
        ctxFactory: As given.
    """

    def __init__(
        self, host: str, port: int, bindAddress: Any, ctxFactory: Any, connector: Any, reactor: Any = None
    ) -> None:
        self.ctxFactory = ctxFactory
        super().__init__(host, port, bindAddress, connector, reactor)

    def _begin(self) -> None:
        assert self.connector is not None
        made = self.connector
        self._begin_tls(made._creator, made.factory)
        super()._begin()


share_keys(Client, ("ctxFactory", *BEGUN, *IN_TLS, *LATER))


class Connector(tcp.Connector):
    """
    Connects over TLS.

    Args:
        host: A name or an address.
        port: A number, or the name of a service that the system knows.
        factory: Makes the protocol, and is told of failures and ends.
        contextFactory: A creator of TLS connections, or a factory of contexts.
        timeout: How long connecting may take, in seconds.
        bindAddress: This side's address and port.
        reactor: Whose loop it is.

    Attributes:
        contextFactory: As given.
    """

    def __init__(
        self,
        host: str,
        port: int | str,
        factory: Any,
        contextFactory: Any,
        timeout: float,
        bindAddress: Any,
        reactor: Any = None,
    ) -> None:
        self.contextFactory = contextFactory
        self._creator = Creator(contextFactory, True)
        super().__init__(host, port, factory, timeout, bindAddress, reactor)

    def _makeTransport(self) -> Client:
        return Client(self.host, self.port, self.bindAddress, self.contextFactory, self, self.reactor)
