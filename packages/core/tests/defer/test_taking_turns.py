"""Locks, semaphores, queues."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twisted.internet._defer.taking_turns import _Shared
from twisted.internet.defer import (
    AlreadyTryingToLockError,
    CancelledError,
    Deferred,
    DeferredFilesystemLock,
    DeferredLock,
    DeferredQueue,
    DeferredSemaphore,
    QueueOverflow,
    QueueUnderflow,
    TimeoutError,
    ensureDeferred,
    fail,
)
from twisted.internet.task import Clock
from twisted.python.lockfile import FilesystemLock


def outcome(deferred: Deferred[Any]) -> Any:
    results: list[Any] = []
    deferred.addBoth(results.append)
    (result,) = results
    return result


def test_a_kind_of_its_own_hears_which_method_it_lacks() -> None:
    class Turnstile(_Shared):
        pass

    for method in ("acquire", "release"):
        with pytest.raises(NotImplementedError, match=rf"\.Turnstile has to override {method}\(\)$"):
            getattr(Turnstile(), method)()


def test_a_lock_is_given_to_one_after_the_other() -> None:
    lock = DeferredLock()
    assert not lock.locked
    first, second, third = lock.acquire(), lock.acquire(), lock.acquire()
    assert first.result is lock and lock.locked and lock.waiting == [second, third]

    lock.release()
    assert second.result is lock and lock.locked and not third.called
    lock.release()
    assert third.result is lock and lock.locked
    lock.release()
    assert not lock.locked and lock.waiting == []


def test_releasing_a_free_lock_is_refused() -> None:
    with pytest.raises(AssertionError, match="unlocked"):
        DeferredLock().release()


def test_who_cancels_leaves_the_queue() -> None:
    lock = DeferredLock()
    lock.acquire()
    second = lock.acquire()
    second.cancel()
    assert outcome(second).check(CancelledError) and lock.waiting == []

    lock.release()

    assert not lock.locked


@pytest.mark.parametrize("make", [DeferredLock, lambda: DeferredSemaphore(1)], ids=["lock", "semaphore"])
def test_run_holds_it_until_the_result_is_there(make: Any) -> None:
    shared = make()
    inner: Deferred[int] = Deferred()
    first = shared.run(lambda a, b: inner.addCallback(lambda v: v + a + b), 1, b=2)
    second = shared.run(lambda: "second")
    assert not second.called

    inner.callback(10)

    assert (first.result, second.result) == (13, "second")


@pytest.mark.parametrize("make", [DeferredLock, lambda: DeferredSemaphore(1)], ids=["lock", "semaphore"])
def test_run_releases_after_failures_and_runs_coroutines(make: Any) -> None:
    shared = make()

    async def coroutine() -> str:
        return "done"

    assert outcome(shared.run(lambda: fail(KeyError()))).check(KeyError)
    assert shared.run(coroutine).result == "done"


@pytest.mark.parametrize("make", [DeferredLock, lambda: DeferredSemaphore(1)], ids=["lock", "semaphore"])
def test_async_with_holds_and_releases(make: Any) -> None:
    shared = make()
    gate: Deferred[None] = Deferred()

    async def body() -> None:
        async with shared as held:
            assert held is shared
            await gate
            raise KeyError

    running = ensureDeferred(body())
    next_one = shared.acquire()
    assert not next_one.called

    gate.callback(None)

    assert outcome(running).check(KeyError)
    assert next_one.called


def test_a_semaphore_gives_out_its_tokens() -> None:
    semaphore = DeferredSemaphore(2)
    first, second, third = semaphore.acquire(), semaphore.acquire(), semaphore.acquire()
    assert first.called and second.called and semaphore.tokens == 0 and semaphore.limit == 2
    assert not third.called and semaphore.waiting == [third]

    semaphore.release()
    assert third.result is semaphore and semaphore.tokens == 0
    semaphore.release()
    semaphore.release()
    assert semaphore.tokens == 2
    with pytest.raises(AssertionError):
        semaphore.release()


def test_a_semaphore_needs_a_token() -> None:
    with pytest.raises(ValueError):
        DeferredSemaphore(0)


def test_a_queue_gives_in_the_order_of_putting() -> None:
    queue: DeferredQueue[int] = DeferredQueue()
    queue.put(1)
    queue.put(2)

    assert [queue.get().result, queue.get().result] == [1, 2]
    third, fourth = queue.get(), queue.get()
    queue.put(3)
    assert third.result == 3 and not fourth.called
    assert queue.waiting == [fourth]


def test_a_queue_has_limits() -> None:
    queue: DeferredQueue[int] = DeferredQueue(size=1, backlog=1)
    queue.put(1)
    with pytest.raises(QueueOverflow):
        queue.put(2)
    assert queue.pending == [1]
    assert queue.get().result == 1
    waiting = queue.get()
    with pytest.raises(QueueUnderflow):
        queue.get()

    waiting.cancel()

    assert outcome(waiting).check(CancelledError) and queue.waiting == []
    assert not queue.get().called


def test_limits_of_nothing_allow_nothing() -> None:
    queue: DeferredQueue[int] = DeferredQueue(size=0, backlog=0)
    with pytest.raises(QueueOverflow):
        queue.put(1)
    with pytest.raises(QueueUnderflow):
        queue.get()


def test_a_file_lock_is_tried_once_a_second(tmp_path: Path) -> None:
    path, clock = str(tmp_path / "lock"), Clock()
    other = FilesystemLock(path)
    assert other.lock()
    lock = DeferredFilesystemLock(path, clock)
    waiting = lock.deferUntilLocked()
    clock.advance(0.9)
    other.unlock()
    assert not waiting.called

    clock.advance(0.1)

    assert waiting.called and waiting.result is None and lock.locked
    assert clock.getDelayedCalls() == []
    lock.unlock()


def test_a_free_file_lock_is_taken_at_once(tmp_path: Path) -> None:
    clock = Clock()
    lock = DeferredFilesystemLock(str(tmp_path / "lock"), clock)

    assert lock.deferUntilLocked(timeout=5).called
    assert clock.getDelayedCalls() == []
    lock.unlock()


def test_waiting_for_a_file_lock_can_time_out(tmp_path: Path) -> None:
    path, clock = str(tmp_path / "lock"), Clock()
    other = FilesystemLock(path)
    other.lock()
    waiting = DeferredFilesystemLock(path, clock).deferUntilLocked(timeout=2.5)
    clock.pump([1, 1])
    assert not waiting.called

    clock.advance(0.5)

    failure = outcome(waiting)
    assert failure.check(TimeoutError) and path in str(failure.value)
    assert clock.getDelayedCalls() == []
    other.unlock()


def test_waiting_for_a_file_lock_can_be_cancelled(tmp_path: Path) -> None:
    path, clock = str(tmp_path / "lock"), Clock()
    other = FilesystemLock(path)
    other.lock()
    lock = DeferredFilesystemLock(path, clock)
    waiting = lock.deferUntilLocked(timeout=10)
    assert outcome(lock.deferUntilLocked()).check(AlreadyTryingToLockError)

    waiting.cancel()

    assert outcome(waiting).check(CancelledError)
    assert clock.getDelayedCalls() == []
    other.unlock()
    assert lock.deferUntilLocked().called
    lock.unlock()


def test_what_goes_wrong_with_the_file_fails_the_wait(tmp_path: Path) -> None:
    clock = Clock()
    lock = DeferredFilesystemLock(str(tmp_path / "missing" / "lock"), clock)

    assert outcome(lock.deferUntilLocked(timeout=1)).check(OSError)
    assert clock.getDelayedCalls() == []
