"""A program that runs in memory."""

from __future__ import annotations

from twisted.internet.error import ProcessExitedAlready


class Program:
    """Stands in for a running program."""

    def __init__(self) -> None:
        self.read = b""
        self.calls: list[str] = []
        self.gone = False

    def write(self, data: bytes) -> None:
        self.read += data

    def closeStdin(self) -> None:
        self.calls.append("stdin closed")

    def loseConnection(self) -> None:
        self.calls.append("closed")

    def pauseProducing(self) -> None:
        self.calls.append("paused")

    def resumeProducing(self) -> None:
        self.calls.append("resumed")

    def signalProcess(self, signal: str) -> None:
        if self.gone:
            raise ProcessExitedAlready
        self.calls.append(signal)
