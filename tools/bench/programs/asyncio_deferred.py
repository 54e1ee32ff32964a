"""What asyncio's futures and timers cost for the same work: ``asyncio_deferred.py WORK [uvloop] SECONDS``."""

import asyncio
import json
import os
import sys
import threading
import time


def add_one(value):
    return value + 1


async def chain(loop, seconds):
    """A future for each link, each set by the done callback of the one before."""
    operations, cpu, wall = 0, time.process_time(), time.perf_counter()
    while (spent := time.process_time() - cpu) < seconds:
        ends = []
        for _ in range(100):
            first = previous = loop.create_future()
            for _ in range(10):
                following = loop.create_future()
                previous.add_done_callback(
                    lambda done, following=following: following.set_result(add_one(done.result()))
                )
                previous = following
            ends.append(previous)
            first.set_result(0)
        for end in ends:
            await end
        operations += 1000
    return operations, spent, wall


async def gather(loop, seconds):
    operations, cpu, wall = 0, time.process_time(), time.perf_counter()
    while (spent := time.process_time() - cpu) < seconds:
        for _ in range(100):
            waiting = [loop.create_future() for _ in range(10)]
            together = asyncio.gather(*waiting)
            for future in waiting:
                future.set_result(1)
            await together
        operations += 1000
    return operations, spent, wall


async def coroutine(loop, seconds):
    operations, cpu, wall = 0, time.process_time(), time.perf_counter()
    waiting = []

    async def work():
        total = 0
        for _ in range(5):
            future = loop.create_future()
            waiting.append(future)
            total += await future
        return total

    while (spent := time.process_time() - cpu) < seconds:
        tasks = [asyncio.ensure_future(work()) for _ in range(200)]
        while not tasks[-1].done():
            await asyncio.sleep(0)
            while waiting:
                waiting.pop().set_result(1)
        await asyncio.gather(*tasks)
        operations += 200
    return operations, spent, wall


def nothing():
    pass


def later_cancel(outstanding):
    async def work(loop, seconds):
        kept = [loop.call_later(1000 + n / 100, nothing) for n in range(outstanding)]
        operations, cpu, wall = 0, time.process_time(), time.perf_counter()
        while (spent := time.process_time() - cpu) < seconds:
            for _ in range(1000):
                loop.call_later(30, nothing).cancel()
            operations += 1000
            await asyncio.sleep(0)
        for call in kept:
            call.cancel()
        return operations, spent, wall

    return work


def later_fire(outstanding):
    async def work(loop, seconds):
        kept = [loop.call_later(1000 + n / 100, nothing) for n in range(outstanding)]
        operations, cpu, wall = 0, time.process_time(), time.perf_counter()
        while (spent := time.process_time() - cpu) < seconds:
            for _ in range(999):
                loop.call_later(1e-9, nothing)
            done = loop.create_future()
            loop.call_later(1e-9, done.set_result, None)
            await done
            operations += 1000
        for call in kept:
            call.cancel()
        return operations, spent, wall

    return work


async def from_thread(loop, seconds):
    operations, cpu, wall = 0, time.process_time(), time.perf_counter()
    while (spent := time.process_time() - cpu) < seconds:
        done = loop.create_future()

        def call_in_thread(done=done):
            for _ in range(4999):
                loop.call_soon_threadsafe(nothing)
            loop.call_soon_threadsafe(done.set_result, None)

        thread = threading.Thread(target=call_in_thread)
        thread.start()
        await done
        thread.join()
        operations += 5000
    return operations, spent, wall


async def to_thread(loop, seconds):
    operations, cpu, wall = 0, time.process_time(), time.perf_counter()
    while (spent := time.process_time() - cpu) < seconds:
        await asyncio.gather(*[loop.run_in_executor(None, nothing) for _ in range(10)])
        operations += 10
    return operations, spent, wall


def spawn(clock):
    async def work(loop, seconds):
        pipe = asyncio.subprocess.PIPE
        operations, cpu, wall = 0, clock(), time.perf_counter()
        while (spent := clock() - cpu) < seconds:
            process = await asyncio.create_subprocess_exec("/bin/true", stdin=pipe, stdout=pipe, stderr=pipe)
            await process.communicate()
            operations += 1
        return operations, spent, wall

    return work


def with_children():
    return sum(os.times()[:4])


WORK = {
    "chain": chain,
    "gather": gather,
    "coroutine": coroutine,
    "later-cancel-10": later_cancel(10),
    "later-cancel-100k": later_cancel(100_000),
    "later-fire-10": later_fire(10),
    "later-fire-100k": later_fire(100_000),
    "from-thread": from_thread,
    "to-thread": to_thread,
    "spawn": spawn(time.process_time),
    "spawn-whole": spawn(with_children),
}


async def main():
    operations, spent, wall = await WORK[sys.argv[1]](asyncio.get_running_loop(), float(sys.argv[-1]))
    print(json.dumps({"operations": operations, "cpu": spent, "seconds": time.perf_counter() - wall}))


if "uvloop" in sys.argv:
    import uvloop

    uvloop.install()
asyncio.run(main())
