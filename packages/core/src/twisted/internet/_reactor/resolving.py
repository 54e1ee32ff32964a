"""
Host names: the simple resolver of IPv4 addresses, and how a reactor's resolvers are exchanged.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import error
from twisted.internet.abstract import isIPAddress
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import (
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IReactorPluggableResolver,
    IResolverSimple,
)

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall
    from twisted.python.failure import Failure

# How long each attempt may take, in seconds; all of them together is what counts here.
_PATIENCE: Sequence[int] = (1, 3, 11, 45)


@implementer(IResolverSimple)
class BlockingResolver:
    """Looks names up at once, and blocks meanwhile: for where there are no threads."""

    def getHostByName(self, name: str, timeout: Sequence[int] = _PATIENCE) -> Deferred[str]:
        """Give the host's IPv4 address; fails with `DNSLookupError`."""
        try:
            return succeed(socket.gethostbyname(name))
        except OSError:
            return fail(error.DNSLookupError(f"address {name!r} not found"))


@implementer(IResolverSimple)
class ThreadedResolver:
    """Looks names up in the reactor's thread pool."""

    def __init__(self, reactor: Any) -> None:  # Any: every reactor with threads and timers
        self.reactor = reactor
        self._runningQueries: dict[Deferred[str], tuple[Deferred[str], IDelayedCall]] = {}

    def getHostByName(self, name: str, timeout: Sequence[int] = _PATIENCE) -> Deferred[str]:
        """
        Give the host's IPv4 address.

        Args:
            name: The host's name.
            timeout: How long to wait, in seconds; the sum counts.

        Returns:
            A Deferred of the address. It fails with `DNSLookupError`.
        """
        from twisted.internet import threads

        looking = threads.deferToThreadPool(self.reactor, self.reactor.getThreadPool(), socket.gethostbyname, name)
        answer: Deferred[str] = Deferred()
        waiting = self.reactor.callLater(sum(timeout) if timeout else 60, self._give_up, name, looking)
        self._runningQueries[looking] = (answer, waiting)
        looking.addBoth(self._found, name, looking)
        return answer

    def _give_up(self, name: str, looking: Deferred[str]) -> None:
        answer, _ = self._runningQueries.pop(looking)
        answer.errback(error.DNSLookupError(f"timeout looking up {name!r}"))

    def _found(self, result: str | Failure, name: str, looking: Deferred[str]) -> None:
        # What comes after the time is up is of no interest.
        if looking not in self._runningQueries:
            return
        answer, waiting = self._runningQueries.pop(looking)
        waiting.cancel()
        if isinstance(result, str):
            answer.callback(result)
        else:
            answer.errback(error.DNSLookupError(f"address {name!r} not found: {result.getErrorMessage()}"))


@implementer(IReactorPluggableResolver, IReactorPluggableNameResolver)
class PluggableResolverMixin:
    """
    A reactor's resolvers. Installing one of either kind gives the other kind through an adapter.
    """

    _simple_resolver: IResolverSimple | None = None
    _name_resolver: IHostnameResolver | None = None

    @property
    def nameResolver(self) -> IHostnameResolver:
        """The `IHostnameResolver` in use: the system's, in threads, until another is installed."""
        if self._name_resolver is None:
            from twisted.internet._resolver import GAIResolver

            self._name_resolver = GAIResolver(self)  # type: ignore[arg-type]  # what this is mixed into has threads
        return self._name_resolver

    @property
    def resolver(self) -> IResolverSimple:
        """The `IResolverSimple` in use."""
        if self._simple_resolver is None:
            from twisted.internet._resolver import ComplexResolverSimplifier

            self._simple_resolver = ComplexResolverSimplifier(self.nameResolver)
        return self._simple_resolver

    @resolver.setter
    def resolver(self, resolver: IResolverSimple) -> None:
        self._simple_resolver = resolver

    def installResolver(self, resolver: IResolverSimple) -> IResolverSimple:
        """Use another simple resolver; give the one that was in use."""
        from twisted.internet._resolver import SimpleResolverComplexifier

        before, self.resolver = self.resolver, resolver
        self._name_resolver = SimpleResolverComplexifier(resolver)
        return before

    def installNameResolver(self, resolver: IHostnameResolver) -> IHostnameResolver:
        """Use another resolver; give the one that was in use."""
        from twisted.internet._resolver import ComplexResolverSimplifier

        before, self._name_resolver = self.nameResolver, resolver
        self.resolver = ComplexResolverSimplifier(resolver)
        return before


def resolve_simply(reactor: PluggableResolverMixin, name: str, timeout: Sequence[int]) -> Deferred[str]:
    """Ask a reactor's simple resolver, unless the name is an address already."""
    if not name:
        # What an empty interface or host means elsewhere.
        return succeed("0.0.0.0")
    if isIPAddress(name):
        return succeed(name)
    return reactor.resolver.getHostByName(name, timeout)
