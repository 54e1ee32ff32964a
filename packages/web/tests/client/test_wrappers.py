"""Agents around agents: redirections, cookies, compressed bodies; and bodies from files."""

from __future__ import annotations

import gzip
import zlib
from http.cookiejar import CookieJar, DefaultCookiePolicy
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.defer import CancelledError
from twisted.internet.task import Cooperator
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._client.redirects import join, origin
from twisted.web.client import (
    BrowserLikeRedirectAgent,
    ContentDecoderAgent,
    CookieAgent,
    DecompressionBomb,
    FileBodyProducer,
    GzipDecoder,
    PartialDownloadError,
    RedirectAgent,
    ResponseDone,
    ResponseFailed,
    _GzipProtocol,
    readBody,
)
from twisted.web.error import InfiniteRedirection, PageRedirect, RedirectWithNoLocation
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IAgent, IBodyProducer, IResponse

from .wire import OK, Receiver, Scripted, Transport, Wire, answer, deliver, outcome, reasons

# Redirections


def redirected(agent: Any, script: Scripted, code: int, location: bytes | None, method: bytes, **more: Any) -> Any:
    asked = agent.request(method, b"http://h/a?b", **more)
    fields = {} if location is None else {"Location": [location]}
    return asked, script.respond(code, fields)


@pytest.mark.parametrize("code", [301, 302, 307, 308])
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_redirections_of_get_and_head_are_followed(code: int, method: bytes) -> None:
    script = Scripted()
    headers = Headers({"X": ["y"]})
    asked, first = redirected(RedirectAgent(script), script, code, b"/x", method, headers=headers)

    assert script.asked[1] == (method, b"http://h/x", headers, None)
    last = script.respond(200)
    assert outcome(asked) is last and last.previousResponse is first and first.previousResponse is None


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_other_redirections_are_for_the_user_to_follow(code: int) -> None:
    script = Scripted()
    asked, response = redirected(RedirectAgent(script), script, code, b"/x", b"POST")

    failure = outcome(asked)
    assert isinstance(failure, ResponseFailed) and failure.response is response
    error: Any = failure.reasons[0].value
    assert isinstance(error, PageRedirect)
    assert (error.status, error.location) == (b"%d" % code, b"http://h/a?b")
    assert len(script.asked) == 1


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"POST", b"PUT"])
def test_see_other_is_followed_by_get(method: bytes) -> None:
    script = Scripted()
    body: Any = object()
    asked, _ = redirected(RedirectAgent(script), script, 303, b"/x", method, bodyProducer=body)

    assert script.asked[0] == (method, b"http://h/a?b", None, body)
    assert script.asked[1] == (b"GET", b"http://h/x", None, None)
    assert outcome(asked) is None


@pytest.mark.parametrize("code", [301, 302, 303, 308])
@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_browsers_follow_most_by_get(code: int, method: bytes) -> None:
    script = Scripted()
    redirected(BrowserLikeRedirectAgent(script), script, code, b"/x", method)

    assert script.asked[1] == (b"GET", b"http://h/x", None, None)


def test_browsers_ask_about_a_temporary_redirect_of_a_post() -> None:
    script = Scripted()
    asked, _ = redirected(BrowserLikeRedirectAgent(script), script, 307, b"/x", b"POST")
    assert reasons(outcome(asked)) == ["PageRedirect"]
    redirected(BrowserLikeRedirectAgent(script), script, 307, b"/x", b"HEAD")
    assert script.asked[-1][:2] == (b"HEAD", b"http://h/x")


@pytest.mark.parametrize("code", [200, 300, 304, 305, 306, 309, 404])
@pytest.mark.parametrize("kind", [RedirectAgent, BrowserLikeRedirectAgent])
def test_what_is_no_redirection_is_the_answer(code: int, kind: Any) -> None:
    script = Scripted()
    asked, response = redirected(kind(script), script, code, b"/x", b"GET")

    assert outcome(asked) is response
    assert IAgent.providedBy(kind(script))


