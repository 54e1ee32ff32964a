"""Which worker is started and stopped when."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.application._workers.supervising import (
    FIRST_PAUSE,
    LASTED,
    LONGEST_PAUSE,
    MARGIN,
    START_LIMIT,
    State,
    Supervisor,
    Worker,
)
from twisted.internet.task import Clock

GRACE = 20.0


class Crew:
    """A supervisor whose processes are entries in lists."""

    def __init__(self, count: int = 2) -> None:
        self.clock = Clock()
        self.started: list[Worker] = []
        self.signals: list[tuple[int, str]] = []
        self.steady = 0
        self.hopeless: list[str] = []
        self.broken = False
        self.supervisor = Supervisor(self.clock, count, GRACE, self.launch, self.note_steady, self.hopeless.append)

    def launch(self, worker: Worker) -> None:
        if self.broken:
            raise OSError("no more processes")
        self.started.append(worker)
        worker.pid = 100 + len(self.started)
        pid = worker.pid
        worker.signal = lambda name: self.signals.append((pid, name))

    def note_steady(self) -> None:
        self.steady += 1

    def begun(self) -> Crew:
        """All are ready."""
        self.supervisor.start()
        for worker in list(self.started):
            self.supervisor.ready(worker)
        return self

    @property
    def pids(self) -> list[int]:
        return [worker.pid or 0 for worker in self.started]


def test_each_slot_gets_a_worker_and_all_are_steady_when_the_last_is_ready() -> None:
    crew = Crew(3)

    crew.supervisor.start()
    assert [worker.number for worker in crew.started] == [1, 2, 3]
    assert crew.supervisor.count == 3
    crew.supervisor.ready(crew.started[0])
    crew.supervisor.ready(crew.started[2])
    assert crew.steady == 0
    assert crew.supervisor.serving == [crew.started[0], crew.started[2]]

    crew.supervisor.ready(crew.started[1])
    assert crew.steady == 1
    assert crew.supervisor.serving == crew.supervisor.workers == crew.started
    assert repr(crew.started[0]) == "<worker 1 (101), ready>"


def test_a_worker_that_says_twice_that_it_is_ready_is_heard_once() -> None:
    crew = Crew(1).begun()

    crew.supervisor.ready(crew.started[0])

    assert crew.steady == 1


def test_a_worker_that_lasted_is_replaced_at_once_each_time() -> None:
    crew = Crew(1).begun()

    for count in (2, 3, 4):
        crew.clock.advance(LASTED)
        crew.supervisor.gone(crew.started[-1], "was killed by signal 9")
        crew.clock.advance(0)
        assert len(crew.started) == count
        crew.supervisor.ready(crew.started[-1])

    assert crew.steady == 4


def test_a_worker_that_fails_again_and_again_is_started_later_each_time() -> None:
    crew = Crew(1).begun()
    pauses: list[float] = []

    for _ in range(9):
        crew.clock.advance(LASTED - 0.1 if not pauses else 0)
        crew.supervisor.gone(crew.started[-1], "was killed by signal 9")
        (call,) = crew.clock.getDelayedCalls()
        pauses.append(call.getTime() - crew.clock.seconds())
        crew.clock.advance(pauses[-1])
        crew.supervisor.ready(crew.started[-1])

    assert pauses == pytest.approx([0, FIRST_PAUSE, 1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE])


def test_a_replacement_that_is_never_ready_fails_too() -> None:
    crew = Crew(1).begun()
    crew.supervisor.gone(crew.started[0], "was killed by signal 9")
    crew.clock.advance(0)

    crew.clock.advance(LASTED * 2)
    crew.supervisor.gone(crew.started[1], "has ended with status 1")
    crew.clock.advance(FIRST_PAUSE - 0.01)
    assert len(crew.started) == 2

    crew.clock.advance(0.01)
    assert len(crew.started) == 3
    assert crew.hopeless == []


def test_a_worker_that_lasts_makes_the_next_pause_short_again() -> None:
    crew = Crew(1).begun()
    for pause in (0, FIRST_PAUSE):
        crew.supervisor.gone(crew.started[-1], "was killed by signal 9")
        crew.clock.advance(pause)
        crew.supervisor.ready(crew.started[-1])

    crew.clock.advance(LASTED)
    crew.supervisor.gone(crew.started[-1], "was killed by signal 9")
    crew.clock.advance(0)

    assert len(crew.started) == 4


def test_if_a_worker_dies_before_one_was_ever_ready_there_is_no_hope() -> None:
    crew = Crew()
    crew.supervisor.start()

    crew.supervisor.gone(crew.started[0], "has ended with status 1")
    crew.supervisor.gone(crew.started[1], "has ended with status 2")
    crew.clock.advance(100)

    assert crew.hopeless == ["has ended with status 1"]
    assert len(crew.started) == 2


def test_what_cannot_be_launched_counts_as_a_worker_that_died(logged: list[Any]) -> None:
    crew = Crew(1).begun()
    crew.broken = True
    crew.supervisor.gone(crew.started[0], "was killed by signal 9")

    crew.clock.advance(0)
    crew.clock.advance(0)
    crew.broken = False
    crew.clock.advance(FIRST_PAUSE)

    assert len(crew.started) == 2
    # The classic log, if another test has loaded it, calls the text of a failure by that name too.
    ends = [event for event in logged if "why" in event and "log_failure" not in event]
    assert [event["why"] for event in ends] == [
        "was killed by signal 9",
        "could not be started: no more processes",
    ]


def test_a_worker_that_is_not_ready_in_time_is_killed() -> None:
    crew = Crew(1)
    crew.supervisor.start()

    crew.clock.advance(START_LIMIT - 0.1)
    assert crew.signals == []
    crew.clock.advance(0.1)

    assert crew.signals == [(101, "KILL")]


def test_a_ready_worker_is_under_no_such_limit() -> None:
    crew = Crew(1).begun()

    crew.clock.advance(START_LIMIT * 2)

    assert crew.signals == []
    assert crew.clock.getDelayedCalls() == []


# Rolling restarts


def test_in_a_rolling_restart_the_old_one_leaves_when_the_new_one_is_ready() -> None:
    crew = Crew().begun()

    crew.supervisor.roll()
    assert crew.supervisor.rolling
    assert [worker.number for worker in crew.started] == [1, 2, 1]
    assert crew.signals == []

    crew.supervisor.ready(crew.started[2])
    assert crew.signals == [(101, "TERM")]
    assert crew.started[0].state is State.LEAVING
    assert [worker.number for worker in crew.started] == [1, 2, 1, 2]
    assert crew.steady == 1

    crew.supervisor.ready(crew.started[3])
    assert crew.signals == [(101, "TERM"), (102, "TERM")]
    assert not crew.supervisor.rolling
    assert crew.steady == 2
    assert crew.supervisor.serving == crew.started[2:]


def test_an_old_one_that_has_left_is_not_replaced_again() -> None:
    crew = Crew(1).begun()
    crew.supervisor.roll()
    crew.supervisor.ready(crew.started[1])

    crew.supervisor.gone(crew.started[0], "has ended with status 0")
    crew.clock.advance(1000)

    assert len(crew.started) == 2
    assert crew.signals == [(101, "TERM")]
    assert crew.supervisor.workers == crew.started[1:]


def test_an_old_one_that_does_not_leave_is_killed() -> None:
    crew = Crew(1).begun()
    crew.supervisor.roll()
    crew.supervisor.ready(crew.started[1])

    crew.clock.advance(GRACE + MARGIN - 0.1)
    assert crew.signals == [(101, "TERM")]
    crew.clock.advance(0.1)

    assert crew.signals == [(101, "TERM"), (101, "KILL")]


def test_a_new_one_that_dies_ends_the_rolling_restart_and_the_old_ones_stay(logged: list[Any]) -> None:
    crew = Crew().begun()
    crew.supervisor.roll()

    crew.supervisor.gone(crew.started[2], "has ended with status 1")
    crew.clock.advance(1000)

    assert crew.signals == []
    assert len(crew.started) == 3
    assert not crew.supervisor.rolling
    assert crew.supervisor.serving == crew.started[:2]
    assert [(event["number"], event["why"], event["log_level"].name) for event in logged] == [
        (1, "has ended with status 1", "error")
    ]
    # The old ones serve: that is steady.
    assert crew.steady == 2


def test_after_a_rolling_restart_that_failed_another_may_succeed() -> None:
    crew = Crew(1).begun()
    crew.supervisor.roll()
    crew.supervisor.roll()
    crew.supervisor.gone(crew.started[1], "has ended with status 1")

    crew.supervisor.roll()
    crew.supervisor.ready(crew.started[2])

    assert crew.signals == [(101, "TERM")]
    assert len(crew.started) == 3


def test_asked_for_during_another_a_rolling_restart_follows_it() -> None:
    crew = Crew(1).begun()
    crew.supervisor.roll()
    crew.supervisor.roll()
    crew.supervisor.roll()

    crew.supervisor.ready(crew.started[1])
    assert len(crew.started) == 3
    assert crew.steady == 1
    crew.supervisor.ready(crew.started[2])

    assert crew.signals == [(101, "TERM"), (102, "TERM")]
    assert len(crew.started) == 3
    assert crew.steady == 2


def test_an_old_one_that_dies_while_its_replacement_starts_is_not_replaced_twice() -> None:
    crew = Crew(1).begun()
    crew.supervisor.roll()

    crew.supervisor.gone(crew.started[0], "was killed by signal 9")
    crew.clock.advance(START_LIMIT - 1)
    crew.supervisor.ready(crew.started[1])

    assert len(crew.started) == 2
    assert crew.signals == []
    assert crew.supervisor.serving == [crew.started[1]]


def test_if_both_die_the_slot_is_filled_again() -> None:
    crew = Crew(1).begun()
    crew.supervisor.roll()

    crew.supervisor.gone(crew.started[0], "was killed by signal 9")
    crew.supervisor.gone(crew.started[1], "has ended with status 1")
    crew.clock.advance(0)

    assert len(crew.started) == 3
    assert not crew.supervisor.rolling


def test_a_worker_that_waits_to_be_started_again_is_started_by_the_rolling_restart() -> None:
    crew = Crew(1).begun()
    for pause in (0, FIRST_PAUSE):
        crew.supervisor.gone(crew.started[-1], "was killed by signal 9")
        crew.clock.advance(pause)
        crew.supervisor.ready(crew.started[-1])
    crew.supervisor.gone(crew.started[-1], "was killed by signal 9")

    crew.supervisor.roll()
    assert len(crew.started) == 4
    crew.supervisor.ready(crew.started[3])
    crew.clock.advance(100)

    assert len(crew.started) == 4
    assert crew.supervisor.serving == [crew.started[3]]


# The end


def test_all_are_asked_to_leave_and_the_end_is_when_the_last_has() -> None:
    crew = Crew().begun()
    ended: list[None] = []

    crew.supervisor.stop().addCallback(ended.append)
    assert crew.signals == [(101, "TERM"), (102, "TERM")]
    crew.supervisor.gone(crew.started[1], "has ended with status 0")
    assert ended == []
    crew.supervisor.gone(crew.started[0], "has ended with status 0")

    assert ended == [None]
    assert len(crew.started) == 2
    assert crew.clock.getDelayedCalls() == []


@pytest.mark.parametrize(("rudely", "signal", "limit"), [(False, "TERM", GRACE + MARGIN), (True, "INT", MARGIN)])
def test_who_does_not_leave_is_killed(rudely: bool, signal: str, limit: float) -> None:
    crew = Crew(1).begun()

    crew.supervisor.stop(rudely)
    crew.clock.advance(limit - 0.1)
    assert crew.signals == [(101, signal)]
    crew.clock.advance(0.1)

    assert crew.signals == [(101, signal), (101, "KILL")]


def test_they_can_be_hurried() -> None:
    crew = Crew(1).begun()
    crew.supervisor.stop()
    crew.clock.advance(1)

    crew.supervisor.hurry()
    crew.clock.advance(MARGIN - 0.1)
    assert crew.signals == [(101, "TERM"), (101, "INT")]
    crew.clock.advance(0.1)

    assert crew.signals == [(101, "TERM"), (101, "INT"), (101, "KILL")]


def test_who_never_served_just_ends() -> None:
    crew = Crew()
    crew.supervisor.start()
    crew.supervisor.ready(crew.started[0])

    crew.supervisor.stop(rudely=True)
    crew.supervisor.hurry()

    assert crew.signals == [(101, "INT"), (102, "TERM"), (101, "INT"), (102, "TERM")]


def test_those_leave_too_who_start_or_leave_already() -> None:
    crew = Crew(1).begun()
    crew.supervisor.roll()
    crew.supervisor.ready(crew.started[1])
    crew.supervisor.roll()

    ended = crew.supervisor.stop()

    assert sorted(crew.signals[1:]) == [(101, "TERM"), (102, "TERM"), (103, "TERM")]
    assert not crew.supervisor.rolling
    assert not ended.called


def test_nobody_is_started_after_the_end_began() -> None:
    crew = Crew(1).begun()
    crew.supervisor.gone(crew.started[0], "was killed by signal 9")

    ended = crew.supervisor.stop()
    crew.supervisor.roll()
    crew.clock.advance(1000)

    assert ended.called
    assert len(crew.started) == 1
    assert crew.supervisor.stop() is ended
    assert not crew.supervisor.rolling


def test_who_becomes_ready_during_the_end_changes_nothing() -> None:
    crew = Crew(1)
    crew.supervisor.start()
    crew.supervisor.stop()

    crew.supervisor.ready(crew.started[0])

    assert crew.started[0].state is State.LEAVING
    assert crew.steady == 0


def test_the_end_of_a_worker_is_noted_once() -> None:
    crew = Crew(1).begun()

    crew.supervisor.gone(crew.started[0], "was killed by signal 9")
    crew.supervisor.gone(crew.started[0], "was killed by signal 9")
    crew.clock.advance(100)

    assert len(crew.started) == 2
    assert crew.started[0].state is State.GONE
