"""
Protocols whose states each want a certain number of bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.protocol import Protocol

__all__ = ["StatefulProtocol"]

# What takes the bytes of one state, and returns the next state; or None, to stay.
_State = tuple[Callable[[bytes], Any], int]  # Any: the next _State, which a type cannot say of itself.


class StatefulProtocol(Protocol):
    """
    Collects as many bytes as the current state wants, and gives them to its method.

    A state is a pair of a method and a number of bytes. The method returns the next state, or `None` to go on with the
    same one. It may ask for as much as it can hold: what a peer may announce is for the method to limit.
    """

    _awaited: _State | None = None
    _gathered: bytearray
    _offset: int = 0

    def makeConnection(self, transport: Any) -> None:
        """Take a transport, and begin with the initial state."""
        self._gathered = bytearray()
        self._offset = 0
        self._awaited = self.getInitialState()
        super().makeConnection(transport)

    def getInitialState(self) -> _State:
        """Override me: return the first state."""
        raise NotImplementedError(f"{type(self).__name__} must override getInitialState")

    def dataReceived(self, data: bytes) -> None:
        """Collect data, and give each state what it wants."""
        assert self._awaited is not None, "the protocol is not connected"
        self._gathered += data
        try:
            while len(self._gathered) - self._offset >= self._awaited[1]:
                method, size = self._awaited
                wanted = bytes(memoryview(self._gathered)[self._offset : self._offset + size])
                self._offset += size
                following = method(wanted)
                if following is not None:
                    self._awaited = following
                elif size == 0:
                    # The same state again wants nothing again: it waits for more to come.
                    break
        finally:
            del self._gathered[: self._offset]
            self._offset = 0