def test_a_redirection_to_nowhere() -> None:
    script = Scripted()
    asked, response = redirected(RedirectAgent(script), script, 301, None, b"GET")

    failure = outcome(asked)
    error: Any = failure.reasons[0].value
    assert isinstance(error, RedirectWithNoLocation) and failure.response is response
    assert (error.status, error.uri) == (b"301", b"http://h/a?b")
    assert str(error) == "301 No location header field to http://h/a?b"


def test_redirections_without_end() -> None:
    script = Scripted()
    asked = RedirectAgent(script, redirectLimit=2).request(b"GET", b"http://h/0")
    responses = [script.respond(302, {"Location": [f"/{number}"]}) for number in (1, 2, 3)]

    failure: Any = outcome(asked)
    error: Any = failure.reasons[0].value
    assert isinstance(error, InfiniteRedirection) and failure.response is responses[2]
    assert (error.status, error.location) == (b"302", b"http://h/2")
    assert [uri for _, uri, _, _ in script.asked] == [b"http://h/0", b"http://h/1", b"http://h/2"]
    assert responses[2].previousResponse is responses[1]
    assert RedirectAgent(script)._redirectLimit == 20


def moved(size: int, *fields: bytes) -> bytes:
    return b"".join([answer(b"x" * size, b"Location: /there", *fields, status=b"302 Found")])


def test_the_body_of_a_redirection_does_not_keep_the_connection() -> None:
    wire = Wire()
    asked = RedirectAgent(wire.agent).request(b"GET", b"http://h/")
    first, data = wire.line, moved(65536)
    first.receive(data[:-1])
    assert len(wire.lines) == 2 and first.transport.producerState == "producing"
    first.receive(data[-1:])
    assert first.protocol.state == "QUIESCENT"
    wire.line.receive(answer(b"there"))

    response = outcome(asked)
    assert outcome(readBody(response)) == b"there"
    assert outcome(readBody(response.previousResponse)) == b"x" * 65536


@pytest.mark.parametrize("step", [0, 1000])
def test_the_body_of_a_redirection_is_not_kept_without_end(step: int) -> None:
    wire = Wire()
    asked = RedirectAgent(wire.agent).request(b"GET", b"http://h/")
    first = wire.line
    first.receive(moved(100_000)[:-1], step)
    wire.line.receive(answer())

    if step:
        assert first.transport.disconnecting
    first.lose()
    assert outcome(asked).code == 200
    receiver = deliver(outcome(asked).previousResponse)
    assert 65536 < len(receiver.body) < 100_000 and isinstance(receiver.why, ResponseFailed)


def test_the_body_of_a_compressed_redirection_does_not_keep_the_connection() -> None:
    wire = Wire()
    agent = RedirectAgent(ContentDecoderAgent(wire.agent, [(b"gzip", GzipDecoder)]))
    agent.request(b"GET", b"http://h/")
    first = wire.line
    first.receive(moved(10, b"Content-Encoding: gzip")[:-1])
    first.receive(b"x")

    assert first.protocol.state == "QUIESCENT" and len(wire.lines) == 2


def test_a_redirection_whose_body_was_taken_is_left_alone() -> None:
    wire = Wire()
    taken: list[Receiver] = []

    def take(response: Any) -> Any:
        if not taken:
            taken.append(deliver(response))
        return response

    class Taking:
        def request(self, *words: Any) -> Any:
            return wire.agent.request(*words).addCallback(take)

    taking: Any = Taking()
    RedirectAgent(taking).request(b"GET", b"http://h/")
    wire.lines[0].receive(moved(100_000))

    assert len(taken[0].body) == 100_000 and isinstance(taken[0].why, ResponseDone)


SENSITIVE = ["Authorization", "Cookie", "Cookie2", "Host", "Proxy-Authorization", "WWW-Authenticate"]


