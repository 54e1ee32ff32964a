"""
A client that stays connected: `ClientService`.

What may follow what is a table. An event that the table does not have for a state means nothing in it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from zope.interface import directlyProvides, implementer

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, fail, maybeDeferred, succeed
from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IFileDescriptorReceiver,
    IHalfCloseableProtocol,
    IHandshakeListener,
    IProtocol,
    IProtocolFactory,
    IReactorTime,
    IStreamClientEndpoint,
    ITransport,
)
from twisted.logger import Logger
from twisted.python.failure import Failure

_log = Logger("twisted.application.internet")


def backoffPolicy(
    initialDelay: float = 1.0,
    maxDelay: float = 60.0,
    factor: float = 1.5,
    jitter: Callable[[], float] = random.random,
) -> Callable[[int], float]:
    """
    Make a policy for waiting between attempts: longer each time, up to a limit, and never in step with others.

    Args:
        initialDelay: How long to wait after the first failure, in seconds.
        maxDelay: The longest wait.
        factor: By what the wait grows with each failure.
        jitter: Gives what is added to each wait, in seconds.

    Returns:
        A function from the number of failures so far to the wait in seconds.
    """

    def policy(attempt: int) -> float:
        try:
            delay = min(initialDelay * factor ** min(100, attempt), maxDelay)
        except OverflowError:
            delay = maxDelay
        return delay + jitter()

    return policy


class _Watched:
    """
    A protocol of the user's, watched for the end of its connection. It provides what the protocol provides.
    """

    def __init__(self, protocol: IProtocol, lost: Callable[[Failure], None]) -> None:
        self._protocol = protocol
        self._lost = lost
        directlyProvides(
            self,
            *[
                interface
                for interface in (IProtocol, IHalfCloseableProtocol, IFileDescriptorReceiver, IHandshakeListener)
                if interface.providedBy(protocol)
            ],
        )

    def connectionLost(self, reason: Failure) -> None:
        try:
            self._protocol.connectionLost(reason)
        finally:
            self._lost(reason)

    def __getattr__(self, name: str) -> Any:  # Any: whatever the user's protocol has
        return getattr(self._protocol, name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} wrapping {self._protocol!r}>"


@implementer(IProtocolFactory)
class _Watching:
    """A factory of the user's, whose protocols are watched."""

    def __init__(self, factory: IProtocolFactory, lost: Callable[[Failure], None]) -> None:
        self._factory = factory
        self._lost = lost

    def buildProtocol(self, addr: IAddress | None) -> Any:  # Any: a stand-in for the user's protocol
        protocol = self._factory.buildProtocol(addr)  # type: ignore[arg-type]  # None from some transports
        return None if protocol is None else _Watched(protocol, self._lost)

    def __getattr__(self, name: str) -> Any:  # Any: whatever the user's factory has
        return getattr(self._factory, name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} wrapping {self._factory!r}>"


class _State(Enum):
    STOPPED = auto()
    CONNECTING = auto()
    WAITING = auto()
    CONNECTED = auto()
    DISCONNECTING = auto()
    RESTARTING = auto()


