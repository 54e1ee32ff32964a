"""
The sockets of the parent: bound once, given to each worker that asks, and never read from.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Sequence
from typing import Any

from twisted.application._workers.control import Ask
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol, Factory
from twisted.logger import Logger

_log = Logger("twisted.application.workers")

_ANY = {"": "0.0.0.0"}


class _Holder(Factory[Any]):
    """Stands behind a socket from which nothing is accepted."""

    noisy = False

    def logPrefix(self) -> str:
        return "Workers' socket"


class Sockets:
    """
    The sockets that workers share.

    Args:
        reactor: What binds them.
        inherited: Descriptors of sockets that systemd bound for us; they stay open here.
    """

    def __init__(self, reactor: Any, inherited: Sequence[int] = ()) -> None:
        self._reactor = reactor
        self._ports: dict[tuple[str, str, int, int], Any] = {}
        self._backlogs: dict[tuple[str, str, int, int], int] = {}
        self._inherited = [_describe(descriptor) for descriptor in inherited]

    def obtain(self, ask: Ask) -> tuple[int, int]:
        """
        Give the socket that is asked for, and bind it if it is the first time.

        Returns:
            Its descriptor, which stays ours, and its family.

        Raises:
            OSError: It cannot be bound.
        """
        for kind, family, name, descriptor in self._inherited:
            if _matches(ask, kind, family, name):
                return descriptor, family
        port = self._ports.get(ask.key())
        if port is None:
            port = self._ports[ask.key()] = self._bind(ask)
            self._backlogs[ask.key()] = ask.backlog
        elif ask.kind != "udp" and ask.backlog > self._backlogs[ask.key()]:
            self._backlogs[ask.key()] = ask.backlog
            port.socket.listen(ask.backlog)
        return port.fileno(), int(port.socket.family)

    def _bind(self, ask: Ask) -> Any:  # Any: a port
        try:
            if ask.kind == "tcp":
                port = self._reactor.listenTCP(ask.port, _Holder(), ask.backlog, ask.where)
            elif ask.kind == "unix":
                port = self._reactor.listenUNIX(os.fsencode(ask.where), _Holder(), ask.backlog, ask.mode, ask.lock)
            elif ask.kind == "udp":
                port = self._reactor.listenUDP(ask.port, DatagramProtocol(), ask.where)
            else:
                raise OSError(errno.EPROTONOSUPPORT, f"no sockets of the kind {ask.kind!r} are shared")
        except CannotListenError as problem:
            why = problem.socketError
            raise why if isinstance(why, OSError) else OSError(errno.EADDRINUSE, str(why)) from None
        # Accepting is for workers alone.
        port.stopReading()
        return port

    def close(self) -> Deferred[Any]:
        """Close them all."""
        ports, self._ports = list(self._ports.values()), {}
        return DeferredList([maybeDeferred(port.stopListening) for port in ports])


def _describe(descriptor: int) -> tuple[str, int, Any, int]:
    with socket.socket(fileno=os.dup(descriptor)) as copy:
        kind = "udp" if copy.type == socket.SOCK_DGRAM else "unix" if copy.family == socket.AF_UNIX else "tcp"
        return kind, int(copy.family), copy.getsockname(), descriptor


def _matches(ask: Ask, kind: str, family: int, name: Any) -> bool:
    if ask.kind != kind:
        return False
    if family == socket.AF_UNIX:
        return os.fsencode(ask.where) == os.fsencode(name)
    if ask.port == 0 or ask.port != name[1]:
        return False
    where = _ANY.get(ask.where, ask.where)
    # What systemd binds to a port alone takes IPv4 too, and so would we find the port in use.
    return bool(where == name[0] or (name[0] == "::" and where == "0.0.0.0"))
