# Several things are done in one lambda here: mypy need not mind what they give.
# mypy: disable-error-code="func-returns-value"
"""TCP connections, on real sockets of this machine."""

from __future__ import annotations

import errno
import os
import resource
import socket
import threading
from typing import Any

import pytest
from zope.interface import implementer

from twisted.internet import error, interfaces, protocol, tcp
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher
from twisted.logger._origin import prefix


def run(reactor: Any) -> None:
    reactor.run(installSignalHandlers=False)


def in_thread(reactor: Any, work: Any) -> list[Any]:
    """Do something that blocks, beside the reactor, which then stops; gives what it returned."""
    results: list[Any] = []

    def body() -> None:
        try:
            results.append(work())
        except BaseException as raised:
            results.append(raised)
        reactor.callFromThread(reactor.stop)

    reactor.callWhenRunning(lambda: threading.Thread(target=body, daemon=True).start())
    run(reactor)
    return results


def dial(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port))
    made.settimeout(8)
    return made


def read_all(connected: socket.socket) -> bytes:
    pieces = []
    while piece := connected.recv(1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def echo(one: Any, data: bytes) -> None:
    one.transport.write(data)


def test_a_client_and_a_server_talk_and_part(reactor: Any, serve: Any, connecting: Any) -> None:
    ended: list[Any] = []

    def end(*_: Any) -> None:
        ended.append(_)
        if len(ended) == 2:
            reactor.stop()

    server, port = serve(data=echo, lost=end)
    client = connecting(
        made=lambda one: one.transport.write(b"hello"),
        data=lambda one, data: one.transport.loseConnection(),
        gone=end,
    )
    reactor.connectTCP("127.0.0.1", port, client)

    run(reactor)

    assert client.notes == [
        "started",
        "made",
        ("data", b"hello"),
        ("lost", "ConnectionDone"),
        ("gone", "ConnectionDone"),
    ]
    assert server.notes == ["made", ("data", b"hello"), ("lost", "ConnectionDone")]


def test_one_send_carries_all_that_a_callback_wrote(reactor: Any, serve: Any) -> None:
    sent: list[bytes] = []

    def answer(one: Any, data: bytes) -> None:
        transmit = one.transport.socket.send
        one.transport._transmit = lambda piece: (sent.append(bytes(piece)), transmit(piece))[1]
        one.transport.write(b"a")
        one.transport.writeSequence([b"b", b"c"])
        one.transport.write(b"d")
        assert sent == []

    _, port = serve(data=answer)

    def work() -> bytes:
        with dial(port) as connected:
            connected.sendall(b"?")
            return connected.recv(10)

    assert in_thread(reactor, work) == [b"abcd"] and sent == [b"abcd"]


def test_what_is_written_outside_callbacks_goes_out_with_the_turn(reactor: Any, serve: Any) -> None:
    _, port = serve(made=lambda one: reactor.callLater(0.01, one.transport.write, b"later"))

    def work() -> bytes:
        with dial(port) as connected:
            return connected.recv(10)

    assert in_thread(reactor, work) == [b"later"]


def test_data_do_not_overtake_a_call_that_was_asked_for_with_them(reactor: Any, serve: Any, connecting: Any) -> None:
    order: list[str] = []

    def send(one: Any) -> None:
        one.transport.write(b"!")
        reactor.callLater(0, order.append, "call")

    _, port = serve(made=lambda one: reactor.callLater(0, send, one))
    # The peer is in the same process: what is sent is there at once.
    peer = connecting(data=lambda one, data: (order.append("data"), reactor.callLater(0, reactor.stop)))
    reactor.connectTCP("127.0.0.1", port, peer)

    run(reactor)

    assert order == ["call", "data"]


def test_a_client_that_sends_and_half_closes_at_once_gets_its_answer_whole(reactor: Any, serve: Any) -> None:
    server, port = serve(data=echo)
    sent = os.urandom(3_000_000)

    def work() -> bool:
        with dial(port) as connected:
            sender = threading.Thread(target=lambda: (connected.sendall(sent), connected.shutdown(socket.SHUT_WR)))
            sender.start()
            answer = read_all(connected)
            sender.join()
            return answer == sent

    assert in_thread(reactor, work) == [True]
    assert server.notes[-1] == ("lost", "ConnectionDone")


def test_an_end_with_nothing_unsent_is_told_at_once(reactor: Any, serve: Any) -> None:
    server, port = serve(lost=lambda *_: reactor.stop())
    reactor.callWhenRunning(lambda: dial(port).close())

    run(reactor)

    assert server.notes == ["made", ("lost", "ConnectionDone")]


def test_large_writes_arrive_in_order_and_then_the_connection_closes(reactor: Any, serve: Any) -> None:
    pieces = [bytes([number % 251]) * (number * 97 % 70_000) for number in range(300)]

    def made(one: Any) -> None:
        for piece in pieces:
            one.transport.write(piece)
        one.transport.loseConnection()

    server, port = serve(made=made)

    def work() -> bool:
        with dial(port) as connected:
            return read_all(connected) == b"".join(pieces)

    assert in_thread(reactor, work) == [True]
    assert server.notes == ["made", ("lost", "ConnectionDone")]


def test_a_connection_that_is_being_closed_hears_nothing_and_can_still_write(reactor: Any, serve: Any) -> None:
    def made(one: Any) -> None:
        one.transport.loseConnection()
        assert one.transport.disconnecting
        one.transport.write(b"last words")

    server, port = serve(made=made)

    def work() -> bytes:
        with dial(port) as connected:
            connected.sendall(b"not heard")
            try:
                return read_all(connected)
            except ConnectionResetError:
                return b"last words"

    assert in_thread(reactor, work) == [b"last words"]
    assert [note for note in server.notes if note[0] == "data"] == []


def test_aborting_resets_the_connection_and_drops_what_is_unsent(reactor: Any, serve: Any) -> None:
    def made(one: Any) -> None:
        one.transport.write(b"x" * 10_000_000)
        one.transport.abortConnection()
        one.transport.abortConnection()
        assert one.notes == ["made"]

    server, port = serve(made=made)

    def work() -> Any:
        with dial(port) as connected:
            return len(read_all(connected))

    assert [type(one) for one in in_thread(reactor, work)] == [ConnectionResetError]
    assert server.notes == ["made", ("lost", "ConnectionAborted")]


def test_a_reset_is_a_lost_connection(reactor: Any, serve: Any) -> None:
    server, port = serve(lost=lambda *_: reactor.stop())

    def reset() -> None:
        connected = dial(port)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connected.close()

    reactor.callWhenRunning(reset)
    run(reactor)

    assert server.notes[-1] == ("lost", "ConnectionLost")


def test_a_protocol_that_raises_ends_its_connection_and_no_other(reactor: Any, serve: Any) -> None:
    seen: list[Any] = []

    def watch(event: Any) -> None:
        if "log_failure" in event:
            seen.append((type(event["log_failure"].value), prefix()))

    def data(one: Any, data: bytes) -> None:
        if data == b"bad":
            raise ZeroDivisionError("on purpose")
        one.transport.write(data)

    server, port = serve(data=data)

    def work() -> tuple[bytes, bytes]:
        with dial(port) as bad, dial(port) as good:
            bad.sendall(b"bad")
            try:
                first = read_all(bad)
            except ConnectionResetError:
                first = b""
            good.sendall(b"good")
            return first, good.recv(10)

    globalLogPublisher.addObserver(watch)  # type: ignore[arg-type]
    results = in_thread(reactor, work)
    globalLogPublisher.removeObserver(watch)  # type: ignore[arg-type]

    assert results == [(b"", b"good")]
    assert ("lost", "ZeroDivisionError") in server.notes
    assert [kind for kind, _ in seen] == [ZeroDivisionError]
    assert seen[0][1] in ("Noting,0,127.0.0.1", "Noting,1,127.0.0.1")


@implementer(interfaces.IHalfCloseableProtocol)
class HalfClosing(protocol.Protocol):
    def __init__(self, notes: list[Any]) -> None:
        self.notes = notes

    def dataReceived(self, data: bytes) -> None:
        self.notes.append(data)

    def readConnectionLost(self) -> None:
        self.notes.append("read lost")
        self.transport.write(b"after your end")
        self.transport.loseWriteConnection()

    def writeConnectionLost(self) -> None:
        self.notes.append("write lost")
        self.transport.loseConnection()

    def connectionLost(self, reason: Any = protocol.connectionDone) -> None:
        self.notes.append(type(reason.value).__name__)


def test_half_closed_connections_go_on_in_the_other_direction(reactor: Any) -> None:
    notes: list[Any] = []
    factory: Any = protocol.ServerFactory()
    factory.noisy = False
    factory.buildProtocol = lambda addr: HalfClosing(notes)
    port = reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port

    def work() -> bytes:
        with dial(port) as connected:
            connected.sendall(b"hi")
            connected.shutdown(socket.SHUT_WR)
            return read_all(connected)

    assert in_thread(reactor, work) == [b"after your end"]
    assert notes == [b"hi", "read lost", "write lost", "ConnectionDone"]


def test_closing_in_a_callback_is_no_end_of_reading_for_a_half_closing_protocol(reactor: Any) -> None:
    notes: list[Any] = []

    class Closing(HalfClosing):
        def dataReceived(self, data: bytes) -> None:
            self.transport.loseConnection()

    factory: Any = protocol.ServerFactory()
    factory.noisy = False
    factory.buildProtocol = lambda addr: Closing(notes)
    port = reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port

    def work() -> bytes:
        with dial(port) as connected:
            connected.sendall(b"hi")
            return read_all(connected)

    assert in_thread(reactor, work) == [b""]
    assert notes == ["ConnectionDone"]


class Push:
    """A push producer that writes until it is told to pause."""

    def __init__(self, transport: Any, total: int) -> None:
        self.transport, self.left, self.notes = transport, total, []  # type: ignore[var-annotated]

    def resumeProducing(self) -> None:
        self.notes.append("resume")
        self.paused = False
        while self.left and not self.paused:
            size = min(self.left, 40_000)
            self.left -= size
            self.transport.write(b"p" * size)
        if not self.left and not self.paused:
            self.transport.unregisterProducer()
            self.transport.loseConnection()

    def pauseProducing(self) -> None:
        self.notes.append("pause")
        self.paused = True

    def stopProducing(self) -> None:
        self.notes.append("stop")


def test_a_push_producer_is_paused_and_resumed_and_memory_stays_small(reactor: Any, serve: Any) -> None:
    producers: list[Push] = []
    most: list[int] = []

    def made(one: Any) -> None:
        producer = Push(one.transport, 5_000_000)
        producers.append(producer)
        one.transport.registerProducer(producer, True)
        with pytest.raises(RuntimeError):
            one.transport.registerProducer(producer, True)
        producer.resumeProducing()
        most.append(one.transport._unsent)

    _, port = serve(made=made)

    def work() -> int:
        with dial(port) as connected:
            return len(read_all(connected))

    assert in_thread(reactor, work) == [5_000_000]
    assert producers[0].notes[:3] == ["resume", "pause", "resume"]
    assert 65_536 < most[0] <= 65_536 + 40_000


def test_a_pull_producer_is_asked_again_and_again(reactor: Any, serve: Any) -> None:
    class Pull:
        def __init__(self, transport: Any) -> None:
            self.transport, self.left = transport, 5

        def resumeProducing(self) -> None:
            self.left -= 1
            self.transport.write(b"%d" % self.left)
            if not self.left:
                self.transport.unregisterProducer()

        def stopProducing(self) -> None:
            raise AssertionError("it had finished")

    def made(one: Any) -> None:
        one.transport.registerProducer(Pull(one.transport), False)
        one.transport.loseConnection()

    _, port = serve(made=made)

    def work() -> bytes:
        with dial(port) as connected:
            return read_all(connected)

    assert in_thread(reactor, work) == [b"43210"]


def test_a_producer_is_stopped_when_the_connection_is_lost(reactor: Any, serve: Any) -> None:
    producers: list[Push] = []

    def made(one: Any) -> None:
        producers.append(Push(one.transport, 10))
        one.transport.registerProducer(producers[0], True)

    server, port = serve(made=made, lost=lambda *_: reactor.stop())
    reactor.callWhenRunning(lambda: dial(port).close())
    run(reactor)
    server.made[0].transport.registerProducer(late := Push(None, 1), True)

    assert producers[0].notes == ["stop"] == late.notes


def test_reading_pauses_and_resumes(reactor: Any, serve: Any) -> None:
    def data(one: Any, data: bytes) -> None:
        one.transport.pauseProducing()
        reactor.callLater(0.01, lambda: (one.note("resumed"), one.transport.resumeProducing()))

    server, port = serve(data=data, lost=lambda *_: reactor.stop())

    def send() -> None:
        connected = dial(port)
        connected.sendall(b"one")
        reactor.callLater(0.005, lambda: (connected.sendall(b"two"), connected.close()))

    reactor.callWhenRunning(send)
    run(reactor)

    assert server.notes[:4] == ["made", ("data", b"one"), "resumed", ("data", b"two")]


def test_only_bytes_are_written(reactor: Any, serve: Any) -> None:
    refused: list[str] = []

    def made(one: Any) -> None:
        for wrong in ("text", bytearray(b"x"), None):
            with pytest.raises(TypeError) as caught:
                one.transport.write(wrong)
            refused.append(str(caught.value))
        with pytest.raises(TypeError):
            one.transport.writeSequence([b"x", "y"])
        one.transport.write(b"")
        reactor.stop()

    _, port = serve(made=made)
    reactor.callWhenRunning(lambda: dial(port).close())
    run(reactor)

    assert refused == [
        "Data must be bytes, not str",
        "Data must be bytes, not bytearray",
        "Data must be bytes, not NoneType",
    ]


def test_options_and_addresses(reactor: Any, serve: Any, connecting: Any) -> None:
    seen: list[Any] = []

    def made(one: Any) -> None:
        transport = one.transport
        seen.append(transport.getTcpNoDelay())
        transport.setTcpNoDelay(False)
        seen.append(transport.getTcpNoDelay())
        seen.append(transport.getTcpKeepAlive())
        transport.setTcpKeepAlive(True)
        seen.append(transport.getTcpKeepAlive())
        seen.append(os.get_inheritable(transport.fileno()))
        seen.append((transport.getHost(), transport.getPeer()))

    _, port = serve(made=lambda one: (made(one), one.transport.loseConnection()))
    client = connecting(made=made, gone=lambda *_: reactor.stop())
    reactor.connectTCP("127.0.0.1", port, client)
    run(reactor)

    (ours, theirs) = seen[5], seen[11]
    assert seen[:5] == seen[6:11] == [True, False, False, True, False]
    assert ours == tuple(reversed(theirs))
    assert IPv4Address("TCP", "127.0.0.1", port) in ours


def test_nobody_listens(reactor: Any, connecting: Any) -> None:
    free = socket.socket()
    free.bind(("127.0.0.1", 0))
    client = connecting(failed=lambda *_: reactor.stop())
    connector = reactor.connectTCP("127.0.0.1", free.getsockname()[1], client)
    assert connector.state == "connecting"

    run(reactor)
    free.close()

    assert client.notes == ["started", ("failed", "ConnectionRefusedError")]
    assert connector.state == "disconnected" and client.numPorts == 0


def test_connecting_can_be_given_up_and_tried_again(reactor: Any, serve: Any, connecting: Any) -> None:
    _, port = serve()
    tries: list[str] = []

    def failed(connector: Any, why: str) -> None:
        tries.append(why)
        connector.connect()

    client = connecting(failed=failed, made=lambda one: reactor.stop())
    connector = reactor.connectTCP("127.0.0.1", port, client)
    connector.stopConnecting()

    run(reactor)

    assert tries == ["UserError"]
    assert client.notes[:4] == ["started", ("failed", "UserError"), "started", "made"]
    with pytest.raises(error.NotConnectingError):
        connector.stopConnecting()


def test_connecting_takes_no_longer_than_it_may(reactor: Any, connecting: Any) -> None:
    # A full backlog answers nobody.
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    waiting = [socket.socket() for _ in range(3)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(full.getsockname())
    client = connecting(failed=lambda *_: reactor.stop())
    reactor.connectTCP("127.0.0.1", full.getsockname()[1], client, timeout=0.05)

    run(reactor)
    for one in [full, *waiting]:
        one.close()

    assert client.notes == ["started", ("failed", "TimeoutError")]


def test_a_factory_that_wants_no_connection_has_it_closed(reactor: Any, serve: Any, connecting: Any) -> None:
    server, port = serve()
    server.buildProtocol = lambda addr: None

    def work() -> bytes:
        with dial(port) as connected:
            return read_all(connected)

    assert in_thread(reactor, work) == [b""]


def test_the_local_address_can_be_chosen(reactor: Any, serve: Any, connecting: Any) -> None:
    server, port = serve(made=lambda one: one.note("peer", one.transport.getPeer().host))
    client = connecting(made=lambda one: one.transport.loseConnection(), gone=lambda *_: reactor.stop())
    reactor.connectTCP("127.0.0.1", port, client, bindAddress=("127.0.0.2", 0))

    run(reactor)

    assert ("peer", "127.0.0.2") in server.notes


def test_names_are_looked_up_and_services_too(reactor: Any, serve: Any, connecting: Any) -> None:
    _, port = serve(made=lambda one: reactor.stop())
    reactor.connectTCP("localhost", port, connecting())
    run(reactor)

    with pytest.raises(error.ServiceNameUnknownError):
        reactor.connectTCP("localhost", "no such service", connecting())


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6(reactor: Any, connecting: Any) -> None:
    from twisted.internet.address import IPv6Address

    factory: Any = protocol.ServerFactory()
    factory.noisy = False
    seen: list[Any] = []
    factory.buildProtocol = lambda addr: seen.append(addr)
    port = reactor.listenTCP(0, factory, interface="::1")
    client = connecting(gone=lambda *_: reactor.stop())
    connector = reactor.connectTCP("::1", port.getHost().port, client)

    assert connector.getDestination() == IPv6Address("TCP", "::1", port.getHost().port)
    run(reactor)
    assert isinstance(seen[0], IPv6Address) and seen[0].host == "::1"


def test_a_port_in_use_cannot_be_listened_on(reactor: Any, serve: Any) -> None:
    _, port = serve()
    with pytest.raises(error.CannotListenError) as caught:
        reactor.listenTCP(port, protocol.ServerFactory(), interface="127.0.0.1")

    assert caught.value.port == port and caught.value.socketError.errno == errno.EADDRINUSE


def test_a_port_shared_by_binding(reactor: Any) -> None:
    binding = tcp.makeBinding("127.0.0.1", 0, reusePort=True)
    factory: Any = protocol.ServerFactory()
    factory.noisy = False
    first = reactor.listenTCP(binding, factory)
    again = tcp.makeBinding("127.0.0.1", first.getHost().port, reusePort=True)
    second = reactor.listenTCP(again, factory)

    assert first.getHost() == second.getHost()


def test_a_port_that_stops_is_free_again_and_its_factory_is_told(reactor: Any) -> None:
    told: list[str] = []

    class Told(protocol.ServerFactory):
        noisy = False

        def startFactory(self) -> None:
            told.append("start")

        def stopFactory(self) -> None:
            told.append("stop")

    port = reactor.listenTCP(0, Told(), interface="127.0.0.1")
    number = port.getHost().port
    assert repr(port).endswith(f"on {number}>")

    def stop() -> None:
        stopped = port.stopListening()
        assert isinstance(stopped, Deferred)
        stopped.addCallback(lambda _: told.append("free"))
        stopped.addCallback(lambda _: reactor.stop())

    reactor.callWhenRunning(stop)
    run(reactor)

    assert told == ["start", "stop", "free"] and "not listening" in repr(port)
    reactor.listenTCP(number, protocol.ServerFactory(), interface="127.0.0.1")


def test_without_descriptors_accepting_pauses_and_goes_on(reactor: Any, serve: Any) -> None:
    _, port = serve(data=echo)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    def work() -> list[bytes]:
        first, second = dial(port), dial(port)
        first.sendall(b"1")
        answers = [first.recv(1)]
        second.sendall(b"2")
        third = socket.socket()
        third.settimeout(8)
        resource.setrlimit(resource.RLIMIT_NOFILE, (third.fileno() + 1 if third.fileno() > 0 else 64, before[1]))
        taken = []
        try:
            while True:
                taken.append(os.dup(0))
        except OSError:
            pass
        third.connect(("127.0.0.1", port))
        third.sendall(b"3")
        first.sendall(b"4")
        answers.append(first.recv(1))
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for fd in taken:
            os.close(fd)
        answers += [second.recv(1), third.recv(1)]
        for one in (first, second, third):
            one.close()
        return answers

    try:
        results = in_thread(reactor, work)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert results == [[b"1", b"4", b"2", b"3"]]


def test_accepting_takes_turns(reactor: Any, serve: Any) -> None:
    server, number = serve()
    port = next(one for one in reactor.getReaders() if isinstance(one, tcp.Port))
    port.numberAccepts = 3
    dialled = [dial(number) for _ in range(5)]

    port.doRead()
    assert len(server.made) == 3
    port.doRead()
    assert len(server.made) == 5
    assert [one.transport.sessionno for one in server.made] == [0, 1, 2, 3, 4]
    for one in dialled:
        one.close()


def test_as_many_are_accepted_as_there_were_and_more_when_there_are_always_more(reactor: Any, serve: Any) -> None:
    server, number = serve()
    port = next(one for one in reactor.getReaders() if isinstance(one, tcp.Port))
    asked: list[int] = []
    accept: Any = port._accept

    def counting() -> Any:
        asked.append(len(server.made))
        return accept()

    port._accept = counting
    port.doRead()
    assert asked == [0]
    dialled = []
    for expected in (1, 2, 3, 4):
        dialled.append(dial(number))
        port.doRead()
        assert len(server.made) == expected
    assert len(asked) == 5
    dialled += [dial(number) for _ in range(3)]
    port.doRead()
    assert len(server.made) == 6
    port.doRead()
    assert len(server.made) == 7 and len(asked) == 9
    for one in dialled:
        one.close()


def test_sockets_of_others_are_adopted(reactor: Any, serve: Any) -> None:
    factory, _ = serve(data=echo)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    port = reactor.adoptStreamPort(listening.fileno(), socket.AF_INET, factory)
    ours, theirs = dial(listening.getsockname()[1]), listening.accept()[0]
    reactor.adoptStreamConnection(theirs.fileno(), socket.AF_INET, factory)
    theirs.close()
    number = port.getHost().port
    listening.close()

    def work() -> list[bytes]:
        ours.sendall(b"a")
        with dial(number) as other:
            other.sendall(b"b")
            return [ours.recv(1), other.recv(1)]

    assert in_thread(reactor, work) == [[b"a", b"b"]]
    ours.close()
    with pytest.raises(error.UnsupportedAddressFamily):
        reactor.adoptStreamPort(0, 9999, factory)


def test_each_connection_has_context_variables_of_its_own(reactor: Any, serve: Any) -> None:
    import contextvars

    last: contextvars.ContextVar[bytes] = contextvars.ContextVar("last", default=b"-")

    def data(one: Any, data: bytes) -> None:
        one.transport.write(last.get())
        last.set(data)

    _, port = serve(data=data)

    def work() -> list[bytes]:
        with dial(port) as first, dial(port) as second:
            answers = []
            for one, said in ((first, b"1"), (second, b"2"), (first, b"3"), (second, b"4")):
                one.sendall(said)
                answers.append(one.recv(1))
            return answers

    assert in_thread(reactor, work) == [[b"-", b"-", b"1", b"2"]]


def test_a_loop_within_a_callback_sends_what_was_written_before(reactor: Any, serve: Any) -> None:
    if hasattr(reactor, "_asyncioEventloop"):
        # asyncio's loops do not run within themselves.
        return
    heard: list[bytes] = []

    def data(one: Any, data: bytes) -> None:
        if data == b"ask":
            one.transport.write(b"question")
            while not heard:
                reactor.iterate(0.01)
            one.transport.write(b"heard")
        else:
            heard.append(data)

    _, port = serve(data=data)

    def work() -> list[bytes]:
        with dial(port) as asking, dial(port) as other:
            asking.sendall(b"ask")
            first = asking.recv(20)
            other.sendall(b"answer")
            return [first, asking.recv(20)]

    assert in_thread(reactor, work) == [[b"question", b"heard"]]
