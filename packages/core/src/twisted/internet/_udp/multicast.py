"""
Groups: what a datagram port can do with multicast, over IPv4 and IPv6.
"""

from __future__ import annotations

import socket
import socket as sockets
import struct
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import defer, error, interfaces
from twisted.internet._udp.port import Port
from twisted.internet.abstract import isIPAddress, isIPv6Address

if TYPE_CHECKING:
    from twisted.internet.protocol import AbstractDatagramProtocol

_ANY_INTERFACE = "0.0.0.0"


def _interface_index(interface: str | int) -> int:
    """
    Return the number of an interface given by number, by name, or by nothing (0: the system chooses).

    Raises:
        OSError: There is no such interface.
    """
    if isinstance(interface, int):
        return interface
    if not interface:
        return 0
    if interface.isascii() and interface.isdigit():
        return int(interface)
    return socket.if_nametoindex(interface)


class MulticastMixin:
    """The multicast half of a port; the other half gives it ``socket``, ``addressFamily`` and ``reactor``."""

    if TYPE_CHECKING:
        socket: sockets.socket
        addressFamily: Any
        reactor: Any  # Whatever the port has.

    @property
    def _over_ipv6(self) -> bool:
        return bool(self.addressFamily == socket.AF_INET6)

    def _option(self, four: int, six: int) -> tuple[int, int]:
        return (socket.IPPROTO_IPV6, six) if self._over_ipv6 else (socket.IPPROTO_IP, four)

    def getOutgoingInterface(self) -> str | int:
        """Return the interface that datagrams to groups leave by: an address (IPv4), or a number (IPv6)."""
        level, option = self._option(socket.IP_MULTICAST_IF, socket.IPV6_MULTICAST_IF)
        if self._over_ipv6:
            return self.socket.getsockopt(level, option)
        return socket.inet_ntoa(self.socket.getsockopt(level, option, 4))

    def setOutgoingInterface(self, addr: str | int) -> defer.Deferred[int]:
        """
        Choose the interface that datagrams to groups leave by.

        Args:
            addr: An address of the interface, or a host name with that address (IPv4); its number or name (IPv6).

        Returns:
            A Deferred that fires with 1 when it is set.
        """
        level, option = self._option(socket.IP_MULTICAST_IF, socket.IPV6_MULTICAST_IF)
        if self._over_ipv6:

            def by_index() -> int:
                self.socket.setsockopt(level, option, _interface_index(addr))
                return 1

            return defer.maybeDeferred(by_index)

        def by_address(found: str) -> int:
            self.socket.setsockopt(level, option, socket.inet_aton(found))
            return 1

        return self._resolved(str(addr)).addCallback(by_address)

    def getLoopbackMode(self) -> bool:
        """Tell whether datagrams to a group come back to members on this very host."""
        level, option = self._option(socket.IP_MULTICAST_LOOP, socket.IPV6_MULTICAST_LOOP)
        return bool(self.socket.getsockopt(level, option))

    def setLoopbackMode(self, mode: int) -> None:
        """Let datagrams to a group come back to members on this very host, or not."""
        level, option = self._option(socket.IP_MULTICAST_LOOP, socket.IPV6_MULTICAST_LOOP)
        self.socket.setsockopt(level, option, int(bool(mode)))

    def getTTL(self) -> int:
        """Return how many routers a datagram to a group may pass, plus one."""
        level, option = self._option(socket.IP_MULTICAST_TTL, socket.IPV6_MULTICAST_HOPS)
        return self.socket.getsockopt(level, option)

    def setTTL(self, ttl: int) -> None:
        """
        Set how many routers a datagram to a group may pass, plus one.

        Args:
            ttl: 0 (this host only) to 255.
        """
        value = struct.pack("B", ttl)[0]  # An impossible one is refused here, before the system makes it -1.
        level, option = self._option(socket.IP_MULTICAST_TTL, socket.IPV6_MULTICAST_HOPS)
        self.socket.setsockopt(level, option, value)

    def joinGroup(self, addr: str, interface: str = "") -> defer.Deferred[None]:
        """
        Receive what is sent to a group.

        Args:
            addr: The group's address, or a host name with that address.
            interface: Where to listen for it: an address of the interface (IPv4), its name or number (IPv6); by
                default the system chooses.

        Returns:
            A Deferred that fires when it is done, or fails with `MulticastJoinError`.
        """
        return self._change_membership(addr, interface, join=True)

    def leaveGroup(self, addr: str, interface: str = "") -> defer.Deferred[None]:
        """Undo `joinGroup`, which has had the same arguments."""
        return self._change_membership(addr, interface, join=False)

    def _resolved(self, name: str) -> defer.Deferred[str]:
        if isIPAddress(name) or isIPv6Address(name):
            return defer.succeed(name)
        result: defer.Deferred[str] = self.reactor.resolve(name)
        return result

    def _change_membership(self, addr: str, interface: str | int, join: bool) -> defer.Deferred[None]:
        if self._over_ipv6:
            found = self._resolved(addr)
            return found.addCallback(self._change_ipv6, addr, interface, join)
        shown = str(interface) or _ANY_INTERFACE
        both = self._resolved(addr).addCallback(
            lambda group: self._resolved(shown).addCallback(lambda local: (group, local))
        )
        return both.addCallback(self._change_ipv4, addr, shown, join)

    def _change_ipv4(self, found: tuple[str, str], addr: str, interface: str, join: bool) -> None:
        option = socket.IP_ADD_MEMBERSHIP if join else socket.IP_DROP_MEMBERSHIP
        group, local = found
        try:
            request = socket.inet_aton(group) + socket.inet_aton(local)
            self.socket.setsockopt(socket.IPPROTO_IP, option, request)
        except OSError as problem:
            raise error.MulticastJoinError(addr, interface, *problem.args) from problem

    def _change_ipv6(self, group: str, addr: str, interface: str | int, join: bool) -> None:
        option = socket.IPV6_JOIN_GROUP if join else socket.IPV6_LEAVE_GROUP
        try:
            request = socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", _interface_index(interface))
            self.socket.setsockopt(socket.IPPROTO_IPV6, option, request)
        except OSError as problem:
            raise error.MulticastJoinError(addr, interface, *problem.args) from problem


@implementer(interfaces.IMulticastTransport)
class MulticastPort(MulticastMixin, Port):  # type: ignore[override]  # datagrams have addresses
    """
    A UDP port that can join groups.

    Attributes:
        listenMultiple: Whether several ports, also of other processes, may listen at the same address.
    """

    def __init__(
        self,
        port: int,
        proto: AbstractDatagramProtocol,
        interface: str = "",
        maxPacketSize: int = 8192,
        reactor: Any = None,  # Any of the reactor's many interfaces.
        listenMultiple: bool = False,
    ) -> None:
        Port.__init__(self, port, proto, interface, maxPacketSize, reactor)
        self.listenMultiple = listenMultiple

    def createInternetSocket(self) -> socket.socket:
        """Make the socket, sharing its address if that was asked for."""
        skt = Port.createInternetSocket(self)
        if self.listenMultiple:
            skt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if hasattr(socket, "SO_REUSEPORT"):
                skt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return skt
