"""
Protocols that speak with child processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet._protocol.streams import BaseProtocol
from twisted.internet.interfaces import IProcessProtocol

if TYPE_CHECKING:
    from twisted.python.failure import Failure


@implementer(IProcessProtocol)
class ProcessProtocol(BaseProtocol):
    """
    The parent's side of a child process.

    Override `outReceived`, `errReceived` and `processEnded`; for further descriptors, `childDataReceived` and
    `childConnectionLost`, which give 0, 1 and 2 to the hooks named after them.
    """

    transport: Any = None  # Any: IProcessTransport, with what the platform's own adds.

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """Hook: the child wrote to a descriptor of its own, called by the number it has there."""
        if childFD == 1:
            self.outReceived(data)
        elif childFD == 2:
            self.errReceived(data)

    def outReceived(self, data: bytes) -> None:
        """Hook: the child wrote to its standard output."""

    def errReceived(self, data: bytes) -> None:
        """Hook: the child wrote to its standard error."""

    def childConnectionLost(self, childFD: int) -> None:
        """Hook: a pipe between us is closed, called by the number of the child's descriptor."""
        if childFD == 0:
            self.inConnectionLost()
        elif childFD == 1:
            self.outConnectionLost()
        elif childFD == 2:
            self.errConnectionLost()

    def inConnectionLost(self) -> None:
        """Hook: the child's standard input is closed."""

    def outConnectionLost(self) -> None:
        """Hook: the child's standard output is closed."""

    def errConnectionLost(self) -> None:
        """Hook: the child's standard error is closed."""

    def processExited(self, reason: Failure) -> None:
        """Hook: the child has ended; its output may still be coming. *reason* is as for `processEnded`."""

    def processEnded(self, reason: Failure) -> None:
        """
        Hook: the child has ended and its pipes are closed. Called once, last.

        Args:
            reason: Wraps `ProcessDone` for exit code 0, and `ProcessTerminated` otherwise.
        """
