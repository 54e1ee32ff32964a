"""Coroutines of ours among asyncio's tasks, and Deferreds awaited by those. On asyncio's loop and on uvloop's."""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, fail, inlineCallbacks, succeed
from twisted.python.failure import Failure

Runner = Callable[[Coroutine[Any, Any, Any]], Any]
since_311 = pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout and TaskGroup came with Python 3.11")


def soon(value: Any = None) -> Deferred[Any]:
    """Fires in a later turn."""
    deferred: Deferred[Any] = Deferred()
    asyncio.get_running_loop().call_soon(lambda: deferred.called or deferred.callback(value))  # type: ignore[func-returns-value]
    return deferred


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


# Deferreds in tasks of asyncio's


def test_a_task_awaits_deferreds(run: Runner) -> None:
    async def main() -> Any:
        with pytest.raises(KeyError):
            await fail(KeyError())
        failing: Deferred[None] = Deferred()
        asyncio.get_running_loop().call_soon(failing.errback, ValueError("later"))
        with pytest.raises(ValueError, match="later"):
            await failing
        return await succeed(1), await soon(2)

    assert run(main()) == (1, 2)


def test_gather_wait_for_and_shield_take_deferreds(run: Runner) -> None:
    async def main() -> Any:
        return (
            await asyncio.gather(soon(1), soon(2)),
            await asyncio.wait_for(soon(3), 10),
            await asyncio.shield(soon(4)),
        )

    assert run(main()) == ([1, 2], 3, 4)


def test_wait_for_cancels_the_deferred(run: Runner) -> None:
    async def main() -> None:
        cancelled: list[Any] = []
        deferred: Deferred[None] = Deferred(cancelled.append)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(deferred, 0.001)
        assert cancelled == [deferred]

    run(main())


def test_a_cancelled_task_cancels_its_deferred_and_sees_asyncios_error(run: Runner) -> None:
    async def main() -> None:
        deferred: Deferred[None] = Deferred()
        seen: list[Any] = []

        async def waiting() -> None:
            try:
                await deferred
            except BaseException as error:
                seen.append((type(error), type(error.__cause__)))
                raise

        task = asyncio.ensure_future(waiting())
        await turns()
        task.cancel()
        assert seen == []
        await asyncio.wait([task])
        assert task.cancelled() and deferred.called
        assert seen == [(asyncio.CancelledError, CancelledError)]

    run(main())


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
def test_eager_tasks_await_deferreds() -> None:
    async def main() -> Any:
        async def waiting(deferred: Deferred[Any]) -> Any:
            return await deferred

        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]
        ready = asyncio.create_task(waiting(succeed(1)))
        assert ready.done()
        return ready.result(), await asyncio.create_task(waiting(soon(2)))

    assert asyncio.run(main()) == (1, 2)


def test_of_several_tasks_that_await_one_deferred_the_first_takes_the_result(run: Runner) -> None:
    async def main() -> Any:
        deferred: Deferred[str] = Deferred()

        async def waiting() -> Any:
            return await deferred

        tasks = [asyncio.ensure_future(waiting()) for _ in range(2)]
        await turns()
        deferred.callback("once")
        return await asyncio.gather(*tasks)

    assert run(main()) == ["once", None]


# asyncio in coroutines of ours


def test_a_coroutine_awaits_both_kinds(run: Runner) -> None:
    async def ours() -> Any:
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, 2)
        first = await soon(1)
        second = await future
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        third = await asyncio.create_task(asyncio.sleep(0.001, 3))
        return first, second, third

    async def main() -> Any:
        return await ensureDeferred(ours())

    assert run(main()) == (1, 2, 3)


def test_exceptions_of_futures_are_raised_where_it_waits(run: Runner) -> None:
    async def ours() -> str:
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_exception, KeyError("k"))
        try:
            await future
        except KeyError:
            return "handled"
        return "not raised"

    async def main() -> Any:
        return await ensureDeferred(ours())

    assert run(main()) == "handled"


