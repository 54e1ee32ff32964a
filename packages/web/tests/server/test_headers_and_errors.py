"""Header fields, and exceptions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.web import error, http_headers, iweb
from twisted.web.error import Error, FlattenerError, InfiniteRedirection, PageRedirect, RedirectWithNoLocation
from twisted.web.http_headers import Headers, InvalidHeaderName

# Headers


def test_fields_are_found_whatever_their_case_and_given_in_order() -> None:
    headers = Headers({b"b": [b"1", b"2"], b"A": [b"3"]})
    headers.addRawHeader(b"B", b"4")
    headers.addRawHeader("c", "é")

    assert list(headers.getAllRawHeaders()) == [(b"B", [b"1", b"2", b"4"]), (b"A", [b"3"]), (b"C", ["é".encode()])]
    assert headers.getRawHeaders(b"b") == [b"1", b"2", b"4"]
    assert headers.getRawHeaders("C") == ["é"]
    assert headers.hasHeader("a") and headers.hasHeader(b"A") and not headers.hasHeader(b"d")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (b"content-length", b"Content-Length"),
        (b"ETAG", b"ETag"),
        (b"www-authenticate", b"WWW-Authenticate"),
        (b"x-xss-protection", b"X-XSS-Protection"),
        (b"te", b"TE"),
        (b"dnt", b"DNT"),
        (b"p3p", b"P3P"),
        (b"content-md5", b"Content-MD5"),
        (b"x--y_z", b"X--Y_z"),
        ("sec-websocket-key", b"Sec-Websocket-Key"),
    ],
)
def test_names_are_kept_as_they_are_usually_written(name: Any, kept: bytes) -> None:
    for _ in range(2):
        assert list(Headers({name: [b"v" if isinstance(name, bytes) else "v"]}).getAllRawHeaders()) == [(kept, [b"v"])]


def test_what_is_not_there_is_the_default() -> None:
    headers = Headers()

    assert headers.getRawHeaders(b"a") is None
    assert headers.getRawHeaders("a", 3) == 3
    headers.setRawHeaders(b"a", [])
    assert headers.getRawHeaders(b"a", b"default") == b"default"


def test_fields_are_set_and_removed() -> None:
    headers = Headers({b"a": [b"1"]})
    headers.setRawHeaders("A", ["2", b"3"])
    assert headers.getRawHeaders(b"a") == [b"2", b"3"]
    headers.removeHeader("a")
    headers.removeHeader(b"a")
    assert not headers.hasHeader(b"a")


def test_a_copy_is_of_the_same_class() -> None:
    class Stubborn(Headers):
        def hasHeader(self, name: Any) -> bool:
            return False

    headers = Stubborn({"a": ["1"]})
    copy = headers.copy()
    copy.addRawHeader("a", "2")

    assert type(copy) is Stubborn
    assert copy.getRawHeaders("a") == ["1", "2"]
    assert headers.getRawHeaders("a") == ["1"]


def test_a_copy_is_one_of_its_own() -> None:
    headers = Headers({b"a": [b"1"]})
    copy = headers.copy()
    copy.addRawHeader(b"a", b"2")
    copy.addRawHeader(b"b", b"3")

    assert headers == Headers({b"a": [b"1"]}) != copy
    assert copy == Headers({"A": ["1", "2"], "B": ["3"]})
    odd: Any = 3
    assert headers != odd
    ordered: Any = headers
    assert ordered < copy and copy > ordered and ordered <= copy and copy >= ordered
    assert repr(headers) == "Headers({b'A': [b'1']})"


@pytest.mark.parametrize("name", [b"", b"a b", b"a:", b"a\r\n", b"\n", b"\0", b"\xff", b"a(", "", "a b", "é", "€"])
def test_a_name_is_a_token(name: Any) -> None:
    headers = Headers()
    empty: Any = []
    for call in (
        lambda: headers.setRawHeaders(name, []),
        lambda: headers.addRawHeader(name, b""),
        lambda: headers.getRawHeaders(name),
        lambda: headers.hasHeader(name),
        lambda: headers.removeHeader(name),
        lambda: Headers({name: empty}),
    ):
        with pytest.raises(InvalidHeaderName, match="has to be a token"):
            call()
    assert issubclass(InvalidHeaderName, ValueError)


def test_names_and_values_are_text_or_bytes() -> None:
    with pytest.raises(TypeError, match="a header's name must be str or bytes, not int: 3"):
        Headers().hasHeader(3)  # type: ignore[type-var]
    with pytest.raises(TypeError, match="a header's value must be str or bytes, not int: 3"):
        Headers().addRawHeader(b"a", 3)  # type: ignore[arg-type]


@given(st.binary(max_size=30) | st.text(max_size=30))
def test_a_value_is_one_line(value: Any) -> None:
    headers = Headers()
    headers.addRawHeader(b"a", value)
    headers.setRawHeaders(b"b", [value])
    for name in (b"a", b"b"):
        (kept,) = headers.getRawHeaders(name) or [b""]
        assert not set(kept) & set(b"\r\n\0")


def test_line_breaks_become_spaces() -> None:
    assert http_headers._sanitizeLinearWhitespace(b"a\r\nb\nc\rd\r\n") == b"a b c d"
    assert Headers({b"a": [b"a\r\nb: c", b"x\0y"]}).getRawHeaders(b"a") == [b"a b: c", b"x y"]


@given(st.from_regex(r"\A[a-zA-Z][a-zA-Z0-9-]{0,80}\Z"))
def test_a_name_is_the_same_as_text_and_bytes(name: str) -> None:
    assert http_headers.canonical(name) == http_headers.canonical(name.encode())
    assert http_headers.canonical(name).lower() == name.encode().lower()


def test_names_given_as_text_that_are_remembered_are_few() -> None:
    for number in range(http_headers._MOST_KNOWN + 10):
        http_headers.canonical(f"x-{number}")
    http_headers.canonical("y" * 100)

    assert len(http_headers._known_as_text) <= http_headers._MOST_KNOWN
    assert "y" * 100 not in http_headers._known_as_text


# Errors


@pytest.mark.parametrize(
    ("arguments", "status", "message", "text"),
    [
        ((404,), b"404", b"Not Found", "404 Not Found"),
        ((b"404",), b"404", b"Not Found", "404 Not Found"),
        ((404, b"Gone"), b"404", b"Gone", "404 Gone"),
        ((999,), b"999", None, "999"),
    ],
)
def test_an_error_has_a_status_and_a_message(arguments: Any, status: bytes, message: bytes, text: str) -> None:
    raised = Error(*arguments)

    assert (raised.status, raised.message, raised.response, str(raised)) == (status, message, None, text)
    assert Error(1, b"m", b"body").response == b"body"
    with pytest.raises(ValueError, match="Not a valid HTTP status code: b'x'"):
        Error(b"x")


@pytest.mark.parametrize("kind", [PageRedirect, InfiniteRedirection])
def test_a_redirection_tells_where_to(kind: Any) -> None:
    raised = kind(301, b"Moved", b"body", b"http://x/")

    assert (str(raised), raised.location, raised.response) == ("301 Moved to http://x/", b"http://x/", b"body")
    assert str(kind(301)) == "301 Moved Permanently" and kind(301).location is None
    lost = RedirectWithNoLocation(301, b"Moved", b"http://y/")
    assert (str(lost), lost.uri) == ("301 Moved to http://y/", b"http://y/")


def test_errors_of_templates_tell_of_what() -> None:
    missing: Any = error.MissingRenderMethod("element", "name")
    assert (missing.element, missing.renderName) == ("element", "name")
    assert repr(missing) == "'MissingRenderMethod': 'element' had no render method named 'name'"
    bare: Any = error.MissingTemplateLoader("element")
    assert bare.element == "element" and repr(bare) == "'MissingTemplateLoader': 'element' had no loader"
    assert bare.args == ("element",)
    assert isinstance(missing, error.RenderError) and isinstance(bare, error.RenderError)
    refused = error.UnsupportedMethod((b"GET",), "more")
    assert (refused.allowedMethods, refused.args) == ((b"GET",), ((b"GET",), "more"))
    assert str(refused) == "Expected one of (b'GET',)"


def test_an_error_in_a_template_shows_where_it_was() -> None:
    class Tag:
        tagName, filename, lineNumber, columnNumber = "p", "x.html", 3, 4

    class Bare(Tag):
        filename = ""

    raised = FlattenerError(ZeroDivisionError("why"), [Tag(), Bare(), "s" * 40, "s" * 41, b"b" * 50, 7], [])

    assert (
        str(raised)
        == repr(raised)
        == (
            "Exception while flattening:\n"
            '  File "x.html", line 3, column 4, in "p"\n'
            "  Tag <p>\n"
            f"  '{'s' * 40}'\n"
            f"  '{'s' * 20}<...>{'s' * 20}'\n"
            f"  b'{'b' * 20}<...>{'b' * 20}'\n"
            "  7\n"
            "ZeroDivisionError: why\n"
        )
    )
    try:
        raise ZeroDivisionError
    except ZeroDivisionError as caught:
        import traceback

        shown = str(FlattenerError(caught, [], traceback.extract_tb(caught.__traceback__)))
    assert f'File "{__file__}"' in shown and shown.endswith("\nZeroDivisionError\n")


def test_doors_have_what_they_promise() -> None:
    for door in (error, iweb, http_headers):
        for name in door.__all__:
            assert getattr(door, name) is not None
    from twisted.cred.credentials import IUsernameDigestHash

    assert iweb.IUsernameDigestHash is IUsernameDigestHash
    assert iweb.UNKNOWN_LENGTH == "twisted.web.iweb.UNKNOWN_LENGTH"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        iweb.nothing  # noqa: B018
