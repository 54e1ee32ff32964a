"""Answers that have no body: what they say of its length (RFC 9110, section 8.6)."""

from __future__ import annotations

import pytest

from twisted.internet.testing import StringTransport
from twisted.web.resource import Resource
from twisted.web.server import Request, Site


class Answer(Resource):
    isLeaf = True

    def __init__(self, code: int, body: bytes) -> None:
        super().__init__()
        self.code, self.body = code, body

    def render_GET(self, request: Request) -> bytes:
        request.setResponseCode(self.code)
        return self.body


def lengths(code: int, body: bytes) -> list[bytes]:
    """The Content-Length of an answer, which must end with its header unless it is 200."""
    channel = Site(Answer(code, body)).buildProtocol(None)
    transport = StringTransport()
    channel.makeConnection(transport)
    channel.dataReceived(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")
    head, _, rest = transport.value().partition(b"\r\n\r\n")
    assert rest == (body if code == 200 else b"")
    return [line.partition(b": ")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]


@pytest.mark.parametrize("code", [204, 304])
def test_an_empty_answer_without_content_names_no_length(code: int) -> None:
    assert lengths(code, b"") == []


def test_not_modified_may_name_the_length_of_what_there_is() -> None:
    assert lengths(304, b"12345") == [b"5"]


def test_an_empty_page_names_its_length() -> None:
    assert lengths(200, b"") == [b"0"]
