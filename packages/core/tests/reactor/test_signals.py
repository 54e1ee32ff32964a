"""Signals that come at any time: before the loop runs, in every phase of its beginning and end, more than once."""

from __future__ import annotations

import signal
from typing import Any

import pytest


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def number(request: pytest.FixtureRequest) -> int:
    chosen: int = request.param
    return chosen


@pytest.fixture
def notes(reactor: Any) -> list[str]:
    """Every phase of every event, as it comes."""
    made: list[str] = []
    for event in ("startup", "shutdown"):
        for phase in ("before", "during", "after"):
            reactor.addSystemEventTrigger(phase, event, made.append, f"{phase} {event}")
    return made


ALL = [f"{phase} {event}" for event in ("startup", "shutdown") for phase in ("before", "during", "after")]


@pytest.mark.parametrize("event", ["startup", "shutdown"])
@pytest.mark.parametrize("phase", ["before", "during", "after"])
def test_a_signal_in_any_phase_ends_the_reactor_once(
    reactor: Any, notes: list[str], number: int, event: str, phase: str
) -> None:
    former = signal.getsignal(number)
    sent: list[str] = []

    def send() -> None:
        # Before the handlers stand, a signal does what it always does.
        if signal.getsignal(number) is not former:
            sent.append(f"{phase} {event}")
            signal.raise_signal(number)

    def stop() -> None:
        if reactor.running:
            reactor.stop()

    reactor.addSystemEventTrigger(phase, event, send)
    reactor.callWhenRunning(reactor.callLater, 0, stop)

    reactor.run()

    assert notes == ALL and not reactor.running
    assert signal.getsignal(number) is former
    assert sent == [f"{phase} {event}"]


def test_a_second_signal_changes_nothing(reactor: Any, notes: list[str], number: int) -> None:
    for _ in range(3):
        reactor.callWhenRunning(signal.raise_signal, number)

    reactor.run()

    assert notes == ALL and reactor._exitSignal == number


def test_a_reactor_that_a_signal_ended_runs_again(reactor: Any, number: int) -> None:
    rounds: list[int] = []
    for round_ in range(3):
        reactor.callWhenRunning(rounds.append, round_)
        reactor.callWhenRunning(signal.raise_signal, number)
        reactor.run()
        assert not reactor.running

    assert rounds == [0, 1, 2]
