"""The sockets of the parent, on the reactors of its workers: real ones, in one process."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from twisted.application._workers.control import Answer, Ask, ControlError, Orders, is_ready, line_of, read
from twisted.application._workers.listening import Sockets
from twisted.application._workers.sharing import Asking, Sharing
from twisted.internet import endpoints, ssl
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol
from twisted.internet.selectreactor import SelectReactor

LIMIT = 20


class Echo(Protocol):
    """Sends back what comes; ``bye`` closes."""

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)
        if data == b"bye":
            self.transport.loseConnection()


class Quiet(Factory[Any]):
    """A factory without a word in the log."""

    protocol = Echo
    noisy = False
    stopped = 0

    def stopFactory(self) -> None:
        self.stopped += 1


class Parent:
    """Answers from a thread, as the parent does from its own process."""

    def __init__(self) -> None:
        self.reactor: Any = SelectReactor()
        self.sockets = Sockets(self.reactor)
        self.connections: list[socket.socket] = []
        self.ready = 0
        self.asked: list[Ask] = []
        self.threads: list[threading.Thread] = []

    def connect(self) -> Asking:
        ours, theirs = socket.socketpair()
        self.connections.append(ours)
        self.threads.append(threading.Thread(target=self._answer, args=(ours,), daemon=True))
        self.threads[-1].start()
        return Asking(theirs)

    def _answer(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            for line in lines:
                if is_ready(line):
                    self.ready += 1
                    continue
                ask = read(Ask, line)
                self.asked.append(ask)
                try:
                    descriptor, family = self.sockets.obtain(ask)
                except OSError as problem:
                    connection.sendall(line_of(Answer(0, problem.errno or 0, problem.strerror or "")))
                else:
                    answer = line_of(Answer(family))
                    # As the transport does: the descriptor with the first byte.
                    socket.send_fds(connection, [answer[:1]], [descriptor])
                    connection.sendall(answer[1:])

    def close(self) -> None:
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self.threads:
            thread.join(LIMIT)
        self.sockets.close()
        turn_until(self.reactor, lambda: not self.reactor.getDelayedCalls())


class Member:
    """A worker's reactor."""

    def __init__(self, parent: Parent) -> None:
        self.reactor: Any = SelectReactor()
        self.asking = parent.connect()
        self.sharing = Sharing(self.reactor, self.asking)
        self.sharing.adapt()

    def close(self) -> None:
        for stream in self.reactor.removeAll():
            stream.connectionLost(None)
        self.asking._connection.close()
        for call in self.reactor.getDelayedCalls():
            call.cancel()


def turn_until(reactor: Any, reached: Callable[[], object], turns: int = 2000) -> None:
    """Let the loop turn until something is so, in at most 20 seconds."""
    for _ in range(turns):
        if reached():
            return
        reactor.iterate(0.01)
    raise AssertionError("it did not come to that")


@pytest.fixture
def parent() -> Iterator[Parent]:
    made = Parent()
    yield made
    made.close()


@pytest.fixture
def member(parent: Parent) -> Iterator[Member]:
    made = Member(parent)
    yield made
    made.close()


@pytest.fixture
def other(parent: Parent) -> Iterator[Member]:
    made = Member(parent)
    yield made
    made.close()


def talk(reactor: Any, family: int, address: Any, data: bytes) -> bytes:
    """Send something, and give what comes back."""
    with socket.socket(family) as client:
        client.settimeout(LIMIT)
        client.connect(address)
        client.sendall(data)
        client.setblocking(False)
        received = bytearray()

        def heard() -> bool:
            with suppress(BlockingIOError):
                received.extend(client.recv(100))
            return len(received) >= len(data)

        turn_until(reactor, heard)
        return bytes(received)