def test_it_starts_at_once_and_goes_on_at_once(run: Runner) -> None:
    async def main() -> None:
        log: list[str] = []
        deferred: Deferred[None] = Deferred()

        async def ours() -> None:
            log.append("started")
            await deferred
            log.append("resumed")

        running = ensureDeferred(ours())
        log.append("after start")
        deferred.callback(None)
        log.append("after firing")
        assert log == ["started", "after start", "resumed", "after firing"]
        assert running.called

    run(main())


def test_each_coroutine_is_the_current_task_while_it_runs(run: Runner) -> None:
    async def main() -> None:
        outer = asyncio.current_task()
        tasks: list[Any] = []
        gate: Deferred[None] = Deferred()

        async def ours() -> None:
            tasks.append(asyncio.current_task())
            await gate
            tasks.append(asyncio.current_task())

        coroutine = ours()
        running = ensureDeferred(coroutine)
        assert asyncio.current_task() is outer
        (mine,) = tasks
        assert mine is not outer and not mine.done()
        assert mine.get_coro() is coroutine
        assert mine.cancelling() == 0
        mine.set_name("mine")
        assert mine.get_name() == "mine"
        assert isinstance(mine.get_context(), contextvars.Context)
        assert [frame.f_code.co_name for frame in mine.get_stack()] == ["ours"]
        gate.callback(None)
        assert tasks == [mine, mine]
        assert asyncio.current_task() is outer
        assert mine.done() and running.called

    run(main())


def test_no_current_task_remains_outside_of_tasks(run: Runner) -> None:
    async def main() -> None:
        gate: Deferred[None] = Deferred()
        seen: list[Any] = []

        async def ours() -> None:
            await gate

        ensureDeferred(ours())

        def outside() -> None:
            gate.callback(None)
            seen.append(asyncio.current_task())

        asyncio.get_running_loop().call_soon(outside)
        await turns()
        assert seen == [None]

    run(main())


def test_done_callbacks_of_the_task_are_called(run: Runner) -> None:
    async def main() -> None:
        done: list[Any] = []

        async def good() -> str:
            task: Any = asyncio.current_task()
            task.add_done_callback(lambda task: done.append(task.result()))
            return "good"

        async def bad() -> None:
            task: Any = asyncio.current_task()
            task.add_done_callback(lambda task: done.append(task.exception().args))
            raise KeyError("bad")

        ensureDeferred(good())
        ensureDeferred(bad()).addErrback(lambda _: None)
        await turns()
        assert done == ["good", ("bad",)]

    run(main())


def test_a_coroutine_started_before_the_loop_runs_joins_it(run: Runner) -> None:
    gate: Deferred[None] = Deferred()
    seen: list[Any] = []

    async def ours() -> None:
        await gate
        seen.append(asyncio.current_task())
        await asyncio.sleep(0)
        seen.append(asyncio.current_task())

    running = ensureDeferred(ours())

    async def main() -> None:
        gate.callback(None)
        await running

    run(main())
    assert seen[0] is seen[1] is not None


def test_generators_get_futures_back_and_are_no_tasks(run: Runner) -> None:
    async def main() -> None:
        future = asyncio.get_running_loop().create_future()
        outer = asyncio.current_task()

        @inlineCallbacks
        def generator() -> Any:
            same = yield future
            yield succeed(None)
            return same is future and asyncio.current_task() is outer

        assert await generator()
        future.cancel()

    run(main())


@since_311
def test_timeouts_end_waits_of_both_kinds(run: Runner) -> None:
    async def ours() -> list[str]:
        log = []
        for waiting in (Deferred(), asyncio.get_running_loop().create_future(), asyncio.sleep(50)):  # type: ignore[var-annotated]
            try:
                async with asyncio.timeout(0.001):
                    await waiting
            except TimeoutError:
                log.append("timeout")
        async with asyncio.timeout(10):
            log.append(await soon("in time"))
        return log

    async def main() -> Any:
        return await ensureDeferred(ours())

    assert run(main()) == ["timeout", "timeout", "timeout", "in time"]


