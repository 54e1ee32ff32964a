"""Ancillary messages."""

import os
import socket
import struct

from twisted.python.sendmsg import SCM_RIGHTS, ReceivedMessage, getSocketFamily, recvmsg, sendmsg


def test_data_go_over() -> None:
    left, right = socket.socketpair()
    with left, right:
        assert sendmsg(left, b"hello") == 5
        assert recvmsg(right, 3) == ReceivedMessage(b"hel", [], 0)
        assert recvmsg(right) == (b"lo", [], 0)


def test_flags_are_passed() -> None:
    left, right = socket.socketpair()
    with left, right:
        sendmsg(left, b"hello", flags=socket.MSG_DONTWAIT)

        assert recvmsg(right, flags=socket.MSG_PEEK).data == b"hello"
        assert recvmsg(right).data == b"hello"


def test_a_descriptor_goes_over() -> None:
    left, right = socket.socketpair()
    reading, writing = os.pipe()
    with left, right:
        sendmsg(left, b"x", [(socket.SOL_SOCKET, SCM_RIGHTS, struct.pack("i", writing))])
        os.close(writing)

        ((level, kind, payload),) = recvmsg(right).ancillary
        received = struct.unpack("i", payload)[0]
        os.write(received, b"through")

        assert (level, kind) == (socket.SOL_SOCKET, SCM_RIGHTS) and os.read(reading, 10) == b"through"
        os.close(received)
        os.close(reading)


def test_the_family_is_told() -> None:
    with socket.socket(socket.AF_INET) as four:
        assert getSocketFamily(four) == socket.AF_INET
