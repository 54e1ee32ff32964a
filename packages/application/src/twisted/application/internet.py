"""
Services that talk to the network, and that act from time to time.

For new programs: `StreamServerEndpointService` listens on an endpoint, `ClientService` stays connected to one, and
`TimerService` calls a function at intervals. The others wrap a method of the reactor each: ``TCPServer(80, factory)``
is a service around ``reactor.listenTCP(80, factory)``.
"""

from twisted.application._services.connections import (
    MulticastServer,
    SSLClient,
    SSLServer,
    StreamServerEndpointService,
    TCPClient,
    TCPServer,
    UDPServer,
    UNIXClient,
    UNIXDatagramClient,
    UNIXDatagramServer,
    UNIXServer,
)
from twisted.application._services.periodic import CooperatorService, TimerService
from twisted.application._services.reconnecting import ClientService, backoffPolicy
from twisted.python._facade import publish

__all__ = [
    "ClientService",
    "CooperatorService",
    "MulticastServer",
    "SSLClient",
    "SSLServer",
    "StreamServerEndpointService",
    "TCPClient",
    "TCPServer",
    "TimerService",
    "UDPServer",
    "UNIXClient",
    "UNIXDatagramClient",
    "UNIXDatagramServer",
    "UNIXServer",
    "backoffPolicy",
]
publish(__name__, __all__)
