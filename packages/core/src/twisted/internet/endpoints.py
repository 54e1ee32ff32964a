"""
Endpoints: where to listen or connect, kept apart from what is spoken there.

A server endpoint has ``listen(factory)``, a client endpoint ``connect(factory)``; both return a Deferred. People name
them by strings (`serverFromString`, `clientFromString`), to which plugins may add prefixes.

`_endpoints.strings` knows the grammar, `_endpoints.parsers` the prefixes, `_endpoints.hostname` how to find the
fastest of a host's addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet._endpoints.children import ProcessEndpoint, StandardErrorBehavior, StandardIOEndpoint
from twisted.internet._endpoints.hostname import HostnameEndpoint
from twisted.internet._endpoints.parsers import clientFromString, serverFromString
from twisted.internet._endpoints.sockets import (
    AdoptedStreamServerEndpoint,
    SSL4ClientEndpoint,
    SSL4ServerEndpoint,
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    TCP6ClientEndpoint,
    TCP6ServerEndpoint,
    UNIXClientEndpoint,
    UNIXServerEndpoint,
)
from twisted.internet._endpoints.strings import parse as _parse
from twisted.internet._endpoints.strings import quoteStringArgument
from twisted.internet._endpoints.tls import wrapClientTLS, wrapServerTLS
from twisted.internet._endpoints.wrapping import (
    _WrapperEndpoint,
    _WrapperServerEndpoint,
    _WrappingFactory,
    _WrappingProtocol,
    connectProtocol,
)
from twisted.python._facade import publish

__all__ = [
    "AdoptedStreamServerEndpoint",
    "HostnameEndpoint",
    "ProcessEndpoint",
    "SSL4ClientEndpoint",
    "SSL4ServerEndpoint",
    "StandardErrorBehavior",
    "StandardIOEndpoint",
    "TCP4ClientEndpoint",
    "TCP4ServerEndpoint",
    "TCP6ClientEndpoint",
    "TCP6ServerEndpoint",
    "UNIXClientEndpoint",
    "UNIXServerEndpoint",
    "_WrapperEndpoint",
    "_WrapperServerEndpoint",
    "_WrappingFactory",
    "_WrappingProtocol",
    "_parse",
    "clientFromString",
    "connectProtocol",
    "quoteStringArgument",
    "serverFromString",
    "wrapClientTLS",
    "wrapServerTLS",
]
publish(__name__, __all__)

if TYPE_CHECKING:
    from twisted.internet.stdio import PipeAddress as PipeAddress
    from twisted.internet.stdio import StandardIO as StandardIO
    from twisted.protocols.tls import TLSMemoryBIOFactory as TLSMemoryBIOFactory


def __getattr__(name: str) -> object:
    # What programs import from here, and most of them never use.
    value: object
    if name in ("PipeAddress", "StandardIO"):
        from twisted.internet import stdio

        value = getattr(stdio, name)
    elif name == "TLSMemoryBIOFactory":
        from twisted.protocols.tls import TLSMemoryBIOFactory

        value = TLSMemoryBIOFactory
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value
