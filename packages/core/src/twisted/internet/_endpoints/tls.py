"""TLS over endpoints, and servers that choose a certificate by the name a client asks for (SNI)."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet._endpoints.wrapping import _WrapperEndpoint, _WrapperServerEndpoint
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator

if TYPE_CHECKING:
    from OpenSSL.SSL import Connection, Context

    from twisted.internet.ssl import CertificateOptions

# Any, throughout: endpoints, clocks and protocols come from users, and are only called.


def wrapClientTLS(connectionCreator: Any, wrappedEndpoint: Any, clock: Any = None) -> Any:
    """
    Speak TLS over what another endpoint connects.

    Args:
        connectionCreator: What `twisted.internet.ssl.optionsForClientTLS` gives.
        wrappedEndpoint: Connects.
        clock: Provides `IReactorTime`; the reactor if `None`.

    Returns:
        An endpoint that connects.
    """
    from twisted.internet._tls.over_endpoints import EndpointTLSFactory

    return _WrapperEndpoint(
        wrappedEndpoint, lambda factory: EndpointTLSFactory(connectionCreator, True, factory, clock)
    )


def wrapServerTLS(connectionCreator: Any, wrappedEndpoint: Any, clock: Any = None) -> Any:
    """
    Speak TLS over the connections that another endpoint accepts.

    Args:
        connectionCreator: Provides `IOpenSSLServerConnectionCreator`.
        wrappedEndpoint: Listens.
        clock: Provides `IReactorTime`; the reactor if `None`.

    Returns:
        An endpoint that listens.
    """
    from twisted.internet._tls.over_endpoints import EndpointTLSFactory

    return _WrapperServerEndpoint(
        wrappedEndpoint, lambda factory: EndpointTLSFactory(connectionCreator, False, factory, clock)
    )


class CertificateDirectory:
    """
    The certificates in a directory's PEM files, by the names which they are for.

    Each file holds a private key, its certificate and the certificates that lead to its authority. Files that change,
    come or go are noticed at the next connection; one that cannot be read is logged and left out.
    """

    def __init__(self, path: str) -> None:
        """
        Args:
            path: The directory's.
        """
        self._path = path
        self._seen: dict[str, tuple[int, int]] = {}
        self._contexts: dict[str, dict[str, Context]] = {}

    def refresh(self) -> None:
        """Read what has changed."""
        present: dict[str, tuple[int, int]] = {}
        try:
            entries = sorted(os.scandir(self._path), key=lambda entry: entry.name)
        except OSError as error:
            self._warn(self._path, error)
            return
        for entry in entries:
            if entry.name.endswith(".pem"):
                status = os.stat(entry.path)
                present[entry.path] = (status.st_mtime_ns, status.st_size)
        for path in [path for path in self._contexts if path not in present]:
            del self._contexts[path]
        for path, stamp in present.items():
            if self._seen.get(path) != stamp:
                try:
                    self._contexts[path] = _contexts_of(path)
                except Exception as error:
                    # The one that was there still serves: half a file is no reason to turn clients away.
                    self._warn(path, error)
        self._seen = present

    def _warn(self, path: str, error: Exception) -> None:
        from twisted.logger import Logger

        Logger("twisted.internet.endpoints").error(
            "no certificate from {path}: {error}", path=path, error=f"{type(error).__name__}: {error}"
        )

    def find(self, name: str | None) -> Context | None:
        """The context for a server called *name*, or for any if a client asks for none."""
        self.refresh()
        wanted = [] if name is None else [name.lower(), "*." + name.lower().partition(".")[2]]
        for candidate in wanted:
            for contexts in self._contexts.values():
                if candidate in contexts:
                    return contexts[candidate]
        for contexts in self._contexts.values():
            for context in contexts.values():
                return context
        return None


def _contexts_of(path: str) -> dict[str, Context]:
    """
    Read one PEM file.

    Returns:
        Its context under each of its names.
    """
    import re

    from OpenSSL import crypto

    from twisted.internet.ssl import CertificateOptions

    with open(path, "rb") as file:
        content = file.read()
    blocks = re.findall(rb"-----BEGIN ([A-Z ]+)-----\r?\n.*?-----END \1-----", content, re.DOTALL)
    pieces = [
        match.group(0) for match in re.finditer(rb"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", content, re.DOTALL)
    ]
    keys = [piece for kind, piece in zip(blocks, pieces, strict=True) if kind.endswith(b"PRIVATE KEY")]
    certificates = [piece for kind, piece in zip(blocks, pieces, strict=True) if kind == b"CERTIFICATE"]
    if not keys or not certificates:
        raise ValueError("a private key and a certificate are expected")
    chain = [crypto.load_certificate(crypto.FILETYPE_PEM, piece) for piece in certificates]
    options = CertificateOptions(
        privateKey=crypto.load_privatekey(crypto.FILETYPE_PEM, keys[0]),
        certificate=chain[0],
        extraCertChain=chain[1:],
    )
    context = options.getContext()
    return dict.fromkeys(_names_of(chain[0]), context)


def _names_of(certificate: Any) -> list[str]:
    from cryptography import x509

    parsed = certificate.to_cryptography()
    try:
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        common = parsed.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return [str(attribute.value).lower() for attribute in common] or [""]
    found = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
    return [*found, *map(str, names.get_values_for_type(x509.IPAddress))] or [""]


@implementer(IOpenSSLServerConnectionCreator)
class NamedServers:
    """Make TLS connections whose certificate is chosen by the name the client asks for."""

    def __init__(self, find: Callable[[str | None], Context | None]) -> None:
        """
        Args:
            find: Gives the context for a name, or a default one for `None`.
        """
        self._find = find

    @cached_property
    def _options(self) -> CertificateOptions:
        from twisted.internet.ssl import CertificateOptions

        # One context for all: it has no certificate of its own, and asks for another's when it knows the name.
        return CertificateOptions(
            contextForServerName=lambda name: self._find(None if name is None else name.decode("ascii", "replace"))
        )

    def serverConnectionForTLS(self, protocol: Any) -> Connection:
        """Make a connection that has no certificate until the client's first message has come."""
        return self._options.serverConnectionForTLS(protocol)
