"""
TCP: ports, and the connections of both sides.

Programs use these through a reactor or endpoints, and subclass them now and then.
"""

from errno import EAGAIN, ENFILE, ENOMEM, EPERM

from twisted.internet._stream.client import BaseClient, Client, Connector
from twisted.internet._stream.connection import Connection
from twisted.internet._stream.server import Port, Server
from twisted.internet._stream.sockets import makeBinding
from twisted.internet.interfaces import ITLSTransport
from twisted.python._facade import publish

__all__ = [
    "EAGAIN",
    "ENFILE",
    "ENOMEM",
    "EPERM",
    "BaseClient",
    "Client",
    "Connection",
    "Connector",
    "ITLSTransport",
    "Port",
    "Server",
    "makeBinding",
]
publish(__name__, [name for name in __all__ if name != "ITLSTransport"])