@since_311
def test_task_groups(run: Runner) -> None:
    async def child(value: int) -> Any:
        return await soon(value)

    async def failing() -> None:
        await soon()
        raise KeyError("child")

    async def ours() -> Any:
        async with asyncio.TaskGroup() as group:
            first, second = group.create_task(child(1)), group.create_task(child(2))
        stuck: Deferred[None] = Deferred()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(failing())
                await stuck
        except BaseException as error:
            return first.result(), second.result(), stuck.called, [type(e) for e in error.exceptions]  # type: ignore[attr-defined]

    async def main() -> Any:
        return await ensureDeferred(ours())

    assert run(main()) == (1, 2, True, [KeyError])


def test_anyio(run: Runner) -> None:
    anyio = pytest.importorskip("anyio", reason="pip install anyio")

    async def child(log: list[str]) -> None:
        await soon()
        log.append("child")

    async def ours() -> Any:
        log: list[str] = []
        with anyio.move_on_after(0.001) as first:
            await Deferred()
        with anyio.move_on_after(0.001) as second:
            await anyio.sleep(50)
        async with anyio.create_task_group() as group:
            group.start_soon(child, log)
            group.start_soon(anyio.sleep, 0.001)
        with anyio.CancelScope() as third:
            third.cancel()
            await Deferred()
        return first.cancelled_caught, second.cancelled_caught, log, third.cancelled_caught

    async def main() -> Any:
        return await ensureDeferred(ours())

    assert run(main()) == (True, True, ["child"], True)


# Cancelling


def test_cancelling_the_deferred_acts_at_once(run: Runner) -> None:
    async def main() -> None:
        seen: list[Any] = []

        async def ours(waiting: Any) -> None:
            try:
                await waiting
            except BaseException as error:
                seen.append(type(error))
                raise

        on_deferred = ensureDeferred(ours(Deferred()))
        on_deferred.cancel()
        future = asyncio.get_running_loop().create_future()
        on_future = ensureDeferred(ours(future))
        on_future.cancel()
        assert seen == [CancelledError, asyncio.CancelledError]
        assert future.cancelled()
        for running in (on_deferred, on_future):
            caught: list[Failure] = []
            running.addErrback(caught.append)
            assert caught[0].check(CancelledError)
        assert isinstance(caught[0].value, asyncio.CancelledError)

    run(main())


def test_cancelling_the_deferred_of_a_coroutine_that_awaits_a_task_waits_for_that(run: Runner) -> None:
    async def main() -> None:
        cleaned: list[str] = []

        async def child() -> None:
            try:
                await asyncio.sleep(50)
            finally:
                await asyncio.sleep(0)
                cleaned.append("up")

        async def ours() -> None:
            await asyncio.create_task(child())

        running = ensureDeferred(ours())
        await turns()
        running.cancel()
        assert not running.called
        with pytest.raises(CancelledError):
            await running
        assert cleaned == ["up"]

    run(main())


def test_cancelling_the_task_resumes_in_a_later_turn(run: Runner) -> None:
    async def main() -> None:
        seen: list[Any] = []
        tasks: list[Any] = []
        deferred: Deferred[None] = Deferred()

        async def ours() -> None:
            tasks.append(asyncio.current_task())
            try:
                await deferred
            except BaseException as error:
                seen.append((type(error), type(error.__cause__)))
                raise

        running = ensureDeferred(ours())
        running.addErrback(lambda failure: seen.append(failure.check(CancelledError)))
        (task,) = tasks
        assert task.cancel("why")
        assert task.cancelling() == 1
        assert deferred.called and seen == []
        await turns()
        assert seen == [(asyncio.CancelledError, CancelledError), CancelledError]
        assert task.cancelled()
        assert not task.cancel()

    run(main())


