"""TLS over any transport: what a protocol above it and a transport below it see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from OpenSSL import SSL
from zope.interface import implementer
from zope.interface.verify import verifyObject

from twisted.internet import error, protocol, ssl
from twisted.internet.interfaces import (
    IHandshakeListener,
    INegotiated,
    IProtocolNegotiationFactory,
    IPullProducer,
    IPushProducer,
    ISystemHandle,
)
from twisted.protocols import tls
from twisted.python.failure import Failure

Pairs = Callable[..., Any]


def test_the_protocols_are_connected_first_and_learn_of_the_handshake_after(pair: Pairs) -> None:
    both = pair().connect()

    assert both.notes == ["server made", "client made"]

    both.pump()

    assert both.notes[2:] == ["client shaken", "server shaken"]


def test_bytes_arrive_in_both_directions(pair: Pairs) -> None:
    both = pair().connect().pump()

    both.client.transport.write(b"to the server")
    both.server.transport.writeSequence([b"to ", b"the ", b"client"])
    both.pump()

    assert both.server.received == b"to the server"
    assert both.client.received == b"to the client"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(step=st.integers(min_value=1, max_value=3000), sizes=st.lists(st.integers(1, 40000), min_size=1, max_size=4))
def test_where_the_stream_is_cut_does_not_matter(pair: Pairs, step: int, sizes: list[int]) -> None:
    both = pair(client_on={"made": lambda p: p.transport.write(b"early")}).connect()
    sent = b"early" + b"".join(bytes([number]) * size for number, size in enumerate(sizes))

    for number, size in enumerate(sizes):
        both.client.transport.write(bytes([number]) * size)
    both.pump(step)
    both.client.transport.loseConnection()
    both.pump(step)

    assert both.server.received == sent
    assert both.client_wire.told == ["lose"] == both.server_wire.told


def test_what_is_written_before_the_handshake_waits_for_it(pair: Pairs) -> None:
    both = pair(
        client_on={"made": lambda p: p.transport.write(b"early")},
        server_on={"made": lambda p: p.transport.write(b"early too")},
    ).connect()

    both.pump()

    assert both.server.received == b"early"
    assert both.client.received == b"early too"


def test_small_writes_of_a_turn_are_one_record(pair: Pairs) -> None:
    both = pair().connect().pump()

    for _ in range(50):
        both.client.transport.write(b"x")

    assert both.client_wire.value() == b""
    both.clock.advance(0)
    assert len(both.client_wire.value()) == 5 + 50 + 1 + 16  # header, bytes, type, tag (RFC 8446, section 5.2)


def test_a_large_write_does_not_wait_for_the_turn_to_end(pair: Pairs) -> None:
    both = pair().connect().pump()

    both.client.transport.write(b"x" * 70_000)

    assert len(both.client_wire.value()) > 70_000


def test_without_buffering_each_write_is_sent_at_once(pair: Pairs) -> None:
    both = pair(protocol_class=tls.TLSMemoryBIOProtocol).connect().pump()

    both.client.transport.write(b"x")

    assert len(both.client_wire.value()) == 5 + 1 + 1 + 16


def test_whoever_closes_waits_for_the_other_sides_goodbye(pair: Pairs) -> None:
    both = pair().connect().pump()

    both.client.transport.loseConnection()

    assert both.client_tls.disconnecting and both.client_wire.told == []
    both.pump()
    assert both.client_wire.told == ["lose"] and both.server_wire.told == ["lose"]
    both.hang_up()
    assert both.notes[-2:] == ["client lost ConnectionDone", "server lost ConnectionDone"]


def test_a_side_that_never_says_goodbye_is_not_waited_for_for_ever(pair: Pairs) -> None:
    both = pair().connect().pump()

    both.client.transport.loseConnection()
    both.clock.advance(29)
    assert both.client_wire.told == []

    both.clock.advance(1)
    assert both.client_wire.told == ["abort"]


def test_nothing_waits_once_the_connection_is_over(pair: Pairs) -> None:
    both = pair().connect().pump()
    both.client.transport.loseConnection()

    both.hang_up()

    assert both.clock.getDelayedCalls() == []


def test_what_is_buffered_is_sent_before_the_goodbye(pair: Pairs) -> None:
    def hurry(p: Any) -> None:
        p.transport.write(b"x" * 100_000)
        p.transport.loseConnection()

    both = pair(client_on={"made": hurry}).connect().pump().hang_up()

    assert both.server.received == b"x" * 100_000
    assert both.notes[-2:] == ["client lost ConnectionDone", "server lost ConnectionDone"]


def test_closing_before_the_handshake_with_nothing_written_gives_up_at_once(pair: Pairs) -> None:
    both = pair(client_on={"made": lambda p: p.transport.loseConnection()}).connect()

    assert both.client_wire.told == ["abort"]
    assert both.client_wire.value() == b""


def test_what_is_written_after_closing_is_not_sent(pair: Pairs) -> None:
    both = pair().connect().pump()

    both.client.transport.loseConnection()
    both.client.transport.write(b"too late")
    both.pump()

    assert both.server.received == b""


def test_an_end_without_a_goodbye_is_a_loss(pair: Pairs) -> None:
    both = pair().connect().pump().hang_up(error.ConnectionDone())

    assert both.notes[-2:] == ["client lost ConnectionLost", "server lost ConnectionLost"]


def test_an_end_in_the_middle_of_the_handshake_is_a_loss(pair: Pairs) -> None:
    both = pair().connect().hang_up(error.ConnectionDone())

    assert both.notes[-2:] == ["client lost ConnectionLost", "server lost ConnectionLost"]


def test_aborting_drops_what_is_unsent(pair: Pairs) -> None:
    both = pair().connect().pump()

    both.client.transport.write(b"never")
    both.client.transport.abortConnection()
    both.client.transport.abortConnection()
    both.pump().hang_up(error.ConnectionAborted())

    assert both.client_wire.told == ["abort"]
    assert both.server.received == b""
    assert "client lost ConnectionAborted" in both.notes


def test_bytes_after_the_end_are_ignored(pair: Pairs) -> None:
    both = pair().connect().pump()
    both.client.transport.write(b"late")
    both.clock.advance(0)
    late = both.client_wire.value()
    both.hang_up()

    both.server_tls.dataReceived(late)

    assert both.server.received == b""


@pytest.mark.parametrize("word", ["made", "shaken", "data"])
@pytest.mark.parametrize("deed", ["loseConnection", "abortConnection"])
def test_a_protocol_may_end_the_connection_in_any_callback(pair: Pairs, word: str, deed: str) -> None:
    both = pair(server_on={word: lambda p: getattr(p.transport, deed)()}).connect().pump()
    if word == "data":
        both.client.transport.write(b"x")

    both.pump()
    both.hang_up()

    assert both.server_wire.told == (["abort"] if word == "made" or deed == "abortConnection" else ["lose"])
    assert [note for note in both.notes if "server lost" in note] != []


def test_text_is_refused(pair: Pairs) -> None:
    both = pair().connect().pump()

    with pytest.raises(TypeError, match="must be bytes, not str"):
        both.client.transport.write("text")


def test_garbage_ends_the_connection_with_openssls_error(pair: Pairs) -> None:
    both = pair()
    both.server_tls.makeConnection(both.server_wire)

    both.server_tls.dataReceived(b"GET / HTTP/1.0\r\n\r\n")
    both.server_tls.connectionLost(Failure(error.ConnectionDone()))

    assert both.server_wire.told == ["lose"]
    assert both.server.reason.check(SSL.Error)
    assert "http request" in str(both.server.reason.value)


def test_a_certificate_nobody_signed_is_refused_by_name_of_the_reason(pair: Pairs) -> None:
    both = pair(client_options=ssl.optionsForClientTLS("host.example")).connect().pump().hang_up()

    assert "certificate verify failed" in str(both.client.reason.value)
    assert "unknown ca" in str(both.server.reason.value)
    assert "client shaken" not in both.notes


def test_an_expired_certificate_is_refused(pair: Pairs, certify: Callable[..., Any]) -> None:
    old = certify("host.example", days=(-9, -1))
    both = pair(
        client_options=ssl.optionsForClientTLS("host.example", trustRoot=old), server_options=old.options()
    ).connect()

    both.pump().hang_up()

    assert "certificate verify failed" in str(both.client.reason.value)
    assert "certificate expired" in str(both.server.reason.value)


def test_a_certificate_for_another_host_is_refused(pair: Pairs, host: Any) -> None:
    both = pair(client_options=ssl.optionsForClientTLS("other.example", trustRoot=host)).connect().pump().hang_up()

    assert both.client.reason.check(ssl.VerificationError)
    assert "client shaken" not in both.notes and "server shaken" not in both.notes


def test_whom_a_program_refuses_after_the_handshake_gets_nothing(pair: Pairs, host: Any) -> None:
    class Suspicious:
        """Looks at the certificate by itself, once OpenSSL has said that it is content."""

        def getContext(self) -> SSL.Context:
            context: SSL.Context = ssl.CertificateOptions(trustRoot=host).getContext()
            context.set_info_callback(self._look)
            return context

        def _look(self, connection: SSL.Connection, where: int, code: int) -> None:
            if where & SSL.SSL_CB_HANDSHAKE_DONE:
                both.client_tls.failVerification(Failure(ValueError("not him")))

    both = pair(client_options=Suspicious(), client_on={"made": lambda p: p.transport.write(b"a secret")}).connect()
    both.pump().hang_up()

    assert str(both.client.reason.value) == "not him" and both.client_wire.told == ["abort"]
    assert both.server.received == b"" and "client shaken" not in both.notes


def test_a_certificate_without_names_is_refused(pair: Pairs) -> None:
    nameless = ssl.KeyPair.generate().selfSignedCert(1, CN="host.example")
    both = pair(
        client_options=ssl.optionsForClientTLS("host.example", trustRoot=nameless), server_options=nameless.options()
    ).connect()

    both.pump().hang_up()

    assert "client shaken" not in both.notes
    assert type(both.client.reason.value).__module__.startswith("service_identity")


def test_an_address_is_verified_too(pair: Pairs, certify: Callable[..., Any]) -> None:
    here = certify("127.0.0.1")
    right = pair(client_options=ssl.optionsForClientTLS("127.0.0.1", trustRoot=here), server_options=here.options())
    wrong = pair(client_options=ssl.optionsForClientTLS("127.0.0.2", trustRoot=here), server_options=here.options())

    assert "client shaken" in right.connect().pump().notes
    assert "client shaken" not in wrong.connect().pump().notes


def test_a_client_may_have_to_prove_who_it_is(pair: Pairs, host: Any, certify: Callable[..., Any]) -> None:
    authority = certify()
    someone = certify("someone.example", issuer=authority)
    nobody = pair(server_options=host.options(authority)).connect().pump().hang_up()
    known = pair(
        client_options=ssl.optionsForClientTLS("host.example", trustRoot=host, clientCertificate=someone),
        server_options=host.options(authority),
    ).connect()

    known.pump()

    assert "did not return a certificate" in str(nobody.server.reason.value)
    assert "server shaken" in known.notes
    assert ssl.Certificate.peerFromTransport(known.server.transport) == someone
    assert ssl.Certificate.peerFromTransport(known.client.transport) == host
    assert ssl.Certificate.hostFromTransport(known.server.transport) == host


def test_the_first_protocol_that_both_know_is_agreed_upon(pair: Pairs, host: Any) -> None:
    def options(*offers: bytes) -> Any:
        return ssl.CertificateOptions(
            privateKey=host.privateKey.original, certificate=host.original, acceptableProtocols=offers
        )

    client = ssl.optionsForClientTLS("host.example", trustRoot=host, acceptableProtocols=[b"http/1.1", b"h2"])
    agreed = pair(client_options=client, server_options=options(b"h2", b"http/1.1")).connect().pump()
    apart = pair(client_options=client, server_options=options(b"imap")).connect().pump()

    assert agreed.client.transport.negotiatedProtocol == b"h2" == agreed.server.transport.negotiatedProtocol
    assert "client shaken" not in apart.notes
    assert pair().connect().pump().client.transport.negotiatedProtocol is None


def test_a_factory_may_say_what_to_agree_upon(pair: Pairs, certify: Callable[..., Any]) -> None:
    @implementer(IProtocolNegotiationFactory)
    class Speaking(protocol.Factory):
        def acceptableProtocols(self) -> list[bytes]:
            return [b"mine"]

    fresh = certify("host.example")
    both = pair(
        client_options=ssl.optionsForClientTLS("host.example", trustRoot=fresh),
        server_options=fresh.options(),
        client_factory=Speaking(),
        server_factory=Speaking(),
    )

    both.connect().pump()

    assert both.server.transport.negotiatedProtocol == b"mine"


def test_a_server_may_choose_its_certificate_by_the_name_asked_for(pair: Pairs, certify: Callable[..., Any]) -> None:
    one, other = certify("one.example"), certify("other.example")
    asked: list[bytes | None] = []

    def choose(name: bytes | None) -> Any:
        asked.append(name)
        return other.options().getContext() if name == b"other.example" else None

    server = ssl.CertificateOptions(
        privateKey=one.privateKey.original, certificate=one.original, contextForServerName=choose
    )
    trust = ssl.trustRootFromCertificates([one, other])
    for name in ("one.example", "other.example"):
        both = pair(client_options=ssl.optionsForClientTLS(name, trustRoot=trust), server_options=server)
        assert "client shaken" in both.connect().pump().notes

    assert asked == [b"one.example", b"other.example"]


def test_a_context_factory_of_the_older_kind_is_asked_for_each_connection(pair: Pairs, host: Any) -> None:
    class Asked:
        times = 0

        def getContext(self) -> Any:
            self.times += 1
            return host.options().getContext()

    asked = Asked()
    both = pair(server_options=asked, client_options=ssl.ClientContextFactory())

    both.connect().pump()

    assert asked.times == 2  # once to see that it can
    assert "server shaken" in both.notes


def test_it_is_a_transport_that_says_what_it_is(pair: Pairs) -> None:
    both = pair().connect().pump()
    transport = both.client.transport

    assert INegotiated.providedBy(transport) and ISystemHandle.providedBy(transport)
    assert verifyObject(IHandshakeListener, both.client)
    assert isinstance(transport.getHandle(), SSL.Connection)
    assert transport.getPeer() == both.client_wire.getPeer()
    assert transport.logPrefix() == "Noting (BufferingTLSTransport)"  # type: ignore[attr-defined]
    assert both.client_tls.factory.logPrefix() == "Factory (TLS)"


@implementer(IPushProducer)
class Pushing:
    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


def test_a_producer_is_held_up_by_the_transport_below(pair: Pairs) -> None:
    both = pair().connect().pump()
    producer = Pushing()

    both.client.transport.registerProducer(producer, True)
    both.client_wire.producer.pauseProducing()
    both.client_wire.producer.pauseProducing()
    both.client_wire.producer.resumeProducing()

    assert producer.told == ["pause", "resume"]
    with pytest.raises(RuntimeError):
        both.client.transport.registerProducer(other := Pushing(), True)
    both.client_wire.producer.pauseProducing()
    assert (producer.told[2:], other.told) == (["pause"], [])


def test_whether_a_producer_may_be_replaced_is_for_the_transport_below_to_say(pair: Pairs) -> None:
    both = pair().connect().pump()
    asked: list[None] = []

    @implementer(IPullProducer)
    class Pulled:
        def resumeProducing(self) -> None:
            asked.append(None)

        def stopProducing(self) -> None:
            raise AssertionError("nothing has ended")

    both.client_wire.registerProducer = lambda producer, streaming: setattr(both.client_wire, "producer", producer)
    both.client.transport.registerProducer(Pulled(), False)
    both.client.transport.registerProducer(second := Pushing(), True)
    both.clock.advance(1)
    both.client_wire.producer.pauseProducing()

    assert asked == [] and second.told == ["pause"]


def test_a_producer_is_held_up_until_the_handshake_is_over(pair: Pairs) -> None:
    producer = Pushing()
    both = pair(client_on={"made": lambda p: p.transport.registerProducer(producer, True)}).connect()

    both.client.transport.write(b"x")
    assert producer.told == ["pause"]

    both.pump()
    assert producer.told == ["pause", "resume"] and both.server.received == b"x"


def test_closing_waits_for_the_producer(pair: Pairs) -> None:
    both = pair().connect().pump()
    both.client.transport.registerProducer(Pushing(), True)

    both.client.transport.loseConnection()
    both.client.transport.write(b"still producing")
    both.pump()
    assert both.client_wire.told == [] and both.server.received == b"still producing"

    both.client.transport.unregisterProducer()
    both.pump()
    assert both.client_wire.told == ["lose"] and both.client_wire.producer is None


def test_a_pull_producer_is_asked_turn_by_turn(pair: Pairs) -> None:
    both = pair().connect().pump()

    @implementer(IPullProducer)
    class Pulled:
        left = 3

        def resumeProducing(self) -> None:
            self.left -= 1
            both.client.transport.write(b"p")
            if not self.left:
                both.client.transport.unregisterProducer()

        def stopProducing(self) -> None:
            raise AssertionError("it has finished by itself")

    both.client.transport.registerProducer(Pulled(), False)
    both.clock.pump([0.001] * 5)
    both.pump()

    assert both.server.received == b"ppp"
    assert both.client_wire.producer is None


def test_a_pull_producer_is_asked_no_more_once_the_connection_is_lost(pair: Pairs) -> None:
    both = pair().connect().pump()
    asked: list[bool] = []

    @implementer(IPullProducer)
    class Endless:
        def resumeProducing(self) -> None:
            asked.append(True)

        def stopProducing(self) -> None:
            asked.append(False)

    both.client.transport.registerProducer(Endless(), False)
    both.clock.advance(0.001)
    so_far = list(asked)
    assert so_far == [True]
    both.client_tls.connectionLost(Failure(error.ConnectionLost()))
    both.clock.pump([0.001] * 5)

    assert asked == so_far and both.clock.getDelayedCalls() == []


def test_a_pull_producer_that_raises_is_asked_no_more_and_the_connection_is_closed(pair: Pairs) -> None:
    both = pair().connect().pump()

    @implementer(IPullProducer)
    class Broken:
        asked = 0

        def resumeProducing(self) -> None:
            self.asked += 1
            raise ZeroDivisionError

        def stopProducing(self) -> None:
            raise AssertionError("it is at fault itself")

    broken = Broken()
    both.client.transport.registerProducer(broken, False)
    both.clock.pump([0.001] * 3)
    both.pump()

    assert broken.asked == 1 and both.client_wire.producer is None
    assert both.client_wire.told == ["lose"] == both.server_wire.told


def test_registering_a_producer_after_the_end_stops_it(pair: Pairs) -> None:
    both = pair().connect().pump().hang_up()
    producer = Pushing()

    both.client_tls.registerProducer(producer, True)

    assert producer.told == ["stop"]


def test_tls_goes_over_tls(pair: Pairs, host: Any) -> None:
    inner = pair()
    outer = pair(
        client_on={"made": lambda p: inner.client_tls.makeConnection(p.transport)},
        server_on={"made": lambda p: inner.server_tls.makeConnection(p.transport)},
    )
    outer.client.dataReceived = inner.client_tls.dataReceived
    outer.server.dataReceived = inner.server_tls.dataReceived

    outer.connect().pump()
    inner.client.transport.write(b"deep")
    inner.clock.advance(0)
    outer.pump()

    assert inner.server.received == b"deep"


def test_the_clock_of_a_factory_that_is_given_none_is_the_reactor() -> None:
    from twisted.internet import reactor

    assert tls._get_default_clock() is reactor
