"""Signals that come at any time: before the loop runs, in every phase of its beginning and end, more than once."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest

from twisted.internet._reactor.signals import Signals
from twisted.internet.testing import EventLoggingObserver
from twisted.logger import globalLogPublisher


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


@pytest.mark.parametrize(("method", "name"), [("sigInt", "SIGINT"), ("sigBreak", "SIGBREAK"), ("sigTerm", "SIGTERM")])
def test_each_handler_stops_the_reactor_and_says_why(reactor: Any, notes: list[str], method: str, name: str) -> None:
    events = EventLoggingObserver()
    globalLogPublisher.addObserver(events)
    reactor.callWhenRunning(getattr(reactor, method), 77, None)
    reactor.run(installSignalHandlers=False)
    globalLogPublisher.removeObserver(events)

    assert notes == ALL and reactor._exitSignal == 77
    assert [event["signal"] for event in events if "signal" in event] == [name]


class Interpreter:
    """What `signal` does, without doing it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.handlers: dict[int, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
        self.wakeups: list[Any] = []
        self.refuses = False
        monkeypatch.setattr(signal, "signal", self.signal)
        monkeypatch.setattr(signal, "getsignal", self.handlers.get)
        monkeypatch.setattr(signal, "set_wakeup_fd", self.set_wakeup_fd)

    def signal(self, number: int, handler: Any) -> Any:
        before, self.handlers[number] = self.handlers.get(number), handler
        return before

    def set_wakeup_fd(self, fd: int, **words: Any) -> int:
        if self.refuses:
            raise ValueError("only in the main thread of the main interpreter")
        self.wakeups.append((fd, words))
        return 3


@pytest.fixture
def interpreter(monkeypatch: pytest.MonkeyPatch) -> Interpreter:
    return Interpreter(monkeypatch)


def ours() -> Signals:
    handlers: dict[str, Any] = {"SIGINT": print, "SIGTERM": repr}
    return Signals(handlers)


def test_handlers_are_put_in_place_and_back(interpreter: Interpreter) -> None:
    signals = ours()
    signals.install(5)
    assert interpreter.handlers == {signal.SIGINT: print, signal.SIGTERM: repr}
    assert interpreter.wakeups == [(5, {"warn_on_full_buffer": False})]
    signals.wake_by(6)
    assert interpreter.wakeups[1:] == [(6, {"warn_on_full_buffer": False})]
    signals.restore()
    assert interpreter.handlers == {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    assert interpreter.wakeups[2:] == [(3, {})]
    signals.restore()
    signals.wake_by(7)

    assert len(interpreter.wakeups) == 3


def test_a_programs_own_handler_of_interrupts_stays_and_one_that_came_later_too(interpreter: Interpreter) -> None:
    interpreter.handlers[signal.SIGINT] = len
    signals = ours()
    signals.install(5)
    assert interpreter.handlers == {signal.SIGINT: len, signal.SIGTERM: repr}
    interpreter.handlers[signal.SIGTERM] = len
    signals.restore()

    assert interpreter.handlers == {signal.SIGINT: len, signal.SIGTERM: len}


def test_a_handler_that_was_none_of_pythons_becomes_the_default(interpreter: Interpreter) -> None:
    interpreter.handlers[signal.SIGTERM] = None
    signals = ours()
    signals.install(5)
    signals.restore()

    assert interpreter.handlers[signal.SIGTERM] is signal.SIG_DFL


def test_without_a_descriptor_nothing_is_woken(interpreter: Interpreter) -> None:
    signals = ours()
    signals.install(-1)
    signals.wake_by(6)
    signals.restore()

    assert interpreter.wakeups == []


def test_descriptor_zero_is_one_too(interpreter: Interpreter) -> None:
    ours().install(0)

    assert interpreter.wakeups == [(0, {"warn_on_full_buffer": False})]


def test_in_an_interpreter_that_refuses_signals_come_later(interpreter: Interpreter) -> None:
    interpreter.refuses = True
    signals = ours()
    signals.install(5)
    assert interpreter.handlers[signal.SIGTERM] is repr
    signals.wake_by(6)
    signals.restore()

    assert interpreter.handlers[signal.SIGTERM] is signal.SIG_DFL and interpreter.wakeups == []


def test_in_another_thread_nothing_is_done(interpreter: Interpreter) -> None:
    signals = ours()
    thread = threading.Thread(target=signals.install, args=(5,))
    thread.start()
    thread.join()

    assert interpreter.handlers[signal.SIGTERM] is signal.SIG_DFL and interpreter.wakeups == []
