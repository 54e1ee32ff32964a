"""
The parent's ends of a child's pipes.
"""

from __future__ import annotations

import os
import select
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.fdesc import setNonBlocking, writeToFD
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.python.failure import Failure

_READ_SIZE = 65536
_BROKEN: int = getattr(select, "POLLERR", 8) | getattr(select, "POLLHUP", 16)


class ProcessWriter(FileDescriptor):
    """
    What goes into the child.

    Attributes:
        enableReadHack: Whether the descriptor is watched for reading as well, which is how a pipe tells that the
            child has closed its end.
    """

    connected = 1
    ic = 0
    enableReadHack = False

    def __init__(self, reactor: Any, proc: Any, name: int | str, fileno: int, forceReadHack: bool = False) -> None:
        FileDescriptor.__init__(self, reactor)
        self.fd = fileno
        self.proc = proc
        self.name = name
        setNonBlocking(fileno)
        if forceReadHack:
            self.enableReadHack = True
        else:
            # What can be read from has something to say for itself; the writing end of a pipe has not.
            try:
                os.read(fileno, 0)
            except OSError:
                self.enableReadHack = True
        if self.enableReadHack:
            self.startReading()

    def fileno(self) -> int:
        """Return the descriptor, or -1 when it is closed."""
        return self.fd

    def writeSomeData(self, data: bytes) -> int | BaseException:
        """Write what the pipe takes now."""
        return writeToFD(self.fd, data)

    def write(self, data: bytes) -> None:
        """Write, without blocking, in order."""
        FileDescriptor.write(self, data)

    def doRead(self) -> Any:  # None, or what ends the connection
        """Look whether the child has closed its end."""
        if not self.enableReadHack:
            return CONNECTION_LOST
        if not hasattr(select, "poll"):
            readable, writable, _ = select.select([self.fd], [self.fd], [], 0)
            return CONNECTION_LOST if readable and writable else None
        poll = select.poll()
        poll.register(self.fd, select.POLLOUT)
        if any(event & _BROKEN for _, event in poll.poll(0)):
            return CONNECTION_LOST
        return None

    def connectionLost(self, reason: Failure) -> None:
        """Close the pipe and tell the process."""
        if self.fd < 0:
            return
        FileDescriptor.connectionLost(self, reason)
        descriptor, self.fd = self.fd, -1
        os.close(descriptor)
        self.proc.childConnectionLost(self.name, reason)


class ProcessReader(FileDescriptor):
    """What comes out of the child."""

    connected = True

    def __init__(self, reactor: Any, proc: Any, name: int | str, fileno: int) -> None:
        FileDescriptor.__init__(self, reactor)
        self.proc = proc
        self.name = name
        self.fd = fileno
        setNonBlocking(fileno)
        self.startReading()

    def fileno(self) -> int:
        """Return the descriptor, or -1 when it is closed."""
        return self.fd

    def writeSomeData(self, data: bytes) -> int | BaseException:
        """Nothing can be written here: what was left to write was nothing, and closing comes next."""
        return CONNECTION_LOST

    def doRead(self) -> Any:  # None, or what ends the connection
        """Read once and pass it on."""
        try:
            data = os.read(self.fd, _READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return CONNECTION_LOST
        if not data:
            return CONNECTION_DONE
        self.dataReceived(data)
        return None

    def dataReceived(self, data: bytes) -> None:
        """Pass on what the child wrote."""
        self.proc.childDataReceived(self.name, data)

    def loseConnection(self, _connDone: Any = CONNECTION_DONE) -> None:
        """Close the pipe, in the next turn."""
        if self.connected and not self.disconnecting:
            self.disconnecting = 1
            self.stopReading()
            self.reactor.callLater(0, self.connectionLost, Failure(CONNECTION_DONE))

    def connectionLost(self, reason: Failure) -> None:
        """Close the pipe and tell the process."""
        if self.fd < 0:
            return
        FileDescriptor.connectionLost(self, reason)
        descriptor, self.fd = self.fd, -1
        os.close(descriptor)
        self.proc.childConnectionLost(self.name, reason)
