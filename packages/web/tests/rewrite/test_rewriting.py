"""
One path stands for another.
"""

from __future__ import annotations

from typing import Any

import pytest

from twisted.web.resource import Resource
from twisted.web.rewrite import RewriterResource, alias, tildeToUsers
from twisted.web.test.requesthelper import DummyRequest


def a_request(*segments: bytes, behind: tuple[bytes, ...] = ()) -> Any:
    request: Any = DummyRequest(list(segments))
    request.prepath = list(behind)
    request.path = b"/" + b"/".join([*behind, *segments])
    return request


def test_a_tilde_stands_for_the_folder_of_users() -> None:
    request = a_request(b"~ann", b"x")

    tildeToUsers(request)

    assert request.postpath == [b"users", b"ann", b"x"]
    assert request.path == b"/users/ann/x"


@pytest.mark.parametrize("segments", [(), (b"ann",), (b"x", b"~ann")])
def test_other_paths_are_left_alone(segments: tuple[bytes, ...]) -> None:
    request = a_request(*segments)
    before = request.path

    tildeToUsers(request)

    assert (request.postpath, request.path) == (list(segments), before)


@pytest.mark.parametrize(
    ("asked", "meant"), [(b"/a/b", b"/c"), ("a/b/", "c/"), ("/a/b", b"c")], ids=["bytes", "text", "both"]
)
def test_an_alias_replaces_the_beginning(asked: Any, meant: Any) -> None:
    request = a_request(b"a", b"b", b"d", behind=(b"p",))

    alias(asked, meant)(request)

    assert request.postpath == [b"c", b"d"]
    assert request.path == b"/p/c/d"


@pytest.mark.parametrize("segments", [(b"a",), (b"a", b"c"), (b"x", b"a", b"b"), ()])
def test_an_alias_leaves_what_begins_otherwise(segments: tuple[bytes, ...]) -> None:
    request = a_request(*segments)
    before = request.path

    alias("/a/b", "/c")(request)

    assert (request.postpath, request.path) == (list(segments), before)


def test_rules_are_applied_in_turn_before_the_path_is_followed() -> None:
    root, users, ann = Resource(), Resource(), Resource()
    root.putChild(b"users", users)
    users.putChild(b"ann", ann)
    request = a_request(b"home")
    rewriter = RewriterResource(root, alias("/home", "/~ann"), tildeToUsers)
    request.prepath.append(request.postpath.pop(0))

    assert rewriter.getChildWithDefault(b"home", request) is ann
    assert (request.prepath, request.postpath) == ([b"users", b"ann"], [])


def test_a_segment_that_nobody_moved_is_followed_too() -> None:
    root, child = Resource(), Resource()
    root.putChild(b"a", child)
    request = a_request()

    assert RewriterResource(root).getChild(b"a", request) is child


def test_the_root_is_rewritten_and_answers() -> None:
    seen: list[object] = []

    class Root(Resource):
        def render_GET(self, request: Any) -> bytes:
            seen.append("rendered")
            return b"root"

    request = a_request()

    assert RewriterResource(Root(), seen.append).render(request) == b"root"
    assert seen == [request, "rendered"]
