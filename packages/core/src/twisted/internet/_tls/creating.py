"""Making the OpenSSL connection for a transport, of whatever kind of factory a program has."""

from __future__ import annotations

from typing import Any

from twisted.internet._tls.identity import ClientTLSOptions
from twisted.internet._tls.library import SSL
from twisted.internet._tls.negotiating import negotiate, prepare, wanted_by
from twisted.internet._tls.options import CertificateOptions
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator

_ACCEPT_MOVING_WRITE_BUFFER = 0x2  # SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER

# pyOpenSSL sets it in all contexts since release 25.2, which is also the first that can clear modes.
_MOVES_ALREADY = hasattr(SSL.Context, "clear_mode")

# Any, throughout: factories come from users, and transports and protocols of every kind are handed on to them.


class Creator:
    """
    Makes the connections of one side.

    Args:
        factory: A creator of connections for this side, or a factory of contexts.
        client: Whether this is the client's side.
    """

    def __init__(self, factory: Any, client: bool) -> None:
        self.factory = factory
        self.client = client
        wanted = IOpenSSLClientConnectionCreator if client else IOpenSSLServerConnectionCreator
        self._creates = bool(wanted.providedBy(factory))
        if not self._creates:
            # What is wrong with its files is to be found out now.
            factory.getContext()

    def over_memory(self, protocol: Any, negotiating: Any) -> SSL.Connection:
        """
        Make a connection over memory BIOs.

        Args:
            protocol: Is told by ``failVerification`` of a certificate that will not do.
            negotiating: The factory of the protocols above, which may have some to agree upon.
        """
        protocols = wanted_by(negotiating)
        if not self._creates:
            made = SSL.Connection(prepare(self.factory.getContext(), protocols), None)
        elif self.client:
            made = self.factory.clientConnectionForTLS(protocol)
        else:
            made = self.factory.serverConnectionForTLS(protocol)
        return self._finish(made, protocol, protocols)

    def over_socket(self, skt: Any, protocol: Any, negotiating: Any) -> SSL.Connection | None:
        """Make a connection that drives a socket; `None` if only the program's own code knows how to make one."""
        factory = self.factory
        protocols = wanted_by(negotiating)
        if not self._creates:
            made = SSL.Connection(_for_socket(prepare(factory.getContext(), protocols)), skt)
        elif self.client and type(factory) is ClientTLSOptions:
            options: Any = getattr(factory._createConnection, "__self__", None)
            if not _is_ours(options) or factory._createConnection != options._makeTLSConnection:
                return None
            made = factory._verifying(SSL.Connection(_for_socket(options.getContext()), skt), protocol)
        elif _is_ours(factory):
            made = SSL.Connection(_for_socket(factory.getContext()), skt)
        else:
            return None
        return self._finish(made, protocol, protocols)

    def _finish(self, made: SSL.Connection, protocol: Any, protocols: tuple[bytes, ...]) -> SSL.Connection:
        negotiate(made, protocols)
        made.set_app_data(protocol)
        if self.client:
            made.set_connect_state()
        else:
            made.set_accept_state()
        return made


def _for_socket(context: SSL.Context) -> SSL.Context:
    """See to it that what had no room may be sent again from another place in memory; gives the context."""
    if not _MOVES_ALREADY:
        context.set_mode(_ACCEPT_MOVING_WRITE_BUFFER)
    return context


def _is_ours(options: Any) -> bool:
    """Whether these are options whose connections are made as we know, by a subclass or not."""
    if not isinstance(options, CertificateOptions):
        return False
    kind = type(options)
    return all(
        getattr(kind, name) is getattr(CertificateOptions, name) and name not in vars(options)
        for name in ("_makeTLSConnection", "clientConnectionForTLS", "serverConnectionForTLS")
    )
