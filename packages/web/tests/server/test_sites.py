"""Sites: finding resources, rendering them, and what goes wrong."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from zope.interface import Interface, implementer
from zope.interface.verify import verifyObject

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IConsumer, IProtocolNegotiationFactory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher
from twisted.python.components import registerAdapter
from twisted.python.failure import Failure
from twisted.web import http, iweb, server
from twisted.web.error import UnsupportedMethod
from twisted.web.resource import EncodingResourceWrapper, Resource
from twisted.web.server import NOT_DONE_YET, GzipEncoderFactory, Request, Session, Site
from twisted.web.test.requesthelper import DummyChannel, DummyRequest

PROCESSING_FAILED = b"<html><head><title>Processing Failed</title></head><body><b>Processing Failed</b></body></html>"


class Page(Resource):
    """Renders what it is made with: bytes, a function of the request, anything."""

    isLeaf = True

    def __init__(self, content: Any = b"page") -> None:
        super().__init__()
        self.content = content

    def render_GET(self, request: Any) -> Any:
        return self.content(request) if callable(self.content) else self.content

    render_POST = render_GET


class Tree(Resource):
    def getChild(self, path: bytes, request: Any) -> Resource:
        return self

    def render_GET(self, request: Any) -> bytes:
        return b"%r %r" % (request.prepath, request.postpath)


class Visit:
    """A client of a site."""

    def __init__(self, root: Any = None, site: Any = None, secure: bool = False, **words: Any) -> None:
        self.clock = Clock()
        self.site = site or Site(root if root is not None else Page(), reactor=self.clock, **words)
        self.transport = StringTransport()
        self.protocol = self.site.buildProtocol(None)
        self.channel = self.protocol._channel
        self.protocol.makeConnection(self.transport)
        self.channel._secure = secure

    def say(self, data: bytes) -> bytes:
        self.protocol.dataReceived(data)
        return self.heard()

    def heard(self) -> bytes:
        data = self.transport.value()
        self.transport.clear()
        return re.sub(rb"Date: [^\r]*", b"Date: now", data)

    def ask(self, target: bytes = b"/", method: bytes = b"GET", more: bytes = b"", body: bytes = b"") -> bytes:
        if body:
            more += b"Content-Length: %d\r\n" % len(body)
        return self.say(b"%b %b HTTP/1.1\r\nHost: h\r\n%b\r\n%b" % (method, target, more, body))


def body_of(response: bytes) -> bytes:
    return response.partition(b"\r\n\r\n")[2]


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    events: Any = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


def failures(events: list[Any]) -> list[BaseException]:
    return [event["log_failure"].value for event in events if "log_failure" in event]


# Rendering


def test_a_page_is_sent_with_its_length_and_the_usual_fields() -> None:
    assert Visit().ask() == (
        b"HTTP/1.1 200 OK\r\nServer: TwistedWeb/26.10.0\r\nDate: Date: now\r\n".replace(b"Date: Date", b"Date")
        + b"Content-Length: 4\r\nContent-Type: text/html\r\n\r\npage"
    )


def test_what_a_page_says_it_is_stays() -> None:
    def plain(request: Any) -> bytes:
        request.setHeader("content-type", "text/plain")
        return b"x"

    assert b"Content-Type: text/plain\r\n" in Visit(Page(plain)).ask()


@pytest.mark.parametrize(("method", "length"), [(b"GET", b"0"), (b"HEAD", b"0")])
def test_an_empty_page_says_nothing_of_its_kind(method: bytes, length: bytes) -> None:
    response = Visit(Page(b"")).ask(method=method)

    assert b"Content-Length: 0\r\n" in response and b"Content-Type" not in response


def test_no_kind_is_said_where_there_is_none() -> None:
    class Bare(Request):
        defaultContentType = None

    assert b"Content-Type" not in Visit(requestFactory=Bare).ask()
    assert b"Content-Type" not in Visit(Page(lambda request: request.setResponseCode(304) or b"x")).ask()


def test_a_response_may_come_later() -> None:
    kept: Any = []
    visit = Visit(Page(lambda request: kept.append(request) or NOT_DONE_YET))
    assert visit.ask() == b""
    kept[0].write(b"la")
    kept[0].write(b"ter")
    kept[0].finish()

    assert body_of(visit.heard()) == b"2\r\nla\r\n3\r\nter\r\n0\r\n\r\n"


def test_HEAD_is_GET_without_the_body() -> None:
    response = Visit().ask(method=b"HEAD")

    assert b"Content-Length: 4\r\n" in response and body_of(response) == b""


def test_HEAD_of_what_has_a_length_of_its_own_keeps_it() -> None:
    class Headed(Page):
        def render_HEAD(self, request: Any) -> bytes:
            request.setHeader(b"content-length", b"1000")
            return b""

    assert b"Content-Length: 1000\r\n" in Visit(Headed()).ask(method=b"HEAD")


@pytest.mark.parametrize("later", [False, True])
def test_HEAD_of_what_knows_only_GET_is_GET_without_the_body(later: bool) -> None:
    seen: list[bytes] = []

    class Only(Resource):
        isLeaf = True

        def render(self, request: Any) -> Any:
            seen.append(request.method)
            if request.method != b"GET":
                raise UnsupportedMethod((b"GET",))
            if later:
                request.write(b"body")
                request.finish()
                return NOT_DONE_YET
            return b"body"

    visit = Visit(Only())
    response = visit.ask(method=b"HEAD")

    assert seen == [b"HEAD", b"GET"]
    assert response.startswith(b"HTTP/1.1 200 OK\r\n") and b"body" not in response


def test_a_method_that_a_page_does_not_know_is_refused_with_those_it_knows() -> None:
    class Getter(Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> bytes:
            return b""

    response = Visit(Getter()).ask(method=b"POST")

    assert response.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
    assert b"Allow: HEAD, GET\r\n" in response
    assert b"Content-Length: %d\r\n" % len(body_of(response)) in response


def test_a_method_that_nobody_knows_is_refused_and_does_no_harm() -> None:
    response = Visit().ask(method=b"<FROB>".strip(b"<>"))
    assert response.startswith(b"HTTP/1.1 501 Not Implemented\r\n") and b"Allow" not in response
    assert b"I don't know how to treat a FROB request." in response


def test_methods_that_are_expected_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "supportedMethods", (b"FROB",))

    assert Visit().ask(method=b"FROB").startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize("content", ["text", None, 3.5, object()])
def test_a_page_that_gives_something_else_is_an_error(content: Any, logged: list[Any]) -> None:
    visit = Visit(Page(content))
    response = visit.ask()

    assert response.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"did not return bytes" in response and repr(content).encode() not in response
    assert any("neither bytes nor NOT_DONE_YET" in event["log_format"] for event in logged)
    visit.site.displayTracebacks = True
    assert b"value: " in visit.ask()


def test_a_page_that_fails_is_an_error_and_the_connection_goes_on(logged: list[Any]) -> None:
    def fail(request: Any) -> bytes:
        raise ZeroDivisionError("secret")

    visit = Visit(Page(fail))
    response = visit.ask()

    assert response.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert body_of(response) == PROCESSING_FAILED
    assert [str(error) for error in failures(logged)] == ["secret"]
    assert visit.ask().startswith(b"HTTP/1.1 500 ")


def test_a_page_that_fails_in_the_middle_cuts_the_connection(logged: list[Any]) -> None:
    def fail(request: Any) -> bytes:
        request.write(b"so far")
        raise ZeroDivisionError

    visit = Visit(Page(fail))
    response = visit.ask()

    assert body_of(response) == b"6\r\nso far\r\n"
    assert visit.transport.disconnecting


def test_a_page_that_fails_when_it_has_finished_is_only_logged(logged: list[Any]) -> None:
    def fail(request: Any) -> bytes:
        request.finish()
        raise ZeroDivisionError

    visit = Visit(Page(fail))

    assert visit.ask().endswith(b"0\r\n\r\n") and not visit.transport.disconnecting
    assert len(failures(logged)) == 1


def test_what_went_wrong_is_shown_on_request(logged: list[Any]) -> None:
    def fail(request: Any) -> bytes:
        raise ZeroDivisionError("<secret>")

    visit = Visit(Page(fail))
    visit.site.displayTracebacks = True
    response = visit.ask()

    assert b"ZeroDivisionError" in response and b"&lt;secret&gt;" in response
    assert b"Content-Length: %d\r\n" % len(body_of(response)) in response


def test_processingFailed_gives_its_reason_back(logged: list[Any]) -> None:
    request: Any = Request(DummyChannel())
    reason = Failure(ValueError())

    assert request.processingFailed(reason) is reason
    request._disconnected = True
    assert request.processingFailed(reason) is reason


# Coroutines


def test_a_coroutine_gives_the_page() -> None:
    waiting: Deferred[bytes] = Deferred()

    async def page(request: Any) -> bytes:
        return b"a " + await waiting

    visit = Visit(Page(page))
    assert visit.ask() == b""
    waiting.callback(b"page")
    response = visit.heard()

    assert b"Content-Length: 6\r\n" in response and body_of(response) == b"a page"


def test_a_coroutine_may_write_and_need_not_finish() -> None:
    async def page(request: Any) -> None:
        request.write(b"a")
        request.write(b"b")

    assert body_of(Visit(Page(page)).ask()) == b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n"


def test_a_coroutine_may_write_give_the_rest_or_finish_or_leave_it_open() -> None:
    kept: Any = []

    async def rest(request: Any) -> bytes:
        request.write(b"a")
        return b"b"

    async def finish(request: Any) -> None:
        request.finish()

    async def leave_open(request: Any) -> int:
        kept.append(request)
        return NOT_DONE_YET

    assert body_of(Visit(Page(rest)).ask()) == b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n"
    assert body_of(Visit(Page(finish)).ask()) == b"0\r\n\r\n"
    visit = Visit(Page(leave_open))
    assert visit.ask() == b""
    kept[0].finish()
    assert body_of(visit.heard()) == b"0\r\n\r\n"


def test_a_deferred_gives_the_page_too() -> None:
    waiting: Deferred[bytes] = Deferred()
    visit = Visit(Page(lambda request: waiting))
    assert visit.ask() == b""
    waiting.callback(b"page")

    assert body_of(visit.heard()) == b"page"


def test_HEAD_of_a_coroutine_has_its_length() -> None:
    async def page(request: Any) -> bytes:
        return b"page"

    response = Visit(Page(page)).ask(method=b"HEAD")

    assert b"Content-Length: 4\r\n" in response and body_of(response) == b""


def test_a_coroutine_that_fails_is_an_error(logged: list[Any]) -> None:
    async def fail(request: Any) -> bytes:
        raise ZeroDivisionError

    async def refuse(request: Any) -> bytes:
        raise UnsupportedMethod([b"PUT"])

    async def odd(request: Any) -> str:
        return "text"

    assert body_of(Visit(Page(fail)).ask()) == PROCESSING_FAILED
    assert [type(error) for error in failures(logged)] == [ZeroDivisionError]
    assert b"Allow: PUT\r\n" in Visit(Page(refuse)).ask()
    assert b"did not return bytes" in Visit(Page(odd)).ask()


def test_a_coroutine_is_cancelled_when_the_client_goes(logged: list[Any]) -> None:
    seen: list[type] = []

    async def page(request: Any) -> bytes:
        try:
            await Deferred()
        except CancelledError:
            seen.append(CancelledError)
            raise
        return b""

    visit = Visit(Page(page))
    visit.ask()
    visit.protocol.connectionLost(Failure(ConnectionLost()))

    assert seen == [CancelledError]
    assert failures(logged) == []


def test_a_coroutine_that_survives_its_client_is_not_sent_anywhere(logged: list[Any]) -> None:
    waiting: Deferred[None] = Deferred()

    async def page(request: Any) -> bytes:
        try:
            await Deferred()
        except CancelledError:
            await waiting
        return b"too late"

    visit = Visit(Page(page))
    visit.ask()
    visit.protocol.connectionLost(Failure(ConnectionLost()))
    waiting.callback(None)

    assert failures(logged) == [] and visit.heard() == b""


# Finding


@pytest.mark.parametrize(
    ("target", "found"),
    [
        (b"/", b"[b''] []"),
        (b"/a/b", b"[b'a', b'b'] []"),
        (b"/a%2Fb/c%20d/", b"[b'a/b', b'c d', b''] []"),
        (b"//a", b"[b'', b'a'] []"),
        (b"/..", b"[b'..'] []"),
        (b"http://b/a", b"[b'a'] []"),
    ],
)
def test_a_path_leads_through_the_tree(target: bytes, found: bytes) -> None:
    assert body_of(Visit(Tree()).ask(target)) == found


def test_a_leaf_gets_what_is_left() -> None:
    leaf = Page(lambda request: b"%r %r" % (request.prepath, request.postpath))
    root = Resource()
    root.putChild(b"leaf", leaf)

    assert body_of(Visit(root).ask(b"/leaf/a/b")) == b"[b'leaf'] [b'a', b'b']"


def test_what_is_not_there_is_not_found() -> None:
    assert Visit(Resource()).ask(b"/nowhere").startswith(b"HTTP/1.1 404 Not Found\r\n")


def test_a_tree_that_fails_is_an_error(logged: list[Any]) -> None:
    class Broken(Resource):
        def getChild(self, path: bytes, request: Any) -> Resource:
            raise ZeroDivisionError

    assert body_of(Visit(Broken()).ask(b"/a")) == PROCESSING_FAILED


def test_a_site_knows_its_requests_and_they_know_it() -> None:
    seen: Any = []
    root = Page(lambda request: seen.append(request) or b"")
    visit = Visit(root)
    visit.ask()

    assert seen[0].site is visit.site and seen[0].sitepath == []
    assert visit.site.resource is root
    assert visit.channel.site is visit.site and visit.channel.requestFactory is Request
    assert verifyObject(IProtocolNegotiationFactory, visit.site)
    assert (visit.site.isLeaf, visit.site.displayTracebacks, visit.site.counter) == (0, False, 0)


def test_the_server_as_a_whole_answers_for_itself() -> None:
    visit = Visit()

    assert visit.ask(b"*", b"OPTIONS") == (
        b"HTTP/1.1 200 OK\r\nServer: TwistedWeb/26.10.0\r\nDate: now\r\nContent-Length: 0\r\n\r\n"
    )
    request = Request(visit.channel)
    visit.channel.requests.append(request)
    request.requestReceived(b"GET", b"*", b"HTTP/1.1")
    assert visit.heard() == (
        b"HTTP/1.1 405 Method Not Allowed\r\nServer: TwistedWeb/26.10.0\r\nDate: now\r\n"
        b"Allow: OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )


def test_the_servers_name_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "version", b"Mine/1")

    assert b"Server: Mine/1\r\n" in Visit().ask()


def test_a_site_may_stand_in_a_tree_of_its_own() -> None:
    root = Resource()
    root.putChild(b"a", page := Page())
    site = Site(root, reactor=Clock())
    request: Any = DummyRequest([b"a"])

    assert site.getChildWithDefault(b"a", request) is page and request.site is site
    assert site.getResourceFor(request) is page and request.sitepath == []


def test_a_site_that_is_rendered_sends_the_client_on() -> None:
    request: Any = DummyRequest([])
    request.prePathURL = lambda: b"http://h/dir"
    Site(Resource(), reactor=Clock()).render(request)

    assert request.responseCode == 302 and request.finished == 1
    assert request.responseHeaders.getRawHeaders(b"location") == [b"http://h/dir/"]


def test_versions_to_agree_upon(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(Resource(), reactor=Clock())
    monkeypatch.setattr(http, "H2_ENABLED", True, raising=False)
    assert site.acceptableProtocols() == [b"h2", b"http/1.1"]
    monkeypatch.setattr(http, "H2_ENABLED", False)
    assert site.acceptableProtocols() == [b"http/1.1"]


def test_settings_of_the_factory_reach_it() -> None:
    site = Site(Resource(), None, "/tmp/x.log", 5, reactor=Clock())

    assert (site.logPath, site.timeOut, site.requestFactory) == ("/tmp/x.log", 5, Request)


@pytest.mark.parametrize(("words", "args"), [({}, {b"a": [b"1"]}), ({"parsePOSTFormSubmission": False}, {})])
def test_forms_are_the_sites_business(words: dict[str, bool], args: Any) -> None:
    seen: Any = []
    visit = Visit(Page(lambda request: seen.append(request.args) or b""), **words)
    visit.ask(method=b"POST", more=b"Content-Type: application/x-www-form-urlencoded\r\n", body=b"a=1")

    assert seen == [args]


def test_a_request_may_decide_about_forms_itself_and_needs_no_site() -> None:
    class Channel(DummyChannel):
        site = None  # type: ignore[assignment]

    assert Request(Channel())._parsePOSTFormSubmission is True
    assert Request(DummyChannel(), parsePOSTFormSubmission=False)._parsePOSTFormSubmission is False
    request = Request(DummyChannel())
    assert verifyObject(iweb.IRequest, request) and verifyObject(IConsumer, request)
    assert request.prepath is None and request.postpath is None and request.site is None


def test_a_site_may_say_where_bodies_are_kept() -> None:
    files: Any = []

    class Keeper(Site):
        def getContentFile(self, length: int | None) -> BytesIO:
            files.append((length, file := BytesIO()))
            return file

    visit = Visit(site=Keeper(Page(lambda request: request.content.read()), reactor=Clock()))

    assert body_of(visit.ask(method=b"POST", body=b"abc")) == b"abc"
    assert [length for length, _ in files] == [3]


# URLs


@pytest.mark.parametrize(
    ("host", "port", "secure", "url"),
    [
        (b"h", 80, False, b"http://h/a%2Fb/c%20d"),
        (b"h:81", 80, False, b"http://h/a%2Fb/c%20d"),
        (b"h", 8080, False, b"http://h:8080/a%2Fb/c%20d"),
        (b"h", 443, True, b"https://h/a%2Fb/c%20d"),
        (b"h", 443, False, b"http://h:443/a%2Fb/c%20d"),
        (b"h", 80, True, b"https://h:80/a%2Fb/c%20d"),
        (b"[::1]", 80, False, b"http://[::1]/a%2Fb/c%20d"),
        (b"[::1]:9", 81, False, b"http://[::1]:81/a%2Fb/c%20d"),
    ],
)
def test_the_url_that_led_here(host: bytes, port: int, secure: bool, url: bytes) -> None:
    channel = DummyChannel()
    if secure:
        channel.transport = DummyChannel.SSL()
    channel.transport.port = port
    request = Request(channel)
    request.requestHeaders.setRawHeaders(b"host", [host])
    request.prepath = [b"a/b", b"c d"]

    assert request.prePathURL() == url
    if b"[" not in url:
        assert str(request.URLPath()) == url.decode()
    assert request.getRootURL() is None
    request.rememberRootURL()
    assert request.getRootURL() == request.appRootURL == url[: -len(b"/c%20d")]


def test_an_address_without_a_port_has_none_in_its_url() -> None:
    from twisted.internet.address import UNIXAddress

    request = Request(DummyChannel())
    request.host = UNIXAddress(b"/s")
    request.requestHeaders.setRawHeaders(b"host", [b"h"])
    request.prepath = [b"a"]

    assert request.prePathURL() == b"http://h/a"


@pytest.mark.parametrize(
    ("prepath", "postpath", "sibling", "child"),
    [
        ([b""], [], b"x", b"x"),
        ([b"a"], [], b"x", b"a/x"),
        ([b"a", b""], [], b"x", b"x"),
        ([b"a", b"b"], [b"c"], b"../x", b"x"),
        ([b"a"], [b"b", b"c"], b"../../x", b"../x"),
        ([], [], b"x", b"x"),
    ],
)
def test_links(prepath: list[bytes], postpath: list[bytes], sibling: bytes, child: bytes) -> None:
    request = Request(DummyChannel())
    request.prepath, request.postpath = prepath, postpath

    assert (request.sibLink(b"x"), request.childLink(b"x")) == (sibling, child)


def test_quote_gives_bytes() -> None:
    assert server.quote("a b/c", safe="") == b"a%20b%2Fc"
    assert server.quote(b"a b/c") == b"a%20b/c"


# Sessions


class ICart(Interface):
    pass


@implementer(ICart)
class Cart:
    def __init__(self, session: Any) -> None:
        self.session = session


registerAdapter(Cart, Session, ICart)


def keep(request: Any) -> bytes:
    session = request.getSession()
    assert request.session is session
    assert request.getSession() is session
    uid: bytes = session.uid
    return uid


def test_a_client_is_recognised_by_its_cookie() -> None:
    visit = Visit(Page(keep))
    first = visit.ask()
    uid = body_of(first)
    assert b"Set-Cookie: TWISTED_SESSION=%b; Path=/\r\n" % uid in first
    assert re.fullmatch(rb"[0-9a-f]{64}", uid)
    second = visit.ask(more=b"Cookie: TWISTED_SESSION=%b\r\n" % uid)

    assert body_of(second) == uid and b"Set-Cookie" not in second
    assert list(visit.site.sessions) == [uid] and visit.site.counter == 1


@pytest.mark.parametrize("cookie", [b"", b"Cookie: TWISTED_SESSION=forged\r\n", b"Cookie: TWISTED_SESSION=\r\n"])
def test_a_client_that_is_not_known_gets_a_new_session(cookie: bytes) -> None:
    visit = Visit(Page(keep))
    uid = body_of(visit.ask())

    assert body_of(visit.ask(more=cookie)) not in (uid, b"forged")
    assert visit.site.counter == 2


def test_sessions_over_tls_are_others() -> None:
    def both(request: Any) -> bytes:
        secure = request.getSession()
        plain = request.getSession(forceNotSecure=True)
        assert request.session is secure is not plain
        assert request.getSession(forceNotSecure=True) is plain
        return b"%b %b" % (secure.uid, plain.uid)

    response = Visit(Page(both), secure=True).ask()
    secure, plain = body_of(response).split()

    assert b"Set-Cookie: TWISTED_SECURE_SESSION=%b; Path=/; Secure\r\n" % secure in response
    assert b"Set-Cookie: TWISTED_SESSION=%b; Path=/\r\n" % plain in response


def test_a_session_has_many_faces() -> None:
    seen: Any = []
    visit = Visit(Page(lambda request: seen.append(request.getSession(ICart)) or b""))
    visit.ask()
    (uid,) = visit.site.sessions
    visit.ask(more=b"Cookie: TWISTED_SESSION=%b\r\n" % uid)

    assert isinstance(seen[0], Cart) and seen[1] is seen[0]
    assert seen[0].session is visit.site.getSession(uid)


def test_a_session_is_forgotten_when_the_client_stays_away() -> None:
    visit = Visit(Page(keep))
    uid = body_of(visit.ask())
    session = visit.site.getSession(uid)
    expired: list[str] = []
    session.notifyOnExpire(lambda: expired.append("once"))
    visit.site.timeOut = None
    visit.clock.advance(899)
    assert session.lastModified == 0
    session.touch()
    assert session.lastModified == 899
    visit.clock.advance(899)
    assert expired == []
    visit.clock.advance(1)

    assert expired == ["once"] and visit.site.sessions == {}
    with pytest.raises(KeyError):
        visit.site.getSession(uid)


def test_a_session_may_be_ended() -> None:
    site = Site(Resource(), reactor=Clock())
    session = site.makeSession()
    expired: list[str] = []
    session.notifyOnExpire(lambda: expired.append("once"))
    session.expire()

    assert expired == ["once"] and session.expireCallbacks == []
    assert site.reactor.getDelayedCalls() == []
    with pytest.raises(KeyError):
        session.expire()
    session.touch()


def test_sessions_are_made_by_the_site() -> None:
    class Short(Session):
        sessionTimeout = 5

    clock = Clock()
    site = Site(Resource(), reactor=clock)
    site.sessionFactory = Short
    session = site.makeSession()
    assert (session.site, site.sessions) == (site, {session.uid: session})
    assert (session.expireCallbacks, session.sessionNamespaces) == ([], {})
    clock.advance(5)

    assert site.sessions == {}
    own = Clock()
    own.advance(3)
    assert Session(site, b"x", own).lastModified == 3


# Compression


ACCEPT = b"Accept-Encoding: gzip\r\n"


def gunzip(data: bytes) -> bytes:
    return zlib.decompress(data, 16 + zlib.MAX_WBITS)


def chunks(data: bytes) -> bytes:
    joined = b""
    while data:
        piece, data = http.fromChunk(data)
        joined += piece
    return joined


def compressed(content: Any) -> EncodingResourceWrapper:
    return EncodingResourceWrapper(Page(content), [GzipEncoderFactory()])


def test_a_page_is_compressed_for_who_understands_it() -> None:
    visit = Visit(compressed(b"page" * 100))
    response = visit.ask(more=ACCEPT)

    assert b"Content-Encoding: gzip\r\n" in response and b"Content-Length" not in response
    assert gunzip(chunks(body_of(response))) == b"page" * 100
    assert body_of(visit.ask()) == b"page" * 100


def test_pieces_are_compressed_together() -> None:
    def page(request: Any) -> int:
        request.write(b"page" * 1000)
        request.write(b"more" * 1000)
        request.finish()
        return NOT_DONE_YET

    body = chunks(body_of(Visit(compressed(page)).ask(more=ACCEPT)))

    assert gunzip(body) == b"page" * 1000 + b"more" * 1000 and len(body) < 1000


def test_nothing_is_compressed_too() -> None:
    def page(request: Any) -> int:
        request.finish()
        return NOT_DONE_YET

    assert gunzip(chunks(body_of(Visit(compressed(page)).ask(more=ACCEPT)))) == b""


@pytest.mark.parametrize("code", [200, 304])
def test_what_has_no_body_has_none_compressed(code: int) -> None:
    method = b"HEAD" if code == 200 else b"GET"
    response = Visit(compressed(lambda request: request.setResponseCode(code) or b"page")).ask(
        method=method, more=ACCEPT
    )

    assert body_of(response) == b"" and b"Content-Length" not in response


def test_a_lost_client_gets_no_more() -> None:
    kept: Any = []
    visit = Visit(compressed(lambda request: kept.append(request) or NOT_DONE_YET))
    visit.ask(more=ACCEPT)
    visit.protocol.connectionLost(Failure(ConnectionLost()))
    kept[0].write(b"x")

    with pytest.raises(RuntimeError, match="after its connection was lost"):
        kept[0].finish()


@pytest.mark.parametrize(
    ("accepted", "understood"),
    [
        (b"gzip", True),
        (b"deflate, GZip;q=1", True),
        (b"gzip;q=0.001", True),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000", False),
        (b"x-gzip", False),
        (b"*", False),
        (b"", False),
    ],
)
def test_who_understands_says_so(accepted: bytes, understood: bool) -> None:
    request: Any = DummyRequest([])
    request.requestHeaders.setRawHeaders(b"accept-encoding", [accepted])
    encoder = GzipEncoderFactory().encoderForRequest(request)

    assert (encoder is not None) is understood
    assert request.responseHeaders.hasHeader(b"content-encoding") is understood
    assert encoder is None or verifyObject(iweb._IRequestEncoder, encoder)
    assert verifyObject(iweb._IRequestEncoderFactory, GzipEncoderFactory())


def test_encodings_add_up_and_have_a_level() -> None:
    request: Any = DummyRequest([])
    request.requestHeaders.setRawHeaders(b"accept-encoding", [b"gzip"])
    request.responseHeaders.setRawHeaders(b"content-encoding", [b"own"])
    factory = GzipEncoderFactory()
    assert factory.compressLevel == 9
    factory.compressLevel = 0
    encoder: Any = factory.encoderForRequest(request)
    request.startedWriting = 1

    assert request.responseHeaders.getRawHeaders(b"content-encoding") == [b"own,gzip"]
    stored = encoder.encode(b"page" * 100) + encoder.finish()
    assert len(stored) > 400 and gunzip(stored) == b"page" * 100


def test_the_first_encoder_that_has_one_wins() -> None:
    class Never:
        def encoderForRequest(self, request: Any) -> None:
            return None

    class Always:
        def encoderForRequest(self, request: Any) -> Any:
            return self

    first, second = Always(), Always()
    wrapper = EncodingResourceWrapper(Page(), [Never(), first, second])  # type: ignore[list-item]

    assert wrapper.getEncoder(None) is first  # type: ignore[comparison-overlap]
    assert EncodingResourceWrapper(Page(), []).getEncoder(None) is None


# Bodies while they come


class Upload(Resource):
    isLeaf = True
    streamsBody = True

    async def render_POST(self, request: Any) -> bytes:
        sizes = [len(piece) async for piece in request.body]
        return b"%r" % sizes


def test_a_resource_reads_a_body_while_it_comes() -> None:
    site = Site(Upload(), reactor=Clock())
    site.streamsBodies = True
    visit = Visit(site=site)
    assert visit.say(b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab") == b""
    assert visit.say(b"c") == b""

    assert body_of(visit.say(b"de")) == b"[2, 1, 2]"


@pytest.mark.parametrize(("site_says", "resource_says"), [(False, True), (True, False)])
def test_both_have_to_ask(site_says: bool, resource_says: bool) -> None:
    class Whole(Resource):
        isLeaf = True
        streamsBody = resource_says

        def render_POST(self, request: Any) -> bytes:
            assert request.body is None
            content: bytes = request.content.read()
            return b"whole " + content

    site = Site(Whole(), reactor=Clock())
    site.streamsBodies = site_says

    assert body_of(Visit(site=site).ask(method=b"POST", body=b"abc")) == b"whole abc"


def test_a_tree_is_walked_once(logged: list[Any]) -> None:
    walked: list[bytes] = []

    class Walked(Resource):
        def getChild(self, path: bytes, request: Any) -> Any:
            walked.append(path)
            if path == b"broken":
                raise ZeroDivisionError
            return Page(lambda request: request.content.read() + request.args[b"q"][0])

    site = Site(Walked(), reactor=Clock())
    site.streamsBodies = True
    visit = Visit(site=site)

    assert body_of(visit.ask(b"/a?q=1", b"POST", body=b"abc")) == b"abc1"
    assert body_of(visit.ask(b"/broken", b"POST", body=b"abc")) == PROCESSING_FAILED
    assert visit.ask(b"*", b"OPTIONS", body=b"abc").startswith(b"HTTP/1.1 200 ")
    assert walked == [b"a", b"broken"]


# For another process


def test_another_process_may_write_a_response() -> None:
    kept: Any = []
    visit = Visit(Page(lambda request: kept.append(request) or NOT_DONE_YET))
    visit.ask(b"/a?b=c", b"POST", body=b"xyz")
    (request,) = kept
    state = request.getStateToCopyFor(None)
    assert state["content_data"] == b"xyz" and state["args"] == {b"b": [b"c"]} and state["remote"] is request
    assert not {"transport", "channel", "site", "content"} & set(state)

    request.view_setResponseCode(None, 201)
    request.view_setHeader(None, b"a", b"b")
    request.view_addCookie(None, b"c", b"d", path=b"/")
    assert request.view_setETag(None, b'"e"') is None and request.view_setLastModified(None, 5) is None
    assert (request.etag, request.lastModified) == (b'"e"', 5)
    calls: list[str] = []

    class Reference:
        def callRemote(self, name: str) -> None:
            calls.append(name)

    request.view_registerProducer(None, Reference(), True)
    visit.channel.pauseProducing()
    visit.channel.resumeProducing()
    visit.channel.stopProducing()
    assert calls == ["pauseProducing", "resumeProducing", "stopProducing"]
    request.view_unregisterProducer(None)
    request.view_write(None, b"body")
    request.view_finish(None)
    response = visit.heard()

    assert response.startswith(b"HTTP/1.1 201 Created\r\n") and b"A: b\r\n" in response
    assert b"Set-Cookie: c=d; Path=/\r\n" in response and body_of(response) == b"4\r\nbody\r\n0\r\n\r\n"


def test_a_request_is_handed_over_as_whoever_can_do_that_says() -> None:
    class Handed(Request):
        _view_of = staticmethod(lambda issuer, request: (issuer, request))

    request = Handed(DummyChannel())

    assert request.getStateToCopyFor("somebody")["remote"] == ("somebody", request)
    assert request.getStateToCopyFor(None)["content_data"] == b""
