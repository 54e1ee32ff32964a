"""Applications and clients that none of us wrote: ASGI, WSGI and XML-RPC, each server a program of its own."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import textwrap
import threading
import xmlrpc.client
import xmlrpc.server
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

Hosted = Callable[..., int]

pytestmark = pytest.mark.peer


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """Write a module, serve it by ``twist web``; gives the port."""
    running: list[subprocess.Popen[str]] = []

    def start(text: str, *words: str, reactor: str = "default") -> int:
        (tmp_path / "hosted.py").write_text(textwrap.dedent(text), encoding="utf-8")
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", "from twisted.application.twist._twist import Twist; Twist.main()"),
                f"--reactor={reactor}",
                *("--log-format=text", "--log-file=-", "web", "--listen=tcp:0:interface=127.0.0.1", *words),
            ],
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        told = []
        for line in process.stdout:
            told.append(line)
            if "starting on" in line:
                port = int(line.rsplit(None, 1)[1])
                # Nobody reads on otherwise, and the program would wait.
                threading.Thread(target=process.stdout.read, daemon=True).start()
                return port
        raise AssertionError("".join(told))

    yield start
    for process in running:
        process.terminate()
        assert process.wait(20) == -signal.SIGTERM
        assert process.stdout is not None
        process.stdout.close()


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


FLASK = """
    from flask import Flask, Response, abort, jsonify, redirect, request, session, stream_with_context

    app = Flask(__name__)
    app.secret_key = "secret"

    @app.get("/hello/<name>")
    def hello(name):
        return f"hello {name} from {request.host_url} {request.args.get('q')}"

    @app.post("/upload")
    def upload():
        file = request.files["file"]
        return jsonify(name=file.filename, size=len(file.read()), note=request.form["note"])

    @app.get("/stream")
    def stream():
        return Response(stream_with_context(f"{number}\\n" for number in range(3)), mimetype="text/plain")

    @app.get("/count")
    def count():
        session["times"] = session.get("times", 0) + 1
        return str(session["times"])

    @app.get("/away")
    def away():
        return redirect("/hello/there", 303)

    @app.get("/broken")
    def broken():
        raise ZeroDivisionError
"""


def test_flask_under_wsgi(hosted: Hosted) -> None:
    pytest.importorskip("flask", reason="pip install flask")
    port = hosted(FLASK, "--wsgi=hosted.app")

    assert (
        ask(port, "GET", "/hello/J%C3%BCrgen?q=%26")[2].decode() == f"hello J\xfcrgen from http://127.0.0.1:{port}/ &"
    )
    assert ask(port, "GET", "/stream")[2] == b"0\n1\n2\n"
    assert ask(port, "GET", "/nowhere")[0] == 404
    assert ask(port, "PUT", "/stream")[0] == 405
    status, headers, _ = ask(port, "GET", "/away")
    assert (status, headers["location"]) == (303, "/hello/there")
    status, headers, _ = ask(port, "GET", "/count")
    assert ask(port, "GET", "/count", cookie=headers["set-cookie"].split(";")[0])[2] == b"2"
    status, headers, body = ask(port, "HEAD", "/hello/you")
    assert (status, body) == (200, b"") and int(headers["content-length"]) > 10
    assert ask(port, "GET", "/broken")[0] == 500
    multipart = (
        b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\na note\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="f.bin"\r\n\r\n'
        + bytes(100_000)
        + b"\r\n--x--\r\n"
    )
    answer = ask(port, "POST", "/upload", multipart, content_type="multipart/form-data; boundary=x")
    assert json.loads(answer[2]) == {"name": "f.bin", "size": 100_000, "note": "a note"}


STARLETTE = """
    import asyncio
    from contextlib import asynccontextmanager
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import FileResponse, PlainTextResponse, StreamingResponse
    from starlette.routing import Route, WebSocketRoute
    from starlette.websockets import WebSocketDisconnect

    told = []

    @asynccontextmanager
    async def lifespan(app):
        told.append("started")
        yield {"answer": 42}

    async def hello(request):
        return PlainTextResponse(f"hello {request.path_params['name']} {request.url} {request.state.answer} {told[0]}")

    async def hashed(request):
        size = 0
        async for piece in request.stream():
            size += len(piece)
        return PlainTextResponse(str(size))

    async def endless(request):
        async def pieces():
            try:
                while True:
                    yield b"more and more " * 100
                    await asyncio.sleep(0)
            finally:
                told.append("stopped")
        return StreamingResponse(pieces())

    async def stopped(request):
        for _ in range(1000):
            if "stopped" in told:
                return PlainTextResponse("stopped")
            await asyncio.sleep(0.01)
        return PlainTextResponse("goes on")

    async def threaded(request):
        return PlainTextResponse(await run_in_threadpool(lambda: "from a thread"))

    async def after(request):
        async def work():
            told.append("background")
        return PlainTextResponse("soon", background=BackgroundTask(work))

    async def itself(request):
        return FileResponse(__file__)

    async def broken(request):
        raise ZeroDivisionError

    async def chat(websocket):
        if websocket.query_params.get("token") != "right":
            await websocket.send_denial_response(PlainTextResponse("no token", status_code=401))
            return
        await websocket.accept(subprotocol="chat", headers=[(b"x-said", b"yes")])
        try:
            while True:
                message = await websocket.receive_text()
                if message == "close":
                    await websocket.close(4321, "as you wish")
                    return
                await websocket.send_text(message.upper())
                await websocket.send_bytes(message.encode())
        except WebSocketDisconnect as gone:
            told.append(f"{gone.code} {gone.reason}")

    async def refused(websocket):
        await websocket.close()

    async def said(request):
        for _ in range(1000):
            if told[-1] != request.query_params.get("not"):
                break
            await asyncio.sleep(0.01)
        return PlainTextResponse(told[-1])

    app = Starlette(lifespan=lifespan, routes=[
        Route("/hello/{name}", hello),
        Route("/hashed", hashed, methods=["POST"]),
        Route("/endless", endless), Route("/stopped", stopped), Route("/threaded", threaded), Route("/after", after),
        Route("/itself", itself), Route("/broken", broken), Route("/said", said),
        WebSocketRoute("/chat", chat), WebSocketRoute("/refused", refused),
    ])
