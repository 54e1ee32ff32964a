"""
Connecting again and again, and connecting once.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet._protocol.streams import ClientFactory, P, Protocol, logger_of
from twisted.internet.error import NotConnectingError

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress, IConnector, IDelayedCall
    from twisted.python.failure import Failure


class ReconnectingClientFactory(ClientFactory[P]):
    """
    A factory that connects again when a connection fails or ends, waiting longer each time.

    A protocol that has got somewhere calls ``self.factory.resetDelay()``, so that the next wait is short again.

    Attributes:
        initialDelay: How long to wait first, in seconds.
        maxDelay: How long to wait at most.
        factor: What each wait is multiplied by to give the next.
        jitter: How much waits differ by chance, as the standard deviation's share of the wait, so that many clients do
            not come back at once; 0 or `None` for exact waits.
        delay: The next wait.
        retries: How many attempts were made since the delay was reset.
        maxRetries: After how many to give up; `None` for never.
        continueTrying: Whether to go on trying.
        clock: The `IReactorTime` to wait by; the default reactor if `None`.
        connector: The connector last heard of.
    """

    maxDelay: float = 3600
    initialDelay: float = 1.0
    factor: float = 2.7182818284590451
    jitter: float | None = 0.119626565582
    delay: float = initialDelay
    retries: int = 0
    maxRetries: int | None = None
    continueTrying: int = 1
    clock: Any = None  # Any: whoever tells the time; users assign what they have.
    connector: Any = None  # Any: as the reactor made it.
    _callID: IDelayedCall | None = None

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        """No connection was made: try again later."""
        self._again(connector)

    def clientConnectionLost(self, connector: Any, unused_reason: Any) -> None:
        """The connection has ended: connect again later."""
        self._again(connector)

    def _again(self, connector: Any) -> None:
        if self.continueTrying:
            self.connector = connector
            self.retry()

    def retry(self, connector: Any = None) -> None:
        """
        Connect again after a while, and make the next wait longer.

        Args:
            connector: What to connect with; by default the one last heard of.

        Raises:
            ValueError: There has been none.
        """
        connector = self.connector if connector is None else connector
        if not self.continueTrying:
            if self.noisy:
                logger_of(self).info("Abandoning {connector} on explicit request", connector=connector)
            return
        if connector is None:
            raise ValueError("no connector to retry")
        if self.maxRetries is not None and self.retries >= self.maxRetries:
            if self.noisy:
                logger_of(self).info(
                    "Abandoning {connector} after {retries} retries.", connector=connector, retries=self.retries + 1
                )
            return
        self.retries += 1
        wait, self.delay = self.delay, self._next_delay()
        if self.noisy:
            logger_of(self).info("{connector} will retry in {seconds} seconds", connector=connector, seconds=int(wait))

        def connect_again() -> None:
            self._callID = None
            connector.connect()

        clock = self.clock
        if clock is None:
            from twisted.internet import reactor as clock
        self._callID = clock.callLater(wait, connect_again)

    def _next_delay(self) -> float:
        delay = min(self.delay * self.factor, self.maxDelay)
        if self.jitter:
            # Chance may say less than nothing, or more than was allowed.
            delay = min(max(random.normalvariate(delay, delay * self.jitter), 0.0), self.maxDelay)
        return delay

    def stopTrying(self) -> None:
        """Give up: cancel the wait, and the attempt that is under way. An existing connection lives on."""
        self.continueTrying = 0
        if self._callID is not None:
            self._callID.cancel()
            self._callID = None
        if self.connector is not None:
            try:
                self.connector.stopConnecting()
            except NotConnectingError:
                pass

    def resetDelay(self) -> None:
        """Wait as little as at first the next time. To be called when a connection has proved to be good."""
        self.delay = self.initialDelay
        self.retries = 0
        self.continueTrying = 1
        self._callID = None

    def __getstate__(self) -> dict[str, object]:
        # Where it stands is nothing to be kept: it begins anew where it is unpickled.
        passing = {"connector", "clock", "delay", "retries", "continueTrying", "_callID"}
        return {name: value for name, value in vars(self).items() if name not in passing}


class _InstanceFactory(ClientFactory[Protocol]):
    """
    The factory of one protocol, which is there already.

    Attributes:
        deferred: Gets the protocol when it is connected, or the failure; `None` afterwards.
        pending: The call that will fire it. It fires from the reactor, when the protocol has been connected.
    """

    noisy = False
    pending: IDelayedCall | None = None

    def __init__(self, reactor: Any, instance: Any, deferred: Deferred[Any]) -> None:
        self.reactor = reactor
        self.instance = instance
        self.deferred: Deferred[Any] | None = deferred

    def __repr__(self) -> str:
        return f"<ClientCreator factory: {self.instance!r}>"

    def buildProtocol(self, addr: IAddress | None) -> Any:
        assert self.deferred is not None, "a ClientCreator connects once"
        self.pending = self.reactor.callLater(0, self.fire, self.deferred.callback, self.instance)
        self.deferred = None
        return self.instance

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        if self.deferred is not None:
            self.pending = self.reactor.callLater(0, self.fire, self.deferred.errback, reason)
            self.deferred = None

    def fire(self, func: Callable[[Any], object], value: Any) -> None:
        """Tell the outcome."""
        self.pending = None
        func(value)


class ClientCreator:
    """
    Makes one protocol, and connects it.

    Args:
        reactor: What connects.
        protocolClass: What makes the protocol, with the further arguments.

    Each method starts an attempt and returns a Deferred of the connected protocol. Cancelling it gives up the attempt,
    and drops a connection of which the Deferred has not told yet.
    """

    def __init__(self, reactor: Any, protocolClass: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.reactor = reactor
        self.protocolClass = protocolClass
        self.args = args
        self.kwargs = kwargs

    def _connect(self, start: Callable[[_InstanceFactory], IConnector]) -> Deferred[Any]:
        from twisted.internet.defer import Deferred

        def give_up(deferred: Deferred[Any]) -> None:
            connector.disconnect()
            if factory.pending is not None:
                factory.pending.cancel()

        deferred: Deferred[Any] = Deferred(give_up)
        factory = _InstanceFactory(self.reactor, self.protocolClass(*self.args, **self.kwargs), deferred)
        connector = start(factory)
        return deferred

    def connectTCP(
        self, host: Any, port: Any, timeout: float = 30, bindAddress: tuple[str, int] | None = None
    ) -> Deferred[Any]:
        """Connect over TCP; the arguments are those of `IReactorTCP.connectTCP`."""
        return self._connect(
            lambda factory: self.reactor.connectTCP(host, port, factory, timeout=timeout, bindAddress=bindAddress)
        )

    def connectUNIX(self, address: Any, timeout: float = 30, checkPID: bool = False) -> Deferred[Any]:
        """Connect to a UNIX socket; the arguments are those of `IReactorUNIX.connectUNIX`."""
        return self._connect(
            lambda factory: self.reactor.connectUNIX(address, factory, timeout=timeout, checkPID=checkPID)
        )

    def connectSSL(
        self,
        host: Any,
        port: Any,
        contextFactory: Any,
        timeout: float = 30,
        bindAddress: tuple[str, int] | None = None,
    ) -> Deferred[Any]:
        """Connect over TLS; the arguments are those of `IReactorSSL.connectSSL`."""
        return self._connect(
            lambda factory: self.reactor.connectSSL(
                host, port, factory, contextFactory, timeout=timeout, bindAddress=bindAddress
            )
        )
