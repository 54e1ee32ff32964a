"""Producers that write into TLS, and are paused and resumed by the transport below it."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IPushProducer

# Not nothing: a clock that is turned by hand would never be done with what falls due again at once.
_NEXT_TURN = 1e-8

# Any, throughout: producers and clocks come from users, with or without the interfaces.


@implementer(IPushProducer)
class Gate:
    """
    Pauses and resumes a producer for two reasons at once: the transport has no room, or TLS cannot go on.

    Each word is passed on once.
    """

    def __init__(self, producer: Any) -> None:
        self.producer = producer
        self._closed = {"transport": False, "tls": False}

    def _change(self, reason: str, closed: bool) -> None:
        before = any(self._closed.values())
        self._closed[reason] = closed
        after = any(self._closed.values())
        if after and not before:
            self.producer.pauseProducing()
        elif before and not after:
            self.producer.resumeProducing()

    def pauseProducing(self) -> None:
        """The transport has no room."""
        self._change("transport", True)

    def resumeProducing(self) -> None:
        """The transport has room."""
        self._change("transport", False)

    def hold(self) -> None:
        """TLS cannot go on."""
        self._change("tls", True)

    def release(self) -> None:
        """TLS goes on."""
        self._change("tls", False)

    def stopProducing(self) -> None:
        """There is nobody to write to any more."""
        self.producer.stopProducing()


@implementer(IPushProducer)
class Pulling:
    """Makes a pull producer push: it is asked for more in each turn, unless paused."""

    def __init__(self, producer: Any, clock: Any, failed: Any) -> None:
        self._producer = producer
        self._clock = clock
        self._failed = failed
        self._paused = False
        self._next: Any = clock.callLater(_NEXT_TURN, self._ask)

    def _ask(self) -> None:
        self._next = None
        try:
            self._producer.resumeProducing()
        except BaseException:
            from twisted.logger import Logger

            Logger("twisted.protocols.tls").failure("while {producer} produced", producer=self._producer)
            self._paused = True
            self._failed()
            return
        if not self._paused and self._next is None:
            self._next = self._clock.callLater(_NEXT_TURN, self._ask)

    def pauseProducing(self) -> None:
        """Ask for nothing."""
        self._paused = True
        waiting, self._next = self._next, None
        if waiting is not None:
            waiting.cancel()

    def resumeProducing(self) -> None:
        """Ask for more."""
        self._paused = False
        if self._next is None:
            self._next = self._clock.callLater(_NEXT_TURN, self._ask)

    def stopProducing(self) -> None:
        """Ask for nothing, and have it stop."""
        self.pauseProducing()
        self._producer.stopProducing()

    def finish(self) -> None:
        """It has produced everything."""
        self.pauseProducing()
