"""What a connection holds that has spoken and now waits, where many were accepted before the first of them spoke."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twisted.internet import protocol

from .running import run

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has a dict for every instance")

MANY = 50


def of_tcp(reactor: Any, server: Any, client: Any, folder: Path) -> None:
    port = reactor.listenTCP(0, server, interface="127.0.0.1")
    for _ in range(MANY):
        reactor.connectTCP("127.0.0.1", port.getHost().port, client)


def of_unix(reactor: Any, server: Any, client: Any, folder: Path) -> None:
    path = str(folder / "here")
    reactor.listenUNIX(path, server)
    for _ in range(MANY):
        reactor.connectUNIX(path, client)


def of_tls(reactor: Any, server: Any, client: Any, folder: Path) -> None:
    ssl = pytest.importorskip("twisted.internet.ssl", reason="pip install 'twisted-core[tls]'", exc_type=ImportError)
    certificate = ssl.KeyPair.generate(size=2048).selfSignedCert(1, CN="host.example")
    port = reactor.listenSSL(0, server, certificate.options(), interface="127.0.0.1")
    for _ in range(MANY):
        reactor.connectSSL("127.0.0.1", port.getHost().port, client, ssl.CertificateOptions())


@pytest.mark.parametrize("connect", [of_tcp, of_unix, of_tls])
def test_it_has_no_dict_of_its_own(reactor: Any, connect: Callable[..., None], tmp_path: Path) -> None:
    made: list[Any] = []
    heard: list[Any] = []
    holding: list[type] = []

    class Talking(protocol.Protocol):
        def connectionMade(self) -> None:
            made.append(self.transport)
            if len(made) == 2 * MANY:
                # All are there, and none has said a word.
                for transport in made:
                    transport.write(b"hello")

        def dataReceived(self, data: bytes) -> None:
            heard.append(self.transport)
            if len(heard) == 2 * MANY:
                reactor.callLater(0, look)

    def look() -> None:
        for transport in made:
            if any(type(one) is dict for one in gc.get_referents(transport)):
                holding.append(type(transport))
        reactor.stop()

    server = protocol.Factory.forProtocol(Talking)
    client: Any = protocol.ClientFactory()
    client.protocol = Talking
    server.noisy = client.noisy = False
    connect(reactor, server, client, tmp_path)
    run(reactor)

    assert len(set(heard)) == 2 * MANY and holding == []
