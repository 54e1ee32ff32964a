"""An ASGI application: ``asgi_web.py uvicorn|hypercorn [tls]``. It prints its port. POST is echoed."""

import asyncio
import socket
import sys
import tempfile

asked = 0
PLAIN = [(b"content-type", b"text/plain")]


async def app(scope, receive, send):
    global asked
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": event["type"] + ".complete"})
            if event["type"] == "lifespan.shutdown":
                return
    if scope["method"] == "POST":
        content = b""
        more = True
        while more:
            event = await receive()
            content += event.get("body", b"")
            more = event.get("more_body", False)
    else:
        asked += 1
        content = f"I am request #{asked}\n".encode("ascii")
    headers = [*PLAIN, (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def main(server, tls):
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    listening.listen(1000)
    port = listening.getsockname()[1]
    if server == "uvicorn":
        import uvicorn

        config = uvicorn.Config(app, http="httptools", loop="uvloop", access_log=False, log_level="error")
        print(port, flush=True)
        uvicorn.Server(config).run(sockets=[listening])
        return
    import uvloop
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{listening.fileno()}"]
    config.accesslog = None
    if tls:
        from certificate import pem

        kept = tempfile.NamedTemporaryFile()  # noqa: SIM115  (it has to be there as long as the program)
        kept.write(pem())
        kept.flush()
        config.certfile = config.keyfile = kept.name
    print(port, flush=True)
    uvloop.install()
    asyncio.run(serve(app, config, shutdown_trigger=asyncio.Event().wait))


if __name__ == "__main__":
    main(sys.argv[1], "tls" in sys.argv)
