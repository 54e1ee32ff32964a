from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial._jobs.frames import Frames, encode
from twisted.trial._jobs.pool import Pool, PoolConfig, WorkersUnusable
from twisted.trial._jobs.telling import Call
from twisted.trial._jobs.worker import ORDERS, STORIES

from . import samples


class Process:
    """Stands for a worker's process."""

    def __init__(self, protocol: Any, command: list[str], folder: str, descriptors: dict[int, Any]) -> None:
        self.protocol, self.command, self.folder, self.descriptors = protocol, command, folder, descriptors
        self.signals: list[str] = []
        self.closed: list[int] = []
        self.ordered: list[Any] = []
        self._frames = Frames()

    def writeToChild(self, descriptor: int, data: bytes) -> None:
        assert descriptor == ORDERS
        self.ordered += self._frames.feed(data)

    def closeChildFD(self, descriptor: int) -> None:
        self.closed.append(descriptor)

    def signalProcess(self, name: str) -> None:
        self.signals.append(name)

    def say(self, *messages: Any) -> None:
        self.protocol.childDataReceived(STORIES, b"".join(map(encode, messages)))

    def succeed(self) -> None:
        name = self.ordered[-1][1]
        self.say(*(["call", [word, name]] for word in ("startTest", "addSuccess", "stopTest")), ["done"])

    def end(self, status: int | None = None, signal: int | None = None) -> None:
        error = ProcessDone(0) if status == 0 else ProcessTerminated(status, signal)
        self.protocol.processEnded(Failure(error))


