"""
Sending and receiving data together with ancillary messages, such as descriptors over a UNIX socket.
"""

from __future__ import annotations

import socket as _socket
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["SCM_RIGHTS", "ReceivedMessage", "getSocketFamily", "recvmsg", "sendmsg"]

# Windows has neither the constant nor the calls; 1 is what every system that has it says.
SCM_RIGHTS: int = getattr(_socket, "SCM_RIGHTS", 1)


class ReceivedMessage(NamedTuple):
    """What `recvmsg` took from a socket. Each ancillary item is a tuple of level, type and bytes."""

    data: bytes
    ancillary: list[tuple[int, int, bytes]]
    flags: int


def getSocketFamily(socket: _socket.socket) -> int:
    """Return the address family (`socket.AF_INET`, ...) of *socket*."""
    return socket.family


def sendmsg(
    socket: _socket.socket,
    data: bytes,
    ancillary: Sequence[tuple[int, int, bytes]] = (),
    flags: int = 0,
) -> int:
    """
    Send bytes and ancillary messages in one system call.

    Returns:
        How many bytes of *data* were taken; the ancillary messages go with the first of them.
    """
    return socket.sendmsg([data], list(ancillary), flags)


def recvmsg(socket: _socket.socket, maxSize: int = 8192, cmsgSize: int = 4096, flags: int = 0) -> ReceivedMessage:
    """
    Receive bytes and ancillary messages in one system call.

    Args:
        socket: Where to read from.
        maxSize: The most bytes of data to take.
        cmsgSize: Room for the payload of ancillary messages, in bytes, without their headers.
        flags: Passed to the system call (`socket.MSG_PEEK`, ...).
    """
    data, ancillary, received_flags, _ = socket.recvmsg(maxSize, _socket.CMSG_SPACE(cmsgSize), flags)
    return ReceivedMessage(data, ancillary, received_flags)
