"""The client over real sockets, with servers and proxies that none of us wrote."""

from __future__ import annotations

import shutil
import ssl as standard_ssl
from collections.abc import Iterator
from http.cookiejar import CookieJar
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.defer import gatherResults
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.error import ConnectError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import (
    Agent,
    BrowserLikePolicyForHTTPS,
    ContentDecoderAgent,
    CookieAgent,
    FileBodyProducer,
    GzipDecoder,
    HostnameCachingHTTPSPolicy,
    HTTPConnectionPool,
    PartialDownloadError,
    ProxyAgent,
    RedirectAgent,
    ResponseFailed,
    TunnelFailed,
    readBody,
)
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH

from .client_world import connect_proxy, free_port, make_certificate, origin, program, run


@pytest.fixture(params=["epoll", "asyncio"])
def reactor(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A reactor of its own."""
    if request.param == "asyncio":
        import asyncio

        from twisted.internet.asyncioreactor import AsyncioSelectorReactor

        loop = asyncio.new_event_loop()
        yield AsyncioSelectorReactor(loop)
        loop.close()
    else:
        yield _usual_reactor()


def _usual_reactor() -> Any:
    import select

    if hasattr(select, "epoll"):
        from twisted.internet.epollreactor import EPollReactor

        return EPollReactor()
    from twisted.internet.selectreactor import SelectReactor

    return SelectReactor()


@pytest.fixture
def server() -> Iterator[Any]:
    with origin() as made:
        yield made


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("cryptography", reason="pip install twisted-core[tls]")
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def secure(certificate: Path) -> Iterator[Any]:
    context = standard_ssl.SSLContext(standard_ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with origin(context) as made:
        yield made


def trusting(certificate: Path) -> HostnameCachingHTTPSPolicy:
    """Trust one certificate."""
    from twisted.internet.ssl import Certificate

    return HostnameCachingHTTPSPolicy(BrowserLikePolicyForHTTPS(Certificate.loadPEM(certificate.read_bytes())))


def uri(server: Any, path: str = "/hello", scheme: str = "http", host: str = "127.0.0.1") -> bytes:
    return f"{scheme}://{host}:{server.server_address[1]}{path}".encode()


def kept(reactor: Any, **more: Any) -> HTTPConnectionPool:
    pool = HTTPConnectionPool(reactor)
    for name, value in more.items():
        setattr(pool, name, value)
    return pool


@pytest.mark.parametrize("path", ["/hello", "/chunked"])
def test_requests_one_after_another_use_one_connection(reactor: Any, server: Any, path: str) -> None:
    pool = kept(reactor)
    agent = Agent(reactor, pool=pool)

    async def main() -> list[bytes]:
        bodies = [await readBody(await agent.request(b"GET", uri(server, path))) for _ in range(5)]
        await pool.closeCachedConnections()
        return bodies

    assert run(reactor, main) == [b"hello" if path == "/hello" else b"hello, world"] * 5
    assert len({port for *_, port in server.asked}) == 1


def test_many_requests_at_once_share_few_connections(reactor: Any, server: Any) -> None:
    pool = kept(reactor, maxConnectionsPerHost=4, maxPersistentPerHost=4)
    agent = Agent(reactor, pool=pool)

    def main() -> Any:
        bodies = [agent.request(b"GET", uri(server)).addCallback(readBody) for _ in range(40)]
        together = gatherResults(bodies)
        return together.addCallback(lambda bodies: pool.closeCachedConnections().addCallback(lambda _: bodies))

    assert run(reactor, main) == [b"hello"] * 40
    assert len({port for *_, port in server.asked}) <= 4


@pytest.mark.parametrize("length", [300_000, UNKNOWN_LENGTH])
def test_bodies_are_sent(reactor: Any, server: Any, length: Any) -> None:
    data = bytes(range(256)) * 1200
    producer = FileBodyProducer(BytesIO(data[: length if length != UNKNOWN_LENGTH else None]))
    if length == UNKNOWN_LENGTH:
        producer.length = length

    async def main() -> bytes:
        response = await Agent(reactor).request(b"POST", uri(server, "/echo"), Headers({"X": ["y"]}), producer)
        return await readBody(response)

    expected = data if length == UNKNOWN_LENGTH else data[:length]
    assert run(reactor, main) == expected
    [(command, path, headers, body, _)] = server.asked
    assert (command, path, body, headers["X"]) == ("POST", "/echo", expected, "y")


def test_a_large_body_comes_at_its_receivers_pace(reactor: Any, server: Any) -> None:
    class Sipping(Protocol):
        size = 0
        pauses = 0

        def __init__(self, done: Any) -> None:
            self.done = done

        def dataReceived(self, data: bytes) -> None:
            self.size += len(data)
            self.pauses += 1
            transport: Any = self.transport
            transport.pauseProducing()
            reactor.callLater(0, transport.resumeProducing)

        def connectionLost(self, reason: Failure = connectionDone) -> None:
            self.done.callback((self.size, self.pauses > 5, type(reason.value).__name__))

    from twisted.internet.defer import Deferred

    def main() -> Any:
        done: Deferred[Any] = Deferred()
        asked = Agent(reactor).request(b"GET", uri(server, "/large"))
        asked.addCallbacks(lambda response: response.deliverBody(Sipping(done)), done.errback)
        return done

    assert run(reactor, main) == (3_000_000, True, "ResponseDone")


def test_what_ends_with_the_connection_may_be_incomplete(reactor: Any, server: Any) -> None:
    def main() -> Any:
        return Agent(reactor).request(b"GET", uri(server, "/close")).addCallback(readBody)

    with pytest.raises(PartialDownloadError) as raised:
        run(reactor, main)
    assert raised.value.response == b"until the end"


def test_agents_around_agents(reactor: Any, server: Any) -> None:
    jar = CookieJar()
    pool = kept(reactor)
    plain = Agent(reactor, pool=pool)
    agent = CookieAgent(RedirectAgent(ContentDecoderAgent(plain, [(b"gzip", GzipDecoder)])), jar)

    async def main() -> Any:
        redirected: Any = await agent.request(b"GET", uri(server, "/redirect"))
        bodies = [await readBody(redirected)]
        for path in ("/gzip", "/cookie", "/cookie"):
            bodies.append(await readBody(await agent.request(b"GET", uri(server, path))))
        head: Any = await agent.request(b"HEAD", uri(server, "/large"))
        await pool.closeCachedConnections()
        return bodies, redirected.previousResponse.code, head.headers.getRawHeaders("content-length"), head.length

    bodies, code, length, none = run(reactor, main)
    assert bodies == [b"hello", b"hello" * 1000, b"", b"a=b"]
    assert (code, length, none) == (302, ["3000000"], 0)


def test_a_request_that_takes_too_long(reactor: Any, server: Any) -> None:
    agent = Agent(reactor, requestTimeout=0.2)

    with pytest.raises(ResponseFailed) as raised:
        run(reactor, lambda: agent.request(b"GET", uri(server, "/slow")))
    assert [type(reason.value).__name__ for reason in raised.value.reasons] == ["RequestTimedOut"]


def test_a_server_that_is_not_there(reactor: Any) -> None:
    with pytest.raises(ConnectError):
        run(reactor, lambda: Agent(reactor).request(b"GET", b"http://127.0.0.1:%d/" % free_port()))


def test_a_server_that_hangs_up_between_requests_does_no_harm(reactor: Any, server: Any) -> None:
    pool = kept(reactor)
    agent = Agent(reactor, pool=pool)

    async def main() -> Any:
        bodies = [await readBody(await agent.request(b"GET", uri(server, "/hangup"))) for _ in range(5)]
        await pool.closeCachedConnections()
        return bodies

    assert run(reactor, main) == [b"hello"] * 5
    assert len({port for *_, port in server.asked}) == 5


def test_ipv6(reactor: Any) -> None:
    try:
        with origin(host="::1") as server:
            address = b"http://[::1]:%d/hello" % server.server_address[1]
            assert run(reactor, lambda: Agent(reactor).request(b"GET", address).addCallback(readBody)) == b"hello"
            assert server.asked[0][2]["Host"] == f"[::1]:{server.server_address[1]}"
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")


def test_where_to_come_from(reactor: Any, server: Any) -> None:
    agent = Agent(reactor, bindAddress=("127.0.0.1", 0), connectTimeout=5)

    assert run(reactor, lambda: agent.request(b"GET", uri(server)).addCallback(readBody)) == b"hello"


def test_https(reactor: Any, secure: Any, certificate: Path) -> None:
    pool = kept(reactor)
    agent = Agent(reactor, trusting(certificate), pool=pool)

    async def main() -> Any:
        bodies = []
        for host in ("localhost", "127.0.0.1", "localhost"):
            bodies.append(await readBody(await agent.request(b"GET", uri(secure, "/hello", "https", host))))
        await pool.closeCachedConnections()
        return bodies

    assert run(reactor, main) == [b"hello"] * 3
    assert len({port for *_, port in secure.asked}) == 2


def test_https_of_a_server_that_nobody_trusts(reactor: Any, secure: Any) -> None:
    with pytest.raises(ResponseFailed) as raised:
        run(reactor, lambda: Agent(reactor).request(b"GET", uri(secure, "/hello", "https", "localhost")))
    assert "certificate verify failed" in str(raised.value.reasons[0].value)
    assert secure.asked == []


def test_https_goes_through_a_tunnel_and_the_proxy_sees_nothing(reactor: Any, secure: Any, certificate: Path) -> None:
    with connect_proxy() as proxy:
        pool = kept(reactor)
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", proxy.port)
        fields = Headers({"Proxy-Authorization": ["Basic eDp5"]})
        agent = ProxyAgent(endpoint, reactor, pool, contextFactory=trusting(certificate), proxyHeaders=fields)

        async def main() -> Any:
            address = uri(secure, "/hello?secret", "https", "localhost")
            bodies = []
            for _ in range(3):
                response = await agent.request(b"GET", address, Headers({"Cookie": ["mine"]}))
                bodies.append(await readBody(response))
            await pool.closeCachedConnections()
            return bodies

        assert run(reactor, main) == [b"hello"] * 3
        authority = b"localhost:%d" % secure.server_address[1]
        assert proxy.heads == [
            b"CONNECT %b HTTP/1.1\r\nHost: %b\r\nProxy-Authorization: Basic eDp5\r\n\r\n" % (authority, authority)
        ]
        assert b"secret" not in proxy.passed and b"mine" not in proxy.passed
        [first, *_] = secure.asked
        assert first[2]["Cookie"] == "mine" and "Proxy-Authorization" not in first[2]


# Peers


def _needs(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed: apt install {name}")
    return found


@pytest.fixture
def nginx(tmp_path: Path, certificate: Path) -> Iterator[tuple[int, int]]:
    """nginx as an origin: ports for http and https."""
    plain, secured = free_port(), free_port()
    (tmp_path / "large.txt").write_bytes(b"0123456789" * 100_000)
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(f"""
        daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;
        events {{ worker_connections 64; }}
        http {{
            access_log off; client_body_temp_path {tmp_path}/b; proxy_temp_path {tmp_path}/p;
            fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;
            gzip on; gzip_types text/plain; gzip_min_length 1; keepalive_requests 3;
            server {{
                listen 127.0.0.1:{plain}; listen 127.0.0.1:{secured} ssl;
                ssl_certificate {certificate}; ssl_certificate_key {certificate};
                root {tmp_path}; default_type text/plain;
                location = /moved {{ return 301 /large.txt; }}
                location = /hello {{ return 200 "hello"; }}
            }}
        }}
    """)
    with program([_needs("nginx"), "-p", str(tmp_path), "-c", str(configuration)], plain):
        yield plain, secured


@pytest.mark.peer
def test_nginx_as_origin(reactor: Any, nginx: tuple[int, int], certificate: Path) -> None:
    plain, secured = nginx
    pool = kept(reactor)
    inner = Agent(reactor, trusting(certificate), pool=pool)
    agent = RedirectAgent(ContentDecoderAgent(inner, [(b"gzip", GzipDecoder)]))

    async def main() -> Any:
        results = []
        for start in (b"http://127.0.0.1:%d" % plain, b"https://localhost:%d" % secured):
            for path in (b"/hello", b"/moved", b"/hello", b"/hello", b"/missing"):
                response: Any = await agent.request(b"GET", start + path)
                results.append((response.code, len(await readBody(response))))
        await pool.closeCachedConnections()
        return results

    told = run(reactor, main)
    assert [code for code, _ in told] == [200, 200, 200, 200, 404] * 2
    assert [size for _, size in told[:4]] == [5, 1_000_000, 5, 5]
    assert told[:4] == told[5:9]


@pytest.fixture
def haproxy(tmp_path: Path, server: Any) -> Iterator[int]:
    """haproxy in front of the standard library's server."""
    port = free_port()
    configuration = tmp_path / "haproxy.cfg"
    configuration.write_text(f"""
global
    maxconn 100
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
listen there
    bind 127.0.0.1:{port}
    http-request deny deny_status 403 if {{ path /forbidden }}
    server one 127.0.0.1:{server.server_address[1]}
""")
    with program([_needs("haproxy"), "-db", "-f", str(configuration)], port):
        yield port


@pytest.mark.peer
def test_haproxy_as_origin(reactor: Any, haproxy: int) -> None:
    pool = kept(reactor)
    agent = Agent(reactor, pool=pool)

    async def main() -> Any:
        start = b"http://127.0.0.1:%d" % haproxy
        results = []
        for method, path in ((b"GET", b"/hello"), (b"GET", b"/chunked"), (b"HEAD", b"/large"), (b"GET", b"/forbidden")):
            response: Any = await agent.request(method, start + path)
            results.append((response.code, len(await readBody(response))))
        producer = FileBodyProducer(BytesIO(b"x" * 100_000))
        producer.length = UNKNOWN_LENGTH
        response = await agent.request(b"PUT", start + b"/echo", None, producer)
        results.append((response.code, len(await readBody(response))))
        await pool.closeCachedConnections()
        return results

    assert run(reactor, main) == [(200, 5), (200, 12), (200, 0), (403, 93), (200, 100_000)]


@pytest.fixture
def tinyproxy(tmp_path: Path) -> Iterator[int]:
    """tinyproxy, which makes tunnels, to any port but 1."""
    port = free_port()
    configuration = tmp_path / "tinyproxy.conf"
    configuration.write_text(
        f'Port {port}\nListen 127.0.0.1\nTimeout 20\nMaxClients 20\nLogFile "{tmp_path}/log"\n'
        f'BasicAuth user word\nPidFile "{tmp_path}/pid"\n'
    )
    with program([_needs("tinyproxy"), "-d", "-c", str(configuration)], port):
        yield port


@pytest.mark.peer
def test_tinyproxy_as_proxy(reactor: Any, tinyproxy: int, server: Any, secure: Any, certificate: Path) -> None:
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", tinyproxy)
    pool = kept(reactor)
    agent = ProxyAgent(
        endpoint,
        reactor,
        pool,
        contextFactory=trusting(certificate),
        proxyHeaders=Headers({"Proxy-Authorization": ["Basic dXNlcjp3b3Jk"]}),
    )
    stranger = ProxyAgent(endpoint, reactor, contextFactory=trusting(certificate))

    async def main() -> Any:
        results: list[Any] = []
        for address in (uri(server), uri(secure, "/hello", "https", "localhost"), uri(secure, "/chunked", "https")):
            results.append(await readBody(await agent.request(b"GET", address)))
        with pytest.raises(TunnelFailed) as refused:
            await stranger.request(b"GET", uri(secure, "/hello", "https", "localhost"))
        results.append(refused.value.code)
        await pool.closeCachedConnections()
        return results

    assert run(reactor, main) == [b"hello", b"hello", b"hello, world", 407]
    assert all("Proxy-Authorization" not in headers for _, _, headers, *_ in [*server.asked, *secure.asked])
