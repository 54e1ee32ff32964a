"""A pool of threads, and work handed to it."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from twisted.internet import threads
from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import globalLogPublisher
from twisted.python import context
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

LONG = 20.0


@pytest.fixture
def pool() -> Iterator[ThreadPool]:
    pool = ThreadPool(0, 3, "test")
    pool.start()
    yield pool
    pool.stop()


class Answers:
    """Collects what comes out of threads."""

    def __init__(self) -> None:
        self.queue: queue.Queue[Any] = queue.Queue()

    def __call__(self, *args: Any) -> None:
        self.queue.put(args)

    def get(self) -> Any:
        return self.queue.get(timeout=LONG)


def test_functions_are_called_in_other_threads(pool: ThreadPool) -> None:
    answers = Answers()
    pool.callInThread(lambda *args, **kw: answers(threading.current_thread(), args, kw), 1, key=2)

    thread, args, kw = answers.get()
    assert thread is not threading.current_thread()
    assert thread.name == "PoolThread-test-0"
    assert (args, kw) == ((1,), {"key": 2})


def test_results_and_failures_are_told_in_that_thread(pool: ThreadPool) -> None:
    answers = Answers()
    pool.callInThreadWithCallback(answers, divmod, 7, 2)
    assert answers.get() == (True, (3, 1))
    pool.callInThreadWithCallback(answers, divmod, 7, 0)
    ok, failure = answers.get()
    assert not ok and isinstance(failure, Failure) and failure.check(ZeroDivisionError)


def test_unheard_errors_are_logged(pool: ThreadPool) -> None:
    answers = Answers()

    def write_down(event: Any) -> None:
        answers(event["log_failure"].type)

    note: Any = write_down
    globalLogPublisher.addObserver(note)
    try:
        pool.callInThread(divmod, 1, 0)
        assert answers.get() == (ZeroDivisionError,)

        def bad(ok: bool, result: Any) -> None:
            raise KeyError

        pool.callInThreadWithCallback(bad, divmod, 1, 1)
        assert answers.get() == (KeyError,)
    finally:
        globalLogPublisher.removeObserver(note)


def test_as_many_threads_as_allowed_work_at_once(pool: ThreadPool) -> None:
    gate, entered = threading.Event(), Answers()

    def wait() -> None:
        entered()
        gate.wait(LONG)

    for _ in range(5):
        pool.callInThread(wait)
    for _ in range(3):
        entered.get()
    assert (len(pool.threads), pool.workers, len(pool.working), pool.waiters, pool.q.qsize()) == (3, 3, 3, [], 2)

    gate.set()
    entered.get()
    entered.get()


def test_an_idle_thread_is_used_again(pool: ThreadPool) -> None:
    answers = Answers()
    names = set()
    for _ in range(5):
        pool.callInThreadWithCallback(lambda ok, name: answers(name), lambda: threading.current_thread().name)
        names.add(answers.get())
        while pool.working:
            pass
    assert len(names) <= 2


def test_work_for_two_has_two_threads_though_one_has_been_idle(pool: ThreadPool) -> None:
    for _ in range(3):
        done = Answers()
        pool.callInThread(done)
        done.get()
        while pool.working:
            pass
    gate, entered = threading.Event(), Answers()

    def wait() -> None:
        entered()
        gate.wait(LONG)

    for _ in range(2):
        pool.callInThread(wait)
    # Each of them has begun although the other has not ended.
    for _ in range(2):
        entered.get()
    gate.set()


def test_both_kinds_of_context_go_along(pool: ThreadPool) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
    answers = Answers()
    own = contextvars.copy_context()
    own.run(variable.set, "set")

    def schedule() -> None:
        pool.callInThread(lambda: answers(variable.get(), context.get("key")))

    own.run(context.call, {"key": "value"}, schedule)

    assert answers.get() == ("set", "value")


def test_work_before_the_start_waits_for_it() -> None:
    pool, answers = ThreadPool(0, 1), Answers()
    pool.callInThread(answers, "early")
    assert pool.threads == [] and not pool.started
    pool.start()
    assert answers.get() == ("early",)
    pool.stop()
    assert pool.joined and not pool.started


def test_stopping_waits_for_all_work() -> None:
    pool, done = ThreadPool(0, 1), list[int]()
    pool.start()
    for number in range(20):
        pool.callInThread(done.append, number)
    pool.stop()
    assert done == list(range(20))
    assert pool.workers == 0


def test_work_after_the_stop_is_dropped() -> None:
    pool, done = ThreadPool(0, 1), list[int]()
    pool.start()
    pool.stop()
    pool.callInThread(done.append, 1)
    assert done == [] and pool.threads == []


def test_a_pool_keeps_its_smallest_number_of_threads() -> None:
    pool = ThreadPool(2, 4)
    pool.start()
    assert len(pool.threads) == 2
    pool.adjustPoolsize(3, 4)
    assert len(pool.threads) == 3 and (pool.min, pool.max) == (3, 4)
    pool.startAWorker()
    assert len(pool.threads) == 4
    pool.startAWorker()
    assert len(pool.threads) == 4
    leaving = list(pool.threads)
    pool.adjustPoolsize(0, 1)
    pool.stop()
    assert not any(thread.is_alive() for thread in leaving)


@pytest.mark.parametrize(("smallest", "largest"), [(-1, 5), (5, 2)])
def test_numbers_that_make_no_sense_are_refused(smallest: int, largest: int) -> None:
    with pytest.raises(AssertionError):
        ThreadPool(smallest, largest)
    with pytest.raises(AssertionError):
        ThreadPool(0, 1).adjustPoolsize(smallest, largest)


class Reactor:
    """Its thread is the one that turns it."""

    def __init__(self) -> None:
        self.queue: queue.Queue[Any] = queue.Queue()

    def callFromThread(self, function: Any, *args: Any, **kw: Any) -> None:
        self.queue.put((function, args, kw))

    def turn(self) -> None:
        function, args, kw = self.queue.get(timeout=LONG)
        function(*args, **kw)


def test_defer_to_thread_pool_fires_in_the_reactors_thread(pool: ThreadPool) -> None:
    reactor: Any = Reactor()
    good = threads.deferToThreadPool(reactor, pool, divmod, 7, 2)
    reactor.turn()
    assert good.result == (3, 1)

    caught: list[Any] = []
    threads.deferToThreadPool(reactor, pool, divmod, 7, 0).addErrback(caught.append)
    reactor.turn()
    assert caught[0].check(ZeroDivisionError)


@pytest.mark.parametrize("given", [5, succeed(5)], ids=["value", "deferred"])
def test_blocking_call_waits_for_the_result(pool: ThreadPool, given: Any) -> None:
    reactor: Any = Reactor()
    answers = Answers()
    pool.callInThreadWithCallback(answers, threads.blockingCallFromThread, reactor, lambda: given)
    reactor.turn()
    assert answers.get() == (True, 5)


def test_blocking_call_waits_for_coroutines_and_raises_failures(pool: ThreadPool) -> None:
    reactor: Any = Reactor()
    answers = Answers()
    gate: Deferred[int] = Deferred()

    async def coroutine() -> int:
        return await gate + 1

    pool.callInThreadWithCallback(answers, threads.blockingCallFromThread, reactor, coroutine)  # type: ignore[arg-type]
    reactor.turn()
    gate.callback(1)
    assert answers.get() == (True, 2)

    pool.callInThreadWithCallback(answers, threads.blockingCallFromThread, reactor, lambda: fail(KeyError("k")))
    reactor.turn()
    ok, failure = answers.get()
    assert not ok and failure.check(KeyError)