@pytest.mark.parametrize(
    ("location", "same"),
    [
        (b"/b", True),
        (b"http://h/b", True),
        (b"http://h:80/b", True),
        (b"HTTP://H./b", True),
        (b"http://user:word@h/b", True),
        (b"http://other/b", False),
        (b"//other/b", False),
        (b"https://h/b", False),
        (b"http://h:81/b", False),
        (b"http://sub.h/b", False),
        (b"http://h@other/b", False),
    ],
)
@pytest.mark.parametrize("kind", [RedirectAgent, BrowserLikeRedirectAgent])
def test_credentials_and_cookies_stay_with_their_origin(location: bytes, same: bool, kind: Any) -> None:
    script = Scripted()
    headers = Headers({name: ["s"] for name in [*SENSITIVE, "X-Secret", "X-Other"]})
    before = headers.copy()
    redirected(kind(script, sensitiveHeaderNames=[b"x-secret"]), script, 301, location, b"GET", headers=headers)

    sent = script.asked[1][2]
    assert sent == (before if same else Headers({"X-Other": ["s"]}))
    assert headers == before


def test_what_was_left_out_once_does_not_come_back() -> None:
    script = Scripted()
    asked = RedirectAgent(script).request(b"GET", b"http://h/", Headers({"Cookie": ["c"], "X": ["y"]}))
    script.respond(302, {"Location": ["http://other/"]})
    script.respond(302, {"Location": ["http://h/"]})

    assert script.asked[2][2] == Headers({"X": ["y"]})
    assert outcome(asked) is None


def test_fields_about_a_body_go_with_the_body() -> None:
    script = Scripted()
    about = ["Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Expect", "Content-MD5"]
    about += ["Content-Language", "Content-Location"]
    headers = Headers({name: ["1"] for name in [*about, "X", "Cookie"]})
    redirected(RedirectAgent(script), script, 303, b"/x", b"POST", headers=headers)
    assert script.asked[1][2] == Headers({"X": ["1"], "Cookie": ["1"]})
    script = Scripted()
    redirected(RedirectAgent(script), script, 302, b"/x", b"GET", headers=headers)
    assert script.asked[1][2] == headers


@pytest.mark.parametrize(
    ("base", "location", "there"),
    [
        (b"http://h/a?b#f", b"/x", b"http://h/x#f"),
        (b"http://h/a?b#f", b"/x#g", b"http://h/x#g"),
        (b"http://h/a?b#f", b"?q", b"http://h/a?q#f"),
        (b"http://h/a?b", b"#g", b"http://h/a?b#g"),
        (b"http://h/a/b", b"../c", b"http://h/c"),
        (b"http://h/a", b"", b"http://h/a"),
        (b"http://h/a", b"https://o:1/p?q", b"https://o:1/p?q"),
        (b"http://h/a", b"//o/p", b"http://o/p"),
        (b"http://h/a", b"/b c", b"http://h/b%20c"),
        (b"http://h/a", b"/\xc3\xa9%20", b"http://h/%C3%A9%20"),
        (b"http://h/a", b"/x\r\ny", b"http://h/x%0D%0Ay"),
        (b"http://[::1]:8/a", b"b", b"http://[::1]:8/b"),
        (b"http://h/a", b"mailto:x", b"mailto:x"),
    ],
)
def test_where_a_location_leads(base: bytes, location: bytes, there: bytes) -> None:
    assert join(base, location) == there


def test_origins() -> None:
    assert origin(b"https://H.example./x") == (b"https", b"h.example", 443)
    assert origin(b"http://h:81") == (b"http", b"h", 81)


# Cookies


def cookies_of(jar: CookieJar) -> list[tuple[str, str | None, str, str, bool]]:
    return sorted((cookie.name, cookie.value, cookie.domain, cookie.path, cookie.secure) for cookie in jar)


def sent_cookies(script: Scripted, agent: Any, uri: bytes) -> list[bytes] | None:
    agent.request(b"GET", uri)
    script.waiting.pop()
    headers = script.asked.pop()[2]
    found: list[bytes] | None = headers.getRawHeaders(b"cookie")
    return found


