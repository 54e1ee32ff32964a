"""
Carrying what two protocols write into files from one to the other.

`twisted.test.iosim` does the same with transports that can do more.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from twisted.internet.protocol import FileWrapper

__all__ = ["IOPump", "returnConnected"]

# How many turns a conversation may take before it is taken for an endless one.
_MOST_TURNS = 100_000


class IOPump:
    """
    Carries data between two protocols that write to files in memory.

    Attributes:
        client, server: The protocols.
        clientIO, serverIO: The files that they write to.
    """

    def __init__(self, client: Any, server: Any, clientIO: Any, serverIO: Any) -> None:
        self.client = client
        self.server = server
        self.clientIO = clientIO
        self.serverIO = serverIO

    def flush(self) -> None:
        """Carry data until neither has written any more."""
        for _ in range(_MOST_TURNS):
            if not self.pump():
                return
        raise RuntimeError(f"client and server have not come to an end after {_MOST_TURNS} turns")

    def pump(self) -> int:
        """
        Carry what both have written since the last time.

        Returns:
            Whether there was anything.
        """
        from_client, from_server = self._take(self.clientIO), self._take(self.serverIO)
        if from_client:
            self.server.dataReceived(from_client)
        if from_server:
            self.client.dataReceived(from_server)
        return 1 if from_client or from_server else 0

    @staticmethod
    def _take(file: Any) -> bytes:
        file.seek(0)
        written: bytes = file.read()
        file.seek(0)
        file.truncate()
        return written


def returnConnected(server: Any, client: Any) -> IOPump:
    """Connect two protocols by files in memory, carry their greetings, and return the pump."""
    client_io, server_io = BytesIO(), BytesIO()
    client.makeConnection(FileWrapper(client_io))
    server.makeConnection(FileWrapper(server_io))
    pump = IOPump(client, server, client_io, server_io)
    pump.flush()
    return pump
