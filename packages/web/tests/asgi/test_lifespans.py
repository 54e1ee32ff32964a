"""What applications are told of their beginning and their end (ASGI lifespan 2.0)."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.web.asgi import ASGIResource

from .conftest import Client


class Hosted:
    """An application that does what it is told, and writes down what it is told itself."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.scopes: list[dict[str, Any]] = []
        self.send: Any = None
        # What it answers at once to an event of its life.
        self.answers: dict[str, dict[str, Any]] = {
            "lifespan.startup": {"type": "lifespan.startup.complete"},
            "lifespan.shutdown": {"type": "lifespan.shutdown.complete"},
        }
        self.error: BaseException | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        if scope["type"] != "lifespan":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"well"})
            return
        self.send = send
        if self.error is not None:
            raise self.error
        while True:
            event = await receive()
            self.told.append(event["type"])
            if event["type"] in self.answers:
                await send(self.answers[event["type"]])
            if event["type"] == "lifespan.shutdown":
                return


def said(sending: Any) -> None:
    """Have a coroutine of the application's run, which does not wait."""
    ended: list[Any] = []
    Deferred.fromCoroutine(sending).addCallback(ended.append)
    assert ended == [None]


@pytest.fixture
def hosted() -> Hosted:
    return Hosted()


@pytest.fixture
def client(hosted: Hosted) -> Client:
    return Client(hosted)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> task.Clock:
    import twisted.internet

    made = task.Clock()
    monkeypatch.setattr(twisted.internet, "reactor", made, raising=False)
    return made


def test_there_is_one_life() -> None:
    resource = ASGIResource(Hosted())

    assert resource.makeLifespanService() is resource.makeLifespanService()


