"""
Which worker is to be started and stopped when: no processes here, no signals, and time is a clock's.

There is a slot for each worker. A worker that dies is replaced, sooner or later depending on how long it lasted. A
rolling restart goes from slot to slot: the new worker is started beside the old one, and only when it is ready the old
one is asked to leave.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

_log = Logger("twisted.application.workers")

# A worker that was ready for so long has not failed at once. In seconds, as all times here.
LASTED = 10.0
# The pauses before a worker is started that fails again and again.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# How long a worker may take to be ready.
START_LIMIT = 60.0
# How long a worker may take to end, beyond what it has to finish what runs.
MARGIN = 5.0


class State(Enum):
    """Where a worker is in its life."""

    STARTING = "starting"
    READY = "ready"
    LEAVING = "leaving"
    GONE = "gone"


class Worker:
    """
    A worker.

    Attributes:
        number: Its slot's number, from 1 up.
        state: Where it is in its life.
        pid: Its process, once it has one.
        signal: Sends a signal to it, by its name without ``SIG``.
        served: Whether it was ever ready.
    """

    pid: int | None = None
    served = False

    def __init__(self, number: int, now: float) -> None:
        self.number = number
        self.state = State.STARTING
        self.since = now
        self.deadline: Any = None
        self.signal: Callable[[str], None] = _not_started

    def __repr__(self) -> str:
        return f"<worker {self.number} ({self.pid}), {self.state.value}>"


def _not_started(name: str) -> None:
    """A signal to nobody."""


class _Slot:
    def __init__(self, number: int) -> None:
        self.number = number
        self.current: Worker | None = None
        self.incoming: Worker | None = None
        self.again: Any = None
        self.failures = 0


class Supervisor:
    """
    Keeps *count* workers running.

    Args:
        clock: The time.
        count: How many workers there are.
        grace: How long a worker may take to finish what runs.
        launch: Starts a worker's process, and sets its `pid` and `signal`. What it raises counts as a worker that died.
        steady: Called when all are ready, after the start, a failure or a rolling restart.
        hopeless: Called, with the reason, when workers die before one was ever ready: starting more would not help.
    """

    def __init__(
        self,
        clock: IReactorTime,
        count: int,
        grace: float,
        launch: Callable[[Worker], None],
        steady: Callable[[], None],
        hopeless: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._grace = grace
        self.count = count
        self._do_launch = launch
        self._steady = steady
        self._hopeless = hopeless
        self._slots = [_Slot(number) for number in range(1, count + 1)]
        self._alive: set[Worker] = set()
        self._queue: list[_Slot] = []
        self._once_more = False
        self._ever_ready = False
        self._given_up = False
        self._stopped: Deferred[None] | None = None
        self.rolling = False

    @property
    def workers(self) -> list[Worker]:
        """All that live, those that are leaving too, in the order of their numbers."""
        return sorted(self._alive, key=lambda worker: worker.number)

    @property
    def serving(self) -> list[Worker]:
        """Those that are ready."""
        return [worker for worker in self.workers if worker.state is State.READY]

    def start(self) -> None:
        """Start the workers."""
        for slot in self._slots:
            if self._stopped is None and not self._given_up:
                slot.current = self._launch(slot)

    def _launch(self, slot: _Slot) -> Worker:
        worker = Worker(slot.number, self._clock.seconds())
        self._alive.add(worker)
        worker.deadline = self._clock.callLater(START_LIMIT, self._too_late, worker)
        try:
            self._do_launch(worker)
        except Exception as problem:
            _log.failure("worker {number} cannot be started", number=slot.number)
            # Not now: whoever launches it has yet to put it into its place.
            self._clock.callLater(0, self.gone, worker, f"could not be started: {problem}")
        return worker

    def _too_late(self, worker: Worker) -> None:
        _log.error("{worker} was not ready in {limit} s: it is killed", worker=worker, limit=START_LIMIT)
        worker.signal("KILL")

    def _kill(self, worker: Worker) -> None:
        _log.warn("{worker} did not leave in time: it is killed", worker=worker)
        worker.signal("KILL")

    # What happens to workers

    def ready(self, worker: Worker) -> None:
        """Note that a worker serves."""
        if worker.state is not State.STARTING:
            return
        worker.state = State.READY
        worker.served = True
        worker.since = self._clock.seconds()
        self._cancel(worker)
        self._ever_ready = True
        slot = self._slots[worker.number - 1]
        if slot.incoming is worker:
            former, slot.current, slot.incoming = slot.current, worker, None
            if former is not None:
                self._ask_to_leave(former, "TERM", self._grace + MARGIN)
            self._roll_on()
        self._look_around()

    def gone(self, worker: Worker, why: str) -> None:
        """Note that a worker's process has ended."""
        if worker.state is State.GONE:
            return
        before, worker.state = worker.state, State.GONE
        self._alive.discard(worker)
        self._cancel(worker)
        if self._stopped is not None:
            if not self._alive:
                self._stopped.callback(None)
            return
        slot = self._slots[worker.number - 1]
        if slot.incoming is worker:
            slot.incoming = None
            _log.error(
                "worker {number} {why} before it was ready: the rolling restart is given up, and the others stay",
                number=worker.number,
                why=why,
            )
            self._queue = []
            self._once_more = self.rolling = False
            if slot.current is None:
                self._start_again(slot, False)
            self._look_around()
        elif slot.current is worker:
            slot.current = None
            if slot.incoming is not None:
                # Its place is being taken already.
                return
            if before is State.STARTING and not self._ever_ready:
                self._give_up(why)
                return
            _log.error("worker {number} {why}", number=worker.number, why=why)
            lasted = before is State.READY and self._clock.seconds() - worker.since >= LASTED
            self._start_again(slot, lasted)

    def _give_up(self, why: str) -> None:
        if not self._given_up:
            self._given_up = True
            self._hopeless(why)

    def _start_again(self, slot: _Slot, lasted: bool) -> None:
        if lasted:
            slot.failures = 0
        # The first time at once: something happened to the worker, and will not happen to the next.
        pause = min(FIRST_PAUSE * 2 ** (slot.failures - 1), LONGEST_PAUSE) if slot.failures else 0
        slot.failures += 1
        slot.again = self._clock.callLater(pause, self._again, slot)

    def _again(self, slot: _Slot) -> None:
        slot.again = None
        slot.current = self._launch(slot)

    def _look_around(self) -> None:
        settled = all(slot.current is not None and slot.current.state is State.READY for slot in self._slots)
        if settled and not self.rolling and self._stopped is None:
            self._steady()

    def _ask_to_leave(self, worker: Worker, signal: str, limit: float) -> None:
        worker.state = State.LEAVING
        self._cancel(worker)
        worker.deadline = self._clock.callLater(limit, self._kill, worker)
        worker.signal(signal)

    def _cancel(self, worker: Worker) -> None:
        if worker.deadline is not None and worker.deadline.active():
            worker.deadline.cancel()
        worker.deadline = None

    # What is wanted of them all

    def roll(self) -> None:
        """Replace all workers, one after the other. While that is under way already, it is done again after it."""
        if self._stopped is not None or self._given_up:
            return
        if self.rolling:
            self._once_more = True
            return
        self.rolling = True
        self._queue = list(self._slots)
        self._roll_on()

    def _roll_on(self) -> None:
        if not self.rolling:
            return
        if not self._queue:
            self.rolling = False
            if self._once_more:
                self._once_more = False
                self.roll()
            return
        slot = self._queue.pop(0)
        if slot.again is not None:
            slot.again.cancel()
            slot.again = None
        slot.incoming = self._launch(slot)

    def stop(self, rudely: bool = False) -> Deferred[None]:
        """
        Ask all to leave.

        Args:
            rudely: At once, and not when they have finished what runs.

        Returns:
            A Deferred that fires when the last is gone.
        """
        if self._stopped is not None:
            return self._stopped
        self.rolling = self._once_more = False
        for slot in self._slots:
            if slot.again is not None:
                slot.again.cancel()
                slot.again = None
        if not self._alive:
            self._stopped = succeed(None)
            return self._stopped
        self._stopped = Deferred()
        for worker in self.workers:
            if rudely:
                self._send_away(worker)
            else:
                self._ask_to_leave(worker, "TERM", self._grace + MARGIN)
        return self._stopped

    def hurry(self) -> None:
        """While they leave: they need not finish what runs."""
        for worker in self.workers:
            self._send_away(worker)

    def _send_away(self, worker: Worker) -> None:
        # An interpreter that is still starting would show where SIGINT interrupted it; by SIGTERM it just ends.
        self._ask_to_leave(worker, "INT" if worker.served else "TERM", MARGIN)
