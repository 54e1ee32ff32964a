"""Requests of ``Agent``, 50 at a time, timed by themselves: ``twisted_http_client.py WORK SECONDS``; prints JSON."""

import json
import sys
import time

from http_origin import origin

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults, inlineCallbacks
from twisted.web.client import Agent, HTTPConnectionPool, readBody
from twisted.web.http_headers import Headers

CONCURRENT = 50
HEADERS = {"plain": None, "headers": Headers({"User-Agent": ["bench"], "Accept": ["*/*"], "X-Trace": ["1", "2"]})}


def run(work, seconds):
    told = {}

    @inlineCallbacks
    def main(port):
        pool = HTTPConnectionPool(reactor)
        pool.maxPersistentPerHost = CONCURRENT
        agent = Agent(reactor, pool=pool)
        uri = b"http://127.0.0.1:%d/hello?name=world" % port
        headers = HEADERS[work]
        count = 0

        def worker(until):
            done = Deferred()

            def ask(_=None):
                agent.request(b"GET", uri, headers).addCallback(readBody).addCallbacks(answered, done.errback)

            def answered(body):
                nonlocal count
                assert body == b"Hello, world\n"
                count += 1
                if count % 64 or time.perf_counter() < until:
                    ask()
                else:
                    done.callback(None)

            ask()
            return done

        def workers(lasting):
            until = time.perf_counter() + lasting
            return gatherResults([worker(until) for _ in range(CONCURRENT)], consumeErrors=True)

        yield workers(0.3)
        count, cpu, wall = 0, time.process_time(), time.perf_counter()
        yield workers(seconds)
        told.update(operations=count, cpu=time.process_time() - cpu, seconds=time.perf_counter() - wall)
        yield pool.closeCachedConnections()

    with origin() as port:
        reactor.callWhenRunning(
            lambda: main(port).addErrback(lambda why: why.printTraceback()).addBoth(lambda _: reactor.stop())
        )
        reactor.run()
    print(json.dumps(told))


run(sys.argv[1], float(sys.argv[2]))
