"""
The barest Python that does what Deferreds and timers are for: ``bare_waiting.py inline|later-cancel SECONDS``.

There are no errors, no context variables, no cancellation of what waits, and no second callback.
"""

import json
import sys
import time


class Promise:
    __slots__ = ("callback", "called", "result")

    def __init__(self):
        self.called = False
        self.callback = None

    def fire(self, result):
        self.result = result
        self.called = True
        if self.callback is not None:
            self.callback(result)


def driven(function):
    def start():
        generator = function()
        whole = Promise()

        def step(result):
            try:
                while True:
                    promise = generator.send(result)
                    if not promise.called:
                        promise.callback = step
                        return
                    result = promise.result
            except StopIteration as end:
                whole.fire(end.value)

        step(None)
        return whole

    return start


def inline():
    waiting = []

    @driven
    def work():
        total = 0
        for _ in range(5):
            promise = Promise()
            waiting.append(promise)
            total += yield promise
        ready = Promise()
        ready.fire(1)
        total += yield ready
        return total

    for _ in range(200):
        result = work()
        while waiting:
            waiting.pop().fire(1)
        assert result.called
    return 200


class Call:
    __slots__ = ("args", "cancelled", "function", "when")

    def __init__(self, when, function, args):
        self.when, self.function, self.args = when, function, args
        self.cancelled = False

    def cancel(self):
        self.cancelled = True
        self.function = self.args = None


class Timers:
    def __init__(self):
        self.new = []

    def callLater(self, delay, function, *args):
        call = Call(time.monotonic() + delay, function, args)
        self.new.append(call)
        return call


def later_cancel():
    timers = Timers()
    for _ in range(1000):
        timers.callLater(30, print).cancel()
    return 1000


def main(work, seconds):
    work()
    operations, cpu, wall = 0, time.process_time(), time.perf_counter()
    while (spent := time.process_time() - cpu) < seconds:
        operations += work()
    print(json.dumps({"operations": operations, "cpu": spent, "seconds": time.perf_counter() - wall}))


main({"inline": inline, "later-cancel": later_cancel}[sys.argv[1]], float(sys.argv[2]))
