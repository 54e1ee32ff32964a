"""
Workers, as the runner sees them: processes that are given tests, and are replaced when they end too soon.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure
from twisted.trial._jobs.frames import BadFrame, Frames, encode
from twisted.trial._jobs.naming import describe
from twisted.trial._jobs.telling import Call, pack
from twisted.trial._jobs.worker import ORDERS, STORIES
from twisted.trial.util import acquireAttribute

# How long a worker has to end after its last test, in seconds, before it is killed.
_FAREWELL = 10.0
# How much longer than its own timeout a test may take: it blocks, and cannot see that its time is over.
_GRACE = 30.0
# How often in a row a worker may end before it has run any test.
_ATTEMPTS = 3


class WorkerDied(Exception):
    """The process that ran a test has ended before the test did."""


class WorkersUnusable(Exception):
    """Workers end as soon as they are started."""


@dataclass(frozen=True)
class PoolConfig:
    """
    What a pool of workers is made of.

    Attributes:
        count: How many there are.
        folder: Where each has a directory of its own, named by its number.
        arguments: For the trial command, those that workers should heed.
        logfile: The name of the log in these directories, and in the one around them.
    """

    count: int
    folder: str
    arguments: tuple[str, ...] = ()
    logfile: str = "test.log"


_BOOT = """\
import sys, json
config = json.loads(sys.argv.pop())
sys.path[:] = config["path"]
from twisted.trial._jobs.worker import main
main(config)
"""


class _Process(ProcessProtocol):
    """The pipes of one worker's process."""

    def __init__(self, worker: WorkerHandle) -> None:
        self._worker = worker
        self._frames = Frames()

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        if self._worker.process is not self:
            # A program that a test has started writes what nobody wants.
            return
        try:
            for message in self._frames.feed(data):
                self._worker.heard(message)
        except BadFrame as error:
            self._worker.kill(f"something that is not a worker has written to its pipe: {error}")

    def processEnded(self, reason: Failure) -> None:
        self._worker.ended(reason, self)

    def processExited(self, reason: Failure) -> None:
        # A program that a test has started may hold the pipes: do not wait for it.
        self._worker.exited(reason, self)


class WorkerHandle:
    """
    A worker: a directory, and the process that works there, now this, now another.
    """

    def __init__(self, pool: Pool, number: int) -> None:
        self._pool = pool
        self._folder = os.path.join(pool.config.folder, str(number))
        self._number = number
        self._transport: Any = None
        self.process: _Process | None = None
        self._test: Any = None
        self._story: list[Call] = []
        self._since = 0.0
        self._why: str | None = None
        self._failures = 0
        self._timers: list[Any] = []
        self._over = False
        self._finishing: Deferred[None] | None = None

    def start(self) -> None:
        """Start a process."""
        reactor, config = self._pool.reactor, self._pool.config
        os.makedirs(self._folder, exist_ok=True)
        logs = [os.path.join(self._folder, config.logfile), os.path.join(config.folder, config.logfile)]
        facts = {"path": self._pool.path, "arguments": list(config.arguments), "logs": logs}
        command = [sys.executable, *(f"-W{option}" for option in sys.warnoptions), "-c", _BOOT, json.dumps(facts)]
        self.process = _Process(self)
        self._why, self._over = None, False
        nothing = os.open(os.devnull, os.O_RDONLY)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        out = os.open(os.path.join(self._folder, "out.log"), flags, 0o666)
        err = os.open(os.path.join(self._folder, "err.log"), flags, 0o666)
        try:
            self._transport = reactor.spawnProcess(
                self.process,
                sys.executable,
                args=command,
                env=None,
                path=self._folder,
                childFDs={0: nothing, 1: out, 2: err, ORDERS: "w", STORIES: "r"},
            )
        finally:
            for descriptor in (nothing, out, err):
                os.close(descriptor)

    def next(self) -> None:
        """Begin the next test, if there is one and the process is there."""
        taken = self._pool.take()
        if taken is None:
            self._pool.idle(self)
            return
        if self._transport is None:
            self.start()
        self._test, description = taken
        self._story = []
        self._since = time.monotonic()
        method = getattr(self._test, getattr(self._test, "_testMethodName", ""), None)
        limit = acquireAttribute((method, self._test), "timeout", None)
        if isinstance(limit, (int, float)):
            message = f"it was still running {_GRACE:.0f} seconds after its timeout of {limit} seconds"
            self._timers.append(self._pool.reactor.callLater(limit + _GRACE, self.kill, message))
        self._transport.writeToChild(ORDERS, encode([description, self._test.id()]))

    def heard(self, message: list[Any]) -> None:
        """Take a message of the process."""
        word, *facts = message
        if word == "call":
            self._story.append(facts[0])
            if self._test is None:
                # Something between tests, or after the last.
                self._flush_strays()
        elif word == "warning":
            self._pool.warn(facts[0])
        elif word == "over":
            self._over = True
        elif word == "done":
            self._failures = 0
            self._finish_test()
            self.next()

    def _flush_strays(self) -> None:
        from twisted.trial._runner.holders import TestHolder

        call = self._story[-1]
        if call[0] in ("stopTest", "stop") or (len(self._story) == 1 and call[0] != "startTest"):
            story, self._story = self._story, []
            name = story[0][1] if len(story[0]) > 1 else ""
            self._pool.told(TestHolder(name), story, None)

    def _finish_test(self) -> None:
        self._cancel_timers()
        test, story = self._test, self._story
        self._test, self._story = None, []
        self._pool.told(test, story, time.monotonic() - self._since)

    def _cancel_timers(self) -> None:
        for timer in self._timers:
            if timer.active():
                timer.cancel()
        self._timers.clear()

    def kill(self, why: str) -> None:
        """End the process now."""
        self._why = why
        if self._transport is not None:
            try:
                self._transport.signalProcess("KILL")
            except Exception:
                # It is gone already, and we are about to hear of that.
                pass

    def exited(self, reason: Failure, process: _Process) -> None:
        """Hear that the process is over; its last words may still be under way."""
        self._timers.append(self._pool.reactor.callLater(1, lambda: self.ended(reason, process)))

    def ended(self, reason: Failure, process: _Process) -> None:
        """Hear that the process is over, and all that it had to say. This may be heard twice."""
        if process is not self.process:
            return
        self.process = None
        self._cancel_timers()
        transport, self._transport = self._transport, None
        for descriptor in (ORDERS, STORIES):
            transport.closeChildFD(descriptor)
        if self._test is not None:
            self._lose_test(reason)
        elif not self._over and self._finishing is None:
            self._failures += 1
        if self._finishing is not None:
            finishing, self._finishing = self._finishing, None
            finishing.callback(None)
            return
        if self._failures >= _ATTEMPTS:
            self._pool.give_up(WorkersUnusable(f"workers end at once ({_how(reason)}): see {self._folder}/err.log"))
            return
        self.next()

    def _lose_test(self, reason: Failure) -> None:
        name = self._test.id()
        why = f"{_how(reason)}" if self._why is None else f"killed: {self._why}"
        if not self._story:
            # It may be the worker that is to blame.
            self._failures += 1
            self._story.append(["startTest", name])
        error = WorkerDied(f"worker {self._number} has ended in the middle of this test ({why})")
        if ["stopTest", name] in self._story:
            self._story.remove(["stopTest", name])
        self._story += [["addError", name, pack(Failure(error))], ["stopTest", name]]
        self._finish_test()

    def finish(self) -> Deferred[None]:
        """Let the process end, and wait for that."""
        finished: Deferred[None] = Deferred()
        if self._transport is None:
            finished.callback(None)
            return finished
        self._finishing = finished
        self._test = None
        self._transport.closeChildFD(ORDERS)
        self._timers.append(self._pool.reactor.callLater(_FAREWELL, self.kill, "it did not end"))
        return finished


