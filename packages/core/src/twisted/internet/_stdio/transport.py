"""
Standard input and output as one transport.

Two descriptors make it: one is read, the other written, and each ends by itself. The protocol sees one connection,
which is lost when both are gone.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from twisted.internet import interfaces
from twisted.internet._stdio.address import PipeAddress
from twisted.internet.abstract import FileDescriptor
from twisted.internet.fdesc import setNonBlocking, writeToFD
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.logger import Logger
from twisted.python.failure import Failure

_log = Logger("twisted.internet.stdio")
_READ_SIZE = 65536
_DONE = Failure(CONNECTION_DONE)


class _Side(FileDescriptor):
    """One of the two descriptors."""

    def __init__(self, reactor: Any, owner: StandardIO, name: str, descriptor: int) -> None:
        FileDescriptor.__init__(self, reactor)
        self._owner = owner
        self._name = name
        self._descriptor = descriptor
        self.connected = 1
        setNonBlocking(descriptor)

    def fileno(self) -> int:
        return self._descriptor

    def logPrefix(self) -> str:
        return "stdio"

    def connectionLost(self, reason: Failure) -> None:
        if not self.connected:
            return
        FileDescriptor.connectionLost(self, reason)
        self.connected = 0
        self._owner.childConnectionLost(self._name, reason)


class _Input(_Side):
    # A plain file cannot be waited for: it is read turn by turn instead.
    _pending: Any = None
    _is_file = False

    def doRead(self) -> Any:  # None, or what ends the connection
        try:
            data = os.read(self._descriptor, _READ_SIZE)
        except OSError as problem:
            return None if problem.errno in (errno.EAGAIN, errno.EINTR) else CONNECTION_LOST
        if not data:
            return CONNECTION_DONE
        self._owner.childDataReceived("read", data)
        return None

    def startReading(self) -> None:
        if self._is_file:
            self._read_next_turn()
            return
        try:
            FileDescriptor.startReading(self)
        except OSError as problem:
            if problem.errno != errno.EPERM:
                raise
            self._is_file = True
            self._read_next_turn()

    def _read_next_turn(self) -> None:
        if self._pending is None and self.connected:
            self._pending = self.reactor.callLater(0, self._read_file)

    def _read_file(self) -> None:
        self._pending = None
        self._read_next_turn()
        why = self.doRead()
        if why is not None:
            self.connectionLost(Failure(why))

    def stopReading(self) -> None:
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending.cancel()
        if not self._is_file:
            FileDescriptor.stopReading(self)

    def loseConnection(self, _connDone: Failure = _DONE) -> None:
        # There is nothing to write first, and nothing will say that it may be written.
        if self.connected and not self.disconnecting:
            self.disconnecting = True
            self.stopReading()
            self.reactor.callLater(0, self.connectionLost, _connDone)


class _Output(_Side):
    _is_file = False
    _wants_to_write = False
    _pending: Any = None

    def writeSomeData(self, data: bytes) -> int | BaseException:
        return writeToFD(self._descriptor, data)

    def watch_reader(self) -> None:
        # A pipe whose reader is gone can be told by reading. A terminal or a socket would have something to read.
        import stat

        if stat.S_ISFIFO(os.fstat(self._descriptor).st_mode):
            self.startReading()

    def doRead(self) -> Any:  # None, or what ends the connection
        import select

        if not hasattr(select, "poll"):
            return None
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        if any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0)):
            return CONNECTION_LOST
        return None

    def startWriting(self) -> None:
        self._wants_to_write = True
        if self._is_file:
            self._write_next_turn()
            return
        try:
            FileDescriptor.startWriting(self)
        except OSError as problem:
            if problem.errno != errno.EPERM:
                raise
            self._is_file = True
            self._write_next_turn()

    def _write_next_turn(self) -> None:
        if self._pending is None and self.connected:
            self._pending = self.reactor.callLater(0, self._write_file)

    def _write_file(self) -> None:
        self._pending = None
        why = self.doWrite()
        if why is not None:
            self.connectionLost(Failure(why))
        elif self._wants_to_write:
            self._write_next_turn()

    def stopWriting(self) -> None:
        self._wants_to_write = False
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending.cancel()
        if not self._is_file:
            FileDescriptor.stopWriting(self)


@implementer(interfaces.ITransport, interfaces.IProducer, interfaces.IConsumer, interfaces.IHalfCloseableDescriptor)
class StandardIO:
    """
    Connects a protocol to standard input and output, or to two other descriptors.

    The descriptors themselves stay open: they are the caller's.

    Attributes:
        protocol: Who is connected; `None` when the connection is lost.
        disconnecting: Whether it was asked to close.
        disconnected: Whether it is closed.
    """

    disconnected = False
    disconnecting = False
    _reader: _Input | None = None
    _writer: _Output | None = None

    def __init__(
        self,
        proto: interfaces.IProtocol,
        stdin: int = 0,
        stdout: int = 1,
        reactor: interfaces.IReactorFDSet | None = None,
    ) -> None:
        if reactor is None:
            from twisted.internet._reactor.choice import current_reactor

            reactor = current_reactor()
        self.protocol: Any = proto  # Any protocol, half-closeable or not.
        self._reader = _Input(reactor, self, "read", stdin)
        self._writer = _Output(reactor, self, "write", stdout)
        self._reader.startReading()
        self._writer.watch_reader()
        try:
            self.protocol.makeConnection(self)
        except BaseException:
            # There is nobody to be told of anything: the descriptors are not watched for him.
            for side in (self._reader, self._writer):
                if side is not None:
                    side.stopReading()
                    side.stopWriting()
            self._reader = self._writer = None
            self.disconnected = True
            raise

    def loseWriteConnection(self) -> None:
        """Close standard output when what was written is sent; go on reading."""
        if self._writer is not None:
            self._writer.loseConnection()

    def write(self, data: bytes) -> None:
        """Write to standard output; nothing happens if it is closed."""
        if self._writer is not None:
            self._writer.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Write several pieces to standard output."""
        if self._writer is not None:
            self._writer.writeSequence(data)

    def loseConnection(self) -> None:
        """Close both, standard output when what was written is sent."""
        self.disconnecting = True
        if self._writer is not None:
            self._writer.loseConnection()
        if self._reader is not None:
            self._reader.stopReading()

    def getPeer(self) -> PipeAddress:
        """Return an address that says nothing."""
        return PipeAddress()

    def getHost(self) -> PipeAddress:
        """Return an address that says nothing."""
        return PipeAddress()

    def childDataReceived(self, fd: str, data: bytes) -> None:
        """Pass on what was read."""
        self.protocol.dataReceived(data)

    def childConnectionLost(self, fd: str, reason: Failure) -> None:
        """Take note that one side (``"read"`` or ``"write"``) has ended."""
        if self.disconnected:
            return
        if fd == "read":
            self.readConnectionLost(reason)
        else:
            self.writeConnectionLost(reason)

    def readConnectionLost(self, reason: Failure) -> None:
        """Standard input has ended: so has the connection, unless the protocol can do with half of it."""
        self._reader = None
        half = interfaces.IHalfCloseableProtocol(self.protocol, None)
        if half is None:
            self.connectionLost(reason)
            return
        self._tell(half.readConnectionLost)
        self._end_if_over(reason)

    def writeConnectionLost(self, reason: Failure) -> None:
        """Standard output has ended: so has the connection, unless the protocol can do with half of it."""
        self._writer = None
        if self.disconnecting:
            self.connectionLost(reason)
            return
        half = interfaces.IHalfCloseableProtocol(self.protocol, None)
        if half is None:
            self.connectionLost(reason)
            return
        self._tell(half.writeConnectionLost)
        self._end_if_over(reason)

    def _tell(self, method: Any) -> None:  # A method of the protocol's.
        try:
            method()
        except BaseException:
            _log.failure("Unhandled Error")
            self.connectionLost(Failure())

    def _end_if_over(self, reason: Failure) -> None:
        if self._reader is None and self._writer is None:
            self.connectionLost(reason)

    def connectionLost(self, reason: Failure) -> None:
        """End the connection: tell both sides and the protocol."""
        if self.disconnected:
            return
        self.disconnected = True
        for side in (self._reader, self._writer):
            if side is not None:
                side.connectionLost(reason)
        self._reader = self._writer = None
        protocol, self.protocol = self.protocol, None
        try:
            protocol.connectionLost(reason)
        except BaseException:
            _log.failure("Unhandled Error")

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let a producer write to standard output at the speed at which it is read."""
        if self._writer is None:
            producer.stopProducing()
        else:
            self._writer.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """End what `registerProducer` began."""
        if self._writer is not None:
            self._writer.unregisterProducer()

    def stopProducing(self) -> None:
        """Close the connection."""
        self.loseConnection()

    def pauseProducing(self) -> None:
        """Read nothing for now."""
        if self._reader is not None:
            self._reader.pauseProducing()

    def resumeProducing(self) -> None:
        """Read again."""
        if self._reader is not None:
            self._reader.resumeProducing()

    def stopReading(self) -> None:
        """Read nothing for now."""
        self.pauseProducing()

    def startReading(self) -> None:
        """Read again."""
        self.resumeProducing()
