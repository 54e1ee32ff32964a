"""Changing from plain bytes to TLS in the middle of a connection (``startTLS``)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from zope.interface import classImplements

from twisted.internet._stream.client import BaseClient
from twisted.internet._stream.connection import Connection
from twisted.internet._tls.creating import Creator
from twisted.internet._tls.streams import SecureStream
from twisted.internet.interfaces import INegotiated


@lru_cache(maxsize=64)
def _secured(kind: Any) -> Any:  # Any: a class of connections
    """The class of connections that are like *kind*, over TLS."""
    made: Any = type(
        kind.__name__, (SecureStream, kind), {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    )
    classImplements(made, INegotiated)  # type: ignore[misc]  # made at run time
    return made


def start(connection: Connection, factory: Any, normal: bool) -> None:  # Any: every kind of context factory
    """
    Have a connection speak TLS.

    Args:
        connection: It speaks plainly so far.
        factory: A creator of TLS connections, or a factory of contexts.
        normal: Whether the side that has connected is the client of TLS.
    """
    if not connection.connected or connection.TLS:
        return
    creator = Creator(factory, isinstance(connection, BaseClient) == bool(normal))
    protocol = connection.protocol
    take = getattr(protocol, "_take_unread", None)
    # What the peer has sent behind its consent is TLS; nothing of it may reach the protocol in the clear.
    received: bytes = take() if take is not None else b""
    begin(connection, creator, getattr(protocol, "factory", None), received)


def begin(connection: Any, creator: Creator, negotiating: Any, received: bytes = b"") -> None:
    """
    Have a connection that is a plain socket's become one that speaks TLS. Any: connections of every class.

    Args:
        connection: The connection.
        creator: Makes the TLS connection.
        negotiating: The factory of the protocols, which may have something to agree upon.
        received: What has been read already.
    """
    if not isinstance(connection, SecureStream):
        kind: Any = type(connection)
        connection.__class__ = _secured(kind)
    connection._begin_tls(creator, negotiating, received)
