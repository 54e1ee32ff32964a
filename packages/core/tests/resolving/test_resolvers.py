"""Resolvers of one kind in the place of the other, and the one that asks the system in threads."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

import pytest
from zope.interface import implementer
from zope.interface.verify import verifyObject

from twisted.internet._resolver import ComplexResolverSimplifier, GAIResolver, SimpleResolverComplexifier
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
    IResolverSimple,
)
from twisted.logger import globalLogPublisher


@implementer(IResolutionReceiver)
class Receiver:
    """Keeps what it is told, in order."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.resolution: Any = None

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        self.resolution = resolution
        self.told.append("began")

    def addressResolved(self, address: IAddress) -> None:
        self.told.append(address)

    def resolutionComplete(self) -> None:
        self.told.append("complete")


@implementer(IResolverSimple)
class Simple:
    """Answers with what it is given."""

    def __init__(self, answer: Deferred[str]) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        self.asked.append(name)
        return self.answer


@pytest.fixture
def events() -> Any:
    seen: list[Any] = []
    observer: Any = seen.append
    globalLogPublisher.addObserver(observer)
    yield seen
    globalLogPublisher.removeObserver(observer)


def test_a_simple_resolver_finds_one_address() -> None:
    simple = Simple(succeed("192.0.2.1"))
    resolver = SimpleResolverComplexifier(simple)
    receiver = Receiver()

    given = resolver.resolveHostName(receiver, "example.com", 80, transportSemantics="UDP")

    assert verifyObject(IHostnameResolver, resolver)
    assert receiver.told == ["began", IPv4Address("UDP", "192.0.2.1", 80), "complete"]
    assert given is receiver.resolution and given.name == "example.com"
    assert simple.asked == ["example.com"]


def test_a_simple_resolver_that_is_asked_for_no_port_gives_port_0_over_tcp() -> None:
    receiver = Receiver()
    SimpleResolverComplexifier(Simple(succeed("192.0.2.1"))).resolveHostName(receiver, "example.com")

    assert receiver.told[1] == IPv4Address("TCP", "192.0.2.1", 0)


@pytest.mark.parametrize(
    ("name", "asked"),
    [(b"example.com", "example.com"), ("b\xfccher.example", "xn--bcher-kva.example")],
)
def test_a_simple_resolver_is_asked_for_ascii(name: Any, asked: str) -> None:
    simple = Simple(succeed("192.0.2.1"))
    SimpleResolverComplexifier(simple).resolveHostName(Receiver(), name)

    assert simple.asked == [asked]


def test_what_a_simple_resolver_does_not_find_is_the_end_of_the_lookup(events: list[Any]) -> None:
    receiver = Receiver()
    SimpleResolverComplexifier(Simple(fail(DNSLookupError("no")))).resolveHostName(receiver, "example.com")

    assert receiver.told == ["began", "complete"] and events == []


def test_other_troubles_of_a_simple_resolver_are_logged(events: list[Any]) -> None:
    receiver = Receiver()
    SimpleResolverComplexifier(Simple(fail(ZeroDivisionError()))).resolveHostName(receiver, "example.com")

    assert receiver.told == ["began", "complete"]
    (event,) = events
    assert event["name"] == "example.com" and event["log_failure"].check(ZeroDivisionError)


def test_cancelling_a_lookup_cancels_the_simple_one() -> None:
    cancelled: list[Any] = []
    answer: Deferred[str] = Deferred(cancelled.append)
    answer.addErrback(lambda failure: failure.trap(Exception) and fail(DNSLookupError()))
    receiver = Receiver()
    SimpleResolverComplexifier(Simple(answer)).resolveHostName(receiver, "example.com")
    receiver.resolution.cancel()

    assert cancelled == [answer] and receiver.told == ["began", "complete"]


# The other way round


