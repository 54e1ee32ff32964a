"""
Protocols behind a proxy that says for whom it connects.
"""

from __future__ import annotations

from typing import Any

from twisted.protocols._haproxy.header import HeaderReader, InvalidProxyHeader, ProxyHeader
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory


class HAProxyProtocolWrapper(ProtocolWrapper):
    """
    Takes the PROXY header from the beginning of a stream, and gives the protocol it wraps the addresses it tells.

    The wrapped protocol is connected at once; the addresses are the connection's own until the header has come. A
    stream that does not begin with a header is closed.
    """

    def __init__(self, factory: Any, wrappedProtocol: Any) -> None:
        super().__init__(factory, wrappedProtocol)
        self._header: ProxyHeader | None = None
        self._reader: HeaderReader | None = HeaderReader()

    def dataReceived(self, data: bytes) -> None:
        """Read the header, and hand on what comes behind it."""
        if self._header is not None:
            self.wrappedProtocol.dataReceived(data)
            return
        if self._reader is None:
            return  # It was refused, and the connection is closing.
        try:
            found = self._reader.feed(data)
        except InvalidProxyHeader as error:
            from twisted.logger import Logger

            self._reader = None
            Logger("twisted.protocols.haproxy").warn(
                "Hanging up on {peer}: {error}", peer=super().getPeer(), error=error
            )
            self.loseConnection()
            return
        if found is not None:
            self._reader = None
            self._header, rest = found
            if rest:
                self.wrappedProtocol.dataReceived(rest)

    def getPeer(self) -> Any:
        """Give the address of whom the proxy connects for, if it says."""
        if self._header is not None and self._header.source is not None:
            return self._header.source
        return super().getPeer()

    def getHost(self) -> Any:
        """Give the address they connected to, if the proxy says."""
        if self._header is not None and self._header.destination is not None:
            return self._header.destination
        return super().getHost()


class HAProxyWrappingFactory(WrappingFactory):
    """A factory behind a proxy that says for whom it connects, by PROXY headers of version 1 or 2."""

    protocol: Any = HAProxyProtocolWrapper

    def logPrefix(self) -> str:
        """Name the wrapped factory, and mark that there is a proxy."""
        return super().logPrefix().replace(type(self).__name__, "PROXY")