def test_cookies_are_kept_and_sent_where_they_fit() -> None:
    script, jar = Scripted(), CookieJar()
    agent = CookieAgent(script, jar)
    assert agent.cookieJar is jar and IAgent.providedBy(agent)
    asked = agent.request(b"GET", b"http://h.com/a/b")
    response = script.respond(
        200,
        {"Set-Cookie": ["a=b", "c=d; Path=/; Secure", "e=f; Domain=h.com", "g=h; Domain=evil.com", "i=j; Domain=com"]},
    )

    assert outcome(asked) is response
    assert cookies_of(jar) == [
        ("a", "b", "h.com", "/a", False),
        ("c", "d", "h.com", "/", True),
        ("e", "f", ".h.com", "/a", False),
    ]
    assert sent_cookies(script, agent, b"http://h.com/a/c") == [b"a=b; e=f"]
    assert sent_cookies(script, agent, b"http://h.com/") is None
    assert sent_cookies(script, agent, b"https://h.com/a/") == [b"a=b; e=f; c=d"]
    assert sent_cookies(script, agent, b"http://h.com:81/a/") == [b"a=b; e=f"]
    assert sent_cookies(script, agent, b"http://evil.com/a/") is None
    assert sent_cookies(script, agent, b"http://noth.com/a/") is None


@pytest.mark.parametrize("host", [b"localhost", b"127.0.0.1:8080", b"[::1]"])
def test_cookies_of_hosts_without_a_domain(host: bytes) -> None:
    script = Scripted()
    agent = CookieAgent(script, CookieJar())
    agent.request(b"GET", b"http://%b/" % host)
    script.respond(200, {"Set-Cookie": ["a=b"]})

    assert sent_cookies(script, agent, b"http://%b/x" % host) == [b"a=b"]
    assert sent_cookies(script, agent, b"http://other.example/x") is None


def test_cookies_for_one_port() -> None:
    script = Scripted()
    agent = CookieAgent(script, CookieJar(DefaultCookiePolicy(rfc2965=True)))
    agent.request(b"GET", b"http://h.com:81/")
    script.respond(200, {"Set-Cookie2": ['a=b; Version=1; Port="81"'], "Set-Cookie": ["c=d"]})

    sent = sent_cookies(script, agent, b"http://h.com:81/")
    assert sent is not None and b"a=b" in sent[0]
    assert sent_cookies(script, agent, b"http://h.com:82/") == [b"c=d"]


def test_cookies_of_ones_own_are_left_alone() -> None:
    script, jar = Scripted(), CookieJar()
    agent = CookieAgent(script, jar)
    agent.request(b"GET", b"http://h.com/")
    script.respond(200, {"Set-Cookie": ["a=b"]})
    own = Headers({"Cookie": ["mine=1"]})
    plain = Headers({"X": ["y"]})
    body: Any = object()
    agent.request(b"POST", b"http://h.com/", own, body)
    agent.request(b"GET", b"http://h.com/", plain)

    assert script.asked[1] == (b"POST", b"http://h.com/", own, body)
    assert own == Headers({"Cookie": ["mine=1"]})
    assert script.asked[2][2] == Headers({"X": ["y"], "Cookie": ["a=b"]})
    assert plain == Headers({"X": ["y"]})


def test_cookies_are_kept_for_the_server_that_sent_them() -> None:
    script, jar = Scripted(), CookieJar()
    agent = CookieAgent(RedirectAgent(script), jar)
    asked = agent.request(b"GET", b"http://h.com/")
    script.respond(302, {"Location": ["http://other.org/"], "Set-Cookie": ["first=1"]})
    script.respond(200, {"Set-Cookie": ["last=2", "cheat=3; Domain=h.com"]})

    assert outcome(asked).code == 200
    assert cookies_of(jar) == [("first", "1", "h.com", "/", False), ("last", "2", "other.org", "/", False)]


