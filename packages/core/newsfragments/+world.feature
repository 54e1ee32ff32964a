Deferreds, coroutines, asyncio's awaitables, task groups and timeouts, anyio, aiohttp and httpx work in one another, with cancellation in both directions.
