"""HostnameEndpoint: attempts side by side, in turns between the families (RFC 8305)."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import implementer

from twisted.internet import defer, error, protocol
from twisted.internet.address import HostnameAddress, IPv4Address, IPv6Address
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure


@implementer(IHostnameResolver, IHostResolution)
class Names:
    """Finds what it was given, when it is told to."""

    name = "example.com"

    def __init__(self, *hosts: str) -> None:
        self.hosts = hosts
        self.receiver: Any = None
        self.cancelled = False
        self.asked: list[Any] = []

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        self.asked.append((hostName, portNumber, addressTypes, transportSemantics))
        self.receiver = resolutionReceiver
        resolutionReceiver.resolutionBegan(self)
        return self

    def cancel(self) -> None:
        self.cancelled = True

    def answer(self, port: int = 80) -> None:
        for host in self.hosts:
            kind: Any = IPv6Address if ":" in host else IPv4Address
            self.receiver.addressResolved(kind("TCP", host, port))
        self.receiver.resolutionComplete()


class Attempt:
    """A connection that is being made, on a reactor in memory."""

    def __init__(self, *hosts: str, **options: Any) -> None:
        self.names = Names(*hosts)
        self.reactor: Any = MemoryReactorClock()
        self.reactor.installNameResolver(self.names)
        self.got: list[Any] = []
        self.endpoint = HostnameEndpoint(self.reactor, "example.com", 80, **options)
        self.connecting = self.endpoint.connect(protocol.Factory.forProtocol(protocol.Protocol))
        self.connecting.addBoth(self.got.append)

    def hosts(self) -> list[str]:
        """Who was tried so far."""
        return [client[0] for client in self.reactor.tcpClients]

    def succeed(self, number: int) -> Any:
        """Have an attempt succeed; the protocol that it made."""
        factory = self.reactor.tcpClients[number][2]
        made = factory.buildProtocol(None)
        made.makeConnection(StringTransport())
        return made

    def fail(self, number: int) -> None:
        """Have an attempt fail."""
        factory = self.reactor.tcpClients[number][2]
        factory.clientConnectionFailed(self.reactor.connectors[number], Failure(error.ConnectionRefusedError()))


def test_names_are_looked_up_for_both_families() -> None:
    one = Attempt("1.2.3.4", timeout=7, bindAddress="9.9.9.9")
    assert one.names.asked == [("example.com", 80, None, "TCP")] and one.hosts() == []

    one.names.answer()

    assert one.reactor.tcpClients[0][:2] == ("1.2.3.4", 80)
    assert one.reactor.tcpClients[0][3:] == (7, ("9.9.9.9", 0))


def test_families_take_turns_and_attempts_come_one_after_the_other() -> None:
    one = Attempt("1.1.1.1", "2.2.2.2", "::3", "::4", attemptDelay=1)
    one.names.answer()
    order = [one.hosts()]
    for _ in range(3):
        one.reactor.advance(0.99)
        assert one.hosts() == order[-1]
        one.reactor.advance(0.01)
        order.append(one.hosts())

    assert sorted(order[-1]) == ["1.1.1.1", "2.2.2.2", "::3", "::4"] and [len(hosts) for hosts in order] == [1, 2, 3, 4]
    families = [":" in host for host in order[-1]]
    assert families in ([True, False, True, False], [False, True, False, True])


def test_the_first_to_answer_wins_and_the_others_are_given_up() -> None:
    one = Attempt("1.1.1.1", "2.2.2.2", "3.3.3.3", attemptDelay=1)
    one.names.answer()
    one.reactor.advance(1)

    made = one.succeed(1)

    assert len(one.got) == 1 and isinstance(one.got[0], protocol.Protocol) and one.got[0] is not None
    assert one.got[0].transport is made.transport
    assert one.reactor.connectors[0].stoppedConnecting
    one.reactor.advance(10)
    assert len(one.hosts()) == 2 and one.reactor.getDelayedCalls() == []


def test_a_failure_begins_the_next_attempt_at_once() -> None:
    one = Attempt("1.1.1.1", "2.2.2.2", attemptDelay=1)
    one.names.answer()

    one.fail(0)

    assert len(one.hosts()) == 2
    one.succeed(1)
    assert isinstance(one.got[0], protocol.Protocol)


def test_when_all_fail_the_last_failure_is_told() -> None:
    one = Attempt("1.1.1.1", "2.2.2.2", attemptDelay=1)
    one.names.answer()
    one.reactor.advance(1)

    one.fail(0)
    assert one.got == []
    one.fail(1)

    assert one.got[0].check(error.ConnectionRefusedError) and one.reactor.getDelayedCalls() == []


def test_a_host_without_addresses_is_a_failed_lookup() -> None:
    one = Attempt()
    one.names.answer()

    assert one.got[0].check(error.DNSLookupError) and "example.com" in str(one.got[0].value)


def test_cancelling_gives_everything_up() -> None:
    looking = Attempt("1.1.1.1")
    looking.connecting.cancel()
    assert looking.got[0].check(error.ConnectingCancelledError, defer.CancelledError) and looking.names.cancelled

    trying = Attempt("1.1.1.1", "2.2.2.2", attemptDelay=1)
    trying.names.answer()
    trying.connecting.cancel()
    assert trying.got[0].check(error.ConnectingCancelledError)
    assert trying.got[0].value.address == HostnameAddress(b"example.com", 80)
    assert trying.reactor.connectors[0].stoppedConnecting
    trying.reactor.advance(10)
    assert len(trying.hosts()) == 1


def test_cancelling_while_names_are_looked_up_says_what_was_given_up() -> None:
    looking = Attempt("1.1.1.1")
    looking.connecting.cancel()
    error_ = looking.got[0].value
    assert type(error_) is error.ConnectingCancelledError and error_.address == HostnameAddress(b"example.com", 80)
    looking.names.answer()

    assert looking.hosts() == [] and len(looking.got) == 1


def test_a_lookup_that_never_ends_is_ended() -> None:
    one = Attempt("1.1.1.1", timeout=5)

    one.reactor.advance(5)

    assert one.got[0].check(error.TimeoutError, defer.TimeoutError) and one.names.cancelled
    assert one.reactor.getDelayedCalls() == []


@pytest.mark.parametrize(
    ("host", "as_bytes", "text"),
    [
        ("example.com", b"example.com", "example.com"),
        (b"example.com", b"example.com", "example.com"),
        ("b\u00fccher.example", b"xn--bcher-kva.example", "b\u00fccher.example"),
        (b"xn--bcher-kva.example", b"xn--bcher-kva.example", "b\u00fccher.example"),
        ("127.0.0.1", b"127.0.0.1", "127.0.0.1"),
        (b"::1", b"::1", "::1"),
        # Nobody may register these, and yet hosts have them.
        ("my_service", b"my_service", "my_service"),
        (b"my_service", b"my_service", "my_service"),
        (b"xn--i-7iq.ws", b"xn--i-7iq.ws", "xn--i-7iq.ws"),
    ],
)
def test_names_are_known_as_bytes_and_as_text(host: Any, as_bytes: bytes, text: str) -> None:
    endpoint = HostnameEndpoint(MemoryReactorClock(), host, 80)

    assert (endpoint._hostBytes, endpoint._hostText, endpoint._badHostname) == (as_bytes, text, False)


@pytest.mark.parametrize(
    "host", ["\u2603" * 70 + ".example", "[::1]", ":", "a b", "", "-", b"[::1]", b":", b"\xff", b""]
)
def test_what_cannot_be_a_name_fails_when_it_connects(host: Any) -> None:
    got: list[Any] = []
    endpoint = HostnameEndpoint(MemoryReactorClock(), host, 80)
    assert endpoint._badHostname

    endpoint.connect(protocol.Factory()).addBoth(got.append)

    assert got[0].check(ValueError) and "invalid hostname" in str(got[0].value)


def test_it_shows_where_it_leads() -> None:
    assert repr(HostnameEndpoint(MemoryReactorClock(), "example.com", 80)) == "<HostnameEndpoint example.com:80>"
    assert repr(HostnameEndpoint(MemoryReactorClock(), "::1", 80)) == "<HostnameEndpoint [::1]:80>"


def test_a_timeout_of_none_is_no_limit() -> None:
    one = Attempt("1.2.3.4", timeout=None)
    assert one.reactor.getDelayedCalls() == []

    one.names.answer()
    one.reactor.advance(0)

    assert [client[3] for client in one.reactor.tcpClients] == [None]
