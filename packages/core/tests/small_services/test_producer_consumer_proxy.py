"""A proxy between a producer and a consumer."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet.interfaces import IConsumer, IProducer
from twisted.protocols.pcp import BasicProducerConsumerProxy, ProducerConsumerProxy


class Consumer:
    def __init__(self) -> None:
        self.got: list[Any] = []

    def write(self, data: Any) -> None:
        self.got.append(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        self.producer, self.streaming = producer, streaming

    def unregisterProducer(self) -> None:
        self.got.append("no producer")

    def finish(self) -> None:
        self.got.append("finished")


class Producer:
    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


class Pulled(BasicProducerConsumerProxy):
    iAmStreaming = False


class BoundedAndPulled(ProducerConsumerProxy):
    iAmStreaming = False


EACH = [BasicProducerConsumerProxy, ProducerConsumerProxy]


@pytest.mark.parametrize("kind", [*EACH, Pulled, BoundedAndPulled])
def test_it_is_its_consumers_producer(kind: Any) -> None:
    consumer = Consumer()
    proxy = kind(consumer)

    assert verifyObject(IProducer, proxy)
    assert verifyObject(IConsumer, proxy)
    assert (consumer.producer, consumer.streaming) == (proxy, kind.iAmStreaming)
    assert repr(proxy).endswith(f"around {consumer}>")
    assert kind(None).consumer is None


@pytest.mark.parametrize("kind", EACH)
@pytest.mark.parametrize("data", [(b"a", b"b", b"c"), ("a", "b", "c")])
def test_what_is_written_during_a_pause_comes_afterwards_in_one_piece(kind: Any, data: Any) -> None:
    consumer = Consumer()
    proxy = kind(consumer)
    a, b, c = data

    proxy.write(a)
    proxy.pauseProducing()
    proxy.write(b)
    proxy.write(c)
    assert consumer.got == [a]
    proxy.resumeProducing()

    assert consumer.got == [a, b + c]


@pytest.mark.parametrize("kind", [Pulled, BoundedAndPulled])
def test_a_pulling_consumer_gets_one_piece_for_each_pull(kind: Any) -> None:
    consumer = Consumer()
    proxy = kind(consumer)

    proxy.write(b"a")
    proxy.write(b"b")
    assert consumer.got == []
    proxy.resumeProducing()
    assert consumer.got == [b"ab"]
    proxy.write(b"c")
    assert consumer.got == [b"ab"]
    proxy.resumeProducing()
    assert consumer.got == [b"ab", b"c"]
    proxy.resumeProducing()
    assert proxy.outstandingPull
    proxy.write(b"d")

    assert consumer.got == [b"ab", b"c", b"d"]
    assert not proxy.outstandingPull


def test_a_pushing_producer_is_paused_and_resumed() -> None:
    producer, proxy = Producer(), BasicProducerConsumerProxy(Consumer())
    proxy.registerProducer(producer, True)

    proxy.pauseProducing()
    proxy.resumeProducing()

    assert producer.told == ["pause", "resume"]


def test_a_producer_that_comes_during_a_pause_is_paused() -> None:
    producer, proxy = Producer(), BasicProducerConsumerProxy(Consumer())
    proxy.pauseProducing()

    proxy.registerProducer(producer, True)

    assert producer.told == ["pause"]


@pytest.mark.parametrize("kind", EACH)
def test_a_producer_to_be_pulled_is_pulled_when_the_consumer_wants_data(kind: Any) -> None:
    producer, proxy = Producer(), kind(Consumer())
    proxy.registerProducer(producer, False)
    assert producer.told == ["resume"]

    proxy.pauseProducing()
    assert producer.told == ["resume"]
    proxy.resumeProducing()

    assert producer.told == ["resume", "resume"]


@pytest.mark.parametrize("kind", [*EACH, Pulled, BoundedAndPulled])
def test_a_consumer_that_wants_no_more_stops_the_producer(kind: Any) -> None:
    consumer, producer = Consumer(), Producer()
    proxy = kind(consumer)
    proxy.registerProducer(producer, True)

    proxy.stopProducing()
    proxy.write(b"late")

    assert producer.told == ["stop"]
    assert consumer.got == []
    assert (proxy.stopped, proxy.consumer) == (True, None)
    late = Producer()
    proxy.unregisterProducer()
    proxy.registerProducer(late, True)
    assert late.told == ["stop"]


@pytest.mark.parametrize("kind", EACH)
def test_there_is_one_producer(kind: Any) -> None:
    proxy = kind(Consumer())
    proxy.registerProducer(Producer(), True)

    with pytest.raises(RuntimeError, match="has a producer already"):
        proxy.registerProducer(Producer(), True)


def test_finishing_flushes_and_leaves() -> None:
    consumer = Consumer()
    proxy = BasicProducerConsumerProxy(consumer)
    proxy.registerProducer(Producer(), True)
    proxy.pauseProducing()
    proxy.write(b"last")

    proxy.finish()

    assert consumer.got == [b"last", "finished", "no producer"]
    assert (proxy.producer, proxy.producerIsStreaming) == (None, None)


def bounded() -> tuple[Consumer, Producer, ProducerConsumerProxy]:
    consumer, producer = Consumer(), Producer()
    proxy = ProducerConsumerProxy(consumer)
    proxy.bufferSize = 4
    proxy.registerProducer(producer, True)
    return consumer, producer, proxy


def test_a_bounded_proxy_pauses_its_producer_when_it_keeps_too_much() -> None:
    consumer, producer, proxy = bounded()

    proxy.pauseProducing()
    proxy.write(b"123")
    assert (producer.told, proxy.producerPaused) == ([], False)
    proxy.write(b"4")
    proxy.write(b"5")
    assert (producer.told, proxy.producerPaused) == (["pause"], True)
    proxy.resumeProducing()

    assert consumer.got == [b"12345"]
    assert (producer.told, proxy.producerPaused) == (["pause", "resume"], False)


def test_a_producer_that_was_not_paused_is_not_resumed() -> None:
    _, producer, proxy = bounded()

    proxy.pauseProducing()
    proxy.resumeProducing()

    assert producer.told == []


def test_a_producer_may_leave_before_all_is_consumed() -> None:
    consumer, _, proxy = bounded()
    proxy.pauseProducing()
    proxy.write(b"x")

    proxy.unregisterProducer()
    assert (consumer.got, proxy.unregistered) == ([], True)
    proxy.resumeProducing()

    assert consumer.got == [b"x", "no producer"]
    assert not proxy.unregistered


def test_a_producer_that_leaves_with_nothing_kept_leaves_at_once() -> None:
    consumer, _, proxy = bounded()

    proxy.unregisterProducer()

    assert consumer.got == ["no producer"]
    assert ProducerConsumerProxy.bufferSize == 65536


@pytest.mark.parametrize("pieces", [[b"abc"], [b"abc", b"def", b"ghi"], ["abc"], ["abc", "", "def"]])
def test_what_is_kept_is_handed_over_whole_and_in_one_piece(pieces: list[Any]) -> None:
    consumer = Consumer()
    proxy = BasicProducerConsumerProxy(consumer)
    proxy.pauseProducing()
    for piece in pieces:
        proxy.write(piece)
    assert consumer.got == []

    proxy.resumeProducing()

    assert consumer.got == [pieces[0][:0].join(pieces)]