def _how(reason: Failure) -> str:
    """Say how a process has ended."""
    value = reason.value
    if isinstance(value, ProcessDone):
        return "exit status 0"
    if isinstance(value, ProcessTerminated):
        if value.signal is not None:
            return f"signal {value.signal}"
        return f"exit status {value.exitCode}"
    return reason.getErrorMessage()


class Pool:
    """Workers that share the tests of a run."""

    def __init__(self, config: PoolConfig) -> None:
        """
        Args:
            config: What it is made of.
        """
        self.config = config
        # Their directory is not ours.
        self.path = [os.path.abspath(entry) for entry in sys.path]
        self.reactor: Any = None
        self._workers: list[WorkerHandle] = []
        self._waiting: deque[Any] = deque()
        self._tell: Callable[[Any, list[Call], float | None], None] = lambda *_: None
        self._stopped: Callable[[], bool] = lambda: False
        self._warn: Callable[[dict[str, Any]], object] = lambda _: None
        self._busy: set[WorkerHandle] = set()
        self._all_done: Deferred[None] | None = None

    def listen(
        self,
        tell: Callable[[Any, list[Call], float | None], None],
        stopped: Callable[[], bool],
        warn: Callable[[dict[str, Any]], object],
    ) -> None:
        """
        Say who hears of tests.

        Args:
            tell: Hears of a test, what became of it, and its seconds.
            stopped: Tells whether no more tests are to be begun.
            warn: Hears of warnings.
        """
        self._tell, self._stopped, self._warn = tell, stopped, warn

    def start(self, reactor: Any) -> None:
        """Start the processes. (Any: whatever provides IReactorProcess and IReactorTime.)"""
        self.reactor = reactor
        self._workers = [WorkerHandle(self, number) for number in range(self.config.count)]
        for worker in self._workers:
            worker.start()

    def run(self, tests: Iterable[Any]) -> Deferred[None]:
        """Run tests; fires when all are over, or none are to be begun any more."""
        self._waiting.extend((test, cast("dict[str, Any]", describe(test))) for test in tests)
        self._busy = set(self._workers)
        self._all_done = Deferred()
        done = self._all_done
        for worker in list(self._workers):
            worker.next()
        if not self._workers:
            self._all_done.callback(None)
        return done

    def take(self) -> Any:
        """Give the next test and what describes it, or `None`."""
        return None if not self._waiting or self._stopped() else self._waiting.popleft()

    def idle(self, worker: WorkerHandle) -> None:
        """Hear that a worker has nothing to do."""
        self._busy.discard(worker)
        if not self._busy:
            self._fire(None)

    def give_up(self, error: Exception) -> None:
        """Hear that there is no point in going on."""
        self._waiting.clear()
        self._fire(Failure(error))

    def _fire(self, result: Any) -> None:
        done, self._all_done = self._all_done, None
        if done is not None:
            self._waiting.clear()
            done.callback(result)

    def told(self, test: Any, story: list[Call], seconds: float | None) -> None:
        """Hear what became of a test."""
        try:
            self._tell(test, story, seconds)
        except Exception as error:
            # A reporter of somebody's own, or nobody reads what it writes: not what our callers should stumble over.
            self.give_up(error)

    def warn(self, event: dict[str, Any]) -> None:
        """Hear of a warning in a worker."""
        self._warn(event)

    def finish(self) -> Deferred[Any]:
        """Let the processes end, and wait for that."""
        return DeferredList([worker.finish() for worker in self._workers])

    def kill(self) -> None:
        """End the processes now."""
        for worker in self._workers:
            worker.kill("the run was interrupted")
