"""Servers and proxies for the client's tests, each in a thread or a process of its own, on 127.0.0.1."""

from __future__ import annotations

import datetime
import gzip
import ipaddress
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from twisted.internet import defer

# How long one test may take, in seconds.
_TIME = 20


def run(reactor: Any, main: Callable[[], Any]) -> Any:
    """Run a reactor until what *main* gives, a Deferred or a coroutine, has a result; return that."""
    results: list[Any] = []

    def begin() -> None:
        deferred: defer.Deferred[Any] = defer.maybeDeferred(main)
        deferred.addTimeout(_TIME, reactor)
        deferred.addBoth(results.append).addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    if hasattr(results[0], "raiseException"):
        results[0].raiseException()
    return results[0]


class Handler(BaseHTTPRequestHandler):
    """Answers as the path says, and remembers what was asked."""

    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self) -> None:
        body = self._body()
        asked = (self.command, self.path, dict(self.headers.items()), body, self.client_address[1])
        self.server.asked.append(asked)
        path = self.path.partition("?")[0]
        if path == "/redirect":
            self._respond(302, b"", Location="/hello")
        elif path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in (b"hello, ", b"world"):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        elif path == "/close":
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"until the end")
            self.close_connection = True
        elif path == "/hangup":
            self._respond(200, b"hello")
            self.close_connection = True
        elif path == "/gzip":
            self._respond(200, gzip.compress(b"hello" * 1000), **{"Content-Encoding": "gzip"})
        elif path == "/cookie":
            self._respond(200, self.headers.get("Cookie", "").encode(), **{"Set-Cookie": "a=b"})
        elif path == "/large":
            self._respond(200, b"x" * 3_000_000)
        elif path == "/slow":
            self.server.released.wait(_TIME)
            self._respond(200, b"late")
        else:
            self._respond(200, body or b"hello")

    def _respond(self, code: int, body: bytes, **fields: str) -> None:
        self.send_response(code)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _answer


@contextmanager
def origin(context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Any]:
    """The standard library's server."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        asked: list[Any]
        released: threading.Event

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is nothing to report."""

    server = Server((host, 0), Handler)
    server.asked, server.released = [], threading.Event()
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(_TIME)


@contextmanager
def connect_proxy() -> Iterator[Any]:
    """A proxy that makes tunnels and nothing else, and remembers the heads of what it was asked."""
    listener = socket.create_server(("127.0.0.1", 0))

    class Proxy:
        port = listener.getsockname()[1]
        heads: list[bytes] = []
        passed = bytearray()

    def pump(source: socket.socket, target: socket.socket, note: bool) -> None:
        try:
            while data := source.recv(65536):
                if note:
                    Proxy.passed += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve(client: socket.socket) -> None:
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                data = client.recv(65536)
                if not data:
                    return
                head += data
            Proxy.heads.append(head)
            method, target, _ = head.split(b"\r\n")[0].split(b" ")
            if method != b"CONNECT":
                client.sendall(b"HTTP/1.1 405 CONNECT only\r\nContent-Length: 0\r\n\r\n")
                return
            host, _, port = target.rpartition(b":")
            with socket.create_connection((host.strip(b"[]").decode(), int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=pump, args=(server, client, False), daemon=True)
                back.start()
                pump(client, server, True)
                back.join(_TIME)

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield Proxy
    finally:
        # Closing alone does not wake who accepts.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def make_certificate(folder: Path) -> Path:
    """A certificate of its own authority for localhost and 127.0.0.1, with its key, as a PEM file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def program(words: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of somebody else's until it listens, and end it."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + _TIME
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    process.kill()
                    said = process.communicate()[0].decode(errors="replace")
                    raise AssertionError(f"{words[0]} does not listen: {said}") from None
                threading.Event().wait(0.02)
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_TIME)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
