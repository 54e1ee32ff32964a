"""WebSockets over real sockets: both ends ours, and one end somebody else's."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import threading
from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet.defer import Deferred
from twisted.web.websocket import WebSocketClientEndpoint, WebSocketOptions

# Any, below: other people's libraries, which need not be installed where types are checked.

Serve = Callable[..., int]

ECHO = """
    from twisted.web import resource
    from twisted.web.websocket import WebSocketOptions, WebSocketResource

    class Echo:
        def negotiationStarted(self, transport):
            self.transport = transport

        def negotiationFinished(self):
            pass

        def textMessageReceived(self, message):
            if message == "go away":
                self.transport.loseConnection(3333)
            else:
                self.transport.sendTextMessage(message)

        def bytesMessageReceived(self, data):
            self.transport.sendBytesMessage(data)

        def pongReceived(self, payload):
            pass

        def connectionLost(self, reason):
            pass

    class Factory:
        def buildProtocol(self, request):
            return Echo()

    class Page(resource.Resource):
        def render_GET(self, request):
            request.setHeader(b"content-type", b"text/html; charset=utf-8")
            return b'''<!DOCTYPE html><title>waiting</title><p id="p">waiting</p><script>
                var text = "Gr\\u00fc\\u00dfe ".repeat(20000), seen = [];
                var socket = new WebSocket("ws://" + location.host + "/echo");
                socket.binaryType = "arraybuffer";
                socket.onopen = function() { socket.send(text); socket.send(new Uint8Array(70000)); };
                socket.onmessage = function(event) {
                    seen.push(typeof event.data == "string" ? event.data == text : event.data.byteLength);
                    if (seen.length == 2) socket.send("go away");
                };
                socket.onclose = function(event) {
                    document.getElementById("p").textContent =
                        "seen " + seen + " closed " + event.code + " " + event.wasClean + " " + socket.extensions;
                    fetch("/done");
                };
            </script><img src="/wait">'''

    # The page is loaded when its image is, which waits until everything is done.
    waiting = []

    class Wait(resource.Resource):
        def render_GET(self, request):
            waiting.append(request)
            return 1

    class Done(resource.Resource):
        def render_GET(self, request):
            for one in waiting:
                one.finish()
            return b""

    root = resource.Resource()
    root.putChild(b"", Page())
    root.putChild(b"wait", Wait())
    root.putChild(b"done", Done())
    root.putChild(b"echo", WebSocketResource(Factory(), WebSocketOptions(compression=True)))
"""

MESSAGES: list[str | bytes] = ["hello", "Grüße " * 30_000, b"", bytes(range(256)) * 4000, "", "z" * 126]


@pytest.mark.peer
@pytest.mark.parametrize("compression", ["deflate", None])
def test_websockets_talks_to_our_server(serve: Serve, compression: str | None) -> None:
    client: Any = pytest.importorskip("websockets.sync.client", reason="pip install websockets")

    with client.connect(f"ws://127.0.0.1:{serve(ECHO)}/echo", compression=compression) as socket:
        for message in MESSAGES:
            socket.send(message)
            assert socket.recv(timeout=10) == message
        socket.send(["in ", "frag", "ments"])
        assert socket.recv(timeout=10) == "in fragments"
        assert socket.ping().wait(10)
        socket.send("go away")
        exceptions: Any = pytest.importorskip("websockets.exceptions")
        with pytest.raises(exceptions.ConnectionClosed) as caught:
            socket.recv(timeout=10)
    assert caught.value.rcvd.code == 3333


@pytest.mark.peer
@pytest.mark.parametrize("compress", [0, 15])
def test_aiohttp_talks_to_our_server(serve: Serve, compress: int) -> None:
    aiohttp: Any = pytest.importorskip("aiohttp", reason="pip install aiohttp")
    url = f"http://127.0.0.1:{serve(ECHO)}/echo"

    async def talk() -> tuple[list[object], int]:
        async with aiohttp.ClientSession() as session, session.ws_connect(url, compress=compress) as socket:
            heard: list[object] = []
            for message in MESSAGES:
                await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))
                heard.append((await socket.receive(10)).data)
            await socket.send_str("go away")
            await socket.receive(10)
            return heard, socket.close_code

    assert asyncio.run(talk()) == (MESSAGES, 3333)


class Program:
    """A client that sends messages, and hangs up when they have come back."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.over: Deferred[None] = Deferred()

    def negotiationStarted(self, transport: Any) -> None:
        self.transport = transport

    def negotiationFinished(self) -> None:
        for message in MESSAGES:
            if isinstance(message, str):
                self.transport.sendTextMessage(message)
            else:
                self.transport.sendBytesMessage(message)

    def textMessageReceived(self, message: object) -> None:
        self.heard.append(message)
        if len(self.heard) == len(MESSAGES):
            self.transport.ping(b"still there?")

    bytesMessageReceived = textMessageReceived

    def pongReceived(self, payload: bytes) -> None:
        self.heard.append(payload)
        self.transport.loseConnection()

    def connectionLost(self, reason: Any) -> None:
        self.heard.append(reason.type.__name__)
        self.over.callback(None)


