"""
TLS over any transport: a protocol that speaks TLS below and bytes above.

`TLSMemoryBIOFactory` wraps a factory: its protocols speak TLS without knowing it. Use it by
`twisted.internet.endpoints.wrapClientTLS` and `wrapServerTLS`, or by itself over anything that is a transport. On
a plain socket ``startTLS``, ``listenSSL`` and ``connectSSL`` do with less work.
"""

from __future__ import annotations

from twisted.internet._tls.over_transports import (
    BufferingTLSTransport,
    SomeConnectionCreator,
    TLSMemoryBIOFactory,
    TLSMemoryBIOProtocol,
    _get_default_clock,
)
from twisted.python._facade import publish

__all__ = [
    "BufferingTLSTransport",
    "SomeConnectionCreator",
    "TLSMemoryBIOFactory",
    "TLSMemoryBIOProtocol",
    "_get_default_clock",
]
publish(__name__, __all__)
