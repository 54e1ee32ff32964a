"""
Sending a client elsewhere, having it wait, and showing failures.
"""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import Site
from twisted.web.static import Data
from twisted.web.template import TagLoader, flattenString, tags
from twisted.web.test.requesthelper import DummyRequest
from twisted.web.util import (
    _PRE,
    DeferredResource,
    FailureElement,
    ParentRedirect,
    Redirect,
    formatFailure,
    redirectTo,
)


def ask(root: Any, path: str) -> tuple[int, bytes, bytes]:
    transport = StringTransport()
    protocol: Any = Site(root, reactor=Clock()).buildProtocol(transport.getPeer())
    protocol.makeConnection(transport)
    protocol.dataReceived(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    head, _, body = transport.value().partition(b"\r\n\r\n")
    return int((head.split(b" ") + [b"0"] * 2)[1] or 0), head.partition(b"\r\nLocation: ")[2].split(b"\r\n")[0], body


@pytest.mark.parametrize(
    ("url", "location", "shown"),
    [
        (b"/a?b&c", b"/a?b&c", b"/a?b&amp;c"),
        (b'/"<x>', b'/"<x>', b"/&quot;&lt;x&gt;"),
        (b"/a\r\nSet-Cookie: x", b"/a Set-Cookie: x", b"/a Set-Cookie: x"),
        (b"/a\0b", b"/a b", b"/a b"),
        (b"/\xff", b"/\xff", b"/\\xff"),
        (b"/\xc3\xa4", b"/\xc3\xa4", b"/\xc3\xa4"),
        (b" javascript:x", b" javascript:x", b""),
        (b"data:,x", b"data:,x", b""),
        (b"http://[x", b"http://[x", b"http://[x"),
        (b"https://h/", b"https://h/", b"https://h/"),
    ],
)
def test_a_redirection_names_its_target_in_the_header_and_on_the_page(
    url: bytes, location: bytes, shown: bytes
) -> None:
    request: Any = DummyRequest([])

    page = redirectTo(url, request)

    assert request.responseCode == 302
    assert request.responseHeaders.getRawHeaders(b"location") == [location]
    assert request.responseHeaders.getRawHeaders(b"content-type") == [b"text/html; charset=utf-8"]
    assert b'<a href="%s">click here</a>' % shown in page
    assert b'<meta http-equiv="refresh" content="0;URL=%s">' % shown in page


def test_the_page_is_what_programs_compare_it_with() -> None:
    request: Any = DummyRequest([])

    assert redirectTo(b"/there", request).split(b"\n") == [
        b"",
        b"<html>",
        b"    <head>",
        b'        <meta http-equiv="refresh" content="0;URL=/there">',
        b"    </head>",
        b'    <body bgcolor="#FFFFFF" text="#000000">',
        b'    <a href="/there">click here</a>',
        b"    </body>",
        b"</html>",
        b"",
    ]


def test_targets_are_bytes() -> None:
    request: Any = DummyRequest([])

    with pytest.raises(TypeError, match="URL must be bytes, not str: '/a'"):
        redirectTo("/a", request)  # type: ignore[arg-type]  # the very mistake


@pytest.mark.parametrize("path", ["/", "/a/b"])
def test_redirect_is_for_whatever_is_below(path: str) -> None:
    root = Redirect(b"/there")

    assert ask(root, path)[:2] == (302, b"/there")
    assert root.getChild(b"x", None) is root
    assert root.isLeaf


@pytest.mark.parametrize(("path", "location"), [("/a/b?q", b"http://h:12345/a/"), ("/a/b/", b"http://h:12345/a/")])
def test_parent_redirect_leads_to_the_folder_that_it_is_in(path: str, location: bytes) -> None:
    root, folder = Resource(), Resource()
    root.putChild(b"a", folder)
    folder.putChild(b"b", ParentRedirect())

    assert ask(root, path)[:2] == (302, location)


def test_a_request_waits_for_its_resource() -> None:
    later: Deferred[Any] = Deferred()
    root = DeferredResource(later)
    transport = StringTransport()
    protocol: Any = Site(root, reactor=Clock()).buildProtocol(transport.getPeer())
    protocol.makeConnection(transport)
    protocol.dataReceived(b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
    assert transport.value() == b"" and root.isLeaf and root.getChild(b"x", None) is root

    found = Resource()
    found.putChild(b"a", Data(b"child", "text/plain"))
    later.callback(found)

    assert transport.value().startswith(b"HTTP/1.1 200 ") and transport.value().endswith(b"\r\n\r\nchild")


def test_a_resource_that_cannot_be_found_fails_the_request() -> None:
    request: Any = DummyRequest([])
    failed: list[Failure] = []
    request.processingFailed = failed.append
    later: Deferred[Any] = Deferred()
    DeferredResource(later).render(request)

    later.errback(ZeroDivisionError("no"))

    assert failed[0].check(ZeroDivisionError)


def test_a_resource_can_be_waited_for_again() -> None:
    later: Deferred[Any] = Deferred()
    root = DeferredResource(later)
    leaf = Data(b"x", "text/plain")
    leaf.isLeaf = True
    later.callback(leaf)

    assert [ask(root, "/")[2], ask(root, "/")[2]] == [b"x", b"x"]


# Failures


def a_failure() -> Failure:
    try:
        raise ValueError("<b> \xe9")
    except ValueError:
        return Failure()


def test_a_failure_is_shown_with_the_source_of_its_frames() -> None:
    page = formatFailure(a_failure())

    page.decode("ascii")
    assert page.count(b"<span>builtins.ValueError</span>: <span>&lt;b&gt; &#233;</span>") == 2
    assert b'<span class="function">a_failure</span>' in page
    assert b"test_redirects.py" in page
    line = a_failure.__code__.co_firstlineno + 2
    lines = [(number, b"%d</span>" % number) for number in (line - 1, line, line + 1)]
    assert all(shown in page for _, shown in lines)
    assert b'snippetHighlightLine"><span class="lineno">%d</span><code class="code">' % line in page
    assert b"%d</span>" % (line + 2) not in page and b"%d</span>" % (line - 2) not in page
    assert page.count(b'class="snippetHighlightLine"') == 1 and page.count(b'class="snippetLine"') == 2


def test_the_indentation_of_source_can_be_seen() -> None:
    assert b" &#160; &#160; &#160; &#160;raise ValueError" in formatFailure(a_failure())


def test_a_failure_may_have_another_template() -> None:
    element = FailureElement(a_failure(), TagLoader(tags.p(render="type")))
    made: list[Any] = []
    flattenString(None, element).addBoth(made.append)

    assert made == [b"<p>builtins.ValueError</p>"]
    assert element.failure.check(ValueError)


def test_text_as_it_is() -> None:
    assert _PRE("a<b>") == "<pre>a&lt;b&gt;</pre>"
