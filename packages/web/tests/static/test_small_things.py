"""
Bytes, redirections, files with a header of their own; producers; types.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.interfaces import IPullProducer
from twisted.web import static
from twisted.web.static import (
    ASISProcessor,
    Data,
    MultipleRangeStaticProducer,
    NoRangeStaticProducer,
    Redirect,
    Registry,
    SingleRangeStaticProducer,
    StaticProducer,
    getTypeAndEncoding,
    isDangerous,
    loadMimeTypes,
)
from twisted.web.test.requesthelper import DummyRequest

ClientOf = Callable[..., Any]


def test_data_is_sent_with_its_type(client_of: ClientOf) -> None:
    client = client_of(root := Data(b"abc", "text/x"))
    root.isLeaf = True

    answer = client.get("/")
    assert (answer.status, answer.body, answer["Content-Type"], answer["Content-Length"]) == (
        200,
        b"abc",
        "text/x",
        "3",
    )
    head = client.get("/", "HEAD")
    assert (head.body, head["Content-Type"], head["Content-Length"]) == (b"", "text/x", "3")
    assert client.get("/", "POST").status == 405


def test_a_redirect_adds_a_slash() -> None:
    request: Any = DummyRequest([])
    request.uri = b"/a?b"
    resource = Redirect(request)

    assert resource.url == b"/a/?b"
    assert b'href="/a/?b"' in resource.render(request)
    assert request.responseHeaders.getRawHeaders("location") == ["/a/?b"]


@pytest.mark.parametrize(
    ("uri", "expected"), [(b"/a", b"/a/"), (b"/a/", b"/a/"), (b"/a?b=/", b"/a/?b=/"), (b"//x/y", b"/x/y/")]
)
def test_add_slash_is_deprecated(uri: bytes, expected: bytes) -> None:
    request: Any = DummyRequest([])
    request.uri = uri

    with pytest.warns(DeprecationWarning, match=r"twisted.web.static.addSlash was deprecated in Twisted 16.0.0"):
        assert static.addSlash(request) == expected


def test_a_file_as_it_stands(tmp_path: Path, client_of: ClientOf) -> None:
    file = tmp_path / "x.asis"
    file.write_bytes(b"HTTP/1.1 299 Mine\r\nX: y\r\n\r\nbody")
    registry = Registry()
    resource = ASISProcessor(str(file), registry)
    resource.isLeaf = True
    client = client_of(resource)

    client.send("/", Range="bytes=0-3", If_None_Match="*")

    assert client.transport.value() == b"HTTP/1.1 299 Mine\r\nX: y\r\n\r\nbody"
    assert client.transport.disconnecting
    assert resource.registry is registry
    assert isinstance(ASISProcessor("x").registry, Registry)


@pytest.mark.parametrize(
    ("path", "dangerous"),
    [(b"..", True), (b"a/b", True), (b"/", True), (b"a", False), (b".", False), (b"", False), (b"...", False)],
)
def test_which_segments_are_dangerous(path: bytes, dangerous: bool) -> None:
    assert isDangerous(path) is dangerous


def test_the_page_for_dangerous_paths() -> None:
    assert static.dangerousPathError.code == 404


# Types


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.x", ("x/x", None)),
        ("A.X", ("x/x", None)),
        ("a.x.gz", ("x/x", "G")),
        ("a.gz", ("d/d", "G")),
        ("a.x.GZ", ("x/x", "G")),
        ("x", ("d/d", None)),
        (".x", ("d/d", None)),
        ("dir.x/file", ("d/d", None)),
        ("dir/file.x", ("x/x", None)),
    ],
)
def test_type_and_encoding(name: str, expected: tuple[str, str | None]) -> None:
    assert getTypeAndEncoding(name, {".x": "x/x"}, {".gz": "G"}, "d/d") == expected


def test_types_come_from_the_system_and_from_here() -> None:
    asked: list[Any] = []
    types = loadMimeTypes(["/x/mime.types"], asked.append)

    assert asked == [["/x/mime.types"]]
    assert (types[".html"], types[".png"], types[".oz"], types[".wasm"]) == (
        "text/html",
        "image/png",
        "text/x-oz",
        "application/wasm",
    )
    loadMimeTypes(init=asked.append)
    assert asked[1] is None


# Producers


class Consumer:
    """A request that asks its producer as often as the test says."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.producer: Any = None
        self.events: list[str] = []

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert not streaming
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.events.append("unregistered")

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def finish(self) -> None:
        self.events.append("finished")

    def loseConnection(self) -> None:
        self.events.append("lost")

    def pull(self) -> list[bytes]:
        while not self.events:
            self.producer.resumeProducing()
        return self.written


