"""
The life of an application: told before the first request and after the last one.
"""

from __future__ import annotations

from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._asgi.scopes import Application, Event, Misuse, tell

_log = Logger("twisted.web.asgi")

# How long an application may take to shut down, in seconds.
_PATIENCE = 30.0


class StartupFailed(Exception):
    """The application says that it cannot start."""


class Lifespan(Service):
    """
    Tells an application when it starts and when it ends.

    An application that knows nothing of this raises an error when it is told; then it simply starts.

    Args:
        application: The application.
        state: What it keeps for its requests.
    """

    def __init__(self, application: Application, state: dict[str, Any]) -> None:
        self._application = application
        self._state = state
        self._events: list[Event] = []
        self._reading: Deferred[None] | None = None
        self._running: Deferred[None] | None = None
        self._ready = False
        self._failed: Failure | None = None
        self._waiting: list[Deferred[None]] = []
        self._ending: Deferred[None] | None = None
        self._supported = False

    def startService(self) -> None:
        """Tell the application that it starts."""
        super().startService()
        self._ready = False
        self._failed = None
        self._events = [{"type": "lifespan.startup"}]
        self._running = Deferred.fromCoroutine(self._run())

    def stopService(self) -> Any:
        """Tell the application that it ends, and wait until it has."""
        super().stopService()
        if not self._supported or self._running is None:
            return None
        ending: Deferred[None] = Deferred()
        self._ending = ending
        self._events.append({"type": "lifespan.shutdown"})
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.callback(None)
        from twisted.internet import reactor

        turning: Any = reactor
        return ending.addTimeout(_PATIENCE, turning).addErrback(
            lambda reason: _log.error("The ASGI application did not shut down: {reason}", reason=reason.value)
        )

    def whenReady(self) -> Deferred[None] | None:
        """Give a Deferred that fires when requests can be answered; `None` if they can be now."""
        if self._ready and self._failed is None:
            return None
        waiting: Deferred[None] = Deferred()
        if self._failed is not None:
            waiting.errback(self._failed)
        else:
            self._waiting.append(waiting)
        return waiting

    async def _run(self) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self._state,
        }
        try:
            await self._application(scope, self._receive, self._send)
        except Exception:
            failure = Failure()
            if self._ready:
                tell("An ASGI application failed in its lifespan", failure)
            else:
                _log.info("The ASGI application knows no lifespan: {error}", error=repr(failure.value))
        self._supported = False
        self._become_ready(None)
        self._end()

    async def _receive(self) -> Event:
        while not self._events:
            self._reading = Deferred()
            await self._reading
        return self._events.pop(0)

    async def _send(self, event: Event) -> None:
        kind = event["type"]
        if kind == "lifespan.startup.complete":
            self._supported = True
            self._become_ready(None)
        elif kind == "lifespan.startup.failed":
            _log.error("The ASGI application cannot start: {why}", why=event.get("message", ""))
            self._become_ready(Failure(StartupFailed(event.get("message", ""))))
        elif kind == "lifespan.shutdown.complete":
            self._end()
        elif kind == "lifespan.shutdown.failed":
            _log.error("The ASGI application could not shut down in order: {why}", why=event.get("message", ""))
            self._end()
        else:
            raise Misuse(f"{kind!r} is no event of a lifespan")

    def _become_ready(self, failed: Failure | None) -> None:
        if self._ready:
            return
        self._ready = True
        self._failed = failed
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if failed is None:
                each.callback(None)
            else:
                each.errback(failed)

    def _end(self) -> None:
        ending, self._ending = self._ending, None
        if ending is not None:
            ending.callback(None)
