"""Endpoints that are one call of a reactor's method: TCP, TLS by context factories, UNIX sockets, adopted ones."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet._endpoints.wrapping import attempt
from twisted.internet.defer import Deferred, execute, fail, succeed
from twisted.internet.error import AlreadyListened
from twisted.internet.interfaces import IListeningPort, IStreamClientEndpoint, IStreamServerEndpoint

# Any, throughout: reactors and factories come from users, and are only called.


@implementer(IStreamServerEndpoint)
class _TCPServerEndpoint:
    def __init__(self, reactor: Any, port: int, backlog: int, interface: str) -> None:
        self._reactor, self._port, self._backlog, self._interface = reactor, port, backlog, interface

    def listen(self, protocolFactory: Any) -> Deferred[IListeningPort]:
        """Listen; fires with the port."""
        return execute(
            self._reactor.listenTCP, self._port, protocolFactory, backlog=self._backlog, interface=self._interface
        )


class TCP4ServerEndpoint(_TCPServerEndpoint):
    """Listen on TCP over IPv4."""

    def __init__(self, reactor: Any, port: int, backlog: int = 50, interface: str = "") -> None:
        """
        Args:
            reactor: Provides `IReactorTCP`.
            port: Its number; 0 for any free one.
            backlog: How many connections may wait to be accepted.
            interface: The address to listen on; all if empty.
        """
        super().__init__(reactor, port, backlog, interface)


class TCP6ServerEndpoint(_TCPServerEndpoint):
    """Listen on TCP over IPv6."""

    def __init__(self, reactor: Any, port: int, backlog: int = 50, interface: str = "::") -> None:
        """
        Args:
            reactor: Provides `IReactorTCP`.
            port: Its number; 0 for any free one.
            backlog: How many connections may wait to be accepted.
            interface: The address to listen on.
        """
        super().__init__(reactor, port, backlog, interface)


@implementer(IStreamClientEndpoint)
class TCP4ClientEndpoint:
    """Connect by TCP to a host over IPv4, or to an address of either kind."""

    def __init__(self, reactor: Any, host: str, port: int, timeout: float = 30, bindAddress: Any = None) -> None:
        """
        Args:
            reactor: Provides `IReactorTCP`.
            host: A name or an address.
            port: The number.
            timeout: How long to try, in seconds.
            bindAddress: The address and the port to come from, as a tuple or `Binding`.
        """
        self._reactor, self._host, self._port = reactor, host, port
        self._timeout, self._bindAddress = timeout, bindAddress

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Connect; fires with the protocol."""
        return attempt(
            protocolFactory,
            lambda factory: self._reactor.connectTCP(
                self._host, self._port, factory, timeout=self._timeout, bindAddress=self._bindAddress
            ),
        )


@implementer(IStreamClientEndpoint)
class TCP6ClientEndpoint:
    """Connect by TCP over IPv6."""

    def __init__(
        self, reactor: Any, host: str, port: int, timeout: float = 30, bindAddress: tuple[str, int] | None = None
    ) -> None:
        """
        Args:
            reactor: Provides `IReactorTCP`.
            host: A name or an IPv6 address.
            port: The number.
            timeout: How long to try, in seconds.
            bindAddress: The address and the port to come from.
        """
        self._reactor, self._host, self._port = reactor, host, port
        self._timeout, self._bindAddress = timeout, bindAddress

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Connect, after finding the address if the host is a name; fires with the protocol."""
        from twisted.internet.abstract import isIPv6Address

        if isIPv6Address(self._host):
            return self._connect_to(self._host, protocolFactory)
        return self._resolve().addCallback(self._connect_to, protocolFactory)

    def _resolve(self) -> Deferred[str]:
        import socket

        from twisted.internet.error import DNSLookupError
        from twisted.internet.threads import deferToThreadPool

        def found(answers: list[Any]) -> str:
            address: str = answers[0][4][0]
            return address

        def failed(reason: Any) -> Any:
            reason.trap(socket.gaierror)
            raise DNSLookupError(f"no IPv6 address found for {self._host!r}: {reason.getErrorMessage()}")

        looked_up: Deferred[list[Any]] = deferToThreadPool(
            self._reactor, self._reactor.getThreadPool(), socket.getaddrinfo, self._host, 0, socket.AF_INET6
        )
        return looked_up.addCallbacks(found, failed)

    def _connect_to(self, address: str, protocolFactory: Any) -> Deferred[Any]:
        return attempt(
            protocolFactory,
            lambda factory: self._reactor.connectTCP(
                address, self._port, factory, timeout=self._timeout, bindAddress=self._bindAddress
            ),
        )


@implementer(IStreamServerEndpoint)
class SSL4ServerEndpoint:
    """Listen for TLS over IPv4."""

    def __init__(self, reactor: Any, port: int, sslContextFactory: Any, backlog: int = 50, interface: str = "") -> None:
        """
        Args:
            reactor: Provides `IReactorSSL`.
            port: Its number; 0 for any free one.
            sslContextFactory: `twisted.internet.ssl.CertificateOptions`, or another factory of contexts.
            backlog: How many connections may wait to be accepted.
            interface: The address to listen on; all if empty.
        """
        self._reactor, self._port, self._sslContextFactory = reactor, port, sslContextFactory
        self._backlog, self._interface = backlog, interface

    def listen(self, protocolFactory: Any) -> Deferred[IListeningPort]:
        """Listen; fires with the port."""
        return execute(
            self._reactor.listenSSL,
            self._port,
            protocolFactory,
            contextFactory=self._sslContextFactory,
            backlog=self._backlog,
            interface=self._interface,
        )


@implementer(IStreamClientEndpoint)
class SSL4ClientEndpoint:
    """Connect by TLS over IPv4."""

    def __init__(
        self,
        reactor: Any,
        host: str,
        port: int,
        sslContextFactory: Any,
        timeout: float = 30,
        bindAddress: tuple[str, int] | None = None,
    ) -> None:
        """
        Args:
            reactor: Provides `IReactorSSL`.
            host: A name or an address.
            port: The number.
            sslContextFactory: What `twisted.internet.ssl.optionsForClientTLS` gives, or another factory of contexts.
            timeout: How long to try, in seconds.
            bindAddress: The address and the port to come from.
        """
        self._reactor, self._host, self._port, self._sslContextFactory = reactor, host, port, sslContextFactory
        self._timeout, self._bindAddress = timeout, bindAddress

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Connect; fires with the protocol."""
        return attempt(
            protocolFactory,
            lambda factory: self._reactor.connectSSL(
                self._host,
                self._port,
                factory,
                self._sslContextFactory,
                timeout=self._timeout,
                bindAddress=self._bindAddress,
            ),
        )