def talk(url: str, options: WebSocketOptions, **words: Any) -> list[object]:
    """Connect to an echo with a reactor of our own, and give what was heard."""
    from twisted.internet.selectreactor import SelectReactor

    reactor: Any = SelectReactor()
    program = Program()
    failed: list[Any] = []

    class Factory:
        def buildProtocol(self, url: str) -> Any:
            return program

    async def main() -> None:
        factory: Any = Factory()
        await WebSocketClientEndpoint.new(reactor, url, options=options, **words).connect(factory)
        await program.over

    def begin() -> None:
        talking: Deferred[None] = Deferred.fromCoroutine(main())
        talking.addTimeout(20, reactor).addErrback(failed.append).addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    assert failed == []
    return program.heard


@pytest.mark.parametrize("compression", [True, False])
def test_both_ends_may_be_ours(serve: Serve, compression: bool) -> None:
    heard = talk(f"ws://127.0.0.1:{serve(ECHO)}/echo", WebSocketOptions(compression=compression))

    assert heard == [*MESSAGES, b"still there?", "ConnectionDone"]


def test_both_ends_may_be_ours_over_tls(serve_tls: Serve) -> None:
    from twisted.web.client import BrowserLikePolicyForHTTPS

    class Trusting(BrowserLikePolicyForHTTPS):
        def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
            from twisted.internet.ssl import CertificateOptions

            return _Creator(CertificateOptions())

    class _Creator:
        def __init__(self, options: Any) -> None:
            self._options = options

        def clientConnectionForTLS(self, protocol: Any) -> Any:
            from OpenSSL import SSL

            connection = SSL.Connection(self._options.getContext(), None)
            connection.set_connect_state()
            return connection

    from zope.interface import classImplements

    from twisted.internet.interfaces import IOpenSSLClientConnectionCreator

    classImplements(_Creator, IOpenSSLClientConnectionCreator)
    url = f"wss://localhost:{serve_tls(ECHO)}/echo"

    assert talk(url, WebSocketOptions(), tlsPolicy=Trusting()) == [*MESSAGES, b"still there?", "ConnectionDone"]


@pytest.mark.peer
@pytest.mark.parametrize("compression", ["deflate", None])
@pytest.mark.parametrize("ours", [True, False])
def test_our_client_talks_to_websockets(compression: str | None, ours: bool) -> None:
    server: Any = pytest.importorskip("websockets.sync.server", reason="pip install websockets")

    def echo(socket: Any) -> None:
        for message in socket:
            socket.send(message)

    with server.serve(echo, "127.0.0.1", 0, compression=compression) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        try:
            url = f"ws://127.0.0.1:{serving.socket.getsockname()[1]}/"
            heard = talk(url, WebSocketOptions(compression=ours))
        finally:
            serving.shutdown()
            thread.join(10)

    assert heard == [*MESSAGES, b"still there?", "ConnectionDone"]


@pytest.mark.peer
def test_chromium_talks_to_our_server(serve: Serve) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium: apt install chromium")
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]

    page = subprocess.run(
        [chromium, *words, f"http://127.0.0.1:{serve(ECHO)}/"], capture_output=True, text=True, timeout=90, check=True
    ).stdout

    assert '<p id="p">seen true,70000 closed 3333 true permessage-deflate</p>' in page


@pytest.mark.peer
def test_websockets_talks_through_our_reverse_proxy(serve: Serve) -> None:
    client: Any = pytest.importorskip("websockets.sync.client", reason="pip install websockets")
    server: Any = pytest.importorskip("websockets.sync.server", reason="pip install websockets")

    def echo(connection: Any) -> None:
        for message in connection:
            connection.send(message)

    with server.serve(echo, "127.0.0.1", 0, subprotocols=["chat"]) as behind:
        threading.Thread(target=behind.serve_forever, daemon=True).start()
        port = serve(
            f"""
            from twisted.web import proxy, resource
            root = resource.Resource()
            root.putChild(b"app", proxy.ReverseProxyResource("127.0.0.1", {behind.socket.getsockname()[1]}, b""))
            """
        )
        with client.connect(f"ws://127.0.0.1:{port}/app/deep?q", subprotocols=["chat"]) as socket:
            assert socket.subprotocol == "chat"
            for message in ("hello", b"\x00" * 1_000_000, "x" * 300_000):
                socket.send(message)
                assert socket.recv(20) == message
        behind.shutdown()
