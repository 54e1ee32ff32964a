"""
A child process at a terminal of its own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from zope.interface import implementer

from twisted.internet._process.launch import Text, launch
from twisted.internet._process.reaping import track
from twisted.internet._process.transport import BaseProcess, _log
from twisted.internet._stdio.address import PipeAddress
from twisted.internet.abstract import FileDescriptor
from twisted.internet.fdesc import readFromFD, setNonBlocking, writeToFD
from twisted.internet.interfaces import IProcessTransport
from twisted.python.failure import Failure

# The terminal is closed, and the child has ended.
_ALL_SIGNS = 2


@implementer(IProcessTransport)
class PTYProcess(FileDescriptor, BaseProcess):
    """A child at a pseudo-terminal: one descriptor for what goes in and what comes out."""

    status = -1
    pid = None

    def __init__(
        self,
        reactor: Any,
        executable: Text,
        args: Sequence[Text],
        environment: Mapping[Any, Any] | None,
        path: Text | None,
        proto: Any,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: bool | int | tuple[int, int, str] | None = None,
    ) -> None:
        """
        Start the program.

        Args:
            reactor: Who watches it.
            executable: A path, or a name to look for in ``PATH``.
            args: Its arguments, the first one being its name.
            environment: Its whole environment; `None` for ours.
            path: The folder to start in.
            proto: An `IProcessProtocol`.
            uid: The user to run as.
            gid: The group to run as.
            usePTY: A terminal to use: our descriptor of it, the child's, and its name. Otherwise one is made.
        """
        FileDescriptor.__init__(self, reactor)
        BaseProcess.__init__(self, proto)
        if isinstance(usePTY, (tuple, list)):
            master, slave, name = usePTY
            made = False
        else:
            master, slave = os.openpty()
            name = os.ttyname(slave)
            made = True
        try:
            self.pid = launch(executable, args, environment, path, uid, gid, None, terminal=name)
        except BaseException:
            if made:
                os.close(master)
            raise
        finally:
            if made:
                os.close(slave)
        self.fd = master
        setNonBlocking(master)
        self.startReading()
        self.connected = 1
        track(self.pid, self, reactor)
        try:
            self.proto.makeConnection(self)
        except BaseException:
            _log.failure("Unhandled Error")

    def __repr__(self) -> str:
        return BaseProcess.__repr__(self)

    def fileno(self) -> int:
        """Return our descriptor of the terminal, or -1 when it is closed."""
        return self.fd

    def doRead(self) -> Any:  # None, or what ends the connection
        """Read once and pass it on."""
        return readFromFD(self.fd, self._received)

    def _received(self, data: bytes) -> None:
        if self.proto is not None:
            self.proto.childDataReceived(1, data)

    def writeSomeData(self, data: bytes) -> int | BaseException:
        """Write what the terminal takes now."""
        return writeToFD(self.fd, data)

    def connectionLost(self, reason: Failure) -> None:
        """Close the terminal."""
        if self.fd < 0:
            return
        FileDescriptor.connectionLost(self, reason)
        descriptor, self.fd = self.fd, -1
        os.close(descriptor)
        self.lostProcess += 1
        self.maybeCallProcessEnded()

    def maybeCallProcessEnded(self) -> None:
        """Tell the protocol that all is over, when the child has ended and the terminal is closed."""
        if self.lostProcess == _ALL_SIGNS:
            BaseProcess.maybeCallProcessEnded(self)

    def closeStdin(self) -> None:
        """Do nothing: a terminal has but one end."""

    def closeStdout(self) -> None:
        """Do nothing: a terminal has but one end."""

    def closeStderr(self) -> None:
        """Do nothing: a terminal has but one end."""

    def closeChildFD(self, descriptor: int) -> None:
        """
        Do nothing for the three descriptors that a terminal stands for.

        Raises:
            KeyError: There is no other.
        """
        if descriptor not in (0, 1, 2):
            raise KeyError(descriptor)

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """
        Write to the child's standard input.

        Raises:
            KeyError: *childFD* is not 0.
        """
        if childFD != 0:
            raise KeyError(childFD)
        self.write(data)

    def getHost(self) -> PipeAddress:
        """Return an address: terminals have no better one."""
        return PipeAddress()

    def getPeer(self) -> PipeAddress:
        """Return an address: terminals have no better one."""
        return PipeAddress()
