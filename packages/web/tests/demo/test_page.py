"""
The page that says that the server works.
"""

from __future__ import annotations

from typing import Any

import pytest

from twisted.web.demo import Test
from twisted.web.test.requesthelper import DummyRequest


@pytest.mark.parametrize("path", [[], [b"a", b"b"]])
def test_every_path_shows_the_page(path: list[bytes]) -> None:
    request: Any = DummyRequest(path)
    request.method = b"GET"

    page = Test()
    body = page.render(request)

    assert page.isLeaf
    assert body.startswith(b"<!DOCTYPE html>") and b"<h1>It works</h1>" in body
    assert request.responseHeaders.getRawHeaders(b"content-type") == [b"text/html; charset=utf-8"]
    assert request.responseHeaders.getRawHeaders(b"content-length") == [b"%d" % len(body)]
