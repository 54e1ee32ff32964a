"""
TLS over what an endpoint connects or accepts.

If that is a plain socket and nothing stands between, the connection itself is told to speak TLS, which is less work;
over any other transport it is `TLSMemoryBIOFactory`'s work.
"""

from __future__ import annotations

from typing import Any

from twisted.internet._endpoints.wrapping import _WrappingProtocol
from twisted.internet._stream.connection import Connection
from twisted.internet._tls.over_transports import BufferingTLSTransport, TLSMemoryBIOFactory
from twisted.internet._tls.starting import begin

# Any, throughout: transports and protocols of every kind.


class EndpointTLS(BufferingTLSTransport):
    """Gives its place to the wrapped protocol, if it can; else is TLS itself."""

    def makeConnection(self, transport: Any) -> None:
        """Begin TLS over a transport."""
        if not self._is_plain_socket(transport):
            super().makeConnection(transport)
            return
        protocol = self.wrappedProtocol
        transport.protocol = protocol
        begin(transport, self.factory._creator, self.factory.wrappedFactory)
        self.transport = transport
        self.connected = 1
        protocol.makeConnection(transport)

    def _is_plain_socket(self, transport: Any) -> bool:
        if not isinstance(transport, Connection) or transport.TLS or transport._has_unsent():
            return False
        above = transport.protocol
        # An endpoint's own go-between has nothing to do once the connection is made.
        return above is self or (isinstance(above, _WrappingProtocol) and above._wrappedProtocol is self)


class EndpointTLSFactory(TLSMemoryBIOFactory):
    """Makes `EndpointTLS`."""

    protocol = EndpointTLS
