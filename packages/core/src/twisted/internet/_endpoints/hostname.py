"""
Connecting to a host by its name: Happy Eyeballs (RFC 8305).

Each address of the host is tried as soon as it is known, one every *attemptDelay* seconds, or at once when all earlier
attempts have failed; kinds of addresses take turns. The first connection wins and the other attempts end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from zope.interface import implementer

from twisted.internet import _idna
from twisted.internet._endpoints.wrapping import attempt
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.error import ConnectingCancelledError, DNSLookupError, TimeoutError
from twisted.internet.interfaces import IHostResolution, IResolutionReceiver, IStreamClientEndpoint
from twisted.python.failure import Failure

# Any, throughout: reactors, factories and protocols come from users, and are only called.

_DEFAULT_DELAY = 0.3
# What resolvers may know: at least one letter or digit, and no colon, space or bracket.
_IN_DNS = re.compile(r"[-_.]*[A-Za-z0-9][-_.A-Za-z0-9]*")


def taking_turns(addresses: Sequence[Any]) -> list[Any]:
    """Order *addresses* so that their kinds take turns, beginning with that of the first (RFC 8305, section 4)."""
    first = [address for address in addresses if type(address) is type(addresses[0])]
    others = [address for address in addresses if type(address) is not type(addresses[0])]
    ordered: list[Any] = []
    for position in range(max(len(first), len(others))):
        ordered += first[position : position + 1] + others[position : position + 1]
    return ordered


class _Race:
    """Attempts to connect to some addresses, until one succeeds or all have failed."""

    def __init__(self, endpoint: HostnameEndpoint, addresses: list[Any], factory: Any) -> None:
        self._endpoint = endpoint
        self._waiting = addresses
        self._factory = factory
        self._running: list[Deferred[Any]] = []
        self._failures: list[Failure] = []
        self._timer: Any = None
        self._over = False
        self.outcome: Deferred[Any] = Deferred(self._give_up)

    def start(self) -> Deferred[Any]:
        self._next()
        return self.outcome

    def _next(self) -> None:
        self._timer = None
        if self._over or not self._waiting:
            return
        address = self._waiting.pop(0)
        if self._waiting:
            self._timer = self._endpoint._reactor.callLater(self._endpoint._attemptDelay, self._next)
        endpoint = self._endpoint
        running = attempt(
            self._factory,
            lambda factory: endpoint._reactor.connectTCP(
                address.host, address.port, factory, timeout=endpoint._timeout, bindAddress=endpoint._bindAddress
            ),
        )
        self._running.append(running)
        running.addCallbacks(self._won, self._lost, callbackArgs=(running,), errbackArgs=(running,))

    def _won(self, protocol: Any, running: Deferred[Any]) -> None:
        self._running.remove(running)
        if self._over:
            protocol.transport.abortConnection()
            return
        self._end()
        self.outcome.callback(protocol)

    def _lost(self, reason: Failure, running: Deferred[Any]) -> None:
        self._running.remove(running)
        if self._over:
            return
        self._failures.append(reason)
        if self._running:
            return
        if self._waiting:
            if self._timer is not None:
                self._timer.cancel()
            self._next()
            return
        self._end()
        self.outcome.errback(self._failures.pop())

    def _give_up(self, outcome: Deferred[Any]) -> None:
        self._end()
        outcome.errback(ConnectingCancelledError(self._endpoint._destination()))

    def _end(self) -> None:
        """Stop everything that still goes on."""
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for running in list(self._running):
            running.cancel()


@implementer(IResolutionReceiver)
class _Answers:
    """Collect a host's addresses."""

    def __init__(self, done: Deferred[list[Any]]) -> None:
        self._done = done
        self._addresses: list[Any] = []
        self.resolution: IHostResolution | None = None

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        self.resolution = resolutionInProgress

    def addressResolved(self, address: Any) -> None:
        self._addresses.append(address)

    def resolutionComplete(self) -> None:
        if not self._done.called:
            self._done.callback(self._addresses)