def test_a_trail_ends_where_a_response_does_not_say_what_it_answers() -> None:
    class Vague:
        headers = Headers({"Set-Cookie": ["vague=1"]})
        request = None

    class Behind:
        def request(self, method: bytes, uri: bytes, headers: Any = None, bodyProducer: Any = None) -> Any:
            return script.request(method, uri).addCallback(lead)

    def lead(response: Any) -> Any:
        response.setPreviousResponse(Vague())
        return response

    script, jar = Scripted(), CookieJar()
    behind: Any = Behind()
    asked = CookieAgent(behind, jar).request(b"GET", b"http://h.com/")
    script.respond(200, {"Set-Cookie": ["clear=1"]})

    assert outcome(asked).code == 200
    assert [cookie.name for cookie in jar] == ["clear"]


def test_cookies_behind_redirections_go_to_their_server() -> None:
    script, jar = Scripted(), CookieJar()
    cookies = CookieAgent(script, jar)
    agent = RedirectAgent(cookies)
    cookies.request(b"GET", b"http://h.com/")
    script.respond(200, {"Set-Cookie": ["h=1"]})
    agent.request(b"GET", b"http://h.com/", Headers({"X": ["y"]}))
    assert script.asked[-1][2].getRawHeaders(b"cookie") == [b"h=1"]
    script.respond(302, {"Location": ["http://other.org/"]})

    assert script.asked[-1][2] == Headers({"X": ["y"]})


def test_responses_that_say_little_are_taken_for_answers() -> None:
    class Bare:
        headers = Headers({"Set-Cookie": ["a=b"]})

    script, jar = Scripted(), CookieJar()
    asked = CookieAgent(script, jar).request(b"GET", b"http://h.com/")
    bare = Bare()
    script.waiting.pop().callback(bare)

    assert outcome(asked) is bare
    assert cookies_of(jar) == [("a", "b", "h.com", "/", False)]


# Compressed bodies

HELLO = gzip.compress(b"hello world" * 10, mtime=0)


def decoded(payload: bytes, *fields: bytes, decoders: Any = None, step: int = 0) -> tuple[Any, Receiver, Wire]:
    wire = Wire()
    agent = ContentDecoderAgent(wire.agent, decoders or [(b"gzip", GzipDecoder)])
    received: list[Any] = []

    def take(response: Any) -> None:
        received.extend([response, deliver(response)])

    agent.request(b"GET", b"http://h/").addCallback(take)
    wire.line.receive(answer(payload, *fields), step)
    return received[0], received[1], wire


@pytest.mark.parametrize("step", [0, 1, 5])
@pytest.mark.parametrize("coding", [b"gzip", b"GZIP", b"x-gzip", b" gzip "])
def test_a_compressed_body_is_unpacked(step: int, coding: bytes) -> None:
    response, receiver, _ = decoded(HELLO, b"Content-Encoding: " + coding, b"X: y", step=step)

    assert IResponse.providedBy(response) and isinstance(response, GzipDecoder)
    assert receiver.body == b"hello world" * 10 and isinstance(receiver.why, ResponseDone)
    assert response.length == UNKNOWN_LENGTH and response.original.length == len(HELLO)
    assert response.headers == Headers({"X": ["y"]})
    assert (response.code, response.phrase, response.version) == (200, b"OK", (b"HTTP", 1, 1))
    assert response.request.absoluteURI == b"http://h/"
    response.setPreviousResponse(5)
    assert response.previousResponse == 5


def test_what_can_be_unpacked_is_offered() -> None:
    script = Scripted()
    agent = ContentDecoderAgent(script, [(b"br", GzipDecoder), (b"gzip", GzipDecoder)])
    own = Headers({"Accept-Encoding": ["x"]})
    body: Any = object()
    agent.request(b"PUT", b"http://h/", own, body)
    agent.request(b"GET", b"http://h/")

    assert script.asked[0][3] is body
    assert script.asked[0][2] == Headers({"Accept-Encoding": ["x", "br,gzip"]})
    assert script.asked[1][2] == Headers({"Accept-Encoding": ["br,gzip"]})
    assert own == Headers({"Accept-Encoding": ["x"]})
    assert IAgent.providedBy(agent)


