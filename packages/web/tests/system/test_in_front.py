"""Other people's proxies in front of our server: nginx and haproxy; and curl and ab, which ask as few others do."""

from __future__ import annotations

import hashlib
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest

from ..http1.test_malformed_requests import CORPUS
from .client_world import free_port, program

Serve = Callable[..., int]
InFront = Callable[..., int]

SITE = """
    import hashlib
    from twisted.internet import reactor
    from twisted.web import resource, server, static
    from twisted.web.proxy import ReverseProxyResource
    from twisted.web.websocket import WebSocketResource

    class Count(resource.Resource):
        isLeaf = True
        seen = 0

        def render(self, request):
            # Whatever it is: which request it is, and what was understood.
            Count.seen += 1
            body = request.content.read()
            request.setHeader(b"x-ours", b"%d" % Count.seen)
            return b"%b %b %d" % (request.method, request.uri, len(body))

    class Upload(resource.Resource):
        isLeaf = True
        streamsBody = True

        async def render_PUT(self, request):
            digest = hashlib.sha256()
            async for piece in request.body:
                digest.update(piece)
            return digest.hexdigest().encode()

    class Who(resource.Resource):
        isLeaf = True

        def render_GET(self, request):
            address = request.getClientAddress()
            return f"{address.host} {address.port}".encode()

    class Echo:
        def negotiationStarted(self, transport):
            self.transport = transport

        def negotiationFinished(self):
            pass

        def textMessageReceived(self, message):
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

    class Root(resource.Resource):
        def getChild(self, path, request):
            return Count()

        def render(self, request):
            return Count().render(request)

    root = Root()
    root.putChild(b"upload", Upload())
    root.putChild(b"who", Who())
    root.putChild(b"echo", WebSocketResource(Factory()))
    root.putChild(b"large", static.Data(bytes(range(256)) * 20000, "application/octet-stream"))
    site = server.Site(root)
    site.streamsBodies = True
    inner = reactor.listenTCP(0, site, interface="127.0.0.1").getHost().port
    root.putChild(b"chain", ReverseProxyResource("127.0.0.1", inner, b""))
"""

# Where the port is made of a description, this is another one.
BEHIND_PROXY = """
    from twisted.internet import endpoints
    plainly = endpoints.serverFromString
    endpoints.serverFromString = lambda reactor, words: plainly(reactor, "haproxy:" + words)
"""

NGINX = """
    daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
    events {{ worker_connections 64; }}
    http {{
        access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
        fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
        client_max_body_size 100m; proxy_ignore_client_abort on;
        map $http_upgrade $connection_upgrade {{ default upgrade; "" ""; }}
        upstream site {{ server 127.0.0.1:{behind}; keepalive 1; }}
        server {{
            listen 127.0.0.1:{port};
            proxy_http_version 1.1;
            proxy_request_buffering off;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            location / {{ proxy_pass http://site; }}
        }}
    }}
"""

HAPROXY = """
global
    maxconn 100
    nbthread 1
defaults
    mode http
    timeout connect 5s
    timeout client 15s
    timeout server 15s
    http-reuse always
listen there
    bind 127.0.0.1:{port}
    server site 127.0.0.1:{behind} {further}
"""


