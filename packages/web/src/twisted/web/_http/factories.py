"""
Making connections for clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import ServerFactory
from twisted.logger import Logger
from twisted.web._http import dates
from twisted.web._http.channels import HTTPChannel
from twisted.web._http.deadlines import Watch
from twisted.web._http.logs import combinedLogFormatter

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure
    from twisted.web.iweb import IAccessLogFormatter

_log = Logger("twisted.web.http")


@implementer(IProtocol)
class _GenericHTTPChannelProtocol:
    """
    Speaks the version of HTTP that client and server agree upon when TLS begins; HTTP/1 without TLS.

    What is set here (`factory`, `site`, `requestFactory`, `timeOut`, `callLater`) is set at the channel.
    """

    _negotiated = False

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._factory: Any = None
        self._site: Any = None
        self._requestFactory: Any = None
        self._timeOut: float | None = None
        self._callLater: Any = None

    @property
    def factory(self) -> Any:
        """What has made this."""
        return self._channel.factory

    @factory.setter
    def factory(self, value: Any) -> None:
        self._factory = self._channel.factory = value

    @property
    def requestFactory(self) -> Any:
        """Makes requests."""
        return self._channel.requestFactory

    @requestFactory.setter
    def requestFactory(self, value: Any) -> None:
        self._requestFactory = self._channel.requestFactory = value

    @property
    def site(self) -> Any:
        """What the requests are for."""
        return self._channel.site

    @site.setter
    def site(self, value: Any) -> None:
        self._site = self._channel.site = value

    @property
    def timeOut(self) -> float | None:
        """How long nothing may happen, in seconds."""
        timeout: float | None = self._channel.timeOut
        return timeout

    @timeOut.setter
    def timeOut(self, value: float | None) -> None:
        self._timeOut = self._channel.timeOut = value

    @property
    def callLater(self) -> Any:
        """Makes a call later."""
        return self._channel.callLater

    @callLater.setter
    def callLater(self, value: Any) -> None:
        self._callLater = self._channel.callLater = value

    @property
    def transport(self) -> Any:
        """The connection."""
        return self._channel.transport

    def makeConnection(self, transport: Any) -> None:
        """Begin."""
        channel = self._channel
        if not hasattr(transport, "negotiatedProtocol"):
            # There is nothing to agree upon: what comes is the channel's.
            self._negotiated = True
            self.dataReceived = channel.dataReceived  # type: ignore[method-assign]
        channel.makeConnection(transport)

    def connectionMade(self) -> None:
        """Begin; called by whoever does not call `makeConnection`."""
        self._channel.connectionMade()

    def dataReceived(self, data: bytes) -> None:
        """Hand on what came; before the first time, see which protocol it is."""
        if not self._negotiated:
            self._negotiated = True
            if self._channel.transport.negotiatedProtocol == b"h2":
                self._speak_http2()
            self.dataReceived = self._channel.dataReceived  # type: ignore[method-assign]
        self._channel.dataReceived(data)

    def _speak_http2(self) -> None:
        from twisted.web._http2 import H2Connection

        before = self._channel
        transport = before.transport
        before.setTimeout(None)
        transport.unregisterProducer()
        channel = self._channel = H2Connection()
        channel.requestFactory = before.requestFactory
        channel.site = before.site
        channel.factory = before.factory
        channel.timeOut = self._timeOut if self._timeOut is not None else before.timeOut
        if self._callLater is not None:
            channel.callLater = self._callLater  # type: ignore[method-assign]
        channel.makeConnection(transport)

    def finishAndLeave(self) -> None:
        """Answer what has begun, and hang up then."""
        leave = getattr(self._channel, "finishAndLeave", None)
        if leave is not None:
            leave()

    def connectionLost(self, reason: Failure) -> None:
        """The connection is lost."""
        # The way to the channel leads around in a circle.
        self.__dict__.pop("dataReceived", None)
        self._channel.connectionLost(reason)


class HTTPFactory(ServerFactory[Any]):
    """
    Makes channels, and keeps an access log.

    Attributes:
        logPath: The access log's path; `None` for the program's own log.
        logFile: The access log's file, once the factory has started.
        timeOut: See `HTTPChannel.timeOut`.
        hostRequired: See `HTTPChannel.hostRequired`. Programs whose requests are a class of their own may have lived
            without Host; a `Site` never does.
        reactor: What time is taken from.
    """

    logPath: Any = None
    timeOut: float | None = 60
    hostRequired: bool = False
    _logFile: Any = None
    # Whether the access log is the program's own log, which may have no observers.
    _log_is_ours: bool = False
    _the_reactor: Any = None
    _its_watch: Any = None

    def __init__(
        self,
        logPath: str | bytes | None = None,
        timeout: float | None = 60,
        logFormatter: IAccessLogFormatter | None = None,
        reactor: Any = None,
    ) -> None:
        """
        Args:
            logPath: The access log's path; `None` for the program's own log.
            timeout: See `HTTPChannel.timeOut`.
            logFormatter: Makes a line of a request; `combinedLogFormatter` if `None`.
            reactor: What time is taken from; that which runs the program if `None`.
        """
        if reactor is None:
            from twisted.internet import reactor
        self.reactor = reactor
        if logPath is not None:
            from os.path import abspath

            logPath = abspath(logPath)
        self.logPath = logPath
        self.timeOut = timeout
        self._logFormatter: Any = combinedLogFormatter if logFormatter is None else logFormatter

    @property
    def _watch(self) -> Any:
        # Made for the reactor that there is when the first client comes: tests give us theirs before.
        watch = self._its_watch
        if watch is None or watch.reactor is not self.reactor:
            watch = self._its_watch = Watch(self.reactor)
        return watch

    def protocol(self) -> Any:
        """Make a protocol: HTTP/1 or HTTP/2, as it turns out."""
        return _GenericHTTPChannelProtocol(HTTPChannel())

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Make a protocol for a client."""
        made: Any = super().buildProtocol(addr)
        made.callLater = self.reactor.callLater
        # A subclass's, or one's own, is nobody's business but his.
        made.timeOut = self.timeOut
        return made

    @property
    def logFile(self) -> Any:
        """The access log's file."""
        if self._logFile is None:
            raise AttributeError("no log file present")
        return self._logFile

    @logFile.setter
    def logFile(self, value: Any) -> None:
        self._logFile = value
        self._log_is_ours = False

    def startFactory(self) -> None:
        """Open the access log."""
        super().startFactory()
        if self.logPath:
            self._logFile = self._openLogFile(self.logPath)
        elif self._logFile is None:
            from twisted.python import log

            self._logFile = log.logfile
            self._log_is_ours = True

    def stopFactory(self) -> None:
        """Close the access log."""
        file, self._logFile = self._logFile, None
        super().stopFactory()
        if file is not None and not self._log_is_ours:
            file.close()
        self._log_is_ours = False

    def _openLogFile(self, path: str | bytes) -> Any:
        """Hook: open the access log."""
        return open(path, "a", 1, encoding="utf-8")

    def log(self, request: Any) -> None:
        """Hook: write a line about a request whose response is complete. It is made only if somebody will see it."""
        file = self._logFile
        if file is None or (self._log_is_ours and not _observed()):
            return
        line = self._logFormatter(dates.log_now(), request)
        if line is not None:
            file.write(line + "\n")


_observations: Any = None


def _observed() -> bool:
    """Whether somebody sees the program's log."""
    global _observations
    if _observations is None:
        from twisted.logger import globalLogBeginner, globalLogPublisher

        _observations = globalLogPublisher, globalLogBeginner._hold_back
    publisher, holding_back = _observations
    observers = publisher._observers
    return bool(observers) and observers != (holding_back,)
