"""A page with files, forms, an upload and a WebSocket, as a browser loads it."""

from __future__ import annotations

import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

Serve = Callable[..., int]

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>A page</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/files/style.css">
</head>
<body>
<h1>A page</h1>
<form action="/form" method="post" target="answer">
<input name="name" value="Bl\u00e5b\u00e6r &amp; s\u00f8tt">
<input name="choice" value="one" type="checkbox" checked>
<input name="choice" value="two" type="checkbox" checked>
</form>
<iframe name="answer"></iframe>
<img src="/files/picture.svg" alt="a picture">
<script src="/files/script.js"></script>
</body>
</html>
"""

SCRIPT = """
const arrived = (target) => new Promise((resolve, reject) => {
  target.addEventListener('load', resolve, {once: true});
  target.addEventListener('error', () => reject(new Error('not loaded')), {once: true});
});

async function form() {
  const frame = document.querySelector('iframe');
  const loaded = arrived(frame);
  document.querySelector('form').submit();
  await loaded;
  return frame.contentDocument.body.textContent;
}

async function upload() {
  const data = new FormData();
  const bytes = new Uint8Array(300000).map((_, index) => index % 251);
  data.append('file', new File([bytes], 'a "quoted" n\u00e4me.bin', {type: 'application/x-thing'}));
  const answer = await fetch('/upload', {method: 'POST', body: data});
  return await answer.json();
}

async function range() {
  const answer = await fetch('/files/large.bin', {headers: {Range: 'bytes=1000-1009'}});
  return [answer.status, answer.headers.get('content-range'), await answer.text()];
}

async function again() {
  const first = await fetch('/files/large.bin');
  const size = (await first.arrayBuffer()).byteLength;
  const second = await fetch('/files/large.bin', {headers: {'If-None-Match': first.headers.get('etag')}});
  return [size, second.status];
}

async function cookies() {
  await fetch('/counted');
  return await (await fetch('/counted')).text();
}

async function websocket() {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const socket = new WebSocket(`${scheme}://${location.host}/socket`);
  socket.binaryType = 'arraybuffer';
  const seen = [];
  return await new Promise((resolve, reject) => {
    socket.onerror = () => reject(new Error('the WebSocket broke'));
    socket.onopen = () => {
      socket.send('sm\u00e5');
      socket.send('x'.repeat(200000));
      socket.send(new Uint8Array([1, 2, 3]));
    };
    socket.onmessage = (event) => {
      seen.push(typeof event.data === 'string' ? event.data.length : Array.from(new Uint8Array(event.data)));
      if (seen.length === 3) socket.close(1000, 'enough');
    };
    socket.onclose = (event) => resolve([seen, socket.extensions, event.code, event.wasClean]);
  });
}

async function tell() {
  const told = {
    protocol: performance.getEntriesByType('navigation')[0].nextHopProtocol,
    colour: getComputedStyle(document.querySelector('h1')).color,
    picture: document.querySelector('img').naturalWidth,
  };
  for (const work of [form, upload, range, again, cookies, websocket]) {
    try {
      told[work.name] = await work();
    } catch (error) {
      told[work.name] = String(error);
    }
  }
  await fetch('/told', {method: 'POST', body: JSON.stringify(told)});
}

