"""Which connections a wrapping factory has."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.protocols.policies import WrappingFactory
from twisted.python.failure import Failure


def test_a_factory_knows_its_connected_protocols() -> None:
    factory = WrappingFactory(Factory.forProtocol(Protocol))
    first, second = (factory.buildProtocol(IPv4Address("TCP", "1.1.1.1", port)) for port in (1, 2))
    assert factory.protocols == {}
    for one in (first, second):
        one.makeConnection(StringTransport())
    assert factory.protocols == {first: 1, second: 1}

    reason: Any = Failure(KeyError())
    first.connectionLost(reason)

    assert factory.protocols == {second: 1}