def test_a_coroutine_that_cancels_itself_is_cancelled_where_it_next_waits(run: Runner) -> None:
    async def main() -> None:
        log: list[Any] = []

        async def ours(make: Any) -> None:
            task: Any = asyncio.current_task()
            task.cancel()
            await succeed(None)
            log.append("not yet")
            try:
                await make()
            except asyncio.CancelledError:
                log.append("now")

        for make in (Deferred, asyncio.get_running_loop().create_future, lambda: asyncio.sleep(0)):
            await ensureDeferred(ours(make))
        assert log == ["not yet", "now"] * 3

    run(main())


def test_a_cancellation_can_be_taken_back(run: Runner) -> None:
    async def main() -> None:
        async def ours() -> str:
            task: Any = asyncio.current_task()
            task.cancel()
            assert task.uncancel() == 0
            assert task.uncancel() == 0
            await soon()
            return "went on"

        assert await ensureDeferred(ours()) == "went on"

    run(main())


def test_a_deferred_that_does_not_give_in_at_once_is_waited_for(run: Runner) -> None:
    async def main() -> None:
        tasks: list[Any] = []
        slow: Deferred[None] = Deferred()
        waiting = succeed(None).addCallback(lambda _: slow)
        slow.pause()

        async def ours() -> None:
            tasks.append(asyncio.current_task())
            await waiting

        running = ensureDeferred(ours())
        tasks[0].cancel()
        await turns()
        assert not running.called
        slow.unpause()
        with pytest.raises(CancelledError):
            await running

    run(main())


def test_asyncio_run_cancels_coroutines_that_wait_for_futures() -> None:
    ended: list[Any] = []

    async def ours() -> None:
        try:
            await asyncio.sleep(50)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async def main() -> None:
        ensureDeferred(ours()).addErrback(lambda failure: ended.append(failure.check(CancelledError)))
        assert len(asyncio.all_tasks()) == 2

    asyncio.run(main())
    assert ended == ["cancelled", CancelledError]


# Futures


def test_from_future(run: Runner) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        deferred = Deferred.fromFuture(future)
        future.set_result(1)
        await turns()
        assert deferred.result == 1

        failing = loop.create_future()
        deferred = Deferred.fromFuture(failing)
        failing.set_exception(KeyError())
        with pytest.raises(KeyError):
            await deferred

    run(main())


def test_cancelling_passes_from_deferred_to_future_and_back(run: Runner) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        deferred = Deferred.fromFuture(future)
        deferred.cancel()
        assert future.cancelled() and deferred.called
        with pytest.raises(CancelledError):
            await deferred

        future = loop.create_future()
        deferred = Deferred.fromFuture(future)
        future.cancel()
        await turns()
        caught: list[Failure] = []
        deferred.addErrback(caught.append)
        assert isinstance(caught[0].value, CancelledError) and isinstance(caught[0].value, asyncio.CancelledError)

    run(main())


def test_as_future(run: Runner) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        deferred: Deferred[int] = Deferred()
        future = deferred.asFuture(loop)
        deferred.callback(1)
        assert future.result() == 1 and deferred.result is None

        deferred = Deferred()
        future = deferred.asFuture(loop)
        deferred.errback(KeyError("k"))
        with pytest.raises(KeyError):
            await future

        cancelled: list[Any] = []
        deferred = Deferred(cancelled.append)
        deferred.asFuture(loop).cancel()
        await turns()
        assert cancelled == [deferred]

        deferred = Deferred()
        future = deferred.asFuture(loop)
        deferred.cancel()
        with pytest.raises(CancelledError):
            await future

    run(main())


# Long chains, contexts


@pytest.mark.parametrize("start", ["deferred", "future"])
def test_three_thousand_coroutines_that_wait_for_each_other(run: Runner, start: str) -> None:
    async def main() -> Any:
        deferred: Deferred[int] = Deferred()
        future = asyncio.get_running_loop().create_future()

        async def ours(waiting: Any) -> int:
            return int(await waiting) + 1

        last = ensureDeferred(ours(deferred if start == "deferred" else future))
        for _ in range(2999):
            last = ensureDeferred(ours(last))
        if start == "deferred":
            deferred.callback(0)
        else:
            future.set_result(0)
        return await last

    assert run(main()) == 3000


