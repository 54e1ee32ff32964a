"""Deferreds, timers and threads, timed by themselves: ``twisted_deferred.py WORK SECONDS``; prints JSON."""

import json
import os
import sys
import time

from twisted.internet import defer


def measured(work, seconds):
    """Call *work*, which returns how many operations it did, until *seconds* of CPU time are gone."""
    work()
    operations, cpu, wall = 0, time.process_time(), time.perf_counter()
    while (spent := time.process_time() - cpu) < seconds:
        operations += work()
    return {"operations": operations, "cpu": spent, "seconds": time.perf_counter() - wall}


def add_one(value):
    return value + 1


def chain():
    for _ in range(1000):
        deferred = defer.Deferred()
        for _ in range(10):
            deferred.addCallback(add_one)
        deferred.callback(0)
    return 10_000


def gather():
    for _ in range(100):
        waiting = [defer.Deferred() for _ in range(10)]
        together = defer.gatherResults(waiting)
        for deferred in waiting:
            deferred.callback(1)
        assert together.called
    return 1000


def inline():
    waiting = []

    @defer.inlineCallbacks
    def work():
        total = 0
        for _ in range(5):
            deferred = defer.Deferred()
            waiting.append(deferred)
            total += yield deferred
        total += yield defer.succeed(1)
        return total

    for _ in range(200):
        result = work()
        while waiting:
            waiting.pop().callback(1)
        assert result.called
    return 200


def coroutine():
    waiting = []

    async def work():
        total = 0
        for _ in range(5):
            deferred = defer.Deferred()
            waiting.append(deferred)
            total += await deferred
        total += await defer.succeed(1)
        return total

    for _ in range(200):
        result = defer.ensureDeferred(work())
        while waiting:
            waiting.pop().callback(1)
        assert result.called
    return 200


def reactor_work(body):
    """Run *body*, a coroutine function given the reactor, inside the running reactor."""

    def timed(seconds):
        from twisted.internet import reactor

        results = []

        def go():
            running = defer.ensureDeferred(body(reactor, seconds))
            running.addCallback(results.append)
            running.addErrback(lambda failure: failure.printTraceback())
            running.addBoth(lambda _: reactor.stop())

        reactor.callWhenRunning(go)
        reactor.run()
        return results[0]

    return timed


def nothing():
    pass


def turn(reactor):
    """A Deferred that fires in a later turn."""
    deferred = defer.Deferred()
    reactor.callLater(0, deferred.callback, None)
    return deferred


def later_cancel(outstanding):
    async def body(reactor, seconds):
        kept = [reactor.callLater(1000 + n / 100, nothing) for n in range(outstanding)]
        await turn(reactor)
        operations, cpu, wall = 0, time.process_time(), time.perf_counter()
        while (spent := time.process_time() - cpu) < seconds:
            for _ in range(1000):
                reactor.callLater(30, nothing).cancel()
            operations += 1000
            await turn(reactor)
        for call in kept:
            call.cancel()
        return {"operations": operations, "cpu": spent, "seconds": time.perf_counter() - wall}

    return reactor_work(body)


def later_fire(outstanding):
    async def body(reactor, seconds):
        kept = [reactor.callLater(1000 + n / 100, nothing) for n in range(outstanding)]
        await turn(reactor)
        operations, cpu, wall = 0, time.process_time(), time.perf_counter()
        while (spent := time.process_time() - cpu) < seconds:
            for _ in range(999):
                reactor.callLater(0, nothing)
            operations += 1000
            await turn(reactor)
        for call in kept:
            call.cancel()
        return {"operations": operations, "cpu": spent, "seconds": time.perf_counter() - wall}

    return reactor_work(body)


async def looping_on_reactor(reactor, seconds):
    from twisted.internet import task

    calls = 0
    finished = defer.Deferred()
    cpu, wall = time.process_time(), time.perf_counter()

    def count():
        nonlocal calls
        calls += 1
        if calls % 1000 == 0 and time.process_time() - cpu >= seconds and not finished.called:
            finished.callback(None)

    loops = [task.LoopingCall(count) for _ in range(10)]
    for loop in loops:
        loop.start(0)
    await finished
    spent = time.process_time() - cpu
    for loop in loops:
        loop.stop()
    return {"operations": calls, "cpu": spent, "seconds": time.perf_counter() - wall}


async def from_thread(reactor, seconds):
    import threading

    operations, cpu, wall = 0, time.process_time(), time.perf_counter()
    while (spent := time.process_time() - cpu) < seconds:
        done = defer.Deferred()

        def call_in_thread(done=done):
            for _ in range(4999):
                reactor.callFromThread(nothing)
            reactor.callFromThread(done.callback, None)

        thread = threading.Thread(target=call_in_thread)
        thread.start()
        await done
        thread.join()
        operations += 5000
    return {"operations": operations, "cpu": spent, "seconds": time.perf_counter() - wall}


async def to_thread(reactor, seconds):
    from twisted.internet import threads

    operations, cpu, wall = 0, time.process_time(), time.perf_counter()
    while (spent := time.process_time() - cpu) < seconds:
        await defer.gatherResults([threads.deferToThread(nothing) for _ in range(10)])
        operations += 10
    return {"operations": operations, "cpu": spent, "seconds": time.perf_counter() - wall}


def spawn(clock):
    async def work(reactor, seconds):
        from twisted.internet import protocol

        class Wait(protocol.ProcessProtocol):
            def __init__(self):
                self.ended = defer.Deferred()

            def processEnded(self, reason):
                self.ended.callback(None)

        operations, cpu, wall = 0, clock(), time.perf_counter()
        while (spent := clock() - cpu) < seconds:
            waiting = Wait()
            reactor.spawnProcess(waiting, "/bin/true", ["true"], env=None)
            await waiting.ended
            operations += 1
        return {"operations": operations, "cpu": spent, "seconds": time.perf_counter() - wall}

    return work


def with_children():
    """What a fork copies is paid for after it, in the child."""
    return sum(os.times()[:4])


WORK = {
    "chain": lambda seconds: measured(chain, seconds),
    "gather": lambda seconds: measured(gather, seconds),
    "inline": lambda seconds: measured(inline, seconds),
    "coroutine": lambda seconds: measured(coroutine, seconds),
    "later-cancel-10": later_cancel(10),
    "later-cancel-100k": later_cancel(100_000),
    "later-fire-10": later_fire(10),
    "later-fire-100k": later_fire(100_000),
    "looping": reactor_work(looping_on_reactor),
    "from-thread": reactor_work(from_thread),
    "to-thread": reactor_work(to_thread),
    "spawn": reactor_work(spawn(time.process_time)),
    "spawn-whole": reactor_work(spawn(with_children)),
}

print(json.dumps(WORK[sys.argv[1]](float(sys.argv[2]))))
