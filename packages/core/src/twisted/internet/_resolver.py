"""
Name lookups that give addresses of every family, one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from socket import (
    AF_INET,
    AF_INET6,
    AF_UNSPEC,
    SOCK_DGRAM,
    SOCK_STREAM,
    AddressFamily,
    SocketKind,
    gaierror,
    getaddrinfo,
)
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IReactorThreads,
    IResolutionReceiver,
    IResolverSimple,
)
from twisted.logger import Logger

if TYPE_CHECKING:
    from twisted.python.threadpool import ThreadPool

__all__ = ["ComplexResolverSimplifier", "GAIResolver", "HostResolution", "SimpleResolverComplexifier"]

_log = Logger("twisted.internet._resolver")

_Answer = list[tuple[AddressFamily, SocketKind, int, str, "tuple[Any, ...]"]]

# Which family to ask for, by the kinds of addresses wanted.
_FAMILIES = {
    frozenset([IPv4Address]): AF_INET,
    frozenset([IPv6Address]): AF_INET6,
}
_KINDS = {"TCP": SOCK_STREAM, "UDP": SOCK_DGRAM}


@implementer(IHostResolution)
class HostResolution:
    """
    A lookup under way.

    Attributes:
        name: What is looked up.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    _cancelled = False

    def cancel(self) -> None:
        """Tell nobody of addresses any more. The lookup itself goes on in its thread, which cannot be helped."""
        self._cancelled = True


@implementer(IHostnameResolver)
class GAIResolver:
    """
    Looks names up by getaddrinfo(3), in threads.

    Args:
        reactor: Whose thread is told of the answer.
        getThreadPool: Gives the pool; the reactor's if it is left out.
        getaddrinfo: What is called there.
    """

    def __init__(
        self,
        reactor: IReactorThreads,
        getThreadPool: Callable[[], ThreadPool] | None = None,
        getaddrinfo: Callable[..., Any] = getaddrinfo,
    ) -> None:
        self._reactor = reactor
        self._getThreadPool = reactor.getThreadPool if getThreadPool is None else getThreadPool
        self._getaddrinfo = getaddrinfo

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Begin a lookup, and tell *resolutionReceiver* of each address, then of the end. See `IHostnameResolver`."""
        from twisted.internet.threads import deferToThreadPool

        wanted = frozenset((IPv4Address, IPv6Address) if addressTypes is None else addressTypes)
        family = _FAMILIES.get(wanted, AF_UNSPEC)
        kind = _KINDS[transportSemantics]

        def look() -> _Answer:
            try:
                found: _Answer = self._getaddrinfo(hostName, portNumber, family, kind)
                return found
            except (gaierror, UnicodeError):
                # There is no such name, or it cannot be one. Which of the two makes no difference to a caller.
                return []

        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def tell(answer: _Answer) -> None:
            for found_family, found_kind, _protocol, _canonical, address in answer:
                if resolution._cancelled:
                    break
                if found_family == AF_INET6 and IPv6Address in wanted:
                    kind_name = "UDP" if found_kind == SOCK_DGRAM else "TCP"
                    resolutionReceiver.addressResolved(IPv6Address(kind_name, *address))  # type: ignore[arg-type]
                elif found_family == AF_INET and IPv4Address in wanted:
                    kind_name = "UDP" if found_kind == SOCK_DGRAM else "TCP"
                    resolutionReceiver.addressResolved(IPv4Address(kind_name, *address))  # type: ignore[arg-type]
            resolutionReceiver.resolutionComplete()

        looking = deferToThreadPool(self._reactor, self._getThreadPool(), look)
        looking.addCallback(tell)
        looking.addErrback(lambda failure: _log.failure("lookup of {name!r} failed", failure=failure, name=hostName))
        return resolution


@implementer(IHostnameResolver)
class SimpleResolverComplexifier:
    """An `IResolverSimple` as an `IHostnameResolver`: it finds one address at most."""

    def __init__(self, simpleResolver: IResolverSimple) -> None:
        self._simpleResolver = simpleResolver

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Begin a lookup. See `IHostnameResolver`."""
        # Names come from every program; some have them as bytes.
        try:
            text = hostName.decode("ascii") if isinstance(hostName, bytes) else hostName
            text.encode("ascii")
        except UnicodeError:
            from twisted.internet._idna import _idnaBytes

            text = _idnaBytes(str(hostName)).decode("ascii")
        looking = self._simpleResolver.getHostByName(text)
        resolution = _Cancellable(hostName, looking)
        resolutionReceiver.resolutionBegan(resolution)

        def found(address: str) -> None:
            resolutionReceiver.addressResolved(
                IPv4Address(transportSemantics, address, portNumber)  # type: ignore[arg-type]
            )

        def not_found(failure: Any) -> None:
            if not failure.check(DNSLookupError):
                _log.failure("while looking up {name} with {resolver}", failure, name=hostName, resolver=self)

        looking.addCallback(found).addErrback(not_found)
        looking.addCallback(lambda _: resolutionReceiver.resolutionComplete())
        return resolution


class _Cancellable(HostResolution):
    """A lookup whose Deferred is known."""

    def __init__(self, name: str, looking: Deferred[str]) -> None:
        super().__init__(name)
        self._looking = looking

    def cancel(self) -> None:
        """Cancel the Deferred."""
        self._looking.cancel()


@implementer(IResolutionReceiver)
class _First:
    """Fires a Deferred with the first address."""

    def __init__(self, answer: Deferred[str]) -> None:
        self._answer = answer
        self._name = ""

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        self._name = resolutionInProgress.name

    def addressResolved(self, address: IAddress) -> None:
        if not self._answer.called:
            self._answer.callback(address.host)  # type: ignore[attr-defined]  # only IPv4 addresses were asked for

    def resolutionComplete(self) -> None:
        if not self._answer.called:
            self._answer.errback(DNSLookupError(self._name))


@implementer(IResolverSimple)
class ComplexResolverSimplifier:
    """An `IHostnameResolver` as an `IResolverSimple`: the first IPv4 address counts."""

    def __init__(self, nameResolver: IHostnameResolver) -> None:
        self._nameResolver = nameResolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        """Give the host's IPv4 address; fails with `DNSLookupError`."""
        answer: Deferred[str] = Deferred()
        self._nameResolver.resolveHostName(_First(answer), name, 0, [IPv4Address])
        return answer
