"""
Asking a producer that waits to be asked.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IPushProducer


@implementer(IPushProducer)
class Pulling:
    """
    Makes a push producer of a pull producer: asks it again and again while there is room.

    Args:
        producer: The pull producer.
        consumer: What it writes to.
    """

    def __init__(self, producer: Any, consumer: Any) -> None:
        self._producer = producer
        self._consumer = consumer
        self._task: Any = None
        self._paused = False

    def start(self) -> None:
        """Begin to ask."""
        from twisted.internet.task import cooperate

        self._task = cooperate(self._ask())

    def _ask(self) -> Any:
        while True:
            try:
                self._producer.resumeProducing()
            except Exception:
                from twisted.logger import Logger

                Logger("twisted.web.http").failure("{producer} failed to produce", producer=self._producer)
                try:
                    self._consumer.unregisterProducer()
                finally:
                    self.stop()
                self._consumer.loseConnection()
            # Whoever was stopped meanwhile gets no further than this.
            yield None

    def stop(self) -> None:
        """Ask no more, ever."""
        task, self._task = self._task, None
        if task is not None:
            from twisted.internet.task import TaskFinished

            try:
                task.stop()
            except TaskFinished:
                # It has stopped itself.
                pass

    def pauseProducing(self) -> None:
        """Ask no more for now."""
        if self._task is not None and not self._paused:
            self._paused = True
            self._task.pause()

    def resumeProducing(self) -> None:
        """Ask on."""
        if self._task is not None and self._paused:
            self._paused = False
            self._task.resume()

    def stopProducing(self) -> None:
        """Nobody reads any more."""
        self.stop()
        self._producer.stopProducing()
