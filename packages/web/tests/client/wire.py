"""A client whose servers are in memory: tests read what was sent, and answer by hand."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, HTTPConnectionPool, Response
from twisted.web.error import SchemeNotSupported
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IAgent, IAgentEndpointFactory, IBodyProducer

# Any, throughout: results and doubles of every kind.

OK = b"HTTP/1.1 200 OK\r\n"


def answer(body: bytes = b"", *fields: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole response."""
    lines = [b"HTTP/1.1 " + status, *fields, b"Content-Length: %d" % len(body), b"", body]
    return b"\r\n".join(lines)


class Transport(StringTransport):
    """Remembers whether it was cut."""

    aborted = False

    def __init__(self) -> None:
        super().__init__(lenient=True)

    def abortConnection(self) -> None:
        self.aborted = True
        super().abortConnection()


class Line:
    """One connection: the client's protocol, its transport, and the other end, which the test plays."""

    def __init__(self, protocol: Any, transport: Transport) -> None:
        self.protocol = protocol
        self.transport = transport

    def sent(self) -> bytes:
        """What was sent since the last time."""
        data = self.transport.value()
        self.transport.clear()
        return data

    def receive(self, data: bytes, step: int = 0) -> None:
        """Let bytes arrive, in pieces of *step* bytes."""
        for at in range(0, len(data), step or len(data) or 1):
            self.protocol.dataReceived(data[at : at + (step or len(data))])

    def lose(self, why: BaseException | None = None) -> None:
        """End the connection."""
        self.protocol.connectionLost(Failure(why or ConnectionDone()))


@implementer(IStreamClientEndpoint)
class Endpoint:
    """Connects to nobody, at once or when the test says so."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.slow = False
        self.connecting: list[tuple[Deferred[Any], Any]] = []
        self.cancelled = 0

    def connect(self, factory: Any) -> Deferred[Any]:
        if self.slow:
            attempt: Deferred[Any] = Deferred(self._give_up)
            self.connecting.append((attempt, factory))
            return attempt
        return succeed(self.make(factory))

    def _give_up(self, _: object) -> None:
        self.cancelled += 1

    def make(self, factory: Any) -> Any:
        protocol = factory.buildProtocol(None)
        transport = Transport()
        self.lines.append(Line(protocol, transport))
        protocol.makeConnection(transport)
        return protocol

    def connect_oldest(self) -> None:
        attempt, factory = self.connecting.pop(0)
        attempt.callback(self.make(factory))


@implementer(IAgentEndpointFactory)
class Wire:
    """An agent, and all that is around it."""

    def __init__(self, persistent: bool = True, timeout: float | None = None) -> None:
        self.clock = Clock()
        self.endpoint = Endpoint()
        self.pool = HTTPConnectionPool(self.clock, persistent)
        self.agent = Agent.usingEndpointFactory(self.clock, self, self.pool, requestTimeout=timeout)
        self.asked_for: list[bytes] = []

    def endpointForURI(self, uri: Any) -> Any:
        self.asked_for.append(uri.toBytes())
        if uri.scheme not in (b"http", b"https"):
            raise SchemeNotSupported(uri.scheme)
        return self.endpoint

    @property
    def lines(self) -> list[Line]:
        return self.endpoint.lines

    @property
    def line(self) -> Line:
        """The last connection."""
        return self.endpoint.lines[-1]

    def get(self, uri: bytes = b"http://h.example/", **more: Any) -> Any:
        return self.agent.request(b"GET", uri, **more)


def outcome(deferred: Any) -> Any:
    """What a Deferred has fired with, or `None`: a failure's exception, if it has failed. It can be asked again."""
    results: list[Any] = []

    def keep(result: Any) -> Any:
        results.append(result.value if isinstance(result, Failure) else result)
        return results[0]

    deferred.addBoth(keep)
    return results[0] if results else None


def reasons(exception: Any) -> list[str]:
    """The names of the exceptions in one that wraps others."""
    return [type(reason.value).__name__ for reason in exception.reasons]


class Receiver(Protocol):
    """Collects a body."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.why: Any = None
        self.made = 0

    def connectionMade(self) -> None:
        self.made += 1

    def dataReceived(self, data: bytes) -> None:
        self.pieces.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        assert self.why is None, "it was told twice"
        self.why = reason.value

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


def deliver(response: Any) -> Receiver:
    """Have a response's body delivered."""
    receiver = Receiver()
    response.deliverBody(receiver)
    return receiver


@implementer(IBodyProducer)
class Producer:
    """A body that the test writes."""

    def __init__(self, length: Any = UNKNOWN_LENGTH) -> None:
        self.length = length
        self.heard: list[str] = []
        self.consumer: Any = None
        self.done: Deferred[Any] = Deferred(lambda _: self.heard.append("cancelled"))

    def startProducing(self, consumer: Any) -> Deferred[Any]:
        self.heard.append("start")
        self.consumer = consumer
        return self.done

    def stopProducing(self) -> None:
        self.heard.append("stop")

    def pauseProducing(self) -> None:
        self.heard.append("pause")

    def resumeProducing(self) -> None:
        self.heard.append("resume")


@implementer(IAgent)
class Scripted:
    """An agent whose responses the test makes; what was asked of it is kept."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, bytes, Any, Any]] = []
        self.waiting: list[Deferred[Any]] = []

    def request(self, method: bytes, uri: bytes, headers: Any = None, bodyProducer: Any = None) -> Any:
        self.asked.append((method, uri, headers, bodyProducer))
        deferred: Deferred[Any] = Deferred()
        self.waiting.append(deferred)
        return deferred

    def respond(self, code: int, fields: Any = None, length: Any = 0) -> Response:
        """Answer the oldest request that waits."""
        response = Response((b"HTTP", 1, 1), code, b"as told", Headers(fields or {}), Transport())
        response.length = length
        uri = self.asked[len(self.asked) - len(self.waiting)][1]

        class Request:
            absoluteURI = uri

        response.request = Request()  # type: ignore[assignment]  # the one attribute that is asked for
        self.waiting.pop(0).callback(response)
        return response


def uri(raw: bytes) -> URI:
    return URI.fromBytes(raw)