@implementer(IStreamServerEndpoint)
class UNIXServerEndpoint:
    """Listen on a UNIX socket."""

    def __init__(self, reactor: Any, address: str, backlog: int = 50, mode: int = 0o666, wantPID: int = 0) -> None:
        """
        Args:
            reactor: Provides `IReactorUNIX`.
            address: The socket's path.
            backlog: How many connections may wait to be accepted.
            mode: The socket's permissions.
            wantPID: Whether to keep others from listening there by a lock file.
        """
        self._reactor, self._address, self._backlog = reactor, address, backlog
        self._mode, self._wantPID = mode, wantPID

    def listen(self, protocolFactory: Any) -> Deferred[IListeningPort]:
        """Listen; fires with the port."""
        return execute(
            self._reactor.listenUNIX,
            self._address,
            protocolFactory,
            backlog=self._backlog,
            mode=self._mode,
            wantPID=self._wantPID,
        )


@implementer(IStreamClientEndpoint)
class UNIXClientEndpoint:
    """Connect to a UNIX socket."""

    def __init__(self, reactor: Any, path: str, timeout: float = 30, checkPID: int = 0) -> None:
        """
        Args:
            reactor: Provides `IReactorUNIX`.
            path: The socket's.
            timeout: How long to try, in seconds.
            checkPID: Whether a lock file must say that somebody listens there.
        """
        self._reactor, self._path, self._timeout, self._checkPID = reactor, path, timeout, checkPID

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Connect; fires with the protocol."""
        return attempt(
            protocolFactory,
            lambda factory: self._reactor.connectUNIX(
                self._path, factory, timeout=self._timeout, checkPID=self._checkPID
            ),
        )


@implementer(IStreamServerEndpoint)
class AdoptedStreamServerEndpoint:
    """
    Listen on a socket that listens already, because somebody else has opened it.

    Attributes:
        reactor: Provides `IReactorSocket`.
        fileno: The socket's descriptor. It is closed when it was adopted: the reactor has a copy.
        addressFamily: Of the socket, such as `socket.AF_INET`.
    """

    def __init__(self, reactor: Any, fileno: int, addressFamily: int) -> None:
        """
        Args:
            reactor: Provides `IReactorSocket`.
            fileno: The socket's descriptor.
            addressFamily: Of the socket, such as `socket.AF_INET`.
        """
        self.reactor, self.fileno, self.addressFamily = reactor, fileno, addressFamily
        self._used = False

    def listen(self, factory: Any) -> Deferred[IListeningPort]:
        """Listen, once; fires with the port, or fails with `AlreadyListened`."""
        if self._used:
            return fail(AlreadyListened())
        import os

        self._used = True
        try:
            port = self.reactor.adoptStreamPort(self.fileno, self.addressFamily, factory)
            os.close(self.fileno)
        except Exception:
            return fail()
        return succeed(port)
