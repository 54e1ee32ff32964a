"""Resources and the pages that say what went wrong; stand-ins for requests."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, ISSLTransport
from twisted.python.failure import Failure
from twisted.web import pages, resource, server
from twisted.web.error import UnsupportedMethod
from twisted.web.http_headers import Headers
from twisted.web.resource import IResource, Resource, getChildForRequest
from twisted.web.server import NOT_DONE_YET
from twisted.web.test._util import _render
from twisted.web.test.requesthelper import DummyChannel, DummyRequest, NullAddress


def asked(method: bytes = b"GET", *postpath: bytes) -> Any:
    request = DummyRequest(list(postpath))
    request.method = method
    return request


class Thing(Resource):
    def render_GET(self, request: Any) -> bytes:
        return b"got"

    def render_PUT(self, request: Any) -> bytes:
        return b"put"


# The tree


def test_a_path_is_followed_to_a_leaf() -> None:
    root, middle, leaf = Resource(), Resource(), Thing()
    root.putChild(b"a", middle)
    middle.putChild(b"b", leaf)
    leaf.isLeaf = True
    request = asked(b"GET", b"a", b"b", b"c")

    assert getChildForRequest(root, request) is leaf
    assert (request.prepath, request.postpath) == ([b"a", b"b"], [b"c"])
    with pytest.warns(DeprecationWarning, match="module level getChildForRequest") as caught:
        assert root.getChildForRequest(asked(b"GET", b"a")) is middle
    assert caught[0].filename == __file__


def test_a_child_is_asked_for_with_its_name_and_the_request() -> None:
    seen: list[Any] = []

    class Dynamic(Resource):
        def getChild(self, path: bytes, request: Any) -> Any:
            seen.append((path, request))
            return self

    root = Dynamic()
    root.putChild(b"known", thing := Thing())
    request = asked()

    assert root.getChildWithDefault(b"other", request) is root
    assert root.getChildWithDefault(b"known", request) is thing
    assert seen == [(b"other", request)]


def test_a_child_of_no_name_is_not_found() -> None:
    child = Resource().getChild(b"x", asked())
    request = asked()

    assert isinstance(child, resource.NoResource)
    assert b"404 - No Such Resource" in child.render(request)
    assert request.responseCode == 404


def test_children_are_listed_put_and_removed() -> None:
    root, thing = Resource(), Thing()
    root.server = object()
    root.putChild(b"a", thing)
    assert thing.server is root.server
    root.reallyPutEntity(b"b", 3)

    assert root.children == {b"a": thing, b"b": 3}
    assert root.listStaticNames() == root.listNames() == [b"a", b"b"]
    assert root.listStaticEntities() == root.listEntities() == [(b"a", thing), (b"b", 3)]
    assert root.listDynamicNames() == [] == root.listDynamicEntities()
    assert root.getStaticEntity(b"a") is thing and root.getStaticEntity(b"x") is None
    assert root.getDynamicEntity(b"a", asked()) is None
    assert isinstance(root.getDynamicEntity(b"x", asked()), resource.NoResource)
    root.delEntity(b"b")
    assert list(root.children) == [b"a"]
    with pytest.raises(KeyError):
        root.delEntity(b"b")
    with pytest.raises(TypeError, match="Path segment must be bytes, but 'a' is"):
        root.putChild("a", thing)  # type: ignore[arg-type]
    assert verifyObject(IResource, root)
    assert Resource.entityType is IResource and root.isLeaf == 0


# Rendering


def test_the_method_of_the_request_is_called() -> None:
    assert Thing().render(asked(b"GET")) == b"got"
    assert Thing().render(asked(b"PUT")) == b"put"
    assert Thing().render(asked(b"HEAD")) == b"got"


@pytest.mark.parametrize("method", [b"DELETE", b"\xff", b"GET/", b""])
def test_a_method_that_is_not_there_is_refused_with_those_that_are(method: bytes) -> None:
    with pytest.raises(UnsupportedMethod) as caught:
        Thing().render(asked(method))
    assert caught.value.allowedMethods == [b"HEAD", b"GET", b"PUT"]


def test_the_head_of_what_cannot_be_got_is_refused() -> None:
    class Inbox(Resource):
        """Is posted to."""

        def render_POST(self, request: Any) -> bytes:
            return b"taken"

    with pytest.raises(UnsupportedMethod) as caught:
        Inbox().render(asked(b"HEAD"))
    assert caught.value.allowedMethods == [b"POST"]


def test_a_resource_may_say_which_methods_it_allows() -> None:
    thing = Thing()
    thing.allowedMethods = (b"GET",)

    with pytest.raises(UnsupportedMethod) as caught:
        thing.render(asked(b"DELETE"))
    assert caught.value.allowedMethods == (b"GET",)


# Pages


@pytest.mark.parametrize(
    ("page", "code", "texts"),
    [
        (pages.errorPage(418, "a <b>", "c & d"), 418, (b"<title>418 - a &lt;b&gt;</title>", b"<p>c &amp; d</p>")),
        (pages.notFound(), 404, (b"<h1>No Such Resource</h1>", b"<p>Sorry. No luck finding that resource.</p>")),
        (pages.notFound("a", "b"), 404, (b"<h1>a</h1>", b"<p>b</p>")),
        (pages.forbidden(), 403, (b"<h1>Forbidden Resource</h1>", b"<p>Sorry, resource is forbidden.</p>")),
        (pages.forbidden("é", message="<i>"), 403, ("<h1>é</h1>".encode(), b"<p>&lt;i&gt;</p>")),
    ],
)
def test_a_page_says_what_went_wrong(page: Any, code: int, texts: tuple[bytes, ...]) -> None:
    request = asked(b"ANY")
    body = page.render(request)

    assert all(text in body for text in texts)
    assert request.responseCode == code
    assert request.responseHeaders == Headers({b"content-type": [b"text/html; charset=utf-8"]})
    assert page.getChildWithDefault(b"below", request) is page
    assert verifyObject(IResource, page)


@pytest.mark.parametrize(
    ("make", "replacement", "code", "brief"),
    [
        (lambda: resource.ErrorPage(400, "a<", "d"), "errorPage", 400, "a<"),
        (lambda: resource.NoResource("d"), "notFound", 404, "No Such Resource"),
        (lambda: resource.ForbiddenResource("d"), "forbidden", 403, "Forbidden Resource"),
    ],
)
def test_old_pages_escape_nothing_and_say_so(make: Any, replacement: str, code: int, brief: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"please use twisted.web.pages.{replacement} instead") as caught:
        page = make()
    assert caught[0].filename == __file__
    request = asked()

    assert (page.code, page.brief, page.detail) == (code, brief, "d")
    body = page.render(request).decode()
    assert f"<title>{code} - {brief}</title>" in body and "<p>d</p>" in body
    assert request.responseCode == code
    assert request.responseHeaders.getRawHeaders("content-type") == ["text/html; charset=utf-8"]
    assert page.getChild(b"x", request) is page


def test_old_pages_have_their_usual_texts() -> None:
    with pytest.warns(DeprecationWarning):
        assert resource.NoResource().detail == "Sorry. No luck finding that resource."
    with pytest.warns(DeprecationWarning):
        assert resource.ForbiddenResource().detail == "Sorry, resource is forbidden."


def test_a_wrapped_resource_is_the_resource() -> None:
    thing: Any = Thing()
    wrapper: Any = resource.EncodingResourceWrapper(thing, [])
    wrapper.isLeaf = True
    wrapper.server = 3

    assert (thing.isLeaf, thing.server, wrapper.isLeaf, wrapper.server) == (True, 3, True, 3)
    assert wrapper.original is thing
    assert wrapper.render(asked()) == b"got"
    wrapper.putChild(b"a", child := Thing())
    assert wrapper.getChildWithDefault(b"a", asked()) is child
    assert verifyObject(IResource, wrapper) and verifyObject(resource._IEncodingResource, wrapper)


# Stand-ins


def test_a_stand_in_for_a_request_keeps_what_is_done_to_it() -> None:
    request: Any = DummyRequest([b"a"], session="session", client=IPv4Address("TCP", "1.2.3.4", 5))
    request.requestHeaders.setRawHeaders(b"x", [b"1", b"2"])
    request.addArg(b"a", b"b")
    request.setHeader(b"y", b"z")
    request.setResponseCode(201, b"Made")
    request.setETag(b"e")
    request.setLastModified(3)
    request.write(b"body")

    assert (request.method, request.uri, request.postpath, request.prepath) == (b"GET", b"http://dummy/", [b"a"], [])
    assert (request.getHeader(b"x"), request.getHeader("X"), request.getHeader(b"n")) == (b"1", "1", None)
    assert request.getAllHeaders() == {b"x": b"2"}
    assert request.args == {b"a": [b"b"]} and request.written == [b"body"]
    assert request.responseHeaders == Headers({b"y": [b"z"]})
    assert (request.responseCode, request.responseMessage) == (201, b"Made")
    assert (request.session, request.getSession(), request.session) == (None, "session", "session")
    assert request.getClientIP() == "1.2.3.4" and request.getClientAddress().port == 5
    assert request.getHost() == IPv4Address("TCP", "127.0.0.1", 80)
    assert (request.getRequestHostname(), request.isSecure()) == (b"dummy", False)
    request.setHost(b"other", 80)
    assert request.getRequestHostname() == b"other"


def test_a_stand_in_refuses_what_a_request_refuses() -> None:
    request = DummyRequest([])
    with pytest.raises(TypeError, match="only accepts bytes"):
        request.write("text")  # type: ignore[arg-type]
    request.write(b"x")
    late: Any
    for late in (lambda: request.setResponseCode(1), lambda: request.setETag(b""), lambda: request.setLastModified(1)):
        with pytest.raises(AssertionError, match="after data has been written"):
            late()


def test_a_stand_in_tells_when_it_is_finished_or_failed() -> None:
    told: list[Any] = []
    request = DummyRequest([])
    request.notifyFinish().addCallback(told.append)
    request.finish()
    request.finish()
    assert told == [None] and request.finished == 2
    failed = DummyRequest([])
    failed.notifyFinish().addErrback(told.append)
    failed.processingFailed(reason := Failure(ValueError()))
    assert told[1] is reason


def test_a_stand_in_has_a_session_and_nobody_as_its_client() -> None:
    request = DummyRequest([])

    assert isinstance(request.getSession(), server.Session) and request.getSession() is request.session
    assert isinstance(request.getClientAddress(), NullAddress) and IAddress.providedBy(NullAddress())
    assert request.getClientIP() is None


def test_a_stand_in_asks_a_producer_until_it_has_enough() -> None:
    request = DummyRequest([])

    class Producer:
        count = 0

        def resumeProducing(self) -> None:
            self.count += 1
            if self.count == 3:
                request.unregisterProducer()

    producer = Producer()
    request.registerProducer(producer, False)
    assert producer.count == 3


def test_a_stand_in_renders_and_redirects() -> None:
    class Later(Resource):
        def render(self, request: Any) -> int:
            return NOT_DONE_YET

    request = DummyRequest([])
    request.render(Later())
    assert (request.written, request.finished) == ([], 0)
    request.render(Thing())
    assert (request.written, request.finished) == ([b"got"], 1)
    sent = DummyRequest([])
    sent.redirect(b"http://x/")
    assert sent.responseCode == 302 and sent.responseHeaders.getRawHeaders(b"location") == [b"http://x/"]


def test_a_stand_in_for_a_channel_keeps_what_is_written() -> None:
    channel: Any = DummyChannel("peer")
    channel.writeHeaders(b"HTTP/1.1", b"200", b"OK", [(b"a", b"b")])
    channel.writeHeaders(b"HTTP/1.1", b"404", b"No", Headers({b"c": [b"d", b"e"]}))
    channel.write(b"x")
    channel.writeSequence([b"y", b"z"])

    assert channel.transport.written.getvalue() == (
        b"HTTP/1.1 200 OK\r\na: b\r\n\r\nHTTP/1.1 404 No\r\nC: d\r\nC: e\r\n\r\nxyz"
    )
    assert channel.getPeer() == "peer" and channel.getHost() == IPv4Address("TCP", "10.0.0.1", 80)
    assert DummyChannel().getPeer() == IPv4Address("TCP", "192.168.1.1", 12344)
    assert channel.isSecure() is False
    channel.registerProducer("producer", True)
    channel.unregisterProducer()
    assert channel.transport.producers == [("producer", True)]
    assert not channel.transport.disconnected
    channel.loseConnection()
    assert channel.transport.disconnected
    with pytest.raises(TypeError, match="Can only write bytes to a transport, not 'x'"):
        channel.write("x")


def test_a_stand_in_for_a_secure_channel_says_so() -> None:
    channel: Any = DummyChannel()
    channel.transport = DummyChannel.SSL()

    assert channel.isSecure() is True
    assert verifyObject(ISSLTransport, channel.transport)
    for thing in (channel, channel.transport):
        assert thing.getPeerCertificate() is thing.getTcpKeepAlive() is thing.getTcpNoDelay() is None
        assert thing.loseWriteConnection() is thing.abortConnection() is None
    assert channel.transport.setTcpKeepAlive(True) is channel.transport.setTcpNoDelay(True) is None
    assert channel.setTcpKeepAlive() is channel.setTcpNoDelay() is channel.endRequest() is None
    assert channel.requestDone(None) is None


def test_a_resource_is_rendered_for_a_test() -> None:
    def outcome(result: Any, finished: bool = False) -> tuple[DummyRequest, list[Any]]:
        class Odd(Resource):
            def render(self, request: Any) -> Any:
                if finished:
                    request.finish()
                return result

        request = DummyRequest([])
        done: list[Any] = []
        rendering: Deferred[None] = _render(Odd(), request)
        rendering.addCallback(done.append)
        return request, done

    request, done = outcome(b"body")
    assert (request.written, request.finished, done) == ([b"body"], 1, [None])
    request, done = outcome(NOT_DONE_YET)
    assert done == []
    request.finish()
    assert done == [None]
    assert outcome(NOT_DONE_YET, finished=True)[1] == [None]
    with pytest.raises(ValueError, match="Unexpected return value: 'text'"):
        outcome("text")
