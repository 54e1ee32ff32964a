"""
Serving behind a proxy: HAProxy and others say in a PROXY header for whom they connect.

Only let the proxy reach such a port: whoever can connect to it can claim any address.
"""

from __future__ import annotations

from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.protocols._haproxy.header import InvalidProxyHeader as InvalidProxyHeader
from twisted.protocols._haproxy.wrapping import HAProxyProtocolWrapper as HAProxyProtocolWrapper
from twisted.protocols._haproxy.wrapping import HAProxyWrappingFactory as HAProxyWrappingFactory
from twisted.python._facade import publish

__all__ = ["proxyEndpoint"]
publish(__name__, ["HAProxyProtocolWrapper", "HAProxyWrappingFactory", "InvalidProxyHeader"])


def proxyEndpoint(wrappedEndpoint: IStreamServerEndpoint) -> IStreamServerEndpoint:
    """
    Make an endpoint of which a proxy's connections are expected; ``haproxy:`` in endpoint strings does the same.

    Args:
        wrappedEndpoint: An `IStreamServerEndpoint`: where the proxy connects to.

    Returns:
        An `IStreamServerEndpoint`.
    """
    from twisted.internet.endpoints import _WrapperServerEndpoint

    return _WrapperServerEndpoint(wrappedEndpoint, HAProxyWrappingFactory)
