"""
A proxy between a producer and a consumer.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IConsumer, IProducer

__all__ = ["BasicProducerConsumerProxy", "ProducerConsumerProxy"]

# Any: a consumer and a producer of whatever kind, and data of whatever type the two agree on.


@implementer(IProducer, IConsumer)
class BasicProducerConsumerProxy:
    """
    A consumer to its producer, and the producer of its consumer.

    It keeps what is written while the consumer does not want it, however much that is.

    Attributes:
        consumer: Where to; `None` once it wants no more.
        iAmStreaming: Whether it pushes to the consumer; otherwise it is pulled.
        producer, producerIsStreaming: The registered producer, and whether it pushes.
        outstandingPull: Whether the consumer has asked for data and not got any.
        paused: Whether the consumer wants none.
        stopped: Whether the consumer will want none any more.
    """

    consumer: Any = None
    producer: Any = None
    producerIsStreaming: bool | None = None
    iAmStreaming: bool = True
    outstandingPull: bool = False
    paused: bool = False
    stopped: bool = False

    def __init__(self, consumer: Any) -> None:
        self._buffer: list[Any] = []
        if consumer is not None:
            self.consumer = consumer
            consumer.registerProducer(self, self.iAmStreaming)

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__}@{id(self):x} around {self.consumer}>"

    def _may_write(self) -> bool:
        """Tell whether the consumer wants data now."""
        return not self.paused and (self.iAmStreaming or self.outstandingPull)

    def _hand_over(self, data: Any) -> None:
        self.outstandingPull = False
        self.consumer.write(data)

    def _flush(self) -> None:
        """Give the consumer what is kept, in one piece."""
        if self._buffer and self.consumer is not None:
            kept, self._buffer = self._buffer, []
            self._hand_over(kept[0][:0].join(kept))

    # As a producer, called by the consumer

    def pauseProducing(self) -> None:
        """Want no data for now."""
        self.paused = True
        if self.producer is not None and self.producerIsStreaming:
            self.producer.pauseProducing()

    def resumeProducing(self) -> None:
        """Want data: those that are kept, then the producer's."""
        self.paused = False
        if not self.iAmStreaming:
            self.outstandingPull = True
        had_some = bool(self._buffer)
        self._flush()
        if self.producer is not None and (self.producerIsStreaming or self.outstandingPull or not had_some):
            self.producer.resumeProducing()

    def stopProducing(self) -> None:
        """Want no data any more."""
        self.stopped = True
        self.consumer = None
        self._buffer = []
        if self.producer is not None:
            self.producer.stopProducing()

    # As a consumer, called by the producer

    def write(self, data: Any) -> None:
        """Give data to the consumer, now or when it wants them."""
        if self.stopped:
            return
        if self._may_write() and self.consumer is not None:
            self._hand_over(data)
        elif data:
            self._buffer.append(data)

    def finish(self) -> None:
        """Tell the consumer that this was all."""
        if self.consumer is not None:
            self._flush()
            self.consumer.finish()
        self.unregisterProducer()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Take a producer. One that is to be pulled is asked for data when the consumer wants some.

        Raises:
            RuntimeError: There is one already.
        """
        if self.producer is not None:
            raise RuntimeError(f"{self!r} has a producer already: {self.producer!r}")
        if self.stopped:
            producer.stopProducing()
            return
        self.producer = producer
        self.producerIsStreaming = streaming
        if self.paused and streaming:
            producer.pauseProducing()
        elif not streaming and self._may_write():
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """Forget the producer, and be none to the consumer any more."""
        if self.producer is not None:
            self.producer = None
            self.producerIsStreaming = None
        if self.consumer is not None:
            self.consumer.unregisterProducer()


@implementer(IProducer, IConsumer)
class ProducerConsumerProxy(BasicProducerConsumerProxy):
    """
    A proxy that also holds up a pushing producer, when it keeps too much.

    Attributes:
        bufferSize: How much it keeps before that.
        producerPaused: Whether the producer is held up.
        unregistered: Whether there will be no more from the producer; the consumer is told when it has got all.
    """

    bufferSize: int = 65536
    producerPaused: bool = False
    unregistered: bool = False

    def _kept(self) -> int:
        return sum(map(len, self._buffer))

    def pauseProducing(self) -> None:
        """Want no data for now. The producer may go on until too much is kept."""
        self.paused = True

    def resumeProducing(self) -> None:
        """Want data: those that are kept, then the producer's."""
        self.paused = False
        if not self.iAmStreaming:
            self.outstandingPull = True
        self._flush()
        if self.unregistered and not self._buffer:
            self._leave()
        elif self.producer is not None and self._may_write() and (not self.producerIsStreaming or self.producerPaused):
            self.producerPaused = False
            self.producer.resumeProducing()

    def write(self, data: Any) -> None:
        """Give data to the consumer, now or when it wants them."""
        super().write(data)
        if (
            self.producerIsStreaming
            and not self.producerPaused
            and self.producer is not None
            and self._kept() >= self.bufferSize
        ):
            self.producerPaused = True
            self.producer.pauseProducing()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Take a producer, which may write until too much is kept."""
        self.unregistered = False
        self.producerPaused = False
        paused, self.paused = self.paused, self.paused and not streaming
        try:
            super().registerProducer(producer, streaming)
        finally:
            self.paused = paused

    def unregisterProducer(self) -> None:
        """Forget the producer; the consumer is told when it has got what is kept."""
        self.producer = None
        self.producerIsStreaming = None
        self.unregistered = True
        if not self._buffer:
            self._leave()

    def _leave(self) -> None:
        self.unregistered = False
        if self.consumer is not None:
            self.consumer.unregisterProducer()
