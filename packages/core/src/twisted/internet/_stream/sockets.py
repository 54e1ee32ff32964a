"""
Addresses and options of sockets, before there is a stream.
"""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.abstract import isIPv6Address
from twisted.internet.interfaces import Binding, _Binding


def makeBinding(interface: str = "", port: int = 0, reuseAddress: bool = False, reusePort: bool = False) -> Binding:
    """
    Say where and how a socket is to be bound, for `IReactorTCP2`.

    Args:
        interface: The local address; empty for any.
        port: The local port; 0 for any that is free.
        reuseAddress: Set ``SO_REUSEADDR``.
        reusePort: Set ``SO_REUSEPORT``: several sockets may listen on the port, and share its connections.
    """
    return Binding(_Binding(interface, port, reuseAddress, reusePort))


class Bound:
    """A binding that can be put into effect."""

    def __init__(self, interface: str, port: int, reuse_address: bool, reuse_port: bool) -> None:
        self.interface = interface
        self.port = port
        self.reuse_address = reuse_address
        self.reuse_port = reuse_port

    def set_options(self, made: socket.socket) -> None:
        """Set the options that have to be set before binding."""
        if self.reuse_address:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.reuse_port:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)

    def bind(self, made: socket.socket, family: int) -> None:
        """Set the options, and bind."""
        self.set_options(made)
        if family == socket.AF_INET6:
            made.bind(resolve_ipv6(self.interface or "::", self.port))
        else:
            made.bind((self.interface, self.port))


def as_binding(given: Any, interface: str = "") -> Bound:
    """Understand a `Binding`, a pair of address and port, an address alone, or a port alone with *interface*."""
    if isinstance(given, _Binding):
        return Bound(given._address or interface or "", given._port, given._reuseAddress, given._reusePort)
    if isinstance(given, int):
        return Bound(interface or "", given, False, False)
    if isinstance(given, (str, bytes)):
        return Bound(given if isinstance(given, str) else given.decode("ascii"), 0, False, False)
    address, port = given
    return Bound(address or "", port, False, False)


def resolve_ipv6(address: str, port: int) -> tuple[Any, ...]:
    """Turn an IPv6 address, with or without a scope, into what a socket takes. Raises `socket.gaierror`."""
    found = socket.getaddrinfo(address, port, socket.AF_INET6, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
    return found[0][4]


def family_of(interface: str) -> int:
    """The address family of an interface's address."""
    return socket.AF_INET6 if isIPv6Address(interface) else socket.AF_INET