@pytest.mark.parametrize(("interface", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_two_workers_serve_one_port(member: Member, other: Member, interface: str, family: int) -> None:
    first = member.reactor.listenTCP(0, Quiet(), interface=interface)
    port = first.getHost().port
    second = other.reactor.listenTCP(0, Quiet(), interface=interface)

    assert second.getHost() == first.getHost()
    assert first.getHost().host == interface
    assert talk(member.reactor, family, (interface, port), b"one") == b"one"
    assert talk(other.reactor, family, (interface, port), b"two") == b"two"


def test_what_waits_in_a_socket_survives_the_worker_that_did_not_accept_it(member: Member, other: Member) -> None:
    port = member.reactor.listenTCP(0, Quiet(), interface="127.0.0.1").getHost().port
    with socket.create_connection(("127.0.0.1", port), LIMIT) as client:
        client.sendall(b"waiting")
        member.close()

        other.reactor.listenTCP(0, Quiet(), interface="127.0.0.1")
        turn_until(other.reactor, lambda: other.sharing.busy)
        client.settimeout(0.01)
        received = bytearray()

        def heard() -> bool:
            with suppress(TimeoutError):
                received.extend(client.recv(100))
            return bool(received)

        turn_until(other.reactor, heard)
        assert received == b"waiting"


def test_endpoints_come_to_it_as_well(member: Member, parent: Parent) -> None:
    ports: list[Any] = []

    endpoints.serverFromString(member.reactor, "tcp:0:interface=127.0.0.1:backlog=7").listen(Quiet()).addCallback(
        ports.append
    )

    assert parent.asked == [Ask("tcp", "127.0.0.1", 0, 0, 7)]
    assert talk(member.reactor, socket.AF_INET, ("127.0.0.1", ports[0].getHost().port), b"hey") == b"hey"


def test_while_it_starts_each_free_port_is_shared_by_its_place(member: Member, other: Member) -> None:
    def ports(one: Member) -> list[int]:
        made = [one.reactor.listenTCP(0, Quiet(), interface="127.0.0.1") for _ in range(2)]
        return [port.getHost().port for port in made]

    assert ports(member) == ports(other)
    assert len(set(ports(member))) == 2


def test_later_a_free_port_is_a_workers_own(member: Member, parent: Parent) -> None:
    member.sharing.starting = False

    port = member.reactor.listenTCP(0, Quiet(), interface="127.0.0.1")

    assert parent.asked == []
    assert talk(member.reactor, socket.AF_INET, ("127.0.0.1", port.getHost().port), b"x") == b"x"
    assert member.sharing.busy == 1


def test_a_port_with_a_number_is_shared_later_too(member: Member, other: Member, parent: Parent) -> None:
    port = member.reactor.listenTCP(0, Quiet(), interface="127.0.0.1").getHost().port
    member.sharing.starting = other.sharing.starting = False
    member.reactor.removeAll()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    assert number != port

    first = member.reactor.listenTCP(number, Quiet(), interface="127.0.0.1")
    second = other.reactor.listenTCP(number, Quiet(), interface="127.0.0.1")

    assert first.getHost().port == second.getHost().port == number
    assert parent.asked[1:] == [Ask("tcp", "127.0.0.1", number, 0)] * 2


def test_one_worker_cannot_listen_twice_but_it_can_listen_again(member: Member) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    port = member.reactor.listenTCP(number, Quiet(), interface="127.0.0.1")

    with pytest.raises(CannotListenError) as caught:
        member.reactor.listenTCP(number, Quiet(), interface="127.0.0.1")
    assert caught.value.socketError.errno == errno.EADDRINUSE
    assert caught.value.port == number

    stopped: list[object] = []
    port.stopListening().addCallback(stopped.append)
    turn_until(member.reactor, lambda: stopped)
    again = member.reactor.listenTCP(number, Quiet(), interface="127.0.0.1")
    assert again.getHost().port == number


def test_an_address_that_the_parent_cannot_have_is_refused_in_its_words(member: Member) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]

        with pytest.raises(CannotListenError) as caught:
            member.reactor.listenTCP(number, Quiet(), interface="127.0.0.1")

    assert caught.value.socketError.errno == errno.EADDRINUSE
    assert (caught.value.interface, caught.value.port) == ("127.0.0.1", number)


def test_tls_is_spoken_on_a_shared_socket(member: Member, other: Member, parent: Parent) -> None:
    pytest.importorskip("OpenSSL", reason="TLS needs pyOpenSSL: pip install 'twisted-core[tls]'")

    class Context(ssl.ContextFactory):
        """It is enough to know that it is kept: a handshake is tested with TLS."""

        def getContext(self) -> Any:
            from OpenSSL import SSL

            return SSL.Context(SSL.TLS_METHOD)

    first = member.reactor.listenSSL(0, Quiet(), Context(), interface="127.0.0.1")
    second = other.reactor.listenSSL(0, Quiet(), Context(), interface="127.0.0.1")

    assert isinstance(first, ssl.Port)
    assert first.getHost() == second.getHost()
    assert parent.asked == [Ask("tcp", "127.0.0.1", 0, 0, 50)] * 2
    with socket.create_connection(("127.0.0.1", first.getHost().port), LIMIT) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        turn_until(member.reactor, lambda: member.sharing.busy)
        # That is no TLS.
        turn_until(member.reactor, lambda: not member.sharing.busy)


def test_a_path_is_shared_and_stays_when_one_worker_leaves(member: Member, other: Member, tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    first = member.reactor.listenUNIX(path, Quiet(), mode=0o600)
    other.reactor.listenUNIX(path, Quiet(), mode=0o600)
    stopped: list[object] = []

    first.stopListening().addCallback(stopped.append)
    turn_until(member.reactor, lambda: stopped)

    assert os.stat(path).st_mode & 0o777 == 0o600
    assert talk(other.reactor, socket.AF_UNIX, path, b"still") == b"still"


def test_a_lock_beside_a_path_is_the_parents(member: Member, other: Member, tmp_path: Path) -> None:
    path = str(tmp_path / "socket")

    member.reactor.listenUNIX(path, Quiet(), wantPID=1)
    other.reactor.listenUNIX(path, Quiet(), wantPID=1)

    assert os.path.lexists(path + ".lock")


def test_a_path_is_one_wherever_it_is_seen_from(
    member: Member, parent: Parent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    member.reactor.listenUNIX("socket", Quiet())

    assert parent.asked[0].where == str(tmp_path / "socket")
    with pytest.raises(CannotListenError):
        member.reactor.listenUNIX(b"socket", Quiet())


def test_names_in_the_abstract_namespace_are_shared(member: Member, other: Member) -> None:
    name = f"\0twisted-workers-{os.getpid()}"

    member.reactor.listenUNIX(name, Quiet())
    other.reactor.listenUNIX(name, Quiet())

    assert talk(other.reactor, socket.AF_UNIX, name, b"x") == b"x"


class Letters(DatagramProtocol):
    """Keeps what comes."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.received.append(datagram)


def test_each_datagram_goes_to_one_worker(member: Member, other: Member) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    one, two = Letters(), Letters()
    member.reactor.listenUDP(number, one, interface="127.0.0.1")
    other.reactor.listenUDP(number, two, interface="127.0.0.1")

    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.sendto(b"first", ("127.0.0.1", number))
        turn_until(member.reactor, lambda: one.received)
        client.sendto(b"second", ("127.0.0.1", number))
        turn_until(other.reactor, lambda: two.received)

    assert (one.received, two.received) == ([b"first"], [b"second"])
    with pytest.raises(CannotListenError):
        member.reactor.listenUDP(number, Letters(), interface="127.0.0.1")


def test_datagrams_of_a_free_port_are_a_workers_own(member: Member, other: Member, parent: Parent) -> None:
    first = member.reactor.listenUDP(0, Letters(), interface="127.0.0.1")
    second = other.reactor.listenUDP(0, Letters(), interface="127.0.0.1")

    assert first.getHost().port != second.getHost().port
    assert parent.asked == []


def test_datagrams_at_a_path_are_refused(member: Member, tmp_path: Path) -> None:
    with pytest.raises(CannotListenError, match="workers cannot share"):
        member.reactor.listenUNIXDatagram(str(tmp_path / "x"), Letters())


def test_the_parent_does_not_read_what_is_for_workers(parent: Parent, member: Member) -> None:
    port = member.reactor.listenTCP(0, Quiet(), interface="127.0.0.1").getHost().port

    with socket.create_connection(("127.0.0.1", port), LIMIT):
        parent.reactor.iterate(0)
        turn_until(member.reactor, lambda: member.sharing.busy)

    assert parent.reactor.getReaders() == []


def test_a_longer_queue_is_made_longer(parent: Parent) -> None:
    first, _ = parent.sockets.obtain(Ask("tcp", "127.0.0.1", 0, backlog=1))

    again, family = parent.sockets.obtain(Ask("tcp", "127.0.0.1", 0, backlog=20))
    # A worker that is content with less does not make it shorter for the others.
    parent.sockets.obtain(Ask("tcp", "127.0.0.1", 0, backlog=1))

    assert (again, family) == (first, int(socket.AF_INET))
    with socket.socket(fileno=os.dup(again)) as listening:
        address = listening.getsockname()
        clients = [socket.create_connection(address, LIMIT) for _ in range(10)]
        for client in clients:
            client.close()


def test_kinds_that_nobody_shares_are_refused(parent: Parent) -> None:
    with pytest.raises(OSError, match="'sctp'"):
        parent.sockets.obtain(Ask("sctp", ""))


# Sockets of systemd's


@pytest.fixture
def inherited() -> Iterator[list[socket.socket]]:
    made: list[socket.socket] = []
    yield made
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("bound", "asked", "same"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "", False),
        ("0.0.0.0", "", True),
        ("::", "", True),
        ("::", "::", True),
        ("::1", "::1", True),
        ("::", "127.0.0.1", False),
    ],
)
def test_a_socket_of_systemds_is_used_for_its_address(
    inherited: list[socket.socket], bound: str, asked: str, same: bool
) -> None:
    family = socket.AF_INET6 if ":" in bound else socket.AF_INET
    given = socket.socket(family)
    inherited.append(given)
    given.bind((bound, 0))
    given.listen()
    number = given.getsockname()[1]
    reactor: Any = SelectReactor()
    sockets = Sockets(reactor, [given.fileno()])

    if not same:
        with suppress(OSError):
            assert sockets.obtain(Ask("tcp", asked, number))[0] != given.fileno()
    else:
        assert sockets.obtain(Ask("tcp", asked, number)) == (given.fileno(), int(family))
        with suppress(OSError):
            assert sockets.obtain(Ask("udp", asked, number))[0] != given.fileno()
    sockets.close()
    turn_until(reactor, lambda: not reactor.getDelayedCalls())
    assert given.fileno() >= 0


def test_a_path_of_systemds_is_used(inherited: list[socket.socket], tmp_path: Path) -> None:
    given = socket.socket(socket.AF_UNIX)
    inherited.append(given)
    given.bind(str(tmp_path / "given"))
    given.listen()
    sockets = Sockets(SelectReactor(), [given.fileno()])

    assert sockets.obtain(Ask("unix", str(tmp_path / "given"))) == (given.fileno(), int(socket.AF_UNIX))
    for missing in ("a", "z"):
        with pytest.raises(OSError, match="No such file"):
            sockets.obtain(Ask("unix", str(tmp_path / missing / "socket")))


def test_a_worker_speaks_both_versions_of_ip_on_a_socket_of_systemds(
    parent: Parent, member: Member, inherited: list[socket.socket]
) -> None:
    given = socket.socket(socket.AF_INET6)
    inherited.append(given)
    given.bind(("::", 0))
    given.listen()
    number = given.getsockname()[1]
    parent.sockets = Sockets(parent.reactor, [given.fileno()])

    port = member.reactor.listenTCP(number, Quiet())

    assert port.getHost().type == "TCP"
    assert port.getHost().host == "::"
    assert talk(member.reactor, socket.AF_INET, ("127.0.0.1", number), b"4") == b"4"
    assert talk(member.reactor, socket.AF_INET6, ("::1", number), b"6") == b"6"


# Leaving


def test_a_worker_that_leaves_accepts_nothing_more_and_waits_for_what_it_serves(member: Member, other: Member) -> None:
    factory = Quiet()
    port = member.reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port
    ended: list[bool] = []
    with socket.create_connection(("127.0.0.1", port), LIMIT) as client:
        turn_until(member.reactor, lambda: member.sharing.busy)

        member.sharing.leave(100, lambda: ended.append(True))
        member.sharing.leave(100, lambda: ended.append(False))
        with socket.create_connection(("127.0.0.1", port), LIMIT) as late:
            for _ in range(20):
                member.reactor.iterate(0.01)
            assert member.sharing.busy == 1
            assert (ended, factory.stopped) == ([], 0)

            # It is for somebody else.
            other.reactor.listenTCP(0, Quiet(), interface="127.0.0.1")
            turn_until(other.reactor, lambda: other.sharing.busy)
            late.close()

        client.sendall(b"bye")
        turn_until(member.reactor, lambda: ended)
    assert ended == [True]


def test_when_its_time_is_over_it_waits_no_longer(member: Member) -> None:
    port = member.reactor.listenTCP(0, Quiet(), interface="127.0.0.1").getHost().port
    ended: list[bool] = []
    with socket.create_connection(("127.0.0.1", port), LIMIT):
        turn_until(member.reactor, lambda: member.sharing.busy)

        member.sharing.leave(0.2, lambda: ended.append(True))
        member.reactor.iterate(0)
        assert ended == []
        turn_until(member.reactor, lambda: ended)

        assert member.sharing.busy == 1


def test_with_nothing_to_finish_it_is_done_at_once(member: Member) -> None:
    member.reactor.listenTCP(0, Quiet(), interface="127.0.0.1")
    member.reactor.listenUDP(0, Letters(), interface="127.0.0.1")
    ended: list[bool] = []

    member.sharing.leave(100, lambda: ended.append(True))

    assert ended == [True]


def test_protocols_that_want_to_know_are_told(member: Member) -> None:
    class Polite(Echo):
        """Says good-bye."""

        def finishAndLeave(self) -> None:
            assert self.transport is not None
            self.transport.write(b"good-bye")
            self.transport.loseConnection()

    factory = Quiet()
    factory.protocol = Polite
    port = member.reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port
    ended: list[bool] = []
    with socket.create_connection(("127.0.0.1", port), LIMIT) as client:
        turn_until(member.reactor, lambda: member.sharing.busy)

        member.sharing.leave(100, lambda: ended.append(True))
        turn_until(member.reactor, lambda: ended)

        client.settimeout(LIMIT)
        assert client.recv(100) == b"good-bye"


def test_connections_of_adopted_sockets_count_too(member: Member) -> None:
    with socket.socket() as given:
        given.bind(("127.0.0.1", 0))
        given.listen()
        given.setblocking(False)
        member.reactor.adoptStreamPort(given.fileno(), socket.AF_INET, Quiet())

        with socket.create_connection(given.getsockname(), LIMIT):
            turn_until(member.reactor, lambda: member.sharing.busy)


# The connection to the parent


def test_orders_come_first_and_ready_is_told(parent: Parent) -> None:
    asking = parent.connect()
    parent.connections[0].sendall(line_of(Orders(["twist"], ["/x"], 1.5, [])))

    assert asking.orders() == Orders(["twist"], ["/x"], 1.5, [])
    asking.ready()
    asking._connection.shutdown(socket.SHUT_WR)
    parent.threads[0].join(LIMIT)
    assert parent.ready == 1
    asking._connection.close()


def test_when_the_parent_is_gone_the_worker_knows(parent: Parent, member: Member) -> None:
    gone: list[bool] = []
    member.asking.watch(member.reactor, lambda: gone.append(True))
    member.reactor.iterate(0)
    assert gone == []

    parent.connections[0].shutdown(socket.SHUT_RDWR)
    turn_until(member.reactor, lambda: gone)
    member.reactor.iterate(0)

    assert gone == [True]
    assert member.asking.logPrefix() == "control"
    with pytest.raises(CannotListenError):
        member.reactor.listenTCP(1, Quiet(), interface="127.0.0.1")


def test_an_answer_without_its_socket_is_no_answer() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        asking = Asking(theirs)
        ours.sendall(line_of(Answer(family=2)))

        with pytest.raises(ControlError, match="0 sockets came, and 1 were to come"):
            asking.ask(Ask("tcp", ""))


def test_a_socket_with_an_error_is_closed_again() -> None:
    ours, theirs = socket.socketpair()
    extra, other_end = socket.socketpair()
    with ours, theirs, other_end:
        asking = Asking(theirs)
        socket.send_fds(ours, [line_of(Answer(code=13))], [extra.fileno()])
        extra.close()

        with pytest.raises(ControlError, match="1 sockets came, and 0 were to come"):
            asking.ask(Ask("tcp", ""))

        # Nobody holds it any more.
        other_end.settimeout(LIMIT)
        assert other_end.recv(1) == b""


def test_a_socket_that_comes_is_not_inherited_by_programs() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.socket() as given:
        asking = Asking(theirs)
        socket.send_fds(ours, [line_of(Answer(family=2))], [given.fileno()])

        answer, descriptor = asking.ask(Ask("tcp", ""))

        assert answer == Answer(family=2)
        assert not os.get_inheritable(descriptor)
        os.close(descriptor)
