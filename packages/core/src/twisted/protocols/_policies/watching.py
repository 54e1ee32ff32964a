"""
Writing down what connections transfer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

from twisted.protocols._policies.throttling import note
from twisted.protocols._policies.wrapping import ProtocolWrapper, WrappingFactory


class SpewingProtocol(ProtocolWrapper):
    """Logs everything that is sent and received."""

    def dataReceived(self, data: bytes) -> None:
        """Log and hand on."""
        note("Received: {data!r}", data=data)
        super().dataReceived(data)

    def write(self, data: bytes) -> None:
        """Log and send."""
        note("Sending: {data!r}", data=data)
        super().write(data)


class SpewingFactory(WrappingFactory):
    """Logs everything that is sent and received."""

    protocol: Any = SpewingProtocol


# What is put in the place of what a line of a log has no room for.
_ELIDED = b"<... elided>"


class TrafficLoggingProtocol(ProtocolWrapper):
    """
    Writes everything that is sent and received to a file of its own.

    ``C`` marks what the peer sent, ``S`` what we sent, ``SV`` what was sent in several pieces, ``*`` the beginning and
    the end; the number is the connection's.

    Attributes:
        logfile: Where to: text.
        lengthLimit: How much of each piece is written, in bytes; `None` for all of it.
    """

    def __init__(
        self, factory: Any, wrappedProtocol: Any, logfile: IO[str], lengthLimit: int | None = None, number: int = 0
    ) -> None:
        super().__init__(factory, wrappedProtocol)
        self.logfile = logfile
        self.lengthLimit = lengthLimit
        self._number = number

    def _note(self, line: str) -> None:
        self.logfile.write(line + "\n")
        self.logfile.flush()

    def _shorten(self, data: bytes) -> bytes:
        if self.lengthLimit is None or len(data) <= self.lengthLimit:
            return data
        return data[: max(0, self.lengthLimit - len(_ELIDED))] + _ELIDED

    def connectionMade(self) -> None:
        """Note the beginning."""
        self._note("*")

    def dataReceived(self, data: bytes) -> None:
        """Note and hand on."""
        self._note(f"C {self._number}: {self._shorten(data)!r}")
        super().dataReceived(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # a wrapper has no reason of its own
        """Note the end, and hand on."""
        self._note(f"C {self._number}: {reason!r}")
        super().connectionLost(reason)

    def write(self, data: bytes) -> None:
        """Note and send."""
        self._note(f"S {self._number}: {self._shorten(data)!r}")
        super().write(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Note and send."""
        pieces = list(iovec)
        self._note(f"SV {self._number}: {[self._shorten(piece) for piece in pieces]!r}")
        super().writeSequence(pieces)

    def loseConnection(self) -> None:
        """Note that we hang up, and do."""
        self._note(f"S {self._number}: *")
        super().loseConnection()


class TrafficLoggingFactory(WrappingFactory):
    """
    Writes everything that each connection sends and receives to a file.

    Attributes:
        logfilePrefix: What the files' names begin with; a hyphen and the connection's number follow.
        lengthLimit: How much of each piece is written, in bytes; `None` for all of it.
    """

    protocol: Any = TrafficLoggingProtocol
    _counter: int = 0

    def __init__(self, wrappedFactory: Any, logfilePrefix: str, lengthLimit: int | None = None) -> None:
        super().__init__(wrappedFactory)
        self.logfilePrefix = logfilePrefix
        self.lengthLimit = lengthLimit

    def open(self, name: str) -> IO[str]:
        """Hook: open a file to write to."""
        return open(name, "w", encoding="utf-8")

    def buildProtocol(self, addr: Any) -> Any:
        """Make a protocol with a file of its own."""
        wrapped = self.wrappedFactory.buildProtocol(addr)
        if wrapped is None:
            return None
        self._counter += 1
        logfile = self.open(f"{self.logfilePrefix}-{self._counter}")
        return self.protocol(self, wrapped, logfile, self.lengthLimit, self._counter)

    def resetCounter(self) -> None:
        """Number connections from 1 again; their files will replace the earlier ones."""
        self._counter = 0
