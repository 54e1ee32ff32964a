"""
Datagrams over UDP, multicast included.

Programs reach this through ``reactor.listenUDP`` and ``reactor.listenMulticast``. `_udp.port` is a bound socket,
`_udp.multicast` what groups add to it.
"""

from twisted.internet._udp.multicast import MulticastMixin, MulticastPort
from twisted.internet._udp.port import Port
from twisted.python._facade import publish

__all__ = ["MulticastMixin", "MulticastPort", "Port"]
publish(__name__, __all__)
