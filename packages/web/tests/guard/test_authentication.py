"""
Who may ask for what.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from hashlib import md5
from typing import Any

import pytest
from zope.interface import implementer

from twisted.cred import checkers, credentials, portal
from twisted.cred.error import LoginFailed
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web.guard import BasicCredentialFactory, DigestCredentialFactory, HTTPAuthSessionWrapper
from twisted.web.iweb import ICredentialFactory
from twisted.web.resource import IResource, Resource
from twisted.web.server import Site
from twisted.web.test.requesthelper import DummyRequest

LOGIN = "Basic " + b64encode(b"ann:secret").decode()


class Page(Resource):
    """Says whose it is, and where it was asked for."""

    def __init__(self, owner: bytes) -> None:
        super().__init__()
        self.owner = owner

    def getChild(self, path: bytes, request: Any) -> Resource:
        return self

    def render_GET(self, request: Any) -> bytes:
        return b"%s %r" % (self.owner, request.prepath)


@implementer(portal.IRealm)
class Realm:
    """Has a page for each."""

    def __init__(self) -> None:
        self.logged_out: list[bytes] = []
        self.answer: Callable[[Any], Any] = lambda avatar: avatar

    def requestAvatar(self, avatar_id: Any, mind: object, *interfaces: object) -> Any:
        assert interfaces == (IResource,) and mind is None
        name = avatar_id or b"anybody"
        return self.answer((IResource, Page(name), lambda: self.logged_out.append(name)))


class World:
    """A guarded site, and its client."""

    def __init__(self, anonymous: bool = False, factories: list[Any] | None = None) -> None:
        self.realm = Realm()
        passwords: Any = checkers.InMemoryUsernamePasswordDatabaseDontUse(ann=b"secret")
        known: list[Any] = [passwords]
        if anonymous:
            known.append(checkers.AllowAnonymousAccess())
        given = [BasicCredentialFactory(b"there")] if factories is None else factories
        self.wrapper = HTTPAuthSessionWrapper(portal.Portal(self.realm, known), given)
        root = Resource()
        root.putChild(b"in", self.wrapper)
        self.transport = StringTransport(peerAddress=IPv4Address("TCP", "10.1.1.1", 5))
        self.protocol: Any = Site(root, reactor=Clock()).buildProtocol(self.transport.getPeer())
        self.protocol.makeConnection(self.transport)

    def ask(self, authorization: str | None = None, path: str = "/in/a/b", method: str = "GET") -> tuple[int, bytes]:
        self.transport.clear()
        field = "" if authorization is None else f"Authorization: {authorization}\r\n"
        self.protocol.dataReceived(f"{method} {path} HTTP/1.1\r\nHost: h\r\n{field}\r\n".encode())
        self.head, _, body = self.transport.value().partition(b"\r\n\r\n")
        return int(self.head.split(b" ")[1]), body


# The wrapper


def test_the_right_password_lets_in_and_logs_out_at_the_end() -> None:
    world = World()

    assert world.ask(LOGIN) == (200, b"ann [b'in', b'a', b'b']")
    assert world.realm.logged_out == [b"ann"]
    assert world.ask(LOGIN, "/in") == (200, b"ann [b'in']")
    assert world.realm.logged_out == [b"ann", b"ann"]


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !",
        "Basic a",
        "Basic " + b64encode(b"ann").decode(),
        "Basic " + b64encode(b"ann:wrong").decode(),
        "Basic " + b64encode(b"bob:secret").decode(),
        "Digest " + b64encode(b"ann:secret").decode(),
        "secret",
    ],
)
@pytest.mark.parametrize("path", ["/in", "/in/a/b"])
def test_everybody_else_is_asked_who_they_are(authorization: str | None, path: str) -> None:
    world = World()

    assert world.ask(authorization, path) == (401, b"Unauthorized")
    assert b'\r\nWWW-Authenticate: basic realm="there"\r\n' in world.head + b"\r\n"
    assert world.realm.logged_out == []


def test_head_has_no_body() -> None:
    assert World().ask(method="HEAD") == (401, b"")


@pytest.mark.parametrize("authorization", [LOGIN.replace("Basic", "BASIC"), LOGIN.rstrip("="), LOGIN + "  "])
def test_schemes_have_no_case_and_padding_may_be_left_out(authorization: str) -> None:
    assert World().ask(authorization)[0] == 200


def test_whoever_brings_nothing_may_be_let_in_as_nobody() -> None:
    world = World(anonymous=True)

    assert world.ask() == (200, b"anybody [b'in', b'a', b'b']")
    assert world.ask("Basic !")[0] == 401


def test_each_scheme_is_offered_in_turn() -> None:
    world = World(factories=[BasicCredentialFactory(b"one"), BasicCredentialFactory('t"w\\o')])

    world.ask()

    fields = [line for line in world.head.split(b"\r\n") if line.startswith(b"WWW-")]
    assert fields == [b'WWW-Authenticate: basic realm="one"', b'WWW-Authenticate: basic realm="t\\"w\\\\o"']


def test_logging_out_waits_for_the_end_of_the_request() -> None:
    world = World()
    avatars: list[tuple[Any, Deferred[Any]]] = []

    def later(avatar: Any) -> Deferred[Any]:
        avatars.append((avatar, Deferred()))
        return avatars[-1][1]

    world.realm.answer = later
    world.transport.clear()
    world.protocol.dataReceived(f"GET /in HTTP/1.1\r\nHost: h\r\nAuthorization: {LOGIN}\r\n\r\n".encode())
    assert (world.transport.value(), world.realm.logged_out) == (b"", [])

    avatars[0][1].callback(avatars[0][0])
    assert world.transport.value().endswith(b"ann [b'in']")
    assert world.realm.logged_out == [b"ann"]


def test_children_are_not_kept_in_the_wrapper() -> None:
    world = World()

    assert IResource.providedBy(world.wrapper) and not world.wrapper.isLeaf
    with pytest.raises(NotImplementedError):
        world.wrapper.putChild(b"a", Resource())


# Basic


def basic(response: bytes) -> Any:
    return BasicCredentialFactory(b"r").decode(response, DummyRequest([]))


def test_basic_gives_the_realm_and_reads_names_and_passwords() -> None:
    factory: Any = BasicCredentialFactory(b"r")

    assert (factory.scheme, factory.authenticationRealm) == (b"basic", b"r")
    assert factory.getChallenge(DummyRequest([])) == {"realm": b"r"}
    read = basic(b64encode(b"ann:a:b"))
    assert isinstance(read, credentials.UsernamePassword)
    assert (read.username, read.password) == (b"ann", b"a:b")
    assert read.checkPassword(b"a:b") and not read.checkPassword(b"a")
    assert ICredentialFactory.providedBy(factory)


@pytest.mark.parametrize("padding", range(3))
def test_basic_reads_what_has_lost_its_padding(padding: int) -> None:
    text = b"ann:" + b"x" * padding

    assert basic(b64encode(text).rstrip(b"=")).password == b"x" * padding


@pytest.mark.parametrize("response", [b"", b"x", b"abcde", b64encode(b"no colon")])
def test_basic_refuses_what_makes_no_sense(response: bytes) -> None:
    with pytest.raises(LoginFailed, match="Invalid credentials"):
        basic(response)


# Digest


class Answering:
    """A client that knows how to prove that it knows a password."""

    def __init__(self, factory: Any, request: Any) -> None:
        self.factory, self.request = factory, request
        self.challenge = factory.getChallenge(request)

    def response(self, password: bytes = b"secret", **others: bytes) -> bytes:
        def hashed(*parts: bytes) -> bytes:
            return md5(b":".join(parts)).hexdigest().encode()

        nonce = self.challenge["nonce"]
        proof = hashed(hashed(b"ann", b"r", password), nonce, b"1", b"c", b"auth", hashed(b"GET", b"/in"))
        fields = {
            b"username": b"ann",
            b"realm": b"r",
            b"nonce": nonce,
            b"uri": b"/in",
            b"qop": b"auth",
            b"nc": b"1",
            b"cnonce": b"c",
            b"opaque": self.challenge["opaque"],
            b"response": proof,
        }
        fields.update({name.encode(): value for name, value in others.items()})
        return b", ".join(b'%s="%s"' % pair for pair in fields.items())


def a_request(host: Any = None, method: bytes = b"GET") -> Any:
    request: Any = DummyRequest([])
    request.client = IPv4Address("TCP", "10.0.0.9", 1) if host is None else host
    request.method = method
    return request


def test_digest_challenges_tell_realm_and_algorithm() -> None:
    factory: Any = DigestCredentialFactory(b"md5", b"r")
    challenge = factory.getChallenge(a_request())

    assert factory.scheme == b"digest"
    assert isinstance(factory.digest, credentials.DigestCredentialFactory)
    assert (challenge["realm"], challenge["algorithm"], challenge["qop"]) == (b"r", b"md5", b"auth")
    assert challenge["nonce"] != factory.getChallenge(a_request())["nonce"]
    assert ICredentialFactory.providedBy(factory)


@pytest.mark.parametrize("host", [None, UNIXAddress(b"/x")])
def test_digest_proves_that_a_client_knows_the_password(host: Any) -> None:
    client = Answering(DigestCredentialFactory(b"md5", b"r"), a_request(host))

    read = client.factory.decode(client.response(), client.request)
    assert read.username == b"ann"
    assert read.checkPassword(b"secret") and not read.checkPassword(b"wrong")
    assert not client.factory.decode(client.response(b"wrong"), client.request).checkPassword(b"secret")


def test_digest_counts_the_method_of_the_request() -> None:
    client = Answering(DigestCredentialFactory(b"md5", b"r"), a_request())

    assert not client.factory.decode(client.response(), a_request(method=b"POST")).checkPassword(b"secret")


@pytest.mark.parametrize("changed", [{"nonce": b"other"}, {"opaque": b"other"}, {"opaque": b"x-y"}, {"username": b""}])
def test_digest_refuses_what_it_did_not_give(changed: dict[str, bytes]) -> None:
    client = Answering(DigestCredentialFactory(b"md5", b"r"), a_request())

    with pytest.raises(LoginFailed):
        client.factory.decode(client.response(**changed), client.request)


def test_digest_refuses_the_challenge_of_another_client() -> None:
    client = Answering(DigestCredentialFactory(b"md5", b"r"), a_request())

    with pytest.raises(LoginFailed):
        client.factory.decode(client.response(), a_request(IPv4Address("TCP", "10.0.0.8", 1)))


@pytest.mark.parametrize(("late", "good"), [(0, True), (1, False)])
def test_digest_challenges_grow_old(late: int, good: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    factory: Any = DigestCredentialFactory(b"md5", b"r")
    clock = Clock()
    clock.advance(1000)
    monkeypatch.setattr(factory.digest, "_getTime", clock.seconds)
    client = Answering(factory, a_request())

    clock.advance(factory.digest.CHALLENGE_LIFETIME_SECS + late)

    if good:
        assert factory.decode(client.response(), client.request).checkPassword(b"secret")
    else:
        with pytest.raises(LoginFailed):
            factory.decode(client.response(), client.request)


def test_digest_lets_in_through_the_wrapper() -> None:
    factory = DigestCredentialFactory(b"md5", b"r")
    world = World(factories=[factory])
    status, _ = world.ask(path="/in")
    assert status == 401 and b"WWW-Authenticate: digest " in world.head
    client = Answering(factory, a_request(IPv4Address("TCP", "10.1.1.1", 5)))

    assert world.ask("Digest " + client.response().decode(), "/in") == (200, b"ann [b'in']")
    assert world.ask("Digest " + client.response(b"wrong").decode(), "/in")[0] == 401
