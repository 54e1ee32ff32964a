"""Sites on real sockets, each in a program of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Serve = Callable[..., int]

# The beginning of a program that tells what only it can know: resources for that, and `log`, what it has logged.
TELLING = """
    import os
    from twisted.logger import LogLevel, formatEvent, globalLogPublisher
    from twisted.web import resource

    events = []
    globalLogPublisher.addObserver(lambda event: event["log_level"] >= LogLevel.warn and events.append(event))

    def log():
        return "\\n".join(map(formatEvent, events))

    class Told(resource.Resource):
        isLeaf = True

        def __init__(self, tell):
            super().__init__()
            self.tell = tell

        def render_GET(self, request):
            return self.tell().encode()
"""


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Run a program that defines ``root`` and ends by itself; gives the port that it listens on."""
    running: list[subprocess.Popen[str]] = []

    def start(program: str, before: str = "") -> int:
        text = (
            textwrap.dedent(before)
            + textwrap.dedent(program)
            + textwrap.dedent(
                """
                from twisted.internet import endpoints, reactor
                from twisted.web import server

                site = globals().get("site") or server.Site(root)
                listening = endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(site)
                listening.addCallback(lambda port: print(port.getHost().port, flush=True))
                reactor.callLater(30, reactor.stop)
                reactor.run()
                """
            )
        )
        process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        return int(process.stdout.readline())

    yield start
    for process in running:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def serve_tls(serve: Serve, tmp_path: Path) -> Serve:
    """The same, over TLS, with a certificate that nobody knows."""

    def start(program: str) -> int:
        # Where the port is made of a description, this is another one.
        return serve(program, TLS_BEFORE.format(pem=str(tmp_path / "pem")))

    return start


TLS_BEFORE = """
    import datetime
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from twisted.internet import endpoints

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    with open({pem!r}, "wb") as file:
        file.write(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        file.write(certificate.public_bytes(encoding))
    plainly = endpoints.serverFromString
    endpoints.serverFromString = lambda reactor, words: plainly(
        reactor, "ssl:0:interface=127.0.0.1:privateKey=" + {pem!r}.replace(":", r"\\:")
    )
"""
