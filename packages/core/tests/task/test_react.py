"""A whole program in one function."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ReactorNotRunning
from twisted.internet.task import react
from twisted.logger import globalLogPublisher


class Reactor:
    """Runs what it is given, until it is stopped."""

    def __init__(self) -> None:
        self.running = False
        self.start: list[Any] = []
        self.shutdown: list[Any] = []
        self.stops = self.runs = 0
        self.during: Any = None

    def callWhenRunning(self, function: Any, *args: Any) -> None:
        if self.running:
            function(*args)
        else:
            self.start.append((function, args))

    def addSystemEventTrigger(self, phase: str, event: str, function: Any) -> None:
        assert (phase, event) == ("before", "shutdown")
        self.shutdown.append(function)

    def run(self) -> None:
        self.running = True
        self.runs += 1
        for function, args in self.start:
            function(*args)
        if self.during is not None:
            self.during()
        for function in self.shutdown:
            function()
        self.running = False

    def stop(self) -> None:
        if not self.running or self.stops:
            raise ReactorNotRunning("not running")
        self.stops += 1


def code_of(main: Any, reactor: Reactor, argv: Any = ()) -> Any:
    with pytest.raises(SystemExit) as ended:
        react(main, argv, _reactor=reactor)
    return ended.value.code


class OverAsyncio(Reactor):
    """As far as can be seen from outside."""

    class _asyncioEventloop:
        is_running = staticmethod(lambda: True)


@pytest.mark.parametrize(("kind", "running"), [(Reactor, False), (OverAsyncio, True)])
def test_main_gets_reactor_and_arguments_and_asyncio_s_loop_runs_already(kind: Any, running: bool) -> None:
    reactor, seen = kind(), list[Any]()

    def main(*args: Any) -> Deferred[None]:
        seen.append((reactor.running, args))
        return succeed(None)

    assert code_of(main, reactor, ["a", "b"]) == 0
    assert seen == [(running, (reactor, "a", "b"))]
    assert (reactor.stops, reactor.runs) == (1, 1)


def test_main_may_run_the_reactor_itself() -> None:
    def main(reactor: Any) -> Deferred[None]:
        reactor.run()
        return succeed(None)

    reactor = Reactor()
    assert code_of(main, reactor) == 0
    assert (reactor.stops, reactor.runs) == (0, 1)


def test_a_result_that_comes_later_stops_the_reactor() -> None:
    reactor = Reactor()
    later: Deferred[None] = Deferred()
    reactor.during = lambda: later.callback(None)

    assert code_of(lambda _: later, reactor) == 0
    assert reactor.stops == 1


def test_main_may_be_a_coroutine_function() -> None:
    async def main(reactor: Any) -> int:
        return 5

    assert code_of(main, Reactor()) == 0


def test_a_failure_is_logged_and_exits_with_1() -> None:
    events: list[Any] = []
    globalLogPublisher.addObserver(events.append)  # type: ignore[arg-type]
    try:
        assert code_of(lambda reactor: fail(KeyError("k")), Reactor()) == 1
    finally:
        globalLogPublisher.removeObserver(events.append)  # type: ignore[arg-type]

    (event,) = events
    assert event["log_format"] == "main function encountered error"
    assert event["log_failure"].check(KeyError)


def test_a_system_exit_keeps_its_code() -> None:
    assert code_of(lambda reactor: fail(SystemExit(23)), Reactor()) == 23


def test_what_main_raises_instead_of_a_deferred_is_raised() -> None:
    def broken(reactor: Any) -> Any:
        raise KeyError("at once")

    reactor, over_asyncio = Reactor(), OverAsyncio()
    with pytest.raises(KeyError):
        react(broken, _reactor=reactor)
    assert reactor.runs == 0
    with pytest.raises(KeyError):
        react(broken, _reactor=over_asyncio)
    assert over_asyncio.stops == 1
    with pytest.raises(TypeError, match="is not a coroutine or a Deferred"):
        react(lambda reactor: 5, _reactor=Reactor())  # type: ignore[arg-type, return-value]


def test_somebody_else_may_stop_the_reactor() -> None:
    reactor = Reactor()
    never: Deferred[None] = Deferred()
    reactor.during = reactor.stop
    assert code_of(lambda _: never, reactor) == 0
    never.callback(None)
    assert reactor.stops == 1
