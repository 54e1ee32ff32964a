"""A server on aiohttp: ``aiohttp_web.py counter|static|post|websocket [uvloop] [tls]``. It prints its port."""

import asyncio
import ssl
import sys
import tempfile

from aiohttp import WSMsgType, web

asked = 0


async def count(request):
    global asked
    asked += 1
    return web.Response(text=f"I am request #{asked}\n")


async def back(request):
    return web.Response(body=await request.read())


async def echo(request):
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


async def main(work, tls):
    app = web.Application()
    if work == "counter":
        app.router.add_get("/", count)
    elif work == "post":
        app.router.add_post("/", back)
    elif work == "websocket":
        app.router.add_get("/", echo)
    else:
        from big_file import path

        async def file(request):
            return web.FileResponse(path())

        app.router.add_get("/", file)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    context = None
    if tls:
        from certificate import pem

        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        with tempfile.NamedTemporaryFile() as kept:
            kept.write(pem())
            kept.flush()
            context.load_cert_chain(kept.name)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context, backlog=1000)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if "uvloop" in sys.argv:
        import uvloop

        uvloop.install()
    asyncio.run(main(sys.argv[1], "tls" in sys.argv))
