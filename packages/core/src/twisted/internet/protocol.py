"""
What users of the network write: protocols, and the factories that make them.

A *protocol* is one end of one connection: it is told when the connection is made, what is received and when it ends,
and writes to ``self.transport``. A *factory* makes a protocol for each connection and keeps what they share.
"""

from twisted.internet._protocol.adapters import ConsumerToProtocolAdapter as ConsumerToProtocolAdapter
from twisted.internet._protocol.adapters import FileWrapper
from twisted.internet._protocol.adapters import ProtocolToConsumerAdapter as ProtocolToConsumerAdapter
from twisted.internet._protocol.clients import ClientCreator, ReconnectingClientFactory
from twisted.internet._protocol.clients import _InstanceFactory as _InstanceFactory
from twisted.internet._protocol.datagrams import AbstractDatagramProtocol, ConnectedDatagramProtocol, DatagramProtocol
from twisted.internet._protocol.processes import ProcessProtocol
from twisted.internet._protocol.streams import BaseProtocol as BaseProtocol
from twisted.internet._protocol.streams import (
    ClientFactory,
    Factory,
    Protocol,
    ServerFactory,
    connectionDone,
)
from twisted.python._facade import publish

__all__ = [
    "AbstractDatagramProtocol",
    "ClientCreator",
    "ClientFactory",
    "ConnectedDatagramProtocol",
    "DatagramProtocol",
    "Factory",
    "FileWrapper",
    "ProcessProtocol",
    "Protocol",
    "ReconnectingClientFactory",
    "ServerFactory",
    "connectionDone",
]
publish(
    __name__,
    [*__all__, "BaseProtocol", "ConsumerToProtocolAdapter", "ProtocolToConsumerAdapter", "_InstanceFactory"],
)
