"""What each prefix of an endpoint string means."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from zope.interface import implementer

from twisted.internet._endpoints.sockets import (
    AdoptedStreamServerEndpoint,
    SSL4ClientEndpoint,
    SSL4ServerEndpoint,
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    TCP6ServerEndpoint,
    UNIXClientEndpoint,
    UNIXServerEndpoint,
)
from twisted.internet._endpoints.strings import number, parse
from twisted.internet._endpoints.wrapping import _WrapperServerEndpoint
from twisted.internet.interfaces import (
    IStreamClientEndpointStringParserWithReactor,
    IStreamServerEndpointStringParser,
)
from twisted.plugin import IPlugin, getPlugins

# Any, throughout: reactors and the endpoints of plugins come from users, and are only called.
_Parser = Callable[..., Any]


def _call(parser: _Parser, kind: str, reactor: Any, args: Iterable[str], kwargs: dict[str, str]) -> Any:
    """
    Call a parser of ours.

    Raises:
        TypeError: An argument is missing, or one too many; the message says what the string looks like.
    """
    signature = inspect.signature(parser)
    try:
        signature.bind(reactor, *args, **kwargs)
    except TypeError as error:
        names = [
            name if parameter.default is parameter.empty else f"[{name}]"
            for name, parameter in list(signature.parameters.items())[1:]
        ]
        given = ":".join([kind, *args, *(f"{key}={value}" for key, value in kwargs.items())])
        raise TypeError(f"endpoint string {given!r}: {error}; expected {':'.join([kind, *names])}") from None
    return parser(reactor, *args, **kwargs)


def _file(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _tcp_server(reactor: Any, port: str, interface: str = "", backlog: str | int = 50) -> TCP4ServerEndpoint:
    return TCP4ServerEndpoint(reactor, number(port, "port", "tcp"), number(backlog, "backlog", "tcp"), interface)


def _unix_server(
    reactor: Any, address: str, mode: str = "666", backlog: str | int = 50, lockfile: str | bool = True
) -> UNIXServerEndpoint:
    return UNIXServerEndpoint(
        reactor,
        address,
        number(backlog, "backlog", "unix"),
        number(mode, "mode", "unix", 8),
        bool(number(lockfile, "lockfile", "unix")),
    )


def _ssl_server(
    reactor: Any,
    port: str,
    privateKey: str = "server.pem",
    certKey: str | None = None,
    sslmethod: str | None = None,
    interface: str = "",
    backlog: str | int = 50,
    extraCertChain: str | None = None,
    dhParameters: str | None = None,
) -> SSL4ServerEndpoint:
    import re

    from twisted.internet import ssl
    from twisted.python.filepath import FilePath

    options: dict[str, Any] = {}
    if sslmethod is not None:
        from OpenSSL import SSL

        options["method"] = getattr(SSL, sslmethod)
    certificate = ssl.Certificate.loadPEM(_file(privateKey if certKey is None else certKey))
    key = ssl.KeyPair.load(_file(privateKey), 1)
    if extraCertChain is not None:
        pattern = rb"-----BEGIN CERTIFICATE-----\n.+?\n-----END CERTIFICATE-----"
        matches = re.findall(pattern, _file(extraCertChain), re.DOTALL)
        options["extraCertChain"] = [ssl.Certificate.loadPEM(match).original for match in matches]
        if not matches:
            raise ValueError(
                f"Specified chain file '{extraCertChain}' doesn't contain any valid certificates in PEM format."
            )
    if dhParameters is not None:
        options["dhParameters"] = ssl.DiffieHellmanParameters.fromFile(FilePath(dhParameters))
    context_factory = ssl.CertificateOptions(privateKey=key.original, certificate=certificate.original, **options)
    return SSL4ServerEndpoint(
        reactor, number(port, "port", "ssl"), context_factory, number(backlog, "backlog", "ssl"), interface
    )


def _tcp_client(
    reactor: Any, host: str, port: str, timeout: str | int = 30, bindAddress: str | None = None
) -> TCP4ClientEndpoint:
    return TCP4ClientEndpoint(
        reactor,
        host,
        number(port, "port", "tcp"),
        number(timeout, "timeout", "tcp"),
        None if bindAddress is None else (bindAddress, 0),
    )


def _unix_client(reactor: Any, path: str, timeout: str | int = 30, lockfile: str | bool = False) -> UNIXClientEndpoint:
    return UNIXClientEndpoint(
        reactor, path, number(timeout, "timeout", "unix"), bool(number(lockfile, "lockfile", "unix"))
    )


def _trust_root(directory: str | None) -> Any:
    """The authorities in a directory's PEM files, or the platform's."""
    from twisted.internet import ssl

    if directory is None:
        return ssl.platformTrust()
    import os

    found = []
    for name in sorted(os.listdir(directory)):
        if name.lower().endswith(".pem"):
            try:
                found.append(ssl.Certificate.loadPEM(_file(os.path.join(directory, name))))
            except Exception:
                # Other things than certificates may lie there.
                continue
    return ssl.trustRootFromCertificates(found)


def _ssl_client(
    reactor: Any,
    host: str,
    port: str,
    timeout: str | int = 30,
    bindAddress: str | None = None,
    hostname: str | None = None,
    certKey: str | None = None,
    privateKey: str | None = None,
    caCertsDir: str | None = None,
) -> SSL4ClientEndpoint:
    from twisted.internet import ssl

    certificate = None if certKey is None else ssl.Certificate.loadPEM(_file(certKey)).original
    key = None if privateKey is None else ssl.KeyPair.load(_file(privateKey), 1).original
    trust_root = _trust_root(caCertsDir)
    if hostname is None:
        options: Any = ssl.CertificateOptions(privateKey=key, certificate=certificate, trustRoot=trust_root)
    else:
        own = None
        if key is not None and certificate is not None and certKey and privateKey:
            own = ssl.PrivateCertificate.fromCertificateAndKeyPair(
                ssl.Certificate.loadPEM(_file(certKey)), ssl.KeyPair.load(_file(privateKey), 1)
            )
        options = ssl.optionsForClientTLS(hostname, trustRoot=trust_root, clientCertificate=own)
    return SSL4ClientEndpoint(
        reactor,
        host,
        number(port, "port", "ssl"),
        options,
        number(timeout, "timeout", "ssl"),
        None if bindAddress is None else (bindAddress, 0),
    )


_SERVERS: dict[str, _Parser] = {"tcp": _tcp_server, "unix": _unix_server, "ssl": _ssl_server}
_CLIENTS: dict[str, _Parser] = {"TCP": _tcp_client, "UNIX": _unix_client, "SSL": _ssl_client}


def serverFromString(reactor: Any, description: str) -> Any:
    """
    Make an endpoint that listens, from a string such as ``"tcp:8080:interface=127.0.0.1"``.

    Args:
        reactor: For the endpoint.
        description: The prefix and what belongs to it; plugins may know more prefixes.

    Raises:
        ValueError: The prefix is unknown, or a value is not what it has to be.
        TypeError: Something is missing, or one thing too many.
    """
    args, kwargs = parse(_text(description))
    kind = args.pop(0) if args else ""
    if kind in _SERVERS:
        return _call(_SERVERS[kind], kind, reactor, args, kwargs)
    known = set(_SERVERS)
    for plugin in getPlugins(IStreamServerEndpointStringParser):
        if plugin.prefix == kind:
            return plugin.parseStreamServer(reactor, *args, **kwargs)
        known.add(str(plugin.prefix))
    raise ValueError(f"Unknown endpoint type: {kind!r} in {description!r}; known are {', '.join(sorted(known))}")


def clientFromString(reactor: Any, description: str) -> Any:
    """
    Make an endpoint that connects, from a string such as ``"tcp:example.com:80"``.

    Args:
        reactor: For the endpoint.
        description: The prefix, in letters of any case, and what belongs to it; plugins may know more prefixes.

    Raises:
        ValueError: The prefix is unknown, or a value is not what it has to be.
        TypeError: Something is missing, or one thing too many.
    """
    args, kwargs = parse(_text(description))
    written = args.pop(0) if args else ""
    kind = written.upper()
    if kind in _CLIENTS:
        return _call(_CLIENTS[kind], kind.lower(), reactor, args, kwargs)
    known = {name.lower() for name in _CLIENTS}
    for plugin in getPlugins(IStreamClientEndpointStringParserWithReactor):
        if str(plugin.prefix).upper() == kind:
            return plugin.parseStreamClient(reactor, *args, **kwargs)
        known.add(str(plugin.prefix))
    raise ValueError(f"Unknown endpoint type: {written!r} in {description!r}; known are {', '.join(sorted(known))}")


def _text(description: object) -> str:
    if isinstance(description, str):
        return description
    raise ValueError(f"Unknown endpoint type: an endpoint string is text, not {description!r}")


@implementer(IPlugin, IStreamServerEndpointStringParser)
class TCP6ServerParser:
    """``tcp6:port:backlog:interface``."""

    prefix = "tcp6"

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> TCP6ServerEndpoint:
        """Make the endpoint."""

        def make(reactor: Any, port: str, backlog: str | int = 50, interface: str = "::") -> TCP6ServerEndpoint:
            return TCP6ServerEndpoint(
                reactor, number(port, "port", "tcp6"), number(backlog, "backlog", "tcp6"), interface
            )

        endpoint: TCP6ServerEndpoint = _call(make, self.prefix, reactor, args, kwargs)
        return endpoint


@implementer(IPlugin, IStreamServerEndpointStringParser)
class StandardIOParser:
    """``stdio:``, with whatever behind it."""

    prefix = "stdio"

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> Any:
        """Make the endpoint."""
        from twisted.internet._endpoints.children import StandardIOEndpoint

        return StandardIOEndpoint(reactor)


@implementer(IPlugin, IStreamServerEndpointStringParser)
class SystemdParser:
    """``systemd:domain=INET:index=0`` or ``systemd:domain=UNIX:name=web``: what systemd has opened for us."""

    prefix = "systemd"

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> AdoptedStreamServerEndpoint:
        """Make the endpoint."""

        def make(
            reactor: Any, domain: str, index: str | None = None, name: str | None = None
        ) -> AdoptedStreamServerEndpoint:
            import socket

            if (index is None) == (name is None):
                raise ValueError("Specify exactly one of descriptor index or name")
            from twisted.python.systemd import ListenFDs

            passed = ListenFDs.fromEnvironment()
            if name is not None:
                descriptor = passed.inheritedNamedDescriptors()[name]
            else:
                descriptor = passed.inheritedDescriptors()[number(index or "", "index", "systemd")]
            return AdoptedStreamServerEndpoint(reactor, descriptor, getattr(socket, "AF_" + domain))

        endpoint: AdoptedStreamServerEndpoint = _call(make, self.prefix, reactor, args, kwargs)
        return endpoint


@implementer(IPlugin, IStreamServerEndpointStringParser)
class TLSServerParser:
    """``tls:path:port:backlog:interface``: the certificates in a directory, by the name a client asks for."""

    prefix = "tls"

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> Any:
        """Make the endpoint."""

        def make(reactor: Any, path: str, port: str = "443", backlog: str = "50", interface: str = "::") -> Any:
            from twisted.internet._endpoints.tls import CertificateDirectory, NamedServers, wrapServerTLS

            below = TCP6ServerEndpoint(
                reactor, number(port, "port", "tls"), number(backlog, "backlog", "tls"), interface
            )
            return wrapServerTLS(NamedServers(CertificateDirectory(path).find), below, reactor)

        return _call(make, self.prefix, reactor, args, kwargs)


@implementer(IPlugin, IStreamServerEndpointStringParser)
class HAProxyParser:
    """``haproxy:tcp:80``: another server's endpoint, to which a proxy connects (PROXY protocol, v1 and v2)."""

    prefix = "haproxy"

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> _WrapperServerEndpoint:
        """Make the endpoint."""
        from twisted.internet._endpoints.strings import quoteStringArgument
        from twisted.protocols.haproxy import HAProxyWrappingFactory

        pieces = [quoteStringArgument(value).replace("=", "\\=") for value in args]
        pieces += [f"{key}={quoteStringArgument(value)}" for key, value in kwargs.items()]
        return _WrapperServerEndpoint(serverFromString(reactor, ":".join(pieces)), HAProxyWrappingFactory)