def test_cancelling_three_thousand_coroutines(run: Runner) -> None:
    async def main() -> None:
        future = asyncio.get_running_loop().create_future()

        async def ours(waiting: Any) -> None:
            await waiting

        last = ensureDeferred(ours(future))
        for _ in range(2999):
            last = ensureDeferred(ours(last))
        last.cancel()
        assert future.cancelled()
        with pytest.raises(CancelledError):
            await last

    run(main())


variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


def test_steps_after_futures_and_turns_run_in_the_coroutines_context(run: Runner) -> None:
    async def main() -> Any:
        async def ours() -> list[str]:
            variable.set("ours")
            seen = []
            for waiting in (asyncio.sleep(0), asyncio.sleep(0.001), soon()):
                await waiting
                seen.append(variable.get())
            return seen

        variable.set("main")
        seen = await ensureDeferred(ours())
        return seen, variable.get()

    assert run(main()) == (["ours"] * 3, "main")


def test_a_future_of_another_loop_is_refused(run: Runner) -> None:
    other = asyncio.new_event_loop()

    async def main() -> None:
        async def ours() -> None:
            await other.create_future()

        with pytest.raises(RuntimeError, match="attached to a different loop"):
            await ensureDeferred(ours())

    run(main())
    other.close()


def test_without_a_loop_futures_cannot_be_awaited() -> None:
    loop = asyncio.new_event_loop()
    future = loop.create_future()

    async def ours() -> None:
        await future

    caught: list[Failure] = []
    ensureDeferred(ours()).addErrback(caught.append)
    assert caught[0].check(RuntimeError)
    loop.close()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Task.uncancel came with Python 3.11")
def test_a_cancellation_that_is_taken_back_before_it_arrives_never_does(run: Runner) -> None:
    async def child() -> str:
        await soon()
        task = asyncio.current_task()
        assert task is not None
        task.cancel("not meant")
        assert task.cancelling() == 1
        assert task.uncancel() == 0
        await soon()
        return "went on"

    async def main() -> str:
        answer: str = await ensureDeferred(child())
        return answer

    assert run(main()) == "went on"


def test_a_cancellation_between_two_steps_is_seen_once(run: Runner) -> None:
    async def child(told: list[Any]) -> str:
        await soon()
        future = asyncio.get_running_loop().create_future()
        told += [asyncio.current_task(), future]
        try:
            await future
        except asyncio.CancelledError:
            told.append("cancelled")
        await soon()
        await asyncio.sleep(0)
        return "went on"

    async def main() -> Any:
        told: list[Any] = []
        working = ensureDeferred(child(told))
        await turns()
        task, future = told
        future.set_result("too late")
        task.cancel()
        return await working, told[2:]

    assert run(main()) == ("went on", ["cancelled"])


def test_several_may_wait_for_what_a_deferred_looks_like_to_asyncio() -> None:
    from twisted.internet._defer.loops import Waiter

    deferred: Deferred[int] = Deferred()
    heard: list[Any] = []

    class Loop:
        def call_soon(self, callback: Any, *words: Any, context: Any = None) -> None:
            callback(*words)

    waiter = Waiter(deferred, Loop())  # type: ignore[arg-type]  # as much of a loop as this needs
    assert waiter.remove_done_callback(heard.append) == 0 and not waiter.done()

    def first(waiter: Any) -> None:
        heard.append(("first", waiter.done()))

    def second(waiter: Any) -> None:
        heard.append(("second", waiter.done()))

    def third(waiter: Any) -> None:
        heard.append("third")

    for callback in (first, second, third):
        waiter.add_done_callback(callback)
    assert waiter.remove_done_callback(third) == 1 and waiter.remove_done_callback(third) == 0
    deferred.callback(7)
    assert heard == [("first", True), ("second", True)] and waiter.done() and not waiter.cancelled()
    waiter.add_done_callback(first)

    assert heard[2:] == [("first", True)] and not waiter.cancel() and waiter.exception() is None
