"""What `IReactorSSL` promises."""

from __future__ import annotations

from typing import Any

from twisted.internet._tls.sockets import Connector, Port

# Any, throughout: factories and reactors come from users.


def listen(reactor: Any, port: Any, factory: Any, context_factory: Any, backlog: int, interface: str) -> Any:
    """Listen over TLS; raises `CannotListenError`."""
    made = Port(port, factory, context_factory, backlog, interface, reactor)
    made.startListening()
    return made


def connect(
    reactor: Any, host: str, port: Any, factory: Any, context_factory: Any, timeout: float, bind_address: Any
) -> Any:
    """Connect over TLS."""
    made = Connector(host, port, factory, context_factory, timeout, bind_address, reactor)
    made.connect()
    return made
