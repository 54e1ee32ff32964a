"""
Protocols over datagrams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet._protocol.streams import logger_of
from twisted.internet.interfaces import ILoggingContext

if TYPE_CHECKING:
    from twisted.python.failure import Failure


class AbstractDatagramProtocol:
    """
    What datagram protocols share, whatever carries the datagrams.

    Attributes:
        transport: The port, while there is one.
        numPorts: How many ports the protocol has.
        noisy: Whether its start and stop are logged.
    """

    transport: Any = None  # Any: a UDP, multicast or UNIX port; subclasses know.
    numPorts: int = 0
    noisy: bool = True

    def __getstate__(self) -> dict[str, object]:
        # A socket cannot be pickled.
        return {name: value for name, value in vars(self).items() if name != "transport"}

    def doStart(self) -> None:
        """One more port uses the protocol: the first one starts it. Called by the reactor."""
        if self.numPorts == 0:
            if self.noisy:
                logger_of(self).info("Starting protocol {protocol}", protocol=self)
            self.startProtocol()
        self.numPorts += 1

    def doStop(self) -> None:
        """One port fewer uses the protocol: the last one stops it. Called by the reactor."""
        assert self.numPorts > 0, f"{self!r} is stopped more often than it was started"
        self.numPorts -= 1
        self.transport = None
        if self.numPorts == 0:
            if self.noisy:
                logger_of(self).info("Stopping protocol {protocol}", protocol=self)
            self.stopProtocol()

    def startProtocol(self) -> None:
        """Hook: the transport is there, and datagrams can be sent."""

    def stopProtocol(self) -> None:
        """Hook: the transport is gone, and nothing more will come."""

    def makeConnection(self, transport: Any) -> None:
        """Take a port, and start. Called by the reactor, once."""
        assert self.transport is None, f"{self!r} has a transport already"
        self.transport = transport
        self.doStart()

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        """
        Hook: a datagram came.

        Args:
            datagram: All of it.
            addr: The sender's: a pair of host and port for UDP, a path for UNIX sockets.
        """


@implementer(ILoggingContext)
class DatagramProtocol(AbstractDatagramProtocol):
    """A protocol over UDP, or UNIX datagram sockets, that talks to anybody."""

    def logPrefix(self) -> str:
        """Give the name that the protocol's log events are marked with: the class's."""
        return type(self).__name__

    def connectionRefused(self) -> None:
        """Hook: nobody was there to take a datagram we sent. Only ports that are connected to one peer are told."""


class ConnectedDatagramProtocol(DatagramProtocol):
    """A protocol over a datagram port that talks to one peer."""

    def datagramReceived(self, datagram: bytes) -> None:  # type: ignore[override]  # it has one peer: no address
        """Hook: a datagram came, from the peer."""

    def connectionFailed(self, failure: Failure) -> None:
        """Hook: the port could not be connected to its peer."""
