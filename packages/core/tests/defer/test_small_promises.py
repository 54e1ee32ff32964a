"""What groups and loops say of themselves."""

from __future__ import annotations

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import Clock, LoopingCall


def test_what_gathers_results_fails_with_the_first_failure_and_says_so() -> None:
    waiting: Deferred[int] = Deferred()
    gathered = gatherResults([waiting])

    assert getattr(gathered, "fireOnOneErrback") is True  # noqa: B009 - the type is a plain Deferred
    waiting.callback(1)


def test_a_counting_loop_without_an_interval_counts_one_each_turn() -> None:
    clock = Clock()
    counts: list[int] = []

    def count(number: int) -> None:
        counts.append(number)
        if len(counts) == 3:
            loop.stop()

    loop = LoopingCall.withCount(count)
    loop.clock = clock
    loop.start(0)
    clock.advance(0)

    assert counts == [1, 1, 1]