def test_it_is_told_when_it_starts_and_when_it_ends(hosted: Hosted, client: Client, clock: task.Clock) -> None:
    life = client.resource.makeLifespanService()
    life.startService()
    assert hosted.told == ["lifespan.startup"] and life.running
    assert hosted.scopes == [{"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}]
    ended: list[Any] = []
    life.stopService().addCallback(ended.append)

    assert hosted.told == ["lifespan.startup", "lifespan.shutdown"] and ended == [None] and not life.running
    assert clock.getDelayedCalls() == []


def test_it_may_live_again(hosted: Hosted, client: Client, clock: task.Clock) -> None:
    life = client.resource.makeLifespanService()
    for _ in range(2):
        life.startService()
        life.stopService()

    assert hosted.told == ["lifespan.startup", "lifespan.shutdown"] * 2


def test_requests_wait_until_it_has_started(hosted: Hosted, client: Client) -> None:
    del hosted.answers["lifespan.startup"]
    client.resource.makeLifespanService().startService()
    client.ask()
    assert client.wire.value() == b""
    said(hosted.send({"type": "lifespan.startup.complete"}))

    assert client.wire.value().endswith(b"well")
    assert client.ask().count(b"well") == 2


def test_before_its_service_starts_requests_wait_as_well(hosted: Hosted, client: Client) -> None:
    life = client.resource.makeLifespanService()
    assert client.ask() == b""
    life.startService()

    assert client.wire.value().endswith(b"well")


def test_who_leaves_while_it_starts_is_not_answered(hosted: Hosted, client: Client) -> None:
    del hosted.answers["lifespan.startup"]
    client.resource.makeLifespanService().startService()
    client.ask()
    client.leave()
    said(hosted.send({"type": "lifespan.startup.complete"}))

    assert [scope["type"] for scope in hosted.scopes] == ["lifespan"] and client.wire.value() == b""


def test_what_it_keeps_is_there_for_each_request_as_a_copy(hosted: Hosted, client: Client) -> None:
    client.resource.makeLifespanService().startService()
    hosted.scopes[0]["state"]["pool"] = pool = object()
    client.ask()
    hosted.scopes[1]["state"]["more"] = 1
    client.ask()

    assert hosted.scopes[2]["state"] == {"pool": pool} and hosted.scopes[0]["state"] == {"pool": pool}


def test_one_that_cannot_start_is_503_and_says_so(
    hosted: Hosted, client: Client, logged: list[dict[str, Any]], clock: task.Clock
) -> None:
    hosted.answers["lifespan.startup"] = {"type": "lifespan.startup.failed", "message": "no database"}
    life = client.resource.makeLifespanService()
    client.ask()
    life.startService()
    client.ask()

    assert client.wire.value().count(b"HTTP/1.1 503 ") == 2
    assert client.wire.value().lower().count(b"content-length: 0") == 2
    errors = [event for event in logged if event["log_level"].name in ("error", "critical")]
    assert [event["why"] for event in errors] == ["no database"]
    assert life.stopService() is None


def test_who_leaves_while_it_cannot_start_is_not_answered(hosted: Hosted, client: Client) -> None:
    hosted.answers["lifespan.startup"] = {"type": "lifespan.startup.failed"}
    life = client.resource.makeLifespanService()
    client.ask()
    client.leave()
    life.startService()

    assert client.wire.value() == b""


def test_one_that_knows_no_life_simply_starts(
    hosted: Hosted, client: Client, logged: list[dict[str, Any]], clock: task.Clock
) -> None:
    hosted.error = AssertionError("only http")
    life = client.resource.makeLifespanService()
    life.startService()

    assert client.ask().endswith(b"well") and life.stopService() is None
    assert [event["log_level"].name for event in logged if event["log_namespace"] == "twisted.web.asgi"] == ["info"]
    assert "only http" in logged[0]["error"]


def test_one_that_returns_without_a_word_has_started(client: Client, clock: task.Clock) -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        return

    life = ASGIResource(silent).makeLifespanService()
    life.startService()

    assert life.whenReady() is None and life.stopService() is None


def test_an_error_in_the_middle_of_its_life_is_logged_and_it_goes_on(
    hosted: Hosted, client: Client, failures: list[Any], clock: task.Clock
) -> None:
    error = ZeroDivisionError()
    wakes: Deferred[None] = Deferred()

    async def breaking(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await send({"type": "lifespan.startup.complete"})
            await wakes
            raise error
        await hosted(scope, receive, send)

    client = Client(breaking)
    life = client.resource.makeLifespanService()
    life.startService()
    assert failures == []
    wakes.callback(None)

    assert failures == [error] and client.ask().endswith(b"well")
    assert life.stopService() is None


def test_one_that_dies_while_it_ends_is_not_waited_for(failures: list[Any], clock: task.Clock) -> None:
    async def breaking(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await receive()
        raise ZeroDivisionError

    life = ASGIResource(breaking).makeLifespanService()
    life.startService()
    ended: list[Any] = []
    life.stopService().addCallback(ended.append)

    assert ended == [None] and [type(one) for one in failures] == [ZeroDivisionError]


def test_one_that_ends_in_disorder_says_why(
    hosted: Hosted, client: Client, logged: list[dict[str, Any]], clock: task.Clock
) -> None:
    hosted.answers["lifespan.shutdown"] = {"type": "lifespan.shutdown.failed", "message": "still busy"}
    life = client.resource.makeLifespanService()
    life.startService()
    ended: list[Any] = []
    life.stopService().addCallback(ended.append)

    (event,) = [event for event in logged if event["log_level"].name == "error"]
    assert ended == [None] and event["why"] == "still busy"


def test_one_that_does_not_end_is_waited_for_half_a_minute(
    hosted: Hosted, client: Client, logged: list[dict[str, Any]], clock: task.Clock
) -> None:
    async def stubborn(scope: Any, receive: Any, send: Any) -> None:
        hosted.send = send
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await receive()
        await Deferred()

    life = ASGIResource(stubborn).makeLifespanService()
    life.startService()
    ended: list[Any] = []
    life.stopService().addCallback(ended.append)
    clock.advance(29.9)
    assert ended == []
    clock.advance(0.2)

    assert ended == [None]
    assert ["did not shut down" in event["log_format"] for event in logged if event["log_level"].name == "error"] == [
        True
    ]
    # Too late is as good as never.
    said(hosted.send({"type": "lifespan.shutdown.complete"}))
    assert ended == [None]


def test_words_that_are_none_of_a_life_are_misuse(hosted: Hosted, client: Client, failures: list[Any]) -> None:
    hosted.answers["lifespan.startup"] = {"type": "http.response.start"}
    caught: list[BaseException] = []

    async def speaking(scope: Any, receive: Any, send: Any) -> None:
        try:
            await send({"type": "http.response.start"})
        except RuntimeError as error:
            caught.append(error)

    ASGIResource(speaking).makeLifespanService().startService()

    assert [str(error) for error in caught] == ["'http.response.start' is no event of a lifespan"]


def test_what_is_said_twice_counts_once(hosted: Hosted, client: Client) -> None:
    life = client.resource.makeLifespanService()
    life.startService()
    said(hosted.send({"type": "lifespan.startup.failed", "message": "after all"}))

    assert life.whenReady() is None and client.ask().endswith(b"well")
