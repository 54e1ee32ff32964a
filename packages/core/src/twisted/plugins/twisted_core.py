"""The endpoint strings that core adds to those which are built in."""

from twisted.internet._endpoints.parsers import (
    HAProxyParser,
    StandardIOParser,
    SystemdParser,
    TCP6ServerParser,
    TLSClientParser,
    TLSServerParser,
)

haproxyServerEndpointParser = HAProxyParser()
stdioEndpointParser = StandardIOParser()
systemdEndpointParser = SystemdParser()
tcp6ServerEndpointParser = TCP6ServerParser()
tlsClientEndpointParser = TLSClientParser()
tlsServerEndpointParser = TLSServerParser()

__all__: list[str] = []
