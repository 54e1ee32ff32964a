"""
Descriptors sent along with bytes.

A descriptor travels as an ancillary message, and needs a byte to travel with: each takes one of those written after
it was handed over.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import main
from twisted.internet.interfaces import IFileDescriptorReceiver, IUNIXTransport
from twisted.logger import Logger

if TYPE_CHECKING:
    from twisted.internet._stream.connection import Connection as _Base
else:
    _Base = object

_log = Logger("twisted.internet.unix")

# What the kernels take in one message, with room to spare (Linux: 253).
_AT_ONCE = 64
_SIZE = struct.calcsize("i")
_ROOM = getattr(socket, "CMSG_SPACE", lambda size: size)(_AT_ONCE * _SIZE)
_CLOSE_ON_EXEC: int = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
_RIGHTS: int = getattr(socket, "SCM_RIGHTS", 1)


@implementer(IUNIXTransport)
class DescriptorPassing(_Base):
    """What UNIX connections have in common, whoever began them."""

    _judged: Any = None
    _outgoing: list[int] | None = None
    _arrived: list[int] | None = None

    def sendFileDescriptor(self, fileno: int) -> None:
        """
        Send a descriptor along with the next byte that is written.

        Keep it open until the other side has it. It gets a descriptor of its own for the same open file.
        """
        if self._outgoing is None:
            self._outgoing = []
            self._transmit = self._transmit_with_descriptors
        self._outgoing.append(fileno)
        self.startWriting()

    def _transmit_with_descriptors(self, data: Any) -> int:
        waiting = self._outgoing
        assert waiting is not None
        batch = waiting[: min(_AT_ONCE, len(data))]
        if not batch:
            return 0
        message = (socket.SOL_SOCKET, _RIGHTS, struct.pack(f"{len(batch)}i", *batch))
        # No more bytes than descriptors: those that wait each have a byte of their own.
        sent: int = self.socket.sendmsg([data[: len(batch)]], [message])
        del waiting[: len(batch)]
        if not waiting:
            self._outgoing = None
            self._transmit = None
        return sent

    def doRead(self) -> Any:
        """Read once; descriptors are taken only if the protocol can have them, else the kernel closes them."""
        if self.protocol is not self._judged and not self.TLS:
            self._judged = self.protocol
            wants = IFileDescriptorReceiver.providedBy(self.protocol)
            self._receive = self._receive_with_descriptors if wants else None
        return super().doRead()

    def _receive_with_descriptors(self, size: int) -> bytes:
        data, ancillary, _, _ = self.socket.recvmsg(size, _ROOM, _CLOSE_ON_EXEC)
        arrived: list[int] = []
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == _RIGHTS:
                count = len(payload) // _SIZE
                arrived += struct.unpack(f"{count}i", payload[: count * _SIZE])
        if arrived:
            self._arrived = arrived
        return bytes(data)

    def _dataReceived(self, data: bytes) -> Any:
        arrived, self._arrived = self._arrived, None
        if arrived is not None:
            for descriptor in arrived:
                if self.protocol is None or self.disconnecting:
                    os.close(descriptor)
                    continue
                try:
                    self._call(self.protocol.fileDescriptorReceived, descriptor)
                except BaseException:
                    _log.failure("Unhandled Error")
            if self.protocol is None:
                return main.CONNECTION_DONE
        return super()._dataReceived(data)

    def getTcpNoDelay(self) -> bool:
        """Tell that nothing is delayed, nor can be asked not to be."""
        return False

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Do nothing: a UNIX socket delays nothing."""