@pytest.mark.parametrize(
    ("fields", "layers", "left"),
    [
        ([], 0, None),
        ([b"identity"], 0, [b"identity"]),
        ([b"gzip, identity"], 0, [b"gzip, identity"]),
        ([b"fish, gzip"], 1, [b"fish"]),
        ([b"gzip,fish , gzip,, gzip"], 2, [b"gzip,fish"]),
        ([b"gzip", b"gzip"], 2, None),
        ([b""], 0, [b""]),
    ],
)
def test_the_last_coding_is_undone_first(fields: list[bytes], layers: int, left: Any) -> None:
    script = Scripted()
    asked = ContentDecoderAgent(script, [(b"gzip", GzipDecoder)]).request(b"GET", b"http://h/")
    original = script.respond(200, {"Content-Encoding": fields} if fields else {})

    response = outcome(asked)
    for _ in range(layers):
        assert isinstance(response, GzipDecoder)
        response = response.original
    assert response is original
    assert original.headers.getRawHeaders(b"content-encoding") == left


def test_two_layers_are_unpacked() -> None:
    _, receiver, _ = decoded(gzip.compress(HELLO), b"Content-Encoding: gzip, gzip")

    assert receiver.body == b"hello world" * 10


def test_decoders_are_made_by_name() -> None:
    class Shout:
        def __init__(self, response: Any) -> None:
            self.original = response

        def deliverBody(self, protocol: Any) -> None:
            raise AssertionError("not called")

    script = Scripted()
    asked = ContentDecoderAgent(script, [(b"Shout", Shout), (b"gzip", GzipDecoder)]).request(b"GET", b"http://h/")
    script.respond(200, {"Content-Encoding": ["shout"]})

    assert isinstance(outcome(asked), Shout)
    assert script.asked[0][2] == Headers({"Accept-Encoding": ["Shout,gzip"]})


@pytest.mark.parametrize(
    ("payload", "body"),
    [
        (HELLO + HELLO, b"hello world" * 20),
        (HELLO + b"junk", b"hello world" * 10),
        (HELLO + b"\0" * 20, b"hello world" * 10),
        (HELLO + b"\x1f", b"hello world" * 10),
        (HELLO + b"\x1fx", b"hello world" * 10),
        (HELLO[:-5], b"hello world" * 10),
        (b"", b""),
        (gzip.compress(b""), b""),
        (gzip.compress(b"x" * 300_000), b"x" * 300_000),
    ],
)
@pytest.mark.parametrize("step", [0, 1])
def test_members_and_padding(payload: bytes, body: bytes, step: int) -> None:
    _, receiver, _ = decoded(payload, b"Content-Encoding: gzip", step=step)

    assert receiver.body == body and isinstance(receiver.why, ResponseDone)
    assert not receiver.pieces or max(map(len, receiver.pieces)) <= 65536


@pytest.mark.parametrize("step", [0, 1])
def test_what_is_not_compressed_fails(step: int) -> None:
    response, receiver, wire = decoded(b"not gzip at all", b"Content-Encoding: gzip", step=step)

    assert receiver.body == b"" and isinstance(receiver.why, ResponseFailed)
    assert isinstance(receiver.why.reasons[0].value, zlib.error)
    assert receiver.why.response is response
    assert wire.line.transport.aborted and wire.pool._connections == {}


@pytest.mark.parametrize("step", [0, 100])
def test_a_bomb_is_cut_off(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GzipDecoder, "maxUnpacked", 200_000)
    monkeypatch.setattr(GzipDecoder, "maxRatio", 100)
    bomb = gzip.compress(b"\0" * 3_000_000)
    assert 100 * len(bomb) < 3_000_000

    _, receiver, _ = decoded(bomb, b"Content-Encoding: gzip", step=step)

    assert isinstance(receiver.why, ResponseFailed)
    why: Any = receiver.why.reasons[0].value
    assert isinstance(why, DecompressionBomb)
    assert 200_000 < why.unpacked <= 100 * why.received + 65536 or why.unpacked <= 200_000 + 65536
    assert len(receiver.body) < why.unpacked
    assert str(why) == f"{why.received} compressed bytes unpacked to more than {why.unpacked} bytes"