@implementer(IStreamClientEndpoint)
class HostnameEndpoint:
    """Connect by TCP to a host of which the name is known, by whichever of its addresses answers first."""

    def __init__(
        self,
        reactor: Any,
        host: str | bytes,
        port: int,
        timeout: float | None = 30,
        bindAddress: Any = None,
        attemptDelay: float | None = None,
    ) -> None:
        """
        Args:
            reactor: Provides `IReactorTCP` and `IReactorTime`, and resolves names.
            host: A name, or an address. International names are encoded (IDNA).
            port: The number.
            timeout: How long each attempt may take, in seconds; as long for finding addresses. `None`: no limit.
            bindAddress: Where to come from: an address, an address and a port, or a `Binding`.
            attemptDelay: How long after one attempt the next one begins, in seconds; 0.3 unless told.
        """
        self._reactor = reactor
        self._badHostname, self._hostBytes, self._hostText = self._hostAsBytesAndText(host)
        self._port = port
        self._timeout = timeout
        if isinstance(bindAddress, (bytes, str)):
            bindAddress = (bindAddress, 0)
        if isinstance(bindAddress, tuple) and isinstance(bindAddress[0], bytes):
            bindAddress = (bindAddress[0].decode("ascii"), bindAddress[1])
        self._bindAddress = bindAddress
        self._attemptDelay = _DEFAULT_DELAY if attemptDelay is None else attemptDelay

    def __repr__(self) -> str:
        host = f"[{self._hostText}]" if ":" in self._hostText else self._hostText
        return f"<HostnameEndpoint {host}:{self._port}>"

    @staticmethod
    def _hostAsBytesAndText(host: str | bytes) -> tuple[bool, bytes, str]:
        """Say whether *host* cannot be a name, and give it as it is sent and as it is read."""
        from twisted.internet.abstract import isIPAddress, isIPv6Address

        try:
            text = host.decode("ascii") if isinstance(host, bytes) else host
            if isIPAddress(text) or isIPv6Address(text):
                return False, text.encode("ascii"), text
            if not text.isascii():
                return False, _idna._idnaBytes(text), text
            if not _IN_DNS.fullmatch(text):
                raise UnicodeError(f"no host is called {text!r}")
            if isinstance(host, str):
                return False, text.encode("ascii"), text
            try:
                return False, host, text if _idna._is_plain(text) else _idna._idnaText(host)
            except UnicodeError:
                # Not a name that may be registered, and yet hosts have such, with an underscore for example.
                return False, host, text
        except UnicodeError:
            # Not raised from here: who connects is told, by the Deferred.
            shown = host.decode("charmap") if isinstance(host, bytes) else host
            escaped = shown.encode("ascii", "backslashreplace")
            return True, escaped, escaped.decode("ascii")

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Connect; fires with the protocol, or fails as the last attempt did."""
        if self._badHostname:
            return fail(ValueError(f"invalid hostname: {self._hostText}"))
        return self._addresses().addCallback(self._race, protocolFactory)

    def _race(self, addresses: list[Any], protocolFactory: Any) -> Deferred[Any]:
        if not addresses:
            raise DNSLookupError(f"no results for hostname lookup: {self._hostText}")
        return _Race(self, taking_turns(addresses), protocolFactory).start()

    def _addresses(self) -> Deferred[list[Any]]:
        resolver = self._reactor.nameResolver

        def give_up(deferred: Deferred[list[Any]]) -> None:
            if answers.resolution is not None:
                answers.resolution.cancel()
            if not deferred.called:
                deferred.errback(ConnectingCancelledError(self._destination()))

        done: Deferred[list[Any]] = Deferred(give_up)
        answers = _Answers(done)
        # No more is said than this: there are resolvers that know no other argument.
        resolver.resolveHostName(answers, self._hostText, portNumber=self._port)
        if not done.called and self._timeout is not None:
            self._limit(done, self._timeout)
        return done

    def _destination(self) -> Any:
        from twisted.internet.address import HostnameAddress

        return HostnameAddress(self._hostBytes, self._port)

    def _limit(self, done: Deferred[list[Any]], timeout: float) -> None:
        """End the search for addresses after the timeout."""
        timed_out = False

        def end() -> None:
            nonlocal timed_out
            timed_out = True
            done.cancel()

        timer = self._reactor.callLater(timeout, end)

        def ended(result: Any) -> Any:
            if timer.active():
                timer.cancel()
            if timed_out and isinstance(result, Failure) and result.check(ConnectingCancelledError, CancelledError):
                return Failure(TimeoutError(f"no addresses of {self._hostText} after {timeout} seconds"))
            return result

        done.addBoth(ended)