@implementer(IPlugin, IStreamClientEndpointStringParserWithReactor)
class TLSClientParser:
    """``tls:host:port``, with what it is to trust, a certificate of its own, and any endpoint to go through."""

    prefix = "tls"

    def parseStreamClient(self, reactor: Any, *args: Any, **kwargs: Any) -> Any:
        """Make the endpoint."""

        def make(
            reactor: Any,
            host: str,
            port: str,
            timeout: str = "30",
            bindAddress: str | None = None,
            certificate: str | None = None,
            privateKey: str | None = None,
            trustRoots: str | None = None,
            endpoint: str | None = None,
        ) -> Any:
            from twisted.internet import ssl
            from twisted.internet._endpoints.hostname import HostnameEndpoint
            from twisted.internet._endpoints.tls import wrapClientTLS

            own = None
            if certificate is not None:
                own = ssl.PrivateCertificate.fromCertificateAndKeyPair(
                    ssl.Certificate.loadPEM(_file(certificate)),
                    ssl.KeyPair.load(_file(certificate if privateKey is None else privateKey), 1),
                )
            if endpoint is None:
                below: Any = HostnameEndpoint(
                    reactor,
                    host,
                    number(port, "port", "tls"),
                    number(timeout, "timeout", "tls"),
                    None if bindAddress is None else (bindAddress, 0),
                )
            else:
                below = clientFromString(reactor, endpoint)
            options = ssl.optionsForClientTLS(host, trustRoot=_trust_root(trustRoots), clientCertificate=own)
            return wrapClientTLS(options, below, reactor)

        return _call(make, self.prefix, reactor, args, kwargs)
