"""
What a type checker knows about a program's values. `assert_type` does nothing while this runs: mypy reads it, in
``dev.py check``, and would refuse another type. What is called here does its work all the same.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from typing_extensions import assert_type

from twisted.internet import protocol, task
from twisted.internet.defer import Deferred, DeferredList, gatherResults, inlineCallbacks, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTCP, IReactorTime
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory

if TYPE_CHECKING:
    from twisted.internet import reactor

    def the_default_reactor_is_passed_on_and_used() -> None:
        def on(clock: IReactorTime, network: IReactorTCP, late: IDelayedCall) -> None: ...

        on(reactor, reactor, reactor.callLater(1, print, "late"))
        assert_type(task.deferLater(reactor, 1, lambda: "late"), Deferred[str])
        reactor.callWhenRunning(reactor.stop)
        reactor.run()


class Greeting(protocol.Protocol):
    def connectionMade(self) -> None:
        self.transport.write(b"hello")


class Greetings(protocol.Factory):
    """Says nothing of what it makes, as most factories do, and a strict checker is content with that."""

    protocol = Greeting


def test_factories_without_a_parameter_make_any_protocol() -> None:
    made = Greetings().buildProtocol(None)

    assert made is not None
    transport = StringTransport()
    made.makeConnection(transport)
    assert transport.value() == b"hello"


def test_a_factory_for_a_protocol_makes_that_one() -> None:
    factory = protocol.Factory.forProtocol(Greeting)

    assert_type(factory, protocol.Factory[Greeting])
    made = factory.buildProtocol(None)
    assert_type(made, "Greeting | None")
    assert isinstance(made, Greeting)


def test_wrapping_factories_may_name_their_wrapper() -> None:
    class Wrapper(ProtocolWrapper):
        pass

    class Wrapping(WrappingFactory[Wrapper]):
        protocol = Wrapper

    assert isinstance(Wrapping(Greetings()).buildProtocol(None), Wrapper)


def test_lists_of_deferreds_fire_with_pairs() -> None:
    seen: list[object] = []
    pairs = DeferredList([succeed(1), succeed(2)])
    first = DeferredList([succeed("a")], fireOnOneCallback=True)
    assert_type(pairs, DeferredList[list[tuple[bool, int]]])
    assert_type(first, DeferredList[tuple[str, int]])

    async def look() -> None:
        gathered = await gatherResults([succeed("x"), succeed("y")])
        assert_type(gathered, list[str])
        got = await pairs
        assert_type(got, list[tuple[bool, int]])
        seen.extend([gathered, got, await first])

    Deferred.fromCoroutine(look())
    assert seen == [["x", "y"], [(True, 1), (True, 2)], ("a", 0)]


def test_what_is_called_later_gives_its_result() -> None:
    clock = Clock()
    seen: list[object] = []

    plain = task.deferLater(clock, 1, lambda: "plain")
    deferred = task.deferLater(clock, 1, lambda: succeed(2.5))
    nothing = task.deferLater(clock, 1)
    assert_type(plain, Deferred[str])
    assert_type(deferred, Deferred[float])
    assert_type(nothing, Deferred[None])
    waiting: list[Deferred[Any]] = [plain, deferred, nothing]
    for one in waiting:
        one.addCallback(seen.append)
    clock.advance(1)

    assert seen == ["plain", 2.5, None]


def test_generators_give_what_they_return() -> None:
    @inlineCallbacks
    def doubled(number: int) -> Generator[Deferred[int], int, str]:
        got = yield succeed(number)
        return str(2 * got)

    assert_type(doubled(2), Deferred[str])
    seen: list[str] = []
    doubled(2).addCallback(seen.append)
    assert seen == ["4"]
