"""
Services that listen or connect by a reactor's own methods, and by endpoints.

There is one class for each pair of side and kind of socket. They differ by the reactor method they call, and are made
from the table at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IStreamServerEndpoint

_log = Logger("twisted.application.internet")


class _Socket(Service):
    """What a server and a client have in common: the arguments that the reactor's method is called with."""

    # Which of the reactor's methods: listen and connect come before it.
    method = ""

    # Any: the arguments of the method, as they are.
    reactor: Any = None

    # What a pickle leaves out.
    volatile = ["reactor"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "reactor" in kwargs:
            self.reactor = kwargs.pop("reactor")
        self.args = args
        self.kwargs = kwargs

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        for name in self.volatile:
            state.pop(name, None)
        return state

    def _call(self, verb: str) -> Any:  # Any: a port or a connector
        reactor = self.reactor
        if reactor is None:
            from twisted.internet import reactor
        return getattr(reactor, verb + self.method)(*self.args, **self.kwargs)


class _Server(_Socket):
    """Listens while it runs; the port is bound before privileges are given up."""

    volatile = ["_port"]
    _port: Any = None

    def privilegedStartService(self) -> None:
        """Bind the port."""
        super().privilegedStartService()
        self._port = self._call("listen")

    def startService(self) -> None:
        """Bind the port, unless that was done with privileges."""
        super().startService()
        if self._port is None:
            self._port = self._call("listen")

    def stopService(self) -> Deferred[Any] | None:
        """Stop listening; what is connected stays connected."""
        super().stopService()
        port, self._port = self._port, None
        return None if port is None else maybeDeferred(port.stopListening)


class _Client(_Socket):
    """Connects when it is started, and disconnects when it is stopped."""

    volatile = ["_connection"]
    _connection: Any = None

    def startService(self) -> None:
        """Connect."""
        super().startService()
        self._connection = self._call("connect")

    def stopService(self) -> None:
        """Disconnect, or stop trying to connect."""
        super().stopService()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.disconnect()


def _kind(side: type[_Socket], method: str, suffix: str) -> Any:  # Any: classes that are made cannot be named in types
    verb = "listen" if side is _Server else "connect"
    text = f"""
    A service around ``reactor.{verb}{method}``: its arguments are that method's, and ``reactor`` if it is to be another
    than the default one.
    """
    return type(
        method + suffix, (side,), {"method": method, "__module__": "twisted.application.internet", "__doc__": text}
    )


TCPServer = _kind(_Server, "TCP", "Server")
UNIXServer = _kind(_Server, "UNIX", "Server")
SSLServer = _kind(_Server, "SSL", "Server")
UDPServer = _kind(_Server, "UDP", "Server")
UNIXDatagramServer = _kind(_Server, "UNIXDatagram", "Server")
MulticastServer = _kind(_Server, "Multicast", "Server")
TCPClient = _kind(_Client, "TCP", "Client")
UNIXClient = _kind(_Client, "UNIX", "Client")
SSLClient = _kind(_Client, "SSL", "Client")
UNIXDatagramClient = _kind(_Client, "UNIXDatagram", "Client")


class StreamServerEndpointService(Service):
    """
    Listens on an endpoint while it runs.

    Attributes:
        endpoint: Where.
        factory: What is served.
        _raiseSynchronously: Whether an endpoint that fails at once makes the start fail. Else the error is logged,
            because an endpoint may as well fail later.
    """

    _raiseSynchronously = False
    _waitingForPort: Deferred[Any] | None = None

    def __init__(self, endpoint: IStreamServerEndpoint, factory: IProtocolFactory) -> None:
        self.endpoint = endpoint
        self.factory = factory

    def privilegedStartService(self) -> None:
        """Listen. An error that is there at once is raised if the service was made to do so."""
        super().privilegedStartService()
        self._listen()

    def startService(self) -> None:
        """Listen, unless that was done with privileges."""
        super().startService()
        if self._waitingForPort is None:
            self._listen()

    def _listen(self) -> None:
        raised: list[Failure] = []

        def failed(failure: Failure) -> None:
            if failure.check(CancelledError):
                return
            if self._raiseSynchronously and self._waitingForPort is None:
                raised.append(failure)
                return
            _log.failure("{endpoint!r} cannot be listened on", failure=failure, endpoint=self.endpoint)

        listening = self.endpoint.listen(self.factory)
        listening.addErrback(failed)
        if raised:
            raised[0].raiseException()
        self._waitingForPort = listening

    def stopService(self) -> Deferred[bool | None]:
        """Stop listening, or stop waiting to listen. The Deferred fires when it is done."""
        listening, self._waitingForPort = self._waitingForPort, None
        super_stop = super().stopService
        if listening is None:
            return maybeDeferred(super_stop)
        listening.cancel()

        def stop(port: IListeningPort | None) -> Any:  # Any: what stopListening gives, or nothing
            return None if port is None else port.stopListening()

        stopping: Deferred[Any] = listening.addCallback(stop)
        super_stop()
        return stopping