"""


@pytest.fixture
def starlette(hosted: Hosted) -> int:
    pytest.importorskip("starlette", reason="pip install starlette")
    return hosted(STARLETTE, "--asgi=hosted:app", reactor="asyncio")


def test_starlette_under_asgi(starlette: int) -> None:
    port = starlette

    greeting = ask(port, "GET", "/hello/J%C3%BCrgen?q=1")[2].decode()
    assert greeting == f"hello J\xfcrgen http://127.0.0.1:{port}/hello/J\xfcrgen?q=1 42 started"
    assert ask(port, "GET", "/threaded")[2] == b"from a thread"
    assert ask(port, "GET", "/nowhere")[0] == 404
    assert ask(port, "PUT", "/threaded")[0] == 405
    assert ask(port, "GET", "/broken")[0] == 500
    assert ask(port, "POST", "/hashed", bytes(3_000_000))[2] == b"3000000"
    status, headers, body = ask(port, "GET", "/itself", range="bytes=0-9")
    assert (status, len(body), headers["content-range"][:10]) == (206, 10, "bytes 0-9/")
    status, headers, body = ask(port, "HEAD", "/hello/you")
    assert (status, body) == (200, b"") and int(headers["content-length"]) > 10
    assert ask(port, "GET", "/after")[2] == b"soon"
    assert ask(port, "GET", "/said?not=started")[2] == b"background"


def test_a_stream_without_end_ends_with_its_client(starlette: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", starlette, timeout=20)
    connection.request("GET", "/endless")
    assert connection.getresponse().read(100_000).startswith(b"more and more")
    connection.close()

    assert ask(starlette, "GET", "/stopped")[2] == b"stopped"


def test_starlettes_websockets(starlette: int) -> None:
    client: Any = pytest.importorskip("websockets.sync.client", reason="pip install websockets")
    exceptions: Any = pytest.importorskip("websockets.exceptions")
    url = f"ws://127.0.0.1:{starlette}"

    with client.connect(f"{url}/chat?token=right", subprotocols=["other", "chat"]) as socket:
        assert (socket.subprotocol, socket.response.headers["x-said"]) == ("chat", "yes")
        socket.send("hello")
        assert (socket.recv(20), socket.recv(20)) == ("HELLO", b"hello")
        socket.send("close")
        with pytest.raises(exceptions.ConnectionClosedError) as caught:
            socket.recv(20)
        assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (4321, "as you wish")
    with client.connect(f"{url}/chat?token=right", subprotocols=["chat"]) as socket:
        socket.close(3999, "had enough")
    assert ask(starlette, "GET", "/said?not=started")[2] == b"3999 had enough"
    with pytest.raises(exceptions.InvalidStatus) as refused:
        client.connect(f"{url}/refused")
    assert refused.value.response.status_code == 403
    with pytest.raises(exceptions.InvalidStatus) as denied:
        client.connect(f"{url}/chat")
    assert (denied.value.response.status_code, denied.value.response.body) == (401, b"no token")


QUART = """
    from quart import Quart, request, websocket

    app = Quart(__name__)
    told = []

    @app.before_serving
    async def begin():
        told.append("started")

    @app.route("/hello/<name>")
    async def hello(name):
        return f"hello {name} {request.args['q']} {told[0]}", 201, {"x-said": "yes"}

    @app.post("/upload")
    async def upload():
        form, files = await request.form, await request.files
        return {"note": form["note"], "size": len(files["file"].read())}

    @app.post("/size")
    async def size():
        return str(len(await request.get_data()))

    @app.route("/stream")
    async def stream():
        async def pieces():
            for number in range(3):
                yield f"{number}\\n".encode()
        return pieces()

    @app.websocket("/echo")
    async def echo():
        while True:
            await websocket.send(await websocket.receive())