@implementer(IHostnameResolver)
class Complex:
    """Finds what it is given, at once or when told to."""

    def __init__(self, *addresses: IAddress, at_once: bool = True) -> None:
        self.addresses = addresses
        self.at_once = at_once
        self.asked: list[Any] = []

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        self.asked.append((hostName, portNumber, addressTypes))
        self.name = hostName
        self.receiver = resolutionReceiver
        self.receiver.resolutionBegan(self)
        if self.at_once:
            self.finish()
        return self

    def finish(self) -> None:
        for address in self.addresses:
            self.receiver.addressResolved(address)
        self.receiver.resolutionComplete()


def test_the_first_address_is_a_simple_answer() -> None:
    found: list[str] = []
    inner = Complex(IPv4Address("TCP", "192.0.2.1", 0), IPv4Address("TCP", "192.0.2.2", 0))
    resolver = ComplexResolverSimplifier(inner)
    resolver.getHostByName("example.com").addCallback(found.append)

    assert verifyObject(IResolverSimple, resolver)
    assert found == ["192.0.2.1"] and inner.asked == [("example.com", 0, [IPv4Address])]


def test_no_address_is_a_failed_simple_lookup() -> None:
    failed: list[Any] = []
    ComplexResolverSimplifier(Complex()).getHostByName("example.com").addErrback(failed.append)

    assert failed[0].check(DNSLookupError) and "example.com" in str(failed[0].value)


def test_an_answer_may_come_later() -> None:
    found: list[str] = []
    resolver = Complex(IPv4Address("TCP", "192.0.2.1", 0), at_once=False)
    ComplexResolverSimplifier(resolver).getHostByName("example.com").addCallback(found.append)
    assert found == []
    resolver.finish()

    assert found == ["192.0.2.1"]


# Asking the system


class Threads:
    """Does at once, in this thread, what is asked of a pool of threads."""

    def callInThreadWithCallback(self, told: Any, function: Any, *args: Any, **words: Any) -> None:
        try:
            result = function(*args, **words)
        except BaseException:
            from twisted.python.failure import Failure

            told(False, Failure())
        else:
            told(True, result)

    def callFromThread(self, function: Any, *args: Any) -> None:
        function(*args)


FOUND = [
    (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 443, 0, 2)),
    (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443)),
    (socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("192.0.2.1", 443)),
    (getattr(socket, "AF_UNIX", 1), socket.SOCK_STREAM, 0, "", "/somewhere"),
]


def look(asked: list[Any], **words: Any) -> list[Any]:
    threads: Any = Threads()

    def getaddrinfo(*args: Any) -> list[Any]:
        asked.append(args)
        return FOUND

    receiver = Receiver()
    GAIResolver(threads, lambda: threads, getaddrinfo).resolveHostName(receiver, "example.com", 443, **words)
    return receiver.told


def test_the_system_is_asked_for_both_kinds_of_addresses() -> None:
    asked: list[Any] = []

    assert look(asked) == [
        "began",
        IPv6Address("TCP", "2001:db8::1", 443, 0, 2),
        IPv4Address("TCP", "192.0.2.1", 443),
        IPv4Address("UDP", "192.0.2.1", 443),
        "complete",
    ]
    assert asked == [("example.com", 443, socket.AF_UNSPEC, socket.SOCK_STREAM)]


@pytest.mark.parametrize(
    ("wanted", "family", "kinds"),
    [
        ([IPv4Address], socket.AF_INET, [IPv4Address, IPv4Address]),
        ([IPv6Address], socket.AF_INET6, [IPv6Address]),
        ([IPv4Address, IPv6Address], socket.AF_UNSPEC, [IPv6Address, IPv4Address, IPv4Address]),
    ],
)
def test_the_system_is_asked_for_the_kinds_that_are_wanted(wanted: Any, family: int, kinds: Any) -> None:
    asked: list[Any] = []
    told = look(asked, addressTypes=wanted)

    assert [type(one) for one in told[1:-1]] == kinds
    assert asked[0][2] == family


def test_the_system_is_asked_for_datagrams_where_they_are_meant() -> None:
    asked: list[Any] = []
    look(asked, transportSemantics="UDP")

    assert asked[0][3] == socket.SOCK_DGRAM
