"""
Waking a reactor that sleeps in its system call.

One descriptor is watched for reading. It is an eventfd where there is one, else a pipe, and a pair of sockets on
Windows, where pipes cannot be watched.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from zope.interface import implementer

from twisted.internet.interfaces import IReadDescriptor

if TYPE_CHECKING:
    from twisted.python.failure import Failure


@implementer(IReadDescriptor)
class Waker:
    """
    A descriptor that becomes readable by `wakeUp`, from any thread and from signal handlers.

    After a fork, both processes would read the same: `renew` opens another one.

    Args:
        takes_bytes: Whether the descriptor has to take single bytes, as Python writes them when a signal comes; an
            eventfd does not.
    """

    # Reactors do not count it among what they watch for their users.
    _internal_reader = True

    def __init__(self, takes_bytes: bool = False) -> None:
        self._takes_bytes = takes_bytes
        self._open()

    i = o = -1
    _sockets: tuple[socket.socket, socket.socket] | None = None

    def _open(self) -> None:
        if hasattr(os, "eventfd") and not self._takes_bytes:
            self.i = self.o = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            self._note = b"\1\0\0\0\0\0\0\0"
        elif os.name == "posix":
            self.i, self.o = os.pipe()
            os.set_blocking(self.i, False)
            os.set_blocking(self.o, False)
            self._note = b"w"
        else:
            self._sockets = reading, writing = socket.socketpair()
            reading.setblocking(False)
            writing.setblocking(False)
            self.i, self.o = reading.fileno(), writing.fileno()
            self._note = b"w"

    def renew(self) -> None:
        """Close what is shared with another process, and open anew."""
        self.close()
        self._open()

    def wakeUp(self) -> None:
        """Make the descriptor readable. That it is full already is as good; so is that the reactor is gone."""
        try:
            if self._sockets is not None:
                self._sockets[1].send(self._note)
            else:
                os.write(self.o, self._note)
        except (BlockingIOError, OSError):
            return

    def fileno(self) -> int:
        """Give the descriptor to watch."""
        return self.i

    def doRead(self) -> None:
        """Empty it."""
        try:
            if self._sockets is not None:
                self._sockets[0].recv(8192)
            else:
                os.read(self.i, 8192)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Close the descriptors."""
        if self._sockets is not None:
            for one in self._sockets:
                one.close()
        elif self.i >= 0:
            os.close(self.i)
            if self.o != self.i:
                os.close(self.o)
        self.i = self.o = -1
        self._sockets = None

    def __del__(self) -> None:
        # Reactors are not closed; what they hold goes with them.
        self.close()

    def connectionLost(self, reason: Failure) -> None:
        """Close the descriptors."""
        self.close()

    def logPrefix(self) -> str:
        """Nobody logs here."""
        return "waker"