"""


def test_quart_under_asgi(hosted: Hosted) -> None:
    pytest.importorskip("quart", reason="pip install quart")
    client: Any = pytest.importorskip("websockets.sync.client", reason="pip install websockets")
    port = hosted(QUART, "--asgi=hosted:app", reactor="asyncio")

    status, headers, body = ask(port, "GET", "/hello/you?q=%26")
    assert (status, headers["x-said"], body) == (201, "yes", b"hello you & started")
    assert ask(port, "GET", "/stream")[2] == b"0\n1\n2\n"
    assert ask(port, "POST", "/size", bytes(1_000_000))[2] == b"1000000"
    multipart = (
        b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\na note\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + bytes(70_000) + b"\r\n--x--\r\n"
    )
    answer = ask(port, "POST", "/upload", multipart, content_type="multipart/form-data; boundary=x")
    assert json.loads(answer[2]) == {"note": "a note", "size": 70_000}
    with client.connect(f"ws://127.0.0.1:{port}/echo") as socket:
        for message in ("text", b"bytes", "x" * 100_000):
            socket.send(message)
            assert socket.recv(20) == message


OURS_XMLRPC = """
    from twisted.internet.defer import Deferred, fail, succeed
    from twisted.web import xmlrpc

    class Numbers(xmlrpc.XMLRPC):
        def xmlrpc_add(self, *numbers):
            return sum(numbers)
        xmlrpc_add.signature = [["int", "int", "int"]]

    class Service(xmlrpc.XMLRPC):
        def xmlrpc_echo(self, *values):
            "Give it back."
            return list(values)
        def xmlrpc_later(self, value):
            return succeed(value)
        async def xmlrpc_coroutine(self, value):
            return await succeed(value)
        def xmlrpc_refuse(self):
            raise xmlrpc.Fault(123, "no")
        def xmlrpc_broken(self):
            return fail(ZeroDivisionError())

    resource = Service(allowNone=True, useDateTime=True)
    resource.putSubHandler("numbers", Numbers())
    xmlrpc.addIntrospection(resource)
"""

VALUES: list[Any] = [
    1,
    -1.5,
    True,
    None,
    "Bl\xe5b\xe6r & <s\xf8tt>\n",
    [1, ["nested"]],
    {"a": {"b": []}},
    datetime(2026, 11, 23, 1, 2, 3),
]


def test_the_standard_librarys_xmlrpc_client_asks_ours(hosted: Hosted) -> None:
    port = hosted(OURS_XMLRPC + "\n    Resource = lambda: resource\n", "--class=hosted.Resource")
    with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}/", allow_none=True, use_builtin_types=True) as proxy:
        remote: Any = proxy
        assert remote.echo(*VALUES) == VALUES
        assert remote.echo(b"\x00\xff") == [b"\x00\xff"]
        assert remote.later("x" * 1_000_000) == "x" * 1_000_000
        assert remote.coroutine(3) == 3
        assert remote.numbers.add(1, 2) == 3
        assert "numbers.add" in remote.system.listMethods()
        assert remote.system.methodSignature("numbers.add") == [["int", "int", "int"]]
        assert remote.system.methodHelp("echo") == "Give it back."
        for call, code in ((remote.refuse, 123), (remote.broken, 8002), (remote.nowhere, 8001)):
            with pytest.raises(xmlrpc.client.Fault) as caught:
                call()
            assert caught.value.faultCode == code
        assert remote.echo("still there") == ["still there"]


def test_our_xmlrpc_client_asks_the_standard_librarys_server(tmp_path: Path) -> None:
    server = xmlrpc.server.SimpleXMLRPCServer(
        ("127.0.0.1", 0), allow_none=True, use_builtin_types=True, logRequests=False
    )
    server.register_function(lambda *values: list(values), "echo")
    server.register_function(lambda: 1 // 0, "broken")
    server.register_introspection_functions()
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        told = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(ASKING), url], capture_output=True, text=True, timeout=60, check=True
        ).stdout
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
    assert json.loads(told) == {"echo": [1, "two", None, {"three": 3.5}], "broken": [1, True], "methods": True}


ASKING = """
    import json, sys
    from twisted.internet import task
    from twisted.web import xmlrpc

    async def main(reactor):
        proxy = xmlrpc.Proxy(sys.argv[1].encode(), allowNone=True)
        told = {"echo": await proxy.callRemote("echo", 1, "two", None, {"three": 3.5})}
        try:
            await proxy.callRemote("broken")
        except xmlrpc.Fault as fault:
            told["broken"] = [fault.faultCode, "ZeroDivisionError" in fault.faultString]
        told["methods"] = "echo" in await proxy.callRemote("system.listMethods")
        print(json.dumps(told))

    task.react(main)
"""
