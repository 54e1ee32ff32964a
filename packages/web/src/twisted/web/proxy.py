"""
Proxies: for clients that are told to use one, and in front of other servers.
"""

from twisted.python._facade import publish
from twisted.web._proxy.clients import ProxyClient, ProxyClientFactory
from twisted.web._proxy.servers import Proxy, ProxyRequest, ReverseProxy, ReverseProxyRequest, ReverseProxyResource

__all__ = [
    "Proxy",
    "ProxyClient",
    "ProxyClientFactory",
    "ProxyRequest",
    "ReverseProxy",
    "ReverseProxyRequest",
    "ReverseProxyResource",
]
publish(__name__, __all__)