class ClientService(Service):
    """
    Keeps one connection: makes it, and makes it anew when it fails or is lost, until it is stopped.

    Args:
        endpoint: What to connect to.
        factory: What is to talk there. Its protocols are made anew for each connection.
        retryPolicy: From the number of failures in a row to a wait in seconds; `backoffPolicy` if none is given.
        clock: What waits; the default reactor if none is given.
        prepareConnection: Called with each new protocol. If it returns a Deferred, the connection counts as made when
            that fires; if it fails, the connection is closed and counts as failed.
    """

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        factory: IProtocolFactory,
        retryPolicy: Callable[[int], float] | None = None,
        clock: IReactorTime | None = None,
        prepareConnection: Callable[[IProtocol], object] | None = None,
    ) -> None:
        if clock is None:
            from twisted.internet import reactor

            clock = IReactorTime(reactor)
        self._endpoint = endpoint
        self._factory = factory
        self._policy = backoffPolicy() if retryPolicy is None else retryPolicy
        self._clock = clock
        self._prepare = prepareConnection
        self._state = _State.STOPPED
        self._failures = 0
        # Whoever waits for a connection, and after how many failures it gives up.
        self._waiting: list[tuple[Deferred[IProtocol], int | None]] = []
        self._stopping: list[Deferred[None]] = []
        self._attempt: Deferred[Any] | None = None
        self._retry: IDelayedCall | None = None
        self._protocol: IProtocol | None = None

    def startService(self) -> None:
        """Begin to connect, if it has not begun."""
        if self.running:
            _log.warn("Duplicate ClientService.startService {log_source}")
            return
        super().startService()
        if self._state is _State.DISCONNECTING:
            self._state = _State.RESTARTING
        else:
            self._failures = 0
            self._connect()

    def stopService(self) -> Deferred[None]:
        """
        Stop connecting, and close the connection.

        Returns:
            A Deferred that fires when nothing is connected any more.
        """
        super().stopService()
        stopped: Deferred[None] = Deferred()
        self._stopping.append(stopped)
        state, self._state = self._state, _State.STOPPED
        if state is _State.STOPPED:
            # Nothing had begun. Who waits may still see it begin.
            self._stopped_once()
        elif state is _State.WAITING and self._retry is not None:
            self._retry.cancel()
        elif state is _State.CONNECTING and self._attempt is not None:
            # The state is set already, so the failure that this makes of the attempt means nothing.
            self._attempt.cancel()
            if self._protocol is not None:
                self._state = _State.DISCONNECTING
                self._hang_up()
        elif state is _State.CONNECTED:
            self._state = _State.DISCONNECTING
            self._hang_up()
        elif state in (_State.DISCONNECTING, _State.RESTARTING):
            self._state = _State.DISCONNECTING
        if self._state is not _State.STOPPED:
            self._refuse_waiting()
        elif state is not _State.STOPPED:
            self._all_stopped()
        return stopped

    def whenConnected(self, failAfterFailures: int | None = None) -> Deferred[IProtocol]:
        """
        Wait for a connection.

        Args:
            failAfterFailures: Give up after so many failed attempts in a row; `None` never does.

        Returns:
            A Deferred of the factory's protocol. It fails with `CancelledError` when the service is stopped, or with
            the reason of the last failed attempt.
        """
        if self._state is _State.CONNECTED and self._protocol is not None:
            return succeed(self._protocol)
        if self._state is _State.DISCONNECTING or (self._state is _State.STOPPED and self._has_run()):
            return fail(CancelledError())
        waiting: Deferred[IProtocol] = Deferred()
        self._waiting.append((waiting, failAfterFailures))
        return waiting

    def _has_run(self) -> bool:
        return self.__dict__.get("running") is not None

    def _connect(self) -> None:
        self._state = _State.CONNECTING
        self._retry = self._protocol = None
        connect: Callable[[Any], Deferred[Any]] = self._endpoint.connect
        attempt: Deferred[Any] = maybeDeferred(connect, _Watching(self._factory, self._lost))
        self._attempt = attempt
        attempt.addCallback(self._made)
        attempt.addErrback(self._failed, attempt)

    def _made(self, watched: Any) -> Any:  # Any: what the endpoint made; the wrapper or, wrapped anew, a part of it
        protocol = watched._protocol if isinstance(watched, _Watched) else watched
        self._protocol = protocol
        if self._state is not _State.CONNECTING:
            # Stopped meanwhile by an endpoint that could not be cancelled.
            self._hang_up()
            return None
        if self._prepare is None:
            self._ready(None)
            return None
        return maybeDeferred(self._prepare, protocol).addCallback(self._ready)

    def _ready(self, _: object) -> None:
        if self._state is not _State.CONNECTING or self._protocol is None:
            return
        self._state = _State.CONNECTED
        self._failures = 0
        self._attempt = None
        waiting, self._waiting = self._waiting, []
        for one, _limit in waiting:
            one.callback(self._protocol)

    def _failed(self, failure: Failure, attempt: Deferred[Any]) -> None:
        if self._state is not _State.CONNECTING or attempt is not self._attempt:
            return
        if self._protocol is not None:
            # It is connected, and could not be prepared.
            protocol, self._protocol = self._protocol, None
            _drop(protocol)
        self._wait(failure)

    def _lost(self, reason: Failure) -> None:
        if self._state is _State.CONNECTED:
            self._wait(reason)
        elif self._state is _State.RESTARTING:
            self._stopped_once()
            self._failures = 0
            self._connect()
        elif self._state is _State.DISCONNECTING:
            self._state = _State.STOPPED
            self._all_stopped()
        elif self._state is _State.CONNECTING and self._protocol is not None and self._attempt is not None:
            # Lost while it was being prepared: whoever prepares is told, and that counts as the one failure.
            attempt = self._attempt
            self._protocol = None
            self._wait(reason)
            attempt.cancel()

    def _wait(self, reason: Failure) -> None:
        self._state = _State.WAITING
        self._protocol = self._attempt = None
        self._failures += 1
        giving_up = [one for one, limit in self._waiting if limit is not None and self._failures >= limit]
        self._waiting = [(one, limit) for one, limit in self._waiting if one not in giving_up]
        delay = self._policy(self._failures)
        _log.info(
            "Scheduling retry {attempt} to connect {endpoint!r} in {delay:.2f} seconds.",
            attempt=self._failures,
            endpoint=self._endpoint,
            delay=delay,
        )
        self._retry = self._clock.callLater(delay, self._connect)
        for one in giving_up:
            one.errback(reason)

    def _hang_up(self) -> None:
        transport: ITransport | None = getattr(self._protocol, "transport", None)
        if transport is not None:
            transport.loseConnection()

    def _stopped_once(self) -> None:
        stopping, self._stopping = self._stopping, []
        for one in stopping:
            one.callback(None)

    def _refuse_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one, _limit in waiting:
            one.errback(CancelledError())

    def _all_stopped(self) -> None:
        self._protocol = self._attempt = self._retry = None
        self._refuse_waiting()
        self._stopped_once()


def _drop(protocol: IProtocol) -> None:
    """Close a connection that nobody is to use, at once where the transport can."""
    transport: Any = getattr(protocol, "transport", None)  # Any: streams of every kind; not all can abort
    if transport is not None:
        (getattr(transport, "abortConnection", None) or transport.loseConnection)()