def test_a_whole_file_in_pieces() -> None:
    consumer, source = Consumer(), BytesIO(b"0123456")
    producer = NoRangeStaticProducer(consumer, source)
    producer.bufferSize = 3
    producer.start()

    assert IPullProducer.providedBy(producer)
    assert consumer.written == []
    assert consumer.pull() == [b"012", b"345", b"6"]
    assert consumer.events == ["unregistered", "finished"]
    assert source.closed
    assert producer.request is None
    producer.resumeProducing()
    assert consumer.written == [b"012", b"345", b"6"]


def test_a_whole_file_of_a_promised_size() -> None:
    for size, written, events in (
        (4, [b"012", b"3"], ["unregistered", "finished"]),
        (7, [b"012", b"345", b"6"], ["unregistered", "finished"]),
        (8, [b"012", b"345", b"6"], ["unregistered", "lost"]),
    ):
        consumer = Consumer()
        producer = NoRangeStaticProducer(consumer, BytesIO(b"0123456"))
        producer.bufferSize = 3
        producer._left = size
        producer.start()
        assert (consumer.pull(), consumer.events) == (written, events)


def test_one_part_of_a_file_in_pieces() -> None:
    consumer, source = Consumer(), BytesIO(b"0123456789")
    producer = SingleRangeStaticProducer(consumer, source, 2, 5)
    producer.bufferSize = 3
    producer.start()

    assert consumer.pull() == [b"234", b"56"]
    assert consumer.events == ["unregistered", "finished"]
    assert (producer.offset, producer.size, producer.bytesWritten) == (2, 5, 5)
    assert source.closed


def test_a_part_that_ends_too_early_is_broken_off() -> None:
    consumer = Consumer()
    SingleRangeStaticProducer(consumer, BytesIO(b"0123"), 2, 5).start()

    assert consumer.pull() == [b"23"]
    assert consumer.events == ["unregistered", "lost"]


def test_no_part_at_all_is_finished() -> None:
    consumer = Consumer()
    SingleRangeStaticProducer(consumer, BytesIO(b"0123"), 0, 0).start()

    assert consumer.pull() == []
    assert consumer.events == ["unregistered", "finished"]


def test_parts_with_what_comes_before_each() -> None:
    for size, written in (
        (4, [b"<a>0", b"1<b>", b"78", b"9<e>"]),
        (100, [b"<a>01<b>789<e>"]),
        (1, None),
    ):
        consumer, source = Consumer(), BytesIO(b"0123456789")
        producer = MultipleRangeStaticProducer(consumer, source, [(b"<a>", 0, 2), (b"<b>", 7, 3), (b"<e>", 0, 0)])
        producer.bufferSize = size
        producer.start()
        assert b"".join(consumer.pull()) == b"<a>01<b>789<e>"
        if written is not None and size == 100:
            assert consumer.written == written
        assert max(map(len, consumer.written)) <= max(size, 3) + 3
        assert consumer.events == ["unregistered", "finished"]
        assert source.closed


def test_parts_of_a_file_that_is_shorter_are_broken_off() -> None:
    consumer = Consumer()
    MultipleRangeStaticProducer(consumer, BytesIO(b"012"), [(b"<a>", 0, 2), (b"<b>", 7, 3), (b"<e>", 0, 0)]).start()

    consumer.pull()
    assert consumer.events == ["unregistered", "lost"]


def test_who_goes_closes_the_file() -> None:
    source = BytesIO(b"x")
    producer = NoRangeStaticProducer(Consumer(), source)
    producer.start()
    producer.stopProducing()
    producer.resumeProducing()

    assert source.closed
    assert producer.request is None


def test_the_base_is_abstract() -> None:
    producer = StaticProducer(Consumer(), BytesIO())

    assert StaticProducer.bufferSize == 65536
    for method in (producer.start, producer.resumeProducing):
        with pytest.raises(NotImplementedError, match="StaticProducer must override"):
            method()