class Reactor(Clock):
    """Starts processes that are none."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[Process] = []

    def spawnProcess(
        self, protocol: Any, executable: str, args: list[str], env: Any, path: str, childFDs: dict[int, Any]
    ) -> Process:
        assert executable == sys.executable and env is None
        for number in (0, 1, 2):
            os.fstat(childFDs[number])
        self.started.append(Process(protocol, args, path, childFDs))
        return self.started[-1]


class Run:
    """A pool, and what it tells."""

    def __init__(self, folder: Path, count: int = 1) -> None:
        self.reactor = Reactor()
        self.folder = folder
        self.told: list[tuple[str, list[Call], float | None]] = []
        self.warned: list[Any] = []
        self.stopped = False
        self.pool = Pool(PoolConfig(count, str(folder), ("--force-gc",), "a.log"))
        self.pool.listen(self._tell, lambda: self.stopped, self.warned.append)
        self.pool.start(self.reactor)

    def _tell(self, test: Any, story: list[Call], seconds: float | None) -> None:
        self.told.append((test.id(), story, seconds))

    def begin(self, *methods: str) -> list[Any]:
        ended: list[Any] = []
        self.pool.run([samples.Samples(f"test_{method}") for method in methods]).addBoth(ended.append)
        return ended

    @property
    def processes(self) -> list[Process]:
        return self.reactor.started

    def message(self, index: int = -1) -> str:
        """What the worker died of, as the last story has it."""
        return str(next(call for call in self.told[index][1] if call[0] == "addError")[2]["message"])


def name(method: str) -> str:
    return f"{samples.__name__}.Samples.test_{method}"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def test_each_worker_has_a_folder_and_two_pipes(tmp_path: Path) -> None:
    run = Run(tmp_path, 2)

    assert [process.folder for process in run.processes] == [str(tmp_path / "0"), str(tmp_path / "1")]
    first = run.processes[0]
    assert (first.descriptors[ORDERS], first.descriptors[STORIES]) == ("w", "r")
    assert sorted(os.listdir(tmp_path / "0")) == ["err.log", "out.log"]
    facts = json.loads(first.command[-1])
    assert facts["arguments"] == ["--force-gc"]
    assert facts["logs"] == [str(tmp_path / "0" / "a.log"), str(tmp_path / "a.log")]
    assert facts["path"] == [os.path.abspath(entry) for entry in sys.path]


def test_workers_warn_as_we_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "warnoptions", ["error::ImportWarning"])

    assert Run(tmp_path).processes[0].command[:3] == [sys.executable, "-Werror::ImportWarning", "-c"]


def test_tests_are_given_out_one_at_a_time(tmp_path: Path) -> None:
    run = Run(tmp_path, 2)
    ended = run.begin("good", "bad", "error")
    first, second = run.processes
    assert [order[1] for order in first.ordered] == [name("good")]
    assert [order[1] for order in second.ordered] == [name("bad")]

    second.succeed()
    assert [order[1] for order in second.ordered] == [name("bad"), name("error")]
    assert ended == []
    second.succeed()
    assert ended == []
    first.succeed()

    assert ended == [None]
    assert [test for test, _, _ in run.told] == [name("bad"), name("error"), name("good")]
    assert run.told[0][1] == [[word, name("bad")] for word in ("startTest", "addSuccess", "stopTest")]
    assert all(seconds is not None and 0 <= seconds < 5 for _, _, seconds in run.told)


def test_a_test_is_told_of_only_when_it_is_done(run: Run) -> None:
    run.begin("good")

    run.processes[0].say(["call", ["startTest", name("good")]])
    assert run.told == []


def test_without_tests_all_is_over_at_once(run: Run, tmp_path: Path) -> None:
    assert run.begin() == [None]
    assert Run(tmp_path, 0).begin() == [None]


def test_tests_can_run_again(run: Run) -> None:
    first = run.begin("good")
    run.processes[0].succeed()
    second = run.begin("bad")
    run.processes[0].succeed()

    assert (first, second) == ([None], [None])
    assert len(run.processes) == 1


def test_no_test_is_begun_once_it_is_stopped(run: Run) -> None:
    ended = run.begin("good", "bad")
    run.stopped = True
    run.processes[0].succeed()

    assert ended == [None]
    assert len(run.processes[0].ordered) == 1
    run.stopped = False
    assert run.begin() == [None]


@pytest.mark.parametrize(
    ("how", "why"),
    [({"status": 3}, "exit status 3"), ({"status": 0}, "exit status 0"), ({"signal": 9}, "signal 9")],
)
def test_a_worker_that_ends_costs_its_test_and_is_replaced(run: Run, how: dict[str, int], why: str) -> None:
    ended = run.begin("bad", "good")
    run.processes[0].say(["call", ["startTest", name("bad")]])

    run.processes[0].end(**how)

    assert [call[:2] for call in run.told[0][1]] == [[w, name("bad")] for w in ("startTest", "addError", "stopTest")]
    assert run.message() == f"worker 0 has ended in the middle of this test ({why})"
    assert sorted(run.processes[0].closed) == [ORDERS, STORIES]
    assert len(run.processes) == 2 and run.processes[1].folder == run.processes[0].folder
    run.processes[1].succeed()
    assert ended == [None]
    assert [test for test, _, _ in run.told] == [name("bad"), name("good")]


def test_a_test_that_ends_its_worker_at_its_very_end_stops_once(run: Run) -> None:
    run.begin("bad")
    run.processes[0].say(*(["call", [word, name("bad")]] for word in ("startTest", "addSuccess", "stopTest")))

    run.processes[0].end(status=1)

    words = [call[0] for call in run.told[0][1]]
    assert words == ["startTest", "addSuccess", "addError", "stopTest"]


def test_no_process_is_started_when_nothing_is_left_to_do(run: Run) -> None:
    ended = run.begin("bad")
    run.processes[0].say(["call", ["startTest", name("bad")]])

    run.processes[0].end(status=1)

    assert ended == [None]
    assert len(run.processes) == 1


def test_workers_that_end_at_once_end_the_run(run: Run) -> None:
    ended = run.begin("good", "bad", "error", "skip", "todo")
    for _ in range(3):
        assert ended == []
        run.processes[-1].end(status=1)

    (failure,) = ended
    assert failure.check(WorkersUnusable)
    assert str(failure.value) == f"workers end at once (exit status 1): see {run.folder}/0/err.log"
    assert len(run.processes) == 3
    assert run.told[0][1][0] == ["startTest", name("good")]


def test_a_test_that_is_done_shows_that_workers_can_work(run: Run) -> None:
    ended = run.begin("good", "bad", "error", "skip", "todo", "part")
    run.processes[-1].end(status=1)
    run.processes[-1].end(status=1)
    run.processes[-1].succeed()
    run.processes[-1].end(status=1)
    run.processes[-1].end(status=1)

    assert ended == []
    run.processes[-1].succeed()
    assert ended == [None]


def test_a_worker_that_ends_between_tests_is_replaced(run: Run) -> None:
    run.begin("good")
    run.processes[0].succeed()

    run.processes[0].end(status=1)
    ended = run.begin("bad")
    run.processes[1].succeed()

    assert ended == [None]


def test_workers_that_end_before_their_first_test_end_the_run_too(run: Run) -> None:
    run.begin()
    run.stopped = True
    for _ in range(2):
        run.processes[-1].end(status=1)
        run.pool._workers[0].start()
    run.stopped = False
    ended = run.begin("good")
    assert ended == []

    run.processes[-1].end(status=1)

    assert ended[0].check(WorkersUnusable)


def test_garbage_in_the_pipe_ends_the_worker(run: Run) -> None:
    run.begin("good", "bad")

    run.processes[0].protocol.childDataReceived(STORIES, b"\xff" * 8)
    assert run.processes[0].signals == ["KILL"]
    run.processes[0].end(signal=9)

    assert "killed: something that is not a worker has written to its pipe" in run.message()


class Slow(samples.Samples):
    timeout = 5


def test_a_test_that_cannot_see_that_its_time_is_over_is_ended(run: Run) -> None:
    ended: list[Any] = []
    run.pool.run([Slow("test_good")]).addBoth(ended.append)

    run.reactor.advance(34.9)
    assert run.processes[0].signals == []
    run.reactor.advance(0.2)
    assert run.processes[0].signals == ["KILL"]
    run.processes[0].end(signal=9)

    assert run.message() == (
        "worker 0 has ended in the middle of this test"
        " (killed: it was still running 30 seconds after its timeout of 5 seconds)"
    )
    assert ended == [None]


def test_a_test_without_a_timeout_may_take_its_time(run: Run) -> None:
    run.begin("good")

    run.reactor.advance(100000)

    assert run.processes[0].signals == []


def test_a_test_in_time_leaves_no_call_behind(run: Run) -> None:
    run.pool.run([Slow("test_good")])

    run.processes[0].succeed()

    assert run.reactor.getDelayedCalls() == []


def test_pipes_that_somebody_holds_are_not_waited_for(run: Run) -> None:
    run.begin("bad", "good")
    run.processes[0].say(["call", ["startTest", name("bad")]])

    run.processes[0].protocol.processExited(Failure(ProcessTerminated(5)))
    run.reactor.advance(0.9)
    assert run.told == []
    run.reactor.advance(0.1)

    assert run.message() == "worker 0 has ended in the middle of this test (exit status 5)"
    assert len(run.processes) == 2
    # Its end is not heard twice, nor taken for that of the next.
    run.processes[0].end(status=5)
    run.reactor.advance(1)
    assert len(run.told) == 1 and len(run.processes) == 2


def test_workers_end_when_there_are_no_more_orders(run: Run) -> None:
    run.begin("good")
    run.processes[0].succeed()

    finished: list[Any] = []
    run.pool.finish().addCallback(finished.append)
    assert run.processes[0].closed == [ORDERS]
    assert finished == []
    run.processes[0].say(["over"])
    run.processes[0].end(status=0)

    assert len(finished) == 1
    assert run.reactor.getDelayedCalls() == []
    assert len(run.processes) == 1


def test_a_worker_that_does_not_end_is_killed(run: Run) -> None:
    run.pool.finish()

    run.reactor.advance(9.9)
    assert run.processes[0].signals == []
    run.reactor.advance(0.2)

    assert run.processes[0].signals == ["KILL"]


def test_a_worker_that_has_ended_is_finished(run: Run) -> None:
    run.begin("bad")
    run.processes[0].end(status=1)
    finished: list[Any] = []

    run.pool.finish().addCallback(finished.append)

    assert len(finished) == 1


def test_what_a_worker_tells_after_its_tests_is_told(run: Run) -> None:
    run.begin("good")
    run.processes[0].succeed()
    run.told.clear()

    run.processes[0].say(
        ["call", ["startTest", "tearDownClass"]],
        ["call", ["addSkip", "tearDownClass", "x"]],
        ["call", ["stopTest", "tearDownClass"]],
        ["call", ["addSkip", "<not in test>", "y"]],
    )

    assert run.told == [
        (
            "tearDownClass",
            [["startTest", "tearDownClass"], ["addSkip", "tearDownClass", "x"], ["stopTest", "tearDownClass"]],
            None,
        ),
        ("<not in test>", [["addSkip", "<not in test>", "y"]], None),
    ]


def test_warnings_are_passed_on(run: Run) -> None:
    run.processes[0].say(["warning", {"warning": "w"}])

    assert run.warned == [{"warning": "w"}]


def test_everything_ends_when_the_run_is_interrupted(run: Run) -> None:
    run.begin("good")

    run.pool.kill()
    run.processes[0].end(signal=9)

    assert run.message() == "worker 0 has ended in the middle of this test (killed: the run was interrupted)"


def test_killing_a_process_that_is_gone_is_no_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> None:
        raise ProcessExitedAlready

    monkeypatch.setattr(run.processes[0], "signalProcess", gone)

    run.pool.kill()

    assert run.told == []


def test_a_reporter_that_raises_ends_the_run(run: Run) -> None:
    def broken(*_: Any) -> None:
        raise BrokenPipeError(32, "nobody reads")

    run.pool.listen(broken, lambda: False, run.warned.append)
    ended = run.begin("good", "bad")
    run.processes[0].succeed()

    assert ended[0].check(BrokenPipeError)
    assert len(run.processes[0].ordered) == 1
