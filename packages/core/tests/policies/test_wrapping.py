"""A protocol between a transport and another protocol."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import Interface, directlyProvides
from zope.interface.verify import verifyObject

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ILoggingContext, IProtocol, IProtocolFactory, IPushProducer, ITransport
from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.protocols.basic import LineReceiver
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure

ADDRESS = IPv4Address("TCP", "1.1.1.1", 1)


class Keeping(Protocol):
    def __init__(self) -> None:
        self.got: list[Any] = []

    def dataReceived(self, data: bytes) -> None:
        self.got.append(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        self.got.append(reason.type)


def connected(factory: WrappingFactory) -> tuple[Any, StringTransportWithDisconnection]:
    wrapper = factory.buildProtocol(ADDRESS)
    transport = StringTransportWithDisconnection()
    transport.protocol = wrapper
    wrapper.makeConnection(transport)
    return wrapper, transport


@pytest.fixture
def factory() -> WrappingFactory:
    return WrappingFactory(Factory.forProtocol(Keeping))


def test_the_wrapped_protocol_gets_the_wrapper_as_its_transport(factory: WrappingFactory) -> None:
    wrapper, transport = connected(factory)
    wrapped = wrapper.wrappedProtocol

    assert isinstance(wrapper, ProtocolWrapper)
    assert wrapped.transport is wrapper
    assert wrapped.factory is factory.wrappedFactory
    assert wrapper.factory is factory
    wrapper.dataReceived(b"in")
    wrapped.transport.write(b"out")
    wrapped.transport.writeSequence([b" and", b" more"])
    assert wrapped.got == [b"in"]
    assert transport.value() == b"out and more"
    assert (wrapper.getPeer(), wrapper.getHost()) == (transport.getPeer(), transport.getHost())


def test_it_provides_what_its_transport_provides(factory: WrappingFactory) -> None:
    wrapper, _ = connected(factory)

    for provided in (ITransport, IPushProducer, IProtocol, ILoggingContext):
        assert provided.providedBy(wrapper)

    class IOther(Interface):
        """Something."""

    other = factory.buildProtocol(ADDRESS)
    transport = StringTransportWithDisconnection()
    directlyProvides(transport, IOther)
    other.makeConnection(transport)
    assert IOther.providedBy(other)


def test_it_has_its_transports_attributes(factory: WrappingFactory) -> None:
    wrapper, transport = connected(factory)

    assert wrapper.producerState == "producing"
    wrapper.pauseProducing()
    assert transport.producerState == "paused"
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        wrapper.nothing_of_that_name  # noqa: B018


def test_without_a_transport_it_lacks_attributes_without_recursion(factory: WrappingFactory) -> None:
    wrapper = factory.buildProtocol(ADDRESS)

    assert wrapper.transport is None
    with pytest.raises(AttributeError):
        wrapper.producerState  # noqa: B018
    with pytest.raises(AttributeError):
        ProtocolWrapper.__new__(ProtocolWrapper).nothing  # noqa: B018


def test_hanging_up_goes_through_and_the_end_comes_back(factory: WrappingFactory) -> None:
    wrapper, transport = connected(factory)
    wrapped = wrapper.wrappedProtocol
    assert list(factory.protocols) == [wrapper]
    assert wrapper.disconnecting == 0

    wrapper.loseConnection()

    assert wrapper.disconnecting == 1
    assert not transport.connected
    assert wrapped.got == [ConnectionDone]
    assert wrapper.wrappedProtocol is None
    assert factory.protocols == {}


def test_producers_go_through(factory: WrappingFactory) -> None:
    wrapper, transport = connected(factory)

    wrapper.registerProducer("producer", True)
    assert (transport.producer, transport.streaming) == ("producer", True)
    wrapper.unregisterProducer()
    assert transport.producer is None


def test_stopping_to_consume_goes_through(factory: WrappingFactory) -> None:
    wrapper, transport = connected(factory)
    asked = []
    transport.stopConsuming = lambda: asked.append(True)  # type: ignore[attr-defined]

    wrapper.stopConsuming()

    assert asked == [True]


def test_the_log_names_both(factory: WrappingFactory) -> None:
    wrapper, _ = connected(factory)

    assert wrapper.logPrefix() == "Keeping (ProtocolWrapper)"
    assert factory.logPrefix() == "Factory (WrappingFactory)"
    assert ProtocolWrapper(factory, object()).logPrefix() == "object (ProtocolWrapper)"


def test_a_factory_that_makes_no_protocol_is_not_wrapped() -> None:
    class Refusing(Factory[Any]):
        def buildProtocol(self, addr: object) -> None:
            return None

    assert WrappingFactory(Refusing()).buildProtocol(ADDRESS) is None


def test_the_wrapped_factory_is_told_everything() -> None:
    told: list[Any] = []

    class Told(ClientFactory[Any]):
        noisy = False

        def startFactory(self) -> None:
            told.append("start")

        def stopFactory(self) -> None:
            told.append("stop")

        def startedConnecting(self, connector: Any) -> None:
            told.append(("connecting", connector))

        def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
            told.append(("failed", connector, reason))

        def clientConnectionLost(self, connector: Any, reason: Any) -> None:
            told.append(("lost", connector, reason))

    factory = WrappingFactory(Told())
    factory.noisy = False
    assert verifyObject(IProtocolFactory, factory)
    factory.doStart()
    assert factory.numPorts == 1
    factory.startedConnecting("c")
    factory.clientConnectionFailed("c", "r")
    factory.clientConnectionLost("c", "r")
    factory.doStop()

    assert told == ["start", ("connecting", "c"), ("failed", "c", "r"), ("lost", "c", "r"), "stop"]
    assert factory.numPorts == 0


def test_what_the_wrapped_protocol_holds_can_be_given_up() -> None:
    wrapper, _ = connected(WrappingFactory(Factory.forProtocol(LineReceiver)))
    wrapper.dataReceived(b"half a li")

    assert wrapper._take_unread() == b"half a li"
    assert wrapper._take_unread() == b""
    assert ProtocolWrapper(None, Keeping())._take_unread() == b""


def test_an_end_is_told_with_its_reason(factory: WrappingFactory) -> None:
    wrapper, _ = connected(factory)
    wrapped = wrapper.wrappedProtocol

    wrapper.connectionLost(Failure(ValueError("why")))

    assert wrapped.got == [ValueError]