def needs(name: str, install: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed: apt install {install}")
    return found


@pytest.fixture
def in_front(tmp_path: Path) -> Iterator[InFront]:
    """Run a proxy in front of a port; gives the port that it listens on itself."""
    with ExitStack() as running:

        def start(kind: str, behind: int, further: str = "") -> int:
            port = free_port()
            settings = tmp_path / f"{kind}.conf"
            if kind == "nginx":
                settings.write_text(NGINX.format(folder=tmp_path, port=port, behind=behind))
                words = [needs("nginx", "nginx-light"), "-p", str(tmp_path), "-c", str(settings)]
            else:
                settings.write_text(HAPROXY.format(port=port, behind=behind, further=further))
                words = [needs("haproxy", "haproxy"), "-db", "-f", str(settings)]
            running.enter_context(program(words, port))
            return port

        yield start


both = pytest.mark.parametrize("kind", ["nginx", "haproxy"])


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.peer
@both
def test_connections_of_a_proxy_are_used_again(serve: Serve, in_front: InFront, kind: str) -> None:
    port = in_front(kind, serve(SITE))

    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    ports = set()
    for _ in range(5):
        connection.request("GET", "/who")
        ports.add(connection.getresponse().read())
    connection.close()
    assert len(ports) == 1
    assert ask(port, "HEAD", "/large") == (200, b"")
    assert ask(port, "GET", "/large") == (200, bytes(range(256)) * 20000)


@pytest.mark.peer
@both
@pytest.mark.parametrize("path", ["/upload", "/chain/upload"])
def test_large_uploads_through_a_proxy(serve: Serve, in_front: InFront, kind: str, path: str) -> None:
    port = in_front(kind, serve(SITE))
    data = b"0123456789abcdef" * 500_000
    digest = hashlib.sha256(data).hexdigest().encode()

    assert ask(port, "PUT", path, data) == (200, digest)
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    pieces = (data[at : at + 100_000] for at in range(0, len(data), 100_000))
    connection.request("PUT", path, pieces, encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
    assert connection.getresponse().read() == digest
    connection.close()


@pytest.mark.peer
@both
def test_large_answers_through_two_proxies(serve: Serve, in_front: InFront, kind: str) -> None:
    port = in_front(kind, serve(SITE))

    assert ask(port, "GET", "/chain/large") == (200, bytes(range(256)) * 20000)
    assert ask(port, "GET", "/chain/a?b") == (200, b"GET /a?b 0")


@pytest.mark.peer
@pytest.mark.parametrize("how", ["send-proxy", "send-proxy-v2"])
def test_haproxy_says_for_whom_it_connects(serve: Serve, in_front: InFront, how: str) -> None:
    port = in_front("haproxy", serve(SITE, BEHIND_PROXY), how)

    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.endswith(b"\r\n\r\n127.0.0.1 %d" % connection.getsockname()[1])


@pytest.mark.peer
@both
def test_websockets_through_a_proxy(serve: Serve, in_front: InFront, kind: str) -> None:
    client = pytest.importorskip("websockets.sync.client", reason="pip install websockets")
    port = in_front(kind, serve(SITE))

    with client.connect(f"ws://127.0.0.1:{port}/echo", max_size=None, proxy=None) as talk:
        for message in ("short", "long " * 50_000, b"\x00\xff" * 70_000):
            talk.send(message)
            assert talk.recv(timeout=20) == message


def exchange(port: int, sent: bytes) -> bytes:
    """Say something and no more, and give all that is answered."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                heard += piece
        except ConnectionError:
            # Who is refused while he speaks may find nobody listening.
            pass
    return heard


@pytest.mark.peer
@both
def test_a_proxy_and_we_agree_where_malformed_requests_end(serve: Serve, in_front: InFront, kind: str) -> None:
    port = in_front(kind, serve(SITE))
    odd: list[str] = []

    def probe(number: int) -> int:
        """Ask for something over the proxy's connection to us, and tell how many requests we have seen."""
        heard = exchange(port, b"GET /probe%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % number)
        found = re.search(rb"(?i)\r\nx-ours: (\d+)\r\n", heard)
        # Had something of the request before stayed behind, this would not be the answer to our question.
        assert found is not None and heard.endswith(b"GET /probe%d 0" % number), heard
        return int(found[1])

    seen = probe(0)
    for number, (name, (stream, outcome)) in enumerate(CORPUS.items(), 1):
        heard = exchange(port, stream)
        now = probe(number)
        reached, seen = now - seen - 1, now
        answers = len(re.findall(rb"(?m)^HTTP/1\.[01] [2-5]\d\d", heard))
        ours = len(re.findall(rb"(?i)\r\nx-ours: ", heard))
        if ours != reached or answers > len(str(outcome).split("|")):
            odd.append(f"{name}: {reached} reached us, {ours} answers are ours, of {answers}: {heard!r}")

    assert odd == []


@pytest.mark.peer
def test_ab_keeps_connections_of_http_1_0(serve: Serve) -> None:
    ab = needs("ab", "apache2-utils")
    url = f"http://127.0.0.1:{serve(SITE)}"

    told = subprocess.run(
        [ab, "-q", "-k", "-n", "500", "-c", "5", f"{url}/same"], capture_output=True, text=True, timeout=25, check=True
    ).stdout

    assert re.search(r"Complete requests: +500\b", told) and re.search(r"Failed requests: +0\b", told), told
    assert re.search(r"Keep-Alive requests: +500\b", told) and "Non-2xx" not in told, told


FORWARD = """
    from twisted.web import http
    from twisted.web.proxy import Proxy

    site = http.HTTPFactory()
    site.protocol = Proxy
"""


@pytest.mark.peer
def test_curl_uses_our_proxy(serve: Serve) -> None:
    curl = needs("curl", "curl")
    origin, proxy = serve(SITE), serve(FORWARD)
    words = [curl, "-s", "--max-time", "20", "--proxy", f"http://127.0.0.1:{proxy}", "--noproxy", ""]

    def run(*further: str) -> str:
        return subprocess.run([*words, *further], capture_output=True, text=True, timeout=25, check=True).stdout

    url = f"http://127.0.0.1:{origin}"
    assert run(f"{url}/a?b", f"{url}//c") == "GET /a?b 0GET //c 0"
    assert run("--data", "hello", f"{url}/d") == "POST /d 5"
    assert run("--write-out", "%{http_code}", "--output", "/dev/null", f"http://127.0.0.1:{free_port()}/") == "502"


@pytest.mark.peer
def test_http_2_in_front_of_http_1(serve_tls: Serve, tmp_path: Path) -> None:
    curl = needs("curl", "curl")
    url = f"https://localhost:{serve_tls(SITE)}/chain"
    upload = tmp_path / "upload"
    upload.write_bytes(b"0123456789" * 300_000)
    words = [curl, "-sk", "--http2", "--max-time", "20"]

    def run(*further: str) -> bytes:
        return subprocess.run([*words, *further], capture_output=True, timeout=25, check=True).stdout

    assert run("-w", " %{http_version}", f"{url}/a?b") == b"GET /a?b 0 2"
    assert run("-T", str(upload), f"{url}/upload").decode() == hashlib.sha256(upload.read_bytes()).hexdigest()
    assert run(f"{url}/large") == bytes(range(256)) * 20000