def test_what_unpacks_to_much_but_not_too_much_is_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GzipDecoder, "maxUnpacked", 3_000_000)
    _, receiver, _ = decoded(gzip.compress(b"\0" * 3_000_000), b"Content-Encoding: gzip")
    assert len(receiver.body) == 3_000_000
    monkeypatch.setattr(GzipDecoder, "maxUnpacked", 0)
    monkeypatch.setattr(GzipDecoder, "maxRatio", 2000)
    _, receiver, _ = decoded(gzip.compress(b"\0" * 3_000_000), b"Content-Encoding: gzip")
    assert len(receiver.body) == 3_000_000


def test_the_usual_limits_of_unpacking() -> None:
    assert (GzipDecoder.maxUnpacked, GzipDecoder.maxRatio) == (32 * 1024 * 1024, 200)


def test_a_body_that_is_cut_off_is_told_to_be() -> None:
    protocol: Any = _GzipProtocol(receiver := Receiver(), None)
    protocol.makeConnection(Transport())
    protocol.dataReceived(HELLO[:20])
    protocol.connectionLost(Failure(ResponseFailed([])))

    assert isinstance(receiver.why, ResponseFailed) and receiver.made == 1


@given(st.lists(st.binary(max_size=60), max_size=4), st.lists(st.integers(1, 30), max_size=20))
def test_any_cut_of_any_members_unpacks_alike(members: list[bytes], sizes: list[int]) -> None:
    data = b"".join(gzip.compress(member) for member in members)
    protocol: Any = _GzipProtocol(receiver := Receiver(), None)
    protocol.makeConnection(Transport())
    at = 0
    for size in [*sizes, len(data)]:
        if data[at : at + size]:
            protocol.dataReceived(data[at : at + size])
        at += size
    protocol.connectionLost(Failure(ResponseDone()))

    assert receiver.body == b"".join(members)
    assert isinstance(receiver.why, ResponseDone)


# Whole bodies


@pytest.mark.parametrize("step", [0, 1])
def test_a_whole_body_is_read(step: int) -> None:
    wire = Wire()
    read = wire.get().addCallback(readBody)
    wire.line.receive(answer(b"hello"), step)

    assert outcome(read) == b"hello"


