"""Agreeing upon the protocol above TLS (ALPN, RFC 7301)."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from constantly import FlagConstant, Flags

from twisted.internet._tls.library import SSL
from twisted.internet.interfaces import IProtocolNegotiationFactory

# What each context has been told already. To tell it again would be work for each connection.
_told: WeakKeyDictionary[SSL.Context, tuple[bytes, ...]] = WeakKeyDictionary()


class ProtocolNegotiationSupport(Flags):  # type: ignore[misc]  # constantly has no annotations
    """The ways to agree upon a protocol."""

    NOSUPPORT = FlagConstant(0)
    NPN = FlagConstant(1)
    ALPN = FlagConstant(2)


def protocolNegotiationMechanisms() -> FlagConstant:
    """Give the ways that are supported here: ALPN."""
    return ProtocolNegotiationSupport.ALPN


def accept_protocols(context: SSL.Context, acceptable: Sequence[bytes]) -> None:
    """
    Have a context offer protocols as a client, and choose among what is offered as a server.

    Args:
        context: The context.
        acceptable: The protocols, the preferred one first; if there are none, nothing happens.
    """
    protocols = tuple(acceptable)
    if not protocols or _told.get(context) == protocols:
        return

    def choose(connection: SSL.Connection, offered: list[bytes]) -> bytes:
        for protocol in protocols:
            if protocol in offered:
                return protocol
        # With none in common there is nothing to be said: the handshake fails (RFC 7301, section 3.2).
        return b""

    context.set_alpn_select_callback(choose)
    context.set_alpn_protos(list(protocols))
    _told[context] = protocols


def negotiate_for(factory: object, connection: SSL.Connection) -> None:
    """Have a new connection agree upon one of the protocols of the factory whose it is, if it has any."""
    if IProtocolNegotiationFactory.providedBy(factory):
        accept_protocols(connection.get_context(), factory.acceptableProtocols())


def negotiated(connection: SSL.Connection | None) -> bytes | None:
    """The protocol that was agreed upon."""
    agreed = connection.get_alpn_proto_negotiated() if connection is not None else b""
    return agreed or None
