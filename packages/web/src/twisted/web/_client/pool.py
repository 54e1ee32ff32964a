"""
Connections that are kept for further requests, and how many there may be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._client.connection import _QUIESCENT, HTTP11ClientProtocol, State
from twisted.web._client.errors import RequestNotSent, RequestTransmissionFailed, ResponseNeverReceived
from twisted.web._client.parsing import DEFAULT_LIMITS, ResponseLimits

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IReactorTime, IStreamClientEndpoint
    from twisted.web._client.response import Response
    from twisted.web._client.writing import Request

_log = Logger("twisted.web.client")

# Those that may be sent twice: doing so once more changes nothing (RFC 9110 section 9.2.2).
_SENT_AGAIN = frozenset([b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"TRACE"])


def may_be_sent_again(method: bytes, reason: BaseException | None, body: object) -> bool:
    """
    Tell whether a request that failed on a kept connection may be sent on a new one.

    Args:
        method: The request's.
        reason: What it failed with.
        body: Its body's producer, or `None`: what was produced once cannot be produced again.
    """
    if method not in _SENT_AGAIN or body is not None:
        return False
    if not isinstance(reason, (RequestNotSent, RequestTransmissionFailed, ResponseNeverReceived)):
        return False
    # Not where the user gave up.
    return not any(nested.check(CancelledError) for nested in getattr(reason, "reasons", ()))


class _HTTP11ClientFactory(Factory[HTTP11ClientProtocol]):
    """
    Makes connections for a pool.

    Args:
        quiescentCallback: What each connection calls when it can take another request.
        metadata: What the factory calls itself in the log.
    """

    noisy = True

    def __init__(self, quiescentCallback: Callable[[HTTP11ClientProtocol], object], metadata: str) -> None:
        self._quiescentCallback = quiescentCallback
        self._metadata = metadata

    def __repr__(self) -> str:
        return f"_HTTP11ClientFactory({self._quiescentCallback}, {self._metadata})"

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:
        """Make one."""
        return HTTP11ClientProtocol(self._quiescentCallback)


class _RetryingHTTP11ClientProtocol:
    """
    A kept connection, whose server may have ended it just now: what it could not send goes to a new one.

    Args:
        clientProtocol: The connection.
        newConnection: Called for another; gives a Deferred.
    """

    def __init__(
        self, clientProtocol: HTTP11ClientProtocol, newConnection: Callable[[], Deferred[HTTP11ClientProtocol]]
    ) -> None:
        self._clientProtocol = clientProtocol
        self._newConnection = newConnection

    def _shouldRetry(self, method: bytes, exception: BaseException | None, bodyProducer: object) -> bool:
        return may_be_sent_again(method, exception, bodyProducer)

    def request(self, request: Request) -> Deferred[Response]:
        """Send a request, as `HTTP11ClientProtocol.request` does, if need be twice."""

        def failed(reason: Failure) -> Any:
            if self._shouldRetry(request.method, reason.value, request.bodyProducer):
                return self._newConnection().addCallback(lambda connection: connection.request(request))
            return reason

        return self._clientProtocol.request(request).addErrback(failed)


class HTTPConnectionPool:
    """
    Keeps connections, so that a further request to the same server needs no new one.

    Args:
        reactor: Provides `IReactorTime`.
        persistent: Whether connections are kept at all.

    Attributes:
        maxPersistentPerHost: How many idle connections to one server are kept. If there are more, the oldest ends.
        cachedConnectionTimeout: How long an idle one is kept, in seconds.
        retryAutomatically: Whether a request goes to a new connection when the kept one turns out to be gone. Only
            what may safely be sent twice is.
        maxConnectionsPerHost: How many connections to one server there may be at a time, busy or not; `None` for any
            number. Requests for which there is none wait their turn.
        maxConnections: The same for all servers together.
        closeTimeout: How long an idle connection may take to end in good order when the pool is closed, in seconds;
            after that it is cut.
        responseLimits: How much of a response's head is accepted: a `ResponseLimits`.
    """

    maxPersistentPerHost = 2
    cachedConnectionTimeout = 240
    retryAutomatically = True
    maxConnectionsPerHost: int | None = None
    maxConnections: int | None = None
    closeTimeout: float = 10.0
    responseLimits: ResponseLimits = DEFAULT_LIMITS

    _factory = _HTTP11ClientFactory

    def __init__(self, reactor: IReactorTime, persistent: bool = True) -> None:
        self._reactor = reactor
        self.persistent = persistent
        # Idle ones by server, the one used last at the end.
        self._connections: dict[Hashable, list[HTTP11ClientProtocol]] = {}
        # How many there are, those that are being made included.
        self._open: dict[Hashable, int] = {}
        self._total = 0
        self._waiting: dict[Hashable, deque[tuple[Deferred[Any], IStreamClientEndpoint]]] = {}
        # One timer for all idle connections. It is left running while there is any connection at all.
        self._sweep: Any = None

    # Taking

    def getConnection(self, key: Hashable, endpoint: IStreamClientEndpoint) -> Deferred[HTTP11ClientProtocol]:
        """
        Give a connection that can take a request.

        Args:
            key: Which server: those for the same one are interchangeable.
            endpoint: Makes a new one.

        Returns:
            A Deferred that fires with it; at once if one is idle, and later if there are as many as there may be.
        """
        connection = self._take(key)
        if connection is not None:
            kept: Any = connection
            if self.retryAutomatically:
                kept = _RetryingHTTP11ClientProtocol(connection, lambda: self._another(key, endpoint))
            return succeed(kept)
        return self._another(key, endpoint)

    def _another(self, key: Hashable, endpoint: IStreamClientEndpoint) -> Deferred[HTTP11ClientProtocol]:
        """Make a connection, as soon as there may be one more."""
        if not self._is_full(key):
            return self._newConnection(key, endpoint)
        self._make_room(key)
        return self._wait(key, endpoint)

    def _take(self, key: Hashable) -> HTTP11ClientProtocol | None:
        """Give an idle connection, if there is one."""
        idle = self._connections.get(key)
        while idle:
            connection = idle.pop()
            if connection._state is _QUIESCENT and not getattr(connection.transport, "disconnecting", False):
                return connection
        return None

    def _is_full(self, key: Hashable) -> bool:
        most = self.maxConnectionsPerHost
        if most is not None and self._open.get(key, 0) >= most:
            return True
        return self.maxConnections is not None and self._total >= self.maxConnections

    def _make_room(self, key: Hashable) -> None:
        """End the connection that has been idle longest, if that is what stands in the way."""
        most = self.maxConnectionsPerHost
        if most is not None and self._open.get(key, 0) >= most:
            return
        oldest: HTTP11ClientProtocol | None = None
        for idle in self._connections.values():
            if idle and (oldest is None or idle[0]._idle_since < oldest._idle_since):
                oldest = idle[0]
        if oldest is not None:
            # Its place is free when it has ended.
            self._removeConnection(oldest._pool_key, oldest)

    def _wait(self, key: Hashable, endpoint: IStreamClientEndpoint) -> Deferred[HTTP11ClientProtocol]:
        def give_up(deferred: Deferred[HTTP11ClientProtocol]) -> None:
            queue = self._waiting[key]
            queue.remove(entry)
            if not queue:
                del self._waiting[key]

        waiting: Deferred[HTTP11ClientProtocol] = Deferred(give_up)
        entry = (waiting, endpoint)
        self._waiting.setdefault(key, deque()).append(entry)
        return waiting

    def _next_waiting(self, key: Hashable) -> tuple[Deferred[Any], IStreamClientEndpoint] | None:
        queue = self._waiting.get(key)
        if not queue:
            return None
        entry = queue.popleft()
        if not queue:
            del self._waiting[key]
        return entry

    def _newConnection(self, key: Hashable, endpoint: IStreamClientEndpoint) -> Deferred[HTTP11ClientProtocol]:
        """Make a connection."""

        def quiescent(connection: HTTP11ClientProtocol) -> None:
            self._putConnection(key, connection)

        self._total += 1
        self._open[key] = self._open.get(key, 0) + 1
        try:
            connecting = endpoint.connect(self._factory(quiescent, repr(endpoint)))
        except BaseException:
            self._one_less(key)
            return fail(Failure())

        def connected(connection: Any) -> Any:
            if not isinstance(connection, HTTP11ClientProtocol):
                # Something of the user's own. How long it lives is not for us to see.
                self._one_less(key)
            elif connection._state is State.CONNECTION_LOST:
                self._one_less(key)
            else:
                connection._pool_key = key
                connection._ended = self._lost
                connection._clock = self._reactor
                connection._limits = None if self.responseLimits is DEFAULT_LIMITS else self.responseLimits
            return connection

        def not_connected(reason: Failure) -> Failure:
            self._one_less(key)
            return reason

        return connecting.addCallbacks(connected, not_connected)

    # Giving back

    def _putConnection(self, key: Hashable, connection: HTTP11ClientProtocol) -> None:
        """A connection can take another request."""
        if self._waiting:
            entry = self._next_waiting(key)
            if entry is not None:
                entry[0].callback(connection)
                return
            if self.maxConnections is not None and self._total >= self.maxConnections:
                # Somebody waits for another server.
                self._retire(connection)
                return
        connection._idle_since = self._reactor.seconds()
        idle = self._connections.get(key)
        if idle is None:
            self._connections[key] = [connection]
        else:
            idle.append(connection)
            if len(idle) > self.maxPersistentPerHost:
                self._retire(idle.pop(0))
        if self._sweep is None:
            self._sweep = self._reactor.callLater(self.cachedConnectionTimeout, self._end_idle)

    def _removeConnection(self, key: Hashable, connection: HTTP11ClientProtocol) -> None:
        """Let go of an idle connection, and end it."""
        idle = self._connections.get(key)
        if idle is not None and connection in idle:
            idle.remove(connection)
            if not idle:
                del self._connections[key]
        self._retire(connection)

    def _retire(self, connection: HTTP11ClientProtocol) -> None:
        connection._close()

    def _end_idle(self) -> None:
        """End the connections that have been idle for too long, and look again when the next one may have been."""
        self._sweep = None
        now = self._reactor.seconds()
        patience = self.cachedConnectionTimeout
        soonest: float | None = None
        for key in list(self._connections):
            idle = self._connections[key]
            while idle and now - idle[0]._idle_since >= patience:
                self._retire(idle.pop(0))
            if not idle:
                self._connections.pop(key, None)
            elif soonest is None or idle[0]._idle_since < soonest:
                soonest = idle[0]._idle_since
        if soonest is not None and self._sweep is None:
            self._sweep = self._reactor.callLater(max(0.0, soonest + patience - now), self._end_idle)

    def _lost(self, connection: HTTP11ClientProtocol) -> None:
        """A connection has ended."""
        key = connection._pool_key
        idle = self._connections.get(key)
        if idle is not None and connection in idle:
            idle.remove(connection)
            if not idle:
                del self._connections[key]
        self._one_less(key)

    def _one_less(self, key: Hashable) -> None:
        self._total -= 1
        left = self._open[key] - 1
        if left:
            self._open[key] = left
        else:
            del self._open[key]
        if not self._total:
            self._stop_sweeping()
        if self._waiting:
            self._serve_waiting(key)

    def _serve_waiting(self, key: Hashable) -> None:
        """There is room for another connection: make it for who waits, if possible to the same server."""
        for wanted in [key, *self._waiting]:
            if wanted not in self._waiting or self._is_full(wanted):
                continue
            entry = self._next_waiting(wanted)
            assert entry is not None
            waiting, endpoint = entry
            connecting = self._newConnection(wanted, endpoint)
            waiting._canceller = lambda _, connecting=connecting: connecting.cancel()
            connecting.addCallbacks(waiting.callback, waiting.errback)
            return

    def _stop_sweeping(self) -> None:
        sweep, self._sweep = self._sweep, None
        if sweep is not None and sweep.active():
            sweep.cancel()

    # The end

    def closeCachedConnections(self) -> Deferred[None]:
        """
        End all idle connections.

        Returns:
            A Deferred that fires when they have ended, at the latest soon after `closeTimeout`.
        """
        self._stop_sweeping()
        connections = [connection for idle in self._connections.values() for connection in idle]
        self._connections = {}
        done: Deferred[None] = Deferred()
        left = len(connections)
        if not left:
            return succeed(None)

        def cut() -> None:
            for connection in connections:
                if connection._state is not State.CONNECTION_LOST:
                    connection._abort_transport()

        patience = self._reactor.callLater(self.closeTimeout, cut)

        def gone(_: object) -> None:
            nonlocal left
            left -= 1
            if not left:
                if patience.active():
                    patience.cancel()
                done.callback(None)

        for connection in connections:
            connection.abort().addCallback(gone)
        return done