def test_a_body_is_read_long_after_it_came() -> None:
    wire = Wire()
    asked = wire.get()
    wire.line.receive(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    response = outcome(asked)
    wire.line.lose()

    assert outcome(readBody(response)) == b"abc"
    with pytest.raises(RuntimeError, match="Response already finished"):
        readBody(response)


def test_an_empty_body_is_read() -> None:
    wire = Wire()
    asked = wire.get()
    wire.line.receive(answer())

    assert outcome(readBody(outcome(asked))) == b""


def test_a_body_that_may_be_cut_short_is_an_error_that_has_it() -> None:
    wire = Wire()
    read = wire.get().addCallback(readBody)
    wire.line.receive(OK + b"\r\nhel")
    wire.line.receive(b"lo")
    wire.line.lose()

    error = outcome(read)
    assert isinstance(error, PartialDownloadError)
    assert (error.status, error.message, error.response, str(error)) == (b"200", b"OK", b"hello", "200 OK")


def test_a_body_that_is_cut_short_is_an_error() -> None:
    wire = Wire()
    read = wire.get().addCallback(readBody)
    wire.line.receive(answer(b"hello")[:-1])
    wire.line.lose()

    assert reasons(outcome(read)) == ["ConnectionDone", "_DataLoss"]


def test_who_does_not_want_a_body_any_more_ends_the_connection() -> None:
    wire = Wire()
    asked = wire.get()
    wire.line.receive(answer(b"hello")[:-1])
    read = readBody(outcome(asked))

    read.cancel()

    assert wire.line.transport.aborted
    assert isinstance(outcome(read), CancelledError)
    wire.line.lose()


def test_a_transport_that_cannot_be_cut_is_complained_of() -> None:
    class Plain:
        code, phrase = 200, b"OK"

        def deliverBody(self, protocol: Any) -> None:
            protocol.makeConnection(object())
            self.protocol = protocol

    plain: Any = Plain()
    with pytest.warns(
        DeprecationWarning, match="Using readBody with a transport that does not have an abortConnection method"
    ) as seen:
        read = readBody(plain)
    assert seen[0].filename == __file__
    read.cancel()
    assert isinstance(outcome(read), CancelledError)


# Files


class Steps:
    """Work in small steps, taken when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []
        self.cooperate = Cooperator(lambda: lambda: True, self.schedule).cooperate

    def schedule(self, step: Any) -> Any:
        self.waiting.append(step)
        steps = self

        class Call:
            def cancel(self) -> None:
                steps.waiting.remove(step)

        return Call()

    def take(self, count: int = 1) -> None:
        for _ in range(count):
            if self.waiting:
                self.waiting.pop(0)()


@pytest.fixture
def steps() -> Steps:
    return Steps()


def test_a_file_is_sent_from_where_it_stands_and_closed(steps: Steps) -> None:
    file = BytesIO(b"hello world")
    file.seek(2)
    producer = FileBodyProducer(file, steps, 4)
    assert IBodyProducer.providedBy(producer)
    assert producer.length == 9 and file.tell() == 2
    assert producer._inputFile is file
    transport = StringTransport()
    done = producer.startProducing(transport)

    for sent in (b"llo ", b"llo worl", b"llo world"):
        steps.take()
        assert transport.value() == sent and not done.called and not file.closed
    steps.take()

    assert done.called and outcome(done) is None and file.closed
    assert steps.waiting == []
    producer.stopProducing()
    producer.pauseProducing()
    producer.resumeProducing()


def test_files_that_cannot_tell_their_length(steps: Steps) -> None:
    class Pipe:
        def read(self, size: int) -> bytes:
            return b""

    class Stuck(BytesIO):
        def seek(self, *_: Any) -> int:
            raise OSError("a pipe")

    assert FileBodyProducer(Pipe()).length == UNKNOWN_LENGTH
    assert FileBodyProducer(Stuck(b"x")).length == UNKNOWN_LENGTH


def test_sending_a_file_can_be_paused(steps: Steps) -> None:
    producer = FileBodyProducer(BytesIO(b"hello world"), steps, 4)
    transport = StringTransport()
    producer.startProducing(transport)
    steps.take()
    producer.pauseProducing()
    steps.take(3)
    assert transport.value() == b"hell"
    producer.resumeProducing()
    steps.take()

    assert transport.value() == b"hello wo"


def test_sending_a_file_can_be_stopped(steps: Steps) -> None:
    file = BytesIO(b"hello world")
    producer = FileBodyProducer(file, steps, 4)
    done = producer.startProducing(StringTransport())
    steps.take()
    producer.stopProducing()
    steps.take(3)

    assert file.closed and steps.waiting == []
    assert outcome(done) is None


def test_sending_a_file_can_be_stopped_before_it_begins() -> None:
    file = BytesIO(b"hello world")
    FileBodyProducer(file).stopProducing()

    assert file.closed


def test_a_file_that_cannot_be_read(steps: Steps) -> None:
    class Bad(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("scratched")

    file = Bad(b"abc")
    done = FileBodyProducer(file, steps).startProducing(StringTransport())
    steps.take()

    assert str(outcome(done)) == "scratched" and file.closed


def test_files_are_read_in_pieces_of_a_usual_size() -> None:
    assert FileBodyProducer(BytesIO())._readSize == 65536
