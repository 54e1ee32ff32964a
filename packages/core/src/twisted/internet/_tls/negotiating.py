"""Agreeing upon the protocol above TLS (ALPN, RFC 7301)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from constantly import FlagConstant, Flags

from twisted.internet._tls.library import SSL
from twisted.internet.interfaces import IProtocolNegotiationFactory

# Contexts cannot be changed once connections are made of them: they ask here what a connection wants.
_prepared: WeakSet[SSL.Context] = WeakSet()
_of_connection: WeakKeyDictionary[SSL.Connection, tuple[bytes, ...]] = WeakKeyDictionary()


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
        context: The context; no connection has been made of it.
        acceptable: The protocols, the preferred one first; if there are none, those of a connection count.
    """
    protocols = tuple(acceptable)

    def choose(connection: SSL.Connection, offered: list[bytes]) -> Any:  # Any: bytes, or a sentinel
        mine = _of_connection.get(connection, protocols)
        if not mine:
            return SSL.NO_OVERLAPPING_PROTOCOLS
        for protocol in mine:
            if protocol in offered:
                return protocol
        # With none in common there is nothing to be said: the handshake fails (RFC 7301, section 3.2).
        return b""

    context.set_alpn_select_callback(choose)
    if protocols:
        context.set_alpn_protos(list(protocols))
    _prepared.add(context)


def wanted_by(factory: object) -> tuple[bytes, ...]:
    """What a factory of protocols has to agree upon."""
    if IProtocolNegotiationFactory.providedBy(factory):
        return tuple(factory.acceptableProtocols())
    return ()


def prepare(context: SSL.Context, protocols: tuple[bytes, ...]) -> SSL.Context:
    """See to it that connections of a context can agree upon some of these; gives the context."""
    if protocols and context not in _prepared:
        try:
            accept_protocols(context, ())
        except ValueError:
            # It has made connections, and cannot be changed any more: its own choice stays.
            pass
    return context


def negotiate(connection: SSL.Connection, protocols: tuple[bytes, ...]) -> None:
    """Have a new connection agree upon one of these."""
    if protocols:
        _of_connection[connection] = protocols
        connection.set_alpn_protos(list(protocols))


def negotiated(connection: SSL.Connection | None) -> bytes | None:
    """The protocol that was agreed upon."""
    agreed = connection.get_alpn_proto_negotiated() if connection is not None else b""
    return agreed or None
