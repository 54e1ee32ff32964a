"""Requests and responses of ASGI applications (ASGI 3.0, HTTP 2.4)."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from twisted.internet.address import IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred

from .conftest import Client, Wire

START = {"type": "http.response.start", "status": 200, "headers": []}


def answering(*events: dict[str, Any]) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        for event in events:
            await send(event)

    return application


def start(status: int = 200, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": headers}


def body(data: bytes = b"", more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def scope_of(line: bytes, *fields: bytes, below: bytes = b"", sent: bytes = b"") -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)
        await send(start())
        await send(body())

    Client(application, below).ask(line, *fields, body=sent)
    return seen[0]


# What the application is told.


def test_the_scope_of_a_request() -> None:
    scope = scope_of(b"GET /a%20b/%C3%BC?q=%26 HTTP/1.1", b"X-One: 1", b"x-one: 2")

    assert scope == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/a b/\xfc",
        "raw_path": b"/a%20b/%C3%BC",
        "query_string": b"q=%26",
        "root_path": "",
        "headers": scope["headers"],
        "client": ("192.168.1.1", 54321),
        "server": ("10.0.0.1", 12345),
    }
    assert sorted(scope["headers"]) == [(b"host", b"example.com"), (b"x-one", b"1"), (b"x-one", b"2")]


def test_below_another_path_the_scope_says_so() -> None:
    scope = scope_of(b"GET /app/page HTTP/1.1", below=b"app")

    assert (scope["root_path"], scope["path"]) == ("/app", "/app/page")


def test_an_absolute_target_has_the_path_alone_in_the_scope() -> None:
    scope = scope_of(b"GET http://example.com/page?x HTTP/1.1")

    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/page", b"/page", b"x")


def test_http_1_0_is_told() -> None:
    assert scope_of(b"GET / HTTP/1.0")["http_version"] == "1.0"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (IPv6Address("TCP", "::1", 80), ("::1", 80)),
        (UNIXAddress("/run/web"), ("/run/web", None)),
        (UNIXAddress(None), None),
    ],
)
def test_addresses_are_pairs_or_nothing(address: Any, told: Any) -> None:
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["server"], scope["client"]))
        await send(start())
        await send(body())

    client = Client(application)
    client.wire = Wire(hostAddress=address, peerAddress=address)
    client.protocol = client.site.buildProtocol(None)
    client.protocol.makeConnection(client.wire)

    client.ask()

    assert seen == [(told, told)]


def test_a_state_belongs_to_a_lifespan_alone() -> None:
    assert "state" not in scope_of(b"GET / HTTP/1.1")


# Bodies of requests.


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("size", [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1])
def test_the_body_comes_whole_and_its_end_is_told_once(streams: bool, size: int) -> None:
    got: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        while not got or got[-1]["more_body"]:
            got.append(await receive())
        await send(start())
        await send(body(b"thanks"))

    answer = Client(application, streams=streams).ask(b"POST / HTTP/1.1", body=bytes(size))

    assert answer.endswith(b"\r\n\r\nthanks")
    assert b"".join(event["body"] for event in got) == bytes(size)
    assert [event["more_body"] for event in got] == [True] * (len(got) - 1) + [False]
    if not streams:
        assert [len(event["body"]) for event in got] == [256 * 1024] * (size // (256 * 1024)) + [size % (256 * 1024)]


def test_a_streamed_body_is_seen_while_it_comes() -> None:
    got: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        while not got or got[-1][1]:
            event = await receive()
            got.append((event["body"], event["more_body"]))
        await send(start())
        await send(body())

    client = Client(application, streams=True)
    client.say(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
    assert got == [(b"abc", True)]
    client.say(b"def")
    assert b"".join(piece for piece, _ in got) == b"abcdef" and got[-1][1] is False


def test_a_client_that_leaves_in_the_middle_of_its_body_is_told() -> None:
    got: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        while got.count("http.disconnect") < 2:
            got.append((await receive())["type"])

    client = Client(application, streams=True)
    client.say(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
    client.leave()

    assert got == ["http.request", "http.disconnect", "http.disconnect"]


# Responses.


def test_a_response_in_one_piece_says_its_length() -> None:
    answer = Client(answering(start(201, (b"X-Said", b"a"), (b"x-said", b"b")), body(b"made"))).ask()

    head, _, content = answer.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"http/1.1 201 created" and content == b"made"
    assert lines.count(b"x-said: a") == lines.count(b"x-said: b") == 1
    assert b"content-length: 4" in lines and not any(line.startswith(b"content-type") for line in lines)


def test_a_response_in_pieces_is_chunked() -> None:
    answer = Client(answering(start(), body(b"one", True), body(b"two", True), body())).ask()

    assert b"transfer-encoding: chunked" in answer.lower()
    assert answer.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


def test_fields_of_the_connection_are_the_servers() -> None:
    answer = Client(
        answering(start(200, (b"Connection", b"close"), (b"transfer-encoding", b"chunked"), (b"x", b"y")), body(b"z"))
    ).ask()

    assert b"close" not in answer and b"chunked" not in answer and b"x: y" in answer.lower()


@pytest.mark.parametrize("status", [204, 304])
def test_a_response_without_a_body_has_none(status: int) -> None:
    answer = Client(answering(start(status), body(b"ignored"))).ask()

    assert answer.endswith(b"\r\n\r\n") and b"ignored" not in answer and b"content-length" not in answer.lower()


@pytest.mark.parametrize("status", [200, 201, 203, 205, 299, 303, 305, 404])
def test_an_empty_response_says_so(status: int) -> None:
    answer = Client(answering(start(status), body())).ask()

    assert answer.endswith(b"\r\n\r\n") and b"\r\nContent-Length: 0\r\n" in answer


def test_head_has_the_length_and_not_the_body() -> None:
    answer = Client(answering(start(), body(b"12345"))).ask(b"HEAD / HTTP/1.1")

    assert answer.endswith(b"\r\n\r\n") and b"content-length: 5" in answer.lower()


def test_nothing_is_sent_before_the_body_begins(failures: list[Any]) -> None:
    client = Client(answering(start()))
    answer = client.ask()

    assert answer.startswith(b"HTTP/1.1 500 ") and "without completing its response" in str(failures[0])


@pytest.mark.parametrize(
    ("events", "complaint"),
    [
        ([start(), start()], "http.response.start came twice"),
        ([body(b"x")], "http.response.body came before http.response.start"),
        ([{"type": "http.response.tail"}], "'http.response.tail' is no event of a response"),
        ([start(200, (b"content-length", b"-1")), body()], "must be a number of bytes, not b'-1'"),
        (
            [start(200, (b"content-length", b"1"), (b"Content-Length", b"2")), body(b"1")],
            "given twice, and differently",
        ),
    ],
)
def test_misuse_before_anything_is_sent_is_500(events: list[Any], complaint: str, failures: list[Any]) -> None:
    client = Client(answering(*events))

    assert client.ask().startswith(b"HTTP/1.1 500 ") and not client.wire.disconnecting
    assert complaint in str(failures[0])


@pytest.mark.parametrize(
    ("data", "sent", "complaint"),
    [(b"1234", b"", "more than the 3 bytes"), (b"12", b"12", "has 2 bytes, and not the 3")],
)
def test_a_promise_that_is_not_kept_ends_the_connection(
    data: bytes, sent: bytes, complaint: str, failures: list[Any]
) -> None:
    client = Client(answering(start(200, (b"content-length", b"3")), body(data)))

    assert client.ask().partition(b"\r\n\r\n")[2] == sent and client.wire.disconnecting
    assert complaint in str(failures[0])


@pytest.mark.parametrize(
    ("line", "status", "kept"),
    [
        (b"HEAD / HTTP/1.1", 200, True),
        (b"GET / HTTP/1.1", 204, True),
        (b"GET / HTTP/1.1", 304, True),
        (b"GET / HTTP/1.1", 205, False),
        (b"GET / HTTP/1.1", 303, False),
        (b"GET / HTTP/1.1", 305, False),
    ],
)
def test_a_length_without_a_body_is_a_promise_where_there_is_a_body(
    line: bytes, status: int, kept: bool, failures: list[Any]
) -> None:
    client = Client(answering(start(status, (b"content-length", b"3")), body()))

    client.ask(line)

    assert client.wire.disconnecting is not kept and len(failures) == (not kept)


@pytest.mark.parametrize("values", [(b"3",), (b"3", b"3")])
def test_a_promise_may_be_kept(values: tuple[bytes, ...]) -> None:
    client = Client(answering(start(200, *((b"content-length", value) for value in values)), body(b"abc")))

    head, _, rest = client.ask().partition(b"\r\n\r\n")
    assert rest == b"abc" and b"Content-Length: 3" in head and not client.wire.disconnecting


def test_what_is_sent_behind_the_end_is_misuse_and_the_response_stands(failures: list[Any]) -> None:
    client = Client(answering(start(), body(b"done"), body(b"more")))
    answer = client.ask()

    assert answer.endswith(b"done") and "after the response was complete" in str(failures[0])
    assert not client.wire.disconnecting


def test_an_error_before_the_response_is_500(failures: list[Any]) -> None:
    error = ZeroDivisionError()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        raise error

    client = Client(application)
    head, _, content = client.ask().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 500 ") and content == b"Internal Server Error" and failures == [error]
    assert b"\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 21" in head
    # The connection lives.
    assert client.ask().count(b"HTTP/1.1 500 ") == 2


def test_an_error_in_the_middle_of_the_response_cuts_it(failures: list[Any]) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"begun", True))
        raise ZeroDivisionError

    client = Client(application)
    answer = client.ask()

    assert b"begun" in answer and not answer.endswith(b"0\r\n\r\n") and client.wire.disconnecting
    assert [type(one) for one in failures] == [ZeroDivisionError]


@pytest.mark.parametrize("error", [asyncio.CancelledError, SystemExit, KeyboardInterrupt, GeneratorExit])
def test_an_application_that_wants_all_to_end_is_an_error_too(error: type[BaseException], failures: list[Any]) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        raise error

    assert Client(application).ask().startswith(b"HTTP/1.1 500 ")
    assert [type(one) for one in failures] == [error]


class AsyncLibraryNotFoundError(RuntimeError):
    """What sniffio raises."""


class NoEventLoopError(RuntimeError):
    """What anyio raises."""


HINT = "The ASGI application uses asyncio: run it with the asyncio reactor (twist --reactor=asyncio web ...)"


def hints_at(error: Exception, logged: list[dict[str, Any]]) -> list[str]:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        raise error

    assert Client(application).ask().startswith(b"HTTP/1.1 500 ")
    assert logged[0]["log_failure"].value is error
    return [event["log_format"] for event in logged[1:]]


@pytest.mark.parametrize("loaded", [True, False])
@pytest.mark.parametrize(
    ("error", "hinted"),
    [
        (RuntimeError("no running event loop"), True),
        (AsyncLibraryNotFoundError(), True),
        (NoEventLoopError(), True),
        (RuntimeError("something else"), False),
        (ValueError("no running event loop"), False),
    ],
)
def test_who_looks_for_asyncio_in_vain_is_told_where_it_is(
    error: Exception, hinted: bool, loaded: bool, logged: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not loaded:
        monkeypatch.delitem(sys.modules, "asyncio")

    assert hints_at(error, logged) == [HINT] * hinted


def test_who_has_asyncio_is_not_told_where_it_is(logged: list[dict[str, Any]]) -> None:
    async def under_asyncio() -> list[str]:
        return hints_at(RuntimeError("no running event loop"), logged)

    assert asyncio.run(under_asyncio()) == []


# Clients that leave, and slow ones.


def test_who_sends_to_a_client_that_has_gone_gets_an_oserror(failures: list[Any]) -> None:
    caught: list[BaseException] = []
    go_on: Deferred[None] = Deferred()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"begun", True))
        await go_on
        try:
            await send(body(b"more", True))
        except OSError as error:
            caught.append(error)
            raise

    client = Client(application)
    client.ask()
    client.leave()
    go_on.callback(None)

    assert len(caught) == 1 and failures == []


def test_who_waits_for_the_end_is_told_that_the_client_has_gone() -> None:
    got: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        got.append((await receive())["type"])
        got.append((await receive())["type"])

    client = Client(application)
    client.ask()
    assert got == ["http.request"]
    client.leave()
    assert got == ["http.request", "http.disconnect"]


def test_who_waits_for_the_end_is_told_when_the_response_is_complete() -> None:
    got: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(start())
        await send(body(b"done"))
        got.append((await receive())["type"])

    Client(application).ask()
    assert got == ["http.disconnect"]


def test_an_application_waits_for_a_slow_client() -> None:
    sent: list[int] = []
    go_on: Deferred[None] = Deferred()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"begun", True))
        await go_on
        for number in range(3):
            await send(body(b"x", True))
            sent.append(number)
        await send(body())

    client = Client(application)
    client.ask()
    transport: Any = client.wire.producer
    transport.pauseProducing()
    go_on.callback(None)
    assert sent == []
    transport.resumeProducing()

    assert sent == [0, 1, 2] and client.wire.value().endswith(b"0\r\n\r\n")


def test_an_application_that_waits_for_a_client_that_leaves_is_told() -> None:
    ended: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        client.wire.producer.pauseProducing()
        await send(body(b"begun", True))
        ended.append("sent")
        with pytest.raises(OSError, match="the client is gone"):
            await send(body(b"more", True))
        ended.append("told")

    client: Any = Client(application)
    client.ask()
    assert ended == []

    client.leave()

    assert ended == ["sent", "told"]


def test_who_is_told_to_stop_is_told_so() -> None:
    told: list[BaseException] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"begun", True))
        client.wire.producer.pauseProducing()
        client.wire.producer.stopProducing()
        try:
            await send(body(b"more", True))
        except OSError as error:
            told.append(error)

    client: Any = Client(application)
    client.ask()

    assert [str(error) for error in told] == ["the client is gone"]


def test_an_application_has_no_children() -> None:
    client = Client(answering())
    with pytest.raises(RuntimeError, match="Cannot put IResource children under ASGIResource"):
        client.resource.putChild(b"x", None)
    with pytest.raises(RuntimeError, match="Cannot get IResource children from ASGIResource"):
        client.resource.getChildWithDefault(b"x", None)
