"""A socket that takes notes, a reactor that only keeps books, and protocols that say what they heard."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.internet import interfaces, protocol, tcp
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure


class Socket:
    """Gives what it is told to give, and takes notes of the rest."""

    def __init__(self, *incoming: Any) -> None:
        self.incoming: deque[Any] = deque(incoming)
        self.notes: list[Any] = []
        self.sent: list[bytes] = []
        # How much goes at once; None for everything, an exception for trouble.
        self.room: Any = None
        self.options: dict[Any, Any] = {}
        self.blocking: Any = 1.0
        self.open = True

    def gettimeout(self) -> Any:
        return self.blocking

    def setblocking(self, flag: bool) -> None:
        self.notes.append(("blocking", flag))

    def fileno(self) -> int:
        return 17 if self.open else -1

    def recv(self, size: int) -> bytes:
        self.notes.append(("recv", size))
        given = self.incoming.popleft() if self.incoming else BlockingIOError()
        if isinstance(given, BaseException):
            raise given
        return bytes(given * size if given == b"*" else given)

    def send(self, data: Any) -> int:
        if isinstance(self.room, BaseException):
            raise self.room
        length = len(data) if self.room is None else min(self.room, len(data))
        if self.room is not None:
            self.room -= length
            if not length:
                raise BlockingIOError
        self.sent.append(bytes(data[:length]))
        return length

    def sendmsg(self, pieces: list[Any]) -> int:
        self.notes.append(("pieces", len(pieces)))
        return self.send(b"".join(pieces))

    def shutdown(self, how: int) -> None:
        self.notes.append(("shutdown", how))

    def setsockopt(self, level: int, option: int, value: Any) -> None:
        self.options[level, option] = value

    def getsockopt(self, level: int, option: int) -> Any:
        return self.options.get((level, option), 0)

    def getsockname(self) -> Any:
        return ("127.0.0.1", 80)

    def getpeername(self) -> Any:
        return ("127.0.0.1", 4711)

    def close(self) -> None:
        self.open = False
        self.notes.append("close")

    def sizes(self) -> list[int]:
        return [note[1] for note in self.notes if note[0] == "recv"]


class Loop(Clock):
    """A reactor without a loop: who waits for what, who sends at the end of the turn, who was ended."""

    def __init__(self, flushes: bool = True) -> None:
        super().__init__()
        self._flushes = flushes
        self.readers: list[Any] = []
        self.writers: list[Any] = []
        self.marked: list[Any] = []
        self.ended: list[Any] = []
        self._dispatching: Any = None

    def addReader(self, reader: Any) -> None:
        if reader not in self.readers:
            self.readers.append(reader)

    def addWriter(self, writer: Any) -> None:
        if writer not in self.writers:
            self.writers.append(writer)

    def removeReader(self, reader: Any) -> None:
        if reader in self.readers:
            self.readers.remove(reader)

    def removeWriter(self, writer: Any) -> None:
        if writer in self.writers:
            self.writers.remove(writer)

    def _mark(self, connection: Any) -> None:
        self.marked.append(connection)

    def _closing(self, connection: Any, descriptor: int) -> None:
        self.removeReader(connection)
        self.removeWriter(connection)

    def _disconnectSelectable(self, connection: Any, why: Any, reading: bool) -> None:
        self.ended.append((why, reading))
        connection.connectionLost(Failure(why))

    def end_turn(self) -> None:
        marked, self.marked = self.marked, []
        for connection in marked:
            connection._send_turn()


class Noting(protocol.Protocol):
    def __init__(self, on_data: Callable[[Any, bytes], object] | None = None) -> None:
        self.notes: list[Any] = []
        self.on_data = on_data

    def connectionMade(self) -> None:
        self.notes.append("made")

    def dataReceived(self, data: bytes) -> None:
        self.notes.append(len(data))
        if self.on_data is not None:
            self.on_data(self, data)

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        self.notes.append(reason.value)


@implementer(interfaces.IHalfCloseableProtocol)
class Half(Noting):
    raises = False

    def readConnectionLost(self) -> None:
        self.notes.append("read end")
        if self.raises:
            raise ZeroDivisionError

    def writeConnectionLost(self) -> None:
        self.notes.append("write end")
        if self.raises:
            raise ZeroDivisionError


def connect(wire: Socket, made: Any = None, loop: Loop | None = None) -> tuple[Any, Any, Loop]:
    """An accepted connection, its protocol and its loop."""
    loop = loop or Loop()
    made = made or Noting()
    connection: Any = tcp.Server(wire, made, ("127.0.0.1", 4711), None, 3, loop)  # type: ignore[arg-type]
    connection.startReading()
    made.makeConnection(connection)
    return connection, made, loop


def logged(act: Callable[[], object]) -> list[Any]:
    events: list[Any] = []
    note: Any = events.append
    globalLogPublisher.addObserver(note)
    try:
        act()
    finally:
        globalLogPublisher.removeObserver(note)
    return events


def failures(act: Callable[[], object]) -> list[Any]:
    return [(event["log_failure"].type, event["log_system"]) for event in logged(act) if "log_failure" in event]
