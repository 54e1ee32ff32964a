"""Clients that want to speak another protocol with the server behind, and servers that say nothing."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.error import ConnectionDone, TimeoutError
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.web.proxy import ProxyClient, ReverseProxyResource
from twisted.web.server import Site

from .conftest import Behind, Front

ASK = b"GET /chat HTTP/1.1\r\nHost: front\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nX: y\r\n\r\n"
AGREE = b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: z\r\n\r\n"


def front(clock: MemoryReactorClock, streams: bool = False) -> Front:
    site = Site(ReverseProxyResource("behind", 80, b"", clock), reactor=clock)
    site.streamsBodies = streams
    return Front(site, clock)


def agreed(clock: MemoryReactorClock, then: bytes = b"", step: int = 0) -> tuple[Front, Behind]:
    client = front(clock)
    client.say(ASK)
    server = client.behind()
    server.heard()
    server.say(AGREE + then, step)
    return client, server


# Another protocol


def test_the_wish_for_another_protocol_is_passed_on(clock: MemoryReactorClock) -> None:
    client = front(clock)
    client.say(ASK)

    head = client.behind().heard()
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"get /chat http/1.1" and b"x: y" in lines
    assert lines.count(b"connection: upgrade") == lines.count(b"upgrade: websocket") == 1


@pytest.mark.parametrize("step", [0, 1, 7])
def test_both_sides_say_what_they_like_then(clock: MemoryReactorClock, step: int) -> None:
    client, server = agreed(clock, b"first from behind", step)

    head, _, said = client.heard().partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 101 Switching Protocols" and said == b"first from behind"
    assert sorted(lines[1:]) == [b"Connection: Upgrade", b"Sec-WebSocket-Accept: z", b"Upgrade: websocket"]
    tunnel = client.transport.protocol
    tunnel.dataReceived(b"from the client\r\n\r\n")
    assert server.heard() == b"from the client\r\n\r\n"
    server.say(b"HTTP/1.1 200 OK\r\n\r\n")
    assert client.heard() == b"HTTP/1.1 200 OK\r\n\r\n"


def test_what_the_client_sent_too_early_is_not_lost(clock: MemoryReactorClock) -> None:
    client = front(clock)
    client.say(ASK + b"early")
    server = client.behind()
    server.heard()
    server.say(AGREE)

    assert server.heard() == b"early"


def test_each_side_ends_with_the_other(clock: MemoryReactorClock) -> None:
    client, server = agreed(clock)
    server.hang_up()
    assert client.transport.disconnecting
    server.protocol.dataReceived(b"late")

    client, server = agreed(clock)
    client.transport.protocol.connectionLost(Failure(ConnectionDone()))
    assert server.transport.disconnecting
    client.heard()
    server.protocol.dataReceived(b"nobody hears this")
    assert client.heard() == b""


def test_a_slow_side_holds_up_the_other(clock: MemoryReactorClock) -> None:
    client, server = agreed(clock)

    assert client.transport.producer is server.transport and client.transport.streaming
    assert server.transport.producer is client.transport and server.transport.streaming


def test_nobody_limits_how_long_a_tunnel_may_be_silent(clock: MemoryReactorClock) -> None:
    client, server = agreed(clock)
    clock.advance(100_000)

    assert not client.transport.disconnecting and not server.transport.disconnecting


def test_a_server_that_does_not_agree_answers(clock: MemoryReactorClock) -> None:
    client = front(clock)
    client.say(ASK)
    server = client.behind()
    server.say(b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\nUpgrade: h2c\r\n\r\nno")

    answer = client.heard()
    assert answer.startswith(b"HTTP/1.1 426 ") and answer.endswith(b"\r\n\r\nno")
    assert server.transport.disconnecting and not client.transport.disconnecting


@pytest.mark.parametrize(
    "asking",
    [
        ASK.replace(b"keep-alive, Upgrade", b"keep-alive"),
        ASK.replace(b"HTTP/1.1", b"HTTP/1.0"),
        ASK.replace(b"X: y", b"Content-Length: 0"),
        ASK.replace(b"Upgrade: websocket\r\n", b""),
    ],
)
def test_who_does_not_ask_properly_gets_no_other_protocol(clock: MemoryReactorClock, asking: bytes) -> None:
    client = front(clock)
    client.say(asking)
    server = client.behind()
    assert b"upgrade" not in server.heard().lower()
    server.say(AGREE)

    assert client.heard().split(b" ")[1] == b"502"


# Patience


def test_a_server_that_says_nothing_is_given_up(clock: MemoryReactorClock) -> None:
    client = front(clock)
    client.say(b"GET / HTTP/1.1\r\nHost: front\r\n\r\n")
    server = client.behind()
    clock.advance(599)
    assert client.heard() == b"" and not server.transport.disconnecting
    clock.advance(1)

    assert client.heard().startswith(b"HTTP/1.1 504 ") and server.transport.disconnecting
    assert not client.transport.disconnecting


def test_a_server_that_stops_in_the_middle_is_given_up_and_the_client_sees_it(clock: MemoryReactorClock) -> None:
    client = front(clock)
    client.say(b"GET / HTTP/1.1\r\nHost: front\r\n\r\n")
    server = client.behind()
    for _ in range(3):
        clock.advance(599)
        server.say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" if _ == 0 else b"x")
    assert client.heard().endswith(b"\r\n\r\nxx") and not server.transport.disconnecting
    clock.advance(600)

    assert server.transport.disconnecting and client.transport.disconnecting


def test_a_server_that_is_not_read_may_be_silent(clock: MemoryReactorClock) -> None:
    client = front(clock)
    client.say(b"GET / HTTP/1.1\r\nHost: front\r\n\r\n")
    server = client.behind()
    server.say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
    channel: Any = client.transport.producer
    channel.pauseProducing()
    assert server.transport.producerState == "paused"
    clock.advance(10_000)
    assert not server.transport.disconnecting
    channel.resumeProducing()
    assert server.transport.producerState == "producing"
    clock.advance(599)
    assert not server.transport.disconnecting
    clock.advance(1)
    assert server.transport.disconnecting


def test_an_upload_is_as_good_as_an_answer(clock: MemoryReactorClock) -> None:
    client = front(clock, streams=True)
    client.say(b"POST / HTTP/1.1\r\nHost: front\r\nContent-Length: 30\r\n\r\n")
    server = client.behind()
    for _ in range(3):
        clock.advance(50)
        client.say(b"x")
    clock.advance(580)
    assert not server.transport.disconnecting


def test_patience_may_be_without_end(clock: MemoryReactorClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProxyClient, "patience", None)
    client = front(clock)
    client.say(b"GET / HTTP/1.1\r\nHost: front\r\n\r\n")
    server = client.behind()
    clock.advance(1_000_000)

    assert not server.transport.disconnecting


def test_nothing_is_waited_for_when_the_response_is_complete(clock: MemoryReactorClock) -> None:
    client = front(clock)
    client.say(b"GET / HTTP/1.1\r\nHost: front\r\n\r\n")
    before = len(clock.getDelayedCalls())
    server = client.behind()
    server.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    assert len(clock.getDelayedCalls()) <= before


def test_a_connection_that_takes_too_long_is_504(clock: MemoryReactorClock) -> None:
    client = front(clock)
    client.say(b"GET / HTTP/1.1\r\nHost: front\r\n\r\n")
    clock.tcpClients[-1][2].clientConnectionFailed(clock.connectors[-1], Failure(TimeoutError()))

    assert client.heard().startswith(b"HTTP/1.1 504 ")
