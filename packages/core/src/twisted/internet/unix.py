"""
UNIX sockets: streams and datagrams, with descriptors sent over them.

Programs reach this through ``reactor.listenUNIX`` and its siblings. `_unix.stream` holds ports and connections,
`_unix.descriptors` the passing of descriptors, `_unix.datagram` the ports for datagrams.
"""

from twisted.internet._unix.datagram import ConnectedDatagramPort, DatagramPort
from twisted.internet._unix.stream import Client, Connector, Port, Server
from twisted.python._facade import publish

__all__ = ["Client", "ConnectedDatagramPort", "Connector", "DatagramPort", "Port", "Server"]
publish(__name__, __all__)
