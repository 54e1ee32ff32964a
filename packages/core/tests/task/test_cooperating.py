"""Long work in small steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from twisted.internet import task
from twisted.internet.defer import Deferred
from twisted.internet.task import (
    Cooperator,
    NotPaused,
    SchedulerError,
    SchedulerStopped,
    TaskDone,
    TaskFailed,
    TaskFinished,
    TaskStopped,
)


class Scheduler:
    """Turns when it is told to."""

    def __init__(self) -> None:
        self.pending: list[Callable[[], None]] = []

    def __call__(self, function: Callable[[], None]) -> Any:
        self.pending.append(function)
        scheduler = self

        class Call:
            def cancel(self) -> None:
                scheduler.pending.remove(function)

        return Call()

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            pending, self.pending = self.pending, []
            for function in pending:
                function()


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler()


@pytest.fixture
def cooperator(scheduler: Scheduler) -> Cooperator:
    """One step a turn."""
    return Cooperator(terminationPredicateFactory=lambda: lambda: True, scheduler=scheduler)


def counting(log: list[Any], name: str, count: int) -> Iterator[None]:
    for number in range(count):
        log.append((name, number))
        yield


def failure_of(deferred: Deferred[Any]) -> type:
    caught: list[Any] = []
    deferred.addErrback(caught.append)
    return caught[0].type  # type: ignore[no-any-return]


def test_iterators_take_steps_in_turn(scheduler: Scheduler, cooperator: Cooperator) -> None:
    log: list[Any] = []
    first = cooperator.cooperate(counting(log, "a", 2))
    cooperator.cooperate(counting(log, "b", 2))
    assert log == [] and len(scheduler.pending) == 1
    scheduler.turn(4)
    assert log == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]

    scheduler.turn(2)

    assert scheduler.pending == []
    with pytest.raises(TaskDone):
        first.pause()
    with pytest.raises(TaskDone):
        first.stop()
    with pytest.raises(NotPaused):
        first.resume()


def test_a_turn_goes_on_until_the_predicate_says_enough(scheduler: Scheduler) -> None:
    answers = iter([False, False, True])
    cooperator = Cooperator(terminationPredicateFactory=lambda: lambda: next(answers), scheduler=scheduler)
    log: list[Any] = []
    cooperator.cooperate(counting(log, "a", 9))
    scheduler.turn()
    assert len(log) == 3


def test_when_done_gives_the_iterator(scheduler: Scheduler, cooperator: Cooperator) -> None:
    iterator = counting([], "a", 1)
    task = cooperator.cooperate(iterator)
    early = task.whenDone()
    scheduler.turn(2)

    assert early.result is iterator
    assert task.whenDone().result is iterator


def test_pauses_add_up(scheduler: Scheduler, cooperator: Cooperator) -> None:
    log: list[Any] = []
    task = cooperator.cooperate(counting(log, "a", 3))
    task.pause()
    task.pause()
    assert scheduler.pending == []
    task.resume()
    assert scheduler.pending == []
    task.resume()
    scheduler.turn()
    assert log == [("a", 0)]


def test_a_stopped_task_fails_with_that(scheduler: Scheduler, cooperator: Cooperator) -> None:
    task = cooperator.cooperate(counting([], "a", 3))
    early = task.whenDone()
    task.stop()

    assert failure_of(early) is failure_of(task.whenDone()) is TaskStopped
    assert scheduler.pending == []
    with pytest.raises(TaskStopped):
        task.stop()


def test_a_raising_iterator_fails_its_task_alone(scheduler: Scheduler, cooperator: Cooperator) -> None:
    def bad() -> Iterator[None]:
        yield
        raise KeyError

    log: list[Any] = []
    task = cooperator.cooperate(bad())
    cooperator.cooperate(counting(log, "a", 3))
    done = task.whenDone()
    scheduler.turn(5)

    assert failure_of(done) is KeyError
    assert len(log) == 3
    with pytest.raises(TaskFailed):
        task.pause()


def test_a_yielded_deferred_is_waited_for(scheduler: Scheduler, cooperator: Cooperator) -> None:
    gate: Deferred[None] = Deferred()
    log: list[str] = []

    def waiting() -> Iterator[Any]:
        yield gate
        log.append("after")

    task = cooperator.cooperate(waiting())
    scheduler.turn()
    assert scheduler.pending == []
    gate.callback(None)
    scheduler.turn()

    assert log == ["after"] and task.whenDone().called


def test_a_yielded_deferred_that_fails_fails_the_task(scheduler: Scheduler, cooperator: Cooperator) -> None:
    gate: Deferred[None] = Deferred()
    task = cooperator.cooperate(iter([gate]))
    done = task.whenDone()
    scheduler.turn()
    gate.errback(KeyError())

    assert failure_of(done) is KeyError
    with pytest.raises(TaskFailed):
        task.stop()


def test_a_task_stopped_while_it_waits_stays_stopped(scheduler: Scheduler, cooperator: Cooperator) -> None:
    gate: Deferred[None] = Deferred()
    task = cooperator.cooperate(iter([gate, None]))
    scheduler.turn()
    task.stop()
    gate.callback(None)

    assert scheduler.pending == []
    assert failure_of(task.whenDone()) is TaskStopped


def test_stopping_the_cooperator_stops_all_and_refuses_more(scheduler: Scheduler, cooperator: Cooperator) -> None:
    task = cooperator.cooperate(counting([], "a", 3))
    assert cooperator.running
    cooperator.stop()

    assert not cooperator.running and scheduler.pending == []
    assert failure_of(task.whenDone()) is SchedulerStopped
    assert failure_of(cooperator.cooperate(counting([], "b", 1)).whenDone()) is SchedulerStopped

    cooperator.start()
    log: list[Any] = []
    cooperator.cooperate(counting(log, "c", 1))
    scheduler.turn()
    assert log == [("c", 0)]


def test_it_may_be_started_later(scheduler: Scheduler) -> None:
    cooperator = Cooperator(terminationPredicateFactory=lambda: lambda: True, scheduler=scheduler, started=False)
    log: list[Any] = []
    cooperator.cooperate(counting(log, "a", 1))
    assert not cooperator.running and scheduler.pending == []

    cooperator.start()
    scheduler.turn()

    assert cooperator.running and log == [("a", 0)]


def test_coiterate_gives_a_deferred_or_takes_one(scheduler: Scheduler, cooperator: Cooperator) -> None:
    iterator = counting([], "a", 1)
    done = cooperator.coiterate(iterator)
    mine: Deferred[Any] = Deferred()
    assert cooperator.coiterate(counting([], "b", 1), mine) is mine
    scheduler.turn(5)

    assert done.result is iterator and mine.called


def test_the_errors_form_a_family() -> None:
    assert issubclass(SchedulerStopped, SchedulerError) and issubclass(NotPaused, SchedulerError)
    assert issubclass(TaskFinished, SchedulerError)
    for kind in (TaskDone, TaskStopped, TaskFailed):
        assert issubclass(kind, TaskFinished)


def test_whose_turn_is_next_is_a_place_in_the_row(scheduler: Scheduler, cooperator: Cooperator) -> None:
    log: list[Any] = []
    a, b = cooperator.cooperate(counting(log, "a", 9)), cooperator.cooperate(counting(log, "b", 9))
    scheduler.turn()
    # The next place is the second one. It is b's, until b goes to the end of the row, and then still.
    b.pause()
    b.resume()
    scheduler.turn()
    # The next place is behind the last: the row begins anew, now with b.
    a.pause()
    a.resume()
    scheduler.turn()

    assert [name for name, _ in log] == ["a", "b", "b"]


def test_a_row_that_has_been_empty_begins_at_its_head(scheduler: Scheduler) -> None:
    left = iter([False, True, True])
    cooperator = Cooperator(terminationPredicateFactory=lambda: lambda: next(left), scheduler=scheduler)
    log: list[Any] = []

    def pausing() -> Iterator[None]:
        while True:
            log.append("a")
            if len(log) == 1:
                a.pause()
                b.pause()
            yield

    a, b = cooperator.cooperate(pausing()), cooperator.cooperate(counting(log, "b", 9))
    scheduler.turn()
    a.resume()
    b.resume()
    scheduler.turn()

    assert log == ["a", "a"]


def test_the_process_s_cooperator_may_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler = Scheduler()
    monkeypatch.setattr(task, "_theCooperator", Cooperator(scheduler=scheduler))
    log: list[Any] = []
    done: list[object] = []

    one = counting(log, "a", 1)
    task.coiterate(one).addCallback(done.append)
    assert task.cooperate(counting(log, "b", 1)).whenDone() is not None
    assert log == []
    scheduler.turn(2)

    assert sorted(log) == [("a", 0), ("b", 0)] and done == [one]
