"""The same with aiohttp: ``aiohttp_client.py WORK [uvloop] SECONDS``; prints JSON."""

import asyncio
import json
import sys
import time

import aiohttp
from http_origin import origin

CONCURRENT = 50
HEADERS = {"plain": None, "headers": {"User-Agent": "bench", "Accept": "*/*", "X-Trace": "1"}}


async def main(port, work, seconds):
    url = f"http://127.0.0.1:{port}/hello?name=world"
    headers = HEADERS[work]
    count = 0
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENT)) as session:

        async def worker(until):
            nonlocal count
            while True:
                async with session.get(url, headers=headers) as response:
                    body = await response.read()
                assert body == b"Hello, world\n"
                count += 1
                if not count % 64 and time.perf_counter() >= until:
                    return

        async def workers(lasting):
            until = time.perf_counter() + lasting
            await asyncio.gather(*[worker(until) for _ in range(CONCURRENT)])

        await workers(0.3)
        count, cpu, wall = 0, time.process_time(), time.perf_counter()
        await workers(seconds)
        return {"operations": count, "cpu": time.process_time() - cpu, "seconds": time.perf_counter() - wall}


if "uvloop" in sys.argv:
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
with origin() as listening:
    print(json.dumps(asyncio.run(main(listening, sys.argv[1], float(sys.argv[-1])))))