window.addEventListener('load', tell);
"""

SITE = """
    import hashlib, json
    from twisted.web import resource, server, static, websocket

    class Form(resource.Resource):
        def render_POST(self, request):
            request.setHeader(b"content-type", b"application/json")
            fields = {{name.decode(): [value.decode() for value in values] for name, values in request.args.items()}}
            return json.dumps(fields).encode()

    class Upload(resource.Resource):
        def render_POST(self, request):
            request.setHeader(b"content-type", b"application/json")
            data = request.args[b"file"][0]
            return json.dumps([len(data), hashlib.sha256(data).hexdigest()]).encode()

    class Counted(resource.Resource):
        def render_GET(self, request):
            session = request.getSession()
            session.times = getattr(session, "times", 0) + 1
            return str(session.times).encode()

    class Told(resource.Resource):
        def render_POST(self, request):
            with open({told!r}, "wb") as pipe:
                pipe.write(request.content.read())
            return b"thanks"

    class Echo:
        def negotiationStarted(self, transport):
            self.transport = transport
        def negotiationFinished(self): pass
        def textMessageReceived(self, message):
            self.transport.sendTextMessage(message)
        def bytesMessageReceived(self, data):
            self.transport.sendBytesMessage(data)
        def pongReceived(self, payload): pass
        def connectionLost(self, reason): pass

    class Echoes:
        def buildProtocol(self, request):
            return Echo()

    root = resource.Resource()
    root.putChild(b"", static.Data({page!r}.encode(), "text/html; charset=utf-8"))
    root.putChild(b"files", static.File({files!r}))
    root.putChild(b"form", Form())
    root.putChild(b"upload", Upload())
    root.putChild(b"counted", Counted())
    root.putChild(b"told", Told())
    root.putChild(
        b"socket",
        websocket.WebSocketResource(Echoes(), websocket.WebSocketOptions(compression=True)),
    )
"""


@contextmanager
def browsing(profile: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium: apt install chromium")
    words = [
        chromium,
        "--headless=new",
        "--no-sandbox",  # It runs as root on machines that test.
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-first-run",
        "--ignore-certificate-errors",
        "--remote-debugging-port=0",
        f"--user-data-dir={profile}",
        url,
    ]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def heard(pipe: int, process: subprocess.Popen[bytes]) -> bytes:
    """Read what is written to a named pipe, until it is closed."""
    data = b""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    while poll.poll(60_000):
        piece = os.read(pipe, 65536)
        if not piece:
            return data
        data += piece
    raise AssertionError(f"the page told nothing for a minute, the browser's exit status is {process.poll()}")


def load(serve: Serve, scheme: str, tmp_path: Path) -> dict[str, Any]:
    """Let a browser load the page; gives what the page saw."""
    files = tmp_path / "files"
    files.mkdir()
    (files / "style.css").write_text("h1 { color: rgb(1, 2, 3) }")
    (files / "script.js").write_text(SCRIPT, encoding="utf-8")
    (files / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="21" height="12"></svg>')
    (files / "large.bin").write_bytes(b"0123456789" * 100_000)
    told = tmp_path / "told"
    os.mkfifo(told)
    pipe = os.open(told, os.O_RDONLY | os.O_NONBLOCK)
    try:
        port = serve(SITE.format(told=str(told), files=str(files), page=PAGE))
        with browsing(tmp_path / "profile", f"{scheme}://localhost:{port}/") as process:
            seen: dict[str, Any] = json.loads(heard(pipe, process))
    finally:
        os.close(pipe)
    return seen


def expected(protocol: str) -> dict[str, Any]:
    upload = bytes(index % 251 for index in range(300_000))
    return {
        "protocol": protocol,
        "colour": "rgb(1, 2, 3)",
        "picture": 21,
        "form": json.dumps({"name": ["Bl\u00e5b\u00e6r & s\u00f8tt"], "choice": ["one", "two"]}),
        "upload": [len(upload), hashlib.sha256(upload).hexdigest()],
        "range": [206, "bytes 1000-1009/1000000", "0123456789"],
        "again": [1_000_000, 304],
        "cookies": "2",
        "websocket": [[3, 200_000, [1, 2, 3]], "permessage-deflate", 1000, True],
    }


@pytest.mark.peer
def test_chromium_loads_a_page_and_posts_and_talks(serve: Serve, tmp_path: Path) -> None:
    assert load(serve, "http", tmp_path) == expected("http/1.1")


@pytest.mark.peer
def test_chromium_does_so_over_http2(serve_tls: Serve, tmp_path: Path) -> None:
    assert load(serve_tls, "https", tmp_path) == expected("h2")
